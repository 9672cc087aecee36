"""The experiment of thesis Fig. 7.2: a network learns a picture sooner than noise."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from convgen import runtime
from convgen.deep_image_prior.presets import Settings
from convgen.deep_image_prior.problems import Problem, add_noise
from convgen.deep_image_prior.restore import Restorer
from convgen.progress import Progress

CURVES = ("image", "image + noise", "shuffled", "noise")


def curve_targets(image: Tensor, *, sigma: float = 25.0, seed: int = 0) -> dict[str, Tensor]:
    """The four targets of Fig. 7.2: a picture, the same with noise, its pixels shuffled, and uniform noise.

    Args:
        image: (1, C, H, W) in [0, 1].
    Returns:
        one tensor of the same shape for each name in CURVES.
    """
    generator = runtime.seeded_generator(seed)
    order = torch.randperm(image.shape[-2] * image.shape[-1], generator=generator)
    shuffled = image.flatten(2)[..., order].view_as(image)
    noise = runtime.uniform_noise(tuple(image.shape), generator)
    return dict(zip(CURVES, (image, add_noise(image, sigma=sigma, seed=seed), shuffled, noise), strict=True))


def curve_restorers(
    image: Tensor, settings: Settings, *, seed: int = 0, device: torch.device | str = "cpu"
) -> dict[str, Restorer]:
    """Four networks of the same seed, one for each of the four targets of Fig. 7.2."""
    return {
        name: Restorer(Problem("denoise", target), settings, seed=seed, device=device, watch=False)
        for name, target in curve_targets(image, seed=seed).items()
    }


def learning_curves(restorers: Mapping[str, Restorer], total: int | None = None) -> Iterator[Progress]:
    """Descend with the four networks of `curve_restorers`, a step each in turn (Thesis Eq. 7.4, Fig. 7.2).

    Like `Restorer.run`, it goes on where the last run ended, until each has done `total` steps (default: the preset's).

    Yields:
        Progress: image (4, C, H, W), what each has learned so far; losses: name -> E(x; x0) of Thesis Eq. 7.3.
    """
    total = next(iter(restorers.values())).settings.steps if total is None else total
    runs = {name: restorer.run(total) for name, restorer in restorers.items()}
    while any(restorer.step < total for restorer in restorers.values()):
        states = {name: next(run) for name, run in runs.items()}
        yield Progress(
            next(iter(states.values())).step,
            total,
            torch.cat([state.image for state in states.values()]),
            {name: state.losses["energy"] for name, state in states.items()},
        )
