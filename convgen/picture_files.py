"""What files of pictures hold: their kind, depths other than 8 bits, colour profiles, and TIFF of odd kinds."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageOps
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\0", b"MM\0*"),
}
AVIF_BRANDS = (b"avif", b"avis")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MAX_DEEP_BYTES = 120_000_000
"""Of the values of a TIFF that Pillow does not know."""
MAX_PACKED_BYTES = 60_000_000
"""The same where its file is packed, which is held beside them."""
ALIKE = 2
"""Gray levels: a profile that changes no colour by more than this is that of the page already."""
UNIT_HIGHLIGHTS = 4.0
"""Float pictures up to this are on a scale from 0 to 1, with highlights above it."""
BYTE, SHORT, LONG = 2**8 - 1, 2**16 - 1, 2**32 - 1

# Tags of TIFF
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIPS, ORIENTATION, SAMPLES, STRIP_BYTES, PLANES = 273, 274, 277, 279, 284
EXTRA_SAMPLES, NUMBERS, PROFILE = 338, 339, 34675
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
UNSIGNED, SIGNED, FLOAT = 1, 2, 3


class TooManyPixels(ValueError):
    """A picture that cannot be held; the argument is how many pixels could be."""


def kind_of(head: bytes) -> str:
    """The kind of a file by its first 32 bytes or more, whether or not the rest of it is whole; "" = another kind."""
    for kind, signatures in SIGNATURES.items():
        if head.startswith(signatures):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x7c\0\0\0"):
        return "BMP"
    if head[4:8] == b"ftyp":
        brands = [head[at : at + 4] for at in (8, *range(16, len(head) - 3, 4))]
        if any(brand in AVIF_BRANDS for brand in brands):
            return "AVIF"
        if brands[0] in HEIC_BRANDS:
            return "HEIC"
    return ""


def is_odd_tiff(image: Image.Image) -> bool:
    """Whether Pillow opens a TIFF that it would read wrong: deep colours, a plane each."""
    if not isinstance(image, TiffImageFile):
        return False
    tags = image.tag_v2
    return tags.get(PLANES) == 2 and tags.get(BITS, (8,))[0] > 8 and tags.get(SAMPLES, 1) > 1


def to_eight_bits(image: Image.Image) -> Image.Image:
    """L, LA, RGB or RGBA in sRGB, from any mode that Pillow opens, by the profile that came with it."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        return by_profile(_gray(image), profile)
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "LAB":
        return by_profile(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
    clear = "transparency" in image.info
    if image.mode in ("PA", "La", "RGBa") or (image.mode in ("P", "RGB") and clear):
        return by_profile(image.convert("RGBA"), profile)
    if image.mode == "L" and clear:
        return by_profile(image.convert("LA"), profile)
    if image.mode == "CMYK" and profile:
        return by_profile(image, profile)
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return by_profile(image, profile).copy()
    return by_profile(image.convert("RGB"), profile)


def by_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture in sRGB by its colour profile, judged by what it does; colours change in place, alpha stays.

    A broken profile, or one of another kind of picture, is no reason to refuse the picture: it is passed over.
    """
    try:
        if profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if image.mode in ("L", "LA"):
                return _gray_by_profile(image, source)
            if image.mode not in ("RGB", "RGBA"):
                return _in_srgb(image, source)
            probe = _probe()
            if not _alike(probe, _in_srgb(probe, source)):
                ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), inPlace=True)
    except (ImageCms.PyCMSError, OSError):
        pass
    return image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")


def odd_tiff(stream: BinaryIO) -> Image.Image:
    """A TIFF that Pillow does not know: float and 32-bit colours, planes, 10 and 14 bits, half and double floats.

    Returns:
        L, LA, RGB or RGBA with 8 bits a channel, upright; `info` holds its "icc_profile", if there is one.
    Raises:
        TooManyPixels: it cannot be held.
        NotImplementedError: a kind that is not known here either.
        Exception: of nearly any kind, where it is damaged.
    """
    tags = _tags(stream)
    width, height, samples = tags[WIDTH], tags[HEIGHT], tags.get(SAMPLES, 1)
    bits, numbers = tags.get(BITS, (1,)), tags.get(NUMBERS, (UNSIGNED,))
    photometric, planes = tags.get(PHOTOMETRIC), tags.get(PLANES, 1)
    kinds: dict[int | None, tuple[int, int]] = {WHITE_IS_ZERO: (1, 2), BLACK_IS_ZERO: (1, 2), RGB: (3, 4)}
    known = samples in kinds.get(photometric, ())
    if not known or len(set(bits)) > 1 or len(set(numbers)) > 1 or not 8 < bits[0] <= 64:
        raise NotImplementedError(f"a TIFF of {samples} samples of {bits} bits, photometric {photometric}")
    kind, depth = numbers[0], bits[0]
    raw = tags.get(COMPRESSION, 1) == 1 and depth in (16, 32, 64) and STRIPS in tags
    bytes_each = samples * (2 if depth < 16 else depth // 8)
    limit = MAX_DEEP_BYTES if raw else MAX_PACKED_BYTES
    if width * height * bytes_each > limit:
        raise TooManyPixels(limit // bytes_each)
    if raw:
        values = _raw_values(stream, tags, (height, width, samples), depth, kind)
    else:
        values = _packed_values(stream, limit // bytes_each, planes, samples, depth, kind)
        depth = 16 if depth < 16 else depth  # what OpenCV makes of them
    if values.size != height * width * samples:
        raise ValueError(f"values of {values.shape}")
    height, width = values.shape[:2]
    colors = samples - (samples in (2, 4))
    low, high = _scale((rows[..., :colors] for _, rows in _rows_of(values)), kind, depth)
    picture = Image.new({1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[samples], (width, height))
    for top, rows in _rows_of(values):
        shown = _in_bytes(rows, low, high, invert=photometric == WHITE_IS_ZERO)
        if colors < samples:
            shown[..., -1] = _in_bytes(rows[..., -1], 0, 1 if kind == FLOAT else 2**depth - 1)
        picture.paste(Image.fromarray(shown[..., 0] if samples == 1 else shown), (0, top))
    del values
    if raw:  # OpenCV turns upright by itself
        picture.getexif()[ORIENTATION] = tags.get(ORIENTATION, 1)
        ImageOps.exif_transpose(picture, in_place=True)
    picture.info = {"icc_profile": tags.get(PROFILE)}
    return picture


def _tags(stream: BinaryIO) -> ImageFileDirectory_v2:
    stream.seek(0)
    tags = ImageFileDirectory_v2(stream.read(8))
    stream.seek(tags.next)
    tags.load(stream)
    return tags


def _raw_values(stream: BinaryIO, tags: ImageFileDirectory_v2, shape: tuple, depth: int, kind: int) -> np.ndarray:
    """(H, W, samples) of a file that is not packed, strip by strip."""
    order = "<" if tags._endian == "<" else ">"
    planes = tags.get(PLANES, 1) == 2
    values = np.empty((shape[2], *shape[:2]) if planes else shape, f"{order}{'_uif'[kind]}{depth // 8}")
    target, at = values.reshape(-1).view(np.uint8).data, 0
    for offset, length in zip(tags[STRIPS], tags[STRIP_BYTES], strict=True):
        stream.seek(offset)
        part = stream.read(min(length, len(target) - at))
        target[at : at + len(part)] = part
        at += len(part)
    if at < len(target):
        raise EOFError("strips end early")
    return np.moveaxis(values, 0, -1) if planes else values


def _packed_values(stream: BinaryIO, most_pixels: int, planes: int, samples: int, depth: int, kind: int) -> np.ndarray:
    """(H, W, samples) of a packed file, by OpenCV, upright."""
    if samples == 2 or (planes == 2 and samples > 1) or (kind == FLOAT and depth == 16):
        raise NotImplementedError("packed planes, gray with alpha or half floats")
    import cv2

    if stream.seek(0, io.SEEK_END) > MAX_DEEP_BYTES:
        raise TooManyPixels(most_pixels)
    stream.seek(0)
    values = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ValueError("OpenCV cannot read it")
    values = values.reshape(*values.shape[:2], -1)
    return values[..., [2, 1, 0, 3][:samples]] if samples > 1 else values


def _gray(image: Image.Image) -> Image.Image:
    """L of a 16-bit, 32-bit or float picture."""
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    number, depth = tags.get(NUMBERS, (UNSIGNED,))[0], tags.get(BITS, (0,))[0]
    if image.mode == "F":
        kind, depth = FLOAT, 32
    elif image.mode.startswith("I;16"):
        kind, depth = UNSIGNED, depth or 16
    else:
        kind = UNSIGNED if image.format == "PNG" or (number == UNSIGNED and depth == 32) else SIGNED
        depth = 16 if image.format == "PNG" or depth == 16 else 32
    wraps = kind == UNSIGNED and depth == 32  # Pillow reads it as signed
    low, high = _scale((values for _, values in _bands(image, wraps=wraps)), kind, depth)
    gray = Image.new("L", image.size)
    for top, values in _bands(image, wraps=wraps):
        shown = _in_bytes(values, low, high, invert=tags.get(PHOTOMETRIC) == WHITE_IS_ZERO)
        gray.paste(Image.fromarray(shown), (0, top))
    return gray


def _scale(bands: Iterator[np.ndarray], kind: int, depth: int) -> tuple[float, float]:
    """The values of black and white: full scale where it can be known, else from lowest to highest.

    Where full scale would show no difference at all, such as that of a mask of zeros and ones, it is that, too.
    """
    lows, highs = [], []
    for values in bands:
        finite = values[np.isfinite(values)] if kind == FLOAT else values
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    low, high = (min(lows), max(highs)) if lows else (0.0, 0.0)
    full = None
    if kind == FLOAT:
        full = 1.0 if high <= UNIT_HIGHLIGHTS else float(BYTE) if high <= BYTE else None
    elif kind == UNSIGNED and depth <= 16:
        full = 2.0**depth - 1
    elif depth <= 16 and high > BYTE:
        full = 2.0 ** (depth - 1) - 1
    elif high <= SHORT:
        full = float(BYTE if high <= BYTE else SHORT)
    elif kind == UNSIGNED and depth == 32 and high > LONG // BYTE:
        full = float(LONG)
    if full is None or low < 0:
        return low, high
    if low < high and round(low / full * BYTE) == round(high / full * BYTE) < BYTE:
        return low, high
    return 0.0, full


def _in_bytes(values: np.ndarray, low: float, high: float, *, invert: bool = False) -> np.ndarray:
    values = np.nan_to_num(values.astype(np.float64), nan=high if invert else low, posinf=high, neginf=low)
    values = (np.clip(values, low, high) - low) * (255 / (high - low) if high > low else 0.0)
    return np.rint(255 - values if invert else values).astype(np.uint8)


def _bands(image: Image.Image, *, wraps: bool) -> Iterator[tuple[int, np.ndarray]]:
    """Rows of a one-channel picture, about a megapixel at a time: (first row, values)."""
    rows = max(1, 1_000_000 // image.width)
    for top in range(0, image.height, rows):
        band = np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))))
        yield top, band.view(np.uint32) if wraps else band


def _rows_of(values: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    rows = max(1, 300_000 // values.shape[1])
    for top in range(0, len(values), rows):
        yield top, values[top : top + rows]


def _gray_by_profile(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """L or LA by a profile of gray or of colours: what it makes of the 256 grays."""
    grays = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    if profile.profile.xcolor_space.strip() != "GRAY":  # pyright: ignore[reportAttributeAccessIssue]
        grays = grays.convert("RGB")
    shown = _in_srgb(grays, profile)
    if _alike(grays.convert("RGB"), shown):
        return image
    table = shown.getchannel("G").tobytes()
    if image.mode == "L":
        return image.point(list(table))
    gray, alpha = image.split()
    return Image.merge("LA", (gray.point(list(table)), alpha))


def _in_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """RGB of a picture of any mode by its profile."""
    shown = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return shown or image  # None is given only for what is changed in place


def _probe() -> Image.Image:
    """Nine levels of each channel, every mixture of them."""
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(27, 27, 3))


def _alike(first: Image.Image, second: Image.Image) -> bool:
    return bool(np.abs(np.subtract(np.asarray(first), np.asarray(second), dtype=np.int16)).max() <= ALIKE)
