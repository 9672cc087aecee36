"""What edits are judged by: a classifier of their domain, and the classifier two-sample test (thesis section 5.4.3).

Lopez-Paz & Oquab, Revisiting Classifier Two-Sample Tests, arXiv:1610.06545. Neither network is part of any training.
"""

import copy
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from convgen.runtime import bfloat16_is_faster, channels_last, seeded_generator, seeded_layers

EPOCHS, BATCH, LR = 7, 64, 2e-3
SHIFT = 4
PENALTIES = (0.03, 0.1, 0.3, 1.0)
FOLDS = 5


class Judge(nn.Module):
    """A small network on pixels that tells domains apart: (B, 3, 64, 64) in [0, 1] -> logits (B, domains)."""

    def __init__(self, domains: int, *, width: int = 32, seed: int = 0):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        with seeded_layers(seed):
            for wide in (width, 2 * width, 4 * width, 4 * width):
                layers += [nn.Conv2d(channels, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
                layers += [nn.MaxPool2d(2)]
                channels = wide
            self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.5))
            self.output = nn.Linear(16 * channels, domains)
        self.register_buffer("temperature", torch.ones(()))

    def forward(self, images: Tensor) -> Tensor:
        small = F.interpolate(images, (64, 64), mode="bilinear", antialias=True) if images.shape[-1] != 64 else images
        return self.output(self.body(2 * small - 1)).float() / self.temperature


def train_judge(training: tuple[Tensor, Tensor], choosing: tuple[Tensor, Tensor], *, domains: int) -> Judge:
    """A judge of pictures (N, 3, S, S) uint8 and their domains (N,), the best of its epochs on `choosing`.

    Its temperature is fitted there, too, so that its log-losses are those of honest probabilities.
    """
    pictures, labels = training
    judge = channels_last(Judge(domains))
    steps = EPOCHS * (len(pictures) // BATCH)
    optimiser = torch.optim.AdamW(judge.parameters(), lr=LR, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LR, total_steps=steps, pct_start=0.2)
    generator = seeded_generator(0)
    best, kept = float("inf"), judge
    for _ in range(EPOCHS):
        judge.train()
        order = torch.randperm(len(pictures), generator=generator)
        for rows in order[: len(order) // BATCH * BATCH].split(BATCH):
            images = _shifted(pictures[rows].float() / 255, generator)
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_is_faster(torch.device("cpu"))):
                logits = judge(images.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), labels[rows])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
        judge.eval()
        found = F.cross_entropy(logits_of(judge, choosing[0]), choosing[1]).item()
        if found < best:
            best, kept = found, copy.deepcopy(judge)
    logits = logits_of(kept, choosing[0])
    temperatures = torch.linspace(0.6, 2.0, 57)
    losses = torch.stack([F.cross_entropy(logits / t, choosing[1]) for t in temperatures])
    kept.temperature.fill_(temperatures[losses.argmin()])
    return kept.requires_grad_(False)


@torch.no_grad()
def logits_of(judge: Judge, pictures: Tensor) -> Tensor:
    """Of pictures (N, 3, S, S), uint8 or float32 in [0, 1]: (N, domains)."""
    parts = [part.float() / 255 if part.dtype == torch.uint8 else part for part in pictures.split(128)]
    return torch.cat([judge(part.contiguous(memory_format=torch.channels_last)) for part in parts])


def log_loss(judge: Judge, pictures: Tensor, domain: int) -> dict[str, float]:
    """How surprised a judge is that pictures are of a domain, in nats, and the share that it believes are."""
    logits = logits_of(judge, pictures)
    target = torch.full((len(logits),), domain)
    return {"loss": F.cross_entropy(logits, target).item(), "share": (logits.argmax(1) == domain).float().mean().item()}


def load_squeezenet(file: Path) -> nn.Module:
    """SqueezeNet 1.1 of torchvision with its ImageNet weights from a safetensors file, its convolutions alone."""
    from torchvision.models import squeezenet1_1

    with seeded_layers(0):
        net = squeezenet1_1(weights=None)
    tensors = {key.removeprefix("features."): value.float() for key, value in load_file(file).items()}
    net.features.load_state_dict({key: value for key, value in tensors.items() if not key.startswith("classifier")})
    return net.features.eval().requires_grad_(False)


@torch.no_grad()
def looks(squeezenet: nn.Module, pictures: Tensor) -> Tensor:
    """The features that SqueezeNet's own classifier averages over places: (N, 3, S, S) in [0, 1] -> (N, 512).

    Pictures are shown at 128 pixels.
    """
    mean, deviation = (torch.tensor(v).reshape(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    found = []
    for part in pictures.split(64):
        x = F.interpolate(part, (128, 128), mode="bilinear") if part.shape[-1] != 128 else part
        found.append(squeezenet((x - mean) / deviation).mean((2, 3)))
    return torch.cat(found)


def c2st(one: Tensor, other: Tensor) -> float:
    """The log-loss of logistic classifiers that tell two sets of features apart, on the folds that they never saw.

    log 2 = 0.69 where they cannot, less where they can. The penalty is the one with which they tell best.

    Args:
        one, other: (N, D) and (K, D); N = K makes 0.69 what chance reaches.
    """
    features = torch.cat([one, other]).double()
    labels = torch.cat([torch.zeros(len(one)), torch.ones(len(other))]).double()
    features = (features - features.mean(0)) / features.std(0).clamp(min=1e-6)
    order = torch.randperm(len(features), generator=seeded_generator(0))
    folds = [order[fold::FOLDS] for fold in range(FOLDS)]
    losses = []
    for penalty in PENALTIES:
        found = []
        for fold in folds:
            rest = torch.ones(len(features), dtype=torch.bool)
            rest[fold] = False
            line = _logistic(features[rest], labels[rest], penalty)
            found.append(F.binary_cross_entropy_with_logits(_answer(features[fold], line), labels[fold]))
        losses.append(torch.stack(found).mean().item())
    return min(losses)


def _shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each mirrored or not, and moved by up to `SHIFT` pixels."""
    padded = F.pad(images, (SHIFT,) * 4, mode="reflect")
    top, left = torch.randint(2 * SHIFT + 1, (2,), generator=generator).tolist()
    moved = padded[..., top : top + images.shape[-2], left : left + images.shape[-1]]
    mirror = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(mirror, moved.flip(-1), moved)


def _logistic(features: Tensor, labels: Tensor, penalty: float) -> Tensor:
    """Weights and a bias (D + 1,) of the logistic classifier whose squared weights cost `penalty` / 2."""
    line = torch.zeros(features.shape[1] + 1, dtype=features.dtype, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def evaluate() -> Tensor:
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(_answer(features, line), labels)
        loss = loss + penalty / 2 * line[:-1].square().sum()
        loss.backward()
        return loss

    optimiser.step(evaluate)
    return line.detach()


def _answer(features: Tensor, line: Tensor) -> Tensor:
    return features @ line[:-1] + line[-1]
