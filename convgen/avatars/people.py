"""Rigged people to learn avatars from: meshes, how they bend with their joints, and what each point of them is.

An archive NAME.npz holds vertices in metres, triangles, four joints and weights a vertex, the rig at rest, the part and
the coordinates within it of every triangle's corners, and textures as WebP. VALID: Do et al., VALID: a perceptually
validated virtual avatar library for inclusion and diversity, 2023, MIT licence.
"""

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convgen.avatars.motion import Motion, positions, rotation_matrices
from convgen.avatars.skeleton import DRIVEN, JOINTS, driver_of

HAIR_ALPHA = 110
"""A triangle of hair whose mean alpha is below is left out."""
JOINT_KEYS = {"joints", "joint_names", "joint_parents", "joint_rest_pos"}
KEYS = {"verts", "faces", "face_mat", "uv", "tex0_webp", "weights", *JOINT_KEYS}


@dataclass(frozen=True)
class Person:
    """A rigged person.

    Attributes:
        vertices: (V, 3) float32 metres, at rest.
        faces: (F, 3) int64.
        hair: (F,) bool, triangles with holes in their texture, seen from both sides.
        corners_uv: (F, 3, 2) float32, places in the texture, 0 to 1, v down.
        parts: (F,) uint8, 1 to 24.
        part_uv: (F, 3, 2) float32, coordinates within the part, 0 to 1.
        joints, weights: (V, 4), what each vertex moves with.
        names, parents, rest_positions: of all joints of the rig.
        textures: of skin and clothes, (H, W, 3) uint8, and of hair, (H, W, 4).
    """

    vertices: np.ndarray
    faces: np.ndarray
    hair: np.ndarray
    corners_uv: np.ndarray
    parts: np.ndarray
    part_uv: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_positions: np.ndarray
    textures: tuple[np.ndarray, np.ndarray | None]

    @cached_property
    def rest(self) -> Tensor:
        """(J, 3): positions at rest of the joints of `JOINTS`."""
        return torch.from_numpy(self.rest_positions[[self.names.index(joint) for joint in JOINTS]]).float()

    @cached_property
    def drivers(self) -> np.ndarray:
        """(joints of the rig,): what each of them turns with, a place in `DRIVEN`."""
        above = {name: self.names[parent] for name, parent in zip(self.names, self.parents, strict=True) if parent >= 0}
        return np.array([DRIVEN.index(driver_of(name, above)) for name in self.names])

    @cached_property
    def influence(self) -> np.ndarray:
        """(V, D): how much each vertex follows each driven joint."""
        matrix = np.zeros((len(self.vertices), len(DRIVEN)), np.float32)
        drivers = self.drivers[self.joints]
        np.add.at(matrix, (np.arange(len(matrix))[:, None], drivers), self.weights)
        return matrix / matrix.sum(1, keepdims=True)

    def posed(self, motion: Motion, frame: int) -> tuple[np.ndarray, Tensor]:
        """The mesh and the joints in a frame of a motion: (V, 3) metres, and (J, 3) as `positions` has them."""
        one = motion.part(frame, frame + 1)
        joints = positions(one, self.rest)[0]
        turns = rotation_matrices(one.rotations[0]).numpy()
        places = joints.numpy()[[JOINTS.index(name) for name in DRIVEN]]
        at_rest = self.rest.numpy()[[JOINTS.index(name) for name in DRIVEN]]
        shifts = places - np.einsum("dij,dj->di", turns, at_rest)
        bent = np.concatenate([turns, shifts[..., None]], axis=2).reshape(len(DRIVEN), 12)
        blended = (self.influence @ bent.astype(np.float32)).reshape(-1, 3, 4)
        return np.einsum("vij,vj->vi", blended[..., :3], self.vertices) + blended[..., 3], joints


def load_person(path: Path) -> Person:
    """Read an archive.

    Raises:
        ValueError: it has not the arrays of a person.
        OSError: it is no archive.
    """
    with np.load(path, allow_pickle=False) as data:
        if missing := KEYS - set(data.files):
            raise ValueError(f"{path} must hold a rigged person, {', '.join(sorted(missing))} are missing")
        faces = data["faces"].astype(np.int64)
        hair = data["face_mat"] == 1
        uv = data["uv"][faces]
        strands = _texture(data["tex1_webp"]) if "tex1_webp" in data.files else None
        keep = np.ones(len(faces), bool)
        if hair.any() and strands is not None:
            keep[hair] = looked_up(strands, uv[hair].mean(1))[:, 3] >= HAIR_ALPHA
        return Person(
            vertices=data["verts"],
            faces=faces[keep],
            hair=hair[keep],
            corners_uv=uv[keep],
            parts=data["face_part"][keep],
            part_uv=data["part_uv"][keep].astype(np.float32) / 65535,
            joints=data["joints"].astype(np.int64),
            weights=data["weights"].astype(np.float32),
            names=tuple(str(name) for name in data["joint_names"]),
            parents=tuple(int(parent) for parent in data["joint_parents"]),
            rest_positions=data["joint_rest_pos"],
            textures=(_texture(data["tex0_webp"])[..., :3], strands),
        )


def _texture(data: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8; without alpha it is 255."""
    with Image.open(BytesIO(data.tobytes()), formats=["WEBP"]) as picture:
        return np.array(picture.convert("RGBA"))


def looked_up(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """(H, W, C) at (N, 2), the nearest pixels: (N, C)."""
    height, width = texture.shape[:2]
    column = np.clip((uv[:, 0] % 1 * width).astype(int), 0, width - 1)
    row = np.clip((uv[:, 1] % 1 * height).astype(int), 0, height - 1)
    return texture[row, column]
