"""The bundled photographs as examples to click."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps

from convgen.folders import ASSETS
from demos.common.inputs import choice
from demos.common.outputs import data_address
from demos.widgets.tiles import Tile

WIDE, SQUARE = (120, 90), (120, 120)
"""Shapes of tiles, in pixels."""


def photo_path(name: str, names: Mapping[str, str]) -> Path:
    """The file of a photograph.

    Args:
        names: those that a tab offers.
    Raises:
        ValueError: it is none of them; one sentence.
    """
    return ASSETS / "photos" / f"{choice(name, 'Example', names)}.jpg"


def photo_tiles(names: Mapping[str, str], shape: tuple[int, int] = SQUARE) -> list[Tile]:
    """A tile for each photograph, name -> title."""
    return [Tile(name, title, image=thumbnail(photo_path(name, names), shape)) for name, title in names.items()]


def thumbnail(path: Path, shape: tuple[int, int] = SQUARE) -> str:
    """The upper middle of a picture, (width, height): a `data:` address."""
    width, height = shape
    with Image.open(path) as picture:
        picture.draft("RGB", (4 * width // 3, 4 * height // 3))  # decoded reduced: the page is built at once
        middle = (0.5, 0.25) if width == height else (0.5, 0.35)
        return data_address(ImageOps.fit(picture.convert("RGB"), shape, centering=middle))
