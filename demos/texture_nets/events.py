"""What happens on the page: which function answers to what, and what it changes."""

import secrets
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.context import Context
from PIL import Image

from demos import common
from demos.common.exchange import received
from demos.common.job import stop_optimising
from demos.common.quick import AT_ONCE, QUICK_QUEUE
from demos.common.running import Runs
from demos.texture_nets import form, jobs, samples
from demos.texture_nets.examples import PICTURES, own_tile, picture_path, shown, texture_tiles
from demos.texture_nets.form import DEFAULTS, YOURS
from demos.texture_nets.jobs import LEARN, Lesson
from demos.texture_nets.texts import READY
from demos.widgets.crop import WITH_SIDE, square_on
from demos.widgets.tiles import tiles_as

TO_RESULT = common.bring_into_view("#texture-show")
TO_ONE = common.bring_into_view("#texture-one")
TO_COMPARISON = common.bring_into_view("#texture-compare")
NAME_ONE = common.name_picture("#texture-one-picture", "One sample, large")
NAME_SLOW = common.name_picture("#texture-slow-picture", "The texture so far")
SKIP = gr.skip()
QUIET = common.QUIET


# ---- samples


def follow(texture: str | None, network: str | None, lesson: Lesson | None) -> list:
    """What can be chosen for a texture: its networks, the size; and its exemplar."""
    have = form.variants_of(texture)
    network = network if network in have else next(iter(have), None)
    any_size = network is None or network == next(iter(form.NAMES))
    return [
        gr.update(choices=[(form.NAMES[name], name) for name in have], value=network),
        gr.update(interactive=any_size),
        gr.update(interactive=any_size),
        gr.update(visible=len(have) > 1),
        gr.update(visible=False),
        "",
        shown(texture, lesson),
    ]


def sample_events(c: dict[str, Any]) -> Callable[[Any], Any]:
    """The gallery, and the sample below it; gives what makes both anew after an event."""
    names = [c[name] for name in DEFAULTS]
    gallery = [c["gallery"], c["status"], c["zip"], c["made"]]
    view = [c[name] for name in ("view", "large", "other", "at", "texture", "network", "seed", "taught")]
    one = [c["one"], c["one_line"], c["one_file"], c["one_path"]]
    followers = [c[name] for name in ("network", "size", "large", "compare", "compared", "figures", "shown")]

    def fill(*values: Any) -> tuple:
        if values[0] is None:
            return None, READY, gr.update(value=None, interactive=False), None
        made = samples.sample_texture(*values)
        return gr.update(value=made[0], selected_index=0), made[1], gr.update(value=made[2], interactive=True), made[3]

    def draw_one(*values: Any) -> tuple:
        if values[list(DEFAULTS).index("texture") + 4] is None:
            return None, "", gr.update(value=None, interactive=False), None
        picture, line, file = samples.show(*values)
        return picture, line, gr.update(value=file, interactive=True), file

    def refresh(event: Any) -> Any:
        done = event.then(fill, [*names, c["taught"]], gallery, **AT_ONCE)
        return done.success(draw_one, view, one, **AT_ONCE)

    def after_choice(event: Any) -> Any:
        return refresh(event.then(follow, [c["texture"], c["network"], c["taught"]], followers, **QUIET))

    def more(made: samples.Made | None, seed: float) -> float:
        following = (made.seeds[-1] if made else common.whole_number(seed, "Seed", 0, form.LARGEST_SEED)) + 1
        return following if following <= form.LARGEST_SEED else 0

    def pick(made: samples.Made | None, event: gr.SelectData) -> Any:
        within = made is not None and isinstance(event.index, int) and 0 <= event.index < len(made.seeds)
        return made.seeds[event.index] if within else SKIP

    def shape(view: str) -> tuple:
        return gr.update(visible=view == "large"), gr.update(visible=view == "between")

    # For API callers, who may ask for more than the sliders of the page offer.
    size = gr.Number(DEFAULTS["size"], visible=False, label="Size, pixels")
    api = gr.Button(visible=False)
    inputs = [size if component is c["size"] else component for component in names]
    api.click(samples.sample_texture, [*inputs, c["taught"]], gallery, api_name="sample_texture", **QUICK_QUEUE)

    after_choice(c["texture"].input(None, None, None, js=TO_RESULT, **QUIET))
    after_choice(c["network"].input(None, None, None, **QUIET))
    begun = [c["number"].release, c["size"].release, c["seed"].submit, c["seed"].blur]
    refresh(gr.on(begun, None, None, None, **QUIET))
    refresh(c["dice"].click(lambda: secrets.randbelow(form.LARGEST_SEED), None, c["seed"], **QUIET))
    refresh(c["more"].click(more, [c["made"], c["seed"]], [c["seed"]], **common.TOLD))
    c["gallery"].select(pick, [c["made"]], [c["seed"]], **QUIET).then(draw_one, view, one, **AT_ONCE).then(
        None, None, None, js=TO_ONE, **QUIET
    )
    c["view"].input(shape, [c["view"]], [c["large"], c["between"]], **QUIET).then(draw_one, view, one, **AT_ONCE)
    seen = {"show_progress": "minimal", "show_progress_on": [c["one_line"]]}
    c["large"].release(draw_one, view, one, **AT_ONCE | seen)
    gr.on([c["other"].submit, c["other"].blur], draw_one, view, one, **AT_ONCE)
    c["at"].input(draw_one, view, one, **AT_ONCE)

    c["one"].change(None, None, None, js=NAME_ONE, **QUIET)

    def compare(*values: Any) -> tuple:
        pictures, figures = samples.compare(*values)
        return gr.update(value=pictures, visible=True), figures

    compared = c["compare"].click(
        compare, [c["texture"], c["seed"], c["taught"]], [c["compared"], c["figures"]], **AT_ONCE
    )
    compared.then(None, None, None, js=TO_COMPARISON, **QUIET)
    if DEFAULTS["texture"]:
        refresh(Context.root_block.load(None, None, None, **QUIET))
    return after_choice


