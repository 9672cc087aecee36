"""BlazePose: the network that finds people and the network that says how each of them stands, as plain layers.

Bazarevsky et al., BlazePose: On-device Real-time Body Pose Tracking, arXiv:2006.10204; Grishchenko et al., BlazePose
GHUM Holistic, arXiv:2206.11678. The weights are Google's, see weights/README.md; batch norms are in the convolutions.

Deviation: the landmark network's head for the mask of the person is left out.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import weights
from convgen.runtime import channels_last

DETECTOR_ROW, LANDMARKS_ROW = "blazepose-detector", "blazepose-full"
DETECTOR_SIDE, LANDMARKS_SIDE = 224, 256
STRIDES = (8, 16, 32)
"""Pixels between the cells of the detector's maps, finest first."""
ANCHORS = (2, 2, 6)
"""Anchors of a cell of each of these maps."""
LANDMARKS = 39
"""33 of the body, 2 that say where it is, 4 that are not used."""
HEATMAP_WINDOW = 7
"""Side of the part of a heatmap around a landmark that corrects it, in cells of 4 pixels."""
LEAST_HEAT = 0.5
"""A heatmap that is nowhere higher than this there corrects nothing."""
BLOCKS = (((3, 2), (3, 1)), ((5, 2), (5, 1)), ((3, 2), (3, 1), (3, 1)), ((5, 1),) * 3, ((5, 2), *((5, 1),) * 3))
"""The trunk's five stages: kernel and stride of each of their blocks."""


class Separable(nn.Sequential):
    """A convolution of each channel and one across them; what comes between is clipped to 0 to 6."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, clipped: bool = True):
        each = nn.Conv2d(inputs, inputs, 3, stride, padding=1 if stride == 1 else 0, groups=inputs)
        super().__init__(each, nn.ReLU6(inplace=True) if clipped else nn.Identity(), nn.Conv2d(inputs, outputs, 1))


class Bottleneck(nn.Module):
    """Expand, convolve each channel, project: the block of MobileNetV2, beside its input where that fits."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, *, factor: int = 6):
        super().__init__()
        wide = factor * inputs
        self.expand = nn.Conv2d(inputs, wide, 1)
        self.each = nn.Conv2d(wide, wide, kernel, stride, padding=kernel // 2, groups=wide)
        self.project = nn.Conv2d(wide, outputs, 1)
        self.beside = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(_clipped(self.each(_clipped(self.expand(x)))))
        return x + y if self.beside else y


class Residual(nn.Module):
    """A separable convolution beside its input, of which every second pixel is left if the stride is 2."""

    def __init__(self, channels: int, *, stride: int = 1, clipped: bool = True):
        super().__init__()
        self.stride = stride
        self.more = Separable(channels, channels, stride=stride, clipped=clipped)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 1:
            return _clipped(x + self.more(x))
        return _clipped(F.max_pool2d(x, 2) + self.more(F.pad(x, (0, 1, 0, 1))))


class Trunk(nn.Module):
    """The part that both networks share in shape: a small EfficientNet."""

    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        self.input = nn.Conv2d(3, 24, 3, 2, padding=1)
        self.first = Separable(24, 16)
        self.stages, inputs = nn.ModuleList(), 16
        for width, blocks in zip(widths, BLOCKS, strict=True):
            stage = []
            for kernel, stride in blocks:
                stage.append(Bottleneck(inputs, width, kernel, stride, factor=4 if inputs == 16 else 6))
                inputs = width
            self.stages.append(nn.Sequential(*stage))
        self.expand = nn.Conv2d(inputs, 6 * inputs, 1)
        self.last = nn.Conv2d(6 * inputs, 6 * inputs, 3, padding=1, groups=6 * inputs)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 3, H, W) -> maps of 1/4, 1/8, 1/16 and 1/32 of the side, of widths 0, 1, 3 and six times 4."""
        x = self.first(_clipped(self.input(x)))
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return [maps[0], maps[1], maps[3], _clipped(self.last(_clipped(self.expand(x))))]


class PoseDetector(nn.Module):
    """A picture -> how likely and where there is a person at each anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk((24, 40, 80, 112, 192))
        self.across = nn.ModuleList([Separable(40, 96, clipped=False), Separable(112, 192, clipped=False)])
        self.down = nn.ModuleList([nn.Conv2d(192, 96, 1), nn.Conv2d(1152, 192, 1)])
        self.mix = nn.ModuleList(
            nn.Sequential(*(Residual(width, clipped=False) for _ in range(2))) for width in (96, 192)
        )
        self.scores, self.boxes = (
            nn.ModuleList(
                Separable(inputs, values * count, stride=2, clipped=False)
                for inputs, count in zip((24, 48, 288), ANCHORS, strict=True)
            )
            for values in (1, 12)
        )

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 224, 224) in [0, 1] -> logits (B, 2254), and (B, 2254, 12): x, y, width, height of the box of the face
        and x and y of four points, in pixels; x and y from the centre of the cell."""
        _, fine, middle, rough = self.trunk(2 * pictures - 1)
        # Across channels first, then larger: the same as the other way round, and four times as fast.
        middle = self.mix[1](_clipped(self.across[1](middle)) + _clipped(_twice(self.down[1](rough))))
        fine = self.mix[0](_clipped(self.across[0](fine)) + _clipped(_twice(self.down[0](middle))))
        maps = [F.pad(_channels_to_pixels(x), (1, 1, 1, 1)) for x in (fine, middle, rough)]
        scores = torch.cat([_rows(head(x), 1) for head, x in zip(self.scores, maps, strict=True)], dim=1)
        boxes = torch.cat([_rows(head(x), 12) for head, x in zip(self.boxes, maps, strict=True)], dim=1)
        return scores[..., 0], boxes


class PoseNet(nn.Module):
    """A picture of one upright person -> landmarks of the body."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk((24, 32, 64, 88, 144))
        self.across = nn.ModuleList(Separable(inputs, 48) for inputs in (24, 32, 88, 864))
        self.heatmaps = nn.Conv2d(48, LANDMARKS, 1)
        self.narrow = Separable(864, 288)
        self.body = nn.Sequential(*(Residual(288, stride=2 if place in (0, 5) else 1) for place in range(11)))
        self.points = nn.Conv2d(288, 5 * LANDMARKS, 2)
        self.world = nn.Conv2d(288, 3 * LANDMARKS, 2)
        self.presence = nn.Conv2d(288, 1, 2)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, 3, 256, 256) in [0, 1], each with the person in its middle and head up ->

        (B, 39, 5): x, y and z of landmarks in pixels of the picture, logits of being visible and of lying inside of it;
        (B, 39, 3): x, y, z in metres from the middle of the hips; (B,): logit of there being a person;
        (B, 39, 64, 64): logits of each landmark's place.
        """
        maps = self.trunk(pictures)
        *finer, x = (_clipped(across(x)) for across, x in zip(self.across, maps, strict=True))
        for beside in reversed(finer):
            x = _twice(x) + beside
        body = self.body(_clipped(self.narrow(maps[-1])))
        points = self.points(body).view(-1, LANDMARKS, 5)
        world = self.world(body).view(-1, LANDMARKS, 3)
        return points, world, self.presence(body).flatten(), self.heatmaps(x)


def corrected(points: Tensor, heatmaps: Tensor) -> Tensor:
    """(B, N, 2) in pixels: moved to the mean of what each landmark's heatmap (B, N, h, w) shows around it."""
    cells = heatmaps.shape[-1]
    scale, reach = LANDMARKS_SIDE / cells, HEATMAP_WINDOW // 2
    places = torch.arange(cells)
    cell = (points / scale).floor()
    near = ((places - cell[..., None]).abs() <= reach).float()
    heat = heatmaps.sigmoid() * near[..., 1, :, None] * near[..., 0, None, :]
    total = heat.sum((-1, -2))
    x = (heat.sum(-2) * places).sum(-1) / total.clamp(min=1e-6)
    y = (heat.sum(-1) * places).sum(-1) / total.clamp(min=1e-6)
    better = torch.stack([x, y], dim=-1) * scale
    return torch.where((heat.amax((-1, -2)) >= LEAST_HEAT)[..., None], better, points)


