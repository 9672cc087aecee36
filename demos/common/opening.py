"""What a tab shows of itself: computed when a visitor first opens it, so that a page costs what is looked at."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.context import Context

from demos.common.device import TOLD


def first_opening(inbox: gr.State | None = None) -> Callable[..., Any]:
    """The event of the first time that a visitor sees the tab that is being built.

    Args:
        inbox: state of the pictures that other tabs send: a tab that opens with one of them does not show its own.

    Returns:
        a function with the arguments of `button.click`.
    """
    opened = gr.State(False)
    given = [] if inbox is None else [inbox]
    _tab().select(lambda *path: not any(path), given, [opened], **TOLD)
    return opened.change


def _tab() -> gr.Tab:
    """The outermost tab around what is being built."""
    block, found = Context.block, None
    while block is not None:
        found, block = (block if isinstance(block, gr.Tab) else found), block.parent
    if found is None:
        raise RuntimeError("first_opening() is for what is inside a tab")
    return found
