"""Buttons with pictures: examples to click, and choices whose value is the name of the chosen one."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demos.widgets.widget import Widget


@dataclass(frozen=True)
class Tile:
    """One button: what it stands for, what is written below it, and its picture (a `data:` address, or "")."""

    key: str
    title: str
    note: str = ""
    image: str = ""


class Tiles(Widget):
    """Pictures to click; the value is the key of the one that was clicked, and `.input` the event.

    Args:
        tiles: in their order.
        name: what screen readers call the group.
        chooses: mark the one that the value names.
        captions: write titles below the pictures.
        least: pixels of the width of a button.
        shape: proportions of the pictures.
    """

    is_template = True

    def __init__(
        self,
        tiles: Sequence[Tile] = (),
        value: str | None = None,
        *,
        name: str = "",
        chooses: bool = False,
        captions: bool = True,
        least: int = 100,
        shape: str = "4 / 3",
        **rest: Any,
    ):
        # Gradio builds the component anew from what `gr.update` was given, see `tiles_as`.
        tiles = [Tile(**tile) if isinstance(tile, dict) else tile for tile in tiles]
        self.keys = [tile.key for tile in tiles]
        super().__init__(
            value,
            tiles=tiles_as(tiles),
            name=html.escape(name),
            chooses=chooses,
            captions=captions,
            least=least,
            shape=shape,
            **rest,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.keys} if self.keys else {"type": "string"}


def tiles_as(tiles: Sequence[Tile]) -> list[dict[str, str]]:
    """The property of a Tiles component that `gr.update(tiles=...)` sets."""
    return [{field: html.escape(text) for field, text in vars(tile).items()} for tile in tiles]
