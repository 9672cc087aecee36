"""One visitor's run: the restorer, its curves, the pictures it passed, and what of it is on the page."""

import io
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from convgen import deep_image_prior as dip
from convgen import images
from convgen.progress import Progress
from demos import common
from demos.common.keeping import GONE, Latest, size_of
from demos.deep_image_prior.cases import Case
from demos.widgets import chart

KEPT = 40
SETTLED = 50
"""Steps after which the running average is nearer to the truth than the current output."""
RESTORER = dip.Restorer
"""What restores a picture; a benchmark puts one here that counts its seconds."""
LIVE_RESTORERS = 6
"""Runs that can be continued at the same time; older ones keep their pictures and give their memory back."""
ROWS = 4 * chart.MOST_POINTS
COLOURS = {
    "energy": "#0d9488",
    "image": "#0d9488",
    "image + noise": "#d97706",
    "shuffled": "#8b5cf6",
    "noise": "#ef4444",
    "current output": "#d97706",
    "running average": "#0d9488",
}

_live = Latest(LIVE_RESTORERS)


class Work(common.Job):
    """A run that can be watched, stopped, continued and looked through.

    A copy of it, as a worker in another process gets, keeps the pictures and the curves and cannot be continued.

    Attributes:
        restorer, four: the network at work, or the four of Fig. 7.2; None before the run, and once their memory was
            given back.
        right, left: what the two halves of the slider show (keys of `texts.RIGHTS` and `texts.LEFTS`).
        kept: step -> JPEG of the running average (at first of the output), at about forty geometrically spaced steps.
        chosen: the step of `kept` that the visitor looks at.
        seconds: time spent in steps.
    """

    def __init__(self, case: Case):
        super().__init__()
        self.case = case
        self.restorer: dip.Restorer | None = None
        self.four: dict[str, dip.Restorer] | None = None
        self.progress: Progress | None = None
        self.kept: dict[int, bytes] = {}
        self.chosen = 0
        self.left = "before"
        self.right = "auto"
        self.seconds = 0.0
        self.curve: list[dict[str, float]] = []
        self._next_row = self._row_distance = 1
        self.targets = None
        if case.problem is None:
            self.targets = dip.curve_targets(case.picture, seed=case.asked.seed)

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"restorer": None, "four": None}

    @property
    def continuable(self) -> bool:
        return self.step > 0 and (self.restorer is not None or self.four is not None)

    @property
    def step(self) -> int:
        return 0 if self.progress is None else self.progress.step

    @property
    def stalled(self) -> bool:
        """Whether its outputs only get worse."""
        return self.restorer is not None and self.restorer.stalled

    @property
    def suggested_step(self) -> int:
        """The step of the best picture as far as can be told without the truth; 0 if there is none (yet)."""
        return 0 if self.restorer is None else self.restorer.suggested_step

    @property
    def automatic(self) -> str:
        """What "auto" stands for: the suggestion once the outputs only get worse, the running average once it has
        forgotten the gray beginning, before that the current output."""
        if self.stalled and self.suggested_step:
            return "suggested"
        return "average" if self.case.settings.averaging and self.step >= SETTLED else "output"

    def advance(self, total: int) -> Iterator[Progress]:
        """Do steps until there are `total`, one an item (a few on a GPU, where they are short), counted from here."""
        asked = self.case.asked
        where = {"seed": asked.seed, "device": common.DEVICE}
        if self.case.problem is None:
            if self.four is None:
                self.four = dip.curve_restorers(self.case.picture, self.case.settings, **where)
            run = dip.learning_curves(self.four, total)
        else:
            if self.restorer is None:
                self.restorer = RESTORER(self.case.problem, self.case.settings, **where)
            run = self.restorer.run(total, every=1 if common.DEVICE.type == "cpu" else 5)
        _live.add(self)
        keep_at = set(np.unique(np.geomspace(1, total, KEPT).round().astype(int)).tolist())
        first = before = self.step
        try:
            while True:
                started = time.monotonic()
                progress = next(run, None)
                if progress is None:
                    return
                self.seconds += time.monotonic() - started
                self.progress = progress
                self._note(progress)
                if any(step in keep_at for step in range(before + 1, progress.step + 1)):
                    self.kept[progress.step] = _jpeg(
                        self.picture("output" if self.automatic == "output" else "average")
                    )
                    self.keeps(self.size())
                before = progress.step
                yield replace(progress, step=progress.step - first, total=total - first)
        finally:
            run.close()

    def _note(self, progress: Progress) -> None:
        """A row of the curves; when there are many, every second one goes."""
        if progress.step < self._next_row and progress.step < progress.total:
            return
        self.curve.append({"step": progress.step, **progress.losses})
        if len(self.curve) >= ROWS:
            self.curve = self.curve[::2]
            self._row_distance *= 2
        self._next_row = progress.step + self._row_distance

    # ---- pictures

    def picture(self, which: str) -> Image.Image | None:
        """What a half of the slider can show, as a picture, transparency included; None where there is none (yet)."""
        case, progress = self.case, self.progress
        which = self.automatic if which == "auto" else which
        tensor = None
        if which == "before":
            if self.targets is not None:
                return _mosaic(torch.cat(list(self.targets.values())))
            return images.with_alpha(case.before, case.alpha)
        if which == "truth":
            tensor = None if case.problem is None else case.problem.truth
        elif which == "kept":
            data = self.kept.get(self.chosen)
            if data is None:
                return None
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()
                return images.with_alpha(picture, case.alpha)
        elif which == "suggested":
            if self.suggested_step:
                tensor = self.restorer.finished(self.restorer.suggested)
        elif progress is not None:
            if self.targets is not None:
                return _mosaic(progress.image)
            tensor = progress.images["average"] if which == "average" else progress.image
        return None if tensor is None else images.with_alpha(images.to_picture(tensor), case.alpha)

    def pair(self) -> tuple[Image.Image, Image.Image]:
        """What the slider shows."""
        before = self.picture("before")
        left = self.picture(self.left) or before
        right = self.picture(self.right) or self.picture("average") or before
        return common.preview_pair(left, right)

    def result(self) -> Image.Image | None:
        """What is downloaded: the right half at its full size."""
        still_here(self)
        return self.picture(self.right) or self.picture("average")

    def psnr_of(self, which: str) -> float | None:
        """PSNR of a picture in dB where the truth is known."""
        problem = self.case.problem
        picture = None if problem is None or problem.truth is None else self.picture(which)
        return None if picture is None else dip.psnr(images.to_tensor(picture), problem.truth)

    # ---- numbers

    def charts(self) -> list[dict[str, Any]]:
        """The energy, and PSNR where the truth is known (values of `Chart`)."""
        column = lambda key: [(row["step"], row[key]) for row in self.curve if key in row]  # noqa: E731
        if self.targets is not None:
            series = {name: column(name) for name in dip.CURVES}
            return [chart.panel("Energy E (Eq. 7.3): distance to each target", series, COLOURS)]
        suggested = self.suggested_step
        marks = {f"suggested: step {suggested}": suggested} if suggested else {}
        energy = {"energy": column("energy")}
        charts = [chart.panel("Energy E: distance to what was given", energy, COLOURS, log=True, marks=marks)]
        if self.case.problem.truth is not None:
            series = {"current output": column("psnr"), "running average": column("psnr_average")}
            charts.append(chart.panel("PSNR in dB: closeness to the truth", series, COLOURS, marks=marks))
        return charts

    def figures(self) -> str:
        """The energy, or PSNR where the truth is known; and which network is at work where there are several."""
        losses = {} if self.progress is None else self.progress.losses
        parts = []
        if "psnr_average" in losses:
            parts.append(f"PSNR {losses['psnr_average']:.2f} dB, current output {losses['psnr']:.2f} dB")
        elif "energy" in losses:
            parts.append(f"energy {losses['energy']:.5f}")
        every = self.case.settings.restart_every
        if every and self.progress is not None and self.progress.total > every:
            networks = math.ceil(self.progress.total / every)
            parts.append(f"network {math.ceil(self.step / every)} of {networks}, whose average is the result")
        return " · ".join(parts)

    def record(self) -> dict:
        """What goes into the file: the settings, the seed, and which picture of the run it is."""
        step = self.step
        shown = self.automatic if self.right == "auto" else self.right
        if shown == "kept":
            step = self.chosen
        elif shown == "suggested" and self.restorer is not None:
            step = self.suggested_step
        return self.case.asked.record() | {"steps_done": step, "result": shown}

    def close(self) -> None:
        """Give the memory of the networks back; the pictures stay."""
        self.restorer = self.four = None

    def size(self) -> int:
        """Bytes of its pictures; the networks are counted by `LIVE_RESTORERS`."""
        case, progress = self.case, self.progress
        shown = () if progress is None else (progress.image, dict(progress.images))
        observed = () if case.problem is None else 2 * (case.picture,)  # what the problem was made of
        return size_of(case.picture, case.before, case.alpha, self.targets, self.kept, *shown, *observed)

    def forget(self) -> None:
        super().forget()
        self.close()
        self.kept, self.targets, self.progress, self.case = {}, None, None, None


def still_here(work: Work | None) -> Work | None:
    """The run itself.

    Raises:
        ValueError: it is not kept any more; one sentence.
    """
    if work is not None and work.forgotten:
        raise ValueError(GONE)
    return work


def close(work: Work | None) -> None:
    """When a visitor's state is deleted."""
    if work is not None:
        work.close()


def _mosaic(four: torch.Tensor) -> Image.Image:
    """(4, C, H, W) as one picture of two rows."""
    top, bottom = torch.cat(list(four[:2]), dim=-1), torch.cat(list(four[2:]), dim=-1)
    return images.to_picture(torch.cat([top, bottom], dim=-2))


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    opaque, _ = images.split_alpha(picture)
    opaque.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
