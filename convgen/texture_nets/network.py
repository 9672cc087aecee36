"""TextureNetV1 and TextureNetV2: noise in, a texture out (thesis sections 2.3.2.1 and 3.5.1.1).

Ulyanov et al., Texture Networks, arXiv:1603.03417; Improved Texture Networks, arXiv:1701.02096.
Every convolution is circular and every enlargement wraps around, so a sample can be laid beside itself without a seam.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import layers, multi_scale
from convgen.runtime import seeded_generator, seeded_layers

NOISE_MAPS = 3
NOISE_LENGTH = 256
Noise = list[Tensor]
"""What a net makes a texture of: the noise maps of V1, coarse to fine, or the one noise vector of V2."""


class TextureNetV1(nn.Module):
    """The multi-scale generator x = g(z_1, ..., z_K) of section 2.3.2.1: any size, made from noise at every scale.

    Args:
        widths: channels at each scale, coarse to fine, and at last at full resolution; `scales` + 1 numbers. For the
            faithful net, one number: the channels that every scale adds.
        depths: 3x3 convolutions at each scale of the slim net, coarse to fine, and at full resolution; the faithful
            one always has three, the last of them 1x1.
        noise_width: channels that the slim net makes of the noise maps of a scale below full resolution.
        drawn_width: channels that the slim net hands from half to full resolution, where each costs most.
        scales: K.
        normalisation: "instance" (Eq. 3.12) or "batch" (Eq. 3.13).
        whitening: what a scale of the slim net hands on to a finer one is whitened, see `multi_scale.blocks`, and the
            noise that enters below full resolution has a flat spectrum, see `layers.flat_spectrum`. A sample's
            statistics then depend less on its noise.
        faithful: the network of the thesis. Each noise map goes through a block of 3x3, 3x3 and 1x1 convolutions, is
            normalised and joined to what comes from the scale below, and another block follows: 8 to 40 channels,
            nearest upsampling, and an image by 1x1 filters.
        seed: of the initial weights.
    Attributes:
        arguments: keyword arguments that build it again, but for the seed.
        multiple: the sides that it makes by itself are multiples of this.
    Raises:
        ValueError: unknown normalisation, or widths or depths of another number.
    Deviation: the slim default is that of `multi_scale`, with whitening. The finest noise is at full resolution, as in
    the authors' code, so the slim net takes noise at K + 1 scales. Both take three noise maps a scale.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] | None = None,
        depths: Sequence[int] = (3, 3, 3, 3, 3, 1),
        noise_width: int = 8,
        drawn_width: int = 16,
        scales: int = 5,
        normalisation: str = "instance",
        whitening: bool = True,
        faithful: bool = False,
        seed: int = 0,
    ):
        super().__init__()
        whitening = whitening and not faithful
        widths = tuple(widths or ((8,) if faithful else (16, 24, 32, 32, 32, 8)))
        if len(widths) != (1 if faithful else scales + 1):
            raise ValueError(f"widths must be {1 if faithful else scales + 1} numbers, got {len(widths)}")
        if not faithful and len(depths) != scales + 1:
            raise ValueError(f"depths must be {scales + 1} numbers, got {len(depths)}")
        self.arguments = {
            "widths": list(widths),
            "depths": list(depths),
            "noise_width": noise_width,
            "drawn_width": drawn_width,
            "scales": scales,
            "normalisation": normalisation,
            "whitening": whitening,
            "faithful": faithful,
        }
        self.faithful, self.scales, self.whitening = faithful, scales, whitening
        self.multiple = 2 ** (scales - 1 if faithful else scales)
        with seeded_layers(seed):
            if faithful:
                step = widths[0]
                self.noise_blocks = nn.ModuleList(_block(NOISE_MAPS, step, normalisation) for _ in range(scales))
                self.blocks = nn.ModuleList(
                    _block(step * place, step * place, normalisation) for place in range(2, scales + 1)
                )
                self.joins = nn.ModuleList(
                    layers.normalisation(normalisation, step * place) for place in range(2, scales + 1)
                )
                self.output = nn.Conv2d(step * scales, 3, 1)
            else:
                entering = [noise_width] * scales
                handed = (*widths[: scales - 1], drawn_width, widths[-1])
                padded = layers.wrapped
                self.noise_blocks = multi_scale.entrances([NOISE_MAPS] * scales, entering, normalisation, padded=padded)
                entering.append(NOISE_MAPS)
                self.blocks = multi_scale.blocks(
                    entering, widths, depths, normalisation, handed=handed, whitening=whitening, padded=padded
                )
                self.output = layers.PaddedConvolution(widths[-1], 3, padded=padded)

    def noise(self, generator: torch.Generator, *, size: tuple[int, int], batch: int = 1) -> Noise:
        """The noise maps z_i, coarse to fine, (batch, 3, H / 2^i, W / 2^i) each, in [-1, 1], float32 on the CPU.

        Args:
            size: (H, W), multiples of `multiple`.
        """
        scales = self.scales if self.faithful else self.scales + 1
        return multi_scale.noise(NOISE_MAPS, scales, generator, size=size, batch=batch)

    def forward(self, noise: Noise) -> Tensor:
        """Textures: noise maps as `noise` gives them -> (B, 3, H, W) in [0, 1]."""
        x = self._faithful(noise) if self.faithful else self._slim(noise)
        return torch.sigmoid(self.output(x))

    def _slim(self, noise: Noise) -> Tensor:
        if self.whitening:
            *coarse, finest = noise
            noise = [*(layers.flat_spectrum(maps).to(finest) for maps in coarse), finest]
        return multi_scale.features(self.noise_blocks, self.blocks, noise)

    def _faithful(self, noise: Noise) -> Tensor:
        x = self.noise_blocks[0](noise[0])
        stages = zip(self.blocks, self.noise_blocks[1:], self.joins, noise[1:], strict=True)
        for stage, noise_stage, join, maps in stages:
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = stage(join(torch.cat([x, noise_stage(maps)], dim=1)))
        return x


