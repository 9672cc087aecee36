"""Losses on the features of the descriptor (thesis section 2.3.1).

Gatys, Ecker & Bethge, Texture Synthesis Using Convolutional Neural Networks, arXiv:1505.07376; A Neural Algorithm of
Artistic Style, arXiv:1508.06576. Every loss gives one value a picture of the batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

import torch
from torch import Tensor

Features = Mapping[str, Tensor]


def total(terms: Iterable[Tensor]) -> Tensor:
    """The sum of one tensor or more, of shapes that fit each other."""
    return reduce(torch.add, terms)


def gram_matrix(features: Tensor) -> Tensor:
    """Correlations between feature channels, the statistic that describes a texture: Thesis Eq. 2.4.

    G_ij = <F_i, F_j>.

    Args:
        features: (B, C, H, W), one layer of the descriptor; any memory format and precision.
    Returns:
        (B, C, C) float32, symmetric.
    Raises:
        ValueError: features is not 4-D.
    Deviation: Eq. 2.4 sums over positions; the mean does not depend on the size of the picture.
    """
    if features.ndim != 4:
        raise ValueError(f"features must be (B, C, H, W), got {tuple(features.shape)}")
    batch, channels, height, width = features.shape
    rows = features.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
    return (rows.transpose(1, 2) @ rows).float() / (height * width)


def shifted_gram_matrix(features: Tensor, *, down: int = 0, right: int = 0) -> Tensor:
    """Correlations between features and features a step away: Thesis Eq. 2.4 with a distance between the two.

    G_ij(d) = <F_i(u), F_j(u + d)>; what repeats with the period d has G(d) = G(0). Berger & Memisevic, Incorporating
    Long-range Consistency in CNN-based Texture Generation, arXiv:1606.01286.

    Args:
        features: (B, C, H, W).
        down, right: the distance d in positions, at least 0; cut to what fits into the features.
    Returns:
        (B, C, C) float32, averaged over positions.
    Deviation: rows are read one after the other, so a step to the right off the end of a row lands on the next one.
    """
    batch, channels, height, width = features.shape
    step = min(down, height - 1) * width + min(right, width - 1)
    rows = features.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
    pairs = height * width - step
    return (rows[:, :pairs].transpose(1, 2) @ rows[:, step:]).float() / pairs


def gram_matrices(features: Features) -> dict[str, Tensor]:
    """`gram_matrix` of every layer: name -> (B, C, C)."""
    return {layer: gram_matrix(maps) for layer, maps in features.items()}


def texture_loss(
    features: Features, target: Features, *, weights: Mapping[str, float] | None = None, root: bool = False
) -> Tensor:
    """Distance of texture statistics: Thesis Eq. 2.5, and Eq. 3.1 with Gram matrices as the statistics mu.

    L_T = sum_l w_l ||G_l(x) - G_l(x0)||^2 / ||G_l(x0)||^2.

    Args:
        features: name of a layer -> (B, C, H, W) of the picture x.
        target: name of the same layers -> (1 or B, C, C) Gram matrices of the texture x0.
        weights: name of a layer -> w_l; 1 for every layer by default.
        root: sum the square roots of the layers' terms. The gradient of a root is that of the term over its own size,
            which is the normalised gradient of section 3.5.1.2: every layer pulls with the same strength at all times.
    Returns:
        (B,), at least 0.
    Raises:
        ValueError: the layers differ, or the weights are of another number.
    Deviation: each term is relative to the texture's own Gram matrix, so that deep layers count like shallow ones.
    """
    return distance_of_grams(gram_matrices(features), target, weights=weights, root=root)


def distance_of_grams(
    grams: Features, target: Features, *, weights: Mapping[str, float] | None = None, root: bool = False
) -> Tensor:
    """`texture_loss` of pictures whose Gram matrices are known: name of a layer -> (B, C, C) of them."""
    _same_layers(grams, target)
    losses = []
    for layer, gram in grams.items():
        wanted = target[layer]
        error = (gram - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))
        weight = 1.0 if weights is None else weights[layer]
        losses.append(weight * ((error + 1e-8).sqrt() if root else error))
    return torch.stack(losses).sum(0)


class SteadiedGrams:
    """Gram matrices of samples, brought closer to their mean over the last steps: Thesis Eq. 2.7 with less chance.

    The loss is a bias and a variance, E ||G - G0||^2 = ||E G - G0||^2 + E ||G - E G||^2, and with one sample a
    step the residual G - G0 is mostly chance. Here it is M - G0 + w (G - M), with the running mean M for E G: its
    gradient, taken as that of G, has the bias whole and the variance w times.

    Args:
        variance_weight: w in (0, 1]; 1 is Eq. 2.7 itself. Too small a weight lets the mean swing around the target.
    Attributes:
        means: name of a layer -> (1, C, C), the running mean M.
        steps: how many means it is of.
    Raises:
        ValueError: a weight out of range.
    """

    KEEP = 0.98
    """Share of the old mean, a step; a longer memory lags behind a generator that learns."""

    def __init__(self, variance_weight: float):
        if not 0 < variance_weight <= 1:
            raise ValueError(f"variance_weight must be above 0 and at most 1, got {variance_weight}")
        self.variance_weight = variance_weight
        self.means: dict[str, Tensor] = {}
        self.steps = 0

    def __call__(self, grams: Features) -> dict[str, Tensor]:
        """Count in the Gram matrices of this step, name -> (B, C, C), and give the steadied ones, of the same shape."""
        steadied = {}
        keep = min(self.KEEP, self.steps / (self.steps + 1))
        for layer, gram in grams.items():
            fixed = gram.detach()
            mean = fixed.mean(0, keepdim=True)
            mean = mean.lerp(self.means[layer], keep) if keep else mean
            self.means[layer] = mean
            steadied[layer] = gram + (1 - self.variance_weight) * (mean - fixed)
        self.steps += 1
        return steadied


def regularity_loss(features: Features, target: Features, shifts: Mapping[str, int]) -> Tensor:
    """Distance of correlations over a step down and to the right: Thesis Eq. 3.1 with `shifted_gram_matrix` as mu.

    L_R = sum_l 1/2 sum_d ||G_l(x; d) - G_l(x0; d)|| / ||G_l(x0; d)||.

    A generator can have the right Gram matrices with one stroke repeated like wallpaper; this loss tells the two apart.

    Args:
        features: name of a layer -> (B, C, H, W) of the picture x.
        target: from `shifted_gram_matrices`, of the texture x0.
        shifts: name of a layer -> length of the steps, in positions of that layer.
    Returns:
        (B,), at least 0.
    """
    losses = []
    for name, matrix in shifted_gram_matrices(features, shifts).items():
        wanted = target[name]
        error = (matrix - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))
        losses.append((error + 1e-8).sqrt() / 2)
    return torch.stack(losses).sum(0)


def shifted_gram_matrices(features: Features, shifts: Mapping[str, int]) -> dict[str, Tensor]:
    """`shifted_gram_matrix` of every layer of `shifts`: "LAYER down" and "LAYER right" -> (B, C, C)."""
    return {
        f"{layer} {way}": shifted_gram_matrix(features[layer], **{way: step})
        for layer, step in shifts.items()
        for way in ("down", "right")
    }


def content_loss(features: Features, target: Features) -> Tensor:
    """Distance of features at corresponding places: Thesis Eq. 2.6.

    L_C = sum_l ||F_l(x) - F_l(y)||^2 / ||F_l(y)||^2.

    Args:
        features, target: name of a layer -> (B, C, H, W) of the picture x and of the content picture y.
    Returns:
        (B,), at least 0; 1 where x has no features at all.
    Raises:
        ValueError: the layers or their shapes differ.
    Deviation: relative to the features of y, so that the weight means the same for every photo.
    """
    _same_layers(features, target)
    losses = []
    for layer, maps in features.items():
        wanted = target[layer].float()
        if maps.shape != wanted.shape:
            raise ValueError(f"features of {layer} must be {tuple(wanted.shape)}, got {tuple(maps.shape)}")
        losses.append((maps.float() - wanted).square().sum((1, 2, 3)) / (wanted.square().sum((1, 2, 3)) + 1e-8))
    return torch.stack(losses).sum(0)


def packed_grams(grams: Features) -> dict[str, Tensor]:
    """Of each layer's Gram matrix (1, C, C) its size and, relative to it, its triangle in float16: to be stored."""
    tensors = {}
    for layer, gram in grams.items():
        size = gram[0].norm()
        rows, columns = torch.triu_indices(*gram[0].shape)
        tensors |= {f"{layer}.size": size, f"{layer}.triangle": (gram[0][rows, columns] / size).half()}
    return tensors


