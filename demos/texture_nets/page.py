"""The tab's page: sample, teach or the slow method on the left, what comes out beside it."""

from typing import Any

import gradio as gr

from demos import common
from demos.common.exchange import Outlet, Port, opened
from demos.common.job import Optimising
from demos.common.modes import seen_with
from demos.common.upload import Upload
from demos.texture_nets import form, jobs, samples
from demos.texture_nets.events import learning_events, sample_events, slow_events
from demos.texture_nets.examples import picture_tiles, shown, texture_tiles
from demos.texture_nets.form import DEFAULTS
from demos.texture_nets.jobs import LEARN, SLOW
from demos.texture_nets.samples import ONE, VIEWS
from demos.texture_nets.texts import (
    ABOUT,
    FILE_HINT,
    LEAD,
    LEARN_READY,
    LIVE_EMPTY,
    NO_TEXTURES,
    READY,
    SLOW_READY,
    SUMMARY,
    TITLE,
)
from demos.widgets.chart import Chart
from demos.widgets.crop import Cropper
from demos.widgets.live import Live
from demos.widgets.status import Status, status_and_stop
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

MODES = {"sample": "Sample", "teach": "Teach it yours", "slow": "Slow"}
EXEMPLAR = """<figure class="exemplar" ${value && value.note ? '' : 'hidden'}>${value && value.image ?
`<img alt="The exemplar" src="${value.image}">` : ''}<figcaption><b>Exemplar</b>
${value ? value.note : ''}</figcaption></figure>"""
EXEMPLAR_CSS = """.exemplar { margin: 0; }
.exemplar[hidden] { display: none; }
.exemplar img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; margin: 0;
                border-radius: var(--radius-lg); border: 1px solid var(--border-color-primary); }
.exemplar figcaption { margin-top: 6px; font-size: .78rem; line-height: 1.35; color: var(--body-text-color-subdued); }
.exemplar b { display: block; color: var(--body-text-color); }
@media (max-width: 760px) {
  .exemplar { display: flex; gap: 12px; align-items: center; }
  .exemplar img { width: 84px; flex: none; }
}"""
LEARNED = """<div class="live">${value ? `<img alt="${name}" src="${value}">` : `<p>${empty}</p>`}</div>"""
LEARNED_CSS = Live.text("css") + ".live img { image-rendering: auto; max-height: 460px; }"
CSS = (
    seen_with({f"texture-side-{mode}": [f"texture-mode-{mode}"] for mode in MODES})
    + """
#texture-modes .tabitem { padding: 10px 0 0; border: 0; }
#texture-gallery .grid-wrap { max-height: none !important; min-height: 0 !important; height: auto !important; }
#texture-gallery .grid-wrap { overflow: visible !important; }
#texture-gallery .grid-container { grid-template-columns: repeat(3, minmax(0, 1fr)) !important; }
#texture-gallery .caption-label { font-variant-numeric: tabular-nums; }
#texture-one-picture img, #texture-slow-picture img { width: 100%; height: 100%; object-fit: contain; }
#texture-compare .grid-container { grid-template-columns: repeat(4, 1fr) !important; }
@media (max-width: 760px) {
  #texture-exemplar-side, #texture-gallery-side { flex: 1 1 100% !important; }
  #texture-one-picture { height: auto !important; aspect-ratio: 1; }
  #texture-compare .caption-label { font-size: .68rem !important; padding: 3px 4px !important; }
}
"""
)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    c: dict[str, Any] = {}  # name of an argument or of an output -> component
    hour = {"time_to_live": 3600}
    c["taught"] = gr.State(None, delete_callback=jobs.close, **hour)
    c["made"], c["one_path"], c["slow_job"] = (gr.State(None, **hour) for _ in range(3))
    inbox = gr.State(None, **hour)

    gr.Markdown(LEAD)
    if not form.available():
        gr.Markdown(NO_TEXTURES)
    with gr.Row(equal_height=False, elem_classes=["texture-bench"]):
        with gr.Column(scale=4, min_width=300, elem_id="texture-form"):
            c["modes"] = gr.Tabs(elem_id="texture-modes")
            with c["modes"]:
                _inputs(c)
        with gr.Column(scale=7, min_width=320, elem_id="texture-show", elem_classes=["answers"]):
            rows = _outputs(c)
    with gr.Accordion("How it works, and where it falls short", open=False):
        gr.Markdown(ABOUT, latex_delimiters=[{"left": "$$", "right": "$$", "display": True},
                                             {"left": "$", "right": "$", "display": False}])  # fmt: skip

    refresh = sample_events(c)
    learning_events(c, inbox, refresh)
    slow_events(c)
    return Port(
        inbox,
        [
            Outlet(rows["one"], c["one_path"], opened),
            Outlet(rows["slow"], c["slow_job"], Optimising.finished),
        ],
    )


