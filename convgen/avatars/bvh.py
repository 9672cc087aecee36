"""Motions from BVH files, the text format of motion capture, whatever their joints are called."""

import re
from dataclasses import dataclass, field

import numpy as np
import torch

from convgen.avatars.motion import Motion, quaternions_of
from convgen.avatars.skeleton import DRIVEN

MOST_FRAMES, MOST_JOINTS = 20_000, 400
LONGEST = 60_000_000
"""Characters of a file."""
FPS = 30
BENT = 20.0
"""Degrees by which a limb at rest may point elsewhere than ours before that is taken into account."""
AT_REST, LEAD, LEAPT = 8.0, 3, 30.0
"""Degrees by which the arms of a first frame at rest are turned at most; how many frames lead from it to the motion;
and the degrees by which the arms are turned then: more than anybody turns them in that time."""
PARTS = {
    "Shoulder": ("collar", "clavicle", "shoulder"),
    "Arm": ("shldr", "arm", "upperarm", "uparm", "shoulder"),
    "ForeArm": ("forearm", "lowerarm", "lowarm", "elbow"),
    "Hand": ("hand", "wrist"),
    "HandThumb1": ("handthumb1", "thumb1", "thumb"),
    "HandIndex1": ("handindex1", "index1", "fingerbase", "handmiddle1", "mid1"),
    "UpLeg": ("upleg", "thigh", "upperleg", "hip"),
    "Leg": ("leg", "shin", "lowerleg", "lowleg", "calf", "knee"),
    "Foot": ("foot", "ankle"),
}
"""Names of a side's joints, the likeliest first."""
NEEDED = ("Arm", "ForeArm", "UpLeg", "Leg")
SIDES = {"Right": "r", "Left": "l"}
ARM, LEG = ("Arm", "ForeArm"), ("UpLeg", "Leg")
FOLLOWS = {"Hand": "ForeArm", "HandThumb1": "ForeArm", "HandIndex1": "ForeArm", "Foot": "Leg"}
DOWN = {"UpLeg": (0.0, -1.0, 0.0), "Leg": (0.0, -1.0, 0.0)}


@dataclass
class _Joint:
    """A joint of a file: its offset from its parent, its channels and its children."""

    name: str
    parent: int
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))
    channels: tuple[str, ...] = ()
    end: np.ndarray | None = None


def read_bvh(text: str) -> Motion:
    """The motion in a BVH file.

    The body may have other joints, names, proportions, units and another up axis than ours: what counts is how its
    limbs turn away from their place at rest. A first frame at rest, which is no part of the motion, goes.

    Args:
        text: the file.
    Returns:
        at 30 frames a second, or nearly; its first frame faces z.
    Raises:
        ValueError: what is wrong with the file, in a sentence.
    """
    if len(text) > LONGEST:
        raise ValueError(f"The motion must have at most {LONGEST // 1_000_000} MB of text.")
    head, found, tail = text.partition("MOTION")
    if "HIERARCHY" not in head or not found:
        raise ValueError("This is no BVH file: it must begin with HIERARCHY and have a part MOTION.")
    joints = _hierarchy(head)
    values, fps = _frames(tail, sum(len(joint.channels) for joint in joints))
    places = _matched(joints)
    basis = _basis(joints, places)
    turns, root = _turned(joints, values, basis)
    every = max(1, round(fps / FPS))
    turns, root = turns[::every], root[::every]
    driven = _driven(joints, places, basis, turns)
    if len(driven) > 2 * LEAD and _turn_of_arms(driven[0]) < AT_REST and _turn_of_arms(driven[LEAD]) > LEAPT:
        # A pose at rest, and frames on the way from it.
        driven, root = driven[LEAD:], root[LEAD:]
    size = sum(np.linalg.norm(_bone(joints, places, f"Left{joint}")) for joint in LEG)
    if not size > 1e-6:
        raise ValueError("The legs in the BVH file have no length: take a file with the bones' OFFSETs.")
    root = root @ basis.T / size
    return _facing_z(driven, root, fps / every)


