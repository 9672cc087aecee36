"""Small videos, made by code: two colours side by side, so that turned pictures and swapped channels show."""

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

LEFT, RIGHT = (220, 40, 30), (30, 60, 200)
RATE = 44_100


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


def write_sound(path: Path) -> Path:
    """A file with sound and no pictures."""
    with av.open(str(path), "w") as output:
        tone = output.add_stream("aac", rate=RATE)
        chunk = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.int16), format="s16", layout="mono")
        chunk.rate, chunk.pts, chunk.time_base = RATE, 0, Fraction(1, RATE)
        output.mux(tone.encode(chunk))
        output.mux(tone.encode(None))
    return path
