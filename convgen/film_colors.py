"""Colours of films: what the numbers of a frame mean, and how those of a written frame are said.

Numbers of colour matrices, primaries and transfer curves are those of ITU-T H.273, as FFmpeg has them.
"""

import av
import numpy as np
import torch
from torch import Tensor

UNSAID = 2
BT709, BT601 = 1, 6
PQ, HLG = 16, 18
SHARES = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Number of a matrix -> the shares of red and of blue in luma."""
SWSCALE = {BT709: 1, BT601: 5}
"""The matrices that are written, as FFmpeg's scaler counts them."""
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
    if frame.format.is_rgb or frame.format.has_palette:
        deep = frame.reformat(width, height, format="gbrp16le", interpolation="AREA")
        image = _tensor_of(deep) / 65535
    else:
        # The matrix is used here, not by FFmpeg: PyAV 17 passes over BT.2020, and quick ways to RGB round down.
        deep = frame.reformat(
            width,
            height,
            format="yuv444p16le",
            src_color_range=_range_of(frame),
            dst_color_range=LIMITED,
            interpolation="AREA",
        )
        image = rgb_of_yuv(_tensor_of(deep) / 256, _matrix_of(frame))
    return sdr_of(image, transfer) if transfer in (PQ, HLG) else image


def rgb_of_yuv(values: Tensor, matrix: int) -> Tensor:
    """R'G'B' of Y'CbCr in limited range (ITU-T H.273, section 8.3).

    Args:
        values: (B, 3, H, W), 16 .. 235 for luma and 16 .. 240 for colour differences.
        matrix: a key of SHARES.
    Returns:
        (B, 3, H, W) in [0, 1].
    """
    red, blue = SHARES[matrix]
    y, cb, cr = (values[:, :1] - 16) / 219, (values[:, 1:2] - 128) / 224, (values[:, 2:] - 128) / 224
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    return torch.cat((r, (y - red * r - blue * b) / (1 - red - blue), b), dim=1).clamp(0, 1)


def frame_of(values: np.ndarray) -> av.VideoFrame:
    """(H, W, 3) bytes as a yuv420p frame of `matrix_for(H)`."""
    matrix = matrix_for(len(values))
    frame = av.VideoFrame.from_ndarray(values, format="rgb24")
    frame = frame.reformat(
        format="yuv420p", dst_colorspace=SWSCALE[matrix], src_color_range=FULL, dst_color_range=LIMITED
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
    first, second = (assumed if number in (0, UNSAID) else int(number) for number in (primaries, transfer))
    return first, second


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
    return said if said in SHARES else matrix_for(frame.height)


def _tensor_of(frame: av.VideoFrame) -> Tensor:
    """(1, 3, H, W) float32 of a frame of 16 bits."""
    values = np.ascontiguousarray(frame.to_ndarray()).astype(np.float32)
    return torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0).contiguous()


def _range_of(frame: av.VideoFrame) -> int:
    said = int(frame.color_range)
    if said in (LIMITED, FULL):
        return said
    return FULL if frame.format.is_rgb or frame.format.name.startswith("yuvj") else LIMITED
