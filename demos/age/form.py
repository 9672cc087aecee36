"""What a visitor may ask for: the tables of fields, and the networks that are here to answer with."""

from functools import lru_cache

from torch import Tensor

from convgen import age
from convgen.age import photos
from convgen.age.catalogue import COLORS, DIRECTIONS, FACES, PHOTOS
from convgen.squeezenet import NAME as EYES
from demos import common
from demos.age.texts import KINDS, NOT_HERE, SLIDERS
from demos.common.faces import WHICH
from demos.common.fields import Amount, Choice, Flag, Table, Typed
from demos.common.table import listed

NUMBERS = (1, 24)
AMOUNT = 0.5
"""How far a slider goes to either side along a direction."""
LARGEST_SEED = common.LARGEST_SEED - NUMBERS[1]
SQUARE, PLACE = "Size of the square", "Place of the square"


def _seed(name: str, label: str, default: int, called: str = "") -> Typed:
    return Typed(name, label, default, called=called, low=0, high=LARGEST_SEED, whole=True)


FRAMING = Table(
    Flag("by_hand", "Frame it by hand", False),
    WHICH,
    Amount(
        "crop", "Size of the square, %", 50, "From the chin to the hairline, the eyes a little above the middle.",
        called=SQUARE, low=5, high=100, step=1,
    ),
    Amount("across", "Across, %", 50, called=PLACE, low=0, high=100),
    Amount("down", "Down, %", 30, called=PLACE, low=0, high=100),
)  # fmt: skip
"""Which face of a photo is meant, see `jobs.reconstruct`."""
EDITOR = Table(*(Amount(name, label, 0, low=-AMOUNT, high=AMOUNT) for name, label in SLIDERS.items()))
SAMPLES = Table(
    _seed("seed", "Seed", 0),
    Amount("number", "Samples", 12, called="Number of samples", low=NUMBERS[0], high=NUMBERS[1], step=1, whole=True),
)
BETWEEN = Table(
    _seed("first_seed", "or seed", 21, "The first seed"),
    _seed("second_seed", "or seed", 15, "The second seed"),
    Amount("steps", "Faces in the strip", 8, called="Number of faces", low=2, high=24, step=1, whole=True),
)
KIND = "photos"
"""What a picture to colour shows, unless it is said; a name of `KINDS`."""
CALM = {"photos": photos.CALM, "cars": 4}
"""Kind -> the seed whose colours are shown first."""
COLORING = Table(
    _seed("seed", "Seed of the eight", CALM[KIND], "Seed"),
    Choice("kind", "It shows", KIND, choices=KINDS),
)


def faces_here() -> bool:
    return {FACES, DIRECTIONS} <= listed().keys()


def colors_here() -> bool:
    return {COLORS, PHOTOS, EYES} <= listed().keys()


def face_net() -> age.FaceAGE:
    """The net of faces on the device; all visitors share it.

    Raises:
        ValueError: it is not here.
    """
    if not faces_here():
        raise ValueError(NOT_HERE.format("faces"))
    return _face_net()


def color_net(kind: str) -> age.ColorAGE:
    """The net of colours of a kind of pictures on the device; all visitors share it.

    Raises:
        ValueError: it is not here.
    """
    if not colors_here():
        raise ValueError(NOT_HERE.format("colours"))
    return _color_net(kind)


@lru_cache(maxsize=1)
def _face_net() -> age.FaceAGE:
    return age.load_face_age(common.DEVICE)


@lru_cache(maxsize=2)
def _color_net(kind: str) -> age.ColorAGE:
    return (age.load_photo_age if kind == "photos" else age.load_color_age)(common.DEVICE)


@lru_cache(maxsize=1)
def directions() -> dict[str, Tensor]:
    return age.directions()
