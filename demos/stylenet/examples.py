"""Photos to click, and the thumbnails of styles; `python -m demos.stylenet.thumbnails` draws the latter."""

import base64
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image, ImageOps

from convgen import images, stylenet
from convgen.folders import ASSETS
from demos import common
from demos.common.links import named
from demos.common.outputs import data_address
from demos.common.photos import WIDE, photo_path, thumbnail
from demos.stylenet.form import YOURS, available
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
PAINTINGS = {
    "turner_shipwreck": "J. M. W. Turner, The Shipwreck of the Minotaur",
    "gauguin_tahiti": "Paul Gauguin, a scene of Tahiti",
    "vangogh_wheat_field_cypresses": "Vincent van Gogh, Wheat Field with Cypresses",
    "cezanne_apples_crop": "Paul Cézanne, still life with apples",
}
TEXTURES = {
    "dahlia_petals": "Petals",
    "hubble_galaxies": "Galaxies",
    "tissue_ihc": "Tissue",
    "brick_gray": "Bricks",
}
STYLE_PICTURES = PAINTINGS | TEXTURES
"""None of them has a bundled network."""


def first_photo(request: gr.Request = None) -> str:
    """The path of the photo that the tab opens with: the first, or the one that the page's address names."""
    return str(photo_path(named(request, "stylenet", "photo", PHOTOS) or next(iter(PHOTOS)), PHOTOS))


def style_picture_path(name: str) -> Path:
    """The file of a style picture, which may be learned or imitated by the slow method."""
    folder = "paintings" if common.choice(name, "Style picture", STYLE_PICTURES) in PAINTINGS else "textures"
    return ASSETS / folder / f"{name}.jpg"


def style_picture_tiles() -> list[Tile]:
    titles = STYLE_PICTURES.items()
    return [Tile(name, title, image=thumbnail(style_picture_path(name), WIDE)) for name, title in titles]


def own_tile(lesson: Any) -> Tile:
    """What the visitor taught, by its painting or by what it makes of a photo."""
    picture = lesson.painting
    if picture is None:
        picture = images.to_picture(stylenet.stylize(lesson.net, images.to_tensor(lesson.photo).to(common.DEVICE)))
    small = ImageOps.fit(images.on_white(picture).convert("RGB"), SHAPE, Image.Resampling.LANCZOS)
    return Tile(YOURS, "Yours", "taught by you", data_address(small))


def style_tiles() -> list[Tile]:
    """The styles by what their networks make of one photo."""
    tiles = []
    for name, style in available().items():
        file = THUMBNAILS / f"{name}.jpg"
        image = "data:image/jpeg;base64," + base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""
        tiles.append(Tile(name, style.title, f"{style.artist}, {style.year}", image))
    return tiles
