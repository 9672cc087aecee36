"""AGE on held-out faces, cars and photographs, against a variational autoencoder and networks that regress colours.

`python -m benchmarks.age --faces FOLDER --labels CSV --vae RUN --cars ZIP --car-labels CSV --regression RUN --photos
FOLDER --photo-regression RUN` takes twenty minutes on one thread and resumes; RUN is the folder of a finished run of
`python -m convgen.train age --network vae`, or `age_color` or `age_photos` with `--network regression`. What is not
named is left out. `--quick` takes two minutes and needs nothing. Of faces, cars and photographs only those of
assets/photos are drawn.
"""

import json
import math
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from PIL import ImageOps
from safetensors.torch import load_file
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor, nn

from benchmarks.perception import frechet_distance, mean_of, mean_pairwise_distance, pooled, vgg_distances
from benchmarks.processes import cpu_seconds
from benchmarks.report import ROOT, Measure, Row, chosen, measured, need, run_groups
from benchmarks.server import server
from benchmarks.sliders import pictures_per_second
from convgen import age, weights
from convgen.age.cars import load_cars
from convgen.age.catalogue import COLORS, FACES, PHOTOS
from convgen.age.color import small
from convgen.age.network import REFINEMENTS
from convgen.age.peers import ColorRegression, FaceVAE
from convgen.age.photos import CALM, PhotoRegression
from convgen.age.views import files_of, split
from convgen.descriptor import Descriptor, load_descriptor
from convgen.images import fit_within, is_gray, open_picture, to_picture, to_tensor
from convgen.runtime import channels_last, seeded_generator
from convgen.squeezenet import load_squeezenet
from convgen.training.data import HELD_OUT, TRAINING
from convgen.training.runs import pictures_in_rows

TECHNIQUE = "age"
GROUPS = (
    "sheet",
    "reconstruction",
    "samples",
    "blur",
    "latents",
    "speed",
    "sliders",
    "colors",
    "transfer",
    "photos",
    "quick",
)
CENTER = slice(22, 42)
"""Rows and columns of the 64 in which the body of a car is looked at."""
PHOTO_SIDE = 320
"""Longest side at which photographs are coloured to be measured."""
DRAWN = (
    "mountains_picos",
    "summer_palace",
    "grace_hopper_portrait",
    "sunset",
    "cat_chelsea",
    "dahlia_flower",
    "autumn_meadow",
    "cameraman_cc0_gray",
    "astronaut_portrait",
    "dogs_window",
    "coffee",
    "wine_still_life",
)
"""Photographs in docs/age_photos.jpg."""
COLORED = 12.0
"""Chroma, in units of a and b, from which a body counts as strongly coloured."""


# ---- nets


def trained(run: Path, kind: type[nn.Module]) -> nn.Module:
    """The net of a finished run of the trainer."""
    arguments = json.loads((run / "net.json").read_text(encoding="utf-8"))["arguments"]
    net = kind(**arguments).eval().requires_grad_(False)
    net.load_state_dict(load_file(run / "net.safetensors"))
    return channels_last(net)


def run_hash(run: Path) -> int:
    """Changes when a run has gone on."""
    return int((run / "net.safetensors").stat().st_mtime)


def net_hash(name: str) -> str:
    return weights.find(name).sha256[:12]


def latents_for(net: age.FaceAGE, count: int) -> Tensor:
    """Of the net's own prior: the sphere, or a Gaussian for the VAE."""
    generator = seeded_generator(1)
    if isinstance(net, FaceVAE):
        return torch.randn(count, net.latents, generator=generator)
    return age.random_latents(count, generator, latents=net.latents)


# ---- faces


