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
from demos.common.exchange import opened, received
from demos.common.film import Film
from demos.common.footage import film_events
from demos.common.keeping import Held, size_of
from demos.common.lessons import LessonSide, can_do, lesson_events
from demos.common.optimising import Optimisation, optimisation_events
from demos.common.photos import photo_path
from demos.common.quick import AT_ONCE, QUICK_QUEUE
from demos.common.upload import Upload
from demos.stylenet import form, jobs, long_jobs, texts
from demos.stylenet.examples import PHOTOS, first_photo, own_tile, style_picture_path, style_tiles
from demos.stylenet.form import PHOTO, PLAIN, YOURS
from demos.stylenet.jobs import Made
from demos.stylenet.lesson import Lesson
from demos.widgets.live import Live
from demos.widgets.noise_strip import NoiseStrip
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles, tiles_as

SKIP = gr.skip()
QUIET = common.QUIET
TO_RESULT = common.bring_into_view("#style-show")
TO_COMPARISON = common.bring_into_view("#style-compare")
WEBCAM_EVERY_S = 0.08
WEBCAM_LIMIT_S = 600
WEBCAM_PLACES = 4

Values = dict[Component, Any]


@dataclass(frozen=True)
class PhotoPart:
    """Components of the mode Photo, and the settings that other modes share.

    Attributes:
        fields: of `form.PHOTO`, in its order.
        made: state: the stylized photo while its file is written, then the path of that.
        taught: state: the style of the visitor's own.
    """

    photo: common.Picture
    examples: Tiles
    fields: dict[str, Component]
    pair: gr.ImageSlider
    status: Status
    another: gr.Button
    file: gr.DownloadButton
    strip: NoiseStrip
    samples: gr.Button
    normalisation: gr.Button
    gallery: gr.Gallery
    made: gr.State
    taught: gr.State


@dataclass(frozen=True)
class WebcamPart:
    """Components of the mode Webcam.

    Attributes:
        tabs: of all modes.
        room: what is seen while the camera is on.
    """

    tabs: dict[str, gr.Tab]
    room: gr.Column
    camera: common.Picture
    side: gr.Slider
    live: Live


@dataclass(frozen=True)
class VideoPart:
    """Components of the mode Video."""

    film: Film
    size: gr.Slider
    start: gr.Button
    live: Live
    result: gr.Video
    status: Status
    stop: gr.Button
    job: gr.State


@dataclass(frozen=True)
class TeachForm:
    """Components of the mode in which a painting is learned: what is asked.

    Attributes:
        modes: all of them.
        fields: of `form.LEARN`, in its order.
        load: a network that was downloaded here before.
    """

    modes: gr.Tabs
    painting: common.Picture
    examples: Tiles
    fields: dict[str, Component]
    learn: gr.Button
    load: Upload


@dataclass(frozen=True)
class SlowPart:
    """Components of the mode Slow.

    Attributes:
        fields: of `form.SLOW`.
    """

    painting: common.Picture
    textures: Tiles
    fields: dict[str, Component]
    pair: gr.ImageSlider
    run: Optimisation


# ---- a photo


def variants_of(style: Any, variant: Any) -> dict[str, Any]:
    """What can be chosen for a style: its networks, and the comparisons that they allow."""
    have = form.variants_of(style)
    choices = [(texts.VARIANTS[name], name) for name in (PLAIN, *have)]
    return {
        "variant": gr.update(choices=choices, value=variant if variant in have else PLAIN, visible=bool(have)),
        "normalisation": gr.update(visible="batch" in have),
        "samples": gr.update(value=texts.four_samples("diverse" in have), visible=True),
    }


def mark(strip: list[dict] | None, k: float) -> Any:
    """The strip with another k marked; its pictures stay."""
    return [tile | {"chosen": tile["k"] == k} for tile in strip] if isinstance(strip, list) else SKIP


def finished(made: Held[Made] | str) -> Image.Image:
    """The latest stylized photo, for other tabs: its file is being written, or is there."""
    return made.value.after if isinstance(made, Held) else opened(made)


