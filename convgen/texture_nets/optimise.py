"""The slow method of Gatys et al. for textures: the pixels themselves are optimised (thesis section 3.2.2)."""

from collections.abc import Iterator

from convgen.optimise import minimise
from convgen.progress import Progress
from convgen.runtime import seeded_generator, uniform_noise
from convgen.texture_nets.objective import TextureObjective


def optimise_texture(
    objective: TextureObjective,
    *,
    size: tuple[int, int] | int = 256,
    steps: int = 200,
    seed: int = 0,
    bfloat16: bool = False,
) -> Iterator[Progress]:
    """x* = argmin_x L_T(x; x0) by L-BFGS from noise: Thesis Eq. 3.3 without a content picture.

    Args:
        size: (H, W) of the picture, or one side.
        steps: iterations of L-BFGS, each of one or a few evaluations.
        seed: of the noise.
        bfloat16: run the descriptor in bfloat16.
    Yields:
        Progress an iteration: the picture so far, the terms of the objective, and "evaluations" beside them.
    """
    height, width = (size, size) if isinstance(size, int) else size
    start = uniform_noise((1, 3, height, width), seeded_generator(seed)).to(objective.descriptor.mean.device)
    yield from minimise(lambda image: objective.terms(image, bfloat16=bfloat16), start, steps=steps)
