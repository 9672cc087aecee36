"""Short films of pictures: a GIF that never ends, and H.264 in MP4."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from demos.common.outputs import new_file

FRAME_MS = 50


def save_gif(frames: Sequence[Image.Image], stem: str, *, comment: str) -> str:
    """An endless GIF of RGB pictures of one size; all share the colours of the first, middle and last of them."""
    sheet = Image.new("RGB", (frames[0].width, 3 * frames[0].height))
    for place, at in enumerate((0, len(frames) // 2, -1)):
        sheet.paste(frames[at], (0, place * frames[0].height))
    colors = sheet.quantize(256, Image.Quantize.MEDIANCUT)
    packed = [frame.quantize(palette=colors, dither=Image.Dither.NONE) for frame in frames]
    path = new_file(stem, ".gif")
    packed[0].save(
        path, save_all=True, append_images=packed[1:], duration=FRAME_MS, loop=0, comment=comment.encode()
    )  # fmt: skip
    return str(path)


def save_mp4(frames: Sequence[Image.Image], stem: str, *, comment: str) -> str:
    """The same as H.264, yuv420p; an odd last row or column is left out."""
    import av

    width, height = (side - side % 2 for side in frames[0].size)
    path = new_file(stem, ".mp4")
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        output.metadata["comment"] = comment
        stream = output.add_stream("libx264", rate=1000 // FRAME_MS, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            values = np.ascontiguousarray(np.asarray(frame.convert("RGB"))[:height, :width])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(values, format="rgb24")))
        output.mux(stream.encode(None))
    return str(path)
