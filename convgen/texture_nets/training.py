"""Training texture networks: Thesis Eq. 2.7, and Eq. 3.10 for nets whose samples differ."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, TypedDict

import torch
from torch import Tensor

from convgen.descriptor import Descriptor
from convgen.julesz import julesz_objective, nearest_distances
from convgen.losses import SteadiedGrams
from convgen.progress import Progress
from convgen.runtime import bfloat16_is_faster, channels_last, seeded_generator
from convgen.texture_nets.catalogue import load_texture_net
from convgen.texture_nets.network import TextureNet, TextureNetV1, TextureNetV2, sample
from convgen.texture_nets.objective import TextureObjective
from convgen.training.live import LiveLearner
from convgen.training.muon import MOMENTUM, muon_and_adam
from convgen.training.schedules import cosine
from convgen.training.trainer import Trainer, descend

LR, ADAM_LR = 0.02, 0.003
"""Of Muon for the hidden convolutions, and of Adam for the rest."""


class Optimisers(TypedDict):
    """What `muon_and_adam` is told."""

    lr: float
    adam_lr: float
    momentum: float
    keep_norm: bool


class TextureTrainer(Trainer):
    """theta = argmin E_z [L_T(g(z; theta), x0)]: Thesis Eq. 2.7, with samples for the expectation as in Eq. 3.7.

    With a diversity it descends Eq. 3.10, along the gradient of Eq. 3.11 as backpropagation gives it.

    Args:
        net: the generator, trained in place, on its device.
        objective: of the texture, on the same device.
        steps: in all; the learning rates fall to zero along half a cosine.
        size: side of the samples in pixels, a multiple of what the net needs; None is V2's own.
        batch: samples a step, at least 2 where diversity is not 0.
        window: side of the part of each sample whose texture loss is taken, at a new place each step; None is the
            whole. V2 needs it to begin with: it could match the mean over a sample with one part too flat and another
            too rich. A last stretch without it, at a lower rate, halves the loss.
        diversity: T lambda of Eq. 3.10, in units of the objective.
        variance_weight: what varies from sample to sample in the texture loss counts so much, see
            `convgen.losses.SteadiedGrams`; below 1 it takes most chance out of the steps of a net that is trained on.
        lr, adam_lr: of Muon for the hidden convolutions and of Adam for the rest.
        momentum, keep_norm: of Muon, see `convgen.training.muon.Muon`.
        bfloat16: run networks in bfloat16; weights and losses stay float32.
        seed: of the noise.
    Raises:
        ValueError: diversity without at least two samples, or a variance weight out of range.
    Deviation: Muon and a cosine instead of Adam and a stepped rate; one sample a step, which with instance
    normalisation trains as well as the thesis's sixteen, where there is no entropy term; distances in the entropy term
    after the best circular shift, for V2 would otherwise move one layout about.
    """

    def __init__(
        self,
        net: TextureNet,
        objective: TextureObjective,
        *,
        steps: int,
        size: int | None = None,
        batch: int = 1,
        window: int | None = None,
        diversity: float = 0.0,
        variance_weight: float = 1.0,
        lr: float = LR,
        adam_lr: float = ADAM_LR,
        momentum: float = MOMENTUM,
        keep_norm: bool = False,
        bfloat16: bool = True,
        seed: int = 0,
    ):
        if diversity and batch < 2:
            raise ValueError(f"batch must be at least 2 for a diversity of {diversity}, got {batch}")
        optimisers = muon_and_adam(net, lr=lr, adam_lr=adam_lr, momentum=momentum, keep_norm=keep_norm)
        super().__init__(net, optimisers, steps=steps)
        self.net, self.objective = net, objective
        self.size = net.size if isinstance(net, TextureNetV2) else size or 256
        self.window = window
        self.steady = SteadiedGrams(variance_weight)
        self.batch, self.diversity, self.bfloat16, self.seed = batch, diversity, bfloat16, seed
        self.rates = [lr, adam_lr]

    def run(self) -> Iterator[Progress]:
        while self.step < self.steps:
            yield self.advance(cosine(self.step, self.steps))

    def advance(self, factor: float) -> Progress:
        """One step with the learning rates multiplied by a factor."""
        self.net.train()
        device = self.objective.descriptor.mean.device
        generator = seeded_generator(self.seed + self.step)
        noise = [z.to(device) for z in self.net.noise(generator, size=(self.size, self.size), batch=self.batch)]
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
            images = self.net(noise).float()
        images = images.contiguous(memory_format=torch.channels_last)
        steady = self.steady if self.steady.variance_weight < 1 else None
        terms = self.objective.terms(
            self._part(images, generator), whole=self.window is None, bfloat16=self.bfloat16, steady=steady
        )
        loss = julesz_objective(terms["total"], images, diversity=self.diversity, aligned=True)
        descend(loss, self.optimisers, [factor * rate for rate in self.rates])
        self.step += 1
        values = {name: term.mean().item() for name, term in terms.items()}
        if self.batch > 1:
            values["distance"] = nearest_distances(images.detach(), aligned=True).mean().item()
        return Progress(self.step, max(self.step, self.steps), images.detach().float().cpu(), values)

    def state(self) -> dict[str, Tensor]:
        means = {f"mean.{layer}": mean for layer, mean in self.steady.means.items()}
        return {**super().state(), **means}

    def resume(self, state: Mapping[str, Tensor]) -> None:
        super().resume(state)
        device = self.objective.descriptor.mean.device
        means = {key.removeprefix("mean."): mean for key, mean in state.items() if key.startswith("mean.")}
        self.steady.means = {layer: mean.to(device) for layer, mean in means.items()}
        self.steady.steps = self.step if means else 0

    def _part(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """The window of this step; samples wrap around."""
        if self.window is None:
            return images
        down, along = torch.randint(self.size, (2,), generator=generator).tolist()
        return images.roll((down, along), (2, 3))[..., : self.window, : self.window]


class Learner(LiveLearner[TextureNet]):
    """A TextureNetV1 that learns one texture while one watches, see `LiveLearner`.

    Args:
        exemplar: (1, 3, h, w) in [0, 1], the texture x0, on the descriptor's device.
        descriptor: frozen; it says where to compute.
        size: side of the samples that it trains on, a multiple of 32.
        seed: of the initial weights and of the noise.
        start: name of a bundled texture whose V1 net to start from, or None for random weights; these do not whiten,
            which pays later than within a few minutes.
        bfloat16: run networks in bfloat16; None asks the device.
    """

    AVERAGING = 0.95
    OPTIMISERS: ClassVar[Optimisers] = {"lr": 0.035, "adam_lr": 0.006, "momentum": 0.9, "keep_norm": True}
    """With which random weights come furthest in a few minutes."""

    def __init__(
        self,
        exemplar: Tensor,
        descriptor: Descriptor,
        *,
        size: int = 160,
        seed: int = 0,
        start: str | None = None,
        bfloat16: bool | None = None,
    ):
        device = descriptor.mean.device
        objective = TextureObjective(descriptor, exemplar)
        net = TextureNetV1(whitening=False, seed=seed) if start is None else load_texture_net(start)
        net = channels_last(net.float().requires_grad_(True), device)
        bfloat16 = bfloat16_is_faster(device) if bfloat16 is None else bfloat16
        self.size, self.seed = size, seed
        self._lesson = TextureTrainer(
            net, objective, steps=0, size=size, seed=seed, bfloat16=bfloat16, **self.OPTIMISERS
        )
        super().__init__(self._lesson, net)

    def _advance(self, factor: float) -> Progress:
        return self._lesson.advance(factor)

    def _shown(self, progress: Progress) -> Progress:
        """A sample of `net` as `image`, the same noise each time, and the loss "texture" of the step."""
        image = sample(self.net, seed=self.seed, size=self.size).float().cpu()
        return Progress(progress.step, progress.total, image, {"texture": progress.losses["texture"]})
