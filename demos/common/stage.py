"""A picture, still or moving, that is turned by dragging: the drag moves two sliders of the page."""

import html
from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent
TEMPLATE = """<div class="stage">${value ? `<img alt="${name}" draggable="false" src="${value}">`
                                         : `<p>${empty}</p>`}</div>"""
CSS = (FOLDER / "stage.css").read_text(encoding="utf-8")
JS = (FOLDER / "stage.js").read_text(encoding="utf-8")


class Stage(gr.HTML):
    """The value is a `data:` address of a picture; no file is written for it.

    Args:
        name: what screen readers call the picture.
        empty: a sentence while there is none.
        across, down: CSS selectors of the sliders that a drag moves; the first one goes round, as an angle does.
    """

    is_template = True

    def __init__(
        self, value: str | None = None, *, name: str = "", empty: str = "", across: str = "", down: str = "",
        **rest: Any,
    ):  # fmt: skip
        texts = {"html_template": TEMPLATE, "css_template": CSS, "js_on_load": JS} | rest
        names = {"name": html.escape(name), "empty": html.escape(empty), "across": across, "down": down}
        super().__init__(value, **names, **texts)

    def get_block_name(self) -> str:
        return "html"
