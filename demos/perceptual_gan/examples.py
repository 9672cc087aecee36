"""Pictures to click: portraits in the public domain, a face that nobody has, and fruit."""

from functools import lru_cache

import gradio as gr
from PIL import Image, ImageOps

from convgen import age, images
from convgen.age.catalogue import FACES
from convgen.folders import ASSETS
from convgen.runtime import seeded_generator
from demos import common
from demos.common.faces import Points
from demos.common.links import leads_to
from demos.common.outputs import data_address
from demos.common.recent import key_of
from demos.common.table import listed
from demos.widgets.tiles import Tile

PORTRAITS = {
    "photos/grace_hopper_portrait": "Grace Hopper (US Navy)",
    "photos/astronaut_portrait": "Eileen Collins (NASA)",
    "paintings/leonardo_mona_lisa": "Mona Lisa, Leonardo da Vinci",
    "paintings/vangogh_self_straw_hat": "Self-portrait with a straw hat, Vincent van Gogh",
    "paintings/vangogh_self_felt_hat": "Self-portrait with a felt hat, Vincent van Gogh",
}
PAINTED: dict[str, Points] = {
    "paintings/vangogh_self_straw_hat": ((175, 252), (273, 257), (207, 322), (213, 370)),
    "paintings/vangogh_self_felt_hat": ((165, 272), (254, 272), (193, 335), (215, 373)),
}
"""Faces that the finder misses."""
NOBODY, NOBODY_SEED, NOBODY_SIDE = "nobody", 21, 512
"""A sample of the network of faces, which is small, and is enlarged."""
FRUIT = {"paintings/cezanne_apples_crop": "Apples, Paul Cezanne", "photos/fig_still_life": "Figs"}


def first_portrait(request: gr.Request = None) -> str | dict:
    """The path of the photo that the tab opens with; nothing changes where a link brings one."""
    if leads_to(request, "perceptual_gan", photo=next(iter(PORTRAITS))):
        return gr.skip()
    return str(ASSETS / f"{next(iter(PORTRAITS))}.jpg")


def portraits() -> dict[str, str]:
    """Name -> title of those that are here."""
    return PORTRAITS | ({NOBODY: "A face that nobody has"} if FACES in listed() else {})


def portrait(name: str) -> str | Image.Image:
    """An example's path, or the picture itself.

    Raises:
        ValueError: there is no such example.
    """
    common.choice(name, "Example", portraits())
    return nobody() if name == NOBODY else str(ASSETS / f"{name}.jpg")


@lru_cache(maxsize=1)
def painted() -> dict[str, Points]:
    """Key of an example's picture -> its points, of `PAINTED`."""
    return {key_of(images.open_picture(ASSETS / f"{name}.jpg")): points for name, points in PAINTED.items()}


def fruit(name: str) -> str:
    """The same for fruit."""
    return str(ASSETS / f"{common.choice(name, 'Example', FRUIT)}.jpg")


@lru_cache(maxsize=1)
def nobody() -> Image.Image:
    """A face that nobody has, enlarged."""
    net = age.load_face_age()
    z = age.random_latents(1, seeded_generator(NOBODY_SEED), latents=net.latents)
    return images.to_picture(net.generate(z)).resize((NOBODY_SIDE, NOBODY_SIDE), Image.Resampling.LANCZOS)


def portrait_tiles() -> list[Tile]:
    return [_tile(name, title, portrait(name)) for name, title in portraits().items()]


def fruit_tiles() -> list[Tile]:
    return [_tile(name, title, fruit(name)) for name, title in FRUIT.items()]


def _tile(name: str, title: str, source: str | Image.Image) -> Tile:
    if isinstance(source, Image.Image):
        return Tile(name, title, image=_small(source))
    with Image.open(source) as picture:
        picture.draft("RGB", (200, 200))
        return Tile(name, title, image=_small(picture))


def _small(picture: Image.Image) -> str:
    return data_address(ImageOps.fit(picture.convert("RGB"), (120, 120), centering=(0.5, 0.2)))
