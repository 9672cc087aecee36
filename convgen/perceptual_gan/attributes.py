"""What can be edited: the attributes of faces with their domains and windows, and fruit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Row = Mapping[str, str]

SQUARE = 128
"""Side of a face in CelebA's square framing, in pixels; windows are in these."""
FEATHER = 5
"""Pixels of the network over which an edit fades in along the borders of its window."""


@dataclass(frozen=True)
class Window:
    """The part of a face that an attribute changes.

    Attributes:
        top, left, side: in pixels of the square of 128.
        pixels: side of it as the network sees it, a multiple of 8.
        feather: the edit fades out along the borders; of a whole face the discriminator sees all of it.
    """

    top: int
    left: int
    side: int
    pixels: int
    feather: bool


@dataclass(frozen=True)
class Attribute:
    """An attribute and its domains.

    Attributes:
        domains: names of the target domains -> the labels that a picture of it has, column -> "0" or "1".
        matched: labels that are the same in the two pictures of a pair, so that they cannot tell the domains apart.
        window: what of a face is changed.
    """

    domains: Mapping[str, Mapping[str, str]]
    matched: tuple[str, ...]
    window: Window

    def domain(self, row: Row) -> int | None:
        """Which domain a picture with these labels belongs to, if any."""
        fits = [all(row[column] == value for column, value in wanted.items()) for wanted in self.domains.values()]
        return fits.index(True) if any(fits) else None

    def stratum(self, row: Row) -> tuple[str, ...]:
        """The labels that are matched."""
        return tuple(row[column] for column in self.matched)

    @property
    def columns(self) -> set[str]:
        """The columns of the table that are read."""
        return set(self.matched).union(*self.domains.values())


def _hair(color: str) -> dict[str, str]:
    colors = ("Blond_Hair", "Black_Hair", "Brown_Hair", "Gray_Hair")
    return {column: "1" if column == color else "0" for column in colors}


WHOLE = Window(0, 0, SQUARE, 64, feather=False)
FACE = Window(26, 16, 96, 64, feather=True)
"""From the hairline to the chin: with hair and background a network learns to paint these."""
AS_IT_IS = Window(0, 0, SQUARE, SQUARE, feather=False)
ATTRIBUTES: dict[str, Attribute] = {
    "smile": Attribute(
        {"neutral": {"Smiling": "0"}, "smiling": {"Smiling": "1"}},
        ("Male", "Young", "Eyeglasses"),
        Window(58, 32, 64, 64, feather=True),
    ),
    "age": Attribute(
        {"older": {"Young": "0"}, "younger": {"Young": "1"}},
        ("Male", "Smiling", "Eyeglasses"),
        FACE,
    ),
    "gender": Attribute(
        {"feminine": {"Male": "0"}, "masculine": {"Male": "1"}},
        ("Young", "Smiling", "Eyeglasses"),
        FACE,
    ),
    "hair": Attribute(
        {"blond": _hair("Blond_Hair"), "black": _hair("Black_Hair"), "brown": _hair("Brown_Hair")},
        ("Male", "Young", "Smiling"),
        WHOLE,
    ),
    "glasses": Attribute(
        {"without glasses": {"Eyeglasses": "0"}, "with glasses": {"Eyeglasses": "1"}},
        ("Male", "Young", "Smiling"),
        Window(32, 16, 96, 64, feather=True),
    ),
}
FRUIT: Sequence[str] = ("apple", "orange")
"""The target domains of fruit."""


@dataclass(frozen=True)
class Slider:
    """A slider of the editor: below zero it goes to one domain of an attribute, above zero to another.

    Attributes:
        attribute: whose network it moves.
        above, below: names of domains; None where the slider has no such side.
        least, most: its range.
        colors: it colours, so that a gray photo does not stay gray.
    """

    attribute: str
    above: str
    below: str | None = None
    least: float = -1.0
    most: float = 1.5
    colors: bool = False

    def target(self, strength: float) -> int:
        """The number of the domain on this side of zero.

        Raises:
            ValueError: the slider has no side below zero.
        """
        name = self.above if strength > 0 else self.below
        if name is None:
            raise ValueError(f"strength must be at least 0, got {strength}")
        return list(ATTRIBUTES[self.attribute].domains).index(name)


SLIDERS: dict[str, Slider] = {
    "masculine": Slider("gender", "masculine", "feminine", most=0.8),
    "older": Slider("age", "older", "younger", most=1.2),
    "blond": Slider("hair", "blond", least=0.0, most=1.0, colors=True),
    "black": Slider("hair", "black", least=0.0, most=1.0, colors=True),
    "brown": Slider("hair", "brown", least=0.0, most=1.2, colors=True),
    "smile": Slider("smile", "smiling", least=0.0),
}
"""In the order in which they are applied: what changes most of a face comes first. A range ends where edits of
portraits are no longer ones that one would show."""


def feather(side: int, *, over: int = FEATHER) -> Tensor:
    """(side, side) in [0, 1]: 1 inside of a square, falling to 0 over its last pixels."""
    ramp = torch.arange(side, dtype=torch.float32) + 0.5
    ramp = (torch.minimum(ramp, side - ramp) / over).clamp(0, 1)
    return torch.minimum(ramp[:, None], ramp[None])
