"""A net that learns one painting in a few minutes, from the net of another one."""

import copy
from collections.abc import Iterator
from pathlib import Path

from convgen.folders import ASSETS
from convgen.losses import total
from convgen.progress import Progress
from convgen.runtime import bfloat16_is_faster, channels_last
from convgen.stylenet.catalogue import STYLES, load_objective, load_stylenet
from convgen.stylenet.objective import StyleObjective
from convgen.stylenet.training import StyleTrainer
from convgen.training.averaging import follow, share_kept
from convgen.training.data import Crops

PHOTOS = ASSETS / "photos"
STYLE_SIZE = 384
"""Short side of a painting, as in training."""


class StyleLearner:
    """A StyleNet that learns one painting while one watches; `run` may be left and entered again.

    Args:
        objective: of the painting, on the device on which to compute.
        start: name of a bundled style whose net to start from, see `nearest_style`.
        photos: a folder of photographs to learn on.
        size: side of the photos in pixels, a multiple of 16.
        seed: of the noise and of the crops.
        bfloat16: run networks in bfloat16; None asks the device.
        lr, adam_lr: of Muon and of Adam, before they rise and fall.
    Attributes:
        net: the running average of the weights so far, which is what one stylizes with.
        step: steps done so far.
    Raises:
        ValueError: unknown style, or no photograph that can be read.
    Deviation: weights begin as those of another painting's net instead of at random, and a lesson sees the few bundled
    photographs only: two minutes bring what else takes an hour.
    """

    AVERAGING = 0.9
    MOST_STEPS = 1_000_000

    def __init__(
        self,
        objective: StyleObjective,
        *,
        start: str,
        photos: Path = PHOTOS,
        size: int = 160,
        seed: int = 0,
        bfloat16: bool | None = None,
        lr: float = 0.04,
        adam_lr: float = 0.006,
    ):
        device = objective.descriptor.mean.device
        net = channels_last(load_stylenet(start).float().requires_grad_(True), device)
        self._crops = Crops(photos, size=size, length=self.MOST_STEPS, seed=seed)
        self._trainer = StyleTrainer(
            net, objective, self._crops, steps=0, lr=lr, adam_lr=adam_lr, seed=seed,
            bfloat16=bfloat16_is_faster(device) if bfloat16 is None else bfloat16,
        )  # fmt: skip
        self.net = copy.deepcopy(net).eval().requires_grad_(False)

    @property
    def step(self) -> int:
        return self._trainer.step

    def run(self, total: int, *, every: int = 1) -> Iterator[Progress]:
        """Learn until `total` steps are done in all, yielding every `every` steps.

        Yields:
            Progress with the stylized crop of the step as `image`, and its losses.
        """
        while self.step < total:
            progress = self._trainer.advance(self._crops[self.step % self.MOST_STEPS][None], self._factor())
            follow(self.net, self._trainer.net, keep=share_kept(self.AVERAGING, self.step))
            if self.step % every == 0 or self.step == total:
                yield progress

    def _factor(self) -> float:
        """A short rise, then a fall like one over the root of the steps, for a run whose length nobody knows."""
        return min(1.0, (self.step + 1) / 10) * min(1.0, (100 / (self.step + 1)) ** 0.5)


def nearest_style(objective: StyleObjective, *, besides: str = "") -> str:
    """The bundled style whose Gram matrices are nearest to those of a painting: where to start learning from.

    Args:
        besides: a style that does not count.
    """

    def distance(style: str) -> float:
        own = load_objective(style, objective.descriptor).grams
        grams = objective.grams
        apart = [(grams[layer] - own[layer]).norm() / (grams[layer].norm() + own[layer].norm()) for layer in own]
        return total(apart).item()

    return min((style for style in STYLES if style != besides), key=distance)
