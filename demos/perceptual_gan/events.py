"""What happens on the page: which function answers to what, and what it changes.

Inputs are sets of components, so that functions read values by component, and answer by component.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from PIL import Image

from convgen import images
from demos import common
from demos.common.exchange import received
from demos.common.faces import FRAME, WHICH
from demos.common.optimising import Optimisation, optimisation_events
from demos.common.outputs import data_address
from demos.common.quick import AT_ONCE, QUICK_QUEUE
from demos.perceptual_gan import examples, form, jobs, texts
from demos.widgets.boxes import Boxes, boxes_on
from demos.widgets.change_map import ChangeMap
from demos.widgets.crop import WITH_SIDE, Cropper, square_on
from demos.widgets.live import Live
from demos.widgets.settled import Settled
from demos.widgets.status import Status
from demos.widgets.tiles import Tile, Tiles, tiles_as

QUIET = common.QUIET
SKIP = gr.skip()
FACE_SIDE = 480
"""Of the photo with the boxes."""
FILES = {"queue": True, "concurrency_id": "files", "concurrency_limit": 2}
TO_RESULT = common.bring_into_view("#edit-show")
TOUCHED = "() => {{ delete document.querySelector('#edit-stage')?.dataset.settled; return '{}'; }}"
"""JavaScript: a slider moves; its name."""
MOVING = """() => {
  const stage = document.querySelector('#edit-stage');
  if (stage && !stage.dataset.settled) stage.classList.add('moving');
}"""
"""JavaScript: the preview lies over the two pictures of the slider,"""
RESTING = """() => requestAnimationFrame(() => requestAnimationFrame(async () => {
  const pictures = [...document.querySelectorAll('#edit-pair img')];
  await Promise.allSettled(pictures.map(picture => picture.decode()));
  const stage = document.querySelector('#edit-stage');
  stage?.classList.remove('moving');
  if (stage) stage.dataset.settled = 'yes';
}))"""
"""until the edit at full resolution can be seen; a preview that comes later is not shown any more."""

Values = dict[Component, Any]


@dataclass(frozen=True)
class EditPart:
    """Components of the mode Edit.

    What the sliders show is read from themselves, together with `key`, `shown` and `last`, which the page sends with
    them: states may be older or newer than what the page sent.

    Attributes:
        key, shown, last: not to be seen: of the photo, which face's values are on the sliders, and which slider was
            moved last.
        frame, strengths: states: of a face that is framed by hand, and of the faces that are not on the sliders.
        made, filmed: states: path of the edited photo, and what the animation is of.
        linked, due: states: where a link wants the sliders of its photo, and how often these have come.
        synthetic: says so once something is edited.
        sliders: those whose networks are here.
    """

    key: gr.Textbox
    shown: gr.Number
    last: gr.Textbox
    frame: gr.State
    strengths: gr.State
    made: gr.State
    filmed: gr.State
    linked: gr.State
    due: gr.State
    modes: gr.Tabs
    photo: common.Picture
    boxes: Boxes
    cropper: Cropper
    crop: gr.Slider
    another: gr.Button
    tiles: Tiles
    sliders: dict[str, gr.Slider]
    settled: Settled
    reset: gr.Button
    live: Live
    pair: gr.ImageSlider
    synthetic: gr.HTML
    line: Status
    file: gr.DownloadButton
    strip_title: gr.Markdown
    strip: Tiles
    map: ChangeMap
    film: gr.Button
    film_shown: gr.Image
    gif: gr.DownloadButton
    mp4: gr.DownloadButton


@dataclass(frozen=True)
class SlowPart:
    """Components of the mode Slow."""

    fields: dict[str, Component]
    live: Live
    network: Live
    run: Optimisation


@dataclass(frozen=True)
class FruitPart:
    """Components of the mode Fruit."""

    picture: common.Picture
    tiles: Tiles
    fields: dict[str, Component]
    pair: gr.ImageSlider
    synthetic: gr.HTML
    line: Status
    file: gr.DownloadButton
    made: gr.State


@dataclass(frozen=True)
class WebcamPart:
    """Components of the mode Webcam.

    Attributes:
        tabs: of all modes.
        room: where the camera is; taken out of the page, the camera is turned off.
    """

    tabs: dict[str, gr.Tab]
    room: gr.Column
    camera: common.Picture
    fields: dict[str, Component]
    live: Live
    line: Status


def notice_for(edited: Any) -> str:
    """What stands under a picture that may be edited."""
    return texts.NOTICE if edited else ""


# ---- edit


def edit_events(p: EditPart, inbox: gr.State) -> None:
    """The photo, its faces, their sliders, and what comes of them."""
    sliders = set(p.sliders.values())
    state = {p.key, p.shown, p.last, p.strengths, *sliders}
    asked = {p.photo, p.frame, p.filmed, *state}

    def no_file() -> Values:
        """Anew each time, as the next: Gradio empties an update that it sends."""
        return {p.file: common.button_for(None), p.made: None}

    def no_film() -> Values:
        return {p.gif: common.button_for(None), p.mp4: common.button_for(None), p.film_shown: gr.update(visible=False)}

    def number_of(values: Values) -> int:
        """The face whose values are on the sliders."""
        return int(values[p.shown] or 1)

    def on_sliders(values: Values) -> form.Strengths:
        return {name: values[slider] for name, slider in p.sliders.items() if values[slider]}

    def faces_of(values: Values) -> jobs.Faces:
        """What is asked of each face."""
        return values[p.strengths] | {number_of(values): on_sliders(values)}

    def last_of(values: Values) -> str:
        return common.choice(values[p.last], "Slider", form.ORDER)

    def film_of(values: Values) -> tuple:
        """What an animation would be of: the other sliders matter to it, its own goes all its way."""
        others = {name: value for name, value in on_sliders(values).items() if name != values[p.last]}
        return values[p.key], number_of(values), values[p.last], others

    def outdated(values: Values) -> bool:
        """Whether the sliders are those of a photo, or of a square, that is not here any more."""
        return jobs.look_at(values[p.photo], values[p.frame])[0] != values[p.key]

    def shown_sliders(given: dict[str, float]) -> Values:
        """Every slider where a face has it."""
        return {slider: given.get(name, form.EDIT[name].default) for name, slider in p.sliders.items()}

    def look(values: Values) -> Values:
        """What there is in a new photo."""
        photo = values[p.photo]
        wanted = values[p.linked] or {}
        fresh = no_file() | no_film() | shown_sliders(wanted)
        fresh[p.due] = values[p.due] + bool(wanted)
        fresh |= {
            p.strengths: {},
            p.shown: 1,
            p.filmed: None,
            p.synthetic: notice_for(False),
            p.live: None,
            p.map: None,
            p.strip: common.with_props(p.strip, tiles=[], value=None),
        }
        if photo is None:
            return fresh | {
                p.photo: gr.update(visible=True),
                p.boxes: common.with_props(p.boxes, image="", boxes=[], value="1"),
                p.another: gr.update(visible=False),
                p.cropper: None,
                p.key: None,
                p.frame: None,
                p.pair: None,
                p.line: texts.READY,
            }
        frame = None
        key, seen = jobs.look_at(photo)
        if not seen.faces:
            frame = FRAME.check({})
            key, _ = jobs.look_at(photo, frame)
        small = images.fit_within(images.on_white(seen.small), longest_side=FACE_SIDE)
        boxes = boxes_on(photo.size, [face.box for face in seen.faces])
        line = texts.faces_found(len(boxes)) if boxes else texts.BY_HAND
        return fresh | {
            p.photo: gr.update(visible=False),
            p.boxes: common.with_props(p.boxes, image=data_address(small) if boxes else "", boxes=boxes, value="1"),
            p.another: gr.update(visible=True),
            p.cropper: square_on(photo, **frame) if frame else None,
            p.crop: FRAME["crop"].default,
            p.key: key,
            p.frame: frame,
            p.pair: common.preview_pair(photo, photo, longest_side=jobs.SHOWN_SIDE),
            p.line: f"{line} · {photo.width} x {photo.height} pixels",
        }

    def reframe(values: Values) -> Values:
        """The square was moved to another place."""
        given = values[p.cropper]
        if values[p.photo] is None or not isinstance(given, dict):
            return {p.key: SKIP}
        frame = FRAME.check(given)
        return {p.frame: frame, p.key: jobs.look_at(values[p.photo], frame)[0]}

    def follow(values: Values) -> Values:
        """The preview while a slider moves."""
        faces = faces_of(values)
        shown = jobs.preview(values[p.key], faces) if values[p.key] else None
        return {p.live: SKIP if shown is None else shown, p.synthetic: notice_for(shown and any(faces.values()))}

    def settle(values: Values) -> Values:
        """The edit at the photo's full resolution."""
        photo = values[p.photo]
        if photo is None:
            return {p.line: texts.READY}
        if outdated(values):
            return {p.line: SKIP}
        faces = faces_of(values)
        edited = jobs.edit(photo, faces, values[p.frame])
        old = no_file() if values[p.filmed] == film_of(values) else no_file() | no_film()
        return old | {
            p.pair: common.preview_pair(edited.before, edited.after, longest_side=jobs.SHOWN_SIDE),
            p.synthetic: notice_for(any(faces.values())),
            p.line: edited.line,
            p.map: address_of_map(edited.map()),
        }

    def write(values: Values) -> Values:
        """The file, which takes longer than the picture."""
        faces = faces_of(values)
        if values[p.photo] is None or not any(faces.values()) or outdated(values):
            return {p.file: SKIP}
        path = jobs.save(jobs.edit(values[p.photo], faces, values[p.frame]))
        return {p.file: common.button_for(path), p.made: path}

    def draw_strip(values: Values) -> Values:
        """The chosen face at strengths of the slider that was moved last."""
        name = last_of(values)
        made = jobs.strip(values[p.key], faces_of(values), number_of(values), name)
        now = on_sliders(values).get(name, 0.0)
        nearest = min((amount for amount, _ in made), key=lambda amount: abs(amount - now), default=0.0)
        tiles = [Tile(f"{amount}", f"{amount:g}", image=address) for amount, address in made]
        chosen = f"{nearest}" if abs(nearest - now) < 0.005 else None
        title = texts.STRIP.format(texts.LABELS[name].lower()) if tiles else ""
        return {p.strip: common.with_props(p.strip, tiles=tiles_as(tiles), value=chosen), p.strip_title: title}

    def take_strength(values: Values) -> Values:
        name = last_of(values)
        return {p.sliders[name]: form.EDIT[name].check(float(values[p.strip]))}

    def choose(values: Values) -> Values:
        """Another face: its own values go onto the sliders, and those of the one before are noted."""
        number, faces = int(values[p.boxes] or 1), faces_of(values)
        return shown_sliders(faces.get(number, {})) | {p.strengths: faces, p.shown: number}

    def animate(values: Values) -> Values:
        gif, mp4 = jobs.film(values[p.key], faces_of(values), number_of(values), last_of(values))
        film = {
            p.film_shown: gr.update(value=gif, visible=True),
            p.gif: common.button_for(gif),
            p.mp4: common.button_for(mp4),
        }
        return film | {p.filmed: film_of(values)}

    def finished(event: Any) -> Any:
        """After a change: at full resolution, then the strip, then the file."""
        done = event.then(settle, asked, {p.pair, p.synthetic, p.line, p.map, *no_file(), *no_film()}, **AT_ONCE)
        done.then(None, None, None, js=RESTING, **QUIET)
        done.then(draw_strip, state, {p.strip, p.strip_title}, **AT_ONCE)
        return done.then(write, asked, {p.file, p.made}, **AT_ONCE | FILES)

    looked = {p.photo, p.boxes, p.another, p.cropper, p.crop, p.key, p.frame, p.strengths, p.shown, p.filmed,
              p.due, p.live, p.pair, p.synthetic, p.line, p.strip, p.map, *no_file(), *no_film(),
              *sliders}  # fmt: skip
    opened = p.photo.change(look, {p.photo, p.linked, p.due}, looked, **AT_ONCE)
    opened.then(None, None, None, js=RESTING, **QUIET)
    opened.then(draw_strip, state, {p.strip, p.strip_title}, **AT_ONCE)
    p.another.click(lambda: None, None, [p.photo], **QUIET)
    p.tiles.input(lambda values: {p.photo: examples.portrait(values[p.tiles])}, {p.tiles}, {p.photo}, **QUIET).then(
        None, None, None, js=TO_RESULT, **QUIET
    )
    if p.sliders:
        finished(p.due.change(None, None, None, **QUIET))
        moved = gr.on([slider.input for slider in p.sliders.values()], follow, state, {p.live, p.synthetic}, **AT_ONCE)
        moved.then(None, None, None, js=MOVING, **QUIET)
        for name, slider in p.sliders.items():
            slider.input(None, None, [p.last], js=TOUCHED.format(name), **QUIET)
        finished(p.settled.input(None, None, None, **QUIET))
        finished(p.strip.input(take_strength, {p.strip, p.last}, sliders, **QUIET))
        finished(p.reset.click(lambda: shown_sliders({}), None, sliders, **QUIET))
        p.crop.input(None, [p.crop, p.cropper], [p.cropper], js=WITH_SIDE, **QUIET)
        for event in (p.cropper.input, p.crop.release):
            finished(event(reframe, {p.photo, p.cropper}, {p.frame, p.key}, **AT_ONCE))
        chosen = p.boxes.input(choose, {p.boxes, *state}, {p.strengths, p.shown, *sliders}, **QUIET)
        chosen.then(draw_strip, state, {p.strip, p.strip_title}, **AT_ONCE)
        p.film.click(animate, state, {p.filmed, *no_film()}, show_progress="minimal",
                     show_progress_on=[p.line], api_visibility="private", **QUICK_QUEUE)  # fmt: skip

    def arrive(path: str | None) -> list:
        picture = received(path)
        return [SKIP, SKIP] if picture is None else [picture, gr.Tabs(selected="edit")]

    inbox.change(arrive, [inbox], [p.photo, p.modes], **QUIET)
    common.first_opening(inbox)(examples.first_portrait, None, [p.photo], **QUIET)
    edit_endpoint()


