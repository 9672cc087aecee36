"""When to stop without knowing the truth: the running variance of the outputs."""

from collections import deque

from torch import Tensor
from torch.nn import functional as F

LONGEST_SIDE = 256


class VarianceWatch:
    """ES-WMV: the outputs vary least around the best one (Wang et al., Early Stopping for Deep Image Prior, 2021).

    While the network learns the picture its outputs still move; once only noise is left to learn they move again. The
    variance of the last `window` outputs, Var = 1/W sum_w ||x_w - mean||^2, has its valley between the two.
    Deviation: large pictures are averaged down to 256 pixels a side, so that a window fits in memory.

    Args:
        window: outputs that a variance is taken of (W).
        patience: steps without a new minimum after which `stalled` turns true.
    Raises:
        ValueError: window under 2 or patience under 1.
    """

    def __init__(self, *, window: int = 100, patience: int = 1000):
        if window < 2 or patience < 1:
            raise ValueError(f"window must be at least 2 and patience at least 1, got {window} and {patience}")
        self.window, self.patience = window, patience
        self.variance: float | None = None
        self.best_step = 0
        self._outputs: deque[Tensor] = deque(maxlen=window)
        self._sum: Tensor | None = None
        self._squares = 0.0
        self._best = float("inf")
        self._step = 0

    def update(self, output: Tensor) -> bool:
        """Take in the next output, (1, C, H, W); True where its variance is the smallest so far."""
        scale = LONGEST_SIDE / max(output.shape[-2:])
        x = (F.interpolate(output, scale_factor=scale, mode="area") if scale < 1 else output).detach().half().float()
        self._step += 1
        if self._sum is not None and len(self._outputs) == self.window:
            old = self._outputs[0].float()
            self._sum -= old
            self._squares -= old.square().mean().item()
        self._outputs.append(x.half())
        self._sum = x.clone() if self._sum is None else self._sum.add_(x)
        self._squares += x.square().mean().item()
        if len(self._outputs) < self.window:
            return False
        count = len(self._outputs)
        self.variance = max(0.0, self._squares / count - (self._sum / count).square().mean().item())
        if self.variance >= self._best:
            return False
        self._best, self.best_step = self.variance, self._step
        return True

    @property
    def stalled(self) -> bool:
        """Whether the variance has had no new minimum for `patience` steps."""
        return self.best_step > 0 and self._step - self.best_step >= self.patience
