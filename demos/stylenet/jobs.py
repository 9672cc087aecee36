"""The two long jobs: a video frame by frame, and a photo by optimisation. Both are watched live and can be stopped."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr
import torch
from PIL import Image, ImageOps

from convgen import images, runtime, stylenet
from convgen.progress import Progress
from demos import common
from demos.common.footage import FILM_LIMIT_S, GRACE_S, ON_CPU, changed_film, while_waiting
from demos.common.job import Optimising
from demos.stylenet import form
from demos.widgets.chart import panel

VIDEO_SIDES = (64, 1280)
VIDEO_SIDE = 384 if ON_CPU else 720
SLOW_LIMIT_S = 420.0
"""Seconds after which a run ends with what it has; nobody has the device for much longer."""
SLOW_SIDES = (64, 512 if ON_CPU else 1024)
SLOW_SIDE = 288 if ON_CPU else 512
SLOW_STEPS = (1, 1000)
STARTS = {"noise": "Noise", "photo": "The photo", "network": "The network's result"}
COLOURS = {"objective": "#0d9488", "texture": "#d97706", "content": "#8b5cf6"}
NETWORK = {"the network, at once": "#ef4444"}
FILM, OPTIMISED = "a stylized film", "an optimised photo"
"""Places of the page, see `on_device`."""
SKIP = gr.skip()


# ---- video


@common.on_device(deadline=FILM_LIMIT_S + GRACE_S, place=FILM, waiting=while_waiting)
def stylize_video(
    film: str | None = None,
    style: str | None = form.DEFAULTS["style"],
    noise_scale: float = form.DEFAULTS["noise_scale"],
    seed: int = form.DEFAULTS["seed"],
    size: int = VIDEO_SIDE,
    variant: str = form.DEFAULTS["variant"],
    own_colours: bool = form.DEFAULTS["own_colours"],
    strength: float = form.DEFAULTS["strength"],
) -> Iterator[tuple]:
    """Stylize every frame of a video with the same noise (Fig. 2.5), which therefore stands still.

    Yields:
        The latest frame, status, the video (at the end), and the visitor's Job.
    """
    values = dict(locals())
    film, size = values.pop("film"), common.whole_number(values["size"], "Size", *VIDEO_SIDES)
    asked = form.check(**values)
    stem = f"{asked.style}-seed-{asked.seed}"
    yield from changed_film(film, lambda frame: form.restyle(asked, frame), stem=stem, size=size)


# ---- by optimisation


@dataclass(frozen=True)
class Slow:
    """What is asked of the optimiser, checked."""

    start: str
    steps: int
    size: int
    content_weight: float
    asked: form.Asked

    def record(self) -> dict[str, str | int | float | bool]:
        own = {name: value for name, value in vars(self).items() if name != "asked"}
        return self.asked.record() | own | {"technique": "optimise_style"}


SLOW_DEFAULTS = {
    "steps": 60,
    "start": "noise",
    "size": SLOW_SIDE,
    "content_weight": common.default(stylenet.StyleObjective, "content_weight"),
}


def check_slow(steps: int, start: str, size: int, content_weight: float, **given: Any) -> Slow:
    """What is asked of the optimiser, checked; `given` is what it shares with the networks: seed, style, ...

    Raises:
        ValueError: one sentence for the visitor.
    """
    given = form.DEFAULTS | given
    start = common.choice(start, "Start", STARTS)
    if start != "network" and not form.available():
        given |= {"style": "", "seed": common.whole_number(given["seed"], "Seed", 0, common.LARGEST_SEED)}
        asked = form.Asked(**given)
    else:
        asked = form.check(**given)
    return Slow(
        start=start,
        steps=common.whole_number(steps, "Steps", *SLOW_STEPS),
        size=common.whole_number(size, "Size", *SLOW_SIDES),
        content_weight=common.number(content_weight, "Content weight", 0, 100),
        asked=asked,
    )


@common.on_device(deadline=SLOW_LIMIT_S + GRACE_S, place=OPTIMISED, waiting=lambda line: (SKIP, line, *[SKIP] * 3))
def optimise_style(
    photo: Image.Image | None = None,
    painting: Image.Image | None = None,
    steps: int = SLOW_DEFAULTS["steps"],
    start: str = SLOW_DEFAULTS["start"],
    size: int = SLOW_DEFAULTS["size"],
    content_weight: float = SLOW_DEFAULTS["content_weight"],
    seed: int = form.DEFAULTS["seed"],
    style: str | None = form.DEFAULTS["style"],
    variant: str = form.DEFAULTS["variant"],
    noise_scale: float = form.DEFAULTS["noise_scale"],
) -> Iterator[tuple]:
    """The slow method of Gatys et al.: L-BFGS on the pixels (Thesis Eq. 3.3), live.

    Args:
        painting: the style picture; without one it is the painting of `style`, as far as the objective knows it.
        style, variant, noise_scale: also of the network whose result is the start "network" (Fig. 3.3).
    Yields:
        (photo, picture so far), status, curve of the objective, file (at the end), and the visitor's Job.
    """
    slow = check_slow(
        steps, start, size, content_weight, seed=seed, style=style, variant=variant, noise_scale=noise_scale
    )
    asked = slow.asked
    if photo is None:
        raise ValueError(form.ADD_A_PHOTO)
    if painting is None and not form.has_objective(asked.style):
        raise ValueError("Add a style picture: upload a painting, or click one of the textures.")
    before, note = common.fit_with_note(photo, longest_side=slow.size)
    opaque, alpha = images.split_alpha(before)
    common.large_enough(before)
    job, curve, known = Optimising(slow.record()), {name: [] for name in COLOURS}, {}

    def steps_of() -> Iterator[Progress]:
        x = images.to_tensor(opaque.convert("RGB")).to(common.DEVICE)
        objective, faster = _objective(slow, painting), runtime.bfloat16_is_faster(common.DEVICE)
        first: str | torch.Tensor = slow.start
        if form.available():
            by_network = form.restyle(asked, x)
            if painting is None:
                known["level"] = objective.terms(by_network, objective.content(x))["total"].item()
            first = by_network if slow.start == "network" else slow.start
        options = {"start": first, "steps": slow.steps, "seed": asked.seed, "bfloat16": faster}
        for progress in stylenet.optimise_style(objective, x, **options):
            _note(curve, progress)
            job.shows(images.with_alpha(images.to_picture(progress.image), alpha), progress.step)
            yield progress

    starting = f"Starting: {slow.steps} steps, seed {asked.seed}" + (f" · {note}" if note else "")
    moments = job.watch(steps_of(), _figures, limit_s=SLOW_LIMIT_S, starting=starting)
    with closing(moments):
        for moment in moments:
            if moment.progress is None:
                yield common.preview_pair(before, before), moment.line, [], None, job
            elif not moment.shown:
                yield gr.skip()
            else:
                shown, curves = common.preview_pair(before, job.result), _charts(curve, known.get("level"))
                yield shown, moment.line, curves, job.file() if moment.last else None, job if moment.last else SKIP


def _objective(slow: Slow, painting: Image.Image | None) -> stylenet.StyleObjective:
    """Of the visitor's style picture, else of the painting of the chosen style."""
    if painting is None:
        return stylenet.load_objective(slow.asked.style, common.descriptor())
    texture = images.at_short_side(
        not_too_long(common.large_enough(painting)), size=max(common.LEAST_SIDE, round(0.8 * slow.size))
    )
    return stylenet.StyleObjective(common.descriptor(), texture.to(common.DEVICE), content_weight=slow.content_weight)


def not_too_long(picture: Image.Image) -> Image.Image:
    """The middle of a picture where one side is more than three times the other."""
    width, height = picture.size
    return ImageOps.fit(picture, (min(width, 3 * height), min(height, 3 * width)))


def _note(curve: dict[str, list[tuple[int, float]]], progress: Progress) -> None:
    for name, points in curve.items():
        points.append((progress.step, progress.losses["total" if name == "objective" else name]))


def _figures(progress: Progress) -> str:
    return f"objective {progress.losses['total']:.3f}"


def _charts(curve: dict[str, list[tuple[int, float]]], level: float | None) -> list[dict[str, Any]]:
    """The terms of the objective, and what the network reaches in one pass."""
    kept = dict(curve)
    if level is not None and curve["objective"]:
        kept |= {name: [(curve["objective"][at][0], level) for at in (0, -1)] for name in NETWORK}
    return [panel("The objective (Eq. 3.5) and its terms", kept, COLOURS | NETWORK, log=True)]
