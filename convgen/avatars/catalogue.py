"""The avatars and the motions that come with the app."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from convgen import weights
from convgen.avatars.figures import COLUMNS
from convgen.avatars.motion import Motion
from convgen.avatars.network import PARTS, AvatarNet
from convgen.avatars.rendering import Avatar, Networks
from convgen.folders import ASSETS
from convgen.runtime import channels_last

AVATARS = {
    "red-cardigan": "Red cardigan",
    "grey-shirt": "Grey shirt",
    "dark-suit": "Dark suit",
    "green-overall": "Green overall",
    "blue-shirt": "Blue shirt",
    "white-coat": "White coat",
    "navy-polo": "Navy polo",
    "sky-shirt": "Sky-blue shirt",
}
"""Name -> title."""
TRAINED = tuple(AVATARS)[:6]
"""Those that the networks were trained on; the others were made of a few pictures, see `convgen.avatars.becoming`."""
NETWORKS = {"body": "avatars-body", "head": "avatars-head"}
"""Window -> row of the weights table."""
MOTIONS = {
    "dance": ("Dance", "05_02"),
    "arabesque": ("Arabesque", "05_03"),
    "arms-high": ("Dance with arms high", "05_12"),
    "walk": ("Walk", "02_01"),
    "stroll": ("Stroll", "12_01"),
    "run": ("Run", "09_01"),
    "jump": ("Jump on the spot", "02_04"),
    "leap": ("Leap ahead", "13_11"),
    "punch": ("Punch", "02_05"),
    "kick": ("Kick a ball", "10_01"),
    "exercises": ("Jumping jacks and squats", "13_30"),
    "traffic": ("Direct the traffic", "13_26"),
    "drink": ("Drink", "14_04"),
}
"""Name -> title, and number in the CMU motion capture database, see assets/motions/README.md."""
MOTIONS_FILE = ASSETS / "motions" / "cmu.safetensors"
UNIT = 32767


def row_of(name: str) -> str:
    """The row of the weights table of an avatar."""
    return f"avatar-{name}"


def available_avatars() -> list[str]:
    """The avatars in the weights table, in the order of `AVATARS`."""
    rows = weights.rows()
    return [name for name in AVATARS if row_of(name) in rows]


def load_networks() -> Networks:
    """g_phi of the body and of the head, in evaluation mode, on the CPU.

    Raises:
        WeightsUnavailable: a file is damaged and there is no other copy.
    """
    found = {}
    for window, row in NETWORKS.items():
        net = weights.load_into(AvatarNet(**weights.find(row).arguments), row).eval().requires_grad_(False)
        found[window] = channels_last(net.fused())
    return Networks(**found)


def load_avatar(name: str) -> Avatar:
    """One of `AVATARS`.

    Raises:
        ValueError: there is no such avatar.
        WeightsUnavailable: its file is damaged and there is no other copy.
    """
    if name not in AVATARS:
        raise ValueError(f"the avatar must be one of {', '.join(AVATARS)}, got {name!r}")
    return unpacked(weights.read(row_of(name)))


@lru_cache(maxsize=1)
def average() -> Avatar:
    """Whom somebody new begins as: the mean codes, skeleton and textures of those of `TRAINED`.

    Raises:
        WeightsUnavailable: a file is damaged and there is no other copy.
    """
    known = [load_avatar(name) for name in TRAINED]

    def mean(values: Iterable[Tensor]) -> Tensor:
        return torch.stack(list(values)).mean(0)

    codes = {window: mean(avatar.codes[window] for avatar in known) for window in NETWORKS}
    stack = mean(avatar.texture_stack.movedim(1, -1) for avatar in known).movedim(-1, 1)  # colours last in memory
    return Avatar(stack, codes, mean(avatar.rest for avatar in known))


def packed(avatar: Avatar) -> dict[str, Tensor]:
    """An avatar to be stored: its textures as one WebP picture, whose bytes are `textures`."""
    side = avatar.texture_stack.shape[-1]
    rows = avatar.texture_stack.unflatten(0, (PARTS // COLUMNS, COLUMNS)).permute(0, 3, 1, 4, 2)
    pixels = rows.reshape(PARTS // COLUMNS * side, COLUMNS * side, 3)
    stream = BytesIO()
    Image.fromarray((pixels * 255).round().to(torch.uint8).numpy()).save(stream, "WEBP", quality=92, method=6)
    data = torch.from_numpy(np.frombuffer(stream.getvalue(), np.uint8).copy())
    codes = {f"code.{window}": code for window, code in avatar.codes.items()}
    return {"textures": data, "rest": avatar.rest, **codes}


def unpacked(tensors: dict[str, Tensor]) -> Avatar:
    """What `packed` stored.

    Raises:
        ValueError: the tensors are not those of an avatar.
    """
    try:
        with Image.open(BytesIO(tensors["textures"].numpy().tobytes()), formats=["WEBP"]) as picture:
            pixels = torch.from_numpy(np.array(picture.convert("RGB"))).float() / 255
        side = pixels.shape[1] // COLUMNS
        rows = pixels.reshape(PARTS // COLUMNS, side, COLUMNS, side, 3).transpose(1, 2)
        codes = {window: tensors[f"code.{window}"].float() for window in NETWORKS}
        rest = tensors["rest"].float()
    except (KeyError, RuntimeError, OSError, ValueError) as error:
        raise ValueError("the file must hold an avatar: textures, rest, and a code for each network") from error
    # Colours are last in memory, where sampling reads them.
    return Avatar(rows.reshape(PARTS, side, side, 3).contiguous().permute(0, 3, 1, 2), codes, rest)


def packed_motions(motions: Mapping[str, Motion]) -> dict[str, Tensor]:
    """Motions by their numbers, to be stored: those of `MOTIONS`, quaternions in 16 bits.

    Raises:
        KeyError: one is missing.
    """
    tensors = {}
    for name, (_, number) in MOTIONS.items():
        motion = motions[number]
        tensors[f"{name}.rotations"] = (motion.rotations * UNIT).round().to(torch.int16)
        tensors[f"{name}.root"] = motion.root.half()
    return tensors


@lru_cache(maxsize=1)
def _motions() -> dict[str, Tensor]:
    return load_file(MOTIONS_FILE)


def load_motion(name: str) -> Motion:
    """One of `MOTIONS`.

    Raises:
        ValueError: there is no such motion.
    """
    if name not in MOTIONS:
        raise ValueError(f"the motion must be one of {', '.join(MOTIONS)}, got {name!r}")
    rotations = _motions()[f"{name}.rotations"].float() / UNIT
    rotations = rotations / rotations.norm(dim=-1, keepdim=True)
    return Motion(rotations, _motions()[f"{name}.root"].float(), 30.0)
