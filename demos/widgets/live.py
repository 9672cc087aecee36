"""A picture that changes many times a second."""

from typing import Any

from demos.widgets.widget import Widget


class Live(Widget):
    """A picture whose value is a `data:` address, for streams: no file is written for it."""

    is_template = True

    def __init__(self, value: str | None = None, *, name: str = "", empty: str = "", **rest: Any):
        super().__init__(value, name=name, empty=empty, **rest)
