"""One picture of several things side by side, with their names below."""

from collections.abc import Sequence
from typing import Any

from demos.widgets.widget import Widget


class Compared(Widget):
    """The value is an address of the picture, or None.

    Args:
        names: from left to right.
    """

    is_template = True

    def __init__(self, value: Any = None, *, names: Sequence[str] = (), **rest: Any):
        super().__init__(value, names=names, **rest)
