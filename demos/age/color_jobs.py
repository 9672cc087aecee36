"""What runs for colours: at a place on the globe of latents, from a seed, or taken from another picture."""

import time
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from convgen import age, images
from convgen.age.color import small
from convgen.runtime import seeded_generator
from demos import common
from demos.age import form, texts
from demos.age.examples import TO_COLOUR
from demos.age.form import COLORING
from demos.age.jobs import TECHNIQUE
from demos.common.outputs import own_settings
from demos.common.photos import photo_path
from demos.common.quick import quickly

PREVIEW_SIDE = 768
EIGHT, TILE_SIDE = 8, 160
MAP = (12, 6)
"""Pictures of the map across and down."""
GRAY_SOURCE = "a gray picture"
LONG = 3
"""Aspect from which a picture is squeezed too much to be understood."""
PLACE = (0.0, 0.0)
"""On the globe, before there is a picture."""


@dataclass(frozen=True)
class Coloured:
    """How the picture on the page was coloured: what goes into its file.

    Attributes:
        kind: whose network it was, a name of `texts.KINDS`.
    """

    longitude: float
    latitude: float
    origin: str
    kind: str


def tidy(picture: Image.Image | None, missing: str = texts.ADD_A_PICTURE) -> tuple[Image.Image, str]:
    """A picture that is not too large, and what there is to say about it."""
    if picture is None:
        raise ValueError(missing)
    return common.fit_with_note(common.large_enough(picture))


def painted(picture: Image.Image, z: Tensor, kind: str) -> Image.Image:
    """A picture in the colours of a latent; it keeps its transparency."""
    opaque, alpha = images.split_alpha(picture)
    coloured = images.to_picture(age.colorize(form.color_net(kind), opaque, z=z.to(common.DEVICE)).cpu())
    return images.with_alpha(coloured, alpha)


def gray_of(picture: Image.Image) -> Image.Image:
    """What the network is given: the lightness alone."""
    lightness = age.to_lab(images.to_tensor(images.on_white(picture).convert("RGB")))[:, :1]
    return images.to_picture(age.from_lab(lightness, torch.full_like(lightness, 0.5).expand(-1, 2, -1, -1)))


def gray_example(name: str) -> Image.Image:
    """An example to colour, whose colours nobody knows yet."""
    return images.open_picture(photo_path(name, TO_COLOUR)).convert("L")


def save(picture: Image.Image, how: Coloured) -> str:
    record = {"technique": TECHNIQUE, "made": "colours", "longitude": how.longitude, "latitude": how.latitude}
    record |= {"network": how.kind, "from": how.origin}
    return common.save_png(picture, record, f"age-colours-{how.origin}")


@quickly
def colorize(
    picture: Image.Image | None = None,
    seed: int = COLORING["seed"].default,
    kind: str = COLORING["kind"].default,
) -> tuple:
    """A gray picture in colours, x = g(z | L) with z drawn from a seed (Thesis section 4.3.2).

    Args:
        picture: gray or not; only its lightness is used.
        kind: of a picture that it is, "photos" or "cars".
    Returns:
        (gray, coloured); a line; a PNG at full resolution; and how it was coloured.
    """
    seed, kind = COLORING["seed"].check(seed), COLORING["kind"].check(kind)
    return _answer(picture, _latent(seed, kind), f"seed {seed}", kind)


@quickly
def transfer_color(
    picture: Image.Image | None = None,
    colours: Image.Image | None = None,
    kind: str = COLORING["kind"].default,
) -> tuple:
    """A picture in the colours of another, g(e(x_1 | L_1) | L_2) as in Fig. 4.4.

    Args:
        picture: what is coloured; only its lightness is used.
        colours: the picture whose colours are taken.
        kind: as of `colorize`.
    Returns:
        as `colorize`.
    """
    tidy(picture)
    source, _ = tidy(colours, texts.ADD_A_SOURCE)
    origin = GRAY_SOURCE if images.is_gray(source) else "another picture"
    kind = COLORING["kind"].check(kind)
    return _answer(picture, age.encode_colors(form.color_net(kind), source).cpu(), origin, kind)


def _answer(picture: Image.Image | None, z: Tensor, origin: str, kind: str) -> tuple:
    how = Coloured(*place_of(z), origin, kind)
    pair, line = _shown(picture, how, PREVIEW_SIDE)
    fitted, _ = tidy(picture)
    return pair, line, save(painted(fitted, z, kind), how), how


def _shown(picture: Image.Image | None, how: Coloured, side: int) -> tuple:
    picture, note = tidy(picture)
    smaller = images.fit_within(picture, longest_side=side)
    started = time.perf_counter()
    after = painted(smaller, point_of(how.longitude, how.latitude), how.kind)
    seconds = time.perf_counter() - started
    parts = [
        f"Colours of {how.origin}",
        f"the network of {how.kind}",
        f"longitude {how.longitude:.0f}, latitude {how.latitude:.0f} degrees",
        f"made at {age.SIDE} x {age.SIDE}, joined with the lightness of {picture.width} x {picture.height} pixels",
        common.in_milliseconds(seconds),
    ]
    if how.origin == GRAY_SOURCE:
        parts.append(texts.FROM_GRAY)
    if max(picture.size) > LONG * min(picture.size):
        parts.append(texts.LONG)
    return common.preview_pair(gray_of(smaller), after, longest_side=None), " · ".join([*parts, *([note] * bool(note))])


