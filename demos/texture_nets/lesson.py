"""A texture of the visitor's own, and the network that learns it."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import torch
from PIL import Image

from convgen import images, texture_nets
from convgen.progress import Progress
from convgen.texture_nets import Learner
from demos import common
from demos.common.keeping import Latest, size_of
from demos.common.outputs import data_address, new_file
from demos.texture_nets import form, texts
from demos.widgets.chart import MOST_POINTS, panel

CHUNK_S = 0.5
"""Steps are done in chunks of about this long, and a picture is shown after each."""
MOST_STEPS_AT_ONCE = 200
POINTS = 4 * MOST_POINTS
COLOURS = {"texture loss": "#0d9488", "mean of the network's samples": "#ef4444"}


LIVE_LEARNERS = 8
"""Lessons that can go on at the same time; older ones keep their network and give the memory of learning back."""
_live = Latest(LIVE_LEARNERS)


class Lesson(common.Job):
    """A texture of the visitor's own, and the network that learns it; only their session has it.

    A copy of it, as a worker in another process gets, can be sampled and cannot go on learning.

    Attributes:
        nearest: start from the bundled network that is nearest.
        learner: what trains, or None of a network that was loaded from a file.
        net: what is sampled from, or None before the first step.
        exemplar: what it learns, RGB, or None if nobody knows.
        title, seed: to be read; the seed is that of the weights and of the live samples.
        seconds: spent learning.
    """

    def __init__(self, exemplar: Image.Image | None, title: str, *, seed: int = 0, nearest: bool = False):
        super().__init__()
        self.nearest = nearest
        self.exemplar, self.title, self.seed = exemplar, title, seed
        self.learner: Learner | None = None
        self.net: torch.nn.Module | None = None
        self.seconds = 0.0
        self.progress: Progress | None = None
        self.curve: list[tuple[int, float]] = []

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"learner": None}

    @property
    def step(self) -> int:
        return 0 if self.progress is None else self.progress.step

    def first_learner(self) -> Learner:
        """What learns the exemplar, from its first step on."""
        exemplar, start = images.to_tensor(self.exemplar).to(common.DEVICE), None
        if self.nearest and form.all_have_objectives():
            start = texture_nets.nearest_texture(exemplar, common.descriptor())
        return Learner(exemplar, common.descriptor(), seed=self.seed, start=start)

    def advance(self, seconds: float) -> Iterator[Progress]:
        """Learn for so many seconds, about `CHUNK_S` an item, which counts them."""
        _live.add(self)
        if self.learner is None:
            self.learner = self.first_learner()
        chunk, learned = 1, 0.0
        while learned < seconds:
            started = time.monotonic()
            with closing(self.learner.run(self.learner.step + chunk, every=chunk)) as run:
                for progress in run:
                    self.progress, self.net = progress, self.learner.net
                    self._note(progress)
            if chunk == 1:
                self.keeps(self.size())
            spent = time.monotonic() - started
            self.seconds, learned = self.seconds + spent, learned + spent
            chunk = max(1, min(MOST_STEPS_AT_ONCE, 2 * chunk, round(chunk * CHUNK_S / max(spent, 1e-3))))
            yield replace(self.progress, step=max(1, min(int(learned), round(seconds))), total=max(1, round(seconds)))

    def _note(self, progress: Progress) -> None:
        """A point of the curve; when there are many, every second one goes."""
        self.curve.append((progress.step, progress.losses["texture"]))
        if len(self.curve) > POINTS:
            self.curve = self.curve[::2]

    def charts(self) -> list[dict[str, Any]]:
        return loss_chart(self.curve)

    def live(self) -> str | None:
        """The latest sample, a `data:` address."""
        return None if self.progress is None else data_address(images.to_picture(self.progress.image), quality=88)

    def file(self) -> str | None:
        """The network so far, for the visitor to keep."""
        if self.net is None:
            return None
        path = new_file(f"texture-{self.title}", ".safetensors")
        texture_nets.save_net(self.net, path)
        return str(path)

    def figures(self) -> str:
        return f"step {self.step}, texture loss {self.curve[-1][1]:.3f}"

    def last_frame(self, ended: str) -> tuple:
        """All that the page shows of it."""
        line = f"{ended}: {common.duration(self.seconds)} of learning · {self.figures()}"
        return self.live(), line, self.charts(), self.file(), self

    def close(self) -> None:
        """Give the memory back."""
        self.stop.set()
        self.learner = None

    def forget(self) -> None:
        super().forget()
        self.learner = self.net = self.exemplar = self.progress = None

    def size(self) -> int:
        """Bytes of what is sampled, with the gradients; what else learning takes is bounded by `LIVE_LEARNERS`."""
        return 2 * size_of(self.net) + size_of(self.exemplar)


def close(lesson: Lesson | None) -> None:
    """When a visitor's state is deleted."""
    if lesson is not None:
        lesson.close()


def loss_chart(curve: list[tuple[int, float]], level: float | None = None) -> list[dict[str, Any]]:
    """The texture loss by step, and what a network reaches in one pass."""
    loss, of_samples = COLOURS
    series = {loss: curve}
    if level is not None:
        series[of_samples] = [(curve[at][0], level) for at in (0, -1)]
    return [panel(texts.LOSS, series, COLOURS, log=True)] if curve else []
