"""What happens on the page: which function answers to what, and what it changes.

Where a function's input is a set of components, it reads values by component, and answers by component.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from PIL import Image

from demos import common
from demos.age import color_jobs, form, jobs, texts
from demos.age.color_jobs import Coloured
from demos.age.examples import EXAMPLES, TO_BEGIN_WITH
from demos.age.form import CALM, COLORING
from demos.age.jobs import Amounts, Kept
from demos.common import button_for
from demos.common.exchange import received
from demos.common.outputs import data_address
from demos.common.photos import photo_path
from demos.common.quick import AT_ONCE, QUICK_QUEUE, quickly
from demos.widgets.crop import WITH_SIDE, Cropper, square_on
from demos.widgets.live import Live
from demos.widgets.pad import Pad
from demos.widgets.status import Status
from demos.widgets.tiles import Tile, Tiles, tiles_as

TO_RESULT = common.bring_into_view("#age-show")
TO_EDITOR = common.bring_into_view("#age-editor")
SKIP = gr.skip()
QUIET = common.QUIET

Values = dict[Component, Any]


@dataclass(frozen=True)
class FaceForm:
    """A photo, and which of its faces is meant.

    Attributes:
        framing: see `form.FRAMING`; three of them are not to be seen, as the tiles and the cropper set them.
    """

    photo: common.Picture
    portraits: Tiles
    faces: Tiles
    cropper: Cropper
    framing: dict[str, Component]


@dataclass(frozen=True)
class FaceResult:
    """The face and its reconstruction."""

    pair: gr.Gallery
    line: Status


@dataclass(frozen=True)
class EditorPart:
    """One face, and the sliders that move it; two modes share it.

    Attributes:
        kept, path: states: the face as it was before the sliders moved it, and its file as they stand.
        to_ends: "first", "second" -> the button that makes it that end of a way.
        linked: state: where a link wants the sliders of its face.
    """

    kept: gr.State
    sliders: dict[str, gr.Slider]
    edited: Live
    line: Status
    reset: gr.Button
    to_ends: dict[str, gr.Button]
    file: gr.DownloadButton
    path: gr.State
    linked: gr.State

    def amounts(self, values: Values) -> Amounts:
        return {name: values[slider] for name, slider in self.sliders.items()}

    def sliders_at(self, amounts: Amounts) -> Values:
        """Every slider where it belongs, in the middle if nothing is said of it."""
        return {slider: amounts.get(name, form.EDITOR[name].default) for name, slider in self.sliders.items()}


@dataclass(frozen=True)
class SamplesForm:
    """From which seed on faces are sampled."""

    fields: dict[str, Component]
    more: gr.Button
    dice: gr.Button
    file: gr.DownloadButton


@dataclass(frozen=True)
class SamplesResult:
    """Samples; `seeds` is a state: those that are shown."""

    gallery: gr.Gallery
    line: Status
    seeds: gr.State


@dataclass(frozen=True)
class BetweenForm:
    """Two faces, each a photo, a seed or a face from the editor.

    Attributes:
        photos, kept: "first", "second" -> a photo of that end; and a state, a face from the editor.
        fields: the seeds of the ends, and the number of faces.
    """

    photos: dict[str, common.Picture]
    kept: dict[str, gr.State]
    fields: dict[str, Component]
    go: gr.Button


@dataclass(frozen=True)
class BetweenResult:
    """The way from one to the other; `made` is a state: whether there was one."""

    strip: gr.Gallery
    line: Status
    loop: gr.Image
    loop_file: gr.DownloadButton
    strip_file: gr.DownloadButton
    made: gr.State


@dataclass(frozen=True)
class ColorsForm:
    """A picture to colour and what it shows, one whose colours are taken, and the seed of the eight."""

    picture: common.Picture
    pictures: Tiles
    kind: common.OneOf
    source: common.Picture
    seed: gr.Number


@dataclass(frozen=True)
class ColorsResult:
    """The coloured picture, and what chooses its colours; `how` and `path` are states: of it, and of its file."""

    pair: gr.ImageSlider
    line: Status
    file: gr.DownloadButton
    eight: Tiles
    pad: Pad
    how: gr.State
    path: gr.State


def endpoint(function: Callable[..., tuple], inputs: list[Component], outputs: list[Component]) -> None:
    """A function for programs, under its own name."""
    gr.Button(visible=False).click(function, inputs, outputs, api_name=function.__name__, **QUICK_QUEUE)


def take_example(tiles: Tiles, picture: common.Picture, give: Callable[[str], Any]) -> None:
    """A click on an example takes it."""
    taken = tiles.input(give, [tiles], [picture], **QUIET)
    taken.then(None, None, None, js=TO_RESULT, **QUIET)


# ---- a face


def look(photo: Image.Image | None, crop: float, across: float, down: float) -> tuple:
    """What there is in a new photo: its faces to choose from, and whether it has to be framed by hand."""
    ours = jobs.taken_from_file(photo) is not None
    found = [] if photo is None or ours or not form.faces_here() else jobs.found_in(photo)
    tiles = []
    if len(found) > 1:
        tiles = [Tile(n, f"Face {n}", image=data_address(face)) for face, n in jobs.pickable(photo, found)]
    by_hand = photo is not None and not found and not ours
    if by_hand or ours:
        gr.Info(texts.NOTHING_FOUND if by_hand else texts.TAKEN_OVER)
    return gr.update(tiles=tiles_as(tiles), value="1"), 1, by_hand, square_on(photo, crop, across, down)


def face_events(p: FaceForm, shown: FaceResult, editor: EditorPart, modes: gr.Tabs, inbox: gr.State) -> None:
    """A photo, which of its faces is meant, and its reconstruction."""
    asked = [p.photo, *p.framing.values()]
    which, by_hand, crop, across, down = (p.framing[name] for name in ("which", "by_hand", "crop", "across", "down"))

    def answer(pair: Any, line: str, kept: Kept | None, amounts: Mapping[str, float]) -> Values:
        return {shown.pair: pair, shown.line: line, editor.kept: kept} | editor.sliders_at(amounts)

    def refresh(values: Values) -> Values:
        """The reconstruction, and where the sliders of the editor belong."""
        photo = values[p.photo]
        if photo is None:
            return answer(None, texts.FACE_READY, None, {})
        if ours := jobs.taken_from_file(photo):
            return answer(None, texts.TAKEN_OVER, *ours)
        framing = {name: values[field] for name, field in p.framing.items()}
        return answer(*jobs.reconstruct(photo, **framing), values[editor.linked] or {})

    def reframe(values: Values) -> Values:
        """The same for another square; without a photo there is none, and what is shown stays."""
        return {shown.pair: SKIP} if values[p.photo] is None else refresh(values)

    def unless_chosen(kept: Kept | None, example: Kept | None) -> Kept | Any:
        """The example, unless the visitor has taken a sample while it was made."""
        return example if kept is None else SKIP

    def arrive(path: str | None) -> tuple:
        picture = received(path)
        return (SKIP, SKIP) if picture is None else (picture, gr.Tabs(selected="face"))

    def reconstructed(event: Any, function: Any = reframe) -> None:
        changed = {shown.pair, shown.line, editor.kept, *editor.sliders.values()}
        draw_editor(editor, event(function, {*asked, editor.linked}, changed, **AT_ONCE))

    endpoint(jobs.reconstruct, asked, [shown.pair, shown.line, editor.kept])
    looked = p.photo.change(
        quickly(look), [p.photo, crop, across, down], [p.faces, which, by_hand, p.cropper], **AT_ONCE
    )
    reconstructed(looked.then, refresh)
    take_example(p.portraits, p.photo, lambda name: str(photo_path(name, EXAMPLES)))
    picked = p.faces.input(None, [p.faces], [which, by_hand], js="n => [Number(n), false]", **QUIET)
    reconstructed(picked.then)
    reconstructed(by_hand.input)
    crop.input(None, [crop, p.cropper], [p.cropper], js=WITH_SIDE, **QUIET)
    moved = p.cropper.input(None, [p.cropper], [across, down], js="v => [v.across, v.down]", **QUIET)
    reconstructed(moved.then)
    reconstructed(crop.input)
    inbox.change(arrive, [inbox], [p.photo, modes], **QUIET)
    if form.faces_here():
        example = gr.State(None)
        loaded = common.first_opening(inbox)(jobs.first_example, None, [shown.pair, shown.line, example], **AT_ONCE)
        draw_editor(editor, loaded.then(unless_chosen, [editor.kept, example], [editor.kept], **QUIET))


# ---- the editor


def into_editor(p: EditorPart, event: Any) -> Any:
    """What was kept is shown in the editor, its sliders in the middle."""
    return draw_editor(p, event.then(lambda: p.sliders_at({}), None, set(p.sliders.values()), **QUIET))


def draw_editor(p: EditorPart, event: Any) -> Any:
    """What was kept is shown in the editor as its sliders say."""
    return drawn_by(p, event.then)


def drawn_by(p: EditorPart, event: Any) -> Any:
    """The same by an event; the file of the editor's face follows the picture."""
    state = {p.kept, *p.sliders.values()}

    def draw(values: Values) -> Values:
        picture, line = jobs.draw_edited(values[p.kept], p.amounts(values))
        return {p.edited: picture, p.line: line}

    def write(values: Values) -> Values:
        return {p.path: jobs.file_of(values[p.kept], p.amounts(values))}

    written = event(draw, state, {p.edited, p.line}, **AT_ONCE).then(write, state, {p.path}, **AT_ONCE)
    return written.then(button_for, [p.path], [p.file], **QUIET)


