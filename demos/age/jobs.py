"""What runs: faces are reconstructed, changed along directions, sampled, and drawn on the way between two."""

import base64
import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen import age, images
from convgen.age.network import REFINEMENTS
from convgen.face_finder import Face, celeba_square, find_faces
from convgen.runtime import seeded_generator
from demos import common
from demos.age import form, texts
from demos.age.examples import PORTRAITS
from demos.age.form import BETWEEN, EDITOR, FRAMING, SAMPLES
from demos.age.texts import SLIDERS
from demos.common.faces import MOST_FACES, WHICH
from demos.common.links import leads_to
from demos.common.outputs import data_address, new_file, own_settings
from demos.common.photos import photo_path
from demos.common.quick import quickly
from demos.widgets.crop import cut_square

TECHNIQUE = "age"
SKIP = gr.skip()
SHOWN_SIDE = 6 * age.SIDE
FRAMES = 24
"""Of the animation, one way."""
FRAME_SIDE = 4 * age.SIDE
FRAME_MS = 60
LEAST_PIXELS = 48
SIZE = f"{age.SIDE} x {age.SIDE} pixels, shown enlarged"
TURNED = 1.2
"""From which few of CelebA's faces are."""

Amounts = Mapping[str, float]
"""Slider of the editor -> its value."""


@dataclass(frozen=True)
class Kept:
    """A face of the visitor's: its latent, and how it came about.

    Attributes:
        z: (1, M), of unit length.
        title: to be read.
        record: what goes into its file.
    """

    z: Tensor
    title: str
    record: dict[str, Any] = field(default_factory=dict)


# ---- a photo


def found_in(photo: Image.Image) -> list[Face]:
    return find_faces(photo, most=MOST_FACES)


def framed(photo: Image.Image, face: Face) -> Image.Image:
    """A face as the networks know them: 64 x 64, RGB."""
    return age.tight_crop(celeba_square(photo, face))


def pickable(photo: Image.Image, faces: list[Face]) -> list[tuple[Image.Image, str]]:
    """Each of several faces, to be chosen from."""
    return [(framed(photo, face), str(place)) for place, face in enumerate(faces, 1)]


def frame(photo: Image.Image, asked: Mapping[str, Any]) -> tuple[Image.Image, list[str]]:
    """The face that is meant, 64 x 64, and sentences about it; `asked` has the names of `FRAMING`."""
    notes = []
    common.large_enough(photo)
    if FRAMING["by_hand"].check(asked["by_hand"]):
        part = cut_square(photo, *(FRAMING[name].check(asked[name]) for name in ("crop", "across", "down")))
        width = part.width
        square = part.resize((age.SIDE, age.SIDE), Image.Resampling.LANCZOS)
    else:
        faces = found_in(photo)
        if not faces:
            raise ValueError(texts.NO_FACE)
        face = faces[common.whole_number(asked["which"], WHICH.label, 1, len(faces)) - 1]
        square, width = framed(photo, face), face.side
        if face.turned > TURNED:
            notes.append(texts.TURNED)
    if width < LEAST_PIXELS:
        notes.append(texts.SMALL.format(width))
    if images.is_gray(photo):
        notes.append(texts.GRAY)
    return square, notes


@quickly
def reconstruct(
    face: Image.Image | None = None,
    by_hand: bool = FRAMING["by_hand"].default,
    which: int = FRAMING["which"].default,
    crop: float = FRAMING["crop"].default,
    across: float = FRAMING["across"].default,
    down: float = FRAMING["down"].default,
) -> tuple:
    """A face and its reconstruction g(e(x)) (Thesis Eq. 4.3).

    Args:
        face: a photo with one.
        by_hand: take the square that the next arguments say instead of a face that is found.
        which: of several faces, 1 for the largest.
        crop, across, down: the square, see `cut_square`.
    Returns:
        the two as a gallery of PNG files; the error in words; and the face for the editor.
    """
    if face is None:
        raise ValueError(texts.ADD_A_FACE)
    net = form.face_net()
    asked = {"by_hand": by_hand, "which": which, "crop": crop, "across": across, "down": down}
    square, notes = frame(face, asked)
    x = images.to_tensor(square)
    started = time.perf_counter()
    z = net.encode(x.to(common.DEVICE), refinements=REFINEMENTS).cpu()
    again = net.generate(z.to(common.DEVICE)).cpu()
    seconds = time.perf_counter() - started
    error = age.pixel_loss(x, again).item()
    quality = f"Mean error {100 * error:.1f} % of white · PSNR {images.psnr(again, x):.1f} dB"
    line = f"{quality} · {SIZE} · {common.in_milliseconds(seconds)}"
    kept = of_photo(z)
    files = [
        common.save_png(square, {"technique": TECHNIQUE, "made": "input"}, "face"),
        common.save_png(images.to_picture(again), kept.record, "reconstruction"),
    ]
    gallery = list(zip(files, ("The face", "Reconstruction"), strict=True))
    return gallery, " · ".join([line, *notes]), kept


