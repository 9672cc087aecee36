"""All that touches what Gradio does not promise; each has a test that fails when Gradio makes it needless.

- Sessions keep no configuration of the page. Gradio keeps it for links of its own to what one sees; those of this app
  need none. Without it a visitor's first click, and each call of a program, comes a third of a second earlier and
  takes a megabyte less, for hours.
- The file of a picture that is shown is written once, and whole.
- The page opens in two thirds of the time. Gradio's page compares each component with the targets of each event, and
  Svelte, which it is written in, wraps each of these comparisons: there are a million. What is not a plain object it
  leaves alone.
- What the calls of programs keep is dropped once they are over: nobody can come back to it.
- Runs that nobody listens to are ended. Gradio notices when a page is closed whose run has begun. It does not notice a
  caller who starts a run and never asks for its results, nor a camera whose connection broke.
"""

import inspect
import math
import os
import secrets
import time
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any

from gradio import processing_utils, routes, state_holder
from gradio.blocks import Blocks
from gradio.components import State
from gradio.queueing import Queue
from markupsafe import Markup
from PIL import Image

from demos.common import listeners


class Session(state_holder.SessionState):
    """The states of one visitor, and nothing else."""

    def __init__(self, blocks: Blocks):
        self.blocks_config = self._shared = blocks.default_config
        self.config_values: dict[int, dict] = {}
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, tuple] = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3600

    def __setitem__(self, key: int, value: Any) -> None:
        block = self.blocks_config.blocks.get(key)
        if isinstance(block, State):
            self._state_ttl[key] = block.time_to_live, datetime.now()
            self.state_data[key] = value
        else:
            if self.blocks_config is self._shared:  # most sessions change no component: a program's calls never do
                self.blocks_config = copy(self._shared)
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def keep_sessions_small() -> None:
    """Have Gradio keep no more of a session than it needs."""
    state_holder.SessionState = Session


EVENTS_ALONE = """; (({dependencies}) => {
  const list = Object.create(Array.prototype), event = Object.create(Object.prototype);
  dependencies.forEach(dependency => {
    Object.setPrototypeOf(dependency.targets, list);
    Object.setPrototypeOf(dependency, event);
  });
  Object.setPrototypeOf(dependencies, list);
})(window.gradio_config)"""
"""Follows the configuration in the page: Svelte wraps what has the prototype of a plain object or list."""


def open_pages_sooner() -> None:
    """Have the page leave the list of events as it is."""
    filters = routes.templates.env.filters
    if filters["toorjson"] is routes.toorjson:
        filters["toorjson"] = _with_events_alone


def _with_events_alone(value: Any) -> Markup:
    text = routes.toorjson(value)
    return text + Markup(EVENTS_ALONE) if isinstance(value, dict) and "dependencies" in value else text


def keep_shown_pictures_whole() -> None:
    """Have Gradio write the file of a picture that it shows once, and whole.

    Equal pictures share a file. Gradio opens it anew for each answer, so that a page that is just reading it (the same
    photo beside each preview of a run; another visitor's equal sample) gets half a picture.
    """
    processing_utils.save_pil_to_cache = _write_once


def _write_once(img: Image.Image, cache_dir: str, name: str = "image", format: str = "webp") -> str:
    data = processing_utils.encode_pil_to_bytes(img, format)
    path = Path(cache_dir).resolve() / processing_utils.hash_bytes(data) / f"{name}.{format}"
    try:
        os.utime(path)  # it is in use: `Blocks(delete_cache=...)` takes the old ones
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(secrets.token_hex(16))
        unfinished.write_bytes(data)
        unfinished.replace(path)
    return str(path)


def forget_calls(app: Any, calls: set[str]) -> None:
    """Drop the sessions of calls that are over; Gradio keeps them, and all that is in their states, for hours.

    Args:
        app: the running app of Gradio.
        calls: sessions to which nobody can come back; those that are dropped leave it.
    """
    at_work = {event.session_hash for events in app.get_blocks()._queue.active_jobs if events for event in events}
    for key in calls - at_work:
        calls.discard(key)
        app.state_holder.session_data.pop(key, None)
        app.state_holder.time_last_used.pop(key, None)


def end_unheard(queue: Queue, heard: listeners.Heard) -> None:
    """End the long runs and the cameras' streams that nobody listens to; what began a moment ago is left alone."""
    for event in [event for events in queue.active_jobs if events for event in events]:
        began = time.monotonic() < event.enqueue_time + listeners.SILENT_S
        if began or event.session_hash in heard or event._id in heard:
            continue
        if event.streaming:
            event.run_time, event.closed = math.inf, True
            event.signal.set()
        elif inspect.isgeneratorfunction(event.fn.fn):
            event.alive = False  # Gradio closes its generator after the next item