@lru_cache(maxsize=1)
def load_detector() -> PoseDetector:
    """The detector, in evaluation mode, on the CPU.

    Raises:
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    net = PoseDetector()
    net.load_state_dict(unpacked(weights.read(DETECTOR_ROW), net.state_dict()))
    return channels_last(net.eval().requires_grad_(False))


@lru_cache(maxsize=1)
def load_pose_net() -> PoseNet:
    """The landmark network, in evaluation mode, on the CPU.

    Raises:
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    net = weights.load_into(PoseNet(), LANDMARKS_ROW)
    return channels_last(net.eval().requires_grad_(False))


def packed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors that are mostly zeros as NAME.values and NAME.places: one bit an element, from the highest bit of a byte.

    The detector was trained with three of four weights across channels at zero, which makes its file 2.7 times smaller.
    """
    written = {}
    for name, tensor in tensors.items():
        there = tensor != 0
        if 2 * int(there.sum()) > there.numel():
            written[name] = tensor
        else:
            written[f"{name}.values"] = tensor[there]
            written[f"{name}.places"] = torch.from_numpy(np.packbits(there.numpy()))
    return written


def unpacked(written: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that `packed` was given, in float32; `like` says their shapes."""
    tensors = {name: tensor for name, tensor in written.items() if not name.endswith((".values", ".places"))}
    for name in (key.removesuffix(".values") for key in written if key.endswith(".values")):
        full = torch.zeros_like(like[name], dtype=torch.float32)
        there = np.unpackbits(written[f"{name}.places"].numpy(), count=full.numel()).astype(bool)
        full.view(-1)[torch.from_numpy(there)] = written[f"{name}.values"].float()
        tensors[name] = full
    return tensors


def _clipped(x: Tensor) -> Tensor:
    """ReLU6, in place: nobody else needs what a convolution or a sum just gave."""
    return F.relu6(x, inplace=True)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _channels_to_pixels(x: Tensor) -> Tensor:
    """(B, 4 C, H, W) -> (B, C, 2 H, 2 W); unlike in `F.pixel_shuffle`, the quarters of the channels are the pixels."""
    count, channels, height, width = x.shape
    x = x.view(count, 2, 2, channels // 4, height, width)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(count, channels // 4, 2 * height, 2 * width)


def _rows(maps: Tensor, width: int) -> Tensor:
    return maps.permute(0, 2, 3, 1).reshape(len(maps), -1, width)
