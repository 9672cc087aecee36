"""The tab's act of talk mode; `python -m demos.avatars.talk` draws its bundled pictures."""

import shutil
import time
from contextlib import closing

from convgen import images
from convgen.avatars.catalogue import AVATARS, MOTIONS
from demos import common
from demos.avatars import driving, form, jobs
from demos.avatars.examples import photo, photos
from demos.avatars.form import RENDER
from demos.avatars.texts import EQUATION, TALK, TITLE
from demos.common.animation import Loop
from demos.common.outputs import new_file
from demos.common.quick import quickly
from demos.common.talk import Act, Seen, bundle

SIDE, FRAMES, FPS, EVERY = 448, 30, 12, 4
DISTANCE = 0.78 * RENDER["distance"].default
POSES = tuple(name for name in ("waving", "kicking", "jumping") if name in photos())
PEOPLE = list(AVATARS)


@quickly
def turning(who: str) -> Seen:
    """A person who moves and turns once, as an endless loop."""
    motion = list(MOTIONS)[PEOPLE.index(who) % len(MOTIONS)]
    last = len(form.moves(motion)) - 1
    path, started = new_file("act", ".webp"), time.perf_counter()
    try:
        with closing(Loop(path, (SIDE, SIDE), fps=FPS)) as loop:
            for at in range(FRAMES):
                turn = {"azimuth": 360 * at / FRAMES - 180, "frame": min(EVERY * at, last)}
                taken = jobs.shot(
                    RENDER.defaults | {"avatar": who, "motion": motion, "size": SIDE, "distance": DISTANCE} | turn
                )
                loop.add(jobs.finished(jobs.look(taken, SIDE), taken))
        seconds = (time.perf_counter() - started) / FRAMES
        return Seen(jobs.address_of(path.read_bytes()), line=f"{common.in_milliseconds(seconds)} a frame")
    finally:
        shutil.rmtree(path.parent)


def standing(pose: str) -> Seen:
    """A photo, and an avatar who stands as the person in it."""
    picture = images.open_picture(photo(pose))
    stood, started = driving.look_at(picture), time.perf_counter()
    asked = {"avatar": PEOPLE[POSES.index(pose)], "size": 640, "background": "colour", "azimuth": 0.0}
    values = RENDER.defaults | asked
    taken = jobs.shot(values, pose=stood.poses[0])
    made = jobs.finished(jobs.look(taken, 640), taken)
    return Seen(made, stood.picture, f"Rendered in {common.in_milliseconds(time.perf_counter() - started)}")


def make(item: str) -> Seen:
    return standing(item) if item in POSES else turning(item)


def _order() -> dict[str, str]:
    """People who turn and people who stand as in a photo, in turn."""
    poses = {pose: f"As in the photo: {pose}" for pose in POSES}
    people = dict(AVATARS)
    mixed = [name for both in zip(people, poses, strict=False) for name in both]
    return {name: (people | poses)[name] for name in [*mixed, *(who for who in people if who not in mixed)]}


ACTS = [
    Act(
        "avatars", "avatars", TITLE, EQUATION, TALK, _order(), make,
        said=lambda item: {} if item in POSES else {"avatar": item}, shown="#avatar-stage img",
    )
]  # fmt: skip

if __name__ == "__main__":
    bundle(ACTS[0], list(ACTS[0].items)[:2])
