"""What a visitor may ask for: the tables of fields, and what is here to answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import gradio as gr
from PIL import Image

from convgen import stylenet
from convgen.stylenet import STYLES, Style
from demos import common
from demos.common.fields import Amount, Choice, Field, Flag, Menu, Seed, Table
from demos.common.footage import ON_CPU
from demos.common.keeping import GONE
from demos.common.table import listed
from demos.stylenet.texts import NO_NETWORK, NO_STYLE, STARTS, TEACH_FIRST, VARIANTS

TECHNIQUE, SLOW_TECHNIQUE = "stylenet", "optimise_style"
"""Names in the record inside a file."""
PLAIN = "plain"
FIRST_STYLE = "starry-night"
YOURS = "yours"
"""The name of the style that the visitor taught, or whose network they loaded."""

Asked = dict[str, Any]
"""Name of a field -> its value, checked."""


class Taught(Protocol):
    """A style of the visitor's own; only they have it.

    Attributes:
        net: what stylizes, or None before the first step.
        painting: what it learned, or None if nobody knows.
        title: to be read.
        forgotten: there was no room for it any more.
    """

    net: stylenet.StyleNet | None
    painting: Image.Image | None
    title: str
    forgotten: bool


def available() -> dict[str, Style]:
    """The styles whose networks are listed, with those of their variants that are; none if the table is damaged."""
    have = listed()
    row = "stylenet-{}".format
    return {
        name: replace(style, variants=tuple(v for v in style.variants if row(f"{name}-{v}") in have))
        for name, style in STYLES.items()
        if row(name) in have
    }


def variants_of(style: Any) -> tuple[str, ...]:
    """The networks that a style has beside the plain one; the visitor's own has none."""
    return have[style].variants if style in (have := available()) else ()


def has_objective(style: str) -> bool:
    """Whether the objective of a style's painting is stored, so that the optimiser can do without a style picture."""
    return f"style-{style}" in listed()


def all_have_objectives() -> bool:
    """Whether the nearest of all styles can be told, and its network is here to start from."""
    have = available()
    return bool(STYLES) and all(name in have and has_objective(name) for name in STYLES)


def first_style() -> str | None:
    names = list(available())
    return FIRST_STYLE if FIRST_STYLE in names else next(iter(names), None)


@dataclass(frozen=True)
class StyleField(Field):
    """One of the styles that are here, or the visitor's own."""

    def check(self, value: Any) -> str:
        if value == YOURS:
            return YOURS
        if not (styles := available()):
            raise ValueError(NO_STYLE)
        return common.choice(value, self.label, styles)


NO_SECOND = "none"


class Networks(gr.Radio):
    """`gr.Radio` of the networks of one style. Who calls the API may ask for those of any, and `check` answers."""

    is_template = True

    def get_block_name(self) -> str:
        return "radio"

    def preprocess(self, payload: Any) -> Any:
        return payload

    def api_info(self) -> dict[str, Any]:
        return super().api_info() | {"enum": list(VARIANTS)}


def _size(default: int, low: int, high: int, *, step: int = 32, info: str = "") -> Amount:
    return Amount("size", "Size, pixels", default, info, called="Size", low=low, high=high, step=step, whole=True)


