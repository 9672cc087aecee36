"""The slow method: Deep Feature Interpolation, the baseline of section 5.4.1.

Upchurch et al., Deep Feature Interpolation for Image Content Changes, arXiv:1611.05507.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen import weights
from convgen.descriptor import Descriptor
from convgen.losses import total, total_variation
from convgen.optimise import minimise
from convgen.perceptual_gan.attributes import ATTRIBUTES, SLIDERS
from convgen.progress import Progress

LAYERS = ("relu3_1", "relu4_1", "relu5_1")
ROW = "edit-differences"
AMOUNT = 4.0
"""Mean differences by which features are moved at strength 1."""
VARIATION_WEIGHT = 0.001


def deep_features(descriptor: Descriptor, squares: Tensor) -> dict[str, Tensor]:
    """(B, 3, 128, 128) in [0, 1] -> name of a layer -> (B, C, h, w).

    Deviation: relu3_1 is averaged over 2 x 2 places, so that mean differences are small files.
    """
    features = descriptor(squares, LAYERS)
    return features | {LAYERS[0]: F.avg_pool2d(features[LAYERS[0]], 2)}


@torch.no_grad()
def mean_differences(descriptor: Descriptor, batches: Iterable[tuple[Tensor, Sequence[Mapping[str, str]]]]) -> dict:
    """How the features of faces with an attribute differ on average from those of faces without it.

    Args:
        batches: faces (B, 3, 128, 128) in [0, 1] with their rows of the table of labels.
    Returns:
        "SLIDER.LAYER" -> (C, h, w): the mean of the domain above zero less that of the other domains.
    Deviation: the mean over all faces instead of the nearest neighbours of the one that is edited, so that no face
    has to be kept.
    """
    sums: dict[str, list] = {}
    for faces, rows in batches:
        features = deep_features(descriptor, faces)
        for name, slider in SLIDERS.items():
            kind = ATTRIBUTES[slider.attribute]
            domains = [kind.domain(row) for row in rows]
            for side in (True, False):
                chosen = [d is not None and (d == slider.target(1.0)) == side for d in domains]
                for layer, maps in features.items():
                    total = sums.setdefault(f"{name}.{layer}", [[0, 0], [0, 0]])[side]
                    total[0], total[1] = total[0] + maps[chosen].sum(0), total[1] + sum(chosen)
    return {key: with_[0] / with_[1] - without[0] / without[1] for key, (without, with_) in sums.items()}


def load_difference(slider: str) -> dict[str, Tensor]:
    """The mean difference of a slider: name of a layer -> (C, h, w).

    Raises:
        ValueError: an unknown slider, or one without a mean difference.
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    if slider not in SLIDERS:
        raise ValueError(f"slider must be one of {', '.join(SLIDERS)}, got {slider!r}")
    tensors = weights.read(ROW)
    if f"{slider}.{LAYERS[0]}" not in tensors:
        raise ValueError(f"slider must be one with a mean difference, got {slider!r}")
    return {layer: tensors[f"{slider}.{layer}"].float() for layer in LAYERS}


def optimise_edit(
    descriptor: Descriptor,
    square: Tensor,
    difference: Mapping[str, Tensor],
    *,
    strength: float = 1.0,
    steps: int = 40,
    variation_weight: float = VARIATION_WEIGHT,
) -> Iterator[Progress]:
    """A face whose features are those of the given one, moved along a mean difference.

    F(y) = F(x) + k w, solved for the pixels of y by the optimiser of the other slow methods.

    Args:
        descriptor: on the device of the square.
        square: (1, 3, 128, 128) RGB in [0, 1], a face in CelebA's square framing.
        difference: w, of `load_difference`, which belongs to the same descriptor.
        strength: k, in steps of `AMOUNT` mean differences; below zero it goes the other way.
        steps: iterations of L-BFGS.
        variation_weight: of the total variation.
    Yields:
        Progress an iteration, with the losses "features", "variation" and "total".
    """
    with torch.no_grad():
        found = deep_features(descriptor, square)
        wanted = {name: maps + AMOUNT * strength * difference[name].to(maps) for name, maps in found.items()}
        sizes = {name: maps.square().mean() for name, maps in wanted.items()}

    def terms(image: Tensor) -> dict[str, Tensor]:
        features = deep_features(descriptor, image)
        error = total((features[name] - wanted[name]).square().mean() / sizes[name] for name in LAYERS)
        variation = variation_weight * total_variation(image)
        return {"total": error + variation, "features": error[None], "variation": variation}

    yield from minimise(terms, square, steps=steps)
