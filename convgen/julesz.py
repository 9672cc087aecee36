"""Diversity: the entropy of a generator's samples, from a batch of them (thesis section 3.3).

Ulyanov et al., Improved Texture Networks, arXiv:1701.02096; the estimator is that of Kozachenko & Leonenko, 1987.
"""

import torch
from torch import Tensor


def nearest_distances(samples: Tensor) -> Tensor:
    """rho_i, the distance of each sample to its nearest neighbour in the batch: Thesis Eq. 3.8.

    rho_i = min_{j != i} ||x_i - x_j||.

    Args:
        samples: (N, C, H, W), N at least 2; gradients flow back to both ends of each distance (Eq. 3.11).
    Returns:
        (N,), in the units of the samples; the root mean square over components.
    Raises:
        ValueError: fewer than two samples.
    Deviation: the mean instead of the sum over the D components, which shifts the logarithm of Eq. 3.9 by a constant.
    """
    if samples.shape[0] < 2:
        raise ValueError(f"samples must be at least 2 to have neighbours, got {samples.shape[0]}")
    flat = samples.flatten(1).float()
    with torch.no_grad():
        distances = torch.cdist(flat, flat)
        distances.fill_diagonal_(float("inf"))
        nearest = distances.argmin(1)
    return ((flat - flat[nearest]).square().mean(1) + 1e-8).sqrt()


def entropy(samples: Tensor) -> Tensor:
    """The entropy of the samples' distribution per component, up to a constant: Thesis Eq. 3.9.

    H(q) = D / N sum_i ln rho_i + const, here over D.

    Args:
        samples: (N, C, H, W), N at least 2.
    Returns:
        a scalar.
    """
    return nearest_distances(samples).log().mean()


def julesz_objective(loss: Tensor, samples: Tensor, *, diversity: float) -> Tensor:
    """The mean loss less the entropy of the batch: Thesis Eq. 3.10, the divergence of Eq. 3.6 from the ensemble.

    E = 1/N sum_i [L(x_i) / T - lambda ln rho_i], times T.

    Args:
        loss: (N,), the texture or style loss of each sample (Eq. 3.7).
        samples: (N, C, H, W), the pictures g(z_i).
        diversity: T lambda, the one number that counts; 0 leaves the mean loss.
    Returns:
        a scalar.
    """
    return loss.mean() if diversity == 0 else loss.mean() - diversity * entropy(samples)