PHOTO = Table(
    StyleField("style", "Style", first_style()),
    Amount(
        "noise_scale", "Noise scale k", common.default(stylenet.stylize, "noise_scale"), called="Noise scale", high=4.0,
        step=0.1,
    ),
    Seed("seed", "Seed", common.default(stylenet.stylize, "seed")),
    _size(640, 16, 2048, step=16),
    Choice("variant", "Network", PLAIN, choices=VARIANTS),
    Flag("own_colours", "Keep the photo's colours", False),
    Amount("strength", "Strength, %", 100, called="Strength", low=0, high=100, step=1),
    Menu(
        "second", "Mix with", NO_SECOND, called="The second style",
        choices={NO_SECOND: "No other style"} | {name: style.title for name, style in available().items()},
    ),
    Amount("share", "Share of the second, %", 50, called="Share", low=0, high=100, step=1),
)  # fmt: skip
CAMERA_SIZE = _size(256 if ON_CPU else 512, 96, 640, info="The longest side; smaller is faster.")
FILM_SIZE = _size(384 if ON_CPU else 720, 64, 1280)
SLOW = Table(
    Amount("steps", "Steps", 60, low=1, high=1000, step=1, whole=True),
    Choice("start", "Start from", "noise", called="Start", choices=STARTS),
    _size(288 if ON_CPU else 512, 64, 512 if ON_CPU else 1024),
    Amount(
        "content_weight", "Weight of the content (alpha)", common.default(stylenet.StyleObjective, "content_weight"),
        "For your own style picture.", called="Content weight", low=0, high=100, step=0.1, slider=(0, 10),
    ),
)  # fmt: skip


LEARN = Table(
    Amount("seconds", "Seconds of learning", 180 if ON_CPU else 30, called="Seconds", low=1, high=600, step=1),
    Amount(
        "strokes", "Size of the strokes, %", 100, "How large the painting is taken beside the photo.",
        called="Size of the strokes", low=50, high=200, step=1,
    ),
    Amount(
        "content_weight", "Weight of the content (alpha)", SLOW["content_weight"].default,
        "More, and the photo is kept better.", called="Content weight", low=0, high=100, step=0.1, slider=(0, 4),
    ),
    Seed("seed", "Seed", 0),
)  # fmt: skip


def check(values: Mapping[str, Any], taught: Taught | None = None) -> Asked:
    """The form, checked; what is not given is as the page opens.

    Raises:
        ValueError: one sentence for the visitor.
    """
    asked = PHOTO.check(values)
    if asked["style"] == YOURS:
        own_net(taught)
        return asked | {"variant": PLAIN}
    style = available()[asked["style"]]
    if asked["variant"] not in (PLAIN, *style.variants):
        raise ValueError(NO_NETWORK.format(style.title, asked["variant"], PLAIN))
    return asked


def own_net(taught: Taught | None) -> stylenet.StyleNet:
    """The network of the visitor's own style.

    Raises:
        ValueError: it is not there, or not any more; one sentence.
    """
    if taught is not None and taught.forgotten:
        raise ValueError(GONE)
    if taught is None or taught.net is None:
        raise ValueError(TEACH_FIRST)
    return taught.net


def title_of(style: str, taught: Taught | None) -> str:
    return taught.title if style == YOURS and taught is not None else STYLES[style].title


def check_slow(values: Mapping[str, Any], taught: Taught | None = None) -> Asked:
    """What is asked of the optimiser, and of the network that it starts from or is compared with; `size` is its own.

    Raises:
        ValueError: one sentence for the visitor.
    """
    slow = SLOW.check(values)
    given = PHOTO.defaults | {name: value for name, value in values.items() if name not in SLOW}
    if slow["start"] == "network" or available():
        return check(given, taught) | slow
    return given | {"style": "", "seed": PHOTO["seed"].check(given["seed"])} | slow


def taken_from_file(picture: Image.Image | None) -> dict[str, Any]:
    """Settings and seed of one of our own files; none if one of them does not fit.

    Returns:
        name -> value; the size of a file of the slow method is "slow_size".
    """
    found = (None if picture is None else common.read_settings(picture)) or {}
    slow = found.get("technique") == SLOW_TECHNIQUE
    if not slow and found.get("technique") != TECHNIQUE:
        return {}
    values = {name: found[name] for name in PHOTO if name in found}
    if slow:
        values |= {name: found.get(name, field.default) for name, field in SLOW.items()}
    try:
        (check_slow if slow else check)(values)
    except ValueError:
        return {}
    return {"slow_size" if slow and name == "size" else name: value for name, value in values.items()}