def _inputs(c: dict[str, Any]) -> None:
    """What is asked: a texture and how to sample it, what to learn, or what the slow method takes."""
    with gr.Tab(MODES["sample"], id="sample", elem_id="texture-mode-sample"):
        c["texture"] = Tiles(
            texture_tiles(),
            DEFAULTS["texture"],
            name="Texture",
            chooses=True,
            least=96,
            shape="1 / 1",
            elem_id="texture-tiles",
        )
        c["network"] = common.OneOf(
            [(form.NAMES[name], name) for name in form.variants_of(DEFAULTS["texture"])],
            value=DEFAULTS["network"],
            label="Network",
            elem_id="texture-network",
        )
        c["compare"] = gr.Button(
            "Compare its networks",
            size="md",
            visible=len(form.variants_of(DEFAULTS["texture"])) > 1,
            elem_id="texture-compare-start",
        )
    with gr.Tab(MODES["teach"], id="teach", elem_id="texture-mode-teach"):
        _lesson_inputs(c)
    with gr.Tab(MODES["slow"], id="slow", elem_id="texture-mode-slow"):
        gr.Markdown("The same texture by optimising the pixels themselves, as it was done before texture networks.")
        c["slow_size"] = gr.Slider(*jobs.SLOW_SIDES, SLOW["slow_size"], step=32, label="Size, pixels", buttons=[])
        c["steps"] = gr.Slider(*jobs.SLOW_STEPS, SLOW["steps"], step=1, label="Steps", buttons=[])
        c["slow_start"] = gr.Button("Optimise", variant="primary", elem_id="texture-slow-start")


def _lesson_inputs(c: dict[str, Any]) -> None:
    """The picture to learn, which part of it, and for how long."""
    c["exemplar"] = common.Picture(
        label="A picture of your texture",
        type="pil",
        image_mode=None,
        height=190,
        sources=["upload", "webcam", "clipboard"],
        buttons=[],
        elem_id="texture-exemplar",
    )
    c["cropper"] = Cropper(None, name="The square that is learned", visible=False, elem_id="texture-cropper")
    c["examples"] = Tiles(
        picture_tiles(), name="Examples: a click takes one", captions=False, least=56, elem_id="texture-examples"
    )
    c["crop"] = gr.Slider(
        5,
        100,
        LEARN["crop"],
        step=1,
        label="Part to learn, %",
        info="The square of the picture; drag it to its place.",
        buttons=[],
        elem_id="texture-crop",
    )
    c["across"] = gr.Number(LEARN["across"], label="Across, %", visible=False)
    c["down"] = gr.Number(LEARN["down"], label="Down, %", visible=False)
    c["seconds"] = gr.Slider(
        *jobs.SECONDS, LEARN["seconds"], step=1, label="Seconds of learning", buttons=[], elem_id="texture-seconds"
    )
    c["learn"] = gr.Button("Learn", variant="primary", elem_id="texture-learn")
    with gr.Row():
        c["another"] = gr.Button("Another picture", size="md", min_width=130, visible=False, elem_id="texture-another")
        c["load"] = Upload(
            "Load a network", file_types=[".safetensors"], size="md", min_width=130, elem_id="texture-load"
        )
    gr.Markdown(FILE_HINT)
    with gr.Accordion("Advanced", open=False):
        c["detail"] = gr.Slider(
            *jobs.DETAILS,
            LEARN["detail"],
            step=32,
            label="Detail, pixels",
            info="To which the square is reduced: more of them, and the texture is finer.",
            buttons=[],
        )
        c["nearest"] = gr.Checkbox(
            LEARN["nearest"],
            label="Start from the nearest bundled texture",
            visible=form.all_have_objectives(),
        )
        c["lesson_seed"] = gr.Number(LEARN["seed"], label="Seed", minimum=0, maximum=form.LARGEST_SEED)


