"""The address of the page: a link to what one sees, kept up to date, and the browser's Back and Forward."""

from typing import Any

from demos.widgets.widget import Widget


class Address(Widget):
    """Nothing to be seen but a line once a link was copied.

    The value is what follows the question mark as the page opens, with the event `.input`, and on Back and Forward the
    name of the tab to open, with the event `.submit`. Other parts of the page call `window.pageLink`.

    Args:
        table: what a link can say, see `demos.common.links.table_of`.
    """

    is_template = True

    def __init__(self, value: str | None = None, *, table: dict[str, Any] | None = None, **rest: Any):
        super().__init__(value, table=table or {}, **rest)
