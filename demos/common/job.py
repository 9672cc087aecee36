"""The run loop: long runs that are watched, stopped, and end in time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from convgen.progress import Progress
from demos.common.keeping import BUDGET, GONE, size_of
from demos.common.line import LINE
from demos.common.outputs import Throttle, duration, save_png, status_line
from demos.common.sessions import visitor

STOP_WITHIN_S = 1.5
GRACE_S = 60.0
"""For the last frame of a run that has come to its time limit: so much later it is closed."""
PREVIEW_EVERY_S = 0.5
HEARTBEAT_S = 1.5
"""The longest time between two moments, so that a page that was closed is noticed."""


@dataclass(frozen=True)
class Moment:
    """Where a long run stands.

    Attributes:
        progress: the latest step, or None before the first.
        line: to be read.
        shown: it is time to show it; the generator of a tab yields `gr.skip()` for one that is not.
        last: the run is over.
        why: of the last one: why it ended before its last step; "" if it did not.
    """

    progress: Progress | None
    line: str
    shown: bool
    last: bool = False
    why: str = ""


class Job:
    """One visitor's long run.

    A copy of it, as a worker in another process gets, is idle and can stop nothing.

    Attributes:
        stop: set by the visitor; the run then ends by itself after its step and shows what was made so far.
        idle: set while nothing runs.
        forgotten: there was no room for it any more, see `demos.common.keeping`.
    """

    def __init__(self) -> None:
        self.stop, self.idle = threading.Event(), threading.Event()
        self.idle.set()
        self.forgotten = False

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"stop": None, "idle": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"stop": threading.Event(), "idle": threading.Event()}
        self.idle.set()

    def begin(self) -> None:
        """Called first by the run, which sets `idle` again at its end."""
        self.stop.clear()
        self.idle.clear()
        if ticket := LINE.running():
            ticket.job = self

    def keeps(self, size: int) -> None:
        """Its pictures and networks take so many bytes now."""
        BUDGET.keeps(self, size)

    def in_use(self) -> bool:
        """Whether it runs."""
        return not self.idle.is_set()

    def forget(self) -> None:
        """Give the memory back; a subclass that has any does it."""
        self.forgotten = True

    def ask_to_end(self, *, wait_s: float = STOP_WITHIN_S) -> bool:
        """Set `stop`, and wait for the end; False if the run still does a very long step."""
        self.stop.set()
        return self.idle.wait(timeout=wait_s)

    def reason_to_end(self, begun: float, limit_s: float) -> str:
        """Why a run that began at `time.monotonic()` ends before its last step, in words; "" if it does not."""
        if self.stop.is_set():
            return "Stopped"
        return f"Stopped at the time limit of {duration(limit_s)}" if time.monotonic() > begun + limit_s else ""

    def watch(
        self, steps: Iterator[Progress], figures: Callable[[Progress], str] = lambda _: "", *, limit_s: float,
        every: float | Throttle = PREVIEW_EVERY_S, unit: str = "step", ends: Callable[[], str] = str,
        starting: str = "Starting",
    ) -> Iterator[Moment]:  # fmt: skip
        """The run loop: one moment at the beginning, some while it goes on, and a last one however the run ends.

        Args:
            steps: the long loop; it is closed at the end. What takes long before its first step belongs inside of it,
                and so does what has to be noted of every step.
            figures: what is said of a step beside the time left, e.g. its loss.
            limit_s: the deadline, in seconds; it holds whether or not anybody listens.
            every: the least time between two moments that are shown, or what says when it is time.
            unit: what a step is called.
            ends: asked after each step: why the run ends here by itself, in words; "" if it does not.
            starting: what is said before the first step.
        """
        self.begin()
        throttle = every if isinstance(every, Throttle) else Throttle(every)
        begun, progress, why = time.monotonic(), None, ""
        try:
            yield Moment(None, starting, True)
            told = time.monotonic()
            with closing(steps):
                for progress in steps:
                    if why := self.reason_to_end(begun, limit_s) or ends():
                        break
                    if progress.step >= progress.total:
                        continue
                    _expect(begun, progress, limit_s)
                    if throttle.ready():
                        cpu = time.process_time()
                        line = status_line(progress.step, progress.total, begun, figures(progress), unit=unit)
                        yield Moment(progress, line, True)
                        throttle.paid(time.process_time() - cpu)
                        told = time.monotonic()
                    elif time.monotonic() > told + HEARTBEAT_S:
                        yield Moment(progress, "", False)
                        told = time.monotonic()
            if progress is not None:
                done = f"{why} after {unit} {progress.step}" if why else ""
                line = done or status_line(progress.total, progress.total, begun, unit=unit)
                line += f" · {said}" if (said := figures(progress)) else ""
                yield Moment(progress, line, True, last=True, why=why)
        finally:
            self.idle.set()


def _expect(begun: float, progress: Progress, limit_s: float) -> None:
    """Tell who waits when the run will be over."""
    if ticket := LINE.running():
        spent = time.monotonic() - begun
        ticket.ends_at = begun + min(limit_s, spent * progress.total / progress.step)


def starts(place: str) -> None:
    """Called by the page before a visitor's run begins in a place: an older one there ends, and is not shown."""
    gives_way(place)
    LINE.announce(visitor(), place)


