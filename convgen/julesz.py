"""Diversity: the entropy of a generator's samples, from a batch of them (thesis section 3.3).

Ulyanov et al., Improved Texture Networks, arXiv:1701.02096; the estimator is that of Kozachenko & Leonenko, 1987.
"""

import torch
from torch import Tensor


def nearest_distances(samples: Tensor, *, aligned: bool = False) -> Tensor:
    """rho_i, the distance of each sample to its nearest neighbour in the batch: Thesis Eq. 3.8.

    rho_i = min_{j != i} ||x_i - x_j||.

    Args:
        samples: (N, C, H, W), N at least 2; gradients flow back to both ends of each distance (Eq. 3.11).
        aligned: take each distance after the circular shift of x_j that makes it smallest, so that a sample that is
            only moved is no new one.
    Returns:
        (N,), in the units of the samples; the root mean square over components.
    Raises:
        ValueError: fewer than two samples.
    Deviation: the mean instead of the sum over the D components, which shifts the logarithm of Eq. 3.9 by a constant;
    the alignment.
    """
    if samples.shape[0] < 2:
        raise ValueError(f"samples must be at least 2 to have neighbours, got {samples.shape[0]}")
    samples = samples.float()
    with torch.no_grad():
        flat = samples.flatten(1)
        distances, shifts = _aligned_pairs(samples) if aligned else (torch.cdist(flat, flat), None)
        nearest = distances.fill_diagonal_(float("inf")).argmin(1)
    neighbours = samples[nearest]
    if shifts is not None:
        moves = [shifts[i, j].tolist() for i, j in enumerate(nearest.tolist())]
        neighbours = torch.stack([x.roll(move, (1, 2)) for x, move in zip(neighbours, moves, strict=True)])
    return ((samples - neighbours).square().flatten(1).mean(1) + 1e-8).sqrt()


def mean_distance(samples: Tensor) -> float:
    """The diversity of (N, C, H, W): mean distance of all pairs, a root mean square, after the best circular shift."""
    distances, _ = _aligned_pairs(samples)
    pairs = torch.triu_indices(*distances.shape, offset=1)
    return (distances[pairs[0], pairs[1]] / samples[0].numel()).sqrt().mean().item()


def _aligned_pairs(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Smallest squared distances (N, N) over circular shifts of the second of each pair, and those shifts (N, N, 2)."""
    if samples.device.type == "mps":  # knows no float64
        samples = samples.cpu()
    spectra = torch.fft.rfft2(samples.double())
    overlaps = torch.stack(
        [torch.fft.irfft2((one * spectra.conj()).sum(1), s=samples.shape[-2:]).flatten(1) for one in spectra]
    )
    best, places = overlaps.max(2)
    squares = samples.double().square().flatten(1).sum(1)
    distances = (squares[:, None] + squares[None] - 2 * best).clamp(min=0)
    width = samples.shape[-1]
    return distances, torch.stack([places // width, places % width], 2)


def entropy(samples: Tensor, *, aligned: bool = False) -> Tensor:
    """The entropy of the samples' distribution per component, up to a constant: Thesis Eq. 3.9.

    H(q) = D / N sum_i ln rho_i + const, here over D.

    Args:
        samples: (N, C, H, W), N at least 2.
        aligned: see `nearest_distances`.
    Returns:
        a scalar.
    """
    return nearest_distances(samples, aligned=aligned).log().mean()


def julesz_objective(loss: Tensor, samples: Tensor, *, diversity: float, aligned: bool = False) -> Tensor:
    """The mean loss less the entropy of the batch: Thesis Eq. 3.10, the divergence of Eq. 3.6 from the ensemble.

    E = 1/N sum_i [L(x_i) / T - lambda ln rho_i], times T.

    Args:
        loss: (N,), the texture or style loss of each sample (Eq. 3.7).
        samples: (N, C, H, W), the pictures g(z_i).
        diversity: T lambda, the one number that counts; 0 leaves the mean loss.
        aligned: see `nearest_distances`.
    Returns:
        a scalar.
    """
    return loss.mean() if diversity == 0 else loss.mean() - diversity * entropy(samples, aligned=aligned)
