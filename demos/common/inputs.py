"""Inputs that strangers may fill with anything: pictures, painted masks, numbers, choices, flags."""

import base64
import inspect
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from gradio.components.base import server
from gradio.components.image_editor import EditorData, EditorDataBlobs
from gradio.data_classes import FileData, ImageData
from gradio.utils import is_in_or_equal
from PIL import Image, ImageChops
from pydantic import ValidationError

from convgen import images
from convgen.deep_image_prior import painted_where
from convgen.sentences import brief, one_of
from demos.common.device import plain_error
from demos.common.sessions import visitor
from demos.common.upload import NOT_KEPT, own_files_only

UPLOAD = "Upload the picture itself; files elsewhere and web addresses are not opened."
NOT_A_PICTURE = "A picture is expected here; upload a PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF file."
PAINT_ON = "Add a picture first, then paint on it."
LARGEST_SEED = 2**31 - 1
MOST_BLOB_BYTES = 96_000_000
MOST_BLOBS, MOST_LAYERS = 256, 16
BLOB_KINDS = ("background", "composite", "layer")
LEAST_SIDE = 16
"""Pixels of a picture's shorter side, in every tab."""
Option = TypeVar("Option", str, int, float)
COLOURS = ("#e11d48", "#f59e0b", "#facc15", "#22c55e", "#0ea5e9", "#4338ca", "#ffffff", "#111111")
"""Of a brush."""


class PictureData(ImageData):
    """What a browser or an API caller sends for a picture; anything else is answered by one sentence."""

    @classmethod
    def model_validate(cls, value: Any, **options: Any) -> "PictureData":
        try:
            return super().model_validate(value, **options)
        except ValidationError as error:
            raise gr.Error(NOT_A_PICTURE, print_exception=False) from error


class MaskData(EditorData):
    """What a browser or an API caller sends for a painted picture; anything else is answered by one sentence."""

    @classmethod
    def model_validate(cls, value: Any, **options: Any) -> "MaskData":
        if isinstance(value, dict) and value.get("layers") is None:
            value = {**value, "layers": []}
        try:
            return super().model_validate(value, **options)
        except ValidationError as error:
            raise gr.Error(NOT_A_PICTURE, print_exception=False) from error


@dataclass(frozen=True)
class Painted:
    """Value of a MaskEditor: a picture (L, LA, RGB or RGBA), and where it was painted.

    Attributes:
        mask: L, size of the picture, 255 = painted; None if nothing was painted.
    """

    picture: Image.Image
    mask: Image.Image | None


async def _own_files_only(component: gr.components.Component, path: str | Path | None) -> str | None:
    return await own_files_only(component, path, UPLOAD)


def _decode(component: gr.components.Component, file: ImageData | FileData | bytes) -> Image.Image:
    """A picture from an upload, a `data:` address, an API caller's uploaded file, or the bytes of an editor."""
    try:
        if isinstance(file, (bytes, bytearray, memoryview)):
            return images.open_picture(bytes(file))
        if file.url and file.url.startswith("data:"):
            head, _, body = file.url.partition(",")
            if not head.endswith(";base64"):
                raise ValueError(images.UNREADABLE)
            return images.open_picture(base64.b64decode(body))
        if not file.path or not is_in_or_equal(file.path, component.GRADIO_CACHE):
            raise ValueError(UPLOAD)
        if not Path(file.path).is_file():
            raise ValueError(NOT_KEPT)
        return images.open_picture(file.path)
    except Exception as error:
        raise plain_error(error) from error


class Picture(gr.Image):
    """`gr.Image` whose value is an upright 8-bit picture (L, LA, RGB or RGBA) or None; see `images.open_picture`."""

    is_template = True
    data_model = PictureData
    async_move_resource_to_block_cache = _own_files_only

    def preprocess(self, payload: ImageData | None) -> Image.Image | None:
        if payload is None or not (payload.path or payload.url):
            return None
        return _decode(self, payload)