def reconstruction(net: age.FaceAGE, faces: Tensor, descriptor: Descriptor, *, refinements: int) -> dict[str, float]:
    again = torch.cat([net.generate(net.encode(part, refinements=refinements)) for part in faces.split(64)])
    structure = lambda a, b: structural_similarity(a.numpy(), b.numpy(), channel_axis=2, data_range=1.0)  # noqa: E731
    noise = lambda a, b: peak_signal_noise_ratio(a.numpy(), b.numpy(), data_range=1.0)  # noqa: E731
    return {
        "psnr": mean_of(noise, faces, again),
        "ssim": mean_of(structure, faces, again),
        "vgg": vgg_distances(descriptor, faces, again).mean().item(),
        "fid": frechet_distance(pooled(descriptor, faces), pooled(descriptor, again)),
        "detail": (detail(again) / detail(faces)).item(),
    }


def detail(images: Tensor) -> Tensor:
    """Mean energy of the finest details: what a blur takes away."""
    smooth = nn.functional.avg_pool2d(images, 3, 1, 1, count_include_pad=False)
    return (images - smooth).square().mean()


def of_samples(net: age.FaceAGE, faces: Tensor, descriptor: Descriptor, count: int) -> dict[str, float]:
    samples = torch.cat([net.generate(part) for part in latents_for(net, count).split(64)])
    fid = frechet_distance(pooled(descriptor, faces), pooled(descriptor, samples))
    return {"fid": fid, "pairwise": mean_pairwise_distance(descriptor, samples[: len(faces)])}


def round_trip(net: age.FaceAGE, count: int) -> dict[str, float]:
    z = latents_for(net, count)
    again = torch.cat([net.encode(net.generate(part)) for part in z.split(64)])
    return {"cosine": torch.nn.functional.cosine_similarity(z, again).mean().item()}


Nets = dict[str, tuple[age.FaceAGE, Any]]
"""Name -> the net, and what changes with it."""


def face_nets(vae: Path | None) -> Nets:
    nets: Nets = {"age": (age.load_face_age(), net_hash(FACES))}
    return nets | ({"vae": (trained(vae, FaceVAE), run_hash(vae))} if vae else {})


def reconstruction_rows(faces: Tensor, nets: Nets, descriptor: Descriptor) -> list[Row]:
    rows = []
    for refinements, how in ((0, "g(e(x))"), (REFINEMENTS, "z refined as in the app")):
        found = {
            name: measured(
                TECHNIQUE,
                f"reconstruction-{name}",
                (key, len(faces), refinements),
                lambda net=net, often=refinements: reconstruction(net, faces, descriptor, refinements=often),
            )
            for name, (net, key) in nets.items()
        }
        rows += compared(f"reconstruction of {len(faces)} held-out faces, {how}", found, RECONSTRUCTION)
    return rows


def sample_rows(faces: Tensor, training: Tensor, nets: Nets, descriptor: Descriptor, *, samples: int) -> list[Row]:
    found = {
        name: measured(
            TECHNIQUE,
            f"samples-{name}",
            (key, len(faces), samples),
            lambda net=net: of_samples(net, faces, descriptor, samples),
        )
        for name, (net, key) in nets.items()
    }
    rows = compared(f"{samples} samples", found, SAMPLES)
    real = measured(TECHNIQUE, "samples-real", (len(faces), samples), lambda: real_faces(faces, training, descriptor))
    ours = found["age"]["fid"]
    what = f"{samples} samples, and training faces (the floor): FID-VGG"
    rows.append(Row(what, ours, real["fid"], ours / real["fid"], "", "", None))
    ours, peer = found["age"]["pairwise"], real["pairwise"]
    what = f"{samples} samples, and held-out faces: pairwise VGG distance"
    rows.append(Row(what, ours, peer, ours / peer, "", "ratio >= 0.8", ours / peer >= 0.8))
    return rows


def real_faces(faces: Tensor, training: Tensor, descriptor: Descriptor) -> dict[str, float]:
    fid = frechet_distance(pooled(descriptor, faces), pooled(descriptor, training))
    return {"fid": fid, "pairwise": mean_pairwise_distance(descriptor, faces)}


