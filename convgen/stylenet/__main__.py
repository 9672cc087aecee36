"""Stylize pictures and folders of pictures: `python -m convgen.stylenet PICTURE... --style NAME --out FOLDER`.

The exit status is 1 if a picture failed, and 2 for wrong arguments.
"""

import math
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from convgen.images import fit_within, open_picture, split_alpha, to_picture, to_tensor, with_alpha
from convgen.runtime import keep_freed_memory, pick_device
from convgen.stylenet import STYLES, keep_colors, load_stylenet, stylize
from convgen.training.data import pictures_in
from convgen.weights import WeightsUnavailable, remedy_of

LARGEST = 4096
"""Longest side that may be asked for."""


def stylize_files(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    style: Annotated[str, typer.Option(help=f"One of {', '.join(STYLES)}.")],
    out: Annotated[Path, typer.Option(help="The folder for the results, PNG.")],
    variant: Annotated[str, typer.Option(help="diverse or batch, where the style has it.")] = "",
    noise_scale: Annotated[float, typer.Option(help="k of Fig. 2.5.")] = 1.0,
    seed: int = 0,
    size: Annotated[
        int | None,
        typer.Option(min=8, max=LARGEST, help="Longest side of a result in pixels; without it, at most 4 megapixels."),
    ] = None,
    own_colors: Annotated[
        bool, typer.Option("--own-colours/--no-own-colours", help="Keep the colours of the photo.")
    ] = False,
) -> None:
    """Stylize pictures in the style of a painting (thesis section 2.3.3); what is in folders keeps its place there."""
    if not math.isfinite(noise_scale):
        raise ValueError(f"--noise-scale must be a finite number, got {noise_scale}")
    most = {} if size is None else {"max_pixels": size * size}
    net = load_stylenet(style, variant=variant, device=pick_device())
    files = [
        (file, file.relative_to(path).parent if path.is_dir() else Path())
        for path in pictures
        for file in (pictures_in(path) if path.is_dir() else [path])
    ]
    written: set[Path] = set()
    failed = 0
    for file, place in tqdm(files, desc=style, disable=len(files) == 1):
        try:
            opaque, alpha = split_alpha(fit_within(open_picture(file), longest_side=size, **most))
        except (ValueError, OSError) as error:
            missing = not file.exists()
            tqdm.write(f"{file}: {'there is no such file' if missing else error}", file=sys.stderr)
            failed += 1
            continue
        photo = to_tensor(opaque.convert("RGB")).to(net.output.weight.device)
        result = stylize(net, photo, seed=seed, noise_scale=noise_scale)
        result = keep_colors(result, photo) if own_colors else result
        target = out / place / f"{file.stem}-{style}.png"
        target = next(path for path in numbered(target) if path not in written)
        written.add(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with_alpha(to_picture(result), alpha).save(target)
    if failed:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; a mistake in its arguments is one sentence."""
    keep_freed_memory()
    try:
        typer.run(stylize_files)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except (OSError, WeightsUnavailable) as error:
        sys.exit(remedy_of(error))


def numbered(path: Path) -> Iterator[Path]:
    """A path, and the same with -2, -3, ... at the end of its name: two pictures of one name do not meet."""
    yield path
    yield from (path.with_stem(f"{path.stem}-{number}") for number in count(2))


if __name__ == "__main__":
    main()
