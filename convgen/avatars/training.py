"""Training avatars: from known parts and coordinates, then end to end on pictures (thesis sections 6.3.4 and 6.3.5)."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY, Window
from convgen.avatars.data import SHIFT, Batch, Views, batch_of
from convgen.avatars.network import PARTS, AvatarNet, TranslationNet
from convgen.avatars.objective import (
    FEATURE_WEIGHT,
    INITIAL_WEIGHT,
    MASK_WEIGHT,
    PIXEL_WEIGHT,
    UV_WEIGHT,
    foreground_logits,
    image_loss,
    initial_loss,
    mask_loss,
    pixel_loss,
)
from convgen.avatars.sampling import sample
from convgen.avatars.textures import pixels_of, splat
from convgen.descriptor import Descriptor
from convgen.losses import total
from convgen.progress import Progress
from convgen.runtime import seeded_generator
from convgen.training.muon import muon_and_adam
from convgen.training.schedules import held_line
from convgen.training.trainer import Trainer, descend

LR, ADAM_LR = 0.02, 0.003
END_LR, END_ADAM_LR, TEXTURE_LR = 0.01, 0.002, 0.01
"""Of the second part of the training."""
LAST = 0.02
"""Learning rates at the end of a part, in those of its first third."""
CROP = 64
"""Side of the part of a view that the descriptor sees."""
SPLATTED = 48
"""Views of each person that the first textures are made of."""


class AvatarTrainer(Trainer):
    """Trains g_phi with the codes and the textures of several people, or the baseline *Direct*.

    The first `initial_steps` fit known parts and coordinates. Then the textures are splatted from views, and network
    and textures are trained by Eq. 6.2 and 6.3. *Direct* has no first part.

    Args:
        net: trained in place.
        views: of all people, on its device.
        descriptor: of Eq. 6.2.
        people: how many.
        code: length of their codes.
        window: what the views show.
        initial_steps, steps: of the first part, and in all.
        batch: views a step.
        texture_side: of each texture while training.
        pixel_weight, feature_weight, mask_weight: of the losses on the picture.
        initial_weight: of the first part's loss in the second part; 0 as in the thesis.
        lr, adam_lr: of Muon and Adam in the first part.
        end_lr, end_adam_lr, texture_lr: in the second.
        seed: of the order of views and the codes.
    Deviation: the initial loss stays on to the end: without it the parts lose their meaning. A pixel loss is added to
    Eq. 6.2.
    """

    def __init__(
        self,
        net: TranslationNet,
        views: Views,
        descriptor: Descriptor,
        *,
        people: int,
        code: int,
        window: Window = BODY,
        initial_steps: int,
        steps: int,
        batch: int = 4,
        texture_side: int = 64,
        pixel_weight: float = PIXEL_WEIGHT,
        feature_weight: float = FEATURE_WEIGHT,
        mask_weight: float = MASK_WEIGHT,
        initial_weight: float = INITIAL_WEIGHT,
        lr: float = LR,
        adam_lr: float = ADAM_LR,
        end_lr: float = END_LR,
        end_adam_lr: float = END_ADAM_LR,
        texture_lr: float = TEXTURE_LR,
        seed: int = 0,
    ):
        start = 0.3 * torch.randn(people, code, generator=seeded_generator(seed))
        codes = nn.ParameterDict({"weight": nn.Parameter(start)})
        textures = nn.ParameterDict()
        if isinstance(net, AvatarNet):
            textures["stack"] = nn.Parameter(torch.zeros(people, PARTS, texture_side, texture_side, 3))
        whole = nn.ModuleDict({"net": net, "codes": codes, "textures": textures})
        muon, adam = muon_and_adam(net, betas=(0.9, 0.99))
        adam.add_param_group({"params": list(codes.parameters())})
        optimisers = [muon, adam]
        if textures:
            optimisers.append(torch.optim.Adam(textures.parameters(), betas=(0.9, 0.99)))
        super().__init__(whole, optimisers, steps=steps)
        self.net, self.codes, self.textures = net, codes["weight"], textures
        self.views, self.window, self.descriptor, self.batch, self.seed = views, window, descriptor, batch, seed
        self.initial_steps = initial_steps if textures else 0
        self.weights = {"pixels": pixel_weight, "features": feature_weight, "mask": mask_weight}
        self.initial_weight = initial_weight
        self.rates = tuple(
            rates[: len(optimisers)] for rates in ((lr, adam_lr, 0.0), (end_lr, end_adam_lr, texture_lr))
        )

    @property
    def texture_stack(self) -> Tensor:
        """T of everybody: (N, 24, 3, T, T), colours last in memory."""
        return self.textures["stack"].movedim(-1, 2)

    def run(self) -> Iterator[Progress]:
        self.net.train()
        while self.step < self.steps:
            yield self._one()

    def _one(self) -> Progress:
        initial = self.step < self.initial_steps
        if self.step == self.initial_steps and self.textures:
            self._splat()
        batch = self._batch()
        if not self.textures:
            image, logits = self.net(batch.bone_maps, self.codes[batch.whose])
            losses = self._of_picture(image, logits, batch)
        else:
            part_logits, part_uv = self.net(batch.bone_maps, self.codes[batch.whose])
            known = initial_loss(part_logits, part_uv, batch.parts, batch.part_uv)
            weight = 1.0 if initial else self.initial_weight
            losses = {"parts": weight * known["parts"].mean(), "uv": weight * UV_WEIGHT * known["uv"].mean()}
            image = batch.images
            if not initial:
                image = sample(part_logits.softmax(1), part_uv, self.texture_stack, batch.whose)
                losses |= self._of_picture(image, foreground_logits(part_logits), batch)
        factor = self._factor()
        descend(total(losses.values()), self.optimisers, [factor * rate for rate in self.rates[0 if initial else 1]])
        if self.textures and not initial:
            with torch.no_grad():
                self.textures["stack"].clamp_(0, 1)
        self.step += 1
        values = {name: value.item() for name, value in losses.items()}
        if self.textures:
            values["uv_error"] = known["uv"].mean().item()
        names = ("parts", "uv", "pixels", "features", "mask", "uv_error")
        return Progress(self.step, self.steps, image.detach().clamp(0, 1), {n: values.get(n, 0.0) for n in names})

    def _of_picture(self, image: Tensor, logits: Tensor, batch: Batch) -> dict[str, Tensor]:
        rows, columns = self._crops(batch)
        pictures = torch.cat([image, batch.images])
        crop = min(CROP, self.window.pixels)
        cut = [picture[:, y : y + crop, x : x + crop] for picture, y, x in zip(pictures, rows, columns, strict=True)]
        seen, wanted = torch.stack(cut).contiguous(memory_format=torch.channels_last).chunk(2)
        return {
            "pixels": self.weights["pixels"] * pixel_loss(image, batch.images, batch.masks).mean(),
            "features": self.weights["features"] * image_loss(seen, wanted, self.descriptor).mean(),
            "mask": self.weights["mask"] * mask_loss(logits, batch.masks).mean(),
        }

    def _crops(self, batch: Batch) -> tuple[list[int], list[int]]:
        """Corners of a part of each view: around a pixel of the person, that of its head every other time; twice."""
        generator = self._generator(1)
        side = self.window.pixels
        crop = min(CROP, side)
        rows, columns = [], []
        for parts in batch.parts:
            head = (parts == 22) | (parts == 23)
            choice = head if head.any() and torch.rand((), generator=generator) < 0.5 else parts < PARTS
            places = choice.nonzero()
            place = places[int(torch.randint(len(places), (), generator=generator))] if len(places) else [side // 2] * 2
            y, x = (min(max(int(value) - crop // 2, 0), side - crop) for value in place)
            rows.append(y)
            columns.append(x)
        return rows * 2, columns * 2

    def _batch(self) -> Batch:
        generator = self._generator(0)
        places = torch.randint(len(self.views), (self.batch,), generator=generator)
        shifts = torch.randint(-SHIFT, SHIFT + 1, (self.batch, 2), generator=generator)
        return batch_of(self.views, places, shifts, window=self.window)

    def _generator(self, stream: int) -> torch.Generator:
        return seeded_generator(self.seed * 1_000_003 + 2 * self.step + stream)

    def _factor(self) -> float:
        """A short rise, the full rate for a third of each part, then a straight line down."""
        begun, end = (0, self.initial_steps) if self.step < self.initial_steps else (self.initial_steps, self.steps)
        return held_line(self.step - begun, end - begun, last=LAST)

    @torch.no_grad()
    def _splat(self) -> None:
        side = self.textures["stack"].shape[2]
        for whose in range(len(self.codes)):
            places = (self.views.whose == whose).nonzero()[:SPLATTED, 0]
            self.textures["stack"][whose] = self.splatted(places, side=side).permute(0, 2, 3, 1)

    @torch.no_grad()
    def splatted(self, places: Tensor, *, side: int) -> Tensor:
        """Textures (24, 3, side, side) of the person that these views show, by the network's own parts."""
        self.net.eval()
        found = []
        for place in places.tolist():
            maps = bone_maps(self.views.joints[place, None], self.views.distances[place, None], window=self.window)
            logits, uv = self.net(maps, self.codes[self.views.whose[place], None])
            image, mask = self.views.images[place].float() / 255, self.views.masks[place].float() / 255
            # Enlarged, so that texels between the pixels have their colours, too.
            maps = torch.cat([image[None], logits, uv], dim=1)
            maps = F.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)[0]
            mask = F.interpolate(mask[None], scale_factor=2, mode="nearest")[0]
            found.append(pixels_of(maps[:3], mask, maps[3:28].softmax(0), maps[28:]))
        self.net.train()
        return splat(found, side=side)
