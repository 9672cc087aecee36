"""Avatars of two people whom no network has seen, made of one photo and of eight, and how cloth keeps to its garment.

Compared at 128 pixels with renderings at cameras and motions that no picture shows, see `benchmarks.avatar_views`.
Pictures are renderings with given poses; where poses are estimated, before a plain wall. The garment is dressed in
magenta and compared, at 512 pixels, with the parts of the renderings.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, median

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.avatar_views import LARGE, SHIPPED, TECHNIQUE, compared, unseen
from benchmarks.report import ROOT, Row, measured
from convgen import weights
from convgen.avatars import catalogue
from convgen.avatars.becoming import Sight, become, fitted_codes, known_textures
from convgen.avatars.camera import BODY, Camera
from convgen.avatars.commands import refined
from convgen.avatars.data import load_motions, load_people
from convgen.avatars.dressing import GARMENTS, dressed
from convgen.avatars.motion import Motion, positions
from convgen.avatars.people import Person
from convgen.avatars.photographs import outlined, sight_of
from convgen.avatars.renderer import Rendered, render
from convgen.avatars.rendering import Avatar, Networks, view
from convgen.descriptor import load_descriptor
from convgen.images import open_picture, to_picture
from convgen.pose_finder import find_pose

NEW = {"navy-polo": "Asian_M_1_Casual", "sky-shirt": "White_F_1_Casual"}
"""Avatar -> the person whom no network has seen."""
ONE = (("13_26", 397, Camera(15, 5, 5.2)),)
"""Number of the motion, frame, camera of each picture."""
_FRAMES = (("13_26", 60), ("02_01", 40), ("05_02", 200), ("13_30", 300))
EIGHT = tuple((*_FRAMES[place % 4], Camera(45 * place - 180, (5, 10)[place % 2])) for place in range(8))
PICTURES = {"one photo": ONE, "8 photos": EIGHT}
LEAST = {"one photo": 0.93, "8 photos": 0.94, "8 photos, refined for 40 s": 0.955}
PLAIN = "one mean colour a part"
PIXELS = 1024
WALL = (0.73, 0.78, 0.81)
SECONDS = 40
MOST_SECONDS = 3
GARMENT = "shirt"
MAGENTA = (1.0, 0.0, 1.0)
MOST_BLED = 2.0


def become_rows(people: Path | None, motions: Path | None) -> list[Row]:
    """How near avatars of new people come to them, how long it takes, and how far cloth bleeds."""
    rows = []
    if people and motions:
        moves, found = load_motions(motions), load_people(people, tuple(NEW.values()))
        rows += likeness_rows(found, moves) + bleeding_rows(people, moves)
    return rows + seconds_rows()


def _conditions() -> tuple[str, ...]:
    return tuple(weights.find(row).sha256[:8] for row in (*catalogue.NETWORKS.values(), *map(catalogue.row_of, NEW)))


# ---- likeness


def likeness_rows(found: dict[str, Person], moves: dict[str, Motion]) -> list[Row]:
    """SSIM at unseen views: poses given, estimated, learned on for 40 s, and one colour a part."""
    networks, start, descriptor = catalogue.load_networks(), catalogue.average(), load_descriptor()
    truths = {who: list(unseen(person, moves, size=BODY.pixels)) for who, person in found.items()}

    def likeness(make: Callable[[Person], Avatar]) -> dict[str, float]:
        means: dict[str, list[float]] = {"ssim": [], "ssim_inside": []}
        for who, person in found.items():
            avatar = make(person)
            views = [
                compared(picture_of(networks, avatar, moves[clip], frame, camera, truth), truth, descriptor)
                for clip, frame, camera, truth in truths[who]
            ]
            for name, values in means.items():
                values.append(fmean(one[name] for one in views))
        return {name: fmean(values) for name, values in means.items()}

    ways: dict[str, tuple[Callable[[Person], Avatar], str]] = {}
    for label, views in PICTURES.items():

        def estimated(person: Person, views=views) -> list[Sight]:
            photos = (photo_of(person, moves, *one) for one in views)
            return [sight for photo in photos if (sight := found_in(networks, photo, start))]

        def shown(person: Person, views=views) -> list[Sight]:
            return list(sights_of(person, moves, views))

        for name, seen in ((label, shown), (f"{label}, poses estimated", estimated)):

            def made(person: Person, seen=seen) -> Avatar:
                return become(networks, seen(person), codes=start.codes, rest=person.rest)

            def plain(person: Person, seen=seen) -> Avatar:
                return one_colour_a_part(networks, seen(person), start, person)

            ways |= {name: (made, f"{name}, {PLAIN}"), f"{name}, {PLAIN}": (plain, "")}

        def learned(person: Person, seen=shown) -> Avatar:
            sights = seen(person)
            begun = become(networks, sights, codes=start.codes, rest=person.rest)
            return refined(networks, begun, sights, seconds=SECONDS)

        ways[f"{label}, refined for {SECONDS} s"] = (learned, f"{label}, {PLAIN}")
    table = {}
    for name, (make, _) in ways.items():
        with two_threads():
            table[name] = measured(TECHNIQUE, f"become-{name}", _conditions(), lambda make=make: likeness(make))
    rows = []
    for name, own in table.items():
        least = LEAST.get(name)
        against = table.get(ways[name][1])
        for measure, unit in (("ssim", "SSIM"), ("ssim_inside", "SSIM inside")):
            floor = least if measure == "ssim" else None
            peer = against[measure] if against else None
            ahead = peer is None or own[measure] > peer
            targets = [f">= {floor}"] if floor else []
            targets += ["above its peer"] if against else []
            holds = (floor is None or own[measure] >= floor) and ahead if targets else None
            ratio = own[measure] / peer if peer else None
            what = f"become: {name}" + (f", and {PLAIN}" if against else "")
            rows.append(Row(what, own[measure], peer, ratio, unit, ", ".join(targets), holds))
    return rows


def sights_of(person: Person, moves: dict[str, Motion], views: Sequence[tuple[str, int, Camera]]) -> Iterator[Sight]:
    """Large renderings with given poses."""
    for number, frame, camera in views:
        seen = render(person, moves[number], frame, camera, pixels=PIXELS, samples=1)
        yield Sight(seen.image, seen.mask, seen.joints, seen.distance)


def photo_of(person: Person, moves: dict[str, Motion], number: str, frame: int, camera: Camera) -> Image.Image:
    """A rendering before a plain wall."""
    seen = render(person, moves[number], frame, camera, pixels=900)
    wall = torch.tensor(WALL)[:, None, None] * torch.linspace(1.06, 0.9, 900)[None, :, None]
    return to_picture((seen.image + (1 - seen.mask) * wall).clamp(0, 1))


def found_in(networks: Networks, photo: Image.Image, start: Avatar) -> Sight | None:
    """The person in a photo, or None where no pose is found."""
    person = find_pose(photo)
    return person and outlined(networks, sight_of(photo, person, start.rest), start.codes)


def one_colour_a_part(networks: Networks, sights: Sequence[Sight], start: Avatar, person: Person) -> Avatar:
    """Every texture has the mean of its known colours."""
    codes = fitted_codes(networks, sights, start.codes)
    stack, known = known_textures(networks, codes, sights)
    colours = (stack * known).sum((2, 3)) / known.sum((2, 3)).clamp(min=1e-6)
    plain = colours[:, None, None].expand(-1, 8, 8, -1).contiguous().permute(0, 3, 1, 2)
    return Avatar(plain, codes, person.rest)


def picture_of(
    networks: Networks, avatar: Avatar, motion: Motion, frame: int, camera: Camera, truth: Rendered
) -> Tensor:
    """An avatar on black at the size of the truth: (3, S, S)."""
    joints = positions(motion, avatar.rest)[frame]
    size = truth.image.shape[-1]
    seen = view(networks, avatar, joints, camera, size=size, height=float(joints[0, 1]))
    return (seen.picture * seen.alpha)[0]


# ---- seconds


@contextmanager
def two_threads() -> Iterator[None]:
    """Within it torch computes on two threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def seconds_rows() -> list[Row]:
    """From a photo to a first picture, on two threads."""
    networks, start = catalogue.load_networks(), catalogue.average()
    photo = open_picture(ROOT / "assets" / "avatars" / "photo_waving.jpg").convert("RGB")
    joints = positions(catalogue.load_motion("walk"), start.rest)[7]

    def once() -> float:
        begun = time.perf_counter()
        avatar = become(networks, [found_in(networks, photo, start)], codes=start.codes, rest=start.rest)
        view(networks, avatar, joints, Camera(), size=LARGE)
        return time.perf_counter() - begun

    with two_threads():
        once()
        seconds = median(once() for _ in range(5))
    what = f"become: from a photo to a first picture of {LARGE} px, two threads"
    return [Row(what, seconds, None, None, "s", f"<= {MOST_SECONDS}", seconds <= MOST_SECONDS)]


