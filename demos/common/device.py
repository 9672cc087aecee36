"""One job at a time on the device, a time limit, and every error as one plain sentence."""

import errno
import functools
import html
import inspect
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import gradio as gr
import torch

from convgen import runtime
from convgen.descriptor import Descriptor, load_descriptor
from convgen.weights import WeightsUnavailable
from demos.common.line import LINE, Ticket
from demos.common.outputs import duration
from demos.common.sessions import visitor

DEVICE = runtime.pick_device()
DEVICE_QUEUE = {"concurrency_id": "device", "concurrency_limit": None}
"""Arguments of every event that works on the device: `button.click(run, ..., **DEVICE_QUEUE)`.

They wait in our own line (`on_device`), which says how long, and leaves Gradio's to what is quick.
"""
QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Arguments of the events that only change the page."""
TOLD = {"concurrency_limit": None, "show_progress": "hidden", "api_visibility": "private"}
"""The same with the queue: for events that may fail, or change a state that others listen to.

Without a queue Gradio shows no sentence of an error, and tells only the first change of a state.
"""
HEARTBEAT_S = 2.0
"""Seconds after which who waits looks whether the visitor is still there."""
BUSY = "Another job is still running on the device; try again in a minute."
OUT_OF_MEMORY = "The device ran out of memory; choose a smaller size and try again."
DISK_FULL = "The disk of the server is full: nothing can be shown or saved until somebody makes room there."
UNEXPECTED = "Something went wrong on our side; try other settings or another picture."


Function = TypeVar("Function", bound=Callable[..., Any])
_log = logging.getLogger(__name__)


def on_device(
    *,
    deadline: float = 600.0,
    patience: float = 120.0,
    place: str = "",
    waiting: Callable[[str], Any] | None = None,
) -> Callable[[Function], Function]:
    """Decorator of a tab's function or generator: it alone has the device, and its errors are plain sentences.

    The place in the line is given back when the last step is over, also where the visitor has left before.

    Args:
        deadline: seconds after which a generator is closed; what it showed last stays on the page. It is looked at
            after every item, whether or not anybody listens, so items should be less than two seconds apart:
            yield `gr.skip()` where there is nothing new to show.
        patience: seconds for which a function waits for the device before the visitor is told that it is busy; a
            generator waits as long as it takes.
        place: which part of the page shows the run: a newer one of the same visitor takes its place.
        waiting: a sentence -> what a generator yields meanwhile, e.g. that sentence among `gr.skip()`s; None changes
            nothing.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def stream(*args, **kwargs):
            ticket = LINE.enter(visitor(), place)
            inner = shown = None
            try:
                yield from _in_line(ticket, waiting)
                if ticket.dropped or ticket.replaced:
                    return
                ends = time.monotonic() + deadline
                inner = function(*args, **kwargs)
                for item in inner:
                    if ticket.replaced:
                        return
                    yield item
                    shown = shown if isinstance(item, dict) and item == gr.skip() else item
                    if time.monotonic() > ends:
                        gr.Warning(f"Stopped at the time limit of {duration(deadline)}; the last picture is kept.")
                        if shown is not None:
                            yield shown  # for API callers the last item is the result
                        return
            except Exception as error:
                raise plain_error(error) from error
            finally:
                try:
                    if inner is not None:
                        inner.close()
                finally:
                    LINE.leave(ticket)

        @functools.wraps(function)
        def call(*args, **kwargs):
            with LINE.turn(patience, BUSY):
                try:
                    return function(*args, **kwargs)
                except Exception as error:
                    raise plain_error(error) from error

        return stream if inspect.isgeneratorfunction(function) else call

    return decorate


def _in_line(ticket: Ticket, waiting: Callable[[str], Any] | None) -> Iterator[Any]:
    """Wait for the device, and say so; the last item says that the run was stopped before it began."""
    said = None
    while not (ticket.dropped or ticket.replaced) and (before := LINE.before(ticket)):
        sentence = LINE.sentence(ticket)
        yield gr.skip() if waiting is None or sentence == said else waiting(sentence)
        said = sentence
        LINE.wait(ticket, before, HEARTBEAT_S)
    if ticket.dropped and waiting is not None:
        yield waiting("Stopped before it began.")


def one_at_a_time(function: Function, lock: threading.Lock, patience: float) -> Function:
    """A function that waits for the lock, at most `patience` seconds, and whose errors are plain sentences."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        if not lock.acquire(timeout=patience):
            raise gr.Error(BUSY, print_exception=False)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise plain_error(error) from error
        finally:
            lock.release()

    return call


def plain_error(error: Exception) -> gr.Error:
    """The one sentence that a visitor sees for an error; an unexpected one is logged with its traceback."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, WeightsUnavailable):
        _log.error("%s", error.remedy)
    if isinstance(error, (ValueError, WeightsUnavailable)) and str(error):
        return gr.Error(html.escape(str(error), quote=False), print_exception=False)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        _log.error("no space left: %s", error)
        return gr.Error(DISK_FULL, print_exception=False)
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or re.search(
        r"out of memory|can't allocate memory|not enough memory", str(error)
    ):
        _log.warning("out of memory: %s", error)
        if DEVICE.type == "cuda":
            torch.cuda.empty_cache()
        return gr.Error(OUT_OF_MEMORY, print_exception=False)
    _log.error("unexpected error", exc_info=error)
    return gr.Error(UNEXPECTED, print_exception=False)


@functools.lru_cache(maxsize=1)
def descriptor() -> Descriptor:
    """The fixed VGG on the device; all tabs and visitors share it."""
    return load_descriptor().to(DEVICE)
