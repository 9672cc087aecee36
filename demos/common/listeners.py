"""Who listens: a run whose visitor is gone, or was never there, ends within seconds, and so does a camera's stream.

Gradio notices when a page is closed whose run has begun. It does not notice a caller who starts a run and never asks
for its results, nor a camera whose connection broke: those would go on until their time limit.
"""

import asyncio
import inspect
import math
import re
import time
from collections import Counter
from urllib.parse import parse_qs

from gradio.queueing import Event, Queue
from starlette.types import ASGIApp, Receive, Scope, Send

SILENT_S = 6.0
"""Seconds after which a run that nobody listens to is ended."""
LOOK_EVERY_S = 1.0
ONE_RUN = re.compile(r"/call/(?:v2/)?[^/]+/([^/]+)$")


class Listeners:
    """ASGI middleware that knows whose results are being listened to, and ends what nobody listens to.

    Results are streamed to a session (`/queue/data?session_hash=...`) or to the caller of one run (`/call/NAME/RUN`).
    """

    def __init__(self, app: ASGIApp):
        self._app = app
        self._open: Counter[str] = Counter()
        self._heard: dict[str, float] = {}
        self._looking: asyncio.Task | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._looking is None and "app" in scope:
            self._looking = asyncio.create_task(self._look(scope["app"]))
        key = _listened_to(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        self._open[key] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
                self._heard[key] = time.monotonic()

    async def _look(self, app: ASGIApp) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = time.monotonic()
            self._heard = {key: at for key, at in self._heard.items() if now < at + SILENT_S}
            end_unheard(app.get_blocks()._queue, self.is_heard, now)

    def is_heard(self, event: Event) -> bool:
        """Whether somebody listens to a run, or did a moment ago."""
        return any(key in self._open or key in self._heard for key in (event.session_hash, event._id))


def _listened_to(scope: Scope) -> str | None:
    """Key of the session, or of the run, whose results a request asks for."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    if scope["path"].endswith("/queue/data"):
        return next(iter(parse_qs(scope["query_string"].decode()).get("session_hash", [])), None)
    found = ONE_RUN.search(scope["path"])
    return found and found[1]


def end_unheard(queue: Queue, is_heard, now: float) -> None:
    """End the runs and the cameras' streams that nobody listens to.

    Args:
        is_heard: event -> whether somebody listens to it.
        now: `time.monotonic()`; what began a moment ago is left alone.
    """
    for event in [event for events in queue.active_jobs if events for event in events]:
        if now < event.enqueue_time + SILENT_S or is_heard(event):
            continue
        if event.streaming:
            event.run_time, event.closed = math.inf, True
            event.signal.set()
        elif inspect.isgeneratorfunction(event.fn.fn):
            event.alive = False  # Gradio closes its generator after the next item
