"""The networks of the game: perceptual features, the discriminator on them, and a generator of changes (section 5.3).

Sungatullina, Zakharov, Ulyanov & Lempitsky, Image Manipulation with Perceptual Discriminators, ECCV 2018.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from convgen.descriptor import LAYERS, MEAN, WIDTHS, load_descriptor
from convgen.layers import mirrored
from convgen.runtime import seeded_layers

FEATURES = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
"""f_1 .. f_4: the last activations of the first four blocks of VGG-16."""
NETWORKS = ("vgg", "vgg_star", "plain")
SLOPE = 0.2
"""Of leaky ReLUs."""
LEARNED = (32, 64, 128)
"""Channels of c_1, c_2, c_3."""
FLOW_LIMIT = 4.0
"""How far the flow moves a pixel at most, in pixels of the network."""


class PerceptualFeatures(nn.Module):
    """The frozen reference network F: f_1 = b_0(y), f_i = b_{i-1}(f_{i-1}): Thesis Eq. 5.2 and Eq. 5.3.

    Args:
        star: *VGG\\**, with average pooling and leaky ReLUs, whose gradients are dense (section 5.3.3.1).
    Deviation: VGG-16, which is bundled, instead of VGG-19. *VGG\\** is not trained further on ImageNet. Every level is
    divided by its root mean square on real pictures, see `calibrate`, since VGG's levels differ tenfold.
    """

    mean: Tensor
    sizes: Tensor

    def __init__(self, *, star: bool = False):
        super().__init__()
        features = load_descriptor(pooling="average" if star else "max").features
        ends = [LAYERS[name] + 1 for name in FEATURES]
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(_activation(star) if isinstance(layer, nn.ReLU) else layer for layer in islice(features, start, end))
            )
            for start, end in zip([0, *ends], ends, strict=False)
        )
        self.register_buffer("mean", torch.tensor(MEAN).reshape(1, 3, 1, 1))
        self.register_buffer("sizes", torch.ones(len(FEATURES)))
        self.requires_grad_(False)

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each f_i."""
        return tuple(width[-1] for width in WIDTHS[: len(FEATURES)])

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [0, 1], H and W multiples of 8 -> f_1 .. f_4: (B, C_i, H / 2^(i-1), W / 2^(i-1))."""
        x = images * 255 - self.mean
        x = x.to(next(self.blocks.parameters()).dtype)
        found = []
        for block, size in zip(self.blocks, self.sizes.tolist(), strict=True):
            x = block(x)
            found.append(x / size)
        return found

    @torch.no_grad()
    def calibrate(self, images: Tensor) -> None:
        """Take the root mean square of every level from real pictures, (B, 3, H, W) in [0, 1]."""
        self.sizes.fill_(1)
        self.sizes.copy_(torch.stack([level.float().square().mean().sqrt() for level in self(images)]))


def _activation(star: bool) -> nn.Module:
    return nn.LeakyReLU(SLOPE) if star else nn.ReLU()


class PerceptualDiscriminator(nn.Module):
    """h_1 = f_1, h_i = stack[c_{i-1}(h_{i-1}), f_i], and heads on them: Thesis Eq. 5.4, Eq. 5.5 and Eq. 5.6.

    d_main sees the whole picture, d_2, d_3 and d_4 every place of h_2, h_3 and h_4; each has an output a target domain.

    Args:
        channels: of f_1 .. f_4.
        domains: outputs of each head.
        seed: of the initial weights.
    Deviation: spectral norms in all learned layers, and an output a domain.
    """

    def __init__(self, *, channels: Sequence[int], domains: int, seed: int = 0):
        super().__init__()
        h = channels[0]
        stacked = [h]
        self.learned = nn.ModuleList()
        with seeded_layers(seed):
            for width, more in zip(LEARNED, channels[1:], strict=True):
                self.learned.append(_convolved(h, width))
                h = width + more
                stacked.append(h)
            self.heads = _heads(stacked[1:])
            self.output = _outputs(domains)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """f_1 .. f_4 -> logits of d_main (B, domains), and of d_2, d_3 and d_4 (B, domains, h, w)."""
        h = features[0]
        stacked = [h]
        for convolve, more in zip(self.learned, features[1:], strict=True):
            h = torch.cat([F.avg_pool2d(convolve(h), 2), more], dim=1)
            stacked.append(h)
        return _judged(self.heads, self.output, stacked[1:])


class PlainDiscriminator(nn.Module):
    """*DCGAN*, the peer of section 5.4.1: the same heads on learned features of the pixels themselves.

    Args:
        domains: outputs of each head.
        width: channels at half the size of the picture; they double with every halving.
        seed: of the initial weights.
    """

    def __init__(self, *, domains: int, width: int = 64, seed: int = 0):
        super().__init__()
        with seeded_layers(seed):
            self.learned = nn.ModuleList(
                nn.Sequential(spectral_norm(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(SLOPE))
                for before, after in ((3, width), (width, 2 * width), (2 * width, 4 * width))
            )
            self.heads = _heads([width, 2 * width, 4 * width])
            self.output = _outputs(domains)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [0, 1], H and W multiples of 8 -> logits as of the perceptual discriminator."""
        x = 2 * images - 1
        levels = []
        for convolve in self.learned:
            x = convolve(x)
            levels.append(x)
        return _judged(self.heads, self.output, levels)


PLACE = 32
"""Channels of d_j."""
GRID = 4
"""d_main sees averages over 4 x 4 parts of the picture, so that it takes pictures of any size."""


