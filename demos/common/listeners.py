"""Who listens: a run whose visitor is gone, or was never there, ends within seconds, and so does a camera's stream.

Gradio notices when a page is closed whose run has begun. It does not notice a caller who starts a run and never asks
for its results, nor a camera whose connection broke: those would go on until their time limit.
"""

import re
import time
from collections import Counter
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

SILENT_S = 6.0
"""Seconds after which a run that nobody listens to is ended."""
ONE_RUN = re.compile(r"/call/(?:v2/)?[^/]+/([^/]+)$")


class Heard:
    """Whose results are being listened to: keys of sessions, and of runs that are called without one."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._until: dict[str, float] = {}

    def begins(self, key: str) -> None:
        """Somebody listens."""
        self._open[key] += 1

    def ends(self, key: str) -> None:
        """They do not any more; they may come back at once, as the page does after each run."""
        now = time.monotonic()
        self._until = {other: until for other, until in self._until.items() if until > now} | {key: now + SILENT_S}
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    def __contains__(self, key: str) -> bool:
        return key in self._open or self._until.get(key, 0.0) > time.monotonic()


HEARD = Heard()


class Listeners:
    """ASGI middleware that notes who listens.

    Results are streamed to a session (`/queue/data?session_hash=...`) or to the caller of one run (`/call/NAME/RUN`).
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (key := _listened_to(scope)) is None:
            await self._app(scope, receive, send)
            return
        HEARD.begins(key)
        try:
            await self._app(scope, receive, send)
        finally:
            HEARD.ends(key)


def _listened_to(scope: Scope) -> str | None:
    """Key of the session, or of the run, whose results a request asks for."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    if scope["path"].endswith("/queue/data"):
        return next(iter(parse_qs(scope["query_string"].decode()).get("session_hash", [])), None)
    found = ONE_RUN.search(scope["path"])
    return found and found[1]
