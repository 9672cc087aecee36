"""What a visitor asks for: the values of the form, checked, and the problem that they make."""

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageChops

from convgen import deep_image_prior as dip
from convgen import images
from convgen.descriptor import LAYERS
from demos import common

CURVES = "learning_curves"
TASKS = {
    "inpaint": "Remove text, scratches, objects",
    "missing_pixels": "Fill in missing pixels",
    "super_resolution": "Enlarge (super-resolution)",
    "denoise": "Denoise",
    "jpeg": "Remove JPEG artefacts",
    "flash": "Flash / no-flash pair",
    "pre_image": "Invert a layer (pre-image)",
    CURVES: "Why it works (Fig. 7.2)",
}
SOURCES = {
    "damage": "Fine: damage it first",
    "given": "Damaged: restore it",
}
STROKES = "strokes"
AUTOMATIC = "automatic"
HOLES = (AUTOMATIC, *dip.HOLES)
DAMAGES = (*dip.DAMAGES, STROKES)
MASKED = ("inpaint", "missing_pixels")
MOST_STEPS = 50_000
MOST_PIXELS = 4_000_000
SIDES = (32, 4096)
FIRST_STEP_BYTES = 180_000_000
LONGEST_RUN_MINUTES = 20 if os.environ.get("SPACE_ID") else 240
"""A public Space is shared: nobody has its device for longer than this."""


@dataclass(frozen=True)
class Asked:
    """The form, checked. Pictures are decoded and safe; None where a number is left to the preset."""

    task: str
    source: str
    picture: Image.Image
    painted: Image.Image | None
    mask: Image.Image | None
    flash: Image.Image | None
    sigma: float
    quality: int
    factor: int
    missing: float
    damage: str
    black_is_missing: bool
    layer: str
    preset: str
    steps: int | None
    lr: float | None
    hole: str
    longest_side: int | None
    auto_stop: bool
    minutes: float
    seed: int
    invert_mask: bool

    def record(self) -> dict[str, str | int | float | bool | None]:
        """Everything but the pictures, for the file that is downloaded."""
        scalars = (str, int, float, bool, type(None))
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        kept = {name: value for name, value in values.items() if isinstance(value, scalars)}
        return {"technique": "deep_image_prior"} | {name: v for name, v in kept.items() if name not in PICTURES}


FLAGS = {
    "black_is_missing": "Black pixels are missing",
    "auto_stop": "Stop by itself",
    "invert_mask": "Invert mask",
}
"""What the page calls them."""
PICTURES = ("picture", "painted", "mask", "flash")
DEFAULTS = {
    "task": "inpaint",
    "source": "damage",
    "sigma": common.default(dip.add_noise, "sigma"),
    "quality": common.default(dip.compress, "quality"),
    "factor": common.default(dip.shrink, "factor"),
    "missing": 100 * common.default(dip.random_mask, "missing"),
    "damage": common.default(dip.damage_mask, "damage"),
    "black_is_missing": False,
    "layer": "relu3_3",
    "preset": common.default(dip.settings_for, "preset"),
    "steps": 0,
    "lr": 0,
    "hole": AUTOMATIC,
    "longest_side": 0,
    "auto_stop": True,
    "minutes": 20,
    "seed": common.default(dip.Restorer, "seed"),
    "invert_mask": False,
}
"""The form as the page opens; `run` has an argument of each name."""


@dataclass(frozen=True)
class Case:
    """A problem ready to be restored.

    Attributes:
        problem: None for the experiment of Fig. 7.2, which fits `picture` four times.
        picture: (1, C, H, W), what `problem` observes, or the picture of the experiment.
        before: what the visitor sees as the damaged picture.
        alpha: transparency that the result gets back, or None.
        note: what happened to the picture on the way, or "".
    """

    asked: Asked
    settings: dip.Settings
    problem: dip.Problem | None
    picture: torch.Tensor
    before: Image.Image
    alpha: Image.Image | None
    note: str


