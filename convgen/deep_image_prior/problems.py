"""What was observed, how it came about, and the data terms E(x; x0) of thesis section 7.3."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageChops, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from convgen import images, runtime
from convgen.losses import total

TASKS = ("denoise", "jpeg", "super_resolution", "inpaint", "missing_pixels", "flash", "pre_image")
FACTORS = (2, 4, 8)
DAMAGES = ("text", "scratches", "hole")
SMALLEST_SIDE = 16
BLACK = 16
"""Gray levels up to which a mask's darkest colour is its black."""
FEW_COLORS = 16
"""A mask of more colours has soft edges, or was compressed."""
SENTENCE = "every picture can be its own best example when only the structure of a network is known"


@dataclass(frozen=True)
class Problem:
    """One picture to restore.

    Attributes:
        task: one of TASKS.
        observed: x0, (1, C, h, w) in [0, 1], C = 1 (gray) or 3.
        mask: (1, 1, h, w), 1 = known, for "inpaint" and "missing_pixels".
        factor: how many times larger the restored picture is, for "super_resolution".
        guide: (1, 3, h, w) the flash picture, for "flash".
        features: the layers Phi whose activations of `observed` are inverted, for "pre_image".
        truth: (1, C, factor h, factor w) where it is known; only ever used to print PSNR.
    Raises:
        ValueError: unknown task, a part that the task needs is missing, or a part of another size.
    """

    task: str
    observed: Tensor
    mask: Tensor | None = None
    factor: int = 1
    guide: Tensor | None = None
    features: Callable[[Tensor], Mapping[str, Tensor]] | None = None
    truth: Tensor | None = None

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}, got {self.task!r}")
        if self.observed.ndim != 4 or self.observed.shape[0] != 1 or self.observed.shape[1] not in (1, 3):
            raise ValueError(f"observed must be (1, 1 or 3, H, W), got {tuple(self.observed.shape)}")
        size = self.observed.shape[-2:]
        if min(size) * self.factor < SMALLEST_SIDE:
            raise ValueError(
                f"The picture is {size[1]} x {size[0]} pixels: choose one with at least {SMALLEST_SIDE} pixels "
                "on each side."
            )
        if self.task in ("inpaint", "missing_pixels"):
            if self.mask is None:
                raise ValueError("There is nothing to fill in: paint over what should be replaced, or upload a mask.")
            known = float(self.mask.mean())
            if known == 1:
                raise ValueError("There is nothing to fill in: paint over what should be replaced, or upload a mask.")
            if known == 0:
                raise ValueError("The mask covers the whole picture: leave a part of it unpainted.")
        if self.task == "flash" and self.guide is None:
            raise ValueError("A flash / no-flash pair needs two pictures: add the one taken with flash.")
        if self.task == "pre_image" and self.features is None:
            raise ValueError("pre_image needs `features`, a function from an image to named activations")
        for name, part, expected in (
            ("mask", self.mask, size),
            ("guide", self.guide, size),
            ("truth", self.truth, self.restored_size),
        ):
            if part is not None and part.shape[-2:] != expected:
                raise ValueError(f"{name} must be {tuple(expected)} pixels (H, W), got {tuple(part.shape[-2:])}")

    @property
    def restored_size(self) -> tuple[int, int]:
        """(H, W) of the restored picture."""
        height, width = self.observed.shape[-2:]
        return height * self.factor, width * self.factor


# ---- data terms


def reconstruction_energy(image: Tensor, observed: Tensor) -> Tensor:
    """Distance to the observed picture: E(x; x0) = ||x - x0||^2, Thesis Eq. 7.3.

    Args:
        image, observed: (B, C, H, W) in [0, 1].
    Returns:
        scalar, squared gray levels.
    Deviation: the mean over pixels, so that the learning rate does not depend on the size.
    """
    return (image - observed).square().mean()


def super_resolution_energy(image: Tensor, observed: Tensor, factor: int) -> Tensor:
    """Distance after downsampling: E(x; x0) = ||d(x) - x0||^2, Thesis Eq. 7.5.

    Args:
        image: (B, C, factor H, factor W) in [0, 1].
        observed: (B, C, H, W) in [0, 1].
    Returns:
        scalar, squared gray levels (the mean, as for Eq. 7.3).
    """
    return (lanczos_downsample(image, factor) - observed).square().mean()