def _convolved(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(spectral_norm(nn.Conv2d(inputs, outputs, 3, padding=1)), nn.LeakyReLU(SLOPE))


def _heads(channels: Sequence[int]) -> nn.ModuleList:
    """Of d_main, on the last of the levels, and of d_j, on every one of them."""
    return nn.ModuleList([_convolved(channels[-1], 128), *(_convolved(one, PLACE) for one in channels)])


def _outputs(domains: int, levels: int = 3) -> nn.ModuleList:
    layers = [nn.Linear(128 * GRID**2, domains), *(nn.Conv2d(PLACE, domains, 1) for _ in range(levels))]
    return nn.ModuleList(spectral_norm(layer) for layer in layers)


def _judged(heads: nn.ModuleList, output: nn.ModuleList, levels: Sequence[Tensor]) -> list[Tensor]:
    whole = F.adaptive_avg_pool2d(heads[0](levels[-1]), GRID).flatten(1)
    places = zip(output[1:], heads[1:], levels, strict=True)
    return [output[0](whole), *(judge(head(level)) for judge, head, level in places)]


@dataclass(frozen=True)
class Change:
    """What a generator would change of pictures.

    Attributes:
        flow: (B, 2, H, W), how far to the right and down of each pixel its new value lies, in pixels.
        residual: (B, 3, H, W), what is added to it, in [-1, 1].
    """

    flow: Tensor
    residual: Tensor

    def applied(self, images: Tensor, strength: float = 1.0) -> Tensor:
        """y = warp(x, k flow) + k residual, of pictures (B, 3, H, W) in [0, 1], in [0, 1]; k is the strength."""
        return (warp(images, strength * self.flow) + strength * self.residual).clamp(0, 1)


class EditGenerator(nn.Module):
    """G of section 5.3.3.2 for edits: a picture and a target domain -> a change, at first none.

    Args:
        domains: target domains.
        widths: channels at a half, a quarter and an eighth of the picture's size.
        blocks: residual blocks.
        seed: of the initial weights.
    Deviation: it predicts a change instead of a picture. Its outputs start at zero, so that it starts as the identity;
    this takes the place of the pretraining as an autoencoder. There is no normalisation, so that a picture is edited
    alike alone and among others.
    """

    def __init__(self, *, domains: int, widths: Sequence[int] = (32, 64, 96), blocks: int = 5, seed: int = 0):
        super().__init__()
        half, quarter, eighth = widths
        self.domains = domains
        with seeded_layers(seed):
            self.input = _Padded(12 + domains, half)
            self.down = nn.ModuleList([_Padded(half, quarter, 4), _Padded(quarter, eighth, 4)])
            self.blocks = nn.ModuleList(_Block(eighth) for _ in range(blocks))
            self.up = nn.ModuleList([_Padded(eighth + quarter, quarter), _Padded(quarter + half, half)])
            self.fine = _Padded(half + 3, 16)
            self.output = nn.ModuleList([_Padded(half, 2), _Padded(16, 3)])
        for weight in self.output.parameters():
            nn.init.zeros_(weight)

    def forward(self, images: Tensor, targets: Tensor) -> Change:
        """(B, 3, H, W) RGB in [0, 1], H and W multiples of 8 from 16 on; targets (B, domains), one of them 1.

        Raises:
            ValueError: images or targets of another shape.
        """
        if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] % 8 or images.shape[3] % 8:
            raise ValueError(f"images must be (B, 3, H, W), H and W multiples of 8, got {tuple(images.shape)}")
        if targets.shape != (len(images), self.domains):
            raise ValueError(f"targets must be {(len(images), self.domains)}, got {tuple(targets.shape)}")
        x = 2 * images - 1
        small = F.pixel_unshuffle(x, 2)
        maps = targets[:, :, None, None].to(x.dtype).expand(-1, -1, *small.shape[-2:])
        half = _active(self.input(torch.cat([small, maps], dim=1)))
        quarter = _active(self.down[0](half))
        y = _active(self.down[1](quarter))
        for block in self.blocks:
            y = block(y)
        y = _active(self.up[0](torch.cat([_doubled(y), quarter], dim=1)))
        y = _active(self.up[1](torch.cat([_doubled(y), half], dim=1)))
        flow = FLOW_LIMIT * torch.tanh(self.output[0](y).float() / FLOW_LIMIT)
        flow = F.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=False)
        residual = self.output[1](_active(self.fine(torch.cat([_doubled(y), x.to(y.dtype)], dim=1))))
        return Change(flow, residual.float())


class _Padded(nn.Conv2d):
    """A convolution of 3x3, or one of 4x4 that halves, with mirrored borders."""

    def __init__(self, inputs: int, outputs: int, side: int = 3):
        super().__init__(inputs, outputs, side, 2 if side == 4 else 1)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(mirrored(x))


class _Block(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first, self.second = _Padded(channels, channels), _Padded(channels, channels)
        self.gain = nn.Parameter(torch.tensor(0.3))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gain * self.second(_active(self.first(x)))


def _active(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def warp(images: Tensor, flow: Tensor, *, mode: str = "bicubic") -> Tensor:
    """Every pixel's value taken from where the flow points; beyond the edges they are repeated.

    Args:
        images: (B, C, H, W).
        flow: (B, 2, H, W), to the right and down, in pixels.
        mode: "bicubic", or "bilinear" for what is smooth.
    """
    height, width = images.shape[-2:]
    down = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None]
    across = torch.arange(width, device=flow.device, dtype=flow.dtype)
    x = (2 * (across + flow[:, 0]) + 1) / width - 1
    y = (2 * (down + flow[:, 1]) + 1) / height - 1
    grid = torch.stack([x, y], dim=-1)
    return F.grid_sample(images, grid, mode=mode, padding_mode="border", align_corners=False)
