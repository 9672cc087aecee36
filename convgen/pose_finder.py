"""People in a photo and how they stand, found offline: 33 landmarks each, in the picture and in space.

Two steps, as in BlazePose (Bazarevsky et al., arXiv:2006.10204): a detector sees faces and, of each, the middle of the
hips and a circle around the whole body; a second network looks at that circle, turned so that the person is upright.
The networks are in `convgen.pose_network`.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen import images
from convgen.pose_network import (
    ANCHORS,
    DETECTOR_SIDE,
    LANDMARKS_SIDE,
    STRIDES,
    corrected,
    load_detector,
    load_pose_net,
)
from convgen.pose_regions import MARGIN, Region, around, cut, turn_by

LEAST_SCORE = 0.5
"""What the detector must give."""
LEAST_GUESS, GUESS_PRESENCE, GUESS_SEEN = 0.2, 0.95, 0.7
"""Where it gave that nowhere, a weaker answer of it counts if the landmark network is surer and sees most of a body."""
FIRST_PRESENCE = 0.1
"""What the first look at somebody must give to be worth a second one."""
LEAST_PRESENCE = 0.8
"""What the landmark network must give; people whom the frame cuts in two may get less, and wrong poses."""
OVERLAP = 0.3
"""Of two boxes of faces that share more of their union than this the likelier one is kept."""
SAME = 0.15
"""Of two poses whose landmarks are less than this part of a body's circle apart on average, one is kept."""
BATCH = 8
MOST_ACROSS = 4
"""The least windows are this part of a photo's longer side."""
SIDES = {"left": "right", "right": "left"}
LANDMARKS = (
    *("nose", "left eye inner", "left eye", "left eye outer", "right eye inner", "right eye", "right eye outer"),
    *("left ear", "right ear", "left mouth", "right mouth", "left shoulder", "right shoulder", "left elbow"),
    *("right elbow", "left wrist", "right wrist", "left pinky", "right pinky", "left index", "right index"),
    *("left thumb", "right thumb", "left hip", "right hip", "left knee", "right knee", "left ankle", "right ankle"),
    *("left heel", "right heel", "left toes", "right toes"),
)
"""Left and right are the person's."""
MIRRORED = [
    *(LANDMARKS.index(" ".join(SIDES.get(word, word) for word in name.split())) for name in LANDMARKS),
    *(33, 34),
]
"""What each landmark is in a mirror; the last two are the middle and the rim of the circle around the body."""
JOINTS = [
    LANDMARKS.index(f"{side} {joint}")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in SIDES
]
HIPS = [LANDMARKS.index("left hip"), LANDMARKS.index("right hip")]
BODY = LANDMARKS.index("left shoulder")
"""The first landmark below the head."""
NEAREST = 0.7
"""The least distance of a camera is taken to be one metre over this."""
LINES = (
    *((8, 6), (6, 5), (5, 4), (4, 0), (0, 1), (1, 2), (2, 3), (3, 7), (10, 9), (11, 12), (23, 24), (11, 23), (12, 24)),
    *((11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19), (23, 25), (25, 27), (27, 29), (29, 31), (27, 31)),
    *((12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20), (24, 26), (26, 28), (28, 30), (30, 32), (28, 32)),
)
"""Pairs of landmarks that a drawing of a person joins."""


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody in a photo.

    Attributes:
        landmarks: (33, 3) float32, x and y in pixels of the photo; z in the same unit, from the middle of the hips,
            less is nearer to the camera.
        world: (33, 3) float32 in metres from the middle of the hips: x to the right of the picture, y down, z away from
            the camera. The scale is that of a person of average size.
        visibility: (33,) float32, how likely each landmark is in the picture and nothing is in front of it, 0 to 1.
        presence: how likely there is a person whose pose this is, 0 to 1.
        box: left, top, right, bottom around the landmarks, in pixels of the photo; it may reach over its edges.
        region: the square in which to look for the same person in the next frame.
    """

    landmarks: np.ndarray = field(repr=False)
    world: np.ndarray = field(repr=False)
    visibility: np.ndarray = field(repr=False)
    presence: float
    box: tuple[float, float, float, float]
    region: Region

    @property
    def size(self) -> float:
        """The diameter of the circle around the body in pixels of the photo."""
        return self.region.side / MARGIN

    @property
    def seen(self) -> float:
        """How much of the body is seen: the mean visibility of its 12 joints; about 0.9 for all of it, below 0.5 for a
        portrait, whose legs are guessed."""
        return float(self.visibility[JOINTS].mean())


def find_people(picture: Image.Image, *, most: int = 6, least_presence: float = LEAST_PRESENCE) -> list[Person]:
    """The people in a photo, the largest first, however they or the photo are turned.

    Args:
        picture: any PIL image; transparency counts as white.
        most: how many are given.
        least_presence: people less likely than this are left out.
    """
    photo = images.on_white(picture).convert("RGB")
    regions = _detected(photo, _views(photo.size), LEAST_SCORE)[: 3 * most]
    people = _found(photo, regions, least_presence)
    if not people:
        # Somebody from behind, in the dark: the landmark network may see what the detector hardly did.
        middle = Region(photo.width / 2, photo.height / 2, max(photo.size))
        regions = [*_detected(photo, [middle], LEAST_GUESS)[:3], middle]
        guesses = _found(photo, regions, max(least_presence, GUESS_PRESENCE))
        people = [person for person in guesses if person.seen >= GUESS_SEEN][:1]
    return sorted(people, key=lambda person: -person.size)[:most]


def find_pose(picture: Image.Image, *, least_presence: float = LEAST_PRESENCE) -> Person | None:
    """The largest person in a photo, or None if there is none; see `find_people`."""
    people = find_people(picture, most=1, least_presence=least_presence)
    return people[0] if people else None


def track(picture: Image.Image, previous: Person, *, least_presence: float = LEAST_PRESENCE) -> Person | None:
    """The same person in the next frame of a video of the same size: one look, four times as fast as `find_pose`.

    Returns:
        None if nobody is there any more; then `find_people` may know more.
    """
    (person,) = _looked_at(images.on_white(picture).convert("RGB"), [previous.region])
    return person if person.presence >= least_presence else None


def _views(size: tuple[int, int]) -> list[Region]:
    """Squares to look for people in: one around all of a photo, and along a long one smaller ones that overlap."""
    width, height = size
    long = max(size)
    short = max(min(size), long / MOST_ACROSS)
    views = [Region(width / 2, height / 2, long)]
    if long > 1.3 * short:
        for place in np.linspace(short / 2, long - short / 2, math.ceil(2 * long / short) - 1).tolist():
            views.append(Region(*((place, height / 2) if width > height else (width / 2, place)), short))
    return views


def _detected(photo: Image.Image, views: list[Region], least: float) -> list[Region]:
    """Squares around people whom the detector sees, the likeliest first."""
    found: list[tuple[float, np.ndarray, Region]] = []
    with torch.no_grad():
        shown = torch.cat([cut(photo, view, side=DETECTOR_SIDE, outside="zeros") for view in views])
        scores, boxes = load_detector()(shown.contiguous(memory_format=torch.channels_last))
    for view, score, box in zip(views, scores.sigmoid(), boxes, strict=True):
        answers = _decoded(score, box, view, least)
        found += [(how_likely, face, around(*points)) for how_likely, face, points in answers]
    found.sort(key=lambda one: -one[0])
    kept: list[tuple[np.ndarray, Region]] = []
    for _, face, region in found:
        if all(_shared(face, other) < OVERLAP for other, _ in kept):
            kept.append((face, region))
    return [region for _, region in kept]


def _decoded(scores: Tensor, boxes: Tensor, view: Region, least: float) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Of each person in a view: score, box of the face, and the middle and the rim of the circle (2, 2), in pixels of
    the photo; neighbouring answers to one person are averaged by their scores."""
    likely = scores > least
    if not likely.any():
        return []
    scores, boxes = scores[likely].numpy(), boxes[likely].double().numpy()
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


