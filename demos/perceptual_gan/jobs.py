"""What runs: faces are looked for and edited, at once or by the slow method, and fruit is translated."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen import images, perceptual_gan
from convgen.face_finder import Face, celeba_square, find_faces, square_to_photo
from convgen.perceptual_gan import SLIDERS, Change, change_map, combined_change, edit_photo, paste_change
from convgen.perceptual_gan.attributes import SQUARE, feather
from convgen.progress import Progress
from demos import common
from demos.common import faces as found
from demos.common.animation import save_gif, save_mp4
from demos.common.faces import SEEN, WHICH, Frame, Seen
from demos.common.job import GRACE_S, Optimising
from demos.common.optimising import only_status, optimised
from demos.common.outputs import data_address
from demos.common.quick import quickly
from demos.perceptual_gan import form, texts
from demos.perceptual_gan.examples import painted
from demos.perceptual_gan.form import EDIT, FRUIT, SLOW, WEBCAM, Strengths
from demos.widgets.chart import panel

SHOWN_SIDE = 2048
"""Of the two pictures of the slider; the file has the photo's own resolution."""
LEAST_PIXELS = 40
TURNED = 1.2
HARDLY = 1.0
"""Gray levels of 255: a mean change of a face below it is hardly one."""
ASKED = 0.5
"""Strength from which on it is told that hardly anything changes."""
TILES = 7
FRAMES = 25
FILM_SIDE = 384
SLOW_LIMIT_S = 600.0
SLOW_FADE = 12
CAMERA_SIDE = 640
COLOURS = {"objective": "#0d9488"}
OPTIMISED = "an optimised edit"
"""A place of the page, see `on_device`."""
SKIP = gr.skip()

Faces = Mapping[int, Strengths]
"""Number of a face, 1 for the largest -> its sliders."""


@dataclass(frozen=True)
class Edited:
    """A photo whose faces were edited.

    Attributes:
        line: to be read.
        record: what goes into its file.
    """

    before: Image.Image
    after: Image.Image
    line: str
    record: dict[str, str | int | float]

    def map(self) -> Image.Image:
        """Where the two differ."""
        return change_map(self.before, self.after)


def see(photo: Image.Image, frame: Frame | None = None) -> tuple[str, Seen]:
    """The key of a photo, and what is known of it."""
    return found.see(photo, frame, missed=painted)


# ---- at once


@quickly
def look_at(photo: Image.Image, frame: Frame | None = None) -> tuple[str, Seen]:
    """`see`, for the page."""
    return see(photo, frame)


@quickly
def preview(key: str | None, faces: Faces) -> str | None:
    """A photo that was seen lately, reduced and edited: a `data:` address; None if it is not known or has no face."""
    seen = SEEN.get(key)
    if seen is None or not seen.faces:
        return None
    asked = [(seen.near(number), form.moved(values)) for number, values in faces.items()]
    return data_address(images.on_white(_edited(seen.small, asked)), quality=85)


@quickly
def edit(photo: Image.Image | None, faces: Faces, frame: Frame | None = None) -> Edited:
    """The faces of a photo edited at its full resolution; see `see` for the frame."""
    if photo is None:
        raise ValueError(texts.ADD_A_PHOTO)
    _, seen = see(photo, frame)
    moved = {number: form.moved(values) for number, values in faces.items()}
    asked = [(seen.face(number), strengths) for number, strengths in moved.items()]
    started = time.perf_counter()
    after = _edited(photo, asked)
    seconds = time.perf_counter() - started
    changed = {number: strengths for number, strengths in moved.items() if strengths}
    return Edited(
        photo, after, _line(photo, after, seen, changed, seconds, by_hand=frame is not None), _record(changed)
    )


def _edited(photo: Image.Image, asked: list[tuple[Face, Strengths]]) -> Image.Image:
    asked = [(face, strengths) for face, strengths in asked if strengths]
    edits = form.edits_for({name for _, strengths in asked for name in strengths})
    return edit_photo(photo, edits, asked)


def _line(photo: Image.Image, after: Image.Image, seen: Seen, changed: Faces, seconds: float, *, by_hand: bool) -> str:
    """How long it took, how much changed, and what is unusual about the faces that were edited."""
    size = f"{photo.width} x {photo.height} pixels"
    if not changed:
        return f"{texts.faces_found(len(seen.faces))} · {size}"
    levels, notes = [], []
    for number, strengths in changed.items():
        face = seen.face(number)
        levels.append(_levels(photo, after, face))
        if levels[-1] < HARDLY and max(map(abs, strengths.values())) >= ASKED:
            already = texts.already(_domain(name, value) for name, value in strengths.items())
            notes.append(texts.HARDLY_BY_HAND if by_hand else already)
        if face.turned > TURNED:
            notes.append(texts.turned(number))
        if face.side < LEAST_PIXELS:
            notes.append(texts.small(number, face.side))
    mean = sum(levels) / len(levels)
    amount = f"the face changed by {mean:.1f} of 255 gray levels on average"
    return " · ".join([f"Edited in {common.in_milliseconds(seconds)}", amount, size, *notes])


