"""Faces: found in a photo and reconstructed, changed along directions, sampled, and on the way from one to another."""

import time
from dataclasses import replace
from typing import Any

import torch
from PIL import Image

from convgen import age, face_finder, images
from convgen.age.network import REFINEMENTS
from demos import common
from demos.age import form
from demos.age.examples import PORTRAITS, photo_path
from demos.age.form import BETWEEN, SAMPLES, SLIDERS, Kept
from demos.common.quick import quickly
from demos.widgets.crop import cut_square

ADD_A_FACE = "Add a photo of a face first: upload one, paste one, take one, or click an example."
NO_FACE = "No face was found in this photo: choose Frame it by hand, and drag the square onto one."
BY_HAND = {"by_hand": False, "which": 1, "crop": 50, "across": 50, "down": 30}
MOST_FACES = 12
LEAST_PIXELS = 48
SIZE = f"{age.SIDE} x {age.SIDE} pixels, shown enlarged"
TURNED = 1.2
"""From which few of CelebA's faces are."""


def found_in(photo: Image.Image) -> list[face_finder.Face]:
    return face_finder.find_faces(photo, most=MOST_FACES)


def framed(photo: Image.Image, face: face_finder.Face) -> Image.Image:
    """A face as the networks know them: 64 x 64, RGB."""
    return age.tight_crop(face_finder.celeba_square(photo, face))


def frame(photo: Image.Image, *, by_hand: Any, which: Any, crop: Any, across: Any, down: Any) -> tuple:
    """The face that is meant, 64 x 64, and sentences about it; see `reconstruct`."""
    notes = []
    common.large_enough(photo)
    if common.flag(by_hand, "Frame it by hand"):
        crop = common.number(crop, "Size of the square", 1, 100)
        place = [common.number(value, "Place of the square", 0, 100) for value in (across, down)]
        part = cut_square(photo, crop, *place)
        width = part.width
        square = part.resize((age.SIDE, age.SIDE), Image.Resampling.LANCZOS)
    else:
        faces = found_in(photo)
        if not faces:
            raise ValueError(NO_FACE)
        face = faces[common.whole_number(which, "Number of the face", 1, len(faces)) - 1]
        square, width = framed(photo, face), face.side
        if face.turned > TURNED:
            notes.append("This face is turned to a side; the networks know faces from the front best.")
    if width < LEAST_PIXELS:
        notes.append(f"It is only {width:.0f} pixels wide in the photo, so the result will be vague.")
    if images.is_gray(photo):
        notes.append("The photo is gray; the networks know colour photos.")
    return square, notes


@quickly
def reconstruct(
    face: Image.Image | None = None,
    by_hand: bool = BY_HAND["by_hand"],
    which: int = BY_HAND["which"],
    crop: float = BY_HAND["crop"],
    across: float = BY_HAND["across"],
    down: float = BY_HAND["down"],
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
        raise ValueError(ADD_A_FACE)
    net = form.face_net()
    square, notes = frame(face, by_hand=by_hand, which=which, crop=crop, across=across, down=down)
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
        common.save_png(square, {"technique": "age", "made": "input"}, "face"),
        common.save_png(images.to_picture(again), kept.record, "reconstruction"),
    ]
    gallery = list(zip(files, ("The face", "Reconstruction"), strict=True))
    return gallery, " · ".join([line, *notes]), kept


def first_example() -> tuple:
    """What `reconstruct` gives for the first of the examples, which the page opens with."""
    with Image.open(photo_path(next(iter(PORTRAITS)))) as portrait:
        gallery, line, kept = reconstruct(portrait)
    return gallery, f"An example · {line}", replace(kept, title="an example")


def of_photo(z: torch.Tensor) -> Kept:
    """The face of a visitor's photo."""
    return Kept(z, "your face", {"technique": "age", "made": "reconstruction", "latent": form.as_text(z)})


def taken_from_file(picture: Image.Image | None) -> tuple[Kept, list[float]] | None:
    """The face inside one of our own files, and where the sliders of the editor stood; None if there is none."""
    found = None if picture is None else common.read_settings(picture)
    if not found or found.get("technique") != "age" or not form.faces_here():
        return None
    try:
        amounts = [
            common.number(found.get(label.lower(), 0), label, -form.AMOUNT, form.AMOUNT) for label in SLIDERS.values()
        ]
        if "seed" in found:
            return form.of_seed(form.seed_of(found["seed"])), amounts
        return (of_photo(form.of_text(found["latent"])), amounts) if "latent" in found else None
    except ValueError:
        return None


@quickly
def draw_edited(kept: Kept | None, *amounts: Any) -> tuple:
    """A face moved along the directions of the sliders: its picture for the page, and a line."""
    if kept is None:
        return None, ""
    started = time.perf_counter()
    picture = form.drawn(moved(kept, amounts))[0]
    seconds = time.perf_counter() - started
    return form.address(picture), f"{kept.title.capitalize()} · {SIZE} · {common.in_milliseconds(seconds)}"