def _found(photo: Image.Image, regions: list[Region], least_presence: float) -> list[Person]:
    """The people in some regions. A second look, at the square that the first one gives, is the better one."""
    again = [person.region for person in _looked_at(photo, regions) if person.presence > FIRST_PRESENCE]
    looked = _looked_at(photo, again, mirrored=True)
    return _apart([person for person in looked if person.presence >= least_presence])


def _looked_at(photo: Image.Image, regions: list[Region], *, mirrored: bool = False) -> list[Person]:
    """What the landmark network says of each region, or the mean of that and of what it says of its mirror image."""
    people = []
    for start in range(0, len(regions), BATCH):
        some = regions[start : start + BATCH]
        shown = torch.cat([cut(photo, region, side=LANDMARKS_SIDE, outside="border") for region in some])
        points, world, presence = _answers(torch.cat([shown, shown.flip(-1)]) if mirrored else shown)
        if mirrored:
            count = len(some)
            other, other_world = points[count:, MIRRORED], world[count:, MIRRORED]
            other[..., 0] = LANDMARKS_SIDE - other[..., 0]
            other_world[..., 0] *= -1
            points, world = (points[:count] + other) / 2, (world[:count] + other_world) / 2
            presence = np.minimum(presence[:count], presence[count:])
        people += [_person(*answer) for answer in zip(some, points, world, presence.tolist(), strict=True)]
    return people


