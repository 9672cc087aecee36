"""Whose it is: the session on whose behalf the code runs."""

from contextvars import ContextVar

SESSION: ContextVar[str | None] = ContextVar("SESSION", default=None)
"""Its key; the app sets it for each request."""


CALLS: set[str] = set()
"""Sessions that are one call of a program: nobody can come back to them."""


def begin(session: str | None, event: str | None) -> None:
    """Code runs on behalf of a session from now on; an event of the same name is the only one that it will have."""
    SESSION.set(session)
    if session is not None and session == event:
        CALLS.add(session)


def visitor() -> str | None:
    """Key of the session on whose behalf the code runs; None outside of the app."""
    return SESSION.get()
