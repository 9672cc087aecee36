"""Pictures that come with the tab: a loop to open with, small pictures of the avatars, photos of people to click."""

import base64
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from convgen import folders, images
from convgen.avatars.catalogue import AVATARS
from convgen.texture_nets import load_texture_net, sample
from demos import common
from demos.avatars import form, texts
from demos.common.outputs import data_address
from demos.widgets.tiles import Tile

ASSETS = folders.ASSETS / "avatars"
OPENING, COMPARED = ASSETS / "opening.webp", ASSETS / "compared.webp"
"""Endless loops: a person who moves; ours, Direct and the truth beside each other."""
TILE_SIDE = 96
PROFILES = {"dancing"}
"""Photos from the side: of half a face no avatar is made that one would show."""
PHOTO = "photo_"
"""What the names of photos of people begin with: renderings of the 3D models of people."""


@lru_cache(maxsize=2)
def loop(path: Path) -> str | None:
    """A loop as a `data:` address; None if it is not here."""
    if not path.is_file():
        return None
    return "data:image/webp;base64," + base64.b64encode(path.read_bytes()).decode()


def photos() -> dict[str, Path]:
    """Name -> file of the photos that are here."""
    return {path.stem.removeprefix(PHOTO): path for path in sorted(ASSETS.glob(f"{PHOTO}*.jpg"))}


def photo(name: str) -> str:
    """The path of a photo.

    Raises:
        ValueError: there is none of this name.
    """
    return str(photos()[common.choice(name, "Example", photos())])


def photo_tiles(*, but: Collection[str] = ()) -> list[Tile]:
    """The photos by their pictures, without some of them."""
    return [
        Tile(name, f"Example: {name.replace('_', ' ')}", image=_small(path, (120, 160)))
        for name, path in photos().items()
        if name not in but
    ]


def avatar_tiles() -> list[Tile]:
    """The avatars with their pictures, as far as these are here."""
    return [Tile(name, title, image=_small(ASSETS / f"{name}.jpg", (110, 220))) for name, title in AVATARS.items()]


def texture_tiles() -> list[Tile]:
    """The textures that can be worn, by a sample of each."""
    return [Tile(name, title, image=_sampled(name) if form.here() else "") for name, title in form.CLOTHS.items()]


def _sampled(texture: str) -> str:
    try:
        return data_address(images.to_picture(sample(load_texture_net(texture), size=TILE_SIDE)))
    except (OSError, ValueError):
        return ""


def first_line() -> str:
    """What the page says as it opens."""
    if not form.here():
        return texts.NOT_HERE
    return texts.OPENING if OPENING.is_file() else texts.READY


def _small(path: Path, shape: tuple[int, int]) -> str:
    if not path.is_file():
        return ""
    with Image.open(path) as picture:
        return data_address(ImageOps.fit(picture.convert("RGB"), shape, centering=(0.5, 0.3)))
