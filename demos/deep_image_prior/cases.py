"""The problem that a visitor asks for: damaged here or given, with its mask, its size and its memory."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageChops

from convgen import deep_image_prior as dip
from convgen import images
from demos import common
from demos.deep_image_prior import texts
from demos.deep_image_prior.form import AUTOMATIC, CURVES, MASKED, Asked, preset_of, working_side

MOST_PIXELS = 4_000_000
FIRST_STEP_BYTES = 180_000_000


@dataclass(frozen=True)
class Case:
    """A problem ready to be restored.

    Attributes:
        problem: None for the experiment of Fig. 7.2, which fits `picture` four times.
        picture: (1, C, H, W), what `problem` observes, or the picture of the experiment.
        before: what the visitor sees as the damaged picture.
        alpha: transparency that the result gets back, or None.
        note: what happened to the picture on the way, or "".
    """

    asked: Asked
    settings: dip.Settings
    problem: dip.Problem | None
    picture: torch.Tensor
    before: Image.Image
    alpha: Image.Image | None
    note: str


def assemble(asked: Asked) -> Case:
    """The problem that a visitor asks for, damaged by us if that is what they want.

    Raises:
        ValueError: one sentence for the visitor: too small, too large for this machine's memory, nothing to fill in.
        WeightsUnavailable: a pre-image without the network that it inverts.
    """
    settings = settings_of(asked, asked.hole)
    side = asked.longest_side or working_side(asked.task, asked.source)
    enlarges = asked.task == "super_resolution"
    shrinks_before = asked.factor if enlarges and asked.source == "given" else 1
    most_pixels = MOST_PIXELS // shrinks_before**2
    picture, note = common.fit_with_note(
        asked.picture, longest_side=max(1, side // shrinks_before), max_pixels=most_pixels
    )
    if enlarges:
        note = _joined(note, _less_than_given(asked, picture))
    if note:
        note = _joined(note, texts.SIZE_IS_UNDER)
    common.large_enough(picture, times=shrinks_before)
    _refuse_what_does_not_fit(picture.width * picture.height * shrinks_before**2, settings, asked.task)
    opaque, alpha = images.split_alpha(picture)
    x = images.to_tensor(opaque)
    problem = None
    if asked.task in MASKED:
        problem, alpha = _masked(asked, x, picture, alpha)
        note = _joined(note, _how_much(asked, problem.mask))
        if asked.hole == AUTOMATIC:
            settings = settings_of(asked, dip.hole_of(problem.mask))
    elif enlarges and asked.source == "given":
        problem = dip.Problem("super_resolution", x, factor=asked.factor)
    elif enlarges:
        truth = dip.crop_to_multiple(x, asked.factor)
        if alpha is not None:
            alpha = alpha.crop((0, 0, truth.shape[-1], truth.shape[-2]))
        small = dip.shrink(truth, factor=asked.factor)
        problem = dip.Problem("super_resolution", small, factor=asked.factor, truth=truth)
    elif asked.task == "pre_image":
        problem = dip.Problem("pre_image", x, features=partial(common.descriptor(), layers=(asked.layer,)))
    elif asked.task == "flash":
        problem = _flash(asked, x)
    elif asked.task in ("denoise", "jpeg"):
        truth = x if asked.source == "damage" else None
        if truth is not None and asked.task == "denoise":
            x = dip.add_noise(x, sigma=asked.sigma, seed=asked.seed)
        elif truth is not None:
            x = dip.compress(x, quality=asked.quality)
        problem = dip.Problem(asked.task, x, truth=truth)
    observed = x if problem is None else problem.observed
    return Case(asked, settings, problem, observed, _before(problem, observed, asked.task), alpha, note)


def settings_of(asked: Asked, hole: str) -> dip.Settings:
    """The preset, with what the visitor changed."""
    settings = preset_of(asked.task, asked.preset, asked.factor, hole)
    return replace(settings, steps=asked.steps or settings.steps, lr=asked.lr or settings.lr)


def _less_than_given(asked: Asked, picture: Image.Image) -> str:
    """A sentence where super-resolution will give fewer pixels than the visitor's file had, else ""."""
    sides = [side * asked.factor if asked.source == "given" else side - side % asked.factor for side in picture.size]
    given = asked.picture.info.get("size", asked.picture.size)
    if all(side >= whole for side, whole in zip(sides, given, strict=True)):
        return ""
    return texts.FEWER_PIXELS.format(*sides)


