"""Pictures in and out: the one safe decoder, and PIL <-> tensor.

A picture is a PIL image of mode L, LA, RGB or RGBA with 8 bits a channel, upright, first frame only. A tensor of it is
(1, C, H, W) float32 in [0, 1], with C = 1 for gray and C = 3 for colour; alpha never enters a tensor.
"""

import contextlib
import io
import math
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageChops, ImageOps
from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 32_000_000
"""Larger files are refused by their header, so that no decode takes more than 300 MB."""
MAX_WEBP_PIXELS = 16_000_000
"""The same for WebP, whose decoder keeps several copies."""
DRAFT_PIXELS = 16_000_000
"""JPEG files above this are decoded at a half, a quarter or an eighth of their size, which costs little memory."""
MAX_SETTINGS = 65_536
"""Characters of the text "convgen" in a PNG that are kept in `picture.info`."""

UNREADABLE = "This file is not a picture that can be read; use PNG, JPEG, WebP, GIF, BMP or TIFF."
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
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    # One decode at a time bounds the memory of many visitors, and makes the change of warning filters safe.
    with _DECODING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(source, formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise ValueError(_too_large(MAX_PIXELS)) from error
        except Exception as error:  # the plug-ins raise nearly every kind on bad headers
            raise ValueError(UNREADABLE) from error
        with image:
            size = image.size
            _bound_memory(image)
            try:
                image.load()
                _turn_upright(image)
                text = image.info.get("convgen")
                picture = _to_eight_bits(image)
            except MemoryError as error:
                raise ValueError(_too_large(MAX_PIXELS)) from error
            except Exception as error:  # the header was fine, the data is not
                raise ValueError(DAMAGED) from error
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


def _too_large(limit: int) -> str:
    return TOO_LARGE.format(limit // 1_000_000)


def _bound_memory(image: Image.Image) -> None:
    """Refuse what cannot be decoded within 300 MB, and tell the JPEG decoder to shrink what can be shrunk."""
    pixels = image.width * image.height
    limit = MAX_WEBP_PIXELS if image.format == "WEBP" else MAX_PIXELS
    if image.format in ("JPEG", "MPO") and pixels > DRAFT_PIXELS:
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


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """L, LA, RGB or RGBA from any mode that the six formats give."""
    if image.mode.startswith(("I", "F")):
        return _scaled(image)
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("PA", "La", "RGBa") or (image.mode in ("P", "RGB") and "transparency" in image.info):
        return image.convert("RGBA")
    if image.mode == "L" and "transparency" in image.info:
        return image.convert("LA")
    if image.mode in ("L", "LA"):
        return image.copy()
    return _to_srgb(image)


def _to_srgb(image: Image.Image) -> Image.Image:
    """RGB or RGBA by the colour profile that came with a picture (wide-gamut phones, print), if there is one."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    try:
        if image.mode == "LAB":
            source = ImageCms.createProfile("LAB")
        elif profile and image.mode in ("RGB", "RGBA", "CMYK"):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        else:
            source = None
        if source is not None and "sRGB" not in ImageCms.getProfileDescription(source):
            target = ImageCms.createProfile("sRGB")
            if image.mode not in ("RGB", "RGBA"):
                return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            ImageCms.profileToProfile(image, source, target, inPlace=True)  # a copy less; alpha stays as it is
    except (ImageCms.PyCMSError, OSError):
        pass  # a broken profile is no reason to refuse the picture
    return image.copy() if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """Gray of a 16-bit, 32-bit or float picture: full scale where it can be known, else from lowest to highest."""
    lows, highs = [], []
    for _, values in _bands(image):
        finite = values[np.isfinite(values)]
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    low, high = (min(lows), max(highs)) if lows else (0.0, 0.0)
    if image.mode.startswith("I;16") or (image.format == "PNG" and low >= 0):
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= (1 if image.mode == "F" else 255):
        low, high = 0.0, (1.0 if image.mode == "F" else 255.0)
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 65535 and image.mode == "I":
        low, high = 0.0, 65535.0
    gray = Image.new("L", image.size)
    for top, values in _bands(image):
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
        values = (np.clip(values, low, high) - low) * (255 / (high - low) if high > low else 0.0)
        gray.paste(Image.fromarray(np.rint(values).astype(np.uint8)), (0, top))
    return gray


def _bands(image: Image.Image) -> Iterator[tuple[int, np.ndarray]]:
    """Rows of a one-channel picture as float64, about a megapixel at a time: (first row, values)."""
    rows = max(1, 1_000_000 // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield top, np.asarray(band).astype(np.float64)
