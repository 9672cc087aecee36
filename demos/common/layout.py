"""Parts of a page that every tab has: the picture that goes in, before and after, the file, how it works."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from demos.common.inputs import Picture

FORMULAS = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def picture_input(
    label: str, *, elem_id: str | None = None, height: int = 200, sources: Sequence[str] = ("upload", "clipboard"),
    **rest: Any,
) -> Picture:  # fmt: skip
    """Where a visitor adds a picture of any kind."""
    return Picture(
        label=label, type="pil", image_mode=None, height=height, sources=list(sources), elem_id=elem_id, **rest
    )


def before_and_after(label: str, *, elem_id: str, height: int = 560, **rest: Any) -> gr.ImageSlider:
    """Two pictures with a line between them that is dragged; see `preview_pair` for its value."""
    return gr.ImageSlider(
        label=label, type="pil", format="jpeg", interactive=False, buttons=["fullscreen"], max_height=height,
        elem_id=elem_id, **rest,
    )  # fmt: skip


def download_button(elem_id: str, label: str = "Download PNG", *, width: int = 130) -> gr.DownloadButton:
    """A file to take home, once there is one."""
    return gr.DownloadButton(label, interactive=False, size="md", min_width=width, elem_id=elem_id)


def button_for(path: str | None) -> Any:
    """What such a button becomes for a file, or for none; made anew each time, as Gradio empties what it sends."""
    return gr.update(value=path, interactive=path is not None)


def how_it_works(about: str, title: str = "How it works, and where it falls short") -> None:
    """The text below the tools, with formulas."""
    with gr.Accordion(title, open=False):
        gr.Markdown(about, latex_delimiters=FORMULAS)


def style_sheet(module: str) -> str:
    """The rules in the .css file beside a module: `style_sheet(__file__)`."""
    return Path(module).with_suffix(".css").read_text(encoding="utf-8")
