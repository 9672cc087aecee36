"""What happens in the modes *Become* and *Dress*."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from convgen import images
from demos import common
from demos.avatars import examples, jobs, own, texts
from demos.avatars.events import SKIP, TO_RESULT, Look, Values
from demos.avatars.form import DRESS
from demos.avatars.texts import OWN
from demos.common.exchange import received
from demos.common.inputs import Canvas
from demos.common.job import gives_way, stop_run
from demos.common.quick import AT_ONCE
from demos.common.running import Runs
from demos.common.upload import Upload, Uploads
from demos.widgets.chart import Chart
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles, tiles_as

QUIET = common.QUIET
SEEN_WITH = {
    "garment": ("texture", "cloth", "style"),
    "texture": ("texture",),
    "style": ("style",),
    "seed": ("texture", "style"),
    "tile": ("texture", "cloth"),
    "strength": ("texture", "cloth", "style"),
    "folds": ("texture", "cloth"),
    "across": ("chest", "back"),
    "up": ("chest", "back"),
    "width": ("chest", "back"),
    "cloth": ("cloth", "chest", "back"),
    "part": ("paint",),
    "canvas": ("paint",),
}
"""Field of `DRESS`, and the picture -> the ways of dressing that it belongs to."""


@dataclass(frozen=True)
class BecomePart:
    """Components of the mode *Become*.

    Attributes:
        files, job: states: paths of the photos and videos; the run.
    """

    files: gr.State
    job: gr.State
    photo: common.Picture
    note: Status
    more: Uploads
    anew: gr.Button
    tiles: Tiles
    refine: gr.Button
    stop: gr.Button
    load: Upload
    file: gr.DownloadButton
    curve: Chart


@dataclass(frozen=True)
class DressPart:
    """Components of the mode *Dress*: `fields` are those of `DRESS` but for the texture, whose tiles are `textures`."""

    fields: dict[str, Component]
    textures: Tiles
    cloth: common.Picture
    canvas: Canvas
    wear: gr.Button
    dice: gr.Button
    undo: gr.Button
    file: gr.DownloadButton


def own_events(
    p: Look,
    b: BecomePart,
    d: DressPart,
    playing: gr.State,
    modes: gr.Tabs,
    inbox: gr.State,
    redraw: Callable[[Any], Any],
    plays: Callable[[Callable], None],
) -> None:
    """Photos become an avatar, which learns on, is dressed, kept and loaded.

    Args:
        playing: state: the run of a motion that plays.
        redraw, plays: see `look_events`.
    """
    who = p.fields["avatar"]

    def give_up() -> None:
        """Somebody else is the visitor's now: what still learns, or dances, ends."""
        gives_way(own.REFINED)
        gives_way(jobs.STAGE)

    chosen = {p.yours, who, b.file, d.file}

    def is_yours(yours: own.Yours) -> Values:
        """What the page shows once somebody is the visitor's."""
        tiles = tiles_as([*examples.avatar_tiles(), own.tile(yours.path)])
        files = {part: common.button_for(yours.path) for part in (b.file, d.file)}
        return {p.yours: yours, who: common.with_props(who, tiles=tiles, value=OWN)} | files

    def make(values: Values, files: list[str]) -> Values:
        yours, line = own.make(files, values[p.yours])
        give_up()
        return is_yours(yours) | {b.files: files, b.note: line}

    def first(values: Values) -> Values:
        photo = values[b.photo]
        if photo is None:
            return {b.files: [], b.note: ""}
        path = common.save_png(images.fit_within(photo, longest_side=2048), {}, "photo")
        return make(values, [path])

    def further(values: Values) -> Values:
        return make(values, [*values[b.files], *values[b.more]]) if values[b.more] else {b.files: SKIP}

    made = {*chosen, b.files, b.note}
    p.tabs["become"].select(own.warm_up, None, None, **common.TOLD)
    for event in (b.photo.input, b.more.upload, b.tiles.input):
        event(lambda: texts.LOOKING, None, [b.note], **QUIET)
    for event in (
        b.photo.input(first, {b.photo, p.yours}, made, **AT_ONCE),
        b.more.upload(further, {b.files, b.more, p.yours}, made, **AT_ONCE),
        b.tiles.input(lambda values: {b.photo: examples.photo(values[b.tiles])}, {b.tiles}, {b.photo}, **QUIET).then(
            first, {b.photo, p.yours}, made, **AT_ONCE
        ),
    ):
        event.failure(lambda: texts.NOTHING_MADE, None, [b.note], **QUIET)
        shown = redraw(event.success(None, None, None, js=TO_RESULT, **QUIET))
        plays(shown.success)
    b.anew.click(lambda: (None, [], ""), None, [b.photo, b.files, b.note], **QUIET)

    def load(values: Values) -> Values:
        yours = own.load(values[b.load], values[p.yours])
        give_up()
        return is_yours(yours) | {b.note: texts.LOADED}

    loaded = b.load.upload(load, {b.load, p.yours}, {*chosen, b.note}, **AT_ONCE)
    redraw(loaded.success(None, None, None, **QUIET))

    # ---- learning on

    def refine(values: Values) -> Any:
        for shown, line, curve, yours, job in own.refine(values[b.files], values[p.yours]):
            more = {} if not isinstance(yours, own.Yours) else is_yours(yours)
            picture = shown if isinstance(shown, dict) else common.with_props(p.stage, value=shown)
            yield {p.stage: picture, p.line: line, b.curve: curve, b.job: job} | more

    runs = Runs(own.REFINED, status=p.line, begin=(lambda: gives_way(jobs.STAGE), None, None), view=TO_RESULT)
    refined = runs.on_click(
        b.refine, refine, {b.files, p.yours}, {p.stage, p.line, b.curve, b.job, *chosen}, api_visibility="private"
    )
    plays(refined.success)

    def stop(refining: Any, motion: Any) -> Any:
        lines = [stop_run(refining, own.REFINED), stop_run(motion, jobs.STAGE)]
        return next((line for line in lines if not isinstance(line, str)), lines[0])

    b.stop.click(stop, [b.job, playing], [p.line], **QUIET)

    # ---- clothes

    fields = {**d.fields, "texture": d.textures}

    def wear(values: Values) -> Values:
        asked = {name: values[fields[name]] for name in DRESS}
        picture = values[d.canvas if asked["how"] == "paint" else d.cloth]
        yours = own.dress(values[who], values[p.yours], asked, picture)
        give_up()
        return is_yours(yours)

    def undo(values: Values) -> Values:
        yours = values[p.yours]
        if yours is None or values[who] != OWN or (yours.before is None and yours.base == yours.path):
            raise gr.Error(texts.NOTHING_TO_UNDO, print_exception=False)
        give_up()
        if yours.before is not None:
            return is_yours(yours.before)
        nobody = {p.yours: None, who: common.with_props(who, tiles=tiles_as(examples.avatar_tiles()), value=yours.base)}
        return nobody | {part: common.button_for(None) for part in (b.file, d.file)}

    asked = {*fields.values(), d.cloth, d.canvas, who, p.yours}
    worn = (
        d.wear.click(None, None, None, js=TO_RESULT, **QUIET).then,
        d.textures.input,
        d.dice.click(lambda: secrets.randbelow(common.LARGEST_SEED), None, d.fields["seed"], **QUIET).then,
    )
    for event in worn:
        redraw(event(wear, asked, chosen, **AT_ONCE).success(None, None, None, **QUIET))
    redraw(d.undo.click(undo, {p.yours, who}, chosen, **common.TOLD).success(None, None, None, **QUIET))

    def to_paint(values: Values) -> Values:
        """The texture of the part that is painted on, as it is now."""
        if values[fields["how"]] != "paint":
            return {d.canvas: SKIP}
        return {d.canvas: own.texture_of(values[who], values[p.yours], values[fields["part"]])}

    who.input(lambda: gives_way(own.REFINED), None, None, **QUIET)

    changes = [fields["how"].input, fields["part"].input, who.change, p.yours.change]
    gr.on(changes, to_paint, {fields["how"], fields["part"], who, p.yours}, {d.canvas}, **AT_ONCE)

    seen = {**d.fields, "texture": d.textures, "cloth": d.cloth, "canvas": d.canvas}

    def show(how: str) -> list:
        return [gr.update(visible=how in ways) for ways in SEEN_WITH.values()]

    d.fields["how"].input(show, [d.fields["how"]], [seen[name] for name in SEEN_WITH], **QUIET)

    def arrive(path: str | None) -> list:
        picture = received(path)
        if picture is None:
            return [SKIP] * (len(SEEN_WITH) + 2)
        shown = dict(zip(SEEN_WITH, show("cloth"), strict=True))
        return [
            "cloth",
            gr.Tabs(selected="dress"),
            *(shown | {"cloth": gr.update(value=picture, visible=True)}).values(),
        ]

    outputs = [d.fields["how"], modes, *(seen[name] for name in SEEN_WITH)]
    inbox.change(arrive, [inbox], outputs, **QUIET)
