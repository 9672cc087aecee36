"""The joints and bones of an avatar (thesis section 6.3.2).

Joints are named as in the rigs of VALID (Do et al., 2023). Positions are in metres: x to the person's left, y up,
z where the person faces.
"""

from collections.abc import Callable
from itertools import pairwise

SPINE = ("Hips", "Spine1", "Spine2", "Neck", "Head", "HeadEnd")
SIDE = ("Shoulder", "Arm", "ForeArm", "Hand", "FingerBase", "UpLeg", "Leg", "Foot", "ToeBase", "ToeEnd")
FINGERS = ("Thumb", "Index", "Middle", "Pinky")
SIDES = ("Right", "Left")


def _of_both(named: Callable[[str], tuple]) -> tuple:
    return tuple(item for side in SIDES for item in named(side))


def _joints_of(side: str) -> tuple[str, ...]:
    fingers = tuple(f"{side}Hand{finger}{place}" for finger in FINGERS for place in (1, 4))
    return (f"{side}Eye", *(f"{side}{joint}" for joint in SIDE), *fingers)


def _bones_of(side: str) -> tuple[tuple[str, str], ...]:
    limbs = (
        ("Spine2", "Arm"),
        ("Arm", "ForeArm"),
        ("ForeArm", "Hand"),
        ("Hips", "UpLeg"),
        ("UpLeg", "Leg"),
        ("Leg", "Foot"),
        ("Foot", "ToeEnd"),
    )
    named = tuple((start if start in SPINE else side + start, side + end) for start, end in limbs)
    return (*named, *((f"{side}Hand", f"{side}Hand{finger}4") for finger in FINGERS))


JOINTS: tuple[str, ...] = (*SPINE, *_of_both(_joints_of))
"""Names of the joints, in the order of every (..., J, 3) array of positions."""
PELVIS = JOINTS.index("Hips")
BONES: tuple[tuple[str, str], ...] = (
    ("Hips", "Spine1"),
    ("Spine1", "Spine2"),
    ("Spine2", "Neck"),
    ("Neck", "Head"),
    ("Head", "HeadEnd"),
    ("Head", "RightEye"),
    ("Head", "LeftEye"),
    ("RightEye", "LeftEye"),
    ("RightUpLeg", "LeftUpLeg"),
    ("RightArm", "LeftArm"),
    *_of_both(_bones_of),
)
"""The two joints of each bone: one channel of the bone maps each. Lines between the eyes, the hips and the shoulders
say how the body is turned; four fingers say how a hand is."""


def _parents_of(side: str) -> tuple[tuple[str, str], ...]:
    chain = {
        "Eye": "Head",
        "Shoulder": "Spine2",
        "UpLeg": "Hips",
        "Arm": "Shoulder",
        "ForeArm": "Arm",
        "Hand": "ForeArm",
        "FingerBase": "Hand",
        "Leg": "UpLeg",
        "Foot": "Leg",
        "ToeBase": "Foot",
        "ToeEnd": "ToeBase",
    }
    named = [(side + joint, parent if parent in SPINE else side + parent) for joint, parent in chain.items()]
    for finger in FINGERS:
        named += [(f"{side}Hand{finger}1", f"{side}FingerBase"), (f"{side}Hand{finger}4", f"{side}Hand{finger}1")]
    return tuple(named)


PARENTS: dict[str, str] = {
    **{child: parent for parent, child in pairwise(SPINE)},
    **dict(_of_both(_parents_of)),
}
"""Joint -> the joint it hangs on; Hips hang on none. What lies between them in the rig moves with the parent."""
DRIVEN: tuple[str, ...] = (
    *SPINE[:-1],
    *_of_both(
        lambda side: tuple(
            side + joint
            for joint in ("Shoulder", "Arm", "ForeArm", "Hand", "HandThumb1", "HandIndex1", "UpLeg", "Leg", "Foot")
        )
    ),
)
"""Joints with a rotation of their own in a motion; the others turn with the joint they hang on."""


def driver_of(joint: str, parents: dict[str, str] = PARENTS) -> str:
    """The driven joint that a joint turns with: itself, its hand's index finger for fingers, else the next above."""
    while joint not in DRIVEN:
        for side in SIDES:
            hand = f"{side}Hand"
            if joint.startswith(hand) and joint[len(hand) :].startswith(("Middle", "Ring", "Pinky", "Index")):
                return f"{hand}Index1"
            if joint.startswith(f"{hand}Thumb"):
                return f"{hand}Thumb1"
        joint = parents[joint]
    return joint
