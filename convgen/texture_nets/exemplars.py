"""Exemplars that we draw ourselves: `python -m convgen.texture_nets.exemplars FOLDER` writes them as JPEG.

Each is (SIDE, SIDE, 3) float64 in [0, 1], wraps around at its edges, and is the same for the same seed.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 256
Drawing = Callable[[np.random.Generator], np.ndarray]


def cells(random: np.random.Generator) -> np.ndarray:
    """Cells with bright nuclei: the Voronoi diagram of scattered points, coloured from teal to violet."""
    points = _scattered(random, 90)
    nearest, second, which = _two_nearest(points)
    tint = random.random(len(points))[which][..., None]
    body = (1 - tint) * np.array([0.16, 0.55, 0.56]) + tint * np.array([0.47, 0.34, 0.66])
    wall = np.clip((second - nearest) / 5, 0, 1)[..., None]
    nucleus = np.clip(1.6 - nearest / 4, 0, 1)[..., None]
    shaded = body * (0.75 + 0.25 * np.clip(1 - nearest / 20, 0, 1)[..., None])
    return wall * ((1 - nucleus) * shaded + nucleus * np.array([0.97, 0.86, 0.55])) + (1 - wall) * 0.08


def weave(random: np.random.Generator) -> np.ndarray:
    """A plain weave of ochre and indigo bands, 16 pixels wide, each a little different in tone."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    band = 16
    over = (rows // band + columns // band) % 2 == 0
    tones = 0.85 + 0.25 * random.random((2, SIDE // band))
    across, along = (columns % band + 0.5) / band, (rows % band + 0.5) / band
    warp = np.sin(np.pi * across) ** 0.6 * (0.6 + 0.4 * np.sin(np.pi * along)) * tones[0][columns // band]
    weft = np.sin(np.pi * along) ** 0.6 * (0.6 + 0.4 * np.sin(np.pi * across)) * tones[1][rows // band]
    fibres = 1 + 0.12 * _noise(random, (1.2, 0.5)), 1 + 0.12 * _noise(random, (0.5, 1.2))
    ochre, indigo = np.array([0.86, 0.62, 0.24]), np.array([0.22, 0.29, 0.56])
    return np.where(over[..., None], (warp * fibres[0])[..., None] * ochre, (weft * fibres[1])[..., None] * indigo)


def marble(random: np.random.Generator) -> np.ndarray:
    """Marble: dark veins along the level lines of smooth noise that is bent by other noise."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    bent = 1.1 * _noise(random, (20, 20)) + 0.35 * _noise(random, (6, 6))
    vein = np.abs(np.sin(np.pi * (2 * columns + 3 * rows) + bent))
    fine = np.abs(np.sin(np.pi * (4 * rows - 3 * columns) + 2.2 * _noise(random, (12, 12))))
    depth = 0.75 * np.exp(-vein * 9) + 0.3 * np.exp(-fine * 14)
    tone = (0.93 + 0.025 * _noise(random, (14, 14)))[..., None] * np.array([1.0, 0.985, 0.95])
    return tone * (1 - depth[..., None] * np.array([0.72, 0.68, 0.6]))


def tiles(random: np.random.Generator) -> np.ndarray:
    """Glazed tiles with an eight-pointed star each, of three blues and a terracotta, in pale joints."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    side = 32
    y, x = rows % side - side / 2 + 0.5, columns % side - side / 2 + 0.5
    star = np.minimum(np.maximum(np.abs(x), np.abs(y)), (np.abs(x) + np.abs(y)) / np.sqrt(2))
    colors = np.array([[0.13, 0.27, 0.52], [0.24, 0.47, 0.7], [0.55, 0.72, 0.83], [0.72, 0.33, 0.2]])
    count = SIDE // side
    inner, outer = (colors[random.integers(0, 4, (count, count))][rows // side, columns // side] for _ in range(2))
    inside = np.clip(9.5 - star, 0, 1)[..., None]
    edge = np.clip(1.5 - np.abs(star - 10), 0, 1)[..., None]
    picture = inside * inner + (1 - inside) * outer
    picture = (1 - edge) * picture + edge * np.array([0.94, 0.9, 0.78])
    joint = np.clip(np.maximum(np.abs(x), np.abs(y)) - side / 2 + 2.5, 0, 1)[..., None]
    picture = (1 - joint) * picture + joint * np.array([0.8, 0.78, 0.72])
    return picture * (1 + 0.04 * _noise(random, (3, 3)))[..., None]


DRAWINGS: dict[str, Drawing] = {"cells": cells, "weave": weave, "marble": marble, "tiles": tiles}


def draw(name: str, *, seed: int = 0) -> Image.Image:
    """One of `DRAWINGS`, SIDE pixels a side.

    Raises:
        ValueError: there is no such drawing.
    """
    if name not in DRAWINGS:
        raise ValueError(f"name must be one of {', '.join(DRAWINGS)}, got {name!r}")
    values = DRAWINGS[name](np.random.default_rng(seed))
    return Image.fromarray(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8))


def _noise(random: np.random.Generator, width: tuple[float, float]) -> np.ndarray:
    """Gaussian noise, smooth over `width` pixels down and across, of unit variance; it wraps around."""
    down, across = np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None]
    kept = np.exp(-2 * np.pi**2 * ((width[0] * down) ** 2 + (width[1] * across) ** 2))
    values = np.fft.ifft2(np.fft.fft2(random.standard_normal((SIDE, SIDE))) * kept).real
    return values / values.std()


def _scattered(random: np.random.Generator, count: int) -> np.ndarray:
    """(count, 2) points, each the one of some candidates that lies farthest from those before it, around the edges."""
    points = [random.random(2) * SIDE]
    while len(points) < count:
        candidates = random.random((12, 2)) * SIDE
        apart = np.abs(candidates[:, None] - np.array(points)[None])
        apart = np.minimum(apart, SIDE - apart)
        points.append(candidates[(apart**2).sum(2).min(1).argmax()])
    return np.array(points)


def _two_nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every pixel: the distances to the two nearest points, and which is the nearest; around the edges."""
    places = np.stack([*np.mgrid[:SIDE, :SIDE]], axis=-1)[:, :, None]
    apart = np.abs(places - points)
    distances = np.sqrt((np.minimum(apart, SIDE - apart) ** 2).sum(-1))
    order = np.sort(distances, axis=2)
    return order[..., 0], order[..., 1], distances.argmin(2)


def main(folder: Path) -> None:
    """Write every drawing to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DRAWINGS:
        draw(name).save(folder / f"{name}.jpg", quality=92)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
