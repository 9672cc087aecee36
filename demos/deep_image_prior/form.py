"""What a visitor may ask for: the table of fields, what is asked once they are checked, and what fits which task."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from convgen import deep_image_prior as dip
from convgen.descriptor import LAYERS
from demos import common
from demos.common.fields import Amount, Choice, Flag, Menu, Table, Typed
from demos.common.outputs import own_settings
from demos.deep_image_prior.texts import ADD_A_PICTURE, DAMAGES, HOLES, PRESETS, SOURCES, TASKS

TECHNIQUE = "deep_image_prior"
CURVES = "learning_curves"
STROKES = "strokes"
AUTOMATIC = "automatic"
MASKED = ("inpaint", "missing_pixels")
MOST_STEPS = 50_000
SIDES = (32, 4096)
LONGEST_RUN_MINUTES = 20 if os.environ.get("SPACE_ID") else 240
"""A public Space is shared: nobody has its device for longer than this."""


@dataclass(frozen=True)
class Override(Typed):
    """A number that takes the place of the preset's own; 0 leaves that as it is, and so does nothing (None)."""

    def check(self, value: Any) -> float | int | None:
        return None if value in (None, 0) else super().check(value)

    def widget(self, elem_id: str, **layout: Any) -> gr.Number:
        return gr.Number(self.default, label=self.label, elem_id=elem_id, **layout)


FIELDS = Table(
    Menu("task", "Task", "inpaint", choices=TASKS),
    Choice("source", "The picture is", "damage", choices=SOURCES),
    Amount(
        "sigma", "Noise, gray levels (of 255)", common.default(dip.add_noise, "sigma"), called="Noise",
        low=1, high=100, step=1, reset=True,
    ),
    Amount(
        "quality", "JPEG quality", common.default(dip.compress, "quality"),
        low=1, high=95, step=1, whole=True, reset=True,
    ),
    Choice(
        "factor", "Enlarge", common.default(dip.shrink, "factor"), called="Factor",
        choices={factor: f"{factor} x" for factor in dip.FACTORS},
    ),
    Amount(
        "missing", "Missing pixels, %", 100 * common.default(dip.random_mask, "missing"), called="Missing share",
        low=1, high=98, step=1, reset=True,
    ),
    Choice("damage", "Damage", common.default(dip.damage_mask, "damage"), choices=DAMAGES),
    Flag("black_is_missing", "Black pixels are missing", False),
    Menu("layer", "Layer of VGG-16", "relu3_3", called="Layer", choices={layer: layer for layer in LAYERS}),
    Choice("preset", "Preset", common.default(dip.settings_for, "preset"), choices=PRESETS),
    Override("steps", "Steps", 0, low=1, high=MOST_STEPS, whole=True),
    Override("lr", "Learning rate", 0, low=1e-5, high=1),
    Choice("hole", "Network for holes that are", AUTOMATIC, called="Hole", choices=HOLES),
    Override(
        "longest_side", "Longest side of the result, pixels", 0, called="Longest side",
        low=SIDES[0], high=SIDES[1], whole=True,
    ),
    Flag("auto_stop", "Stop by itself", True, "When the outputs only become more restless."),
    Amount(
        "minutes", "Time limit, minutes", 20, called="Time limit",
        low=1, high=LONGEST_RUN_MINUTES, step=1, reset=True,
    ),
    Typed("seed", "Seed", common.default(dip.Restorer, "seed"), low=0, high=common.LARGEST_SEED, whole=True),
    Flag("invert_mask", "Invert mask", False, "What it marks is kept, all else is replaced."),
)  # fmt: skip
DEFAULTS = {name: field.default for name, field in FIELDS.items()}
"""The form as the page opens; `run` has an argument of each name."""
PICTURES = ("picture", "painted", "mask", "flash")
INPUTS = ("task", *PICTURES, *(name for name in FIELDS if name != "task"))
"""The arguments of `run`, in its order."""


@dataclass(frozen=True)
class Asked:
    """The form, checked. Pictures are decoded and safe; None where a number is left to the preset."""

    picture: Image.Image
    painted: Image.Image | None
    mask: Image.Image | None
    flash: Image.Image | None
    task: str
    source: str
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

    @property
    def masked_here(self) -> bool:
        """Whether the mask is ours, and not what a visitor painted or uploaded."""
        return self.source == "damage" and not paints(self.task, self.source, self.damage)

    def record(self) -> dict[str, str | int | float | bool | None]:
        """Everything but the pictures, for the file that is downloaded."""
        return {"technique": TECHNIQUE} | {name: getattr(self, name) for name in FIELDS}


def check(
    values: Mapping[str, Any],
    *,
    picture: Image.Image | None,
    painted: common.Painted | None,
    mask: Image.Image | None,
    flash: Image.Image | None,
) -> Asked:
    """The form, checked.

    Raises:
        ValueError: one sentence for the visitor.
    """
    asked = FIELDS.check(values)
    strokes = None
    if painted is not None and (picture is None or paints(asked["task"], asked["source"], asked["damage"])):
        picture, strokes = painted.picture, painted.mask
    elif painted is not None and asked["task"] in MASKED and painted.picture.size == picture.size:
        strokes = painted.mask
    if picture is None:
        raise ValueError(ADD_A_PICTURE)
    mask = mask if asked["task"] in MASKED else None
    return Asked(picture, strokes, mask, flash if asked["task"] == "flash" else None, **asked)


def taken_from_file(picture: Image.Image | None) -> dict[str, Any]:
    """Settings and seed of one of our own files; none if one of them does not fit."""
    found = own_settings(picture, TECHNIQUE)
    try:
        FIELDS.check(found)
    except ValueError:
        return {}
    return {name: found[name] for name in FIELDS if name in found}


# ---- what fits which task


def paints(task: str, source: str, damage: str) -> bool:
    """Whether the visitor paints what is missing."""
    return task == "inpaint" and (source == "given" or damage == STROKES)


def fitting(task: str, source: str, damage: str) -> dict[str, bool]:
    """Name of a field or a picture that not every task has -> whether this one has it."""
    damages, by_brush = source == "damage", paints(task, source, damage)
    return {
        "picture": not by_brush,
        "painted": by_brush,
        "flash": task == "flash",
        "mask": by_brush or (task == "missing_pixels" and not damages),
        "black_is_missing": not damages and task in MASKED,
        "source": task not in ("pre_image", CURVES),
        "sigma": damages and task in ("denoise", "flash"),
        "quality": damages and task == "jpeg",
        "factor": task == "super_resolution",
        "missing": damages and task == "missing_pixels",
        "damage": damages and task == "inpaint",
        "layer": task == "pre_image",
        "hole": task == "inpaint",
    }


def preset_infos(task: str, source: str, preset: str, factor: int, hole: str) -> dict[str, str]:
    """Name of a field -> what the preset has where nothing is entered."""
    settings, side = preset_of(task, preset, int(factor), hole), working_side(task, source)
    return {
        "steps": f"0: as the preset, {settings.steps}",
        "lr": f"0: as the preset, {settings.lr:g}",
        "longest_side": f"0: automatic, {side}. Up to 4 megapixels; time and memory grow with it.",
    }


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


FITTING_AT_FIRST = fitting(DEFAULTS["task"], DEFAULTS["source"], DEFAULTS["damage"])
INFOS_AT_FIRST = preset_infos(*(DEFAULTS[name] for name in ("task", "source", "preset", "factor", "hole")))
"""As the page opens."""
