"""A folder of data, drawn by code and small, that every recipe can be tried on."""

import csv
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
from made_people import bvh
from PIL import Image
from test_avatars import square, stored

FACES, VALIDATION = 46, 14
CARS = 20
BITS = ("Male", "Young", "Eyeglasses", "Bangs")
HAIR = ("Black_Hair", "Blond_Hair", "Brown_Hair")


def drawn(seed: int, *, side: int = 128) -> Image.Image:
    """Soft blots of random colors."""
    small = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)


def write_data(folder: Path, *, pictures: Iterable[str], people: Iterable[str]) -> Path:
    """The folders of `convgen.recipes.DATA`.

    Args:
        pictures: paintings and exemplars, "FOLDER/FILE".
        people: their names.
    """
    for name in (
        "faces",
        "cars",
        "people",
        "motions",
        "photos",
        "portraits",
        *(f"fruit/{part}" for part in _parts_of_fruit()),
    ):
        (folder / name).mkdir(parents=True)
    rows = [_labels(number) for number in range(FACES + VALIDATION)]
    _archive(folder / "faces" / "celeba_128_0.zip", rows, folder / "faces" / "celeba_attrs.csv")
    rows = [{"file": f"{number:03}.png"} for number in range(CARS)]
    _archive(folder / "cars" / "cars_112.zip", rows, folder / "cars" / "cars.csv")
    _archive(folder / "portraits" / "congress_pd_128.zip", rows[:4], folder / "portraits" / "congress_pd.csv")
    for part in _parts_of_fruit():
        for number in range(8):
            drawn(number).save(folder / "fruit" / part / f"{number}.png")
    for number in range(2):
        drawn(number).save(folder / "photos" / f"{number}.png")
    for name in people:
        stored(square(), folder / "people" / f"{name}.npz")
    for name in ("02_01", "05_12", "10_01"):
        (folder / "motions" / f"{name}.bvh").write_text(bvh(frames=4))
    for picture in pictures:
        (folder / picture).parent.mkdir(exist_ok=True)
        drawn(len(picture)).save(folder / picture, quality=95)
    return folder


def _parts_of_fruit() -> list[str]:
    return [f"{part}{letter}" for part in ("train", "test") for letter in "AB"]


def _labels(number: int) -> dict[str, str]:
    bits = {label: str(number >> place & 1) for place, label in enumerate(BITS)}
    hair = {label: str(int(number % 3 == place)) for place, label in enumerate(HAIR)} | {"Gray_Hair": "0"}
    partition = "0" if number < FACES else "1"
    return {"file": f"{number:03}.png", "partition": partition, "Smiling": str(number % 2), **bits, **hair}


def _archive(path: Path, rows: list[dict[str, str]], table: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive, table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for number, row in enumerate(rows):
            held = BytesIO()
            drawn(number).save(held, "PNG")
            archive.writestr(row["file"], held.getvalue())
            writer.writerow(row)
