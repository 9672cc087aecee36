"""Muon: momentum whose every step is made orthogonal, the optimiser of convolutional networks here."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Newton-Schulz coefficients that push singular values into about [0.7, 1.2] within five rounds."""
TINY = 1e-7
MOMENTUM = 0.95
"""Share of the old average of gradients, a step."""


def orthogonalised(matrix: Tensor, *, rounds: int = 5) -> Tensor:
    """The nearest matrix with singular values of about 1, by a Newton-Schulz iteration: (R, C) -> (R, C).

    Every round multiplies from the left by a polynomial of X X^T, so the rounds are done on that small square matrix
    alone and applied to X once.
    """
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / (x.norm() + TINY)
    a, b, c = QUINTIC
    square = x @ x.T
    identity = torch.eye(len(square), device=x.device, dtype=x.dtype)
    product = identity
    for _ in range(rounds):
        factor = a * identity + b * square + c * square @ square
        product = factor @ product
        square = factor @ square @ factor
    x = product @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


class Muon(torch.optim.Optimizer):
    """Muon for the weights of convolutions, (outputs, inputs, k, k), each taken as a matrix of `outputs` rows.

    K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024. `torch.optim.Muon` takes matrices
    only. A Deep Image Prior and a style network need far fewer steps with it than with Adam, and end better.

    Args:
        parameters: tensors of at least two dimensions.
        lr: length of a step, relative to weights of unit scale.
        momentum: of the Nesterov average of gradients.
        keep_norm: hold the norm of every weight, and take `lr` relative to it. Where a normalisation follows, the size
            of a weight does nothing but shorten the steps as it grows: sixfold in 1,600 of them.
    Raises:
        ValueError: a parameter with fewer than two dimensions.
    """

    def __init__(
        self, parameters: Iterable[Tensor], *, lr: float = 0.02, momentum: float = MOMENTUM, keep_norm: bool = False
    ):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "keep_norm": keep_norm})
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.ndim < 2:
                    raise ValueError(f"Muon takes weights of at least two dimensions, got {tuple(weight.shape)}")

    @torch.no_grad()
    def step(self) -> None:
        """One step from the gradients at hand."""
        for group in self.param_groups:
            momentum = group["momentum"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                average = self.state[weight].setdefault("average", torch.zeros_like(weight))
                average.mul_(momentum).add_(weight.grad)
                direction = orthogonalised((weight.grad + momentum * average).flatten(1))
                if group["keep_norm"]:
                    norm = weight.norm()
                    weight.sub_(direction.view_as(weight) * (group["lr"] * norm / (direction.norm() + TINY)))
                    weight.mul_(norm / (weight.norm() + TINY))
                else:
                    scale = max(1.0, direction.shape[0] / direction.shape[1]) ** 0.5
                    weight.add_(direction.view_as(weight), alpha=-group["lr"] * scale)


def muon_and_adam(
    network: nn.Module,
    *,
    lr: float = 0.02,
    adam_lr: float = 0.01,
    momentum: float = MOMENTUM,
    keep_norm: bool = False,
    betas: tuple[float, float] = (0.9, 0.999),
) -> list[torch.optim.Optimizer]:
    """Muon for the hidden convolutions, Adam for the rest: biases, normalisation and the last layer, `network.output`.

    Args:
        lr, momentum, keep_norm: of Muon; games of two networks want less momentum.
        adam_lr, betas: of Adam.
    Returns:
        the two optimisers, Muon first; every parameter is in one of them.
    """
    output = set(network.get_submodule("output").parameters())
    hidden = [p for p in network.parameters() if p.ndim == 4 and p not in output]
    rest = [p for p in network.parameters() if p.ndim != 4 or p in output]
    muon = Muon(hidden, lr=lr, momentum=momentum, keep_norm=keep_norm)
    return [muon, torch.optim.Adam(rest, lr=adam_lr, betas=betas, fused=True)]
