"""A sentence for visitors whose webcam cannot be used."""

from typing import Any

from demos.widgets.widget import Widget


class Refusals(Widget):
    """Says why the camera does not start, and what to do; empty while it works."""

    is_template = True

    def __init__(self, value: str | None = None, **rest: Any):
        super().__init__(value, **rest)
