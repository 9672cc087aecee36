"""Sharp textures of a rigged person for trained networks, from large pictures (thesis section 6.3.5)."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from convgen.avatars.becoming import Sight, sure_pixels
from convgen.avatars.camera import WINDOWS, Camera
from convgen.avatars.motion import Motion
from convgen.avatars.people import Person
from convgen.avatars.renderer import render
from convgen.avatars.rendering import Networks
from convgen.avatars.textures import splat
from convgen.runtime import seeded_generator

ENLARGED = 8
"""Side of the pictures, in sides of the network's maps."""
ELEVATIONS = (0.0, 20.0, -10.0, 40.0)


@torch.no_grad()
def texture_stack(
    networks: Networks,
    codes: Mapping[str, Tensor],
    person: Person,
    motions: Mapping[str, Motion],
    *,
    side: int,
    views: int = 32,
    seed: int = 0,
) -> Tensor:
    """Textures (24, 3, side, side) of a person, whose pixels go where the networks say.

    Those of the head come from pictures of the head, where there is a network for these, the others from pictures of
    the body.
    """
    sights = {window: seen_from_all_sides(person, motions, window, views=views, seed=seed) for window in codes}
    return splat(sure_pixels(networks, codes, sights), side=side)


def seen_from_all_sides(
    person: Person, motions: Mapping[str, Motion], window: str, *, views: int, seed: int
) -> Iterator[Sight]:
    """Large pictures of a person from all around, in random frames of motions."""
    generator = seeded_generator(seed)
    frames = [(name, frame) for name, motion in motions.items() for frame in range(len(motion))]
    for place in range(views):
        name, frame = frames[int(torch.randint(len(frames), (), generator=generator))]
        camera = Camera(360 * place / views, ELEVATIONS[place % len(ELEVATIONS)])
        pixels = WINDOWS[window].pixels * ENLARGED
        seen = render(person, motions[name], frame, camera, window=WINDOWS[window], pixels=pixels, samples=1)
        if bool(seen.mask.any()):
            yield Sight(seen.image, seen.mask, seen.joints, seen.distance)