# ---- learning


def settle(lesson: Lesson | None) -> list:
    """What can be done with a lesson, and its tile among the textures."""
    ready, goes_on = lesson is not None and lesson.net is not None, lesson is not None and lesson.learner is not None
    tiles = texture_tiles() + ([own_tile(lesson)] if ready else [])
    return [
        gr.update(interactive=ready),
        gr.update(interactive=ready and goes_on),
        gr.update(interactive=ready),
        gr.update(tiles=tiles_as(tiles)),
    ]


def learning_events(c: dict[str, Any], inbox: gr.State, after_choice: Callable[[Any], Any]) -> None:
    asked = [c["exemplar"]] + [c["lesson_seed"] if name == "seed" else c[name] for name in LEARN]
    outputs = [c["live"], c["lesson_status"], c["curve"], c["net_file"], c["taught"]]
    after = [c["use"], c["go_on"], c["net_file"], c["texture"]]
    place = [c["crop"], c["across"], c["down"]]

    def arrange(picture: Image.Image | None, crop: float, across: float, down: float) -> tuple:
        there = picture is not None
        square = gr.update(value=square_on(picture, crop, across, down), visible=there)
        return gr.update(visible=not there), square, gr.update(visible=there)

    def take(name: str) -> tuple:
        example = PICTURES[common.choice(name, "Example", PICTURES)]
        return str(picture_path(name)), example.crop, example.across, example.down

    def begin() -> list:
        return [gr.update(interactive=False)] * 3

    whole = [LEARN[name] for name in ("crop", "across", "down")]
    arranged = [c["exemplar"], c["cropper"], c["another"]]
    c["exemplar"].change(arrange, [c["exemplar"], *place], arranged, **QUIET)
    c["examples"].input(take, [c["examples"]], [c["exemplar"], *place], **QUIET)
    c["another"].click(lambda: [None, *whole], None, [c["exemplar"], *place], **QUIET)
    c["crop"].input(None, [c["crop"], c["cropper"]], [c["cropper"]], js=WITH_SIDE, **QUIET)
    c["cropper"].input(None, [c["cropper"]], place[1:], js="value => [value.across, value.down]", **QUIET)

    runs = Runs(
        jobs.LEARNED, status=c["lesson_status"], begin=(begin, None, after[:3]), settle=(settle, [c["taught"]], after),
        view=TO_RESULT,
    )  # fmt: skip
    runs.on_click(c["learn"], jobs.learn_texture, asked, outputs, api_name="learn_texture")
    runs.on_click(c["go_on"], jobs.learn_on, [c["taught"], c["seconds"]], outputs, api_visibility="private")
    runs.on_stop(c["lesson_stop"], jobs.stop_learning, [c["taught"]], outputs)
    loaded = c["load"].upload(
        jobs.load_texture, [c["load"]], outputs, show_progress="hidden", api_name="load_texture", **QUICK_QUEUE
    )
    loaded.then(settle, [c["taught"]], after, **QUIET).then(None, None, None, js=TO_RESULT, **QUIET)

    opened = lambda: (YOURS, gr.Tabs(selected="sample"))  # noqa: E731
    after_choice(c["use"].click(opened, None, [c["texture"], c["modes"]], **QUIET))

    def arrive(path: str | None) -> list:
        picture = received(path)
        there = picture is not None
        return [picture, *whole, gr.Tabs(selected="teach")] if there else [SKIP] * 5

    inbox.change(arrive, [inbox], [c["exemplar"], *place, c["modes"]], **QUIET)


# ---- the slow method


def slow_events(c: dict[str, Any]) -> None:
    outputs = [c["slow_picture"], c["slow_status"], c["slow_curve"], c["slow_file"], c["slow_job"]]

    runs = Runs(
        jobs.OPTIMISED,
        status=c["slow_status"],
        begin=(lambda: gr.update(interactive=False), None, [c["slow_file"]]),
        settle=(lambda file: gr.update(interactive=file is not None), [c["slow_file"]], [c["slow_file"]]),
        view=TO_RESULT,
    )
    asked = [c["texture"], c["steps"], c["slow_size"], c["seed"], c["taught"]]
    runs.on_click(c["slow_start"], jobs.optimise_texture, asked, outputs, api_name="optimise_texture")
    runs.on_stop(c["slow_stop"], stop_optimising, [c["slow_job"]], [c["slow_status"], c["slow_file"]])
    c["slow_picture"].change(None, None, None, js=NAME_SLOW, **QUIET)