def _outputs(c: dict[str, Any]) -> dict[str, gr.Row]:
    """What comes out, a column a mode. Returns the rows of what can be done with a result."""
    rows = {}
    with gr.Column(elem_id="texture-side-sample"):
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=120, elem_id="texture-exemplar-side"):
                c["shown"] = gr.HTML(
                    shown(DEFAULTS["texture"], None),
                    html_template=EXEMPLAR,
                    css_template=EXEMPLAR_CSS,
                    elem_id="texture-shown",
                )
            with gr.Column(scale=4, min_width=300, elem_id="texture-gallery-side"):
                c["gallery"] = gr.Gallery(
                    label="Samples: a click takes one's seed",
                    show_label=False,
                    columns=3,
                    height="auto",
                    object_fit="cover",
                    format="png",
                    allow_preview=False,
                    interactive=False,
                    buttons=[],
                    elem_id="texture-gallery",
                )
        c["status"] = Status(READY, bar=False, least=2.4, elem_id="texture-status")
        _settings(c)
        with gr.Row():
            c["more"] = gr.Button("Sample more", variant="primary", size="md", min_width=120, elem_id="texture-more")
            c["dice"] = gr.Button("⚄ New seed", size="md", min_width=110, elem_id="texture-dice")
            c["zip"] = gr.DownloadButton(
                "Download all", interactive=False, size="md", min_width=120, elem_id="texture-zip"
            )
        c["compared"] = common.side_by_side(format="jpeg", elem_id="texture-compare")
        c["figures"] = Status("", bar=False, least=0, elem_id="texture-figures")
        _one(c, rows)
    with gr.Column(elem_id="texture-side-teach"):
        c["live"] = Live(
            None,
            name="A sample of the network so far",
            empty=LIVE_EMPTY,
            html_template=LEARNED,
            css_template=LEARNED_CSS,
            elem_id="texture-live",
        )
        c["lesson_status"], c["lesson_stop"] = status_and_stop(LEARN_READY, name="texture-lesson")
        with gr.Row():
            c["use"] = gr.Button(
                "Sample it", variant="primary", interactive=False, size="md", min_width=110, elem_id="texture-use"
            )
            c["go_on"] = gr.Button("Continue", interactive=False, size="md", min_width=110, elem_id="texture-go-on")
            c["net_file"] = gr.DownloadButton(
                "Download the network", interactive=False, size="md", min_width=170, elem_id="texture-net"
            )
        c["curve"] = Chart([], elem_id="texture-curve")
    with gr.Column(elem_id="texture-side-slow"):
        c["slow_picture"] = gr.Image(
            label="Optimised", show_label=False, format="jpeg", interactive=False, buttons=["fullscreen"],
            height=420, elem_id="texture-slow-picture",
        )  # fmt: skip
        c["slow_status"], c["slow_stop"] = status_and_stop(SLOW_READY, name="texture-slow")
        c["slow_curve"] = Chart([], elem_id="texture-slow-curve")
        with gr.Row() as rows["slow"]:
            c["slow_file"] = gr.DownloadButton(
                "Download PNG", interactive=False, size="md", min_width=130, elem_id="texture-slow-file"
            )
    return rows


def _settings(c: dict[str, Any]) -> None:
    """How many samples, how large, and from which seed on."""
    with gr.Row(equal_height=True, elem_id="texture-settings"):
        c["seed"] = gr.Number(
            DEFAULTS["seed"],
            label="Seed",
            minimum=0,
            maximum=form.LARGEST_SEED,
            min_width=100,
            scale=2,
            elem_id="texture-seed",
        )
        c["number"] = gr.Slider(
            *form.NUMBERS, DEFAULTS["number"], step=1, label="Samples", min_width=150, scale=3, buttons=[]
        )
        c["size"] = gr.Slider(
            *samples.LARGE,
            DEFAULTS["size"],
            step=32,
            label="Size",
            min_width=150,
            scale=3,
            buttons=[],
            elem_id="texture-size",
        )


def _one(c: dict[str, Any], rows: dict[str, gr.Row]) -> None:
    """One sample below the gallery: large, tiled, or on its way to another."""
    with gr.Column(elem_id="texture-one"):
        c["view"] = common.OneOf(
            [(name, key) for key, name in VIEWS.items()], value=ONE["view"], label="One sample", elem_id="texture-view"
        )
        c["large"] = gr.Slider(
            *samples.LARGE, ONE["large"], step=32, label="Size, pixels", buttons=[], elem_id="texture-large"
        )
        with gr.Row(visible=False) as c["between"]:
            c["other"] = gr.Number(
                ONE["other"], label="The other seed", minimum=0, maximum=form.LARGEST_SEED, min_width=120
            )
            c["at"] = gr.Slider(
                0, 1, ONE["at"], step=0.02, label="On the way", min_width=220, scale=3, buttons=[], elem_id="texture-at"
            )
        c["one"] = gr.Image(
            label="One sample", show_label=False, format="jpeg", interactive=False, buttons=["fullscreen"],
            height=480, elem_id="texture-one-picture",
        )  # fmt: skip
        c["one_line"] = Status("", bar=False, least=2.4, elem_id="texture-one-status")
        with gr.Row() as rows["one"]:
            c["one_file"] = gr.DownloadButton(
                "Download PNG", interactive=False, size="md", min_width=130, elem_id="texture-one-file"
            )