def _levels(before: Image.Image, after: Image.Image, face: Face) -> float:
    """Mean change of the square of a face, in gray levels."""
    one, other = (np.asarray(celeba_square(picture, face), np.int16) for picture in (before, after))
    return float(np.abs(one - other).mean())


def _domain(slider: str, value: float) -> str:
    """What is said of a face that has the attribute already."""
    name = SLIDERS[slider].above if value > 0 else SLIDERS[slider].below
    return f"to have {name} hair" if SLIDERS[slider].attribute == "hair" else f"to be {name}"


def _record(changed: Faces) -> dict[str, str | int | float]:
    """What goes into a file: plain values, the sliders of face 2 as "face 2: smile"."""
    sliders = {f"face {number}: {name}": value for number, given in changed.items() for name, value in given.items()}
    return {"technique": "perceptual_gan"} | ({"synthetic": texts.SYNTHETIC} if sliders else {}) | sliders


def save(edited: Edited) -> str:
    """The edited photo as a PNG with its settings inside."""
    return common.save_png(edited.after, edited.record, "edited-face")


@quickly
def strip(key: str | None, faces: Faces, number: int, slider: str) -> list[tuple[float, str]]:
    """A face at strengths of one slider, from the least to the most: (strength, `data:` address)."""
    seen = SEEN.get(key)
    if seen is None or not seen.faces or slider not in form.here():
        return []
    square = images.to_tensor(celeba_square(seen.small, seen.near(number))).to(common.DEVICE)
    others = faces.get(number, {})
    amounts = amounts_of(slider)
    return [(amount, data_address(_of_square(square, {**others, slider: amount}))) for amount in amounts]


def amounts_of(slider: str) -> list[float]:
    """Round strengths of a slider from its least to its most, at most about `TILES`."""
    low, high = EDIT[slider].low, EDIT[slider].high
    step = next(step for step in (0.25, 0.5, 1.0) if (high - low) / step < TILES)
    between = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    return sorted({low, high, *between.tolist()})


def _of_square(square: Tensor, values: Mapping[str, float]) -> Image.Image:
    """A face in CelebA's framing, (1, 3, 128, 128), edited."""
    strengths = form.moved(values)
    return images.to_picture(combined_change(form.edits_for(strengths), square, strengths).applied(square).cpu())


@quickly
def film(key: str | None, faces: Faces, number: int, slider: str) -> tuple[str, str]:
    """A slider's way there and back, around the face: paths of a GIF and of an MP4."""
    seen = SEEN.get(key)
    if seen is None:
        raise ValueError(texts.ADD_A_PHOTO)
    part, face = _around(seen, number)
    field = EDIT[slider]
    at = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, FRAMES))
    amounts = field.low + (field.high - field.low) * at
    others = faces.get(number, {})
    frames = [_edited(part, [(face, form.moved({**others, slider: float(amount)}))]) for amount in amounts]
    frames = [images.on_white(frame).convert("RGB") for frame in [*frames, *frames[-2:0:-1]]]
    stem = f"edited-face-{slider}"
    return save_gif(frames, stem, comment=texts.SYNTHETIC), save_mp4(frames, stem, comment=texts.SYNTHETIC)


def _around(seen: Seen, number: int) -> tuple[Image.Image, Face]:
    """The part of a reduced photo around a face, and the face in it."""
    face = seen.near(number)
    left, top, right, bottom = face.box
    room = 0.8 * face.side
    box = (max(0, left - room), max(0, top - room), min(seen.small.width, right + room),
           min(seen.small.height, bottom + room))  # fmt: skip
    x, y = int(box[0]), int(box[1])
    part = seen.small.crop((x, y, int(box[2]), int(box[3])))
    points = tuple((px - x, py - y) for px, py in face.points)
    moved = Face((left - x, top - y, right - x, bottom - y), points, face.score)
    fitted = images.fit_within(part, longest_side=FILM_SIDE)
    return fitted, moved.scaled(fitted.width / part.width)


NOTHING = 0.0


def edit_face(
    photo: Image.Image | None = None,
    smile: float = NOTHING,
    older: float = NOTHING,
    masculine: float = NOTHING,
    blond: float = NOTHING,
    black: float = NOTHING,
    brown: float = NOTHING,
    which: int = WHICH.default,
) -> tuple[str, Image.Image, str, dict]:
    """A face edited in its photo, at the photo's resolution (Thesis section 5.4).

    Args:
        older, masculine: below 0 to younger and feminine; see `SLIDERS` for the ranges.
        smile: from 0 on.
        blond, black, brown: of the hair, from 0 on.
        which: of several faces, 1 for the largest.
    Returns:
        the photo as a PNG file with the settings inside; the map of the change; a line; and the settings.
    """
    sliders = {"smile": smile, "older": older, "masculine": masculine, "blond": blond, "black": black, "brown": brown}
    edited = edit(photo, {WHICH.check(which): sliders})
    return save(edited), edited.map(), edited.line, edited.record


# ---- the slow method


