"""Layers that several generators share."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NORMALISATIONS = ("instance", "batch")


def wrapped(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, H + 2, W + 2) with the opposite edges around it, as circular padding of 1.

    Unlike `torch.nn.functional.pad` it keeps channels_last, and it is several times faster on a CPU.
    """
    x = torch.cat([x[..., -1:], x, x[..., :1]], dim=-1)
    return torch.cat([x[..., -1:, :], x, x[..., :1, :]], dim=-2)


class MadeKernel(nn.Module):
    """A convolution whose kernel is a function of its weights, `made`, and kept where nothing is learned.

    To make it can take longer than to use it once. Optimisers that are fused change weights without changing their
    version: what learns makes the kernel anew.
    """

    weight: nn.Parameter

    def __init__(self):
        super().__init__()
        self._ready: tuple[tuple, Tensor] | None = None

    def made(self, weight: Tensor) -> Tensor:
        """The kernel of these weights."""
        raise NotImplementedError

    def kernel(self, dtype: torch.dtype) -> Tensor:
        """The kernel of the weights as they are now."""
        if self.training or (torch.is_grad_enabled() and self.weight.requires_grad):
            self._ready = None
            return self.made(self.weight).to(dtype)
        made_of = (self.weight.data_ptr(), self.weight._version, dtype)
        if self._ready is None or self._ready[0] != made_of:
            self._ready = made_of, self.made(self.weight.detach()).to(dtype)
        return self._ready[1]


class InstanceNormalisation(nn.Module):
    """Every channel of every picture brought to mean 0 and variance 1, then scaled and shifted: Thesis Eq. 3.12.

    y_nijk = (x_nijk - mu_ni) / sqrt(sigma_ni^2 + eps), with mu and sigma over the positions of one picture; the same at
    training and at test time. For a batch of one picture that is Eq. 3.13, whose kernels are three times faster.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[0] == 1:
            return F.batch_norm(x, None, None, self.weight, self.bias, training=True)
        return F.instance_norm(x, weight=self.weight, bias=self.bias)


class BatchNormalisation(nn.BatchNorm2d):
    """Every channel brought to mean 0 and variance 1 over the whole batch, then scaled and shifted: Thesis Eq. 3.13.

    y_nijk = (x_nijk - mu_i) / sqrt(sigma_i^2 + eps), with mu and sigma over positions and pictures; averages gathered
    in training stand for them at test time.
    """


def normalisation(kind: str, channels: int) -> nn.Module:
    """The layer of Eq. 3.12 ("instance") or Eq. 3.13 ("batch") for (B, channels, H, W).

    Raises:
        ValueError: another kind.
    """
    if kind not in NORMALISATIONS:
        raise ValueError(f"normalisation must be one of {', '.join(NORMALISATIONS)}, got {kind!r}")
    return InstanceNormalisation(channels) if kind == "instance" else BatchNormalisation(channels)


class ResidualBlock(nn.Module):
    """x + f(x), f of two 3x3 convolutions, each normalised, with reflected borders: (B, C, H, W) -> the same shape."""

    def __init__(self, channels: int, *, kind: str = "instance"):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False),
            normalisation(kind, channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False),
            normalisation(kind, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)
