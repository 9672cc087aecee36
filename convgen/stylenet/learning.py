"""A net that learns one painting in a few minutes, from the net of another one."""

from pathlib import Path

from convgen.folders import ASSETS
from convgen.losses import grams_apart
from convgen.progress import Progress
from convgen.runtime import bfloat16_is_faster, channels_last
from convgen.stylenet.catalogue import STYLES, load_objective, load_stylenet
from convgen.stylenet.network import StyleNet
from convgen.stylenet.objective import StyleObjective
from convgen.stylenet.training import StyleTrainer
from convgen.training.data import Crops
from convgen.training.live import LiveLearner

PHOTOS = ASSETS / "photos"
STYLE_SIZE = 384
"""Short side of a painting, as in training."""


class StyleLearner(LiveLearner[StyleNet]):
    """A StyleNet that learns one painting while one watches, see `LiveLearner`.

    Args:
        objective: of the painting, on the device on which to compute.
        start: name of a bundled style whose net to start from, see `nearest_style`.
        photos: a folder of photographs to learn on.
        size: side of the photos in pixels, a multiple of 16.
        seed: of the noise and of the crops.
    Raises:
        ValueError: unknown style, or no photograph that can be read.
    Deviation: weights begin as those of another painting's net instead of at random, and a lesson sees the few bundled
    photographs only: two minutes bring what else takes an hour.
    """

    AVERAGING = 0.9
    MOST_STEPS = 1_000_000

    def __init__(self, objective: StyleObjective, *, start: str, photos: Path = PHOTOS, size: int = 160, seed: int = 0):
        device = objective.descriptor.mean.device
        net = channels_last(load_stylenet(start).float().requires_grad_(True), device)
        self._crops = Crops(photos, size=size, length=self.MOST_STEPS, seed=seed)
        self._lesson = StyleTrainer(
            net, objective, self._crops, steps=0, seed=seed, bfloat16=bfloat16_is_faster(device)
        )
        super().__init__(self._lesson, net)

    def _advance(self, factor: float) -> Progress:
        return self._lesson.advance(self._crops[self.step % self.MOST_STEPS][None], factor)


def nearest_style(objective: StyleObjective, *, besides: str = "") -> str:
    """The bundled style whose Gram matrices are nearest to those of a painting: where to start learning from.

    Args:
        besides: a style that does not count.
    """

    def distance(style: str) -> float:
        return grams_apart(objective.grams, load_objective(style, objective.descriptor).grams)

    return min((style for style in STYLES if style != besides), key=distance)
