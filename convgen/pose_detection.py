"""Where in a photo people are: the first of the two steps of BlazePose (Bazarevsky et al., arXiv:2006.10204).

The detector sees faces and, of each, the middle of the hips and a point of a circle around the whole body.
"""

import math
from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen.pose_network import ANCHORS, DETECTOR_SIDE, STRIDES, load_detector
from convgen.pose_regions import Region, around, cut

OVERLAP = 0.3
"""Of two boxes of faces that share more of their union than this the likelier one is kept."""
MOST_ACROSS, MOST_CLOSER_ACROSS = 4, 5
"""The longer side of a photo has at most that many sides of a window."""
CLOSER, STEP = 0.6, 0.6
"""Sides of smaller windows in sides of a photo, and how far from each other they are, in their own sides."""


def views(size: tuple[int, int]) -> list[Region]:
    """Squares to look for people in: one around all of a photo, and along a long one smaller ones that overlap."""
    width, height = size
    long = max(size)
    short = max(min(size), long / MOST_ACROSS)
    squares = [Region(width / 2, height / 2, long)]
    if long > 1.3 * short:
        for place in np.linspace(short / 2, long - short / 2, math.ceil(2 * long / short) - 1).tolist():
            squares.append(Region(*((place, height / 2) if width > height else (width / 2, place)), short))
    return squares


def closer_views(size: tuple[int, int]) -> list[Region]:
    """Smaller squares all over a photo, for people farther away."""
    side = max(CLOSER * min(size), max(size) / MOST_CLOSER_ACROSS)
    across, down = (
        np.linspace(side / 2, length - side / 2, max(1, math.ceil((length - side) / (STEP * side)) + 1)).tolist()
        for length in size
    )
    return [Region(x, y, side) for y in down for x in across]


def detected(photo: Image.Image, squares: list[Region], *, least: float) -> list[Region]:
    """Squares around the people whom the detector sees in some squares of an RGB photo, the likeliest first.

    Args:
        least: what the detector must give, 0 to 1.
    """
    found: list[tuple[float, np.ndarray, Region]] = []
    with torch.no_grad():
        shown = torch.cat([cut(photo, view, side=DETECTOR_SIDE, outside="zeros") for view in squares])
        scores, boxes = load_detector()(shown.contiguous(memory_format=torch.channels_last))
    for view, score, box in zip(squares, scores.sigmoid(), boxes, strict=True):
        answers = _decoded(score, box, view, least)
        found += [(how_likely, face, around(*points)) for how_likely, face, points in answers]
    found.sort(key=lambda one: -one[0])
    kept: list[tuple[np.ndarray, Region]] = []
    for _, face, region in found:
        if all(_shared(face, other) < OVERLAP for other, _ in kept):
            kept.append((face, region))
    return [region for _, region in kept]


def _decoded(
    likelihoods: Tensor, maps: Tensor, view: Region, least: float
) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Of each person in a view: score, box of the face, and the middle and the rim of the circle (2, 2), in pixels of
    the photo; neighbouring answers to one person are averaged by their scores."""
    likely = likelihoods > least
    if not likely.any():
        return []
    scores, boxes = likelihoods[likely].numpy(), maps[likely].double().numpy()
    anchors = _anchors()[likely.numpy()]
    middles, half = boxes[:, :2] + anchors, boxes[:, 2:4] / 2
    corners = np.hstack([middles - half, middles + half])
    circles = boxes[:, 4:8] + np.tile(anchors, 2)
    people, order = [], np.argsort(-scores).tolist()
    while order:
        same = [one for one in order if _shared(corners[order[0]], corners[one]) > OVERLAP]
        best, order = order[0], [one for one in order if one not in same]
        share = scores[same] / scores[same].sum()
        places = np.hstack([share @ corners[same], share @ circles[same]]).reshape(4, 2) / DETECTOR_SIDE
        places = view.to_photo(places)
        face = np.concatenate([places[:2].min(0), places[:2].max(0)])
        people.append((float(scores[best]), face, places[2:]))
    return people


@lru_cache(maxsize=1)
def _anchors() -> np.ndarray:
    """(2254, 2): x and y of the centres of cells, in pixels."""
    centres = []
    for stride, count in zip(STRIDES, ANCHORS, strict=True):
        middle = (np.arange(DETECTOR_SIDE // stride) + 0.5) * stride
        grid = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, count, axis=0))
    return np.concatenate(centres)


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    """What two boxes share, in parts of their union."""
    sides = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    if (sides <= 0).any():
        return 0.0
    areas = [np.prod(box[2:] - box[:2]) for box in (first, second)]
    return float(np.prod(sides) / (sum(areas) - np.prod(sides)))