def photo_events(p: PhotoPart, slow: SlowPart, inbox: gr.State) -> Callable[[Any], None]:
    """Every change stylizes anew, by itself; gives what does so after an event."""
    style, variant, k, seed = (p.fields[name] for name in ("style", "variant", "noise_scale", "seed"))
    asked = {p.photo, p.taught, *p.fields.values()}
    outputs = [p.pair, p.status, p.file, p.made]
    from_file = p.fields | {"slow_size" if name == "size" else name: field for name, field in slow.fields.items()}

    def form_of(values: Values) -> dict[str, Any]:
        return {name: values[field] for name, field in p.fields.items()}

    def take_settings(picture: Image.Image | None) -> Values:
        taken = form.taken_from_file(picture)
        if taken:
            gr.Info(texts.TAKEN_OVER)
        return {field: taken.get(name, SKIP) for name, field in from_file.items()}

    def refresh(values: Values) -> Values:
        unfinished = {p.file: common.button_for(None)}
        if values[p.photo] is None:
            return unfinished | {p.pair: None, p.status: texts.READY, p.made: None}
        made = jobs.make_quickly(form_of(values), values[p.photo], values[p.taught])
        held = Held(made, size_of(made.before, made.after))
        return unfinished | {p.pair: made.shown(), p.status: made.line(), p.made: held}

    def write(made: Held[Made] | str | None) -> tuple:
        """The file, and its path instead of the pictures."""
        if not isinstance(made, Held):
            return SKIP, SKIP
        path = made.value.file()
        return common.button_for(path), path

    def draw_strip(values: Values) -> Values:
        return {p.strip: jobs.five_noise_scales(form_of(values), values[p.photo], values[p.taught])}

    def follow(values: Values) -> Values:
        offered = variants_of(values[style], values[variant])
        buttons = {p.normalisation: offered["normalisation"], p.samples: offered["samples"]}
        return buttons | {variant: offered["variant"], p.gallery: gr.update(visible=False)}

    def stylized(event: Any, *, strip: bool = True) -> None:
        done = event(refresh, asked, set(outputs), **AT_ONCE)
        # A large PNG takes as long as the picture itself: it follows.
        done = done.then(write, [p.made], [p.file, p.made], **common.TOLD)
        if strip:
            done.then(draw_strip, asked, {p.strip}, **AT_ONCE)

    def followed(event: Any) -> None:
        stylized(event(follow, {style, variant}, {variant, p.normalisation, p.samples, p.gallery}, **QUIET).then)

    # For API callers; the page itself uses the events below, which also take an empty photo.
    everything = [p.photo, *p.fields.values(), p.taught]
    gr.Button(visible=False).click(jobs.run, everything, outputs, api_name="stylize", **QUICK_QUEUE)

    followed(style.input)
    style.input(None, None, None, js=TO_RESULT, **QUIET)
    stylized(variant.input)
    stylized(p.examples.input(lambda name: str(photo_path(name, PHOTOS)), [p.examples], [p.photo], **QUIET).then)
    told = QUIET | {"queue": True}  # what a function says to the visitor travels through the queue
    followed(p.photo.input(take_settings, [p.photo], set(from_file.values()), **told).then)
    stylized(p.photo.clear, strip=False)
    whole = [seed.submit, seed.blur, p.fields["own_colours"].input, p.fields["second"].input]
    stylized(partial(gr.on, whole))
    # While a slider moves the newest value waits for the one before it, so the picture follows the hand.
    stylized(
        partial(gr.on, [p.fields[name].input for name in ("noise_scale", "strength", "size", "share")]), strip=False
    )
    k.input(mark, [p.strip, k], [p.strip], **QUIET)
    stylized(p.another.click(lambda: secrets.randbelow(common.LARGEST_SEED), None, seed, **QUIET).then)

    def pick(event: gr.EventData) -> float:
        return PHOTO["noise_scale"].check(event.k)

    picked = p.strip.click(pick, None, [k], **QUIET)
    stylized(picked.then(mark, [p.strip, k], [p.strip], **QUIET).then, strip=False)

    def arrive(path: str | None) -> Any:
        picture = received(path)
        return SKIP if picture is None else picture

    stylized(inbox.change(arrive, [inbox], [p.photo], **QUIET).then)
    if PHOTO["style"].default:
        stylized(common.first_opening(inbox)(first_photo, None, [p.photo], **QUIET).then)

    def compared(button: gr.Button, compare: Any, columns: int) -> None:
        def side_by_side(values: Values) -> Values:
            pictures = compare(form_of(values), values[p.photo], values[p.taught])
            return {p.gallery: gr.update(value=pictures, columns=columns, visible=True)}

        done = button.click(side_by_side, asked, {p.gallery}, api_visibility="private", **QUICK_QUEUE)
        done.then(None, None, None, js=TO_COMPARISON, **QUIET)

    compared(p.samples, jobs.compare_samples, jobs.SAMPLES)
    compared(p.normalisation, jobs.compare_normalisations, len(texts.NORMALISED))
    return lambda event: followed(event.then)


