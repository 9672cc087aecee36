"""The camera around an avatar: it looks at the pelvis, and positions become relative to it (thesis section 6.3.2)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from convgen.avatars.skeleton import JOINTS, PELVIS


@dataclass(frozen=True)
class Window:
    """What a network sees of a person: a square around some joints.

    Attributes:
        joints: the window's centre is the middle of them.
        half: half its height, in metres at its centre.
        pixels: its side.
    """

    joints: tuple[str, ...]
    half: float
    pixels: int


BODY = Window(("Hips",), 1.2, 128)
HEAD = Window(("Head", "HeadEnd"), 0.24, 64)
WINDOWS = {"body": BODY, "head": HEAD}
NEAREST = 4.0
"""Metres from which faces still look like faces; networks are trained from nearer."""
LIMITS = {"azimuth": (-360.0, 360.0), "elevation": (-30.0, 60.0), "distance": (3.0, 12.0)}


@dataclass(frozen=True)
class Camera:
    """Where a camera stands.

    Attributes:
        azimuth: degrees around the person: 0 from the front, 90 from their left.
        elevation: degrees above the horizon.
        distance: metres to the pelvis.
    Raises:
        ValueError: one of them is not a number, or out of its `LIMITS`.
    """

    azimuth: float = 0.0
    elevation: float = 5.0
    distance: float = 5.65

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be between {low:g} and {high:g}, got {getattr(self, name)}")

    @property
    def rotation(self) -> Tensor:
        """(3, 3): world -> camera, rows x to the right, y down, z away."""
        return looking(self.azimuth, self.elevation)

    def around(self, height: float) -> tuple[Tensor, float]:
        """The same camera when it goes around a point above the pelvis, and yet looks at the pelvis.

        Args:
            height: of the point above the pelvis, in metres.
        Returns:
            its rotation (3, 3), and its distance to the pelvis in metres.
        """
        rise = math.radians(self.elevation)
        above, beside = height + self.distance * math.sin(rise), self.distance * math.cos(rise)
        return looking(self.azimuth, math.degrees(math.atan2(above, beside))), math.hypot(above, beside)


def looking(azimuth: float, elevation: float) -> Tensor:
    """The rotation world -> camera (3, 3) of a camera that stands there and looks at the middle; degrees."""
    turn, rise = math.radians(azimuth), math.radians(elevation)
    away = torch.tensor(
        [-math.sin(turn) * math.cos(rise), -math.sin(rise), -math.cos(turn) * math.cos(rise)], dtype=torch.float64
    )
    right = torch.tensor([math.cos(turn), 0.0, -math.sin(turn)], dtype=torch.float64)
    return torch.stack([right, torch.linalg.cross(away, right), away]).float()


def to_camera(joints: Tensor, rotation: Tensor) -> Tensor:
    """Positions in the world -> in the camera's frame, the pelvis at the origin.

    Args:
        joints: (..., J, 3) metres, y up, in the order of `JOINTS`.
        rotation: (3, 3), of the camera.
    Returns:
        (..., J, 3) metres: x to the right, y down, z away from the camera.
    """
    return (joints - joints[..., PELVIS : PELVIS + 1, :]) @ rotation.T.to(joints)


def turned_to(joints: Tensor, distance: Tensor, window: Window) -> tuple[Tensor, Tensor, Tensor]:
    """The frame of a camera at the same place that looks at a window's centre.

    Args:
        joints: (B, J, 3) in the frame of a camera that looks at the pelvis, which is the origin.
        distance: (B,) metres from the camera to the pelvis.
    Returns:
        joints (B, J, 3) in the new frame, the window's centre at the origin; the distance (B,) to it; and the turn
        (B, 3, 3) that takes directions of the old frame to the new one.
    """
    from_camera = joints + distance[:, None, None] * torch.tensor([0.0, 0.0, 1.0])
    centre = from_camera[:, [JOINTS.index(joint) for joint in window.joints]].mean(1)
    far = centre.norm(dim=-1)
    away = centre / far[:, None]
    # The least turn from `away` to z.
    x, y, z = away.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, zero, -x, zero, zero, -y, x, y, zero], -1).view(-1, 3, 3)
    turn = torch.eye(3) + cross + cross @ cross / (1 + z)[:, None, None]
    return from_camera @ turn.mT - far[:, None, None] * torch.tensor([0.0, 0.0, 1.0]), far, turn


def project(points: Tensor, distance: Tensor | float, *, half: float = BODY.half) -> Tensor:
    """The perspective picture of points in a camera's frame.

    Args:
        points: (..., 3) metres from what the camera looks at.
        distance: metres to that; broadcasts over (...).
        half: of the window, see `Window`.
    Returns:
        (..., 2): x and y in the window, -1 to 1 from edge to edge.
    """
    scale = 1 / (1 + points[..., 2] / torch.as_tensor(distance, dtype=points.dtype)).clamp(min=0.05)
    return points[..., :2] * scale[..., None] / half


def in_window(window: Window, far: Tensor, turn: Tensor, distance: Tensor | float) -> tuple[Tensor, float]:
    """Where a window lies in the body's.

    Args:
        far, turn: the distance (1,) to the window's centre and the turn (3, 3) towards it, see `turned_to`.
        distance: metres to the pelvis.
    Returns:
        its centre (2,), and half its side, both in halves of the body's window.
    """
    away = torch.tensor([0.0, 0.0, 1.0])
    edge = torch.tensor([[0.0, 0.0, 0.0], [window.half, 0.0, 0.0]])
    centre, side = project((edge + far * away) @ turn - distance * away, distance)
    return centre, float((side - centre).norm())