RECONSTRUCTION = {
    "psnr": ("PSNR", "dB", "", None),
    "ssim": ("SSIM", "", "", None),
    "vgg": ("VGG distance", "", "ratio < 1", lambda ratio: ratio < 1),
    "fid": ("FID-VGG", "", "", None),
    "detail": ("energy of fine detail over that of the faces", "", "ratio > 1", lambda ratio: ratio > 1),
}
SAMPLES = {"fid": ("FID-VGG", "", "ratio < 1", lambda ratio: ratio < 1)}


def compared(what: str, found: dict[str, dict[str, Any]], figures: dict[str, tuple]) -> list[Row]:
    """A row a figure, AGE beside the VAE where it was measured."""
    rows = []
    for key, (title, unit, target, holds) in figures.items():
        ours, peer = found["age"][key], found["vae"][key] if "vae" in found else None
        ratio = ours / peer if peer else None
        rows.append(Row(f"{what}: {title}", ours, peer, ratio, unit, target, holds(ratio) if holds and ratio else None))
    return rows


def latent_rows(*, count: int) -> list[Row]:
    found = measured(TECHNIQUE, "round-trip", (net_hash(FACES), count), lambda: round_trip(age.load_face_age(), count))
    ours = found["cosine"]
    return [Row(f"mean cosine of z and e(g(z)), {count} samples", ours, None, None, "", ">= 0.8", ours >= 0.8)]


def speed_rows() -> list[Row]:
    net = age.load_face_age()
    face = age.sample_faces(net, [0])
    seconds = cpu_seconds(lambda: net.generate(net.encode(face, refinements=REFINEMENTS)), runs=20)
    what = "one reconstruction of a face on one thread"
    rows = [Row(what, seconds * 1000, None, None, "CPU ms", "<= 20", seconds <= 0.02)]
    colors, photo = age.load_color_age(), to_tensor(open_picture(ROOT / "assets" / "photos" / "coffee.jpg"))
    seconds = cpu_seconds(lambda: age.colorize(colors, photo))
    size = "x".join(map(str, photo.shape[:1:-1]))
    rows.append(Row(f"one colouring of {size} pixels on one thread", seconds * 1000, None, None, "CPU ms", "", None))
    seeing = age.load_photo_age()
    seconds = cpu_seconds(lambda: age.colorize(seeing, photo))
    return [*rows, Row("the same by the network of photographs", seconds * 1000, None, None, "CPU ms", "", None)]


def slider_rows() -> list[Row]:
    with server([sys.executable, "app.py"]) as (_, address):
        rate = pictures_per_second(address)
    return [Row("sliders of the editor, through the app", rate, None, None, "pictures / s", ">= 10", rate >= 10)]


