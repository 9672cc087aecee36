"""Training edits: the game of Eq. 5.1 between a generator of changes and a discriminator (thesis section 5.3)."""

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.losses import total
from convgen.perceptual_gan.attributes import feather
from convgen.perceptual_gan.data import Pairs
from convgen.perceptual_gan.network import (
    EditGenerator,
    PerceptualDiscriminator,
    PerceptualFeatures,
    PlainDiscriminator,
)
from convgen.perceptual_gan.objective import (
    IDENTITY_WEIGHT,
    SMOOTHNESS_WEIGHT,
    cycle_loss,
    fake_term,
    generator_loss,
    identity_loss,
    of_target,
    real_term,
    smoothness_loss,
)
from convgen.progress import Progress
from convgen.training.averaging import follow, share_kept
from convgen.training.muon import muon_and_adam
from convgen.training.schedules import held_cosine
from convgen.training.trainer import Trainer, descend

LR, ADAM_LR = 0.005, 4e-4
"""Of Muon for the convolutions of the generator, and of Adam for the rest of it."""
JUDGE_LR, JUDGE_ADAM_LR = 0.02, 1e-3
"""The same of the discriminator."""
BETAS = (0.5, 0.99)
ALONE = 50
"""First steps, in which the discriminator learns alone."""
WRONG_WEIGHT = 0.5
"""Of unedited pictures of another domain, which are no pictures of the target, either."""
IDENTITY_RISE = 400
"""Steps over which the weight of the identity loss rises: what begins as the identity would be held there."""
LAST = 0.05
"""Learning rates at the end, in those of the first 60 %."""


