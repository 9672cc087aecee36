"""Odd picture files, made by code: what strangers drop on a page, and what has to come of each.

files = write(folder)      # list of OddFile; every input of the app answers each with a picture or one sentence
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from convgen.images import AVIF

WIDTH, HEIGHT = 48, 32
LEFT, RIGHT = (220, 40, 30), (30, 60, 200)
"""The scene: a red left half and a blue right half, so that rotations and swapped channels show."""


@dataclass(frozen=True)
class OddFile:
    """One file and what is expected of it.

    Attributes:
        sentence: part of the sentence that refuses it, or None if it is a picture.
        mode, size: of the picture.
        left, right: values in the middle of its left and right half, each within `tolerance`; None = not looked at.
    """

    path: Path
    sentence: str | None = None
    mode: str = "RGB"
    size: tuple[int, int] = (WIDTH, HEIGHT)
    left: tuple[int, ...] | int | None = LEFT
    right: tuple[int, ...] | int | None = RIGHT
    tolerance: int = 4

    @property
    def name(self) -> str:
        return self.path.name

    def check(self, picture: Image.Image) -> None:
        """Assert that a decoded picture is what the file shows."""
        assert (picture.mode, picture.size) == (self.mode, self.size), self.name
        for wanted, x in ((self.left, 0.25), (self.right, 0.75)):
            if wanted is not None:
                got = picture.getpixel((int(picture.width * x), picture.height // 2))
                assert np.abs(np.subtract(got, wanted)).max() <= self.tolerance, (self.name, x, got, wanted)


def scene(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    picture = Image.new("RGB", size, LEFT)
    picture.paste(RIGHT, (size[0] // 2, 0, size[0], size[1]))
    return picture


def png(
    width: int, height: int, depth: int, colour: int, rows: bytes, *, before: bytes = b"", interlace: int = 0
) -> bytes:
    """A PNG from its raw rows (each with its filter byte), for kinds that Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + before
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(
    values: np.ndarray,
    *,
    bits: int,
    kind: int = 1,
    white_is_zero: bool = False,
    orientation: int = 1,
    big: bool = False,
    planes: bool = False,
    packed: bool = False,
) -> bytes:
    """A TIFF of one strip (or one a plane), for kinds that Pillow does not write.

    Args:
        values: (H, W) gray or (H, W, 3) colours.
        kind: 1 = unsigned, 2 = signed, 3 = float.
        big: the most significant byte comes first.
    """
    order, samples = ">" if big else "<", 1 if values.ndim == 2 else values.shape[2]
    if bits in (10, 12, 14):
        each = (values.astype(np.uint32)[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        data = np.packbits(each.astype(np.uint8).reshape(len(values), -1), axis=1).tobytes()
    else:
        stored = np.moveaxis(values, -1, 0) if planes else values
        data = stored.astype(f"{order}{' uif'[kind]}{bits // 8}").tobytes()
    data, strips = zlib.compress(data) if packed else data, samples if planes else 1
    length = len(data) // strips
    fields = {
        256: ("I", [values.shape[1]]),
        257: ("I", [values.shape[0]]),
        258: ("H", [bits] * samples),
        259: ("H", [8 if packed else 1]),
        262: ("H", [2 if samples == 3 else 0 if white_is_zero else 1]),
        273: ("I", [0] * strips),
        274: ("H", [orientation]),
        277: ("H", [samples]),
        278: ("I", [values.shape[0]]),
        279: ("I", [length] * strips),
        284: ("H", [2 if planes else 1]),
        339: ("H", [kind] * samples),
    }
    after = 8 + 2 + 12 * len(fields) + 4
    size = sum(n for code, numbers in fields.values() if (n := struct.calcsize(code) * len(numbers)) > 4)
    fields[273] = ("I", [after + size + strip * length for strip in range(strips)])
    entries = extra = b""
    for tag, (code, numbers) in fields.items():
        held = struct.pack(f"{order}{len(numbers)}{code}", *numbers)
        entries += struct.pack(f"{order}HHI", tag, 3 if code == "H" else 4, len(numbers))
        entries += held.ljust(4, b"\0") if len(held) <= 4 else struct.pack(f"{order}I", after + len(extra))
        extra += held if len(held) > 4 else b""
    head = (b"MM\0*" if big else b"II*\0") + struct.pack(f"{order}IH", 8, len(fields))
    return head + entries + bytes(4) + extra + data


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def megapixel_png(side: int = 13_000) -> bytes:
    """A gray PNG of side x side zeros: 169 megapixels in some 160 kB, made without holding them."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def write(folder: Path) -> list[OddFile]:
    """Write every odd file into a folder."""
    files: list[OddFile] = []

    def add(name: str, data: bytes, **expected) -> None:
        path = folder / name
        path.write_bytes(data)
        files.append(OddFile(path, **expected))

    _not_pictures(add)
    _damaged(add)
    _too_large(add)
    _modes(add)
    _tiffs(add)
    _profiles(add)
    _containers(add)
    return files


def _not_pictures(add: Callable) -> None:
    unreadable = "not a picture"
    add("empty.png", b"", sentence=unreadable)
    add("one_byte.jpg", b"\xff", sentence=unreadable)
    add("text.png", b"This is a letter, not a picture.\n", sentence=unreadable)
    add("page.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>', sentence=unreadable)
    add("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), sentence="HEIC photo")
    add("paper.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", sentence=unreadable)
    add("drawing.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", sentence=unreadable)
    add("film.mp4", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(64), sentence=unreadable)
    add("sound.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(28), sentence=unreadable)
    array = io.BytesIO()
    np.save(array, np.zeros((8, 8, 3), np.uint8))
    add("array.npy", array.getvalue(), sentence=unreadable)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("picture.png", encoded(scene(), "PNG"))
    add("bundle.zip", archive.getvalue(), sentence=unreadable)
    add("icon.ico", encoded(scene((32, 32)), "ICO"), sentence=unreadable)
    add("random.jpg", np.random.default_rng(0).bytes(4096), sentence=unreadable)
    add("no_frames.gif", b"GIF89a\x10\0\x10\0\0\0\0;", sentence="picture")
    add("no_pixels.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 0, 0, 1, 24, 0, 0, 0, 0, 0, 0),
        sentence="picture")  # fmt: skip


def _damaged(add: Callable) -> None:
    avif = b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf" + bytes(64)
    add("empty.avif", avif, sentence="damaged" if AVIF else "not a picture")
    add("only_signature.png", b"\x89PNG\r\n\x1a\n", sentence="damaged")
    add("cut_off_at_once.jpg", encoded(scene(), "JPEG")[:30], sentence="damaged")
    add("cut_off_at_once.tif", encoded(scene(), "TIFF")[:6], sentence="damaged")
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 96, 3), dtype=np.uint8))
    whole = encoded(noise, "PNG")
    add("cut_off.png", whole[: len(whole) // 2], sentence="damaged")
    flipped = bytearray(whole)
    flipped[len(whole) // 2 : len(whole) // 2 + 40] = bytes(40)
    add("bad_data.png", bytes(flipped), sentence="damaged")
    whole = encoded(noise, "JPEG")
    add("cut_off.jpg", whole[: len(whole) // 2], sentence="damaged")
    add("cut_off_in_header.jpg", whole[:120], sentence="damaged")
    whole = encoded(noise, "WEBP")
    add("cut_off.webp", whole[: len(whole) // 2], sentence="damaged")
    whole = encoded(noise, "TIFF", compression="tiff_lzw")
    add("cut_off.tif", whole[: len(whole) // 2], sentence="damaged")
    bomb = zlib.compress(bytes(200_000_000), 9)
    text = chunk(b"zTXt", b"Comment\0\0" + bomb)
    add("text_bomb.png", encoded(scene(), "PNG").replace(chunk(b"IEND", b""), text + chunk(b"IEND", b"")),
        sentence="damaged")  # fmt: skip


def _too_large(add: Callable) -> None:
    add("169_megapixels.png", megapixel_png(), sentence="megapixels")
    header = struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 40_000, 40_000, 1, 24, 0, 0, 0, 0, 0, 0)
    add("1600_megapixels.bmp", b"BM" + header, sentence="megapixels")
    add(
        "4294_megapixels.gif",
        b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\2\x44\1\0;",
        sentence="megapixels",
    )
    add("24_megapixels.jpg", encoded(scene((6000, 4000)), "JPEG"), size=(3000, 2000))
    add(
        "72_megapixels.jpg",
        encoded(Image.new("L", (9000, 8000), 99), "JPEG", quality=30),
        mode="L",
        size=(2250, 2000),
        left=99,
        right=99,
    )
    add(
        "40_megapixels_progressive.jpg",
        encoded(Image.new("L", (8000, 5000), 99), "JPEG", quality=30, progressive=True),
        sentence="megapixels",
    )


def _modes(add: Callable) -> None:
    columns = np.where(np.arange(WIDTH) < WIDTH // 2, 0.2, 0.8)
    ramp = np.tile(columns, (HEIGHT, 1))
    deep = (ramp * 65535).round().astype(">u2")
    gray = {"mode": "L", "left": 51, "right": 204, "tolerance": 1}
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    add("gray_16_bit.png", png(WIDTH, HEIGHT, 16, 0, rows), **gray)
    add(
        "dark_16_bit.png",
        encoded(Image.fromarray((ramp * 500).astype(np.uint16)), "PNG"),
        mode="L",
        left=0,
        right=2,
        tolerance=1,
    )
    colour = np.asarray(scene()).astype(np.uint32) * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colour)
    add("colour_16_bit.png", png(WIDTH, HEIGHT, 16, 2, rows))
    alpha = np.dstack([colour, np.full((HEIGHT, WIDTH), 128 * 257)])
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in alpha)
    add("colour_alpha_16_bit.png", png(WIDTH, HEIGHT, 16, 6, rows), mode="RGBA", left=(*LEFT, 128), right=(*RIGHT, 128))
    add("gray_16_bit.tif", encoded(Image.fromarray(deep.astype(np.uint16)), "TIFF"), **gray)
    add("int_32_bit.tif", encoded(Image.fromarray((ramp * 65535).astype(np.int32)), "TIFF"), **gray)
    add(
        "negative_32_bit.tif",
        encoded(Image.fromarray((ramp * 1e6 - 5e5).astype(np.int32)), "TIFF"),
        mode="L",
        left=0,
        right=255,
    )
    add("float_unit.tif", encoded(Image.fromarray(ramp.astype(np.float32)), "TIFF"), **gray)
    add("float_255.tif", encoded(Image.fromarray((ramp * 255).astype(np.float32)), "TIFF"), **gray)
    add(
        "float_heights.tif",
        encoded(Image.fromarray((ramp * 9000 - 4000).astype(np.float32)), "TIFF"),
        mode="L",
        left=0,
        right=255,
    )
    holes = ramp.astype(np.float32)
    holes[0, :3] = np.nan, np.inf, -np.inf
    add("float_nan.tif", encoded(Image.fromarray(holes), "TIFF"), **gray)
    add("float_all_nan.tif", encoded(Image.fromarray(np.full_like(holes, np.nan)), "TIFF"), mode="L", left=0, right=0)
    palette = scene().quantize(8)
    add("palette.png", encoded(palette, "PNG"))
    seen = palette.getpixel((2, 2))
    add(
        "palette_transparent.png",
        encoded(palette, "PNG", transparency=seen),
        mode="RGBA",
        left=(*LEFT, 0),
        right=(*RIGHT, 255),
    )
    add(
        "palette_transparent.gif",
        encoded(palette, "GIF", transparency=seen),
        mode="RGBA",
        left=None,
        right=(*RIGHT, 255),
    )
    gray_alpha = Image.merge("LA", [Image.new("L", (WIDTH, HEIGHT), 90), Image.new("L", (WIDTH, HEIGHT), 200)])
    add("gray_alpha.png", encoded(gray_alpha, "PNG"), mode="LA", left=(90, 200), right=(90, 200))
    hidden = scene()
    hidden.putalpha(Image.new("L", hidden.size, 0))
    add("wholly_transparent.png", encoded(hidden, "PNG"), mode="RGBA", left=(*LEFT, 0), right=(*RIGHT, 0))
    add("colour_key.png", encoded(scene(), "PNG", transparency=LEFT), mode="RGBA", left=None, right=(*RIGHT, 255))
    add("one_bit.png", encoded(Image.fromarray(ramp > 0.5), "PNG"), mode="L", left=0, right=255)
    add("one_bit.tif", encoded(Image.fromarray(ramp > 0.5), "TIFF", compression="group4"), mode="L", left=0, right=255)
    add("cmyk.jpg", encoded(scene().convert("CMYK"), "JPEG", quality=95), tolerance=12)
    add("ycbcr.tif", encoded(scene().convert("YCbCr"), "TIFF", compression="jpeg"), tolerance=12)
    lab = ImageCms.profileToProfile(
        scene(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    add("lab.tif", encoded(lab, "TIFF"), tolerance=12)


def _tiffs(add: Callable) -> None:
    """Depths and orders of numbers; gray is 0.2 | 0.8 of full scale."""
    ramp = np.tile(np.where(np.arange(WIDTH) < WIDTH // 2, 0.2, 0.8), (HEIGHT, 1))
    gray = {"mode": "L", "left": 51, "right": 204, "tolerance": 1}
    turned = np.rot90(ramp)  # bright above dark
    for bits in (8, 16):
        for orientation in range(5, 9):
            sides = {"left": 204, "right": 51} if orientation in (5, 8) else {}
            data = tiff(np.rint(turned * (2**bits - 1)), bits=bits, orientation=orientation)
            add(f"gray_{bits}_turned_{orientation}.tif", data, **gray | sides)
    for bits in (10, 12, 14, 16, 32):
        for white_is_zero in (False, True):
            values = np.rint((1 - ramp if white_is_zero else ramp) * (2**bits - 1))
            for big in (False, True):
                name = f"gray_{bits}_{'white_is_zero' if white_is_zero else 'plain'}_{'big' if big else 'little'}.tif"
                add(name, tiff(values, bits=bits, white_is_zero=white_is_zero, big=big), **gray)
    add("gray_signed_16.tif", tiff(np.rint(ramp * 32767), bits=16, kind=2), **gray)
    add("gray_float_white_is_zero.tif", tiff(1 - ramp, bits=32, kind=3, white_is_zero=True), **gray)
    add("gray_12_packed_turned.tif", tiff(np.rint(turned * 4095), bits=12, packed=True, orientation=6), **gray)
    colours = np.asarray(scene()) / 255
    above = np.rot90(colours)
    for bits in (16, 32, 64):
        add(f"colour_float_{bits}.tif", tiff(colours, bits=bits, kind=3))
        add(f"colour_float_{bits}_planes.tif", tiff(colours, bits=bits, kind=3, planes=True, big=True))
    add("colour_float_turned.tif", tiff(above, bits=32, kind=3, orientation=6))
    for orientation in range(1, 9):
        sides = {"left": RIGHT, "right": LEFT} if orientation in (2, 3, 5, 8) else {}
        data = tiff(above if orientation > 4 else colours, bits=32, kind=3, packed=True, orientation=orientation)
        add(f"colour_float_packed_{orientation}.tif", data, **sides)
    add("colour_float_255.tif", tiff(colours * 255, bits=32, kind=3))
    bright = colours.copy()
    bright[:2] = 3
    add("colour_float_highlights.tif", tiff(bright, bits=32, kind=3))
    add("colour_16_planes.tif", tiff(np.rint(colours * 65535), bits=16, planes=True))
    add("colour_32.tif", tiff(np.rint(colours * (2**32 - 1)), bits=32))
    whole = tiff(colours, bits=32, kind=3)
    add("colour_float_cut_off.tif", whole[: len(whole) // 2], sentence="damaged")
    add("colour_half_packed.tif", tiff(colours, bits=16, kind=3, packed=True), sentence="save it as PNG")
    mask = Image.fromarray((ramp > 0.5).astype(np.uint16))
    add("mask_of_16_bits.png", encoded(mask, "PNG"), mode="L", left=0, right=255)


def _profiles(add: Callable) -> None:
    """Profiles that swap colours, and those that say that the values are light: 0.2 of it is stored as 124 in sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    add("profile.jpg", encoded(scene(), "JPEG", quality=95, icc_profile=profile), tolerance=12)
    foreign = swapped_profile()
    swapped = {"left": (LEFT[1], LEFT[0], LEFT[2]), "right": (RIGHT[1], RIGHT[0], RIGHT[2])}
    add("profile_swaps_colours.png", encoded(scene(), "PNG", icc_profile=foreign), **swapped)
    half = scene()
    half.putalpha(128)
    swapped = {side: (*colour, 128) for side, colour in swapped.items()}
    add("profile_and_alpha.png", encoded(half, "PNG", icc_profile=foreign), mode="RGBA", **swapped)
    add("broken_profile.png", encoded(scene(), "PNG", icc_profile=b"not a profile"))
    linear, gray = _linear(profile), {"mode": "L", "left": 124, "right": 231}
    bright = {"left": tuple(map(_stored, LEFT)), "right": tuple(map(_stored, RIGHT))}
    opaque = {side: (*colour, 255) for side, colour in bright.items()}
    add("linear_and_called_srgb.png", encoded(scene(), "PNG", icc_profile=linear), **bright)
    add("linear_palette.png", encoded(scene().quantize(8), "PNG", icc_profile=linear), **bright)
    keyed = encoded(scene(), "PNG", icc_profile=linear, transparency=(1, 2, 3))
    add("linear_colour_key.png", keyed, mode="RGBA", **opaque)
    levels = np.tile(np.where(np.arange(WIDTH) < WIDTH // 2, 51, 204), (HEIGHT, 1)).astype(np.uint8)
    dark, deep = Image.fromarray(levels), Image.fromarray(levels.astype(np.uint16) * 257)
    for name, kind in (("gray", _linear_gray()), ("colour", linear)):
        add(f"linear_gray_by_{name}.png", encoded(dark, "PNG", icc_profile=kind), **gray)
        add(f"linear_gray_16_by_{name}.png", encoded(deep, "PNG", icc_profile=kind), **gray)
        add(f"linear_gray_by_{name}.jpg", encoded(dark, "JPEG", quality=95, icc_profile=kind), **gray)
    clear = encoded(Image.merge("LA", (dark, dark.point(lambda value: 128))), "PNG", icc_profile=_linear_gray())
    add("linear_gray_alpha.png", clear, mode="LA", left=(124, 128), right=(231, 128))
    add("colours_by_a_gray_profile.png", encoded(scene(), "PNG", icc_profile=_linear_gray()))


def _stored(value: int) -> int:
    """How sRGB stores light of `value` / 255."""
    light = value / 255
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


def _linear(profile: bytes) -> bytes:
    """An sRGB profile that keeps its name, and whose curve is Y = X."""
    at = profile.index(b"para\0\0\0\0") + 12
    return profile[:at] + struct.pack(">5i", *(round(65536 * n) for n in (1, 1, 0, 1, 0))) + profile[at + 20 :]


def _linear_gray() -> bytes:
    """A profile of gray whose curve is Y = X."""
    white = struct.pack(">3i", 63190, 65536, 54061)
    name = b"desc\0\0\0\0" + struct.pack(">I", 7) + b"linear\0" + bytes(79)
    parts = {
        b"wtpt": b"XYZ \0\0\0\0" + white,
        b"kTRC": b"curv" + bytes(8),
        b"cprt": b"text\0\0\0\0nobody's" + bytes(4),
        b"desc": name + bytes(-len(name) % 4),
    }
    table, body, after = struct.pack(">I", len(parts)), b"", 128 + 4 + 12 * len(parts)
    for tag, data in parts.items():
        table += tag + struct.pack(">II", after + len(body), len(data))
        body += data
    head = struct.pack(">I4xI4s4s4s", after + len(body), 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + white
    return head.ljust(128, b"\0") + table + body


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green trade places, so that using it shows."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"-XYZ").replace(b"gXYZ", b"rXYZ").replace(b"-XYZ", b"gXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


def _containers(add: Callable) -> None:
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = scene() if orientation < 5 else scene().transpose(Image.Transpose.ROTATE_90)  # blue above red
        sides = {"left": RIGHT, "right": LEFT} if orientation in (2, 3, 5, 8) else {}
        add(f"exif_{orientation}.jpg", encoded(stored, "JPEG", exif=exif, quality=95), tolerance=12, **sides)
    add("broken_exif.jpg", encoded(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", quality=95), tolerance=12)
    frames = [scene(), Image.new("RGB", (WIDTH, HEIGHT), "green"), Image.new("RGB", (WIDTH, HEIGHT), "white")]
    add("animated.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), tolerance=12)
    add("animated.webp", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    add("animated.png", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    add("pages.tif", encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    add("pair.jpg", encoded(frames[0], "MPO", save_all=True, append_images=frames[1:], quality=95), tolerance=12)
    add("lossy.webp", encoded(scene(), "WEBP", quality=95), tolerance=16)
    if AVIF:
        add("lossy.avif", encoded(scene(), "AVIF", quality=95), tolerance=16)
        exif = Image.Exif()
        exif[0x0112] = 6
        stored = scene().transpose(Image.Transpose.ROTATE_90)
        add("turned.avif", encoded(stored, "AVIF", quality=95, exif=exif), tolerance=16)
        whole = encoded(scene((480, 320)), "AVIF")
        add("cut_off.avif", whole[: len(whole) // 2], sentence="damaged")
    add("windows.bmp", encoded(scene(), "BMP"))
    add("interlaced.png", png(2, 2, 8, 2, _adam7(), interlace=1), size=(2, 2), left=(1, 2, 3), right=(10, 11, 12))
    add("really_a_jpeg.png", encoded(scene(), "JPEG", quality=95), tolerance=12)
    add("really_a_png.svg", encoded(scene(), "PNG"))
    add("no_ending", encoded(scene(), "PNG"))
    add("Ünïcode 图片 🎨.png", encoded(scene(), "PNG"))
    add("one_pixel.png", encoded(Image.new("RGB", (1, 1), LEFT), "PNG"), size=(1, 1), right=LEFT)
    add("tall.png", encoded(Image.new("RGB", (1, 5000), LEFT), "PNG"), size=(1, 5000), right=LEFT)
    add("wide.png", encoded(scene((5000, 1)), "PNG"), size=(5000, 1))
    text = PngInfo()
    text.add_text("convgen", '{"seed": 1e999}')
    text.add_text("Software", "someone else's")
    add("strange_settings.png", encoded(scene(), "PNG", pnginfo=text))


def _adam7() -> bytes:
    """Rows of a 2 x 2 interlaced picture: passes 1, 6 and 7 hold its pixels."""
    return b"\0\x04\x05\x06" + b"\0\x07\x08\x09" + b"\0\x01\x02\x03\x0a\x0b\x0c"
