"""Talk mode: each technique as an act whose pictures fill a projector's screen, made live.

The bundled pictures of an act are those of `assets/acts`; they are shown until the live ones come, or instead of them.
"""

import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from convgen import images
from convgen.folders import ASSETS
from demos.common.links import address
from demos.common.outputs import data_address
from demos.widgets.talk import Talk

FOLDER = ASSETS / "acts"
SIDE, BUNDLED_SIDE = 1024, 640
"""Pixels of a live picture and of a bundled one."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What an audience sees of a step.

    Attributes:
        after: the result: a picture, or an endless loop as a `data:` address.
        before: what it was made of; None where it was made of nothing.
        line: how long it took, and so on.
    """

    after: Image.Image | str
    before: Image.Image | None = None
    line: str = ""


@dataclass(frozen=True)
class Act:
    """One technique.

    Attributes:
        name: of its bundled pictures.
        tab, mode: where a visitor finds it.
        title, sentence: what is said of it.
        equation: HTML.
        items: name -> what is written below its pictures; in the order of the arrow keys.
        make: name of an item -> its pictures; raises anything where that fails. None: `run` makes them.
        said: name of an item -> what a link says of it.
        shown: CSS selector of the tab's own pictures: the result, or what it was made of and the result.
        run: name of an item -> the arguments of the endpoint `/restore`, but for the picture, whose path is
            "picture"; for techniques that take their time.
    """

    name: str
    tab: str
    title: str
    equation: str
    sentence: str
    items: Mapping[str, str]
    make: Callable[[str], Seen] | None = None
    mode: str = ""
    said: Callable[[str], Mapping[str, Any]] = lambda item: {}
    shown: str = ""
    run: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def talk_mode(acts: Sequence[Act]) -> Talk:
    """The part of the page that shows them; called inside an open `gr.Blocks`."""
    named = {act.name: act for act in acts}

    def program(_: Any = None) -> list[dict[str, Any]]:
        """Everything but the live pictures."""
        return [_described(act) for act in acts]

    def make(asked: Any) -> dict[str, str] | None:
        """The live pictures of a step, [act, item]; None if they cannot be made."""
        try:
            name, item = asked
            act = named[name]
            return _sent(act.make(item)) if act.make is not None and item in act.items else None
        except Exception as error:  # an audience sees the next step instead
            _log.warning("no pictures of %.60r: %.200s", asked, error)
            return None

    return Talk(server_functions=[program, make], elem_id="talk")


def _described(act: Act) -> dict[str, Any]:
    items = []
    for item, title in act.items.items():
        after, before = (bundled(act, item, side) for side in ("after", "before"))
        run = dict(act.run.get(item, {}))
        if path := run.pop("picture", None):
            run["picture"] = _address(Path(path))
        link = address(act.tab, act.mode, **act.said(item))
        items.append({"name": item, "title": title, "after": after, "before": before, "link": link, "run": run})
    texts = {name: getattr(act, name) for name in ("name", "tab", "title", "equation", "sentence", "shown")}
    return texts | {"items": items, "live": act.make is not None}


def bundled(act: Act, item: str, side: str) -> str:
    """A bundled picture as a `data:` address, "" if there is none; `side` is "before" or "after"."""
    return next((_address(path) for kind in ("webp", "jpg") if (path := _path(act, item, side, kind)).is_file()), "")


def _path(act: Act, item: str, side: str, kind: str) -> Path:
    return FOLDER / f"{act.name}-{item.replace('/', '-')}-{side}.{kind}"


def _address(path: Path) -> str:
    kind = "webp" if path.suffix == ".webp" else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(path.read_bytes()).decode()


def _sent(seen: Seen) -> dict[str, str]:
    before = "" if seen.before is None else _shown(seen.before)
    return {"after": _shown(seen.after), "before": before, "line": seen.line}


def _shown(picture: Image.Image | str) -> str:
    if isinstance(picture, str):
        return picture
    return data_address(images.on_white(images.fit_within(picture, longest_side=SIDE)).convert("RGB"), quality=88)


def bundle(act: Act, items: Sequence[str]) -> None:
    """Draw the bundled pictures of some items."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for item in items:
        keep(act, item, act.make(item))


def keep(act: Act, item: str, seen: Seen) -> None:
    """Write the bundled pictures of one."""
    for side, picture in (("after", seen.after), ("before", seen.before)):
        if isinstance(picture, str):
            _path(act, item, side, "webp").write_bytes(base64.b64decode(picture.partition(",")[2]))
        elif picture is not None:
            small = images.on_white(images.fit_within(picture, longest_side=BUNDLED_SIDE)).convert("RGB")
            small.save(_path(act, item, side, "jpg"), quality=80)


def in_rows(pictures: Sequence[Image.Image], columns: int, *, gap: int = 6) -> Image.Image:
    """Pictures of one size on a sheet."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), "#1c1917")
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        sheet.paste(picture, (column * (width + gap), row * (height + gap)))
    return sheet
