"""People made by code: an avatar whose network fattens bones, and somebody in a photo who stands and lifts an arm."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from convgen.avatars.network import CODE, PARTS
from convgen.avatars.rendering import Avatar, Networks
from convgen.avatars.skeleton import JOINTS, PARENTS
from convgen.pose_finder import LANDMARKS, Person
from convgen.pose_regions import Region

SIZE = (240, 320)
"""Of a photo."""
BONES_DOWN = {"UpLeg": (0.09, -0.06), "Leg": (0.0, -0.42), "Foot": (0.0, -0.4), "ToeBase": (0.0, -0.06)}

STILL = {
    "shoulder": (0.18, -0.5, 0.0),
    "hip": (0.1, 0.0, 0.0),
    "knee": (0.1, 0.42, -0.02),
    "ankle": (0.1, 0.84, 0.0),
    "heel": (0.1, 0.87, 0.05),
    "toes": (0.12, 0.88, -0.14),
    "ear": (0.07, -0.68, 0.0),
    "nose": (0.0, -0.66, -0.1),
}
"""Landmarks that do not move: x outwards, y down, z away."""


class Fattened(nn.Module):
    """Every bone is a limb of a part of its own, and coordinates are those of the picture."""

    def forward(self, maps, code):
        height, width = maps.shape[-2:]
        limbs = F.max_pool2d(maps, 5, 1, 2)[:, :PARTS]
        across, down = torch.linspace(0, 1, width), torch.linspace(0, 1, height)
        u, v = (place.expand(1, PARTS, height, width) for place in (across, down[:, None]))
        return torch.cat([40 * limbs, torch.full_like(limbs[:, :1], 20.0)], 1), torch.stack([u, v], 2).flatten(1, 2)


def made_networks() -> Networks:
    return Networks(Fattened())


def made_avatar(seed: int = 0) -> Avatar:
    stack = torch.rand(PARTS, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return Avatar(stack, {window: torch.zeros(CODE) for window in ("body", "head")}, _rest())


def _rest() -> torch.Tensor:
    """Joints of a body with its arms stretched to the sides."""
    places = {"Hips": np.array([0.0, 0.95, 0.0])}
    while len(places) < len(JOINTS):
        for joint, parent in PARENTS.items():
            if parent in places and joint not in places:
                places[joint] = places[parent] + _offset(joint)
    return torch.tensor(np.stack([places[joint] for joint in JOINTS])).float()


def _offset(joint: str) -> np.ndarray:
    side = -1 if joint.startswith("Right") else 1
    name = joint.removeprefix("Right").removeprefix("Left")
    if name in BONES_DOWN:
        across, up = BONES_DOWN[name]
        return np.array([side * across, up, 0.05])
    if name in ("Spine1", "Spine2", "Neck", "Head", "HeadEnd"):
        return np.array([0.0, 0.14, 0.0])
    if name == "Eye":
        return np.array([side * 0.03, 0.08, 0.08])
    return np.array([side * (0.24 if "Arm" in name or name == "Hand" else 0.05), 0.0, 0.0])


def bvh(frames: int = 40) -> str:
    """A file with a body that lifts its arms."""
    lines = ["HIERARCHY"]

    def joint(name, offset, children, depth):
        kind = "ROOT" if depth == 0 else "JOINT"
        channels = "6 Xposition Yposition Zposition" if depth == 0 else "3"
        lines.extend([f"{kind} {name}", "{", f"OFFSET {offset}", f"CHANNELS {channels} Zrotation Xrotation Yrotation"])
        for child in children:
            joint(*child, depth + 1)
        if not children:
            lines.extend(["End Site", "{", "OFFSET 0 -5 1", "}"])
        lines.append("}")

    def arm(side, sign):
        return (f"{side}Arm", f"{15 * sign} 40 0", [(f"{side}ForeArm", f"{28 * sign} 0 0", [])])

    def leg(side, sign):
        return (f"{side}UpLeg", f"{10 * sign} -5 0", [(f"{side}Leg", "0 -40 0", [])])

    spine = ("Spine", "0 10 0", [("Head", "0 55 0", []), arm("Left", 1), arm("Right", -1)])
    joint("Hips", "0 0 0", [spine, leg("Left", 1), leg("Right", -1)], 0)
    lines += ["MOTION", f"Frames: {frames}", "Frame Time: 0.0333333"]
    still = "0 0 0"
    for frame in range(frames):
        lift = 40 * np.sin(2 * np.pi * frame / frames) + 5
        arms = [f"{lift:.3f} 0 0", still, f"{-lift:.3f} 0 0", still]
        lines.append(" ".join(["0 90 0", still, still, still, *arms, *[still] * 4]))
    return "\n".join(lines)


def somebody(lift: float = 0.0, *, at: float = 0.5, presence: float = 1.0, visible: float = 1.0) -> Person:
    """A person in a photo who stands, and lifts the left arm by 0 to 1.

    Args:
        at: where, in parts of the width.
    """
    width, height = SIZE
    world = np.zeros((len(LANDMARKS), 3), np.float32)
    for index, name in enumerate(LANDMARKS):
        side = 1 if "left" in name else -1 if "right" in name else 0
        part = name.replace("left", "").replace("right", "").strip()
        world[index] = _place(part, side, lift if side == 1 else 0.0)
    pixels = world.copy() * height / 2.2
    pixels[:, :2] += [width * at, height * 0.5]
    box = (*pixels[:, :2].min(0).tolist(), *pixels[:, :2].max(0).tolist())
    middle = Region(width * at, height * 0.5, height * 1.1, 0.0)
    return Person(pixels, world, np.full(len(LANDMARKS), visible, np.float32), presence, box, middle)


def _place(part: str, side: int, lift: float) -> tuple[float, float, float]:
    """x to the right of the picture, where the person's left is; y down; z away."""
    turn = np.pi / 2 * lift
    across, down = np.sin(turn), np.cos(turn)
    reach = {"elbow": 0.27, "wrist": 0.52, "thumb": 0.58, "index": 0.6, "pinky": 0.6}
    if part in reach:
        return side * (0.18 + reach[part] * across), -0.5 + reach[part] * down, -0.01 if part == "index" else 0.01
    still = {
        "shoulder": (0.18, -0.5, 0.0),
        "hip": (0.1, 0.0, 0.0),
        "knee": (0.1, 0.42, -0.02),
        "ankle": (0.1, 0.84, 0.0),
    }
    still |= {
        "heel": (0.1, 0.87, 0.05),
        "toes": (0.12, 0.88, -0.14),
        "ear": (0.07, -0.68, 0.0),
        "nose": (0, -0.66, -0.1),
    }
    x, y, z = still.get(part, (0.03, -0.7, -0.08))
    return side * x, y, z
