"""Textures from pictures: every pixel goes to its place on its part, holes are filled (thesis section 6.3.5)."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.network import PARTS
from convgen.avatars.sampling import corners

SURE = 0.9
"""Pixels count whose part has at least this weight."""
PASSES = 2
DEVIATION = 0.08
"""Colours that differ from the mean by more than about this lose their weight in the second pass."""


@dataclass(frozen=True)
class Pixels:
    """Pixels with their places on the body.

    Attributes:
        parts: (N,) int64.
        uv: (N, 2), 0 to 1.
        colors: (N, 3) in [0, 1].
        weights: (N,).
        certainty: (N,), the weight of the part that was chosen.
    """

    parts: Tensor
    uv: Tensor
    colors: Tensor
    weights: Tensor
    certainty: Tensor

    def some(self, keep: Tensor) -> "Pixels":
        """Those of a mask (N,)."""
        return Pixels(*(column[keep] for column in vars(self).values()))


def pixels_of(image: Tensor, mask: Tensor, part_weights: Tensor, part_uv: Tensor, *, sure: float = SURE) -> Pixels:
    """The pixels of a view that are surely of one part, the sharpest with the largest weight.

    Args:
        image: (3, H, W).
        mask: (1, H, W), 1 on the person.
        part_weights: (25, H, W).
        part_uv: (48, H, W).
    Returns:
        weights are one over the area on the texture that a pixel covers: |det d(u, v) / d(x, y)|.
    """
    inside = -F.max_pool2d(-mask[None], 3, 1, 1)[0, 0] > 0.99
    best, parts = part_weights[:PARTS].max(0)
    chosen = part_uv.unflatten(0, (PARTS, 2)).gather(0, parts[None, None].expand(1, 2, *parts.shape))[0]
    across, along = torch.gradient(chosen, dim=(2, 1))
    area = (across[0] * along[1] - across[1] * along[0]).abs()
    keep = inside & (best > sure)
    pixel = 1 / (image.shape[-1] ** 2)
    weights = 1 / (area[keep] + 0.1 * pixel)
    return Pixels(parts[keep], chosen[:, keep].T, image[:, keep].T, weights, best[keep])


def splat(views: Iterable[Pixels], *, side: int) -> Tensor:
    """The texture stack T of one person, see `gathered`: (24, 3, side, side) in [0, 1], its holes `filled`."""
    return filled(*gathered(views, side=side))


def gathered(views: Iterable[Pixels], *, side: int) -> tuple[Tensor, Tensor]:
    """The mean colour at every place of the textures, in two passes that leave out outliers.

    Args:
        views: pixels of pictures of the person.
        side: of each texture.
    Returns:
        (24, 3, side, side) in [0, 1], and (24, 1, side, side), 1 where pixels reach.
    """
    every = list(views)
    parts, uv = torch.cat([view.parts for view in every]), torch.cat([view.uv for view in every])
    colors, weights = torch.cat([view.colors for view in every]), torch.cat([view.weights for view in every])
    weights = weights / weights.mean().clamp(min=1e-12)
    around = list(corners(uv, side))
    index = torch.stack([(parts * side + row) * side + column for column, row, _ in around])
    shares = torch.stack([share for *_, share in around])

    def mean(of_pixels: Tensor) -> tuple[Tensor, Tensor]:
        total = torch.zeros(PARTS * side * side, 4)
        for where, how_much in zip(index, shares * of_pixels, strict=True):
            total.index_add_(0, where, torch.cat([colors, torch.ones_like(colors[:, :1])], 1) * how_much[:, None])
        return total[:, :3] / total[:, 3:].clamp(min=1e-8), total[:, 3]

    texture, reached = mean(weights)
    for _ in range(PASSES - 1):
        nearest = index.gather(0, shares.argmax(0)[None])[0]
        off = (colors - texture[nearest]).abs().mean(1)
        texture, reached = mean(weights * torch.exp(-((off / DEVIATION) ** 2)))
    stack = texture.reshape(PARTS, side, side, 3).permute(0, 3, 1, 2)
    return stack, (reached > 1e-3).reshape(PARTS, 1, side, side).float()


def filled(stack: Tensor, known: Tensor) -> Tensor:
    """Textures whose holes have the colours around them: means over ever larger cells, put back where nothing is.

    Args:
        stack: (N, 3, T, T).
        known: (N, 1, T, T), 1 where the colours are known.
    """
    if stack.shape[-1] <= 1 or bool((known > 0).all()):
        return stack
    half = F.avg_pool2d(known, 2, ceil_mode=True)
    smaller = F.avg_pool2d(stack * known, 2, ceil_mode=True) / half.clamp(min=1e-8)
    coarse = filled(smaller, (half > 0).float())
    enlarged = F.interpolate(coarse, size=stack.shape[-2:], mode="bilinear", align_corners=False)
    return torch.where(known > 0, stack, enlarged)
