"""Texture networks against the slow method, against the thesis's own network, and their samples against each other.

`python -m benchmarks.texture_nets` takes about an hour on two cores; it resumes, and `--only` measures some groups.
`--exemplars FOLDER` names pictures for the rows that need them: the floor of textures whose exemplar is not here, and
`teach`, which learns the pictures named by `--teach`. `--quick` takes about four minutes and needs nothing else.
"""

import statistics
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from PIL import Image
from torch import Tensor

from benchmarks.processes import arm, cpu_seconds
from benchmarks.report import ROOT, Measure, Row, chosen, measured, need, run_groups
from convgen import recipes, texture_nets, weights
from convgen.descriptor import Descriptor, load_descriptor
from convgen.images import at_short_side, open_picture, to_picture
from convgen.julesz import mean_distance
from convgen.runtime import bfloat16_is_faster, channels_last
from convgen.texture_nets import TEXTURES, VARIANTS

TECHNIQUE = "texture_nets"
SIDE, LARGE_SIDE = 256, 512
"""V1 is compared with L-BFGS at both: the more of a texture there is in a picture, the less is left to chance."""
MOST_STEPS = 300
GROUPS = ("sheet", "optimiser", "diversity", "memory", "faithful", "teach")
FEATURES = "relu3_1"
LEARNING = (30, 120)
SCRATCH_S = 240
SEEDS = (0, 1, 2)
SCRATCH = {"lr": 0.04, "adam_lr": 0.006}
"""Rates of Muon and Adam from scratch, for both V1."""
PROBED_STEPS = 12


# ---- pictures


def side_of(variant: str) -> int:
    """Pixels a side that the nets are compared at: V2's own, and the thesis's 256 for V1."""
    return SIDE if variant == "v1" else texture_nets.TextureNetV2().size


def option(texture: str, name: str) -> str:
    """An option of the first run of the recipe of a texture's V1."""
    return str(recipes.find(weights.find(f"texture-{texture}-v1").recipe).runs[0].options[name])


def exemplar(texture: str, exemplars: Path | None) -> Tensor | None:
    """The exemplar at the size that the nets were trained for, or None where the picture is not within reach."""
    here = TEXTURES[texture].exemplar
    path = ROOT / "assets" / "textures" / here if here else None
    if path is None and exemplars:
        path = next(iter(exemplars.rglob(Path(option(texture, "exemplar")).name)), None)
    return at_short_side(open_picture(path), size=int(option(texture, "exemplar-size"))) if path else None


def net_hash(texture: str, variant: str) -> str:
    """The hash of a net's file: a figure is measured again when the net has changed."""
    return weights.find(f"texture-{texture}-{variant}").sha256[:12]


# ---- measurements


@torch.no_grad()
def loss_of(objective: texture_nets.TextureObjective, picture: Tensor, *, whole: bool = True) -> float:
    return objective.terms(picture, whole=whole, bfloat16=bfloat16_is_faster(picture.device))["total"].item()


def against_the_optimiser(
    texture: str, variant: str, descriptor: Descriptor, *, side: int, samples: int, most: int
) -> dict[str, Any]:
    """Steps and CPU seconds of L-BFGS from noise until it reaches the mean loss of a net's samples."""
    objective = texture_nets.load_objective(texture, descriptor)
    net = texture_nets.load_texture_net(texture, variant=variant)
    losses = [loss_of(objective, texture_nets.sample(net, seed=seed, size=side)) for seed in range(samples)]
    goal = statistics.mean(losses)
    generator = cpu_seconds(lambda: texture_nets.sample(net, size=side))
    started, reached, tried = time.process_time(), None, 0
    bfloat16 = bfloat16_is_faster(descriptor.mean.device)
    for progress in texture_nets.optimise_texture(objective, size=side, steps=most, bfloat16=bfloat16):
        tried = progress.step
        if progress.losses["total"] <= goal:
            reached = progress.step
            break
    seconds = time.process_time() - started
    return {"goal": goal, "steps": reached, "tried": tried, "optimiser_s": seconds, "generator_s": generator}


def floor(picture: Tensor, descriptor: Descriptor) -> dict[str, float]:
    """The loss of one half of the exemplar against the other, the mean of both ways."""
    half = picture.shape[-1] // 2
    halves = picture[..., :half].contiguous(), picture[..., -half:].contiguous()
    objectives = [texture_nets.TextureObjective(descriptor, one) for one in halves]
    return {"loss": statistics.mean(loss_of(objectives[i], halves[1 - i], whole=False) for i in (0, 1))}


