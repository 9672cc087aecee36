"""Layers that several generators share."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NORMALISATIONS = ("instance", "batch")
Padding = Callable[[Tensor], Tensor]
"""What puts a border of one pixel around a tensor: `wrapped` or `mirrored`."""


def wrapped(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, H + 2, W + 2) with the opposite edges around it, as circular padding of 1.

    Unlike `torch.nn.functional.pad` it keeps channels_last, and it is several times faster on a CPU.
    """
    x = torch.cat([x[..., -1:], x, x[..., :1]], dim=-1)
    return torch.cat([x[..., -1:, :], x, x[..., :1, :]], dim=-2)


def mirrored(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, H + 2, W + 2) with what is next to its edges around it, as reflected padding of 1.

    H and W must be at least 2. Like `wrapped`, it keeps channels_last.
    """
    x = torch.cat([x[..., 1:2], x, x[..., -2:-1]], dim=-1)
    return torch.cat([x[..., 1:2, :], x, x[..., -2:-1, :]], dim=-2)


class MadeKernel(nn.Module):
    """A convolution whose kernel is a function of its weights, `made`, and kept where nothing is learned.

    To make it can take longer than to use it once. Optimisers that are fused change weights without changing their
    version: what learns makes the kernel anew.
    """

    weight: Tensor

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


class InstanceWhitening(nn.Module):
    """The channels of every picture brought to mean 0, variance 1 and no correlation, then scaled and shifted.

    y_ni = gamma R_n^(-1/2) D_n^(-1) (x_ni - mu_n) + beta, with mu_n, the deviations D_n and the correlations R_n of one
    picture's channels over its positions; with R_n = I that is Eq. 3.12. What follows sees the same statistics of
    second order in every picture, and what a Gram matrix measures is one of them. Huang et al., Iterative
    Normalization: Beyond Standardization towards Efficient Whitening, arXiv:1904.03441, for one picture at a time.

    Args:
        channels: C, at the call of features (B, C, H, W), unbounded, which keep shape, dtype and memory format.
    Deviation: correlations are shrunk by a tenth, since a coarse scale can have fewer positions than channels.
    """

    ROUNDS, SHRINKAGE, TINY = 6, 0.1, 1e-5

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            rows = x.permute(0, 2, 3, 1).flatten(1, 2).float()  # (B, H W, C)
            means = rows.mean(1, keepdim=True)
            covariances = torch.baddbmm(means.mT @ means, rows.mT, rows, beta=-1, alpha=1 / rows.shape[1])
            least = self.TINY * (1 + means.square().flatten(1))  # above what rounding leaves of a constant channel
            scales = (covariances.diagonal(dim1=1, dim2=2) + least).rsqrt()
            correlations = covariances * scales[:, :, None] * scales[:, None]
            identity = torch.eye(rows.shape[2], device=x.device)
            root = inverse_root(identity.lerp(correlations, 1 - self.SHRINKAGE), rounds=self.ROUNDS)
            matrix = root * scales[:, :, None] * self.weight.float()
            y = torch.baddbmm(self.bias.float() - means @ matrix, rows, matrix)
        return y.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2).to(x.dtype)


def inverse_root(matrices: Tensor, *, rounds: int) -> Tensor:
    """A^(-1/2) of positive definite matrices, (B, C, C) -> the same shape, by a Newton-Schulz iteration.

    Where few rounds do not suffice, small eigenvalues come out less enlarged.
    """
    size = matrices.norm(dim=(1, 2), keepdim=True)
    identity = torch.eye(matrices.shape[1], device=matrices.device)
    root, inverse = matrices / size, identity.expand_as(matrices)
    for _ in range(rounds):
        step = torch.baddbmm(identity, inverse, root, beta=1.5, alpha=-0.5)
        root, inverse = root @ step, step @ inverse
    return inverse / size.sqrt()


def flat_spectrum(noise: Tensor) -> Tensor:
    """Every map of noise with its phases kept and all amplitudes made equal, (B, C, H, W) -> the same shape, float32.

    The correlation between places, which in maps of few places differs much from one draw to the next, is then exactly
    that of white noise. Galerne et al., Random Phase Textures: Theory and Synthesis, 2011.

    Returns:
        mean 0 and the variance of U(-1, 1), 1/3, in every map; H W is at least 2.
    """
    places = noise.shape[-2] * noise.shape[-1]
    spectrum = torch.fft.rfft2(noise.float(), norm="ortho")
    spectrum = spectrum / spectrum.abs().clamp(min=1e-12)
    spectrum[..., 0, 0] = 0
    return torch.fft.irfft2(spectrum, s=noise.shape[-2:], norm="ortho") * (places / (3 * (places - 1))) ** 0.5


def normalisation(kind: str, channels: int) -> nn.Module:
    """The layer of Eq. 3.12 ("instance") or Eq. 3.13 ("batch") for (B, channels, H, W).

    Raises:
        ValueError: another kind.
    """
    if kind not in NORMALISATIONS:
        raise ValueError(f"normalisation must be one of {', '.join(NORMALISATIONS)}, got {kind!r}")
    return InstanceNormalisation(channels) if kind == "instance" else BatchNormalisation(channels)


class PaddedConvolution(nn.Conv2d):
    """A 3x3 convolution with the border that `padded` makes: (B, inputs, H, W) -> (B, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int, *, padded: Padding, bias: bool = True):
        super().__init__(inputs, outputs, 3, bias=bias)
        self.padded = padded

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.padded(x))


