"""Colours for photographs of anything: the conditional AGE of section 4.3.2 with an eye for what things are.

Deviation: what is given is the lightness L and what SqueezeNet sees in it. Cars need no such help; of hundreds of
photographs alone a network cannot learn what is a lawn and what a table.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.age.color import COLOR_LATENTS, ColorAGE, ColorGenerator, ColorPair, from_lab, guided, small
from convgen.age.edges import within_edges
from convgen.age.network import GROUP
from convgen.runtime import seeded_layers
from convgen.squeezenet import CHANNELS, SqueezeNet

LOOK = 160
"""Side at which SqueezeNet sees a picture, whatever its aspect."""
FINE = 192
"""Side at which colours are held within edges, whatever the aspect."""
LARGEST = (1000.0, 300.0)
"""Activations of the two layers from which on they count as 1."""
SPREAD = (16, 9)
"""Side of the maps of the two layers, as they are kept."""
CALM = 12
"""The seed whose colours are the calmest, which are shown first."""


@torch.no_grad()
def looked_at(lightness: Tensor, eyes: SqueezeNet) -> list[Tensor]:
    """What SqueezeNet sees in gray pictures: L (B, 1, H, W) in [0, 1] -> (B, C, s, s) in [0, 1] for each of `SPREAD`.

    Square roots, so that bytes hold weak and strong activations.
    """
    gray = from_lab(lightness, lightness.new_full((len(lightness), 2, *lightness.shape[2:]), 0.5))
    gray = F.interpolate(gray, size=(LOOK, LOOK), mode="bilinear", align_corners=False, antialias=True)
    found = []
    for features, largest, side in zip(eyes(gray), LARGEST, SPREAD, strict=True):
        features = F.interpolate(features, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
        found.append((features / largest).clamp(0, 1).sqrt())
    return found


class PhotoGenerator(ColorGenerator):
    """x = g(z | L), the generator of colours, with what SqueezeNet sees added at a quarter of the resolution.

    Attributes:
        eyes: what `given` looks with; training has looked before, and needs none.
    Args:
        dropout: share of the channels of what is seen that are left out in training.
        width, blocks, latents, seed: as of `ColorGenerator`.
    """

    def __init__(
        self,
        *,
        width: int = 24,
        blocks: int = 4,
        latents: int = COLOR_LATENTS,
        dropout: float = 0.2,
        seed: int = 0,
    ):
        super().__init__(width=width, blocks=blocks, latents=latents, seed=seed)
        self.eyes: SqueezeNet | None = None
        with seeded_layers(seed + 2):
            self.seen = nn.Sequential(
                nn.Dropout2d(dropout),
                nn.Conv2d(sum(CHANNELS.values()), 2 * width, 1, bias=False),
                nn.GroupNorm(2 * width // GROUP, 2 * width),
                nn.ReLU(inplace=True),
            )

    def given(self, lightness: Tensor) -> list[Tensor]:
        """What the networks take of a lightness (B, 1, H, W): it (B, 1, 64, 64), and `looked_at`.

        Raises:
            ValueError: there is nothing to look with.
        """
        if self.eyes is None:
            raise ValueError("the generator must have eyes, a SqueezeNet, to look at a picture")
        return [small(lightness), *looked_at(lightness, self.eyes)]

    def enlarged(self, colors: Tensor, lightness: Tensor) -> Tensor:
        """Colours (B, 2, 64, 64) at the size of the picture, evened out within edges in between: (B, 2, H, W)."""
        size = [min(side, FINE) for side in lightness.shape[-2:]]
        fine = F.interpolate(lightness, size=size, mode="bilinear", align_corners=False, antialias=True)
        colors = F.interpolate(colors, size=size, mode="bilinear", align_corners=False)
        return guided(within_edges(colors, fine), fine, lightness)

    def forward(self, z: Tensor, lightness: Tensor, *seen: Tensor) -> Tensor:
        """(B, latents), of unit length, (B, 1, 64, 64), and `looked_at` -> a and b, (B, 2, 64, 64) in [0, 1]."""
        x = self.begun(z, lightness)
        maps = [F.interpolate(part, size=x.shape[2:], mode="bilinear", align_corners=False) for part in seen]
        return self.ended(x + self.seen(torch.cat(maps, dim=1).to(x)))


class PhotoAGE(ColorAGE):
    """An encoder and a generator of colours of photographs, trained against each other.

    Args:
        saturation: of what is shown, see `ColorGenerator`.
        width, blocks, latents, seed: as of `ColorAGE`.
    """

    def __init__(
        self,
        *,
        width: int = 24,
        blocks: int = 4,
        latents: int = COLOR_LATENTS,
        saturation: float = 1.0,
        seed: int = 0,
    ):
        super().__init__(width=width, blocks=blocks, latents=latents, seed=seed)
        self.generator = PhotoGenerator(width=width, blocks=blocks, latents=latents, seed=seed)
        self.generator.saturation = saturation


class PhotoRegression(ColorPair):
    """The peer: the generator of `PhotoAGE` without a latent, which can give one answer only."""

    def __init__(self, *, width: int = 24, blocks: int = 4, seed: int = 0):
        super().__init__()
        self.generator = PhotoGenerator(width=width, blocks=blocks, latents=0, seed=seed)
        self.latents = 0
