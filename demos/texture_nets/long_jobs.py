"""What takes its time: a network that learns the visitor's texture, and the slow method. Both can be stopped."""

import time
from collections.abc import Iterator

import torch
from PIL import Image

from convgen import images, runtime, texture_nets
from convgen.progress import Progress
from demos import common
from demos.common.job import GRACE_S, Optimising
from demos.common.learning import can_go_on, watched
from demos.common.optimising import only_status, optimised
from demos.common.outputs import data_address
from demos.common.quick import quickly
from demos.texture_nets import form, texts
from demos.texture_nets.examples import exemplar_of
from demos.texture_nets.form import LEARN, SAMPLE, SLOW
from demos.texture_nets.lesson import Lesson, loss_chart
from demos.widgets.crop import cut_square

LEARN_LIMIT_S = LEARN["seconds"].high + GRACE_S
SLOW_LIMIT_S = 420.0
LEARNED, OPTIMISED = "a learned texture", "an optimised texture"
"""Places of the page, see `on_device`."""


# ---- learning


@common.on_device(deadline=LEARN_LIMIT_S, place=LEARNED, waiting=only_status())
def learn_texture(
    exemplar: Image.Image | None = None,
    seconds: float = LEARN["seconds"].default,
    crop: float = LEARN["crop"].default,
    across: float = LEARN["across"].default,
    down: float = LEARN["down"].default,
    detail: int = LEARN["detail"].default,
    seed: int = LEARN["seed"].default,
    nearest: bool = LEARN["nearest"].default,
) -> Iterator[tuple]:
    """A texture network learns a picture before the visitor's eyes (Thesis Eq. 2.7).

    Args:
        seconds: of learning; Continue goes on from there.
        crop, across, down: which square of the picture, see `cut_square`.
        detail: pixels a side to which the square is reduced, so how large the texture is in the samples.
        nearest: start from the network of the bundled texture that is most like it, instead of random weights.
    Yields:
        a sample of the network so far, status, curve of the loss, its file (at the end), and the visitor's Lesson.
    """
    place = {"crop": crop, "across": across, "down": down}
    asked = LEARN.check(place | {"seconds": seconds, "detail": detail, "seed": seed, "nearest": nearest})
    if exemplar is None:
        raise ValueError(texts.ADD_AN_EXEMPLAR)
    part = common.large_enough(cut_square(exemplar, *(asked[name] for name in place)))
    part = images.fit_within(part, longest_side=asked["detail"])
    lesson = Lesson(part, texts.YOUR_TEXTURE, seed=asked["seed"], nearest=asked["nearest"])
    yield from watched(lesson, asked["seconds"], limit_s=LEARN_LIMIT_S)


@common.on_device(deadline=LEARN_LIMIT_S, place=LEARNED, waiting=only_status())
def learn_on(lesson: Lesson | None, seconds: float = LEARN["seconds"].default) -> Iterator[tuple]:
    """Learn for so many seconds more."""
    yield from watched(can_go_on(lesson), LEARN["seconds"].check(seconds), limit_s=LEARN_LIMIT_S)


@quickly
def load_texture(path: str | None) -> tuple:
    """A network that was downloaded here before.

    Returns:
        a sample of it, status, no curve, its file, and the visitor's Lesson.
    """
    if path is None:
        raise ValueError(texts.CHOOSE_A_FILE)
    lesson = Lesson(None, texts.YOUR_TEXTURE)
    lesson.net = texture_nets.load_net(path).to(common.DEVICE, memory_format=torch.channels_last)
    lesson.keeps(lesson.size())
    image = data_address(images.to_picture(texture_nets.sample(lesson.net).cpu()), quality=88)
    return image, texts.LOADED, [], lesson.file(), lesson


# ---- the slow method


@common.on_device(deadline=SLOW_LIMIT_S + GRACE_S, place=OPTIMISED, waiting=only_status())
def optimise_texture(
    texture: str | None = SAMPLE["texture"].default,
    steps: int = SLOW["steps"].default,
    size: int = SLOW["size"].default,
    seed: int = SAMPLE["seed"].default,
    lesson: Lesson | None = None,
) -> Iterator[tuple]:
    """The slow method of Gatys et al.: L-BFGS on the pixels from noise (Thesis Eq. 3.3), live.

    Yields:
        the picture so far, status, curve of the loss beside that of the network, file (at the end), the visitor's Job.
    """
    texture = form.check_texture(texture, lesson)
    asked = SLOW.check({"steps": steps, "size": size}) | {"seed": SAMPLE["seed"].check(seed)}
    job = Optimising(asked | {"technique": "optimise_texture", "texture": texture})
    curve, known = [], {}

    def steps_of() -> Iterator[Progress]:
        objective = objective_of(texture, lesson)
        known["level"], known["pass_s"] = loss_of_samples(objective, texture, lesson, asked["size"])
        begun, faster = time.monotonic(), runtime.bfloat16_is_faster(common.DEVICE)
        for progress in texture_nets.optimise_texture(objective, **asked, bfloat16=faster):
            curve.append((progress.step, progress.losses["texture"]))
            job.shows(images.to_picture(progress.image), progress.step)
            if "reached" not in known and curve[-1][1] <= known["level"]:
                known["reached"] = progress.step, time.monotonic() - begun
            yield progress

    def said(progress: Progress) -> str:
        """The loss; at the end beside that of the network, which had it at once."""
        line = f"loss {curve[-1][1]:.3f}"
        if progress.step < asked["steps"] and not job.stop.is_set():
            return line
        line += f", of the network's samples {known['level']:.3f}"
        if "reached" in known:
            step, seconds = known["reached"]
            line += f", reached at step {step}, {seconds / known['pass_s']:.0f} times the network's time"
        return line

    yield from optimised(
        job, steps_of(), said, limit_s=SLOW_LIMIT_S, before=(None,), pictures=lambda _: (job.result,),
        curves=lambda: loss_chart(curve, known["level"]),
        starting=f"Starting: {asked['steps']} steps, seed {asked['seed']}",
    )  # fmt: skip


def objective_of(texture: str, lesson: Lesson | None) -> texture_nets.TextureObjective:
    """Of the texture as it is stored, else of its exemplar."""
    descriptor = common.descriptor()
    if texture != form.YOURS and form.has_objective(texture):
        return texture_nets.load_objective(texture, descriptor)
    exemplar = exemplar_of(texture, lesson)
    if exemplar is None:
        raise ValueError(texts.NO_EXEMPLAR)
    size = min(exemplar.size) if texture == form.YOURS else min(LEARN["detail"].default, *exemplar.size)
    return texture_nets.TextureObjective(descriptor, images.at_short_side(exemplar, size=size).to(common.DEVICE))


@torch.no_grad()
def loss_of_samples(
    objective: texture_nets.TextureObjective, texture: str, lesson: Lesson | None, size: int, *, samples: int = 4
) -> tuple[float, float]:
    """Mean texture loss of what the network makes, and the seconds of one pass."""
    network = form.variants_of(texture)[0]
    net = form.network_of(texture, network, lesson)
    size = form.own_size(net) or size
    texture_nets.sample(net, size=size).cpu()  # the first pass is slower
    started = time.monotonic()
    made = [texture_nets.sample(net, seed=seed, size=size).cpu() for seed in range(samples)]
    seconds = (time.monotonic() - started) / samples
    losses = [objective.terms(picture.to(common.DEVICE))["texture"].item() for picture in made]
    return sum(losses) / samples, seconds
