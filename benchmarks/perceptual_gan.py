"""Edits of unseen people by the measures of Table 5.1, against peers that are trained or optimised here.

`python -m benchmarks.perceptual_gan --faces FOLDER --labels CSV --squeezenet FILE --fruit FOLDER --arms FOLDER` takes
an hour on one thread and resumes. ARMS holds finished runs of `python -m convgen.train perceptual_gan --attribute
smile`, named KIND-SEED, e.g. plain-0, vgg-2, vgg_star-1, cycle-0. What is not named is left out. `--quick` takes two
minutes and needs nothing. Faces and fruit of the data sets are measured and never drawn.

Judge: `benchmarks.judges.train_judge` on real pictures; its log-loss on edits says how far they are from the target
domain. C2ST: the log-loss with which logistic classifiers on SqueezeNet's features tell edits from real pictures of the
target domain that have the same other labels; 0.69 is chance.
"""

import json
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, pstdev
from typing import Annotated, Any

import torch
import typer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.judges import Judge, c2st, load_squeezenet, log_loss, looks, train_judge
from benchmarks.processes import cpu_seconds
from benchmarks.report import ROOT, UNFINISHED, Measure, Row, chosen, measured, need, run_groups
from benchmarks.server import server
from benchmarks.sliders import edits_per_second
from benchmarks.webcam import edits_per_second as camera_edits_per_second
from convgen import perceptual_gan, weights
from convgen.descriptor import load_descriptor
from convgen.face_finder import celeba_square, find_faces
from convgen.images import open_picture, to_tensor
from convgen.perceptual_gan import ATTRIBUTES, SLIDERS, Edit, EditGenerator, Window, edited_square
from convgen.perceptual_gan.attributes import AS_IT_IS, SQUARE
from convgen.perceptual_gan.data import load_fruit, load_labelled
from convgen.runtime import channels_last
from convgen.training.data import HELD_OUT, TRAINING, VALIDATION
from convgen.training.runs import contact_sheet

TECHNIQUE = "perceptual_gan"
GROUPS = ("sheet", "edits", "arms", "slow", "pixels", "fruit", "speed", "serving")
MOST = 1000
"""Faces an edit."""
STRENGTHS = (0.6, 0.8, 1.0, 1.25, 1.5)
PARTS = (VALIDATION, HELD_OUT)
"""Of CelebA: people that training never saw."""


@dataclass(frozen=True)
class Targets:
    """What was asked of an edit: the judge's log-loss at most, and C2ST at least as a share of real against real."""

    loss: float | None = None
    share: float | None = None


ASKED = {
    "smiling": Targets(0.30, 0.75),
    "neutral": Targets(0.30, 0.70),
    "older": Targets(None, 0.70),
    "younger": Targets(None, 0.70),
}
MEANS = {"gender": 0.50, "hair": 0.80}
"""Attribute -> the mean log-loss of all its directions at most."""


# ---- faces


