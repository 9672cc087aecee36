"""The network g_phi: bone maps -> which part each pixel shows, and where on it (thesis sections 6.3.4 and 6.4.1)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from convgen.avatars.skeleton import BONES
from convgen.runtime import Net, seeded_layers

PARTS = 24
"""n of section 6.3.4; the background is part number 24."""
WIDTHS = (40, 88, 128, 160)
"""Channels at a half, a quarter, an eighth and a sixteenth of the side."""
OUTER = 28
"""Channels at the whole side."""
CODE = 12
"""Numbers that say whose silhouette it is."""
MULTIPLE = 16


class Layer(nn.Module):
    """A convolution, batch normalisation, what the code adds, and a ReLU."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, code: int = 0):
        super().__init__()
        padding = (kernel - 1) // 2
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)
        self.code = nn.Linear(code, outputs, bias=False) if code else None

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        x = self.norm(self.convolution(x))
        if self.code is not None:
            x = x + self.code(code)[:, :, None, None].to(x.dtype)
        return F.relu(x, inplace=True)


class TranslationNet(nn.Module):
    """Bone maps and a person's code -> map stacks of the same size: a U-Net with two residual blocks at its bottom.

    Args:
        outputs: channels.
        widths, outer: channels inside.
        code: length of the code.
        seed: of the layers.
    Deviation: 2.1 million parameters, not 17; one decoder, whose last layer alone is split in two; connections from
    encoder to decoder; batch normalisation; a code a person, so that one network serves all.
    """

    def __init__(
        self,
        *,
        outputs: int,
        widths: Sequence[int] = WIDTHS,
        outer: int = OUTER,
        code: int = CODE,
        seed: int = 0,
    ):
        super().__init__()
        first, second, third, bottom = widths
        with seeded_layers(seed):
            inputs = (len(BONES), first, second, third)
            self.down = nn.ModuleList(
                Layer(before, after, kernel=4, stride=2) for before, after in zip(inputs, widths, strict=True)
            )
            self.residual = nn.ModuleList(Layer(bottom, bottom, code=code) for _ in range(4))
            above = ((bottom, third, third), (third, second, second), (second, first, first + first // 3))
            self.up = nn.ModuleList(Layer(below + beside, after, code=code) for below, beside, after in above)
            self.last = Layer(first + first // 3, outer, code=code)
            self.output = nn.Conv2d(outer, outputs, 1)

    def forward(self, bone_maps: Tensor, code: Tensor) -> Tensor:
        """Bone maps (B, 32, S, S), S a multiple of 16, and codes (B, C) -> (B, outputs, S, S).

        Raises:
            ValueError: maps of another shape.
        """
        if bone_maps.ndim != 4 or bone_maps.shape[1] != len(BONES) or bone_maps.shape[-1] % MULTIPLE:
            got = tuple(bone_maps.shape)
            raise ValueError(f"bone_maps must be (B, {len(BONES)}, S, S) with S a multiple of {MULTIPLE}, got {got}")
        x, beside = bone_maps, []
        for layer in self.down:
            x = layer(x, code)
            beside.append(x)
        for one, two in zip(self.residual[::2], self.residual[1::2], strict=True):
            x = x + two(one(x, code), code)
        for layer, maps in zip(self.up, reversed(beside[:-1]), strict=True):
            x = layer(torch.cat([_twice(x), maps], dim=1), code)
        return self.output(self.last(_twice(x), code))

    def fused(self: Net) -> Net:
        """Batch normalisation joined with the convolutions, in place: for use, not for training."""
        for layer in self.modules():
            if isinstance(layer, Layer) and isinstance(layer.norm, nn.BatchNorm2d):
                layer.convolution = fuse_conv_bn_eval(layer.convolution.eval(), layer.norm.eval())
                layer.norm = nn.Identity()
        return self


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


class AvatarNet(TranslationNet):
    """g_phi: bone maps -> part logits and part coordinates, each with a layer of its own (section 6.4.1)."""

    def __init__(self, *, widths: Sequence[int] = WIDTHS, outer: int = OUTER, code: int = CODE, seed: int = 0):
        super().__init__(outputs=PARTS + 1 + 2 * PARTS, widths=widths, outer=outer, code=code, seed=seed)

    def forward(self, bone_maps: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 32, S, S) and (B, C) -> logits of P (B, 25, S, S), and C (B, 48, S, S): u, v of part 0, of part 1, ...

        The softmax of the logits are the weights P of Eq. 6.1, the background last; C is 0 to 1 across a texture.
        """
        maps = super().forward(bone_maps, code)
        return maps[:, : PARTS + 1], maps[:, PARTS + 1 :] + 0.5


class DirectNet(TranslationNet):
    """The baseline *Direct*: bone maps -> picture and mask (section 6.3.3)."""

    def __init__(self, *, widths: Sequence[int] = WIDTHS, outer: int = OUTER, code: int = CODE, seed: int = 0):
        super().__init__(outputs=4, widths=widths, outer=outer, code=code, seed=seed)

    def forward(self, bone_maps: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 32, S, S) and (B, C) -> picture (B, 3, S, S), black outside of the person, and logits of its mask
        (B, 1, S, S)."""
        maps = super().forward(bone_maps, code)
        return maps[:, :3] + 0.3, maps[:, 3:]
