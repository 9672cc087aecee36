"""StyleNet: a photo and noise in, the photo in the style of one painting out (thesis sections 2.3.3 and 3.4).

Ulyanov et al., Texture Networks, arXiv:1603.03417; Improved Texture Networks, arXiv:1701.02096.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import layers, multi_scale
from convgen.runtime import seeded_generator, seeded_layers

NOISE_MAPS = 1
MARGIN = 8
Noise = list[Tensor]
"""The noise maps z_i, coarse to fine."""


class StyleNet(nn.Module):
    """The multi-scale generator x = g(y, z_1, ..., z_K) of section 2.3.3.1: photo and noise enter from coarse to fine.

    Args:
        widths: channels at each scale, coarse to fine, and at last at full resolution; `scales` + 1 numbers.
        depths: 3x3 convolutions at each scale.
        photo_widths: channels made of the photo and the noise that enter at each scale up to a quarter; `scales` - 1.
        noise_width: channels made of the noise that enters at half the resolution.
        scales: K, halvings of the photo, at least 2.
        normalisation: "instance" (Eq. 3.12) or "batch" (Eq. 3.13).
        seed: of the initial weights.
    Attributes:
        multiple: the sides of photos must be multiples of this.
        arguments: those above, without the seed.
    Raises:
        ValueError: unknown normalisation, or widths or depths of another number.
    Deviation: that of `multi_scale`; one noise map a scale. The photo enters up to a quarter of the resolution, there
    with all its pixels as channels: where it enters at finer scales, its grain shows through the strokes.
    """

    def __init__(
        self,
        *,
        widths: Sequence[int] = (48, 64, 48, 24, 8),
        depths: Sequence[int] = (3, 3, 3, 2, 1),
        photo_widths: Sequence[int] = (16, 16, 24),
        noise_width: int = 8,
        scales: int = 4,
        normalisation: str = "instance",
        seed: int = 0,
    ):
        super().__init__()
        self.arguments = {
            "widths": list(widths),
            "depths": list(depths),
            "photo_widths": list(photo_widths),
            "noise_width": noise_width,
            "scales": scales,
            "normalisation": normalisation,
        }
        for name, given, wanted in (
            ("widths", widths, scales + 1),
            ("depths", depths, scales + 1),
            ("photo_widths", photo_widths, scales - 1),
        ):
            if len(given) != wanted:
                raise ValueError(f"{name} must be {wanted} numbers, got {len(given)}")
        self.scales, self.multiple = scales, 2**scales
        maps = (*[3 + NOISE_MAPS] * (scales - 2), 3 * 16 + NOISE_MAPS, NOISE_MAPS)
        entering = (*photo_widths, noise_width)
        padded = layers.mirrored
        with seeded_layers(seed):
            self.entrances = multi_scale.entrances(maps, entering, normalisation, padded=padded)
            self.blocks = multi_scale.blocks(
                (*entering, 0), widths, depths, normalisation, handed=widths, padded=padded
            )
            self.output = layers.PaddedConvolution(widths[-1], 3, padded=padded)

    def noise(self, generator: torch.Generator, *, size: tuple[int, int], batch: int = 1) -> Noise:
        """The noise maps z_i for photos of a size, from 1/2^K to 1/2 of it: see `convgen.multi_scale.noise`.

        Args:
            size: (H, W), multiples of `multiple`.
        """
        half = (size[0] // 2, size[1] // 2)
        return multi_scale.noise(NOISE_MAPS, self.scales, generator, size=half, batch=batch)

    def forward(self, photos: Tensor, noise: Noise) -> Tensor:
        """Stylized pictures.

        Args:
            photos: (B, 3, H, W) RGB in [0, 1], H and W multiples of `multiple`, at least two of them.
            noise: as `noise` gives it, already multiplied by k (Fig. 2.5).
        Returns:
            (B, 3, H, W) in [0, 1].
        """
        photos = photos - 0.5
        smaller = F.avg_pool2d(photos, 4)
        entering = [F.pixel_unshuffle(photos, 4)]
        for _ in range(self.scales - 2):
            smaller = F.avg_pool2d(smaller, 2)
            entering.insert(0, smaller)
        *coarse, finest = (maps.to(photos.dtype) for maps in noise)
        maps = [torch.cat(pair, dim=1) for pair in zip(entering, coarse, strict=True)]
        maps = [one.contiguous(memory_format=torch.channels_last) for one in (*maps, finest)]
        return torch.sigmoid(self.output(multi_scale.features(self.entrances, self.blocks, maps)))


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
    tall, wide = multi_scale.made_size((height + 2 * MARGIN, width + 2 * MARGIN), net.multiple)
    top, left = (tall - height) // 2, (wide - width) // 2
    x = _reflect(photo, (left, wide - width - left, top, tall - height - top))
    noise = net.noise(seeded_generator(seed), size=(tall, wide))
    weight = net.output.weight
    x = net(x.to(weight), [noise_scale * maps.to(weight) for maps in noise]).float()
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
