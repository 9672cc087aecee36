"""The tab's act of talk mode; `python -m demos.stylenet.talk` draws its bundled pictures."""

from convgen import images
from convgen.stylenet import STYLES
from demos.common.photos import photo_path
from demos.common.talk import Act, Seen, bundle
from demos.stylenet import jobs
from demos.stylenet.examples import PHOTOS
from demos.stylenet.texts import EQUATION, TALK, TITLE

SEEN_WITH = {
    "great-wave": "summer_palace",
    "udnie": "cat_chelsea",
    "starry-night": "mountains_picos",
    "composition-vii": "dahlia_flower",
    "the-scream": "rocket_launchpad",
    "metzinger": "astronaut_portrait",
    "woman-with-a-hat": "coffee",
    "woman-with-a-parasol": "forest_stream",
    "contrast-of-forms": "summer_palace",
    "night-cafe": "coffee",
    "olive-trees": "mountains_picos",
    "composition-1913": "dahlia_flower",
}
"""Style -> the photo that shows it."""
SIZE = 768


def make(style: str) -> Seen:
    """A photo in a style, by one pass."""
    photo = images.open_picture(photo_path(SEEN_WITH[style], PHOTOS))
    made = jobs.make_quickly({"style": style, "size": SIZE}, photo)
    return Seen(made.after, made.before, f"{made.seconds:.2f} s, one pass")


def said(style: str) -> dict[str, str]:
    return {"style": style, "photo": SEEN_WITH[style]}


ACTS = [
    Act(
        "stylenet", "stylenet", TITLE, EQUATION, TALK,
        {name: f"{STYLES[name].title}, {STYLES[name].artist}" for name in SEEN_WITH if name in STYLES},
        make, said=said, shown="#style-pair img",
    )
]  # fmt: skip

if __name__ == "__main__":
    bundle(ACTS[0], ["great-wave", "udnie"])
