"""The small pictures of the page's front, drawn anew by our own networks: `python -m benchmarks.front_pictures`.

It takes two minutes on one thread and writes assets/front/cards.webp: a column for each card, in the order of the page,
and a row for each frame that the card shows under the pointer; and assets/front/favicon.png.
"""

from collections.abc import Callable

import torch
from PIL import Image, ImageDraw, ImageOps

from benchmarks.report import ROOT
from convgen import age, perceptual_gan, stylenet, texture_nets
from convgen import deep_image_prior as dip
from convgen.age.catalogue import load_face_age, load_photo_age
from convgen.age.color import colorize
from convgen.age.photos import CALM
from convgen.avatars import catalogue
from convgen.avatars.camera import Camera
from convgen.avatars.motion import positions
from convgen.avatars.rendering import blended, view
from convgen.face_finder import find_faces
from convgen.images import open_picture, to_picture, to_tensor

FOLDER = ROOT / "assets" / "front"
SIZE = (160, 120)
"""Of a frame, in pixels."""
FRAMES = 3
QUALITY = 58
BEHIND = torch.tensor([0.80, 0.86, 0.85])[None, :, None, None]
ICON = (
    ("#7c3aed", "#c2410c", "#f59e0b", "#fbbf24"),
    ("#e11d48", "#f97316", "#fbbf24", "#f59e0b"),
    ("#84cc16", "#be185d", "#0f766e", "#115e59"),
    ("#0ea5e9", "#0d9488", "#115e59", "#0f766e"),
)
"""Squares that are noise on the left and a sunset over water on the right."""
Frames = list[Image.Image]


def photo(name: str, centering: tuple[float, float] = (0.5, 0.5), size: tuple[int, int] = (320, 240)) -> Image.Image:
    """The middle of a bundled photograph."""
    return ImageOps.fit(open_picture(ROOT / "assets" / f"photos/{name}.jpg").convert("RGB"), size, centering=centering)


def halves(left: Image.Image, right: Image.Image) -> Image.Image:
    """The left half of one picture and the right half of another, of the same size."""
    whole, middle = right.copy(), right.width // 2
    whole.paste(left.crop((0, 0, middle, left.height)), (0, 0))
    ImageDraw.Draw(whole).line((middle, 0, middle, whole.height), "white", max(1, whole.width // 160))
    return whole


def styles() -> Frames:
    """One photo by three networks."""
    cat = to_tensor(photo("cat_chelsea", size=(640, 480)))
    return [
        to_picture(stylenet.stylize(stylenet.load_stylenet(name), cat, noise_scale=1.0, seed=0))
        for name in ("starry-night", "great-wave", "udnie")
    ]


def edits() -> Frames:
    """A portrait smiling, as it is, and younger."""
    portrait = open_picture(ROOT / "assets/photos/grace_hopper_portrait.jpg").convert("RGB")
    (face, *_) = find_faces(portrait)
    nets = {name: perceptual_gan.load_edit(name) for name in ("smile", "age", "hair")}
    strengths = ({"smile": 1.4}, {}, {"older": -1.0})
    faces = [perceptual_gan.edit_photo(portrait, nets, [(face, chosen)]) for chosen in strengths]
    return [ImageOps.fit(picture, (320, 240), centering=(0.5, 0.18)) for picture in faces]


def avatars() -> Frames:
    """Three people in a dance."""
    networks, frames = catalogue.load_networks(), []
    motion = catalogue.load_motion("dance")
    for place, azimuth in ((10, 30), (40, 0), (70, -30)):
        row = Image.new("RGB", (320, 240), tuple(round(255 * c) for c in BEHIND.flatten().tolist()))
        for number, name in enumerate(("red-cardigan", "blue-shirt", "white-coat")):
            avatar = catalogue.load_avatar(name)
            joints = positions(motion, avatar.rest)[(place + 20 * number) % len(motion)]
            seen = to_picture(blended(view(networks, avatar, joints, Camera(azimuth, 5), size=240), BEHIND)[0])
            row.paste(seen.crop((66, 0, 174, 240)), (-2 + 108 * number, 0))
        frames.append(row)
    return frames


def textures() -> Frames:
    """A sample of three networks."""
    return [
        to_picture(texture_nets.sample(texture_nets.load_texture_net(name, variant="v1"), seed=3, size=256))
        for name in ("peppers", "leaves", "cells")
    ]


def restored() -> Frames:
    """A photo under text, and what a network finds under it."""
    truth = to_tensor(photo("dahlia_flower", size=(SIZE[0], SIZE[1])))
    mask = dip.damage_mask((SIZE[1], SIZE[0]), damage="text")
    problem = dip.Problem("inpaint", truth * mask, mask=mask, truth=truth)
    covered, steps = to_picture(truth * mask + (1 - mask)), []
    for progress in dip.Restorer(problem, dip.settings_for("inpaint"), seed=0).run(120):
        if progress.step in (12, 120):
            steps.append(to_picture(progress.images["average"].clamp(0, 1)))
    begun, done = steps
    return [halves(covered, done), begun, done]


def faces() -> Frames:
    """Twelve faces of nobody a frame."""
    net, frames = load_face_age(), []
    for first in (0, 24, 48):
        sheet = Image.new("RGB", (320, 240))
        for place, face in enumerate(age.sample_faces(net, list(range(first, first + 12)))):
            square = to_picture(face[None]).resize((80, 80), Image.Resampling.LANCZOS)
            sheet.paste(square, (place % 4 * 80, place // 4 * 80))
        frames.append(sheet)
    return frames


def colours() -> Frames:
    """Two colourings of a gray photo, which is half seen."""
    gray, net = photo("summer_palace").convert("L"), load_photo_age()
    calm, warm = (to_picture(colorize(net, gray, seed=seed)) for seed in (CALM, 4))
    return [halves(gray.convert("RGB"), calm), calm, warm]


CARDS: dict[str, Callable[[], Frames]] = {
    "stylenet": styles, "perceptual_gan": edits, "avatars": avatars, "texture_nets": textures,
    "deep_image_prior": restored, "age": faces, "colours": colours,
}  # fmt: skip


def favicon(side: int = 64) -> Image.Image:
    """The page's sign."""
    large = Image.new("RGBA", (8 * side, 8 * side))
    draw, unit = ImageDraw.Draw(large), 8 * side // len(ICON)
    for y, row in enumerate(ICON):
        for x, colour in enumerate(row):
            draw.rectangle((x * unit, y * unit, (x + 1) * unit, (y + 1) * unit), fill=colour)
    corners = Image.new("L", large.size)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, *large.size), 8 * side // 5, fill=255)
    large.putalpha(corners)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    sheet = Image.new("RGB", (SIZE[0] * len(CARDS), SIZE[1] * FRAMES))
    for column, (name, draw) in enumerate(CARDS.items()):
        for row, frame in enumerate(draw()):
            small = ImageOps.fit(frame.convert("RGB"), SIZE, Image.Resampling.LANCZOS)
            sheet.paste(small, (SIZE[0] * column, SIZE[1] * row))
        print(name)
    sheet.save(FOLDER / "cards.webp", quality=QUALITY, method=6)
    favicon().save(FOLDER / "favicon.png", optimize=True)
    print((FOLDER / "cards.webp").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
