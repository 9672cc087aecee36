"""How near a net comes in minutes to one that was trained for hours: paintings whose own nets are left out."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from benchmarks.report import ROOT, Row, measured
from convgen import stylenet, weights
from convgen.descriptor import Descriptor
from convgen.images import at_short_side, fit_within, open_picture, to_picture, to_tensor

PAINTINGS = ("udnie", "the-scream", "great-wave")
MINUTES = {120: 1.8, 300: 1.5}
"""Seconds of learning -> the most that the texture loss may be, in that of the bundled net."""
UNSEEN = ("dogs_window", "coffee", "sunset", "grace_hopper_portrait")
"""Photographs that are not learned on here."""
SHEET_SIDE = 320
DRAWN, DRAWN_AT = ("turner_shipwreck", "gauguin_tahiti", "vangogh_wheat_field_cypresses"), (30, 120)
"""Paintings of the app that have no net, and after which seconds docs/stylenet_lessons.jpg shows them."""


def lessons(descriptor: Descriptor) -> list[Row]:
    """The rows; and the sheet."""
    draw_lessons(descriptor)
    return lesson_rows(descriptor)


def lesson_rows(descriptor: Descriptor) -> list[Row]:
    """The texture loss on unseen photographs after minutes of all cores, in that of the bundled net."""
    rows = []
    for style in PAINTINGS:
        key = (weights.find(f"stylenet-{style}").sha256[:12], list(MINUTES), os.cpu_count(), LESSON)
        found = measured("stylenet", f"teach-{style}", key, lambda style=style: learned(style, descriptor))
        for seconds, most in MINUTES.items():
            ours, full = found[str(seconds)]["texture"], found["bundled"]["texture"]
            what = f"{stylenet.STYLES[style].title}: texture loss after {seconds} s of {found['cores']} cores from "
            what += f"{stylenet.STYLES[found['start']].title}, and of its bundled net"
            rows.append(Row(what, ours, full, ours / full, "", f"ratio <= {most}", ours <= most * full))
    return rows


LESSON = "nearest, 160 pixels"
"""Changes with how a lesson goes."""


def learned(style: str, descriptor: Descriptor) -> dict[str, Any]:
    objective = stylenet.load_objective(style, descriptor)
    photos = [unseen(name, 512) for name in UNSEEN]
    start = stylenet.nearest_style(objective, besides=style)
    found: dict[str, Any] = {"start": start, "cores": os.cpu_count()}
    found |= {"bundled": stylenet.scores(stylenet.load_stylenet(style), objective, photos)}
    found |= {"begun": stylenet.scores(stylenet.load_stylenet(start), objective, photos)}
    with tempfile.TemporaryDirectory() as folder:
        for file in (ROOT / "assets" / "photos").glob("*.jpg"):
            if file.stem not in UNSEEN:
                (Path(folder) / file.name).symlink_to(file)
        learner = stylenet.StyleLearner(objective, start=start, photos=Path(folder))
        spent = 0.0
        for seconds in MINUTES:
            spent = learn(learner, spent, seconds)
            found[str(seconds)] = stylenet.scores(learner.net, objective, photos) | {"steps": learner.step}
    return found


def learn(learner: stylenet.StyleLearner, spent: float, seconds: float) -> float:
    """Let it learn on all cores until so many seconds are spent in all."""
    torch.set_num_threads(os.cpu_count() or 1)
    while spent < seconds:
        begun = time.monotonic()
        for _ in learner.run(learner.step + 5, every=5):
            pass
        spent += time.monotonic() - begun
    torch.set_num_threads(1)
    return spent


def unseen(name: str, side: int) -> Tensor:
    picture = open_picture(ROOT / "assets" / "photos" / f"{name}.jpg").convert("RGB")
    return to_tensor(fit_within(picture, longest_side=side))


def draw_lessons(descriptor: Descriptor) -> None:
    """A row a painting: it, a photograph, and that after so many seconds of all cores."""
    rows = []
    for name in DRAWN:
        picture = open_picture(ROOT / "assets" / "paintings" / f"{name}.jpg")
        objective = stylenet.StyleObjective(descriptor, at_short_side(picture, size=stylenet.STYLE_SIZE))
        learner = stylenet.StyleLearner(objective, start=stylenet.nearest_style(objective))
        photo, spent = unseen("summer_palace", SHEET_SIDE), 0.0
        tiles = [picture, to_picture(photo)]
        for seconds in DRAWN_AT:
            spent = learn(learner, spent, seconds)
            tiles.append(to_picture(stylenet.stylize(learner.net, photo)))
        rows.append(tiles)
    size = rows[0][1].size
    sheet = Image.new("RGB", (len(rows[0]) * size[0], len(rows) * size[1]), "white")
    for down, tiles in enumerate(rows):
        for along, tile in enumerate(tiles):
            small = tile.convert("RGB").copy()
            small.thumbnail(size)
            sheet.paste(small, (along * size[0], down * size[1]))
    sheet.save(ROOT / "docs" / "stylenet_lessons.jpg", quality=85)
