"""Whose it is: the session on whose behalf the code runs."""

from contextvars import ContextVar

SESSION: ContextVar[str | None] = ContextVar("SESSION", default=None)
"""Its key; the app sets it for each request."""


def visitor() -> str | None:
    """Key of the session on whose behalf the code runs; None outside of the app."""
    return SESSION.get()
