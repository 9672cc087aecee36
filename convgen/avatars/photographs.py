"""A person in a photo as an avatar's networks see people: bones where the landmarks are, and the outline.

Deviation: the thesis's pictures come from known cameras with poses found by several views and masks found by a network;
here BlazePose finds the pose in one photo, the camera is taken to stand five metres away, and the outline is GrabCut's
(Rother et al., SIGGRAPH 2004), which begins with the network's own.
"""

from collections.abc import Mapping

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from convgen import images
from convgen.avatars.becoming import Sight
from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY, looking, project, to_camera
from convgen.avatars.driving import LANDMARKS, motion_of
from convgen.avatars.motion import positions
from convgen.avatars.objective import foreground_logits
from convgen.avatars.rendering import Networks
from convgen.avatars.skeleton import JOINTS, SIDES
from convgen.pose_finder import Person

DISTANCE = 5.0
"""Metres at which the camera of a photo is taken to stand."""
MOST_PIXELS = 1024
LIMBS = {
    "Arm": "Shoulder",
    "ForeArm": "Elbow",
    "Hand": "Wrist",
    "UpLeg": "Hip",
    "Leg": "Knee",
    "Foot": "Ankle",
    "ToeEnd": "Toe",
}
"""Joint -> landmark, of each side."""
EYES = (2, 5)
"""Landmarks of the middle of each eye."""
MOVED = 0.5
"""How far joints are moved from where an average body has them to where the landmarks are."""
LEAST_SEEN = 0.05
OUTLINE = 256
"""Side of the picture in which the outline is found."""
ROUNDS = 3
CLEAR, LIKELY, POSSIBLE = 0.9, 0.5, 0.3
"""The network's foreground: surely the person, likely, and no further away than `NEAR` from what may be."""
NEAR, WITHIN = 17, 5
"""Sides of the squares by which what may be the person is widened, and what surely is narrowed, in pixels."""


def sight_of(photo: Image.Image, person: Person, rest: Tensor) -> Sight:
    """A person in a photo in the body's window; all of the photo counts as the person, see `outlined`.

    Args:
        rest: (J, 3) metres, of an average body.
    """
    joints, centre, half = _bones_in(person, rest)
    side = max(BODY.pixels, min(MOST_PIXELS, round(2 * half)))
    line = ((torch.arange(side) + 0.5) * 2 / side - 1) * half
    places = torch.stack(torch.meshgrid(centre[0] + line, centre[1] + line, indexing="xy"), -1)
    grid = places * 2 / torch.tensor(photo.size) - 1
    pixels = images.to_tensor(images.on_white(photo).convert("RGB"))
    # Averaged first where the photo is larger, so that nothing is skipped.
    smaller = max(1, round(2 * half / side))
    shown = F.avg_pool2d(torch.cat([pixels, torch.ones_like(pixels[:, :1])], 1), smaller, ceil_mode=True)
    cut = F.grid_sample(shown, grid[None], align_corners=False)[0]
    return Sight(cut[:3], cut[3:], joints, DISTANCE)


def _bones_in(person: Person, rest: Tensor) -> tuple[Tensor, Tensor, float]:
    """Joints (J, 3) in the frame of the photo's camera; the pelvis and half of the body's window, in pixels."""
    posed = positions(motion_of(torch.from_numpy(person.world)[None]), rest)[0]
    seen = to_camera(posed, looking(0, 0))
    flat = project(seen, DISTANCE)
    landmarks = torch.from_numpy(person.landmarks[:, :2]).float()
    of = {side + joint: LANDMARKS[side + landmark] for side in SIDES for joint, landmark in LIMBS.items()}
    found, known = flat[[JOINTS.index(joint) for joint in of]], landmarks[list(of.values())]
    counts = torch.from_numpy(person.visibility).float()[list(of.values()), None].clamp(min=LEAST_SEEN)
    middles = [(counts * places).sum(0) / counts.sum() for places in (found, known)]
    away, wanted = found - middles[0], known - middles[1]
    half = float(((counts * away * wanted).sum() / (counts * away**2).sum()).clamp(min=1.0))
    centre = middles[1] - half * middles[0]
    goals = (landmarks - centre) / half
    moves = {joint: goals[landmark] - flat[JOINTS.index(joint)] for joint, landmark in of.items()}
    eyes = [JOINTS.index(f"{side}Eye") for side in SIDES]
    head = goals[list(EYES)].mean(0) - flat[eyes].mean(0)
    move = MOVED * torch.stack([_move_of(joint, moves, head) for joint in JOINTS])
    depth = 1 + seen[:, 2:] / DISTANCE
    moved = torch.cat([seen[:, :2] + move * BODY.half * depth, seen[:, 2:]], 1)
    pelvis = moved[0] * torch.tensor([1.0, 1.0, 0.0])
    return moved - pelvis, centre + half * project(pelvis, DISTANCE), half


