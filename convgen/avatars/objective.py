"""What avatars are trained by (thesis sections 6.3.4 and 6.3.5)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.network import PARTS
from convgen.avatars.parts import HEAD
from convgen.descriptor import Descriptor

LAYERS = ("relu1_2", "relu2_2", "relu3_3")
PIXEL_WEIGHT, FEATURE_WEIGHT, MASK_WEIGHT, INITIAL_WEIGHT = 2.0, 0.5, 0.5, 1.0
UV_WEIGHT = 5.0
HEAD_WEIGHT = 3.0
"""The parts of the head count so many times: they are small, and looked at most."""


def image_loss(images: Tensor, target: Tensor, descriptor: Descriptor, *, layers: Sequence[str] = LAYERS) -> Tensor:
    """The distance of two pictures in a frozen VGG: Thesis Eq. 6.2.

    d_Image(I, I') = sum_l ||F_l(I) - F_l(I')||_1 / ||F_l(I')||_1.

    Args:
        images, target: (B, 3, H, W) in [0, 1].
    Returns:
        (B,), at least 0.
    Deviation: layers of VGG-16 up to relu3_3, relative to the target's own, so that all layers count alike.
    """
    found = descriptor(images, layers)
    with torch.no_grad():
        wanted = descriptor(target, layers)
    losses = [
        (found[layer] - wanted[layer]).abs().mean((1, 2, 3)) / (wanted[layer].abs().mean((1, 2, 3)) + 1e-6)
        for layer in layers
    ]
    return torch.stack(losses).mean(0)


def pixel_loss(images: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """The mean absolute difference of two pictures (B, 3, H, W), a pixel that the mask (B, 1, H, W) covers: (B,)."""
    return (images - target).abs().mean(1).sum((1, 2)) / mask.sum((1, 2, 3)).clamp(min=1)


def mask_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """How far the foreground is from the true mask: Thesis Eq. 6.3.

    d_BCE(1 - M, P^n), taken per pixel of the foreground.

    Args:
        logits: of the foreground against the background, (B, 1, H, W); see `foreground_logits`.
        mask: M, (B, 1, H, W) in [0, 1].
    Returns:
        (B,).
    """
    losses = F.binary_cross_entropy_with_logits(logits, mask, reduction="none")
    return losses.sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)


def foreground_logits(part_logits: Tensor) -> Tensor:
    """Logits of all parts together against the background: (B, 25, H, W) -> (B, 1, H, W)."""
    return part_logits[:, :PARTS].logsumexp(1, keepdim=True) - part_logits[:, PARTS:]


def initial_loss(part_logits: Tensor, part_uv: Tensor, parts: Tensor, uv: Tensor) -> dict[str, Tensor]:
    """How far parts and coordinates are from known ones, with which training starts (section 6.3.5).

    Args:
        part_logits: (B, 25, H, W).
        part_uv: (B, 48, H, W).
        parts: (B, H, W) int64, 0 to 23, 24 outside.
        uv: (B, 2, H, W), coordinates on the part that each pixel shows.
    Returns:
        "parts": the cross-entropy, and "uv": the mean absolute error of the true part's coordinates, both (B,) and per
        pixel of the foreground; those of the head count `HEAD_WEIGHT` times.
    """
    counts = torch.where((parts == HEAD[0]) | (parts == HEAD[1]), HEAD_WEIGHT, 1.0)
    total = (counts * (parts < PARTS)).sum((1, 2)).clamp(min=1)
    entropy = (counts * F.cross_entropy(part_logits, parts, reduction="none")).sum((1, 2)) / total
    picture, row, column = (parts < PARTS).nonzero(as_tuple=True)
    of_part = part_uv.unflatten(1, (PARTS, 2))[picture, parts[picture, row, column], :, row, column]
    error = (of_part - uv[picture, :, row, column]).abs().mean(1) * counts[picture, row, column]
    return {"parts": entropy, "uv": error.new_zeros(len(parts)).index_add(0, picture, error) / total}
