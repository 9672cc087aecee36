"""Talk mode: one technique after another over the whole window, by keys or by itself."""

from typing import Any

from demos.widgets.widget import Widget


class Talk(Widget):
    """Nothing to be seen before `?talk`, `?talk=tour`, Shift+T or Shift+P.

    Its server functions are `program()`, all acts with their bundled pictures, and `make([act, item])`, the live
    pictures of a step; see `demos.common.talk`.
    """

    is_template = True

    def __init__(self, value: str | None = None, **rest: Any):
        super().__init__(value, **rest)
