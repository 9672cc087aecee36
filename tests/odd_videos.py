"""Small videos, made by code: two colours side by side, so that turned pictures and swapped channels show."""

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

LEFT, RIGHT = (220, 40, 30), (30, 60, 200)
RATE = 44_100
SHARES = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Number of a matrix (ITU-T H.273) -> the shares of red and of blue in luma."""


def write_video(
    path: Path,
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 12,
    per_second: int = 12,
    sound: str | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rate: int = RATE,
    title: str = "",
) -> Path:
    """Write a video of a red left half and a blue right half, with a tone if `sound` names a codec."""
    with av.open(str(path), "w") as output:
        output.metadata["title"] = title
        pictures = output.add_stream(codec, rate=per_second)
        pictures.width, pictures.height, pictures.pix_fmt = *size, pixels
        tone = output.add_stream(sound, rate=rate) if sound else None
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        picture[:, : size[0] // 2], picture[:, size[0] // 2 :] = LEFT, RIGHT
        for _ in range(frames):
            output.mux(pictures.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(pictures.encode(None))
        if tone:
            time = np.arange(rate * frames // per_second) / rate
            wave = (8000 * np.sin(2 * math.pi * 440 * time)).astype(np.int16)[None]
            chunk = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            chunk.rate, chunk.pts, chunk.time_base = rate, 0, Fraction(1, rate)
            output.mux(tone.encode(chunk))
            output.mux(tone.encode(None))
    return path


def write_colours(
    path: Path,
    colours: list[tuple[float, float, float]],
    *,
    size: tuple[int, int] = (64, 48),
    times: tuple[float, ...] = (0.0, 0.1, 0.2),
    codec: str = "libx264",
    pixels: str = "yuv420p",
    matrix: int = 2,
    span: int = 1,
    primaries: int = 2,
    transfer: int = 2,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a film of still stripes.

    Args:
        colours: R'G'B' of each stripe in [0, 1].
        times: of the frames, in seconds.
        matrix, primaries, transfer: what the film says of its colours (ITU-T H.273), 2 = nothing. The matrix is used,
            and where nothing is said, that which players take it for.
        span: 1 = limited range, 2 = full.
        aspect: width by height of a pixel.
    """
    red, blue = SHARES[matrix if matrix != 2 else 1 if size[1] >= 720 else 6]
    stripes = np.repeat(np.array(colours), -(-size[0] // len(colours)), axis=0)[: size[0]]
    luma = stripes @ (red, 1 - red - blue, blue)
    cb, cr = (stripes[:, 2] - luma) / (2 - 2 * blue), (stripes[:, 0] - luma) / (2 - 2 * red)
    row = np.stack((16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr), -1)
    picture = np.rint(np.tile(row, (size[1], 1, 1)) * 256).astype(np.uint16)
    with av.open(str(path), "w", container_options=options or {}) as output:
        pictures = output.add_stream(codec, rate=1000)
        pictures.width, pictures.height, pictures.pix_fmt = *size, pixels
        context = pictures.codec_context
        context.time_base = Fraction(1, 1000)
        context.options = {"crf": "1", "preset": "veryfast"} if codec == "libx264" else {}
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = (
            matrix,
            span,
            primaries,
            transfer,
        )
        if aspect:
            context.sample_aspect_ratio = aspect
        for time in times:
            frame = av.VideoFrame.from_ndarray(picture, format="yuv444p16le")
            frame = frame.reformat(format=pixels, src_color_range=1, dst_color_range=span)
            frame.colorspace, frame.color_range = matrix, span
            frame.pts, frame.time_base = round(1000 * time), Fraction(1, 1000)
            output.mux(pictures.encode(frame))
        output.mux(pictures.encode(None))
    return path


def shown_colours(path: Path, stripes: int) -> np.ndarray:
    """(stripes, 3): R'G'B' of the first frame in [0, 1] as a player shows it, by the equations of ITU-T H.273.

    Where the film says no matrix, that which players take it for.
    """
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    said = frame.colorspace if frame.colorspace != 2 else 1 if frame.height >= 720 else 6
    red, blue = SHARES[said]
    shown = []
    for stripe in range(stripes):
        at = (2 * stripe + 1) / (2 * stripes)
        y, cb, cr = (bytes(p)[p.height // 2 * p.line_size + int(at * p.width)] for p in frame.planes)
        if frame.color_range == 2:
            y, cb, cr = y / 255, (cb - 128) / 255, (cr - 128) / 255
        else:
            y, cb, cr = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
        r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
        shown.append((r, (y - red * r - blue * b) / (1 - red - blue), b))
    return np.array(shown)


def write_sound(path: Path) -> Path:
    """A file with sound and no pictures."""
    with av.open(str(path), "w") as output:
        tone = output.add_stream("aac", rate=RATE)
        chunk = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.int16), format="s16", layout="mono")
        chunk.rate, chunk.pts, chunk.time_base = RATE, 0, Fraction(1, RATE)
        output.mux(tone.encode(chunk))
        output.mux(tone.encode(None))
    return path