def edit_endpoint() -> None:
    """`/edit_face`, for programs."""
    photo = common.Picture(type="pil", image_mode=None, visible=False, label="Photo")
    arguments = form.EDIT.arguments() | {WHICH.name: WHICH.argument()}
    outputs = [
        gr.File(visible=False, label="The edited photo"),
        gr.Image(visible=False, format="png", label="Map of the change"),
        gr.Textbox(visible=False, label="What was done"),
        gr.JSON(visible=False, label="Settings"),
    ]
    gr.Button(visible=False).click(
        jobs.edit_face, [photo, *arguments.values()], outputs, api_name="edit_face", **QUICK_QUEUE
    )


def address_of_map(picture: Image.Image) -> str:
    """The map of a change, small, for the page."""
    return data_address(images.fit_within(picture, longest_side=FACE_SIDE), quality=85)


# ---- the slow method


def slow_events(p: SlowPart, edit: EditPart) -> None:
    """A run that is watched, and stopped."""
    which = WHICH.argument()
    inputs = [edit.photo, *(p.fields[name] for name in form.SLOW if name in p.fields), which, edit.frame]

    edit.boxes.change(lambda values: {which: int(values[edit.boxes] or 1)}, {edit.boxes}, {which}, **QUIET)
    optimisation_events(
        p.run, jobs.optimise_edit, inputs, [p.live, p.network], place=jobs.OPTIMISED, view=TO_RESULT,
        api_name="optimise_edit",
    )  # fmt: skip


