"""An avatar in the pose of a person in a picture: turns of its joints from BlazePose's landmarks (section 6.4.3)."""

import math

import torch
from torch import Tensor

from convgen.avatars.motion import Motion, blend, quaternions_of, rotation_matrices
from convgen.avatars.skeleton import DRIVEN

LANDMARKS = {
    "Nose": 0,
    "LeftEar": 7,
    "RightEar": 8,
    "LeftShoulder": 11,
    "RightShoulder": 12,
    "LeftElbow": 13,
    "RightElbow": 14,
    "LeftWrist": 15,
    "RightWrist": 16,
    "LeftPinky": 17,
    "RightPinky": 18,
    "LeftIndex": 19,
    "RightIndex": 20,
    "LeftHip": 23,
    "RightHip": 24,
    "LeftKnee": 25,
    "RightKnee": 26,
    "LeftAnkle": 27,
    "RightAnkle": 28,
    "LeftToe": 31,
    "RightToe": 32,
}
TOES = (0.0, -0.4, 0.92)
"""Where the feet point at rest."""
NOSE_BELOW = 22.0
"""Degrees by which the line from the ears to the nose falls when somebody looks straight ahead: measured on rendered
people, whose heads would look down by as much."""


def motion_of(landmarks: Tensor, *, fps: float = 30.0) -> Motion:
    """The motion of a person in pictures.

    Args:
        landmarks: (F, 33, 3) metres from the hips: x to the right of the picture, y down, z away from the camera.
        fps: frames a second.
    Returns:
        what a camera with azimuth 0 and elevation 0 sees as the picture shows it; the lowest foot is on the floor.
    Raises:
        ValueError: landmarks of another shape, or not finite.
    """
    if landmarks.ndim != 3 or landmarks.shape[1:] != (33, 3) or not bool(torch.isfinite(landmarks).all()):
        raise ValueError(f"landmarks must be (F, 33, 3) and finite, got {tuple(landmarks.shape)}")
    world = landmarks * torch.tensor([1.0, -1.0, -1.0])
    at = {name: world[:, place] for name, place in LANDMARKS.items()}

    def middle(name: str) -> Tensor:
        return (at[f"Left{name}"] + at[f"Right{name}"]) / 2

    up = middle("Shoulder") - middle("Hip")
    turns = {"Hips": _frame(at["LeftHip"] - at["RightHip"], up)}
    turns["Spine2"] = _frame(at["LeftShoulder"] - at["RightShoulder"], up)
    turns["Spine1"] = _between(turns["Hips"], turns["Spine2"])
    ears = at["LeftEar"] - at["RightEar"]
    ahead = at["Nose"] - middle("Ear")
    head = _frame(ears, torch.linalg.cross(ahead, ears))
    turns["Neck"] = _between(turns["Spine2"], head)
    turns["Head"] = head @ _nod(-NOSE_BELOW)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        arm = torch.tensor([sign, 0.0, 0.0])
        leg = torch.tensor([0.0, -1.0, 0.0])
        chain = {
            "Arm": ("Spine2", arm, "Shoulder", "Elbow"),
            "ForeArm": (f"{side}Arm", arm, "Elbow", "Wrist"),
            "UpLeg": ("Hips", leg, "Hip", "Knee"),
            "Leg": (f"{side}UpLeg", leg, "Knee", "Ankle"),
            "Foot": (f"{side}Leg", torch.tensor(TOES), "Ankle", "Toe"),
        }
        turns[f"{side}Shoulder"] = turns["Spine2"]
        for name, (above, rest, start, end) in chain.items():
            turns[side + name] = _swung(turns[above], rest, at[side + end] - at[side + start])
        fingers = (at[f"{side}Index"] + at[f"{side}Pinky"]) / 2 - at[f"{side}Wrist"]
        across = at[f"{side}Index"] - at[f"{side}Pinky"]
        turns[f"{side}Hand"] = _frame(sign * fingers, torch.linalg.cross(across, sign * fingers))
        turns[f"{side}HandThumb1"] = turns[f"{side}HandIndex1"] = turns[f"{side}Hand"]
    rotations = torch.stack([quaternions_of(turns[joint]) for joint in DRIVEN], dim=1)
    leg_lengths = (at["LeftHip"] - at["LeftKnee"]).norm(dim=-1) + (at["LeftKnee"] - at["LeftAnkle"]).norm(dim=-1)
    lowest = torch.stack([at["LeftToe"], at["RightToe"], at["LeftAnkle"], at["RightAnkle"]])[..., 1].amin(0)
    root = torch.zeros(len(world), 3)
    root[:, 1] = -lowest / leg_lengths.clamp(min=0.1)
    return Motion(rotations, root, fps)


def _frame(left: Tensor, up: Tensor) -> Tensor:
    """Turns (F, 3, 3) that take x to `left` and y as near as may be to `up`, both (F, 3)."""
    x = _unit(left)
    z = _unit(torch.linalg.cross(x, up))
    return torch.stack([x, torch.linalg.cross(z, x), z], dim=-1)


def _nod(degrees: float) -> Tensor:
    """A turn (3, 3) about the axis from right to left, downwards."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])


def _swung(turn: Tensor, rest: Tensor, goal: Tensor) -> Tensor:
    """A turn (F, 3, 3), turned on by the least that takes its `rest` (3,) to `goal` (F, 3)."""
    start, goal = _unit(turn @ _unit(rest)), _unit(goal)
    cosine = (start * goal).sum(-1)[:, None, None].clamp(min=-0.999)
    x, y, z = torch.linalg.cross(start, goal).unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).view(-1, 3, 3)
    return (torch.eye(3) + cross + cross @ cross / (1 + cosine)) @ turn


def _between(first: Tensor, second: Tensor) -> Tensor:
    """Half-way from one turn to another, (F, 3, 3)."""
    return rotation_matrices(blend(quaternions_of(first), quaternions_of(second), torch.tensor(0.5)))


def _unit(vector: Tensor) -> Tensor:
    return vector / vector.norm(dim=-1, keepdim=True).clamp(min=1e-6)
