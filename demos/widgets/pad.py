"""A map with a mark on it that can be dragged: two numbers at once."""

from typing import Any

from demos.widgets.widget import Widget


class Pad(Widget):
    """A component whose value is where the mark lies, {"x", "y"} in % from the left and from the top.

    Args:
        image: the map, a `data:` address; "" hides it.
        name: what screen readers call it.
    """

    is_template = True

    def __init__(self, value: dict[str, float] | None = None, *, image: str = "", name: str = "Map", **rest: Any):
        super().__init__(value, image=image, name=name, **rest)
