"""`python -m demos.deep_image_prior.thumbnails` draws the thumbnails of the examples."""

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from convgen import images
from convgen.deep_image_prior import Problem
from demos.deep_image_prior.cases import Case, assemble
from demos.deep_image_prior.examples import EXAMPLES, THUMBNAILS, Example
from demos.deep_image_prior.form import DEFAULTS, check

THUMBNAIL = (240, 180)


def thumbnails(folder: Path = THUMBNAILS) -> None:
    """Draw what each example starts from, and for half of the width what it aims at."""
    folder.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES.values():
        case = case_of(example)
        damaged = case.before
        if case.problem is None:
            damaged = Image.merge("RGB", [Image.effect_noise(damaged.size, 120) for _ in range(3)])
        whole = images.open_picture(example.path)
        if case.problem is not None and case.problem.truth is not None:
            whole = images.to_picture(case.problem.truth)
        if case.problem is not None and case.problem.features is not None:
            damaged = _activations(case.problem)
        damaged = damaged.resize(whole.size, Image.Resampling.NEAREST)
        canvas, right = _cover(damaged), _cover(whole)
        half = THUMBNAIL[0] // 2
        canvas.paste(right.crop((half, 0, *THUMBNAIL)), (half, 0))
        ImageDraw.Draw(canvas).line([(half, 0), (half, THUMBNAIL[1])], fill="white", width=3)
        canvas.save(folder / f"{example.name}.jpg", quality=84)


def case_of(example: Example, **fields: Any) -> Case:
    """What a run of an example begins with, fields of the form changed."""
    pictures = {"picture": images.open_picture(example.path), "painted": None, "mask": None, "flash": None}
    return assemble(check(DEFAULTS | example.fields | fields, **pictures))


def _activations(problem: Problem) -> Image.Image:
    """The mean activation of the layer that a pre-image starts from."""
    (activations,) = problem.features(problem.observed).values()
    mean = activations.mean(dim=1, keepdim=True)
    return images.to_picture(mean / mean.max())


def _cover(picture: Image.Image) -> Image.Image:
    """The upper middle of a picture, in the proportions of a thumbnail."""
    return ImageOps.fit(picture.convert("RGB"), THUMBNAIL, Image.Resampling.LANCZOS, centering=(0.5, 0.3))


if __name__ == "__main__":
    thumbnails()
