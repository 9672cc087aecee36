"""What happens on the page: which function answers to what, and what it changes.

Where inputs are sets of components, functions read values by component, and answer by component.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from PIL import Image

from demos import common
from demos.common.exchange import received
from demos.common.lessons import LessonSide, can_do, lesson_events
from demos.common.optimising import Optimisation, optimisation_events
from demos.common.quick import AT_ONCE, QUICK_QUEUE
from demos.common.upload import Upload
from demos.texture_nets import form, jobs, long_jobs
from demos.texture_nets.examples import PICTURES, own_tile, picture_path, shown, texture_tiles
from demos.texture_nets.form import LEARN, NAMES, SAMPLE, YOURS
from demos.texture_nets.lesson import Lesson
from demos.texture_nets.texts import ARRIVED, READY
from demos.widgets.crop import WITH_SIDE, Cropper, square_on
from demos.widgets.exemplar import Exemplar
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles, tiles_as

TO_RESULT = common.bring_into_view("#texture-show")
TO_ONE = common.bring_into_view("#texture-one")
TO_COMPARISON = common.bring_into_view("#texture-compare")
NAME_ONE = common.name_picture("#texture-one-picture", "One sample, large")
NAME_SLOW = common.name_picture("#texture-slow-picture", "The texture so far")
SKIP = gr.skip()
QUIET = common.QUIET

Values = dict[Component, Any]


@dataclass(frozen=True)
class OnePart:
    """Components of the sample below the gallery.

    Attributes:
        fields: of `form.ONE`, in its order.
        between: the row of those of them that belong to the way between two samples.
        path: state: of the file.
    """

    fields: dict[str, Component]
    between: gr.Row
    picture: gr.Image
    line: Status
    row: gr.Row
    file: gr.DownloadButton
    path: gr.State


@dataclass(frozen=True)
class SamplePart:
    """Components of the mode Sample.

    Attributes:
        fields: of `form.SAMPLE`, in its order.
        made: state: the gallery.
        taught: state: the texture of the visitor's own.
    """

    fields: dict[str, Component]
    compare: gr.Button
    exemplar: Exemplar
    gallery: gr.Gallery
    status: Status
    more: gr.Button
    dice: gr.Button
    zip: gr.DownloadButton
    compared: gr.Gallery
    figures: Status
    one: OnePart
    made: gr.State
    taught: gr.State


@dataclass(frozen=True)
class TeachForm:
    """Components of the mode in which a texture is learned: what is asked.

    Attributes:
        modes: all of them.
        fields: of `form.LEARN`, in its order.
        load: a network that was downloaded here before.
    """

    modes: gr.Tabs
    exemplar: common.Picture
    cropper: Cropper
    examples: Tiles
    fields: dict[str, Component]
    learn: gr.Button
    another: gr.Button
    load: Upload


@dataclass(frozen=True)
class SlowPart:
    """Components of the mode Slow.

    Attributes:
        fields: of `form.SLOW`.
    """

    fields: dict[str, Component]
    picture: gr.Image
    run: Optimisation


# ---- samples


def follow(texture: str | None, network: str | None, lesson: Lesson | None) -> list:
    """What can be chosen for a texture: its networks, the size; and its exemplar."""
    have = form.variants_of(texture)
    network = network if network in have else next(iter(have), None)
    any_size = network is None or network == next(iter(NAMES))
    return [
        gr.update(choices=[(NAMES[name], name) for name in have], value=network),
        gr.update(interactive=any_size),
        gr.update(interactive=any_size),
        gr.update(visible=len(have) > 1),
        gr.update(visible=False),
        "",
        shown(texture, lesson),
    ]


def sample_events(p: SamplePart) -> Callable[[Any], None]:
    """The gallery, and the sample below it; gives what makes both anew once another texture is chosen."""
    one, texture, network, number, size, seed = p.one, *p.fields.values()
    asked = {*p.fields.values(), p.taught}
    outputs = [p.gallery, p.status, p.zip, p.made]
    one_asked = {*one.fields.values(), texture, network, seed, p.taught}

    def fill(values: Values) -> Values:
        if values[texture] is None:
            return {p.gallery: None, p.status: READY, p.zip: common.button_for(None), p.made: None}
        settings = {name: values[field] for name, field in p.fields.items()}
        gallery, line, archive, made = jobs.sample_texture(**settings, taught=values[p.taught])
        shown_first = gr.update(value=gallery, selected_index=0)
        return {p.gallery: shown_first, p.status: line, p.zip: common.button_for(archive), p.made: made}

    def draw_one(values: Values) -> Values:
        if values[texture] is None:
            picture, line, file = None, "", None
        else:
            settings = {name: values[field] for name, field in one.fields.items()}
            settings |= {"texture": values[texture], "network": values[network], "seed": values[seed]}
            picture, line, file = jobs.show(**settings, taught=values[p.taught])
        return {one.picture: picture, one.line: line, one.file: common.button_for(file), one.path: file}

    def one_anew(event: Any, **options: Any) -> Any:
        return event(draw_one, one_asked, {one.picture, one.line, one.file, one.path}, **AT_ONCE | options)

    def refresh(event: Any) -> None:
        one_anew(event.then(fill, asked, set(outputs), **AT_ONCE).success)

    def after_choice(event: Any) -> None:
        followers = [network, size, one.fields["large"], p.compare, p.compared, p.figures, p.exemplar]
        refresh(event.then(follow, [texture, network, p.taught], followers, **QUIET))

    def more(made: jobs.Made | None, first: float) -> float:
        following = (made.seeds[-1] if made else SAMPLE["seed"].check(first)) + 1
        return following if following <= form.LARGEST_SEED else 0

    def pick(made: jobs.Made | None, event: gr.SelectData) -> Any:
        within = made is not None and isinstance(event.index, int) and 0 <= event.index < len(made.seeds)
        return made.seeds[event.index] if within else SKIP

    def shape(view: str) -> tuple:
        return gr.update(visible=view == "large"), gr.update(visible=view == "between")

    def compare(*values: Any) -> tuple:
        pictures, figures = jobs.compare(*values)
        return gr.update(value=pictures, visible=True), figures

    # For API callers, who may ask for more than the sliders of the page offer.
    any_size = gr.Number(SAMPLE["size"].default, visible=False, label="Size, pixels")
    inputs = [texture, network, number, any_size, seed, p.taught]
    gr.Button(visible=False).click(jobs.sample_texture, inputs, outputs, api_name="sample_texture", **QUICK_QUEUE)

    after_choice(texture.input(None, None, None, js=TO_RESULT, **QUIET))
    after_choice(network.input(None, None, None, **QUIET))
    refresh(gr.on([number.release, size.release, seed.submit, seed.blur], None, None, None, **QUIET))
    refresh(p.dice.click(lambda: secrets.randbelow(form.LARGEST_SEED), None, seed, **QUIET))
    refresh(p.more.click(more, [p.made, seed], [seed], **common.TOLD))
    picked = one_anew(p.gallery.select(pick, [p.made], [seed], **QUIET).then)
    picked.then(None, None, None, js=TO_ONE, **QUIET)
    one_anew(one.fields["view"].input(shape, [one.fields["view"]], [one.fields["large"], one.between], **QUIET).then)
    one_anew(one.fields["large"].release, show_progress="minimal", show_progress_on=[one.line])
    other = one.fields["other"]
    one_anew(partial(gr.on, [other.submit, other.blur]))
    one_anew(one.fields["at"].input)
    one.picture.change(None, None, None, js=NAME_ONE, **QUIET)
    compared = p.compare.click(compare, [texture, seed, p.taught], [p.compared, p.figures], **AT_ONCE)
    compared.then(None, None, None, js=TO_COMPARISON, **QUIET)
    if SAMPLE["texture"].default:
        refresh(common.first_opening()(None, None, None, **QUIET))
    return after_choice


# ---- learning


def settle(lesson: Lesson | None) -> list:
    """What can be done with a lesson, and its tile among the textures."""
    own = [own_tile(lesson)] if lesson is not None and lesson.net is not None else []
    return [*can_do(lesson), gr.update(tiles=tiles_as(texture_tiles() + own))]


def teach_events(
    p: TeachForm, side: LessonSide, sample: SamplePart, inbox: gr.State, after_choice: Callable[[Any], None]
) -> None:
    """The picture, its square, and the run that learns it."""
    texture = sample.fields["texture"]
    crop, across, down = place = [p.fields[name] for name in ("crop", "across", "down")]
    whole = [LEARN[name].default for name in ("crop", "across", "down")]

    def arrange(picture: Image.Image | None, crop: float, across: float, down: float) -> tuple:
        there = picture is not None
        square = gr.update(value=square_on(picture, crop, across, down), visible=there)
        return gr.update(visible=not there), square, gr.update(visible=there)

    def take(name: str) -> tuple:
        example = PICTURES[common.choice(name, "Example", PICTURES)]
        return str(picture_path(name)), example.crop, example.across, example.down

    p.exemplar.change(arrange, [p.exemplar, *place], [p.exemplar, p.cropper, p.another], **QUIET)
    p.examples.input(take, [p.examples], [p.exemplar, *place], **QUIET)
    p.another.click(lambda: [None, *whole], None, [p.exemplar, *place], **QUIET)
    crop.input(None, [crop, p.cropper], [p.cropper], js=WITH_SIDE, **QUIET)
    p.cropper.input(None, [p.cropper], [across, down], js="value => [value.across, value.down]", **QUIET)

    lesson_events(
        side, place=long_jobs.LEARNED, view=TO_RESULT, settle=settle, tiles=texture,
        learn=(p.learn, long_jobs.learn_texture, [p.exemplar, *p.fields.values()]),
        go_on=(long_jobs.learn_on, p.fields["seconds"]), load=(p.load, long_jobs.load_texture),
    )  # fmt: skip
    after_choice(side.use.click(lambda: (YOURS, gr.Tabs(selected="sample")), None, [texture, p.modes], **QUIET))

    def arrive(path: str | None) -> list:
        picture = received(path)
        if picture is None:
            return [SKIP] * 6
        return [picture, *whole, gr.Tabs(selected="teach"), ARRIVED]

    inbox.change(arrive, [inbox], [p.exemplar, *place, p.modes, side.status], **QUIET)


# ---- the slow method


def slow_events(p: SlowPart, sample: SamplePart) -> None:
    inputs = [sample.fields["texture"], p.fields["steps"], p.fields["size"], sample.fields["seed"], sample.taught]
    optimisation_events(
        p.run, long_jobs.optimise_texture, inputs, [p.picture], place=long_jobs.OPTIMISED, view=TO_RESULT,
        api_name="optimise_texture",
    )  # fmt: skip
    p.picture.change(None, None, None, js=NAME_SLOW, **QUIET)
