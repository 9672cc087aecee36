"""The commands of `python -m convgen.train` that train AGE and its peers."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from convgen import weights
from convgen.age.cars import load_cars
from convgen.age.catalogue import COLORS, mean_differences
from convgen.age.color import ColorAGE, colors_for, from_lab
from convgen.age.faces import WIDEST_MARGIN, load_faces
from convgen.age.network import LATENTS, SIDE, FaceAGE, random_latents, whiten
from convgen.age.peers import Autoencoding, ColorRegression, FaceVAE, Regression
from convgen.age.photos import PhotoAGE, PhotoRegression
from convgen.age.training import (
    ADAM_LR,
    AVERAGING,
    ENCODER_RATE,
    LR,
    AGETrainer,
    Batches,
    Game,
    PrincipalAxes,
)
from convgen.age.views import SHOWN, VIEWS, kept_views
from convgen.runtime import Net, bfloat16_is_faster, channels_last, pick_device, seeded_generator
from convgen.training.data import TRAINING, VALIDATION
from convgen.training.runs import claim, finish, load_tensors, pictures_in_rows, start_from, train_to_the_end

FACE_NETWORKS: dict[str, type[FaceAGE]] = {"age": FaceAGE, "vae": FaceVAE}
PHOTO_NETWORKS: dict[str, type[PhotoAGE] | type[PhotoRegression]] = {"age": PhotoAGE, "regression": PhotoRegression}
COLOR_NETWORKS: dict[str, type[ColorAGE] | type[ColorRegression]] = {"age": ColorAGE, "regression": ColorRegression}

Faces = Annotated[
    Path, typer.Option(help="A folder of faces in CelebA's square framing, or of ZIPs of them, or a ZIP.")
]
Cars = Annotated[Path, typer.Option(help="A folder or a ZIP of cars.")]
Labels = Annotated[Path, typer.Option(help="The table of them, CSV.", exists=True, dir_okay=False)]
Out = Annotated[Path, typer.Option(help="The folder of this run.")]
Updates = Annotated[int, typer.Option(min=0, help="Updates of the generator for each of the encoder; 0 is no game.")]
Reconstructing = Annotated[bool, typer.Option(help="The generator learns from the pixel loss, too.")]
Squared = Annotated[bool, typer.Option(help="L_X is the logarithm of the mean square instead of Eq. 4.3.")]
RealWeight = Annotated[float, typer.Option(help="Of the divergence of real data in Eq. 4.6.")]
Jitter = Annotated[float, typer.Option(help="Deviation of noise on latents before they are reconstructed.")]
EncoderRate = Annotated[float, typer.Option(help="Learning rates of the encoder, in those of the generator.")]
Every = Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")]
Whitened = Annotated[bool, typer.Option(help="Latents are uncorrelated before the first step.")]
Axes = Annotated[bool, typer.Option(help="Divergences along the principal axes of latents of data.")]
Start = Annotated[Path | None, typer.Option(help="net.safetensors to start from.")]


def train_faces(
    faces: Faces,
    labels: Labels,
    out: Out,
    network: Annotated[str, typer.Option(help=f"Among {', '.join(FACE_NETWORKS)}.")] = "age",
    start: Start = None,
    whitened: Whitened = False,
    steps: int = 10_000,
    batch: int = 64,
    width: int = 32,
    latents: int = LATENTS,
    generator_updates: Updates = Game.generator_updates,
    reconstructing: Reconstructing = Game.reconstructing,
    squared: Squared = Game.squared,
    latent_weight: Annotated[float, typer.Option(help="lambda of Eq. 4.5.")] = Game.latent_weight,
    pixel_weight: Annotated[float, typer.Option(help="mu of Eq. 4.6.")] = Game.pixel_weight,
    real_weight: RealWeight = Game.real_weight,
    jitter: Jitter = Game.jitter,
    length_weight: Annotated[float, typer.Option(help="Of holding the length of features.")] = Game.length_weight,
    shift: Annotated[int, typer.Option(min=0, help="Faces are moved by up to so many pixels.")] = 0,
    axes: Axes = False,
    lr: float = LR,
    adam_lr: float = ADAM_LR,
    encoder_rate: EncoderRate = ENCODER_RATE,
    averaging: float = AVERAGING,
    seed: int = 0,
    every: Every = 200,
) -> None:
    """AGE for faces (thesis section 4.3.1), or a variational autoencoder of the same networks, which plays no game."""
    _known("network", network, FACE_NETWORKS)
    if whitened and network != "age":
        raise ValueError("only the latents of age can be whitened")
    if shift > WIDEST_MARGIN:
        raise ValueError(f"shift must be 0 to {WIDEST_MARGIN} pixels, got {shift}")
    device = pick_device()
    bfloat16 = bfloat16_is_faster(device)
    game = Game(
        latent_weight=latent_weight,
        pixel_weight=pixel_weight,
        real_weight=real_weight,
        generator_updates=generator_updates,
        reconstructing=reconstructing,
        squared=squared,
        jitter=jitter,
        length_weight=length_weight,
        axes=PrincipalAxes(latents).to(device) if axes else None,
        bfloat16=bfloat16,
    )
    claim(out, faces=faces, labels=labels)
    rule = game if network == "age" else Autoencoding(bfloat16=bfloat16)
    net = _started(FACE_NETWORKS[network](width=width, latents=latents, seed=seed), start, device)
    _, pictures = load_faces(faces, labels, partition=TRAINING, margin=shift)
    if whitened:
        seen = pictures[..., shift : shift + SIDE, shift : shift + SIDE]
        with torch.no_grad():
            whiten(net, torch.cat([net.encoder.features(part.to(device).float() / 255) for part in seen.split(256)]))
    _, held_out = load_faces(faces, labels, partition=VALIDATION)
    held_out = held_out[:SHOWN].float() / 255
    batches = Batches(pictures, batch=batch, shift=shift, seed=seed)
    knobs = {"lr": lr, "adam_lr": adam_lr, "encoder_rate": encoder_rate, "averaging": averaging}
    trainer = AGETrainer(net, batches, rule, steps=steps, **knobs, trained=start is not None, seed=seed)
    drawn = torch.randn(4 * SHOWN, latents, generator=seeded_generator(seed))

    def sheet() -> Tensor:
        kept = trainer.average.eval()
        return torch.cat(
            [held_out, kept.generate(kept.encode(held_out.to(device))).cpu(), kept.generate(drawn.to(device)).cpu()]
        )

    train_to_the_end(trainer, out, every=every, sheet=lambda: pictures_in_rows(sheet(), len(held_out)))
    finish(out, "net", trainer.average.state_dict(), arguments={"width": width, "latents": latents}, scores={})


def train_colors(
    cars: Cars,
    labels: Labels,
    out: Out,
    network: Annotated[str, typer.Option(help=f"Among {', '.join(COLOR_NETWORKS)}.")] = "age",
    start: Start = None,
    steps: int = 10_000,
    batch: int = 32,
    width: int = 24,
    blocks: int = 4,
    generator_updates: Updates = Game.generator_updates,
    reconstructing: Reconstructing = Game.reconstructing,
    latent_weight: Annotated[float, typer.Option(help="lambda of Eq. 4.5.")] = Game.latent_weight,
    pixel_weight: Annotated[float, typer.Option(help="mu of Eq. 4.6.")] = Game.pixel_weight,
    real_weight: RealWeight = Game.real_weight,
    jitter: Jitter = Game.jitter,
    lr: float = LR,
    adam_lr: float = ADAM_LR,
    encoder_rate: EncoderRate = ENCODER_RATE,
    averaging: float = AVERAGING,
    seed: int = 0,
    every: Every = 200,
) -> None:
    """Conditional AGE for the colours of cars (thesis section 4.3.2), or a network of its size that regresses them."""
    _known("network", network, COLOR_NETWORKS)
    device = pick_device()
    bfloat16 = bfloat16_is_faster(device)
    game = Game(
        latent_weight=latent_weight,
        pixel_weight=pixel_weight,
        real_weight=real_weight,
        generator_updates=generator_updates,
        reconstructing=reconstructing,
        jitter=jitter,
        bfloat16=bfloat16,
    )
    claim(out, cars=cars, labels=labels)
    rule = game if network == "age" else Regression(bfloat16=bfloat16)
    net = COLOR_NETWORKS[network](width=width, blocks=blocks, seed=seed)
    _, colors, lightness = load_cars(cars, labels, held_out=False)
    _, *shown = load_cars(cars, labels, held_out=True)
    held_colors, held_lightness = (part[:SHOWN].float() / 255 for part in shown)
    batches = Batches(colors, lightness, batch=batch, seed=seed)
    knobs = {"lr": lr, "adam_lr": adam_lr, "encoder_rate": encoder_rate, "averaging": averaging}
    trained = start is not None
    trainer = AGETrainer(_started(net, start, device), batches, rule, steps=steps, **knobs, trained=trained, seed=seed)
    latents = random_latents(6, seeded_generator(seed), latents=max(net.latents, 1))[:, : net.latents]

    def sheet() -> Tensor:
        kept, shown = trainer.average.eval(), held_lightness.to(device)
        answers = [colors_for(kept, shown, z.expand(len(shown), -1).to(device)).cpu() for z in latents]
        return torch.cat([from_lab(held_lightness, part) for part in (held_colors, *answers)])

    train_to_the_end(trainer, out, every=every, sheet=lambda: pictures_in_rows(sheet(), len(held_lightness)))
    finish(out, "net", trainer.average.state_dict(), arguments={"width": width, "blocks": blocks}, scores={})


def train_photos(
    photos: Annotated[Path, typer.Option(help="A folder of photographs.", exists=True, file_okay=False)],
    out: Out,
    fruit: Annotated[Path | None, typer.Option(help="A folder of apples and oranges, too.")] = None,
    cars: Annotated[Path | None, typer.Option(help="A folder or a ZIP of cars, too.")] = None,
    portraits: Annotated[Path | None, typer.Option(help="A folder or a ZIP of portraits, too.")] = None,
    most: Annotated[int, typer.Option(min=1, help="Of each of these at most.")] = 200,
    network: Annotated[str, typer.Option(help=f"Among {', '.join(PHOTO_NETWORKS)}.")] = "age",
    start: Start = None,
    steps: int = 3_000,
    batch: int = 24,
    width: int = 24,
    blocks: int = 4,
    count: Annotated[int, typer.Option(min=1, help="Views of each photograph: the whole, and parts of it.")] = VIEWS,
    views: Annotated[Path | None, typer.Option(help="A folder that keeps the views for the next run.")] = None,
    from_cars: Annotated[bool, typer.Option(help="Begin with the net of cars.")] = False,
    generator_updates: Updates = Game.generator_updates,
    reconstructing: Reconstructing = Game.reconstructing,
    latent_weight: Annotated[float, typer.Option(help="lambda of Eq. 4.5.")] = Game.latent_weight,
    pixel_weight: Annotated[float, typer.Option(help="mu of Eq. 4.6.")] = Game.pixel_weight,
    real_weight: RealWeight = Game.real_weight,
    vivid: Annotated[float, typer.Option(help="Share of L_X in which colourful pixels weigh more.")] = Game.vivid,
    jitter: Jitter = Game.jitter,
    saturation: Annotated[float, typer.Option(min=1, help="Of what the net shows, once trained.")] = 1.0,
    lr: float = LR,
    adam_lr: float = ADAM_LR,
    encoder_rate: EncoderRate = ENCODER_RATE,
    averaging: float = AVERAGING,
    seed: int = 0,
    every: Every = 100,
) -> None:
    """Conditional AGE for the colours of photographs of anything, or a network of its size that regresses them."""
    _known("network", network, PHOTO_NETWORKS)
    device = pick_device()
    bfloat16 = bfloat16_is_faster(device)
    game = Game(
        latent_weight=latent_weight,
        pixel_weight=pixel_weight,
        real_weight=real_weight,
        generator_updates=generator_updates,
        reconstructing=reconstructing,
        jitter=jitter,
        vivid=vivid,
        bfloat16=bfloat16,
    )
    sources = {"fruit": fruit, "cars": cars, "portraits": portraits}
    sources = {"photos": photos} | {name: source for name, source in sources.items() if source}
    claim(out, **sources)
    rule = game if network == "age" else Regression(bfloat16=bfloat16)
    net = _started(PHOTO_NETWORKS[network](width=width, blocks=blocks, seed=seed), start, device)
    if from_cars and network == "age":
        net.load_state_dict(net.state_dict() | weights.read(COLORS))
    data, shown = kept_views(views, sources, most=most, count=count, seed=seed)
    held_out = [part[:SHOWN].float() / 255 for part in shown]
    batches = Batches(*data, batch=batch, seed=seed)
    knobs = {"lr": lr, "adam_lr": adam_lr, "encoder_rate": encoder_rate, "averaging": averaging}
    trainer = AGETrainer(net, batches, rule, steps=steps, **knobs, trained=start is not None, seed=seed)
    latents = random_latents(8, seeded_generator(seed), latents=max(net.latents, 1))[:, : net.latents]

    def sheet() -> Tensor:
        kept, (colors, *given) = trainer.average.eval(), [part.to(device) for part in held_out]
        with torch.no_grad():
            answers = [kept.generator(z.expand(len(colors), -1).to(device), *given).float() for z in latents]
        return torch.cat([from_lab(given[0], part).cpu() for part in (torch.full_like(colors, 0.5), colors, *answers)])

    train_to_the_end(trainer, out, every=every, sheet=lambda: pictures_in_rows(sheet(), len(held_out[0])))
    arguments = {"width": width, "blocks": blocks} | ({"saturation": saturation} if network == "age" else {})
    finish(out, "net", trainer.average.state_dict(), arguments=arguments, scores={})


def find_directions(
    faces: Faces,
    labels: Labels,
    out: Out,
    net: Annotated[Path, typer.Option(help="The folder of the finished run of the faces' net.", file_okay=False)],
) -> None:
    """Where the latents of faces lie that smile, are old, wear glasses ...: differences of mean latents."""
    arguments = json.loads((net / "net.json").read_text(encoding="utf-8"))["arguments"]
    age = FaceAGE(**arguments).eval()
    start_from(age, load_tensors(net / "net.safetensors"), net / "net.safetensors")
    rows, pictures = load_faces(faces, labels, partition=TRAINING)
    latents = torch.cat([age.encode(part.float() / 255) for part in pictures.split(256)])
    differences = mean_differences(latents, rows)
    scores = {name: difference.norm().item() for name, difference in differences.items()}
    out.mkdir(parents=True, exist_ok=True)
    finish(out, "net", differences, arguments={}, scores=scores)
    typer.echo(json.dumps(scores))


def add_commands(app: typer.Typer) -> None:
    """`age`, `age_color` and `age_directions`."""
    app.command("age")(train_faces)
    app.command("age_color")(train_colors)
    app.command("age_photos")(train_photos)
    app.command("age_directions")(find_directions)


def _started(net: Net, start: Path | None, device: torch.device) -> Net:
    if start is not None:
        start_from(net, load_tensors(start), start)
    return channels_last(net, device)


def _known(what: str, name: str, choices: Collection[str]) -> None:
    if name not in choices:
        raise ValueError(f"{what} must be one of {', '.join(choices)}, got {name!r}")
