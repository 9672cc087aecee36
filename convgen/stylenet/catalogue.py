"""The styles that come with trained nets."""

from dataclasses import dataclass

import torch

from convgen import weights
from convgen.descriptor import Descriptor
from convgen.runtime import bfloat16_is_faster, channels_last
from convgen.stylenet.network import StyleNet
from convgen.stylenet.objective import StyleObjective


@dataclass(frozen=True)
class Style:
    """A painting, by its English title.

    Attributes:
        title, artist, year: of the painting.
        variants: of its net beside the plain one: "diverse" (Eq. 3.10), "batch" (Eq. 3.13).
    """

    title: str
    artist: str
    year: str
    variants: tuple[str, ...] = ()


STYLES = {
    "great-wave": Style("The Great Wave off Kanagawa", "Katsushika Hokusai", "c. 1831"),
    "starry-night": Style("The Starry Night", "Vincent van Gogh", "1889", ("batch",)),
    "composition-vii": Style("Composition VII", "Wassily Kandinsky", "1913"),
    "the-scream": Style("The Scream", "Edvard Munch", "1893", ("diverse",)),
    "udnie": Style("Udnie", "Francis Picabia", "1913"),
    "woman-with-a-hat": Style("Woman with a Hat", "Henri Matisse", "1905"),
    "metzinger": Style("Portrait of Jean Metzinger", "Robert Delaunay", "1906"),
    "contrast-of-forms": Style("Contrast of Forms", "Fernand Léger", "1913"),
    "composition-1913": Style("Composition", "Piet Mondrian", "c. 1913"),
    "woman-with-a-parasol": Style("Woman with a Parasol", "Claude Monet", "1886", ("diverse",)),
    "olive-trees": Style("Olive Trees", "Vincent van Gogh", "1889"),
    "night-cafe": Style("The Night Café", "Vincent van Gogh", "1888"),
}
"""Name -> painting. Its net is the row "stylenet-NAME" of the weights table, a variant of it "stylenet-NAME-VARIANT",
and what the objective knows of the painting "style-NAME"."""


def load_stylenet(style: str, *, variant: str = "", device: torch.device | str = "cpu") -> StyleNet:
    """The net of a style, ready to run: in evaluation mode, in bfloat16 where that is faster.

    Raises:
        ValueError: unknown style, or a variant that this style does not have.
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    _check(style)
    if variant and variant not in STYLES[style].variants:
        have = ", ".join(STYLES[style].variants) or "none"
        raise ValueError(f"variant of {style} must be one of its variants ({have}) or empty, got {variant!r}")
    name = f"stylenet-{style}" + (f"-{variant}" if variant else "")
    device = torch.device(device)
    net = weights.load_into(StyleNet(**weights.find(name).arguments), name).eval().requires_grad_(False)
    dtype = torch.bfloat16 if bfloat16_is_faster(device) else torch.float32
    return channels_last(net, device, dtype)


def load_objective(style: str, descriptor: Descriptor) -> StyleObjective:
    """The objective that the nets of a style were trained for, on the descriptor's device; the painting is not needed.

    Raises:
        ValueError: unknown style.
        WeightsUnavailable: the file is damaged and there is no other copy.
    """
    _check(style)
    name = f"style-{style}"
    return StyleObjective(descriptor, weights.read(name), **weights.find(name).arguments)


def _check(style: str) -> None:
    if style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(STYLES)}, got {style!r}")
