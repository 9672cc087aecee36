"""What a stylized picture should be: the objective that generator and optimiser share (Thesis section 2.3.3.2)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from convgen.descriptor import Descriptor
from convgen.losses import (
    Features,
    content_loss,
    gram_matrices,
    packed_grams,
    regularity_loss,
    shifted_gram_matrices,
    texture_loss,
    total_variation,
    unpacked_grams,
)
from convgen.stylenet.network import StyleNet, stylize

TEXTURE_LAYERS = {"relu1_1": 0.5, "relu2_1": 0.5, "relu3_1": 1.0, "relu4_1": 1.5}
"""Name -> weight: shallow layers, which a net fits to a few per cent, count less than deep ones, which it does not."""
TEXTURE_SHIFTS = {"relu2_1": 4, "relu3_1": 2}
"""Name -> step: 8 pixels in either layer, the side of the cell in which a net could repeat itself."""
CONTENT_LAYERS = ("relu3_3",)


class StyleObjective:
    """L_T(x; x0) + gamma L_R(x; x0) + alpha L_C(x; y) + beta TV(x): the objective of section 2.3.3.2, Thesis Eq. 3.5.

    Args:
        descriptor: frozen, on the device of the pictures.
        style: (1, 3, H, W) in [0, 1], the painting x0, whose size sets the size of the strokes; or what `packed`
            stored of it.
        content_weight: alpha.
        variation_weight: beta, against the grain of single pixels.
        regularity_weight: gamma, against strokes that repeat like wallpaper.
        texture_layers: of the descriptor -> weight.
        content_layers: of the descriptor.
        root: take the square root of each layer's term, the normalised gradient of section 3.5.1.2.
    Deviation: relu5_1 is left out of the texture layers, which it barely moves and makes twice as slow; the content
    layer is shallower than relu4_2, which keeps faces at the sizes that a CPU is trained on.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        style: Tensor | Mapping[str, Tensor],
        *,
        content_weight: float = 1.0,
        variation_weight: float = 1.0,
        regularity_weight: float = 1.0,
        texture_layers: Mapping[str, float] = TEXTURE_LAYERS,
        content_layers: Sequence[str] = CONTENT_LAYERS,
        root: bool = True,
    ):
        self.descriptor = descriptor
        self.content_weight = content_weight
        self.variation_weight = variation_weight
        self.regularity_weight = regularity_weight
        self.texture_layers = dict(texture_layers)
        self.shifts = {layer: step for layer, step in TEXTURE_SHIFTS.items() if layer in self.texture_layers}
        self.content_layers = tuple(content_layers)
        self.root = root
        if isinstance(style, Tensor):
            with torch.no_grad():
                features = descriptor(style, tuple(self.texture_layers), padding="mirrored")
            self.grams, self.shifted = gram_matrices(features), shifted_gram_matrices(features, self.shifts)
        else:
            device = descriptor.mean.device
            grams = unpacked_grams(style, tuple(self.texture_layers))
            self.grams = {layer: gram.to(device) for layer, gram in grams.items()}
            self.shifted = {
                f"{layer} {way}": _unpacked_whole(style, f"{layer} {way}").to(device)
                for layer in self.shifts
                for way in ("down", "right")
            }

    @torch.no_grad()
    def content(self, photos: Tensor, *, bfloat16: bool = False) -> Features:
        """The content features of photos y: (B, 3, H, W) -> name of a layer -> (B, C, h, w)."""
        with torch.autocast(photos.device.type, torch.bfloat16, enabled=bfloat16):
            return self.descriptor(photos, self.content_layers, padding="mirrored")

    def terms(self, images: Tensor, content: Features, *, bfloat16: bool = False) -> dict[str, Tensor]:
        """The four terms, each (B,) and before its weight, and their weighted sum "total".

        Args:
            images: (B, 3, H, W) float32 in [0, 1]; gradients flow back to them.
            content: from `content`, of photos of the same size.
            bfloat16: run the descriptor, and correlate its features, in bfloat16; losses are summed in float32.
        """
        layers = tuple(dict.fromkeys((*self.texture_layers, *self.content_layers)))
        with torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16):
            features = self.descriptor(images, layers, padding="mirrored")
        textured = {layer: features[layer] for layer in self.texture_layers}
        texture = texture_loss(textured, self.grams, weights=self.texture_layers, root=self.root)
        regularity = regularity_loss(textured, self.shifted, self.shifts)
        kept = content_loss({layer: features[layer] for layer in self.content_layers}, content)
        variation = total_variation(images)
        total = texture + self.regularity_weight * regularity + self.content_weight * kept
        total = total + self.variation_weight * variation
        return {
            "total": total,
            "texture": texture,
            "regularity": regularity,
            "content": kept,
            "variation": variation,
        }

    def packed(self) -> dict[str, Tensor]:
        """The painting as far as the objective knows it: of each matrix its size, and what it holds in float16."""
        tensors = packed_grams(self.grams)
        for name, matrix in self.shifted.items():
            size = matrix[0].norm()
            tensors |= {f"{name}.size": size, f"{name}.whole": (matrix[0] / size).half()}
        return tensors


def _unpacked_whole(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """(1, C, C) of a matrix that `packed` stored whole, because it is not symmetric."""
    if not {f"{name}.size", f"{name}.whole"} <= tensors.keys():
        raise ValueError(f"the statistics must have {name}.size and {name}.whole, got {', '.join(tensors)}")
    return tensors[f"{name}.whole"].float()[None] * tensors[f"{name}.size"].float()


def scores(net: StyleNet, objective: StyleObjective, photos: Sequence[Tensor]) -> dict[str, float]:
    """The mean terms of the objective over photos (1, 3, H, W), stylized with seed 0 and k = 1."""
    found = []
    for photo in photos:
        photo = photo.to(net.output.weight.device)
        with torch.no_grad():
            terms = objective.terms(stylize(net, photo), objective.content(photo))
        found.append({name: term.item() for name, term in terms.items()})
    return {name: sum(row[name] for row in found) / len(found) for name in found[0]}
