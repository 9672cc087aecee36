"""Tabs within a tab, one for each way to use a technique, and the columns that come and go with them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from demos.common.device import QUIET
from demos.common.look import in_sight


class Modes:
    """Shows the columns of the mode that is chosen.

    Args:
        tabs: what holds the tabs.
        tab_of: mode -> its tab.
        columns: name -> column; one that bears the name of a mode is shown in that mode.
        shared: name of a column -> several modes in which it is shown.
    """

    def __init__(
        self,
        tabs: gr.Tabs,
        tab_of: Mapping[str, gr.Tab],
        columns: Mapping[str, gr.Column],
        shared: Mapping[str, tuple[str, ...]] | None = None,
    ):
        self._shown_in = [(shared or {}).get(name, (name,)) for name in columns]
        self.components = [tabs, *columns.values()]
        for mode, tab in tab_of.items():
            tab.select(partial(self._columns, mode), None, self.components[1:], **QUIET)

    def open(self, mode: str) -> list[Any]:
        """Updates of `components` that open a mode."""
        return [gr.Tabs(selected=mode), *self._columns(mode)]

    def _columns(self, mode: str) -> list[Any]:
        return [in_sight(mode in modes) for modes in self._shown_in]