class Blobs:
    """The pixels that editors' pages sent ahead of their events: so many bytes at most, each session's for itself."""

    def __init__(self, most_bytes: int = MOST_BLOB_BYTES):
        self.most_bytes = most_bytes
        self._sent: OrderedDict[tuple[str | None, str], EditorDataBlobs] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: str | None, key: str, kind: str, index: int, content: bytes) -> None:
        """Keep one; the oldest of anybody's go where it is too much."""
        with self._lock:
            sent = self._sent.pop((session, key), None) or EditorDataBlobs(background=None, layers=[], composite=None)
            if kind == "layer":
                sent.layers += [None] * (index + 1 - len(sent.layers))
                sent.layers[index] = content
            else:
                setattr(sent, kind, content)
            self._sent[session, key] = sent
            while self._total() > self.most_bytes or len(self._sent) > MOST_BLOBS:
                self._sent.popitem(last=False)

    def take(self, session: str | None, key: str) -> EditorDataBlobs | None:
        """What was sent, once; None if nothing is there."""
        with self._lock:
            return self._sent.pop((session, key), None)

    def total(self) -> int:
        """Bytes of all of them."""
        with self._lock:
            return self._total()

    def _total(self) -> int:
        return sum(
            len(content)
            for sent in self._sent.values()
            for content in (sent.background, sent.composite, *(sent.layers or []))
            if content is not None
        )


BLOBS = Blobs()


class MaskEditor(gr.ImageEditor):
    """`gr.ImageEditor` whose value is a `Painted`, or None while there is no picture."""

    is_template = True
    data_model = MaskData
    async_move_resource_to_block_cache = _own_files_only

    def arrived(self, payload: Any) -> Any:
        """What the browser sent, if need be ahead of the event, see `accept_blobs`; None if it is not there."""
        if payload is not None and payload.id is not None:
            return BLOBS.take(visitor(), payload.id)
        return payload

    def preprocess(self, payload: Any) -> Painted | None:
        payload = self.arrived(payload)
        if payload is None:
            return None
        background = payload.background or (None if payload.layers else payload.composite)
        picture = None if background is None else _decode(self, background)
        if picture is not None and picture.mode in ("LA", "RGBA") and picture.getchannel("A").getextrema()[1] == 0:
            picture = None  # the empty canvas
        painted = [_painted(_decode(self, layer)) for layer in payload.layers if layer is not None]
        painted = [layer for layer in painted if layer.getbbox()]
        if picture is None:
            if painted:
                raise gr.Error(PAINT_ON, print_exception=False)
            return None
        mask = None
        for layer in painted:
            layer = layer.resize(picture.size, Image.Resampling.NEAREST)
            mask = layer if mask is None else ImageChops.lighter(mask, layer)
        info, picture = picture.info, _without_equal_channels(picture)
        picture.info = info
        return Painted(picture, mask)

    @server
    def accept_blobs(self, data: Any) -> None:
        """Keep the pixels that the browser sends ahead of an event: few, and nothing but what the editor sends."""
        try:
            key, kind, index = (data.data[name] for name in ("id", "type", "index"))
            session, content = data.data.get("session_hash"), data.files[0][1]
            index = int(index) if index not in (None, "", "null") else 0
            if not (isinstance(key, str) and len(key) <= 64 and 0 <= index < MOST_LAYERS and kind in BLOB_KINDS):
                raise ValueError(NOT_A_PICTURE)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise gr.Error(NOT_A_PICTURE, print_exception=False) from error
        BLOBS.put(session, key, kind, index, content)


class Canvas(MaskEditor):
    """`gr.ImageEditor` whose value is the picture with what was painted over it, or None while there is none."""

    is_template = True

    def get_block_name(self) -> str:
        return "imageeditor"

    def preprocess(self, payload: Any) -> Image.Image | None:
        payload = self.arrived(payload)
        if payload is None or payload.composite is None:
            return None
        return _decode(self, payload.composite)


def canvas(label: str, *, elem_id: str | None = None, height: int = 360) -> Canvas:
    """A Canvas with a brush of several colours and nothing that could replace the picture."""
    return Canvas(
        label=label,
        elem_id=elem_id,
        height=height,
        type="pil",
        format="png",
        sources=(),
        transforms=(),
        layers=gr.LayerOptions(disabled=True),
        brush=gr.Brush(default_size=18, colors=list(COLOURS), default_color=COLOURS[0], color_mode="defaults"),
        eraser=gr.Eraser(default_size=24),
        buttons=["fullscreen"],
        visible=False,
    )


