"""The tab's page: photo, webcam, video, a lesson or the slow method on the left, what comes out beside it."""

import gradio as gr
from gradio.components import Component

from demos import common
from demos.common.exchange import Outlet, Port
from demos.common.film import Film
from demos.common.footage import FILM_READY
from demos.common.learning import close
from demos.common.lessons import LessonSide, lesson_side
from demos.common.links import LinkedPort
from demos.common.modes import seen_with
from demos.common.optimising import optimisation
from demos.common.photos import WIDE, photo_tiles
from demos.common.upload import Upload
from demos.stylenet import events, texts
from demos.stylenet.examples import PHOTOS, style_picture_tiles, style_tiles
from demos.stylenet.form import CAMERA_SIZE, FILM_SIZE, LEARN, PHOTO, PLAIN, SLOW, Networks, available
from demos.stylenet.link import linked
from demos.stylenet.texts import MODES, SUMMARY, TITLE
from demos.widgets.camera import Refusals
from demos.widgets.live import Live
from demos.widgets.noise_strip import NoiseStrip
from demos.widgets.status import Status, status_and_stop
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

CSS = seen_with(
    {f"style-side-{mode}": [f"style-mode-{mode}"] for mode in MODES}
    | {"style-settings": [f"style-mode-{mode}" for mode in MODES if mode not in ("slow", "teach")]}
    | {"style-choice": [f"style-mode-{mode}" for mode in MODES if mode != "teach"]}
    | {"style-more": ["style-mode-photo"], "style-size": ["style-mode-photo"]}
) + common.style_sheet(__file__)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    taught = gr.State(None, time_to_live=3600, delete_callback=close)
    inbox, made, film_job, slow_job = (gr.State(None, time_to_live=3600) for _ in range(4))
    offered = events.variants_of(PHOTO["style"].default, PLAIN)

    gr.Markdown(texts.LEAD)
    if not available():
        gr.Markdown(texts.NO_STYLES)
    with gr.Row(equal_height=False, elem_classes=["restyle"]):
        with gr.Column(scale=4, min_width=300):
            with gr.Tabs(elem_id="style-modes") as modes:
                tabs = {mode: gr.Tab(title, id=mode, elem_id=f"style-mode-{mode}") for mode, title in MODES.items()}
                with tabs["photo"]:
                    photo, examples = _photo_form()
                with tabs["webcam"]:
                    camera, side = _webcam_form()
                with tabs["video"]:
                    film, film_size, film_start = _video_form()
                with tabs["teach"]:
                    teach_form = _teach_form(modes)
                with tabs["slow"]:
                    painting, textures, slow_fields, slow_start = _slow_form()
            with gr.Column(elem_id="style-choice"):
                style = Tiles(
                    style_tiles(), PHOTO["style"].default, name="Style", chooses=True, least=112,
                    elem_id="style-gallery",
                )  # fmt: skip
                variant = Networks(
                    offered["variant"]["choices"], value=PLAIN, label=PHOTO["variant"].label,
                    visible=offered["variant"]["visible"], elem_id="style-variant",
                )  # fmt: skip
        with gr.Column(scale=7, min_width=320):
            with gr.Column(elem_id="style-show", elem_classes=["answers"]):
                pair, status, row, another, file = _photo_side()
                with gr.Column(visible=False, elem_id="style-side-webcam") as room:
                    live = Live(None, name="Stylized webcam", empty=texts.LIVE_EMPTY, elem_id="style-live")
                film_live, film_result, film_status, film_stop = _video_side()
                teach_side = _teach_side(taught)
                with gr.Column(elem_id="style-side-slow"):
                    slow_pair = common.before_and_after(
                        "Photo | optimised", elem_id="style-slow-pair", show_label=False
                    )
                    slow_run = optimisation(slow_start, slow_job, texts.SLOW_READY, name="style-slow")
            with gr.Column(elem_id="style-settings"):
                settings = _settings()
            with gr.Column(elem_id="style-more"):
                strip = NoiseStrip([], elem_id="style-strip")
                with gr.Row():
                    samples = gr.Button(offered["samples"]["value"], size="md", min_width=150)
                    normalisation = gr.Button(
                        "Instance against batch", size="md", min_width=150,
                        visible=offered["normalisation"]["visible"],
                    )  # fmt: skip
                gallery = common.side_by_side(format="jpeg", elem_id="style-compare")
    common.how_it_works(texts.ABOUT)

    given = settings | {"style": style, "variant": variant}
    fields = {name: given[name] for name in PHOTO}
    photo_part = events.PhotoPart(
        photo,
        examples,
        fields,
        pair,
        status,
        another,
        file,
        strip,
        samples,
        normalisation,
        gallery,
        made,
        taught,
    )
    slow_part = events.SlowPart(painting, textures, slow_fields, slow_pair, slow_run)
    draw = events.photo_events(photo_part, slow_part, inbox)
    events.webcam_events(events.WebcamPart(tabs, room, camera, side, live), photo_part)
    video_part = events.VideoPart(film, film_size, film_start, film_live, film_result, film_status, film_stop, film_job)
    events.video_events(video_part, photo_part)
    events.teach_events(teach_form, teach_side, photo_part, draw)
    events.slow_events(slow_part, photo_part)
    said = linked(modes, photo_part, slow_part, teach_form, {"webcam": side, "video": film_size}, inbox, draw)
    return LinkedPort(inbox, [Outlet(row, made, events.finished), slow_run.outlet()], "#style-photo", said)


