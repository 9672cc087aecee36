"""SqueezeNet 1.1: a small frozen network that says what things in a picture are, in a hundredth of VGG's time.

Iandola et al., SqueezeNet, arXiv:1602.07360.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import weights
from convgen.runtime import seeded_layers

NAME = "squeezenet1_1-imagenet"
MEAN = (122.679, 116.669, 104.006)
FIRES = {3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128)}
FIRES |= {9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256)}
"""Place in `features` -> channels that come in, that are squeezed, and that each half of the result has."""
POOLS = (2, 5, 8)
CHANNELS = {7: 256, 12: 512}
"""Places whose activations are given -> their channels; the first halves a side three times, the other four times."""


class Fire(nn.Module):
    """Few channels, then many by convolutions of 1x1 and of 3x3: (B, inputs, H, W) -> (B, 2 half, H, W)."""

    def __init__(self, inputs: int, squeezed: int, half: int):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, half, 1)
        self.expand3x3 = nn.Conv2d(squeezed, half, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], dim=1))


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 without its classifier, frozen, with the key names of torchvision's `squeezenet1_1`."""

    mean: Tensor

    def __init__(self):
        super().__init__()
        with seeded_layers(0):
            layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, stride=2), nn.ReLU()]
            for place in range(2, max(FIRES) + 1):
                layers.append(nn.MaxPool2d(3, 2, ceil_mode=True) if place in POOLS else Fire(*FIRES[place]))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(MEAN).reshape(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [0, 1], 32 pixels a side at least -> activations at `CHANNELS`, (B, C, h, w), at least 0.

        Raises:
            ValueError: images of another shape.
        """
        if images.ndim != 4 or images.shape[1] != 3 or min(images.shape[-2:]) < 32:
            raise ValueError(f"images must be (B, 3, H, W) of 32 pixels a side at least, got {tuple(images.shape)}")
        x, found = images * 255 - self.mean, []
        for place, layer in enumerate(self.features):
            x = layer(x)
            if place in CHANNELS:
                found.append(x)
        return found


def load_squeezenet(device: torch.device | str = "cpu") -> SqueezeNet:
    """The network with its ImageNet weights, in evaluation mode, float32.

    Raises:
        WeightsUnavailable: the bundled file is damaged and there is no other copy.
    """
    return weights.load_into(SqueezeNet(), NAME).eval().to(device)
