"""What every training loop here shares: the course of the learning rates, a step, and a state that can be resumed."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

WARM_UP = 20


def rate_factor(step: int, steps: int) -> float:
    """A short rise, then half a cosine down to zero, for step 0 .. steps - 1."""
    return min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def descend(loss: Tensor, optimisers: Sequence[torch.optim.Optimizer], rates: Sequence[float]) -> None:
    """One gradient step of every optimiser, each at its own learning rate."""
    for optimiser, rate in zip(optimisers, rates, strict=True):
        optimiser.zero_grad(set_to_none=True)
        for group in optimiser.param_groups:
            group["lr"] = rate
    loss.backward()
    for optimiser in optimisers:
        optimiser.step()


def training_state(net: nn.Module, optimisers: Sequence[torch.optim.Optimizer], step: int) -> dict[str, Tensor]:
    """All that a later run needs to go on, flat: net.*, optimiser.N.*, and the step."""
    tensors = {f"net.{key}": value for key, value in net.state_dict().items()}
    for number, optimiser in enumerate(optimisers):
        for place, values in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{place}.{key}": torch.as_tensor(v) for key, v in values.items()}
    return {**tensors, "step": torch.tensor(step)}


def resume_training(
    state: Mapping[str, Tensor], net: nn.Module, optimisers: Sequence[torch.optim.Optimizer], *, steps: int
) -> int:
    """Put what `training_state` gave into a network and optimisers built with the same arguments.

    Returns:
        the step that the state is at.
    Raises:
        ValueError: the state is of another network or a longer run.
    """
    own = net.state_dict()
    weights = {key.removeprefix("net."): value for key, value in state.items() if key.startswith("net.")}
    if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in own.items()}:
        raise ValueError("the checkpoint is of a network with other arguments; start a new run")
    if int(state["step"]) > steps:
        raise ValueError(f"the checkpoint is at step {int(state['step'])} of at most {steps}")
    net.load_state_dict(weights)
    for number, optimiser in enumerate(optimisers):
        found: dict[int, dict[str, Tensor]] = {}
        for key, value in state.items():
            if key.startswith(f"optimiser.{number}."):
                place, name = key.split(".")[2:]
                found.setdefault(int(place), {})[name] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": found})
    return int(state["step"])
