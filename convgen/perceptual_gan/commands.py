"""The command of `python -m convgen.train` that trains edits of faces and of fruit."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from convgen.descriptor import load_descriptor
from convgen.face_finder import celeba_square, find_faces
from convgen.folders import ASSETS
from convgen.images import open_picture, to_tensor
from convgen.perceptual_gan import objective
from convgen.perceptual_gan.attributes import AS_IT_IS, ATTRIBUTES, FRUIT, SQUARE, WHOLE, Window
from convgen.perceptual_gan.data import JITTER, Pairs, load_fruit, load_labelled
from convgen.perceptual_gan.edit import Edit, edited_square
from convgen.perceptual_gan.interpolation import mean_differences
from convgen.perceptual_gan.network import (
    NETWORKS,
    EditGenerator,
    PerceptualDiscriminator,
    PerceptualFeatures,
    PlainDiscriminator,
)
from convgen.perceptual_gan.training import ADAM_LR, JUDGE_ADAM_LR, JUDGE_LR, LR, EditTrainer
from convgen.runtime import bfloat16_is_faster, channels_last, pick_device
from convgen.training.data import TRAINING, VALIDATION, pictures_in
from convgen.training.runs import (
    CHECKPOINT,
    claim,
    finish,
    load_tensors,
    pictures_in_rows,
    start_from,
    train_to_the_end,
)

PHOTOS = ASSETS / "photos"
SHOWN = 6
DIFFERENCE_BATCH = 32
STRENGTHS = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5)


def train_edits(
    attribute: Annotated[str, typer.Option(help=f"Among {', '.join(ATTRIBUTES)}, and fruit.")],
    pictures: Annotated[
        Path,
        typer.Option(help="Faces in CelebA's square framing: a folder, a ZIP or a folder of ZIPs; fruit: a folder."),
    ],
    out: Annotated[Path, typer.Option(help="The folder of this run.")],
    labels: Annotated[Path | None, typer.Option(help="The table of the faces, CSV.", dir_okay=False)] = None,
    show: Annotated[Path, typer.Option(help="A folder of photos with faces that are only looked at.")] = PHOTOS,
    start: Annotated[Path | None, typer.Option(help="The folder of a run to start from, both players.")] = None,
    discriminator: Annotated[str, typer.Option(help=f"Its features: {', '.join(NETWORKS)}.")] = "vgg",
    game: Annotated[str, typer.Option(help=f"Among {', '.join(objective.GAMES)}.")] = "hinge",
    steps: int = 4000,
    batch: int = 8,
    pixels: Annotated[int, typer.Option(help="Side of the window as the networks see it; 0: as bundled.")] = 0,
    identity_weight: Annotated[float, typer.Option(help="lambda_id of Eq. 5.7.")] = objective.IDENTITY_WEIGHT,
    cycle_weight: float = 0.0,
    smoothness_weight: float = objective.SMOOTHNESS_WEIGHT,
    lr: float = LR,
    adam_lr: float = ADAM_LR,
    judge_lr: float = JUDGE_LR,
    judge_adam_lr: float = JUDGE_ADAM_LR,
    averaging: float = 0.99,
    seed: int = 0,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 200,
) -> None:
    """An edit of faces, or apples to oranges and back (thesis sections 5.3 and 5.4)."""
    if attribute not in (*ATTRIBUTES, "fruit"):
        raise ValueError(f"attribute must be one of {', '.join(ATTRIBUTES)}, fruit, got {attribute!r}")
    if discriminator not in NETWORKS:
        raise ValueError(f"discriminator must be one of {', '.join(NETWORKS)}, got {discriminator!r}")
    faces = attribute != "fruit"
    window = ATTRIBUTES[attribute].window if faces else WHOLE
    window = Window(**{**asdict(window), "pixels": pixels or window.pixels})
    if window.pixels % 8 or window.pixels < 32:
        raise ValueError(f"pixels must be a multiple of 8 from 32 on, got {pixels}")
    if faces:
        if labels is None:
            raise ValueError("faces need --labels, the table of them")
        pairs, panel = _faces(attribute, window, pictures, labels, show, batch=batch, seed=seed)
    else:
        pairs, panel = _fruit(window, pictures, batch=batch, seed=seed)
        window = AS_IT_IS  # it is used at the scale of the largest parts
    domains = len(ATTRIBUTES[attribute].domains) if faces else len(FRUIT)
    claim(out, pictures=pictures, attribute=attribute or "")
    device = pick_device()
    bfloat16 = bfloat16_is_faster(device)
    generator = EditGenerator(domains=domains, seed=seed)
    features = None
    if discriminator == "plain":
        player = PlainDiscriminator(domains=domains, seed=seed + 1)
    else:
        features = channels_last(PerceptualFeatures(star=discriminator == "vgg_star"), device)
        if bfloat16:
            features.blocks.to(torch.bfloat16)
        features.calibrate(torch.cat([pairs[index][0] for index in range(8)]).to(device))
        player = PerceptualDiscriminator(channels=features.channels, domains=domains, seed=seed + 1)
    if start is not None:
        found = load_tensors(start / CHECKPOINT)
        for part, net in (("net.average.", generator), ("net.discriminator.", player)):
            own = {key.removeprefix(part): value for key, value in found.items() if key.startswith(part)}
            start_from(net, own, start / CHECKPOINT)
    trainer = EditTrainer(
        channels_last(generator, device),
        channels_last(player, device),
        features,
        pairs,
        steps=steps,
        game=game,
        identity_weight=identity_weight,
        cycle_weight=cycle_weight,
        smoothness_weight=smoothness_weight,
        feather=window.feather,
        lr=lr,
        adam_lr=adam_lr,
        judge_lr=judge_lr,
        judge_adam_lr=judge_adam_lr,
        averaging=averaging,
        trained=start is not None,
        bfloat16=bfloat16,
    )

    def sheet():
        return pictures_in_rows(_strips(trainer.average, panel.to(device), window).cpu(), len(STRENGTHS), tile=SQUARE)

    begun = time.process_time()
    train_to_the_end(trainer, out, every=every, sheet=sheet)
    scores = {"cpu_seconds": time.process_time() - begun}
    arguments = {"domains": domains, "window": asdict(window)}
    finish(out, "net", trainer.average.state_dict(), arguments=arguments, scores=scores)


def _faces(attribute: str, window: Window, pictures: Path, labels: Path, show: Path, *, batch: int, seed: int):
    """Pairs of faces, and the panel that is looked at: (N, 3, 128, 128) of photos and of validation."""
    kind = ATTRIBUTES[attribute]
    rows, faces = load_labelled(pictures, labels, kind, window, partition=TRAINING, margin=JITTER)
    domains = [domain for row in rows if (domain := kind.domain(row)) is not None]  # all have one
    strata = [kind.stratum(row) for row in rows]
    pairs = Pairs(faces, domains, strata, batch=batch, margin=JITTER, seed=seed)
    portraits = []
    for path in pictures_in(show):
        photo = open_picture(path)
        portraits += [to_tensor(celeba_square(photo, face)) for face in find_faces(photo, most=2)]
    _, held_out = load_labelled(pictures, labels, kind, AS_IT_IS, partition=VALIDATION, margin=0, most=SHOWN)
    return pairs, torch.cat([*portraits, held_out.float() / 255])


def _fruit(window: Window, pictures: Path, *, batch: int, seed: int) -> tuple[Pairs, Tensor]:
    """Parts of pictures of fruit at their own scale and at smaller ones, and the panel that is looked at."""
    domains, fruit = load_fruit(pictures, side=SQUARE)
    scales = {"margin": (SQUARE - window.pixels) // 2, "zoom": SQUARE / window.pixels}
    pairs = Pairs(fruit, domains, [0] * len(domains), batch=batch, **scales, seed=seed)
    held_out, shown = load_fruit(pictures, side=SQUARE, part="test")
    rows = [*range(SHOWN), *range(held_out.index(1), held_out.index(1) + SHOWN)]
    return pairs, shown[rows].float() / 255


@torch.no_grad()
def _strips(net: EditGenerator, panel: Tensor, window: Window) -> Tensor:
    """Every picture of the panel at all strengths, below zero towards the first domain and above towards each other."""
    edit, strips = Edit(net, window), []
    for square in panel.split(1):
        for target in range(1, net.domains):
            for strength in STRENGTHS:
                goal = 0 if strength < 0 else target
                strips.append(edited_square(edit, square, goal, abs(strength)))
    return torch.cat(strips)


def find_differences(
    pictures: Annotated[Path, typer.Option(help="Faces in CelebA's square framing, see `perceptual_gan`.")],
    labels: Annotated[Path, typer.Option(help="The table of them, CSV.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="The folder of this run.")],
    most: Annotated[int, typer.Option(min=2, help="Faces that are looked at.")] = 4000,
) -> None:
    """What Deep Feature Interpolation moves features by: mean differences of the domains (thesis section 5.4.1)."""
    device = pick_device()
    rows, faces = load_labelled(pictures, labels, None, AS_IT_IS, partition=TRAINING, margin=0, most=most)
    parts = enumerate(faces.split(DIFFERENCE_BATCH))
    batches = ((part.to(device).float() / 255, rows[place * DIFFERENCE_BATCH :][: len(part)]) for place, part in parts)
    differences = mean_differences(load_descriptor().to(device), batches)
    out.mkdir(parents=True, exist_ok=True)
    finish(out, "net", differences, arguments={}, scores={"faces": len(rows)})


def add_commands(app: typer.Typer) -> None:
    """`perceptual_gan` and `edit_differences`."""
    app.command("perceptual_gan")(train_edits)
    app.command("edit_differences")(find_differences)
