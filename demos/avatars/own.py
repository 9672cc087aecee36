"""A visitor's own avatar: made from photos, learned on from them, dressed, and kept as a file."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from PIL import Image, ImageOps
from torch import Tensor

from convgen import images, video
from convgen.avatars.becoming import Sight, become
from convgen.avatars.camera import Camera
from convgen.avatars.catalogue import average, load_motion
from convgen.avatars.dressing import BACK, CHEST, GARMENTS, UPSIDE_DOWN, dressed, with_picture, with_textures
from convgen.avatars.files import save_avatar
from convgen.avatars.motion import positions
from convgen.avatars.photographs import outlined, sight_of
from convgen.avatars.refining import Refinement
from convgen.avatars.rendering import Avatar, blended, view
from convgen.pose_finder import LANDMARKS, Person, find_pose
from convgen.progress import Progress
from convgen.stylenet import StyleNet, load_stylenet, stylize
from convgen.texture_nets import load_texture_net, sample
from demos import common
from demos.avatars import form, texts
from demos.avatars.form import DRESS, OWN
from demos.common.footage import FILM_SECONDS, while_waiting
from demos.common.job import Job
from demos.common.outputs import data_address, new_file
from demos.common.people import SEEN, WHOLE, people_in
from demos.common.quick import quickly
from demos.widgets.chart import panel
from demos.widgets.tiles import Tile

MOST_FILES, MOST_SIGHTS = 12, 12
COLOURS = {"loss": "#4f46e5"}
FRAMES = 36
"""Of a video, in which somebody is looked for; one is kept for each of `DIRECTIONS` they are seen from."""
DIRECTIONS = 8
LEGS = [LANDMARKS.index(f"{side} {joint}") for side in ("left", "right") for joint in ("knee", "ankle")]
LEAST_HEIGHT = 160.0
"""Pixels below which somebody in a photo is small."""
FRONT, BEHIND = 75.0, 105.0
"""Degrees up to which a face is seen, and from which a back is."""
REFINE_STEPS, REFINE_LIMIT_S, GRACE_S = 100, 90.0, 30.0
TURN = 12.0
"""Degrees that the camera goes around between two pictures of somebody who is being refined."""
SHOWN_SIDE, SHOWN_EVERY_S = 384, 1.0
PATTERN, CANVAS = 256, 512
"""Sides in pixels of a sample of a texture, and of a texture that is painted on."""
PAINTED = {"chest": 1, "back": 0, "left-sleeve": 14, "right-sleeve": 15, "left-thigh": 9, "right-thigh": 8}
"""What can be painted on -> part of the body."""
WALL = torch.full((1, 3, 1, 1), 0.86)
REFINED = "a refined avatar"
"""A place of the page, see `on_device`."""
SKIP = gr.skip()


@dataclass(frozen=True)
class Found:
    """What was found of one person in a visitor's pictures.

    Attributes:
        directions: of each sight, degrees that the person is turned away from the camera, -180 to 180.
        crowd: the most people in one of the pictures.
        legs: whether one of them shows the legs.
        height: of the largest person, in pixels.
    """

    sights: list[Sight]
    directions: list[float]
    crowd: int
    legs: bool
    height: float

    @property
    def face(self) -> bool:
        return any(abs(turn) < FRONT for turn in self.directions)

    def line(self, seconds: str) -> str:
        """What is said of the avatar, made in so much time."""
        return texts.made_of(
            len(self.sights), seconds, face=self.face, sides=self.sides, legs=self.legs,
            large=self.height >= LEAST_HEIGHT, crowd=self.crowd,
        )  # fmt: skip

    @property
    def sides(self) -> bool:
        """Whether front and back are seen."""
        return self.face and any(abs(turn) > BEHIND for turn in self.directions)


def warm_up() -> None:
    """Read what the first photo needs, so that it does not wait for it."""
    if form.here():
        form.networks(), average(), find_pose(Image.new("RGB", (256, 256)))


# ---- from photos


def found_in(files: Sequence[str | Image.Image]) -> Found:
    """The person in some photos and videos, the largest in each.

    Raises:
        ValueError: too many, a file that is no picture and no video, or nobody in one of them: one sentence.
    """
    if not files:
        raise ValueError(texts.PHOTOS_READY)
    if len(files) > MOST_FILES:
        raise ValueError(texts.TOO_MANY.format(MOST_FILES))
    seen: list[tuple[Image.Image, Person, int]] = []
    for number, file in enumerate(files, 1):
        try:
            seen += _people_of(file)
        except ValueError as error:
            raise ValueError(f"Picture {number}: {error}" if len(files) > 1 else str(error)) from error
    start = average()
    sights, directions = [], []
    for photo, person, _ in seen[:MOST_SIGHTS]:
        sights.append(outlined(form.networks(), sight_of(photo, person, start.rest), start.codes))
        directions.append(direction(person))
    legs = any(float(person.visibility[LEGS].mean()) >= SEEN for _, person, _ in seen)
    height = max(person.size for _, person, _ in seen)
    return Found(sights, directions, max(crowd for *_, crowd in seen), legs, height)


def _people_of(file: str | Image.Image) -> list[tuple[Image.Image, Person, int]]:
    """A picture, the largest person in it, and how many there are."""
    if not isinstance(file, Image.Image):
        try:
            file = images.open_picture(file)
        except ValueError as error:
            if _is_film(file):
                return _turned(file)
            raise error
    photo = images.fit_within(file, longest_side=2048)
    people = people_in(photo)
    return [(photo, people[0], len(people))]


def _is_film(path: str) -> bool:
    try:
        return bool(video.probe(path, max_seconds=FILM_SECONDS).frames)
    except ValueError:
        return False


def _turned(path: str) -> list[tuple[Image.Image, Person, int]]:
    """The frames of a video in which a person is seen best, one for each direction."""
    best: dict[int, tuple[Image.Image, Person]] = {}
    for frame in video.some_frames(path, most=FRAMES, max_seconds=FILM_SECONDS):
        picture = images.to_picture(frame)
        person = find_pose(picture)
        if person is None or person.seen < WHOLE:
            continue
        place = round(direction(person) / 360 * DIRECTIONS) % DIRECTIONS
        if place not in best or best[place][1].presence * best[place][1].seen < person.presence * person.seen:
            best[place] = picture, person
    if not best:
        raise ValueError(texts.NO_TURN)
    return [(*best[place], 1) for place in sorted(best)]


def direction(person: Person) -> float:
    """Degrees that somebody is turned away from the camera, -180 to 180."""
    left, right = person.world[11], person.world[12]
    return math.degrees(math.atan2(float(left[2] - right[2]), float(left[0] - right[0])))


def made_from(files: Sequence[str | Image.Image]) -> tuple[Avatar, Found]:
    """An avatar of the person in some photos and videos, see `found_in`."""
    form.need_avatars()
    found, start = found_in(files), average()
    return become(form.networks(), found.sights, codes=start.codes, rest=start.rest), found


@dataclass(frozen=True)
class Yours:
    """What the page keeps of a visitor's avatar.

    Attributes:
        path: of its file.
        base: who it is without clothes that were put on: a name, or a path.
        before: what it was before the latest change.
    """

    path: str
    base: str
    before: "Yours | None" = None


def kept(avatar: Avatar, *, base: str | None = None, before: Yours | None = None) -> Yours:
    """An avatar, written to a file of its own."""
    path = new_file("avatar-yours", ".safetensors")
    save_avatar(avatar, path)
    return Yours(str(path), base or str(path), before)


def person_of(name: str, yours: Yours | None) -> str:
    """The key of whom is chosen on the page, see `form.avatar`.

    Raises:
        ValueError: it is the visitor's own, and there is none; one sentence.
    """
    if name != OWN:
        return name
    return form.yours(None if yours is None else yours.path)


@quickly
def make(files: Sequence[str | Image.Image], before: Yours | None = None) -> tuple[Yours, str]:
    """An avatar from a visitor's pictures, and a line about it."""
    started = time.perf_counter()
    avatar, found = made_from(files)
    seconds = common.in_milliseconds(time.perf_counter() - started)
    line = found.line(seconds)
    return kept(avatar, before=before), line