# ---- the webcam


def webcam_events(p: WebcamPart, photo: PhotoPart) -> None:
    """Every frame is stylized; the camera is on in its own mode only."""
    p.camera.stream(
        jobs.live, [p.camera, p.side, photo.taught, *photo.fields.values()], [p.live], stream_every=WEBCAM_EVERY_S,
        time_limit=WEBCAM_LIMIT_S, concurrency_id="webcam", concurrency_limit=WEBCAM_PLACES,
        show_progress="hidden", api_visibility="private",
    )  # fmt: skip
    for mode, tab in p.tabs.items():  # the camera is taken out of the page: that is what turns it off
        tab.select(partial(gr.update, visible=mode == "webcam"), None, [p.room], **QUIET)


# ---- learning


def settle(lesson: Lesson | None) -> list:
    """What can be done with a lesson, and its tile among the styles."""
    own = [own_tile(lesson)] if lesson is not None and lesson.net is not None else []
    return [*can_do(lesson), gr.update(tiles=tiles_as(style_tiles() + own))]


def teach_events(p: TeachForm, side: LessonSide, photo: PhotoPart, after_choice: Callable[[Any], Any]) -> None:
    """The painting, the run that learns it, and the network that comes of it."""
    style = photo.fields["style"]
    p.examples.input(lambda name: str(style_picture_path(name)), [p.examples], [p.painting], **QUIET)
    lesson_events(
        side, place=long_jobs.LEARNED, view=TO_RESULT, settle=settle, tiles=style,
        learn=(p.learn, long_jobs.learn_style, [p.painting, photo.photo, *p.fields.values()]),
        go_on=(long_jobs.learn_on, p.fields["seconds"]), load=(p.load, long_jobs.load_style),
    )  # fmt: skip
    after_choice(side.use.click(lambda: (YOURS, gr.Tabs(selected="photo")), None, [style, p.modes], **QUIET))


# ---- what takes its time


def video_events(p: VideoPart, photo: PhotoPart) -> None:
    fields = photo.fields | {"size": p.size}
    film_events(
        long_jobs.stylize_video, [p.film, *fields.values(), photo.taught], start=p.start, live=p.live, status=p.status,
        result=p.result, stop=p.stop, job=p.job, place=long_jobs.FILM, view=TO_RESULT, api_name="stylize_video",
    )  # fmt: skip


def slow_events(p: SlowPart, photo: PhotoPart) -> None:
    p.textures.input(lambda name: str(style_picture_path(name)), [p.textures], [p.painting], **QUIET)
    shared = [photo.fields[name] for name in ("seed", "style", "variant", "noise_scale")]
    inputs = [photo.photo, p.painting, *(p.fields[name] for name in form.SLOW), *shared, photo.taught]
    optimisation_events(
        p.run, long_jobs.optimise_style, inputs, [p.pair], place=long_jobs.OPTIMISED, view=TO_RESULT,
        api_name="optimise_style",
    )  # fmt: skip
