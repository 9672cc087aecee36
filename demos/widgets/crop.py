"""A picture with a square on it that can be dragged: which part of it is meant."""

from typing import Any

from PIL import Image

from convgen import images
from demos.common.outputs import data_address
from demos.widgets.widget import Widget

SIDE = 640
WITH_SIDE = "(crop, value) => value && ({...value, crop})"
"""JavaScript of an event with the side in % and a Cropper's value, for the Cropper."""


class Cropper(Widget):
    """A component whose value says where the square lies, see `square_on`; None hides it.

    Args:
        name: what screen readers call the square.
    """

    is_template = True

    def __init__(self, value: dict[str, Any] | None = None, *, name: str = "The square", **rest: Any):
        super().__init__(value, name=name, **rest)


def square_on(picture: Image.Image | None, crop: float, across: float, down: float) -> dict[str, Any] | None:
    """The value of a Cropper: a picture, the side of the square in % of the shorter side, and where it lies in %."""
    if picture is None:
        return None
    small = images.on_white(images.fit_within(picture, longest_side=SIDE))
    ratio = picture.width / picture.height
    return {"image": data_address(small), "ratio": ratio, "crop": crop, "across": across, "down": down}


def cut_square(picture: Image.Image, crop: float, across: float, down: float) -> Image.Image:
    """The part of a picture that lies in the square, RGB on white.

    Args:
        crop: its side in % of the picture's shorter one.
        across, down: where it lies, in % of the way from the left and from the top.
    """
    width, height = picture.size
    side = max(1, round(min(width, height) * crop / 100))
    left, top = round((width - side) * across / 100), round((height - side) * down / 100)
    return images.on_white(picture.crop((left, top, left + side, top + side))).convert("RGB")
