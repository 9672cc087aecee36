"""Avatars by the measures of Table 6.1, against the baseline *Direct* and against rendered pictures.

`python -m benchmarks.avatars --people FOLDER --motions FOLDER --arms FOLDER` takes twenty minutes on one thread and
resumes. ARMS holds finished runs of `python -m convgen.train avatars` on the two people of `ARM_PEOPLE`, without the
motions of `HELD_OUT`: ours-16, ours-6 (`--cameras 16`, 6), direct-16 and direct-6 (`--direct` and as many CPU seconds),
and parts-lost (`--initial-weight 0`). What is not named is left out. `--quick` takes a minute and needs nothing.

What is compared how: `benchmarks.avatar_views`, and of avatars of a few pictures `benchmarks.avatar_becoming`.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor

from benchmarks.avatar_becoming import become_rows
from benchmarks.avatar_views import (
    ARM_PEOPLE,
    LARGE,
    SHIPPED,
    TECHNIQUE,
    large_rows,
    load_arm,
    table_rows,
    unseen,
)
from benchmarks.pose_error import pose_errors
from benchmarks.processes import arm, cpu_seconds
from benchmarks.report import Measure, Row, chosen, measured, need, run_groups
from benchmarks.server import server
from benchmarks.sliders import views_per_second
from benchmarks.webcam import driven_per_second
from convgen import weights
from convgen.avatars import catalogue
from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY, Camera
from convgen.avatars.data import load_motions, load_people
from convgen.avatars.motion import positions
from convgen.avatars.network import PARTS, AvatarNet
from convgen.avatars.objective import foreground_logits, initial_loss
from convgen.avatars.rendering import view

GROUPS = ("table", "large", "parts", "pose", "become", "size", "speed", "serving")
MOST_MB = {"avatar": 14, "blazepose": 9}
MOST_UV = 0.05
VIEWS = 144
"""In which poses are estimated."""


# ---- parts, sizes, speed


@torch.no_grad()
def parts_rows(people: Path, motions: Path, arms: Path | None) -> list[Row]:
    """How far the coordinates are from the true ones, after training end to end."""
    moves, networks = load_motions(motions), catalogue.load_networks()

    def error(net: AvatarNet, code: Callable[[int], Tensor], names: Sequence[str]) -> dict[str, float]:
        found, right = [], []
        for whose, person in enumerate(load_people(people, names).values()):
            for _, _, _, truth in unseen(person, moves, size=BODY.pixels):
                logits, uv = net(bone_maps(truth.joints[None], truth.distance), code(whose)[None])
                known = initial_loss(logits, uv, truth.parts[None], truth.part_uv[None])
                found.append(known["uv"].item())
                solid = (truth.parts < PARTS) & (foreground_logits(logits)[0, 0] > 0)
                right.append((logits[0, :PARTS].argmax(0) == truth.parts)[solid].float().mean().item())
        return {"uv": fmean(found), "right": fmean(right)}

    avatars = [catalogue.load_avatar(name) for name in SHIPPED]
    key = weights.find(catalogue.NETWORKS["body"]).sha256
    own = measured(
        TECHNIQUE,
        "parts",
        key,
        lambda: error(networks.body, lambda whose: avatars[whose].codes["body"], list(SHIPPED.values())),
    )
    rows = [
        Row("error of the coordinates on unseen views, six people", own["uv"], None, None, "of a texture's side",
            f"<= {MOST_UV}", own["uv"] <= MOST_UV),
        Row("pixels given to the right one of 24 parts", own["right"], None, None, "of 1", "", None),
    ]  # fmt: skip
    if arms and (arms / "parts-lost").is_dir():
        pair = {}
        for name in ("ours-16", "parts-lost"):
            one = load_arm(arms / name)
            conditions = (one.cpu_seconds, float(one.codes.sum()))
            make = partial(error, one.net, one.codes.__getitem__, ARM_PEOPLE)
            pair[name] = measured(TECHNIQUE, f"parts-{name}", conditions, make)
        one, lost = pair["ours-16"]["uv"], pair["parts-lost"]["uv"]
        what = "error of the coordinates, initial loss kept against Eq. 6.2 and 6.3 alone"
        rows.append(Row(what, one, lost, one / lost, "of a texture's side", "", None))
    return rows


def pose_rows(people: Path, motions: Path) -> list[Row]:
    """How far estimated poses are from the joints of rendered people."""
    moves = list(load_motions(motions).values())
    found = list(load_people(people, sorted(path.stem for path in people.glob("*.npz"))).values())

    def measure() -> dict[str, float]:
        errors = pose_errors(found, moves, views=VIEWS)
        raw, aligned = float(np.median(errors.raw)), float(np.median(errors.aligned))
        return {"raw": raw, "aligned": aligned, "missed": errors.missed}

    key = weights.find("blazepose-full").sha256
    own = measured(TECHNIQUE, "pose", (key, VIEWS, len(found)), measure)
    what = f"pose of rendered people, {VIEWS} views of {len(found)}"
    return [
        Row(f"{what}: median error", own["raw"], None, None, "mm", "<= 100", own["raw"] <= 100),
        Row(f"{what}: after alignment", own["aligned"], None, None, "mm", "<= 80", own["aligned"] <= 80),
        Row(f"{what}: missed", own["missed"], None, None, "views", "0", own["missed"] == 0),
    ]


def size_rows() -> list[Row]:
    """Megabytes of what is shipped."""
    rows = []
    for prefix, most in MOST_MB.items():
        size = sum(row.size for name, row in weights.rows().items() if name.startswith(prefix)) / 1e6
        what = {"avatar": "networks and avatars", "blazepose": "networks of the pose"}[prefix]
        rows.append(Row(what, size, None, None, "MB", f"<= {most}", size <= most))
    return rows


def speed_rows() -> list[Row]:
    """CPU milliseconds and memory of a view, without the page."""
    networks, avatar = catalogue.load_networks(), catalogue.load_avatar("white-coat")
    joints = positions(catalogue.load_motion("dance"), avatar.rest)[60]
    rows = []
    for size in (256, LARGE, 1024):
        ms = 1000 * cpu_seconds(lambda size=size: view(networks, avatar, joints, Camera(30, 10), size=size))
        rows.append(Row(f"a view at {size} px", ms, None, None, "CPU ms", "", None))
    peak = arm("avatar_memory", 1024)["mb"]
    rows.append(
        Row("peak memory of a process that shows avatars at 1024 px", peak, None, None, "MB", "<= 1400", peak <= 1400)
    )
    return rows


def serving_rows() -> list[Row]:
    """Pictures a second through the page."""
    rows = []
    with server([sys.executable, "app.py"]) as (_, url):
        for size, least in ((256, 12), (LARGE, 8)):
            rate = views_per_second(url, size=size)
            what = f"a slider of the camera through the app, {size} px"
            rows.append(Row(what, rate, None, None, "pictures a second", f">= {least}", rate >= least))
        rate = driven_per_second(url).frames_per_second
        rows.append(Row("webcam with pose through the app", rate, None, None, "pictures a second", ">= 5", rate >= 5))
    return rows


def main(
    quick: Annotated[bool, typer.Option(help="Only what needs nothing from outside the repository.")] = False,
    people: Annotated[Path | None, typer.Option(help="Rigged people: as for the trainer.")] = None,
    motions: Annotated[Path | None, typer.Option(help="Motions: as for the trainer.")] = None,
    arms: Annotated[Path | None, typer.Option(help="A folder of runs to compare.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Among {', '.join(GROUPS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the JSON.")] = None,
) -> None:
    """Measure, print one table and write it as JSON."""
    chosen(only, GROUPS)
    for option, path in (("--people", people), ("--motions", motions), ("--arms", arms)):
        need(option, path)
    measures: dict[str, Measure | None] = dict.fromkeys(GROUPS)
    measures |= {"size": size_rows, "speed": speed_rows}
    measures["become"] = lambda: become_rows(*((None, None) if quick else (people, motions)))
    if not quick:
        measures["serving"] = serving_rows
    if people and motions and not quick:
        measures["parts"] = lambda: parts_rows(people, motions, arms)
        measures["pose"] = lambda: pose_rows(people, motions)
        if arms:
            measures["table"] = lambda: table_rows(people, motions, arms)
            measures["large"] = lambda: large_rows(people, motions, arms)
    run_groups(TECHNIQUE, measures, only=only, out=out, quick=quick)


if __name__ == "__main__":
    typer.run(main)
