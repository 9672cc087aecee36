"""Running averages of weights, which are steadier than the last ones."""

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


@torch.no_grad()
def follow(average: nn.Module, net: nn.Module, *, keep: float) -> None:
    """average = keep * average + (1 - keep) * net, for all parameters.

    `AveragedModel` would take the first weights whole, and have other keys in checkpoints; its arithmetic is used.

    Args:
        keep: share of the old average, 0 to 1.
    """
    get_ema_multi_avg_fn(keep)(list(average.parameters()), list(net.parameters()), None)


def share_kept(most: float, step: int) -> float:
    """The share of the old average after so many steps: little at first, so that it forgets how it began."""
    return min(most, step / (step + 9))
