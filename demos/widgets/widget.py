"""What our own components have in common: how one looks and what it does stands in files beside its module."""

import inspect
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

PARTS = {"html": "html_template", "css": "css_template", "js": "js_on_load"}


class Widget(gr.HTML):
    """`gr.HTML` whose template, style sheet and script are NAME.html, NAME.css and NAME.js beside NAME.py.

    What is told to the base class by name is a property, for the template; any of the three may be missing.
    """

    is_template = True

    def __init__(self, value: Any = None, **properties: Any):
        files = {argument: text for part, argument in PARTS.items() if (text := self.text(part))}
        super().__init__(value, **files | properties)

    @classmethod
    def text(cls, part: str) -> str:
        """One of the three, "html", "css" or "js"; "" if it is missing."""
        return _read(Path(inspect.getfile(cls)).with_suffix(f".{part}"))

    def get_block_name(self) -> str:
        return "html"

    get_block_class = get_block_name


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\n") if path.is_file() else ""