def power(images: Tensor) -> Tensor:
    """Power of the brightness by spatial frequency, 1 .. 32 waves across the picture: (N, 3, 64, 64) -> (32,)."""
    gray = images.mean(1)
    window = torch.hann_window(age.SIDE, periodic=False)
    spectrum = torch.fft.fft2((gray - gray.mean((1, 2), keepdim=True)) * window * window[:, None]).abs().square()
    waves = torch.fft.fftfreq(age.SIDE, 1 / age.SIDE)
    ring = torch.hypot(waves, waves[:, None]).round().long().flatten()
    sums = torch.zeros(int(ring.max()) + 1).index_add(0, ring, spectrum.mean(0).flatten())
    return (sums / ring.bincount())[1 : age.SIDE // 2 + 1]


def plot_blur(faces: Tensor, vae: Path) -> None:
    """How much of the detail of faces is in reconstructions and in samples, by its fineness."""
    if not find_spec("matplotlib"):
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    real = power(faces)
    nets = {"AGE": age.load_face_age(), "VAE": trained(vae, FaceVAE)}
    for axes, what in zip(figure.subplots(1, 2, sharey=True), ("reconstructions", "samples"), strict=True):
        for name, net in nets.items():
            seen = what == "reconstructions"
            z = net.encode(faces, refinements=REFINEMENTS) if seen else latents_for(net, len(faces))
            pictures = torch.cat([net.generate(part) for part in z.split(64)])
            axes.plot(range(1, len(real) + 1), power(pictures) / real, label=name)
        axes.axhline(1, color="gray", lw=0.8, ls=":", label="faces")
        axes.set(title=what, xlabel="waves across the picture", xscale="log", yscale="log", ylim=(1e-3, 3))
        axes.legend()
    figure.supylabel("power, of that of faces")
    figure.savefig(ROOT / "docs" / "age_blur.png", dpi=90)


# ---- colours


def apart(first: Tensor, second: Tensor) -> Tensor:
    """Mean distance of a and b over the pixels, in units of Lab: (..., 2, H, W) -> (...)."""
    return (256 * (first - second)).square().sum(-3).sqrt().mean((-2, -1))


def of_colors(net: age.ColorAGE, colors: Tensor, lightness: Tensor, *, latents: int) -> dict[str, float]:
    z = age.random_latents(latents, seeded_generator(1), latents=net.latents)
    best, pairwise = [], []
    for x, given in zip(colors, lightness, strict=True):
        answers = age.colors_for(net, given[None], z)
        best.append(apart(answers, x[None]).min().item())
        pairs = apart(answers[:, None], answers[None])
        pairwise.append(pairs.sum().item() / (latents * (latents - 1)))
    real = apart(colors, colors.roll(1, 0)).mean().item()
    return {"best": sum(best) / len(best), "pairwise": sum(pairwise) / len(pairwise), "real": real}


def of_regression(net: ColorRegression, colors: Tensor, lightness: Tensor) -> dict[str, float]:
    answers = torch.cat([age.colors_for(net, given[None], torch.zeros(1, 0)) for given in lightness])
    return {"distance": apart(answers, colors).mean().item()}


def color_rows(colors: Tensor, lightness: Tensor, regression: Path | None, *, latents: int = 16) -> list[Row]:
    found = measured(
        TECHNIQUE,
        "colors",
        (net_hash(COLORS), len(colors), latents),
        lambda: of_colors(age.load_color_age(), colors, lightness, latents=latents),
    )
    peer = None
    if regression:
        peer = measured(
            TECHNIQUE,
            "regression",
            (run_hash(regression), len(colors)),
            lambda: of_regression(trained(regression, ColorRegression), colors, lightness),
        )["distance"]
    what, best = f"{len(colors)} held-out cars: ab distance of the best of {latents}, and of regression", found["best"]
    ratio = best / peer if peer else None
    rows = [Row(what, best, peer, ratio, "Lab", "ratio < 1", ratio < 1 if ratio else None)]
    ratio = found["pairwise"] / found["real"]
    what = f"pairwise ab distance of the {latents}, and of two random cars"
    rows.append(Row(what, found["pairwise"], found["real"], ratio, "Lab", "ratio >= 1/3", ratio >= 1 / 3))
    return rows


def hue(colors: Tensor) -> Tensor:
    """The angle of mean colours in the plane of a and b: (..., 2) as `to_lab` gives them -> (...) in radians."""
    return torch.atan2(colors[..., 1] - 0.5, colors[..., 0] - 0.5)


def degrees_apart(first: Tensor, second: Tensor) -> Tensor:
    """The angle between two hues in radians, in degrees from 0 to 180."""
    apart = (first - second).abs() % (2 * math.pi)
    return torch.minimum(apart, 2 * math.pi - apart) * (180 / math.pi)


def bodies(colors: Tensor) -> Tensor:
    """The median colour of the middle of cars: (N, 2, 64, 64) -> (N, 2)."""
    return colors[..., CENTER, CENTER].flatten(2).median(-1).values


def transferred(colors: Tensor, lightness: Tensor, *, pairs: int) -> dict[str, float]:
    """The share of pairs of strongly coloured cars whose second takes the hue of the first, within 30 degrees."""
    net = age.load_color_age()
    strong = (256 * (bodies(colors) - 0.5)).norm(dim=1) > COLORED
    colors, lightness = colors[strong], lightness[strong]
    draw = torch.randint(len(colors), (pairs, 2), generator=seeded_generator(2))
    with torch.no_grad():
        z = net.encoder(colors[draw[:, 0]], lightness[draw[:, 0]])
    moved = torch.cat(
        [age.colors_for(net, lightness[target][None], one[None]) for one, target in zip(z, draw[:, 1], strict=True)]
    )
    wanted, before = hue(bodies(colors[draw[:, 0]])), hue(bodies(colors[draw[:, 1]]))
    angles = degrees_apart(wanted, hue(bodies(moved)))
    return {
        "cars": int(strong.sum()),
        "share": (angles <= 30).double().mean().item(),
        "before": (degrees_apart(wanted, before) <= 30).double().mean().item(),
    }


def transfer_rows(colors: Tensor, lightness: Tensor, *, pairs: int = 200) -> list[Row]:
    found = measured(
        TECHNIQUE,
        "transfer",
        (net_hash(COLORS), len(colors), pairs, COLORED),
        lambda: transferred(colors, lightness, pairs=pairs),
    )
    what = f"hue taken over within 30 degrees, {pairs} pairs of {found['cars']} cars; alike before"
    return [Row(what, found["share"], found["before"], None, "share", ">= 0.6", found["share"] >= 0.6)]


def photographs(folder: Path) -> list[Tensor]:
    """Those of a folder that no net was trained on, and the bundled ones, without gray ones: (1, 3, H, W) each."""
    files = [*split(files_of(folder), held_out=True), *files_of(ROOT / "assets" / "photos")]
    photos = [fit_within(open_picture(file).convert("RGB"), longest_side=PHOTO_SIDE) for file in files]
    return [to_tensor(photo) for photo in photos if not is_gray(photo)]


def colorfulness(image: Tensor) -> float:
    """How colourful people find a picture (1, 3, H, W): Hasler & Suesstrunk, Measuring colourfulness, 2003."""
    red, green, blue = 255 * image[0]
    across = torch.stack([red - green, (red + green) / 2 - blue]).flatten(1)
    return (across.std(1).norm() + 0.3 * across.mean(1).norm()).item()


def of_photos(net: nn.Module, photos: list[Tensor], *, latents: int, calm: int) -> dict[str, float]:
    """Distances at 64 pixels as of cars, and what is looked at: the colouring that the app shows first."""
    z = age.random_latents(latents, seeded_generator(1), latents=max(net.latents, 1))[:, : net.latents]
    first = age.random_latents(1, seeded_generator(calm), latents=max(net.latents, 1))[:, : net.latents]
    found: dict[str, list[float]] = {name: [] for name in ("best", "first", "pairwise", "colourful", "real")}
    for photo in photos:
        lab = age.to_lab(photo)
        colors, lightness = small(lab)[:, 1:], lab[:, :1]
        answers = age.colors_for(net, lightness, torch.cat([z, first]))
        distances = apart(answers, colors)
        pairs = apart(answers[:-1, None], answers[None, :-1])
        found["best"].append(distances[:-1].min().item())
        found["first"].append(distances[-1].item())
        found["pairwise"].append(pairs.sum().item() / max(1, latents * (latents - 1)))
        found["colourful"].append(colorfulness(age.colorize(net, photo, z=first)))
        found["real"].append(colorfulness(photo))
    return {name: math.fsum(values) / len(values) for name, values in found.items()}


def photo_rows(photos: list[Tensor], regression: Path | None, *, latents: int = 16) -> list[Row]:
    ours = measured(
        TECHNIQUE,
        "photos",
        (net_hash(PHOTOS), str(weights.find(PHOTOS).arguments), len(photos), latents, CALM, PHOTO_SIDE),
        lambda: of_photos(age.load_photo_age(), photos, latents=latents, calm=CALM),
    )
    peer: dict[str, float | None] = dict.fromkeys(ours)
    if regression:

        def regress() -> dict[str, float]:
            net = trained(regression, PhotoRegression)
            net.generator.eyes = load_squeezenet()
            return of_photos(net, photos, latents=1, calm=CALM)

        peer = measured(TECHNIQUE, "photo-regression", (run_hash(regression), len(photos), PHOTO_SIDE), regress)
    ratio = ours["best"] / peer["best"] if peer["best"] else None
    what = f"{len(photos)} held-out photographs: ab distance of the best of {latents}, and of regression"
    rows = [Row(what, ours["best"], peer["best"], ratio, "Lab", "ratio < 1", ratio < 1 if ratio else None)]
    what = "the same of the colouring that is shown first"
    rows.append(
        Row(what, ours["first"], peer["best"], ours["first"] / peer["best"] if ratio else None, "Lab", "", None)
    )
    share = ours["colourful"] / ours["real"]
    what = "mean colourfulness of these, and of the photographs themselves"
    rows.append(Row(what, ours["colourful"], ours["real"], share, "", "0.6 to 1.4", 0.6 <= share <= 1.4))
    if regression:
        share = peer["colourful"] / ours["real"]
        rows.append(Row("the same of regression", peer["colourful"], ours["real"], share, "", "", None))
    rows.append(Row(f"pairwise ab distance of the {latents}", ours["pairwise"], None, None, "Lab", "", None))
    return rows


# ---- pictures and the command


def draw_sheets() -> None:
    draw_sheet()
    draw_photographs()


def draw_sheet() -> None:
    """Samples, a way between two of them, what the directions do; and a photograph of ours in colours."""
    net, columns = age.load_face_age(), 10
    z = [age.random_latents(1, seeded_generator(seed), latents=net.latents) for seed in (21, 15)]
    rows = [age.sample_faces(net, list(range(2 * columns))), age.interpolate(net, *z, columns)]
    amounts = [step / (columns - 1) - 0.5 for step in range(columns)]
    for direction in list(age.directions().values())[:4]:
        rows.append(torch.cat([net.generate(age.moved(z[0], direction, amount)) for amount in amounts]))
    pictures_in_rows(torch.cat(rows), columns).save(ROOT / "docs" / "age_faces.jpg", quality=90)
    colors = age.load_color_age()
    photo = to_tensor(open_picture(ROOT / "assets" / "photos" / "coffee.jpg").convert("L").resize((240, 160)))
    colored = [age.colorize(colors, photo, seed=seed) for seed in range(7)]
    tiles = torch.cat([photo.expand(-1, 3, -1, -1), *colored])
    sheet = torch.cat([torch.cat(list(half), dim=2) for half in tiles.split(4)], dim=1)
    to_picture(sheet).save(ROOT / "docs" / "age_colors.jpg", quality=90)


def draw_photographs() -> None:
    """Our own photographs in the colours that are shown first, under the gray ones."""
    net, columns = age.load_photo_age(), 6
    rows = []
    for photos in torch.arange(len(DRAWN)).split(columns):
        squares = [open_picture(ROOT / "assets" / "photos" / f"{DRAWN[place]}.jpg").convert("L") for place in photos]
        squares = [to_tensor(ImageOps.fit(square, (216, 162), centering=(0.5, 0.3))) for square in squares]
        gray = torch.cat([square.expand(-1, 3, -1, -1) for square in squares], dim=3)
        rows += [gray, torch.cat([age.colorize(net, square, seed=CALM) for square in squares], dim=3)]
    to_picture(torch.cat(rows, dim=2)).save(ROOT / "docs" / "age_photos.jpg", quality=82)


def main(
    quick: Annotated[bool, typer.Option(help="Only what needs nothing from outside the repository.")] = False,
    faces: Annotated[Path | None, typer.Option(help="Faces: as for the trainer.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Their table.")] = None,
    vae: Annotated[Path | None, typer.Option(help="The run of the VAE.")] = None,
    cars: Annotated[Path | None, typer.Option(help="Cars: as for the trainer.")] = None,
    car_labels: Annotated[Path | None, typer.Option(help="Their table.")] = None,
    regression: Annotated[Path | None, typer.Option(help="The run of the network that regresses colours.")] = None,
    photos: Annotated[Path | None, typer.Option(help="Photographs: as for the trainer.")] = None,
    photo_regression: Annotated[Path | None, typer.Option(help="The same for photographs.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Among {', '.join(GROUPS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the JSON.")] = None,
) -> None:
    """Measure, print one table and write it as JSON."""
    groups = chosen(only, GROUPS)
    for option, path in (("--faces", faces), ("--cars", cars)):
        need(option, path, kind="file or folder")
    for option, path in (("--labels", labels), ("--car-labels", car_labels)):
        need(option, path, kind="file")
    need("--photos", photos)
    for option, run in (("--vae", vae), ("--regression", regression), ("--photo-regression", photo_regression)):
        need(option, run, "net.json", "net.safetensors")
    measures: dict[str, Measure | None] = dict.fromkeys(GROUPS)
    measures |= {"latents": lambda: latent_rows(count=256 if quick else 2000), "speed": speed_rows}
    if quick:
        measures["quick"] = quick_rows
    else:
        measures |= {"sheet": draw_sheets, "sliders": slider_rows}
        if photos:
            measures["photos"] = lambda: photo_rows(photographs(photos), photo_regression)
    if faces and labels and not quick and {"reconstruction", "samples", "blur"} & set(groups):
        descriptor, nets = channels_last(load_descriptor()), face_nets(vae)
        held_out, training = (
            age.load_faces(faces, labels, partition=part)[1].float() / 255 for part in (HELD_OUT, TRAINING)
        )
        measures["reconstruction"] = lambda: reconstruction_rows(held_out[:1000], nets, descriptor)
        measures["samples"] = lambda: sample_rows(held_out, training[:2000], nets, descriptor, samples=2000)
        if vae:
            measures["blur"] = lambda: plot_blur(held_out[:1000], vae)
    if cars and car_labels and not quick and {"colors", "transfer"} & set(groups):
        _, *parts = load_cars(cars, car_labels, held_out=True)
        colors, lightness = (part.float() / 255 for part in parts)
        measures["colors"] = lambda: color_rows(colors[:500], lightness[:500], regression)
        measures["transfer"] = lambda: transfer_rows(colors, lightness)
    run_groups(TECHNIQUE, measures, only=only, out=out, quick=quick)


def quick_rows() -> list[Row]:
    """The diversity of samples, and of the colours of our own photographs, without faces or cars."""
    net, colors = age.load_face_age(), age.load_color_age()
    descriptor = channels_last(load_descriptor())
    distance = mean_pairwise_distance(descriptor, net.generate(latents_for(net, 128)))
    rows = [Row("pairwise VGG distance of 128 samples", distance, None, None, "", "", None)]
    z = age.random_latents(8, seeded_generator(1), latents=colors.latents)
    found = []
    for path in sorted((ROOT / "assets" / "photos").glob("*.jpg")):
        lab = age.to_lab(to_tensor(open_picture(path).convert("RGB").resize((age.SIDE, age.SIDE))))
        answers = age.colors_for(colors, lab[:, :1], z)
        found.append(apart(answers[:, None], answers[None]).sum().item() / (len(z) * (len(z) - 1)))
    what = f"pairwise ab distance of {len(z)} colourings of each of {len(found)} photographs"
    return [*rows, Row(what, math.fsum(found) / len(found), None, None, "Lab", "", None)]


if __name__ == "__main__":
    typer.run(main)
