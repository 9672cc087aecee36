"""The tab's acts of talk mode: faces of nobody, and colours; `python -m demos.age.talk` draws bundled pictures."""

import time

import torch
from PIL import Image
from torch import Tensor

from convgen import age, images
from convgen.age.network import slerp
from convgen.runtime import seeded_generator
from demos import common
from demos.age import color_jobs, form
from demos.age.examples import TO_COLOUR
from demos.age.texts import COLORS_EQUATION, COLORS_TALK, COLORS_TITLE, EQUATION, TALK, TALK_TITLE
from demos.common.photos import photo_path
from demos.common.quick import quickly
from demos.common.talk import Act, Seen, bundle, in_rows

COLUMNS, ROWS, FACE_SIDE = 9, 4, 192
SEEDS = (0, 40, 80, 120)
COLOUR_SEEDS = (form.CALM[form.KIND], 4)
WAY = "way"


@quickly
def faces(item: str) -> Seen:
    """Faces from random points of the sphere; or ways between some, a row each."""
    net, started = form.face_net(), time.perf_counter()
    if item.startswith(WAY):
        ends = _latents(2 * ROWS, int(item.removeprefix(WAY)))
        at = torch.linspace(0, 1, COLUMNS).tolist()
        z = torch.cat([slerp(*ends[2 * row : 2 * row + 2].split(1), one) for row in range(ROWS) for one in at])
    else:
        z = _latents(COLUMNS * ROWS, int(item))
    made = _generated(net, z)
    seconds = time.perf_counter() - started
    return Seen(in_rows(made, COLUMNS), line=f"{len(made)} faces in {common.in_milliseconds(seconds)}")


def _latents(number: int, seed: int) -> Tensor:
    return age.random_latents(number, seeded_generator(seed), latents=form.face_net().latents)


def _generated(net: age.FaceAGE, z: Tensor) -> list[Image.Image]:
    with torch.inference_mode():
        made = net.generate(z.to(common.DEVICE)).cpu()
    size = (FACE_SIDE, FACE_SIDE)
    return [images.to_picture(one[None]).resize(size, Image.Resampling.LANCZOS) for one in made]


def colours(item: str) -> Seen:
    """A picture in the colours of a seed."""
    name, _, seed = item.rpartition("-")
    picture, how = images.open_picture(photo_path(name, TO_COLOUR)), color_jobs.of_seed(int(seed), form.KIND)
    started, place = time.perf_counter(), color_jobs.on_pad(how.longitude, how.latitude)
    (before, after), _, _ = color_jobs.draw(picture, place, how, form.KIND)
    return Seen(after, before, f"one pass, {common.in_milliseconds(time.perf_counter() - started)}")


def _said(item: str) -> dict[str, str]:
    name, _, seed = item.rpartition("-")
    return {"photo": name, "seed": seed}


FACES = Act(
    "faces", "age", TALK_TITLE, EQUATION, TALK,
    {str(SEEDS[0]): "Samples", f"{WAY}{SEEDS[0]}": "From one face to another"}
    | {str(seed): f"Samples, seed {seed}" for seed in SEEDS[1:]},
    faces, "samples", lambda item: {"seed": item.removeprefix(WAY)}, "#age-gallery img",
)  # fmt: skip
COLOURS = Act(
    "colours", "age", COLORS_TITLE, COLORS_EQUATION, COLORS_TALK,
    {
        f"{name}-{seed}": f"{TO_COLOUR[name]}, seed {seed}"
        for seed in COLOUR_SEEDS
        for name in ("summer_palace", "mountains_picos", "cameraman_cc0_gray", "autumn_meadow", "rocket_launchpad")
    },
    colours, "colours", _said, "#age-coloured img",
)  # fmt: skip
ACTS = [FACES, COLOURS]

if __name__ == "__main__":
    for act in ACTS:
        bundle(act, list(act.items)[:2])