def editor_events(p: EditorPart, between: BetweenForm, modes: gr.Tabs) -> None:
    """Sliders move a face, which can become an end of a way."""
    state = {p.kept, *p.sliders.values()}
    drawn_by(p, partial(gr.on, [slider.input for slider in p.sliders.values()]))
    into_editor(p, p.reset.click(None, None, None, **QUIET))

    @quickly
    def take(values: Values) -> tuple:
        """The face as the sliders say becomes an end, and its picture stands where a photo would."""
        if values[p.kept] is None:
            raise gr.Error(texts.EDIT_EMPTY, print_exception=False)
        edited = jobs.as_edited(values[p.kept], p.amounts(values))
        return edited, jobs.enlarged(jobs.drawn(edited.z)[0]), gr.Tabs(selected="between")

    for end, button in p.to_ends.items():
        photo, kept = between.photos[end], between.kept[end]
        taken = button.click(take, state, [kept, photo, modes], api_visibility="private", **QUICK_QUEUE)
        taken.then(None, None, None, js=TO_RESULT, **QUIET)
        gr.on([photo.input, photo.clear], lambda: None, None, [kept], **QUIET)


# ---- samples


def sample_events(p: SamplesForm, shown: SamplesResult, editor: EditorPart) -> Callable[[Any], None]:
    """Faces of nobody; a click opens one in the editor. Gives what samples anew after an event."""
    asked, outputs = list(p.fields.values()), [shown.gallery, shown.line, p.file, shown.seeds]
    seed = p.fields["seed"]

    def fill(seed: int, number: int) -> tuple:
        gallery, line, archive, seeds = jobs.sample_faces(seed, number)
        return gr.update(value=gallery, selected_index=None), line, button_for(archive), seeds

    def more(seeds: list[int] | None, seed: float) -> float:
        """The first seed after those that are shown, or the one that was typed since."""
        typed = form.SAMPLES["seed"].check(seed)
        following = seeds[-1] + 1 if seeds and typed == seeds[0] else typed
        return following if following <= form.LARGEST_SEED else 0

    @quickly
    def pick(seeds: list[int] | None, event: gr.SelectData) -> Kept | Any:
        within = seeds is not None and isinstance(event.index, int) and 0 <= event.index < len(seeds)
        return jobs.of_seed(seeds[event.index]) if within else SKIP

    def sampled(event: Any) -> None:
        event.then(fill, asked, outputs, **AT_ONCE)

    endpoint(jobs.sample_faces, asked, outputs)
    sampled(gr.on([seed.submit, seed.blur, p.fields["number"].release], None, None, None, **QUIET))
    sampled(p.dice.click(lambda: secrets.randbelow(form.LARGEST_SEED), None, [seed], **QUIET))
    sampled(p.more.click(more, [shown.seeds, seed], [seed], **common.TOLD))
    picked = shown.gallery.select(pick, [shown.seeds], [editor.kept], **QUIET)
    into_editor(editor, picked).then(None, None, None, js=TO_EDITOR, **QUIET)
    if form.faces_here():
        sampled(common.first_opening()(None, None, None, **QUIET))
    return sampled