# ---- what goes in


def _photo_form() -> tuple[common.Picture, Tiles]:
    photo = common.picture_input("Photo", elem_id="style-photo", sources=("upload", "webcam", "clipboard"), buttons=[])
    return photo, Tiles(
        photo_tiles(PHOTOS, WIDE),
        name="Examples: a click stylizes one",
        captions=False,
        least=62,
        elem_id="style-examples",
    )


def _webcam_form() -> tuple[common.Picture, gr.Slider]:
    camera = common.picture_input(
        "Webcam", elem_id="style-camera", height=260, sources=("webcam",), streaming=True,
        webcam_options=gr.WebcamOptions(mirror=True, constraints={"width": {"ideal": 640}}),
    )  # fmt: skip
    Refusals(elem_id="style-refused")
    return camera, CAMERA_SIZE.widget()


def _video_form() -> tuple[Film, gr.Slider, gr.Button]:
    film = Film(label="Video", sources=["upload", "webcam"], height=300, elem_id="style-film")
    size = FILM_SIZE.widget()
    return film, size, gr.Button("Stylize the video", variant="primary", elem_id="style-film-start")


def _teach_form(modes: gr.Tabs) -> events.TeachForm:
    """The painting to learn, and for how long."""
    painting = common.picture_input("Your painting", elem_id="style-taught", height=200, buttons=[])
    examples = Tiles(
        style_picture_tiles(), name="Examples: a click takes one", captions=False, least=62, elem_id="style-to-teach"
    )
    fields = {"seconds": LEARN["seconds"].widget("style-seconds")}
    learn = gr.Button("Learn", variant="primary", elem_id="style-learn")
    load = Upload("Load a network", file_types=[".safetensors"], size="md", min_width=130, elem_id="style-load")
    gr.Markdown(texts.FILE_HINT)
    with gr.Accordion("Advanced", open=False):
        fields |= {name: LEARN[name].widget() for name in LEARN if name not in fields}
    return events.TeachForm(modes, painting, examples, fields, learn, load)


def _slow_form() -> tuple[common.Picture, Tiles, dict[str, Component], gr.Button]:
    painting = common.picture_input("Your own style picture", elem_id="style-painting", height=180, buttons=[])
    textures = Tiles(
        style_picture_tiles(), name="Style pictures to click", captions=False, least=62, elem_id="style-textures"
    )
    fields = {"start": SLOW["start"].widget()}
    start = gr.Button("Optimise", variant="primary", elem_id="style-slow-start")
    with gr.Accordion("Advanced", open=False):
        fields |= {name: SLOW[name].widget() for name in SLOW if name not in fields}
    return painting, textures, fields, start


def _settings() -> dict[str, Component]:
    """What photo, webcam and video share."""
    with gr.Row():
        noise_scale = PHOTO["noise_scale"].widget("style-k", min_width=200)
        strength = PHOTO["strength"].widget("style-strength", min_width=200)
    with gr.Row():
        mixed = {
            "second": PHOTO["second"].widget("style-second", min_width=200),
            "share": PHOTO["share"].widget("style-share", min_width=200),
        }
    with gr.Row():
        return {
            "noise_scale": noise_scale,
            "strength": strength,
            "seed": PHOTO["seed"].widget(min_width=110),
            "size": PHOTO["size"].widget("style-size", min_width=220, scale=2),
            "own_colours": PHOTO["own_colours"].widget("style-colours", min_width=210),
        } | mixed


# ---- what comes out


def _photo_side() -> tuple[gr.ImageSlider, Status, gr.Row, gr.Button, gr.DownloadButton]:
    with gr.Column(elem_id="style-side-photo"):
        pair = common.before_and_after("Photo | stylized", elem_id="style-pair", show_label=False, slider_position=25)
        status = Status(texts.READY, bar=False, least=2.4, elem_id="style-status")
        with gr.Row() as row:
            another = gr.Button("⚄ Another sample", size="md", min_width=130, elem_id="style-another")
            file = common.download_button("style-file")
    return pair, status, row, another, file


def _video_side() -> tuple[Live, gr.Video, Status, gr.Button]:
    with gr.Column(elem_id="style-side-video"):
        live = Live(None, name="Latest frame", empty=texts.FILM_EMPTY, elem_id="style-film-live")
        result = gr.Video(
            label="Stylized video", visible=False, interactive=False, autoplay=True, loop=True, buttons=["download"],
            height=420, elem_id="style-film-result",
        )  # fmt: skip
        status, stop = status_and_stop(FILM_READY, name="style-film")
    return live, result, status, stop


def _teach_side(taught: gr.State) -> LessonSide:
    with gr.Column(elem_id="style-side-teach"):
        live = Live(None, name="Your photo in the style so far", empty=texts.LEARN_EMPTY, elem_id="style-lesson-live")
        return lesson_side(live, taught, texts.LEARN_READY, name="style", use="Use it")
