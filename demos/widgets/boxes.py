"""A picture with numbered boxes on it, one of which is chosen."""

import html
from collections.abc import Sequence
from typing import Any

from demos.widgets.widget import Widget

Box = tuple[float, float, float, float]


class Boxes(Widget):
    """The value is the key of the chosen box, "1" for the first; `.input` is the event of a click.

    It takes no room without an image. Change it by `with_props`.

    Args:
        name: what screen readers call the group.
        what: what they call a box, before its number.
    """

    is_template = True

    def __init__(
        self,
        value: str | None = None,
        *,
        name: str = "",
        what: str = "Box",
        image: str = "",
        boxes: Sequence[dict[str, Any]] = (),
        **rest: Any,
    ):
        super().__init__(value, name=html.escape(name), what=html.escape(what), image=image, boxes=list(boxes), **rest)

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}


def boxes_on(size: tuple[int, int], boxes: Sequence[Box]) -> list[dict[str, Any]]:
    """The property of a Boxes component that `gr.update(boxes=...)` sets.

    Args:
        size: width and height of the picture.
        boxes: left, top, right, bottom of each, in its pixels.
    """
    width, height = size
    return [
        {
            "key": str(number),
            "left": 100 * left / width,
            "top": 100 * top / height,
            "width": 100 * (right - left) / width,
            "height": 100 * (bottom - top) / height,
        }
        for number, (left, top, right, bottom) in enumerate(boxes, 1)
    ]
