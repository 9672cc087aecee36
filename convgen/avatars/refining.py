"""An avatar made from a few pictures learns from them on: Eq. 6.2 and 6.3 on one person (thesis section 6.4.6)."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.avatars.becoming import Sight, texture_stack
from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY
from convgen.avatars.data import SHIFT
from convgen.avatars.network import PARTS
from convgen.avatars.objective import (
    FEATURE_WEIGHT,
    MASK_WEIGHT,
    PIXEL_WEIGHT,
    UV_WEIGHT,
    foreground_logits,
    image_loss,
    mask_loss,
    pixel_loss,
)
from convgen.avatars.rendering import Avatar, Networks
from convgen.avatars.sampling import sample
from convgen.descriptor import Descriptor
from convgen.losses import total
from convgen.progress import Progress
from convgen.runtime import seeded_generator
from convgen.training.muon import muon_and_adam
from convgen.training.trainer import Trainer, descend

LR, ADAM_LR, TEXTURE_LR = 0.003, 0.0006, 0.005
KEPT_WEIGHT = 0.2
"""Of the loss that keeps parts and coordinates where they were."""
BATCH, CROP = 4, 64
RISE, LAST = 5, 0.02
"""Steps until the learning rates are whole; their share that is left at the end."""


class Refinement(Trainer):
    """Trains a copy of the body's network, the code and the textures of one person.

    Args:
        networks: in evaluation mode; they stay as they are.
        avatar: to begin with.
        sights: pictures of the person in the body's window.
        descriptor: of Eq. 6.2.
        steps: about half a second each on two cores.
        seed: of the order of the pictures.
    Raises:
        ValueError: there is no picture.
    Deviation: parts and coordinates are held where they were inside the old outline, or few pictures would move them;
    the textures at the end are gathered anew with the trained network, as those that were learned at 128 pixels are
    noisy when they are enlarged.
    """

    def __init__(
        self,
        networks: Networks,
        avatar: Avatar,
        sights: Sequence[Sight],
        descriptor: Descriptor,
        *,
        steps: int = 70,
        seed: int = 0,
    ):
        if not sights:
            raise ValueError("there must be a picture to learn from")
        self.networks, self.start, self.sights, self.descriptor, self.seed = networks, avatar, sights, descriptor, seed
        self.net = deepcopy(avatar.body or networks.body).requires_grad_(True)
        self.code = nn.Parameter(avatar.codes["body"].clone())
        self.colors = nn.Parameter(avatar.texture_stack.movedim(1, -1).contiguous().clone())
        muon, adam = muon_and_adam(self.net, betas=(0.9, 0.99), keep_norm=True)
        adam.add_param_group({"params": [self.code]})
        textures = torch.optim.Adam([self.colors], betas=(0.9, 0.99))
        whole = nn.ModuleDict({"net": self.net})
        whole.own = nn.ParameterDict({"code": self.code, "colors": self.colors})
        super().__init__(whole, [muon, adam, textures], steps=steps)
        side = {"size": (BODY.pixels, BODY.pixels), "mode": "area"}
        self.images = torch.cat([F.interpolate(sight.image[None], **side) for sight in sights])
        self.masks = torch.cat([F.interpolate(sight.mask[None], **side) for sight in sights])
        self.images = self.images * self.masks
        self.maps = torch.cat([bone_maps(sight.joints[None], sight.distance) for sight in sights])
        with torch.no_grad():
            logits, self.part_uv = self._seen(self.maps)
            self.part_weights = logits.softmax(1)

    def run(self) -> Iterator[Progress]:
        while self.step < self.steps:
            yield self._one()

    @torch.no_grad()
    def look(self) -> Avatar:
        """The person as they are now; the network goes on learning."""
        return self._avatar(self.net, self.colors.detach().movedim(-1, 1))

    @torch.no_grad()
    def finished(self) -> Avatar:
        """The person with what was learned, of which nothing changes any more."""
        net = deepcopy(self.net).eval().requires_grad_(False)
        codes = {**self.start.codes, "body": self.code.detach().clone()}
        own = Networks(net, self.networks.head)
        side = self.colors.shape[1]
        return replace(self._avatar(net, texture_stack(own, codes, self.sights, side=side)), codes=codes)

    def _avatar(self, net: nn.Module, stack: Tensor) -> Avatar:
        codes = {**self.start.codes, "body": self.code.detach()}
        return replace(self.start, texture_stack=stack, codes=codes, body=net)

    def _seen(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        maps = maps.contiguous(memory_format=torch.channels_last)
        return self.net(maps, self.code.expand(len(maps), -1))

    @torch.enable_grad()
    def _one(self) -> Progress:
        generator = seeded_generator(self.seed * 1_000_003 + self.step)
        places = torch.randint(len(self.sights), (BATCH,), generator=generator)
        shifts = torch.randint(-SHIFT, SHIFT + 1, (BATCH, 2), generator=generator).tolist()

        def some(values: Tensor) -> Tensor:
            pairs = zip(values[places], shifts, strict=True)
            return torch.stack([torch.roll(value, shift, dims=(-2, -1)) for value, shift in pairs])

        images, masks = some(self.images), some(self.masks)
        part_logits, part_uv = self._seen(some(self.maps))
        shown = sample(part_logits.softmax(1), part_uv, self.colors.movedim(-1, 1)[None])
        y, x = torch.randint(BODY.pixels - CROP + 1, (2,), generator=generator).tolist()
        x = min(max(x, CROP // 2), BODY.pixels - CROP - CROP // 2)  # where the person is
        crop = (..., slice(y, y + CROP), slice(x, x + CROP))
        losses = {
            "pixels": PIXEL_WEIGHT * pixel_loss(shown, images, masks).mean(),
            "features": FEATURE_WEIGHT * image_loss(shown[crop], images[crop], self.descriptor).mean(),
            "mask": MASK_WEIGHT * mask_loss(foreground_logits(part_logits), masks).mean(),
            "kept": KEPT_WEIGHT * kept_loss(part_logits, part_uv, some(self.part_weights), some(self.part_uv)),
        }
        factor = min(1.0, (self.step + 1) / RISE) * (1 + (LAST - 1) * self.step / self.steps)
        descend(total(losses.values()), self.optimisers, [factor * rate for rate in (LR, ADAM_LR, TEXTURE_LR)])
        with torch.no_grad():
            self.colors.clamp_(0, 1)
        self.step += 1
        values = {name: value.item() for name, value in losses.items()}
        return Progress(self.step, self.steps, shown.detach().clamp(0, 1), values)


def kept_loss(part_logits: Tensor, part_uv: Tensor, weights: Tensor, uv: Tensor) -> Tensor:
    """How far parts and coordinates have gone from earlier ones, inside of the earlier outline.

    Args:
        part_logits, part_uv: (B, 25, H, W) and (B, 48, H, W).
        weights, uv: P and C as they were.
    Returns:
        the cross-entropy and the weighted error of the coordinates, a pixel.
    """
    inside = (weights[:, PARTS] < 0.5).float()
    entropy = -(weights * part_logits.log_softmax(1)).sum(1)
    apart = (part_uv - uv).abs().unflatten(1, (PARTS, 2)).mean(2)
    error = (apart * weights[:, :PARTS]).sum(1)
    return ((entropy + UV_WEIGHT * error) * inside).sum() / inside.sum().clamp(min=1)
