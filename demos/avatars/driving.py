"""The avatar driven by a photo, a video or a webcam."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image
from torch import Tensor

from convgen import images, video
from convgen.avatars.camera import Camera
from demos import common
from demos.avatars import form, texts
from demos.avatars.form import DRIVE, RENDER, WHICH, Pose
from demos.avatars.jobs import Shot, address, background, finished, look, save, shot, square
from demos.avatars.own import Yours, person_of
from demos.common.footage import FILM_LIMIT_S, FILM_SECONDS, changed_film, while_waiting
from demos.common.job import GRACE_S, Job
from demos.common.outputs import data_address
from demos.common.people import SIDE, Follower, people_in, pose_of, stick_figures
from demos.common.quick import quickly

SHOWN_EVERY_S = 0.1
FILM = "a driven avatar"
"""A place of the page, see `on_device`."""
WHITE = (1.0, 1.0, 1.0)
SKIP = gr.skip()


@dataclass(frozen=True)
class Stood:
    """The people of a photo, ready for the page.

    Attributes:
        picture: the photo, reduced, with stick figures.
        boxes: left, top, right, bottom of each, in pixels of the photo.
    """

    picture: Image.Image
    boxes: list[tuple[float, float, float, float]]
    poses: list[Pose]


@quickly
def look_at(photo: Image.Image) -> Stood:
    """Who is in a photo, and how they stand.

    Raises:
        ValueError: nobody, or only a part of somebody; one sentence.
    """
    found = people_in(photo)
    width, height = photo.size
    boxes = [
        (max(0, left), max(0, top), min(width, right), min(height, bottom))
        for left, top, right, bottom in (person.box for person in found)
    ]
    return Stood(stick_figures(photo, found), boxes, [pose_of(person) for person in found])


class Driver:
    """Frames of a film -> pictures of the avatar that does the same.

    Args:
        values: of the fields of `DRIVE`.
    Attributes:
        seconds: between two frames.
        record: what goes into the file.
    """

    def __init__(self, values: Mapping[str, Any], *, scene: Image.Image | str | None = None):
        form.need_avatars()
        self.asked, self.seconds = DRIVE.check(values), 1 / video.MAX_FRAMES_PER_SECOND
        self.record = self.asked | {"technique": "avatars", "synthetic": texts.SYNTHETIC}
        self.record["avatar"] = form.name_of(self.asked["avatar"])
        self.size = self.asked["size"] - self.asked["size"] % 2
        self.camera, self.scene = form.camera(self.asked), background(self.asked, scene) or WHITE
        self.follower = Follower()
        self._film = self._avatar = None

    def __call__(self, frame: Tensor) -> Tensor:
        """(1, 3, H, W) -> (1, 3, size, size), or the film beside it."""
        picture = images.to_picture(frame).convert("RGB")
        person = self.follower.look(picture, self.seconds)
        self._film = stick_figures(picture, [person] if person else [])
        self._avatar = self._rendered()
        shown = beside(self._film, self._avatar) if self.asked["beside"] else self._avatar
        return images.to_tensor(shown)

    def _rendered(self) -> Image.Image:
        return driven(self.asked, self.follower.pose, self.camera, self.scene, self.size)

    def shown(self, _: Tensor) -> str:
        """The latest frame beside the avatar."""
        return data_address(beside(self._film, self._avatar), quality=85)

    def note(self) -> str:
        """What is said at the end.

        Raises:
            ValueError: nobody was found at all.
        """
        if self.follower.pose is None:
            raise ValueError(texts.NOBODY_IN_FILM)
        return texts.without_people(self.follower.missed, self.follower.frames)


def driven(
    asked: Mapping[str, Any], pose: Pose | None, camera: Camera, scene: Any, size: int
) -> Image.Image:  # fmt: skip
    """RGB: the avatar in a pose, before an opaque background; nobody as long as there is no pose."""
    if pose is None:
        if isinstance(scene, Image.Image):
            return scene.resize((size, size), Image.Resampling.BILINEAR)
        return Image.new("RGB", (size, size), tuple(round(255 * level) for level in scene))
    taken = Shot(asked["avatar"], form.posed(asked["avatar"], pose), camera, scene, size, {})
    return finished(look(taken, size), taken)


def beside(film: Image.Image, avatar: Image.Image) -> Image.Image:
    """Two pictures of one height, of an even width together."""
    width = max(1, round(film.width * avatar.height / film.height))
    both = Image.new("RGB", (width + width % 2 + avatar.width, avatar.height), "white")
    both.paste(film.resize((width + width % 2, avatar.height), Image.Resampling.BILINEAR))
    both.paste(avatar, (width + width % 2, 0))
    return both


def driven_film(film: str | None, values: Mapping[str, Any], scene: Image.Image | str | None) -> Iterator[tuple]:
    """A film driven frame by frame, see `changed_film`."""
    driver = Driver(values, scene=scene)
    if film is not None:
        facts = video.probe(film, max_seconds=FILM_SECONDS)
        driver.seconds = 1 / min(facts.frames_per_second, video.MAX_FRAMES_PER_SECOND)
    yield from changed_film(
        film, driver, stem=f"avatar-{driver.record['avatar']}", size=SIDE, show=driver.shown, note=driver.note,
        every_s=SHOWN_EVERY_S, comment=json.dumps(driver.record),
    )  # fmt: skip


@common.on_device(deadline=FILM_LIMIT_S + GRACE_S, place=FILM, waiting=while_waiting)
def drive_film(film: str | None, scene: str | None, yours: Yours | None, *values: Any) -> Iterator[tuple]:
    """`driven_film`, for the page: values in the order of `DRIVE`."""
    yield from driven_film(film, _asked(values, yours), scene)


def _asked(values: Sequence[Any], yours: Yours | None) -> dict[str, Any]:
    """The fields of `DRIVE` as the page has them."""
    asked = dict(zip(DRIVE, values, strict=True))
    return asked | {"avatar": person_of(asked["avatar"], yours)}


@common.on_device(deadline=FILM_LIMIT_S + GRACE_S, waiting=while_waiting)
def drive_avatar(
    photo: Image.Image | None = None,
    film: str | None = None,
    avatar: str = DRIVE["avatar"].default,
    which: int = WHICH.default,
    azimuth: float = DRIVE["azimuth"].default,
    elevation: float = DRIVE["elevation"].default,
    distance: float = DRIVE["distance"].default,
    background: str = DRIVE["background"].default,
    colour: str = DRIVE["colour"].default,
    size: int = DRIVE["size"].default,
    beside: bool = DRIVE["beside"].default,
    scene: Image.Image | None = None,
    person: str | None = None,
) -> Iterator[tuple]:
    """A person who stands as somebody in a photo, or does what somebody does in a video.

    Args:
        which: of several people in a photo, 1 for the largest; of a video it is always the largest.
        background: "transparent", "colour", or "picture" for `scene`; a video is white where it is transparent.
        beside: a video shows that of the visitor with a stick figure, too.
        person: an avatar's file, for the avatar "own".
    Yields:
        the latest frame, a `data:` address; status; the path of a PNG or of an MP4 with the sound, at the end; and the
        visitor's Job.
    """
    values = {
        "avatar": form.who_of(avatar, person),
        "which": which,
        "azimuth": azimuth,
        "elevation": elevation,
        "distance": distance,
        "background": background,
        "colour": colour,
        "size": size,
        "beside": beside,
    }
    behind = None if scene is None else square(scene)
    if photo is not None and film is not None:
        raise ValueError(texts.ONE_OF_THEM)
    if photo is None and film is None:
        raise ValueError(texts.ADD_SOMETHING)
    if film is not None:
        yield from driven_film(film, values, behind)
        return
    form.need_avatars()
    DRIVE.check(values)
    found = people_in(photo)
    number = common.whole_number(which, WHICH.label, 1, len(found))
    taken = shot(
        {name: values[name] for name in RENDER if name in values}, pose=pose_of(found[number - 1]), scene=behind
    )
    picture = finished(look(taken, taken.size), taken)
    yield address(picture), texts.people_found(len(found)), save(picture, taken), Job()


@quickly
def live(
    frame: Image.Image | None, follower: Follower | None, scene: str | None, yours: Yours | None, *values: Any
) -> tuple:
    """A frame of the webcam with a stick figure, and the avatar beside it: a `data:` address; a line; and who is
    followed."""
    if frame is None:
        return SKIP, SKIP, SKIP
    form.need_avatars()
    asked = DRIVE.check(_asked(values, yours))
    follower, now = follower or Follower(), time.monotonic()
    small = images.on_white(images.fit_within(frame, longest_side=SIDE)).convert("RGB")
    person = follower.look(small, min(now - follower.seen_at, 1.0))
    follower.seen_at = now
    film = stick_figures(small, [person] if person else [])
    behind = background(asked, scene) or WHITE
    avatar = driven(asked, follower.pose, form.camera(asked), behind, form.LIVE_SIDE)
    return data_address(beside(film, avatar)), texts.FOLLOWS if person else texts.STEP_BACK, follower
