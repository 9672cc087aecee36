"""The tab's page: a face, samples, the way between two, or colours on the left, what comes out beside it."""

from typing import Any

import gradio as gr

from demos import common
from demos.age import colors, events, form
from demos.age.examples import PORTRAITS, TO_COLOUR, photo_tiles
from demos.age.faces import BY_HAND
from demos.age.form import BETWEEN, SAMPLES, SLIDERS
from demos.age.texts import (
    ABOUT,
    BETWEEN_READY,
    COLOR_READY,
    EDIT_EMPTY,
    FACE_READY,
    LEAD,
    NO_COLORS,
    NO_FACES,
    SAMPLES_READY,
    SUMMARY,
    TERMS,
    TITLE,
)
from demos.common.exchange import Outlet, Port, opened
from demos.common.modes import seen_with
from demos.widgets.crop import Cropper
from demos.widgets.live import Live
from demos.widgets.pad import Pad
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

MODES = {"face": "A face", "samples": "Samples", "between": "Between", "colours": "Colours"}
EDITED_CSS = (
    Live.text("css")
    + """.live { max-width: 384px; margin-inline: auto; }
.live:has(img) { min-height: 0; }
.live img { image-rendering: auto; }
.live output { display: none; }"""
)
CSS = (
    seen_with(
        {f"age-side-{mode}": [f"age-mode-{mode}"] for mode in MODES}
        | {"age-editor": ["age-mode-face", "age-mode-samples"]}
    )
    + """
#age-several:not(:has(#age-faces button)), .tabitem:not(:has(#age-by-hand :checked)) > .column > #age-framing,
.column:has(> #age-ways):not(:has(#age-eight button)) > #age-ways { display: none; }
#age-modes .tabitem { padding: 10px 0 0; border: 0; }
:is(#age-pair, #age-gallery, #age-strip) .grid-wrap { max-height: none !important; min-height: 0 !important;
                                                     height: auto !important; overflow: visible !important; }
:is(#age-pair, #age-gallery, #age-strip) img { image-rendering: auto; object-fit: cover; width: 100%; height: 100%; }
#age-pair .grid-container { grid-template-columns: repeat(2, minmax(0, 1fr)) !important; }
#age-gallery .grid-container { grid-template-columns: repeat(6, minmax(0, 1fr)) !important; }
#age-strip .grid-container { grid-template-columns: repeat(8, minmax(0, 1fr)) !important; gap: 4px; }
:is(#age-strip, #age-gallery) .caption-label { font-variant-numeric: tabular-nums; font-size: .72rem !important;
                                               padding: 3px 2px !important; text-align: center; }
:is(#age-strip, #age-gallery) .thumbnail-lg > img { aspect-ratio: 1; }
#age-pair { max-width: 560px; width: 100%; margin-inline: auto; }
#age-sliders .form { display: grid; grid-template-columns: 1fr 1fr; }
#age-sliders .form > .block { padding: 8px 12px; }
#age-sliders .form > .block:first-child { grid-column: 1 / -1; }
#age-sliders input[type=number] { width: 3.9em !important; min-width: 0; padding-inline: 4px; }
#age-sliders .head span { white-space: nowrap; font-size: .82rem; }
#age-loop img { width: min(100%, 320px); margin-inline: auto; }
#age-coloured .caption-label { display: none; }
#age-sliders .min_value, #age-sliders .max_value { display: none; }
@media (max-width: 1200px) {
  #age-modes .tab-container button { padding-inline: 8px; font-size: .86rem; }
}
@media (max-width: 760px) {
  #age-gallery .grid-container { grid-template-columns: repeat(3, minmax(0, 1fr)) !important; }
  #age-strip .grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
  #age-photo, #age-picture { height: 160px !important; }
  #age-sliders .tab-like-container { display: none; }
  #age-pair .caption-label { font-size: .72rem; }
}
"""
)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    c: dict[str, Any] = {}  # name of an argument or of an output -> component
    # All of them are small, and live as long as the page is open: sliders only read them, and must not outlive them.
    for name in ("kept", "edited_path", "seeds", "first_kept", "second_kept", "how", "coloured_path"):
        c[name] = gr.State(None)
    inbox = gr.State(None)

    gr.Markdown(LEAD)
    for here, missing in ((form.faces_here(), NO_FACES), (form.colors_here(), NO_COLORS)):
        if not here:
            gr.Markdown(missing)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300, elem_id="age-form"):
            c["modes"] = gr.Tabs(elem_id="age-modes")
            with c["modes"]:
                _inputs(c)
        with gr.Column(scale=7, min_width=320, elem_id="age-show", elem_classes=["answers"]):
            rows = _outputs(c)
    gr.Markdown(TERMS, elem_id="age-terms")
    with gr.Accordion("How it works, and where it falls short", open=False):
        gr.Markdown(ABOUT, latex_delimiters=[{"left": "$$", "right": "$$", "display": True},
                                             {"left": "$", "right": "$", "display": False}])  # fmt: skip

    events.face_events(c, inbox)
    events.editor_events(c)
    events.sample_events(c)
    events.between_events(c)
    events.color_events(c)
    return Port(
        inbox,
        [
            Outlet(rows["editor"], c["edited_path"], opened),
            Outlet(rows["colours"], c["coloured_path"], opened),
        ],
    )