class Unseen:
    """Faces of people that training never saw, and a judge of an attribute trained on those that it saw."""

    def __init__(self, attribute: str, faces: Path, labels: Path):
        self.name, self.kind = attribute, ATTRIBUTES[attribute]
        rows, squares = [], []
        for part in PARTS:
            some, pictures = load_labelled(faces, labels, self.kind, AS_IT_IS, partition=part, margin=0)
            rows += some
            squares.append(pictures)
        self.squares = torch.cat(squares)
        self.domains = [self.kind.domain(row) for row in rows]
        self.strata = [self.kind.stratum(row) for row in rows]
        self.judge = self._judge(faces, labels)

    def _judge(self, faces: Path, labels: Path) -> Judge:
        kept = UNFINISHED / TECHNIQUE / f"judge-{self.name}.safetensors"
        domains = len(self.kind.domains)
        if kept.exists():
            judge = Judge(domains).eval().requires_grad_(False)
            judge.load_state_dict(load_file(kept))
            return channels_last(judge)
        rows, pictures = load_labelled(faces, labels, self.kind, self.kind.window, partition=TRAINING, margin=0)
        labels_ = torch.tensor([self.kind.domain(row) for row in rows])
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
        choosing, training = order[: len(order) // 10], order[len(order) // 10 :]
        judge = train_judge(
            (pictures[training], labels_[training]), (pictures[choosing], labels_[choosing]), domains=domains
        )
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_file({key: value.contiguous() for key, value in judge.state_dict().items()}, kept)
        return judge

    def of(self, domain: int | None, *, other: int | None = None) -> list[int]:
        """Places of faces of a domain, or of all but one."""
        return [place for place, d in enumerate(self.domains) if (d == domain if other is None else d != other)]

    def window(self, squares: Tensor) -> Tensor:
        """The part of (N, 3, 128, 128) in [0, 1] that the attribute is about."""
        w = self.kind.window
        return squares[..., w.top : w.top + w.side, w.left : w.left + w.side]

    def taken(self, places: list[int]) -> Tensor:
        return self.squares[places].float() / 255


@torch.no_grad()
def edited(edit: Edit, squares: Tensor, target: int, strength: float) -> Tensor:
    """As the app would show it, in eight bits."""
    parts = [edited_square(edit, part, target, strength) for part in squares.split(64)]
    return (torch.cat(parts) * 255).round() / 255


def towards(
    unseen: Unseen, edit: Edit, target: int, squeezenet: nn.Module, *, strengths: tuple[float, ...] = STRENGTHS
) -> dict[str, Any]:
    """An edit towards a domain at the best of some strengths, beside real faces of the domain.

    The best is, of those whose log-loss is what was asked, the one with the highest C2ST, or else the one with the
    least log-loss.
    """
    found = sources_and_real(unseen, target)
    before, real, more = (unseen.taken(places) for places in found)
    already = unseen.taken(unseen.of(target)[:MOST])
    seen = lambda squares: looks(squeezenet, unseen.window(squares))  # noqa: E731
    real_looks = seen(real)
    truth = log_loss(unseen.judge, unseen.window(torch.cat([real, more])), target)
    unedited = log_loss(unseen.judge, unseen.window(before), target)
    asked = limit_of(list(unseen.kind.domains)[target], unedited["loss"])
    enough = MEANS.get(unseen.name, truth["loss"] + 0.05) if asked is None else asked
    tried = []
    for strength in strengths:
        after = edited(edit, before, target, strength)
        judged = log_loss(unseen.judge, unseen.window(after), target)
        tried.append({"strength": strength, **judged, "c2st": c2st(seen(after), real_looks)})
    fitting = [one for one in tried if one["loss"] <= enough]
    best = max(fitting, key=lambda one: one["c2st"]) if fitting else min(tried, key=lambda one: one["loss"])
    strength = best["strength"]
    after = edited(edit, before, target, strength)
    kept = edited(edit, already, target, strength)
    change = lambda one, two: (one - two).abs().mean().item() * 255  # noqa: E731
    return {
        "faces": len(before),
        **best,
        "unedited": unedited["loss"],
        "real": truth["loss"],
        "real_share": truth["share"],
        "c2st_real": c2st(seen(more), real_looks),
        "c2st_unedited": c2st(seen(before), real_looks),
        "cosine": cosine(before, after),
        "change": change(unseen.window(before), unseen.window(after)),
        "change_of_those_that_have_it": change(unseen.window(already), unseen.window(kept)),
    }


def limit_of(domain: str, unedited: float) -> float | None:
    """The judge's log-loss at most: for age half of that of unedited faces."""
    return unedited / 2 if domain in ATTRIBUTES["age"].domains else ASKED.get(domain, Targets()).loss


def sources_and_real(unseen: Unseen, target: int) -> tuple[list[int], list[int], list[int]]:
    """Faces to edit, and two disjoint sets of real faces of the target domain with the same other labels."""
    sources = unseen.of(None, other=target)
    real = unseen.of(target)
    strata = [unseen.strata[place] for place in real]
    order = torch.randperm(len(sources), generator=torch.Generator().manual_seed(1)).tolist()
    first, second, chosen = [], [], []
    left: dict[tuple, list[int]] = {}
    for place, stratum in zip(real, strata, strict=True):
        left.setdefault(stratum, []).append(place)
    for source in (sources[place] for place in order):
        pool = left.get(unseen.strata[source], [])
        if len(pool) >= 2 and len(chosen) < MOST:
            chosen.append(source)
            first.append(pool.pop())
            second.append(pool.pop())
    return chosen, first, second


@torch.no_grad()
def cosine(one: Tensor, other: Tensor) -> float:
    """Mean cosine of the descriptor's relu3_3 and relu4_3 of faces before and after."""
    descriptor = channels_last(load_descriptor())
    found = []
    for before, after in zip(one[:200].split(20), other[:200].split(20), strict=True):
        features = [descriptor(x, ("relu3_3", "relu4_3")) for x in (before, after)]
        found += [
            F.cosine_similarity(features[0][layer].flatten(1), features[1][layer].flatten(1)).mean().item()
            for layer in features[0]
        ]
    return fmean(found)


def edit_rows(faces: Path, labels: Path, squeezenet: nn.Module, only: list[str] | None) -> list[Row]:
    rows: list[Row] = []
    for attribute, kind in ATTRIBUTES.items():
        name = perceptual_gan.row_of(attribute)
        if name not in weights.rows() or (only and attribute not in only):
            continue
        edit, unseen = perceptual_gan.load_edit(attribute), Unseen(attribute, faces, labels)
        found = {
            domain: measured(
                TECHNIQUE,
                f"edit-{domain.replace(' ', '-')}",
                (weights.find(name).sha256, STRENGTHS, MOST),
                partial(towards, unseen, edit, target, squeezenet),
            )
            for target, domain in enumerate(kind.domains)
        }
        for domain, one in found.items():
            rows += rows_of(domain, one)
        if attribute in MEANS:
            mean, real = (fmean(one[key] for one in found.values()) for key in ("loss", "real"))
            rows.append(
                Row(f"{attribute}: judge's log-loss, mean of {len(found)}", mean, real, mean / real, "nats; real",
                    f"<= {MEANS[attribute]}", mean <= MEANS[attribute])
            )  # fmt: skip
    return rows


def rows_of(domain: str, one: dict[str, Any], *, by: str = "") -> list[Row]:
    """The rows of an edit towards a domain."""
    asked = ASKED.get(domain, Targets())
    limit = limit_of(domain, one["unedited"])
    what = f"to {domain}{by}, k = {one['strength']:g}, {one['faces']} faces"
    share = one["c2st"] / one["c2st_real"]
    rows = [
        Row(f"{what}: judge's log-loss", one["loss"], one["real"], one["loss"] / one["real"], "nats; real faces",
            "" if limit is None else f"<= {limit:.2f}", None if limit is None else one["loss"] <= limit),
        Row(f"{what}: judge's log-loss before", one["unedited"], one["real"], None, "nats; real faces", "", None),
        Row(f"{what}: C2ST", one["c2st"], one["c2st_real"], share, "nats; real against real",
            "" if asked.share is None else f"ratio >= {asked.share}",
            None if asked.share is None else share >= asked.share),
    ]  # fmt: skip
    if not by:
        smile = domain == "smiling"
        others = one["change_of_those_that_have_it"] / one["change"]
        rows += [
            Row(f"{what}: VGG cosine of face and edit", one["cosine"], None, None, "", ">= 0.95" if smile else "",
                one["cosine"] >= 0.95 if smile else None),
            Row(f"{what}: change of faces that have it, of others", one["change_of_those_that_have_it"], one["change"],
                others, "gray levels", "ratio <= 0.333", others <= 1 / 3),
        ]  # fmt: skip
    return rows


# ---- peers on smiles


def arm_rows(faces: Path, labels: Path, squeezenet: nn.Module, arms: Path) -> list[Row]:
    """The same generator trained with other discriminators, three seeds each: means and deviations over seeds."""
    unseen = Unseen("smile", faces, labels)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for folder in sorted(path for path in arms.iterdir() if (path / "net.json").is_file()):
        facts = json.loads((folder / "net.json").read_text(encoding="utf-8"))
        arguments = dict(facts["arguments"])
        window = Window(**arguments.pop("window"))
        net = EditGenerator(**arguments).eval().requires_grad_(False)
        net.load_state_dict(load_file(folder / "net.safetensors"))
        found = measured(
            TECHNIQUE,
            f"arm-{folder.name}",
            ((folder / "net.safetensors").stat().st_mtime_ns, STRENGTHS),
            partial(towards, unseen, Edit(net, window), 1, squeezenet),
        )
        kinds.setdefault(folder.name.rpartition("-")[0], []).append({**found, **facts["scores"]})
    rows = []
    for kind, found in kinds.items():
        what = f"to smiling by {kind}, {fmean(one['cpu_seconds'] for one in found):.0f} CPU s, {len(found)} seeds"
        shares = [one["c2st"] / one["c2st_real"] for one in found]
        losses = [one["loss"] for one in found]
        rows += [
            Row(f"{what}: judge's log-loss; deviation", fmean(losses), pstdev(losses), None, "nats", "", None),
            Row(
                f"{what}: C2ST of real against real; deviation", fmean(shares), pstdev(shares), None, "share", "", None
            ),
        ]
    return rows


def slow_rows(faces: Path, labels: Path, squeezenet: nn.Module, *, count: int = 40, steps: int = 20) -> list[Row]:
    """Deep Feature Interpolation of some faces to smiles, and the network's edits of the same faces."""
    unseen = Unseen("smile", faces, labels)

    def measure() -> dict[str, Any]:
        chosen, real, more = sources_and_real(unseen, 1)
        before = unseen.taken(chosen[:count])
        descriptor = channels_last(load_descriptor())
        difference = perceptual_gan.load_difference("smile")
        began, found = time.process_time(), []
        for square in before.split(1):
            *_, last = perceptual_gan.optimise_edit(descriptor, square, difference, steps=steps)
            found.append(last.image)
        seconds = (time.process_time() - began) / count
        edit = perceptual_gan.load_edit("smile")
        began = time.process_time()
        ours = edited(edit, before, 1, 1.0)
        ours_seconds = (time.process_time() - began) / count
        real_looks, more_looks = (
            looks(squeezenet, unseen.window(unseen.taken(places[:count]))) for places in (real, more)
        )
        return {
            **{f"slow_{k}": v for k, v in log_loss(unseen.judge, unseen.window(torch.cat(found)), 1).items()},
            **{f"ours_{k}": v for k, v in log_loss(unseen.judge, unseen.window(ours), 1).items()},
            "slow_c2st": c2st(looks(squeezenet, unseen.window(torch.cat(found))), real_looks),
            "ours_c2st": c2st(looks(squeezenet, unseen.window(ours)), real_looks),
            "real_c2st": c2st(more_looks, real_looks),
            "slow_seconds": seconds,
            "ours_seconds": ours_seconds,
        }

    key = (weights.find(perceptual_gan.row_of("smile")).sha256, weights.find("edit-differences").sha256, count, steps)
    one = measured(TECHNIQUE, "slow", key, measure)
    what = f"to smiling, {count} faces, network and Deep Feature Interpolation of {steps} steps"
    return [
        Row(f"{what}: judge's log-loss", one["ours_loss"], one["slow_loss"], None, "nats", "", None),
        Row(f"{what}: C2ST (real {one['real_c2st']:.2f})", one["ours_c2st"], one["slow_c2st"], None, "nats", "", None),
        Row(f"{what}: CPU seconds a face", one["ours_seconds"], one["slow_seconds"],
            one["ours_seconds"] / one["slow_seconds"], "s", "", None),
    ]  # fmt: skip


def pixel_rows(faces: Path, labels: Path, squeezenet: nn.Module) -> list[Row]:
    """The mean difference of pixels, once and twice: a ghost that a judge alone takes for a smile."""
    unseen = Unseen("smile", faces, labels)

    def measure() -> dict[str, Any]:
        rows, pictures = load_labelled(faces, labels, unseen.kind, AS_IT_IS, partition=TRAINING, margin=0, most=4000)
        domains = torch.tensor([unseen.kind.domain(row) for row in rows])
        means = [pictures[domains == d].float().mean(0) / 255 for d in (0, 1)]
        chosen, real, more = sources_and_real(unseen, 1)
        before = unseen.taken(chosen)
        real_looks, more_looks = (looks(squeezenet, unseen.window(unseen.taken(p))) for p in (real, more))
        found = {"real": c2st(more_looks, real_looks)}
        for times in (1, 2):
            after = (before + times * (means[1] - means[0])).clamp(0, 1)
            found[f"loss_{times}"] = log_loss(unseen.judge, unseen.window(after), 1)["loss"]
            found[f"c2st_{times}"] = c2st(looks(squeezenet, unseen.window(after)), real_looks)
        return found

    one = measured(TECHNIQUE, "pixels", (MOST,), measure)
    return [
        row
        for times in (1, 2)
        for row in (
            Row(f"to smiling by the mean difference of pixels, {times} x: judge's log-loss", one[f"loss_{times}"],
                None, None, "nats", "", None),
            Row(f"to smiling by the mean difference of pixels, {times} x: C2ST", one[f"c2st_{times}"], one["real"],
                one[f"c2st_{times}"] / one["real"], "nats; real against real", "", None),
        )
    ]  # fmt: skip


# ---- fruit


def fruit_rows(folder: Path, squeezenet: nn.Module) -> list[Row]:
    """Unseen apples and oranges translated, judged by a network trained on real fruit."""
    name = perceptual_gan.row_of("fruit")

    def measure() -> dict[str, Any]:
        domains, pictures = load_fruit(folder, side=SQUARE)
        order = torch.randperm(len(domains), generator=torch.Generator().manual_seed(0))
        labels = torch.tensor(domains)[order]
        pictures = pictures[order]
        judge = train_judge((pictures[60:], labels[60:]), (pictures[:60], labels[:60]), domains=2)
        test, shown = load_fruit(folder, side=SQUARE, part="test")
        test, shown = torch.tensor(test), shown.float() / 255
        edit, found = perceptual_gan.load_edit("fruit"), {}
        for target, fruit in enumerate(perceptual_gan.FRUIT):
            before, real = shown[test != target], shown[test == target]
            best: dict[str, Any] = {}
            for strength in STRENGTHS:
                after = edited(edit, before, target, strength)
                judged = log_loss(judge, after, target)
                if not best or judged["loss"] < best["loss"]:
                    best = {"strength": strength, **judged}
                    kept = after
            half = len(real) // 2
            found |= {f"{fruit}_{key}": value for key, value in best.items()}
            found |= {
                f"{fruit}_real": log_loss(judge, real, target)["share"],
                f"{fruit}_before": log_loss(judge, before, target)["share"],
                f"{fruit}_c2st": c2st(looks(squeezenet, kept), looks(squeezenet, real)),
                f"{fruit}_c2st_before": c2st(looks(squeezenet, before), looks(squeezenet, real)),
                f"{fruit}_c2st_real": c2st(looks(squeezenet, real[:half]), looks(squeezenet, real[half:])),
            }
        return found

    one = measured(TECHNIQUE, "fruit", (weights.find(name).sha256, STRENGTHS), measure)
    rows = []
    for fruit in perceptual_gan.FRUIT:
        what = f"40 unseen pictures to {fruit}, k = {one[f'{fruit}_strength']:g}"
        share = one[f"{fruit}_share"]
        rows += [
            Row(f"{what}: called {fruit} by the judge; real ones", share, one[f"{fruit}_real"], None, "share",
                ">= 0.7", share >= 0.7),
            Row(f"{what}: called {fruit} before", one[f"{fruit}_before"], None, None, "share", "", None),
            Row(f"{what}: C2ST; before", one[f"{fruit}_c2st"], one[f"{fruit}_c2st_before"], None, "nats", "", None),
        ]  # fmt: skip
    return rows


# ---- speed


def all_strengths(value: float = 1.0) -> dict[str, float]:
    """Every attribute once."""
    found, taken = {}, set()
    for name in perceptual_gan.available_sliders():
        attribute = SLIDERS[name].attribute
        if attribute not in taken:
            found[name] = value
            taken.add(attribute)
    return found


def speed_rows() -> list[Row]:
    photo = open_picture(ROOT / "assets" / "photos" / "astronaut_portrait.jpg").convert("RGB")
    scale = (2_000_000 / (photo.width * photo.height)) ** 0.5
    photo = photo.resize((round(photo.width * scale), round(photo.height * scale)))
    strengths = all_strengths()
    edits = {SLIDERS[name].attribute: perceptual_gan.load_edit(SLIDERS[name].attribute) for name in strengths}
    face = find_faces(photo)[0]
    square = to_tensor(celeba_square(photo, face))
    one = 1000 * cpu_seconds(lambda: perceptual_gan.combined_change(edits, square, {"smile": 1.0}).applied(square))
    every = 1000 * cpu_seconds(lambda: perceptual_gan.combined_change(edits, square, strengths).applied(square))
    find = 1000 * cpu_seconds(lambda: find_faces(photo))
    whole = 1000 * cpu_seconds(lambda: perceptual_gan.edit_photo(photo, edits, [(find_faces(photo)[0], strengths)]))
    size = sum(weights.find(perceptual_gan.row_of(name)).size for name in (*edits, "fruit")) / 1e6
    spent = sum(weights.find(perceptual_gan.row_of(name)).scores.get("cpu_seconds", 0.0) for name in (*edits, "fruit"))
    together = f"{len(strengths)} attributes at once"
    return [
        Row("a smile, 128 x 128 pixels", one, None, None, "CPU ms", "", None),
        Row(f"{together}, 128 x 128 pixels", every, None, None, "CPU ms", "<= 30", every <= 30),
        Row("finding the face in a photo of 2 megapixels", find, None, None, "CPU ms", "", None),
        Row(f"{together}, with finding and pasting", whole, None, None, "CPU ms", "<= 150",
            whole <= 150),
        Row("all networks of edits together", size, None, None, "MB", "<= 12", size <= 12),
        Row("their training together", spent / 3600, None, None, "CPU h", "<= 6", spent <= 6 * 3600),
    ]  # fmt: skip


def serving_rows() -> list[Row]:
    """Pictures a second through the running app."""
    with server([sys.executable, "app.py"]) as (_, address):
        slider = edits_per_second(address)
        camera = camera_edits_per_second(address).frames_per_second
    return [
        Row("photos that follow a slider, through the app", slider, None, None, "pictures / s", ">= 10", slider >= 10),
        Row("frames of the webcam, through the app", camera, None, None, "pictures / s", ">= 5", camera >= 5),
    ]


# ---- pictures and the command


def draw_sheet() -> None:
    """Two portraits in the public domain at five strengths of each slider, a row a slider."""
    photos, rows = ROOT / "assets" / "photos", []
    portraits = [open_picture(photos / f"{name}_portrait.jpg") for name in ("grace_hopper", "astronaut")]
    for slider in perceptual_gan.available_sliders():
        chosen, row = SLIDERS[slider], []
        edits = {chosen.attribute: perceptual_gan.load_edit(chosen.attribute)}
        for photo in portraits:
            face = find_faces(photo)[0]
            for share in range(5):
                strength = chosen.least + share / 4 * (chosen.most - chosen.least)
                done = perceptual_gan.edit_photo(photo, edits, [(face, {slider: strength})])
                row.append(celeba_square(done, face, side=2 * SQUARE))
        rows.append(row)
    contact_sheet(rows, tile=SQUARE).save(ROOT / "docs" / "edits.jpg", quality=85)


def main(
    quick: Annotated[bool, typer.Option(help="Only what needs nothing from outside the repository.")] = False,
    faces: Annotated[Path | None, typer.Option(help="Faces: as for the trainer.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Their table.")] = None,
    squeezenet: Annotated[Path | None, typer.Option(help="SqueezeNet 1.1 of torchvision, safetensors.")] = None,
    fruit: Annotated[Path | None, typer.Option(help="Apples and oranges: as for the trainer.")] = None,
    arms: Annotated[Path | None, typer.Option(help="A folder of runs to compare.")] = None,
    attribute: Annotated[list[str] | None, typer.Option(help="Only these attributes.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Among {', '.join(GROUPS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the JSON.")] = None,
) -> None:
    """Measure, print one table and write it as JSON."""
    chosen(only, GROUPS)
    need("--faces", faces, kind="file or folder")
    for option, path in (("--labels", labels), ("--squeezenet", squeezenet)):
        need(option, path, kind="file")
    for option, path in (("--fruit", fruit), ("--arms", arms)):
        need(option, path)
    measures: dict[str, Measure | None] = dict.fromkeys(GROUPS)
    measures["speed"] = speed_rows
    if not quick:
        measures |= {"sheet": draw_sheet, "serving": serving_rows}
    if squeezenet and not quick:
        net = load_squeezenet(squeezenet)
        if faces and labels:
            measures["edits"] = lambda: edit_rows(faces, labels, net, attribute)
            measures["slow"] = lambda: slow_rows(faces, labels, net)
            measures["pixels"] = lambda: pixel_rows(faces, labels, net)
            if arms:
                measures["arms"] = lambda: arm_rows(faces, labels, net, arms)
        if fruit:
            measures["fruit"] = lambda: fruit_rows(fruit, net)
    run_groups(TECHNIQUE, measures, only=only, out=out, quick=quick)


if __name__ == "__main__":
    typer.run(main)
