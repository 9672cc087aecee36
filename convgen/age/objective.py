"""The game of AGE: what the encoder and the generator try to reach (thesis sections 4.2 and 4.3.1).

Deviation: the authors' released code has the variance where Eq. 4.7 has the standard deviation, and a cosine term that
does not vanish for equal codes; here both are as in the thesis.
"""

import torch
from torch import Tensor

LATENT_WEIGHT = 1000.0
"""lambda of Eq. 4.5, for the mean over the dimensions of z."""
PIXEL_WEIGHT = 10.0
"""mu of Eq. 4.6, for the mean over pixels in [-1, 1]."""
REAL_WEIGHT = 3.0
"""Of the divergence of real data in Eq. 4.6; 1 in the thesis."""


def kl_divergence(latents: Tensor) -> Tensor:
    """Divergence of a batch of latents from the unit Gaussian, Delta(Q || Z): Thesis Eq. 4.7.

    KL(Q || N(0, I)) = -1/2 + 1/M sum_j [(s_j^2 + m_j^2) / 2 - log s_j], a Gaussian being fitted to the batch.

    Args:
        latents: (B, M), points of the unit sphere times any factor; B of at least 2.
    Returns:
        a scalar, at least 0; points spread evenly over the *unit* sphere have the least that the sphere allows, which
        is (log M - 1 + 1 / M) / 2, because their standard deviations are 1 / sqrt(M).
    Raises:
        ValueError: fewer than two latents.
    """
    if latents.ndim != 2 or len(latents) < 2:
        raise ValueError(f"latents must be (B, M) with B of at least 2, got {tuple(latents.shape)}")
    means, deviations = latents.mean(0), latents.std(0)
    return ((deviations.square() + means.square()) / 2 - (deviations + 1e-6).log()).mean() - 0.5


def alignment(fake: Tensor, real: Tensor) -> Tensor:
    """V_2(g, e) = Delta(e(g(Z)) || Z) - Delta(e(X) || Z), the game without reconstruction: Thesis Eq. 4.2.

    Args:
        fake, real: (B, M), latents of generated and of real data.
    """
    return kl_divergence(fake) - kl_divergence(real)


def pixel_loss(images: Tensor, reconstructed: Tensor) -> Tensor:
    """L_X = E ||x - g(e(x))||_1, the reciprocity of the two maps in data space: Thesis Eq. 4.3.

    Args:
        images, reconstructed: of one shape.
    Deviation: the mean over values instead of the sum, so that the weight does not depend on the size.
    """
    return (images - reconstructed).abs().mean()


def vivid_loss(colors: Tensor, reconstructed: Tensor, *, share: float) -> Tensor:
    """L_X of colours, in which a pixel weighs more the more colourful it is.

    By the mean of absolute errors what is most often nearly gray is best left gray: colours that are rare stay pale.
    Zhang et al., Colorful Image Colorization, arXiv:1603.08511, weigh them against that.

    Args:
        colors, reconstructed: (B, 2, H, W), a and b in [0, 1], 0.5 is gray.
        share: of the weight of a pixel that goes by its chroma over the mean of all; the rest is the same for all.
    Returns:
        a scalar; with a share of 0 that of `pixel_loss`.
    """
    chroma = (colors - 0.5).norm(dim=1, keepdim=True)
    weights = 1 - share + share * chroma / (chroma.mean() + 1e-6)
    return (weights * (colors - reconstructed).abs()).mean()


def squared_loss(images: Tensor, reconstructed: Tensor) -> Tensor:
    """1/2 log ||x - g(e(x))||^2, which takes the place of Eq. 4.3 for faces.

    It is the likelihood of pixels whose noise is the one that explains the errors at hand; pictures come out closer in
    squares and in features of a descriptor than by L_X. Rybkin et al., Simple and Effective VAE Training with
    Calibrated Decoders, arXiv:2006.13202.

    Args:
        images, reconstructed: of one shape.
    """
    return (images - reconstructed).square().mean().log() / 2


def latent_loss(latents: Tensor, recovered: Tensor) -> Tensor:
    """L_Z = E ||z - e(g(z))||_2^2, the reciprocity of the two maps in latent space: Thesis Eq. 4.4.

    Args:
        latents, recovered: (B, M).
    Deviation: the mean over the M dimensions instead of the sum.
    """
    return (latents - recovered).square().mean()


def length_loss(features: Tensor) -> Tensor:
    """(log E f^2)^2, which holds the mean square of features at 1 before they are brought to the sphere.

    The sphere forgets lengths, and nothing else keeps them from growing, to a mean square of a hundred and more in a
    long run, and the longer features are, the less a step of the same size turns them.

    Args:
        features: (B, M), what the encoder gives before the sphere, unbounded.
    Returns:
        a scalar, at least 0.
    """
    return features.square().mean().log().square()


def generator_objective(latents: Tensor, recovered: Tensor, *, weight: float = LATENT_WEIGHT) -> Tensor:
    """Delta(e(g(Z)) || Z) + lambda L_Z, which the generator minimises: Thesis Eq. 4.5.

    Args:
        latents: (B, M), z.
        recovered: (B, M), e(g(z)); gradients flow into g through e, whose weights stay.
        weight: lambda.
    Deviation: the term of V_2 on real data is left out; no weight of the generator is in it.
    """
    return kl_divergence(recovered) + weight * latent_loss(latents, recovered)


def encoder_objective(
    fake: Tensor | None,
    real: Tensor,
    lost: Tensor,
    *,
    weight: float = PIXEL_WEIGHT,
    real_weight: float = REAL_WEIGHT,
) -> Tensor:
    """-V_2(g, e) + mu L_X, which the encoder minimises: Thesis Eq. 4.6.

    Args:
        fake: (B, M), e(g(z)) of samples that are constants here; None before the game, when only the rest counts.
        real: (B, M), e(x).
        lost: L_X, from `pixel_loss` or `squared_loss`; gradients flow into e through g, whose weights stay.
        weight: mu.
        real_weight: of the divergence of real data; 1 is the thesis.
    Deviation: the difference of Eq. 4.2 is the same whether both divergences are small or both are large, and they
    drift up; real data that weigh more hold e(X) on the prior, where samples are drawn.
    """
    if fake is None:
        return weight * lost + real_weight * kl_divergence(real)
    game = alignment(fake, real) - (real_weight - 1) * kl_divergence(real)
    return weight * lost - game


def least_divergence(latents: int) -> float:
    """The least value of Eq. 4.7 on the unit sphere of so many dimensions, up to the noise of the batch."""
    return (torch.log(torch.tensor(float(latents))).item() - 1 + 1 / latents) / 2
