"""The head of the page: what this is, and the way to every technique."""

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from demos.widgets.widget import Widget


@dataclass(frozen=True)
class Card:
    """A way to a technique.

    Attributes:
        tab: id of the `gr.Tab` that it opens, whose `elem_id` is `tab-ID`.
        title, sentence: what is written on it.
        mode: `elem_id` of a tab within that tab that it opens as well, or "".
    """

    tab: str
    title: str
    sentence: str
    mode: str = ""


class Front(Widget):
    """Large until something is chosen, and one line from then on; no value.

    Args:
        title, lead: what this is; the lead is HTML.
        cards: in their order.
        sheet: address of one picture with a column for each card, and rows of frames that move under the pointer.
        frames: how many rows it has; `look.css` moves three.
    """

    is_template = True

    def __init__(
        self, value: None = None, *, title: str = "", lead: str = "", cards: Sequence[Card] = (), sheet: str = "",
        frames: int = 3, **rest: Any,
    ):  # fmt: skip
        cards = [card if isinstance(card, Card) else Card(**card) for card in cards]
        written = [{name: html.escape(text) for name, text in asdict(card).items()} for card in cards]
        named = {"title": html.escape(title), "lead": lead, "cards": written, "sheet": sheet, "frames": frames}
        super().__init__(value, **named, **rest)
