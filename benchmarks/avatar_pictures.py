"""The pictures of avatars that the app and the documents show, drawn anew.

`python -m benchmarks.avatar_pictures --people FOLDER --motions FOLDER --arms FOLDER` takes five minutes on one thread;
see `benchmarks.avatars` for the folders. It writes to assets/avatars a loop to open with, a small picture of everybody,
photos of people (renderings of two whom no network has seen), and ours, *Direct* and the truth beside each other at a
camera and a motion that neither has seen; docs/avatars.jpg; and docs/avatars_dressed.jpg, cloth and avatars of a photo.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from PIL import Image, ImageOps
from torch import Tensor

from benchmarks.avatar_becoming import found_in
from benchmarks.avatar_views import ARM_PEOPLE, HELD_OUT, enlarged, load_arm
from benchmarks.report import ROOT, need
from convgen.avatars import catalogue
from convgen.avatars.becoming import become
from convgen.avatars.camera import BODY, Camera
from convgen.avatars.data import load_motions, load_people
from convgen.avatars.dressing import dressed
from convgen.avatars.driving import motion_of
from convgen.avatars.motion import Motion, looped, positions
from convgen.avatars.renderer import render
from convgen.avatars.rendering import STANDING, Avatar, Networks, blended, view
from convgen.avatars.sharp import texture_stack
from convgen.images import open_picture, to_picture
from convgen.pose_finder import find_pose

ASSETS = ROOT / "assets" / "avatars"
PHOTOS = {
    "photo_waving": ("Asian_M_1_Casual", "13_26", 397, Camera(40, 5, 5.2), "#b9c7cf"),
    "photo_dancing": ("White_F_1_Casual", "05_12", 147, Camera(-50, 8, 5.2), "#d8cbb8"),
    "photo_kicking": ("Asian_M_1_Casual", "10_01", 93, Camera(-2, 5, 5.4), "#c3cfbb"),
    "photo_jumping": ("White_F_1_Casual", "13_30", 57, Camera(10, 5, 5.4), "#cfc3d4"),
}
"""Name -> who, number of the motion, frame, camera, colour of the wall."""
SHOWN = ("red-cardigan", "dark-suit", "blue-shirt", "white-coat")
FPS = 15
GRAY = torch.full((1, 3, 1, 1), 0.86)


def colour_of(code: str) -> Tensor:
    """ "#rrggbb" -> (3, 1, 1) in [0, 1]."""
    return torch.tensor([int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)])[:, None, None]


def save_loop(frames: Sequence[Image.Image], path: Path, *, quality: int = 72) -> None:
    """An endless animation."""
    first, *rest = frames
    options = {"duration": 1000 // FPS, "loop": 0, "quality": quality, "method": 5, "minimize_size": True}
    first.save(path, "WEBP", save_all=True, append_images=rest, **options)


def upright(picture: Image.Image, share: float = 0.52) -> Image.Image:
    """The middle of a square picture."""
    wide = round(picture.width * share)
    left = (picture.width - wide) // 2
    return picture.crop((left, 0, left + wide, picture.height))


def side_by_side(pictures: Iterable[Image.Image]) -> Image.Image:
    """Pictures of the same height in a row."""
    pictures = list(pictures)
    row = Image.new(pictures[0].mode, (sum(picture.width for picture in pictures), pictures[0].height))
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width
    return row


def draw_opening(networks: Networks) -> None:
    """Four avatars dance while the camera goes around them."""
    avatars = [catalogue.load_avatar(name) for name in SHOWN]
    motion = looped(catalogue.load_motion("dance"), least=40)
    every = 2
    rounds = max(1, round(6 * motion.fps / len(motion)))
    places = [positions(motion, avatar.rest) for avatar in avatars]
    count = rounds * len(motion) // every
    frames = []
    for place in range(count):
        camera = Camera(360 * place / count - 180, 6)
        row = []
        for avatar, joints in zip(avatars, places, strict=True):
            seen = view(networks, avatar, joints[place * every % len(motion)], camera, size=288)
            picture = to_picture(seen.picture)
            picture.putalpha(to_picture(seen.alpha))
            row.append(upright(picture, 0.5))
        frames.append(side_by_side(row))
    save_loop(frames, ASSETS / "opening.webp", quality=60)


def draw_people(networks: Networks, names: Sequence[str]) -> None:
    """A small picture of every avatar."""
    for name in names:
        avatar = catalogue.load_avatar(name)
        joints = positions(catalogue.load_motion("walk"), avatar.rest)[7]
        picture = to_picture(blended(view(networks, avatar, joints, Camera(25, 5), size=480), GRAY)[0])
        upright(picture, 0.5).save(ASSETS / f"{name}.jpg", quality=88)


def draw_photos(people: Path, motions: dict[str, Motion]) -> None:
    """Renderings that stand for photos of a person before a wall."""
    for name, (who, number, frame, camera, wall) in PHOTOS.items():
        (person,) = load_people(people, [who]).values()
        seen = render(person, motions[number], frame, camera, pixels=640, samples=3)
        light = torch.linspace(1.06, 0.9, 640)[None, :, None]
        picture = to_picture((seen.image + (1 - seen.mask) * (colour_of(wall) * light).clamp(0, 1)).clamp(0, 1))
        upright(picture, 0.75).save(ASSETS / f"{name}.jpg", quality=90)


def compared(people: Path, motions: dict[str, Motion], arms: Path, frames: Sequence[int], camera: Camera) -> list[list]:
    """For each frame of a held-out dance: ours, *Direct* and the truth at 384 pixels."""
    ours, direct = load_arm(arms / "ours-16"), load_arm(arms / "direct-16")
    whose, size = 1, 384
    (person,) = load_people(people, [ARM_PEOPLE[whose]]).values()
    networks, codes = Networks(ours.net), {"body": ours.codes[whose]}
    training = {name: motion for name, motion in motions.items() if name not in HELD_OUT}
    avatar = Avatar(texture_stack(networks, codes, person, training, side=128), codes, person.rest)
    motion, rows = motions[HELD_OUT[0]], []
    joints = positions(motion, person.rest)
    for frame in frames:
        truth = render(person, motion, frame, camera, pixels=size, samples=3)
        height = float(joints[frame, 0, 1])
        own = blended(view(networks, avatar, joints[frame], camera, size=size, height=height), GRAY)[0]
        mask = render(person, motion, frame, camera, window=BODY)
        plain = enlarged(direct, whose, mask, size=size, background=GRAY)
        true = truth.image + (1 - truth.mask) * GRAY[0]
        rows.append([upright(to_picture(picture.clamp(0, 1)), 0.6) for picture in (own, plain, true)])
    return rows


def driven(networks: Networks) -> list[Image.Image]:
    """Two photos, and an avatar in the pose of each."""
    row = []
    for name, avatar in (("photo_jumping", "blue-shirt"), ("photo_waving", "white-coat")):
        photo = open_picture(ASSETS / f"{name}.jpg").convert("RGB")
        who, person = catalogue.load_avatar(avatar), find_pose(photo)
        joints = positions(motion_of(torch.from_numpy(person.world)[None]), who.rest)[0]
        shown = to_picture(blended(view(networks, who, joints, Camera(elevation=0), size=480), GRAY)[0])
        middle = ImageOps.pad(photo, (480, 480), color=photo.getpixel((2, 2)))
        row += [middle, shown]
    return row


def woven(*, checks: bool) -> Tensor:
    """Cloth (1, 3, 64, 64): stripes across the body, or checks."""
    dark, light = torch.tensor([0.13, 0.2, 0.42]), torch.tensor([0.95, 0.93, 0.86])
    half = (torch.arange(64) >= 32).float()
    share = (half[:, None] + half) / 2 if checks else half[:, None].expand(64, 64)
    return (light[:, None, None] * (1 - share) + dark[:, None, None] * share)[None]


def draw_dressed(networks: Networks, people: Path, motions: dict[str, Motion]) -> None:
    """Stripes and checks, standing and dancing; and whom a photo shows, their avatar of it, and the truth."""
    size, rows = 320, []

    def shown(avatar: Avatar, joints: Tensor, camera: Camera) -> Image.Image:
        return upright(to_picture(blended(view(networks, avatar, joints, camera, size=size), GRAY)[0]), 0.57)

    for name, checks in (("grey-shirt", False), ("white-coat", True)):
        avatar = dressed(catalogue.load_avatar(name), woven(checks=checks), "long-sleeves", tile=0.12)
        stands, dances = (positions(catalogue.load_motion(motion), avatar.rest) for motion in ("walk", "dance"))
        row = [shown(avatar, stands[7 + 9 * place], Camera(90 * place, 8)) for place in range(4)]
        row += [shown(avatar, dances[40 * place + 20], Camera(30, 5)) for place in range(4)]
        rows.append(side_by_side(row))
    row = []
    for name in ("photo_waving", "photo_jumping"):
        who, number, frame, camera, _ = PHOTOS[name]
        photo = open_picture(ASSETS / f"{name}.jpg").convert("RGB")
        start, (person,) = catalogue.average(), load_people(people, [who]).values()
        sight = found_in(networks, photo, start)
        avatar = become(networks, [sight], codes=start.codes, rest=start.rest)
        row.append(upright(ImageOps.pad(photo, (size, size), color=photo.getpixel((2, 2))), 0.57))
        for azimuth in (camera.azimuth, camera.azimuth + 40):
            aside = Camera(azimuth, 5)
            row.append(shown(avatar, positions(motions[number], avatar.rest)[frame], aside))
        height = STANDING - float(positions(motions[number], person.rest)[frame, 0, 1])
        true = render(person, motions[number], frame, aside, pixels=size)
        moved = round(height * size / 2 / BODY.half)
        picture = torch.roll(true.image + (1 - true.mask) * GRAY[0], moved, 1)
        row.append(upright(to_picture(picture.clamp(0, 1)), 0.57))
    rows.append(side_by_side(row))
    sheet = Image.new("RGB", (rows[0].width, size * len(rows)))
    for place, line in enumerate(rows):
        sheet.paste(line, (0, size * place))
    sheet.save(ROOT / "docs" / "avatars_dressed.jpg", quality=84)


def main(
    people: Annotated[Path, typer.Option(help="Rigged people: as for the trainer.")],
    motions: Annotated[Path, typer.Option(help="Motions: as for the trainer.")],
    arms: Annotated[Path | None, typer.Option(help="A folder with ours-16 and direct-16.")] = None,
) -> None:
    """Draw all of them."""
    need("--people", people)
    need("--motions", motions)
    need("--arms", arms, "ours-16", "direct-16")
    torch.set_num_threads(1)
    ASSETS.mkdir(parents=True, exist_ok=True)
    networks, moves = catalogue.load_networks(), load_motions(motions)
    draw_people(networks, catalogue.available_avatars())
    draw_opening(networks)
    draw_photos(people, moves)
    draw_dressed(networks, people, moves)
    rows = []
    turning = catalogue.load_avatar("red-cardigan")
    joints = positions(catalogue.load_motion("walk"), turning.rest)[7]
    rows.append([view(networks, turning, joints, Camera(45 * place - 180, 8), size=384) for place in range(8)])
    dancer = catalogue.load_avatar("dark-suit")
    joints = positions(catalogue.load_motion("arms-high"), dancer.rest)
    rows.append([view(networks, dancer, joints[40 * place], Camera(20, 5), size=384) for place in range(8)])
    lines = [side_by_side(upright(to_picture(blended(seen, GRAY)[0]), 0.5) for seen in row) for row in rows]
    lines.append(side_by_side(driven(networks)).resize((lines[0].width, lines[0].width // 4)))
    if arms:
        camera = Camera(azimuth=11.25, elevation=10)
        loop = compared(people, moves, arms, range(60, 180, 2), camera)
        save_loop([side_by_side(row) for row in loop], ASSETS / "compared.webp", quality=80)
        some = side_by_side(side_by_side(loop[place]) for place in (5, 30))
        lines.append(some.resize((lines[0].width, round(some.height * lines[0].width / some.width))))
    sheet = Image.new("RGB", (lines[0].width, sum(line.height for line in lines)), "white")
    top = 0
    for line in lines:
        sheet.paste(line, (0, top))
        top += line.height
    sheet.save(ROOT / "docs" / "avatars.jpg", quality=88)


if __name__ == "__main__":
    typer.run(main)
