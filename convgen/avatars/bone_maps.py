"""The network's input: bones of the 3D pose, drawn with their depth (thesis section 6.3.2)."""

import torch
from torch import Tensor

from convgen.avatars.camera import BODY, Window, project
from convgen.avatars.skeleton import BONES, JOINTS

SAMPLES = 96
"""Points of a bone that are drawn."""
_STARTS = [JOINTS.index(start) for start, _ in BONES]
_ENDS = [JOINTS.index(end) for _, end in BONES]


def bone_maps(joints: Tensor, distance: Tensor | float, *, window: Window = BODY) -> Tensor:
    """The map stack B: one channel a bone, the depth interpolated along it, zero elsewhere.

    Args:
        joints: (B, J, 3) metres in the frame of a camera that looks at the window's centre, which is the origin.
        distance: metres from the camera to there, one number or (B,).
        window: what is drawn.
    Returns:
        (B, 32, S, S), S the window's pixels: 1 at the depth of its centre, more when nearer; each point is shared among
        its four nearest pixels and the largest share counts.
    """
    batch, device = len(joints), joints.device
    along = torch.linspace(0, 1, SAMPLES, device=device)[:, None]
    start, end = joints[:, _STARTS, None], joints[:, _ENDS, None]
    points = start + (end - start) * along  # (B, 32, SAMPLES, 3)
    far = torch.as_tensor(distance, dtype=joints.dtype, device=device).reshape(-1, 1, 1)
    pixels = window.pixels
    value = (1 - points[..., 2] / window.half).clamp(min=0.05)
    place = (project(points, far, half=window.half) + 1) * (pixels / 2) - 0.5
    corner = place.floor()
    part = place - corner
    maps = torch.zeros(batch * len(BONES), pixels * pixels, device=device)
    for right in (0, 1):
        for down in (0, 1):
            x, y = corner[..., 0] + right, corner[..., 1] + down
            share = (part[..., 0] if right else 1 - part[..., 0]) * (part[..., 1] if down else 1 - part[..., 1])
            inside = (x >= 0) & (x < pixels) & (y >= 0) & (y < pixels)
            index = torch.where(inside, y * pixels + x, 0).long()
            drawn = torch.where(inside, share * value, 0)
            maps.scatter_reduce_(1, index.flatten(0, 1), drawn.flatten(0, 1), "amax")
    return maps.reshape(batch, len(BONES), pixels, pixels)
