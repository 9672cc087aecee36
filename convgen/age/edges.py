"""Colours that stay within the edges of things: the fast global smoother.

Min et al., Fast Global Image Smoothing Based on Weighted Least Squares, IEEE Transactions on Image Processing, 2014.
"""

import torch
from torch import Tensor

STRENGTH, CONTRAST, ROUNDS = 400.0, 0.03, 3


def within_edges(
    colors: Tensor, lightness: Tensor, *, strength: float = STRENGTH, contrast: float = CONTRAST, rounds: int = ROUNDS
) -> Tensor:
    """Colours evened out as far as the next edge of the lightness: what had leaked over it takes its new neighbours'.

    Minimises sum (u - x)^2 + strength * sum w (u_i - u_j)^2 over neighbours i and j, w = exp(-|L_i - L_j| / contrast),
    by turns along rows and along columns, where it is a tridiagonal system each.

    Args:
        colors: x, (B, C, H, W).
        lightness: L, (1 or B, 1, H, W) in [0, 1].
        strength: its root is about how many pixels away colours are evened out where there is no edge.
        contrast: of L, beyond which there is an edge.
        rounds: of turns, each weaker than the one before.
    Returns:
        u, (B, C, H, W).
    """
    for round_ in range(rounds):
        share = 1.5 * 4 ** (rounds - 1 - round_) / (4**rounds - 1)
        for axis in (-1, -2):
            across = lightness.transpose(axis, -1)
            bonds = share * strength * torch.exp(-across.diff(dim=-1).abs() / contrast)
            colors = _solved(colors.transpose(axis, -1), bonds).transpose(axis, -1)
    return colors.contiguous()


def _solved(x: Tensor, bonds: Tensor) -> Tensor:
    """(I + A) u = x along the last axis, for A of a chain with these bonds: x (B, C, H, W), bonds (B, 1, H, W - 1)."""
    nothing = bonds.new_zeros(*bonds.shape[:-1], 1)
    before, after = torch.cat([nothing, bonds], -1), torch.cat([bonds, nothing], -1)
    whole = (1 + before + after).unbind(-1)
    to_before, to_after, values = before.unbind(-1), after.unbind(-1), x.unbind(-1)
    factors, found = [to_after[0] / whole[0]], [values[0] / whole[0]]
    for place in range(1, len(values)):  # Thomas's algorithm
        rest = whole[place] - to_before[place] * factors[-1]
        factors.append(to_after[place] / rest)
        found.append((values[place] + to_before[place] * found[-1]) / rest)
    for place in range(len(values) - 2, -1, -1):
        found[place] = found[place] + factors[place] * found[place + 1]
    return torch.stack(found, dim=-1)
