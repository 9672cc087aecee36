"""The camera around an avatar: it looks at the pelvis, and positions become relative to it (thesis section 6.3.2)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from convgen.avatars.skeleton import PELVIS

HALF = 1.2
"""Half the height, in metres at the pelvis, of the window in which the network sees a person."""
LIMITS = {"azimuth": (-360.0, 360.0), "elevation": (-30.0, 60.0), "distance": (2.0, 12.0)}


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
        turn, rise = math.radians(self.azimuth), math.radians(self.elevation)
        away = torch.tensor(
            [-math.sin(turn) * math.cos(rise), -math.sin(rise), -math.cos(turn) * math.cos(rise)], dtype=torch.float64
        )
        right = torch.tensor([math.cos(turn), 0.0, -math.sin(turn)], dtype=torch.float64)
        return torch.stack([right, torch.linalg.cross(away, right), away]).float()


def to_camera(joints: Tensor, camera: Camera) -> Tensor:
    """Positions in the world -> in the camera's frame, the pelvis at the origin.

    Args:
        joints: (..., J, 3) metres, y up, in the order of `JOINTS`.
    Returns:
        (..., J, 3) metres: x to the right, y down, z away from the camera.
    """
    return (joints - joints[..., PELVIS : PELVIS + 1, :]) @ camera.rotation.T.to(joints)


def project(points: Tensor, distance: Tensor | float) -> Tensor:
    """The perspective picture of points in the camera's frame.

    Args:
        points: (..., 3) metres from the pelvis.
        distance: metres from the camera to the pelvis; broadcasts over (...).
    Returns:
        (..., 2): x and y in the network's window, -1 to 1 from edge to edge.
    """
    scale = 1 / (1 + points[..., 2] / torch.as_tensor(distance, dtype=points.dtype)).clamp(min=0.05)
    return points[..., :2] * scale[..., None] / HALF
