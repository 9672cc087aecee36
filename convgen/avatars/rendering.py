"""An avatar seen by a camera: small maps from the network, colours sampled at the size asked (thesis section 6.3)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import HALF, Camera, to_camera
from convgen.avatars.network import PARTS, AvatarNet
from convgen.avatars.sampling import texels
from convgen.avatars.skeleton import PELVIS

PIXELS = 128
"""Side of the network's maps."""
SIZES = (64, 1024)
WHOLE = Camera().distance
"""Distance from which the picture shows just the network's window."""
STANDING = 0.95
"""Height of a standing pelvis, in metres: what the picture's centre is at."""
RISE = 0.95
"""Metres by which the centre rises from there to the camera's nearest: who comes near looks at the face."""
SHARPER = 3.0
"""The logits of the silhouette count so many times, which makes its edge about as wide as a pixel."""
SEEN = 0.01
TOP = 2
"""Parts of a pixel that are sampled, the heaviest."""


@dataclass(frozen=True)
class Avatar:
    """Who is seen.

    Attributes:
        texture_stack: T, (24, 3, T, T) in [0, 1].
        code: (C,), what the network knows of the silhouette.
        rest: (J, 3) metres, the joints with arms stretched to the sides.
    """

    texture_stack: Tensor
    code: Tensor
    rest: Tensor


@dataclass(frozen=True)
class View:
    """A picture of an avatar and what it was made from.

    Attributes:
        picture: (1, 3, H, W) in [0, 1]; what is not covered means nothing.
        alpha: M, (1, 1, H, W) in [0, 1].
        bone_maps: B, (1, 32, S, S).
        part_weights: P, (1, 25, S, S).
        part_uv: C, (1, 48, S, S).
    """

    picture: Tensor
    alpha: Tensor
    bone_maps: Tensor
    part_weights: Tensor
    part_uv: Tensor


@torch.no_grad()
def view(
    net: AvatarNet, avatar: Avatar, joints: Tensor, camera: Camera, *, size: int = 512, height: float | None = None
) -> View:
    """See an avatar in a pose.

    The network works at 128 pixels. Its logits and coordinates are smooth, so they are enlarged, and textures are
    sampled at the size asked.

    Args:
        net: in evaluation mode.
        joints: (J, 3) metres in the world, as `positions` gives them.
        camera: from where.
        size: side of the picture, 64 to 1024 pixels.
        height: metres of the picture's centre above the floor; by default it rises as the camera comes near.
    Raises:
        ValueError: another size, or joints that are not finite or of another number.
    Deviation: the thesis samples at the size of the maps.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise ValueError(f"size must be between {SIZES[0]} and {SIZES[1]}, got {size}")
    if joints.shape != avatar.rest.shape or not bool(torch.isfinite(joints).all()):
        raise ValueError(f"joints must be {tuple(avatar.rest.shape)}, finite, got {tuple(joints.shape)}")
    maps = bone_maps(to_camera(joints, camera)[None], camera.distance, pixels=PIXELS)
    logits, part_uv = net(maps.contiguous(memory_format=torch.channels_last), avatar.code[None])
    zoom = camera.distance / WHOLE
    if height is None:
        height = STANDING + RISE * max(0.0, 1 - zoom)
    # The window's centre is the pelvis; where the picture's centre lies in it, in halves of the window.
    above = torch.tensor([0.0, height - float(joints[PELVIS, 1]), 0.0])
    centre = (camera.rotation @ above)[:2] / HALF
    picture, alpha = _enlarged(logits, part_uv, avatar.texture_stack, size=size, zoom=zoom, centre=centre)
    return View(picture, alpha, maps, logits.softmax(1), part_uv)


def _enlarged(
    logits: Tensor, part_uv: Tensor, texture_stack: Tensor, *, size: int, zoom: float, centre: Tensor
) -> tuple[Tensor, Tensor]:
    """Colours (1, 3, size, size) and alpha (1, 1, size, size) of a part of the network's window.

    Only the rectangle around the person is worked on.
    """
    side = logits.shape[-1]
    picture = torch.zeros(size, size, 3)
    alpha = torch.zeros(1, 1, size, size)
    solid = (_foreground(logits) > -4)[0, 0]
    rows, columns = solid.any(1).nonzero(), solid.any(0).nonzero()
    if not len(rows):
        return picture.permute(2, 0, 1)[None], alpha

    def pixel(place: float, middle: float) -> float:
        return (((2 * place / side - 1) - middle) / zoom + 1) * size / 2

    def window(places: Tensor, middle: Tensor) -> tuple[int, int]:
        low, high = pixel(int(places[0]) - 1, float(middle)), pixel(int(places[-1]) + 2, float(middle))
        return max(0, int(low)), min(size, int(high) + 1)

    left, right = window(columns, centre[0])
    top, bottom = window(rows, centre[1])
    if right <= left or bottom <= top:
        return picture.permute(2, 0, 1)[None], alpha
    across = centre[0] + zoom * ((torch.arange(left, right) + 0.5) * 2 / size - 1)
    down = centre[1] + zoom * ((torch.arange(top, bottom) + 0.5) * 2 / size - 1)
    grid = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1)[None]
    # Beyond the window there is background: where its edge is the person, the edge goes on.
    large = F.grid_sample(logits, grid, padding_mode="border", align_corners=False)
    edge = torch.sigmoid(SHARPER * _foreground(large))
    alpha[..., top:bottom, left:right] = edge
    row, column = (edge[0, 0] > SEEN).nonzero(as_tuple=True)
    found, parts = large[0, :PARTS, row, column].topk(TOP, dim=0)
    place = grid[0, row, column]  # (K, 2)
    uv = torch.stack([_maps_at(part_uv[0], parts, place, offset) for offset in (0, 1)], -1)
    colours = (found.softmax(0)[..., None] * texels(texture_stack, parts, uv)).sum(0)
    picture[top + row, left + column] = colours
    return picture.permute(2, 0, 1)[None].clamp(0, 1), alpha


def _foreground(logits: Tensor) -> Tensor:
    """Logits of any part against the background: (B, 25, H, W) -> (B, 1, H, W)."""
    return logits[:, :PARTS].logsumexp(1, keepdim=True) - logits[:, PARTS:]


def _maps_at(part_uv: Tensor, parts: Tensor, place: Tensor, offset: int) -> Tensor:
    """One coordinate of some parts (most, K) at places (K, 2) of the window, bilinear: (most, K)."""
    side = part_uv.shape[-1]
    flat = part_uv.reshape(-1)
    point = ((place + 1) * side / 2 - 0.5).clamp(0, side - 1)
    corner = point.floor().clamp(max=side - 2)
    share = point - corner
    base = (2 * parts + offset) * side * side + (corner[:, 1] * side + corner[:, 0]).long()
    total = 0
    for right in (0, 1):
        for below in (0, 1):
            weight = (share[:, 0] if right else 1 - share[:, 0]) * (share[:, 1] if below else 1 - share[:, 1])
            total = total + weight * flat[base + below * side + right]
    return total


def blended(seen: View, background: Tensor) -> Tensor:
    """An avatar before a background: I M + I~ (1 - M) of section 6.3.2.

    Args:
        background: (1, 3, H, W) in [0, 1], of the view's size, or (1, 3, 1, 1), a colour.
    Returns:
        (1, 3, H, W).
    """
    return seen.picture * seen.alpha + background * (1 - seen.alpha)
