"""What takes its time: a network that learns the visitor's texture, and the slow method. Both can be stopped."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import gradio as gr
import torch
from PIL import Image

from convgen import images, runtime, texture_nets
from convgen.progress import Progress
from convgen.texture_nets import Learner
from demos import common
from demos.common.job import GRACE_S, Optimising, stops_waiting
from demos.common.keeping import GONE, size_of
from demos.common.optimising import only_status, optimised
from demos.common.outputs import data_address, new_file
from demos.common.quick import quickly
from demos.texture_nets import form, texts
from demos.texture_nets.examples import exemplar_of
from demos.texture_nets.form import LEARN, SAMPLE, SLOW
from demos.widgets.chart import MOST_POINTS, panel
from demos.widgets.crop import cut_square

CHUNK_S = 0.5
"""Steps are done in chunks of about this long, and a picture is shown after each."""
MOST_STEPS_AT_ONCE = 200
POINTS = 4 * MOST_POINTS
LEARN_LIMIT_S = LEARN["seconds"].high + GRACE_S
SLOW_LIMIT_S = 420.0
LEARNED, OPTIMISED = "a learned texture", "an optimised texture"
"""Places of the page, see `on_device`."""
COLOURS = {"texture loss": "#0d9488", "mean of the network's samples": "#ef4444"}
SKIP = gr.skip()


class Lesson(common.Job):
    """A texture of the visitor's own, and the network that learns it; only their session has it.

    A copy of it, as a worker in another process gets, can be sampled and cannot go on learning.

    Attributes:
        nearest: start from the bundled network that is nearest.
        learner: what trains, or None of a network that was loaded from a file.
        net: what is sampled from, or None before the first step.
        exemplar: what it learns, RGB, or None if nobody knows.
        title, seed: to be read; the seed is that of the weights and of the live samples.
        seconds: spent learning.
    """

    def __init__(self, exemplar: Image.Image | None, title: str, *, seed: int = 0, nearest: bool = False):
        super().__init__()
        self.nearest = nearest
        self.exemplar, self.title, self.seed = exemplar, title, seed
        self.learner: Learner | None = None
        self.net: torch.nn.Module | None = None
        self.seconds = 0.0
        self.progress: Progress | None = None
        self.curve: list[tuple[int, float]] = []

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"learner": None}

    @property
    def step(self) -> int:
        return 0 if self.progress is None else self.progress.step

    def first_learner(self) -> Learner:
        """What learns the exemplar, from its first step on."""
        exemplar, start = images.to_tensor(self.exemplar).to(common.DEVICE), None
        if self.nearest and form.all_have_objectives():
            start = texture_nets.nearest_texture(exemplar, common.descriptor())
        return Learner(exemplar, common.descriptor(), seed=self.seed, start=start)

    def advance(self, seconds: float) -> Iterator[Progress]:
        """Learn for so many seconds, about `CHUNK_S` an item, which counts them."""
        if self.learner is None:
            self.learner = self.first_learner()
        chunk, learned = 1, 0.0
        while learned < seconds:
            started = time.monotonic()
            with closing(self.learner.run(self.learner.step + chunk, every=chunk)) as run:
                for progress in run:
                    self.progress, self.net = progress, self.learner.net
                    self._note(progress)
            if chunk == 1:
                self.keeps(self.size())
            spent = time.monotonic() - started
            self.seconds, learned = self.seconds + spent, learned + spent
            chunk = max(1, min(MOST_STEPS_AT_ONCE, 2 * chunk, round(chunk * CHUNK_S / max(spent, 1e-3))))
            yield replace(self.progress, step=max(1, min(int(learned), round(seconds))), total=max(1, round(seconds)))

    def _note(self, progress: Progress) -> None:
        """A point of the curve; when there are many, every second one goes."""
        self.curve.append((progress.step, progress.losses["texture"]))
        if len(self.curve) > POINTS:
            self.curve = self.curve[::2]

    def charts(self) -> list[dict[str, Any]]:
        curve = {"texture loss": self.curve}
        return [panel(texts.LOSS, curve, COLOURS, log=True)] if self.curve else []

    def live(self) -> str | None:
        """The latest sample, a `data:` address."""
        return None if self.progress is None else data_address(images.to_picture(self.progress.image), quality=88)

    def file(self) -> str | None:
        """The network so far, for the visitor to keep."""
        if self.net is None:
            return None
        path = new_file(f"texture-{self.title}", ".safetensors")
        texture_nets.save_net(self.net, path)
        return str(path)

    def frame(self, line: str) -> tuple:
        """All that the page shows of it."""
        return self.live(), line, self.charts(), self.file(), self

    def close(self) -> None:
        """Give the memory back."""
        self.stop.set()
        self.learner = None

    def forget(self) -> None:
        super().forget()
        self.learner = self.net = self.exemplar = self.progress = None

    def size(self) -> int:
        """Bytes of its networks: the one that is sampled, and, while it can learn on, its average, gradients and the
        moments of its optimiser."""
        return size_of(self.net, self.exemplar) + (4 * size_of(self.net) if self.learner is not None else 0)


def close(lesson: Lesson | None) -> None:
    """When a visitor's state is deleted."""
    if lesson is not None:
        lesson.close()


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
    yield from watch(lesson, asked["seconds"])


