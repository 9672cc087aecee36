"""Photographs as their net of colours sees them: views in Lab at 64 pixels with what SqueezeNet sees, in memory."""

import random
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen.age.color import small, to_lab
from convgen.age.photos import LOOK, looked_at
from convgen.images import open_picture, to_tensor
from convgen.squeezenet import CHANNELS, SqueezeNet, load_squeezenet
from convgen.training.data import named_pictures, pictures_in, whole
from convgen.training.runs import claim, load_tensors, save_tensors

HELD_OUT_EVERY = 20
"""Every twentieth photograph is never trained on."""
VIEWS = 3
"""Of a photograph: the whole, and parts of it."""
SHOWN = 12
"""Held-out photographs that a run shows."""
SMALLEST_VIEW = 0.5
"""Sides of the smallest part, in those of the photograph."""


def split(files: list[Path], *, held_out: bool) -> list[Path]:
    """Every twentieth of the files, or all the others."""
    return [file for place, file in enumerate(files) if (place % HELD_OUT_EVERY == 0) == held_out]


def views_of(photo: Image.Image, count: int, draw: random.Random) -> Iterator[Image.Image]:
    """The whole photograph, then parts of it at random, every one squeezed into a square of `LOOK` pixels."""
    photo = photo.convert("RGB")
    for view in range(count):
        width, height = (side * (draw.uniform(SMALLEST_VIEW, 1) if view else 1) for side in photo.size)
        left, top = draw.uniform(0, photo.width - width), draw.uniform(0, photo.height - height)
        box = (left, top, left + width, top + height)
        yield photo.resize((LOOK, LOOK), Image.Resampling.BILINEAR, box=box)


def load_views(
    files: list[Path] | list[Image.Image], eyes: SqueezeNet, *, count: int = VIEWS, seed: int = 0
) -> list[Tensor]:
    """Views of photographs as the networks see them: a and b, L and `looked_at`, each (N, C, h, w) uint8 for [0, 1].

    Args:
        files: of the photographs, or these themselves.
        eyes: what they are looked at with.
        count: of views of each.
        seed: of what the views show.
    """
    parts: list[list[Tensor]] = []
    for place, file in enumerate(files):
        photo = open_picture(file) if isinstance(file, Path) else file
        views = torch.cat([to_tensor(view) for view in views_of(photo, count, random.Random(f"{seed} {place}"))])
        lab = to_lab(views)
        lightness = small(lab)[:, :1]
        found = [small(lab)[:, 1:], lightness, *looked_at(lab[:, :1], eyes)]
        parts.append([torch.from_numpy(np.rint(part.numpy() * 255).astype(np.uint8)) for part in found])
    return [torch.cat(part) for part in zip(*parts, strict=True)]


def files_of(folder: Path) -> list[Path]:
    """The pictures of a folder that can be read."""
    return whole(pictures_in(folder))


def some_of(source: Path, most: int) -> list[Image.Image]:
    """At most so many pictures of a folder or of a ZIP, spread evenly over their names.

    Raises:
        ValueError: there is none.
    """
    if source.is_file():
        with zipfile.ZipFile(source) as archive:
            names = sorted(archive.namelist())
    else:
        names = [path.name for path in pictures_in(source)]
    chosen = {names[place * len(names) // most] for place in range(most)} if len(names) > most else set(names)
    return [picture for _, picture in named_pictures(source, {Path(name).name for name in chosen})]


def kept_views(
    folder: Path | None, sources: Mapping[str, Path], *, most: int, count: int = VIEWS, seed: int = 0
) -> tuple[list[Tensor], list[Tensor]]:
    """Views to train on, and the first held-out photographs, see `load_views`; made anew where no folder keeps them.

    Args:
        folder: for a file of them.
        sources: "photos" -> a folder of photographs; and others, of which at most `most` pictures are taken, whole.
        count, seed: of the views of a photograph.
    Raises:
        ValueError: the folder keeps views of something else.
    """
    parts = ("training", "held out")
    if folder:
        claim(folder, **sources, views=f"{most} {count} {seed}")
    file = folder / "views.safetensors" if folder else None
    if file and file.is_file():
        tensors = load_tensors(file)
        training, held_out = ([tensors[f"{part} {place}"] for place in range(2 + len(CHANNELS))] for part in parts)
        return training, held_out
    eyes, files = load_squeezenet(), files_of(sources["photos"])
    training = load_views(split(files, held_out=False), eyes, count=count, seed=seed)
    for name in sorted(sources.keys() - {"photos"}):
        more = load_views(some_of(sources[name], most), eyes, count=1)
        training = [torch.cat(pair) for pair in zip(training, more, strict=True)]
    held_out = load_views(split(files, held_out=True)[:SHOWN], eyes, count=1)
    if file:
        found = zip(parts, (training, held_out), strict=True)
        save_tensors({f"{part} {place}": one for part, data in found for place, one in enumerate(data)}, file)
    return training, held_out
