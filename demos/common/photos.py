"""The bundled photographs as examples to click."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps

from convgen.folders import ASSETS
from demos.common.inputs import choice
from demos.common.outputs import data_address
from demos.widgets.tiles import Tile

SIDE = 120


def photo_path(name: str, names: Mapping[str, str]) -> str:
    """The file of a photograph.

    Args:
        names: those that a tab offers.
    Raises:
        ValueError: it is none of them; one sentence.
    """
    return str(ASSETS / "photos" / f"{choice(name, 'Example', names)}.jpg")


def photo_tiles(names: Mapping[str, str]) -> list[Tile]:
    """A tile for each photograph, name -> title."""
    return [Tile(name, title, image=thumbnail(Path(photo_path(name, names)))) for name, title in names.items()]


def thumbnail(path: Path) -> str:
    """A square of a picture, reduced: a `data:` address."""
    with Image.open(path) as picture:
        picture.draft("RGB", (200, 200))
        return data_address(ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE), centering=(0.5, 0.25)))