def _picture(label: str, elem_id: str, *, height: int = 200, **options: Any) -> common.Picture:
    return common.Picture(
        label=label, type="pil", image_mode=None, height=height, sources=["upload", "webcam", "clipboard"],
        buttons=[], min_width=100, elem_id=elem_id, **options,
    )  # fmt: skip


def _inputs(c: dict[str, Any]) -> None:
    """What is asked, a tab a mode."""
    with gr.Tab(MODES["face"], id="face", elem_id="age-mode-face"):
        c["photo"] = _picture("A photo with a face", "age-photo")
        c["portraits"] = Tiles(
            photo_tiles(PORTRAITS),
            name="Examples: a click takes one",
            least=120,
            shape="1 / 1",
            elem_id="age-portraits",
        )
        with gr.Column(elem_id="age-several"):
            c["faces"] = Tiles(
                [], name="Several faces: which one?", chooses=True, captions=False, least=64, shape="1 / 1",
                elem_id="age-faces",
            )  # fmt: skip
        c["by_hand"] = gr.Checkbox(BY_HAND["by_hand"], label="Frame it by hand", elem_id="age-by-hand")
        with gr.Column(elem_id="age-framing"):
            c["cropper"] = Cropper(None, name="The square around the face", elem_id="age-cropper")
            c["crop"] = gr.Slider(
                5, 100, BY_HAND["crop"], step=1, label="Size of the square, %",
                info="From the chin to the hairline, the eyes a little above the middle.", buttons=[],
                elem_id="age-crop",
            )  # fmt: skip
        c["which"] = gr.Number(BY_HAND["which"], label="Which face", visible=False)
        c["across"] = gr.Number(BY_HAND["across"], label="Across, %", visible=False)
        c["down"] = gr.Number(BY_HAND["down"], label="Down, %", visible=False)
    with gr.Tab(MODES["samples"], id="samples", elem_id="age-mode-samples"):
        gr.Markdown("Faces that nobody has, each from a random point of the sphere.")
        c["seed"] = _seed(SAMPLES["seed"], "Seed", "age-seed")
        c["number"] = gr.Slider(*form.NUMBERS, SAMPLES["number"], step=1, label="Samples", buttons=[])
        with gr.Row():
            c["more"] = gr.Button("Sample more", variant="primary", size="md", min_width=110, elem_id="age-more")
            c["dice"] = gr.Button("⚄ New seed", size="md", min_width=110, elem_id="age-dice")
        c["zip"] = _file("Download all", "age-zip")
    with gr.Tab(MODES["between"], id="between", elem_id="age-mode-between") as c["between"]:
        for end, title in (("first", "First"), ("second", "Second")):
            with gr.Row():
                c[f"{end}_face"] = _picture(
                    f"{title} face", f"age-{end}-face", height=150, scale=2, placeholder="A photo"
                )
                c[f"{end}_seed"] = _seed(BETWEEN[f"{end}_seed"], "or seed", f"age-{end}-seed")
        c["steps"] = gr.Slider(*form.STEPS, BETWEEN["steps"], step=1, label="Faces in the strip", buttons=[])
        c["go"] = gr.Button("Go", variant="primary", elem_id="age-go")
    with gr.Tab(MODES["colours"], id="colours", elem_id="age-mode-colours") as c["colours"]:
        c["picture"] = _picture("A gray or colour picture", "age-picture")
        c["pictures"] = Tiles(
            photo_tiles(TO_COLOUR), name="Examples: a click takes one", captions=False, least=62, shape="1 / 1",
            elem_id="age-pictures",
        )  # fmt: skip
        c["source"] = _picture("Take the colours of this one", "age-source", height=150)
        c["color_seed"] = _seed(colors.SEED, "Seed of the eight", "age-color-seed")


