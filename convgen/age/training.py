"""Training AGE by the alternating updates of section 4.2.3; its peers (`convgen.age.peers`) have the same loop."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from convgen.age.network import Pair, random_latents, sphere
from convgen.age.objective import (
    LATENT_WEIGHT,
    PIXEL_WEIGHT,
    REAL_WEIGHT,
    encoder_objective,
    generator_objective,
    kl_divergence,
    latent_loss,
    length_loss,
    pixel_loss,
    squared_loss,
    vivid_loss,
)
from convgen.progress import Progress
from convgen.runtime import seeded_generator
from convgen.training.averaging import follow, share_kept
from convgen.training.muon import muon_and_adam
from convgen.training.schedules import held_cosine
from convgen.training.trainer import Trainer, descend

MOMENTUM, BETAS = 0.9, (0.5, 0.99)
LR, ADAM_LR = 0.005, 0.001
"""Of Muon for the hidden convolutions, and of Adam for the rest."""
ENCODER_RATE = 0.4
"""Learning rates of the encoder, in those of the generator."""
AVERAGING = 0.999
"""Share of the old weights in the running average, a step."""
Trained = TypeVar("Trained", bound=Pair)
Update = Callable[[str, Tensor], None]
"""Descends a loss with the optimiser of "encoder" or of "generator", or of both: "encoder generator"."""


class Batches:
    """Batches of a data set that is held in memory as bytes; batch i is always the same.

    Args:
        data: each (N, C, H, W) uint8, row n of all belonging together; the first is what is generated, the others are
            given to both networks.
        batch: items of a batch; half of them are mirrored.
        shift: pixels by which every item is moved at most along each axis; the data have that much more on each side.
        seed: of the draws.
    Raises:
        ValueError: fewer items than a batch.
    """

    def __init__(self, *data: Tensor, batch: int, shift: int = 0, seed: int = 0):
        if len(data[0]) < batch:
            raise ValueError(f"there must be at least {batch} items for a batch, got {len(data[0])}")
        self.data, self.batch, self.shift, self.seed = data, batch, shift, seed

    def __getitem__(self, index: int) -> list[Tensor]:
        """(batch, C, H, W) float32 in [0, 1] of every part."""
        epoch, place = divmod(index, len(self.data[0]) // self.batch)
        order = torch.randperm(len(self.data[0]), generator=seeded_generator(self.seed + 7919 * epoch))
        rows = order[place * self.batch : (place + 1) * self.batch]
        generator = seeded_generator(self.seed + index)
        mirror = torch.rand(self.batch, 1, 1, 1, generator=generator) < 0.5
        corners = torch.randint(2 * self.shift + 1, (self.batch, 2), generator=generator).tolist()
        parts = [self._moved(part[rows], corners).float() / 255 for part in self.data]
        return [torch.where(mirror, part.flip(-1), part) for part in parts]

    def _moved(self, items: Tensor, corners: list[list[int]]) -> Tensor:
        """Items (B, C, H, W) cropped by twice the shift, each from a corner of its own."""
        if not self.shift:
            return items
        height, width = (side - 2 * self.shift for side in items.shape[-2:])
        pairs = zip(items, corners, strict=True)
        return torch.stack([item[:, top : top + height, left : left + width] for item, (top, left) in pairs])


class PrincipalAxes(nn.Module):
    """The axes along which latents of data vary most and least, from a running average of their second moments.

    Eq. 4.7 compares one dimension at a time and is blind to correlations: data can keep to a thin, tilted ellipsoid of
    the sphere, while samples are drawn from all of it. The prior is the same along all axes; along these it sees.

    Args:
        latents: M, the dimensions of z.
        keep: share of the old moments, a batch.
    """

    moments: Tensor
    axes: Tensor

    def __init__(self, latents: int, *, keep: float = 0.98):
        super().__init__()
        self.keep = keep
        self.register_buffer("moments", torch.eye(latents) / latents)
        self.register_buffer("axes", torch.eye(latents))

    @torch.no_grad()
    def follow(self, latents: Tensor) -> None:
        """Learn from a batch of latents of data, (B, M)."""
        self.moments.lerp_(latents.T @ latents / len(latents), 1 - self.keep)
        self.axes.copy_(torch.linalg.eigh(self.moments).eigenvectors)

    def forward(self, latents: Tensor) -> Tensor:
        """(B, M) -> (B, M): the coordinates along the axes; lengths and distances stay."""
        return latents @ self.axes


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """What a step of training does.

    Attributes:
        bfloat16: run networks in bfloat16; weights and losses stay float32.
    """

    bfloat16: bool = True

    @abstractmethod
    def __call__(
        self, net: Pair, data: list[Tensor], update: Update, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """(net, a batch, update, random stream) -> (pictures to show, losses by name)."""

    def learned(self) -> dict[str, nn.Module]:
        """What the rule itself learns on the way, to be kept with a checkpoint."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Game(Rule):
    """The game of AGE: updates by Thesis Eq. 4.5 for the generator, then one by Eq. 4.6 for the encoder.

    Attributes:
        latent_weight, pixel_weight: lambda of Eq. 4.5 and mu of Eq. 4.6.
        real_weight: of the divergence of real data in Eq. 4.6.
        generator_updates: for each update of the encoder; with 0 there is no game.
        reconstructing: the generator descends the pixel loss of Eq. 4.6 together with the encoder; no in the thesis.
        squared: L_X is `squared_loss` instead of Eq. 4.3.
        vivid: share of L_X in which colourful pixels weigh more, see `vivid_loss`; for colours.
        jitter: deviation of noise on e(x) before it is reconstructed; none in the thesis. Few dimensions want it: else
            data lie in clumps, and what the generator makes between them is like no data.
        length_weight: of `length_loss`, for encoders of faces; none in the thesis.
        axes: the divergences of Eq. 4.7 are taken along these, which follow the data; None is along the dimensions, as
            in the thesis.
    Deviation: the encoder is shown the samples of the last update of the generator, as they were before it, so that
    they need not be made twice. Faces are learned in two runs. First there is no game but `reconstructing`: an
    autoencoder whose latents are spread over the sphere; a game that begins there takes hundreds of steps, not
    thousands. Then, with latents made uncorrelated (`convgen.age.network.whiten`), the game along principal axes.
    """

    latent_weight: float = LATENT_WEIGHT
    pixel_weight: float = PIXEL_WEIGHT
    real_weight: float = REAL_WEIGHT
    generator_updates: int = 2
    reconstructing: bool = False
    squared: bool = False
    vivid: float = 0.0
    jitter: float = 0.0
    length_weight: float = 0.0
    axes: PrincipalAxes | None = None

    def learned(self) -> dict[str, nn.Module]:
        return {} if self.axes is None else {"axes": self.axes}

    def __call__(
        self, net: Pair, data: list[Tensor], update: Update, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        x, *given = data
        fake = lost = None
        for _ in range(self.generator_updates):
            fake, lost = self._update_generator(net, data, update, generator)
        net.generator.requires_grad_(self.reconstructing)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16):
            seen = [x] if fake is None else [x, fake]
            features = None
            if self.length_weight:
                features = net.encoder.features(torch.cat(seen)).float()
                latents = sphere(features)
            else:
                latents = net.encoder(torch.cat(seen), *(torch.cat(len(seen) * [part]) for part in given))
            real_z, fake_z = latents[: len(x)], None if fake is None else latents[len(x) :]
            moved = real_z
            if self.jitter:
                noise = torch.randn(real_z.shape, generator=generator).to(x.device)
                moved = sphere(real_z + self.jitter * noise)
            reconstructed = net.generator(moved, *given).float()
        if self.axes is not None:
            self.axes.follow(real_z)
            real_z, fake_z = self.axes(real_z), None if fake is None else self.axes(fake_z)
        weights = {"weight": self.pixel_weight, "real_weight": self.real_weight}
        losses = {"real": kl_divergence(real_z), "pixels": pixel_loss(2 * x, 2 * reconstructed)}
        if fake_z is not None and lost is not None:
            losses |= {"fake": kl_divergence(fake_z), "latents": lost}
        pixels = losses["pixels"]
        if self.squared:
            pixels = squared_loss(2 * x, 2 * reconstructed)
        elif self.vivid:
            pixels = 2 * vivid_loss(x, reconstructed, share=self.vivid)
        objective = encoder_objective(fake_z, real_z, pixels, **weights)
        if features is not None:
            objective = objective + self.length_weight * length_loss(features)
        update("encoder generator" if self.reconstructing else "encoder", objective)
        net.generator.requires_grad_(True)
        return reconstructed.detach() if fake is None else fake, losses

    def _update_generator(
        self, net: Pair, data: list[Tensor], update: Update, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """One update by Eq. 4.5; the samples as they were before it, and their L_Z."""
        x, *given = data
        z = random_latents(len(x), generator, latents=net.latents).to(x.device)
        net.encoder.requires_grad_(False)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16):
            fake = net.generator(z, *given)
            recovered = net.encoder(fake, *given)
        if self.axes is not None:
            z, recovered = self.axes(z), self.axes(recovered)
        update("generator", generator_objective(z, recovered, weight=self.latent_weight))
        net.encoder.requires_grad_(True)
        return fake.detach().float(), latent_loss(z, recovered).detach() * z.shape[1]


