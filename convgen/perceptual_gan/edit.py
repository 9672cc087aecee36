"""Edits of faces: of the square that a network sees, and of the photo around it at the photo's own resolution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from convgen import images
from convgen.face_finder import Face, celeba_square, square_to_photo
from convgen.perceptual_gan.attributes import SLIDERS, SQUARE, Window, feather
from convgen.perceptual_gan.network import Change, EditGenerator, warp
from convgen.runtime import bfloat16_is_faster

AROUND = 32
"""Pixels around CelebA's square that are edited with it, so that hair does not end at its border."""
FINER = 2
"""How many times maps of a change are enlarged smoothly, before they are enlarged bilinearly to the photo's size."""
FADE = 24
"""Pixels over which an edit of a whole face fades out at the outer border, and below the chin, where clothes begin."""
CHIN = 112
"""Rows of CelebA's square above the chin and its shadow."""


@dataclass(frozen=True)
class Edit:
    """A trained generator and the part of a face that it changes."""

    net: EditGenerator
    window: Window


@torch.no_grad()
def square_change(edit: Edit, squares: Tensor, target: int, *, margin: int = 0) -> Change:
    """What a network would change of faces, as maps of the size of the square.

    Args:
        squares: (B, 3, S, S) RGB in [0, 1], S = 128 + 2 margins, faces in CelebA's square framing.
        target: number of the domain.
        margin: pixels around CelebA's square, which windows of a whole face change, too; a multiple of 8.
    Returns:
        a change of (B, ., S, S): the flow in pixels of the square; nothing outside of the window.
    """
    side, window = squares.shape[-1], edit.window
    whole = window.side == SQUARE
    top, left, wide = (0, 0, side) if whole else (window.top + margin, window.left + margin, window.side)
    part = squares[..., top : top + wide, left : left + wide]
    scale = window.side / window.pixels
    pixels = round(wide / scale)
    if pixels != wide:
        part = F.interpolate(part, (pixels, pixels), mode="bilinear", antialias=True)
    targets = F.one_hot(torch.full((len(squares),), target, device=squares.device), edit.net.domains)
    with torch.autocast(part.device.type, torch.bfloat16, enabled=bfloat16_is_faster(part.device)):
        change = edit.net(part.contiguous(memory_format=torch.channels_last), targets)
    maps = torch.cat([change.flow * scale, change.residual], dim=1)
    if window.feather:
        maps = maps * feather(pixels).to(maps.device)
    if pixels != wide:
        maps = F.interpolate(maps.contiguous(), (wide, wide), mode="bicubic", align_corners=False)
    maps = F.pad(maps, (left, side - left - wide, top, side - top - wide))
    if whole and margin:
        below = margin + CHIN + FADE - torch.arange(side) - 0.5
        mask = torch.minimum(feather(side, over=FADE), (below / FADE).clamp(0, 1)[:, None])
        maps = maps * mask.to(maps.device)
    return Change(maps[:, :2], maps[:, 2:])


def edited_square(edit: Edit, squares: Tensor, target: int, strength: float) -> Tensor:
    """Faces edited, (B, 3, S, S) in [0, 1] -> the same shape; the arguments are those of `square_change`."""
    return square_change(edit, squares, target).applied(squares, strength)


def combined_change(
    edits: Mapping[str, Edit], squares: Tensor, strengths: Mapping[str, float], *, margin: int = 0
) -> Change:
    """Several edits one after the other, each of what the one before it made, as one change.

    Args:
        edits: name of an attribute -> its network.
        squares: (B, 3, S, S) RGB in [0, 1], see `square_change`.
        strengths: name of a slider -> its value; those of 0 or not named do nothing.
        margin: see `square_change`.
    Returns:
        a change of (B, ., S, S), to be applied with strength 1.
    """
    chosen = [(slider, strengths[name]) for name, slider in SLIDERS.items() if strengths.get(name)]
    x, whole = squares, None
    for place, (slider, strength) in enumerate(chosen, 1):
        change = square_change(edits[slider.attribute], x, slider.target(strength), margin=margin)
        flow, residual = abs(strength) * change.flow, abs(strength) * change.residual
        if place < len(chosen):
            x = Change(flow, residual).applied(x)
        if whole is not None:
            before = warp(torch.cat([whole.flow, whole.residual], dim=1), flow, mode="bilinear")  # maps are smooth
            flow, residual = flow + before[:, :2], residual + before[:, 2:]
        whole = Change(flow, residual)
    if whole is None:
        return Change(squares.new_zeros(len(squares), 2, *squares.shape[-2:]), torch.zeros_like(squares))
    return whole


