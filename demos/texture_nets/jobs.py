"""What runs at once: galleries of samples, one sample large, tiled or between two others, a comparison."""

import time
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from convgen import images, texture_nets
from convgen.julesz import mean_distance
from demos import common
from demos.common.quick import quickly
from demos.texture_nets import form
from demos.texture_nets.form import ONE, SAMPLE, Asked, Taught

TILED_SIDE = 256
TILED_PREVIEW = 768
COMPARED = 4


@dataclass(frozen=True)
class Made:
    """A gallery, and how it came about.

    Attributes:
        files: a PNG a sample, the settings inside.
        seeds: of the samples.
        diversity: how much they differ, see `convgen.julesz.mean_distance`; None of a single one.
        seconds: a sample.
    """

    asked: Asked
    title: str
    files: tuple[str, ...]
    seeds: tuple[int, ...]
    diversity: float | None
    seconds: float
    note: str

    def gallery(self) -> list[tuple[str, str]]:
        return [(file, f"seed {seed}") for file, seed in zip(self.files, self.seeds, strict=True)]

    def line(self) -> str:
        """What the visitor reads below the gallery."""
        size = self.asked["size"]
        parts = [
            f"{self.title}, {form.NAMES[self.asked['network']]}, {size} x {size} pixels",
            f"{common.in_milliseconds(self.seconds)} a sample",
        ]
        if self.diversity is not None:
            parts.append(f"diversity {100 * self.diversity:.1f} %")
        return " · ".join([*parts, *([self.note] if self.note else [])])


def draw(asked: Asked, seed: int, taught: Taught | None) -> torch.Tensor:
    """One sample: (1, 3, H, W) in [0, 1] on the CPU."""
    net = form.network_of(asked["texture"], asked["network"], taught)
    return texture_nets.sample(net, seed=seed, size=asked["size"]).cpu()


@quickly
def sample_texture(
    texture: str | None = SAMPLE["texture"].default,
    network: str = SAMPLE["network"].default,
    number: int = SAMPLE["number"].default,
    size: int = SAMPLE["size"].default,
    seed: int = SAMPLE["seed"].default,
    taught: Taught | None = None,
) -> tuple:
    """Samples of a texture, in one pass each (Thesis section 2.3.2): of the seed, the next one, and so on.

    Args:
        texture: a name, or "yours" for what the visitor taught.
    Returns:
        gallery of PNG files, captioned by their seeds; status; a ZIP of them; and the visitor's Made.
    """
    values = {"texture": texture, "network": network, "number": number, "size": size, "seed": seed}
    asked = form.check(values, taught)
    files, seeds, small, spent = [], tuple(range(asked["seed"], asked["seed"] + asked["number"])), [], 0.0
    for one in seeds:
        started = time.perf_counter()
        picture = draw(asked, one, taught)
        spent += time.perf_counter() - started
        small.append(picture)
        if asked["size"] > TILED_SIDE:
            small[-1] = torch.nn.functional.interpolate(picture, (TILED_SIDE, TILED_SIDE), mode="area")
        files.append(save(images.to_picture(picture), asked, seed=one))
    note = f"{form.NAMES[network]} makes {asked['size']} pixels only" if asked["size"] != size else ""
    varied = mean_distance(torch.cat(small)) if len(small) > 1 else None
    title = form.title_of(texture, taught)
    made = Made(asked, title, tuple(files), seeds, varied, spent / len(seeds), note)
    archive = common.save_zip(files, f"{texture}-{network}-{seeds[0]}-to-{seeds[-1]}")
    return made.gallery(), made.line(), archive, made


def save(picture: Image.Image, asked: Asked, **changes: Any) -> str:
    """A PNG with its settings inside."""
    record = form.record(asked, **changes)
    return common.save_png(picture, record, f"{record['texture']}-{record['network']}-seed-{record['seed']}")


@quickly
def show(
    view: str, large: int, other: int, at: float, texture: str | None, network: str, seed: int,
    taught: Taught | None = None,
) -> tuple:  # fmt: skip
    """One sample: large, tiled, or between two seeds.

    Returns:
        the picture, a line about it, and the PNG with its settings inside.
    """
    view = ONE["view"].check(view)
    side = ONE["large"].check(large) if view == "large" else TILED_SIDE
    asked = form.check({"texture": texture, "network": network, "number": 1, "size": side, "seed": seed}, taught)
    size, seed = asked["size"], asked["seed"]
    started = time.perf_counter()
    if view == "between":
        other, at = ONE["other"].check(other), ONE["at"].check(at)
        net = form.network_of(texture, network, taught)
        tensor = texture_nets.sample_between(net, seeds=(seed, other), at=at, size=size).cpu()
    else:
        tensor = draw(asked, seed, taught)
    line = f"{size} x {size} pixels in {common.in_milliseconds(time.perf_counter() - started)}"
    picture = images.to_picture(tensor)
    if view == "tiled":
        step, seam = steps_within_and_across(tensor)
        ratio = f", {seam / step:.2f} times as large" if step > 0 else ""
        line = f"Nine copies of seed {seed}. Neighbours differ by {step:.3f}, across the seam by {seam:.3f}{ratio}"
        return nine(picture), line, save(picture, asked)
    if view == "between":
        line += f" · {100 * (1 - at):.0f} % seed {seed}, {100 * at:.0f} % seed {other}"
        return picture, line, save(picture, asked, view=view, other=other, at=at)
    return picture, f"{line} · seed {seed}", save(picture, asked)


def nine(picture: Image.Image) -> Image.Image:
    """Three by three copies of a tile."""
    width, height = picture.size
    tiled = Image.new(picture.mode, (3 * width, 3 * height))
    for place in range(9):
        tiled.paste(picture, (place % 3 * width, place // 3 * height))
    return images.fit_within(tiled, longest_side=TILED_PREVIEW)


def steps_within_and_across(tile: torch.Tensor) -> tuple[float, float]:
    """Mean step between neighbouring pixels of a tile, and between its opposite edges where two copies meet."""
    down, right = tile[..., 1:, :] - tile[..., :-1, :], tile[..., 1:] - tile[..., :-1]
    seams = tile[..., 0, :] - tile[..., -1, :], tile[..., 0] - tile[..., -1]
    within = torch.cat([down.flatten(), right.flatten()]).abs().mean().item()
    return within, torch.cat([seam.flatten() for seam in seams]).abs().mean().item()


@quickly
def compare(texture: str | None, seed: int, taught: Taught | None = None) -> tuple[list, str]:
    """The networks of a texture side by side, a row each (Fig. 3.5): pictures with captions, and how they differ."""
    texture = form.check_texture(texture, taught)
    variants = form.variants_of(texture)
    sizes = [form.own_size(form.network_of(texture, network, taught)) for network in variants]
    size = next((own for own in sizes if own), TILED_SIDE)  # all at the one size that V2 makes
    shown, figures = [], []
    for network in variants:
        values = {"texture": texture, "network": network, "number": COMPARED, "size": size, "seed": seed}
        asked = form.check(values, taught)
        seeds = range(asked["seed"], asked["seed"] + COMPARED)
        started = time.perf_counter()
        pictures = [draw(asked, one, taught) for one in seeds]
        each = (time.perf_counter() - started) / COMPARED
        name, varied = form.NAMES[network], mean_distance(torch.cat(pictures))
        figures.append(f"{name}: diversity {100 * varied:.1f} %, {common.in_milliseconds(each)} a sample")
        shown += [(images.to_picture(p), f"{name}, seed {s}") for p, s in zip(pictures, seeds, strict=True)]
    return shown, " · ".join(figures)