@common.on_device(deadline=SLOW_LIMIT_S + GRACE_S, place=OPTIMISED, waiting=only_status(pictures=2))
def optimise_edit(
    photo: Image.Image | None = None,
    slider: str = SLOW["slider"].default,
    strength: float = SLOW["strength"].default,
    steps: int = SLOW["steps"].default,
    which: int = SLOW["which"].default,
    frame: Frame | None = None,
) -> Iterator[tuple]:
    """The slow method, Deep Feature Interpolation: a face's features moved by a mean difference, then inverted, live.

    Yields:
        the photo so far and the network's own edit, `data:` addresses; status; curve; file (at the end); and the
        visitor's Job.
    """
    asked = SLOW.check({"slider": slider, "strength": strength, "steps": steps, "which": which})
    form.need_differences()
    if photo is None:
        raise ValueError(texts.ADD_A_PHOTO)
    _, seen = see(photo, frame)
    face, near = seen.face(asked["which"]), seen.near(asked["which"])
    square = images.to_tensor(celeba_square(photo, face)).to(common.DEVICE)
    job, curve = Optimising(asked | {"technique": "optimise_edit", "synthetic": texts.SYNTHETIC}), []

    def steps_of() -> Iterator[Progress]:
        difference = perceptual_gan.load_difference(asked["slider"])
        options = {"strength": asked["strength"], "steps": asked["steps"]}
        for progress in perceptual_gan.optimise_edit(common.descriptor(), square, difference, **options):
            curve.append(progress)
            job.shows(_pasted(photo, face, square, progress.image), progress.step)
            yield progress

    yield from optimised(
        job,
        steps_of(),
        lambda progress: f"objective {progress.losses['total']:.4f}",
        limit_s=SLOW_LIMIT_S,
        before=(_address(seen.small), _by_network(seen, near, asked)),
        pictures=lambda progress: (_address(_pasted(seen.small, near, square, progress.image)), SKIP),
        curves=lambda: _charts(curve),
    )


def _address(picture: Image.Image) -> str:
    return data_address(images.on_white(picture), quality=88)


def _by_network(seen: Seen, face: Face, asked: Mapping[str, Any]) -> str | None:
    """The same edit by the network, as far as its slider goes, if it is here."""
    try:
        return _address(_edited(seen.small, [(face, form.within(asked["slider"], asked["strength"]))]))
    except ValueError:
        return None


def _pasted(photo: Image.Image, face: Face, square: Tensor, made: Tensor) -> Image.Image:
    """What the optimiser made of a face's square, in the photo."""
    residual = (made - square.cpu()) * feather(SQUARE, over=SLOW_FADE)
    opaque, alpha = images.split_alpha(photo)
    pixels = np.array(opaque.convert("RGB"))
    still = torch.zeros(1, 2, *residual.shape[-2:])
    paste_change(pixels, Change(still, residual), square_to_photo(face, side=SQUARE))
    edited = Image.fromarray(pixels)
    return images.with_alpha(edited.convert("L") if images.is_gray(photo) else edited, alpha)


def _charts(curve: list[Progress]) -> list[dict[str, Any]]:
    """The objective."""
    points = [(progress.step, progress.losses["total"]) for progress in curve]
    return [panel("The objective, by step", {"objective": points}, COLOURS, log=True)]


# ---- fruit


@quickly
def translate(
    picture: Image.Image | None = None,
    direction: str = FRUIT["direction"].default,
    strength: float = FRUIT["strength"].default,
) -> tuple:
    """Apples to oranges and back, at the picture's own resolution (Thesis section 5.4.5).

    Returns:
        (picture, translated); a line; and a PNG with the settings inside.
    """
    asked = FRUIT.check({"direction": direction, "strength": strength})
    net = form.network("fruit")
    if picture is None:
        raise ValueError(texts.ADD_FRUIT)
    common.large_enough(picture)
    started = time.perf_counter()
    after = perceptual_gan.translate(picture, net, form.fruit_target(asked["direction"]), asked["strength"])
    seconds = time.perf_counter() - started
    line = f"{texts.DIRECTIONS[asked['direction']]} in {common.in_milliseconds(seconds)} · "
    line += f"{after.width} x {after.height} pixels"
    record = asked | {"technique": "perceptual_gan"} | ({"synthetic": texts.SYNTHETIC} if asked["strength"] else {})
    return common.preview_pair(picture, after, longest_side=SHOWN_SIDE), line, common.save_png(after, record, "fruit")


# ---- webcam


@quickly
def live(
    frame: Image.Image | None = None,
    slider: str = WEBCAM["slider"].default,
    strength: float = WEBCAM["strength"].default,
) -> tuple[Any, Any]:
    """A frame of the webcam with its largest face edited: a `data:` address, and a line."""
    if frame is None:
        return SKIP, SKIP
    asked = WEBCAM.check({"slider": slider, "strength": strength})
    small = images.fit_within(frame, longest_side=CAMERA_SIDE)
    faces = find_faces(small, most=1)
    if not faces:
        return data_address(images.on_white(small), quality=80), "No face is in view: this frame is as it was."
    edited = _edited(small, [(faces[0], form.within(asked["slider"], asked["strength"]))])
    return data_address(images.on_white(edited), quality=80), texts.SYNTHETIC
