"""The tab's page: form, live before/after slider, curves, and what can be done with a run."""

import base64
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr
from PIL import Image

from convgen import deep_image_prior as dip
from convgen import images
from convgen.descriptor import LAYERS
from demos import common
from demos.common.exchange import Outlet, Port, received
from demos.common.job import Moment, stops_waiting
from demos.common.running import Runs
from demos.deep_image_prior import form
from demos.deep_image_prior.examples import EXAMPLES
from demos.deep_image_prior.form import CURVES, DEFAULTS
from demos.deep_image_prior.work import LEFTS, LIVE_RESTORERS, RIGHTS, Work, close, still_here
from demos.widgets.chart import Chart
from demos.widgets.status import status_and_stop

TITLE = "Deep Image Prior"
SUMMARY = "An untrained network restores your picture: it learns from nothing but the damaged picture itself."
LEAD = (
    "No training data, no pre-trained weights: a randomly initialised network is fitted to **your one picture**, and "
    "its structure alone makes it find the picture before the noise, the scratches or the holes. "
    "**Click an example**, then drag the line across the picture while it runs."
)
ABOUT = f"""
**What happens.** The network f turns fixed noise z into a picture, and its weights θ start at random. Each step moves
them a little so that the output explains what was observed: θ* = argmin E(f_θ(z); x₀) (Thesis Eq. 7.2). Nothing says
what a natural picture looks like; still natural content appears first and noise last, so the moment to stop matters.

**Where it shines, and where not.** One untrained method serves every task here; text, scratches, regular patterns and
enlarging are its strong sides. It does not always win: for plain Gaussian noise an ordinary method (non-local means) is
about as good within a second, and pixels missing from a smooth photo are filled better by biharmonic interpolation.
Press *Compare* and judge for yourself. Large holes are continued with texture; the network has never seen a face, so it
cannot invent one. Networks trained on thousands of pictures beat it at most of these tasks; its point is how much
needs no training at all.

**When to stop.** With *stop by itself* on, the variance of the latest outputs is watched: it is smallest around the
best picture, and nobody needs the truth to see it. That picture is offered as *Suggested*. *Automatic* takes it once
the outputs only get worse, and the running average before; you can always choose another, or any kept step.

**Presets.** *fast* is our own lighter network for a CPU, for some tasks several of them one after the other, whose
average is the result; *thesis* is the exact network, input and number of steps of the published experiments. It takes
from minutes on a GPU to hours on a CPU: the time left is measured from the first steps, and you can stop, look, and
continue.

**What is kept.** *Continue* adds half as many steps again, on the same network. The networks of the {LIVE_RESTORERS}
latest runs stay in memory for that, those of other visitors included. An older run keeps its pictures and its curves,
for an hour at most, but has to be started anew.
"""
HINTS = {
    "inpaint": "Inpainting: everything under the mask is invented from what is around it. For *damaged* "
    "and *my strokes* you paint the mask with the brush.",
    "missing_pixels": "Single pixels are lost at random; the rest of the picture says what they were.",
    "super_resolution": "Finds a larger picture that shrinks to exactly yours. A large one is reduced first: "
    "whether the result is smaller than yours is said before the run, and the size is under *Advanced*.",
    "denoise": "Noise is learned last: stop before it. For plain noise, *Compare* shows a quicker way.",
    "jpeg": "Blocks and halos are learned later than the picture: stop in between.",
    "flash": "A noisy picture in beautiful light and a sharp one with flash: the flash picture is the network's input. "
    "With one photo and *damage it first*, both are simulated.",
    "pre_image": "What does a VGG-16 layer still know? Finds a natural picture with the same activations.",
    CURVES: "Four networks learn a picture, the same with noise (above), its shuffled pixels and pure noise (below): "
    "watch which ones fall behind.",
}
STRIP_CSS = """.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(108px, 30%), 1fr));
         gap: 10px; }
.strip button { display: flex; flex-direction: column; padding: 0 !important;
                border: 1px solid var(--border-color-primary); border-radius: var(--radius-lg);
                overflow: hidden; background: var(--block-background-fill); color: var(--body-text-color);
                cursor: pointer; text-align: center; }
.strip button:hover, .strip button:focus-visible { border-color: var(--primary-500);
                                                   box-shadow: 0 0 0 2px var(--primary-500); }
.strip img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: cover; margin: 0; }
.strip span { display: block; padding: 6px 4px 7px; font-size: .82rem; line-height: 1.2; }"""
STRIP_JS = """element.addEventListener('click', event => {
  const button = event.target.closest('button[data-example]');
  if (!button || element.dataset.busy) return;
  element.dataset.busy = 'yes';  // a double click is one click
  setTimeout(() => delete element.dataset.busy, 1000);
  trigger('click', {index: Number(button.dataset.example)});
});"""
TO_RESULT = common.bring_into_view("#dip-result")
TO_FORM = common.bring_into_view("#dip-form")
TO_COMPARISON = common.bring_into_view("#dip-compare")
READY = "Ready. Click an example, or add your own picture and press Restore."
NOTHING_YET = "There is nothing here yet: click an example or press Restore first."
PREVIEW_SHARE = 0.03
"""CPU seconds of previews per CPU second of everything; the target is under 5 %, some sending is not seen."""
STATE_S, STATE_EVERY_S = 3600, 300
"""Seconds for which a run is kept after its end, and between two signs that it is still at work."""
PLACE = "a restored picture"
"""See `on_device`."""
SKIP = gr.skip()


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


