"""What visitors see while a job runs and what they take home: previews, time left, files with their settings inside."""

import base64
import io
import json
import math
import re
import secrets
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gradio.utils import get_upload_folder
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from convgen import images

PREVIEW_SIDE = 1024


class Throttle:
    """Says when it is time for the next preview: at once, and then at most every `interval_s` seconds."""

    def __init__(self, interval_s: float):
        self.interval_s = interval_s
        self._next = -math.inf

    def ready(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self.interval_s
        return True

    def paid(self, cpu_s: float) -> None:
        """A preview was shown, for so many CPU seconds of the process; here the time between two stays the same."""


def data_address(picture: Image.Image, *, quality: int = 82) -> str:
    """A picture (L or RGB) as a `data:` address, JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def webp_address(path: Path) -> str:
    """A WebP file as a `data:` address."""
    return "data:image/webp;base64," + base64.b64encode(path.read_bytes()).decode()


def preview(picture: Image.Image, *, longest_side: int | None = PREVIEW_SIDE) -> Image.Image:
    """A picture as JPEG can hold it (L or RGB, transparency on white), small enough to send many times."""
    return images.on_white(images.fit_within(picture, max_pixels=100_000_000, longest_side=longest_side))


def preview_pair(
    before: Image.Image, after: Image.Image, *, longest_side: int | None = PREVIEW_SIDE
) -> tuple[Image.Image, Image.Image]:
    """The value of `gr.ImageSlider(format="jpeg")`: both pictures at the size of the second; None keeps its size."""
    after = preview(after, longest_side=longest_side)
    before = preview(before, longest_side=None)
    if before.size != after.size:
        before = before.resize(after.size, Image.Resampling.BICUBIC)
    return before, after


def status_line(step: int, total: int, started: float, extra: str = "", *, unit: str = "step") -> str:
    """Progress with the time left; `started` is `time.monotonic()` at step 0, `extra` e.g. the loss."""
    spent = time.monotonic() - started
    if step >= total:
        line = f"Done: {total} {unit}s in {duration(spent)}"
    elif step <= 0:
        line = f"Starting {total} {unit}s"
    else:
        line = f"{unit.capitalize()} {step} of {total}, about {duration(spent / step * (total - step))} left"
    return f"{line} · {extra}" if extra else line


def duration(seconds: float) -> str:
    """A time as a person says it: 42 s, 3 min 05 s, 2 h 10 min."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def in_milliseconds(seconds: float) -> str:
    """A short time: 42 ms, 1.3 s."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def save_png(picture: Image.Image, settings: Mapping[str, str | int | float | bool | None], stem: str) -> str:
    """Write a PNG for download, with the settings and the seed inside it (text "convgen", JSON).

    Returns:
        A path in Gradio's folder, which `Blocks(delete_cache=...)` empties once a component has shown the file.
    """
    text = PngInfo()
    text.add_itxt("convgen", json.dumps(dict(settings), ensure_ascii=False, allow_nan=False))
    path = new_file(stem, ".png")
    picture.save(path, "PNG", pnginfo=text, compress_level=4)
    return str(path)


def new_file(stem: str, suffix: str) -> Path:
    """A path for a file to be shown or downloaded, in a fresh folder of Gradio's; nothing is written there yet."""
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    return folder / f"{re.sub(r'[^A-Za-z0-9_-]+', '-', stem).strip('-') or 'picture'}{suffix}"


def save_zip(files: Sequence[str], stem: str) -> str:
    """PNG files together in a ZIP for download."""
    path = new_file(stem, ".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # PNGs are packed already
        for file in files:
            archive.write(file, Path(file).name)
    return str(path)


def read_settings(source: str | Path | Image.Image) -> dict[str, str | int | float | bool | None] | None:
    """The settings inside a file, or inside a picture that came from one; None if there are none.

    Anyone can write such a file: names and values are short plain scalars here, and the tab checks each of them.
    """
    try:
        picture = source if isinstance(source, Image.Image) else images.open_picture(source)
        settings = json.loads(picture.info["convgen"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    if not isinstance(settings, dict) or len(settings) > 64:
        return None
    for name, value in settings.items():
        if len(name) > 64 or not (value is None or isinstance(value, (str, int, float))):
            return None
        if (isinstance(value, str) and len(value) > 1000) or (isinstance(value, float) and not math.isfinite(value)):
            return None
    return settings


def own_settings(picture: Image.Image | None, technique: str) -> dict[str, str | int | float | bool | None]:
    """The settings inside a picture of one of our own files, of a technique; none if it is not one."""
    found = None if picture is None else read_settings(picture)
    return found if found and found.get("technique") == technique else {}
