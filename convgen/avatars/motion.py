"""Motion of an avatar: rotations of its joints over time, and where they put the joints."""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from convgen.avatars.skeleton import DRIVEN, JOINTS, PARENTS, PELVIS, driver_of

FEET = [JOINTS.index(f"{side}{joint}") for side in ("Right", "Left") for joint in ("ToeBase", "ToeEnd", "Foot")]
LEG = [JOINTS.index(f"Left{joint}") for joint in ("UpLeg", "Leg", "Foot")]


@dataclass(frozen=True)
class Motion:
    """How somebody moves, whoever it is.

    Attributes:
        rotations: (F, D, 4) unit quaternions (w, x, y, z): the turn of each joint of `DRIVEN` in the world, away from
            the pose with arms stretched to the sides that faces z.
        root: (F, 3): the place of the pelvis, in lengths of a leg, y up.
        fps: frames a second.
    Raises:
        ValueError: the shapes do not fit, or there is no frame.
    """

    rotations: Tensor
    root: Tensor
    fps: float

    def __post_init__(self) -> None:
        frames = len(self.rotations)
        if frames == 0 or self.rotations.shape != (frames, len(DRIVEN), 4) or self.root.shape != (frames, 3):
            got = tuple(self.rotations.shape), tuple(self.root.shape)
            raise ValueError(f"a motion must be (F, {len(DRIVEN)}, 4) and (F, 3) with a frame at least, got {got}")

    def __len__(self) -> int:
        return len(self.rotations)

    def part(self, start: int, stop: int, every: int = 1) -> "Motion":
        """Some of the frames."""
        fps = self.fps / every
        return replace(self, rotations=self.rotations[start:stop:every], root=self.root[start:stop:every], fps=fps)


def rotation_matrices(quaternions: Tensor) -> Tensor:
    """(..., 4) unit quaternions (w, x, y, z) -> (..., 3, 3)."""
    w, x, y, z = quaternions.unbind(-1)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def quaternions_of(matrices: Tensor) -> Tensor:
    """(..., 3, 3) rotations -> (..., 4) unit quaternions (w, x, y, z)."""
    m = matrices
    trace = m.diagonal(dim1=-2, dim2=-1).sum(-1)
    diagonal = torch.stack([trace, *(2 * m[..., k, k] - trace for k in range(3))], -1)
    rows = [
        [1 + trace, m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]],
        [m[..., 2, 1] - m[..., 1, 2], None, m[..., 0, 1] + m[..., 1, 0], m[..., 0, 2] + m[..., 2, 0]],
        [m[..., 0, 2] - m[..., 2, 0], m[..., 0, 1] + m[..., 1, 0], None, m[..., 1, 2] + m[..., 2, 1]],
        [m[..., 1, 0] - m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 2] + m[..., 2, 1], None],
    ]
    for k in range(3):
        rows[k + 1][k + 1] = 1 + diagonal[..., k + 1]
    every = torch.stack([torch.stack(row, -1) for row in rows], -2)  # (..., 4, 4): four ways, the largest is exact
    best = diagonal.argmax(-1)[..., None, None].expand(*diagonal.shape[:-1], 1, 4)
    chosen = every.gather(-2, best).squeeze(-2)
    return chosen / chosen.norm(dim=-1, keepdim=True)


def leg_length(rest: Tensor) -> Tensor:
    """Thigh and shin of a body (J, 3), in metres: a scalar."""
    return (rest[LEG[1:]] - rest[LEG[:-1]]).norm(dim=-1).sum()


@lru_cache(maxsize=1)
def _order() -> list[tuple[int, int, int]]:
    """(joint, the joint it hangs on, what turns that one), parents first."""
    found, left = ["Hips"], [joint for joint in JOINTS if joint != "Hips"]
    chain = []
    while left:
        for joint in [joint for joint in left if PARENTS[joint] in found]:
            parent = PARENTS[joint]
            chain.append((JOINTS.index(joint), JOINTS.index(parent), DRIVEN.index(driver_of(parent))))
            found.append(joint)
            left.remove(joint)
    return chain


def positions(motion: Motion, rest: Tensor) -> Tensor:
    """Where the joints of a body are while it moves.

    Args:
        rest: (J, 3) metres: the body with its arms stretched to the sides, y up, facing z.
    Returns:
        (F, J, 3) metres; y is 0 where the lowest foot is.
    """
    turns = rotation_matrices(motion.rotations)
    places: list[Tensor] = [motion.root] * len(JOINTS)
    places[PELVIS] = motion.root * leg_length(rest)
    for joint, parent, driver in _order():
        places[joint] = places[parent] + turns[:, driver] @ (rest[joint] - rest[parent])
    joints = torch.stack(places, dim=1)
    joints[..., 1] -= joints[:, FEET, 1].min()
    return joints


def blend(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """Unit quaternions (..., 4) on the way from the first to the second, by a share that broadcasts."""
    sign = torch.where((first * second).sum(-1, keepdim=True) < 0, -1.0, 1.0)
    mixed = first + share * (sign * second - first)
    return mixed / mixed.norm(dim=-1, keepdim=True)


def looped(motion: Motion, *, overlap: int = 10, least: int = 30) -> Motion:
    """A part of a motion whose end meets its beginning.

    The two frames that are most alike, at least `least` apart, become its ends, and the last `overlap` frames pass over
    into those before the first. Its steps over the floor are taken out; heights stay.
    """
    if len(motion) < least + 2 * overlap:
        return motion
    pose = motion.rotations.flatten(1)
    pose = torch.cat([pose, torch.diff(pose, dim=0, append=pose[-1:]) * 3], dim=1)
    starts = pose[overlap : len(pose) - least]
    apart = torch.cdist(starts, pose)
    row, column = torch.arange(len(starts))[:, None] + overlap, torch.arange(len(pose))[None]
    apart[(column - row) < least] = torch.inf
    # A longer loop is worth a little unlikeness.
    apart = apart / (column - row).clamp(min=1).sqrt()
    place = int(apart.argmin())
    start, stop = place // len(pose) + overlap, place % len(pose)
    rotations, root = motion.rotations[start:stop].clone(), motion.root[start:stop].clone()
    root[:, [0, 2]] = 0.0
    share = torch.linspace(0, 1, overlap + 2)[1:-1]
    before = slice(start - overlap, start)
    rotations[-overlap:] = blend(rotations[-overlap:], motion.rotations[before], share[:, None, None])
    root[-overlap:, 1] = root[-overlap:, 1].lerp(motion.root[before, 1], share)
    return Motion(rotations, root, motion.fps)
