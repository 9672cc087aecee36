"""Pictures that travel from one tab to another: "Send to ..." below a result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from convgen import images
from demos.common.device import TOLD, plain_error
from demos.common.inputs import choice
from demos.common.keeping import GONE
from demos.common.outputs import save_png
from demos.widgets.send import SendTo

NOTHING_YET = "There is no result yet to send: make one first."


@dataclass(frozen=True)
class Outlet:
    """A result that can be sent to other tabs.

    Attributes:
        row: the row of buttons below the result, which gets one more: a menu of the other tabs.
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
        seen: CSS selector of where the picture is then seen.
    """

    inbox: gr.State
    outlets: Sequence[Outlet]
    seen: str


def connect(tabs: gr.Tabs, ports: Mapping[str, Port], titles: Mapping[str, str]) -> None:
    """Give every result a menu of the other tabs; called once all tabs are built.

    Args:
        ports, titles: id of a tab -> its port and its title.
    """
    for source, port in ports.items():
        others = {target: port for target, port in ports.items() if target != source}
        if others:
            for outlet in port.outlets:
                _connect(outlet, others, titles, tabs)


def _connect(outlet: Outlet, others: Mapping[str, Port], titles: Mapping[str, str], tabs: gr.Tabs) -> None:
    parent = outlet.row.parent
    with outlet.row:
        targets = [(target, titles[target], port.seen) for target, port in others.items()]
        menu = SendTo(targets=targets, name="Send to", elem_classes=["send-to"])
    outlet.row.parent = parent
    inboxes = [port.inbox for port in others.values()]
    menu.input(_sender(outlet.result, list(others)), [menu, outlet.made], [*inboxes, tabs], **TOLD)


def _sender(result: Callable[[Any], Image.Image | None], targets: Sequence[str]) -> Callable[[str, Any], list]:
    def send(target: str, made: Any) -> list:
        target = choice(target, "Tab", targets)
        picture = None if made is None else result(made)
        if picture is None:
            raise gr.Error(NOTHING_YET, print_exception=False)
        path = save_png(picture, {}, "from-another-tab")
        return [*(path if name == target else gr.skip() for name in targets), gr.Tabs(selected=target)]

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
