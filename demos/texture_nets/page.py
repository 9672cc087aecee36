"""The tab's page: sample, teach or the slow method on the left, what comes out beside it."""

import gradio as gr
from gradio.components import Component

from demos import common
from demos.common.exchange import Outlet, Port, opened
from demos.common.learning import close
from demos.common.lessons import LessonSide, lesson_side
from demos.common.links import LinkedPort
from demos.common.modes import seen_with
from demos.common.optimising import optimisation
from demos.common.upload import Upload
from demos.texture_nets import events, form, texts
from demos.texture_nets.events import OnePart, SamplePart, SlowPart, TeachForm
from demos.texture_nets.examples import picture_tiles, shown, texture_tiles
from demos.texture_nets.form import LEARN, NAMES, ONE, SAMPLE, SLOW
from demos.texture_nets.link import linked
from demos.texture_nets.texts import MODES, SUMMARY, TITLE
from demos.widgets.crop import Cropper
from demos.widgets.exemplar import Exemplar
from demos.widgets.live import Live
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

LEARNED = """<div class="live">${value ? `<img alt="${name}" src="${value}">` : `<p>${empty}</p>`}</div>"""
LEARNED_CSS = Live.text("css") + ".live img { image-rendering: auto; max-height: 460px; }"
CSS = seen_with({f"texture-side-{mode}": [f"texture-mode-{mode}"] for mode in MODES}) + common.style_sheet(__file__)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    taught = gr.State(None, time_to_live=3600, delete_callback=close)
    made, path, slow_job, inbox = (gr.State(None, time_to_live=3600) for _ in range(4))

    gr.Markdown(texts.LEAD)
    if not form.available():
        gr.Markdown(texts.NO_TEXTURES)
    with gr.Row(equal_height=False, elem_classes=["texture-bench"]):
        with gr.Column(scale=4, min_width=300, elem_id="texture-form"), gr.Tabs(elem_id="texture-modes") as modes:
            tabs = {mode: gr.Tab(title, id=mode, elem_id=f"texture-mode-{mode}") for mode, title in MODES.items()}
            with tabs["sample"]:
                chosen, compare = _sample_form()
            with tabs["teach"]:
                teach_form = _teach_form(modes)
            with tabs["slow"]:
                gr.Markdown(texts.SLOW_HINT)
                slow_fields = {name: field.widget() for name, field in SLOW.items()}
                slow_start = gr.Button("Optimise", variant="primary", elem_id="texture-slow-start")
        with gr.Column(scale=7, min_width=320, elem_id="texture-show", elem_classes=["answers"]):
            sample = _sample_side(chosen, compare, made, path, taught)
            teach_side = _teach_side(taught)
            with gr.Column(elem_id="texture-side-slow"):
                slow_picture = _picture("Optimised", height=420, elem_id="texture-slow-picture")
                slow_run = optimisation(slow_start, slow_job, texts.SLOW_READY, name="texture-slow")
    common.how_it_works(texts.ABOUT)

    after_choice = events.sample_events(sample)
    events.teach_events(teach_form, teach_side, sample, inbox, after_choice)
    slow = SlowPart(slow_fields, slow_picture, slow_run)
    events.slow_events(slow, sample)
    said = linked(modes, sample, teach_form, slow, inbox, after_choice)
    outlets = [Outlet(sample.one.row, path, opened), slow_run.outlet()]
    return LinkedPort(inbox, outlets, "#texture-cropper, #texture-exemplar", said)


def _picture(label: str, *, height: int, elem_id: str) -> gr.Image:
    return gr.Image(
        label=label, show_label=False, format="jpeg", interactive=False, buttons=["fullscreen"], height=height,
        elem_id=elem_id,
    )  # fmt: skip


# ---- what is asked


def _sample_form() -> tuple[dict[str, Component], gr.Button]:
    """A texture, and which of its networks."""
    first = SAMPLE["texture"].default
    texture = Tiles(
        texture_tiles(), first, name="Texture", chooses=True, least=96, shape="1 / 1", elem_id="texture-tiles"
    )
    network = common.OneOf(
        [(NAMES[name], name) for name in form.variants_of(first)], value=SAMPLE["network"].default,
        label=SAMPLE["network"].label, elem_id="texture-network",
    )  # fmt: skip
    compare = gr.Button(
        "Compare its networks", size="md", visible=len(form.variants_of(first)) > 1, elem_id="texture-compare-start"
    )
    return {"texture": texture, "network": network}, compare


