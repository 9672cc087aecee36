"""People in a visitor's photo or film: found, drawn as stick figures, and followed from frame to frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from convgen import images
from convgen.pose_finder import LEAST_PRESENCE, LINES, Person, find_people, find_pose, track
from convgen.smoothing import Smoother
from demos.common.inputs import large_enough

NOBODY = "Nobody was found in this photo: choose one in which a person is in view from head to feet."
HALF = (
    "Only a part of a person is in this photo, and their pose would be a guess: choose one in which somebody is in "
    "view from head to feet."
)
MOST_PEOPLE = 6
SIDE = 640
"""Longest side of a picture in which people are looked for many times a second."""
WHOLE = 0.65
"""Of people of whom less of the body is seen than this the pose would be a guess."""
SEEN = 0.5
"""Landmarks that are less likely to be seen than this are not drawn."""
RIGHT, LEFT, MIDDLE = "#f59e0b", "#14b8a6", "#f5f5f4"
"""Colours of the person's own right and left, and of what lies between."""

Pose = list[list[float]]
"""The 33 landmarks of a person in space, as plain numbers that a visitor's state may keep."""


def people_in(photo: Image.Image) -> list[Person]:
    """The people in a photo, the largest first.

    Raises:
        ValueError: the photo is too small, or there is nobody, or only a part of somebody; one sentence.
    """
    large_enough(photo)
    likely = find_people(photo, most=MOST_PEOPLE) or find_people(photo, most=1, least_presence=LEAST_PRESENCE / 2)
    people = [person for person in likely if person.presence >= LEAST_PRESENCE and person.seen >= WHOLE]
    if not people:
        raise ValueError(HALF if likely else NOBODY)
    return people


def pose_of(person: Person) -> Pose:
    return person.world.tolist()


def stick_figures(picture: Image.Image, people: Sequence[Person], *, longest_side: int = SIDE) -> Image.Image:
    """A picture, reduced and RGB, with its people drawn over it."""
    small = images.on_white(images.fit_within(picture, longest_side=longest_side)).convert("RGB")
    draw, scale = ImageDraw.Draw(small), small.width / picture.width
    for person in people:
        places = person.landmarks[:, :2] * scale
        thick = max(2, round(person.size * scale / 80))
        joined = [(a, b) for a, b in LINES if min(person.visibility[[a, b]]) >= SEEN]
        for colour, more in (("#1c1917", 2), (None, 0)):
            for a, b in joined:
                ends = [tuple(places[a].tolist()), tuple(places[b].tolist())]
                draw.line(ends, fill=colour or _side(a, b), width=thick + more)
        for at in {end for line in joined for end in line if end > 10}:
            x, y = places[at].tolist()
            r = thick * 0.9
            draw.ellipse((x - r, y - r, x + r, y + r), fill=_side(at, at), outline="#1c1917")
    return small


def _side(first: int, second: int) -> str:
    """The colour of a line: of the landmarks those of the left have odd numbers, from 11 on."""
    if min(first, second) < 11 or first % 2 != second % 2:
        return MIDDLE
    return LEFT if first % 2 else RIGHT


@dataclass
class Follower:
    """Follows the largest person of a film; a visitor's state may keep it, it holds numbers only.

    Attributes:
        person: in the latest frame, or None if nobody was found there.
        pose: the latest one, smoothed; None before anybody was found.
        frames, missed: how many were looked at, and in how many nobody was found.
        seen_at: `time.monotonic()` of the latest frame of a webcam.
    """

    person: Person | None = None
    pose: Pose | None = None
    frames: int = 0
    missed: int = 0
    seen_at: float = 0.0
    smoother: Smoother = field(default_factory=Smoother)

    def look(self, picture: Image.Image, seconds: float) -> Person | None:
        """The person in the next frame, which is so many seconds after the one before."""
        self.frames += 1
        known = self.person
        self.person = (track(picture, known) if known is not None else None) or find_pose(picture)
        if self.person is None:
            self.missed += 1
            self.smoother.reset()
        else:
            self.pose = self.smoother(self.person.world, seconds=seconds).tolist()
        return self.person
