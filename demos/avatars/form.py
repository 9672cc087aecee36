"""What a visitor may ask for: the table of fields, who and what is here, and where the joints of a body are."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from convgen import weights
from convgen.avatars.bvh import MOST_FRAMES, read_bvh
from convgen.avatars.camera import LIMITS, NEAREST, Camera
from convgen.avatars.catalogue import (
    AVATARS,
    MOTIONS,
    available_avatars,
    load_avatar,
    load_motion,
    load_networks,
)
from convgen.avatars.dressing import CHEST, GARMENTS, METRES, TILE, dressed, with_picture
from convgen.avatars.driving import motion_of
from convgen.avatars.files import read_avatar
from convgen.avatars.motion import Motion, positions
from convgen.avatars.rendering import SIZES, Avatar, Networks, view
from convgen.sentences import brief
from convgen.stylenet import STYLES
from convgen.texture_nets import TEXTURES
from demos import common
from demos.avatars import texts
from demos.avatars.texts import BACKGROUNDS, HOWS, OWN, OWN_AVATAR, OWN_TITLE, PARTS
from demos.common.fields import Amount, Choice, Field, Flag, Menu, Table
from demos.common.footage import ON_CPU
from demos.common.recent import Recent

LIVE_SIDE = 384 if ON_CPU else 512
"""Of the webcam."""
PLACES, FILES = Recent[Tensor](most=24), Recent[Motion](most=8)
YOURS = Recent[Avatar](most=24)
"""Avatars that visitors made or loaded, by keys that only who has the file can know."""

Pose = Sequence[Sequence[float]]
"""The 33 landmarks of a person in space, as plain numbers."""


@dataclass(frozen=True)
class Colour(Field):
    """A colour as browsers write it."""

    def check(self, value: Any) -> tuple[float, float, float]:
        """Red, green and blue from 0 to 1."""
        text = value.strip() if isinstance(value, str) and len(value) < 100 else ""
        if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
            return tuple(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
        numbers = re.findall(r"[\d.]+", text) if text.startswith("rgb") else []
        try:
            levels = [min(float(number), 255) / 255 for number in numbers[:3]]
        except ValueError:
            levels = []
        if len(levels) != 3:
            raise ValueError(f"{self.label} must be a colour like {self.default}; got {brief(value)}.")
        return tuple(levels)

    def widget(self, elem_id: str) -> gr.ColorPicker:
        return gr.ColorPicker(self.default, label=self.label, info=self.info or None, elem_id=elem_id)

    def argument(self) -> gr.Textbox:
        return gr.Textbox(self.default, label=self.label, visible=False)


@dataclass(frozen=True)
class Who(Choice):
    """An avatar of ours, or the key of one that a visitor made, see `yours`."""

    def check(self, value: Any) -> str:
        known = isinstance(value, str) and YOURS.get(value) is not None
        return value if known else super().check(value)


def here() -> list[str]:
    """The avatars that can be shown; none if the table of weights is damaged."""
    try:
        return list(available_avatars())
    except (OSError, ValueError):
        return []


def _limits(name: str) -> dict[str, float]:
    low, high = LIMITS[name]
    return {"default": common.default(Camera, name), "low": low, "high": high}


def _camera() -> tuple[Field, ...]:
    """Half a turn to each side is enough for sliders."""
    turn = LIMITS["azimuth"][1] / 2
    return (
        Amount("azimuth", "Azimuth, degrees", common.default(Camera, "azimuth"), low=-turn, high=turn, step=1),
        Amount("elevation", "Elevation, degrees", step=1, **_limits("elevation")),
        Amount("distance", "Distance, metres", step=0.05, **_limits("distance") | {"low": NEAREST}),
    )


CHOICES = {name: title for name, (title, _) in MOTIONS.items()} | {OWN: OWN_TITLE}
PEOPLE = AVATARS | {OWN: OWN_AVATAR}
AVATAR = Who("avatar", "Avatar", next(iter(here()), next(iter(AVATARS))), choices=PEOPLE)
BEFORE = (
    Choice("background", "Background", "transparent", choices=BACKGROUNDS),
    Colour("colour", "Colour of the background", "#cfe0dc"),
    Amount("size", "Size, pixels", common.default(view, "size"), low=SIZES[0], high=SIZES[1], step=32, whole=True),
)
RENDER = Table(
    AVATAR,
    Menu("motion", "Motion", next(iter(MOTIONS)), choices=CHOICES),
    Amount("frame", "Frame", 0, low=0, high=MOST_FRAMES, step=1, whole=True),
    *_camera(),
    *BEFORE,
)
WHICH = Amount("which", "Number of the person", 1, "1 is the largest.", low=1, high=12, step=1, whole=True)
BESIDE = Flag("beside", "Show the video beside the avatar", False)
DRIVE = Table(AVATAR, WHICH, *_camera(), *BEFORE, BESIDE)


def _of(function: Any, name: str, label: str, low: float, high: float, step: float) -> Amount:
    return Amount(name, label, common.default(function, name), low=low, high=high, step=step)


def _listed(rows: str, titles: Mapping[str, Any]) -> dict[str, str]:
    """Name -> title of those whose network is in the weights table; all of them if that is damaged."""
    try:
        have = set(weights.rows())
    except (OSError, ValueError):
        have = set()
    found = {name: of.title for name, of in titles.items() if rows.format(name) in have}
    return found or {name: of.title for name, of in titles.items()}


CLOTHS, STYLED = _listed("texture-{}-v1", TEXTURES), _listed("stylenet-{}", STYLES)
DRESS = Table(
    Menu("how", "How", "texture", choices=HOWS),
    Menu("garment", "Garment", "shirt", choices={name: name.replace("-", " ").capitalize() for name in GARMENTS}),
    Menu("part", "Part", next(iter(PARTS)), choices=PARTS),
    Menu("texture", "Texture", next(iter(CLOTHS)), choices=CLOTHS),
    Menu("style", "Style", next(iter(STYLED)), choices=STYLED),
    Amount("seed", "Seed", 0, low=0, high=common.LARGEST_SEED, step=1, whole=True),
    _of(dressed, "tile", "Size of the pattern, metres", *TILE, 0.05),
    _of(dressed, "strength", "Strength", 0, 1, 0.05),
    _of(dressed, "folds", "Folds that stay", 0, 1, 0.05),
    _of(with_picture, "across", "From left to right", 0, 1, 0.02),
    _of(with_picture, "up", "From hips to neck", 0, 1, 0.02),
    _of(with_picture, "width", "Width, metres", 0.02, METRES[CHEST][0], 0.02),
)


@lru_cache(maxsize=1)
def networks() -> Networks:
    """What all visitors share, and nobody changes."""
    return load_networks()


def avatar(name: str) -> Avatar:
    """A person by name, or by the key that `yours` gave.

    Raises:
        ValueError: they are not here.
    """
    if name == OWN:
        raise ValueError(texts.MAKE_YOURS)
    return YOURS.get(name) or _ours(name)


@lru_cache(maxsize=16)
def _ours(name: str) -> Avatar:
    if name not in here():
        raise ValueError(texts.NOT_HERE)
    return load_avatar(name)


def yours(path: str | None) -> str:
    """The key of a visitor's avatar, which is read if it is not known.

    Args:
        path: of its file.
    Raises:
        ValueError: there is no file, or it holds no avatar; one sentence.
    """
    if path is None:
        raise ValueError(texts.MAKE_YOURS)
    try:
        key = _key_of(path)
        YOURS.made(key, lambda: read_avatar(Path(path)))
    except OSError as error:
        raise ValueError(texts.GONE) from error
    return key


def who_of(name: str, file: str | None) -> str:
    """Whom a program asks for: one of ours, or the key of the avatar in a file.

    Raises:
        ValueError: a file for somebody of ours, or the other way round; one sentence.
    """
    if name == OWN:
        return yours(file)
    if file is not None:
        raise ValueError(texts.FILE_FOR_OWN)
    return name


def name_of(key: str) -> str:
    """What a file says of who is in it."""
    return key if key in AVATARS else OWN


@lru_cache(maxsize=256)
def _key_of(path: str) -> str:
    return f"{OWN}-{hashlib.sha256(Path(path).read_bytes()).hexdigest()[:32]}"


@lru_cache(maxsize=32)
def bundled(name: str) -> Motion:
    """A motion that is in the repository."""
    return load_motion(name)


def moves(name: str, own: str | None = None) -> Motion:
    """A motion by its name.

    Args:
        own: path of the visitor's own file, for the name `OWN`.
    Raises:
        ValueError: there is no file, or it is none that can be read; one sentence.
    """
    if name != OWN:
        return bundled(name)
    if own is None:
        raise ValueError(texts.ADD_BVH)
    return FILES.made(own, lambda: read_bvh(Path(own).read_text(encoding="utf-8", errors="replace")))


def standing(person: str, name: str, frame: int, own: str | None = None) -> Tensor:
    """The joints of a person (J, 3) at a frame of a motion, see `moves`.

    Raises:
        ValueError: the motion has no such frame; one sentence.
    """
    frame = common.whole_number(frame, RENDER["frame"].label, 0, len(moves(name, own)) - 1)
    key = f"{person} {name} {own if name == OWN else ''}"
    return PLACES.made(key, lambda: positions(moves(name, own), avatar(person).rest))[frame]


def posed(person: str, pose: Pose) -> Tensor:
    """The joints of a person (J, 3) who stands as somebody in a photo."""
    return positions(motion_of(torch.tensor([pose])), avatar(person).rest)[0]


def camera(asked: Mapping[str, Any]) -> Camera:
    return Camera(asked["azimuth"], asked["elevation"], asked["distance"])


def frames_at_first() -> int:
    """How many frames the motion has that the page opens with."""
    return len(bundled(RENDER["motion"].default))


def need_avatars() -> None:
    """Raise ValueError if no avatar is here."""
    if not here():
        raise ValueError(texts.NOT_HERE)
