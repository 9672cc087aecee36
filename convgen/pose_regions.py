"""Squares of a photo, turned so that a person is upright in them: what the networks of BlazePose look at."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from convgen import images

MARGIN = 1.25
"""Side of the square around a person, in diameters of the circle around the body."""


@dataclass(frozen=True)
class Region:
    """A square of a photo that may be turned and reach over its edges.

    Attributes:
        x, y: its middle, in pixels of the photo.
        side: in pixels of the photo.
        angle: from the photo's up to the square's up, clockwise, in radians.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    @property
    def matrix(self) -> np.ndarray:
        """(2, 3): x, y, 1 in the square, from 0 to 1 each, -> x, y in pixels of the photo."""
        turn = self.side * turn_by(self.angle)
        return np.column_stack([turn, np.array([self.x, self.y]) - turn @ [0.5, 0.5]])

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) in the square, from 0 to 1 -> in pixels of the photo."""
        matrix = self.matrix
        return points @ matrix[:, :2].T + matrix[:, 2]


def around(middle: np.ndarray, rim: np.ndarray) -> Region:
    """The square around a body: the middle of its hips and a point of its circle, above its head, (2,) each."""
    across, down = rim - middle
    side = max(2.0, 2 * MARGIN * math.hypot(across, down))
    x, y = middle.tolist()
    return Region(x, y, side, math.atan2(across, -down))


def cut(photo: Image.Image, region: Region, *, side: int, outside: str) -> Tensor:
    """A region of an RGB photo as a picture, (1, 3, side, side) in [0, 1].

    Args:
        outside: what is there outside of the photo: "zeros" (black) or "border" (its edge, repeated).
    """
    # Only what is needed of a large photo, reduced first where it is: sampling does not average.
    corners = region.to_photo(np.array([[0, 0], [1, 0], [0, 1], [1, 1]]))
    limits = np.array(photo.size) - 1
    low = np.clip(np.floor(corners.min(0)) - 2, 0, limits).astype(int)
    high = np.clip(np.ceil(corners.max(0)) + 2, low + 1, limits + 1).astype(int)
    coarse = max(1, int(region.side / side))
    part = photo.reduce(coarse, box=(*low.tolist(), *high.tolist()))
    matrix = region.matrix
    matrix[:, 2] -= low
    matrix /= coarse
    # From the square as grid_sample counts, -1 to 1, to the part as it counts.
    theta = np.column_stack([matrix[:, :2], 2 * matrix[:, 2] + matrix[:, :2].sum(1)]) / [[part.width], [part.height]]
    theta[:, 2] -= 1
    grid = F.affine_grid(torch.from_numpy(theta).float()[None], [1, 3, side, side], align_corners=False)
    return F.grid_sample(images.to_tensor(part), grid, padding_mode=outside, align_corners=False)


def turn_by(angle: float) -> np.ndarray:
    """(2, 2): a clockwise turn of x, y, where y goes down, in radians."""
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