def _teach_form(modes: gr.Tabs) -> TeachForm:
    """The picture to learn, which part of it, and for how long."""
    exemplar = common.picture_input(
        "A picture of your texture", elem_id="texture-exemplar", height=190, buttons=[],
        sources=("upload", "webcam", "clipboard"),
    )  # fmt: skip
    cropper = Cropper(None, name="The square that is learned", visible=False, elem_id="texture-cropper")
    examples = Tiles(
        picture_tiles(), name="Examples: a click takes one", captions=False, least=56, elem_id="texture-examples"
    )
    fields = {
        "crop": LEARN["crop"].widget("texture-crop"),
        "across": LEARN["across"].argument(),
        "down": LEARN["down"].argument(),
        "seconds": LEARN["seconds"].widget("texture-seconds"),
    }
    learn = gr.Button("Learn", variant="primary", elem_id="texture-learn")
    with gr.Row():
        another = gr.Button("Another picture", size="md", min_width=130, visible=False, elem_id="texture-another")
        load = Upload("Load a network", file_types=[".safetensors"], size="md", min_width=130, elem_id="texture-load")
    gr.Markdown(texts.FILE_HINT)
    with gr.Accordion("Advanced", open=False):
        fields["detail"] = LEARN["detail"].widget()
        fields["nearest"] = LEARN["nearest"].widget(visible=form.all_have_objectives())
        fields["seed"] = LEARN["seed"].widget()
    ordered = {name: fields[name] for name in LEARN}
    return TeachForm(modes, exemplar, cropper, examples, ordered, learn, another, load)


# ---- what comes out


def _sample_side(
    chosen: dict[str, Component], compare: gr.Button, made: gr.State, path: gr.State, taught: gr.State
) -> SamplePart:
    with gr.Column(elem_id="texture-side-sample"):
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=120, elem_id="texture-exemplar-side"):
                exemplar = Exemplar(shown(SAMPLE["texture"].default, None), elem_id="texture-shown")
            with gr.Column(scale=4, min_width=300, elem_id="texture-gallery-side"):
                gallery = gr.Gallery(
                    label="Samples: a click takes one's seed", show_label=False, columns=3, height="auto",
                    object_fit="cover", format="png", allow_preview=False, interactive=False, buttons=[],
                    elem_id="texture-gallery",
                )  # fmt: skip
        status = Status(texts.READY, bar=False, least=2.4, elem_id="texture-status")
        with gr.Row(equal_height=True, elem_id="texture-settings"):
            seed = SAMPLE["seed"].widget("texture-seed", min_width=100, scale=2)
            number = SAMPLE["number"].widget(min_width=150, scale=3)
            size = SAMPLE["size"].widget("texture-size", min_width=150, scale=3)
        with gr.Row():
            more = gr.Button("Sample more", variant="primary", size="md", min_width=120, elem_id="texture-more")
            dice = gr.Button("⚄ New seed", size="md", min_width=110, elem_id="texture-dice")
            archive = common.download_button("texture-zip", "Download all", width=120)
        compared = common.side_by_side(format="jpeg", elem_id="texture-compare")
        figures = Status("", bar=False, least=0, elem_id="texture-figures")
        one = _one(path)
    given = chosen | {"number": number, "size": size, "seed": seed}
    fields = {name: given[name] for name in SAMPLE}
    return SamplePart(
        fields, compare, exemplar, gallery, status, more, dice, archive, compared, figures, one, made, taught
    )


def _one(path: gr.State) -> OnePart:
    """One sample below the gallery: large, tiled, or on its way to another."""
    with gr.Column(elem_id="texture-one"):
        fields = {name: ONE[name].widget(f"texture-{name}") for name in ("view", "large")}
        with gr.Row(visible=False) as between:
            fields["other"] = ONE["other"].widget(min_width=120)
            fields["at"] = ONE["at"].widget("texture-at", min_width=220, scale=3)
        picture = _picture("One sample", height=480, elem_id="texture-one-picture")
        line = Status("", bar=False, least=2.4, elem_id="texture-one-status")
        with gr.Row() as row:
            file = common.download_button("texture-one-file")
    return OnePart(fields, between, picture, line, row, file, path)


def _teach_side(taught: gr.State) -> LessonSide:
    with gr.Column(elem_id="texture-side-teach"):
        live = Live(
            None, name="A sample of the network so far", empty=texts.LIVE_EMPTY, html_template=LEARNED,
            css_template=LEARNED_CSS, elem_id="texture-live",
        )  # fmt: skip
        return lesson_side(live, taught, texts.LEARN_READY, name="texture", use="Sample it")
