"""What runs: a picture is restored before the visitor's eyes, gone on with, looked through and compared."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr
from PIL import Image

from convgen import deep_image_prior as dip
from convgen import images
from demos import common
from demos.common.job import Moment, stops_waiting
from demos.deep_image_prior import form, texts
from demos.deep_image_prior.cases import assemble
from demos.deep_image_prior.form import DEFAULTS
from demos.deep_image_prior.texts import LEFTS, RIGHTS
from demos.deep_image_prior.work import LIVE_RESTORERS, Work, still_here

PREVIEW_SHARE = 0.03
"""CPU seconds of previews per CPU second of everything; the target is under 5 %, some sending is not seen."""
STATE_S, STATE_EVERY_S = 3600, 300
"""Seconds for which a run is kept after its end, and between two signs that it is still at work."""
PLACE = "a restored picture"
"""See `on_device`."""
DEADLINE_S = 60 * form.LONGEST_RUN_MINUTES + 120
SKIP = gr.skip()
NOTHING_NEW = (SKIP,) * 5
"""What a run yields where nothing is to be shown."""


def while_waiting(sentence: str) -> tuple:
    """What the page shows of a run that waits for the device."""
    return SKIP, sentence, SKIP, SKIP, SKIP


class Pace(common.Throttle):
    """Says when a preview is due: often at first, then rarer, so that previews stay a small share of the work.

    The share is of the CPU seconds of the process: on a machine that others use too, fewer of them pass in a second.
    """

    def __init__(self, *, shortest_s: float, longest_cpu_s: float):
        super().__init__(shortest_s)
        self.longest_cpu_s = longest_cpu_s
        self._next = self._next_cpu = 0.0
        self._shown = 0

    def ready(self) -> bool:
        return time.monotonic() >= self._next and time.process_time() >= self._next_cpu

    def paid(self, cpu_s: float) -> None:
        """A preview was shown, for so many CPU seconds."""
        self._shown += 1
        self._next = time.monotonic() + self.interval_s * min(1.0, self._shown / 6)
        self._next_cpu = time.process_time() + min(self.longest_cpu_s, cpu_s / PREVIEW_SHARE)


PACE = Pace
"""Of a run's previews; a benchmark puts one here that hides them in turns."""


@common.on_device(deadline=DEADLINE_S, place=PLACE, waiting=while_waiting)
def run(
    task: str = DEFAULTS["task"],
    picture: Image.Image | None = None,
    painted: common.Painted | None = None,
    mask: Image.Image | None = None,
    flash: Image.Image | None = None,
    source: str = DEFAULTS["source"],
    sigma: float = DEFAULTS["sigma"],
    quality: int = DEFAULTS["quality"],
    factor: int = DEFAULTS["factor"],
    missing: float = DEFAULTS["missing"],
    damage: str = DEFAULTS["damage"],
    black_is_missing: bool = DEFAULTS["black_is_missing"],
    layer: str = DEFAULTS["layer"],
    preset: str = DEFAULTS["preset"],
    steps: int | None = DEFAULTS["steps"],
    lr: float | None = DEFAULTS["lr"],
    hole: str = DEFAULTS["hole"],
    longest_side: int | None = DEFAULTS["longest_side"],
    auto_stop: bool = DEFAULTS["auto_stop"],
    minutes: float = DEFAULTS["minutes"],
    seed: int = DEFAULTS["seed"],
    invert_mask: bool = DEFAULTS["invert_mask"],
) -> Iterator[tuple]:
    """Restore a picture with an untrained network (Thesis Eq. 7.2), live.

    Yields:
        (before, after), status, curves of the energy and of PSNR, file (at the end), and the visitor's Work.
    """
    values = {
        "task": task, "source": source, "sigma": sigma, "quality": quality, "factor": factor, "missing": missing,
        "damage": damage, "black_is_missing": black_is_missing, "layer": layer, "preset": preset, "steps": steps,
        "lr": lr, "hole": hole, "longest_side": longest_side, "auto_stop": auto_stop, "minutes": minutes,
        "seed": seed, "invert_mask": invert_mask,
    }  # fmt: skip
    work = Work(assemble(form.check(values, picture=picture, painted=painted, mask=mask, flash=flash)))
    yield from watch(work, work.case.settings.steps)


@common.on_device(deadline=DEADLINE_S, place=PLACE, waiting=while_waiting)
def resume(work: Work | None) -> Iterator[tuple]:
    """Do half as many steps again."""
    if still_here(work) is None or not work.continuable:
        raise ValueError(texts.NOT_CONTINUABLE.format(LIVE_RESTORERS))
    yield from watch(work, work.step + more_steps(work))


