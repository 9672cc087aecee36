"""Colours for gray pictures: the conditional AGE of thesis section 4.3.2.

The data x are the channels a and b of a picture in Lab, what is given is its lightness L, and z has three dimensions.
Deviation: the networks work at a half of 64 pixels behind a pixel unshuffle.
"""

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.age.network import GROUP, SIDE, DoublingConvolution, Encoder, Pair, random_latents, sphere
from convgen.images import on_white, to_tensor
from convgen.layers import InstanceNormalisation
from convgen.runtime import seeded_generator, seeded_layers

COLOR_LATENTS = 3
RANGE = 128.0
"""a and b lie in [-128, 128]; networks see them in [0, 1], as they see all data."""
RADIUS = 2
EPSILON = 1e-3


class ConditionalEncoder(Encoder):
    """z = e(x | L): the encoder of faces, on a picture in Lab."""

    def __init__(self, *, width: int = 24, latents: int = COLOR_LATENTS, seed: int = 0):
        super().__init__(width=width, latents=latents, seed=seed)

    def forward(self, colors: Tensor, lightness: Tensor, *_: Tensor) -> Tensor:
        """(B, 2, 64, 64) and (B, 1, 64, 64), both in [0, 1] -> (B, latents) float32 of unit length."""
        return super().forward(torch.cat([lightness, colors], dim=1))


class ResidualBlock(nn.Module):
    """x + f(x), f of two 3x3 convolutions, each normalised, with reflected borders: (B, C, H, W) -> the same shape."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False),
            InstanceNormalisation(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False),
            InstanceNormalisation(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class ColorGenerator(nn.Module):
    """x = g(z | L): z as constant maps beside L, residual blocks at a quarter of the resolution.

    Args:
        width: channels at half the resolution, twice as many at a quarter.
        blocks: residual blocks.
        latents: M, the dimensions of z; 0 for a network that regresses one answer.
        seed: of the initial weights.
    Attributes:
        saturation: so many times are colours from gray where they are used; training knows nothing of it.
    """

    saturation = 1.0

    def __init__(self, *, width: int = 24, blocks: int = 4, latents: int = COLOR_LATENTS, seed: int = 0):
        super().__init__()
        with seeded_layers(seed + 1):
            self.input = nn.Sequential(
                nn.Conv2d(4 + latents, width, 3, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(width, 2 * width, 4, 2, padding=1, bias=False),
                nn.GroupNorm(2 * width // GROUP, 2 * width),
                nn.ReLU(inplace=True),
            )
            self.body = nn.Sequential(*(ResidualBlock(2 * width) for _ in range(blocks)))
            self.enlarge = nn.Sequential(
                DoublingConvolution(2 * width, width), nn.GroupNorm(width // GROUP, width), nn.ReLU(inplace=True)
            )
            self.output = DoublingConvolution(width, 2, bias=True)

    def enlarged(self, colors: Tensor, lightness: Tensor) -> Tensor:
        """Colours (B, 2, 64, 64) at the size of the picture, following its edges: (B, 2, H, W)."""
        return guided(colors, small(lightness), lightness)

    def forward(self, z: Tensor, lightness: Tensor) -> Tensor:
        """(B, latents), of unit length, and (B, 1, 64, 64) in [0, 1] -> a and b, (B, 2, 64, 64) in [0, 1]."""
        return self.ended(self.begun(z, lightness))

    def given(self, lightness: Tensor) -> list[Tensor]:
        """What the networks take of a lightness (B, 1, H, W) of any size: it alone, (B, 1, 64, 64)."""
        return [small(lightness)]

    def begun(self, z: Tensor, lightness: Tensor) -> Tensor:
        """The maps before the residual blocks: (B, 2 width, 16, 16)."""
        x = F.pixel_unshuffle(2 * lightness - 1, 2)
        if z.shape[1]:
            z = (z * z.shape[1] ** 0.5).to(x)
            x = torch.cat([x, z[..., None, None].expand(-1, -1, *x.shape[2:])], dim=1)
        return self.input(x)

    def ended(self, x: Tensor) -> Tensor:
        """What becomes of these maps: (B, 2, 64, 64) in [0, 1]."""
        return torch.sigmoid(self.output(self.enlarge(self.body(x))))


class ColorPair(Pair):
    """A pair whose generator makes colours for a lightness."""

    generator: ColorGenerator


class ColorAGE(ColorPair):
    """An encoder and a generator of colours, trained against each other.

    Args:
        width: of both networks.
        blocks: residual blocks of the generator.
        latents: M, the dimensions of z.
        seed: of the initial weights.
    """

    def __init__(self, *, width: int = 24, blocks: int = 4, latents: int = COLOR_LATENTS, seed: int = 0):
        super().__init__()
        self.encoder = ConditionalEncoder(width=width, latents=latents, seed=seed)
        self.generator = ColorGenerator(width=width, blocks=blocks, latents=latents, seed=seed)
        self.latents = latents


def to_lab(images: Tensor) -> Tensor:
    """(B, 3, H, W) RGB in [0, 1] -> (B, 3, H, W): L in [0, 1], a and b in [0, 1] with 0.5 for gray."""
    import cv2

    values = images.detach().float().clamp(0, 1).cpu().permute(0, 2, 3, 1).contiguous().numpy()
    lab = torch.from_numpy(np.stack([cv2.cvtColor(one, cv2.COLOR_RGB2LAB) for one in values])).permute(0, 3, 1, 2)
    return torch.cat([lab[:, :1] / 100, lab[:, 1:] / (2 * RANGE) + 0.5], dim=1).to(images.device)


def from_lab(lightness: Tensor, colors: Tensor) -> Tensor:
    """L (B, 1, H, W) and a, b (B, 2, H, W) as `to_lab` gives them -> (B, 3, H, W) RGB in [0, 1]."""
    import cv2

    lab = torch.cat([lightness.float() * 100, (colors.float() - 0.5) * 2 * RANGE], dim=1)
    values = lab.detach().cpu().permute(0, 2, 3, 1).contiguous().numpy()
    rgb = np.stack([cv2.cvtColor(one, cv2.COLOR_LAB2RGB) for one in values])
    return torch.from_numpy(rgb).permute(0, 3, 1, 2).clamp(0, 1).contiguous().to(colors.device)


def small(images: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, 64, 64), whatever the aspect, averaged over what becomes one pixel."""
    return F.interpolate(images, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)