class TextureNetV2(nn.Module):
    """The generator x = g(z) of section 3.5.1.1: a noise vector, two fully connected layers, 4x4, enlarged in steps.

    Args:
        widths: channels at 4x4 and at each enlargement, so the picture has 4 * 2^(len(widths) - 1) pixels a side.
        hidden: width of the first fully connected layer.
        normalisation: "instance" (Eq. 3.12) or "batch" (Eq. 3.13).
        seed: of the initial weights.
    Attributes:
        arguments: keyword arguments that build it again, but for the seed.
        size: side of the picture in pixels; it makes no other.
    Raises:
        ValueError: unknown normalisation.
    Deviation: bilinear enlargement and two convolutions instead of a fractionally strided one, whose checkerboard the
    texture shows.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] = (48, 48, 48, 40, 28, 16),
        hidden: int = 128,
        normalisation: str = "instance",
        seed: int = 0,
    ):
        super().__init__()
        self.arguments = {"widths": list(widths), "hidden": hidden, "normalisation": normalisation}
        self.widths = tuple(widths)
        self.size: int = 4 * 2 ** (len(widths) - 1)
        self.multiple = self.size
        with seeded_layers(seed):
            self.layout = nn.Sequential(
                nn.Linear(NOISE_LENGTH, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, 16 * widths[0])
            )
            self.blocks = nn.ModuleList(
                layers.EnlargingBlock(before, width, 2, normalisation, padded=layers.wrapped)
                for before, width in pairwise(widths)
            )
            self.output = layers.PaddedConvolution(widths[-1], 3, padded=layers.wrapped)

    def noise(self, generator: torch.Generator, *, size: tuple[int, int] | None = None, batch: int = 1) -> Noise:
        """The noise vectors z ~ N(0, I): one tensor (batch, 256), float32 on the CPU.

        Raises:
            ValueError: a size that this net cannot make.
        """
        if size not in (None, (self.size, self.size)):
            raise ValueError(f"size must be {self.size}, the only one of TextureNetV2, got {size[1]} x {size[0]}")
        return [torch.randn(batch, NOISE_LENGTH, generator=generator)]

    def forward(self, noise: Noise) -> Tensor:
        """Textures: [(B, 256)] -> (B, 3, size, size) in [0, 1]."""
        x = self.layout(noise[0]).unflatten(1, (self.widths[0], 4, 4)).relu()
        for stage in self.blocks:
            x = stage(x)
        return torch.sigmoid(self.output(x))


def _block(inputs: int, outputs: int, kind: str) -> nn.Sequential:
    """The block of section 2.3.2.1: 3x3, 3x3 and 1x1 convolutions, each normalised and followed by a ReLU."""
    last = (nn.Conv2d(outputs, outputs, 1, bias=False), layers.normalisation(kind, outputs), nn.ReLU(inplace=True))
    return nn.Sequential(*layers.chain((inputs, outputs, outputs), kind, padded=layers.wrapped), nn.Sequential(*last))


TextureNet = TextureNetV1 | TextureNetV2
NETWORKS = {"v1": TextureNetV1, "v2": TextureNetV2}


@torch.no_grad()
def sample(net: TextureNet, *, seed: int = 0, size: tuple[int, int] | int | None = None) -> Tensor:
    """A texture from noise of a seed.

    Args:
        size: (H, W) or one side, from 1 pixel on for V1; None is the net's own size, 256 for V1.
    Returns:
        (1, 3, H, W) float32 in [0, 1] on the net's device. It tiles where H and W are multiples of `net.multiple`, at
        least two of them; other sizes are cut out of the next such.
    Raises:
        ValueError: a size below 1, or one that TextureNetV2 cannot make.
    """
    size = _sides(net, size)
    return _drawn(net, net.noise(seeded_generator(seed), size=_built(net, size)), size)


@torch.no_grad()
def sample_between(
    net: TextureNet, *, seeds: tuple[int, int], at: float, size: tuple[int, int] | int | None = None
) -> Tensor:
    """A texture from noise between that of two seeds, `at` = 0 .. 1 of the way; the arguments are those of `sample`.

    The way is an arc, so that the noise keeps its spread.
    """
    size = _sides(net, size)
    ends = [net.noise(seeded_generator(seed), size=_built(net, size)) for seed in seeds]
    first, second = math.cos(at * math.pi / 2), math.sin(at * math.pi / 2)
    return _drawn(net, [first * a + second * b for a, b in zip(*ends, strict=True)], size)


def _sides(net: TextureNet, size: tuple[int, int] | int | None) -> tuple[int, int]:
    if size is None:
        size = net.size if isinstance(net, TextureNetV2) else 256
    height, width = size if isinstance(size, tuple) else (size, size)
    if min(height, width) < 1:
        raise ValueError(f"size must be at least 1 pixel a side, got {width} x {height}")
    return height, width


def _built(net: TextureNet, size: tuple[int, int]) -> tuple[int, int]:
    """The size to be made, of which `size` is a part."""
    if isinstance(net, TextureNetV2):
        return size
    return multi_scale.made_size(size, net.multiple)


def _drawn(net: TextureNet, noise: Noise, size: tuple[int, int]) -> Tensor:
    weight = net.output.weight
    return net([maps.to(weight) for maps in noise]).float()[..., : size[0], : size[1]].contiguous()
