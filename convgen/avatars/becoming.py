"""An avatar of somebody in a few pictures (thesis sections 6.3.5 and 6.4.6).

The networks say of every pixel of a picture where on the body it is; so its colour goes to its place in the textures.
What no picture shows is mirrored from the other side of the body, then filled with the colours around it.

Deviation: the networks stay as they are. Whose outline it is they learn from a code of twelve numbers each, which is
fitted to the pictures by Eq. 6.3; the thesis goes on training the whole network.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import WINDOWS, Window, in_window, turned_to
from convgen.avatars.network import PARTS
from convgen.avatars.objective import foreground_logits, mask_loss
from convgen.avatars.parts import FEET, FOREARMS, HANDS, HEAD, SHINS, THIGHS, TORSO, UPPER_ARMS
from convgen.avatars.rendering import Avatar, Networks
from convgen.avatars.textures import SURE, Pixels, filled, gathered, pixels_of
from convgen.training.trainer import descend

HALF_SURE = 0.4
"""What a part must weigh at least for a pixel to count at all."""
LEAST = 2000
"""A part with fewer sure pixels takes unsure ones, too."""
WRAPPED = (*HANDS, *FEET)
"""Hands and feet: u goes around them."""
SIDES = ((0, 0), (1, 1), (2, 3), (4, 5), *((part, part + 1) for part in range(6, PARTS, 2)))
"""What mirrors what on the other side: the torso itself, else parts of the left and the right."""
FACES = ((0, 1), (6, 8), (7, 9), (10, 12), (11, 13), (14, 16), (15, 17), (18, 20), (19, 21))
"""Parts of the back and the front."""
NEAREST = {
    UPPER_ARMS: (TORSO, FOREARMS),
    TORSO: (UPPER_ARMS, THIGHS),
    THIGHS: (SHINS, TORSO),
    SHINS: (THIGHS,),
    FEET: (SHINS,),
    FOREARMS: (HANDS, UPPER_ARMS),
    HANDS: (FOREARMS, HEAD),
    HEAD: (HANDS, FOREARMS),
}
"""Parts -> those whose colour they have where they are seen nowhere, as in a picture of half a person."""
STEPS, RATE, HOLD, AT_ONCE = 12, 0.05, 0.002, 4
"""Of fitting a code: steps, their length, how much it is held where it began, pictures a step."""


@dataclass(frozen=True)
class Sight:
    """A picture of a person in a window, with their bones.

    Attributes:
        image: (3, S, S) in [0, 1].
        mask: (1, S, S) in [0, 1], 1 on the person.
        joints: (J, 3) metres in the frame of a camera that looks at the window's centre, the origin.
        distance: metres from the camera to there.
    """

    image: Tensor
    mask: Tensor
    joints: Tensor
    distance: float

    def closer(self, window: Window) -> "Sight":
        """The same person in a window around some of their joints, cut from the body's."""
        size = self.image.shape[-1]
        joints, distance, turn = turned_to(self.joints[None], torch.tensor([self.distance]), window)
        centre, half = in_window(window, distance, turn[0], self.distance)
        side = max(window.pixels, round(size * half))
        line = (torch.arange(side) + 0.5) * 2 / side - 1
        grid = torch.stack(torch.meshgrid(centre[0] + half * line, centre[1] + half * line, indexing="xy"), -1)
        cut = F.grid_sample(torch.cat([self.image, self.mask])[None], grid[None], align_corners=False)[0]
        return Sight(cut[:3], cut[3:], joints[0], float(distance))


def become(
    networks: Networks, sights: Sequence[Sight], *, codes: Mapping[str, Tensor], rest: Tensor, side: int = 128
) -> Avatar:
    """An avatar of the person in some pictures.

    Args:
        sights: in the body's window.
        codes: to begin with, see `Avatar`.
        rest: (J, 3) metres, the joints with arms stretched to the sides.
        side: of each texture.
    Raises:
        ValueError: no picture shows anything of the person.
    """
    fitted = fitted_codes(networks, sights, codes)
    return Avatar(texture_stack(networks, fitted, sights, side=side), fitted, rest)


# ---- the outline


