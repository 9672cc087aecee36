"""SkipNet: the untrained hourglass whose structure is the prior (thesis section 7.2)."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

UPSAMPLING = ("bilinear", "nearest")
DOWNSAMPLING = ("stride", "average")
PADDING = {"reflect": "reflect", "zero": "constant"}


def _check(name: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _enlarge(x: Tensor, size: torch.Size, mode: str) -> Tensor:
    return F.interpolate(x, size=size, mode=mode, align_corners=False if mode == "bilinear" else None)


def _hourglass(
    z: Tensor,
    down: Sequence[nn.Module],
    skip: Sequence[nn.Module],
    reduce: Sequence[nn.Module],
    up: Sequence[nn.Module],
    upsampling: Sequence[str],
) -> Tensor:
    """Down through all levels and up again, each level joined with what its skip carried across, finest level first.

    A skip that is `nn.Identity` carries nothing.
    """
    carried, x = [], z
    for descend, carry in zip(down, skip, strict=True):
        carried.append((x.shape[-2:], None if isinstance(carry, nn.Identity) else carry(x)))
        x = descend(x)
    for level in reversed(range(len(up))):
        size, side = carried[level]
        x = _enlarge(reduce[level](x), size, upsampling[level])
        x = up[level](x if side is None else torch.cat([side, x], dim=1))
    return x


def _pad(x: Tensor, amount: int, padding: str) -> Tensor:
    mode = PADDING[padding]
    if mode == "reflect" and min(x.shape[-2:]) <= amount:
        mode = "replicate"
    return F.pad(x, (amount,) * 4, mode=mode)


class _Convolution(nn.Module):
    """Convolution with the padding outside, then normalisation and activation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, average: bool = False, padding: str):
        super().__init__()
        self.padding = padding
        self.reach = kernel // 2
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride=1 if average else stride)
        self.pool = nn.AvgPool2d(2, ceil_mode=True) if average and stride == 2 else nn.Identity()
        self.normalisation = nn.BatchNorm2d(outputs, track_running_stats=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.reach:
            x = _pad(x, self.reach, self.padding)
        return F.leaky_relu(self.normalisation(self.pool(self.convolution(x))), 0.2)


class SkipNet(nn.Module):
    """Hourglass with narrow skip connections: x = f_theta(z), Thesis Eq. 7.2.

    Args of `forward`: z (1, in_channels, H, W), any size of at least 2^len(widths) pixels a side.
    Returns (1, out_channels, H, W), unbounded: the loop takes the sigmoid.
    Raises:
        ValueError: lists of unequal length, or an unknown upsampling, downsampling or padding.
    """

    def __init__(
        self,
        *,
        in_channels: int = 32,
        out_channels: int = 3,
        widths: Sequence[int] = (128,) * 5,
        skips: Sequence[int] = (4,) * 5,
        kernels: Sequence[int] = (3,) * 5,
        upsampling: Sequence[str] = ("bilinear",) * 5,
        downsampling: str = "stride",
        padding: str = "reflect",
    ):
        super().__init__()
        _check("downsampling", downsampling, DOWNSAMPLING)
        _check("padding", padding, PADDING)
        for mode in upsampling:
            _check("upsampling", mode, UPSAMPLING)
        self.upsampling = tuple(upsampling)
        convolution = lambda *a, **k: _Convolution(*a, padding=padding, **k)  # noqa: E731
        inputs = [in_channels, *widths[:-1]]
        average = downsampling == "average"
        self.down = nn.ModuleList(
            nn.Sequential(convolution(i, w, k, stride=2, average=average), convolution(w, w, k))
            for i, w, k in zip(inputs, widths, kernels, strict=True)
        )
        self.skip = nn.ModuleList(
            convolution(i, s, 1) if s else nn.Identity() for i, s in zip(inputs, skips, strict=True)
        )
        below = [*widths[1:], widths[-1]]
        self.join = nn.ModuleList(
            nn.BatchNorm2d(s + b, track_running_stats=False) for s, b in zip(skips, below, strict=True)
        )
        self.up = nn.ModuleList(
            nn.Sequential(convolution(s + b, w, k), convolution(w, w, 1))
            for s, b, w, k in zip(skips, below, widths, kernels, strict=True)
        )
        self.output = nn.Conv2d(widths[0], out_channels, 1)

    def forward(self, z: Tensor) -> Tensor:
        up = [nn.Sequential(join, up) for join, up in zip(self.join, self.up, strict=True)]
        down, skip, reduce = list(self.down), list(self.skip), [nn.Identity()] * len(up)
        return self.output(_hourglass(z, down, skip, reduce, up, self.upsampling))


class _SlimConvolution(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, track_running_stats=False),
            nn.LeakyReLU(0.2, inplace=True),
        )


class SlimNet(nn.Module):
    """The hourglass of SkipNet with little work at full resolution: the network of the `fast` presets.

    Few channels where pixels are many, channels reduced before the upsampling instead of after it, no normalisation of
    the join, and zero padding inside the convolutions.

    Args of `forward`: z (1, in_channels, H, W). Returns (1, out_channels, H, W), unbounded.
    """

    def __init__(
        self,
        *,
        in_channels: int = 16,
        out_channels: int = 3,
        widths: Sequence[int] = (16, 32, 64, 128, 128),
        skips: Sequence[int] = (4,) * 5,
        upsampling: Sequence[str] = ("bilinear",) * 5,
    ):
        super().__init__()
        self.upsampling = tuple(upsampling)
        inputs = [in_channels, *widths[:-1]]
        below = [*widths[1:], widths[-1]]
        levels = list(zip(inputs, below, widths, skips, strict=True))
        self.down = nn.ModuleList(
            nn.Sequential(_SlimConvolution(i, w, 3, stride=2), _SlimConvolution(w, w, 3)) for i, _, w, _ in levels
        )
        self.skip = nn.ModuleList(_SlimConvolution(i, s, 1) if s else nn.Identity() for i, _, _, s in levels)
        self.reduce = nn.ModuleList(_SlimConvolution(b, w, 1) for _, b, w, _ in levels)
        self.up = nn.ModuleList(
            nn.Sequential(_SlimConvolution(w + s, w, 3), _SlimConvolution(w, w, 1)) for _, _, w, s in levels
        )
        self.output = nn.Conv2d(widths[0], out_channels, 1)

    def forward(self, z: Tensor) -> Tensor:
        down, skip, reduce, up = list(self.down), list(self.skip), list(self.reduce), list(self.up)
        return self.output(_hourglass(z, down, skip, reduce, up, self.upsampling))