def first_example(request: gr.Request = None) -> tuple:
    """What `reconstruct` gives for the first of the examples, which the tab opens with, unless a link says more."""
    if leads_to(request, TECHNIQUE):
        return SKIP, SKIP, None
    with Image.open(photo_path(next(iter(PORTRAITS)), PORTRAITS)) as portrait:
        gallery, line, kept = reconstruct(portrait)
    return gallery, f"An example · {line}", replace(kept, title="an example")


def of_photo(z: Tensor) -> Kept:
    """The face of a visitor's photo."""
    return Kept(z, "your face", {"technique": TECHNIQUE, "made": "reconstruction", "latent": as_text(z)})


def taken_from_file(picture: Image.Image | None) -> tuple[Kept, Amounts] | None:
    """The face inside one of our own files, and where the sliders of the editor stood; None if there is none."""
    found = own_settings(picture, TECHNIQUE)
    if not found or not form.faces_here():
        return None
    try:
        amounts = EDITOR.check({name: found.get(label.lower(), 0) for name, label in SLIDERS.items()})
        if "seed" in found:
            return of_seed(SAMPLES["seed"].check(found["seed"])), amounts
        return (of_photo(of_text(found["latent"])), amounts) if "latent" in found else None
    except ValueError:
        return None


# ---- the editor


@quickly
def draw_edited(kept: Kept | None, amounts: Amounts) -> tuple[str | None, str]:
    """A face moved along the directions of the sliders: its picture for the page, and a line."""
    if kept is None:
        return None, ""
    started = time.perf_counter()
    picture = drawn(moved(kept, amounts))[0]
    seconds = time.perf_counter() - started
    return address(picture), f"{kept.title.capitalize()} · {SIZE} · {common.in_milliseconds(seconds)}"


def moved(kept: Kept, amounts: Amounts) -> Tensor:
    """The latent of a face, moved as the sliders say: (1, M)."""
    shift = torch.zeros_like(kept.z[0])
    for name, amount in EDITOR.check(amounts).items():
        if amount:
            shift += amount * form.directions()[name]
    return age.moved(kept.z, shift, 1.0)


def as_edited(kept: Kept, amounts: Amounts) -> Kept:
    """The face of the editor as it stands."""
    changed = {SLIDERS[name].lower(): amount for name, amount in amounts.items() if amount}
    title = f"{kept.title}, changed" if changed else kept.title
    return Kept(moved(kept, amounts), title, kept.record | changed)


@quickly
def file_of(kept: Kept | None, amounts: Amounts) -> str | None:
    """The face of the editor as a PNG with the settings inside."""
    if kept is None:
        return None
    edited = as_edited(kept, amounts)
    return common.save_png(drawn(edited.z)[0], edited.record, f"age-{kept.title}")


# ---- samples


@quickly
def sample_faces(seed: int = SAMPLES["seed"].default, number: int = SAMPLES["number"].default) -> tuple:
    """Faces that nobody has: g(z) of the seed, the next one, and so on.

    Returns:
        gallery of PNG files, captioned by their seeds; a line; a ZIP of them; and the seeds.
    """
    asked = SAMPLES.check({"seed": seed, "number": number})
    first, number = asked["seed"], asked["number"]
    seeds = list(range(first, first + number))
    kept = [of_seed(one) for one in seeds]
    started = time.perf_counter()
    pictures = drawn(torch.cat([one.z for one in kept]))
    seconds = time.perf_counter() - started
    files = [
        common.save_png(picture, one.record, f"age-{one.title}") for picture, one in zip(pictures, kept, strict=True)
    ]
    archive = common.save_zip(files, f"age-seeds-{seeds[0]}-to-{seeds[-1]}")
    line = f"{number} face{'s' if number > 1 else ''} · {SIZE} · {common.in_milliseconds(seconds / number)} each"
    return [(file, one.title) for file, one in zip(files, kept, strict=True)], line, archive, seeds


# ---- between two