def _latent(seed: int, kind: str) -> Tensor:
    return age.random_latents(1, seeded_generator(seed), latents=form.color_net(kind).latents)


# ---- on the page


def taken_from_file(picture: Image.Image | None) -> Coloured | None:
    """How one of our own files was coloured; None if it is none."""
    found = own_settings(picture, TECHNIQUE)
    if found.get("made") != "colours":
        return None
    try:
        longitude = common.number(found.get("longitude"), "Longitude", -180, 180)
        latitude = common.number(found.get("latitude"), "Latitude", -90, 90)
        return Coloured(longitude, latitude, "the file", COLORING["kind"].check(found.get("network", "cars")))
    except ValueError:
        return None


@quickly
def draw(picture: Image.Image | None, place: dict[str, Any] | None, how: Coloured | None, kind: str) -> tuple:
    """The picture as the pad says: the pair, a line, how it was coloured."""
    if picture is None or place is None:
        return None, "", None
    longitude, latitude = angles(place)
    same = how is not None and max(abs(how.longitude - longitude), abs(how.latitude - latitude)) < 1e-3
    how = how if same else Coloured(longitude, latitude, "a place on the map", COLORING["kind"].check(kind))
    return *_shown(picture, how, PREVIEW_SIDE), how


@quickly
def file_of(picture: Image.Image | None, how: Coloured | None) -> Any:
    """The picture at full resolution, a PNG with the settings inside."""
    if picture is None or how is None:
        return None
    fitted, _ = tidy(picture)
    return save(painted(fitted, point_of(how.longitude, how.latitude), how.kind), how)


@quickly
def eight(picture: Image.Image | None, seed: int, kind: str) -> list[tuple[str, str, Image.Image]]:
    """Eight colourings of a picture, of the seed and the seven that follow: seed, title, picture."""
    if picture is None:
        return []
    first, kind = COLORING["seed"].check(seed), COLORING["kind"].check(kind)
    small_one = images.fit_within(images.on_white(picture), longest_side=TILE_SIDE)
    seeds = range(first, first + EIGHT)
    return [(str(one), f"seed {one}", images.on_white(painted(small_one, _latent(one, kind), kind))) for one in seeds]


@quickly
def map_of(picture: Image.Image | None, kind: str) -> Image.Image | None:
    """All colourings of a picture at a glance: longitude across, latitude upwards."""
    if picture is None:
        return None
    across, down = MAP
    opaque = images.on_white(picture).convert("RGB")
    net = form.color_net(COLORING["kind"].check(kind))
    lightness = age.to_lab(images.to_tensor(images.fit_within(opaque, longest_side=512)))[:, :1]
    places = [
        point_of(360 * (column + 0.5) / across - 180, 90 - 180 * (row + 0.5) / down)
        for row in range(down)
        for column in range(across)
    ]
    colors = age.colors_for(net, lightness.to(common.DEVICE), torch.cat(places).to(common.DEVICE)).cpu()
    sheet = age.from_lab(small(lightness).expand(len(colors), -1, -1, -1), colors)
    rows = sheet.unflatten(0, (down, across)).permute(2, 0, 3, 1, 4).reshape(3, down * age.SIDE, across * age.SIDE)
    return images.to_picture(rows)


def angles(place: dict[str, Any]) -> tuple[float, float]:
    """Longitude and latitude in degrees of the pad's value."""
    across = common.number(place.get("x"), "Place on the map", 0, 100)
    down = common.number(place.get("y"), "Place on the map", 0, 100)
    return 3.6 * across - 180, 90 - 1.8 * down


def on_pad(longitude: float, latitude: float) -> dict[str, float]:
    """The pad's value for a place."""
    return {"x": (longitude + 180) / 3.6, "y": (90 - latitude) / 1.8}


@quickly
def of_seed(seed: Any, kind: str) -> Coloured:
    """Where on the map a seed lies, or one of the seven after it."""
    seed = common.whole_number(seed, "Seed", 0, form.LARGEST_SEED + EIGHT - 1)
    return Coloured(*place_of(_latent(seed, kind)), f"seed {seed}", kind)


@quickly
def of_picture(source: Image.Image, kind: str) -> Coloured:
    """Where on the map the colours of a picture lie."""
    source, _ = tidy(source, texts.ADD_A_SOURCE)
    origin = GRAY_SOURCE if images.is_gray(source) else "another picture"
    return Coloured(*place_of(age.encode_colors(form.color_net(kind), source).cpu()), origin, kind)


def point_of(longitude: float, latitude: float) -> Tensor:
    """(1, 3), the point of the unit sphere at so many degrees."""
    lon, lat = torch.deg2rad(torch.tensor([longitude, latitude])).unbind()
    return torch.stack([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()])[None]


def place_of(z: Tensor) -> tuple[float, float]:
    """Longitude and latitude in degrees of a point (1, 3) of the unit sphere."""
    x, y, up = age.sphere(z[0].float().cpu()).unbind()
    return torch.rad2deg(torch.atan2(y, x)).item(), torch.rad2deg(torch.asin(up.clamp(-1, 1))).item()
