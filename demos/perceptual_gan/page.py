"""The tab's page: a photo with its faces and their sliders on the left, the edit beside it; layout only."""

from pathlib import Path

import gradio as gr

from demos import common
from demos.common.exchange import Outlet, Port, opened
from demos.common.faces import FRAME, WHICH
from demos.common.links import LinkedPort
from demos.common.modes import seen_with
from demos.common.optimising import optimisation
from demos.perceptual_gan import form, texts
from demos.perceptual_gan.events import (
    EditPart,
    FruitPart,
    SlowPart,
    WebcamPart,
    edit_events,
    fruit_events,
    slow_events,
    webcam_events,
)
from demos.perceptual_gan.examples import fruit_tiles, portrait_tiles
from demos.perceptual_gan.link import linked
from demos.perceptual_gan.texts import SUMMARY, TITLE
from demos.widgets.boxes import Boxes
from demos.widgets.camera import Refusals
from demos.widgets.change_map import ChangeMap
from demos.widgets.crop import Cropper
from demos.widgets.live import Live
from demos.widgets.settled import Settled
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

PREVIEW_CSS = Live.text("css") + (Path(__file__).parent / "preview.css").read_text(encoding="utf-8")
CSS = seen_with(
    {f"edit-side-{mode}": [f"edit-mode-{mode}"] for mode in texts.MODES} | {"edit-controls": ["edit-mode-edit"]}
) + common.style_sheet(__file__)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    inbox = gr.State(None)
    gr.Markdown(texts.LEAD)
    if not form.here():
        gr.Markdown(texts.NO_SLIDERS)
    with gr.Row(equal_height=False, elem_classes=["edit-bench"]):
        with gr.Column(scale=4, min_width=300, elem_id="edit-form"):
            modes, tabs = gr.Tabs(elem_id="edit-modes"), {}
            with modes:
                with _tab("edit", tabs):
                    photo, boxes, cropper, crop, another, tiles = _photo()
                with _tab("slow", tabs):
                    slow_fields, start = _slow_form()
                with _tab("fruit", tabs):
                    fruit_picture, fruit_examples, fruit_fields = _fruit_form()
                with _tab("webcam", tabs):
                    room, camera, webcam_fields = _webcam_form()
            with gr.Column(elem_id="edit-controls"):
                sliders, settled, reset = _sliders()
        with gr.Column(scale=7, min_width=320, elem_id="edit-show", elem_classes=["answers"]):
            edit, below = _edit_side(modes, photo, boxes, cropper, crop, another, tiles, sliders, settled, reset)
            slow = _slow_side(slow_fields, start)
            fruit, fruit_row = _fruit_side(fruit_picture, fruit_examples, fruit_fields)
            webcam = _webcam_side(tabs, room, camera, webcam_fields)
    gr.Markdown(texts.TERMS, elem_id="edit-terms")
    common.how_it_works(texts.ABOUT)

    edit_events(edit, inbox)
    slow_events(slow, edit)
    fruit_events(fruit)
    webcam_events(webcam)
    return LinkedPort(
        inbox,
        [
            Outlet(below, edit.made, opened),
            slow.run.outlet(),
            Outlet(fruit_row, fruit.made, opened),
        ],
        "#edit-photo, #edit-faces",
        linked(modes, edit, slow, fruit, webcam, inbox),
    )


def _tab(mode: str, tabs: dict[str, gr.Tab]) -> gr.Tab:
    """The tab of a mode, noted among the others."""
    tabs[mode] = gr.Tab(texts.MODES[mode], id=mode, elem_id=f"edit-mode-{mode}")
    return tabs[mode]


def _picture(label: str, elem_id: str) -> common.Picture:
    return common.picture_input(label, elem_id=elem_id, sources=("upload", "webcam", "clipboard"), buttons=[])


def _pair(label: str, elem_id: str) -> gr.ImageSlider:
    return common.before_and_after(label, elem_id=elem_id, show_label=False, slider_position=8)


