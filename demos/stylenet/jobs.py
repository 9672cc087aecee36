"""What runs at once: a photo through a style's network, at other noise scales, by other networks; the webcam."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from PIL import Image

from convgen import images, stylenet
from convgen.stylenet import StyleNet
from demos import common
from demos.common.outputs import data_address
from demos.common.quick import quickly
from demos.stylenet import form, texts
from demos.stylenet.form import CAMERA_SIZE, NO_SECOND, PHOTO, PLAIN, YOURS, Asked, Taught

KS = (0.0, 0.5, 1.0, 2.0, 3.0)
STRIP_SIDE = 256
COMPARED_SIDE = 512
SAMPLES = 4


@dataclass(frozen=True)
class Made:
    """A stylized photo, transparency included, and how it came about."""

    asked: Asked
    title: str
    before: Image.Image
    after: Image.Image
    seconds: float
    note: str

    def line(self) -> str:
        """What the visitor reads below the picture."""
        width, height = self.after.size
        return (
            f"{self.title}, in {self.seconds:.2f} s · {width} x {height} pixels · k = {self.asked['noise_scale']:g} · "
            f"seed {self.asked['seed']}" + (f" · {self.note}" if self.note else "")
        )

    def shown(self) -> tuple[Image.Image, Image.Image]:
        return common.preview_pair(self.before, self.after, longest_side=None)

    def file(self) -> str:
        """A PNG with the settings inside."""
        record = self.asked | {"technique": form.TECHNIQUE}
        return common.save_png(self.after, record, f"{self.asked['style']}-seed-{self.asked['seed']}")


@lru_cache(maxsize=32)
def network(style: str, variant: str = PLAIN) -> StyleNet:
    """A style's network on the device; all visitors share it, and nobody changes it."""
    return stylenet.load_stylenet(style, variant="" if variant == PLAIN else variant, device=common.DEVICE)


def is_mixed(asked: Asked) -> bool:
    """Whether a second style shows."""
    return asked["second"] not in (NO_SECOND, asked["style"]) and asked["share"] > 0


def restyle(asked: Asked, photo: torch.Tensor, taught: Taught | None = None) -> torch.Tensor:
    """The stylized photo: (1, 3, H, W) in [0, 1] -> the same, on the device; colours and strength as asked.

    Two styles are mixed by their pictures, whose strokes lie at the same noise.
    """
    photo = photo.to(common.DEVICE)
    nets = [form.own_net(taught) if asked["style"] == YOURS else network(asked["style"], asked["variant"])]
    if is_mixed(asked):
        nets.append(network(asked["second"]))
    made = [stylenet.stylize(net, photo, seed=asked["seed"], noise_scale=asked["noise_scale"]) for net in nets]
    result = torch.lerp(made[0], made[-1], asked["share"] / 100)
    if asked["own_colours"]:
        result = stylenet.keep_colors(result, photo)
    return torch.lerp(photo, result, asked["strength"] / 100)


def make(values: Mapping[str, Any], picture: Image.Image | None, taught: Taught | None = None) -> Made:
    """Stylize a picture of any mode and size; `values` are those of the form.

    Raises:
        ValueError: a value is wrong, there is no picture, or it is too small.
    """
    asked = form.check(values, taught)
    if picture is None:
        raise ValueError(texts.ADD_A_PHOTO)
    started = time.perf_counter()
    before, note = common.fit_with_note(common.large_enough(picture), longest_side=asked["size"])
    opaque, alpha = images.split_alpha(before)
    result = restyle(asked, images.to_tensor(opaque.convert("RGB")), taught)
    after = images.with_alpha(images.to_picture(result), alpha)
    width, height = picture.info.get("size", picture.size)
    note = f"reduced from {width} x {height}" if note else ""
    title = form.title_of(asked["style"], taught)
    if is_mixed(asked):
        title += f" with {asked['share']:g} % of {form.title_of(asked['second'], None)}"
    return Made(asked, title, before, after, time.perf_counter() - started, note)


make_quickly = quickly(make)
"""The same, for the page."""


@quickly
def run(
    photo: Image.Image | None = None,
    style: str | None = PHOTO["style"].default,
    noise_scale: float = PHOTO["noise_scale"].default,
    seed: int = PHOTO["seed"].default,
    size: int = PHOTO["size"].default,
    variant: str = PHOTO["variant"].default,
    own_colours: bool = PHOTO["own_colours"].default,
    strength: float = PHOTO["strength"].default,
    second: str = PHOTO["second"].default,
    share: float = PHOTO["share"].default,
    taught: Taught | None = None,
) -> tuple:
    """A photo in the style of a painting, in one pass (Thesis section 2.3.3).

    Returns:
        (photo, stylized), status, a PNG with the settings inside, and what the visitor's state keeps: its path.
    """
    values = {"style": style, "noise_scale": noise_scale, "seed": seed, "size": size, "variant": variant}
    values |= {"own_colours": own_colours, "strength": strength, "second": second, "share": share}
    made = make(values, photo, taught)
    file = made.file()
    return made.shown(), made.line(), file, file


@quickly
def five_noise_scales(
    values: Mapping[str, Any], photo: Image.Image | None, taught: Taught | None = None
) -> list[dict[str, Any]]:
    """The strip of Fig. 2.5: the same photo, style and seed at five k."""
    if photo is None:
        return []
    small = images.fit_within(photo, longest_side=STRIP_SIDE)
    strip = []
    for k in KS:
        made = make({**values, "noise_scale": k, "size": STRIP_SIDE}, small, taught)
        image = data_address(images.on_white(made.after))
        strip.append({"k": k, "image": image, "chosen": k == values["noise_scale"]})
    return strip


@quickly
def compare_normalisations(
    values: Mapping[str, Any], photo: Image.Image | None, taught: Taught | None = None
) -> list[tuple[Image.Image, str]]:
    """Instance against batch normalisation, side by side (Fig. 3.4)."""
    asked = _compared(values, taught)
    return [(make(asked | {"variant": kind}, photo).after, title) for kind, title in texts.NORMALISED.items()]


@quickly
def compare_samples(
    values: Mapping[str, Any], photo: Image.Image | None, taught: Taught | None = None
) -> list[tuple[Image.Image, str]]:
    """Samples of a style's networks without and with the diversity term, a row each (Fig. 3.6)."""
    asked = _compared(values, taught)
    first = common.whole_number(asked["seed"], "Seed", 0, common.LARGEST_SEED - SAMPLES)
    kinds = (PLAIN, *(kind for kind in form.variants_of(asked["style"]) if kind == "diverse"))
    return [
        (make(asked | {"variant": kind, "seed": seed}, photo, taught).after, f"{texts.SAMPLED[kind]}, seed {seed}")
        for kind in kinds
        for seed in range(first, first + SAMPLES)
    ]


def _compared(values: Mapping[str, Any], taught: Taught | None = None) -> Asked:
    asked = form.check(values, taught)
    return asked | {
        "size": min(COMPARED_SIDE, asked["size"]),
        "strength": 100,
        "own_colours": False,
        "second": NO_SECOND,
    }


@quickly
def live(
    frame: Image.Image | None, side: int = CAMERA_SIZE.default, taught: Taught | None = None, *settings: Any
) -> Any:
    """One frame of the webcam, stylized as all the fields of the form say: a `data:` address."""
    if frame is None:
        return gr.skip()
    side = CAMERA_SIZE.check(side)
    values = dict(zip(PHOTO, settings, strict=True)) if settings else {}
    return data_address(images.on_white(make(values | {"size": side}, frame, taught).after), quality=80)
