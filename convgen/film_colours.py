"""Colours of films: what the numbers of a frame mean, and how those of a written frame are said.

Numbers of colour matrices, primaries and transfer curves are those of ITU-T H.273, as FFmpeg has them.
"""

import av
import numpy as np
import torch
from torch import Tensor

UNSAID = 2
BT709, BT601, BT2020 = 1, 6, 9
PQ, HLG = 16, 18
MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""Number of a matrix -> FFmpeg's name for it where colours are changed."""
LINES_OF_HD = 720
"""Players take films of so many lines for BT.709 where nothing is said, and smaller ones for BT.601."""
LIMITED, FULL = 1, 2
HDR_PEAK, SDR_WHITE = 1000.0, 203.0
"""cd/m2: the display that HDR is graded for, and what its white of paper becomes: that of SDR (ITU-R BT.2408)."""
LUMA_2020 = (0.2627, 0.6780, 0.0593)
TO_709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
"""Light of BT.2020 as light of BT.709 (ITU-R BT.2087)."""


def rgb_of(frame: av.VideoFrame, width: int, height: int, transfer: int) -> Tensor:
    """A frame as it is stored, not turned: (1, 3, height, width) float32 in [0, 1], in standard range.

    Args:
        transfer: the number of its curve; PQ and HLG are brought to standard range.
    """
    matrix = MATRICES[_matrix_of(frame)]
    # Planes of 16 bits: FFmpeg's shorter ways to packed RGB round down, and some forget the range. Another matrix has
    # to be named for what has none, or some versions of PyAV pass over the one it comes from.
    deep = frame.reformat(
        width,
        height,
        format="gbrp16le",
        src_colorspace=matrix,
        dst_colorspace=MATRICES[BT601] if matrix == BT709 else BT709,
        src_color_range=_range_of(frame),
        dst_color_range=FULL,
        interpolation="AREA",
    )
    values = np.ascontiguousarray(deep.to_ndarray()).astype(np.float32) / 65535
    image = torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0).contiguous()
    return sdr_of(image, transfer) if transfer in (PQ, HLG) else image


def frame_of(values: np.ndarray) -> av.VideoFrame:
    """(H, W, 3) bytes as a yuv420p frame of `matrix_for(H)`."""
    matrix = matrix_for(len(values))
    frame = av.VideoFrame.from_ndarray(values, format="rgb24")
    frame = frame.reformat(
        format="yuv420p", dst_colorspace=MATRICES[matrix], src_color_range=FULL, dst_color_range=LIMITED
    )
    frame.colorspace, frame.color_range = matrix, LIMITED
    return frame


def matrix_for(lines: int) -> int:
    """The matrix of a film of so many lines, where nothing else is said."""
    return BT709 if lines >= LINES_OF_HD else BT601


def primaries_and_transfer(frame: av.VideoFrame, context: av.VideoCodecContext) -> tuple[int, int]:
    """What a written film says of its primaries and its curve: as its source, or what players took its source for."""
    primaries, transfer = context.color_primaries, context.color_trc
    if transfer in (PQ, HLG):
        return BT709, BT709
    assumed = BT709 if matrix_for(frame.height) == BT709 and not frame.format.is_rgb else UNSAID
    return tuple(assumed if number in (0, UNSAID) else int(number) for number in (primaries, transfer))


def sdr_of(image: Tensor, transfer: int) -> Tensor:
    """A PQ or HLG picture in standard range: the curve of ITU-R BT.2390, section 5.4, from 1000 to 203 cd/m2.

    Light of BT.2020 on a display of 1000 cd/m2 (ITU-R BT.2100) -> the largest channel of each pixel through the curve,
    which leaves the dark half alone and rolls off above -> light of BT.709 -> values of sRGB: players hand a BT.709
    film to the screen as it is.

    Args:
        image: (B, 3, H, W), the values of the film in [0, 1].
        transfer: PQ or HLG.
    Returns:
        (B, 3, H, W) in [0, 1].
    """
    light = pq_light(image) if transfer == PQ else hlg_light(image)
    largest = light.amax(dim=1, keepdim=True).clamp(1e-4, HDR_PEAK)
    light = light * (rolled_off(largest) / largest)
    mixture = torch.tensor(TO_709)
    light = torch.einsum("ij,bjhw->bihw", mixture, light / SDR_WHITE)
    light = light.clamp(0, 1)
    return torch.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)


def pq_light(values: Tensor) -> Tensor:
    """cd/m2 of PQ values in [0, 1] (ITU-R BT.2100, table 4)."""
    power = values.clamp(0, 1) ** (1 / 78.84375)
    return 10_000 * ((power - 0.8359375).clamp(min=0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)


def pq_values(light: Tensor) -> Tensor:
    """PQ values in [0, 1] of cd/m2, the inverse of `pq_light`."""
    power = (light / 10_000).clamp(0, 1) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg_light(values: Tensor) -> Tensor:
    """cd/m2 that HLG values (B, 3, H, W) in [0, 1] give on a display of 1000 (ITU-R BT.2100, table 5, gamma 1.2)."""
    values = values.clamp(0, 1)
    scene = torch.where(values <= 0.5, values**2 / 3, (torch.exp((values - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    luma = torch.einsum("j,bjhw->bhw", torch.tensor(LUMA_2020), scene).unsqueeze(1)
    return HDR_PEAK * luma.clamp(min=1e-6) ** 0.2 * scene


def rolled_off(light: Tensor) -> Tensor:
    """cd/m2 up to 1000 -> cd/m2 up to 203 (ITU-R BT.2390, section 5.4.1, without lifting black)."""
    peak, white = pq_values(torch.tensor([HDR_PEAK, SDR_WHITE])).tolist()
    share = pq_values(light) / peak
    highest = white / peak
    knee = 1.5 * highest - 0.5
    t = (share - knee) / (1 - knee)
    above = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * highest
    return pq_light(torch.where(share < knee, share, above) * peak)


def _matrix_of(frame: av.VideoFrame) -> int:
    said = int(frame.colorspace)
    return said if said in MATRICES else matrix_for(frame.height)


def _range_of(frame: av.VideoFrame) -> int:
    said = int(frame.color_range)
    if said in (LIMITED, FULL):
        return said
    return FULL if frame.format.is_rgb or frame.format.name.startswith("yuvj") else LIMITED
