"""The descriptor: a frozen VGG-16 whose activations say what a picture looks like (thesis chapter 2, section 7.3.4).

Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, arXiv:1409.1556.
Deviation: chapters 2 and 3 use VGG-19; VGG-16 is half the size of it on disk and is bundled, so it works offline.
"""

from collections.abc import Sequence
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import weights
from convgen.layers import mirrored, wrapped
from convgen.runtime import seeded_layers

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
PADDINGS = ("zeros", "wrapped", "mirrored")
MEAN = (123.68, 116.779, 103.939)
POOLING = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}
# name -> number of its ReLU in `features`; a convolution and a ReLU each, a pooling layer after each block.
LAYERS = {
    f"relu{block}_{place}": 2 * (sum(map(len, WIDTHS[: block - 1])) + place) + block - 2
    for block, widths in enumerate(WIDTHS, start=1)
    for place in range(1, len(widths) + 1)
}


class Descriptor(nn.Module):
    """VGG-16 up to relu5_3, frozen, with the key names of torchvision's `vgg16`.

    Args:
        pooling: "max" as it was trained, or "average", which gives smoother gradients.
    Raises:
        ValueError: unknown pooling.
    """

    mean: Tensor

    def __init__(self, *, pooling: str = "max"):
        super().__init__()
        if pooling not in POOLING:
            raise ValueError(f"pooling must be one of {', '.join(POOLING)}, got {pooling!r}")
        layers: list[nn.Module] = []
        channels = 3
        with seeded_layers(0):
            for block in WIDTHS:
                for width in block:
                    layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
                    channels = width
                layers.append(POOLING[pooling](2))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(MEAN).reshape(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, images: Tensor, layers: Sequence[str], *, padding: str = "zeros") -> dict[str, Tensor]:
        """Features of the named layers; nothing is computed beyond the deepest of them.

        Args:
            images: (B, 3, H, W) RGB in [0, 1]; gradients flow back to it.
            layers: names of `LAYERS`, relu1_1 .. relu5_3.
            padding: what lies beyond the borders: "zeros" as it was trained, "wrapped", the opposite edge, for pictures
                that tile, or "mirrored".
        Returns:
            name -> (B, C, h, w), at least 0, in the order asked; relu{b}_* halves H and W b - 1 times, rounding down.
        Raises:
            ValueError: an unknown layer or padding, images of another shape, or too small for the deepest layer.
        """
        for layer in layers:
            if layer not in LAYERS:
                raise ValueError(f"layers must be among {', '.join(LAYERS)}, got {layer!r}")
        if padding not in PADDINGS:
            raise ValueError(f"padding must be one of {', '.join(PADDINGS)}, got {padding!r}")
        if images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f"images must be (B, 3, H, W), got {tuple(images.shape)}")
        deepest = max(layers, key=LAYERS.__getitem__, default=None)
        if deepest is None:
            return {}
        least = 2 ** (int(deepest[len("relu")]) - 1) * (2 if padding == "mirrored" else 1)
        if min(images.shape[-2:]) < least:
            raise ValueError(f"images must be at least {least} pixels a side for {deepest}, got {tuple(images.shape)}")
        places = {LAYERS[layer]: layer for layer in layers}
        found = {}
        x = images * 255 - self.mean
        for number, module in enumerate(islice(self.features, LAYERS[deepest] + 1)):
            if padding != "zeros" and isinstance(module, nn.Conv2d):
                x = wrapped(x) if padding == "wrapped" else mirrored(x)
                x = F.conv2d(x, module.weight, module.bias)
            else:
                x = module(x)
            if number in places:
                found[places[number]] = x
        return {layer: found[layer] for layer in layers}


def load_descriptor(*, pooling: str = "max") -> Descriptor:
    """The descriptor with its ImageNet weights, on the CPU, in evaluation mode.

    Raises:
        ValueError: unknown pooling.
        WeightsUnavailable: the bundled file is damaged and there is no other copy.
    """
    return weights.load_into(Descriptor(pooling=pooling), "vgg16-imagenet").eval()
