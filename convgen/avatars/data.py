"""Views of people in motion, drawn once and kept: what an avatar is trained on (thesis section 6.4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.bvh import read_bvh
from convgen.avatars.camera import BODY, Camera, Window
from convgen.avatars.motion import Motion
from convgen.avatars.people import Person, load_person
from convgen.avatars.renderer import render
from convgen.runtime import seeded_generator

ELEVATIONS = (-15.0, 40.0)
DISTANCES = (3.0, 9.0)
SHIFT = 7
"""Pixels by which a view is moved at most, each time it is seen."""
RING = (0.0, 20.0)
"""Elevations of cameras that are counted: they stand on a ring, every other one higher."""


@dataclass(frozen=True)
class Views:
    """Views of several people.

    Attributes:
        images: (N, 3, S, S) uint8, black outside of the person.
        masks: (N, 1, S, S) uint8, 255 inside.
        parts: (N, S, S) uint8, 0 to 23, 24 outside.
        part_uv: (N, 2, S, S) uint8, 0 to 255 across the texture.
        joints: (N, J, 3) metres from the window's centre, in the frame of a camera that looks at it.
        distances: (N,) metres.
        whose: (N,) int64.
    """

    images: Tensor
    masks: Tensor
    parts: Tensor
    part_uv: Tensor
    joints: Tensor
    distances: Tensor
    whose: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def tensors(self) -> dict[str, Tensor]:
        """All of them by name, for a file."""
        return dict(vars(self))


def load_people(folder: Path, names: Sequence[str]) -> dict[str, Person]:
    """Rigged people, NAME.npz each.

    Raises:
        ValueError: one of them is missing, or is no person.
    """
    if missing := [name for name in names if not (folder / f"{name}.npz").is_file()]:
        raise ValueError(f"{folder} must hold NAME.npz of {', '.join(missing)}")
    return {name: load_person(folder / f"{name}.npz") for name in names}


def load_motions(folder: Path, *, without: Sequence[str] = ()) -> dict[str, Motion]:
    """The motions of a folder by name, *.bvh, without some of them.

    Raises:
        ValueError: there is none, or one is damaged.
    """
    paths = sorted(path for path in folder.glob("*.bvh") if path.stem not in without)
    if not paths:
        raise ValueError(f"{folder} must hold *.bvh")
    return {path.stem: read_bvh(path.read_text(encoding="utf-8", errors="replace")) for path in paths}


def camera_on_ring(place: int, count: int) -> Camera:
    """One of several cameras around a person at one distance."""
    return Camera(azimuth=360 * place / count, elevation=RING[place % 2])


def draw_views(
    people: Sequence[Person],
    motions: Mapping[str, Motion],
    *,
    each: int,
    window: Window = BODY,
    cameras: int = 0,
    seed: int = 0,
) -> Views:
    """Draw people in random frames of motions.

    Args:
        each: views of every person.
        window: what they show.
        cameras: so many stand on a ring; 0: each view has its own, anywhere within `ELEVATIONS` and `DISTANCES`.
    """
    generator = seeded_generator(seed)
    frames = [(name, frame) for name, motion in motions.items() for frame in range(len(motion))]
    views: list[tuple] = []
    for view in tqdm(range(each * len(people)), desc="views", mininterval=5):
        whose = view % len(people)
        name, frame = frames[int(torch.randint(len(frames), (), generator=generator))]
        if cameras:
            camera = camera_on_ring(int(torch.randint(cameras, (), generator=generator)), cameras)
        else:
            turn, rise, far = torch.rand(3, generator=generator).tolist()
            elevation = ELEVATIONS[0] + rise * (ELEVATIONS[1] - ELEVATIONS[0])
            camera = Camera(360 * turn, elevation, DISTANCES[0] * (DISTANCES[1] / DISTANCES[0]) ** far)
        seen = render(people[whose], motions[name], frame, camera, window=window)
        views.append(
            (
                _bytes(seen.image),
                _bytes(seen.mask),
                seen.parts.to(torch.uint8),
                _bytes(seen.part_uv),
                seen.joints,
                torch.tensor(seen.distance),
                torch.tensor(whose),
            )
        )
    return Views(*(torch.stack(column) for column in zip(*views, strict=True)))


def _bytes(values: Tensor) -> Tensor:
    return (values * 255).round().to(torch.uint8)


@dataclass(frozen=True)
class Batch:
    """Some views as the networks take them, floats in [0, 1]; `bone_maps` belong to them."""

    bone_maps: Tensor
    images: Tensor
    masks: Tensor
    parts: Tensor
    part_uv: Tensor
    whose: Tensor


def batch_of(views: Views, places: Tensor, shifts: Tensor, *, window: Window = BODY) -> Batch:
    """Views at (B,) places, each moved by its row of shifts (B, 2), pixels down and to the right."""
    maps = bone_maps(views.joints[places], views.distances[places], window=window)
    rolls = [tuple(shift) for shift in shifts.tolist()]

    def moved(values: Tensor) -> Tensor:
        pairs = zip(values, rolls, strict=True)
        return torch.stack([torch.roll(value, shift, dims=(-2, -1)) for value, shift in pairs])

    return Batch(
        moved(maps).contiguous(memory_format=torch.channels_last),
        moved(views.images[places]).float() / 255,
        moved(views.masks[places]).float() / 255,
        moved(views.parts[places]).long(),
        moved(views.part_uv[places]).float() / 255,
        views.whose[places],
    )