def inpainting_energy(image: Tensor, observed: Tensor, mask: Tensor) -> Tensor:
    """Distance where pixels are known: E(x; x0) = ||(x - x0) * m||^2, Thesis Eq. 7.6.

    Args:
        image, observed: (B, C, H, W) in [0, 1].
        mask: (B, 1, H, W), 1 = known.
    Returns:
        scalar, squared gray levels (the mean over all pixels, known or not).
    """
    return ((image - observed) * mask).square().mean()


def pre_image_energy(
    image: Tensor, target: Mapping[str, Tensor], features: Callable[[Tensor], Mapping[str, Tensor]]
) -> Tensor:
    """Distance of activations: E(x; x0) = ||Phi(x) - Phi(x0)||^2 of thesis section 7.3.4.

    Args:
        image: (1, 3, H, W) in [0, 1].
        target: Phi(x0), layer name -> activations.
        features: Phi.
    Returns:
        scalar, relative to ||Phi(x0)||^2 so that layers of any depth share one learning rate.
    """
    activations = features(image)
    return total((activations[name] - goal).square().sum() / goal.square().sum() for name, goal in target.items())


def lanczos_kernel(factor: int) -> Tensor:
    """Lanczos-2 taps for downsampling by `factor`, centred between pixels: (4 factor,), sums to 1."""
    x = (torch.arange(4 * factor, dtype=torch.float64) - (4 * factor - 1) / 2) / factor
    taps = torch.sinc(x) * torch.sinc(x / 2)
    return (taps / taps.sum()).float()


def lanczos_downsample(image: Tensor, factor: int) -> Tensor:
    """The differentiable d(x) of Thesis Eq. 7.5: (B, C, H, W) -> (B, C, H / factor, W / factor).

    Raises:
        ValueError: a side is not a multiple of factor.
    """
    if image.shape[-2] % factor or image.shape[-1] % factor:
        raise ValueError(f"sides must be multiples of {factor}, got {tuple(image.shape[-2:])}")
    channels = image.shape[1]
    taps = lanczos_kernel(factor).to(image).repeat(channels, 1)
    margin = (taps.shape[1] - factor) // 2
    x = F.pad(image, (margin,) * 4, mode="replicate")
    x = F.conv2d(x, taps.view(channels, 1, -1, 1), stride=(factor, 1), groups=channels)
    return F.conv2d(x, taps.view(channels, 1, 1, -1), stride=(1, factor), groups=channels)


# ---- degradations, for pictures whose truth is known


def add_noise(truth: Tensor, *, sigma: float = 25.0, seed: int = 0) -> Tensor:
    """Add Gaussian noise of `sigma` gray levels (of 255) and clip to [0, 1]."""
    noise = torch.randn(truth.shape, generator=runtime.seeded_generator(seed))
    return (truth + sigma / 255 * noise).clamp(0, 1)


def compress(truth: Tensor, *, quality: int = 10) -> Tensor:
    """What JPEG of the given quality (1 .. 95) leaves of a picture."""
    buffer = io.BytesIO()
    images.to_picture(truth).save(buffer, format="JPEG", quality=quality)
    with Image.open(buffer) as picture:
        return images.to_tensor(picture)


