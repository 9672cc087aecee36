"""The command of `python -m convgen.train` that trains texture networks."""

import json
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from convgen.descriptor import load_descriptor
from convgen.images import at_short_side, open_picture, to_picture
from convgen.runtime import bfloat16_is_faster, channels_last, pick_device
from convgen.texture_nets.network import NETWORKS, TextureNetV1, TextureNetV2, sample
from convgen.texture_nets.objective import TextureObjective, scores
from convgen.texture_nets.training import ADAM_LR, LR, TextureTrainer
from convgen.training.muon import MOMENTUM
from convgen.training.runs import claim, contact_sheet, finish, load_tensors, start_from, train_to_the_end


def train_texture(
    exemplar: Annotated[Path, typer.Option(help="The picture of the texture.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="The folder of this run.")],
    network: Annotated[str, typer.Option(help="v1 (section 2.3.2.1) or v2 (section 3.5.1.1).")] = "v1",
    start: Annotated[Path | None, typer.Option(help="net.safetensors of another texture to start from.")] = None,
    steps: int = 500,
    batch: Annotated[int, typer.Option(help="Samples a step.")] = 1,
    size: Annotated[int, typer.Option(help="Side of V1's samples in pixels.")] = 160,
    window: Annotated[int | None, typer.Option(help="Take the loss of parts of this side; V2 begins with 96.")] = None,
    exemplar_size: Annotated[int, typer.Option(help="Short side of the exemplar: larger gives larger features.")] = 192,
    normalisation: Annotated[str, typer.Option(help="instance (Eq. 3.12) or batch (Eq. 3.13).")] = "instance",
    faithful: Annotated[bool, typer.Option(help="V1 as in the thesis instead of the slim one.")] = False,
    whitening: Annotated[bool, typer.Option(help="The slim V1 whitens what a scale hands to a finer one.")] = True,
    diversity: Annotated[float, typer.Option(help="T lambda of Eq. 3.10; needs --batch of at least 2.")] = 0.0,
    variance_weight: Annotated[
        float, typer.Option(help="Of what varies from sample to sample in Eq. 2.7; 0.25 to train a V1 on for long.")
    ] = 1.0,
    lr: float = LR,
    adam_lr: float = ADAM_LR,
    momentum: Annotated[float, typer.Option(help="Of Muon; 0.9 learns a V1 faster.")] = MOMENTUM,
    seed: int = 0,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 100,
) -> None:
    """A texture network for one exemplar (thesis sections 2.3.2 and 3.3)."""
    claim(out, exemplar=exemplar)
    if network not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {network!r}")
    if network == "v2" and faithful:
        raise ValueError("only v1 has a faithful network")
    if size % 32:
        raise ValueError(f"size must be a multiple of 32, got {size}")
    device = pick_device()
    own = {"faithful": faithful, "whitening": whitening} if network == "v1" else {}
    net = channels_last(NETWORKS[network](normalisation=normalisation, **own, seed=seed), device)
    if start is not None:
        start_from(net, load_tensors(start), start)
    descriptor = channels_last(load_descriptor(), device)
    x0 = at_short_side(open_picture(exemplar), size=exemplar_size)
    objective = TextureObjective(descriptor, x0.to(device))
    trainer = TextureTrainer(
        net,
        objective,
        steps=steps,
        size=size,
        batch=batch,
        window=window,
        diversity=diversity,
        variance_weight=variance_weight,
        lr=lr,
        adam_lr=adam_lr,
        momentum=momentum,
        bfloat16=bfloat16_is_faster(device),
        seed=seed,
    )
    train_to_the_end(trainer, out, every=every, sheet=lambda: _texture_sheet(net, to_picture(x0)))
    found = scores(net.eval(), objective)
    finish(out, "net", net.state_dict(), arguments=net.arguments, scores=found)
    finish(out, "exemplar", objective.packed(), arguments={}, scores={})
    typer.echo(json.dumps(found))


def _texture_sheet(net: TextureNetV1 | TextureNetV2, exemplar: Image.Image) -> Image.Image:
    """The exemplar and five samples; V1 is sampled at 192 pixels, V2 at its own size."""
    net.eval()
    size = None if isinstance(net, TextureNetV2) else 192
    samples = [to_picture(sample(net, seed=seed, size=size)) for seed in range(5)]
    net.train()
    return contact_sheet([[exemplar, *samples[:2]], samples[2:]])


def add_commands(app: typer.Typer) -> None:
    """`texture`."""
    app.command("texture")(train_texture)