# ---- bleeding


def bleeding_rows(people: Path, moves: dict[str, Motion]) -> list[Row]:
    """How far a magenta shirt reaches over what is no shirt, and how far it falls short of its hems."""
    networks = catalogue.load_networks()
    rows = []
    for label, whom in (("two new people", NEW), ("six trained people", SHIPPED)):

        def measure(whom=whom) -> dict[str, float]:
            away: dict[str, list[np.ndarray]] = {"over": [], "body": [], "beside": [], "short": [], "cloth": []}
            for name, person in load_people(people, list(whom.values())).items():
                avatar = catalogue.load_avatar(next(key for key, value in whom.items() if value == name))
                for clip, frame, camera, truth in unseen(person, moves, size=LARGE):
                    cloth = magenta(networks, avatar, moves[clip], frame, camera, truth)
                    for where, distances in bled(cloth, truth.parts.numpy()).items():
                        away[where].append(distances)
            every = {where: np.concatenate(values) for where, values in away.items()}
            found = {where: float(np.percentile(values, 95)) for where, values in every.items()}
            return found | {"share": float((every["over"] > MOST_BLED).sum() / len(every["cloth"]))}

        shas = tuple(weights.find(catalogue.row_of(name)).sha256[:8] for name in whom)
        own = measured(TECHNIQUE, f"become-bleeding-{label}", (*_conditions(), shas), measure)
        what = f"a magenta shirt at {LARGE} px, {label}"
        unit = "px, 95th percentile"
        rows += [
            Row(f"{what}: over what is no shirt", own["over"], None, None, unit, f"<= {MOST_BLED:g}",
                own["over"] <= MOST_BLED),
            Row(f"{what}: over other parts of the body", own["body"], None, None, unit, "", None),
            Row(f"{what}: beside the body", own["beside"], None, None, unit, "", None),
            Row(f"{what}: missing inside of the shirt's edge", own["short"], None, None, unit, "", None),
            Row(f"{what}: pixels more than {MOST_BLED:g} px outside", own["share"], None, None, "of its pixels",
                "", None),
        ]  # fmt: skip
    return rows


def magenta(
    networks: Networks, avatar: Avatar, motion: Motion, frame: int, camera: Camera, truth: Rendered
) -> np.ndarray:
    """(S, S) bool: where the garment is seen once it is magenta, from how the picture changes."""
    colour = torch.tensor(MAGENTA)[:, None, None]
    cloth = dressed(avatar, colour[None].expand(1, 3, 8, 8), GARMENT, folds=0)
    before, after = (picture_of(networks, who, motion, frame, camera, truth) for who in (avatar, cloth))
    way = colour - before
    share = ((after - before) * way).sum(0) / (way**2).sum(0).clamp(min=1e-6)
    return (share > 0.5).numpy()


def bled(cloth: np.ndarray, parts: np.ndarray) -> dict[str, np.ndarray]:
    """Pixels to the true garment's edge: of cloth outside, on the body and beside it; of what is missing."""
    true = np.isin(parts, GARMENTS[GARMENT])
    outside, inside = (
        cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for region in (~true, true)
    )
    on_body = parts < 24
    return {
        "over": outside[cloth & ~true],
        "body": outside[cloth & ~true & on_body],
        "beside": outside[cloth & ~true & ~on_body],
        "short": inside[~cloth & true],
        "cloth": outside[cloth],
    }