@quickly
def interpolate(
    first_seed: int = BETWEEN["first_seed"].default,
    second_seed: int = BETWEEN["second_seed"].default,
    steps: int = BETWEEN["steps"].default,
    first_face: Image.Image | None = None,
    second_face: Image.Image | None = None,
    first_kept: Kept | None = None,
    second_kept: Kept | None = None,
) -> tuple:
    """Faces along the shortest arc of the sphere from one latent to another (Thesis section 4.2.3).

    Args:
        first_seed, second_seed: the ends, where no face is given.
        steps: faces of the strip, the ends included.
        first_face, second_face: photos of faces instead.
        first_kept, second_kept: faces from the editor instead.
    Returns:
        gallery of PNG files; a line; the animation, a WebP that never ends; and the strip as one PNG.
    """
    net = form.face_net()
    steps = BETWEEN["steps"].check(steps)
    ends = [
        _end(first_kept, first_face, first_seed, "first"),
        _end(second_kept, second_face, second_seed, "second"),
    ]
    notes = [note for _, found in ends for note in found]
    ends = [one for one, _ in ends]
    z = [one.z.to(common.DEVICE) for one in ends]
    pictures = [images.to_picture(face[None]) for face in age.interpolate(net, *z, steps).cpu()]
    frames = [images.to_picture(face[None]) for face in age.interpolate(net, *z, FRAMES).cpu()]
    titles = [one.title for one in ends]
    record = {"technique": TECHNIQUE, "made": "interpolation", "from": titles[0], "to": titles[1], "steps": steps}
    shares = [round(100 * step / (steps - 1)) for step in range(steps)]
    files = [
        common.save_png(picture, record | {"at": share}, f"age-way-{share}")
        for picture, share in zip(pictures, shares, strict=True)
    ]
    strip = Image.new("RGB", (age.SIDE * steps, age.SIDE))
    for place, picture in enumerate(pictures):
        strip.paste(picture, (age.SIDE * place, 0))
    angle = torch.rad2deg((z[0] * z[1]).sum().clamp(-1, 1).acos()).item()
    line = " · ".join(
        [f"From {titles[0]} to {titles[1]}, {angle:.0f} degrees apart on the sphere of latents", SIZE, *notes]
    )
    loop = save_loop([enlarged(frame, FRAME_SIDE) for frame in frames], record, "age-way")
    gallery = [(file, f"{share} %") for file, share in zip(files, shares, strict=True)]
    return gallery, line, loop, common.save_png(strip, record, "age-strip")


def _end(kept: Kept | None, photo: Image.Image | None, seed: Any, which: str) -> tuple[Kept, list[str]]:
    """An end of the way, and sentences about it: a face of the editor, of a file of ours, of a photo, or of a seed."""
    if kept is not None:
        return kept, []
    if photo is None:
        return of_seed(BETWEEN[f"{which}_seed"].check(seed)), []
    if ours := taken_from_file(photo):
        return as_edited(*ours), []
    found = found_in(photo)
    if not found:
        raise ValueError(texts.NO_FACE_AT_END.format(which))
    square, notes = frame(photo, FRAMING.check({}))
    if len(found) > 1:
        notes.append(texts.LARGEST)
    x = images.to_tensor(square).to(common.DEVICE)
    notes = [f"The {which} photo: {note[0].lower()}{note[1:]}" for note in notes]
    return of_photo(form.face_net().encode(x, refinements=REFINEMENTS).cpu()), notes


# ---- latents and their pictures


def of_seed(seed: int) -> Kept:
    """The face of a seed."""
    z = age.random_latents(1, seeded_generator(seed), latents=form.face_net().latents)
    return Kept(z, f"seed {seed}", {"technique": TECHNIQUE, "seed": seed})


def as_text(z: Tensor) -> str:
    """A latent (1, M) as short text, in half precision: what goes into a file."""
    return base64.b64encode(z[0].cpu().numpy().astype("<f2").tobytes()).decode()


def of_text(text: Any) -> Tensor:
    """A latent (1, M) of unit length from such text, which anyone may have written.

    Raises:
        ValueError: it is none.
    """
    try:
        values = np.frombuffer(base64.b64decode(str(text), validate=True), "<f2").astype(np.float32)
    except ValueError as error:
        raise ValueError(texts.UNREADABLE_LATENT) from error
    if len(values) != form.face_net().latents or not np.isfinite(values).all() or not values.any():
        raise ValueError(texts.STRANGE_LATENT)
    return age.sphere(torch.from_numpy(values)[None])


def drawn(z: Tensor) -> list[Image.Image]:
    """The faces of latents, 64 x 64; one by one, so that each is the same alone and among others."""
    return [images.to_picture(form.face_net().generate(one).cpu()) for one in z.to(common.DEVICE).split(1)]


def enlarged(picture: Image.Image, side: int = SHOWN_SIDE) -> Image.Image:
    """A small picture as it is shown: larger, and no sharper."""
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def address(picture: Image.Image) -> str:
    """A small picture, enlarged, as a `data:` address."""
    return data_address(enlarged(picture), quality=90)


def save_loop(frames: list[Image.Image], settings: dict[str, Any], stem: str) -> str:
    """An endless animation there and back, a WebP with the settings as its description."""
    there_and_back = [*frames, *frames[-2:0:-1]]
    exif = Image.Exif()
    exif[0x010E] = json.dumps(settings, ensure_ascii=True)
    buffer = io.BytesIO()
    there_and_back[0].save(
        buffer, "WEBP", save_all=True, append_images=there_and_back[1:], duration=FRAME_MS, loop=0, quality=80,
        method=2, exif=exif,
    )  # fmt: skip
    path = new_file(stem, ".webp")
    path.write_bytes(buffer.getvalue())
    return str(path)