def shrink(truth: Tensor, *, factor: int = 4) -> Tensor:
    """Downsample by `factor` with Pillow's Lanczos filter to whole gray levels, as a small file would hold it.

    Raises:
        ValueError: a side is not a multiple of factor (see `crop_to_multiple`).
    """
    height, width = truth.shape[-2:]
    if height % factor or width % factor:
        raise ValueError(f"sides must be multiples of {factor}, got {(height, width)}")
    small = images.to_picture(truth).resize((width // factor, height // factor), Image.Resampling.LANCZOS)
    return images.to_tensor(small)


def crop_to_multiple(image: Tensor, factor: int) -> Tensor:
    """Cut the right and bottom border so that both sides are multiples of `factor`."""
    height, width = image.shape[-2:]
    return image[..., : height - height % factor, : width - width % factor]


def random_mask(size: tuple[int, int], *, missing: float = 0.5, seed: int = 0) -> Tensor:
    """(1, 1, H, W) Bernoulli mask: each pixel is lost with probability `missing`."""
    return (runtime.uniform_noise((1, 1, *size), runtime.seeded_generator(seed)) >= missing).float()


def damage_mask(size: tuple[int, int], *, damage: str = "text", seed: int = 0) -> Tensor:
    """(1, 1, H, W) mask, 1 = known, of overlaid text, of scratches, or of one large hole.

    Raises:
        ValueError: unknown damage.
    """
    if damage not in DAMAGES:
        raise ValueError(f"damage must be one of {', '.join(DAMAGES)}, got {damage!r}")
    height, width = size
    canvas = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(canvas)
    unit = min(size)
    draws = runtime.uniform_noise((400,), runtime.seeded_generator(seed)).tolist()
    if damage == "text":
        letters = max(10, unit // 14)
        font = ImageFont.load_default(letters)
        words = SENTENCE.split()
        start = int(draws[0] * len(words))
        line = " ".join(words[start:] + words[:start])
        for row, top in enumerate(range(0, height, int(letters * 1.55))):
            draw.text((-draws[row % 400] * unit / 2, top), (line + " ") * (2 + width // unit), font=font, fill=0)
    elif damage == "scratches":
        for i in range(14):
            x, y, dx, dy, bend = draws[5 * i : 5 * i + 5]
            points = [
                ((x + (dx - 0.5) * t + 0.06 * np.sin(9 * bend + 5 * t)) * width, (y + (dy - 0.5) * t) * height)
                for t in np.linspace(-1, 1, 24)
            ]
            draw.line(points, fill=0, width=max(2, unit // 90), joint="curve")
    else:
        left, top = (0.25 + 0.25 * draws[0]) * width, (0.25 + 0.25 * draws[1]) * height
        draw.ellipse((left, top, left + 0.25 * width, top + 0.25 * height), fill=0)
    return (images.to_tensor(canvas) > 0.5).float()


def painted_where(mask: Image.Image) -> Image.Image:
    """Where a mask is painted: whatever is not its background colour, however it is stored.

    The background is what is transparent, else black, and the commonest colour of a mask without black. In a mask of
    few colours a sixteenth of the strongest difference from it counts; in others, which have soft edges or the noise
    of JPEG, a quarter.

    Args:
        mask: L, LA, RGB or RGBA, as `images.open_picture` gives it.
    Returns:
        L of the same size, 255 = painted.
    """
    opaque, alpha = images.split_alpha(mask)
    opaque = opaque if alpha is None else alpha
    colors = opaque.getcolors(FEW_COLORS)
    brightest = _brightest(opaque)
    darkest, lightest = _range(brightest)
    if darkest <= BLACK and (darkest < lightest or darkest == 0):
        distance = ImageChops.subtract(brightest, Image.new("L", mask.size, darkest))
    elif colors and len(colors) == 1:
        return Image.new("L", mask.size, 255)
    else:
        small = opaque.resize([min(side, 256) for side in mask.size], Image.Resampling.NEAREST)
        _, background = max(small.getcolors(small.width * small.height) or ())
        distance = _brightest(ImageChops.difference(opaque, Image.new(opaque.mode, mask.size, background)))
    least = _range(distance)[1] / (16 if colors else 4)
    return distance.point([255 if value > least else 0 for value in range(256)])


def _range(gray: Image.Image) -> tuple[int, int]:
    """The darkest and the lightest value of an L picture."""
    values = np.asarray(gray)
    return int(values.min()), int(values.max())


def _brightest(picture: Image.Image) -> Image.Image:
    """L: the largest channel of each pixel of an L or RGB picture."""
    first, *others = picture.split()
    for other in others:
        first = ImageChops.lighter(first, other)
    return first


def hole_of(mask: Tensor) -> str:
    """The inpainting network that fits a mask: "region" where a square of a twelfth of the shorter side is unknown.

    Args:
        mask: (1, 1, H, W), 1 = known.
    Returns:
        "region", or "text" for anything thinner (see `settings_for`).
    """
    side = min(max(3, min(mask.shape[-2:]) // 12), *mask.shape[-2:])
    return "region" if F.max_pool2d(mask, side, stride=1).min() == 0 else "text"
