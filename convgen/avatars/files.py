"""A visitor's avatar as a file: safetensors with textures, skeleton and codes."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from convgen import weights
from convgen.avatars.catalogue import NETWORKS, packed, unpacked
from convgen.avatars.figures import COLUMNS
from convgen.avatars.network import CODE, PARTS, AvatarNet
from convgen.avatars.rendering import Avatar
from convgen.avatars.skeleton import JOINTS
from convgen.runtime import channels_last
from convgen.visitors_files import NOT_OURS, filled, read_tensors

SIDES = (16, 256)
MOST_METRES, MOST_CODE = 3.0, 100.0
FLOATS = (torch.float16, torch.float32)
FORMAT = "convgen.avatars.Avatar"
WHAT = "an avatar"
BODY = "body."
"""What the names of the weights of a network of the person's own begin with."""
SHAPES = {"rest": (len(JOINTS), 3), **{f"code.{window}": (CODE,) for window in NETWORKS}}


def save_avatar(avatar: Avatar, path: Path) -> None:
    """Write an avatar so that `read_avatar` can read it; a network of its own in half precision."""
    tensors = packed(avatar)
    if avatar.body is not None:
        tensors |= {BODY + key: value.detach().half() for key, value in avatar.body.state_dict().items()}
    save_file({key: value.contiguous() for key, value in tensors.items()}, path, metadata={"format": FORMAT})


def read_avatar(path: Path) -> Avatar:
    """An avatar that `save_avatar` wrote.

    Raises:
        ValueError: the file is too large, no safetensors, not an avatar of ours, or not finite: one sentence.
    """
    _, tensors = read_tensors(path, kind=FORMAT, what=WHAT)
    own = {key.removeprefix(BODY): tensors.pop(key) for key in list(tensors) if key.startswith(BODY)}
    if set(tensors) != {"textures", *SHAPES}:
        raise ValueError(NOT_OURS.format(WHAT))
    if any(tensors[name].shape != shape or tensors[name].dtype not in FLOATS for name, shape in SHAPES.items()):
        raise ValueError("This file does not hold the avatar that its header announces.")
    _check_textures(tensors["textures"])
    limits = {name: MOST_METRES if name == "rest" else MOST_CODE for name in SHAPES}
    if not all(bool((tensors[name].abs() <= limit).all()) for name, limit in limits.items()):  # NaN is not, either
        raise ValueError("This file holds a skeleton or a code that is not made of finite, likely numbers.")
    return replace(unpacked(tensors), body=_network(own) if own else None)


def _network(tensors: dict[str, Tensor]) -> AvatarNet:
    """A network of the shape that all share."""
    net = AvatarNet(**weights.find(NETWORKS["body"]).arguments).eval().fused().requires_grad_(False)
    return channels_last(filled(net, tensors))


def _check_textures(data: Tensor) -> None:
    """Before any pixel is decoded: textures of a likely size, in the picture's own words."""
    wrong = ValueError("The textures in this file are no picture of 24 square textures.")
    if data.dtype != torch.uint8 or data.ndim != 1:
        raise wrong
    try:
        with Image.open(BytesIO(data.numpy().tobytes()), formats=["WEBP"]) as picture:
            width, height = picture.size
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise wrong from error
    side = width // COLUMNS
    if not SIDES[0] <= side <= SIDES[1] or (width, height) != (COLUMNS * side, PARTS // COLUMNS * side):
        raise wrong
