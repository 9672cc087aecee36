"""Faces as AGE sees them: the tight framing, and a data set of them in memory."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen.age.network import SIDE
from convgen.data import labels_of, named_pictures

TIGHT = 84 / 128
"""Side of the square that AGE sees, in sides of the square that CelebA pictures are cut to (its rows 20 to 198)."""
TRAINING, VALIDATION, HELD_OUT = "0", "1", "2"
"""CelebA's partition: no person is in two of them."""


def tight_crop(picture: Image.Image) -> Image.Image:
    """The middle of a face in CelebA's framing, at the size of the networks: RGB, 64 x 64."""
    side = TIGHT * min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    return picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box)


def load_faces(source: Path, labels: Path, *, partition: str) -> tuple[list[dict[str, str]], Tensor]:
    """The faces of a partition: their rows of the table, and (N, 3, 64, 64) uint8.

    Args:
        source: a folder of pictures or of ZIPs, or a ZIP, in CelebA's square framing.
        labels: a table with the columns file and partition.
    Raises:
        ValueError: none of the pictures is in the partition, or a column is missing.
    """
    found = labels_of(labels, columns=["partition"])
    table = {name: row for name, row in found.items() if row["partition"] == partition}
    rows, faces = [], []
    for name, picture in named_pictures(source, table):
        rows.append(table[name])
        faces.append(torch.from_numpy(np.array(tight_crop(picture))).permute(2, 0, 1))
    return rows, torch.stack(faces)
