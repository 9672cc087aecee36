"""How far the poses that `convgen.pose_finder` finds are from the joints of rendered people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from convgen import pose_finder
from convgen.avatars import camera, renderer, skeleton
from convgen.avatars.motion import Motion
from convgen.avatars.people import Person

PAIRS = {"shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand", "hip": "UpLeg", "knee": "Leg", "ankle": "Foot"}
"""Landmark of a side -> joint of an avatar."""
LANDMARKS = [pose_finder.LANDMARKS.index(f"{side.lower()} {name}") for name in PAIRS for side in skeleton.SIDES]
JOINTS = [skeleton.JOINTS.index(f"{side}{name}") for name in PAIRS.values() for side in skeleton.SIDES]
HIPS = [list(PAIRS).index("hip") * 2, list(PAIRS).index("hip") * 2 + 1]


@dataclass(frozen=True)
class PoseErrors:
    """Of each view in which somebody was found: mean distances over 12 joints.

    Attributes:
        raw: in mm, both with the middle of the hips at the origin.
        aligned: in mm, after the best turn, shift and scale (Procrustes).
        pixels: in pixels of the picture.
        missed: views without a person.
        crowded: views with more than one.
    """

    raw: np.ndarray
    aligned: np.ndarray
    pixels: np.ndarray
    missed: int
    crowded: int


def pose_errors(
    people: Sequence[Person],
    motions: Sequence[Motion],
    *,
    views: int = 144,
    pixels: int = 512,
    background: Image.Image | None = None,
    seed: int = 0,
) -> PoseErrors:
    """Render people in random frames from random sides, and compare.

    Args:
        people, motions: drawn from in turn and at random.
        pixels: side of the pictures.
        background: what is behind them, instead of black.
    """
    raw, aligned, apart, missed, crowded = [], [], [], 0, 0
    for picture, joints, places in _views(people, motions, views, pixels, background, seed):
        found = pose_finder.find_people(picture)
        crowded += len(found) > 1
        if not found:
            missed += 1
            continue
        world = found[0].world[LANDMARKS] - found[0].world[LANDMARKS][HIPS].mean(0)
        truth = joints - joints[HIPS].mean(0)
        raw.append(_mean_distance(world, truth))
        aligned.append(_mean_distance(_aligned(world, truth), truth))
        apart.append(_mean_distance(found[0].landmarks[LANDMARKS, :2], places))
    return PoseErrors(1000 * np.array(raw), 1000 * np.array(aligned), np.array(apart), missed, crowded)


def _views(
    people: Sequence[Person],
    motions: Sequence[Motion],
    count: int,
    pixels: int,
    background: Image.Image | None,
    seed: int,
) -> Iterator[tuple[Image.Image, np.ndarray, np.ndarray]]:
    """Pictures, and their joints (12, 3) in the camera's frame in metres and (12, 2) in pixels."""
    random = np.random.default_rng(seed)
    for place in range(count):
        motion = motions[random.integers(len(motions))]
        at = camera.Camera(azimuth=random.uniform(0, 360), elevation=random.uniform(-5, 20))
        frame = int(random.integers(len(motion)))
        seen = renderer.render(people[place % len(people)], motion, frame, at, pixels=pixels)
        picture = Image.fromarray((seen.image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8))
        if background is not None:
            mask = Image.fromarray((seen.mask[0].numpy() * 255).round().astype(np.uint8))
            picture = Image.composite(picture, background.convert("RGB").resize(picture.size), mask)
        places = (camera.project(seen.joints, seen.distance).numpy() + 1) * (pixels / 2)
        yield picture, seen.joints.numpy()[JOINTS], places[JOINTS]


def _mean_distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.linalg.norm(first - second, axis=1).mean())


def _aligned(points: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Points (N, 3) after the turn, shift and scale that bring them closest to the truth in squares."""
    centred, goal = points - points.mean(0), truth - truth.mean(0)
    left, sizes, right = np.linalg.svd(centred.T @ goal)
    signs = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    scale = (sizes * signs).sum() / (centred**2).sum()
    return scale * centred @ (left * signs) @ right + truth.mean(0)