def _hierarchy(text: str) -> list[_Joint]:
    joints: list[_Joint] = []
    stack: list[int] = []
    tokens = text.split()
    place, ending = tokens.index("HIERARCHY") + 1, False
    try:
        while place < len(tokens):
            word = tokens[place].upper()
            if word in ("ROOT", "JOINT"):
                joints.append(_Joint(tokens[place + 1], stack[-1] if stack else -1))
                place += 2
            elif word == "END":
                ending, place = True, place + 2
            elif word == "{":
                stack.append(stack[-1] if ending else len(joints) - 1)
                place += 1
            elif word == "}":
                stack.pop()
                ending, place = False, place + 1
            elif word == "OFFSET":
                offset = np.array([float(value) for value in tokens[place + 1 : place + 4]])
                if offset.shape != (3,) or not np.isfinite(offset).all():
                    raise ValueError
                if ending:
                    joints[stack[-1]].end = offset
                else:
                    joints[stack[-1]].offset = offset
                place += 4
            elif word == "CHANNELS":
                count = int(tokens[place + 1])
                channels = tuple(name.lower() for name in tokens[place + 2 : place + 2 + count])
                if any(name[0] not in "xyz" or name[1:] not in ("position", "rotation") for name in channels):
                    raise ValueError
                joints[stack[-1]].channels = channels
                place += 2 + count
            else:
                raise ValueError
            if len(joints) > MOST_JOINTS:
                raise ValueError
    except (ValueError, IndexError):
        raise ValueError("The HIERARCHY of the BVH file is damaged: export the motion again.") from None
    if stack or not joints or not joints[0].channels:
        raise ValueError("The HIERARCHY of the BVH file is damaged: export the motion again.")
    return joints


def _frames(text: str, channels: int) -> tuple[np.ndarray, float]:
    """(F, channels) and frames a second."""
    header = re.match(r"\s*Frames:\s*(\d{1,12})\s*Frame Time:\s*([-+.\deE]{1,40})\s", f"{text} ")
    said = "`Frames:` and `Frame Time:`, each with a number,"
    unsaid = ValueError(f"The BVH file must say {said} after MOTION: export the motion again.")
    if header is None:
        raise unsaid
    try:
        count, duration = int(header[1]), float(header[2])
    except ValueError:
        raise unsaid from None
    if not 0.001 <= duration <= 1:
        raise ValueError(f"The Frame Time of the BVH file must be between 0.001 and 1 second, not {header[2]}.")
    if count > MOST_FRAMES:
        raise ValueError(f"The motion must have at most {MOST_FRAMES:,} frames, not {count:,}: cut it.")
    try:
        values = np.array(text[header.end() :].split(), dtype=np.float64)
    except ValueError:
        raise ValueError("The frames of the BVH file must be numbers: export the motion again.") from None
    # Some files have fewer frames than they say.
    frames = min(count, len(values) // max(1, channels))
    if frames == 0:
        raise ValueError("The BVH file has no whole frame: it was cut off, export the motion again.")
    values = values[: frames * channels].reshape(frames, channels)
    if not np.isfinite(values).all() or np.abs(values).max() > 1e6:
        raise ValueError("The BVH file has values that are no numbers, or far too large: export the motion again.")
    return values, 1 / duration


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())


def _matched(joints: list[_Joint]) -> dict[str, int]:
    """Driven joint -> joint of the file."""
    named = {}
    for place, joint in enumerate(joints):
        named.setdefault(_plain(joint.name), place)
    found = {"Hips": 0}
    for side, letter in SIDES.items():
        word = side.lower()
        for part, names in PARTS.items():
            for name in names:
                ways = (f"{word}{name}", f"{letter}{name}", f"{name}{word}", f"{name}{letter}")
                place = next((named[way] for way in ways if way in named), None)
                if place is not None and place not in found.values():
                    found[side + part] = place
                    break
        if f"{side}Shoulder" in found and f"{side}Arm" not in found:
            found[f"{side}Arm"] = found.pop(f"{side}Shoulder")
    missing = [side + part for side in SIDES for part in NEEDED if side + part not in found]
    head = next((named[name] for name in ("head", "skull", "neck1", "neck") if name in named), None)
    if missing or head is None:
        wanted = ", ".join([*missing, *([] if head is not None else ["Head"])])
        raise ValueError(f"The BVH file must be of a person: no joint was found for {wanted}.")
    path = _path(joints, head)
    arm = set(_path(joints, found["LeftArm"]))
    trunk = [place for place in path if place in arm]
    found["Head"] = head
    found["Spine2"] = trunk[-1]
    found["Spine1"] = trunk[1] if len(trunk) > 1 else trunk[-1]
    found["Neck"] = next((place for place in path if place not in arm), head)
    return found


def _path(joints: list[_Joint], place: int) -> list[int]:
    """From the root to a joint."""
    path = [place]
    while joints[path[0]].parent >= 0:
        path.insert(0, joints[path[0]].parent)
    return path


def _at_rest(joints: list[_Joint], place: int) -> np.ndarray:
    return np.sum([joints[one].offset for one in _path(joints, place)], axis=0)


def _basis(joints: list[_Joint], places: dict[str, int]) -> np.ndarray:
    """(3, 3): the file's axes -> x to the left, y up, z ahead, as the body at rest has them, in quarter turns."""
    up = (
        _at_rest(joints, places["Head"])
        - (_at_rest(joints, places["LeftLeg"]) + _at_rest(joints, places["RightLeg"])) / 2
    )
    left = _at_rest(joints, places["LeftUpLeg"]) - _at_rest(joints, places["RightUpLeg"])
    rows = np.zeros((3, 3))
    above = int(np.abs(up).argmax())
    rows[1, above] = np.sign(up[above])
    left[above] = 0
    beside = int(np.abs(left).argmax())
    if not np.abs(up).max() > 1e-6 or not np.abs(left).max() > 1e-9:
        raise ValueError("The body at rest in the BVH file is no standing person: export the motion again.")
    rows[0, beside] = np.sign(left[beside])
    rows[2] = np.cross(rows[0], rows[1])
    return rows


