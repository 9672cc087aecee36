"""What is here, what a visitor may ask for, and what is kept of a face."""

import base64
import io
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen import age, images
from convgen.age.catalogue import COLORS, DIRECTIONS, FACES
from convgen.runtime import seeded_generator
from demos import common
from demos.common.outputs import data_address, new_file
from demos.common.table import listed

SHOWN_SIDE = 6 * age.SIDE
NUMBERS = (1, 24)
STEPS = (2, 24)
FRAMES = 24
"""Of the animation, one way."""
FRAME_SIDE = 4 * age.SIDE
FRAME_MS = 60
AMOUNT = 0.5
"""How far a slider goes to either side along a direction."""
LARGEST_SEED = common.LARGEST_SEED - NUMBERS[1]
SAMPLES = {"seed": 0, "number": 12}
BETWEEN = {"first_seed": 21, "second_seed": 15, "steps": 8}
NO_FACES = "The networks of faces are not here: restore weights/index.json, or train them as the README says."
NO_COLORS = "The networks of colours are not here: restore weights/index.json, or train them as the README says."
SLIDERS = {
    "smile": "Smile",
    "gender": "Woman to man",
    "age": "Young to old",
    "glasses": "Glasses",
    "bangs": "Bangs",
    "black hair": "Black hair",
    "blond hair": "Blond hair",
    "brown hair": "Brown hair",
    "gray hair": "Gray hair",
}
"""Direction among the latents -> its slider."""


@dataclass(frozen=True)
class Kept:
    """A face of the visitor's: its latent, and how it came about.

    Attributes:
        z: (1, M), of unit length.
        title: to be read.
        record: what goes into its file.
    """

    z: Tensor
    title: str
    record: dict[str, Any] = field(default_factory=dict)


def faces_here() -> bool:
    return {FACES, DIRECTIONS} <= listed().keys()


def colors_here() -> bool:
    return COLORS in listed()


def face_net() -> age.FaceAGE:
    """The net of faces on the device; all visitors share it.

    Raises:
        ValueError: it is not here.
    """
    if not faces_here():
        raise ValueError(NO_FACES)
    return _face_net()


def color_net() -> age.ColorAGE:
    """The net of colours on the device; all visitors share it.

    Raises:
        ValueError: it is not here.
    """
    if not colors_here():
        raise ValueError(NO_COLORS)
    return _color_net()


@lru_cache(maxsize=1)
def _face_net() -> age.FaceAGE:
    return age.load_face_age(common.DEVICE)


@lru_cache(maxsize=1)
def _color_net() -> age.ColorAGE:
    return age.load_color_age(common.DEVICE)


@lru_cache(maxsize=1)
def directions() -> dict[str, Tensor]:
    return age.directions()


def seed_of(value: Any, name: str = "Seed") -> int:
    return common.whole_number(value, name, 0, LARGEST_SEED)


def of_seed(seed: int) -> Kept:
    """The face of a seed."""
    z = age.random_latents(1, seeded_generator(seed), latents=face_net().latents)
    return Kept(z, f"seed {seed}", {"technique": "age", "seed": seed})


def as_text(z: Tensor) -> str:
    """A latent (1, M) as short text, in half precision: what goes into a file."""
    return base64.b64encode(z[0].cpu().numpy().astype("<f2").tobytes()).decode()


def of_text(text: Any) -> Tensor:
    """A latent (1, M) of unit length from such text, which anyone may have written.

    Raises:
        ValueError: it is none.
    """
    try:
        values = np.frombuffer(base64.b64decode(str(text), validate=True), "<f2").astype(np.float32)
    except ValueError as error:
        raise ValueError("The latent in this file cannot be read: take another file.") from error
    if len(values) != face_net().latents or not np.isfinite(values).all() or not values.any():
        raise ValueError("The latent in this file is not one of a face: take another file.")
    return age.sphere(torch.from_numpy(values)[None])


def drawn(z: Tensor) -> list[Image.Image]:
    """The faces of latents, 64 x 64; one by one, so that each is the same alone and among others."""
    return [images.to_picture(face_net().generate(one).cpu()) for one in z.to(common.DEVICE).split(1)]


def enlarged(picture: Image.Image, side: int = SHOWN_SIDE) -> Image.Image:
    """A small picture as it is shown: larger, and no sharper."""
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def address(picture: Image.Image) -> str:
    """A small picture, enlarged, as a `data:` address."""
    return data_address(enlarged(picture), quality=90)


def save_loop(frames: list[Image.Image], settings: dict[str, Any], stem: str) -> str:
    """An endless animation there and back, a WebP with the settings as its description."""
    there_and_back = [*frames, *frames[-2:0:-1]]
    exif = Image.Exif()
    exif[0x010E] = json.dumps(settings, ensure_ascii=True)
    buffer = io.BytesIO()
    there_and_back[0].save(
        buffer, "WEBP", save_all=True, append_images=there_and_back[1:], duration=FRAME_MS, loop=0, quality=80,
        method=2, exif=exif,
    )  # fmt: skip
    path = new_file(stem, ".webp")
    path.write_bytes(buffer.getvalue())
    return str(path)


def point_of(longitude: float, latitude: float) -> Tensor:
    """(1, 3), the point of the unit sphere at so many degrees."""
    lon, lat = torch.deg2rad(torch.tensor([longitude, latitude])).unbind()
    return torch.stack([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()])[None]


def place_of(z: Tensor) -> tuple[float, float]:
    """Longitude and latitude in degrees of a point (1, 3) of the unit sphere."""
    x, y, up = age.sphere(z[0].float().cpu()).unbind()
    return torch.rad2deg(torch.atan2(y, x)).item(), torch.rad2deg(torch.asin(up.clamp(-1, 1))).item()
