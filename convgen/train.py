"""Training from the command line: `python -m convgen.train TECHNIQUE ...`; `--help` lists what can be set.

Every run writes to a folder of its own: checkpoint.safetensors (start the same command again to go on), losses.csv,
sheet.png (pictures it never trained on), and at the end net.safetensors with its columns of the weights table. `keep`
puts a finished run into the weights folder. Several GPUs, for stylenet and texture: `accelerate launch -m convgen.train
TECHNIQUE ...`.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import torch
import typer
from PIL import Image

from convgen import stylenet, texture_nets, weights
from convgen.age.commands import add_commands as add_age_commands
from convgen.avatars.commands import add_commands as add_avatar_commands
from convgen.descriptor import load_descriptor
from convgen.images import at_short_side, fit_within, open_picture, to_picture, to_tensor
from convgen.perceptual_gan.commands import add_commands as add_edit_commands
from convgen.runtime import bfloat16_is_faster, keep_freed_memory, pick_device
from convgen.training.data import Crops, pictures_in
from convgen.training.muon import MOMENTUM
from convgen.training.runs import claim, contact_sheet, finish, load_tensors, start_from, train_to_the_end

try:
    from accelerate import Accelerator
except ModuleNotFoundError as error:
    sys.exit(f"training needs {error.name}: pip install -r requirements-train.txt")

SHOWN = Path(__file__).resolve().parent.parent / "assets" / "photos"

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True)
add_age_commands(app)
add_edit_commands(app)
add_avatar_commands(app)


def main() -> None:
    """Run the command line; a mistake in its arguments is one sentence."""
    keep_freed_memory()
    try:
        app()
    except (ValueError, OSError, weights.WeightsUnavailable) as error:
        sys.exit(weights.remedy_of(error))


@app.command("stylenet")
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
    content_layer: str = stylenet.CONTENT_LAYERS[0],
    variation_weight: float = 1.0,
    normalisation: Annotated[str, typer.Option(help="instance (Eq. 3.12) or batch (Eq. 3.13).")] = "instance",
    diversity: Annotated[float, typer.Option(help="T lambda of Eq. 3.10; needs --samples of at least 2.")] = 0.0,
    samples: Annotated[int, typer.Option(help="Pictures made of each photo.")] = 1,
    lr: float = stylenet.training.LR,
    adam_lr: float = stylenet.training.ADAM_LR,
    momentum: Annotated[float, typer.Option(help="Of Muon.")] = MOMENTUM,
    seed: int = 0,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 100,
    workers: Annotated[int, typer.Option(help="Processes that load photos.")] = 0,
) -> None:
    """A StyleNet for one painting (thesis sections 2.3.3 and 3.4)."""
    claim(out, painting=style)
    accelerator = Accelerator(cpu=pick_device().type == "cpu")
    device = accelerator.device
    arguments = {"normalisation": normalisation}
    net = stylenet.StyleNet(**arguments, seed=seed).to(device, memory_format=torch.channels_last)
    if size % net.multiple or size < 2 * net.multiple:
        raise ValueError(f"size must be a multiple of {net.multiple} from {2 * net.multiple} on, got {size}")
    if start is not None:
        start_from(net, load_tensors(start), start)
    descriptor = load_descriptor().to(device, memory_format=torch.channels_last)
    knobs = {
        "content_weight": content_weight,
        "variation_weight": variation_weight,
        "content_layers": [content_layer],
        "texture_layers": stylenet.TEXTURE_LAYERS,
    }
    x0 = at_short_side(open_picture(style), size=style_size).to(device)
    objective = stylenet.StyleObjective(descriptor, x0, **knobs)
    photos = Crops(content, size=size, length=steps * batch, seed=seed + accelerator.process_index)
    trainer = stylenet.StyleTrainer(
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
        seed=seed + 1_000_000 * accelerator.process_index,
        forward=accelerator.prepare_model(net),
        workers=workers,
    )
    first = accelerator.is_main_process
    held_out = [fit_within(open_picture(path).convert("RGB"), longest_side=512) for path in pictures_in(show)]
    train_to_the_end(trainer, out, every=every, first=first, sheet=lambda: _style_sheet(net, held_out[::3], device))
    if first:
        scores = stylenet.scores(net.eval(), objective, [to_tensor(picture) for picture in held_out])
        finish(out, "net", net.state_dict(), arguments=arguments, scores=scores)
        finish(out, "style", objective.packed(), arguments=knobs, scores={})
        typer.echo(json.dumps(scores))


@app.command("texture")
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
    lr: float = texture_nets.training.LR,
    adam_lr: float = texture_nets.training.ADAM_LR,
    momentum: Annotated[float, typer.Option(help="Of Muon; 0.9 learns a V1 faster.")] = MOMENTUM,
    seed: int = 0,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 100,
) -> None:
    """A texture network for one exemplar (thesis sections 2.3.2 and 3.3)."""
    claim(out, exemplar=exemplar)
    if network not in texture_nets.NETWORKS:
        raise ValueError(f"network must be one of {', '.join(texture_nets.NETWORKS)}, got {network!r}")
    if network == "v2" and faithful:
        raise ValueError("only v1 has a faithful network")
    if size % 32:
        raise ValueError(f"size must be a multiple of 32, got {size}")
    accelerator = Accelerator(cpu=pick_device().type == "cpu")
    device = accelerator.device
    own = {"faithful": faithful, "whitening": whitening} if network == "v1" else {}
    net = texture_nets.NETWORKS[network](normalisation=normalisation, **own, seed=seed)
    net = net.to(device, memory_format=torch.channels_last)
    if start is not None:
        start_from(net, load_tensors(start), start)
    descriptor = load_descriptor().to(device, memory_format=torch.channels_last)
    x0 = at_short_side(open_picture(exemplar), size=exemplar_size)
    objective = texture_nets.TextureObjective(descriptor, x0.to(device))
    trainer = texture_nets.TextureTrainer(
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
        seed=seed + 1_000_000 * accelerator.process_index,
        forward=accelerator.prepare_model(net),
    )
    first = accelerator.is_main_process
    train_to_the_end(trainer, out, every=every, first=first, sheet=lambda: _texture_sheet(net, to_picture(x0)))
    if first:
        scores = texture_nets.scores(net.eval(), objective)
        finish(out, "net", net.state_dict(), arguments=net.arguments, scores=scores)
        finish(out, "exemplar", objective.packed(), arguments={}, scores={})
        typer.echo(json.dumps(scores))


@app.command()
def keep(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.", exists=True, file_okay=False)],
    name: Annotated[str, typer.Argument(help="The row of its net in the weights table.")],
    trained_on: Annotated[str, typer.Option(help="The data of the net, with its terms.")],
    style: Annotated[str, typer.Option(help="The row of its painting's statistics, where it has them.")] = "",
    painting: Annotated[str, typer.Option(help="The painting, with its terms.")] = "",
    exemplar: Annotated[str, typer.Option(help="The row of its exemplar's statistics, where it has them.")] = "",
    licence: str = "MIT",
    folder: Path = weights.FOLDER,
) -> None:
    """Put the net of a finished run into the weights folder, with its row of the table."""
    for part, row, source in (
        ("net", name, trained_on),
        ("style", style, painting),
        ("exemplar", exemplar, trained_on),
    ):
        if row:
            facts = json.loads((run / f"{part}.json").read_text(encoding="utf-8"))
            facts = {**facts, "licence": licence, "trained_on": source}
            kept = weights.save(
                load_tensors(run / f"{part}.safetensors"), row, facts, half=part == "net", folder=folder
            )
            typer.echo(f"{kept.file}: {kept.size / 1e6:.2f} MB")


def _style_sheet(net: stylenet.StyleNet, photos: list[Image.Image], device: torch.device) -> Image.Image:
    """A row a photo: the photo, and its stylization with the noise scaled by 0, 1 and 3 (Fig. 2.5)."""
    net.eval()
    rows = []
    for photo in photos:
        y = to_tensor(photo).to(device)
        rows.append([photo, *(to_picture(stylenet.stylize(net, y, noise_scale=k)) for k in (0.0, 1.0, 3.0))])
    net.train()
    return contact_sheet(rows)


def _texture_sheet(net: texture_nets.TextureNetV1 | texture_nets.TextureNetV2, exemplar: Image.Image) -> Image.Image:
    """The exemplar and five samples; V1 is sampled at 192 pixels, V2 at its own size."""
    net.eval()
    size = None if isinstance(net, texture_nets.TextureNetV2) else 192
    samples = [to_picture(texture_nets.sample(net, seed=seed, size=size)) for seed in range(5)]
    net.train()
    return contact_sheet([[exemplar, *samples[:2]], samples[2:]])


if __name__ == "__main__":
    main()
