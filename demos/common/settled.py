"""An event once the controls of a part of the page have come to rest, moved by a pointer, by keys or by typing.

`gr.Slider.release` knows pointers only.
"""

from typing import Any

import gradio as gr

JS = """let timer = null;
document.addEventListener('change', event => {
  if (!element.isConnected || !event.target.closest?.(props.part)) return;
  clearTimeout(timer);
  timer = setTimeout(() => trigger('input'), props.wait_ms);
}, true);"""


class Settled(gr.HTML):
    """Nothing to be seen; `.input` is the event.

    Args:
        part: CSS selector of the part of the page.
        wait_ms: how long nothing has moved.
    """

    is_template = True

    def __init__(self, value: str | None = None, *, part: str = "", wait_ms: int = 200, **rest: Any):
        texts = {"html_template": "<span></span>", "css_template": "", "js_on_load": JS} | rest
        super().__init__(value, part=part, wait_ms=wait_ms, **texts)

    def get_block_name(self) -> str:
        return "html"
