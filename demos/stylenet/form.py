"""What a visitor asks for, checked, and the picture that the network makes of it."""

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from PIL import Image

from convgen import images, stylenet
from convgen.stylenet import STYLES, Style, StyleNet
from demos import common
from demos.common.table import listed

PLAIN = "plain"
VARIANTS = {PLAIN: "Instance normalisation", "diverse": "Trained for diversity", "batch": "Batch normalisation"}
FIRST_STYLE = "starry-night"
SIDES = (16, 2048)
NOISE_SCALES = (0.0, 4.0)
ADD_A_PHOTO = "Add a photo first: upload one, paste one, take one, or click an example."


def available() -> dict[str, Style]:
    """The styles whose networks are listed, with those of their variants that are; none if the table is damaged."""
    have = listed()
    row = "stylenet-{}".format
    return {
        name: replace(style, variants=tuple(v for v in style.variants if row(f"{name}-{v}") in have))
        for name, style in STYLES.items()
        if row(name) in have
    }


def has_objective(style: str) -> bool:
    """Whether the objective of a style's painting is stored, so that the optimiser can do without a style picture."""
    return f"style-{style}" in listed()


def first_style() -> str | None:
    names = list(available())
    return FIRST_STYLE if FIRST_STYLE in names else next(iter(names), None)


DEFAULTS = {
    "style": first_style(),
    "noise_scale": common.default(stylenet.stylize, "noise_scale"),
    "seed": common.default(stylenet.stylize, "seed"),
    "size": 640,
    "variant": PLAIN,
    "own_colours": False,
    "strength": 100,
}
"""The form as the page opens; `run` has an argument of each name."""


@dataclass(frozen=True)
class Asked:
    """The form without its picture, checked."""

    style: str
    noise_scale: float
    seed: int
    size: int
    variant: str
    own_colours: bool
    strength: float

    def record(self) -> dict[str, str | int | float | bool]:
        """What goes into the file that is downloaded."""
        return {"technique": "stylenet"} | vars(self)


def check(**values: Any) -> Asked:
    """The form, checked.

    Raises:
        ValueError: one sentence for the visitor.
    """
    styles = available()
    if not styles:
        raise ValueError("No trained style is here: restore weights/index.json, or train one as the README says.")
    style = common.choice(values["style"], "Style", styles)
    variant = common.choice(values["variant"], "Network", VARIANTS)
    if variant != PLAIN and variant not in styles[style].variants:
        raise ValueError(f"{styles[style].title} has no network of the kind {variant!r}: choose {PLAIN!r}.")
    return Asked(
        style=style,
        noise_scale=common.number(values["noise_scale"], "Noise scale", *NOISE_SCALES),
        seed=common.whole_number(values["seed"], "Seed", 0, common.LARGEST_SEED),
        size=common.whole_number(values["size"], "Size", *SIDES),
        variant=variant,
        own_colours=common.flag(values["own_colours"], "Keep the photo's colours"),
        strength=common.number(values["strength"], "Strength", 0, 100),
    )


@lru_cache(maxsize=32)
def network(style: str, variant: str = PLAIN) -> StyleNet:
    """A style's network on the device; all visitors share it, and nobody changes it."""
    return stylenet.load_stylenet(style, variant="" if variant == PLAIN else variant, device=common.DEVICE)


def restyle(asked: Asked, photo: torch.Tensor) -> torch.Tensor:
    """The stylized photo: (1, 3, H, W) in [0, 1] -> the same, on the device; colours and strength as asked."""
    photo = photo.to(common.DEVICE)
    result = stylenet.stylize(
        network(asked.style, asked.variant), photo, seed=asked.seed, noise_scale=asked.noise_scale
    )
    if asked.own_colours:
        result = stylenet.keep_colors(result, photo)
    return torch.lerp(photo, result, asked.strength / 100)


@dataclass(frozen=True)
class Made:
    """A stylized photo, transparency included, and how it came about."""

    asked: Asked
    before: Image.Image
    after: Image.Image
    seconds: float
    note: str

    def record(self) -> dict[str, str | int | float | bool]:
        return self.asked.record()

    def line(self) -> str:
        """What the visitor reads below the picture."""
        style, (width, height) = STYLES[self.asked.style], self.after.size
        return (
            f"{style.title}, in {self.seconds:.2f} s · {width} x {height} pixels · k = {self.asked.noise_scale:g} · "
            f"seed {self.asked.seed}" + (f" · {self.note}" if self.note else "")
        )


def make(asked: Asked, picture: Image.Image | None) -> Made:
    """Stylize a picture of any mode and size.

    Raises:
        ValueError: there is no picture, or it is too small.
    """
    if picture is None:
        raise ValueError(ADD_A_PHOTO)
    started = time.perf_counter()
    before, note = common.fit_with_note(common.large_enough(picture), longest_side=asked.size)
    opaque, alpha = images.split_alpha(before)
    result = restyle(asked, images.to_tensor(opaque.convert("RGB")))
    after = images.with_alpha(images.to_picture(result), alpha)
    width, height = picture.info.get("size", picture.size)
    note = f"reduced from {width} x {height}" if note else ""
    return Made(asked, before, after, time.perf_counter() - started, note)