class AGETrainer(Trainer, Generic[Trained]):
    """Trains an encoder and a generator by a rule, and keeps the running average of their weights.

    Args:
        net: trained in place, on its device.
        batches: of what is generated and what is given, in [0, 1].
        rule: what a step does.
        steps: in all; the learning rate stays for half of them and then falls to zero along half a cosine.
        lr, adam_lr: of Muon for the hidden convolutions and of Adam for the rest.
        encoder_rate: learning rates of the encoder, in those of the generator.
        averaging: share of the old weights in the running average, a step.
        trained: the net has learned before, and the running average begins with it; else it forgets how it began.
        seed: of the latents.
    Attributes:
        average: the net with the running average of the weights, which is what is kept.
    Deviation: Muon instead of Adam for the convolutions, so that faces come about three times as fast; the encoder
    learns more slowly than the generator, which it would otherwise outplay.
    """

    def __init__(
        self,
        net: Trained,
        batches: Batches,
        rule: Rule,
        *,
        steps: int,
        lr: float = LR,
        adam_lr: float = ADAM_LR,
        encoder_rate: float = ENCODER_RATE,
        averaging: float = AVERAGING,
        trained: bool = False,
        seed: int = 0,
    ):
        parts = [name for name, part in net.named_children() if list(part.parameters())]
        self.rates = [rate * (encoder_rate if name == "encoder" else 1.0) for name in parts for rate in (lr, adam_lr)]
        self.chosen = {name: [2 * place, 2 * place + 1] for place, name in enumerate(parts)}
        optimisers = [
            optimiser
            for name in parts
            for optimiser in muon_and_adam(getattr(net, name), lr=lr, adam_lr=adam_lr, momentum=MOMENTUM, betas=BETAS)
        ]
        average = copy.deepcopy(net).requires_grad_(False)
        whole = nn.ModuleDict({"net": net, "average": average, **rule.learned()})
        super().__init__(whole, optimisers, steps=steps)
        self.net, self.average = net, average
        self.batches, self.rule, self.averaging, self.trained, self.seed = batches, rule, averaging, trained, seed

    def run(self) -> Iterator[Progress]:
        while self.step < self.steps:
            yield self._one()

    def _one(self) -> Progress:
        device = next(self.net.parameters()).device
        data = [part.to(device, memory_format=torch.channels_last) for part in self.batches[self.step]]
        factor = rate_of(self.step, self.steps)

        def update(names: str, loss: Tensor) -> None:
            chosen = [place for name in names.split() for place in self.chosen[name]]
            descend(
                loss, [self.optimisers[place] for place in chosen], [factor * self.rates[place] for place in chosen]
            )

        shown, losses = self.rule(self.net, data, update, seeded_generator(self.seed + self.step))
        self.step += 1
        keep = self.averaging if self.trained else share_kept(self.averaging, self.step)
        follow(self.average, self.net, keep=keep)
        return Progress(
            self.step, self.steps, shown.float().cpu(), {name: value.item() for name, value in losses.items()}
        )


def rate_of(step: int, steps: int) -> float:
    """A short rise, the full rate for half of the steps, then half a cosine down to zero."""
    return held_cosine(step, steps, held=0.5)