# ---- between two


def between_events(p: BetweenForm, shown: BetweenResult, tab: gr.Tab) -> Callable[[Any], None]:
    """The way from one face to another. Gives what draws it after an event."""
    asked = [*p.fields.values(), *p.photos.values(), *p.kept.values()]
    outputs = [shown.strip, shown.line, shown.loop, shown.loop_file, shown.strip_file, shown.made]

    def run(*values: Any) -> tuple:
        gallery, line, loop, strip = jobs.interpolate(*values)
        return gallery, line, loop, button_for(loop), button_for(strip), True

    def open_with(made: bool, *values: Any) -> tuple:
        """Who comes here first finds the way between the two seeds that the form names."""
        return (SKIP,) * len(outputs) if made else run(*values)

    endpoint(jobs.interpolate, asked, [shown.strip, shown.line, shown.loop, shown.strip_file])
    done = [p.go.click(run, asked, outputs, show_progress="minimal", show_progress_on=[shown.line],
                       api_visibility="private", **QUICK_QUEUE)]  # fmt: skip
    if form.faces_here():
        done.append(tab.select(open_with, [shown.made, *asked], outputs, **AT_ONCE))
    for way in done:
        way.then(None, None, None, js=common.name_picture("#age-loop", "There and back"), **QUIET)
    p.go.click(None, None, None, js=TO_RESULT, **QUIET)
    return lambda event: event.then(run, asked, outputs, **AT_ONCE)


