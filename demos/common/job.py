"""Long runs that a visitor can ask to end."""

import threading
import time
from typing import Any

import gradio as gr
from PIL import Image

from demos.common.outputs import duration, save_png

STOP_WITHIN_S = 1.5


class Job:
    """One visitor's long run.

    A copy of it, as a worker in another process gets, is idle and can stop nothing.

    Attributes:
        stop: set by the visitor; the run then ends by itself after its step and shows what was made so far.
        idle: set while nothing runs.
    """

    def __init__(self) -> None:
        self.stop, self.idle = threading.Event(), threading.Event()
        self.idle.set()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"stop": None, "idle": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"stop": threading.Event(), "idle": threading.Event()}
        self.idle.set()

    def begin(self) -> None:
        """Called first by the run, which sets `idle` again at its end."""
        self.stop.clear()
        self.idle.clear()

    def ask_to_end(self, *, wait_s: float = STOP_WITHIN_S) -> bool:
        """Set `stop`, and wait for the end; False if the run still does a very long step."""
        self.stop.set()
        return self.idle.wait(timeout=wait_s)

    def reason_to_end(self, begun: float, limit_s: float) -> str:
        """Why a run that began at `time.monotonic()` ends before its last step, in words; "" if it does not."""
        if self.stop.is_set():
            return "Stopped"
        return f"Stopped at the time limit of {duration(limit_s)}" if time.monotonic() > begun + limit_s else ""


class Optimising(Job):
    """One visitor's picture in the making by the slow method.

    Attributes:
        result: the latest picture, for the file and for other tabs.
        settings: what goes into its file; "technique" and "seed" name it.
    """

    def __init__(self, settings: dict[str, Any]):
        super().__init__()
        self.settings = settings
        self.result: Image.Image | None = None

    def file(self) -> str:
        """The latest picture as a PNG with its settings inside."""
        return save_png(self.result, self.settings, f"{self.settings['technique']}-{self.settings['seed']}")


def stop_optimising(job: Optimising | None) -> tuple:
    """Ask the run to end; it shows its last frame itself, else: a status line and the file."""
    if job is None or job.idle.is_set():
        return "Stopped.", gr.skip()
    ended = job.ask_to_end()
    if job.result is None:
        return "Stopped before the first step.", gr.skip()
    if ended:
        return gr.skip(), gr.skip()
    return "Stopped: this is the latest picture", job.file()