def _move_of(joint: str, moves: Mapping[str, Tensor], head: Tensor) -> Tensor:
    """How far a joint moves, from those of which there are landmarks."""

    def middle(name: str) -> Tensor:
        left, right = (moves[side + name] for side in SIDES)
        return (left + right) / 2

    hips, shoulders = middle("UpLeg"), middle("Arm")
    spine = {"Hips": 0.0, "Spine1": 1 / 3, "Spine2": 2 / 3}
    if joint in spine:
        return hips.lerp(shoulders, spine[joint])
    if joint == "Neck":
        return shoulders.lerp(head, 0.5)
    side = next((side for side in SIDES if joint.startswith(side)), "")
    if not side or joint.endswith("Eye"):
        return head
    limb = joint.removeprefix(side)
    if limb == "Shoulder":
        return shoulders
    if limb == "ToeBase":
        return moves[f"{side}Foot"].lerp(moves[f"{side}ToeEnd"], 0.5)
    return moves.get(joint, moves[f"{side}Hand"])


@torch.no_grad()
def outlined(networks: Networks, sight: Sight, codes: Mapping[str, Tensor]) -> Sight:
    """The same with a mask of the person: near to where the network draws them, cut out by colour."""
    import cv2  # takes a while, and only who makes an avatar of a photo needs it

    maps = bone_maps(sight.joints[None], sight.distance).contiguous(memory_format=torch.channels_last)
    solid = foreground_logits(networks.body(maps, codes["body"][None])[0])
    size = (OUTLINE, OUTLINE)
    likely = F.interpolate(solid, size, mode="bilinear").sigmoid()[0, 0].numpy()
    there = F.interpolate(sight.mask[None], size, mode="area")[0, 0].numpy() > 0.99
    small = F.interpolate(sight.image[None], size, mode="area")[0].permute(1, 2, 0)
    pixels = np.ascontiguousarray(small.mul(255).round().to(torch.uint8).numpy()[..., ::-1])
    near = cv2.dilate((likely > POSSIBLE).astype(np.uint8), np.ones((NEAR, NEAR), np.uint8)) > 0
    core = cv2.erode((likely > CLEAR).astype(np.uint8), np.ones((WITHIN, WITHIN), np.uint8)) > 0
    start = np.where(likely > LIKELY, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    start[core] = cv2.GC_FGD
    start[~near | ~there] = cv2.GC_BGD
    person = _cut_out(pixels, start)
    large = F.interpolate(torch.from_numpy(person)[None, None], size=sight.mask.shape[-2:], mode="bilinear")[0]
    return Sight(sight.image, (large > 0.5).float() * (sight.mask > 0.99), sight.joints, sight.distance)


def _cut_out(pixels: np.ndarray, start: np.ndarray) -> np.ndarray:
    """GrabCut: (S, S) float32, 1 on the person; where it fails, as where there is no background, what it began with."""
    import cv2

    begun = np.isin(start, (cv2.GC_FGD, cv2.GC_PR_FGD))
    found = start.copy()
    try:
        cv2.setRNGSeed(0)
        cv2.grabCut(pixels, found, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return begun.astype(np.float32)
    person = np.isin(found, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return (person if begun.sum() / 2 < person.sum() < 2 * begun.sum() else begun).astype(np.float32)