def moved(kept: Kept, amounts: tuple) -> torch.Tensor:
    """The latent of a face, moved as the sliders say: (1, M)."""
    shift = torch.zeros_like(kept.z[0])
    for name, amount in zip(SLIDERS, amounts, strict=True):
        amount = common.number(amount, SLIDERS[name], -form.AMOUNT, form.AMOUNT)
        if amount:
            shift += amount * form.directions()[name]
    return age.moved(kept.z, shift, 1.0)


def as_edited(kept: Kept, amounts: tuple) -> Kept:
    """The face of the editor as it stands."""
    changed = {SLIDERS[name].lower(): amount for name, amount in zip(SLIDERS, amounts, strict=True) if amount}
    title = f"{kept.title}, changed" if changed else kept.title
    return Kept(moved(kept, amounts), title, kept.record | changed)


@quickly
def file_of(kept: Kept | None, *amounts: Any) -> Any:
    """The face of the editor as a PNG with the settings inside."""
    if kept is None:
        return None
    edited = as_edited(kept, amounts)
    return common.save_png(form.drawn(edited.z)[0], edited.record, f"age-{kept.title}")


@quickly
def sample_faces(seed: int = SAMPLES["seed"], number: int = SAMPLES["number"]) -> tuple:
    """Faces that nobody has: g(z) of the seed, the next one, and so on.

    Returns:
        gallery of PNG files, captioned by their seeds; a line; a ZIP of them; and the seeds.
    """
    number = common.whole_number(number, "Number of samples", *form.NUMBERS)
    first = form.seed_of(seed)
    seeds = list(range(first, first + number))
    kept = [form.of_seed(one) for one in seeds]
    started = time.perf_counter()
    pictures = form.drawn(torch.cat([one.z for one in kept]))
    seconds = time.perf_counter() - started
    files = [
        common.save_png(picture, one.record, f"age-{one.title}") for picture, one in zip(pictures, kept, strict=True)
    ]
    archive = common.save_zip(files, f"age-seeds-{seeds[0]}-to-{seeds[-1]}")
    line = f"{number} face{'s' if number > 1 else ''} · {SIZE} · {common.in_milliseconds(seconds / number)} each"
    return [(file, one.title) for file, one in zip(files, kept, strict=True)], line, archive, seeds


@quickly
def interpolate(
    first_seed: int = BETWEEN["first_seed"],
    second_seed: int = BETWEEN["second_seed"],
    steps: int = BETWEEN["steps"],
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
    steps = common.whole_number(steps, "Number of faces", *form.STEPS)
    ends = [
        _end(first_kept, first_face, first_seed, "first"),
        _end(second_kept, second_face, second_seed, "second"),
    ]
    notes = [note for _, found in ends for note in found]
    ends = [one for one, _ in ends]
    z = [one.z.to(common.DEVICE) for one in ends]
    pictures = [images.to_picture(face[None]) for face in age.interpolate(net, *z, steps).cpu()]
    frames = [images.to_picture(face[None]) for face in age.interpolate(net, *z, form.FRAMES).cpu()]
    titles = [one.title for one in ends]
    record = {"technique": "age", "made": "interpolation", "from": titles[0], "to": titles[1], "steps": steps}
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
    loop = form.save_loop([form.enlarged(frame, form.FRAME_SIDE) for frame in frames], record, "age-way")
    gallery = [(file, f"{share} %") for file, share in zip(files, shares, strict=True)]
    return gallery, line, loop, common.save_png(strip, record, "age-strip")


def _end(kept: Kept | None, photo: Image.Image | None, seed: Any, which: str) -> tuple[Kept, list[str]]:
    """An end of the way, and sentences about it: a face of the editor, of a file of ours, of a photo, or of a seed."""
    if kept is not None:
        return kept, []
    if photo is None:
        return form.of_seed(form.seed_of(seed, f"The {which} seed")), []
    if ours := taken_from_file(photo):
        return as_edited(ours[0], tuple(ours[1])), []
    found = found_in(photo)
    if not found:
        raise ValueError(
            f"No face was found in the {which} photo: under A face, frame it by hand, and press As the {which} of two."
        )
    square, notes = frame(photo, **BY_HAND)
    if len(found) > 1:
        notes.append("the largest of its faces")
    x = images.to_tensor(square).to(common.DEVICE)
    notes = [f"The {which} photo: {note[0].lower()}{note[1:]}" for note in notes]
    return of_photo(form.face_net().encode(x, refinements=REFINEMENTS).cpu()), notes


def pickable(photo: Image.Image, faces: list[face_finder.Face]) -> list[tuple[Image.Image, str]]:
    """Each of several faces, to be chosen from."""
    return [(framed(photo, face), str(place)) for place, face in enumerate(faces, 1)]
