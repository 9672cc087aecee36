"""A button that opens a menu of places to send a picture to."""

import html
from collections.abc import Sequence
from typing import Any

from demos.widgets.widget import Widget

Target = tuple[str, str, str]


class SendTo(Widget):
    """The value is the key of the place that was chosen, and `.input` the event.

    Args:
        targets: key, title, and the CSS selector of where the picture will be seen, which is brought into view.
        name: what is written on the button.
    """

    is_template = True

    def __init__(self, value: str | None = None, *, targets: Sequence[Target] = (), name: str = "", **rest: Any):
        self.keys = [key for key, *_ in targets]
        written = [tuple(html.escape(text) for text in target) for target in targets]
        super().__init__(value, targets=written, name=html.escape(name), **rest)

    def api_info(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.keys}
