"""The picture that a network was taught."""

from typing import Any

from demos.widgets.widget import Widget


class Exemplar(Widget):
    """The value is {"image", "note"}: a `data:` address, "" where there is none, and what is said of it."""

    is_template = True

    def __init__(self, value: dict[str, str] | None = None, **rest: Any):
        super().__init__(value, **rest)