@quickly
def load(path: str, before: Yours | None = None) -> Yours:
    """A visitor's avatar from its file."""
    form.yours(path)
    return Yours(path, path, before)


@lru_cache(maxsize=64)
def tile(path: str) -> Tile:
    """The button that stands for it, with a picture."""
    avatar = form.avatar(form.yours(path))
    seen = _standing(avatar, Camera(25, 5), size=256)
    return Tile(OWN, texts.OWN_AVATAR, image=data_address(ImageOps.fit(seen, (110, 220), centering=(0.5, 0.3))))


def _standing(avatar: Avatar, camera: Camera, *, size: int) -> Image.Image:
    joints = positions(load_motion("walk").part(7, 8), avatar.rest)[0]
    return images.to_picture(blended(view(form.networks(), avatar, joints, camera, size=size), WALL))


# ---- learning on


@common.on_device(deadline=REFINE_LIMIT_S + GRACE_S, place=REFINED, waiting=lambda line: (SKIP, line, *[SKIP] * 3))
def refine(files: Sequence[str | Image.Image], yours: Yours | None) -> Iterator[tuple]:
    """Eq. 6.2 and 6.3 on a visitor's own pictures, live.

    Yields:
        the avatar so far as the camera goes around it, a `data:` address; status; curve; at the end what the page keeps
        of it; and the visitor's Job.
    """
    if not files:
        raise ValueError(texts.NOBODY_TO_LEARN)
    job, curve, latest = Job(), [], {}

    def steps() -> Iterator[Progress]:
        avatar, found = made_from(files)
        if yours is not None and yours.path == yours.base:  # what was learned before, and is not dressed
            avatar = form.avatar(form.yours(yours.path))
        latest["run"] = Refinement(form.networks(), avatar, found.sights, common.descriptor(), steps=REFINE_STEPS)
        for progress in latest["run"].run():
            curve.append((progress.step, sum(progress.losses.values())))
            yield progress

    moments = job.watch(steps(), lambda p: f"loss {sum(p.losses.values()):.3f}", limit_s=REFINE_LIMIT_S,
                        every=SHOWN_EVERY_S)  # fmt: skip
    with closing(moments):
        for moment in moments:
            if moment.progress is None:
                yield SKIP, moment.line, [], SKIP, job
                continue
            if not moment.shown:
                yield SKIP, SKIP, SKIP, SKIP, SKIP
                continue
            made = kept(latest["run"].finished(), before=yours) if moment.last else SKIP
            camera = Camera((TURN * len(curve) + 180) % 360 - 180, 5)
            shown = _standing(latest["run"].look(), camera, size=SHOWN_SIDE)
            yield data_address(shown, quality=85), moment.line, _chart(curve), made, SKIP