# ---- colours


def color_events(p: ColorsForm, shown: ColorsResult, tab: gr.Tab) -> None:
    """A picture in the colours of a place on the map, of a seed or of another picture."""
    place = [shown.how, shown.pad, shown.eight]

    def draw(values: Values) -> Values:
        """What is shown; the file of what was shown before is no longer offered."""
        pair, line, how = None, texts.COLOR_READY, None
        if values[p.picture] is not None:
            pair, line, how = color_jobs.draw(*(values[one] for one in (p.picture, shown.pad, shown.how, p.kind)))
        return {shown.pair: pair, shown.line: line, shown.how: how, shown.file: button_for(None), shown.path: None}

    def coloured(event: Any) -> Any:
        return event(
            draw,
            {p.picture, shown.pad, shown.how, p.kind},
            {shown.pair, shown.line, shown.how, shown.file, shown.path},
            **AT_ONCE,
        )

    def with_file(event: Any) -> Any:
        done = coloured(event).then(color_jobs.file_of, [p.picture, shown.how], [shown.path], **AT_ONCE)
        return done.then(button_for, [shown.path], [shown.file], **QUIET)

    def tiles(picture: Image.Image | None, seed: int, kind: str) -> Any:
        found = color_jobs.eight(picture, seed, kind)
        return gr.update(tiles=tiles_as([Tile(key, title, image=data_address(one)) for key, title, one in found]))

    def whole_map(picture: Image.Image | None, kind: str) -> Any:
        sheet = color_jobs.map_of(picture, kind)
        return gr.update(image="" if sheet is None else data_address(sheet))

    def go_to(how: Coloured, chosen: str | None = None) -> tuple:
        return how, color_jobs.on_pad(how.longitude, how.latitude), chosen

    def first(picture: Image.Image | None, source: Image.Image | None, seed: int, kind: str) -> tuple:
        """A new picture is shown as our file says, in the colours of the second one, or in those of the seed."""
        if picture is None:
            return SKIP, SKIP, None, SKIP
        if ours := color_jobs.taken_from_file(picture):
            gr.Info(texts.PLACE_TAKEN_OVER)
            return *go_to(ours), ours.kind
        if source is not None:
            return *go_to(color_jobs.of_picture(source, kind)), SKIP
        return *go_to(color_jobs.of_seed(seed, kind), str(int(seed))), SKIP

    def pick(key: str, kind: str) -> tuple:
        return go_to(color_jobs.of_seed(int(key) if str(key).isdigit() else key, kind), key)

    def take(source: Image.Image | None, kind: str) -> tuple:
        return (SKIP, SKIP, SKIP) if source is None else go_to(color_jobs.of_picture(source, kind))

    def open_with(picture: Image.Image | None) -> Any:
        """Who comes here without a picture finds an example."""
        return color_jobs.gray_example(TO_BEGIN_WITH) if picture is None else SKIP

    outputs = [shown.pair, shown.line, shown.file, shown.how]
    any_kind = COLORING["kind"].argument()
    endpoint(color_jobs.colorize, [p.picture, p.seed, any_kind], outputs)
    endpoint(color_jobs.transfer_color, [p.picture, p.source, any_kind], outputs)
    switched = p.kind.input(lambda kind: CALM[kind], [p.kind], [p.seed], **QUIET)
    for event in (p.picture.change, switched.then):
        placed = event(first, [p.picture, p.source, p.seed, p.kind], [*place, p.kind], **AT_ONCE)
        done = with_file(placed.then).then(tiles, [p.picture, p.seed, p.kind], [shown.eight], **AT_ONCE)
        done.then(whole_map, [p.picture, p.kind], [shown.pad], **AT_ONCE)
    take_example(p.pictures, p.picture, color_jobs.gray_example)
    if form.colors_here():
        tab.select(open_with, [p.picture], [p.picture], **QUIET)
    with_file(p.source.change(take, [p.source, p.kind], place, **AT_ONCE).then)
    with_file(shown.eight.input(pick, [shown.eight, p.kind], place, **AT_ONCE).then)
    reseeded = gr.on([p.seed.submit, p.seed.blur], tiles, [p.picture, p.seed, p.kind], [shown.eight], **AT_ONCE)
    reseeded.then(lambda: None, None, [shown.eight], **QUIET)
    # While the mark moves, the newest place waits for the one before it; the file follows when it is let go.
    shown.pad.input(None, None, [shown.eight], js="() => null", **QUIET)
    coloured(shown.pad.input)
    with_file(shown.pad.submit)