# ---- fruit


def fruit_events(p: FruitPart) -> None:
    """Every change translates anew."""
    outputs = {p.pair, p.synthetic, p.line, p.file, p.made}

    def refresh(values: Values) -> Values:
        picture = values[p.picture]
        if picture is None:
            nothing = {p.pair: None, p.synthetic: notice_for(False), p.line: texts.FRUIT_READY}
            return nothing | {p.file: common.button_for(None), p.made: None}
        pair, line, path = jobs.translate(picture, *(values[p.fields[name]] for name in form.FRUIT))
        notice = notice_for(values[p.fields["strength"]])
        return {p.pair: pair, p.synthetic: notice, p.line: line, p.file: common.button_for(path), p.made: path}

    changes = [p.picture.change, *(field.input for field in p.fields.values())]
    gr.on(changes, refresh, {p.picture, *p.fields.values()}, outputs, **AT_ONCE)
    p.tiles.input(lambda values: {p.picture: examples.fruit(values[p.tiles])}, {p.tiles}, {p.picture}, **QUIET).then(
        None, None, None, js=TO_RESULT, **QUIET
    )
    gr.Button(visible=False).click(
        jobs.translate, [p.picture, *p.fields.values()], [p.pair, p.line, p.file], api_name="translate", **QUICK_QUEUE
    )


# ---- webcam


def webcam_events(p: WebcamPart) -> None:
    """Every frame is edited; the camera is on in its own mode only."""
    for mode, tab in p.tabs.items():
        tab.select(partial(gr.update, visible=mode == "webcam"), None, [p.room], **QUIET)
    p.camera.stream(
        jobs.live,
        [p.camera, *p.fields.values()],
        [p.live, p.line],
        stream_every=0.1,
        time_limit=600,
        concurrency_id="webcam-faces",
        concurrency_limit=4,
        show_progress="hidden",
        api_visibility="private",
    )