@torch.no_grad()
def _answers(shown: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B, 3, 256, 256) -> (B, 35, 5) and (B, 35, 3) as `PoseNet` has them, and presences (B,), 0 to 1."""
    points, world, presence, heatmaps = load_pose_net()(shown.contiguous(memory_format=torch.channels_last))
    points[..., :2] = corrected(points[..., :2], heatmaps)
    return points[:, :35].numpy(), world[:, :35].numpy(), presence.sigmoid().numpy()


def _person(region: Region, points: np.ndarray, world: np.ndarray, presence: float) -> Person:
    """Landmarks in the square of a region -> in the photo."""
    visibility = 1 / (1 + np.exp(-points[:33, 3].clip(-50, 50)))
    world = _agreeing(world[:33], points[:33, :2], visibility)
    world[:, :2] = world[:, :2] @ turn_by(region.angle).T
    places = region.to_photo(points[:, :2] / LANDMARKS_SIDE)
    depths = points[:33, 2:3] * (region.side / LANDMARKS_SIDE)
    landmarks = np.hstack([places[:33], depths]).astype(np.float32)
    box = (*landmarks[:, :2].min(0).tolist(), *landmarks[:, :2].max(0).tolist())
    return Person(landmarks, world.astype(np.float32), visibility, presence, box, around(places[33], places[34]))


def _agreeing(world: np.ndarray, points: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """Landmarks in space moved to where they are seen, the hips' middle at the origin: points in the picture are truer.

    A camera at the distance d sees x, y, z of space at s (x, y) / (1 + z / d). Least squares give s and 1 / d.

    Args:
        world: (N, 3) metres. points: (N, 2) pixels. visibility: (N,); what is hidden stays.
    """
    world = world - world[HIPS].mean(0)
    seen = points - points[HIPS].mean(0)
    body = slice(BODY, None)
    weights = np.repeat(visibility[body], 2)
    flat, lean = world[body, :2].ravel(), (world[body, 2:] * seen[body]).ravel()
    (scale, nearness), *_ = np.linalg.lstsq(
        np.stack([flat, -lean], axis=1) * weights[:, None], seen[body].ravel() * weights, rcond=None
    )
    nearness = min(max(nearness, 0.0), NEAREST)
    scale = (weights**2 * flat * (seen[body].ravel() + nearness * lean)).sum() / max((weights**2 * flat**2).sum(), 1e-9)
    if scale <= 0:
        return world
    lifted = seen * (1 + nearness * world[:, 2:]) / scale
    world[:, :2] += visibility[:, None] * (lifted - world[:, :2])
    return world


def _apart(people: list[Person]) -> list[Person]:
    """The likeliest of those whose landmarks lie on one another, as far as they are seen."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda person: -person.presence):
        if all(_distance(person, other) > SAME * min(person.size, other.size) for other in kept):
            kept.append(person)
    return kept


def _distance(first: Person, second: Person) -> float:
    """In pixels of the photo, the mean over what is seen."""
    seen = first.visibility * second.visibility
    apart = np.linalg.norm(first.landmarks[:, :2] - second.landmarks[:, :2], axis=1)
    return float((seen * apart).sum() / max(seen.sum(), 1e-6))


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
