"""A training run on disk: its checkpoints, its losses, its contact sheet, and what is left of it at the end."""

import csv
import hashlib
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from tqdm import tqdm

from convgen.images import fit_within, to_picture, to_tensor
from convgen.training.trainer import Trainer

CHECKPOINT = "checkpoint.safetensors"
NOTE = "made_of.json"
SAMPLED = 1_000_000
"""Bytes at the beginning of a file by which it is known again, beside its size."""
TILE = 320


def claim(out: Path, **inputs: Path | str) -> None:
    """Note in a run's folder what it is made of, or see that it is the same as in the run that is there.

    Args:
        inputs: what each is called -> a file, a folder, or a text.
    Raises:
        ValueError: the folder holds a run of something else.
    """
    own, note = {name: _print_of(value) for name, value in inputs.items()}, out / NOTE
    if note.is_file():
        held = json.loads(note.read_text(encoding="utf-8"))
        for name, value in own.items():
            if held.get(name, value) != value:
                raise ValueError(f"{out} holds a run of another {name}: choose another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(own, indent=2) + "\n", encoding="utf-8")


def _print_of(value: Path | str) -> str:
    """What a file, or the names and sizes in a folder, come to."""
    if isinstance(value, str):
        return value
    digest = hashlib.sha256()
    if value.is_file():
        with value.open("rb") as file:
            digest.update(f"{value.stat().st_size} ".encode() + file.read(SAMPLED))
    else:
        for path in sorted(path for path in value.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(value)} {path.stat().st_size}\n".encode())
    return digest.hexdigest()


def train_to_the_end(trainer: Trainer, out: Path, *, every: int, sheet: Callable[[], Image.Image]) -> None:
    """Train to the end, with a checkpoint, a line of losses and a contact sheet every `every` steps."""
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, table = out / CHECKPOINT, out / "losses.csv"
    if checkpoint.is_file():
        trainer.resume(load_tensors(checkpoint))
    else:
        table.unlink(missing_ok=True)
    history: list[Mapping[str, float]] = []
    bar = tqdm(total=trainer.steps, initial=trainer.step, desc=out.name, mininterval=2)
    for progress in trainer.run():
        history.append(progress.losses)
        bar.update()
        if progress.step % every == 0 or progress.step == progress.total:
            means = {name: sum(row[name] for row in history) / len(history) for name in progress.losses}
            bar.set_postfix({name: f"{value:.3f}" for name, value in means.items()})
            history = []
            _append(table, {"step": progress.step, **{name: f"{value:.5f}" for name, value in means.items()}})
            save_tensors(trainer.state(), checkpoint)
            sheet().save(out / "sheet.png")
    bar.close()


def _append(table: Path, row: Mapping[str, Any]) -> None:
    fresh = not table.is_file()
    with table.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file.

    Raises:
        ValueError: it is no safetensors file, or a damaged one.
    """
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} must be a whole safetensors file; make it anew") from error


def start_from(net: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Give a network the weights that a file holds.

    Raises:
        ValueError: they are of another network.
    """
    try:
        net.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"{path} must hold the weights of a network with the same arguments") from error


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Written aside and moved into place, so that a run that is killed leaves a whole file."""
    temporary = path.with_name(path.name + ".part")
    save_file({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, temporary)
    temporary.replace(path)


def finish(
    out: Path, part: str, tensors: Mapping[str, Tensor], *, arguments: Mapping[str, Any], scores: Mapping[str, float]
) -> None:
    """PART.safetensors, and PART.json: the columns of the weights table that the run knows."""
    save_tensors(tensors, out / f"{part}.safetensors")
    facts = {
        "arguments": dict(arguments),
        "training_command": shlex.join(["python", "-m", "convgen.train", *sys.argv[1:]]),
        "date": date.today().isoformat(),
        "scores": {name: round(value, 4) for name, value in scores.items()},
    }
    (out / f"{part}.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def pictures_in_rows(pictures: Tensor, columns: int, *, tile: int = 96) -> Image.Image:
    """(B, 3, H, W) in [0, 1] as a contact sheet of so many columns, enlarged to `tile` pixels."""
    tiles = [to_picture(picture).resize((tile, tile), Image.Resampling.BICUBIC) for picture in pictures]
    return contact_sheet([tiles[start : start + columns] for start in range(0, len(tiles), columns)], tile=tile)


def contact_sheet(rows: list[list[Image.Image]], *, tile: int = TILE) -> Image.Image:
    """Pictures side by side, every one within a square of `tile` pixels."""
    from torchvision.utils import make_grid

    columns = max(map(len, rows))
    squares = [_square(picture, tile) for row in rows for picture in (*row, *[None] * (columns - len(row)))]
    return to_picture(make_grid(squares, nrow=columns, padding=0))


def _square(picture: Image.Image | None, side: int) -> Tensor:
    """(3, side, side): the picture in the middle of a white square."""
    square = Image.new("RGB", (side, side), "white")
    if picture is not None:
        small = fit_within(picture, longest_side=side)
        square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return to_tensor(square)[0]