class EnlargingConvolution(MadeKernel):
    """A 3x3 convolution of features that it enlarges bilinearly, joined by maps that are that large already.

    Each of the four places within a cell sees the small features through a 3x3 kernel of its own, a fixed linear
    function of the weights, so that nothing but the result has to be written at the large size.

    Args:
        padded: the border around either.
    """

    PLACES = (
        ((0.75, 0.25, 0.0), (0.25, 0.75, 0.0), (0.0, 0.75, 0.25)),
        ((0.25, 0.75, 0.0), (0.0, 0.75, 0.25), (0.0, 0.25, 0.75)),
    )
    """Place in the cell, tap of the kernel, neighbour among the small features -> its share in the enlarged ones."""

    def __init__(self, inputs: int, outputs: int, *, joined: int = 0, padded: Padding):
        super().__init__()
        self.inputs, self.padded = inputs, padded
        self.weight = nn.Parameter(nn.Conv2d(inputs + joined, outputs, 3).weight.detach())

    def forward(self, x: Tensor, joined: Tensor | None = None) -> Tensor:
        """Features (B, inputs, H, W) and maps (B, joined, 2 H, 2 W) -> (B, outputs, 2 H, 2 W)."""
        x = F.pixel_shuffle(F.conv2d(self.padded(x), self.kernel(x.dtype)), 2)
        if joined is None:
            return x
        return x.add_(F.conv2d(self.padded(joined.to(x.dtype)), self.weight[:, self.inputs :].to(x.dtype)))

    def made(self, weight: Tensor) -> Tensor:
        """(outputs, inputs + joined, 3, 3) at the large size -> (4 outputs, inputs, 3, 3) at the small one."""
        places = weight.new_tensor(self.PLACES)
        kernel = torch.einsum("ocst,asu,btv->oabcuv", weight[:, : self.inputs], places, places).flatten(0, 2)
        return kernel.contiguous(memory_format=torch.channels_last)


def chain(widths: Sequence[int], kind: str, *, padded: Padding, whitened: bool = False) -> nn.Sequential:
    """3x3 convolutions from each of the widths to the next, each normalised and followed by a ReLU.

    Args:
        whitened: what the last of them makes is whitened instead.
    """
    return nn.Sequential(
        *(
            nn.Sequential(
                PaddedConvolution(before, after, padded=padded, bias=False),
                _normalised(kind, after, whitened=whitened and place == len(widths) - 1),
                nn.ReLU(inplace=True),
            )
            for place, (before, after) in enumerate(pairwise(widths), 1)
        )
    )


def _normalised(kind: str, channels: int, *, whitened: bool) -> nn.Module:
    return InstanceWhitening(channels) if whitened else normalisation(kind, channels)


class EnlargingBlock(nn.ModuleList):
    """An enlarging convolution and, at the large size, `depth` - 1 further convolutions, each normalised.

    All make `width` channels, and the last of them `outputs` where that is given, which may be whitened.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        depth: int,
        kind: str,
        *,
        padded: Padding,
        joined: int = 0,
        outputs: int | None = None,
        whitened: bool = False,
    ):
        widths = [width] * (depth - 1) + [outputs or width]
        first = [
            EnlargingConvolution(inputs, widths[0], joined=joined, padded=padded),
            _normalised(kind, widths[0], whitened=whitened and depth == 1),
            nn.ReLU(inplace=True),
        ]
        super().__init__([nn.ModuleList(first), *chain(widths, kind, padded=padded, whitened=whitened)])

    def forward(self, x: Tensor, joined: Tensor | None = None) -> Tensor:
        first, *rest = self
        convolution, norm, relu = first.children()
        x = relu(norm(convolution(x, joined)))
        for layer in rest:
            x = layer(x)
        return x
