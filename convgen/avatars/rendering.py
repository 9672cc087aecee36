"""An avatar seen by a camera: small maps from the network, colours sampled at the size asked (thesis section 6.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY, HEAD, Camera, Window, in_window, project, to_camera, turned_to
from convgen.avatars.network import MULTIPLE, PARTS, AvatarNet
from convgen.avatars.sampling import corners, texels
from convgen.avatars.skeleton import PELVIS
from convgen.losses import total

SIZES = (64, 1024)
WHOLE = Camera().distance
"""Distance from which the picture shows just the network's window."""
STANDING = 0.95
"""Height of a standing pelvis, in metres: what the picture's centre is at."""
RISE = 0.95
"""Metres by which the centre rises from there to the camera's nearest: who comes near looks at the face."""
SHARPER = 3.0
"""The logits of the silhouette count so many times, which makes its edge about as wide as a pixel."""
SEEN = 0.01
BESIDE = 16
"""Pixels of a window on either side of the bones that the network works on."""
BACKGROUND = 20.0
"""The logit of the background beside them."""
TOP = 2
"""Parts of a pixel that are sampled, the heaviest."""
FADE = 0.75, 0.95
"""How far from the middle of the head's window, in halves of it, its maps begin and end to give way to the body's."""


@dataclass(frozen=True)
class Networks:
    """g_phi for the whole body, and one that looks at the head alone, closer: or None.

    Deviation: the thesis has one network. A head is 14 of its 128 pixels, too few for a face.
    """

    body: AvatarNet
    head: AvatarNet | None = None


@dataclass(frozen=True)
class Avatar:
    """Who is seen.

    Attributes:
        texture_stack: T, (24, 3, T, T) in [0, 1].
        codes: window ("body", "head") -> (C,), what its network knows of the silhouette.
        rest: (J, 3) metres, the joints with arms stretched to the sides.
        body: g_phi of the body that learned this person alone, or None: then they are one of those whom all share.
    """

    texture_stack: Tensor
    codes: Mapping[str, Tensor]
    rest: Tensor
    body: AvatarNet | None = None


@dataclass(frozen=True)
class View:
    """A picture of an avatar and what it was made from.

    Attributes:
        picture: (1, 3, H, W) in [0, 1]; what is not covered means nothing.
        alpha: M, (1, 1, H, W) in [0, 1].
        bone_maps: B, (1, 32, S, S).
        part_weights: P, (1, 25, S, S).
        part_uv: C, (1, 48, S, S).
    """

    picture: Tensor
    alpha: Tensor
    bone_maps: Tensor
    part_weights: Tensor
    part_uv: Tensor


@torch.no_grad()
def view(
    networks: Networks,
    avatar: Avatar,
    joints: Tensor,
    camera: Camera,
    *,
    size: int = 512,
    height: float | None = None,
) -> View:
    """See an avatar in a pose.

    The networks work at 128 pixels and less. Their logits and coordinates are smooth, so they are enlarged, and
    textures are sampled at the size asked.

    Args:
        networks: in evaluation mode.
        joints: (J, 3) metres in the world, as `positions` gives them.
        camera: from where.
        size: side of the picture, 64 to 1024 pixels.
        height: metres of the picture's centre above the floor; by default it rises as the camera comes near.
    Raises:
        ValueError: another size, or joints that are not finite or of another number.
    Deviation: the thesis samples at the size of the maps.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise ValueError(f"size must be between {SIZES[0]} and {SIZES[1]}, got {size}")
    if joints.shape != avatar.rest.shape or not bool(torch.isfinite(joints).all()):
        raise ValueError(f"joints must be {tuple(avatar.rest.shape)}, finite, got {tuple(joints.shape)}")
    zoom = camera.distance / WHOLE
    if height is None:
        height = STANDING + RISE * max(0.0, 1 - zoom)
    # The networks look at the pelvis. Where the picture's centre lies in the body's window, and how large it is there.
    above = height - float(joints[PELVIS, 1])
    rotation, far = camera.around(above)
    aim, distance = rotation @ torch.tensor([0.0, above, 0.0]), torch.tensor([far])
    centre = project(aim, far)
    zoom *= 1 / (1 + float(aim[2]) / far)
    seen = to_camera(joints, rotation)[None]
    body = _looked(avatar.body or networks.body, avatar.codes["body"], seen, distance, BODY)
    looks = [body]
    if networks.head is not None:
        looks.append(_looked(networks.head, avatar.codes["head"], seen, distance, HEAD))
    picture, alpha = _enlarged(looks, avatar.texture_stack, size=size, zoom=zoom, centre=centre)
    return View(picture, alpha, body.bone_maps, body.logits.softmax(1), body.part_uv)


@dataclass(frozen=True)
class _Look:
    """What a network says of its window, and where that lies in the body's: its centre (2,), and its half."""

    bone_maps: Tensor
    logits: Tensor
    part_uv: Tensor
    centre: Tensor
    half: float


def _looked(net: AvatarNet, code: Tensor, joints: Tensor, distance: Tensor, window: Window) -> _Look:
    turned, far, turn = turned_to(joints, distance, window)
    maps = bone_maps(turned, far, window=window).contiguous(memory_format=torch.channels_last)
    logits, part_uv = _where_bones_are(net, maps, code)
    return _Look(maps, logits, part_uv, *in_window(window, far, turn[0], distance))


