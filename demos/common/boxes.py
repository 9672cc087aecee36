"""A picture with numbered boxes on it, one of which is chosen."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent
TEMPLATE = """<div class="boxes" role="group" aria-label="${name}">${image ? `<img alt="" src="${image}">` : ''}
${(boxes || []).map(box => `<button type="button" data-key="${box.key}" aria-pressed="${box.key === value}"
  aria-label="${what} ${box.key}" style="left:${box.left}%;top:${box.top}%;width:${box.width}%;height:${box.height}%">
  <span>${box.key}</span></button>`).join('')}</div>"""
CSS = (FOLDER / "boxes.css").read_text(encoding="utf-8")
JS = """element.addEventListener('click', event => {
  const button = event.target.closest('button[data-key]');
  if (!button) return;
  props.value = button.dataset.key;
  trigger('input');
});"""
Box = tuple[float, float, float, float]


class Boxes(gr.HTML):
    """The value is the key of the chosen box, "1" for the first; `.input` is the event of a click.

    It takes no room without an image. Change it by `with_props`.

    Args:
        name: what screen readers call the group.
        what: what they call a box, before its number.
    """

    is_template = True

    def __init__(
        self,
        value: str | None = None,
        *,
        name: str = "",
        what: str = "Box",
        image: str = "",
        boxes: Sequence[dict[str, Any]] = (),
        **rest: Any,
    ):
        texts = {"html_template": TEMPLATE, "css_template": CSS, "js_on_load": JS} | rest
        super().__init__(value, name=html.escape(name), what=html.escape(what), image=image, boxes=list(boxes), **texts)

    def get_block_name(self) -> str:
        return "html"

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}


def boxes_on(size: tuple[int, int], boxes: Sequence[Box]) -> list[dict[str, Any]]:
    """The property of a Boxes component that `gr.update(boxes=...)` sets.

    Args:
        size: width and height of the picture.
        boxes: left, top, right, bottom of each, in its pixels.
    """
    width, height = size
    return [
        {
            "key": str(number),
            "left": 100 * left / width,
            "top": 100 * top / height,
            "width": 100 * (right - left) / width,
            "height": 100 * (bottom - top) / height,
        }
        for number, (left, top, right, bottom) in enumerate(boxes, 1)
    ]