def _file(label: str, elem_id: str) -> gr.DownloadButton:
    return gr.DownloadButton(label, interactive=False, size="md", min_width=130, elem_id=elem_id)


def _seed(value: int, label: str, elem_id: str) -> gr.Number:
    return gr.Number(value, label=label, minimum=0, maximum=form.LARGEST_SEED, min_width=80, elem_id=elem_id)


def _outputs(c: dict[str, Any]) -> dict[str, gr.Row]:
    """What comes out, a column a mode, and the editor that two of them share. Returns the rows below results."""
    rows = {}
    with gr.Column(elem_id="age-side-face"):
        c["pair"] = _gallery("The face and its reconstruction", "age-pair", columns=2)
        c["face_line"] = Status(FACE_READY, bar=False, least=2.4, elem_id="age-face-status")
    with gr.Column(elem_id="age-side-samples"):
        c["gallery"] = _gallery("Samples: a click opens one below", "age-gallery", columns=6, below=True)
        c["sample_line"] = Status(SAMPLES_READY, bar=False, least=1.4, elem_id="age-samples-status")
    with gr.Column(elem_id="age-editor"):
        _editor(c, rows)
    with gr.Column(elem_id="age-side-between"):
        c["strip"] = _gallery("From the first face to the second", "age-strip", columns=8, below=True)
        c["between_line"] = Status(BETWEEN_READY, bar=False, least=2.4, elem_id="age-between-status")
        c["loop"] = gr.Image(
            label="There and back", type="filepath", format="webp", interactive=False, show_label=False,
            buttons=["fullscreen"], height=320, elem_id="age-loop",
        )  # fmt: skip
        with gr.Row():
            c["loop_file"] = _file("Download animation", "age-loop-file")
            c["strip_file"] = _file("Download strip", "age-strip-file")
    with gr.Column(elem_id="age-side-colours"):
        _colours(c, rows)
    return rows


def _gallery(label: str, elem_id: str, *, columns: int, below: bool = False) -> gr.Gallery:
    """Pictures in rows, their captions on them or below them."""
    return gr.Gallery(
        label=label, show_label=False, columns=columns, height="auto", object_fit="cover", format="png",
        allow_preview=False, interactive=False, buttons=[], elem_id=elem_id, elem_classes=["side-by-side"] * below,
    )  # fmt: skip


def _editor(c: dict[str, Any], rows: dict[str, gr.Row]) -> None:
    """One face, and the sliders that move it."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=240):
            c["edited"] = Live(
                None,
                name="The face as the sliders say",
                empty=EDIT_EMPTY,
                css_template=EDITED_CSS,
                elem_id="age-edited",
            )
            c["edit_line"] = Status("", bar=False, least=2.8, elem_id="age-edit-status")
        with gr.Column(scale=3, min_width=300, elem_id="age-sliders"):
            for name, label in SLIDERS.items():
                c[name] = gr.Slider(
                    -form.AMOUNT, form.AMOUNT, 0, step=0.01, label=label, min_width=120, buttons=[],
                    elem_id=f"age-slider-{name.replace(' ', '-')}",
                )  # fmt: skip
    with gr.Row() as rows["editor"]:
        c["reset"] = gr.Button("Reset", size="md", min_width=90, elem_id="age-reset")
        c["to_first"] = gr.Button("As the first of two", size="md", min_width=130, elem_id="age-to-first")
        c["to_second"] = gr.Button("As the second", size="md", min_width=120, elem_id="age-to-second")
        c["edited_file"] = _file("Download PNG", "age-edited-file")


def _colours(c: dict[str, Any], rows: dict[str, gr.Row]) -> None:
    """The coloured picture, eight ways to colour it, and the map of all of them."""
    c["coloured"] = gr.ImageSlider(
        label="Gray | coloured", show_label=False, type="pil", format="jpeg", interactive=False,
        buttons=["fullscreen"], slider_position=15, max_height=480, elem_id="age-coloured",
    )  # fmt: skip
    c["color_line"] = Status(COLOR_READY, bar=False, least=3.8, elem_id="age-colours-status")
    with gr.Row() as rows["colours"]:
        c["color_file"] = _file("Download PNG", "age-colours-file")
    with gr.Column(elem_id="age-ways"):
        c["eight"] = Tiles([], name="Eight colourings: a click takes one", chooses=True, least=74, elem_id="age-eight")
        gr.Markdown("**All of them on a map.** Drag the mark: the picture follows.")
        c["pad"] = Pad(colors.on_pad(*colors.PLACE), name="Map of all colourings", elem_id="age-pad")