def _where_bones_are(net: AvatarNet, maps: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
    """What a network says of the columns around the bones; beside them there is background, which takes no time."""
    side = maps.shape[-1]
    drawn = maps[0].amax((0, 1)).nonzero()
    if not len(drawn):
        return net(maps, code[None])
    left = max(0, int(drawn[0]) - BESIDE) // MULTIPLE * MULTIPLE
    right = min(side, -(-(int(drawn[-1]) + 1 + BESIDE) // MULTIPLE) * MULTIPLE)
    some, some_uv = net(maps[..., left:right].contiguous(memory_format=torch.channels_last), code[None])
    logits = some.new_zeros(1, PARTS + 1, side, side)
    logits[:, PARTS] = BACKGROUND
    part_uv = some.new_zeros(1, 2 * PARTS, side, side)
    logits[..., left:right], part_uv[..., left:right] = some, some_uv
    return logits, part_uv


def _enlarged(
    looks: Sequence[_Look], texture_stack: Tensor, *, size: int, zoom: float, centre: Tensor
) -> tuple[Tensor, Tensor]:
    """Colours (1, 3, size, size) and alpha (1, 1, size, size) of a part of the body's window.

    Only the rectangle around the person is worked on.
    """
    body, *closer = looks
    side = body.logits.shape[-1]
    picture = torch.zeros(size, size, 3)
    alpha = torch.zeros(1, 1, size, size)
    solid = (_foreground(body.logits) > -4)[0, 0]
    rows, columns = solid.any(1).nonzero(), solid.any(0).nonzero()
    if not len(rows):
        return picture.permute(2, 0, 1)[None], alpha

    def window(places: Tensor, middle: float) -> tuple[int, int]:
        low, high = (
            (((2 * (int(place) + beside) / side - 1) - middle) / zoom + 1) * size / 2
            for place, beside in ((places[0], -1), (places[-1], 2))
        )
        return max(0, int(low)), min(size, int(high) + 1)

    left, right = window(columns, float(centre[0]))
    top, bottom = window(rows, float(centre[1]))
    if right <= left or bottom <= top:
        return picture.permute(2, 0, 1)[None], alpha
    across = centre[0] + zoom * ((torch.arange(left, right) + 0.5) * 2 / size - 1)
    down = centre[1] + zoom * ((torch.arange(top, bottom) + 0.5) * 2 / size - 1)
    grid = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1)  # (h, w, 2)
    solid = _at(_foreground(body.logits), body, grid)[0]
    shares = [_share_of(look, grid) for look in closer]
    for look, share in zip(closer, shares, strict=True):
        near = share > 0
        solid[near] = solid[near].lerp(_at(_foreground(look.logits), look, grid[near][None])[0, 0], share[near])
    edge = torch.sigmoid(SHARPER * solid)
    alpha[0, 0, top:bottom, left:right] = edge
    row, column = (edge > SEEN).nonzero(as_tuple=True)
    places = grid[row, column]  # (K, 2)
    logits = _at(body.logits[:, :PARTS], body, places[None])[:, 0]  # (24, K)
    nearer = []
    for look, share in zip(closer, shares, strict=True):
        share = share[row, column]
        near = (share > 0).nonzero()[:, 0]
        logits[:, near] = logits[:, near].lerp(_at(look.logits[:, :PARTS], look, places[near][None])[:, 0], share[near])
        nearer.append((look, near, share[near]))
    found, parts = logits.topk(TOP, dim=0)
    uv = _uv_at(body, parts, places)
    for look, near, share in nearer:
        uv[:, near] = uv[:, near].lerp(_uv_at(look, parts[:, near], places[near]), share[:, None])
    colors = (found.softmax(0)[..., None] * texels(texture_stack, parts, uv)).sum(0)
    picture[top + row, left + column] = colors
    return picture.permute(2, 0, 1)[None].clamp(0, 1), alpha


def _at(maps: Tensor, look: _Look, places: Tensor) -> Tensor:
    """Maps (1, C, S, S) of a look at places (h, w, 2) of the body's window, bilinear: (C, h, w).

    Beyond a window its edge goes on: there is background, or more of the person.
    """
    grid = (places - look.centre) / look.half
    return F.grid_sample(maps, grid[None], padding_mode="border", align_corners=False)[0]


def _share_of(look: _Look, grid: Tensor) -> Tensor:
    """How much a closer look counts at places of the body's window (h, w, 2): (h, w), 1 in its middle."""
    away = ((grid - look.centre) / look.half).abs().amax(-1)
    return ((FADE[1] - away) / (FADE[1] - FADE[0])).clamp(0, 1)


def _foreground(logits: Tensor) -> Tensor:
    """Logits of any part against the background: (B, 25, H, W) -> (B, 1, H, W)."""
    return logits[:, :PARTS].logsumexp(1, keepdim=True) - logits[:, PARTS:]


def _uv_at(look: _Look, parts: Tensor, places: Tensor) -> Tensor:
    """Coordinates of some parts (most, K) at places (K, 2) of the body's window, bilinear: (most, K, 2)."""
    side = look.part_uv.shape[-1]
    maps = look.part_uv[0].reshape(-1)

    def both(column: Tensor, row: Tensor) -> Tensor:
        place = (2 * parts * side + row) * side + column
        return torch.stack([maps[place], maps[place + side * side]], -1)

    wanted = corners(((places - look.centre) / look.half + 1) / 2, side)
    return total(share[:, None] * both(column, row) for column, row, share in wanted)


def blended(seen: View, background: Tensor) -> Tensor:
    """An avatar before a background: I M + I~ (1 - M) of section 6.3.2.

    Args:
        background: (1, 3, H, W) in [0, 1], of the view's size, or (1, 3, 1, 1), a colour.
    Returns:
        (1, 3, H, W).
    """
    return seen.picture * seen.alpha + background * (1 - seen.alpha)
