"""Photos to click, and the thumbnails of styles; `python -m demos.stylenet.thumbnails` draws the latter."""

import base64
from pathlib import Path

from PIL import Image, ImageOps

from convgen.folders import ASSETS
from demos import common
from demos.common.outputs import data_address
from demos.stylenet.form import available
from demos.widgets.tiles import Tile

THUMBNAILS = ASSETS / "stylenet"
SHAPE = (240, 180)
PHOTOS = {
    "summer_palace": "Palace",
    "cat_chelsea": "Cat",
    "astronaut_portrait": "Astronaut",
    "mountains_picos": "Mountains",
    "dogs_window": "Dogs",
    "dahlia_flower": "Dahlia",
    "coffee": "Coffee",
    "rocket_launchpad": "Rocket",
    "forest_stream": "Forest",
    "grace_hopper_portrait": "Portrait",
}
TEXTURES = {
    "dahlia_petals": "Petals",
    "hubble_galaxies": "Galaxies",
    "tissue_ihc": "Tissue",
    "brick_gray": "Bricks",
}


def photo_path(name: str) -> Path:
    return ASSETS / "photos" / f"{common.choice(name, 'Example', PHOTOS)}.jpg"


def first_photo() -> str:
    """The path of the photo that the page opens with."""
    return str(photo_path(next(iter(PHOTOS))))


def texture_path(name: str) -> Path:
    return ASSETS / "textures" / f"{common.choice(name, 'Style picture', TEXTURES)}.jpg"


def photo_tiles() -> list[Tile]:
    return [Tile(name, title, image=_small(photo_path(name))) for name, title in PHOTOS.items()]


def texture_tiles() -> list[Tile]:
    return [Tile(name, title, image=_small(texture_path(name))) for name, title in TEXTURES.items()]


def style_tiles() -> list[Tile]:
    """The styles by what their networks make of one photo."""
    tiles = []
    for name, style in available().items():
        file = THUMBNAILS / f"{name}.jpg"
        image = "data:image/jpeg;base64," + base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""
        tiles.append(Tile(name, style.title, f"{style.artist}, {style.year}", image))
    return tiles


def _small(path: Path) -> str:
    with Image.open(path) as picture:
        picture.draft("RGB", (160, 120))  # decoded at an eighth: the page is built at once
        return data_address(ImageOps.fit(picture.convert("RGB"), (120, 90), centering=(0.5, 0.35)))
