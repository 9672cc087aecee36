"""Short films of pictures: an endless WebP or GIF, and H.264 in MP4."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from convgen import images
from demos.common.outputs import new_file

FRAME_MS = 50
CLEAR = 255
"""Colour of a GIF that stands for nothing."""


class Loop:
    """An endless animated WebP, transparency kept, that is written a frame at a time; close it at the end."""

    def __init__(self, path: Path, size: tuple[int, int], *, fps: int):
        import av

        self._file = av.open(str(path), "w", format="webp", options={"loop": "0"})
        options = {"quality": "82", "compression_level": "0"}
        self._stream = self._file.add_stream("libwebp_anim", rate=fps, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuva420p"

    def add(self, frame: Image.Image) -> None:
        import av

        values = np.ascontiguousarray(np.asarray(frame.convert("RGBA")))
        shown = av.VideoFrame.from_ndarray(values, format="rgba").reformat(format="yuva420p")
        self._file.mux(self._stream.encode(shown))

    def close(self) -> None:
        self._file.mux(self._stream.encode(None))
        self._file.close()


class Frames(Sequence[Image.Image]):
    """The frames of an animated file, decoded one after another as they are asked for; close it at the end."""

    def __init__(self, path: Path, *, longest_side: int | None = None):
        self._picture, self._longest_side = Image.open(path), longest_side

    @property
    def frame_ms(self) -> int:
        """How long each of them is shown."""
        self[0]
        return self._picture.info.get("duration") or FRAME_MS

    def __len__(self) -> int:
        return self._picture.n_frames

    def __getitem__(self, at: int) -> Image.Image:
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        self._picture.seek(at % len(self))
        self._picture.load()
        return images.fit_within(self._picture.copy(), longest_side=self._longest_side)

    def close(self) -> None:
        self._picture.close()


def save_gif(frames: Sequence[Image.Image], stem: str, *, comment: str, frame_ms: int = FRAME_MS) -> str:
    """An endless GIF of pictures of one size; all share the colours of the first, middle and last of them.

    A pixel of a GIF is clear or not, so what is less than half there is clear.
    """
    sheet = Image.new("RGB", (frames[0].width, 3 * frames[0].height))
    clear = any(frames[at].mode == "RGBA" for at in (0, -1))
    for place, at in enumerate((0, len(frames) // 2, -1)):
        sheet.paste(frames[at].convert("RGB"), (0, place * frames[0].height))
    colors = sheet.quantize(CLEAR if clear else 256, Image.Quantize.MEDIANCUT)
    packed = [_packed(frame, colors) for frame in frames]
    path = new_file(stem, ".gif")
    rest = {"transparency": CLEAR, "disposal": 2} if clear else {}
    packed[0].save(
        path, save_all=True, append_images=packed[1:], duration=frame_ms, loop=0, comment=comment.encode(), **rest
    )  # fmt: skip
    return str(path)


def _packed(frame: Image.Image, colors: Image.Image) -> Image.Image:
    """A frame in the colours of a palette."""
    packed = frame.convert("RGB").quantize(palette=colors, dither=Image.Dither.NONE)
    if frame.mode == "RGBA":
        packed.paste(CLEAR, mask=frame.getchannel("A").point(lambda value: 255 if value < 128 else 0))
    return packed


def save_mp4(frames: Sequence[Image.Image], stem: str, *, comment: str, frame_ms: int = FRAME_MS) -> str:
    """The same as H.264, yuv420p, on white; an odd last row or column is left out."""
    import av

    width, height = (side - side % 2 for side in frames[0].size)
    path = new_file(stem, ".mp4")
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        output.metadata["comment"] = comment
        stream = output.add_stream("libx264", rate=round(1000 / frame_ms), options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            values = np.ascontiguousarray(np.asarray(images.on_white(frame).convert("RGB"))[:height, :width])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(values, format="rgb24")))
        output.mux(stream.encode(None))
    return str(path)
