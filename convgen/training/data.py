"""Pictures to train on: random crops of the photographs in a folder, and pictures that come with a table of labels."""

import csv
import math
import random
import sys
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Collection, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from convgen.images import open_picture, to_tensor

TRAINING, VALIDATION, HELD_OUT = "0", "1", "2"
"""CelebA's partition: no person is in two of them."""
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder and the folders in it, sorted.

    Raises:
        ValueError: there is none.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    if not files:
        raise ValueError(f"{folder} must hold pictures ({', '.join(sorted(ENDINGS))}), got none")
    return files


class Pictures(Dataset[Tensor], ABC):
    """Pictures to train on, each (3, H, W) float32 in [0, 1], which know how many they are."""

    @abstractmethod
    def __len__(self) -> int: ...


class Crops(Pictures):
    """Square crops of random photos at random scales, mirrored at random; crop i is always the same.

    Photos that cannot be read are named on standard error and left out.

    Args:
        folder: of photographs.
        size: side of a crop in pixels.
        length: crops in all.
        seed: of the draws.
        sides: between which the photo's short side is drawn before it is cropped, so that crops of any size show it as
            large as it will be at test time.
    Items: (3, size, size) float32 in [0, 1].
    Raises:
        ValueError: there is no picture, or none that can be read.
    """

    def __init__(self, folder: Path, *, size: int, length: int, seed: int = 0, sides: tuple[int, int] = (192, 360)):
        self.files = whole(pictures_in(folder))
        if not self.files:
            raise ValueError(f"{folder} must hold pictures that can be read, got none")
        self.size, self.length, self.seed, self.sides = size, length, seed, sides

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Tensor:
        if not 0 <= index < self.length:
            raise IndexError(index)
        draw = random.Random(f"{self.seed} {index}")
        photo = open_picture(draw.choice(self.files)).convert("RGB")
        scale = math.exp(draw.uniform(*map(math.log, self.sides))) / min(photo.size)
        width, height = (max(self.size, round(n * scale)) for n in photo.size)
        left, top = draw.randint(0, width - self.size), draw.randint(0, height - self.size)
        box = (left, top, left + self.size, top + self.size)
        crop = photo.resize((width, height), Image.Resampling.BICUBIC).crop(box)
        crop = to_tensor(crop)[0]
        return crop.flip(-1) if draw.random() < 0.5 else crop


def whole(files: Sequence[Path]) -> list[Path]:
    """Those of some picture files that can be read; the others are named on standard error."""
    with ThreadPoolExecutor() as threads:
        troubles = list(threads.map(_trouble, files))
    for file, trouble in zip(files, troubles, strict=True):
        if trouble:
            print(f"{file} is left out: {trouble}", file=sys.stderr)
    return [file for file, trouble in zip(files, troubles, strict=True) if not trouble]


def _trouble(file: Path) -> str:
    """Why a picture cannot be read, or ""; a JPEG is looked at small, which takes a tenth of the time."""
    try:
        with Image.open(file) as picture:
            picture.draft("RGB", (64, 64))
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return str(error) or "it is damaged"
    return ""


def labels_of(table: Path, *, columns: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """A table with a column "file", and others that are asked for: name of a file -> its row.

    CSV, with commas, or semicolons or tabs as spreadsheets write it.

    Raises:
        ValueError: one of these columns is not there.
    """
    with table.open(newline="", encoding="utf-8-sig") as file:
        head = file.readline()
        file.seek(0)
        rows = list(csv.DictReader(file, delimiter=max(",;\t", key=head.count)))
    for column in ("file", *columns):
        if not rows or column not in rows[0]:
            raise ValueError(f"{table} must be a table with a column named {column}")
    return {row["file"]: row for row in rows}


def named_pictures(source: Path, names: Container[str]) -> Iterator[tuple[str, Image.Image]]:
    """(name, picture in RGB) of those pictures of a folder or a ZIP, or of all the ZIPs of a folder, that are named.

    Those that cannot be read are named on standard error and left out.

    Raises:
        ValueError: there is none, or a file that is no ZIP.
    """
    archives = [source] if source.is_file() else sorted(source.glob("*.zip"))
    found = False
    for path in [] if archives else pictures_in(source):
        if path.name in names and (picture := _opened(path, path.name)):
            found = True
            yield path.name, picture
    for archive in archives:
        if not zipfile.is_zipfile(archive):
            raise ValueError(f"{archive} must be a ZIP or a folder")
        with zipfile.ZipFile(archive) as file:
            for member in sorted(file.namelist()):
                if (name := Path(member).name) in names and (picture := _opened(file.read(member), name)):
                    found = True
                    yield name, picture
    if not found:
        raise ValueError(f"{source} must hold pictures that its table lists, got none")


def _opened(file: Path | bytes, name: str) -> Image.Image | None:
    try:
        return open_picture(file).convert("RGB")
    except ValueError as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