def mask_editor(label: str, *, colour: str = "#ff3b6b", elem_id: str | None = None, height: int = 460) -> MaskEditor:
    """A MaskEditor with one brush and nothing that could move the picture under the strokes."""
    return MaskEditor(
        label=label,
        elem_id=elem_id,
        height=height,
        type="pil",
        format="png",
        sources=["upload", "clipboard"],
        transforms=(),
        layers=gr.LayerOptions(disabled=True),
        brush=gr.Brush(default_size=24, colors=[colour], default_color=colour, color_mode="fixed"),
        eraser=gr.Eraser(default_size=32),
        buttons=["fullscreen"],
    )


def _painted(layer: Image.Image) -> Image.Image:
    """255 where a layer was painted: its alpha, or in a layer without transparency (API callers) `painted_where`."""
    if layer.mode in ("LA", "RGBA"):
        alpha = layer.getchannel("A")
        if alpha.getextrema()[0] < 255:
            return alpha.point(lambda value: 255 if value else 0)
    return painted_where(layer)


def _without_equal_channels(picture: Image.Image) -> Image.Image:
    """The editor's canvas makes any picture RGB or RGBA: gray becomes gray again, an alpha that hides nothing goes."""
    picture, alpha = images.split_alpha(picture)
    if images.is_gray(picture):
        picture = picture.getchannel(0)
    return images.with_alpha(picture, alpha)


def default(function: Callable[..., Any], name: str) -> Any:
    """The default of an argument of the model layer, so that it is written once."""
    return inspect.signature(function).parameters[name].default


def _is_number(value: Any) -> bool:
    """Whether it is a finite number; whole ones may be too large for a float, and are compared exactly."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any, name: str, low: float, high: float) -> float:
    """A finite number in [low, high], or a ValueError sentence."""
    ok = _is_number(value)
    if not (ok and low <= value <= high):
        raise ValueError(f"{name} must be a number from {low} to {high}, got {brief(value)}.")
    return float(value)


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """A whole number in [low, high] (8.0 counts as 8), or a ValueError sentence."""
    ok = _is_number(value)
    if not (ok and value == int(value) and low <= value <= high):
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {brief(value)}.")
    return int(value)


def choice(value: Any, name: str, choices: Iterable[Option]) -> Option:
    """One of the given texts or numbers, whichever way it is written (4, 4.0 or "4"), or a ValueError sentence."""
    choices = list(choices)
    wanted = _written(value)
    for one in choices:
        if wanted is not None and _written(one) == wanted:
            return one
    raise ValueError(f"{name} must be one of {one_of(choices)}; got {brief(value)}.")


def _written(value: Any) -> str | None:
    """A choice as programs may write it; None if it is neither a text nor a likely number."""
    if isinstance(value, str):
        return value
    if not _is_number(value) or abs(value) > LARGEST_SEED:
        return None
    return str(int(value) if value == int(value) else value)


def flag(value: Any, name: str) -> bool:
    """True or false and nothing else, or a ValueError sentence."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false.")
    return value


def large_enough(picture: Image.Image, *, times: int = 1) -> Image.Image:
    """The same picture, or a ValueError sentence if it has too few pixels.

    Args:
        times: how many times larger it is worked on; then it has `LEAST_SIDE` pixels at least on each side.
    """
    least = -(-LEAST_SIDE // times)
    if min(picture.size) < least:
        width, height = picture.size
        raise ValueError(
            f"The picture is {width} x {height} pixels here: choose one with at least {least} on each side."
        )
    return picture


def fit_with_note(
    picture: Image.Image, *, max_pixels: int = 4_000_000, longest_side: int | None = None
) -> tuple[Image.Image, str]:
    """`images.fit_within`, and a sentence for the visitor if the picture is smaller now than its file was, else ""."""
    width, height = picture.info.get("size", picture.size)
    fitted = images.fit_within(picture, max_pixels=max_pixels, longest_side=longest_side)
    if fitted.width >= width and fitted.height >= height:
        return fitted, ""
    return fitted, f"Your picture was reduced from {width} x {height} to {fitted.width} x {fitted.height} pixels."
