"""Pictures in a row, one for each noise scale."""

from typing import Any

from demos.widgets.widget import Widget


class NoiseStrip(Widget):
    """The value is a list of {"k", "image", "chosen"}; `.click` is the event, with the `k` of the picture."""

    is_template = True

    def __init__(self, value: Any = None, **rest: Any):
        super().__init__(value, **rest)
