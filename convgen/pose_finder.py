"""People in a photo and how they stand, found offline: 33 landmarks each, in the picture and in space.

Two steps, as in BlazePose (Bazarevsky et al., arXiv:2006.10204): a detector sees faces and, of each, the middle of the
hips and a circle around the whole body; a second network looks at that circle, turned so that the person is upright.
The first step is in `convgen.pose_detection`, the networks are in `convgen.pose_network`.

Deviation: the second network looks twice, the second time at the mirror image, too; landmarks in space are moved to
where they are seen in the picture; smaller windows, and the whole photo, are looked at where there is nobody else.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen import images
from convgen.pose_detection import closer_views, detected, views
from convgen.pose_network import LANDMARKS_SIDE, corrected, load_pose_net
from convgen.pose_regions import MARGIN, Region, around, cut, turn_by

LEAST_SCORE, CLOSER_SCORE = 0.5, 0.6
"""What the detector must give, and what it must in the many smaller windows."""
LEAST_GUESS, GUESS_PRESENCE, GUESS_SEEN = 0.2, 0.95, 0.7
"""Where it gave that nowhere, a weaker answer of it counts if the landmark network is surer and sees most of a body."""
FIRST_PRESENCE = 0.1
"""What the first look at somebody must give to be worth a second one."""
LEAST_PRESENCE = 0.8
"""What the landmark network must give; people whom the frame cuts in two may get less, and wrong poses."""
SAME = 0.15
"""Of two poses whose landmarks are less than this part of a body's circle apart on average, one is kept."""
ACROSS = 1.0
"""So is one of two that are turned against each other by more than this, in radians, if they share half of a box."""
BESIDE = 0.75
"""Beside somebody of more than this many sides of the photo smaller windows are not looked into: who is that far away
is no subject of the photo."""
BATCH = 8
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
        """How much of the body is seen: the mean visibility of its 12 joints; 0.7 to 1 for all of it, 0.5 or less for a
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
    people = _found(photo, detected(photo, views(photo.size), least=LEAST_SCORE)[: 3 * most], least_presence)
    if len(people) < most and all(person.size < BESIDE * min(photo.size) for person in people):
        regions = detected(photo, closer_views(photo.size), least=CLOSER_SCORE)[: 3 * most]
        people = _apart([*people, *_found(photo, regions, least_presence)])
    if not people:
        # Somebody from behind, in the dark: the landmark network may see what the detector hardly did.
        middle = Region(photo.width / 2, photo.height / 2, max(photo.size))
        regions = [*detected(photo, [middle], least=LEAST_GUESS)[:3], middle]
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
    """The likeliest of those whose landmarks lie on one another, as far as they are seen, and of those that lie across
    one another's bodies: legs may look like somebody upside down."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda person: -person.presence):
        if not any(_same(person, other) for other in kept):
            kept.append(person)
    return kept


def _same(first: Person, second: Person) -> bool:
    if _distance(first, second) < SAME * min(first.size, second.size):
        return True
    turned = abs(math.remainder(first.region.angle - second.region.angle, 2 * math.pi))
    left, top = np.maximum(first.box[:2], second.box[:2])
    right, bottom = np.minimum(first.box[2:], second.box[2:])
    least = min((box[2] - box[0]) * (box[3] - box[1]) for box in (first.box, second.box))
    return turned > ACROSS and max(right - left, 0) * max(bottom - top, 0) > least / 2


def _distance(first: Person, second: Person) -> float:
    """In pixels of the photo, the mean over what is seen."""
    seen = first.visibility * second.visibility
    apart = np.linalg.norm(first.landmarks[:, :2] - second.landmarks[:, :2], axis=1)
    return float((seen * apart).sum() / max(seen.sum(), 1e-6))
