"""Faces in a visitor's photo: found, or framed by hand, and remembered for a while."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import Image

from convgen import images
from convgen.face_finder import CELEBA, Face, find_faces, square_to_photo
from demos.common.fields import Amount, Table
from demos.common.inputs import large_enough, whole_number
from demos.common.recent import Recent, key_of

MOST_FACES = 12
PREVIEW_SIDE = 768
NO_FACE = "No face was found in this photo: choose one where a face is upright, in view and at least 40 pixels wide."
WHICH = Amount("which", "Number of the face", 1, "1 is the largest.", low=1, high=MOST_FACES, step=1, whole=True)
FRAME = Table(
    Amount("crop", "Size of the square, %", 45, "From the chin to the hairline.", low=5, high=100, step=1),
    Amount("across", "Place of the square", 50, low=0, high=100),
    Amount("down", "Place of the square", 25, low=0, high=100),
)
"""Where a face is that was not found, see `cut_square`."""
INSIDE = ((0.23, 0.36), (0.77, 0.90))
"""Where the box of a face lies in CelebA's square."""

Frame = Mapping[str, float]
Points = tuple[tuple[float, float], ...]
"""Right eye, left eye, nose and mouth, in pixels."""


@dataclass(frozen=True)
class Seen:
    """What is known of a photo.

    Attributes:
        small: reduced for previews.
        faces: in pixels of the photo.
        scale: pixels of `small` in one of the photo.
    """

    small: Image.Image
    faces: tuple[Face, ...]
    scale: float

    def face(self, number: int) -> Face:
        """A face in pixels of the photo, 1 for the largest.

        Raises:
            ValueError: there is none, or none with this number.
        """
        if not self.faces:
            raise ValueError(NO_FACE)
        return self.faces[whole_number(number, WHICH.label, 1, len(self.faces)) - 1]

    def near(self, number: int) -> Face:
        """The same in pixels of `small`."""
        return self.face(number).scaled(self.scale)


SEEN = Recent[Seen](most=32)


def see(
    photo: Image.Image, frame: Frame | None = None, *, missed: Callable[[], Mapping[str, Points]] = dict
) -> tuple[str, Seen]:
    """The key of a photo, and what is known of it.

    Args:
        frame: the one face that is meant, instead of those that are found.
        missed: gives key of a picture -> where its face is, for those that the finder misses.
    Raises:
        ValueError: the photo is too small, or there is no such frame; one sentence.
    """
    large_enough(photo)
    key = whole = key_of(photo)
    if frame is not None:
        frame = FRAME.check(frame)
        key += str(frame)

    def look() -> Seen:
        faces = [_framed(photo, frame)] if frame else find_faces(photo, most=MOST_FACES)
        if not faces and whole in (known := missed()):
            faces = [_face_at(known[whole])]
        small = images.fit_within(photo, longest_side=PREVIEW_SIDE)
        return Seen(small, tuple(faces), small.width / photo.width)

    return key, SEEN.made(key, look)


def _framed(photo: Image.Image, frame: Frame) -> Face:
    """The face in a square."""
    side = min(photo.size) * frame["crop"] / 100
    left, top = (photo.width - side) * frame["across"] / 100, (photo.height - side) * frame["down"] / 100
    return _face_at(tuple((left + x * side, top + y * side) for x, y in CELEBA))


def _face_at(points: Points) -> Face:
    """A face whose eyes, nose and mouth are known."""
    place = square_to_photo(Face((0, 0, 0, 0), points, 1.0), side=1)
    corners = [place @ (x, y, 1) for x, y in INSIDE]
    return Face((*corners[0].tolist(), *corners[1].tolist()), points, 1.0)
