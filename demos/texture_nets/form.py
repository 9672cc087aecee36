"""What a visitor may ask for: the tables of fields, and the network that makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from torch import nn

from convgen import texture_nets
from convgen.texture_nets import TEXTURES, VARIANTS
from demos import common
from demos.common.fields import Amount, Choice, Field, Flag, Seed, Table
from demos.common.footage import ON_CPU
from demos.common.keeping import GONE
from demos.common.table import listed
from demos.texture_nets.texts import NAMES, NO_NETWORK, NONE_HERE, TEACH_FIRST, TOO_MUCH, VIEWS

YOURS = "yours"
"""The name of the texture that the visitor taught, or whose network they loaded."""
MOST_SIDE, MOST_SAMPLES = 4096, 24
MOST_PIXELS = MOST_SIDE**2
"""Of all samples together."""
OFFERED = (32, 2048)
"""Sides on the page."""
LARGEST_SEED = common.LARGEST_SEED - MOST_SAMPLES

Asked = dict[str, Any]
"""Name of a field -> its value, checked."""


class Taught(Protocol):
    """A texture of the visitor's own; only they have it.

    Attributes:
        net: what it is sampled from, or None before the first step.
        title: to be read.
        forgotten: there was no room for it any more.
    """

    net: nn.Module | None
    title: str
    forgotten: bool


def available() -> dict[str, tuple[str, ...]]:
    """The textures that have networks here -> which of `NAMES` they are."""
    have = listed()
    found = {name: tuple(v for v in VARIANTS if f"texture-{name}-{v}" in have) for name in TEXTURES}
    return {name: variants for name, variants in found.items() if variants}


def has_objective(texture: str) -> bool:
    """Whether what the optimiser needs to know of a bundled texture is stored."""
    return f"texture-{texture}" in listed()


def all_have_objectives() -> bool:
    """Whether the nearest of all textures can be told, and its first network is here to start from."""
    have = available()
    return bool(TEXTURES) and all(VARIANTS[0] in have.get(name, ()) and has_objective(name) for name in TEXTURES)


@dataclass(frozen=True)
class TextureField(Field):
    """One of the textures that are here, or the visitor's own."""

    def check(self, value: Any) -> str:
        if value == YOURS:
            return YOURS
        if not (textures := available()):
            raise ValueError(NONE_HERE)
        return common.choice(value, self.label, textures)


SAMPLE = Table(
    TextureField("texture", "Texture", next(iter(available()), None)),
    Choice("network", "Network", VARIANTS[0], choices=NAMES),
    Amount("number", "Samples", 6, called="Number of samples", low=1, high=MOST_SAMPLES, step=1, whole=True),
    Amount("size", "Size", 256, low=1, high=MOST_SIDE, step=32, whole=True, slider=OFFERED),
    Seed("seed", "Seed", common.default(texture_nets.sample, "seed"), high=LARGEST_SEED),
)
ONE = Table(
    Choice("view", "One sample", "large", called="View", choices=VIEWS),
    Amount("large", "Size, pixels", 512, called="Size", low=1, high=MOST_SIDE, step=32, whole=True, slider=OFFERED),
    Seed("other", "The other seed", 1, high=LARGEST_SEED),
    Amount("at", "On the way", 0.5, called="Between", low=0, high=1, step=0.02),
)
"""The sample below the gallery."""
LEARN = Table(
    Amount("seconds", "Seconds of learning", 120 if ON_CPU else 20, called="Seconds", low=1, high=600, step=1),
    Amount(
        "crop", "Part to learn, %", 100, "The square of the picture; drag it to its place.", called="The part to learn",
        low=5, high=100, step=1,
    ),
    Amount("across", "Across, %", 50, called="Across", low=0, high=100),
    Amount("down", "Down, %", 50, called="Down", low=0, high=100),
    Amount(
        "detail", "Detail, pixels", 192, "To which the square is reduced: more of them, and the texture is finer.",
        called="Detail", low=64, high=384, step=32, whole=True,
    ),
    Seed("seed", "Seed", 0, high=LARGEST_SEED),
    Flag("nearest", "Start from the nearest bundled texture", False, called="Start from the nearest texture"),
)  # fmt: skip
SLOW = Table(
    Amount("size", "Size, pixels", 256, called="Size", low=32, high=512 if ON_CPU else 1024, step=32, whole=True),
    Amount("steps", "Steps", 100, low=1, high=1000, step=1, whole=True),
)


def check(values: Mapping[str, Any], taught: Taught | None = None) -> Asked:
    """What is asked of a network, checked; `size` is the one that will be made: V2 makes one size only.

    Raises:
        ValueError: one sentence for the visitor.
    """
    asked = SAMPLE.check(values)
    texture, network, number = check_texture(asked["texture"], taught), asked["network"], asked["number"]
    have = variants_of(texture)
    if network not in have:
        raise ValueError(NO_NETWORK.format(title_of(texture, taught), network, " or ".join(have)))
    size = own_size(network_of(texture, network, taught)) or asked["size"]
    if number * size**2 > MOST_PIXELS:
        raise ValueError(TOO_MUCH.format(number=number, size=size, most=MOST_PIXELS // size**2))
    return asked | {"size": size}


def check_texture(texture: Any, taught: Taught | None) -> str:
    """The name of a texture that can be sampled."""
    texture = SAMPLE["texture"].check(texture)
    if texture == YOURS and taught is not None and taught.forgotten:
        raise ValueError(GONE)
    if texture == YOURS and (taught is None or taught.net is None):
        raise ValueError(TEACH_FIRST)
    return texture


def record(asked: Asked, **changes: Any) -> dict[str, Any]:
    """What goes into the file of one sample."""
    return {"technique": "texture_nets"} | {name: asked[name] for name in SAMPLE if name != "number"} | changes


def variants_of(texture: str | None) -> tuple[str, ...]:
    """Which networks a texture has; of a visitor's own it is always the first."""
    return VARIANTS[:1] if texture == YOURS else available().get(texture, ())


def title_of(texture: str, taught: Taught | None) -> str:
    return taught.title if texture == YOURS else TEXTURES[texture].title


@lru_cache(maxsize=32)
def bundled(texture: str, network: str) -> nn.Module:
    """A texture's network on the device; all visitors share it, and nobody changes it."""
    return texture_nets.load_texture_net(texture, variant=network, device=common.DEVICE)


def network_of(texture: str, network: str, taught: Taught | None) -> nn.Module:
    return taught.net if texture == YOURS else bundled(texture, network)


def own_size(net: nn.Module) -> int | None:
    """The one size that a network makes; None if it makes any."""
    return getattr(net, "size", None)