# ---- runs


@common.on_device(deadline=60 * form.LONGEST_RUN_MINUTES + 120, place=PLACE, waiting=while_waiting)
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
    values = dict(locals())
    work = Work(form.assemble(form.check(**values)))
    yield from watch(work, work.case.settings.steps)


@common.on_device(deadline=60 * form.LONGEST_RUN_MINUTES + 120, place=PLACE, waiting=while_waiting)
def resume(work: Work | None) -> Iterator[tuple]:
    """Do half as many steps again."""
    if still_here(work) is None or not work.continuable:
        raise ValueError(
            f"This run cannot be continued: only the {LIVE_RESTORERS} latest of all visitors are kept for that. "
            "Press Restore to start it anew."
        )
    yield from watch(work, work.step + more_steps(work))


def more_steps(work: Work) -> int:
    return max(1, work.case.settings.steps // 2)


def watch(work: Work, total: int) -> Iterator[tuple]:
    """Advance a run and show it; every item is what the page shows."""
    asked, first, kept_alive = work.case.asked, work.step, time.monotonic()
    note = f" · {work.case.note}" if work.case.note else ""
    watches = asked.auto_stop and not (work.restorer is not None and work.restorer.stalled)
    moments = work.watch(
        work.advance(total),
        lambda _: work.figures(),
        limit_s=60 * asked.minutes,
        every=Pace(shortest_s=1.2, longest_cpu_s=6.0),
        ends=lambda: stalled(work) if watches else "",
        starting=f"Starting: {total - first} steps, seed {asked.seed}{note}",
    )
    with closing(moments):
        for moment in moments:
            if moment.progress is None:
                yield work.pair(), moment.line, work.charts(), None, work
            elif moment.last:
                yield last_frame(work, f"{ended(work, moment)}{note}")
            elif moment.shown:
                # To Gradio a value costs less than a SKIP, for which it builds the component anew: the curves are
                # sent each time, no file is yet there, and the state is only touched to outlive its time_to_live.
                touch = time.monotonic() > kept_alive + STATE_EVERY_S
                kept_alive = time.monotonic() if touch else kept_alive
                yield work.pair(), moment.line, work.charts(), None, work if touch else SKIP
            else:
                yield gr.skip()


def stalled(work: Work) -> str:
    """Why a run ends by itself, in words; "" if it does not."""
    if work.restorer is None or not work.restorer.stalled:
        return ""
    return (
        f"Stopped by itself after step {work.step}: the outputs have only become more restless since step "
        f"{work.restorer.suggested_step}, which is the suggested result"
    )


def ended(work: Work, moment: Moment) -> str:
    """The line of a run that is over."""
    if not moment.why:
        return moment.line
    why = moment.why if moment.why.startswith("Stopped by itself") else f"{moment.why} after step {work.step}"
    goes_on = "; Continue goes on from here" if "time limit" in why else ""
    return f"{why}{goes_on}{figures(work)}"


def figures(work: Work) -> str:
    return f" · {work.figures()}" if work.figures() else ""


def last_frame(work: Work, line: str) -> tuple:
    return work.pair(), line, work.charts(), download(work), work


def download(work: Work) -> Any:
    """The result as a PNG with its settings inside."""
    result = work.result()
    if result is None:
        return SKIP
    name = f"{work.case.asked.task}-seed-{work.case.asked.seed}"
    return common.save_png(result, work.record(), name)


def stop_run(work: Work | None, place: str = PLACE) -> tuple:
    """Ask the run to end after its step; it shows its last frame itself, unless the step is a very long one."""
    if stops_waiting(place):
        return SKIP, SKIP, SKIP, SKIP, SKIP
    if work is None or work.idle.is_set():
        return SKIP, "Stopped.", SKIP, SKIP, SKIP
    if work.ask_to_end() or work.progress is None:
        return SKIP, SKIP, SKIP, SKIP, SKIP
    return last_frame(work, f"Stopped after step {work.step}{figures(work)}")


# ---- what can be done with a run


BELOW = ("scrubber", "left", "right", "file", "resume", "compare", "reuse")
"""Names of the controls below the slider."""


def controls(work: Work | None) -> dict[str, Any]:
    """State of the controls below the slider: scrubber, the two halves, Continue, Compare."""
    if work is None or work.forgotten:
        return {name: gr.update(interactive=False) for name in BELOW}
    kept = sorted(work.kept)
    lefts = [(name, key) for key, name in LEFTS.items() if key != "truth" or work.picture("truth") is not None]
    rights = []
    for key, name in RIGHTS.items():
        if key == "suggested" and (work.restorer is None or work.restorer.suggested is None):
            continue
        if key == "suggested":
            name = f"Suggested (step {work.restorer.suggested_step})"
        if work.case.problem is None and key in ("suggested", "average", "output"):
            continue
        rights.append((name, key))
    right = work.right if work.right in [key for _, key in rights] else "auto"
    return {
        "scrubber": gr.update(
            maximum=max(1, len(kept) - 1), value=max(0, len(kept) - 1), interactive=len(kept) > 1, info=scrub_info(work)
        ),
        "left": gr.update(choices=lefts, value=work.left, interactive=True),
        "right": gr.update(choices=rights, value=right, interactive=True),
        "resume": gr.update(value=f"Continue (+{more_steps(work)})", interactive=work.continuable),
        "compare": gr.update(interactive=work.case.problem is not None and work.case.asked.task != "pre_image"),
        "file": gr.update(interactive=work.progress is not None),
        "reuse": gr.update(interactive=work.progress is not None and work.case.problem is not None),
    }


def scrub_info(work: Work) -> str:
    kept = sorted(work.kept)
    return f"{len(kept)} pictures kept between step {kept[0]} and step {kept[-1]}" if kept else "Nothing kept yet"


def scrub(work: Work | None, index: float) -> tuple:
    """Show a kept step."""
    if still_here(work) is None or not work.kept:
        return SKIP, SKIP, SKIP
    kept = sorted(work.kept)
    work.chosen = kept[min(len(kept) - 1, max(0, int(index)))]
    work.right = "kept"
    quality = work.psnr_of("kept")
    line = f"Step {work.chosen} as it was kept" + ("" if quality is None else f" · PSNR {quality:.2f} dB")
    return work.pair(), line, gr.update(value="kept")


def show(work: Work | None, left: str, right: str) -> tuple:
    """Change what the two halves of the slider show."""
    if still_here(work) is None:
        return SKIP, SKIP
    work.left = common.choice(left, "Left half", LEFTS)
    work.right = common.choice(right, "Right half", RIGHTS)
    if work.right == "kept" and work.chosen not in work.kept and work.kept:
        work.chosen = max(work.kept)
    quality = work.psnr_of(work.right)
    name = RIGHTS[work.automatic if work.right == "auto" else work.right]
    name += f" {work.chosen}" if work.right == "kept" else ""
    return work.pair(), f"Right half: {name.lower()}" + ("" if quality is None else f" · PSNR {quality:.2f} dB")


def fresh_download(work: Work | None) -> Any:
    return SKIP if work is None or work.forgotten else download(work)


@common.on_device()
def compare(work: Work | None) -> tuple:
    """The classical methods beside what the network made."""
    if still_here(work) is None or work.case.problem is None or work.progress is None:
        raise ValueError(NOTHING_YET)
    problem, alpha = work.case.problem, work.case.alpha
    in_db = lambda q: "" if q is None else f" · {q:.2f} dB"  # noqa: E731
    shown = [(work.picture("before"), "Given")]
    for other in dip.compare(problem):
        quality = None if problem.truth is None else dip.psnr(other.image, problem.truth)
        picture = images.with_alpha(images.to_picture(other.image), alpha)
        shown.append((picture, f"{other.name} · {other.cpu_seconds:.1f} s{in_db(quality)}"))
    which = work.right if work.picture(work.right) is not None else "auto"
    ours = f"Deep Image Prior · {common.duration(work.seconds)}{in_db(work.psnr_of(which))}"
    shown.append((work.picture(which), ours))
    if problem.truth is not None:
        shown.append((work.picture("truth"), "Truth"))
    return gr.update(value=shown, visible=True)


def reuse(work: Work | None) -> tuple:
    """The result becomes the picture to restore, in the plain field and in the one to paint on."""
    if still_here(work) is None or work.result() is None:
        raise gr.Error(NOTHING_YET, print_exception=False)
    return work.result(), work.result(), "given"


# ---- the form


def shape(task: str, source: str, preset: str, damage: str, factor: int, hole: str) -> dict[str, Any]:
    """Which fields fit the task, and what the preset would choose where nothing is entered."""
    damages = source == "damage"
    strokes = task == "inpaint" and (not damages or damage == form.STROKES)
    settings = form.preset_of(task, preset, int(factor), hole)
    has_source = task not in ("pre_image", CURVES)
    return {
        "hint": gr.update(value=HINTS[task]),
        "picture": gr.update(visible=not strokes),
        "painted": gr.update(visible=strokes),
        "flash": gr.update(visible=task == "flash"),
        "mask_box": gr.update(visible=strokes or (task == "missing_pixels" and not damages)),
        "black_is_missing": gr.update(visible=not damages and task in form.MASKED),
        "source": gr.update(visible=has_source),
        "sigma": gr.update(visible=damages and task in ("denoise", "flash")),
        "quality": gr.update(visible=damages and task == "jpeg"),
        "factor": gr.update(visible=task == "super_resolution"),
        "missing": gr.update(visible=damages and task == "missing_pixels"),
        "damage": gr.update(visible=damages and task == "inpaint"),
        "layer": gr.update(visible=task == "pre_image"),
        "hole": gr.update(visible=task == "inpaint"),
        "steps": gr.update(info=f"0: as the preset, {settings.steps}"),
        "lr": gr.update(info=f"0: as the preset, {settings.lr:g}"),
        "longest_side": gr.update(
            info=f"0: automatic, {form.working_side(task, source)}. Up to 4 megapixels; time and memory grow with it."
        ),
    }


def taken_from_file(picture: Image.Image | None) -> dict[str, Any]:
    """Settings and seed of one of our own files; a value that does not fit is left out."""
    found = None if picture is None else common.read_settings(picture)
    if not found or found.get("technique") != "deep_image_prior":
        return {}
    values = {name: found[name] for name in DEFAULTS if name in found}
    try:
        blank = Image.new("L", (16, 16))
        form.check(picture=blank, painted=None, mask=None, flash=None, **DEFAULTS | values)
    except ValueError:
        return {}
    gr.Info("The settings and the seed of this file were taken over.")
    return values


def strip() -> str:
    """HTML of the examples: a row of buttons, each a thumbnail (damaged | aim) and what it shows."""
    buttons = []
    for index, example in enumerate(EXAMPLES):
        data = base64.b64encode(example.thumbnail.read_bytes()).decode()
        buttons.append(
            f'<button type="button" data-example="{index}"><img alt="" src="data:image/jpeg;base64,{data}">'
            f"<span>{example.caption}</span></button>"
        )
    return f'<div class="strip" role="group" aria-label="Examples: a click runs one">{"".join(buttons)}</div>'


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    shaped = shape(*(DEFAULTS[name] for name in ("task", "source", "preset", "damage", "factor", "hole")))
    visible = lambda name: shaped[name]["visible"]  # noqa: E731
    work, inbox = gr.State(None, time_to_live=STATE_S, delete_callback=close), gr.State(None, time_to_live=STATE_S)
    c: dict[str, Any] = {}  # name of an argument of `run` or of an output -> component

    gr.Markdown(LEAD)
    examples = gr.HTML(strip(), css_template=STRIP_CSS, js_on_load=STRIP_JS, elem_id="dip-examples")
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=300, elem_id="dip-form"):
            c["task"] = common.OneOfMany(
                [(name, key) for key, name in form.TASKS.items()],
                value=DEFAULTS["task"],
                label="Task",
                filterable=False,
                elem_id="dip-task",
            )
            c["hint"] = gr.Markdown(shaped["hint"]["value"], elem_classes="dip-hint")
            c["picture"] = common.Picture(
                label="Picture",
                type="pil",
                image_mode=None,
                height=280,
                sources=["upload", "clipboard"],
                visible=visible("picture"),
                elem_id="dip-picture",
            )
            c["painted"] = common.mask_editor("Picture", elem_id="dip-painted", height=380)
            c["painted"].visible = visible("painted")
            c["flash"] = common.Picture(
                label="The same view with flash",
                type="pil",
                image_mode=None,
                height=200,
                sources=["upload", "clipboard"],
                visible=visible("flash"),
            )
            with gr.Accordion("Or upload a mask", open=False, visible=visible("mask_box")) as c["mask_box"]:
                c["mask"] = common.Picture(
                    label="Mask: white or any colour is replaced, black is kept",
                    type="pil",
                    image_mode=None,
                    height=180,
                    sources=["upload", "clipboard"],
                )
                c["invert_mask"] = gr.Checkbox(
                    DEFAULTS["invert_mask"], label="Invert mask", info="What it marks is kept, all else is replaced."
                )
            c["source"] = common.OneOf(
                [(name, key) for key, name in form.SOURCES.items()],
                value=DEFAULTS["source"],
                label="The picture is",
                elem_id="dip-source",
            )
            c["damage"] = common.OneOf(
                [("Text", "text"), ("Scratches", "scratches"), ("A hole", "hole"), ("My strokes", form.STROKES)],
                value=DEFAULTS["damage"],
                label="Damage",
                visible=visible("damage"),
            )
            c["missing"] = gr.Slider(
                1, 98, DEFAULTS["missing"], step=1, label="Missing pixels, %", visible=visible("missing")
            )
            c["factor"] = common.OneOf(
                [(f"{factor} x", factor) for factor in dip.FACTORS],
                value=DEFAULTS["factor"],
                label="Enlarge",
                visible=visible("factor"),
            )
            c["sigma"] = gr.Slider(
                1, 100, DEFAULTS["sigma"], step=1, label="Noise, gray levels (of 255)", visible=visible("sigma")
            )
            c["quality"] = gr.Slider(
                1, 95, DEFAULTS["quality"], step=1, label="JPEG quality", visible=visible("quality")
            )
            c["layer"] = common.OneOfMany(
                list(LAYERS),
                value=DEFAULTS["layer"],
                label="Layer of VGG-16",
                filterable=False,
                visible=visible("layer"),
            )
            c["black_is_missing"] = gr.Checkbox(
                DEFAULTS["black_is_missing"], label="Black pixels are missing", visible=visible("black_is_missing")
            )
            c["preset"] = common.OneOf(
                [("Fast: our lighter network", "fast"), ("Thesis: exact settings, slow", "thesis")],
                value=DEFAULTS["preset"],
                label="Preset",
            )
            start = gr.Button("Restore", variant="primary", elem_id="dip-start")
            with gr.Accordion("Advanced", open=False):
                with gr.Row():
                    c["seed"] = gr.Number(
                        DEFAULTS["seed"], label="Seed", minimum=0, maximum=common.LARGEST_SEED, min_width=120
                    )
                    dice = gr.Button("⚄ New seed", min_width=110)
                with gr.Row():
                    c["steps"] = gr.Number(
                        DEFAULTS["steps"], label="Steps", min_width=120, info=shaped["steps"]["info"]
                    )
                    c["lr"] = gr.Number(DEFAULTS["lr"], label="Learning rate", min_width=120, info=shaped["lr"]["info"])
                c["longest_side"] = gr.Number(
                    DEFAULTS["longest_side"],
                    label="Longest side of the result, pixels",
                    info=shaped["longest_side"]["info"],
                )
                c["hole"] = common.OneOf(
                    [
                        ("Automatic", form.AUTOMATIC),
                        ("Thin: text, scratches", "text"),
                        ("Large region", "region"),
                        ("Very large (library)", "library"),
                    ],
                    value=DEFAULTS["hole"],
                    label="Network for holes that are",
                    visible=visible("hole"),
                )
                c["auto_stop"] = gr.Checkbox(
                    DEFAULTS["auto_stop"], label="Stop by itself", info="When the outputs only become more restless."
                )
                c["minutes"] = gr.Slider(
                    1,
                    form.LONGEST_RUN_MINUTES,
                    DEFAULTS["minutes"],
                    step=1,
                    label="Time limit, minutes",
                )
        with gr.Column(scale=7, min_width=320, elem_id="dip-result", elem_classes="answers"):
            c["pair"] = gr.ImageSlider(
                label="Given | restored",
                type="pil",
                format="jpeg",
                interactive=False,
                buttons=["fullscreen"],
                max_height=640,
                elem_id="dip-pair",
            )
            c["status"], stop = status_and_stop(READY, name="dip")
            with gr.Column(visible=False, elem_classes="begun") as after:
                with gr.Row():
                    c["left"] = common.OneOf(
                        [(name, key) for key, name in LEFTS.items()], value="before", label="Left half", min_width=240
                    )
                    c["right"] = common.OneOf(
                        [(name, key) for key, name in RIGHTS.items()], value="auto", label="Right half: the result"
                    )
                c["scrubber"] = gr.Slider(
                    0,
                    1,
                    0,
                    step=1,
                    label="Through the kept steps",
                    info="Fills as it runs",
                    elem_id="dip-scrubber",
                    buttons=[],
                )
                with gr.Row() as row:
                    c["file"] = gr.DownloadButton(
                        "Download PNG", interactive=False, size="md", min_width=130, elem_id="dip-file"
                    )
                    c["resume"] = gr.Button(
                        "Continue", interactive=False, size="md", min_width=130, elem_id="dip-continue"
                    )
                    c["compare"] = gr.Button("Compare", interactive=False, size="md", min_width=130)
                    c["reuse"] = gr.Button("Use as input", interactive=False, size="md", min_width=130)
                c["gallery"] = common.side_by_side(format="png", elem_id="dip-compare")
                c["curve"] = Chart([], elem_id="dip-curve")
    with gr.Accordion("How it works, and where it wins", open=False):
        gr.Markdown(ABOUT)

    # ---- events
    inputs = [c[name] for name in INPUTS]
    outputs = [c["pair"], c["status"], c["curve"], c["file"], work]

    def begin() -> tuple:
        lefts, rights = ([(name, key) for key, name in sides.items()] for sides in (LEFTS, RIGHTS))
        rights = [choice for choice in rights if choice[1] != "suggested"]  # offered at the end, if there is one
        halves = gr.update(choices=lefts, value="before"), gr.update(choices=rights, value="auto")
        return (
            gr.update(visible=True),
            gr.update(visible=False, value=None),
            *halves,
            *[gr.update(interactive=False)] * 4,
        )

    def settle(current: Work | None) -> list:
        state = controls(current)
        return [state[name] for name in BELOW]

    def fill(event: gr.EventData) -> list:
        example = EXAMPLES[common.whole_number(event.index, "Example", 0, len(EXAMPLES) - 1)]
        values = DEFAULTS | {"seed": SKIP} | example.fields
        return [str(example.path), None, None, None, *(values[name] for name in INPUTS if name not in form.PICTURES)]

    def reshape(*values: Any) -> list:
        try:
            changed = shape(*values)
        except (ValueError, TypeError):
            return [SKIP] * len(shaped)
        return [changed[name] for name in shaped]

    def carry(
        picture: Image.Image | None, painted: common.Painted | None, task: str, source: str, damage: str
    ) -> tuple:
        """The picture stays when the visitor goes from the plain field to the one to paint on, and back."""
        paints = task == "inpaint" and (source == "given" or damage == form.STROKES)
        if paints and painted is None and picture is not None:
            return SKIP, picture
        if not paints and picture is None and painted is not None:
            return painted.picture, SKIP
        return SKIP, SKIP

    def restore_settings(picture: Image.Image | None) -> list:
        values = taken_from_file(picture)
        return [values.get(name, SKIP) for name in DEFAULTS]

    shaping = [c[name] for name in ("task", "source", "preset", "damage", "factor", "hole")]
    gr.on([component.change for component in shaping], reshape, shaping, [c[name] for name in shaped], **common.QUIET)
    gr.on(
        [c[name].input for name in ("task", "source", "damage")],
        carry,
        [c["picture"], c["painted"], c["task"], c["source"], c["damage"]],
        [c["picture"], c["painted"]],
        **common.QUIET,
    )
    told = common.QUIET | {"queue": True}  # what a function says to the visitor travels through the queue
    c["picture"].upload(restore_settings, [c["picture"]], [c[name] for name in DEFAULTS], **told)
    dice.click(lambda: secrets.randbelow(common.LARGEST_SEED), None, c["seed"], **common.QUIET)

    opening = [after, *(c[name] for name in ("gallery", "left", "right", "file", "resume", "compare", "reuse"))]
    runs = Runs(
        PLACE, status=c["status"], begin=(begin, None, opening), settle=(settle, [work], [c[name] for name in BELOW]),
        view=TO_RESULT,
    )  # fmt: skip
    runs.on_click(start, run, inputs, outputs, api_name="restore")
    filled = examples.click(
        fill, None, [c["picture"], c["painted"], c["mask"], c["flash"], *(c[name] for name in DEFAULTS)], **common.QUIET
    )
    runs.after(filled.then, run, inputs, outputs, api_visibility="private")
    runs.on_click(c["resume"], resume, [work], outputs, api_visibility="private")
    compared = c["compare"].click(compare, [work], [c["gallery"]], api_visibility="private", **common.DEVICE_QUEUE)
    compared.then(None, None, None, js=TO_COMPARISON, **common.QUIET)
    runs.on_stop(stop, stop_run, [work], outputs)

    halves = [work, c["left"], c["right"]]
    gr.on([c["left"].input, c["right"].input], show, halves, [c["pair"], c["status"]], **common.TOLD).then(
        fresh_download, [work], [c["file"]], **common.QUIET
    )
    c["scrubber"].input(
        scrub, [work, c["scrubber"]], [c["pair"], c["status"], c["right"]], trigger_mode="always_last", **common.TOLD
    )
    c["scrubber"].release(fresh_download, [work], [c["file"]], **common.QUIET)
    reused = c["reuse"].click(reuse, [work], [c["picture"], c["painted"], c["source"]], **common.TOLD)
    reused.success(None, None, None, js=TO_FORM, **common.QUIET)

    def arrive(path: str | None) -> tuple:
        picture = received(path)
        return (SKIP, SKIP) if picture is None else (picture, picture)

    inbox.change(arrive, [inbox], [c["picture"], c["painted"]], **common.QUIET)
    return Port(inbox, [Outlet(row, work, Work.result)])


INPUTS = (
    "task",
    *form.PICTURES,
    *(name for name in DEFAULTS if name != "task"),
)
"""Names of the components that `run` takes, in its order."""
