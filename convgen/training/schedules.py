"""Courses of learning rates: factors for step 0 .. steps - 1, after a short rise.

Ours, not `torch.optim.lr_scheduler`: a factor is a function of the step, so a run that is resumed needs no state for
it, and torch's warm-ups and cosines go from step to step, whose rounding would change the weights that come out.
"""

import math

WARM_UP = 20


def warm_up(step: int) -> float:
    """The rise: 1 from step `WARM_UP` - 1 on."""
    return min(1.0, (step + 1) / WARM_UP)


def cosine(step: int, steps: int) -> float:
    """Half a cosine down to zero."""
    return warm_up(step) * 0.5 * (1 + math.cos(math.pi * step / steps))


def held_cosine(step: int, steps: int, *, held: float, last: float = 0.0) -> float:
    """The full rate for a share of the steps, then half a cosine down.

    Args:
        held: that share, below 1.
        last: the factor at the end.
    """
    past = max(0.0, (step / steps - held) / (1 - held))
    return warm_up(step) * (last + (1 - last) * 0.5 * (1 + math.cos(math.pi * past)))


def held_line(step: int, steps: int, *, last: float) -> float:
    """The full rate for a third of the steps, then a straight line down to `last`."""
    past = max(0.0, (step / max(1, steps) - 1 / 3) * 1.5)
    return warm_up(step) * (1 + (last - 1) * past)
