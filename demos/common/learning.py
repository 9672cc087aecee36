"""A network that learns something of the visitor's own before their eyes: the run, and how it is watched."""

import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
from torch import nn

from convgen.progress import Progress
from demos.common.job import Job, stops_waiting
from demos.common.keeping import GONE, Latest, size_of
from demos.common.optimising import only_status
from demos.common.outputs import duration, new_file
from demos.widgets.chart import MOST_POINTS

CHUNK_S = 0.5
"""Steps are done in chunks of about this long, and a picture is shown after each."""
MOST_STEPS_AT_ONCE = 200
POINTS = 4 * MOST_POINTS
LIVE_LEARNERS = 8
"""Lessons that can go on at the same time; older ones keep their network and give the memory of learning back."""
NOTHING_TO_CONTINUE = "There is nothing to continue: add the picture again and press Learn."
SKIP = gr.skip()
_live = Latest(LIVE_LEARNERS)


class Learner(Protocol):
    """What trains; `run` may be left and entered again."""

    net: nn.Module

    @property
    def step(self) -> int: ...

    def run(self, total: int, *, every: int = 1) -> Iterator[Progress]: ...


class Learning(Job):
    """Something of the visitor's own, and the network that learns it; only their session has it.

    A copy of it, as a worker in another process gets, can be used and cannot go on learning.

    Attributes:
        learner: what trains, or None of a network that was loaded from a file.
        net: what is used, or None before the first step.
        title: to be read.
        seconds: spent learning.
        curve: (step, loss), thinned.
    """

    LOSS = ""
    """Name of the loss in `Progress.losses` that the curve shows."""

    def __init__(self, title: str):
        super().__init__()
        self.title = title
        self.learner: Learner | None = None
        self.net: nn.Module | None = None
        self.seconds = 0.0
        self.progress: Progress | None = None
        self.curve: list[tuple[int, float]] = []

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"learner": None}

    @property
    def step(self) -> int:
        return 0 if self.progress is None else self.progress.step

    @abstractmethod
    def first_learner(self) -> Learner:
        """What learns, from its first step on."""

    @abstractmethod
    def live(self) -> str | None:
        """What the network makes so far, a `data:` address."""

    @abstractmethod
    def charts(self) -> list[dict[str, Any]]:
        """The curve, see `demos.widgets.chart`."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the network so far."""

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
        self.curve.append((progress.step, progress.losses[self.LOSS]))
        if len(self.curve) > POINTS:
            self.curve = self.curve[::2]

    def file(self) -> str | None:
        """The network so far, for the visitor to keep."""
        if self.net is None:
            return None
        path = new_file(self.title, ".safetensors")
        self.save(path)
        return str(path)

    def figures(self) -> str:
        return f"step {self.step}, {self.LOSS} loss {self.curve[-1][1]:.3f}"

    def last_frame(self, ended: str) -> tuple:
        """All that the page shows of it."""
        line = f"{ended}: {duration(self.seconds)} of learning · {self.figures()}"
        return self.live(), line, self.charts(), self.file(), self

    def close(self) -> None:
        """Give the memory back."""
        self.stop.set()
        self.learner = None

    def forget(self) -> None:
        super().forget()
        self.learner = self.net = self.progress = None

    def size(self) -> int:
        """Bytes of what is used, with the gradients; what else learning takes is bounded by `LIVE_LEARNERS`."""
        return 2 * size_of(self.net)


def close(lesson: Learning | None) -> None:
    """When a visitor's state is deleted."""
    if lesson is not None:
        lesson.close()


def watched(lesson: Learning, seconds: float, *, limit_s: float) -> Iterator[tuple]:
    """Let a lesson go on and show it; every item is what the page shows: see `Learning.last_frame`."""
    moments = lesson.watch(
        lesson.advance(seconds), lambda _: lesson.figures(), limit_s=limit_s, unit="second",
        starting=f"Starting: {duration(seconds)} of learning",
    )  # fmt: skip
    with closing(moments):
        for moment in moments:
            if moment.last:
                yield lesson.last_frame(moment.why or "Done")
            elif moment.shown:
                yield lesson.live(), moment.line, lesson.charts(), None, SKIP if moment.progress else lesson
            else:
                yield gr.skip()


def can_go_on(lesson: Learning | None) -> Learning:
    """The lesson, if it can.

    Raises:
        ValueError: one sentence for the visitor.
    """
    if lesson is not None and lesson.forgotten:
        raise ValueError(GONE)
    if lesson is None or lesson.learner is None:
        raise ValueError(NOTHING_TO_CONTINUE)
    return lesson


def stop_learning(lesson: Learning | None, place: str) -> tuple:
    """Ask the run to end; it shows its last frame itself, unless it does a very long step."""
    said = only_status()
    if stops_waiting(place):
        return said(SKIP)
    if lesson is None or lesson.idle.is_set():
        return said("Stopped.")
    if lesson.ask_to_end():
        return said(SKIP)
    if lesson.progress is None:
        return said("Stopped before the first step.")
    return lesson.last_frame("Stopped")
