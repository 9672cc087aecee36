"""Parts of the texture networks; all convolutions are circular, so what they make tiles (thesis section 2.3.2.1)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import layers


class EnlargingConvolution(layers.MadeKernel):
    """A circular 3x3 convolution of features that it enlarges, joined by maps that are that large already.

    Each of the four places within a cell sees the small features through a 3x3 kernel of its own, a fixed linear
    function of the weights, so that nothing but the result has to be written at the large size.
    """

    PLACES = (
        ((0.75, 0.25, 0.0), (0.25, 0.75, 0.0), (0.0, 0.75, 0.25)),
        ((0.25, 0.75, 0.0), (0.0, 0.75, 0.25), (0.0, 0.25, 0.75)),
    )
    """Place in the cell, tap of the kernel, neighbour among the small features -> its share in the enlarged ones."""

    def __init__(self, inputs: int, outputs: int, *, joined: int = 0):
        super().__init__()
        self.inputs = inputs
        self.weight = nn.Parameter(nn.Conv2d(inputs + joined, outputs, 3).weight.detach())

    def forward(self, x: Tensor, joined: Tensor | None = None) -> Tensor:
        """Features (B, inputs, H, W) and maps (B, joined, 2 H, 2 W) -> (B, outputs, 2 H, 2 W)."""
        x = F.pixel_shuffle(_circular(x, self.kernel(x.dtype)), 2)
        return x if joined is None else x.add_(_circular(joined.to(x.dtype), self.weight[:, self.inputs :]))

    def made(self, weight: Tensor) -> Tensor:
        """(outputs, inputs + joined, 3, 3) at the large size -> (4 outputs, inputs, 3, 3) at the small one."""
        places = weight.new_tensor(self.PLACES)
        kernel = torch.einsum("ocst,asu,btv->oabcuv", weight[:, : self.inputs], places, places).flatten(0, 2)
        return kernel.contiguous(memory_format=torch.channels_last)


def _circular(x: Tensor, kernel: Tensor) -> Tensor:
    return F.conv2d(layers.wrapped(x), kernel.to(x.dtype))


class CircularConvolution(nn.Conv2d):
    """A 3x3 convolution whose input wraps around: (B, inputs, H, W) -> (B, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True):
        super().__init__(inputs, outputs, 3, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(layers.wrapped(x))


class EnlargingBlock(nn.ModuleList):
    """An `EnlargingConvolution` and, at the large size, `depth` - 1 further convolutions, each normalised.

    All make `width` channels, and the last of them `outputs` where that is given.
    """

    def __init__(self, inputs: int, width: int, depth: int, kind: str, *, joined: int = 0, outputs: int | None = None):
        widths = [width] * (depth - 1) + [outputs or width]
        first = [
            EnlargingConvolution(inputs, widths[0], joined=joined),
            layers.normalisation(kind, widths[0]),
            nn.ReLU(inplace=True),
        ]
        super().__init__([nn.ModuleList(first), *chain(widths, kind)])

    def forward(self, x: Tensor, joined: Tensor | None = None) -> Tensor:
        (convolution, norm, relu), *rest = self
        x = relu(norm(convolution(x, joined)))
        for layer in rest:
            x = layer(x)
        return x


def chain(widths: Sequence[int], kind: str) -> nn.Sequential:
    """3x3 convolutions from each of the widths to the next, each normalised and followed by a ReLU."""
    return nn.Sequential(*(_convolution(before, after, kind) for before, after in pairwise(widths)))


def block(inputs: int, outputs: int, kind: str) -> nn.Sequential:
    """The block of section 2.3.2.1: 3x3, 3x3 and 1x1 convolutions, each normalised and followed by a ReLU."""
    return nn.Sequential(
        _convolution(inputs, outputs, kind),
        _convolution(outputs, outputs, kind),
        _convolution(outputs, outputs, kind, kernel=1),
    )


def _convolution(inputs: int, outputs: int, kind: str, *, kernel: int = 3) -> nn.Sequential:
    if kernel == 1:
        convolution = nn.Conv2d(inputs, outputs, 1, bias=False)
    else:
        convolution = CircularConvolution(inputs, outputs, bias=False)
    return nn.Sequential(convolution, layers.normalisation(kind, outputs), nn.ReLU(inplace=True))
