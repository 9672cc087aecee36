"""What a visitor asks for, checked, and the network that makes it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from torch import nn

from convgen import texture_nets
from convgen.texture_nets import TEXTURES, VARIANTS
from demos import common
from demos.common.keeping import GONE
from demos.common.table import listed

NAMES = {"v1": "V1", "v2": "V2", "v2-collapsed": "V2 without diversity"}
YOURS = "yours"
"""The name of the texture that the visitor taught, or whose network they loaded."""
SIDES = (1, 4096)
NUMBERS = (1, 24)
MOST_PIXELS = SIDES[1] ** 2
"""Of all samples together."""
LARGEST_SEED = common.LARGEST_SEED - NUMBERS[1]
NONE_HERE = "No trained texture is here: restore weights/index.json, or teach one with a picture of yours."
TEACH_FIRST = "There is no texture of yours yet: teach one, or load its file."


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


DEFAULTS = {
    "texture": next(iter(available()), None),
    "network": VARIANTS[0],
    "number": 6,
    "size": 256,
    "seed": common.default(texture_nets.sample, "seed"),
}
"""The form as the page opens; `sample_texture` has an argument of each name."""


@dataclass(frozen=True)
class Asked:
    """The form, checked. `size` is the one that will be made: V2 makes one size only."""

    texture: str
    network: str
    number: int
    size: int
    seed: int

    def record(self) -> dict[str, str | int]:
        """What goes into a file that is downloaded."""
        return {"technique": "texture_nets"} | {name: value for name, value in vars(self).items() if name != "number"}


def check(taught: Taught | None = None, **values: Any) -> Asked:
    """The form, checked.

    Raises:
        ValueError: one sentence for the visitor.
    """
    texture = check_texture(values["texture"], taught)
    network = common.choice(values["network"], "Network", NAMES)
    have = variants_of(texture)
    if network not in have:
        raise ValueError(f"{title_of(texture, taught)} has no network {network}: choose {' or '.join(have)}.")
    number = common.whole_number(values["number"], "Number of samples", *NUMBERS)
    size = common.whole_number(values["size"], "Size", *SIDES)
    seed = common.whole_number(values["seed"], "Seed", 0, LARGEST_SEED)
    size = own_size(network_of(texture, network, taught)) or size
    if number * size**2 > MOST_PIXELS:
        at_most = MOST_PIXELS // size**2
        raise ValueError(
            f"{number} samples of {size} x {size} pixels are too much at once: choose at most {at_most}, "
            "or a smaller size."
        )
    return Asked(texture, network, number, size, seed)


def check_texture(texture: Any, taught: Taught | None) -> str:
    """The name of a texture that can be sampled."""
    if texture == YOURS:
        if taught is not None and taught.forgotten:
            raise ValueError(GONE)
        if taught is None or taught.net is None:
            raise ValueError(TEACH_FIRST)
        return YOURS
    if not available():
        raise ValueError(NONE_HERE)
    return common.choice(texture, "Texture", available())


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
