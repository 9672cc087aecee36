"""What takes its time: a video, a painting that is learned, a photo by optimisation. All can be stopped."""

from collections.abc import Iterator
from typing import Any

import torch
from PIL import Image, ImageOps

from convgen import images, runtime, stylenet
from convgen.progress import Progress
from convgen.runtime import channels_last
from demos import common
from demos.common import footage
from demos.common.job import GRACE_S, Optimising
from demos.common.learning import can_go_on, watched
from demos.common.optimising import only_status, optimised
from demos.common.quick import quickly
from demos.stylenet import form, texts
from demos.stylenet.form import FILM_SIZE, LEARN, PHOTO, SLOW, YOURS, Asked, Taught
from demos.stylenet.jobs import restyle
from demos.stylenet.lesson import Lesson, Style
from demos.widgets.chart import panel

SLOW_LIMIT_S = 420.0
"""Seconds after which a run ends with what it has; nobody has the device for much longer."""
COLOURS = {"objective": "#0d9488", "texture": "#d97706", "content": "#8b5cf6"}
NETWORK = {"the network, at once": "#ef4444"}
LEARN_LIMIT_S = LEARN["seconds"].high + GRACE_S
FILM, OPTIMISED, LEARNED = "a stylized film", "an optimised photo", "a learned painting"
"""Places of the page, see `on_device`."""


# ---- video


@common.on_device(deadline=footage.FILM_LIMIT_S + GRACE_S, place=FILM, waiting=footage.while_waiting)
def stylize_video(
    film: str | None = None,
    style: str | None = PHOTO["style"].default,
    noise_scale: float = PHOTO["noise_scale"].default,
    seed: int = PHOTO["seed"].default,
    size: int = FILM_SIZE.default,
    variant: str = PHOTO["variant"].default,
    own_colours: bool = PHOTO["own_colours"].default,
    strength: float = PHOTO["strength"].default,
    second: str = PHOTO["second"].default,
    share: float = PHOTO["share"].default,
    taught: Taught | None = None,
) -> Iterator[tuple]:
    """Stylize every frame of a video with the same noise (Fig. 2.5), which therefore stands still.

    Yields:
        The latest frame, status, the video (at the end), and the visitor's Job.
    """
    size = FILM_SIZE.check(size)
    values = {"style": style, "noise_scale": noise_scale, "seed": seed, "variant": variant}
    values |= {"own_colours": own_colours, "strength": strength, "second": second, "share": share}
    asked = form.check(values, taught)
    stem = f"{asked['style']}-seed-{asked['seed']}"
    yield from footage.changed_film(film, lambda frame: restyle(asked, frame, taught), stem=stem, size=size)


# ---- learning


@common.on_device(deadline=LEARN_LIMIT_S, place=LEARNED, waiting=only_status())
def learn_style(
    painting: Image.Image | None = None,
    photo: Image.Image | None = None,
    seconds: float = LEARN["seconds"].default,
    strokes: float = LEARN["strokes"].default,
    content_weight: float = LEARN["content_weight"].default,
    seed: int = LEARN["seed"].default,
) -> Iterator[tuple]:
    """A network learns a painting before the visitor's eyes, from the network of the nearest one (Thesis Eq. 3.5).

    Args:
        photo: what is shown in its style meanwhile; it learns on bundled photographs.
        seconds: of learning; Continue goes on from there.
        strokes: per cent: how large the painting, and so its strokes, is taken.
        content_weight: alpha of Thesis section 2.3.3.2.
    Yields:
        the photo in the style so far, status, curve of the loss, the network's file (at the end), and the visitor's
        Lesson.
    """
    asked = {"seconds": seconds, "strokes": strokes, "content_weight": content_weight, "seed": seed}
    asked = LEARN.check(asked)
    if painting is None:
        raise ValueError(texts.ADD_A_PAINTING)
    if not form.all_have_objectives():
        raise ValueError(texts.NO_STYLE)
    side = round(stylenet.STYLE_SIZE * asked["strokes"] / 100)
    part = images.at_short_side(_not_too_long(common.large_enough(painting.convert("RGB"))), size=side)
    lesson = Lesson(painting, Style(part, asked["content_weight"], asked["seed"]), photo)
    yield from watched(lesson, asked["seconds"], limit_s=LEARN_LIMIT_S)


@common.on_device(deadline=LEARN_LIMIT_S, place=LEARNED, waiting=only_status())
def learn_on(lesson: Lesson | None, seconds: float = LEARN["seconds"].default) -> Iterator[tuple]:
    """Learn for so many seconds more."""
    yield from watched(can_go_on(lesson), LEARN["seconds"].check(seconds), limit_s=LEARN_LIMIT_S)


