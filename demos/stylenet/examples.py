"""Photos to click, and the thumbnails of styles; `python -m demos.stylenet.thumbnails` draws the latter."""

import base64
from pathlib import Path

import gradio as gr

from convgen.folders import ASSETS
from demos import common
from demos.common.links import named
from demos.common.photos import WIDE, photo_path, thumbnail
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


def first_photo(request: gr.Request = None) -> str:
    """The path of the photo that the tab opens with: the first, or the one that the page's address names."""
    return str(photo_path(named(request, "stylenet", "photo", PHOTOS) or next(iter(PHOTOS)), PHOTOS))


def texture_path(name: str) -> Path:
    return ASSETS / "textures" / f"{common.choice(name, 'Style picture', TEXTURES)}.jpg"


def texture_tiles() -> list[Tile]:
    return [Tile(name, title, image=thumbnail(texture_path(name), WIDE)) for name, title in TEXTURES.items()]


def style_tiles() -> list[Tile]:
    """The styles by what their networks make of one photo."""
    tiles = []
    for name, style in available().items():
        file = THUMBNAILS / f"{name}.jpg"
        image = "data:image/jpeg;base64," + base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""
        tiles.append(Tile(name, style.title, f"{style.artist}, {style.year}", image))
    return tiles
