"""A line that says what is going on, with a bar while it counts."""

from typing import Any

import gradio as gr

from demos.widgets.widget import Widget


class Status(Widget):
    """A line of text for everybody, screen readers included; "Step 3 of 9 ..." also moves a bar.

    Args:
        bar: whether there is one.
        least: height in lines that are kept free, so that nothing below jumps.
    """

    is_template = True

    def __init__(self, value: str = "", *, bar: bool = True, least: float = 2.6, **rest: Any):
        super().__init__(value, bar=bar, least=least, **rest)


def status_and_stop(ready: str, *, name: str) -> tuple[Status, gr.Button]:
    """The status line of a long run and the Stop beside it, as #NAME-status and #NAME-stop."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=200):
            status = Status(ready, least=4.8, elem_id=f"{name}-status")
        stop = gr.Button("Stop", variant="stop", size="md", scale=1, min_width=80, elem_id=f"{name}-stop")
    return status, stop
