"""Pictures in and out: the one safe decoder, and PIL <-> tensor.

A picture is a PIL image of mode L, LA, RGB or RGBA with 8 bits a channel, upright, first frame only. A tensor of it is
(1, C, H, W) float32 in [0, 1], with C = 1 for gray and C = 3 for colour; alpha never enters a tensor.
"""

import contextlib
import io
import math
import threading
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import AvifImagePlugin, Image, ImageChops, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from torch import Tensor

from convgen import picture_files

AVIF: bool = AvifImagePlugin.SUPPORTED
"""Whether this Pillow was built to read AVIF."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if AVIF else ()))
MAX_PIXELS = 32_000_000
"""Larger files are refused by their header, so that no decode takes more than 300 MB."""
MAX_COPIED_PIXELS = 16_000_000
"""The same for WebP and AVIF, whose decoders keep several copies."""
DRAFT_PIXELS = 16_000_000
"""JPEG files above this are decoded at a half, a quarter or an eighth of their size, which costs little memory."""
MAX_SETTINGS = 65_536
"""Characters of the text "convgen" in a PNG that are kept in `picture.info`."""

UNREADABLE = (
    f"This file is not a picture that can be read; use PNG, JPEG, WebP,{' AVIF,' if AVIF else ''} GIF, BMP or TIFF."
)
HEIC = (
    "This is a HEIC photo, which cannot be read here; open it on your phone or computer, save or export it as JPEG and "
    "use that."
)
ODD_TIFF = "This TIFF holds a kind of picture that cannot be read here; save it as PNG and use that."
DAMAGED = "This picture is cut off or damaged; save or download it again and use the new file."
TOO_LARGE = "This picture has more than {} megapixels; make it smaller and use it again."

_DECODING = threading.Lock()


def open_picture(file: str | Path | bytes) -> Image.Image:
    """Decode a file that a stranger sent: upright, 8 bits a channel, memory bounded before a pixel is read.

    Args:
        file: a path, or the bytes of the file. Its name and ending do not matter.
    Returns:
        A picture of mode L, LA, RGB or RGBA. Its `info` holds "size", the (width, height) that the file had, and
        "convgen", the raw text of that name if the file has one; all else (EXIF, places, profiles) is left behind.
    Raises:
        ValueError: one sentence for the visitor: not a picture, damaged, or too large.
    """
    # One decode at a time bounds the memory of many visitors, and makes the change of warning filters safe.
    with _DECODING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Never by its name: Pillow maps a named file into memory, and shears what is turned there.
            stream = io.BytesIO(file) if isinstance(file, bytes) else Path(file).open("rb")  # noqa: SIM115
        except (OSError, ValueError, TypeError) as error:
            raise ValueError(UNREADABLE) from error
        with stream:
            picture, size, text = _decoded(stream)
    swapped = (picture.width > picture.height) != (size[0] > size[1])
    picture.info = {"size": (size[1], size[0]) if swapped else size}
    if isinstance(text, str) and len(text) <= MAX_SETTINGS:
        picture.info["convgen"] = text
    return picture


def fit_within(picture: Image.Image, *, max_pixels: int = 4_000_000, longest_side: int | None = None) -> Image.Image:
    """Shrink a picture to at most `max_pixels` and `longest_side`, keeping its aspect; never enlarge it."""
    width, height = picture.size
    scale = min(1.0, math.sqrt(max_pixels / (width * height)))
    if longest_side is not None:
        scale = min(scale, longest_side / max(width, height))
    if scale == 1:
        return picture
    size = max(1, int(width * scale)), max(1, int(height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def split_alpha(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """A picture without its alpha (L or RGB), and the alpha (L), or None where nothing is transparent.

    What hides under wholly transparent pixels is arbitrary, so it becomes white.
    """
    if picture.mode in ("L", "RGB"):
        return picture, None
    if picture.mode not in ("LA", "RGBA"):
        return picture.convert("L" if picture.mode == "1" else "RGB"), None
    opaque = picture.convert(picture.mode.removesuffix("A"))
    alpha = picture.getchannel("A")
    lowest, _ = alpha.getextrema()
    if lowest == 255:
        return opaque, None
    if lowest == 0:
        opaque.paste("white", mask=alpha.point(lambda value: 255 if value == 0 else 0))
    return opaque, alpha


def with_alpha(picture: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """Give an L or RGB picture an alpha channel (L), resized to it; None leaves the picture as it is."""
    if alpha is None:
        return picture
    if alpha.size != picture.size:
        alpha = alpha.resize(picture.size, Image.Resampling.LANCZOS)
    picture = picture.copy()
    picture.putalpha(alpha)
    return picture


def on_white(picture: Image.Image) -> Image.Image:
    """A picture (L or RGB) as it looks on a white page."""
    opaque, alpha = split_alpha(picture)
    if alpha is None:
        return opaque
    return Image.composite(opaque, Image.new(opaque.mode, opaque.size, "white"), alpha)


def is_gray(picture: Image.Image) -> bool:
    """Whether a picture has no colour: one channel, or three alike; alpha does not count."""
    opaque, _ = split_alpha(picture)
    red, *others = opaque.split()
    return not any(ImageChops.difference(red, other).getbbox() for other in others)


def to_tensor(picture: Image.Image) -> Tensor:
    """(1, C, H, W) float32 in [0, 1] on the CPU: C = 1 for a gray picture, 3 for any other; alpha is dropped."""
    opaque, _ = split_alpha(picture)
    values = np.array(opaque)  # (H, W) or (H, W, 3)
    tensor = torch.from_numpy(values.reshape(opaque.height, opaque.width, -1)).permute(2, 0, 1)
    return tensor.unsqueeze(0).contiguous().float() / 255


def psnr(image: Tensor, truth: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures in [0, 1], over all channels."""
    return -10 * math.log10(max(1e-12, (image.clamp(0, 1) - truth).square().mean().item()))