def check(
    *,
    task: Any,
    picture: Image.Image | None,
    painted: common.Painted | None,
    mask: Image.Image | None,
    flash: Image.Image | None,
    **values: Any,
) -> Asked:
    """The form, checked.

    Raises:
        ValueError: one sentence for the visitor.
    """
    task = common.choice(task, "Task", TASKS)
    source = common.choice(values["source"], "The picture is", SOURCES)
    damage = common.choice(values["damage"], "Damage", DAMAGES)
    paints = task == "inpaint" and (source == "given" or damage == STROKES)
    strokes = None
    if painted is not None and (picture is None or paints):
        picture, strokes = painted.picture, painted.mask
    elif painted is not None and task in MASKED and painted.picture.size == picture.size:
        strokes = painted.mask
    if picture is None:
        raise ValueError("Add a picture first: upload one, paste one, or click an example.")
    optional = lambda value, read: None if value in (None, 0) else read(value)  # noqa: E731
    flags = {name: common.flag(values[name], label) for name, label in FLAGS.items()}
    return Asked(
        task=task,
        source=source,
        picture=picture,
        painted=strokes,
        mask=mask if task in MASKED else None,
        flash=flash if task == "flash" else None,
        sigma=common.number(values["sigma"], "Noise", 1, 100),
        quality=common.whole_number(values["quality"], "JPEG quality", 1, 95),
        factor=common.choice(values["factor"], "Factor", dip.FACTORS),
        missing=common.number(values["missing"], "Missing share", 1, 98),
        damage=damage,
        layer=common.choice(values["layer"], "Layer", LAYERS),
        preset=common.choice(values["preset"], "Preset", dip.PRESETS),
        steps=optional(values["steps"], lambda v: common.whole_number(v, "Steps", 1, MOST_STEPS)),
        lr=optional(values["lr"], lambda v: common.number(v, "Learning rate", 1e-5, 1)),
        hole=common.choice(values["hole"], "Hole", HOLES),
        longest_side=optional(values["longest_side"], lambda v: common.whole_number(v, "Longest side", *SIDES)),
        minutes=common.number(values["minutes"], "Time limit", 1, LONGEST_RUN_MINUTES),
        seed=common.whole_number(values["seed"], "Seed", 0, common.LARGEST_SEED),
        **flags,
    )