def _joined(note: str, sentence: str) -> str:
    return " ".join(filter(None, (note, sentence)))


# ---- the parts of a problem


def _masked(
    asked: Asked, x: torch.Tensor, picture: Image.Image, alpha: Image.Image | None
) -> tuple[dip.Problem, Image.Image | None]:
    """Inpainting and missing pixels: the mask is ours, or what is painted, uploaded or black, and else transparent.

    Returns:
        The problem, and the transparency that the result gets back: none where the transparent pixels were filled in.
    """
    size = tuple(x.shape[-2:])
    if asked.masked_here:
        if asked.task == "inpaint":
            known = dip.damage_mask(size, damage=asked.damage, seed=asked.seed)
        else:
            known = dip.random_mask(size, missing=asked.missing / 100, seed=asked.seed)
        return dip.Problem(asked.task, x * known, mask=known, truth=x), alpha
    opaque, transparency = images.split_alpha(asked.picture)
    missing = _marked(asked)
    if asked.source == "damage":
        known = _known_share(missing, asked.picture.size, picture.size)
        return dip.Problem("inpaint", x * known, mask=known, truth=x), alpha
    told = bool(missing) or asked.black_is_missing
    if transparency is not None and not told:  # nothing else says what is missing
        missing.append(transparency.point(lambda value: 0 if value == 255 else 255))
    if asked.black_is_missing:
        brightest = opaque
        if opaque.mode == "RGB":
            red, green, blue = opaque.split()
            brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        missing.append(brightest.point(lambda value: 255 if value == 0 else 0))
    known = _known_share(missing, asked.picture.size, picture.size)
    observed = _mean_of_known(opaque, missing, picture.size)
    return dip.Problem(asked.task, observed * known, mask=known), alpha if told else None


def _how_much(asked: Asked, known: torch.Tensor) -> str:
    """How much of the picture will be invented, in words, and what to do where a mask seems to mean the opposite."""
    share = 1 - float(known.mean())
    sentence = texts.invented(share)
    if share <= 0.5 or asked.masked_here or (asked.mask is None and asked.painted is None):
        return sentence
    return _joined(sentence, texts.COVERS_MORE_THAN_HALF.format("off" if asked.invert_mask else "on"))


def _marked(asked: Asked) -> list[Image.Image]:
    """What was painted and what was uploaded, each 255 = missing; Invert mask turns the uploaded one round, if any."""
    painted, uploaded = asked.painted, _uploaded_mask(asked)
    if asked.invert_mask and uploaded is not None:
        uploaded = ImageChops.invert(uploaded)
    elif asked.invert_mask and painted is not None:
        painted = ImageChops.invert(painted)
    return [layer for layer in (painted, uploaded) if layer is not None]


def _uploaded_mask(asked: Asked) -> Image.Image | None:
    """255 where the uploaded mask is painted, see `painted_where`."""
    if asked.mask is None:
        return None
    if not _same_proportions(asked.mask, asked.picture):
        raise ValueError(texts.OTHER_PROPORTIONS.format(*asked.mask.size, *asked.picture.size))
    return dip.painted_where(asked.mask).resize(asked.picture.size, Image.Resampling.NEAREST)


def _same_proportions(one: Image.Image, other: Image.Image) -> bool:
    return abs(one.width / one.height / (other.width / other.height) - 1) <= 0.02


def _union(missing: list[Image.Image], size: tuple[int, int]) -> Image.Image:
    union = Image.new("L", size, 0)
    for layer in missing:
        union = ImageChops.lighter(union, layer)
    return union


def _known_share(missing: list[Image.Image], size: tuple[int, int], smaller: tuple[int, int]) -> torch.Tensor:
    """(1, 1, h, w) mask at the working size, 1 = known: where at least the usual share of the pixels is known."""
    coverage = _reduced(ImageChops.invert(_union(missing, size)), smaller) / 255
    return torch.from_numpy((coverage > 0) & (coverage >= min(0.5, float(coverage.mean())))).float()[None, None]


