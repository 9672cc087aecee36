"""Sessions that cost little, and whose it is.

Gradio keeps the configuration of the whole page for each session, and all values that were last sent, so that a link to
them can be made. This app offers no such links; without them a visitor's first click, and each call of a program, comes
a third of a second earlier and takes a megabyte less, for hours.
"""

from contextvars import ContextVar
from copy import copy
from datetime import datetime
from typing import Any

from gradio import state_holder
from gradio.blocks import Blocks
from gradio.components import State

SESSION: ContextVar[str | None] = ContextVar("SESSION", default=None)
"""Key of the session on whose behalf the code runs; the app sets it for each request."""


def visitor() -> str | None:
    """Key of the session on whose behalf the code runs; None outside of the app."""
    return SESSION.get()


class Session(state_holder.SessionState):
    """The states of one visitor, and nothing else."""

    def __init__(self, blocks: Blocks):
        self.blocks_config = copy(blocks.default_config)
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
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def keep_sessions_small() -> None:
    """Have Gradio keep no more of a session than it needs."""
    state_holder.SessionState = Session
