"""The tab's page: a face, samples, the way between two, or colours on the left, what comes out beside it."""

from functools import partial

import gradio as gr

from demos import common
from demos.age import color_jobs, form, texts
from demos.age.events import (
    BetweenForm,
    BetweenResult,
    ColorsForm,
    ColorsResult,
    EditorPart,
    FaceForm,
    FaceResult,
    SamplesForm,
    SamplesResult,
    between_events,
    color_events,
    editor_events,
    face_events,
    sample_events,
)
from demos.age.examples import PORTRAITS, TO_COLOUR
from demos.age.form import BETWEEN, COLORING, EDITOR, FRAMING, SAMPLES
from demos.age.link import linked
from demos.age.texts import MODES, SUMMARY, TITLE
from demos.common.exchange import Outlet, Port, opened
from demos.common.links import LinkedPort
from demos.common.modes import seen_with
from demos.common.photos import photo_tiles
from demos.widgets.crop import Cropper
from demos.widgets.live import Live
from demos.widgets.pad import Pad
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

SIDES = {f"age-side-{mode}": [f"age-mode-{mode}"] for mode in MODES}
CSS = seen_with(SIDES | {"age-editor": ["age-mode-face", "age-mode-samples"]}) + common.style_sheet(__file__)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    # States are small, and live as long as the page is open: sliders only read them, and must not outlive them.
    inbox = gr.State(None)
    gr.Markdown(texts.LEAD)
    for here, missing in ((form.faces_here(), texts.NO_FACES), (form.colors_here(), texts.NO_COLORS)):
        if not here:
            gr.Markdown(missing)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300, elem_id="age-form"):
            modes = gr.Tabs(elem_id="age-modes")
            with modes:
                with _mode("face"):
                    photo = _photo()
                with _mode("samples"):
                    sampling = _sampling()
                with _mode("between") as between_tab:
                    ends = _ends()
                with _mode("colours") as colors_tab:
                    picture = _picture_to_colour()
        with gr.Column(scale=7, min_width=320, elem_id="age-show", elem_classes=["answers"]):
            reconstruction = _reconstruction()
            samples = _samples()
            editor, editor_row = _editor()
            way = _way()
            coloured, colors_row = _coloured()
    gr.Markdown(texts.TERMS, elem_id="age-terms")
    common.how_it_works(texts.ABOUT)

    face_events(photo, reconstruction, editor, modes, inbox)
    editor_events(editor, ends, modes)
    draw = {"samples": sample_events(sampling, samples, editor), "between": between_events(ends, way, between_tab)}
    color_events(picture, coloured, colors_tab)
    outlets = [Outlet(editor_row, editor.path, opened), Outlet(colors_row, coloured.path, opened)]
    said = linked(modes, photo, editor, sampling, ends, picture, inbox, draw)
    return LinkedPort(inbox, outlets, "#age-photo", said)


_picture = partial(common.picture_input, sources=("upload", "webcam", "clipboard"), buttons=[], min_width=100)


def _mode(name: str) -> gr.Tab:
    return gr.Tab(MODES[name], id=name, elem_id=f"age-mode-{name}")


def _gallery(label: str, elem_id: str, *, columns: int, below: bool = False) -> gr.Gallery:
    """Pictures in rows, their captions on them or below them."""
    return gr.Gallery(
        label=label, show_label=False, columns=columns, height="auto", object_fit="cover", format="png",
        allow_preview=False, interactive=False, buttons=[], elem_id=elem_id, elem_classes=["side-by-side"] * below,
    )  # fmt: skip


# ---- what is asked


def _photo() -> FaceForm:
    """A photo, and which of its faces is meant."""
    photo = _picture("A photo with a face", elem_id="age-photo")
    portraits = Tiles(
        photo_tiles(PORTRAITS), name="Examples: a click takes one", least=120, shape="1 / 1", elem_id="age-portraits"
    )
    with gr.Column(elem_id="age-several"):
        faces = Tiles(
            [], name="Several faces: which one?", chooses=True, captions=False, least=64, shape="1 / 1",
            elem_id="age-faces",
        )  # fmt: skip
    by_hand = FRAMING["by_hand"].widget("age-by-hand")
    with gr.Column(elem_id="age-framing"):
        cropper = Cropper(None, name="The square around the face", elem_id="age-cropper")
        crop = FRAMING["crop"].widget("age-crop")
    unseen = {name: FRAMING[name].argument() for name in ("which", "across", "down")}
    seen = {"by_hand": by_hand, "crop": crop}
    framing = {name: (seen | unseen)[name] for name in FRAMING}
    return FaceForm(photo, portraits, faces, cropper, framing)


def _sampling() -> SamplesForm:
    gr.Markdown(texts.SAMPLES_HINT)
    fields = {
        "seed": SAMPLES["seed"].widget("age-seed", min_width=80),
        "number": SAMPLES["number"].widget("age-number"),
    }
    with gr.Row():
        more = gr.Button("Sample more", variant="primary", size="md", min_width=110, elem_id="age-more")
        dice = gr.Button("⚄ New seed", size="md", min_width=110, elem_id="age-dice")
    return SamplesForm(fields, more, dice, common.download_button("age-zip", "Download all"))


