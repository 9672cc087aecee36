"""StyleNet: a photo and noise in, the photo in the style of one painting out (thesis sections 2.3.3 and 3.4).

Ulyanov et al., Texture Networks, arXiv:1603.03417; Improved Texture Networks, arXiv:1701.02096; the residual generator
is that of Johnson et al., arXiv:1603.08155.
Deviation: most of the work is done at an eighth of the resolution, behind a pixel unshuffle, so that a CPU is enough.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.layers import ResidualBlock, normalisation
from convgen.runtime import seeded_generator, seeded_layers, uniform_noise

MULTIPLE = 8
LEAST = 32
MARGIN = 8
SMOOTHED = 1.5


class StyleNet(nn.Module):
    """The residual generator x = g(y, z): pixel unshuffle, two halvings and doublings, pixel shuffle.

    Args:
        widths: channels at 1/2, 1/4 and 1/8 of the resolution.
        blocks: residual blocks at 1/8, which lay out the strokes, and at 1/4, which draw them.
        noise_scales: noise maps, one a scale, as in Fig. 2.2: 1/4, 1/8, ... of the resolution.
        normalisation: "instance" (Eq. 3.12) or "batch" (Eq. 3.13).
        seed: of the initial weights.
    Raises:
        ValueError: unknown normalisation.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] = (24, 48, 96),
        blocks: Sequence[int] = (3, 2),
        noise_scales: int = 4,
        normalisation: str = "instance",
        seed: int = 0,
    ):
        super().__init__()
        self.noise_scales = noise_scales
        half, quarter, eighth = widths
        kind = normalisation
        with seeded_layers(seed):
            self.stem = _convolution(12, half, kind)
            self.quarter = _convolution(half, quarter, kind, stride=2)
            self.eighth = _convolution(quarter + noise_scales, eighth, kind, stride=2)
            self.layout = nn.Sequential(*(ResidualBlock(eighth, kind=kind) for _ in range(blocks[0])))
            self.up_quarter = _convolution(eighth + noise_scales, quarter, kind)
            self.strokes = nn.Sequential(*(ResidualBlock(quarter, kind=kind) for _ in range(blocks[1])))
            self.up_half = _convolution(quarter, half, kind)
            self.shuffle = _convolution(half, 4 * (half // 3), kind)
            self.output = nn.Conv2d(half // 3, 3, 3, padding=1, padding_mode="reflect")

    def forward(self, photos: Tensor, noise: Tensor) -> Tensor:
        """Stylized pictures.

        Args:
            photos: (B, 3, H, W) RGB in [0, 1], H and W multiples of 8, at least 32.
            noise: (B, noise_scales, H / 4, W / 4) from `style_noise`, already multiplied by k (Fig. 2.5).
        Returns:
            (B, 3, H, W) in [0, 1].
        """
        x = self.quarter(self.stem(F.pixel_unshuffle(photos - 0.5, 2)))
        noise = noise.to(x.dtype)
        x = self.layout(self.eighth(torch.cat([x, noise], dim=1)))
        x = self.strokes(self.up_quarter(torch.cat([_doubled(x), noise], dim=1)))
        x = self.up_half(_doubled(x))
        return torch.sigmoid(self.output(F.pixel_shuffle(self.shuffle(x), 2)))


def _convolution(inputs: int, outputs: int, kind: str, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, padding_mode="reflect", bias=False),
        normalisation(kind, outputs),
        nn.ReLU(inplace=True),
    )


def _doubled(x: Tensor) -> Tensor:
    """Twice the size, smoothly: steps of the nearest neighbour would let the net repeat one stroke in every cell."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def style_noise(size: tuple[int, int], *, scales: int, generator: torch.Generator, batch: int = 1) -> Tensor:
    """The noise z of section 2.3.3.1: one uniform map a scale, all brought to the finest of them.

    Args:
        size: (H, W) of the photo, multiples of 8.
        scales: maps at 1/4, 1/8, ... of the photo's resolution.
    Returns:
        (batch, scales, H / 4, W / 4) in [-1.5, 1.5], float32 on the CPU.
    Deviation: the thesis draws from U(0, 1); with a mean of zero, k changes the noise and nothing else. Coarse maps are
    enlarged smoothly, and amplified for what smoothing takes from them.
    """
    height, width = size[0] // 4, size[1] // 4
    maps = []
    for scale in range(scales):
        small = (batch, 1, -(-height // 2**scale), -(-width // 2**scale))
        values = 2 * uniform_noise(small, generator) - 1
        if scale:
            values = SMOOTHED * F.interpolate(values, size=(height, width), mode="bilinear", align_corners=False)
        maps.append(values)
    return torch.cat(maps, dim=1)


@torch.no_grad()
def stylize(net: StyleNet, photo: Tensor, *, seed: int = 0, noise_scale: float = 1.0) -> Tensor:
    """x = g(y, k z) for a photo of any size: Thesis section 2.3.3, with the noise scaled by k as in Fig. 2.5.

    Args:
        photo: (1, 3, H, W) in [0, 1].
        noise_scale: k; 0 switches the noise off.
    Returns:
        (1, 3, H, W) float32 in [0, 1].
    """
    height, width = photo.shape[-2:]
    pad = [MARGIN + max(0, LEAST - n - 2 * MARGIN) for n in (height, width)]
    tall, wide = (-(-(n + 2 * p) // MULTIPLE) * MULTIPLE for n, p in zip((height, width), pad, strict=True))
    top, left = (tall - height) // 2, (wide - width) // 2
    x = _reflect(photo, (left, wide - width - left, top, tall - height - top))
    noise = noise_scale * style_noise((tall, wide), scales=net.noise_scales, generator=seeded_generator(seed))
    weight = net.output.weight
    x = net(x.to(weight), noise.to(weight)).float()
    return x[..., top : top + height, left : left + width].clamp(0, 1)


def _reflect(images: Tensor, amounts: tuple[int, int, int, int]) -> Tensor:
    """Mirror the borders outwards, as often as it takes for tiny pictures: amounts (left, right, top, bottom)."""
    left, right, top, bottom = amounts
    while any((left, right, top, bottom)):
        height, width = images.shape[-2:]
        now = [min(n, width - 1) for n in (left, right)] + [min(n, height - 1) for n in (top, bottom)]
        if not any(now):
            return F.pad(images, (left, right, top, bottom), mode="replicate")
        images = F.pad(images, tuple(now), mode="reflect")
        left, right, top, bottom = (n - m for n, m in zip((left, right, top, bottom), now, strict=True))
    return images
