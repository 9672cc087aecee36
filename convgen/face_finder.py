"""Faces in a photo, found offline, and brought to the framing in which networks of faces were trained.

BlazeFace: Bazarevsky et al., Sub-millisecond Neural Face Detection on Mobile GPUs, arXiv:1907.05047; the weights of its
short range are Google's, see weights/README.md.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import images, weights
from convgen.runtime import channels_last

ROW = "blazeface-short"
SIDE = 128
ROUGH, FINE = 2, 6
"""Anchors of a cell of the maps of 16 x 16 and of 8 x 8."""
LEAST_SCORE, SURE = 0.6, 0.75
"""What each of two looks at a face must give, and what one of them must."""
OVERLAP = 0.3
"""Of two boxes that share more of their union than this the better one is kept."""
LONGEST_SIDE = 1280
CLOSER = 2.2
"""Side of the window of the second look at a face, in sides of its box."""
BATCH = 16
WINDOWS = (640, 320)
"""Sides of the windows in which smaller faces are looked for, in pixels of the reduced photo."""
BESIDE = 1.5
"""Beside a large face, smaller windows than this many of its sides are not looked into: who is that far away is no
subject of the photo."""
POINTS = ("right eye", "left eye", "nose", "mouth", "right ear", "left ear")
CELEBA = ((0.388, 0.524), (0.610, 0.524), (0.496, 0.658), (0.498, 0.767))
"""Where the eyes, the nose and the mouth lie on average in CelebA's aligned faces (rows 20 to 198), in sides of the
square: means of what this finder says of them."""


class FaceNet(nn.Module):
    """BlazeFace for faces near the camera: a picture -> how likely and where there is a face at each anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Conv2d(3, 24, 5, 2)
        channels = (24, 24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88, 96, 96, 96, 96, 96)
        halves = (3, 6, 12)
        self.blocks = nn.ModuleList(
            Block(channels[place - 1], channels[place], 2 if place in halves else 1)
            for place in range(1, len(channels))
        )
        self.rough_score, self.rough_box = nn.Conv2d(88, ROUGH, 1), nn.Conv2d(88, 16 * ROUGH, 1)
        self.fine_score, self.fine_box = nn.Conv2d(96, FINE, 1), nn.Conv2d(96, 16 * FINE, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 128, 128) in [0, 1] -> logits (B, 896), and (B, 896, 16): x, y, width, height and six points of each
        box in pixels, x and y from the centre of its cell."""
        x = rough = F.relu(self.input(F.pad(2 * pictures - 1, (1, 2, 1, 2))))
        for place, block in enumerate(self.blocks):
            x = block(x)
            if place == 10:
                rough = x

        def rows(maps: Tensor, width: int) -> Tensor:
            return maps.permute(0, 2, 3, 1).reshape(len(maps), -1, width)

        scores = torch.cat([rows(self.rough_score(rough), 1), rows(self.fine_score(x), 1)], dim=1)
        boxes = torch.cat([rows(self.rough_box(rough), 16), rows(self.fine_box(x), 16)], dim=1)
        return scores[..., 0], boxes


class Block(nn.Module):
    """A convolution of each channel and one across them, beside the input."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.stride, self.more = stride, outputs - inputs
        self.each = nn.Conv2d(inputs, inputs, 3, stride, groups=inputs)
        self.across = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        left = 1 if self.stride == 1 else 0
        y = self.across(self.each(F.pad(x, (left, 1, left, 1))))
        if self.stride == 2:
            x = F.max_pool2d(x, 2)
        return F.relu(y + F.pad(x, (0, 0, 0, 0, 0, self.more)))


@dataclass(frozen=True)
class Face:
    """A face in a photo, in pixels of it.

    Attributes:
        box: left, top, right, bottom.
        points: x and y of each of `POINTS`.
        score: how likely it is one, 0 to 1.
    """

    box: tuple[float, float, float, float]
    points: tuple[tuple[float, float], ...]
    score: float

    @property
    def side(self) -> float:
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    def scaled(self, by: float) -> "Face":
        """The same face in a picture that is so many times as large."""
        points = tuple((x * by, y * by) for x, y in self.points)
        left, top, right, bottom = (value * by for value in self.box)
        return Face((left, top, right, bottom), points, self.score)

    @property
    def turned(self) -> float:
        """How far it is turned to a side: 0 from the front, about 1 in profile."""
        (right, _), (left, _), (nose, _) = self.points[:3]
        middle, half = (right + left) / 2, max(abs(left - right) / 2, 1e-3 * self.side, 1e-6)
        return min(abs(nose - middle) / half, 2.0)


