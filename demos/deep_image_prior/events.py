"""What happens on the page: which function answers to what, and what it changes.

Where a function's input is a set of components, it reads values by component, and answers by component.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from demos import common
from demos.common.exchange import received
from demos.common.running import Runs
from demos.deep_image_prior import form, jobs, texts
from demos.deep_image_prior.examples import EXAMPLES
from demos.deep_image_prior.form import DEFAULTS
from demos.deep_image_prior.work import Work
from demos.widgets.chart import Chart
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles

TO_RESULT = common.bring_into_view("#dip-result")
TO_FORM = common.bring_into_view("#dip-form")
TO_COMPARISON = common.bring_into_view("#dip-compare")
QUIET = common.QUIET
SKIP = gr.skip()

Values = dict[Component, Any]


@dataclass(frozen=True)
class FormPart:
    """What is asked.

    Attributes:
        painted: the picture to paint on, where the visitor paints what is missing.
        uploaded_mask: the part of the page with `mask`.
    """

    examples: Tiles
    fields: dict[str, Component]
    hint: gr.Markdown
    picture: common.Picture
    painted: common.MaskEditor
    flash: common.Picture
    uploaded_mask: gr.Accordion
    mask: common.Picture
    start: gr.Button
    dice: gr.Button


@dataclass(frozen=True)
class ResultPart:
    """What comes out.

    Attributes:
        begun: the part of the page that is seen once something has begun.
        work: state: the visitor's run.
    """

    pair: gr.ImageSlider
    status: Status
    stop: gr.Button
    begun: gr.Column
    left: common.OneOf
    right: common.OneOf
    scrubber: gr.Slider
    file: gr.DownloadButton
    resume: gr.Button
    compare: gr.Button
    reuse: gr.Button
    gallery: gr.Gallery
    curve: Chart
    work: gr.State


# ---- what is asked


def form_events(p: FormPart, inbox: gr.State, status: Status) -> None:
    """The form follows the task, the files and the pictures that it gets."""
    f = p.fields
    pictures = {"picture": p.picture, "painted": p.painted, "flash": p.flash, "mask": p.uploaded_mask}
    task = {f["task"], f["source"], f["damage"]}
    shaping = {*task, f["preset"], f["factor"], f["hole"]}

    def reshape(values: Values) -> Values:
        """Fields that the task has, and what the preset would choose where nothing is entered."""
        task, source, damage = values[f["task"]], values[f["source"]], values[f["damage"]]
        fits = form.fitting(task, source, damage)
        try:
            infos = form.preset_infos(task, source, values[f["preset"]], values[f["factor"]], values[f["hole"]])
        except (ValueError, TypeError):
            return {p.hint: SKIP}
        changed = {(f | pictures)[name]: gr.update(visible=fit) for name, fit in fits.items()}
        changed |= {f[name]: gr.update(info=info) for name, info in infos.items()}
        return changed | {p.hint: texts.HINTS[task]}

    def carry(values: Values) -> Values:
        """The picture stays when the visitor goes from the plain field to the one to paint on, and back."""
        picture, painted = values[p.picture], values[p.painted]
        paints = form.paints(values[f["task"]], values[f["source"]], values[f["damage"]])
        if paints and painted is None and picture is not None:
            return {p.painted: picture}
        if not paints and picture is None and painted is not None:
            return {p.picture: painted.picture}
        return {p.picture: SKIP}

    def restore_settings(values: Values) -> Values:
        """What a file of ours was made with."""
        found = form.taken_from_file(values[p.picture])
        if found:
            gr.Info(texts.TAKEN_OVER)
        return {f[name]: value for name, value in found.items()} or {f["task"]: SKIP}

    def arrive(path: str | None) -> tuple:
        picture = received(path)
        return (SKIP, SKIP, SKIP) if picture is None else (picture, picture, texts.ARRIVED)

    shaped = {p.hint, *((f | pictures)[name] for name in (*form.FITTING_AT_FIRST, *form.INFOS_AT_FIRST))}
    gr.on([field.change for field in f.values() if field in shaping], reshape, shaping, shaped, **QUIET)
    gr.on([field.input for field in f.values() if field in task], carry, {p.picture, p.painted, *task},
          {p.picture, p.painted}, **QUIET)  # fmt: skip
    told = QUIET | {"queue": True}  # what a function says to the visitor travels through the queue
    p.picture.upload(restore_settings, {p.picture}, set(f.values()), **told)
    p.dice.click(lambda: secrets.randbelow(common.LARGEST_SEED), None, f["seed"], **QUIET)
    inbox.change(arrive, [inbox], [p.picture, p.painted, status], **QUIET)


# ---- runs


def controls(work: Work | None) -> dict[str, Any]:
    """Name of a control below the slider -> its state once a run is over, or for none."""
    if work is None or work.forgotten:
        names = ("scrubber", "left", "right", "file", "resume", "compare", "reuse")
        return {name: gr.update(interactive=False) for name in names}
    kept, restores, begun = sorted(work.kept), work.case.problem is not None, work.progress is not None
    last = max(1, len(kept) - 1)
    lefts = [key for key in texts.LEFTS if key != "truth" or work.picture("truth") is not None]
    rights = list(texts.RIGHTS) if restores else ["auto", "kept"]
    if not work.suggested_step and "suggested" in rights:
        rights.remove("suggested")
    names = texts.RIGHTS | {"suggested": f"Suggested (step {work.suggested_step})"}
    return {
        "scrubber": gr.update(
            maximum=last, value=max(0, len(kept) - 1), interactive=len(kept) > 1, info=texts.kept(kept)
        ),
        "left": gr.update(choices=[(texts.LEFTS[key], key) for key in lefts], value=work.left, interactive=True),
        "right": gr.update(
            choices=[(names[key], key) for key in rights],
            value=work.right if work.right in rights else "auto",
            interactive=True,
        ),
        "file": gr.update(interactive=begun),
        "resume": gr.update(value=f"Continue (+{jobs.more_steps(work)})", interactive=work.continuable),
        "compare": gr.update(interactive=restores and work.case.asked.task != "pre_image"),
        "reuse": gr.update(interactive=begun and restores),
    }


def run_events(p: ResultPart, asked: FormPart) -> None:
    """What begins a run, goes on with it and ends it."""
    pictures = {"picture": asked.picture, "painted": asked.painted, "mask": asked.mask, "flash": asked.flash}
    inputs = [(asked.fields | pictures)[name] for name in form.INPUTS]
    outputs = [p.pair, p.status, p.curve, p.file, p.work]
    buttons = [p.file, p.resume, p.compare, p.reuse]

    def begin() -> Values:
        """As the page is at the beginning of a run; the suggested picture is offered at its end, if there is one."""
        rights = [(name, key) for key, name in texts.RIGHTS.items() if key != "suggested"]
        return {button: gr.update(interactive=False) for button in buttons} | {
            p.begun: gr.update(visible=True),
            p.gallery: gr.update(visible=False, value=None),
            p.left: gr.update(choices=[(name, key) for key, name in texts.LEFTS.items()], value="before"),
            p.right: gr.update(choices=rights, value="auto"),
        }

    def settle(work: Work | None) -> Values:
        return {getattr(p, name): state for name, state in controls(work).items()}

    def fill(name: str) -> Values:
        """An example and its settings; the seed stays the visitor's."""
        example = EXAMPLES[common.choice(name, "Example", EXAMPLES)]
        fields = {asked.fields[name]: value for name, value in (DEFAULTS | example.fields).items() if name != "seed"}
        return fields | dict.fromkeys(pictures.values()) | {asked.picture: str(example.path)}

    runs = Runs(
        jobs.PLACE,
        status=p.status,
        begin=(begin, None, {p.begun, p.gallery, p.left, p.right, *buttons}),
        settle=(settle, [p.work], {p.scrubber, p.left, p.right, *buttons}),
        view=TO_RESULT,
    )
    runs.on_click(asked.start, jobs.run, inputs, outputs, api_name="restore")
    asked.examples.input(None, None, None, js=common.one_click(f"#{asked.examples.elem_id}"), **QUIET)
    chosen = asked.examples.input(fill, [asked.examples], {*pictures.values(), *asked.fields.values()}, **QUIET)
    runs.after(chosen.then, jobs.run, inputs, outputs, api_visibility="private")
    runs.on_click(p.resume, jobs.resume, [p.work], outputs, api_visibility="private")
    runs.on_stop(p.stop, jobs.stop_run, [p.work], outputs)


def result_events(p: ResultPart, asked: FormPart) -> None:
    """What can be done with a run: look at it, compare it, use it."""
    compared = p.compare.click(jobs.compare, [p.work], [p.gallery], api_visibility="private", **common.DEVICE_QUEUE)
    compared.then(None, None, None, js=TO_COMPARISON, **QUIET)
    shown = gr.on(
        [p.left.input, p.right.input], jobs.show, [p.work, p.left, p.right], [p.pair, p.status], **common.TOLD
    )
    shown.then(jobs.fresh_download, [p.work], [p.file], **QUIET)
    scrubbed = [p.pair, p.status, p.right]
    p.scrubber.input(jobs.scrub, [p.work, p.scrubber], scrubbed, trigger_mode="always_last", **common.TOLD)
    p.scrubber.release(jobs.fresh_download, [p.work], [p.file], **QUIET)
    reused = p.reuse.click(jobs.reuse, [p.work], [asked.picture, asked.painted, asked.fields["source"]], **common.TOLD)
    reused.success(None, None, None, js=TO_FORM, **QUIET)
