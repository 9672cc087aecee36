"""An event once the controls of a part of the page have come to rest, moved by a pointer, by keys or by typing.

`gr.Slider.release` knows pointers only.
"""

from typing import Any

from demos.widgets.widget import Widget


class Settled(Widget):
    """Nothing to be seen; `.input` is the event.

    Args:
        part: CSS selector of the part of the page.
        wait_ms: how long nothing has moved.
    """

    is_template = True

    def __init__(self, value: str | None = None, *, part: str = "", wait_ms: int = 200, **rest: Any):
        super().__init__(value, part=part, wait_ms=wait_ms, **rest)
