"""Cars as the colour net sees them: Lab at 64 pixels, in memory."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from convgen.age.color import small, to_lab
from convgen.images import to_tensor
from convgen.training.data import labels_of, named_pictures

HELD_OUT_EVERY = 10
"""Every tenth car is never trained on."""


def load_cars(source: Path, labels: Path, *, held_out: bool) -> tuple[list[dict[str, str]], Tensor, Tensor]:
    """Cars: their rows of the table, a and b (N, 2, 64, 64) and L (N, 1, 64, 64), both uint8 for [0, 1].

    Args:
        source: a folder of pictures or of ZIPs, or a ZIP.
        labels: a table with a column file.
        held_out: every tenth car of the table, else all the others.
    Raises:
        ValueError: none of the pictures is in the table.
    """
    table = labels_of(labels)
    chosen = {name for place, name in enumerate(sorted(table)) if (place % HELD_OUT_EVERY == 0) == held_out}
    rows, cars = [], []
    for name, picture in named_pictures(source, chosen):
        rows.append(table[name])
        lab = to_lab(small(to_tensor(picture)))[0]
        cars.append(torch.from_numpy(np.rint(lab.numpy() * 255).astype(np.uint8)))
    lab = torch.stack(cars)
    return rows, lab[:, 1:], lab[:, :1]
