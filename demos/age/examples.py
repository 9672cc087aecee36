"""Pictures to click: portraits in the public domain, and photos to colour."""

from pathlib import Path

from PIL import Image, ImageOps

from convgen.folders import ASSETS
from demos import common
from demos.common.outputs import data_address
from demos.widgets.tiles import Tile

PHOTOS = ASSETS / "photos"
PORTRAITS = {"astronaut_portrait": "Eileen Collins (NASA)", "grace_hopper_portrait": "Grace Hopper (US Navy)"}
TO_COLOUR = {
    "cameraman_cc0_gray": "Cameraman, gray",
    "dogs_window": "Dogs",
    "coffee": "Coffee",
    "rocket_launchpad": "Rocket",
    "wine_still_life": "Still life",
}
TO_BEGIN_WITH = "coffee"
"""Of those to colour."""


def photo_path(name: str) -> Path:
    return PHOTOS / f"{common.choice(name, 'Example', PORTRAITS | TO_COLOUR)}.jpg"


def photo_tiles(names: dict[str, str]) -> list[Tile]:
    return [Tile(name, title, image=_small(photo_path(name))) for name, title in names.items()]


def _small(path: Path) -> str:
    with Image.open(path) as picture:
        picture.draft("RGB", (200, 200))
        return data_address(ImageOps.fit(picture.convert("RGB"), (120, 120), centering=(0.5, 0.25)))