@quickly
def load_style(path: str | None) -> tuple:
    """A network that was downloaded here before.

    Returns:
        a photo in its style, status, no curve, its file, and the visitor's Lesson.
    """
    if path is None:
        raise ValueError(texts.CHOOSE_A_FILE)
    lesson = Lesson(None, None, None)
    lesson.net = channels_last(stylenet.load_net(path), common.DEVICE)
    lesson.keeps(lesson.size())
    return lesson.live(), texts.LOADED, [], lesson.file(), lesson


# ---- by optimisation


@common.on_device(deadline=SLOW_LIMIT_S + GRACE_S, place=OPTIMISED, waiting=only_status())
def optimise_style(
    photo: Image.Image | None = None,
    painting: Image.Image | None = None,
    steps: int = SLOW["steps"].default,
    start: str = SLOW["start"].default,
    size: int = SLOW["size"].default,
    content_weight: float = SLOW["content_weight"].default,
    seed: int = PHOTO["seed"].default,
    style: str | None = PHOTO["style"].default,
    variant: str = PHOTO["variant"].default,
    noise_scale: float = PHOTO["noise_scale"].default,
    taught: Taught | None = None,
) -> Iterator[tuple]:
    """The slow method of Gatys et al.: L-BFGS on the pixels (Thesis Eq. 3.3), live.

    Args:
        painting: the style picture; without one it is the painting of `style`, as far as the objective knows it.
        style, variant, noise_scale: also of the network whose result is the start "network" (Fig. 3.3).
    Yields:
        (photo, picture so far), status, curve of the objective, file (at the end), and the visitor's Job.
    """
    values = {"steps": steps, "start": start, "size": size, "content_weight": content_weight, "seed": seed}
    asked = form.check_slow(values | {"style": style, "variant": variant, "noise_scale": noise_scale}, taught)
    if painting is None and asked["style"] == YOURS and taught is not None:
        painting = taught.painting
    if photo is None:
        raise ValueError(texts.ADD_A_PHOTO)
    if painting is None and not form.has_objective(asked["style"]):
        raise ValueError(texts.ADD_A_PAINTING)
    before, note = common.fit_with_note(photo, longest_side=asked["size"])
    opaque, alpha = images.split_alpha(before)
    common.large_enough(before)
    job, curve, known = Optimising(asked | {"technique": form.SLOW_TECHNIQUE}), {name: [] for name in COLOURS}, {}

    def steps_of() -> Iterator[Progress]:
        x = images.to_tensor(opaque.convert("RGB")).to(common.DEVICE)
        objective, faster = _objective(asked, painting), runtime.bfloat16_is_faster(common.DEVICE)
        first: str | torch.Tensor = asked["start"]
        if form.available():
            by_network = restyle(asked, x, taught)
            if painting is None:
                known["level"] = objective.terms(by_network, objective.content(x))["total"].item()
            first = by_network if asked["start"] == "network" else first
        options = {"start": first, "steps": asked["steps"], "seed": asked["seed"], "bfloat16": faster}
        for progress in stylenet.optimise_style(objective, x, **options):
            for name, points in curve.items():
                points.append((progress.step, progress.losses["total" if name == "objective" else name]))
            job.shows(images.with_alpha(images.to_picture(progress.image), alpha), progress.step)
            yield progress

    starting = f"Starting: {asked['steps']} steps, seed {asked['seed']}" + (f" · {note}" if note else "")
    yield from optimised(
        job, steps_of(), lambda progress: f"objective {progress.losses['total']:.3f}", limit_s=SLOW_LIMIT_S,
        before=(common.preview_pair(before, before),), starting=starting,
        pictures=lambda _: (common.preview_pair(before, job.result),),
        curves=lambda: _charts(curve, known.get("level")),
    )  # fmt: skip


def _objective(asked: Asked, painting: Image.Image | None) -> stylenet.StyleObjective:
    """Of the visitor's style picture, else of the painting of the chosen style."""
    if painting is None:
        return stylenet.load_objective(asked["style"], common.descriptor())
    side = max(common.LEAST_SIDE, round(0.8 * asked["size"]))
    texture = images.at_short_side(_not_too_long(common.large_enough(painting)), size=side).to(common.DEVICE)
    return stylenet.StyleObjective(common.descriptor(), texture, content_weight=asked["content_weight"])


def _not_too_long(picture: Image.Image) -> Image.Image:
    """The middle of a picture where one side is more than three times the other."""
    width, height = picture.size
    return ImageOps.fit(picture, (min(width, 3 * height), min(height, 3 * width)))


def _charts(curve: dict[str, list[tuple[int, float]]], level: float | None) -> list[dict[str, Any]]:
    """The terms of the objective, and what the network reaches in one pass."""
    kept = dict(curve)
    if level is not None and curve["objective"]:
        kept |= {name: [(curve["objective"][at][0], level) for at in (0, -1)] for name in NETWORK}
    return [panel(texts.OBJECTIVE, kept, COLOURS | NETWORK, log=True)]
