"""Examples that run on a click; `python -m demos.deep_image_prior.thumbnails` draws what stands for them."""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from convgen.folders import ASSETS
from demos.widgets.tiles import Tile

THUMBNAILS = ASSETS / "deep_image_prior"


@dataclass(frozen=True)
class Example:
    """A photograph and the fields of the form that differ from what they are when the page opens.

    Attributes:
        name: of the thumbnail's file.
        caption: what a visitor reads below it.
        photo: file in assets/photos.
        fields: name of an argument of `run` -> value.
    """

    name: str
    caption: str
    photo: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return ASSETS / "photos" / self.photo

    @property
    def thumbnail(self) -> Path:
        return THUMBNAILS / f"{self.name}.jpg"


_ALL = (
    Example("text", "Remove text", "grace_hopper_portrait.jpg", {"task": "inpaint"}),
    Example("missing", "50 % missing", "cameraman_cc0_gray.jpg", {"task": "missing_pixels"}),
    Example("enlarge", "Enlarge 4 x", "astronaut_portrait.jpg", {"task": "super_resolution", "factor": 4}),
    Example("scratches", "Scratches", "grace_hopper_portrait.jpg", {"task": "inpaint", "damage": "scratches"}),
    Example("jpeg", "JPEG blocks", "cat_chelsea.jpg", {"task": "jpeg"}),
    Example("noise", "Noise", "coffee.jpg", {"task": "denoise"}),
    Example("flash", "Flash pair", "wine_still_life.jpg", {"task": "flash"}),
    Example("pre_image", "Pre-image", "dogs_window.jpg", {"task": "pre_image", "layer": "relu3_3"}),
    Example("curves", "Why it works", "mountains_picos.jpg", {"task": "learning_curves"}),
)
EXAMPLES = {example.name: example for example in _ALL}


def example_tiles() -> list[Tile]:
    """What each of them starts from, and what it aims at."""
    return [Tile(name, example.caption, image=_address(example.thumbnail)) for name, example in EXAMPLES.items()]


def _address(thumbnail: Path) -> str:
    """A JPEG file as a `data:` address."""
    return "data:image/jpeg;base64," + base64.b64encode(thumbnail.read_bytes()).decode()
