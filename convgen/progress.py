"""The record that every long loop yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Progress:
    """One step of a long loop; the last one that a loop yields is its result.

    Attributes:
        step: steps done, 1 .. total.
        total: steps asked for.
        image: (B, C, H, W) float32 in [0, 1] on the CPU, detached: what to show.
        losses: name -> value at this step.
        images: name -> further pictures of the same shape as `image`.
    """

    step: int
    total: int
    image: Tensor
    losses: Mapping[str, float]
    images: Mapping[str, Tensor] = field(default_factory=dict)
