"""Exemplars: of the bundled textures, and pictures to click that a network can learn."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from convgen import images, texture_nets, weights
from convgen.folders import ASSETS
from convgen.texture_nets import TEXTURES
from demos import common
from demos.common.outputs import data_address
from demos.texture_nets.form import YOURS, available, bundled
from demos.texture_nets.texts import FROM_FILE, NOT_SHOWN, TAUGHT
from demos.widgets.crop import cut_square
from demos.widgets.tiles import Tile

EXEMPLARS = ASSETS / "textures"
SHOWN_SIDE = 320
TILE_SIDE = 120


@dataclass(frozen=True)
class Example:
    """A photo and the square of it that is a texture, see `cut_square`."""

    title: str
    crop: int
    across: int
    down: int


PICTURES = {
    "cat_chelsea": Example("Fur", 35, 45, 5),
    "paintbrushes": Example("Bristles", 40, 2, 8),
    "dahlia_flower": Example("Petals", 55, 47, 52),
    "forest_stream": Example("Rocks", 60, 100, 90),
    "autumn_meadow": Example("Autumn", 35, 10, 57),
    "coffee": Example("Wood", 30, 98, 96),
}


def exemplar_of(texture: str, lesson: Any) -> Image.Image | None:
    """What a network was taught, or None where the picture is not here; `lesson` is the visitor's own."""
    if texture == YOURS:
        return None if lesson is None else lesson.exemplar
    file = TEXTURES[texture].exemplar
    path = None if file is None else EXEMPLARS / file
    return images.open_picture(path) if path is not None and path.is_file() else None


def picture_path(name: str) -> Path:
    return ASSETS / "photos" / f"{common.choice(name, 'Example', PICTURES)}.jpg"


def picture_tiles() -> list[Tile]:
    """Each example by the square that is learned."""
    tiles = []
    for name, example in PICTURES.items():
        part = cut_square(images.open_picture(picture_path(name)), example.crop, example.across, example.down)
        tiles.append(Tile(name, example.title, image=data_address(square_of(part, TILE_SIDE))))
    return tiles


def texture_tiles() -> list[Tile]:
    """The textures by a sample of each: what is chosen is what one gets."""
    return [
        Tile(name, TEXTURES[name].title, TEXTURES[name].kind, _sampled(name, networks[0]))
        for name, networks in available().items()
    ]


def own_tile(lesson: Any) -> Tile:
    """What the visitor taught, by its exemplar or by a sample."""
    picture = lesson.exemplar or images.to_picture(texture_nets.sample(lesson.net, size=TILE_SIDE))
    return Tile(YOURS, "Yours", "taught by you", data_address(square_of(picture, TILE_SIDE)))


def shown(texture: str | None, lesson: Any) -> dict[str, str]:
    """The exemplar as the page shows it: its picture ("" where it is not here), and a note."""
    if texture is None:
        return {"image": "", "note": ""}
    exemplar = exemplar_of(texture, lesson)
    image = "" if exemplar is None else data_address(square_of(exemplar, SHOWN_SIDE))
    if texture == YOURS:
        return {"image": image, "note": TAUGHT if image else FROM_FILE}
    credit = TEXTURES[texture].credit
    return {"image": image, "note": credit if image else NOT_SHOWN.format(credit)}


def square_of(picture: Image.Image, side: int) -> Image.Image:
    return ImageOps.fit(images.on_white(picture).convert("RGB"), (side, side))


@lru_cache(maxsize=64)
def _sampled(texture: str, network: str) -> str:
    """A piece of a sample of a bundled texture, or "" if its network cannot be read."""
    try:
        net = bundled(texture, network)
    except (weights.WeightsUnavailable, OSError, ValueError):
        return ""
    return data_address(square_of(images.to_picture(texture_nets.sample(net, size=TILE_SIDE).cpu()), TILE_SIDE))
