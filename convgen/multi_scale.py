"""The multi-scale generator of sections 2.3.2.1 and 2.3.3.1: maps at every scale, joined from coarse to fine.

Ulyanov et al., Texture Networks, arXiv:1603.03417.
Deviation: it works from 1/2^K to 1/2 of the resolution and only draws at full resolution, where the network of the
thesis spends nearly all of its time; it enlarges features bilinearly, since with nearest neighbours, or four pixels
drawn at once, the place within a coarse cell shows in the picture.
"""

from collections.abc import Sequence
from itertools import zip_longest

import torch
from torch import Tensor, nn

from convgen import layers
from convgen.runtime import uniform_noise

LEAST_CELLS = 2
"""Of the coarsest scale, a side: what is mirrored at its border needs a neighbour."""


def entrances(maps: Sequence[int], widths: Sequence[int], kind: str, *, padded: layers.Padding) -> nn.ModuleList:
    """A convolution of its own for the maps of each scale, coarse to fine, before they are joined.

    Args:
        maps: channels of the maps at 1/2^K, ..., 1/2 of the resolution.
        widths: channels made of them.
    """
    pairs = zip(maps, widths, strict=True)
    return nn.ModuleList(layers.chain((before, after), kind, padded=padded) for before, after in pairs)


def blocks(
    entering: Sequence[int],
    widths: Sequence[int],
    depths: Sequence[int],
    kind: str,
    *,
    handed: Sequence[int],
    padded: layers.Padding,
    whitening: bool = False,
) -> nn.ModuleList:
    """The convolutions of each scale, coarse to fine; every scale but the coarsest begins with an enlargement.

    Args:
        entering: channels that enter at each scale, 0 for none.
        widths, depths: channels and number of 3x3 convolutions of each scale.
        handed: channels that each scale hands on.
        whitening: what a scale hands on to a finer one is whitened, `layers.InstanceWhitening`, not only normalised.
    """
    whitened = [whitening] * (len(widths) - 1) + [False]
    chained = (entering[0], *[widths[0]] * (depths[0] - 1), handed[0])
    first = layers.chain(chained, kind, padded=padded, whitened=whitened[0])
    later = (
        layers.EnlargingBlock(before, width, depth, kind, joined=maps, outputs=after, padded=padded, whitened=white)
        for before, width, depth, maps, after, white in zip(
            handed[:-1], widths[1:], depths[1:], entering[1:], handed[1:], whitened[1:], strict=True
        )
    )
    return nn.ModuleList([first, *later])


def features(entrances: nn.ModuleList, blocks: nn.ModuleList, maps: Sequence[Tensor]) -> Tensor:
    """What `entrances` and `blocks` make of maps (B, C_i, H / 2^i, W / 2^i), coarse to fine: (B, handed[-1], H, W).

    Maps of finer scales than there are entrances are joined as they are; there may be none at full resolution.
    """
    entering = [entrance(one) for entrance, one in zip(entrances, maps, strict=False)]
    entering += maps[len(entrances) :]
    x = blocks[0](entering[0])
    for block, one in zip_longest(blocks[1:], entering[1:]):
        x = block(x, one)
    return x


def noise(
    channels: int, scales: int, generator: torch.Generator, *, size: tuple[int, int], batch: int = 1
) -> list[Tensor]:
    """Uniform noise at each scale, coarse to fine: (batch, channels, H / 2^i, W / 2^i) for i = scales - 1, ..., 0.

    Args:
        size: (H, W), multiples of 2^(scales - 1).
    Returns:
        values in [-1, 1], float32 on the CPU.
    Deviation: the thesis draws from U(0, 1); with a mean of zero, a scale k changes the noise and nothing else.
    """
    height, width = size
    return [
        2 * uniform_noise((batch, channels, height // 2**halvings, width // 2**halvings), generator) - 1
        for halvings in reversed(range(scales))
    ]


def made_size(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """The least (H, W) that a generator makes of which `size` is a part: multiples of `multiple`."""
    height, width = (max(LEAST_CELLS, -(-side // multiple)) * multiple for side in size)
    return height, width