def at_short_side(picture: Image.Image, *, size: int) -> Tensor:
    """A picture as a style or texture x0: (1, 3, H, W), a short side of `size` pixels, which sets how large all is."""
    picture = on_white(picture).convert("RGB")
    scale = size / min(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return to_tensor(picture.resize((width, height), Image.Resampling.LANCZOS))


def to_picture(tensor: Tensor) -> Image.Image:
    """The picture of a (1, C, H, W) or (C, H, W) tensor: clamped to [0, 1], rounded to 8 bits, gray where C = 1.

    Raises:
        ValueError: another shape.
    """
    if tensor.ndim == 4 and tensor.shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim != 3 or tensor.shape[0] not in (1, 3):
        raise ValueError(f"tensor must be (1, C, H, W) or (C, H, W) with C = 1 or 3, got {tuple(tensor.shape)}")
    values = tensor.detach().float().nan_to_num(0.0).clamp(0, 1).mul(255).round().to("cpu", torch.uint8)
    values = values[0] if values.shape[0] == 1 else values.permute(1, 2, 0)
    return Image.fromarray(values.contiguous().numpy())


def _decoded(stream: BinaryIO) -> tuple[Image.Image, tuple[int, int], object]:
    """The picture, the size that its file has, and its text of the name "convgen"."""
    kind = picture_files.kind_of(stream.read(64))
    stream.seek(0)
    try:
        image = Image.open(stream, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ValueError(_too_large(MAX_PIXELS)) from error
    except Exception as error:  # the plug-ins raise nearly every kind on bad headers
        if kind == "TIFF":
            return _decoded_odd_tiff(stream)
        raise ValueError(HEIC if kind == "HEIC" else DAMAGED if kind in FORMATS else UNREADABLE) from error
    with image:
        if picture_files.is_odd_tiff(image):
            return _decoded_odd_tiff(stream)
        size = image.size
        _bound_memory(image)
        try:
            image.load()
            _turn_upright(image)
            return picture_files.to_eight_bits(image), size, image.info.get("convgen")
        except MemoryError as error:
            raise ValueError(_too_large(MAX_PIXELS)) from error
        except Exception as error:  # the header was fine, the data is not
            raise ValueError(DAMAGED) from error


def _decoded_odd_tiff(stream: BinaryIO) -> tuple[Image.Image, tuple[int, int], None]:
    try:
        picture = picture_files.odd_tiff(stream)
        return picture_files.by_profile(picture, picture.info.get("icc_profile")), picture.size, None
    except picture_files.TooManyPixels as error:
        raise ValueError(_too_large(error.args[0])) from error
    except MemoryError as error:
        raise ValueError(_too_large(MAX_COPIED_PIXELS)) from error
    except NotImplementedError as error:
        raise ValueError(ODD_TIFF) from error
    except Exception as error:  # as many kinds as there are ways to be damaged
        raise ValueError(DAMAGED) from error


def _too_large(limit: int) -> str:
    return TOO_LARGE.format(limit // 1_000_000)


def _bound_memory(image: Image.Image) -> None:
    """Refuse what cannot be decoded within 300 MB, and tell the JPEG decoder to shrink what can be shrunk."""
    pixels = image.width * image.height
    limit = MAX_COPIED_PIXELS if image.format in ("WEBP", "AVIF") else MAX_PIXELS
    if isinstance(image, JpegImageFile) and image.fp is not None and pixels > DRAFT_PIXELS:
        # Progressive files, and those with a scan per channel, keep every coefficient until the end.
        after_header = image.fp.tell()
        length = 6 + 2 * image.layers
        image.fp.seek(max(0, after_header - length))
        one_scan = image.fp.read(3) == bytes((0, length, image.layers))
        image.fp.seek(after_header)
        if one_scan and not image.info.get("progressive"):
            limit *= 64
        shrink = next((s for s in (2, 4, 8) if pixels <= DRAFT_PIXELS * s * s), 8)
        image.draft(None, (image.width // shrink, image.height // shrink))
    if pixels > limit:
        raise ValueError(_too_large(limit))


def _turn_upright(image: Image.Image) -> None:
    """Apply the orientation that the camera wrote, in place to save a copy; a broken EXIF block is ignored."""
    with contextlib.suppress(Exception):  # as many kinds as there are ways to break EXIF
        ImageOps.exif_transpose(image, in_place=True)
