"""The textures that come with trained nets."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convgen import weights
from convgen.descriptor import Descriptor
from convgen.losses import grams_apart
from convgen.runtime import bfloat16_is_faster, channels_last
from convgen.texture_nets.network import TextureNet, TextureNetV1, TextureNetV2
from convgen.texture_nets.objective import TextureObjective

VARIANTS = ("v1", "v2", "v2-collapsed")
"""The nets of every texture; the last is V2 without the entropy term."""


@dataclass(frozen=True)
class Texture:
    """A texture that nets were trained for.

    Attributes:
        title: to be read.
        kind: "structured", "stochastic" or "coloured".
        credit: who made the exemplar, and its terms.
        exemplar: its file in assets/textures, or None where the picture is not here.
    """

    title: str
    kind: str
    credit: str
    exemplar: str | None


TEXTURES: dict[str, Texture] = {
    "pebbles": Texture("Wall of pebbles", "structured", "a picture of godotengine/godot-demo-projects, MIT", None),
    "cells": Texture("Cells", "structured", "drawn by convgen.texture_nets.exemplars, MIT", "cells.jpg"),
    "peppers": Texture("Red peppers", "coloured", "the picture of the Texture Networks paper", None),
    "leaves": Texture("Dry leaves", "coloured", "ambientCG, CC0", None),
    "tissue": Texture("Stained tissue", "coloured", "scikit-image, no known copyright restrictions", "tissue_ihc.jpg"),
    "gravel": Texture("Gravel", "stochastic", "scikit-image, from CC0Textures, CC0", "gravel_gray.jpg"),
    "rocks": Texture("Cracked rock", "stochastic", "Poly Haven, CC0", None),
    "moss": Texture("Mossy ground", "stochastic", "ambientCG, CC0", None),
    "marble": Texture("Marble", "stochastic", "drawn by convgen.texture_nets.exemplars, MIT", "marble.jpg"),
}
"""Name -> texture. Its nets are the rows "texture-NAME-VARIANT" of the weights table, and what the objective knows of
the exemplar is "texture-NAME"."""


def load_texture_net(texture: str, *, variant: str = "v1", device: torch.device | str = "cpu") -> TextureNet:
    """A net of a texture, ready to run: in evaluation mode, in bfloat16 where that is faster.

    Raises:
        ValueError: unknown texture or variant.
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    _check(texture)
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, got {variant!r}")
    name, device = f"texture-{texture}-{variant}", torch.device(device)
    build = TextureNetV1 if variant == "v1" else TextureNetV2
    net = weights.load_into(build(**weights.find(name).arguments), name).eval().requires_grad_(False)
    dtype = torch.bfloat16 if bfloat16_is_faster(device) else torch.float32
    return channels_last(net, device, dtype)


def load_objective(texture: str, descriptor: Descriptor) -> TextureObjective:
    """The objective that the nets of a texture were trained for, on the descriptor's device; no exemplar is needed.

    Raises:
        ValueError: unknown texture.
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    _check(texture)
    name = f"texture-{texture}"
    return TextureObjective(descriptor, weights.read(name), **weights.find(name).arguments)


def nearest_texture(exemplar: Tensor, descriptor: Descriptor) -> str:
    """The bundled texture whose Gram matrices are nearest to those of a picture: where to start learning from.

    Args:
        exemplar: (1, 3, H, W) in [0, 1], on the descriptor's device, at least 8 pixels a side.
    """
    grams = TextureObjective(descriptor, exemplar).grams

    def distance(texture: str) -> float:
        return grams_apart(grams, load_objective(texture, descriptor).grams)

    return min(TEXTURES, key=distance)


def _check(texture: str) -> None:
    if texture not in TEXTURES:
        raise ValueError(f"texture must be one of {', '.join(TEXTURES)}, got {texture!r}")
