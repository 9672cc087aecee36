"""What Gradio's components lack for keyboards, screen readers, the clipboard and files that are dropped."""

from typing import Any

from demos.widgets.widget import Widget


class Mended(Widget):
    """Nothing to be seen; once on the page.

    The line between two pictures becomes a slider that has a name and follows the arrow keys. Pictures of a gallery and
    places to drop a file are called what is written on them. A picture that is pasted anywhere goes into the first
    place for pictures that is seen; one that is dropped onto a filled place takes the place of the other.

    Args:
        line: what screen readers call the line.
    """

    is_template = True

    def __init__(self, value: None = None, *, line: str = "The line between before and after", **rest: Any):
        super().__init__(value, line=line, **rest)