def more_steps(work: Work) -> int:
    return max(1, work.case.settings.steps // 2)


def watch(work: Work, total: int) -> Iterator[tuple]:
    """Advance a run and show it; every item is what the page shows."""
    asked, first, kept_alive = work.case.asked, work.step, time.monotonic()
    note = f" · {work.case.note}" if work.case.note else ""
    watches = asked.auto_stop and not work.stalled
    moments = work.watch(
        work.advance(total),
        lambda _: work.figures(),
        limit_s=60 * asked.minutes,
        every=PACE(shortest_s=1.2, longest_cpu_s=6.0),
        ends=lambda: texts.STOPPED_BY_ITSELF if watches and work.stalled else "",
        starting=f"Starting: {total - first} steps, seed {asked.seed}{note}",
    )
    with closing(moments):
        for moment in moments:
            if moment.progress is None:
                yield work.pair(), moment.line, work.charts(), None, work
            elif moment.last:
                yield last_frame(work, f"{ended(work, moment, watches)}{note}")
            elif moment.shown:
                # To Gradio a value costs less than a SKIP, for which it builds the component anew: the curves are
                # sent each time, no file is yet there, and the state is only touched to outlive its time_to_live.
                touch = time.monotonic() > kept_alive + STATE_EVERY_S
                kept_alive = time.monotonic() if touch else kept_alive
                yield work.pair(), moment.line, work.charts(), None, work if touch else SKIP
            else:
                yield gr.skip()


def ended(work: Work, moment: Moment, watches: bool) -> str:
    """The line of a run that is over.

    Args:
        watches: whether it would end by itself once its outputs only get worse.
    """
    if not moment.why:
        return moment.line
    why = texts.GOES_ON  # at the time limit
    if work.stop.is_set():
        why = ""
    elif watches and work.stalled:
        why = texts.ONLY_WORSE.format(work.suggested_step)
    return f"{moment.why} after step {work.step}{why}{figures(work)}"


def figures(work: Work) -> str:
    return f" · {work.figures()}" if work.figures() else ""


def last_frame(work: Work, line: str) -> tuple:
    return work.pair(), line, work.charts(), download(work), work


def download(work: Work) -> Any:
    """The result as a PNG with its settings inside."""
    result = work.result()
    if result is None:
        return SKIP
    return common.save_png(result, work.record(), f"{work.case.asked.task}-seed-{work.case.asked.seed}")


def stop_run(work: Work | None, place: str = PLACE) -> tuple:
    """Ask the run to end after its step; it shows its last frame itself, unless the step is a very long one."""
    if stops_waiting(place):
        return NOTHING_NEW
    if work is None or work.idle.is_set():
        return while_waiting("Stopped.")
    if work.ask_to_end() or work.progress is None:
        return NOTHING_NEW
    return last_frame(work, f"Stopped after step {work.step}{figures(work)}")


# ---- what can be done with a run


def scrub(work: Work | None, index: float) -> tuple:
    """Show a kept step: the pair, a line, and what the right half shows now."""
    if still_here(work) is None or not work.kept:
        return SKIP, SKIP, SKIP
    kept = sorted(work.kept)
    work.chosen = kept[min(len(kept) - 1, max(0, int(index)))]
    work.right = "kept"
    line = f"Step {work.chosen} as it was kept{texts.in_db(work.psnr_of('kept'), 'PSNR ')}"
    return work.pair(), line, gr.update(value="kept")


def show(work: Work | None, left: str, right: str) -> tuple:
    """Change what the two halves of the slider show: the pair, and a line."""
    if still_here(work) is None:
        return SKIP, SKIP
    work.left = common.choice(left, "Left half", LEFTS)
    work.right = common.choice(right, "Right half", RIGHTS)
    if work.right == "kept" and work.chosen not in work.kept and work.kept:
        work.chosen = max(work.kept)
    name = RIGHTS[work.automatic if work.right == "auto" else work.right].lower()
    name += f" {work.chosen}" if work.right == "kept" else ""
    return work.pair(), f"Right half: {name}{texts.in_db(work.psnr_of(work.right), 'PSNR ')}"


def fresh_download(work: Work | None) -> Any:
    return SKIP if work is None or work.forgotten else download(work)


@common.on_device()
def compare(work: Work | None) -> Any:
    """The classical methods beside what the network made."""
    if still_here(work) is None or work.case.problem is None or work.progress is None:
        raise ValueError(texts.NOTHING_YET)
    problem, alpha = work.case.problem, work.case.alpha
    shown = [(work.picture("before"), "Given")]
    for other in dip.compare(problem):
        quality = None if problem.truth is None else dip.psnr(other.image, problem.truth)
        picture = images.with_alpha(images.to_picture(other.image), alpha)
        shown.append((picture, f"{other.name} · {other.cpu_seconds:.1f} s{texts.in_db(quality)}"))
    which = work.right if work.picture(work.right) is not None else "auto"
    ours = f"Deep Image Prior · {common.duration(work.seconds)}{texts.in_db(work.psnr_of(which))}"
    shown.append((work.picture(which), ours))
    if problem.truth is not None:
        shown.append((work.picture("truth"), "Truth"))
    return gr.update(value=shown, visible=True)


def reuse(work: Work | None) -> tuple:
    """The result becomes the picture to restore, in the plain field and in the one to paint on."""
    if still_here(work) is None or work.result() is None:
        raise gr.Error(texts.NOTHING_YET, print_exception=False)
    return work.result(), work.result(), "given"
