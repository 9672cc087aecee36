"""The tab's page: the form on the left, the live before/after slider and what can be done with a run beside it."""

from functools import partial

import gradio as gr

from demos import common
from demos.common.exchange import Outlet, Port
from demos.common.links import LinkedPort
from demos.deep_image_prior import texts
from demos.deep_image_prior.events import FormPart, ResultPart, form_events, result_events, run_events
from demos.deep_image_prior.examples import example_tiles
from demos.deep_image_prior.form import DEFAULTS, FIELDS, FITTING_AT_FIRST, INFOS_AT_FIRST
from demos.deep_image_prior.jobs import STATE_S
from demos.deep_image_prior.link import linked
from demos.deep_image_prior.texts import LEFTS, RIGHTS, SUMMARY, TITLE
from demos.deep_image_prior.work import LIVE_RESTORERS, Work, close
from demos.widgets.chart import Chart
from demos.widgets.status import status_and_stop
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

CSS = common.style_sheet(__file__)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    inbox = gr.State(None, time_to_live=STATE_S)
    gr.Markdown(texts.LEAD)
    examples = Tiles(example_tiles(), name="Examples: a click runs one", elem_id="dip-examples")
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=300, elem_id="dip-form"):
            asked = _form(examples)
        with gr.Column(scale=7, min_width=320, elem_id="dip-result", elem_classes="answers"):
            result, row = _result()
    common.how_it_works(texts.ABOUT.format(live=LIVE_RESTORERS), "How it works, and where it wins")

    form_events(asked, inbox, result.status)
    run_events(result, asked)
    result_events(result, asked)
    return LinkedPort(
        inbox, [Outlet(row, result.work, Work.result)], "#dip-picture, #dip-painted", linked(asked, result, inbox)
    )


def _form(examples: Tiles) -> FormPart:
    """The task, its pictures, and the fields that it has."""
    fields = {}

    def add(name: str, **layout: int | str) -> None:
        layout |= {"info": INFOS_AT_FIRST[name]} if name in INFOS_AT_FIRST else {}
        fields[name] = FIELDS[name].widget(f"dip-{name}", visible=FITTING_AT_FIRST.get(name, True), **layout)

    add("task")
    hint = gr.Markdown(texts.HINTS[DEFAULTS["task"]], elem_classes="dip-hint")
    picture = common.picture_input("Picture", height=280, visible=FITTING_AT_FIRST["picture"], elem_id="dip-picture")
    painted = common.mask_editor("Picture", elem_id="dip-painted", height=380)
    painted.visible = FITTING_AT_FIRST["painted"]
    flash = common.picture_input("The same view with flash", visible=FITTING_AT_FIRST["flash"])
    with gr.Accordion("Or upload a mask", open=False, visible=FITTING_AT_FIRST["mask"]) as uploaded_mask:
        mask = common.picture_input("Mask: white or any colour is replaced, black is kept", height=180)
        add("invert_mask")
    for name in ("source", "damage", "missing", "factor", "sigma", "quality", "layer", "black_is_missing", "preset"):
        add(name)
    start = gr.Button("Restore", variant="primary", elem_id="dip-start")
    with gr.Accordion("Advanced", open=False):
        with gr.Row():
            add("seed", min_width=120)
            dice = gr.Button("⚄ New seed", min_width=110)
        with gr.Row():
            add("steps", min_width=120)
            add("lr", min_width=120)
        for name in ("longest_side", "hole", "auto_stop", "minutes"):
            add(name)
    return FormPart(examples, fields, hint, picture, painted, flash, uploaded_mask, mask, start, dice)


def _result() -> tuple[ResultPart, gr.Row]:
    """The slider, and once something has begun what belongs to it; and the row of buttons."""
    button = partial(gr.Button, interactive=False, size="md", min_width=130)
    pair = common.before_and_after("Given | restored", elem_id="dip-pair", height=640)
    status, stop = status_and_stop(texts.READY, name="dip")
    with gr.Column(visible=False, elem_classes="begun") as begun:
        with gr.Row():
            left = common.OneOf([(LEFTS[key], key) for key in LEFTS], value="before", label="Left half", min_width=240)
            right = common.OneOf([(RIGHTS[key], key) for key in RIGHTS], value="auto", label="Right half: the result")
        scrubber = gr.Slider(
            0, 1, 0, step=1, label="Through the kept steps", info="Fills as it runs", elem_id="dip-scrubber",
            buttons=[],
        )  # fmt: skip
        with gr.Row() as row:
            file = common.download_button("dip-file")
            resume = button("Continue", elem_id="dip-continue")
            compare, reuse = button("Compare"), button("Use as input")
        gallery = common.side_by_side(format="png", elem_id="dip-compare")
        curve = Chart([], elem_id="dip-curve")
    return ResultPart(
        pair=pair, status=status, stop=stop, begun=begun, left=left, right=right, scrubber=scrubber, file=file,
        resume=resume, compare=compare, reuse=reuse, gallery=gallery, curve=curve,
        work=gr.State(None, time_to_live=STATE_S, delete_callback=close),
    ), row  # fmt: skip
