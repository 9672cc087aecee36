"""Avatars and the baseline *Direct* at cameras and motions that no training saw, compared with rendered pictures.

Azimuths are half-way between the cameras of the arms, elevation 10. SSIM and the distance of VGG features
(`image_loss`) are of pictures on black, of the whole picture and inside the true mask alone; the spread is that of the
means of the held-out clips of each person.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import torch
from skimage.metrics import structural_similarity
from torch import Tensor
from torch.nn import functional as F

from benchmarks.report import Row, measured
from convgen import weights
from convgen.avatars import catalogue
from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY, Camera
from convgen.avatars.data import load_motions, load_people
from convgen.avatars.motion import Motion, positions
from convgen.avatars.network import AvatarNet, DirectNet
from convgen.avatars.objective import image_loss
from convgen.avatars.people import Person
from convgen.avatars.renderer import Rendered, render
from convgen.avatars.rendering import SHARPER, Avatar, Networks, view
from convgen.avatars.sampling import sample
from convgen.avatars.sharp import texture_stack
from convgen.descriptor import load_descriptor
from convgen.training.runs import load_tensors

TECHNIQUE = "avatars"
ARM_PEOPLE = ("Black_M_1_Busi", "White_F_2_Medi")
SHIPPED = {
    "red-cardigan": "Asian_F_2_Casual",
    "grey-shirt": "Black_F_2_Casual",
    "dark-suit": "Black_M_1_Busi",
    "green-overall": "Hispanic_M_2_Util",
    "blue-shirt": "MENA_M_1_Casual",
    "white-coat": "White_F_2_Medi",
}
"""Avatar -> the person it was made of."""
HELD_OUT = ("05_12", "10_01")
FRAMES = 12
"""Of each clip and person."""
LARGE = 512


# ---- unseen views


def unseen(person: Person, motions: dict[str, Motion], *, size: int) -> Iterator[tuple[str, int, Camera, Rendered]]:
    """Views of held-out motions from held-out cameras: the clip, the frame, the camera and the truth."""
    for clip in HELD_OUT:
        motion = motions[clip]
        for place in range(FRAMES):
            camera = Camera(azimuth=(place * 5 % 16 + 0.5) * 360 / 16, elevation=10)
            frame = place * (len(motion) - 1) // (FRAMES - 1)
            yield clip, frame, camera, render(person, motion, frame, camera, pixels=size, samples=3)


def compared(image: Tensor, truth: Rendered, descriptor: torch.nn.Module, *, whole: bool = True) -> dict[str, float]:
    """SSIM and VGG distance of a picture (3, H, W) on black, whole and inside the true mask.

    Args:
        whole: also the VGG distance of the whole picture, which takes seconds of a large one.
    """
    inside = truth.mask[0] > 0.5
    pairs = [picture.permute(1, 2, 0).numpy() for picture in (image, truth.image)]
    mean, full = structural_similarity(*pairs, data_range=1, channel_axis=2, full=True)
    masked = [(picture * inside)[None] for picture in (image, truth.image)]
    found = {"ssim": float(mean), "ssim_inside": float(full.mean(2)[inside.numpy()].mean())}
    with torch.no_grad():
        if whole:
            found["vgg"] = image_loss(image[None], truth.image[None], descriptor).item()
        found["vgg_inside"] = image_loss(*masked, descriptor).item()
    return found


def over_clips(found: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    """Means over clips, and their spread: clip -> measures of its views -> NAME, NAME_spread."""
    table = {}
    for name in next(iter(found.values()))[0]:
        means = [fmean(view[name] for view in views) for views in found.values()]
        table |= {name: fmean(means), f"{name}_spread": pstdev(means)}
    return table


# ---- arms


@dataclass(frozen=True)
class Arm:
    """A finished run."""

    net: AvatarNet | DirectNet
    codes: Tensor
    stack: Tensor | None
    cpu_seconds: float


def load_arm(folder: Path) -> Arm:
    facts = json.loads((folder / "net.json").read_text())
    kind = DirectNet if "--direct" in facts["training_command"] else AvatarNet
    net = kind(**facts["arguments"])
    net.load_state_dict(load_tensors(folder / "net.safetensors"))
    stack = load_tensors(folder / "checkpoint.safetensors").get("net.textures.stack")
    codes = load_tensors(folder / "codes.safetensors")["codes"]
    stack = stack if stack is None else stack.movedim(-1, 2)
    return Arm(net.eval().fused(), codes, stack, facts["scores"]["cpu_seconds"])


@torch.no_grad()
def small(one: Arm, whose: int, truth: Rendered) -> Tensor:
    """What an arm makes of a pose at 128 pixels: (3, 128, 128) on black."""
    maps = bone_maps(truth.joints[None], truth.distance)
    first, second = one.net(maps, one.codes[whose, None])
    if one.stack is None:
        return (first.clamp(0, 1) * second.sigmoid())[0]
    return sample(first.softmax(1), second, one.stack, torch.tensor([whose]))[0].clamp(0, 1)


@torch.no_grad()
def enlarged(one: Arm, whose: int, truth: Rendered, *, size: int = LARGE, background: Tensor | float = 0.0) -> Tensor:
    """*Direct* at a larger size: its picture enlarged, its silhouette as sharp as ours: (3, size, size)."""
    first, second = one.net(bone_maps(truth.joints[None], truth.distance), one.codes[whose, None])
    # Divided by the mask first, so that the black around it does not darken the edge.
    colour = first.clamp(0, 1) / second.sigmoid().clamp(min=0.05)
    options = {"size": (size, size), "mode": "bicubic", "align_corners": False}
    picture = F.interpolate(colour.clamp(0, 1), **options).clamp(0, 1)
    mask = torch.sigmoid(SHARPER * F.interpolate(second, size=(size, size), mode="bilinear", align_corners=False))
    return (picture * mask + background * (1 - mask))[0]


def table_rows(people: Path, motions: Path, arms: Path) -> list[Row]:
    """Table 6.1: two people, 16 and 6 cameras, ours against *Direct*, at 128 pixels."""
    descriptor, moves = load_descriptor(), load_motions(motions)
    found = load_people(people, ARM_PEOPLE)
    table: dict[tuple[str, int], dict[str, float]] = {}
    names = [name for name in ("ours-16", "direct-16", "ours-6", "direct-6", "parts-lost") if (arms / name).is_dir()]
    for name in names:
        one = load_arm(arms / name)
        for whose, person in enumerate(found.values()):

            def measure(one: Arm = one, whose: int = whose, person: Person = person) -> dict[str, Any]:
                views: dict[str, list[dict[str, float]]] = {}
                for clip, _, _, truth in unseen(person, moves, size=BODY.pixels):
                    views.setdefault(clip, []).append(compared(small(one, whose, truth), truth, descriptor))
                return over_clips(views) | {"cpu_seconds": one.cpu_seconds}

            conditions = (name, whose, round(one.cpu_seconds, 1), float(one.codes.sum()))
            table[name, whose] = measured(TECHNIQUE, f"table-{name}-{whose}", conditions, measure)
    rows = []
    for cameras in (16, 6):
        for whose in range(len(found)):
            ours, direct = (table.get((f"{kind}-{cameras}", whose)) for kind in ("ours", "direct"))
            if ours and direct:
                label = f"Table 6.1, person {whose + 1}, {cameras} cameras"
                rows += _pairs(label, ours, direct)
    for whose in range(len(found)):
        ours, lost = table.get(("ours-16", whose)), table.get(("parts-lost", whose))
        if ours and lost:
            rows += _pairs(f"person {whose + 1}: initial loss kept, against Eq. 6.2 and 6.3 alone", ours, lost)
    if names:
        seconds = {name: table[name, 0]["cpu_seconds"] for name in names}
        rows += [Row(f"CPU seconds of {name}", value, None, None, "s", "", None) for name, value in seconds.items()]
    return rows


def _pairs(label: str, ours: dict[str, float], peer: dict[str, float]) -> list[Row]:
    units = {"ssim": "SSIM", "ssim_inside": "SSIM inside", "vgg": "VGG distance", "vgg_inside": "VGG distance inside"}
    return [
        Row(
            label,
            ours[name],
            peer[name],
            ours[name] / peer[name],
            f"{unit}, +- {ours[f'{name}_spread']:.4f} and {peer[f'{name}_spread']:.4f}",
            "",
            None,
        )
        for name, unit in units.items()
    ]


# ---- large pictures


def large_rows(people: Path, motions: Path, arms: Path) -> list[Row]:
    """At 512 pixels: textures sampled there, against sampling small and enlarging, and against *Direct* enlarged."""
    descriptor, moves = load_descriptor(), load_motions(motions)
    training = {name: motion for name, motion in moves.items() if name not in HELD_OUT}
    found = load_people(people, ARM_PEOPLE)
    ours, direct = load_arm(arms / "ours-16"), load_arm(arms / "direct-16")
    shipped = {person: name for name, person in SHIPPED.items()}
    networks = catalogue.load_networks()

    truths: list[list[tuple[str, int, Camera, Rendered]]] = []

    def measure(make: Callable[[int, Person, Motion, int, Camera, Rendered], Tensor]) -> dict[str, float]:
        if not truths:  # drawn once for all ways
            truths.extend(list(unseen(person, moves, size=LARGE)) for person in found.values())
        views: dict[str, list[dict[str, float]]] = {}
        for whose, person in enumerate(found.values()):
            for clip, frame, camera, truth in truths[whose]:
                image = make(whose, person, moves[clip], frame, camera, truth)
                views.setdefault(f"{clip} {whose}", []).append(compared(image, truth, descriptor, whole=False))
        return over_clips(views)

    stacks: dict[int, Avatar] = {}

    def of_arm(whose: int, person: Person) -> Avatar:
        if whose not in stacks:
            codes = {"body": ours.codes[whose]}
            stack = texture_stack(Networks(ours.net), codes, person, training, side=128)
            stacks[whose] = Avatar(stack, codes, person.rest)
        return stacks[whose]

    def sampled(networks: Networks, avatar: Avatar, motion: Motion, frame: int, camera: Camera) -> Tensor:
        joints = positions(motion, avatar.rest)[frame]
        seen = view(networks, avatar, joints, camera, size=LARGE, height=float(joints[0, 1]))
        return (seen.picture * seen.alpha)[0]

    def full(whose, person, motion, frame, camera, truth):
        return sampled(Networks(ours.net), of_arm(whose, person), motion, frame, camera)

    def as_shipped(whose, person, motion, frame, camera, truth):
        return sampled(networks, catalogue.load_avatar(shipped[ARM_PEOPLE[whose]]), motion, frame, camera)

    def small_enlarged(whose, person, motion, frame, camera, truth):
        image = small(ours, whose, truth)[None]
        return F.interpolate(image, size=(LARGE, LARGE), mode="bicubic", align_corners=False)[0].clamp(0, 1)

    def direct_enlarged(whose, person, motion, frame, camera, truth):
        return enlarged(direct, whose, truth)

    ways = {"full": full, "shipped": as_shipped, "small": small_enlarged, "direct": direct_enlarged}
    conditions = (round(ours.cpu_seconds, 1), float(ours.codes.sum()), float(direct.codes.sum()))
    hashes = tuple(weights.find(row).sha256[:8] for row in catalogue.NETWORKS.values())
    table = {
        name: measured(TECHNIQUE, f"large-{name}", (*conditions, *hashes), lambda make=make: measure(make))
        for name, make in ways.items()
    }
    rows = []
    asked = (("ssim_inside", "SSIM inside", 0.005), ("vgg_inside", "VGG distance inside", -0.03))
    for name, label in (("full", "ours of the arm"), ("shipped", "ours as shipped")):
        for measure_, unit, least in asked:
            one, peer = table[name][measure_], table["direct"][measure_]
            holds = one - peer >= least if least > 0 else one - peer <= least
            target = f"{least:+g}" if name == "full" else ""
            what = f"512 px, textures sampled there against Direct enlarged: {label}"
            rows.append(Row(what, one, peer, one / peer, unit, target, holds if target else None))
    for measure_, unit in (("ssim_inside", "SSIM inside"), ("vgg_inside", "VGG distance inside")):
        one, peer = table["full"][measure_], table["small"][measure_]
        what = "512 px, textures sampled there against sampled at 128 px and enlarged"
        rows.append(Row(what, one, peer, one / peer, unit, "", None))
    return rows
