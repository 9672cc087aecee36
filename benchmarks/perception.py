"""How alike pictures look to the descriptor, one by one and as distributions; never compared with published figures."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from convgen.descriptor import Descriptor
from convgen.runtime import bfloat16_is_faster

DISTANCE_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
POOLED_LAYERS = ("relu3_3", "relu4_3")
BATCH = 64


@torch.no_grad()
def features(descriptor: Descriptor, images: Tensor, layers: tuple[str, ...]) -> Iterator[dict[str, Tensor]]:
    """Features of (N, 3, H, W) in [0, 1], in batches: computed in bfloat16 where that is faster, given in float32."""
    for part in images.split(BATCH):
        with torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16_is_faster(images.device)):
            found = descriptor(part.contiguous(memory_format=torch.channels_last), layers)
        yield {layer: maps.float() for layer, maps in found.items()}


def directions_of(maps: dict[str, Tensor]) -> list[Tensor]:
    """Per layer the features of every place at unit length, (B, C, h * w): what LPIPS compares, without its weights."""
    return [torch.nn.functional.normalize(layer, dim=1).flatten(2) for layer in maps.values()]


def vgg_distances(descriptor: Descriptor, first: Tensor, second: Tensor) -> Tensor:
    """Mean squared distance of feature directions between pictures at the same place of two batches: (N,)."""
    pairs = zip(*(features(descriptor, images, DISTANCE_LAYERS) for images in (first, second)), strict=True)
    return torch.cat([_apart(directions_of(one), directions_of(two)) for one, two in pairs])


def mean_pairwise_distance(descriptor: Descriptor, images: Tensor) -> float:
    """The mean of `vgg_distances` between neighbours of a batch in random order."""
    return vgg_distances(descriptor, images, images.roll(1, 0)).mean().item()


def _apart(first: list[Tensor], second: list[Tensor]) -> Tensor:
    terms = [(a - b).square().sum(1).mean(1) for a, b in zip(first, second, strict=True)]
    return torch.stack(terms).mean(0)


def pooled(descriptor: Descriptor, images: Tensor) -> Tensor:
    """Features averaged over positions, (N, 768) float64: what `frechet_distance` compares."""
    found = features(descriptor, images, POOLED_LAYERS)
    return torch.cat([torch.cat([maps.mean((2, 3)) for maps in part.values()], dim=1) for part in found]).double()


def frechet_distance(real: Tensor, other: Tensor) -> float:
    """FID-VGG: the Frechet distance between Gaussians of two sets of features, over the variance of the real ones.

    |m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2)), divided by tr C_1; 0 for equal distributions, 1 if all that is
    generated were the mean picture. Fewer pictures give a larger distance.

    Args:
        real, other: (N, D) and (K, D), float64.
    """
    first, second = torch.cov(real.T), torch.cov(other.T)
    values, vectors = torch.linalg.eigh(first)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    overlap = torch.linalg.eigvalsh(root @ second @ root).clamp(min=0).sqrt().sum()
    apart = (real.mean(0) - other.mean(0)).square().sum() + first.trace() + second.trace() - 2 * overlap
    return (apart / first.trace()).item()


def mean_of(measure: Callable[[Tensor, Tensor], float], first: Tensor, second: Tensor) -> float:
    """The mean of a measure over pairs of pictures (H, W, C) of two batches (N, C, H, W)."""
    pairs = zip(first.permute(0, 2, 3, 1), second.permute(0, 2, 3, 1), strict=True)
    return sum(float(measure(a.contiguous(), b.contiguous())) for a, b in pairs) / len(first)
