"""What a sample of a texture should be: the objective that generators and the slow method share (section 2.3.1)."""

import statistics
from collections.abc import Mapping

import torch
from torch import Tensor

from convgen.descriptor import Descriptor
from convgen.julesz import mean_distance
from convgen.losses import SteadiedGrams, distance_of_grams, gram_matrices, packed_grams, unpacked_grams
from convgen.texture_nets.network import TextureNet, sample

TEXTURE_LAYERS = {"relu1_1": 0.5, "relu2_1": 0.5, "relu3_1": 1.0, "relu4_1": 1.5}


class TextureObjective:
    """L_T(x; x0), the texture loss of section 2.3.1, with the normalised gradient of section 3.5.1.2.

    Args:
        descriptor: frozen, on the device of the pictures.
        exemplar: (1, 3, H, W) in [0, 1], the texture x0; or what `packed` stored of it.
        layers: of the descriptor -> weight.
        root: take the square root of each layer's term, so that every layer pulls with the same strength at all times.
    Deviation: relu5_1 is left out, which it barely moves and makes twice as slow; deep layers, which hold the
    structure, weigh more than shallow ones. There are no borders: a picture's features wrap around, as what makes it
    does, and the exemplar is mirrored at its borders. With the zeros of VGG around both, statistics would depend on
    their sizes: those of relu4_1 by a tenth between 192 and 256 pixels of dry leaves.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        exemplar: Tensor | Mapping[str, Tensor],
        *,
        layers: Mapping[str, float] = TEXTURE_LAYERS,
        root: bool = True,
    ):
        self.descriptor = descriptor
        self.layers = dict(layers)
        self.root = root
        if isinstance(exemplar, Tensor):
            with torch.no_grad():
                self.grams = gram_matrices(descriptor(exemplar, tuple(self.layers), padding="mirrored"))
        else:
            grams = unpacked_grams(exemplar, tuple(self.layers))
            self.grams = {layer: gram.to(descriptor.mean.device) for layer, gram in grams.items()}

    def terms(
        self, images: Tensor, *, whole: bool = True, bfloat16: bool = False, steady: SteadiedGrams | None = None
    ) -> dict[str, Tensor]:
        """The texture loss of every picture as "texture" and, being all there is, as "total": (B,) each.

        Args:
            images: (B, 3, H, W) float32 in [0, 1]; gradients flow back to them.
            whole: the pictures tile; else they are parts of pictures, and mirrored at their borders.
            bfloat16: run the descriptor, and correlate its features, in bfloat16; losses are summed in float32.
            steady: what the pictures' statistics are counted in with; "total" is then of the steadied ones.
        """
        with torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16):
            padding = "wrapped" if whole else "mirrored"
            features = self.descriptor(images, tuple(self.layers), padding=padding)
        grams = gram_matrices(features)
        texture = distance_of_grams(grams, self.grams, root=self.root, weights=self.layers)
        if steady is None:
            return {"total": texture, "texture": texture}
        total = distance_of_grams(steady(grams), self.grams, root=self.root, weights=self.layers)
        return {"total": total, "texture": texture.detach()}

    def packed(self) -> dict[str, Tensor]:
        """The texture as far as the objective knows it: see `convgen.losses.packed_grams`."""
        return packed_grams(self.grams)


def scores(net: TextureNet, objective: TextureObjective, *, samples: int = 8) -> dict[str, float]:
    """The mean texture loss of samples, seeds 0, 1, ..., and their diversity, see `convgen.julesz.mean_distance`."""
    device = net.output.weight.device
    pictures = [sample(net, seed=seed).to(device) for seed in range(samples)]
    with torch.no_grad():
        losses = [objective.terms(picture)["texture"].item() for picture in pictures]
    return {"texture": statistics.mean(losses), "distance": mean_distance(torch.cat(pictures))}