def _chart(points: Sequence[tuple[int, float]]) -> list[dict]:
    return [panel("Loss on your pictures (Eq. 6.2, 6.3), by step", {"loss": points}, COLOURS, log=True)]


# ---- clothes


def base_of(who: str, yours: Yours | None) -> tuple[Avatar, Avatar, str]:
    """Who is dressed, who that is without what was put on, and the name or path of the latter."""
    if who != OWN:
        avatar = form.avatar(who)
        return avatar, avatar, who
    if yours is None:
        raise ValueError(texts.MAKE_YOURS)
    base = form.yours(yours.base) if yours.base not in form.here() else yours.base
    return form.avatar(form.yours(yours.path)), form.avatar(base), yours.base


def wear(avatar: Avatar, base: Avatar, asked: Mapping[str, Any], picture: Image.Image | None) -> Avatar:
    """An avatar with what is asked for put on.

    Args:
        base: the same without clothes that were put on: its folds stay.
        asked: values of the fields of `DRESS`, checked.
    Raises:
        ValueError: there is no picture where one is needed; one sentence.
    """
    how, garment = asked["how"], asked["garment"]
    if how == "paint":
        if picture is None:
            raise ValueError(texts.PAINT_FIRST)
        side = avatar.texture_stack.shape[-1]
        pixels = images.on_white(common.large_enough(picture)).convert("RGB").resize((side, side), Image.Resampling.BOX)
        texture = _turned_over(images.to_tensor(pixels), asked["part"])[0]
        return with_textures(avatar, {PAINTED[asked["part"]]: texture})
    if how in ("chest", "back"):
        opaque = _picture(picture).convert("RGBA")
        alpha = images.to_tensor(opaque.getchannel("A"))
        places = {name: asked[name] for name in ("across", "up", "width")}
        return with_picture(
            avatar, images.to_tensor(opaque.convert("RGB")), alpha, part=CHEST if how == "chest" else BACK, **places
        )
    if how == "style":
        return _styled(avatar, base, asked)
    if how == "texture":
        cloth = sample(_texture_net(asked["texture"]), seed=asked["seed"], size=PATTERN)
    else:
        cloth = images.to_tensor(images.on_white(_picture(picture)).convert("RGB"))
    options = {name: asked[name] for name in ("tile", "strength", "folds")}
    return dressed(avatar, cloth, garment, shading=base.texture_stack, **options)


def texture_of(who: str, yours: Yours | None, part: str) -> Image.Image:
    """A part's texture to paint on, the right way up."""
    avatar = form.avatar(person_of(who, yours))
    texture = avatar.texture_stack[PAINTED[common.choice(part, DRESS["part"].label, PAINTED)]][None]
    return images.to_picture(_turned_over(texture, part)).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)


def _turned_over(texture: Tensor, part: str) -> Tensor:
    """A texture as who looks at the person sees it, or back."""
    return texture.rot90(2, (2, 3)) if PAINTED[part] in UPSIDE_DOWN else texture


def _picture(picture: Image.Image | None) -> Image.Image:
    if picture is None:
        raise ValueError(texts.ADD_CLOTH)
    return images.fit_within(common.large_enough(picture), longest_side=1024)


