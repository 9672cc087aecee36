"""Fig. 6.2 in colours: bone maps, parts, coordinates and the texture stack as pictures."""

import colorsys

import torch
from torch import Tensor

from convgen.avatars.network import PARTS

COLUMNS = 6
DARK = 0.08


def _colors(count: int) -> Tensor:
    return torch.tensor([colorsys.hsv_to_rgb(k * 0.381966 % 1, 0.75 if k % 2 else 0.5, 1.0) for k in range(count)])


def bone_picture(maps: Tensor) -> Tensor:
    """Bones in a colour each, brighter when nearer: B (1, 32, S, S) -> (1, 3, S, S)."""
    depth = (maps[0] * 0.6).clamp(0, 1)
    shown = (depth[:, None] * _colors(len(depth))[:, :, None, None]).amax(0)
    return shown.clamp(min=DARK)[None]


def part_picture(part_weights: Tensor) -> Tensor:
    """Parts in a colour each, by their weights: P (1, 25, S, S) -> (1, 3, S, S)."""
    mixed = torch.einsum("kyx,kc->cyx", part_weights[0, :PARTS], _colors(PARTS))
    return (mixed + DARK * part_weights[0, PARTS:]).clamp(0, 1)[None]


def uv_picture(part_weights: Tensor, part_uv: Tensor) -> Tensor:
    """u in red and v in green of the heaviest part, on what is no background: C (1, 48, S, S) -> (1, 3, S, S)."""
    best = part_weights[:, :PARTS].argmax(1, keepdim=True)
    u, v = (part_uv[:, offset::2].gather(1, best).clamp(0, 1) for offset in (0, 1))
    solid = 1 - part_weights[:, PARTS:]
    return torch.cat([u, v, torch.full_like(u, 0.5)], 1) * solid + DARK * (1 - solid)


def stack_picture(texture_stack: Tensor) -> Tensor:
    """All textures side by side: T (24, 3, T, T) -> (1, 3, 4 T, 6 T)."""
    rows = texture_stack.unflatten(0, (PARTS // COLUMNS, COLUMNS))
    return rows.permute(2, 0, 3, 1, 4).flatten(3).flatten(1, 2)[None]
