"""A picture, still or moving, that is turned by dragging: the drag moves two sliders of the page."""

import html
from typing import Any

from demos.widgets.widget import Widget


class Stage(Widget):
    """The value is a `data:` address of a picture; no file is written for it.

    Args:
        name: what screen readers call the picture.
        empty: a sentence while there is none.
        across, down: CSS selectors of the sliders that a drag moves; the first one goes round, as an angle does.
    """

    is_template = True

    def __init__(
        self, value: str | None = None, *, name: str = "", empty: str = "", across: str = "", down: str = "",
        **rest: Any,
    ):  # fmt: skip
        names = {"name": html.escape(name), "empty": html.escape(empty), "across": across, "down": down}
        super().__init__(value, **names, **rest)