@torch.no_grad()
def _styled(avatar: Avatar, base: Avatar, asked: Mapping[str, Any]) -> Avatar:
    """A garment as a painter would paint it: each of its textures, enlarged, through a style network."""
    side = avatar.texture_stack.shape[-1]
    net = _style_net(asked["style"])
    parts = list(GARMENTS[asked["garment"]])
    rows = base.texture_stack[parts]
    across = math.ceil(math.sqrt(len(parts)))
    blank = rows.new_zeros(across * across - len(parts), *rows.shape[1:])
    sheet = torch.cat([rows, blank]).unflatten(0, (across, across)).permute(2, 0, 3, 1, 4).flatten(1, 2).flatten(2)
    painted = stylize(net, sheet[None], seed=asked["seed"])[0]
    cut = painted.unflatten(1, (across, side)).unflatten(3, (across, side)).permute(1, 3, 0, 2, 4).flatten(0, 1)
    mixed = avatar.texture_stack[parts].lerp(cut[: len(parts)], asked["strength"])
    return with_textures(avatar, dict(zip(parts, mixed, strict=True)))


@lru_cache(maxsize=4)
def _texture_net(name: str) -> Any:
    return load_texture_net(name)


@lru_cache(maxsize=2)
def _style_net(name: str) -> StyleNet:
    return load_stylenet(name)


@quickly
def dress(who: str, yours: Yours | None, values: Mapping[str, Any], picture: Image.Image | None) -> Yours:
    """Put something on whoever is chosen; it becomes the visitor's."""
    form.need_avatars()
    asked = DRESS.check(values)
    avatar, base, name = base_of(who, yours)
    return kept(wear(avatar, base, asked, picture), base=name, before=yours)


# ---- for programs


@common.on_device(deadline=REFINE_LIMIT_S + GRACE_S, waiting=while_waiting)
def make_avatar(files: list[str] | None = None, refined: bool = False) -> Iterator[tuple]:
    """An avatar of the person in photos, or in a video in which they turn around (Thesis section 6.4.6).

    Args:
        files: photos and videos.
        refined: go on learning from them, about a minute.
    Yields:
        the avatar, a `data:` address; status; the path of its file at the end; and the visitor's Job.
    """
    refined = common.flag(refined, "Refined")
    job, started = Job(), time.perf_counter()
    avatar, found = made_from(files or [])
    seconds = common.in_milliseconds(time.perf_counter() - started)
    line = found.line(seconds)
    shown = data_address(_standing(avatar, Camera(25, 5), size=SHOWN_SIDE))
    yield shown, line, kept(avatar).path, job
    if not refined:
        return
    run = Refinement(form.networks(), avatar, found.sights, common.descriptor(), steps=REFINE_STEPS)
    moments = job.watch(run.run(), lambda p: f"loss {sum(p.losses.values()):.3f}", limit_s=REFINE_LIMIT_S)
    with closing(moments):
        for moment in moments:
            if moment.last:
                avatar = run.finished()
                shown = data_address(_standing(avatar, Camera(25, 5), size=SHOWN_SIDE))
                yield shown, f"{line} {moment.line}", kept(avatar).path, SKIP
            else:
                yield SKIP, moment.line if moment.shown else SKIP, SKIP, SKIP


@quickly
def dress_avatar(
    avatar: str = form.AVATAR.default,
    person: str | None = None,
    picture: Image.Image | None = None,
    how: str = DRESS["how"].default,
    garment: str = DRESS["garment"].default,
    part: str = DRESS["part"].default,
    texture: str = DRESS["texture"].default,
    style: str = DRESS["style"].default,
    seed: int = DRESS["seed"].default,
    tile: float = DRESS["tile"].default,
    strength: float = DRESS["strength"].default,
    folds: float = DRESS["folds"].default,
    across: float = DRESS["across"].default,
    up: float = DRESS["up"].default,
    width: float = DRESS["width"].default,
) -> tuple[str, dict]:
    """Put something on an avatar: its textures are explicit, so they can be edited.

    Args:
        person: an avatar's file, for the avatar "own".
        picture: for how = "cloth", "chest" and "back"; for "paint" the new texture of `part`, as who looks at the
            person sees it.
    Returns:
        the path of the dressed avatar's file; and the settings.
    """
    form.need_avatars()
    asked = DRESS.check(
        {
            "how": how,
            "garment": garment,
            "part": part,
            "texture": texture,
            "style": style,
            "seed": seed,
            "tile": tile,
            "strength": strength,
            "folds": folds,
            "across": across,
            "up": up,
            "width": width,
        }
    )
    form.AVATAR.check(avatar)
    who = form.avatar(form.who_of(avatar, person))
    record = asked | {"technique": "avatars", "avatar": avatar, "synthetic": texts.SYNTHETIC}
    return kept(wear(who, who, asked, picture)).path, record