def unpacked_grams(tensors: Features, layers: Sequence[str]) -> dict[str, Tensor]:
    """What `packed_grams` stored: name of a layer -> (1, C, C) float32.

    Raises:
        ValueError: a layer is missing.
    """
    grams = {}
    for layer in layers:
        if not {f"{layer}.size", f"{layer}.triangle"} <= tensors.keys():
            raise ValueError(f"the statistics must have {layer}.size and {layer}.triangle, got {', '.join(tensors)}")
        triangle = tensors[f"{layer}.triangle"].float() * tensors[f"{layer}.size"].float()
        channels = int((2 * len(triangle)) ** 0.5)
        gram = triangle.new_zeros(channels, channels)
        rows, columns = torch.triu_indices(channels, channels)
        gram[rows, columns] = triangle
        gram[columns, rows] = triangle
        grams[layer] = gram[None]
    return grams


def grams_apart(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> float:
    """How far two textures are: of their Gram matrices, layer by layer, ||G - G'|| / (||G|| + ||G'||), summed.

    Args:
        first, second: name of a layer -> (1, C, C), see `gram_matrices`; the layers of the second count.
    """
    return total(
        (first[layer] - gram).norm() / (first[layer].norm() + gram.norm()) for layer, gram in second.items()
    ).item()


def total_variation(images: Tensor) -> Tensor:
    """Mean square step between neighbouring pixels, (B, C, H, W) -> (B,): what the grain of single pixels costs."""
    down = (images[..., 1:, :] - images[..., :-1, :]).square().mean((1, 2, 3))
    right = (images[..., 1:] - images[..., :-1]).square().mean((1, 2, 3))
    return down + right


def _same_layers(features: Features, target: Features) -> None:
    if features.keys() != target.keys():
        raise ValueError(f"layers must be {', '.join(target)}, got {', '.join(features)}")
