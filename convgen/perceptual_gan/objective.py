"""The losses of the game (thesis section 5.3); each is a pure function with one value a picture, or a scalar.

Three forms of the game: "non_saturating" (Goodfellow et al., arXiv:1406.2661), "lsgan" (Mao et al., arXiv:1611.04076)
and "hinge" (Lim & Ye, arXiv:1705.02894).
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.losses import total

GAMES = ("non_saturating", "hinge", "lsgan")
IDENTITY_WEIGHT = 80.0
"""lambda_id of Eq. 5.7."""
IDENTITY_BETA = 0.02
SMOOTHNESS_WEIGHT = 1.0


def log_probability(logits: Sequence[Tensor]) -> Tensor:
    """log D(y) = log d_main(y) + sum_j sum_p log d_{j,p}(y): Thesis Eq. 5.6.

    Args:
        logits: of every head, (B,) or (B, h, w), unbounded.
    Returns:
        (B,), at most 0.
    Deviation: the mean over places p instead of their sum, so that every head counts alike at any size of pictures.
    """
    return total(F.logsigmoid(one.float()).flatten(1).mean(1) if one.ndim > 1 else F.logsigmoid(one) for one in logits)


def discriminator_loss(real: Sequence[Tensor], fake: Sequence[Tensor], *, game: str = "non_saturating") -> Tensor:
    """What the discriminator descends: -log D(y) - log(1 - D(G(x))) of Thesis Eq. 5.1, or another form of the game.

    Args:
        real, fake: logits of every head for real pictures of the target domain and for edited ones, each (B,) or
            (B, h, w); the terms of heads are added as in Eq. 5.6.
        game: "non_saturating" is Eq. 5.1 itself; "hinge" and "lsgan" replace the logarithms.
    Returns:
        (B,).
    Raises:
        ValueError: an unknown game.
    """
    return real_term(real, game=game) + fake_term(fake, game=game)


def real_term(logits: Sequence[Tensor], *, game: str = "non_saturating") -> Tensor:
    """The part of `discriminator_loss` for what is real: (B,)."""
    _known(game)
    if game == "non_saturating":
        return -log_probability(logits)
    return _over_heads(logits, lambda one: F.relu(1 - one) if game == "hinge" else (one - 1).square())


def fake_term(logits: Sequence[Tensor], *, game: str = "non_saturating") -> Tensor:
    """The part of `discriminator_loss` for what is not: (B,)."""
    _known(game)
    if game == "non_saturating":
        return -log_probability([-one for one in logits])  # log(1 - sigmoid(a)) = log sigmoid(-a)
    return _over_heads(logits, lambda one: F.relu(1 + one) if game == "hinge" else one.square())


def generator_loss(fake: Sequence[Tensor], *, game: str = "non_saturating") -> Tensor:
    """What the generator descends: -log D(G(x)), the non-saturating form of Thesis Eq. 5.1, or that of another game.

    Args, Raises: as of `discriminator_loss`.
    Returns:
        (B,).
    """
    _known(game)
    if game == "hinge":
        return _over_heads(fake, lambda one: -one)
    return real_term(fake, game=game)


def identity_loss(edited: Tensor, images: Tensor, *, weight: float = IDENTITY_WEIGHT) -> Tensor:
    """lambda_id ||y - G(y)||_1 for pictures that are of the target domain already: Thesis Eq. 5.7.

    Args:
        edited, images: (B, 3, H, W) in [0, 1].
        weight: lambda_id.
    Returns:
        (B,), at least 0.
    Deviation: the mean over pixels, and quadratic below 0.02: a generator that starts as the identity would be held
    there by the kink of the L1 norm.
    """
    return weight * F.smooth_l1_loss(edited, images, beta=IDENTITY_BETA, reduction="none").flatten(1).mean(1)


def cycle_loss(returned: Tensor, images: Tensor, *, weight: float) -> Tensor:
    """weight ||x - G(G(x, target), source)||_1, the reciprocity of section 5.3.3.3 (Zhu et al., arXiv:1703.10593).

    Args:
        returned, images: (B, 3, H, W) in [0, 1].
    Returns:
        (B,), at least 0.
    """
    return weight * (returned - images).abs().flatten(1).mean(1)


def smoothness_loss(flow: Tensor, *, weight: float = SMOOTHNESS_WEIGHT) -> Tensor:
    """weight times the mean square of the flow's differences between neighbours: a flow that folds costs much.

    Args:
        flow: (B, 2, H, W) in pixels.
    Returns:
        (B,), at least 0. Not in the thesis, whose generator has no flow.
    """
    across, down = flow.diff(dim=-1).square(), flow.diff(dim=-2).square()
    return weight * (across.flatten(1).mean(1) + down.flatten(1).mean(1))


def _over_heads(logits: Sequence[Tensor], term) -> Tensor:
    return total(term(one.float()).flatten(1).mean(1) if one.ndim > 1 else term(one.float()) for one in logits)


def _known(game: str) -> None:
    if game not in GAMES:
        raise ValueError(f"game must be one of {', '.join(GAMES)}, got {game!r}")


def of_target(logits: Sequence[Tensor], targets: Tensor) -> list[Tensor]:
    """Of logits with an output a domain, (B, domains, ...), those of the target domains (B,): (B, ...)."""
    rows = torch.arange(len(targets), device=targets.device)
    return [one[rows, targets] for one in logits]
