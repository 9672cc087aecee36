"""Colours of a stylized picture: those of the painting, those of the photo, or something in between."""

from torch import Tensor

LUMINANCE = (0.299, 0.587, 0.114)


def keep_colors(stylized: Tensor, photo: Tensor) -> Tensor:
    """The brightness of the stylized picture with the colours of the photo: both (B, 3, H, W) in [0, 1], as the result.

    The photo is moved along gray until its luminance (ITU-R BT.601) is that of the stylized picture.
    """
    weights = stylized.new_tensor(LUMINANCE).view(1, 3, 1, 1)
    brightness = (weights * (stylized - photo)).sum(1, keepdim=True)
    return (photo + brightness).clamp(0, 1)