def colors_for(net: ColorPair, lightness: Tensor, z: Tensor) -> Tensor:
    """x = g(z | L) for any number of latents of one picture: L (1, 1, H, W), z (B, M) -> (B, 2, 64, 64) in [0, 1]."""
    weight = net.generator.output.weight
    given = [part.to(weight).expand(len(z), -1, -1, -1) for part in net.generator.given(lightness.to(weight))]
    with torch.no_grad():
        x = net.generator(sphere(z.float()).to(weight), *given).float().contiguous()
    saturation = net.generator.saturation
    return x if saturation == 1 else (0.5 + saturation * (x - 0.5)).clamp(0, 1)


def colorize(net: ColorAGE, picture: Image.Image | Tensor, *, z: Tensor | None = None, seed: int = 0) -> Tensor:
    """A picture in the colours of a latent, its lightness kept: x = g(z | L) of section 4.3.2.

    Args:
        picture: a PIL image, or (1, 3 or 1, H, W) in [0, 1]; of colours only the lightness is used.
        z: (1, M); None draws it from the seed.
    Returns:
        (1, 3, H, W) in [0, 1]: colours are made at 64 pixels, and follow the edges of the full-resolution lightness.
    """
    if z is None:
        z = random_latents(1, seeded_generator(seed), latents=net.latents)
    lightness = to_lab(_rgb(picture))[:, :1]
    return from_lab(lightness, net.generator.enlarged(colors_for(net, lightness, z).to(lightness), lightness))


def encode_colors(net: ColorAGE, picture: Image.Image | Tensor) -> Tensor:
    """z = e(x | L), the latent of a picture's colours: (1, M) of unit length."""
    lab = to_lab(small(_rgb(picture))).to(net.encoder.output.weight)
    with torch.no_grad():
        return net.encoder(lab[:, 1:], lab[:, :1])


def transfer_color(net: ColorAGE, source: Image.Image | Tensor, target: Image.Image | Tensor) -> Tensor:
    """The target in the colours of the source, x_2 = g(e(x_1 | L_1) | L_2), as in Fig. 4.4 b.

    Returns:
        (1, 3, H, W) in [0, 1], of the target's size.
    """
    return colorize(net, target, z=encode_colors(net, source))


def guided(colors: Tensor, low: Tensor, lightness: Tensor, *, radius: int = RADIUS, epsilon: float = EPSILON) -> Tensor:
    """Colours at the size of a picture, following its edges: the fast guided filter.

    In every window of the small picture colours are fitted by a line in its lightness; the lines are enlarged, and
    applied to the large lightness. He & Sun, Fast Guided Filter, arXiv:1505.00996.

    Args:
        colors: (B, 2, h, w).
        low: (1 or B, 1, h, w), the lightness at that size.
        lightness: (1 or B, 1, H, W), the lightness to be followed.
        radius: of the windows; epsilon: variance of the lightness below which an edge is not followed.
    Returns:
        (B, 2, H, W).
    """

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(F.pad(x, [radius] * 4, mode="replicate"), 2 * radius + 1, 1)

    center = mean(low)
    variance = mean(low * low) - center * center
    covariance = mean(low * colors) - center * mean(colors)
    slope = covariance / (variance + epsilon)
    offset = mean(colors) - slope * center
    slope, offset = (
        F.interpolate(mean(x), size=lightness.shape[-2:], mode="bilinear", align_corners=False) for x in (slope, offset)
    )
    return (slope * lightness + offset).clamp(0, 1)


def _rgb(picture: Image.Image | Tensor) -> Tensor:
    if isinstance(picture, Image.Image):
        picture = to_tensor(on_white(picture))
    if picture.ndim != 4 or picture.shape[0] != 1 or picture.shape[1] not in (1, 3):
        raise ValueError(f"picture must be (1, 1 or 3, H, W), got {tuple(picture.shape)}")
    return picture.expand(-1, 3, -1, -1)
