"""The tab's act of talk mode; `python -m demos.perceptual_gan.talk` draws its bundled pictures."""

from convgen import images
from demos.common.talk import Act, Seen, bundle
from demos.perceptual_gan import form, jobs
from demos.perceptual_gan.examples import PORTRAITS, portrait
from demos.perceptual_gan.texts import EQUATION, LABELS, TALK, TITLE

PEOPLE = {
    "astronaut": "photos/astronaut_portrait",
    "hopper": "photos/grace_hopper_portrait",
    "lisa": "paintings/leonardo_mona_lisa",
}
EDITS = (
    ("lisa", "smile", 1.0),
    ("hopper", "older", -1.0),
    ("hopper", "smile", 1.0),
    ("astronaut", "older", 1.0),
    ("astronaut", "blond", 1.0),
    ("hopper", "black", 1.0),
    ("lisa", "older", 1.0),
)
ITEMS = {f"{who}-{slider}": (who, slider, value) for who, slider, value in EDITS}


def make(item: str) -> Seen:
    """A portrait, edited at its full resolution."""
    who, slider, value = ITEMS[item]
    picture = portrait(PEOPLE[who])
    photo = images.open_picture(picture)
    strength = min(max(value, form.EDIT[slider].low), form.EDIT[slider].high)
    edited = jobs.edit(photo, {1: {slider: strength}})
    return Seen(edited.after, edited.before, edited.line.split(" · ")[0])


def said(item: str) -> dict[str, str | float]:
    who, slider, value = ITEMS[item]
    return {"photo": PEOPLE[who], slider: value}


def _title(item: str) -> str:
    who, slider, value = ITEMS[item]
    return f"{LABELS[slider]} {value:+g} · {PORTRAITS[PEOPLE[who]]}"


ACTS = [
    Act(
        "perceptual_gan", "perceptual_gan", TITLE, EQUATION, TALK, {item: _title(item) for item in ITEMS}, make,
        said=said, shown="#edit-pair img",
    )
]  # fmt: skip

if __name__ == "__main__":
    bundle(ACTS[0], list(ITEMS)[:2])
