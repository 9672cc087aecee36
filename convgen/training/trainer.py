"""What all trainers here share: a step, and a state that can be resumed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from convgen.progress import Progress


def descend(loss: Tensor, optimisers: Sequence[torch.optim.Optimizer], rates: Sequence[float]) -> None:
    """One gradient step of every optimiser, each at its own learning rate."""
    for optimiser, rate in zip(optimisers, rates, strict=True):
        optimiser.zero_grad(set_to_none=True)
        for group in optimiser.param_groups:
            group["lr"] = rate
    loss.backward()
    for optimiser in optimisers:
        optimiser.step()


class Trainer(ABC):
    """Trains a network, an item a step; it can be stopped and gone on with by a trainer built with the same arguments.

    Args:
        whole: all that is trained or follows what is trained.
        optimisers: of its parts.
        steps: in all.
    """

    def __init__(self, whole: nn.Module, optimisers: Sequence[torch.optim.Optimizer], *, steps: int):
        self._whole, self.optimisers, self.steps = whole, optimisers, steps
        self.step = 0

    @abstractmethod
    def run(self) -> Iterator[Progress]:
        """Train from where it stands to the last step; an item a step, with the pictures of that step."""

    def state(self) -> dict[str, Tensor]:
        """All that a later run needs to go on, flat: net.*, optimiser.N.*, and the step."""
        tensors = {f"net.{key}": value for key, value in self._whole.state_dict().items()}
        for number, optimiser in enumerate(self.optimisers):
            for place, values in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser.{number}.{place}.{key}": torch.as_tensor(v) for key, v in values.items()}
        return {**tensors, "step": torch.tensor(self.step)}

    def resume(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave.

        Raises:
            ValueError: the state is of another network or a longer run.
        """
        own, step = self._whole.state_dict(), int(state["step"])
        weights = {key.removeprefix("net."): value for key, value in state.items() if key.startswith("net.")}
        if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in own.items()}:
            raise ValueError("the checkpoint is of a network with other arguments; start a new run")
        if step > self.steps:
            raise ValueError(f"the checkpoint is at step {step} of at most {self.steps}")
        self._whole.load_state_dict(weights)
        for number, optimiser in enumerate(self.optimisers):
            found: dict[int, dict[str, Tensor]] = {}
            for key, value in state.items():
                if key.startswith(f"optimiser.{number}."):
                    place, name = key.split(".")[2:]
                    found.setdefault(int(place), {})[name] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": found})
        self.step = step