@torch.no_grad()
def diversity(texture: str, variant: str, descriptor: Descriptor, *, samples: int) -> dict[str, float]:
    """Mean pairwise distance of samples in pixels and in features, each after the best circular shift; mean loss."""
    objective = texture_nets.load_objective(texture, descriptor)
    net = texture_nets.load_texture_net(texture, variant=variant)
    side = side_of("v2")
    pictures = [texture_nets.sample(net, seed=seed, size=side) for seed in range(samples)]
    features = [descriptor(picture, [FEATURES], padding="wrapped")[FEATURES] for picture in pictures]
    features = [maps / maps.square().mean().sqrt() for maps in features]
    return {
        "pixels": mean_distance(torch.cat(pictures)),
        "features": mean_distance(torch.cat(features)),
        "loss": statistics.mean(loss_of(objective, picture) for picture in pictures),
    }


def trained(
    picture: Tensor,
    descriptor: Descriptor,
    *,
    seconds: float,
    optimisers: dict[str, float | bool],
    faithful: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """The mean loss of V1's samples after training from scratch for so many CPU seconds, and the steps of it.

    The slim net does not whiten, as in `texture_nets.Learner`: that pays later than within such a time.
    """
    objective = texture_nets.TextureObjective(descriptor, picture)
    settings = {"size": 160, "bfloat16": bfloat16_is_faster(descriptor.mean.device), **optimisers}

    def trainer(steps: int) -> texture_nets.TextureTrainer:
        net = texture_nets.TextureNetV1(whitening=False, faithful=faithful, seed=seed)
        net = channels_last(net)
        return texture_nets.TextureTrainer(net, objective, steps=steps, seed=seed, **settings)

    started = time.process_time()
    for _ in trainer(PROBED_STEPS).run():
        pass
    last = trainer(round(seconds * PROBED_STEPS / (time.process_time() - started)))
    for _ in last.run():
        pass
    return {"loss": mean_loss(last.net.eval(), objective), "steps": last.steps}


def mean_loss(net: texture_nets.TextureNetV1, objective: texture_nets.TextureObjective) -> float:
    return statistics.mean(loss_of(objective, texture_nets.sample(net, seed=seed, size=SIDE)) for seed in range(4))


def taught(picture: Tensor, descriptor: Descriptor, *, start: str | None, seconds: tuple[int, ...]) -> dict[str, Any]:
    """The mean loss of a learner's samples after so many CPU seconds on one thread."""
    objective = texture_nets.TextureObjective(descriptor, picture)
    learner = texture_nets.Learner(picture, descriptor, start=start)
    found: dict[str, Any] = {}
    left, spent, started = list(seconds), 0.0, time.process_time()
    while left:
        next(learner.run(learner.step + 1))
        if left[0] <= spent + time.process_time() - started:
            spent += time.process_time() - started
            found |= {str(left.pop(0)): mean_loss(learner.net, objective), "steps": learner.step}
            started = time.process_time()
    return found


# ---- rows


def optimiser_rows(
    descriptor: Descriptor, textures: list[str], *, exemplars: Path | None, samples: int, most: int, large: bool
) -> list[Row]:
    def found_at(side: int, texture: str, variant: str) -> dict[str, Any]:
        return measured(
            TECHNIQUE,
            f"optimiser-{texture}-{variant}-{side}",
            (net_hash(texture, variant), samples, most),
            lambda: against_the_optimiser(texture, variant, descriptor, side=side, samples=samples, most=most),
        )

    rows: list[Row] = []
    ratios: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for texture in textures:
        title = TEXTURES[texture].title
        picture = exemplar(texture, exemplars)
        if picture is not None:
            base = measured(
                TECHNIQUE,
                f"floor-{texture}",
                net_hash(texture, "v1"),
                lambda picture=picture: floor(picture, descriptor),
            )["loss"]
        for variant in VARIANTS:
            found = found_at(side_of(variant), texture, variant)
            if picture is not None:
                what = f"{title}, {variant}: loss of samples, and of half the exemplar"
                rows.append(Row(what, found["goal"], base, found["goal"] / base, "", "", None))
            rows.append(steps_row(f"{title}, {variant}", found))
            ratio = found["optimiser_s"] / found["generator_s"]
            ratios[variant].append(ratio)
            what = f"{title}, {variant}: CPU seconds, net and L-BFGS"
            cells = (found["generator_s"], found["optimiser_s"], ratio)
            rows.append(Row(what, *cells, "CPU s", "ratio >= 500 (Fig. 2.6)", ratio >= 500))
        if large:
            found, what = found_at(LARGE_SIDE, texture, "v1"), f"{title}, v1 at {LARGE_SIDE} px"
            rows.append(Row(f"{what}: loss of samples", found["goal"], None, None, "", "", None))
            rows.append(steps_row(what, found))
    for variant, values in ratios.items():
        rows.append(Row(f"median of these ratios, {variant}", None, None, statistics.median(values), "", "", None))
    return rows


def steps_row(net: str, found: dict[str, Any]) -> Row:
    steps = found["steps"] or found["tried"]
    more = "" if found["steps"] else " (not reached)"
    return Row(f"{net}: L-BFGS steps to that loss{more}", steps, None, None, "steps", ">= 60, aim 150", steps >= 60)


def diversity_rows(descriptor: Descriptor, textures: list[str], *, samples: int) -> list[Row]:
    rows = []
    for texture in textures:
        found = {
            variant: measured(
                TECHNIQUE,
                f"diversity-{texture}-{variant}",
                (net_hash(texture, variant), samples),
                lambda texture=texture, variant=variant: diversity(texture, variant, descriptor, samples=samples),
            )
            for variant in VARIANTS
        }
        for key, target, holds in (
            ("pixels", ">= 3", lambda r: r >= 3),
            ("features", ">= 3", lambda r: r >= 3),
            ("loss", "<= 1.2", lambda r: r <= 1.2),
        ):
            ours, peer = found["v2"][key], found["v2-collapsed"][key]
            what = f"{TEXTURES[texture].title}: {key} of {samples} samples, V2 with entropy and without"
            rows.append(Row(what, ours, peer, ours / peer, "", f"ratio {target}", holds(ours / peer)))
        ours, peer = found["v2"]["pixels"], found["v1"]["pixels"]
        what = f"{TEXTURES[texture].title}: pixels of {samples} samples, V2 with entropy and V1"
        rows.append(Row(what, ours, peer, ours / peer, "", "", None))
    return rows


def memory_rows(texture: str) -> list[Row]:
    found = measured(
        TECHNIQUE,
        "memory",
        (net_hash(texture, "v1"), SIDE),
        lambda: arm("texture_memory", texture, SIDE),
    )
    ours, peer = found["generator"], found["optimiser"]
    return [Row("memory of one 256 px texture, V1 and L-BFGS", ours, peer, peer / ours, "MB", "thesis: 6.5", None)]


def faithful_rows(
    descriptor: Descriptor, texture: str, *, rounds: int, seconds: float, seeds: tuple[int, ...]
) -> list[Row]:
    sides = (SIDE, 4 * SIDE)
    runs: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    for place in range(rounds):
        for faithful in runs:
            runs[faithful].append(
                measured(
                    TECHNIQUE,
                    f"seconds-{'faithful' if faithful else 'slim'}-{place}",
                    (sides, texture_nets.TextureNetV1(faithful=faithful).arguments),
                    lambda faithful=faithful: arm("texture_speed", "faithful" if faithful else "slim", *sides),
                )
            )
    rows = []
    for side in map(str, sides):
        ours, peer = (statistics.median(one[side] for one in runs[faithful]) for faithful in (False, True))
        what = f"V1 at {side} px, slim and faithful"
        rows.append(Row(what, ours, peer, peer / ours, "CPU s", "ratio >= 3", peer / ours >= 3))
    picture, losses = exemplar(texture, None), {}
    for faithful in runs:
        kind = "faithful" if faithful else "slim"
        arguments = texture_nets.TextureNetV1(whitening=False, faithful=faithful).arguments
        losses[faithful] = statistics.mean(
            measured(
                TECHNIQUE,
                f"trained-{kind}-{seed}",
                (texture, seconds, SCRATCH, arguments),
                lambda faithful=faithful, seed=seed: trained(
                    picture, descriptor, faithful=faithful, seconds=seconds, optimisers=SCRATCH, seed=seed
                ),
            )["loss"]
            for seed in seeds
        )
    ours, peer = losses[False], losses[True]
    which = ", ".join(map(str, seeds))
    what = f"loss after {seconds} CPU s from scratch, slim (not whitening) and faithful, seed {which}"
    what = f"{TEXTURES[texture].title}: {what}"
    return [*rows, Row(what, ours, peer, ours / peer, "", "ratio <= 1", ours <= peer)]


def teach_rows(descriptor: Descriptor, pictures: list[Path], *, seconds: tuple[int, ...], full: float) -> list[Row]:
    rows, optimisers = [], texture_nets.Learner.OPTIMISERS
    for path in pictures:
        picture = at_short_side(open_picture(path), size=160)
        best = measured(
            TECHNIQUE,
            f"teach-{path.stem}-all",
            (path.name, full, optimisers, texture_nets.TextureNetV1().arguments),
            lambda picture=picture: trained(picture, descriptor, faithful=False, seconds=full, optimisers=optimisers),
        )["loss"]
        nearest = texture_nets.nearest_texture(picture, descriptor)
        for start in (nearest, None):
            found = measured(
                TECHNIQUE,
                f"teach-{path.stem}-{'warm' if start else 'scratch'}",
                (path.name, seconds, optimisers, start and net_hash(start, "v1")),
                lambda picture=picture, start=start: taught(picture, descriptor, start=start, seconds=seconds),
            )
            for second in seconds:
                ours = found[str(second)]
                begun = start or "scratch"
                what = f"{path.stem}: loss after {second} CPU s from {begun}, and {full} CPU s from scratch"
                rows.append(Row(what, ours, best, ours / best, "", "", None))
    return rows


def draw_sheet() -> None:
    """A row a texture: the exemplar where it may be shown, two samples of V1, two of V2, two of V2 without entropy."""
    tile, gap = 128, 4
    sheet = Image.new("RGB", (7 * (tile + gap) - gap, len(TEXTURES) * (tile + gap) - gap), "white")
    for down, (name, texture) in enumerate(TEXTURES.items()):
        pictures = [exemplar(name, None)] if texture.exemplar else [None]
        for variant in VARIANTS:
            net = texture_nets.load_texture_net(name, variant=variant)
            pictures += [texture_nets.sample(net, seed=seed, size=tile) for seed in (0, 1)]
        for along, picture in enumerate(pictures):
            if picture is not None:
                top = picture[..., :tile, :tile]
                sheet.paste(to_picture(top), (along * (tile + gap), down * (tile + gap)))
    sheet.save(ROOT / "docs" / "texture_nets.jpg", quality=88)


def main(
    quick: Annotated[bool, typer.Option(help="Two textures, nothing from outside the repository.")] = False,
    exemplars: Annotated[Path | None, typer.Option(help="A folder with the exemplars that are not here.")] = None,
    teach: Annotated[list[Path] | None, typer.Option(help="Pictures to learn, that no net was trained on.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Among {', '.join(GROUPS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the JSON.")] = None,
) -> None:
    """Measure, print one table and write it as JSON."""
    chosen(only, GROUPS)
    need("--exemplars", exemplars)
    for picture in teach or ():
        need("--teach", picture, kind="file")
    descriptor = channels_last(load_descriptor())
    textures = list(TEXTURES)[:2] if quick else list(TEXTURES)
    drawn = next(name for name, texture in TEXTURES.items() if texture.exemplar)
    rounds, seconds, seeds = (1, 30, SEEDS[:1]) if quick else (5, SCRATCH_S, SEEDS)
    measures: dict[str, Measure | None] = {
        "sheet": None if quick else draw_sheet,
        "optimiser": lambda: optimiser_rows(
            descriptor, textures, exemplars=exemplars, samples=16, most=70 if quick else MOST_STEPS, large=not quick
        ),
        "diversity": lambda: diversity_rows(descriptor, textures, samples=6 if quick else 16),
        "memory": lambda: memory_rows(textures[0]),
        "faithful": lambda: faithful_rows(descriptor, drawn, rounds=rounds, seconds=seconds, seeds=seeds),
        "teach": (lambda: teach_rows(descriptor, teach, seconds=LEARNING, full=SCRATCH_S)) if teach else None,
    }
    run_groups(TECHNIQUE, measures, only=only, out=out, quick=quick)


if __name__ == "__main__":
    typer.run(main)
