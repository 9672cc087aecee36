"""A small picture with a caption: where two pictures differ."""

from typing import Any

from demos.widgets.widget import Widget


class ChangeMap(Widget):
    """The value is a `data:` address of the map, or None.

    Args:
        caption: below it.
    """

    is_template = True

    def __init__(self, value: Any = None, *, caption: str = "", **rest: Any):
        super().__init__(value, caption=caption, **rest)
