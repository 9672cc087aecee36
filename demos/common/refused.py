"""What the log says of calls that were refused: one line each."""

import logging
from typing import Any

import gradio as gr

MOST = 200
"""Characters of a sentence that the log repeats."""

_log = logging.getLogger(__name__)


def note_refusal(event: Any, error: gr.Error) -> None:
    """Write one line about a call that was refused; what Gradio prints with its traceback needs none.

    Args:
        event: what was called; Gradio's description of a function has an `api_name`.
    """
    if error.print_exception:
        return
    name = getattr(event, "api_name", None)
    said = " ".join(str(error.message).split())
    _log.warning("refused %s: %s", f"/{name}" if isinstance(name, str) else "an event of the page", said[:MOST])
