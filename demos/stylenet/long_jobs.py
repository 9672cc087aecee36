"""What takes its time: a video frame by frame, and a photo by optimisation. Both are watched and can be stopped."""

from collections.abc import Iterator
from typing import Any

import torch
from PIL import Image, ImageOps

from convgen import images, runtime, stylenet
from convgen.progress import Progress
from demos import common
from demos.common import footage
from demos.common.job import GRACE_S, Optimising
from demos.common.optimising import only_status, optimised
from demos.stylenet import form, texts
from demos.stylenet.form import FILM_SIZE, PHOTO, SLOW, Asked
from demos.stylenet.jobs import restyle
from demos.widgets.chart import panel

SLOW_LIMIT_S = 420.0
"""Seconds after which a run ends with what it has; nobody has the device for much longer."""
COLOURS = {"objective": "#0d9488", "texture": "#d97706", "content": "#8b5cf6"}
NETWORK = {"the network, at once": "#ef4444"}
FILM, OPTIMISED = "a stylized film", "an optimised photo"
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
) -> Iterator[tuple]:
    """Stylize every frame of a video with the same noise (Fig. 2.5), which therefore stands still.

    Yields:
        The latest frame, status, the video (at the end), and the visitor's Job.
    """
    size = FILM_SIZE.check(size)
    values = {"style": style, "noise_scale": noise_scale, "seed": seed, "variant": variant}
    asked = form.check(values | {"own_colours": own_colours, "strength": strength})
    stem = f"{asked['style']}-seed-{asked['seed']}"
    yield from footage.changed_film(film, lambda frame: restyle(asked, frame), stem=stem, size=size)


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
) -> Iterator[tuple]:
    """The slow method of Gatys et al.: L-BFGS on the pixels (Thesis Eq. 3.3), live.

    Args:
        painting: the style picture; without one it is the painting of `style`, as far as the objective knows it.
        style, variant, noise_scale: also of the network whose result is the start "network" (Fig. 3.3).
    Yields:
        (photo, picture so far), status, curve of the objective, file (at the end), and the visitor's Job.
    """
    values = {"steps": steps, "start": start, "size": size, "content_weight": content_weight, "seed": seed}
    asked = form.check_slow(values | {"style": style, "variant": variant, "noise_scale": noise_scale})
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
            by_network = restyle(asked, x)
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
