"""The nets of AGE that come with the app, and the directions among the latents of faces that mean something."""

import torch
from torch import Tensor

from convgen import weights
from convgen.age.color import ColorAGE
from convgen.age.network import FaceAGE, sphere
from convgen.age.photos import PhotoAGE
from convgen.runtime import Net, channels_last
from convgen.squeezenet import load_squeezenet

ATTRIBUTES: dict[str, tuple[str, bool]] = {
    "smile": ("Smiling", True),
    "gender": ("Male", True),
    "age": ("Young", False),
    "glasses": ("Eyeglasses", True),
    "black hair": ("Black_Hair", True),
    "blond hair": ("Blond_Hair", True),
    "brown hair": ("Brown_Hair", True),
    "gray hair": ("Gray_Hair", True),
    "bangs": ("Bangs", True),
}
"""Name of a direction -> the label of CelebA, and whether the direction goes to where it is 1: smile, man, old, ..."""

FACES, COLORS, PHOTOS, DIRECTIONS = "age-faces", "age-cars", "age-photos", "age-directions"
"""Rows of the weights table; `COLORS` are those of cars."""


def load_face_age(device: torch.device | str = "cpu") -> FaceAGE:
    """The net of faces, in evaluation mode, float32.

    Raises:
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    return _loaded(FaceAGE(**weights.find(FACES).arguments), FACES, device)


def load_color_age(device: torch.device | str = "cpu") -> ColorAGE:
    """The net of colours of cars, in evaluation mode, float32.

    Raises:
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    return _loaded(ColorAGE(**weights.find(COLORS).arguments), COLORS, device)


def load_photo_age(device: torch.device | str = "cpu") -> PhotoAGE:
    """The net of colours of photographs, which can see, in evaluation mode, float32.

    Raises:
        WeightsUnavailable: one of its two files is damaged and there is no other copy.
    """
    net = _loaded(PhotoAGE(**weights.find(PHOTOS).arguments), PHOTOS, device)
    net.generator.eyes = load_squeezenet(device)
    return net


def directions() -> dict[str, Tensor]:
    """Name of `ATTRIBUTES` -> (M,) of unit length: where the latents of faces with that attribute lie.

    Raises:
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    tensors = weights.read(DIRECTIONS)
    return {name: sphere(tensors[name].float()) for name in ATTRIBUTES}


def mean_differences(latents: Tensor, rows: list[dict[str, str]]) -> dict[str, Tensor]:
    """For each of `ATTRIBUTES` the mean latent of faces that have it less that of those that do not.

    Args:
        latents: (N, M) of faces.
        rows: their N rows of CelebA's table.
    Returns:
        name -> (M,), not of unit length: how far the two kinds lie apart.
    """
    found = {}
    for name, (label, present) in ATTRIBUTES.items():
        has = torch.tensor([(row[label] == "1") == present for row in rows])
        found[name] = latents[has].mean(0) - latents[~has].mean(0)
    return found


def _loaded(net: Net, name: str, device: torch.device | str) -> Net:
    return channels_last(weights.load_into(net, name).eval().requires_grad_(False), device)
