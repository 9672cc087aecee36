"""The slow method of Gatys et al.: the pixels themselves are optimised (thesis sections 2.3.1 and 3.2.2).

It minimises the objective that the generators are trained for, so that both can be compared by its value.
"""

from collections.abc import Iterator

from torch import Tensor

from convgen.optimise import minimise
from convgen.progress import Progress
from convgen.runtime import seeded_generator, uniform_noise
from convgen.stylenet.objective import StyleObjective

STARTS = ("noise", "photo")


def optimise_style(
    objective: StyleObjective,
    photo: Tensor,
    *,
    start: str | Tensor = "noise",
    steps: int = 200,
    seed: int = 0,
    bfloat16: bool = False,
) -> Iterator[Progress]:
    """x* = argmin_x L_T(x; x0) + alpha L_C(x; y) by L-BFGS: Thesis Eq. 3.3 with the objective of section 2.3.3.2.

    Args:
        photo: (1, 3, H, W) in [0, 1], y, on the objective's device.
        start: "noise" (the thesis), "photo", or a picture of the photo's shape, e.g. a generator's output (Fig. 3.3).
        steps: iterations of L-BFGS, each of one or a few evaluations.
        seed: of the noise.
        bfloat16: run the descriptor in bfloat16.
    Yields:
        Progress an iteration: the picture so far, the terms of the objective, and "evaluations" beside them.
    Raises:
        ValueError: unknown start, or a start of another shape.
    """
    if isinstance(start, str):
        if start not in STARTS:
            raise ValueError(f"start must be a picture or one of {', '.join(STARTS)}, got {start!r}")
        start = photo if start == "photo" else uniform_noise(tuple(photo.shape), seeded_generator(seed))
    if start.shape != photo.shape:
        raise ValueError(f"start must be {tuple(photo.shape)} like the photo, got {tuple(start.shape)}")
    content = objective.content(photo, bfloat16=bfloat16)
    yield from minimise(lambda image: objective.terms(image, content, bfloat16=bfloat16), start.to(photo), steps=steps)