def _notice() -> gr.HTML:
    """Says that a picture is synthetic, once it is."""
    return gr.HTML("", elem_classes=["edit-notice"])


# ---- what is asked


def _photo() -> tuple[common.Picture, Boxes, Cropper, gr.Slider, gr.Button, Tiles]:
    """The photo, or its faces once there is one."""
    photo = _picture("A photo with a face", "edit-photo")
    boxes = Boxes("1", name="Faces found: which one?", what="Face", elem_id="edit-faces")
    with gr.Column(elem_id="edit-framing"):
        cropper = Cropper(None, name="The square around the face", elem_id="edit-cropper")
        crop = FRAME["crop"].widget("edit-crop")
    another = gr.Button("Another photo", size="md", visible=False, elem_id="edit-another")
    tiles = Tiles(
        portrait_tiles(), name="Examples: a click takes one", captions=False, least=56, shape="1 / 1",
        elem_id="edit-examples",
    )  # fmt: skip
    return photo, boxes, cropper, crop, another, tiles


def _sliders() -> tuple[dict[str, gr.Slider], Settled, gr.Button]:
    """The sliders whose networks are here."""
    with gr.Column(elem_id="edit-sliders"):
        sliders = {name: form.EDIT[name].widget(f"edit-slider-{name}") for name in form.here()}
    settled = Settled(part="#edit-sliders", elem_id="edit-settled")
    reset = gr.Button("Reset this face", size="md", visible=bool(sliders), elem_id="edit-reset")
    return sliders, settled, reset


def _slow_form() -> tuple[dict[str, gr.components.Component], gr.Button]:
    gr.Markdown(texts.SLOW_HINT)
    if not form.differences_here():
        gr.Markdown(texts.NO_DIFFERENCES)
    fields = {name: form.SLOW[name].widget(f"edit-slow-{name}") for name in form.SLOW if name != WHICH.name}
    return fields, gr.Button("Optimise", variant="primary", elem_id="edit-slow-start")


def _fruit_form() -> tuple[common.Picture, Tiles, dict[str, gr.components.Component]]:
    if not form.fruit_here():
        gr.Markdown(texts.NO_FRUIT)
    picture = _picture("A picture of apples or oranges", "edit-fruit-picture")
    tiles = Tiles(
        fruit_tiles(), name="Examples of fruit: a click takes one", captions=False, least=56, shape="1 / 1",
        elem_id="edit-fruit-examples",
    )  # fmt: skip
    return picture, tiles, form.FRUIT.widgets("edit-fruit")


def _webcam_form() -> tuple[gr.Column, common.Picture, dict[str, gr.components.Component]]:
    gr.Markdown(texts.WEBCAM_HINT)
    with gr.Column(visible=False) as room:
        camera = common.Picture(
            label="Webcam", type="pil", image_mode=None, height=240, sources=["webcam"], streaming=True,
            webcam_options=gr.WebcamOptions(mirror=True, constraints={"width": {"ideal": 640}}),
            elem_id="edit-camera",
        )  # fmt: skip
    Refusals(elem_id="edit-refused")
    return room, camera, form.WEBCAM.widgets("edit-webcam")


# ---- what comes out


