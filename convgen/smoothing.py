"""Positions over time without trembling: steady where somebody stands still, without delay where they move.

Casiez, Roussel and Vogel, 1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive Systems,
CHI 2012.
"""

import math

import numpy as np

STEADY, SPEED_WEIGHT, SPEED_CUTOFF = 1.0, 3.0, 1.0


class Smoother:
    """A low-pass filter for positions, whose cutoff frequency rises with their speed.

    y_t = y_{t-1} + a (x_t - y_{t-1}), a = 1 / (1 + 1 / (2 pi f T)), f = steady + speed_weight * speed.

    The speed is that of each point, not of each coordinate, and is filtered likewise, at `speed_cutoff`.

    Args:
        steady: cutoff in hertz for what does not move: less trembles less.
        speed_weight: hertz more for each unit a second: more lags less. The default is for metres; for pixels, divide
            it by the pixels of a metre.
        speed_cutoff: in hertz.
    Raises:
        ValueError: one of them is not above 0; speed_weight may be 0.
    """

    def __init__(
        self,
        *,
        steady: float = STEADY,
        speed_weight: float = SPEED_WEIGHT,
        speed_cutoff: float = SPEED_CUTOFF,
    ):
        if not (steady > 0 and speed_weight >= 0 and speed_cutoff > 0):
            got = f"{steady}, {speed_weight}, {speed_cutoff}"
            raise ValueError(f"steady, speed_weight and speed_cutoff must be above 0, got {got}")
        self.steady, self.speed_weight, self.speed_cutoff = steady, speed_weight, speed_cutoff
        self._last: np.ndarray | None = None

    def __call__(self, positions: np.ndarray, *, seconds: float) -> np.ndarray:
        """The smoothed positions; the first ones after the start or `reset` come back as they are.

        Args:
            positions: (N, D), finite, the same N points each time.
            seconds: since the last call; 0 or less gives the last answer again.
        Returns:
            (N, D), of the type of `positions`.
        Raises:
            ValueError: another shape than last time.
        """
        if self._last is None:
            self._last = self._raw = np.array(positions, dtype=float)
            self._velocity = np.zeros_like(self._last)
            return positions.copy()
        if positions.shape != self._last.shape:
            raise ValueError(f"positions must stay {self._last.shape}, got {positions.shape}; reset first")
        if seconds > 0:
            velocity = (positions - self._raw) / seconds
            self._velocity += _share(self.speed_cutoff, seconds) * (velocity - self._velocity)
            speed = np.linalg.norm(self._velocity, axis=1, keepdims=True)
            share = _share(self.steady + self.speed_weight * speed, seconds)
            self._last = self._last + share * (positions - self._last)
            self._raw = np.array(positions, dtype=float)
        return self._last.astype(positions.dtype)

    def reset(self) -> None:
        """Forget what was: somebody else comes, or the film was cut."""
        self._last = None


def _share(cutoff: float | np.ndarray, seconds: float) -> float | np.ndarray:
    """How much of a new value a low-pass filter with this cutoff in hertz takes after this time."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * seconds))
