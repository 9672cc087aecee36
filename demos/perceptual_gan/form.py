"""What a visitor may ask for: the table of fields, and what is here to answer with."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from convgen.perceptual_gan import FRUIT as FRUITS
from convgen.perceptual_gan import SLIDERS, Edit, Slider, available_sliders, load_edit, optimise_edit, row_of
from convgen.perceptual_gan.interpolation import ROW as DIFFERENCES
from demos import common
from demos.common.faces import WHICH
from demos.common.fields import Amount, Choice, Table
from demos.common.table import listed
from demos.perceptual_gan.texts import DIRECTIONS, LABELS, NO_DIFFERENCES, NOT_HERE

STEPS = (1, 300)
STRENGTH = 1.0
"""At which an edit of the training's own strength is."""

Strengths = dict[str, float]
"""Slider -> its value, of those that are not 0."""


def _slider(name: str, slider: Slider) -> Amount:
    ends = f" (left: {slider.below}, right: {slider.above})" if slider.below else ""
    return Amount(name, LABELS[name] + ends, 0.0, low=slider.least, high=slider.most)


ORDER = [name for name in LABELS if name in SLIDERS]
"""The sliders as the page shows them."""
EDIT = Table(*(_slider(name, SLIDERS[name]) for name in ORDER))
SLOW = Table(
    Choice("slider", "What to change", ORDER[0], choices={name: LABELS[name] for name in ORDER}),
    Amount("strength", "Strength", STRENGTH, low=-1.5, high=1.5, step=0.05),
    Amount("steps", "Steps", common.default(optimise_edit, "steps"), low=STEPS[0], high=STEPS[1], step=1, whole=True),
    WHICH,
)
FRUIT = Table(
    Choice("direction", "Direction", "orange", choices=DIRECTIONS),
    Amount("strength", "Strength", STRENGTH, low=0.0, high=1.5, step=0.02),
)


def here() -> list[str]:
    """The sliders whose networks are here, in the order of the page; none if the table of weights is damaged."""
    try:
        available = available_sliders()
    except (OSError, ValueError):
        return []
    return [name for name in ORDER if name in available]


OFFERED = here() or ORDER
"""The sliders of the webcam, as the page is built."""
WEBCAM = Table(
    Choice("slider", "What to change", OFFERED[0], choices={name: LABELS[name] for name in OFFERED}),
    Amount("strength", "Strength", STRENGTH, low=-1.0, high=1.5, step=0.02),
)


def differences_here() -> bool:
    """Whether the slow method can be used."""
    return DIFFERENCES in listed()


def fruit_here() -> bool:
    """Whether fruit can be translated."""
    return row_of("fruit") in listed()


def moved(values: Mapping[str, Any]) -> Strengths:
    """Values of sliders, checked; those that are 0 are left out.

    Raises:
        ValueError: one sentence for the visitor.
    """
    return {name: value for name, value in EDIT.check(values).items() if value}


def within(slider: str, strength: float) -> Strengths:
    """A strength of one slider, brought into its range."""
    field = EDIT[slider]
    return moved({slider: min(max(strength, field.low), field.high)})


def need_differences() -> None:
    """Raise ValueError if the slow method is not here."""
    if not differences_here():
        raise ValueError(NO_DIFFERENCES)


def edits_for(strengths: Mapping[str, float]) -> dict[str, Edit]:
    """Attribute -> its network on the device, of the sliders that are moved.

    Raises:
        ValueError: one of them is not here.
    """
    return {SLIDERS[name].attribute: network(SLIDERS[name].attribute) for name in strengths}


@lru_cache(maxsize=16)
def network(attribute: str) -> Edit:
    """The network of an attribute on the device; all visitors share it, and nobody changes it.

    Raises:
        ValueError: it is not here.
    """
    if row_of(attribute) not in listed():
        raise ValueError(NOT_HERE.format(attribute))
    return load_edit(attribute, common.DEVICE)


def fruit_target(direction: str) -> int:
    return FRUITS.index(direction)
