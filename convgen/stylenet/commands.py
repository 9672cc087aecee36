"""The command of `python -m convgen.train` that trains StyleNets."""

import json
from pathlib import Path
from typing import Annotated

import torch
import typer
from PIL import Image

from convgen.descriptor import load_descriptor
from convgen.folders import ASSETS
from convgen.images import at_short_side, fit_within, open_picture, to_picture, to_tensor
from convgen.runtime import bfloat16_is_faster, channels_last, pick_device
from convgen.stylenet.network import StyleNet, stylize
from convgen.stylenet.objective import CONTENT_LAYERS, TEXTURE_LAYERS, StyleObjective, scores
from convgen.stylenet.training import ADAM_LR, LR, StyleTrainer
from convgen.training.data import Crops, pictures_in
from convgen.training.muon import MOMENTUM
from convgen.training.runs import claim, contact_sheet, finish, load_tensors, start_from, train_to_the_end

SHOWN = ASSETS / "photos"


def train_stylenet(
    style: Annotated[Path, typer.Option(help="The painting.", exists=True, dir_okay=False)],
    content: Annotated[Path, typer.Option(help="A folder of photographs to train on.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="The folder of this run.")],
    show: Annotated[Path, typer.Option(help="A folder of photographs that are only looked at.")] = SHOWN,
    start: Annotated[Path | None, typer.Option(help="net.safetensors of another style to start from.")] = None,
    steps: int = 800,
    batch: int = 1,
    size: Annotated[int, typer.Option(help="Side of the photos in pixels.")] = 160,
    style_size: Annotated[int, typer.Option(help="Short side of the painting: larger gives larger strokes.")] = 384,
    content_weight: Annotated[float, typer.Option(help="alpha of section 2.3.3.2.")] = 1.0,
    content_layer: str = CONTENT_LAYERS[0],
    variation_weight: float = 1.0,
    normalisation: Annotated[str, typer.Option(help="instance (Eq. 3.12) or batch (Eq. 3.13).")] = "instance",
    diversity: Annotated[float, typer.Option(help="T lambda of Eq. 3.10; needs --samples of at least 2.")] = 0.0,
    samples: Annotated[int, typer.Option(help="Pictures made of each photo.")] = 1,
    lr: float = LR,
    adam_lr: float = ADAM_LR,
    momentum: Annotated[float, typer.Option(help="Of Muon.")] = MOMENTUM,
    seed: int = 0,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 100,
    workers: Annotated[int, typer.Option(help="Processes that load photos.")] = 0,
) -> None:
    """A StyleNet for one painting (thesis sections 2.3.3 and 3.4)."""
    claim(out, painting=style)
    device = pick_device()
    net = channels_last(StyleNet(normalisation=normalisation, seed=seed), device)
    if size % net.multiple or size < 2 * net.multiple:
        raise ValueError(f"size must be a multiple of {net.multiple} from {2 * net.multiple} on, got {size}")
    if start is not None:
        start_from(net, load_tensors(start), start)
    descriptor = channels_last(load_descriptor(), device)
    knobs = {
        "content_weight": content_weight,
        "variation_weight": variation_weight,
        "content_layers": [content_layer],
        "texture_layers": TEXTURE_LAYERS,
    }
    x0 = at_short_side(open_picture(style), size=style_size).to(device)
    objective = StyleObjective(descriptor, x0, **knobs)
    photos = Crops(content, size=size, length=steps * batch, seed=seed)
    trainer = StyleTrainer(
        net,
        objective,
        photos,
        steps=steps,
        batch=batch,
        samples=samples,
        diversity=diversity,
        lr=lr,
        adam_lr=adam_lr,
        momentum=momentum,
        bfloat16=bfloat16_is_faster(device),
        seed=seed,
        workers=workers,
    )
    held_out = [fit_within(open_picture(path).convert("RGB"), longest_side=512) for path in pictures_in(show)]
    train_to_the_end(trainer, out, every=every, sheet=lambda: _style_sheet(net, held_out[::3], device))
    found = scores(net.eval(), objective, [to_tensor(picture) for picture in held_out])
    finish(out, "net", net.state_dict(), arguments={"normalisation": normalisation}, scores=found)
    finish(out, "style", objective.packed(), arguments=knobs, scores={})
    typer.echo(json.dumps(found))


def _style_sheet(net: StyleNet, photos: list[Image.Image], device: torch.device) -> Image.Image:
    """A row a photo: the photo, and its stylization with the noise scaled by 0, 1 and 3 (Fig. 2.5)."""
    net.eval()
    rows = []
    for photo in photos:
        y = to_tensor(photo).to(device)
        rows.append([photo, *(to_picture(stylize(net, y, noise_scale=k)) for k in (0.0, 1.0, 3.0))])
    net.train()
    return contact_sheet(rows)


def add_commands(app: typer.Typer) -> None:
    """`stylenet`."""
    app.command("stylenet")(train_stylenet)
