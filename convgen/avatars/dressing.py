"""Textures are explicit, so they can be edited: cloth on garments, a picture on the chest (thesis section 6.4.6).

Ours: the thesis shows that texture stacks are interchangeable, and stops there.
"""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.network import PARTS
from convgen.avatars.parts import (
    BACK,
    CHEST,
    FEET,
    FOREARMS,
    HANDS,
    HEAD,
    SHINS,
    THIGHS,
    TORSO,
    UPPER_ARMS,
)
from convgen.avatars.rendering import Avatar

GARMENTS = {
    "shirt": (*TORSO, *UPPER_ARMS),
    "long-sleeves": (*TORSO, *UPPER_ARMS, *FOREARMS),
    "vest": TORSO,
    "shorts": THIGHS,
    "trousers": (*THIGHS, *SHINS),
    "suit": (*TORSO, *UPPER_ARMS, *FOREARMS, *THIGHS, *SHINS),
    "everything": tuple(range(PARTS)),
}
"""Garment -> the parts of the body that it covers."""
METRES = {
    **dict.fromkeys(TORSO, (0.5, 0.72)),
    **dict.fromkeys(HANDS, (0.38, 0.2)),
    **dict.fromkeys(FEET, (0.4, 0.38)),
    **dict.fromkeys(THIGHS, (0.28, 0.42)),
    **dict.fromkeys(SHINS, (0.2, 0.5)),
    **dict.fromkeys(UPPER_ARMS, (0.18, 0.26)),
    **dict.fromkeys(FOREARMS, (0.14, 0.3)),
    **dict.fromkeys(HEAD, (0.3, 0.4)),
}
"""How wide and how long a part is, so that cloth is as coarse everywhere; measured on rigged people."""
SECOND = (0, 6, 7, 10, 11, 16, 17, 20, 21)
"""Backs: around the body they follow the fronts, so cloth goes on there."""
UPSIDE_DOWN = TORSO
"""Here u goes to the left of who looks at the person, and v up: cloth and pictures are turned by half a turn."""
LUMA = (0.299, 0.587, 0.114)
SHADE = 0.5, 1.5
"""How much darker and lighter folds make cloth at most."""
TILE = (0.05, 1.0)
"""Metres that one repetition of the cloth may be wide."""


def dressed(
    avatar: Avatar,
    cloth: Tensor,
    garment: str,
    *,
    tile: float = 0.3,
    strength: float = 1.0,
    folds: float = 0.5,
    shading: Tensor | None = None,
) -> Avatar:
    """Cloth on a garment, repeated seamlessly around limbs and body.

    Args:
        cloth: (1, 3, H, W) in [0, 1].
        garment: among `GARMENTS`.
        tile: metres that one repetition is wide.
        strength: 0 leaves the texture as it is, 1 replaces it.
        folds: how much of the light and dark of what was there stays, 0 to 1.
        shading: textures whose light and dark that is, if the avatar is dressed already.
    Raises:
        ValueError: another garment, or a value out of its range.
    """
    if garment not in GARMENTS:
        raise ValueError(f"garment must be one of {', '.join(GARMENTS)}, got {garment!r}")
    _within("tile", tile, *TILE)
    _within("strength", strength, 0, 1)
    _within("folds", folds, 0, 1)
    textures = {}
    for part in GARMENTS[garment]:
        own = avatar.texture_stack[part]
        laid = _laid(cloth, part, side=own.shape[-1], tile=tile)
        shade = _shade(own if shading is None else shading[part], folds)
        textures[part] = own.lerp((laid * shade).clamp(0, 1), strength)
    return with_textures(avatar, textures)


def _laid(cloth: Tensor, part: int, *, side: int, tile: float) -> Tensor:
    """Cloth over a part, (3, side, side)."""
    width, length = METRES[part]
    around = max(1, round(2 * width / tile)) / 2  # repetitions on half of the way around, so that the ends meet
    along = length / tile * cloth.shape[-1] / cloth.shape[-2]
    line = (torch.arange(side) + 0.5) / side
    across, down = around * (line + (part in SECOND)), along * line
    grid = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1) % 1
    # With a margin that repeats the other edge, so that repetitions meet smoothly.
    padded = F.pad(_fitting(cloth, around, along, side), (1, 1, 1, 1), mode="circular")
    height, wide = padded.shape[-2:]
    scale = torch.tensor([(wide - 2) / wide, (height - 2) / height])
    laid = F.grid_sample(padded, ((grid * 2 - 1) * scale)[None], align_corners=False)[0]
    return laid.rot90(2, (1, 2)) if part in UPSIDE_DOWN else laid


def _fitting(cloth: Tensor, around: float, along: float, side: int) -> Tensor:
    """Cloth averaged to about as many pixels as it will have, so that nothing is skipped."""
    asked = [max(1, round(side / times)) for times in (along, around)]
    size = [min(have, want) for have, want in zip(cloth.shape[-2:], asked, strict=True)]
    return F.interpolate(cloth, size=size, mode="area") if size != list(cloth.shape[-2:]) else cloth


def _shade(texture: Tensor, folds: float) -> Tensor:
    """Light and dark of a texture (3, T, T) against its mean: (1, T, T), 1 where it is as light as that."""
    light = (texture * torch.tensor(LUMA)[:, None, None]).sum(0, keepdim=True)
    return (1 + folds * (light / light.mean().clamp(min=0.05) - 1)).clamp(*SHADE)


def with_picture(
    avatar: Avatar,
    picture: Tensor,
    alpha: Tensor,
    *,
    part: int = CHEST,
    across: float = 0.5,
    up: float = 0.7,
    width: float = 0.22,
) -> Avatar:
    """A picture printed on the chest or the back, the right way up for who looks at it.

    Args:
        picture: (1, 3, H, W) in [0, 1].
        alpha: (1, 1, H, W), 0 where nothing is printed.
        part: `CHEST` or `BACK`.
        across: its middle, 0 to 1 from the left of who looks at it.
        up: its middle, 0 at the hips, 1 at the neck.
        width: metres, .02 to .5.
    Raises:
        ValueError: another part, or a value out of its range.
    """
    if part not in TORSO:
        raise ValueError(f"part must be {CHEST}, the chest, or {BACK}, the back, got {part}")
    _within("across", across, 0, 1)
    _within("up", up, 0, 1)
    _within("width", width, 0.02, METRES[part][0])
    side = avatar.texture_stack.shape[-1]
    wide, long = (width / METRES[part][0], width * picture.shape[-2] / picture.shape[-1] / METRES[part][1])
    line = (torch.arange(side) + 0.5) / side
    x, y = (line - across) * 2 / wide, (line - (1 - up)) * 2 / long
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)[None]
    layers = torch.cat([picture * alpha, alpha], 1)
    size = [max(1, min(have, round(side * share))) for have, share in zip(layers.shape[-2:], (long, wide), strict=True)]
    printed = F.grid_sample(F.interpolate(layers, size=size, mode="area"), grid, align_corners=False)[0]
    printed = printed.rot90(2, (1, 2))
    return with_textures(avatar, {part: avatar.texture_stack[part] * (1 - printed[3:]) + printed[:3]})


def with_textures(avatar: Avatar, textures: Mapping[int, Tensor]) -> Avatar:
    """The same with other textures (3, T, T) of some parts; colours are last in memory, where sampling reads them."""
    stack = avatar.texture_stack.movedim(1, -1).clone(
        memory_format=torch.contiguous_format
    )  # sampling reads it fastest
    for part, texture in textures.items():
        stack[part] = texture.movedim(0, -1)
    return replace(avatar, texture_stack=stack.movedim(-1, 1))


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {value}")
