"""Sharp textures of a rigged person for trained networks, from large pictures (thesis section 6.3.5)."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import WINDOWS, Camera
from convgen.avatars.motion import Motion
from convgen.avatars.network import PARTS
from convgen.avatars.objective import HEAD
from convgen.avatars.people import Person
from convgen.avatars.renderer import Rendered, render
from convgen.avatars.rendering import Networks
from convgen.avatars.textures import SURE, Pixels, pixels_of, splat
from convgen.runtime import seeded_generator

ENLARGED = 8
"""Side of the pictures, in sides of the network's maps."""
HALF_SURE = 0.4
"""What a part must weigh at least for a pixel to count at all."""
LEAST = 2000
"""A part with fewer sure pixels takes unsure ones, too."""
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
    found, unsure = [], []
    for window in codes:
        for seen in _seen_from_all_sides(person, motions, window, views=views, seed=seed):
            pixels = placed(networks, codes, seen, window)
            of_head = (pixels.parts == HEAD[0]) | (pixels.parts == HEAD[1])
            keep = of_head if window == "head" else ~of_head if "head" in codes else torch.ones_like(of_head)
            found.append(pixels.some(keep & (pixels.certainty > SURE)))
            unsure.append(pixels.some(keep & (pixels.certainty <= SURE)))
    counts = torch.bincount(torch.cat([pixels.parts for pixels in found]), minlength=PARTS)
    poor = counts < LEAST  # a network that learned little is nowhere sure of some parts
    return splat([*found, *(pixels.some(poor[pixels.parts]) for pixels in unsure)], side=side)


def _seen_from_all_sides(
    person: Person, motions: Mapping[str, Motion], window: str, *, views: int, seed: int
) -> Iterator[Rendered]:
    generator = seeded_generator(seed)
    frames = [(name, frame) for name, motion in motions.items() for frame in range(len(motion))]
    for place in range(views):
        name, frame = frames[int(torch.randint(len(frames), (), generator=generator))]
        camera = Camera(360 * place / views, ELEVATIONS[place % len(ELEVATIONS)])
        pixels = WINDOWS[window].pixels * ENLARGED
        seen = render(person, motions[name], frame, camera, window=WINDOWS[window], pixels=pixels, samples=1)
        if bool(seen.mask.any()):
            yield seen


def placed(networks: Networks, codes: Mapping[str, Tensor], seen: Rendered, window: str) -> Pixels:
    """The pixels of a large picture with the parts and the coordinates that a network gives for its bones."""
    maps = bone_maps(seen.joints[None], seen.distance, window=WINDOWS[window])
    logits, part_uv = getattr(networks, window)(maps.contiguous(memory_format=torch.channels_last), codes[window][None])
    size = seen.image.shape[-1]
    rows, columns = (seen.mask[0] > 0).any(1).nonzero(), (seen.mask[0] > 0).any(0).nonzero()
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    down, across = ((torch.arange(a, b) + 0.5) * 2 / size - 1 for a, b in ((top, bottom), (left, right)))
    grid = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1)[None]
    large = F.grid_sample(torch.cat([logits, part_uv], 1), grid, padding_mode="border", align_corners=False)[0]
    image, mask = seen.image[:, top:bottom, left:right], seen.mask[:, top:bottom, left:right]
    return pixels_of(image, mask, large[: logits.shape[1]].softmax(0), large[logits.shape[1] :], sure=HALF_SURE)