def _ends() -> BetweenForm:
    """Two faces, each a photo or a seed."""
    photos, fields = {}, {}
    for end in ("first", "second"):
        with gr.Row():
            photos[end] = _picture(
                f"{end.capitalize()} face", height=150, scale=2, placeholder="A photo", elem_id=f"age-{end}-face"
            )
            fields[f"{end}_seed"] = BETWEEN[f"{end}_seed"].widget(f"age-{end}-seed", min_width=80)
    fields["steps"] = BETWEEN["steps"].widget("age-steps")
    go = gr.Button("Go", variant="primary", elem_id="age-go")
    return BetweenForm(photos, {end: gr.State(None) for end in photos}, fields, go)


def _picture_to_colour() -> ColorsForm:
    picture = _picture("A gray or colour picture", elem_id="age-picture")
    pictures = Tiles(
        photo_tiles(TO_COLOUR), name="Examples: a click takes one", captions=False, least=62, shape="1 / 1",
        elem_id="age-pictures",
    )  # fmt: skip
    kind = COLORING["kind"].widget("age-kind")
    source = _picture("Take the colours of this one", height=150, elem_id="age-source")
    seed = COLORING["seed"].widget("age-color-seed", min_width=80)
    return ColorsForm(picture, pictures, kind, source, seed)


# ---- what comes out


def _reconstruction() -> FaceResult:
    with gr.Column(elem_id="age-side-face"):
        pair = _gallery("The face and its reconstruction", "age-pair", columns=2)
        line = Status(texts.FACE_READY, bar=False, least=2.4, elem_id="age-face-status")
    return FaceResult(pair, line)


def _samples() -> SamplesResult:
    with gr.Column(elem_id="age-side-samples"):
        gallery = _gallery("Samples: a click opens one below", "age-gallery", columns=6, below=True)
        line = Status(texts.SAMPLES_READY, bar=False, least=1.4, elem_id="age-samples-status")
    return SamplesResult(gallery, line, gr.State(None))


def _editor() -> tuple[EditorPart, gr.Row]:
    """One face, and the sliders that move it; and the row of buttons."""
    kept, path = gr.State(None), gr.State(None)
    with gr.Column(elem_id="age-editor"):
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=240):
                edited = Live(None, name="The face as the sliders say", empty=texts.EDIT_EMPTY, elem_id="age-edited")
                line = Status("", bar=False, least=2.8, elem_id="age-edit-status")
            with gr.Column(scale=3, min_width=300, elem_id="age-sliders"):
                sliders = {
                    name: field.widget(f"age-slider-{name.replace(' ', '-')}", min_width=120)
                    for name, field in EDITOR.items()
                }
        with gr.Row() as row:
            reset = gr.Button("Reset", size="md", min_width=90, elem_id="age-reset")
            to_first = gr.Button("As the first of two", size="md", min_width=130, elem_id="age-to-first")
            to_second = gr.Button("As the second", size="md", min_width=120, elem_id="age-to-second")
            file = common.download_button("age-edited-file")
    to_ends = {"first": to_first, "second": to_second}
    return EditorPart(kept, sliders, edited, line, reset, to_ends, file, path, gr.State(None)), row


def _way() -> BetweenResult:
    with gr.Column(elem_id="age-side-between"):
        strip = _gallery("From the first face to the second", "age-strip", columns=8, below=True)
        line = Status(texts.BETWEEN_READY, bar=False, least=2.4, elem_id="age-between-status")
        loop = gr.Image(
            label="There and back", type="filepath", format="webp", interactive=False, show_label=False,
            buttons=["fullscreen"], height=320, elem_id="age-loop",
        )  # fmt: skip
        with gr.Row():
            loop_file = common.download_button("age-loop-file", "Download animation")
            strip_file = common.download_button("age-strip-file", "Download strip")
    return BetweenResult(strip, line, loop, loop_file, strip_file, gr.State(False))


def _coloured() -> tuple[ColorsResult, gr.Row]:
    """The coloured picture, eight ways to colour it, and the map of all of them; and the row of buttons."""
    with gr.Column(elem_id="age-side-colours"):
        pair = common.before_and_after(
            "Gray | coloured", height=480, show_label=False, slider_position=15, elem_id="age-coloured"
        )
        line = Status(texts.COLOR_READY, bar=False, least=3.8, elem_id="age-colours-status")
        with gr.Row() as row:
            file = common.download_button("age-colours-file")
        with gr.Column(elem_id="age-ways"):
            eight = Tiles([], name="Eight colourings: a click takes one", chooses=True, least=74, elem_id="age-eight")
            gr.Markdown(texts.MAP_HINT)
            pad = Pad(color_jobs.on_pad(*color_jobs.PLACE), name="Map of all colourings", elem_id="age-pad")
    return ColorsResult(pair, line, file, eight, pad, how=gr.State(None), path=gr.State(None)), row
