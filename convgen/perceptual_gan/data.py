"""Pairs to train edits on: pictures of two domains that agree in what is not edited."""

import random
from collections.abc import Hashable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen.images import open_picture
from convgen.perceptual_gan.attributes import FRUIT, SQUARE, Attribute, Window
from convgen.training.data import labels_of, named_pictures, pictures_in

JITTER = 4
"""Pixels of the network by which a window is moved at most, as face finders do."""


class Pairs:
    """Batches of pairs from two different domains that agree in their strata; batch i is always the same.

    Args:
        pictures: (N, 3, S, S) uint8, with `margin` pixels around what the networks see.
        domains: of each picture.
        strata: of each picture: what the two of a pair have in common, where both domains have it.
        batch: pictures of a batch, an even number.
        margin: pixels by which a picture may be moved along each axis.
        zoom: above 1, a random part of a picture is shown instead, at least this share of its side, and turned by any
            quarter: for data that are few, and things that are small or large.
        seed: of the draws.
    Raises:
        ValueError: a batch that is odd, or fewer than two domains.
    """

    def __init__(
        self,
        pictures: Tensor,
        domains: Sequence[int],
        strata: Sequence[Hashable],
        *,
        batch: int = 8,
        margin: int = JITTER,
        zoom: float = 1.0,
        seed: int = 0,
    ):
        if batch < 2 or batch % 2:
            raise ValueError(f"batch must be an even number from 2 on, got {batch}")
        if len(set(domains)) < 2:
            raise ValueError(f"there must be pictures of at least two domains, got {sorted(set(domains))}")
        self.pictures, self.domains, self.strata = pictures, list(domains), list(strata)
        self.batch, self.margin, self.zoom, self.seed = batch, margin, zoom, seed
        self.members: dict[int, list[int]] = {}
        self.alike: dict[tuple[int, Hashable], list[int]] = {}
        for place, (domain, stratum) in enumerate(zip(self.domains, self.strata, strict=True)):
            self.members.setdefault(domain, []).append(place)
            self.alike.setdefault((domain, stratum), []).append(place)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, 3, s, s) float32 in [0, 1]; their domains (batch,); the domains they are to be brought to."""
        draw = random.Random(f"{self.seed} {index}")
        rows, targets = [], []
        for _ in range(self.batch // 2):
            one, other = draw.sample(sorted(self.members), 2)
            first = draw.choice(self.members[one])
            second = draw.choice(self.alike.get((other, self.strata[first]), self.members[other]))
            rows += [first, second]
            targets += [other, one]
        shown = torch.stack([self._seen(self.pictures[row], draw) for row in rows])
        return shown, torch.tensor([self.domains[row] for row in rows]), torch.tensor(targets)

    def _seen(self, picture: Tensor, draw: random.Random) -> Tensor:
        side = picture.shape[-1] - 2 * self.margin
        x = picture.float() / 255
        if self.zoom > 1:
            part = round(x.shape[-1] / draw.uniform(1, self.zoom))
            top, left = (draw.randint(0, x.shape[-1] - part) for _ in range(2))
            x = x[None, :, top : top + part, left : left + part]
            x = torch.nn.functional.interpolate(x, (side, side), mode="bilinear", antialias=True)[0]
            x = x.rot90(draw.randint(-1, 1), (1, 2))
        else:
            top, left = draw.randint(0, 2 * self.margin), draw.randint(0, 2 * self.margin)
            x = x[:, top : top + side, left : left + side]
        return x.flip(-1) if draw.random() < 0.5 else x


def seen_by(picture: Image.Image, window: Window, *, margin: int = 0) -> Tensor:
    """A face in CelebA's square framing as the network of a window sees it: (3, s, s) uint8, s = pixels + 2 margins.

    What a margin shows beyond the picture is its mirror image.
    """
    scale = min(picture.size) / SQUARE
    around = margin * window.side / window.pixels
    edge = round(around * scale)
    padded = np.pad(np.asarray(picture.convert("RGB")), ((edge, edge), (edge, edge), (0, 0)), mode="reflect")
    left, top = window.left * scale, window.top * scale
    side = window.side * scale + 2 * edge
    box = (left, top, left + side, top + side)
    size = window.pixels + 2 * margin
    small = Image.fromarray(padded).resize((size, size), Image.Resampling.LANCZOS, box=box)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1)


def load_labelled(
    source: Path,
    labels: Path,
    attribute: Attribute | None,
    window: Window,
    *,
    partition: str,
    margin: int = JITTER,
    most: int | None = None,
) -> tuple[list[dict[str, str]], Tensor]:
    """The faces of a partition: their rows of the table, and what a network sees of them.

    Args:
        source: a folder of pictures or of ZIPs, or a ZIP, in CelebA's square framing.
        labels: a table with the columns file and partition, and those of the attribute.
        attribute: only faces of one of its domains; None takes all.
        window: what the network sees.
        partition: "0" to train on, "1" to choose by, "2" to measure on.
        margin: pixels around it, on each side.
        most: how many are read.
    Returns:
        rows, and (N, 3, s, s) uint8.
    Raises:
        ValueError: none of the pictures is in the partition, or a column is missing.
    """
    found = labels_of(labels, columns=["partition", *sorted(attribute.columns if attribute else ())])
    table = {
        name: row
        for name, row in found.items()
        if row["partition"] == partition and (attribute is None or attribute.domain(row) is not None)
    }
    rows, faces = [], []
    for name, picture in islice(named_pictures(source, table), most):
        rows.append(table[name])
        faces.append(seen_by(picture, window, margin=margin))
    return rows, torch.stack(faces)


def load_fruit(folder: Path, *, side: int, part: str = "train") -> tuple[list[int], Tensor]:
    """Apples and oranges, folders trainA and trainB or testA and testB: their domains, and (N, 3, side, side) uint8.

    Raises:
        ValueError: a folder without pictures.
    """
    domains, pictures = [], []
    for domain, letter in enumerate("AB"[: len(FRUIT)]):
        for path in pictures_in(folder / f"{part}{letter}"):
            small = open_picture(path).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
            domains.append(domain)
            pictures.append(torch.from_numpy(np.array(small)).permute(2, 0, 1))
    return domains, torch.stack(pictures)