@common.on_device(deadline=LEARN_LIMIT_S, place=LEARNED, waiting=only_status())
def learn_on(lesson: Lesson | None, seconds: float = LEARN["seconds"].default) -> Iterator[tuple]:
    """Learn for so many seconds more."""
    seconds = LEARN["seconds"].check(seconds)
    if lesson is not None and lesson.forgotten:
        raise ValueError(GONE)
    if lesson is None or lesson.learner is None:
        raise ValueError(texts.NOTHING_TO_CONTINUE)
    yield from watch(lesson, seconds)


def watch(lesson: Lesson, seconds: float) -> Iterator[tuple]:
    """Let a lesson go on and show it; every item is what the page shows."""
    moments = lesson.watch(
        lesson.advance(seconds), lambda _: figures(lesson), limit_s=LEARN_LIMIT_S, unit="second",
        starting=f"Starting: {common.duration(seconds)} of learning",
    )  # fmt: skip
    with closing(moments):
        for moment in moments:
            if moment.last:
                ended = moment.why or "Done"
                yield lesson.frame(f"{ended}: {common.duration(lesson.seconds)} of learning · {figures(lesson)}")
            elif moment.progress is None:
                yield lesson.live(), moment.line, lesson.charts(), None, lesson
            elif moment.shown:
                yield lesson.live(), moment.line, lesson.charts(), None, SKIP
            else:
                yield gr.skip()


def figures(lesson: Lesson) -> str:
    return f"step {lesson.step}, texture loss {lesson.curve[-1][1]:.3f}"


def stop_learning(lesson: Lesson | None, place: str = LEARNED) -> tuple:
    """Ask the run to end; it shows its last frame itself, unless it does a very long step."""
    said = only_status()
    if stops_waiting(place):
        return said(SKIP)
    if lesson is None or lesson.idle.is_set():
        return said("Stopped.")
    if lesson.ask_to_end():
        return said(SKIP)
    if lesson.progress is None:
        return said("Stopped before the first step.")
    return lesson.frame(f"Stopped: {common.duration(lesson.seconds)} of learning · {figures(lesson)}")


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
        job,
        steps_of(),
        said,
        limit_s=SLOW_LIMIT_S,
        before=(None,),
        pictures=lambda _: (job.result,),
        curves=lambda: charts(curve, known["level"]),
        starting=f"Starting: {asked['steps']} steps, seed {asked['seed']}",
    )


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


def charts(curve: list[tuple[int, float]], level: float) -> list[dict[str, Any]]:
    """The loss, and what the network reaches in one pass."""
    level_line = [(curve[at][0], level) for at in (0, -1)]
    series = dict(zip(COLOURS, (curve, level_line), strict=True))
    return [panel(texts.LOSS, series, COLOURS, log=True)]