def assemble(asked: Asked) -> Case:
    """The problem that a visitor asks for, damaged by us if that is what they want.

    Raises:
        ValueError: one sentence for the visitor: too small, too large for this machine's memory, nothing to fill in.
        WeightsUnavailable: a pre-image without the network that it inverts.
    """
    settings = settings_of(asked, asked.hole)
    side = asked.longest_side or working_side(asked.task, asked.source)
    enlarges = asked.task == "super_resolution"
    shrinks_before = asked.factor if enlarges and asked.source == "given" else 1
    most_pixels = MOST_PIXELS // shrinks_before**2
    picture, note = common.fit_with_note(
        asked.picture, longest_side=max(1, side // shrinks_before), max_pixels=most_pixels
    )
    if enlarges:
        note = " ".join(filter(None, (note, _less_than_given(asked, picture))))
    if note:
        note += " The size is under Advanced."
    common.large_enough(picture, times=shrinks_before)
    _refuse_what_does_not_fit(picture.width * picture.height * shrinks_before**2, settings, asked.task)
    opaque, alpha = images.split_alpha(picture)
    x = images.to_tensor(opaque)
    problem = None
    if asked.task in MASKED:
        problem, alpha = _masked(asked, x, picture, alpha)
        note = " ".join(filter(None, (note, _how_much(asked, problem.mask))))
        if asked.hole == AUTOMATIC:
            settings = settings_of(asked, dip.hole_of(problem.mask))
    elif enlarges and asked.source == "given":
        problem = dip.Problem("super_resolution", x, factor=asked.factor)
    elif enlarges:
        truth = dip.crop_to_multiple(x, asked.factor)
        if alpha is not None:
            alpha = alpha.crop((0, 0, truth.shape[-1], truth.shape[-2]))
        small = dip.shrink(truth, factor=asked.factor)
        problem = dip.Problem("super_resolution", small, factor=asked.factor, truth=truth)
    elif asked.task == "pre_image":
        features = partial(common.descriptor(), layers=(asked.layer,))
        problem = dip.Problem("pre_image", x, features=features)
    elif asked.task == "flash":
        problem = _flash(asked, x)
    elif asked.task in ("denoise", "jpeg"):
        truth = x if asked.source == "damage" else None
        if truth is not None:
            noisy = asked.task == "denoise"
            x = (
                dip.add_noise(x, sigma=asked.sigma, seed=asked.seed)
                if noisy
                else dip.compress(x, quality=asked.quality)
            )
        problem = dip.Problem(asked.task, x, truth=truth)
    observed = x if problem is None else problem.observed
    return Case(asked, settings, problem, observed, _before(problem, observed, asked.task), alpha, note)


def settings_of(asked: Asked, hole: str) -> dip.Settings:
    """The preset, with what the visitor changed."""
    settings = preset_of(asked.task, asked.preset, asked.factor, hole)
    changes = {name: value for name, value in (("steps", asked.steps), ("lr", asked.lr)) if value is not None}
    return replace(settings, **changes)


def preset_of(task: str, preset: str, factor: int, hole: str) -> dip.Settings:
    """The preset of a task, the experiment of Fig. 7.2 included."""
    if task == CURVES:
        return dip.curve_settings(preset)
    hole = common.default(dip.settings_for, "hole") if hole == AUTOMATIC else hole
    return dip.settings_for(task, preset, factor=factor, hole=hole)


def working_side(task: str, source: str) -> int:
    """Longest side of the restored picture in pixels, unless the visitor sets one."""
    if task == CURVES:
        return 160
    if task == "pre_image":
        return 256
    small, large = (384, 768) if common.DEVICE.type == "cpu" else (1024, 2048)
    return large if task == "super_resolution" and source == "given" else small


def _less_than_given(asked: Asked, picture: Image.Image) -> str:
    """A sentence where super-resolution will give fewer pixels than the visitor's file had, else ""."""
    sides = [side * asked.factor if asked.source == "given" else side - side % asked.factor for side in picture.size]
    given = asked.picture.info.get("size", asked.picture.size)
    if all(side >= whole for side, whole in zip(sides, given, strict=True)):
        return ""
    return f"The result will have {sides[0]} x {sides[1]} pixels, fewer than what came in."


# ---- the parts of a problem


def _masked(
    asked: Asked, x: torch.Tensor, picture: Image.Image, alpha: Image.Image | None
) -> tuple[dip.Problem, Image.Image | None]:
    """Inpainting and missing pixels: the mask is ours, or what is painted, uploaded or black, and else transparent.

    Returns:
        The problem, and the transparency that the result gets back: none where the transparent pixels were filled in.
    """
    size = tuple(x.shape[-2:])
    if _damaged_here(asked):
        if asked.task == "inpaint":
            known = dip.damage_mask(size, damage=asked.damage, seed=asked.seed)
        else:
            known = dip.random_mask(size, missing=asked.missing / 100, seed=asked.seed)
        return dip.Problem(asked.task, x * known, mask=known, truth=x), alpha
    opaque, transparency = images.split_alpha(asked.picture)
    missing = _marked(asked)
    if asked.source == "damage":
        known = _known_share(missing, asked.picture.size, picture.size)
        return dip.Problem("inpaint", x * known, mask=known, truth=x), alpha
    told = bool(missing) or asked.black_is_missing
    if transparency is not None and not told:  # nothing else says what is missing
        missing.append(transparency.point(lambda value: 0 if value == 255 else 255))
    if asked.black_is_missing:
        brightest = opaque
        if opaque.mode == "RGB":
            red, green, blue = opaque.split()
            brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        missing.append(brightest.point(lambda value: 255 if value == 0 else 0))
    known = _known_share(missing, asked.picture.size, picture.size)
    observed = _mean_of_known(opaque, missing, picture.size)
    return dip.Problem(asked.task, observed * known, mask=known), alpha if told else None


def _how_much(asked: Asked, known: torch.Tensor) -> str:
    """How much of the picture will be invented, in words, and what to do where a mask seems to mean the opposite."""
    share = 1 - float(known.mean())
    percent = "Less than 1 %" if share < 0.01 else "More than 99 %" if share > 0.99 else f"{100 * share:.0f} %"
    sentence = f"{percent} of the picture is invented."
    if share <= 0.5 or _damaged_here(asked) or (asked.mask is None and asked.painted is None):
        return sentence
    switch = "off" if asked.invert_mask else "on"
    return f"{sentence} The mask covers more than half of it: if it marks what to keep, switch {switch} Invert mask."


def _damaged_here(asked: Asked) -> bool:
    """Whether the mask is ours, and not what a visitor painted or uploaded."""
    return asked.source == "damage" and not (asked.task == "inpaint" and asked.damage == STROKES)


def _marked(asked: Asked) -> list[Image.Image]:
    """What was painted and what was uploaded, each 255 = missing; Invert mask turns the uploaded one round, if any."""
    painted, uploaded = asked.painted, _uploaded_mask(asked)
    if asked.invert_mask and uploaded is not None:
        uploaded = ImageChops.invert(uploaded)
    elif asked.invert_mask and painted is not None:
        painted = ImageChops.invert(painted)
    return [layer for layer in (painted, uploaded) if layer is not None]


def _uploaded_mask(asked: Asked) -> Image.Image | None:
    """255 where the uploaded mask is painted, see `painted_where`."""
    if asked.mask is None:
        return None
    width, height = asked.picture.size
    if abs(asked.mask.width / asked.mask.height / (width / height) - 1) > 0.02:
        raise ValueError(
            f"The mask is {asked.mask.width} x {asked.mask.height} pixels and the picture {width} x {height}: "
            "use a mask of the same proportions."
        )
    return dip.painted_where(asked.mask).resize((width, height), Image.Resampling.NEAREST)


def _union(missing: list[Image.Image], size: tuple[int, int]) -> Image.Image:
    union = Image.new("L", size, 0)
    for layer in missing:
        union = ImageChops.lighter(union, layer)
    return union


def _known_share(missing: list[Image.Image], size: tuple[int, int], smaller: tuple[int, int]) -> torch.Tensor:
    """(1, 1, h, w) mask at the working size, 1 = known: where at least the usual share of the pixels is known."""
    coverage = _reduced(ImageChops.invert(_union(missing, size)), smaller) / 255
    return torch.from_numpy((coverage > 0) & (coverage >= min(0.5, float(coverage.mean())))).float()[None, None]


def _mean_of_known(opaque: Image.Image, missing: list[Image.Image], smaller: tuple[int, int]) -> torch.Tensor:
    """(1, C, h, w): the mean of the known pixels only, so that nothing bleeds out of a hole."""
    known = ImageChops.invert(_union(missing, opaque.size))
    share = np.maximum(_reduced(known, smaller) / 255, 1e-6)
    black = Image.new("L", opaque.size, 0)
    bands = [_reduced(Image.composite(band, black, known), smaller) / 255 / share for band in opaque.split()]
    return torch.from_numpy(np.stack(bands)).float()[None].clamp(0, 1)


def _reduced(band: Image.Image, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(band.convert("F").resize(size, Image.Resampling.BOX))


def _flash(asked: Asked, x: torch.Tensor) -> dip.Problem:
    """The noisy picture and its flash picture: both given, or one or both made here."""
    if asked.flash is not None:
        width, height = asked.picture.size
        if abs(asked.flash.width / asked.flash.height / (width / height) - 1) > 0.02:
            raise ValueError("The two pictures of a flash pair must show the same view in the same proportions.")
        size = (x.shape[-1], x.shape[-2])
        guide = images.on_white(asked.flash).convert("RGB").resize(size, Image.Resampling.LANCZOS)
        guide = images.to_tensor(guide)
    elif asked.source == "damage":
        x, guide = simulated_pair(x)
    else:
        guide = None
    if asked.source == "given":
        return dip.Problem("flash", x, guide=guide)
    return dip.Problem("flash", dip.add_noise(x, sigma=asked.sigma, seed=asked.seed), guide=guide, truth=x)


def simulated_pair(photo: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One photo as if taken by a dim warm lamp at the left, and as if taken with a flash.

    Args:
        photo: (1, C, H, W) in [0, 1].
    Returns:
        The lamp's picture (1, C, H, W) without noise, and the flash picture (1, 3, H, W).
    """
    height, width = photo.shape[-2:]
    y = torch.linspace(-1, 1, height).view(1, 1, -1, 1)
    x = torch.linspace(-1, 1, width).view(1, 1, 1, -1)
    lamp = 0.18 + 0.62 * torch.exp(-((x + 0.55) ** 2 + (y + 0.2) ** 2) / 0.9)
    colour = torch.tensor([1.0, 0.8, 0.52]) if photo.shape[1] == 3 else torch.tensor([0.8])
    ambient = photo**1.1 * lamp * colour.view(1, -1, 1, 1)
    cold = torch.tensor([0.94, 0.99, 1.06]).view(1, 3, 1, 1)
    flash = photo.expand(-1, 3, -1, -1) ** 0.8 * cold * (1.1 - 0.28 * (x**2 + y**2))
    return ambient.clamp(0, 1), flash.clamp(0, 1)


def _before(problem: dip.Problem | None, observed: torch.Tensor, task: str) -> Image.Image:
    """What was observed, as a picture: unknown pixels are black if scattered, else white."""
    if problem is not None and problem.mask is not None and task == "inpaint":
        observed = observed + (1 - problem.mask)
    return images.to_picture(observed)


# ---- memory


def needed_bytes(pixels: int, settings: dip.Settings, task: str) -> int:
    """A rule of thumb, fitted to the peaks of both presets on every task: what the first step of a run takes at any
    size, and 24 maps of the finest level's channels."""
    channels = settings.widths[0] + settings.skips[0] / 4 + settings.in_channels / 8
    maps = 24 * channels * (2 if settings.bfloat16 else 4) * pixels
    if task == "pre_image":
        maps += 10 * 64 * 4 * pixels
    return round(FIRST_STEP_BYTES + maps * (2 if task == CURVES else 1))


def free_bytes() -> int | None:
    """Memory that this process may still take: of the GPU, of its container, or of the machine; None if unknown."""
    if common.DEVICE.type == "cuda":
        return torch.cuda.mem_get_info()[0]
    found = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")]
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text()) - used)
    except (OSError, ValueError):
        pass
    return min(found, default=None)


def _refuse_what_does_not_fit(pixels: int, settings: dip.Settings, task: str) -> None:
    needed, free = needed_bytes(pixels, settings, task), free_bytes()
    if free is not None and needed > 0.8 * free:
        raise ValueError(
            f"This size needs about {needed / 1e9:.0f} GB of memory with these settings and {free / 1e9:.0f} GB are "
            "free: choose a shorter longest side, or the fast preset."
        )
