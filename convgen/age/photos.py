"""Colours for photographs of anything: the conditional AGE of section 4.3.2 with an eye for what things are.

Deviation: what is given is the lightness L and what SqueezeNet sees in it. Cars need no such help; of hundreds of
photographs alone a network cannot learn what is a lawn and what a table.
"""

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.age.color import COLOR_LATENTS, ColorAGE, ColorGenerator, from_lab, small, to_lab
from convgen.age.network import GROUP
from convgen.images import open_picture, to_tensor
from convgen.runtime import seeded_layers
from convgen.squeezenet import CHANNELS, SqueezeNet
from convgen.training.data import named_pictures, pictures_in, whole

LOOK = 160
"""Side at which SqueezeNet sees a picture, whatever its aspect."""
LARGEST = (1000.0, 300.0)
"""Activations of the two layers from which on they count as 1."""
SPREAD = (16, 9)
"""Side of the maps of the two layers, as they are kept."""
HELD_OUT_EVERY = 20
"""Every twentieth photograph is never trained on."""
CALM = 0
"""The seed whose colours are the calmest, which are shown first."""
VIEWS = 3
"""Of a photograph: the whole, and parts of it."""
SMALLEST_VIEW = 0.5
"""Sides of the smallest part, in those of the photograph."""


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

    def forward(self, z: Tensor, lightness: Tensor, *seen: Tensor) -> Tensor:
        """(B, latents), of unit length, (B, 1, 64, 64), and `looked_at` -> a and b, (B, 2, 64, 64) in [0, 1]."""
        x = self.begun(z, lightness)
        seen = [F.interpolate(maps, size=x.shape[2:], mode="bilinear", align_corners=False) for maps in seen]
        return self.ended(x + self.seen(torch.cat(seen, dim=1).to(x)))


class PhotoAGE(ColorAGE):
    """An encoder and a generator of colours of photographs, trained against each other.

    Args:
        width, blocks, latents, seed: as of `ColorAGE`.
    """

    def __init__(
        self,
        *,
        width: int = 24,
        blocks: int = 4,
        latents: int = COLOR_LATENTS,
        seed: int = 0,
    ):
        super().__init__(width=width, blocks=blocks, latents=latents, seed=seed)
        self.generator = PhotoGenerator(width=width, blocks=blocks, latents=latents, seed=seed)


class PhotoRegression(nn.Module):
    """The peer: the generator of `PhotoAGE` without a latent, which can give one answer only."""

    def __init__(self, *, width: int = 24, blocks: int = 4, seed: int = 0):
        super().__init__()
        self.generator = PhotoGenerator(width=width, blocks=blocks, latents=0, seed=seed)
        self.latents = 0


def split(files: list[Path], *, held_out: bool) -> list[Path]:
    """Every twentieth of the files, or all the others."""
    return [file for place, file in enumerate(files) if (place % HELD_OUT_EVERY == 0) == held_out]


def views_of(photo: Image.Image, count: int, draw: random.Random) -> Iterator[Image.Image]:
    """The whole photograph, then parts of it at random, every one squeezed into a square of `LOOK` pixels."""
    photo = photo.convert("RGB")
    for view in range(count):
        width, height = (side * (draw.uniform(SMALLEST_VIEW, 1) if view else 1) for side in photo.size)
        left, top = draw.uniform(0, photo.width - width), draw.uniform(0, photo.height - height)
        box = (left, top, left + width, top + height)
        yield photo.resize((LOOK, LOOK), Image.Resampling.BILINEAR, box=box)


def load_views(
    files: list[Path] | list[Image.Image], eyes: SqueezeNet, *, count: int = VIEWS, seed: int = 0
) -> list[Tensor]:
    """Views of photographs as the networks see them: a and b, L and `looked_at`, each (N, C, h, w) uint8 for [0, 1].

    Args:
        files: of the photographs, or these themselves.
        eyes: what they are looked at with.
        count: of views of each.
        seed: of what the views show.
    """
    parts: list[list[Tensor]] = []
    for place, file in enumerate(files):
        photo = open_picture(file) if isinstance(file, Path) else file
        views = torch.cat([to_tensor(view) for view in views_of(photo, count, random.Random(f"{seed} {place}"))])
        lab = to_lab(views)
        lightness = small(lab)[:, :1]
        found = [small(lab)[:, 1:], lightness, *looked_at(lab[:, :1], eyes)]
        parts.append([torch.from_numpy(np.rint(part.numpy() * 255).astype(np.uint8)) for part in found])
    return [torch.cat(part) for part in zip(*parts, strict=True)]


def files_of(folder: Path) -> list[Path]:
    """The pictures of a folder that can be read."""
    return whole(pictures_in(folder))


def some_of(source: Path, most: int) -> list[Image.Image]:
    """At most so many pictures of a folder or of a ZIP, spread evenly over their names.

    Raises:
        ValueError: there is none.
    """
    if source.is_file():
        with zipfile.ZipFile(source) as archive:
            names = sorted(archive.namelist())
    else:
        names = [path.name for path in pictures_in(source)]
    chosen = {names[place * len(names) // most] for place in range(most)} if len(names) > most else set(names)
    return [picture for _, picture in named_pictures(source, {Path(name).name for name in chosen})]