def _mean_of_known(opaque: Image.Image, missing: list[Image.Image], smaller: tuple[int, int]) -> torch.Tensor:
    """(1, C, h, w): the mean of the known pixels only, so that nothing bleeds out of a hole."""
    known = ImageChops.invert(_union(missing, opaque.size))
    share = np.maximum(_reduced(known, smaller) / 255, 1e-6)
    black = Image.new("L", opaque.size, 0)
    bands = [_reduced(Image.composite(band, black, known), smaller) / 255 / share for band in opaque.split()]
    return torch.from_numpy(np.stack(bands)).float()[None].clamp(0, 1)


def _reduced(band: Image.Image, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(band.convert("F").resize(size, Image.Resampling.BOX))


def _flash(asked: Asked, x: torch.Tensor) -> dip.Problem:
    """The noisy picture and its flash picture: both given, or one or both made here."""
    if asked.flash is not None:
        if not _same_proportions(asked.flash, asked.picture):
            raise ValueError(texts.OTHER_VIEW)
        size = (x.shape[-1], x.shape[-2])
        guide = images.to_tensor(images.on_white(asked.flash).convert("RGB").resize(size, Image.Resampling.LANCZOS))
    elif asked.source == "damage":
        x, guide = simulated_pair(x)
    else:
        guide = None
    if asked.source == "given":
        return dip.Problem("flash", x, guide=guide)
    return dip.Problem("flash", dip.add_noise(x, sigma=asked.sigma, seed=asked.seed), guide=guide, truth=x)


def simulated_pair(photo: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One photo as if taken by a dim warm lamp at the left, and as if taken with a flash.

    Args:
        photo: (1, C, H, W) in [0, 1].
    Returns:
        The lamp's picture (1, C, H, W) without noise, and the flash picture (1, 3, H, W).
    """
    height, width = photo.shape[-2:]
    y = torch.linspace(-1, 1, height).view(1, 1, -1, 1)
    x = torch.linspace(-1, 1, width).view(1, 1, 1, -1)
    lamp = 0.18 + 0.62 * torch.exp(-((x + 0.55) ** 2 + (y + 0.2) ** 2) / 0.9)
    colour = torch.tensor([1.0, 0.8, 0.52]) if photo.shape[1] == 3 else torch.tensor([0.8])
    ambient = photo**1.1 * lamp * colour.view(1, -1, 1, 1)
    cold = torch.tensor([0.94, 0.99, 1.06]).view(1, 3, 1, 1)
    flash = photo.expand(-1, 3, -1, -1) ** 0.8 * cold * (1.1 - 0.28 * (x**2 + y**2))
    return ambient.clamp(0, 1), flash.clamp(0, 1)


def _before(problem: dip.Problem | None, observed: torch.Tensor, task: str) -> Image.Image:
    """What was observed, as a picture: unknown pixels are black if scattered, else white."""
    if problem is not None and problem.mask is not None and task == "inpaint":
        observed = observed + (1 - problem.mask)
    return images.to_picture(observed)


# ---- memory


def needed_bytes(pixels: int, settings: dip.Settings, task: str) -> int:
    """A rule of thumb, fitted to the peaks of both presets on every task: what the first step of a run takes at any
    size, and 24 maps of the finest level's channels."""
    channels = settings.widths[0] + settings.skips[0] / 4 + settings.in_channels / 8
    maps = 24 * channels * (2 if settings.bfloat16 else 4) * pixels
    if task == "pre_image":
        maps += 10 * 64 * 4 * pixels
    return round(FIRST_STEP_BYTES + maps * (2 if task == CURVES else 1))


def free_bytes() -> int | None:
    """Memory that this process may still take: of the GPU, of its container, or of the machine; None if unknown."""
    if common.DEVICE.type == "cuda":
        return torch.cuda.mem_get_info()[0]
    found = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")]
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text()) - used)
    except (OSError, ValueError):
        pass
    return min(found, default=None)


def _refuse_what_does_not_fit(pixels: int, settings: dip.Settings, task: str) -> None:
    needed, free = needed_bytes(pixels, settings, task), free_bytes()
    if free is not None and needed > 0.8 * free:
        raise ValueError(texts.TOO_LARGE.format(needed / 1e9, free / 1e9))