class EditTrainer(Trainer):
    """Trains a generator against a discriminator, and keeps the running average of the generator's weights.

    Args:
        generator: trained in place, on its device.
        discriminator: trained in place; perceptual or plain.
        features: of the pictures for the discriminator; None gives it the pixels themselves.
        pairs: batches of pictures, their domains, and target domains.
        steps: in all; the learning rates fall over the last 40 %.
        game: "hinge", "non_saturating" or "lsgan".
        identity_weight, cycle_weight, smoothness_weight: of the losses of these names; 0 leaves one out.
        feather: edits fade out along the borders.
        lr, adam_lr, judge_lr, judge_adam_lr: of Muon and Adam for the generator and for the discriminator.
        averaging: share of the old weights in the running average, a step.
        trained: both have learned before: the discriminator does not learn alone first, for `ALONE` steps, and the
            identity loss has its whole weight at once.
        bfloat16: run networks in bfloat16; weights and losses stay float32.
    Attributes:
        average: the generator with the running average of the weights, which is what is kept.
    Deviation: Muon for convolutions; unedited pictures of another domain are a second kind of fake, of half the weight,
    so that the discriminator tells domains, not only edits; it learns from the edits that the generator just learned
    from, which need not be made twice.
    """

    def __init__(
        self,
        generator: EditGenerator,
        discriminator: PerceptualDiscriminator | PlainDiscriminator,
        features: PerceptualFeatures | None,
        pairs: Pairs,
        *,
        steps: int,
        game: str = "hinge",
        identity_weight: float = IDENTITY_WEIGHT,
        cycle_weight: float = 0.0,
        smoothness_weight: float = SMOOTHNESS_WEIGHT,
        feather: bool = False,
        lr: float = LR,
        adam_lr: float = ADAM_LR,
        judge_lr: float = JUDGE_LR,
        judge_adam_lr: float = JUDGE_ADAM_LR,
        averaging: float = 0.99,
        trained: bool = False,
        bfloat16: bool = False,
    ):
        average = copy.deepcopy(generator).requires_grad_(False)
        players = muon_and_adam(generator, lr=lr, adam_lr=adam_lr, betas=BETAS)
        judges = muon_and_adam(discriminator, lr=judge_lr, adam_lr=judge_adam_lr, keep_norm=True, betas=BETAS)
        whole = nn.ModuleDict({"net": generator, "average": average, "discriminator": discriminator})
        super().__init__(whole, [*players, *judges], steps=steps)
        self.generator, self.average, self.discriminator, self.features = generator, average, discriminator, features
        self.pairs, self.game, self.feather = pairs, game, feather
        self.weights = {"identity": identity_weight, "cycle": cycle_weight, "smoothness": smoothness_weight}
        self.rates = (lr, adam_lr), (judge_lr, judge_adam_lr)
        self.averaging, self.trained, self.bfloat16 = averaging, trained, bfloat16

    def run(self) -> Iterator[Progress]:
        while self.step < self.steps:
            yield self._one()

    def _one(self) -> Progress:
        device = next(self.generator.parameters()).device
        images, domains, targets = self.pairs[self.step]
        images = images.to(device, memory_format=torch.channels_last)
        domains, targets = domains.to(device), targets.to(device)
        factor = rate_of(self.step, self.steps)
        edited, fake, losses = self._update_generator(images, domains, targets, factor)
        with torch.no_grad():
            real = self._seen(images)
        logits, fake_logits = self._judged(real), self._judged([level.detach() for level in fake])
        truth = real_term(of_target(logits, domains), game=self.game).mean()
        found = fake_term(of_target(fake_logits, targets), game=self.game).mean()
        wrong = fake_term(of_target(logits, targets), game=self.game).mean()
        _, judges = self.optimisers[:2], self.optimisers[2:]
        descend(truth + found + WRONG_WEIGHT * wrong, judges, [factor * rate for rate in self.rates[1]])
        self.step += 1
        follow(self.average, self.generator, keep=share_kept(self.averaging, self.step))
        losses |= {"real": truth.item(), "fake": found.item(), "wrong": wrong.item()}
        losses["change"] = (edited - images).abs().mean().item() * 255
        return Progress(self.step, self.steps, edited.float().cpu(), losses)

    def _update_generator(
        self, images: Tensor, domains: Tensor, targets: Tensor, factor: float
    ) -> tuple[Tensor, list[Tensor], dict[str, float]]:
        """A step of the generator; the edited pictures and their features as they were before it, and its losses."""
        self.discriminator.requires_grad_(False)
        edited, change = self._edited(images, targets)
        fake = self._seen(edited)
        game = generator_loss(of_target(self._judged(fake), targets), game=self.game).mean()
        smooth = smoothness_loss(change.flow, weight=self.weights["smoothness"]).mean()
        losses = {"game": game, "smoothness": smooth}
        if weight := self.weights["identity"]:
            weight *= 1.0 if self.trained else min(1.0, (self.step + 1) / IDENTITY_RISE)
            same, _ = self._edited(images, domains)
            losses["identity"] = identity_loss(same, images, weight=weight).mean()
        if self.weights["cycle"]:
            returned, _ = self._edited(edited, domains)
            losses["cycle"] = cycle_loss(returned, images, weight=self.weights["cycle"]).mean()
        if self.trained or self.step >= ALONE:
            descend(total(losses.values()), self.optimisers[:2], [factor * rate for rate in self.rates[0]])
        self.discriminator.requires_grad_(True)
        values = {name: value.item() for name, value in losses.items()}
        return edited.detach(), fake, values

    def _edited(self, images: Tensor, targets: Tensor):
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self.bfloat16):
            change = self.generator(images, F.one_hot(targets, self.generator.domains))
        changed = change.applied(images)
        if not self.feather:
            return changed, change
        mask = feather(images.shape[-1]).to(images.device)
        return images + mask * (changed - images), change

    def _seen(self, images: Tensor) -> list[Tensor]:
        images = images.contiguous(memory_format=torch.channels_last)
        return [images] if self.features is None else self.features(images)

    def _judged(self, features: Sequence[Tensor]) -> list[Tensor]:
        with torch.autocast(features[0].device.type, torch.bfloat16, enabled=self.bfloat16):
            return self.discriminator(features[0] if self.features is None else features)


def rate_of(step: int, steps: int) -> float:
    """A short rise, the full rate for 60 % of the steps, then half a cosine down to a twentieth."""
    return held_cosine(step, steps, held=0.6, last=LAST)
