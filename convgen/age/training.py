"""Training AGE: the alternating updates of section 4.2.3, and its peers by the same loop."""

import copy
import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from convgen.age.network import random_latents
from convgen.age.objective import (
    LATENT_WEIGHT,
    PIXEL_WEIGHT,
    encoder_objective,
    generator_objective,
    kl_divergence,
    latent_loss,
    pixel_loss,
)
from convgen.progress import Progress
from convgen.runtime import seeded_generator
from convgen.training import WARM_UP, descend, resume_training, training_state

BETAS = (0.5, 0.99)


class Batches:
    """Batches of a data set that is held in memory as bytes; batch i is always the same.

    Args:
        data: each (N, C, H, W) uint8, row n of all belonging together; the first is what is generated, the others are
            given to both networks.
        batch: items of a batch.
        mirrored: half of the items are mirrored at random.
        seed: of the draws.
    Raises:
        ValueError: fewer items than a batch.
    """

    def __init__(self, *data: Tensor, batch: int, mirrored: bool = True, seed: int = 0):
        if len(data[0]) < batch:
            raise ValueError(f"there must be at least {batch} items for a batch, got {len(data[0])}")
        self.data, self.batch, self.mirrored, self.seed = data, batch, mirrored, seed

    def __getitem__(self, index: int) -> list[Tensor]:
        """(batch, C, H, W) float32 in [0, 1] of every part."""
        epoch, place = divmod(index, len(self.data[0]) // self.batch)
        order = torch.randperm(len(self.data[0]), generator=seeded_generator(self.seed + 7919 * epoch))
        rows = order[place * self.batch : (place + 1) * self.batch]
        mirror = torch.rand(self.batch, 1, 1, 1, generator=seeded_generator(self.seed + index)) < 0.5
        parts = []
        for part in self.data:
            values = part[rows].float() / 255
            parts.append(torch.where(mirror, values.flip(-1), values) if self.mirrored else values)
        return parts


class Pair(nn.Module):
    """An encoder and a generator in training, with the running average of their weights, which is what is kept.

    Args:
        net: with the attributes `encoder` and `generator`.
    """

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net
        self.average = copy.deepcopy(net).requires_grad_(False)

    @torch.no_grad()
    def follow(self, keep: float) -> None:
        """Move the average towards the net: average <- keep average + (1 - keep) net."""
        for mean, value in zip(self.average.state_dict().values(), self.net.state_dict().values(), strict=True):
            mean.lerp_(value, 1 - keep)


class AGETrainer:
    """Alternating descent of Thesis Eq. 4.5 for the generator and of Eq. 4.6 for the encoder.

    Args:
        net: with `encoder(x, *given) -> z` and `generator(z, *given) -> x`, trained in place, on its device.
        batches: of x and what is given, in [0, 1].
        steps: encoder updates in all; the learning rate stays for half of them and then falls to zero along a cosine.
        generator_updates: for each update of the encoder.
        latent_weight, pixel_weight: lambda of Eq. 4.5 and mu of Eq. 4.6.
        lr: of Adam.
        averaging: share of the old weights in the running average, a step.
        bfloat16: run networks in bfloat16; weights and losses stay float32.
        seed: of the latents.
    Deviation: the encoder is shown the samples of the last update of the generator, as they were before it, so that
    they need not be made twice.
    """

    def __init__(
        self,
        net: nn.Module,
        batches: Batches,
        *,
        steps: int,
        generator_updates: int = 2,
        latent_weight: float = LATENT_WEIGHT,
        pixel_weight: float = PIXEL_WEIGHT,
        lr: float = 2e-4,
        averaging: float = 0.999,
        bfloat16: bool = True,
        seed: int = 0,
    ):
        self.pair, self.batches, self.steps = Pair(net), batches, steps
        self.generator_updates, self.latent_weight, self.pixel_weight = generator_updates, latent_weight, pixel_weight
        self.lr, self.averaging, self.bfloat16, self.seed = lr, averaging, bfloat16, seed
        self.optimisers = [
            torch.optim.Adam(part.parameters(), lr=lr, betas=BETAS, fused=True) for part in (net.encoder, net.generator)
        ]
        self.step = 0

    @property
    def net(self) -> nn.Module:
        """The running average."""
        return self.pair.average

    def run(self) -> Iterator[Progress]:
        """Train from where it stands to the last step; an item a step, with the samples of that step."""
        while self.step < self.steps:
            yield self._one()

    def _one(self) -> Progress:
        net = self.pair.net
        device = next(net.parameters()).device
        x, *given = (part.to(device, memory_format=torch.channels_last) for part in self.batches[self.step])
        rate = self.lr * rate_of(self.step, self.steps)
        encoder_optimiser, generator_optimiser = self.optimisers
        generator = seeded_generator(self.seed + self.step)

        net.encoder.requires_grad_(False), net.generator.requires_grad_(True)
        for _ in range(self.generator_updates):
            z = random_latents(len(x), generator, latents=net.latents).to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
                fake = net.generator(z, *given)
                recovered = net.encoder(fake, *given)
            loss = generator_objective(z, recovered, weight=self.latent_weight)
            descend(loss, [generator_optimiser], [rate])

        net.encoder.requires_grad_(True), net.generator.requires_grad_(False)
        fake = fake.detach()
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
            latents = net.encoder(torch.cat([x, fake.to(x)]), *(torch.cat([part, part]) for part in given))
            real_z, fake_z = latents.split(len(x))
            reconstructed = net.generator(real_z, *given).float()
        loss = encoder_objective(fake_z, real_z, 2 * x, 2 * reconstructed, weight=self.pixel_weight)
        descend(loss, [encoder_optimiser], [rate])

        self.step += 1
        self.pair.follow(min(self.averaging, self.step / (self.step + 9)))
        values = {
            "real": kl_divergence(real_z),
            "fake": kl_divergence(fake_z),
            "pixels": pixel_loss(2 * x, 2 * reconstructed),
            "latents": latent_loss(z, recovered) * z.shape[1],
        }
        return Progress(
            self.step,
            self.steps,
            fake.float().cpu(),
            {name: value.item() for name, value in values.items()},
        )

    def state(self) -> dict[str, Tensor]:
        """All that a later run needs to go on: see `convgen.training.training_state`."""
        return training_state(self.pair, self.optimisers, self.step)

    def resume(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave, in a trainer built with the same arguments.

        Raises:
            ValueError: the state is of another network or a longer run.
        """
        self.step = resume_training(state, self.pair, self.optimisers, steps=self.steps)


def rate_of(step: int, steps: int) -> float:
    """A short rise, the full rate for half of the steps, then half a cosine down to zero."""
    fall = 0.5 * (1 + math.cos(math.pi * max(0.0, 2 * step / steps - 1)))
    return min(1.0, (step + 1) / WARM_UP) * fall