NOTHING = Face((0, 0, 0, 0), (), 0)


@lru_cache(maxsize=1)
def load_face_net() -> FaceNet:
    """The finder's network, in evaluation mode, on the CPU.

    Raises:
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    return channels_last(weights.load_into(FaceNet(), ROW).eval().requires_grad_(False))


def find_faces(picture: Image.Image, *, most: int = 12) -> list[Face]:
    """The faces in a photo, the largest first.

    Args:
        picture: any PIL image; transparency counts as white.
        most: how many are given.
    """
    photo = images.on_white(picture).convert("RGB")
    scale = min(1.0, LONGEST_SIDE / max(photo.size))
    width, height = (max(1, int(n * scale)) for n in photo.size)
    small = photo.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    whole, *parts = _windows(small.size)
    found = _in_windows(small, [whole, *(part for part in parts if part[2] == min(small.size))])
    large = BESIDE * max((face.side for face in found), default=0)
    found += _in_windows(small, [part for part in parts if large <= part[2] < min(small.size)])
    kept = _apart(found)[: 4 * most]
    # A second look at each of them, in a window around it alone, says better where eyes and mouth are.
    closer = [_around(face) for face in kept]
    looked = _apart(_in_windows(small, closer)) if kept else []
    better = [max(looked, key=lambda one: _shared(one.box, face.box), default=NOTHING) for face in kept]
    faces = [
        replace(new, score=max(face.score, new.score)).scaled(photo.width / small.width)
        for face, new in zip(kept, better, strict=True)
        if _shared(new.box, face.box) > OVERLAP
    ]
    return sorted((face for face in _apart(faces) if face.score > SURE), key=lambda face: -face.side)[:most]


def _in_windows(picture: Image.Image, windows: list[tuple[int, int, int]]) -> list[Face]:
    """What the network sees in parts of a picture, in pixels of it; one face may come several times."""
    net, found = load_face_net(), []
    for place in range(0, len(windows), BATCH):
        some = windows[place : place + BATCH]
        with torch.no_grad():
            shown = torch.cat([_window(picture, window) for window in some])
            scores, boxes = net(shown.contiguous(memory_format=torch.channels_last))
        for window, score, box in zip(some, scores.sigmoid(), boxes, strict=True):
            found += _decoded(score, box, window)
    return found


def _apart(found: list[Face]) -> list[Face]:
    """The likeliest of each that share much of their boxes."""
    kept: list[Face] = []
    for face in sorted(found, key=lambda face: -face.score):
        if all(_shared(face.box, other.box) < OVERLAP for other in kept):
            kept.append(face)
    return kept


def _around(face: Face) -> tuple[int, int, int]:
    left, top, right, bottom = face.box
    side = max(2, round(CLOSER * face.side))
    return round((left + right - side) / 2), round((top + bottom - side) / 2), side


def square_to_photo(face: Face, *, side: int = SIDE) -> np.ndarray:
    """Where CelebA's square of a face lies in its photo: the similarity that takes points of one to the other.

    Args:
        side: of the square in pixels.
    Returns:
        (2, 3) float64: x, y in the square, from 0 to `side`, -> x, y in pixels of the photo, from its corner.
    """
    matrix = _similarity(np.array(CELEBA) * side, np.array(face.points[:4]))
    return np.array(matrix).reshape(2, 3)


def celeba_square(picture: Image.Image, face: Face, *, side: int = SIDE, margin: int = 0) -> Image.Image:
    """A face turned upright, scaled and cut as CelebA's aligned pictures are (rows 20 to 198): RGB, side x side.

    What lies outside of the photo is its nearest edge.

    Args:
        margin: pixels more on each side.
    """
    photo = images.on_white(picture)
    # Only what is needed of a large photo, reduced first where the face is large: a transform does not average.
    matrix = square_to_photo(face, side=side)
    coarse = int(math.hypot(matrix[0, 0], matrix[1, 0]) / 2)
    if coarse > 1:
        photo = photo.reduce(coarse)
        matrix = square_to_photo(face.scaled(1 / coarse), side=side)
    photo = photo.convert("RGB")
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    matrix[:, 2] -= margin * (matrix[:, 0] + matrix[:, 1])
    side += 2 * margin
    inside = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]], dtype=float) @ matrix.T
    low, high = np.floor(inside.min(0)).astype(int) - 4, np.ceil(inside.max(0)).astype(int) + 4
    part = _padded(photo, (*low, *high))
    shrink = max(1.0, scale)
    size = max(1, round(part.width / shrink)), max(1, round(part.height / shrink))
    across, down = size[0] / part.width, size[1] / part.height
    part = part.resize(size, Image.Resampling.LANCZOS)
    a, b, c, d, e, f = matrix.flatten().tolist()
    fitted = (a * across, b * across, (c - low[0]) * across, d * down, e * down, (f - low[1]) * down)
    return part.transform((side, side), Image.Transform.AFFINE, fitted, Image.Resampling.BICUBIC)


def _padded(photo: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """A part of a photo that may reach over its edges, which are repeated there."""
    left, top, right, bottom = (int(value) for value in box)
    columns = np.clip(np.arange(left, right), 0, photo.width - 1)
    rows = np.clip(np.arange(top, bottom), 0, photo.height - 1)
    inner = photo.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    return Image.fromarray(np.asarray(inner)[rows - rows[0]][:, columns - columns[0]])


def _similarity(source: np.ndarray, target: np.ndarray) -> list[float]:
    """The turn, scale and shift that bring points (N, 2) closest to others, as PIL's six numbers."""
    # Ours: scikit-image's comes out different in the last digits, and OpenCV's leaves points out.
    origin, goal = source.mean(0), target.mean(0)
    p, q = source - origin, target - goal
    size = (p**2).sum()
    cosine, sine = (p * q).sum() / size, (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / size
    shift = goal - [cosine * origin[0] - sine * origin[1], sine * origin[0] + cosine * origin[1]]
    return [cosine, -sine, shift[0], sine, cosine, shift[1]]


def _windows(size: tuple[int, int]) -> list[tuple[int, int, int]]:
    """Squares (left, top, side) over a picture: one around all of it, and smaller ones that overlap by half."""
    width, height = size
    whole = max(width, height)
    found = [((width - whole) // 2, (height - whole) // 2, whole)]
    sides = [min(width, height), *WINDOWS]
    for side in dict.fromkeys(side for side in sides if SIDE < side < 0.8 * whole):
        for top in _starts(height, side):
            found += [(left, top, side) for left in _starts(width, side)]
    return found


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [(length - side) // 2]
    count = math.ceil((length - side) / (side / 2)) + 1
    return [round(place * (length - side) / (count - 1)) for place in range(count)]


def _window(picture: Image.Image, window: tuple[int, int, int]) -> Tensor:
    left, top, side = window
    square = picture.crop((left, top, left + side, top + side))  # black outside
    return images.to_tensor(square.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0))


@lru_cache(maxsize=1)
def _anchors() -> Tensor:
    """(896, 2): x and y of the centres of cells, in pixels."""
    centres = []
    for cells, count in ((16, ROUGH), (8, FINE)):
        grid = (torch.arange(cells) + 0.5) * (SIDE / cells)
        down, across = torch.meshgrid(grid, grid, indexing="ij")
        centres.append(torch.stack([across, down], dim=-1).reshape(-1, 1, 2).expand(-1, count, -1).reshape(-1, 2))
    return torch.cat(centres)


def _decoded(scores: Tensor, boxes: Tensor, window: tuple[int, int, int]) -> list[Face]:
    """The faces that a window shows: neighbouring answers to one face are averaged by their scores."""
    likely = scores > LEAST_SCORE
    if not likely.any():
        return []
    scores, boxes, anchors = scores[likely], boxes[likely].clone(), _anchors()[likely]
    for column in (0, *range(4, 16, 2)):
        boxes[:, column : column + 2] += anchors
    half = boxes[:, 2:4] / 2
    corners = torch.cat([boxes[:, :2] - half, boxes[:, :2] + half], dim=1)
    faces, order = [], scores.argsort(descending=True).tolist()
    left, top, side = window
    while order:
        best = order[0]
        same = [one for one in order if _shared(corners[best].tolist(), corners[one].tolist()) > OVERLAP]
        order = [one for one in order if one not in same]
        share = (scores[same] / scores[same].sum())[:, None]
        mean = torch.cat([(corners[same] * share).sum(0), (boxes[same, 4:] * share).sum(0)]).reshape(-1, 2)
        places = (mean * (side / SIDE) + torch.tensor([left, top])).tolist()
        box = (*places[0], *places[1])
        faces.append(Face(box, tuple(tuple(point) for point in places[2:]), scores[best].item()))
    return faces


def _shared(first: tuple | list, second: tuple | list) -> float:
    """What two boxes share, in parts of their union."""
    # Ours: `torchvision.ops` takes seconds to import, for which the first photo would wait, and 0.3 ms a pair.
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return wide * high / (sum(areas) - wide * high)
