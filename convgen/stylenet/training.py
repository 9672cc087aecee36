"""Training a StyleNet: Thesis section 2.3.3.2, and Eq. 3.10 for nets whose samples differ."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from convgen.julesz import julesz_objective, nearest_distances
from convgen.progress import Progress
from convgen.runtime import seeded_generator
from convgen.stylenet.network import StyleNet
from convgen.stylenet.objective import StyleObjective
from convgen.training.data import Pictures
from convgen.training.muon import MOMENTUM, muon_and_adam
from convgen.training.schedules import cosine
from convgen.training.trainer import Trainer, descend

LR, ADAM_LR = 0.04, 0.006
"""Of Muon for the hidden convolutions, and of Adam for the rest."""


class StyleTrainer(Trainer):
    """min over theta of E_{z, y} [L_T(g(y, z), x0) + alpha L_C(g(y, z), y)]: Thesis section 2.3.3.2.

    Args:
        net: the generator, trained in place, on its device.
        objective: of the painting, on the same device.
        photos: items (3, H, W) in [0, 1] of one size, multiples of `net.multiple`; item i is always the same, so that
            a run can be resumed. Step s takes the items from s * batch on.
        steps: in all; the learning rates fall to zero along half a cosine.
        batch: photos a step.
        samples: pictures made of each photo, with noise of their own; at least 2 where diversity is not 0.
        diversity: T lambda of Eq. 3.10, in units of the objective.
        lr, adam_lr: of Muon for the hidden convolutions and of Adam for the rest.
        momentum: of Muon.
        bfloat16: run networks in bfloat16; weights and losses stay float32.
        seed: of the noise.
        workers: processes that load photos.
    Raises:
        ValueError: diversity without at least two samples, or too few photos.
    Deviation: Muon and a cosine instead of Adam and a stepped rate; batches of one or two photos, which with instance
    normalisation train as well as the thesis's sixteen.
    """

    def __init__(
        self,
        net: StyleNet,
        objective: StyleObjective,
        photos: Pictures,
        *,
        steps: int,
        batch: int = 1,
        samples: int = 1,
        diversity: float = 0.0,
        lr: float = LR,
        adam_lr: float = ADAM_LR,
        momentum: float = MOMENTUM,
        bfloat16: bool = True,
        seed: int = 0,
        workers: int = 0,
    ):
        if diversity and samples < 2:
            raise ValueError(f"samples must be at least 2 for a diversity of {diversity}, got {samples}")
        if len(photos) < steps * batch:
            raise ValueError(f"photos must have at least steps * batch = {steps * batch} items, got {len(photos)}")
        super().__init__(net, muon_and_adam(net, lr=lr, adam_lr=adam_lr, momentum=momentum), steps=steps)
        self.net, self.objective, self.photos = net, objective, photos
        self.batch, self.samples, self.diversity = batch, samples, diversity
        self.bfloat16, self.seed, self.workers = bfloat16, seed, workers
        self.rates = [lr, adam_lr]

    def run(self) -> Iterator[Progress]:
        ahead = Subset(self.photos, range(self.step * self.batch, self.steps * self.batch))
        for photos in DataLoader(ahead, batch_size=self.batch, num_workers=self.workers):
            yield self.advance(photos, cosine(self.step, self.steps))

    def advance(self, photos: Tensor, factor: float) -> Progress:
        """One step on photos (B, 3, H, W), with the learning rates multiplied by a factor."""
        self.net.train()
        device = self.objective.descriptor.mean.device
        photos = photos.to(device, memory_format=torch.channels_last)
        content = self.objective.content(photos, bfloat16=self.bfloat16)
        height, width = photos.shape[-2:]
        noise = self.net.noise(
            seeded_generator(self.seed + self.step), size=(height, width), batch=self.batch * self.samples
        )
        noise = [maps.to(device) for maps in noise]
        repeated = photos.repeat_interleave(self.samples, 0)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
            images = self.net(repeated, noise).float()
        content = {layer: maps.repeat_interleave(self.samples, 0) for layer, maps in content.items()}
        terms = self.objective.terms(images, content, bfloat16=self.bfloat16)
        groups = images.split(self.samples)
        losses = terms["total"].split(self.samples)
        loss = torch.stack(
            [julesz_objective(one, group, diversity=self.diversity) for one, group in zip(losses, groups, strict=True)]
        ).mean()
        descend(loss, self.optimisers, [factor * rate for rate in self.rates])
        self.step += 1
        values = {name: term.mean().item() for name, term in terms.items()}
        if self.samples > 1:
            values["distance"] = torch.cat([nearest_distances(group) for group in groups]).mean().item()
        shown = images.detach().float().cpu()
        return Progress(self.step, max(self.step, self.steps), shown, values, {"photos": photos.detach().float().cpu()})