def edit_photo(
    photo: Image.Image, edits: Mapping[str, Edit], faces: Sequence[tuple[Face, Mapping[str, float]]]
) -> Image.Image:
    """A photo with its faces edited at its own resolution; all other pixels keep their values.

    Args:
        photo: L, LA, RGB or RGBA; transparency stays, and a gray photo stays gray unless a hair colour is asked for.
        edits: name of an attribute -> its network.
        faces: each face with the strengths of the sliders, see `combined_change`.
    """
    opaque, alpha = images.split_alpha(photo)
    gray = images.is_gray(opaque)
    pixels = np.array(opaque.convert("RGB"))
    colored = False
    for face, given in faces:
        strengths = {name: value for name, value in given.items() if value}
        if not strengths:
            continue
        square = images.to_tensor(celeba_square(Image.fromarray(pixels), face, margin=AROUND))
        device = next(edits[SLIDERS[next(iter(strengths))].attribute].net.parameters()).device
        change = combined_change(edits, square.to(device), strengths, margin=AROUND)
        matrix = square_to_photo(face, side=SQUARE)
        matrix[:, 2] -= AROUND * (matrix[:, 0] + matrix[:, 1])
        paste_change(pixels, change, matrix)
        colored |= any(SLIDERS[name].colors for name in strengths)
    edited = Image.fromarray(pixels)
    if gray and not colored:
        edited = edited.convert("L")
        edited = edited if opaque.mode == "L" else edited.convert(opaque.mode)
    return images.with_alpha(edited, alpha)


def paste_change(pixels: np.ndarray, change: Change, matrix: np.ndarray) -> None:
    """Apply a change of a square to the photo that the square lies in, in place, at the resolution of the photo.

    Flow and residual are enlarged, the photo is not: what is moved stays as sharp as it is.

    Args:
        pixels: (H, W, 3) uint8, the photo.
        change: (1, ., S, S).
        matrix: (2, 3), from the square to the photo, both counted from their corners, as of `square_to_photo`.
    """
    import cv2

    flow, residual = (maps[0].permute(1, 2, 0).float().cpu().numpy() for maps in (change.flow, change.residual))
    there = np.any(residual, -1) | np.any(flow, -1)
    if not there.any():
        return
    (y0, y1), (x0, x1) = ((some[0], some[-1] + 1) for some in map(np.flatnonzero, (np.any(there, 1), np.any(there, 0))))
    flow = flow[y0:y1, x0:x1] @ matrix[:, :2].T
    flow, residual = (
        cv2.resize(np.ascontiguousarray(maps, np.float32), None, fx=FINER, fy=FINER, interpolation=cv2.INTER_CUBIC)
        for maps in (flow, 255 * residual[y0:y1, x0:x1])
    )
    inner = matrix.copy()
    inner[:, 2] += x0 * matrix[:, 0] + y0 * matrix[:, 1]
    inner[:, :2] /= FINER
    high, wide = residual.shape[:2]
    corners = np.array([[0, 0, 1], [wide, 0, 1], [0, high, 1], [wide, high, 1]], dtype=float) @ inner.T
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(corners.min(0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(corners.max(0)).astype(int), 0, (width, height))
    if right <= left or bottom <= top:
        return
    # OpenCV counts from the centre of the first pixel.
    inner[:, 2] += 0.5 * (inner[:, 0] + inner[:, 1]) - 0.5 - (left, top)
    size = int(right - left), int(bottom - top)
    flow, residual = (cv2.warpAffine(maps, inner, size, flags=cv2.INTER_LINEAR) for maps in (flow, residual))
    reach = int(max(flow.max(), -flow.min())) + 3
    x0, y0, x1, y1 = max(0, left - reach), max(0, top - reach), min(width, right + reach), min(height, bottom + reach)
    across = flow[..., 0] + np.arange(left - x0, right - x0, dtype=np.float32)
    down = flow[..., 1] + np.arange(top - y0, bottom - y0, dtype=np.float32)[:, None]
    moved = cv2.remap(pixels[y0:y1, x0:x1], across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    pixels[top:bottom, left:right] = cv2.add(moved, residual, dtype=cv2.CV_8U)


def change_map(before: Image.Image, after: Image.Image) -> Image.Image:
    """Where two pictures differ, and how much: L, the largest difference of a channel, three times as bright."""
    one, other = (np.asarray(images.on_white(picture).convert("RGB"), np.int16) for picture in (before, after))
    return Image.fromarray(np.clip(3 * np.abs(one - other).max(-1), 0, 255).astype(np.uint8))


def translate(picture: Image.Image, edit: Edit, target: int, strength: float = 1.0) -> Image.Image:
    """A picture brought to another domain as a whole, apples to oranges or back, at its own resolution.

    Args:
        picture: L, LA, RGB or RGBA; transparency stays.
        edit: its network sees the picture with a short side of 128 pixels.
        target: number of the domain.
        strength: k.
    """
    opaque, alpha = images.split_alpha(picture)
    pixels = np.array(opaque.convert("RGB"))
    height, width = pixels.shape[:2]
    scale = SQUARE / min(height, width)
    size = [8 * max(2, round(n * scale / 8)) for n in (height, width)]
    x = images.to_tensor(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.LANCZOS))
    device = next(edit.net.parameters()).device
    with torch.no_grad():
        change = edit.net(x.to(device), F.one_hot(torch.tensor([target], device=device), edit.net.domains))
    matrix = np.array([[width / size[1], 0, 0], [0, height / size[0], 0]])
    paste_change(pixels, Change(strength * change.flow, strength * change.residual), matrix)
    return images.with_alpha(Image.fromarray(pixels), alpha)
