"""Faces as AGE sees them: the tight framing, and a data set of them in memory."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen.age.network import SIDE
from convgen.training.data import labels_of, named_pictures

TIGHT = 84 / 128
"""Side of the square that AGE sees, in sides of the square that CelebA pictures are cut to (its rows 20 to 198)."""
WIDEST_MARGIN = int(SIDE * (1 / TIGHT - 1) / 2)
"""What CelebA's square shows around it, in pixels at the scale of the networks."""


def tight_crop(picture: Image.Image, *, margin: int = 0) -> Image.Image:
    """The middle of a face in CelebA's framing, at the scale of the networks: RGB, 64 pixels and the margins a side.

    Raises:
        ValueError: a margin that the picture does not have.
    """
    around = SIDE + 2 * margin
    side = TIGHT * min(picture.size) * around / SIDE
    if margin < 0 or side > min(picture.size):
        raise ValueError(f"margin must be 0 to {WIDEST_MARGIN} pixels, got {margin}")
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    return picture.convert("RGB").resize((around, around), Image.Resampling.LANCZOS, box=box)


def load_faces(source: Path, labels: Path, *, partition: str, margin: int = 0) -> tuple[list[dict[str, str]], Tensor]:
    """The faces of a partition: their rows of the table, and (N, 3, side, side) uint8, of 64 pixels and the margins.

    Args:
        source: a folder of pictures or of ZIPs, or a ZIP, in CelebA's square framing.
        labels: a table with the columns file and partition.
        margin: pixels around what the networks see, on each side.
    Raises:
        ValueError: none of the pictures is in the partition, a column is missing, or the margin is too large.
    """
    found = labels_of(labels, columns=["partition"])
    table = {name: row for name, row in found.items() if row["partition"] == partition}
    rows, faces = [], []
    for name, picture in named_pictures(source, table):
        rows.append(table[name])
        faces.append(torch.from_numpy(np.array(tight_crop(picture, margin=margin))).permute(2, 0, 1))
    return rows, torch.stack(faces)
