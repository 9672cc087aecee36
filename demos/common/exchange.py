"""Pictures that travel from one tab to another: "Use in ..." below a result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from convgen import images
from demos.common.device import plain_error
from demos.common.outputs import save_png

NOTHING_YET = "There is no result yet to send: make one first."


@dataclass(frozen=True)
class Port:
    """Where a tab takes pictures from other tabs, and what it gives them; its `build()` returns it.

    Attributes:
        inbox: state that will hold the path of a picture; the tab listens to its `.change` and opens it with `opened`.
        row: the row of buttons below the result, which gets one more for each other tab.
        made: state of the tab's latest result.
        result: its value -> the picture, or None if there is none.
    """

    inbox: gr.State
    row: gr.Row
    made: gr.State
    result: Callable[[Any], Image.Image | None]


def connect(tabs: gr.Tabs, ports: Mapping[str, Port], titles: Mapping[str, str]) -> None:
    """Give every tab a button for each other one; called once all tabs are built.

    Args:
        ports, titles: id of a tab -> its port and its title.
    """
    for source, port in ports.items():
        for target, title in titles.items():
            if target == source or target not in ports:
                continue
            parent = port.row.parent
            with port.row:
                button = gr.Button(f"Use in {title}", size="md", min_width=130, elem_classes=f"to-{target}")
            port.row.parent = parent
            button.click(
                _sender(port.result, target),
                [port.made],
                [ports[target].inbox, tabs],
                queue=False,
                show_progress="hidden",
                api_visibility="private",
            )


def _sender(result: Callable[[Any], Image.Image | None], target: str) -> Callable[[Any], tuple]:
    def send(made: Any) -> tuple:
        picture = None if made is None else result(made)
        if picture is None:
            raise gr.Error(NOTHING_YET, print_exception=False)
        return save_png(picture, {}, "from-another-tab"), gr.Tabs(selected=target)

    return send


def opened(path: str | None) -> Image.Image | None:
    """The picture in an inbox."""
    try:
        return None if path is None else images.open_picture(path)
    except ValueError as error:
        raise plain_error(error) from error
