"""Buttons with pictures: examples to click, and choices whose value is the name of the chosen one."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

TEMPLATE = """<div class="tiles" role="group" aria-label="${name}">${tiles.map(tile => `
<button type="button" data-key="${tile.key}" title="${tile.title}${tile.note ? ', ' + tile.note : ''}"
 ${chooses ? `aria-pressed="${tile.key === value}"` : ''}>${tile.image ? `<img alt="" src="${tile.image}">` : ''}
${captions ? `<span>${tile.title}${tile.note ? `<small>${tile.note}</small>` : ''}</span>`
           : `<span class="unseen">${tile.title}</span>`}</button>`).join('')}</div>"""
CSS = """.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(${least}px, 1fr)); gap: 10px;
         padding: 2px; }
.tiles button { position: relative; display: flex; flex-direction: column; margin: 0 !important;
                padding: 0 !important; min-width: 0; min-height: 0; border: 1px solid var(--border-color-primary);
                border-radius: var(--radius-lg); overflow: hidden; background: var(--block-background-fill);
                color: var(--body-text-color); cursor: pointer; text-align: left; transition: transform .12s; }
.tiles button:hover { border-color: var(--primary-500); transform: translateY(-1px); }
.tiles button:focus-visible { outline: 3px solid var(--primary-500); outline-offset: 1px; }
.tiles button[aria-pressed="true"] { border-color: var(--primary-600); box-shadow: 0 0 0 2px var(--primary-600); }
.tiles button[aria-pressed="true"]::after { content: "✓"; position: absolute; top: 6px; right: 6px; width: 22px;
                height: 22px; border-radius: 50%; background: var(--primary-700); color: white; font-size: 13px;
                font-weight: 700; line-height: 22px; text-align: center; }
.tiles img { display: block; width: 100%; aspect-ratio: ${shape}; object-fit: cover; margin: 0; border-radius: 0; }
.tiles span { display: block; padding: 6px 8px 7px; font-size: .8rem; font-weight: 600; line-height: 1.2; }
.tiles small { display: block; margin-top: 2px; font-size: .72rem; font-weight: 400; line-height: 1.25;
               color: var(--body-text-color-subdued); }
.tiles .unseen { position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 760px) {
  .tiles { grid-template-columns: none; grid-auto-flow: column; grid-auto-columns: ${least}px; overflow-x: auto;
           scroll-snap-type: x proximity; padding-bottom: 8px; }
  .tiles button { scroll-snap-align: start; }
}"""
JS = """element.addEventListener('click', event => {
  const button = event.target.closest('button[data-key]');
  if (!button) return;
  props.value = button.dataset.key;
  trigger('input');
});"""


@dataclass(frozen=True)
class Tile:
    """One button: what it stands for, what is written below it, and its picture (a `data:` address, or "")."""

    key: str
    title: str
    note: str = ""
    image: str = ""


class Tiles(gr.HTML):
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
        texts = {"html_template": TEMPLATE, "css_template": CSS, "js_on_load": JS} | rest
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
            **texts,
        )

    def get_block_name(self) -> str:
        return "html"

    def api_info(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.keys} if self.keys else {"type": "string"}


def tiles_as(tiles: Sequence[Tile]) -> list[dict[str, str]]:
    """The property of a Tiles component that `gr.update(tiles=...)` sets."""
    return [{field: html.escape(text) for field, text in vars(tile).items()} for tile in tiles]


def data_address(picture: Image.Image, *, quality: int = 82) -> str:
    """A picture (L or RGB) as a `data:` address, JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
