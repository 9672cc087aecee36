"""The networks of edits that come with the app."""

import torch

from convgen import weights
from convgen.perceptual_gan.attributes import ATTRIBUTES, SLIDERS, Window
from convgen.perceptual_gan.edit import Edit
from convgen.perceptual_gan.network import EditGenerator
from convgen.runtime import channels_last


def row_of(attribute: str) -> str:
    """The row of the weights table of an attribute's network."""
    return f"edit-{attribute}"


def available_sliders() -> list[str]:
    """The sliders whose networks are in the weights table, in the order of `SLIDERS`.

    Raises:
        ValueError: the table is damaged.
    """
    rows = weights.rows()
    return [name for name, slider in SLIDERS.items() if row_of(slider.attribute) in rows]


def load_edit(attribute: str, device: torch.device | str = "cpu") -> Edit:
    """The network of an attribute of faces, or of "fruit", in evaluation mode, float32.

    Raises:
        ValueError: an unknown attribute, or one without a network.
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    if attribute not in (*ATTRIBUTES, "fruit"):
        raise ValueError(f"attribute must be one of {', '.join(ATTRIBUTES)}, fruit, got {attribute!r}")
    arguments = dict(weights.find(row_of(attribute)).arguments)
    window = Window(**arguments.pop("window"))
    net = weights.load_into(EditGenerator(**arguments), row_of(attribute)).eval().requires_grad_(False)
    return Edit(channels_last(net, device), window)
