"""Nets that learn while one watches: a run whose length nobody knows, which may be left and entered again."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from torch import nn

from convgen.progress import Progress
from convgen.training.averaging import follow, share_kept
from convgen.training.trainer import Trainer

LiveNet = TypeVar("LiveNet", bound=nn.Module)


class LiveLearner(ABC, Generic[LiveNet]):
    """A net that learns one thing while one watches; `run` may be left and entered again.

    Args:
        trainer: of the net; how many steps it does is not its own choice.
        net: what it trains, in place.
    Attributes:
        net: the running average of the weights so far, in evaluation mode, which is what one uses.
        step: steps done so far.
    """

    AVERAGING: ClassVar[float]
    """Share of the old average that is kept each step, once there are many."""

    def __init__(self, trainer: Trainer, net: LiveNet):
        self._trainer, self._trained = trainer, net
        self.net = copy.deepcopy(net).eval().requires_grad_(False)

    @property
    def step(self) -> int:
        return self._trainer.step

    @abstractmethod
    def _advance(self, factor: float) -> Progress:
        """One step of the trained net, with the learning rates multiplied by a factor."""

    def _shown(self, progress: Progress) -> Progress:
        """What is yielded of a step."""
        return progress

    def run(self, total: int, *, every: int = 1) -> Iterator[Progress]:
        """Learn until `total` steps are done in all, yielding every `every` steps."""
        while self.step < total:
            progress = self._advance(self._factor())
            follow(self.net, self._trained, keep=share_kept(self.AVERAGING, self.step))
            if self.step % every == 0 or self.step == total:
                yield self._shown(progress)

    def _factor(self) -> float:
        """A short rise, then a fall like one over the root of the steps."""
        return min(1.0, (self.step + 1) / 10) * min(1.0, (100 / (self.step + 1)) ** 0.5)
