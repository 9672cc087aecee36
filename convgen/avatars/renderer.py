"""Pictures of rigged people from any side, with their masks, parts and coordinates: what avatars learn from."""

from dataclasses import dataclass
from math import atan

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.camera import BODY, Camera, Window, to_camera, turned_to
from convgen.avatars.motion import Motion
from convgen.avatars.people import Person, looked_up
from convgen.avatars.skeleton import PELVIS

IDS = 65536
SEEN_ALPHA = 128
"""Hair is seen where its texture has at least this alpha."""


@dataclass(frozen=True)
class Rendered:
    """One person from one side.

    Attributes:
        image: (3, H, W) float32 in [0, 1], black outside of the person.
        mask: (1, H, W) float32, the share of each pixel that the person covers.
        parts: (H, W) int64, 0 to 23, 24 outside, at the centre of each pixel.
        part_uv: (2, H, W) float32 in [0, 1], at the centre.
        joints: (J, 3) metres in the frame of a camera that looks at the window's centre, the origin.
        distance: metres from the camera to there.
    """

    image: Tensor
    mask: Tensor
    parts: Tensor
    part_uv: Tensor
    joints: Tensor
    distance: float


def render(
    person: Person,
    motion: Motion,
    frame: int,
    camera: Camera,
    *,
    window: Window = BODY,
    pixels: int | None = None,
    samples: int = 3,
) -> Rendered:
    """Draw a person in a window, without light.

    Args:
        pixels: side of the picture; that of the window by default.
        samples: odd; so many times as large it is drawn, and averaged.
    """
    pixels = pixels or window.pixels
    vertices, joints = person.posed(motion, frame)
    turned, far, turn = turned_to(to_camera(joints, camera.rotation)[None], torch.tensor([camera.distance]), window)
    away = np.array([0, 0, camera.distance], np.float32)
    seen = (vertices - joints[PELVIS].numpy()) @ camera.rotation.numpy().T + away
    seen = (seen @ turn[0].numpy().T * np.array([1, -1, -1], np.float32)).astype(np.float32)
    buffers = _drawn(person, seen, side=pixels * samples, field_of_view=2 * atan(window.half / float(far)))
    color, solid, face, weights = buffers
    centre = (slice(samples // 2, None, samples),) * 2
    inside, ids, at = solid[centre], face[centre], weights[centre]
    uv = np.where(inside[..., None], np.einsum("hwk,hwkc->hwc", at, person.part_uv[ids]), 0)
    parts = np.where(inside, person.parts[ids].astype(np.int64) - 1, 24)
    drawn = torch.from_numpy(np.dstack([color / 255, solid.astype(np.float32)])).permute(2, 0, 1)
    mean = F.avg_pool2d(drawn, samples).contiguous()
    return Rendered(
        mean[:3],
        mean[3:],
        torch.from_numpy(parts),
        torch.from_numpy(uv.astype(np.float32)).permute(2, 0, 1).contiguous(),
        turned[0],
        float(far),
    )


def _drawn(person: Person, vertices: np.ndarray, *, side: int, field_of_view: float):
    """Colour (H, W, 3) float32 0 to 255, whether there is something, the face, and weights of its corners."""
    corners = vertices[person.faces]
    face, weights, depth = _pass(corners, np.flatnonzero(~person.hair), side, field_of_view)
    hair = person.textures[1]
    if hair is not None and person.hair.any():
        ids = np.flatnonzero(person.hair)
        hair_face, hair_weights, hair_depth = _pass(corners, ids, side, field_of_view, both_sides=True)
        front = (hair_face >= 0) & (hair_depth < depth)
        where = np.flatnonzero(front)
        alpha = _colors(hair, person, hair_face, hair_weights, where)[:, 3]
        where = where[alpha >= SEEN_ALPHA]
        face.flat[where], depth.flat[where] = hair_face.flat[where], hair_depth.flat[where]
        weights.reshape(-1, 3)[where] = hair_weights.reshape(-1, 3)[where]
    solid = face >= 0
    color = np.zeros((side, side, 3), np.float32)
    strands = solid & person.hair[np.maximum(face, 0)]
    for texture, where in ((person.textures[0], solid & ~strands), (hair, strands)):
        if texture is not None and where.any():
            places = np.flatnonzero(where)
            color.reshape(-1, 3)[places] = _colors(texture, person, face, weights, places)[:, :3]
    return color, solid, np.maximum(face, 0), weights


def _pass(corners: np.ndarray, ids: np.ndarray, side: int, field_of_view: float, *, both_sides: bool = False):
    """The nearest of some triangles at every pixel, -1 for none: (H, W), the weights of its corners, its depth.

    A vertex's colour carries which triangle it is of, and two of its three weights.
    """
    import cv2  # takes a while, and only training needs it

    count = len(ids)
    colors = np.zeros((count, 3, 3), np.float32)
    colors[..., 0] = ((ids + 0.5) / IDS)[:, None]
    colors[:, 0, 1] = colors[:, 1, 2] = 1
    far = 100.0
    color, depth = np.zeros((side, side, 3), np.float32), np.full((side, side), far, np.float32)
    settings = cv2.TriangleRasterizeSettings()
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    settings.setCullingMode(
        cv2.RASTERIZE_CULLING_NONE if both_sides else cv2.RASTERIZE_CULLING_CW
    )  # what a setter returns is a copy
    cv2.triangleRasterize(
        np.ascontiguousarray(corners[ids].reshape(-1, 3)),
        np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        colors.reshape(-1, 3),
        color,
        depth,
        np.eye(4, dtype=np.float32),
        field_of_view,
        0.1,
        far,
        settings,
    )
    face = np.where(depth < far, np.round(color[..., 0] * IDS - 0.5), -1).astype(np.int64)
    return face, np.stack([color[..., 1], color[..., 2], 1 - color[..., 1] - color[..., 2]], -1), depth


def _colors(texture: np.ndarray, person: Person, face: np.ndarray, weights: np.ndarray, places: np.ndarray):
    """(N, C): a texture at some pixels of what was drawn."""
    ids, at = face.reshape(-1)[places], weights.reshape(-1, 3)[places]
    return looked_up(texture, np.einsum("nk,nkc->nc", at, person.corners_uv[ids]))