def fitted_codes(networks: Networks, sights: Sequence[Sight], codes: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Codes with which the networks draw the outline of the person in some pictures (Eq. 6.3)."""
    found = {}
    for window, code in codes.items():
        seen = _in_window(networks, sights, window)
        found[window] = _fitted(networks, seen, code, window) if seen else code
    return found


def _in_window(networks: Networks, sights: Sequence[Sight], window: str) -> list[Sight]:
    """Those that show something of the person there, if there is a network that looks there."""
    if getattr(networks, window) is None:
        return []
    seen = sights if window == "body" else [sight.closer(WINDOWS[window]) for sight in sights]
    return [sight for sight in seen if bool(sight.mask.any())]


@torch.enable_grad()
def _fitted(networks: Networks, sights: Sequence[Sight], start: Tensor, window: str) -> Tensor:
    net, pixels = getattr(networks, window), WINDOWS[window].pixels
    masks = torch.stack([F.interpolate(sight.mask[None], size=(pixels,) * 2, mode="area")[0] for sight in sights])
    maps = torch.cat([bone_maps(sight.joints[None], sight.distance, window=WINDOWS[window]) for sight in sights])
    maps = maps.contiguous(memory_format=torch.channels_last)
    code = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([code])
    for step in range(STEPS):
        some = (torch.arange(min(AT_ONCE, len(sights))) + step * AT_ONCE) % len(sights)
        logits, _ = net(maps[some], code.expand(len(some), -1))
        loss = mask_loss(foreground_logits(logits), masks[some]).mean() + HOLD * ((code - start) ** 2).sum()
        descend(loss, [adam], [RATE])
    return code.detach()


# ---- the textures


@torch.no_grad()
def texture_stack(
    networks: Networks, codes: Mapping[str, Tensor], sights: Sequence[Sight], *, side: int = 128
) -> Tensor:
    """Textures (24, 3, side, side) of the person in some pictures, whose pixels go where the networks say.

    Raises:
        ValueError: no picture shows anything of the person.
    """
    return filled(*continued(*known_textures(networks, codes, sights, side=side)))


@torch.no_grad()
def known_textures(
    networks: Networks, codes: Mapping[str, Tensor], sights: Sequence[Sight], *, side: int = 128
) -> tuple[Tensor, Tensor]:
    """The same with its holes, and (24, 1, side, side), above 0 where colours are seen or mirrored.

    Raises:
        ValueError: no picture shows anything of the person.
    """
    shown = {window: seen for window in codes if (seen := _in_window(networks, sights, window))}
    return mirrored(*gathered(sure_pixels(networks, codes, shown), side=side))


def sure_pixels(networks: Networks, codes: Mapping[str, Tensor], sights: Mapping[str, Iterable[Sight]]) -> list[Pixels]:
    """The pixels of some pictures with their places: those of the head from pictures of the head, where there are any.

    Args:
        sights: window -> what it shows.
    Raises:
        ValueError: there are none.
    """
    found, unsure = [], []
    for window, views in sights.items():
        for seen in views:
            pixels = placed(networks, codes, seen, window)
            of_head = (pixels.parts == HEAD[0]) | (pixels.parts == HEAD[1])
            keep = of_head if window == "head" else ~of_head if "head" in sights else torch.ones_like(of_head)
            found.append(pixels.some(keep & (pixels.certainty > SURE)))
            unsure.append(pixels.some(keep & (pixels.certainty <= SURE)))
    if not sum(len(pixels.parts) for pixels in (*found, *unsure)):
        raise ValueError("the pictures must show a person where the joints are")
    counts = torch.bincount(torch.cat([pixels.parts for pixels in found]), minlength=PARTS)
    poor = counts < LEAST  # nowhere sure: far away, or a network that learned little
    return [*found, *(pixels.some(poor[pixels.parts]) for pixels in unsure)]


def placed(networks: Networks, codes: Mapping[str, Tensor], seen: Sight, window: str) -> Pixels:
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


def mirrored(stack: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Textures whose unknown places have the colours of the other side: left and right, then back and front.

    Args:
        stack: (24, 3, T, T).
        known: (24, 1, T, T), above 0 where the colours are known.
    Returns:
        both, with more that is known.
    Deviation: the thesis leaves open what no picture shows.
    """
    for pairs in (SIDES, FACES):
        both = torch.cat([stack, known], 1)
        more = both.clone()
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                across = both[other].flip(-1)
                if one in WRAPPED:
                    across = across.roll(across.shape[-1] // 2, -1)  # u -> 1/2 - u
                more[one] = torch.where((both[one, 3:] <= 0) & (across[3:] > 0), across, both[one])
        stack, known = more[:, :3], more[:, 3:]
    return stack, known


def continued(stack: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Textures whose parts that are known nowhere have the mean colour of the parts next to them.

    Args:
        stack: (24, 3, T, T).
        known: (24, 1, T, T), above 0 where the colours are known.
    """
    stack, known = stack.clone(), known.clone()
    for parts, others in NEAREST.items():
        for part in parts:
            if bool((known[part] > 0).any()):
                continue
            every = (*others, tuple(range(PARTS)))
            source = next((list(near) for near in every if bool((known[list(near)] > 0).any())), None)
            if source:
                share = known[source] / known[source].sum()
                stack[part], known[part] = (stack[source] * share).sum((0, 2, 3))[:, None, None], 1.0
    return stack, known