def _edit_side(
    modes: gr.Tabs,
    photo: common.Picture,
    boxes: Boxes,
    cropper: Cropper,
    crop: gr.Slider,
    another: gr.Button,
    tiles: Tiles,
    sliders: dict[str, gr.Slider],
    settled: Settled,
    reset: gr.Button,
) -> tuple[EditPart, gr.Row]:
    with gr.Column(elem_id="edit-side-edit"):
        with gr.Column(elem_id="edit-stage"):
            pair = _pair("Photo | edited", "edit-pair")
            live = Live(None, name="The edit while a slider moves", css_template=PREVIEW_CSS, elem_id="edit-live")
        with gr.Column(elem_id="edit-below"):
            synthetic = _notice()
            line = Status(texts.READY, bar=False, least=2.8, elem_id="edit-status")
            with gr.Row() as below:
                file = common.download_button("edit-file")
            title = gr.Markdown("", elem_id="edit-strip-title")
            strip = Tiles([], name="Strengths: a click takes one over", chooses=True, shape="1 / 1", least=40,
                          elem_id="edit-strip")  # fmt: skip
            with gr.Row(equal_height=False):
                with gr.Column(min_width=220):
                    change = ChangeMap(caption=texts.CHANGED, elem_id="edit-map")
                with gr.Column(min_width=220):
                    film = gr.Button("Animate this slider", size="md", visible=bool(sliders), elem_id="edit-film")
                    film_shown = gr.Image(
                        label="There and back", type="filepath", format="gif", interactive=False, show_label=False,
                        buttons=[], visible=False, elem_id="edit-film-shown",
                    )  # fmt: skip
                    with gr.Row():
                        gif, mp4 = (
                            common.download_button(f"edit-{kind.lower()}", f"Download {kind}")
                            for kind in ("GIF", "MP4")
                        )
    return EditPart(
        key=gr.Textbox(None, visible=False, elem_id="edit-key"),
        shown=gr.Number(1, visible=False, elem_id="edit-shown"),
        last=gr.Textbox(next(iter(sliders), form.ORDER[0]), visible=False, elem_id="edit-last"),
        frame=gr.State(None),
        strengths=gr.State({}),
        made=gr.State(None),
        filmed=gr.State(None),
        linked=gr.State(None),
        due=gr.State(0),
        modes=modes,
        photo=photo,
        boxes=boxes,
        cropper=cropper,
        crop=crop,
        another=another,
        tiles=tiles,
        sliders=sliders,
        settled=settled,
        reset=reset,
        live=live,
        pair=pair,
        synthetic=synthetic,
        line=line,
        file=file,
        strip_title=title,
        strip=strip,
        map=change,
        film=film,
        film_shown=film_shown,
        gif=gif,
        mp4=mp4,
    ), below


def _slow_side(fields: dict[str, gr.components.Component], start: gr.Button) -> SlowPart:
    with gr.Column(elem_id="edit-side-slow"):
        with gr.Row(equal_height=True):
            with gr.Column(min_width=240):
                gr.Markdown("**The slow method**")
                live = Live(None, name="The slow method so far", empty=texts.SLOW_EMPTY, elem_id="edit-slow-live")
            with gr.Column(min_width=240):
                gr.Markdown("**The network, at once**")
                network = Live(None, name="The network's edit", empty=texts.NETWORK_EMPTY, elem_id="edit-slow-network")
        gr.HTML(texts.NOTICE, elem_classes=["edit-notice"])
        run = optimisation(start, gr.State(None), texts.SLOW_READY, name="edit-slow")
    return SlowPart(fields, live, network, run)


def _fruit_side(
    picture: common.Picture, tiles: Tiles, fields: dict[str, gr.components.Component]
) -> tuple[FruitPart, gr.Row]:
    with gr.Column(elem_id="edit-side-fruit"):
        pair = _pair("Picture | translated", "edit-fruit-pair")
        synthetic = _notice()
        line = Status(texts.FRUIT_READY, bar=False, least=2.4, elem_id="edit-fruit-status")
        with gr.Row() as row:
            file = common.download_button("edit-fruit-file")
    return FruitPart(picture, tiles, fields, pair, synthetic, line, file, gr.State(None)), row


def _webcam_side(
    tabs: dict[str, gr.Tab], room: gr.Column, camera: common.Picture, fields: dict[str, gr.components.Component]
) -> WebcamPart:
    with gr.Column(elem_id="edit-side-webcam"):
        live = Live(None, name="Edited webcam", empty=texts.WEBCAM_EMPTY, elem_id="edit-webcam-live")
        line = Status("", bar=False, least=1.4, elem_id="edit-webcam-status")
    return WebcamPart(tabs, room, camera, fields, live, line)
