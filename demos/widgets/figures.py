"""Small pictures with captions."""

from typing import Any

from demos.widgets.widget import Widget


class Figures(Widget):
    """The value is a list of {"image", "caption"}."""

    is_template = True

    def __init__(self, value: Any = None, **rest: Any):
        super().__init__(value, **rest)
