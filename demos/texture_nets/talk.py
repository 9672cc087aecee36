"""The tab's act of talk mode; `python -m demos.texture_nets.talk` draws its bundled pictures."""

import time

from PIL import ImageOps

from convgen import images, texture_nets
from convgen.texture_nets import TEXTURES
from demos import common
from demos.common.quick import quickly
from demos.common.talk import Act, Seen, bundle, in_rows
from demos.texture_nets import form
from demos.texture_nets.examples import exemplar_of
from demos.texture_nets.texts import EQUATION, TALK, TITLE

ORDER = ("cells", "peppers", "tissue", "leaves", "marble", "pebbles", "gravel", "moss", "rocks")
SIDE, HALF = 640, 448


@quickly
def make(texture: str) -> Seen:
    """The exemplar and a sample; two samples where the exemplar may not be shown."""
    exemplar = exemplar_of(texture, None)
    net, started = form.bundled(texture, "v1"), time.perf_counter()
    if exemplar is None:
        both = [images.to_picture(texture_nets.sample(net, seed=seed, size=SIDE).cpu()) for seed in (0, 1)]
        return Seen(in_rows(both, 2), line=f"two samples in {common.in_milliseconds(time.perf_counter() - started)}")
    sample = images.to_picture(texture_nets.sample(net, seed=0, size=SIDE).cpu())
    seconds = time.perf_counter() - started
    shown = ImageOps.fit(images.on_white(exemplar).convert("RGB"), (HALF, HALF))
    return Seen(sample, shown, f"a sample in {common.in_milliseconds(seconds)}")


ACTS = [
    Act(
        "texture_nets", "texture_nets", TITLE, EQUATION, TALK,
        {name: TEXTURES[name].title for name in ORDER if name in TEXTURES}, make,
        said=lambda texture: {"texture": texture}, shown="#texture-one-picture img",
    )
]  # fmt: skip

if __name__ == "__main__":
    bundle(ACTS[0], ORDER[:2])
