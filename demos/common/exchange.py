"""Pictures that travel from one tab to another: "Use in ..." below a result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from convgen import images
from demos.common.device import TOLD, plain_error
from demos.common.keeping import GONE
from demos.common.outputs import save_png

NOTHING_YET = "There is no result yet to send: make one first."


@dataclass(frozen=True)
class Outlet:
    """A result that can be sent to other tabs.

    Attributes:
        row: the row of buttons below the result, which gets one more for each other tab.
        made: state of the latest result.
        result: its value -> the picture, or None if there is none.
    """

    row: gr.Row
    made: gr.State
    result: Callable[[Any], Image.Image | None]


@dataclass(frozen=True)
class Port:
    """Where a tab takes pictures from other tabs, and what it gives them; its `build()` returns it.

    Attributes:
        inbox: state that will hold the path of a picture; the tab listens to its `.change` and takes it by `received`.
        outlets: the tab's results.
    """

    inbox: gr.State
    outlets: Sequence[Outlet]


def connect(tabs: gr.Tabs, ports: Mapping[str, Port], titles: Mapping[str, str]) -> None:
    """Give every tab a button for each other one; called once all tabs are built.

    Args:
        ports, titles: id of a tab -> its port and its title.
    """
    for source, port in ports.items():
        for outlet in port.outlets:
            for target, title in titles.items():
                if target != source and target in ports:
                    _connect(outlet, ports[target], target, title, tabs)


def _connect(outlet: Outlet, port: Port, target: str, title: str, tabs: gr.Tabs) -> None:
    parent = outlet.row.parent
    with outlet.row:
        button = gr.Button(f"Use in {title}", size="md", min_width=130, elem_classes=f"to-{target}")
    outlet.row.parent = parent
    button.click(_sender(outlet.result, target), [outlet.made], [port.inbox, tabs], **TOLD)


def _sender(result: Callable[[Any], Image.Image | None], target: str) -> Callable[[Any], tuple]:
    def send(made: Any) -> tuple:
        picture = None if made is None else result(made)
        if picture is None:
            raise gr.Error(NOTHING_YET, print_exception=False)
        return save_png(picture, {}, "from-another-tab"), gr.Tabs(selected=target)

    return send


def opened(path: str | None) -> Image.Image | None:
    """The picture in a file of a result."""
    try:
        if path is not None and not Path(path).is_file():
            raise ValueError(GONE)
        return None if path is None else images.open_picture(path)
    except ValueError as error:
        raise plain_error(error) from error


def received(path: str | None) -> Image.Image | None:
    """The picture in an inbox, or None; its file, which nothing else knows of, is gone then.

    The page may say twice that an inbox changed: the second time there is nothing.
    """
    if path is None or not Path(path).is_file():
        return None
    try:
        return opened(path)
    finally:
        Path(path).unlink(missing_ok=True)