def _turned(joints: list[_Joint], values: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turns of all joints in the world (F, joints, 3, 3), in our axes, and the root's place (F, 3), in the file's."""
    turns = np.zeros((len(values), len(joints), 3, 3))
    root, column = np.tile(joints[0].offset, (len(values), 1)), 0
    for place, joint in enumerate(joints):
        turn = np.broadcast_to(np.eye(3), (len(values), 3, 3))
        for channel in joint.channels:
            axis = "xyz".index(channel[0])
            if channel.endswith("rotation"):
                turn = turn @ _about(axis, np.radians(values[:, column]))
            elif place == 0:
                root[:, axis] = values[:, column]
            column += 1
        turns[:, place] = turn if joint.parent < 0 else turns[:, joint.parent] @ turn
    return basis @ turns @ basis.T, root


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.zeros((len(angle), 3, 3))
    one, two = (axis + 1) % 3, (axis + 2) % 3
    turn[:, axis, axis] = 1
    turn[:, one, one] = turn[:, two, two] = cosine
    turn[:, one, two], turn[:, two, one] = -sine, sine
    return turn


def _bone(joints: list[_Joint], places: dict[str, int], name: str) -> np.ndarray:
    """Where a limb points at rest in the file's axes: to the next driven joint, or to its child."""
    own = places[name]
    side = "Right" if name.startswith("Right") else "Left"
    after = {"Arm": "ForeArm", "ForeArm": "Hand", "UpLeg": "Leg", "Leg": "Foot"}[name.removeprefix(side)]
    if (goal := places.get(side + after)) is not None:
        return _at_rest(joints, goal) - _at_rest(joints, own)
    child = next((joint for joint in joints if joint.parent == own), None)
    end = child.offset if child is not None else joints[own].end
    return end if end is not None else np.zeros(3)


def _driven(joints: list[_Joint], places: dict[str, int], basis: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """(F, D, 3, 3): turns of our joints away from arms stretched to the sides."""
    rest = {}
    for side, sign in (("Right", -1.0), ("Left", 1.0)):
        for part in (*ARM, *LEG):
            ours = np.array(DOWN.get(part, (sign, 0.0, 0.0)))
            rest[side + part] = _between(ours, basis @ _bone(joints, places, side + part))
        for part, other in FOLLOWS.items():
            rest[side + part] = rest[side + other] if part != "Foot" else np.eye(3)
    driven = []
    for joint in DRIVEN:
        source = joint
        while source not in places:
            side = next((side for side in SIDES if source.startswith(side)), "")
            above = {"Shoulder": "Spine2", "HandThumb1": "Hand", "HandIndex1": "Hand", "Hand": "ForeArm", "Foot": "Leg"}
            higher = above[source.removeprefix(side)]
            source = higher if higher == "Spine2" else side + higher
        driven.append(turns[:, places[source]] @ rest.get(joint, np.eye(3)))
    return np.stack(driven, axis=1)


def _turn_of_arms(turns: np.ndarray) -> float:
    """Degrees by which the arm that is turned more is turned: (D, 3, 3)."""
    arms = turns[[DRIVEN.index(f"{side}Arm") for side in SIDES]]
    cosine = (np.trace(arms, axis1=1, axis2=2) - 1) / 2
    return float(np.degrees(np.arccos(cosine.clip(-1, 1))).max())


def _between(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The smallest turn from one direction to another, or none where they are nearly the same."""
    length = np.linalg.norm(theirs)
    if length < 1e-9:
        return np.eye(3)
    theirs = theirs / length
    cosine = float(ours @ theirs)
    if cosine > np.cos(np.radians(BENT)) or cosine < -0.999:
        return np.eye(3)
    axis = np.cross(ours, theirs)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1 + cosine)


def _facing_z(turns: np.ndarray, root: np.ndarray, fps: float) -> Motion:
    """The whole motion turned about the vertical, so that its first frame faces z, and begins above the origin."""
    ahead = turns[0, DRIVEN.index("Hips")] @ np.array([0.0, 0.0, 1.0])
    turn = _about(1, np.array([-np.arctan2(ahead[0], ahead[2])]))[0]
    root = (root - root[:1] * np.array([1.0, 0.0, 1.0])) @ turn.T
    rotations = quaternions_of(torch.from_numpy(turn @ turns)).float()
    return Motion(rotations, torch.from_numpy(root).float(), fps)
