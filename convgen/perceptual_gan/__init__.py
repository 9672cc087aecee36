"""Edits of faces, and apples to oranges, by perceptual discriminators (thesis chapter 5)."""

from convgen.perceptual_gan.attributes import ATTRIBUTES, FRUIT, SLIDERS, Attribute, Slider, Window
from convgen.perceptual_gan.catalogue import available_sliders, load_edit, row_of
from convgen.perceptual_gan.edit import (
    Edit,
    change_map,
    combined_change,
    edit_photo,
    edited_square,
    paste_change,
    square_change,
    translate,
)
from convgen.perceptual_gan.interpolation import load_difference, mean_differences, optimise_edit
from convgen.perceptual_gan.network import (
    Change,
    EditGenerator,
    PerceptualDiscriminator,
    PerceptualFeatures,
    PlainDiscriminator,
    warp,
)
from convgen.perceptual_gan.objective import (
    cycle_loss,
    discriminator_loss,
    generator_loss,
    identity_loss,
    log_probability,
    smoothness_loss,
)
from convgen.perceptual_gan.training import EditTrainer

__all__ = [
    "ATTRIBUTES",
    "FRUIT",
    "SLIDERS",
    "Attribute",
    "Change",
    "Edit",
    "EditGenerator",
    "EditTrainer",
    "PerceptualDiscriminator",
    "PerceptualFeatures",
    "PlainDiscriminator",
    "Slider",
    "Window",
    "available_sliders",
    "change_map",
    "combined_change",
    "cycle_loss",
    "discriminator_loss",
    "edit_photo",
    "edited_square",
    "generator_loss",
    "identity_loss",
    "load_difference",
    "load_edit",
    "log_probability",
    "mean_differences",
    "optimise_edit",
    "paste_change",
    "row_of",
    "smoothness_loss",
    "square_change",
    "translate",
    "warp",
]