def gives_way(place: str) -> None:
    """Something else is shown in a place of the visitor's now: a run there ends, and is not shown any more."""
    LINE.replace(visitor(), place)


def is_over(place: str) -> bool:
    """Whether what follows a run may happen on the page: nothing of the visitor's waits or goes on in that place."""
    return not LINE.busy(visitor(), place)


def stops_waiting(place: str) -> bool:
    """Take the visitor's run out of the line, where it says so itself; False if none waits."""
    return LINE.drop(visitor(), place)


def stop_run(job: Job | None, place: str = "") -> Any:
    """Ask the run to end after its step, and wait until it has shown what was made so far; a status if none runs."""
    if stops_waiting(place):
        return gr.skip()
    if job is None or job.idle.is_set():
        return "Stopped."
    job.ask_to_end(wait_s=10 * STOP_WITHIN_S)
    return gr.skip()


class Optimising(Job):
    """One visitor's picture in the making by the slow method.

    Attributes:
        result, step: the latest picture, for the file and for other tabs, and its step.
        settings: what goes into its file; "technique" and "seed", if there is one, name it.
    """

    def __init__(self, settings: dict[str, Any]):
        super().__init__()
        self.settings = settings
        self.result: Image.Image | None = None
        self.step = 0

    def forget(self) -> None:
        super().forget()
        self.result = None

    def finished(self) -> Image.Image | None:
        """The latest picture, for other tabs.

        Raises:
            ValueError: it is not kept any more; one sentence.
        """
        if self.forgotten:
            raise ValueError(GONE)
        return self.result

    def shows(self, picture: Image.Image, step: int) -> None:
        """The picture after a step."""
        self.result, self.step = picture, step
        self.keeps(size_of(picture))

    def file(self) -> str:
        """The latest picture as a PNG with its settings inside."""
        names = [str(self.settings[name]) for name in ("technique", "seed") if name in self.settings]
        return save_png(self.result, self.settings, "-".join(names))


def stop_optimising(job: Optimising | None, place: str = "") -> tuple:
    """Ask the run to end; it shows its last frame itself, else: a status line and the file."""
    if stops_waiting(place):
        return gr.skip(), gr.skip()
    if job is None or job.idle.is_set():
        return "Stopped.", gr.skip()
    ended = job.ask_to_end()
    if job.result is None:
        return "Stopped before the first step.", gr.skip()
    if ended:
        return gr.skip(), gr.skip()
    return f"Stopped after step {job.step}: this is the latest picture", job.file()
