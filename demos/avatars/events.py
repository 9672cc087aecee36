"""What happens on the page: which function answers to what, and what it changes.

Inputs are sets of components, so that functions read values by component, and answer by component.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from demos import common
from demos.avatars import driving, examples, form, jobs, texts
from demos.avatars.form import DRIVE, RENDER, WHICH
from demos.avatars.own import person_of
from demos.avatars.texts import OWN
from demos.common.film import Film
from demos.common.footage import film_events
from demos.common.job import gives_way, stop_run
from demos.common.outputs import data_address
from demos.common.quick import AT_ONCE
from demos.common.running import Runs
from demos.common.upload import Upload
from demos.widgets.boxes import Boxes, boxes_on
from demos.widgets.live import Live
from demos.widgets.settled import Settled
from demos.widgets.stage import Stage
from demos.widgets.status import Status
from demos.widgets.tiles import Tiles

QUIET = common.QUIET
STILL = ("motion", "photo", "become", "dress")
"""Modes in which a picture of the avatar is shown."""
SKIP = gr.skip()
FILES = {"concurrency_id": "files", "concurrency_limit": 2}
TO_RESULT = common.bring_into_view("#avatar-show")
WIDE = "() => matchMedia('(min-width: 900px)').matches"
"""JavaScript: whether there is room for what explains the picture."""

Values = dict[Component, Any]


@dataclass(frozen=True)
class Look:
    """Components that all modes share, and those of the picture.

    Attributes:
        mode, scene, made, last, yours: states: the mode that is open; key of the background; path of the picture's
            file, and what was asked for it; the visitor's avatar, see `own.Yours`.
        open: nothing to be seen: whether what explains the picture is open.
        tabs: of the modes.
        fields: of `RENDER`, but for the motion and its frame.
        picture: for the background.
        figure: what explains the picture, inside of the accordion `explained`.
    """

    mode: gr.State
    scene: gr.State
    made: gr.State
    last: gr.State
    yours: gr.State
    open: gr.Checkbox
    tabs: dict[str, gr.Tab]
    fields: dict[str, Component]
    picture: common.Picture
    front: gr.Button
    settled: Settled
    stage: Stage
    line: Status
    file: gr.DownloadButton
    explained: gr.Accordion
    figure: gr.HTML


@dataclass(frozen=True)
class MotionPart:
    """Components of the mode Motion.

    Attributes:
        own, loop, job: states: path of the visitor's own motion; path and settings of the loop; the run.
    """

    own: gr.State
    loop: gr.State
    job: gr.State
    motion: gr.Dropdown
    frame: gr.Slider
    upload: Upload
    play: gr.Button
    stop: gr.Button
    gif: gr.DownloadButton
    mp4: gr.DownloadButton


@dataclass(frozen=True)
class PhotoPart:
    """Components of the mode Photo.

    Attributes:
        poses, trouble: states: of the people in the photo, as numbers; why there is nobody, a sentence.
    """

    poses: gr.State
    trouble: gr.State
    photo: common.Picture
    boxes: Boxes
    another: gr.Button
    tiles: Tiles


@dataclass(frozen=True)
class FilmPart:
    """Components of the mode Video."""

    film: Film
    beside: gr.Checkbox
    start: gr.Button
    live: Live
    status: Status
    stop: gr.Button
    result: gr.Video
    job: gr.State


@dataclass(frozen=True)
class WebcamPart:
    """Components of the mode Webcam.

    Attributes:
        follower: state: who is followed, as numbers.
        room: where the camera is; taken out of the page, the camera is turned off.
    """

    follower: gr.State
    room: gr.Column
    camera: common.Picture
    live: Live
    line: Status


# ---- the picture


def look_events(p: Look, m: MotionPart, h: PhotoPart) -> tuple[Callable[[Any], Any], Callable[[Callable], None]]:
    """The picture, and everything that makes it another one.

    Returns:
        what has an event draw the picture anew, and what has it play the motion.
    """
    fields = {**p.fields, "motion": m.motion, "frame": m.frame}
    asked = {*fields.values(), p.yours, p.last, p.mode, p.open, p.scene, m.own, h.poses, h.trouble, h.boxes}
    shown = {p.stage, p.figure, p.file}

    def unfinished() -> Values:
        """Anew each time: Gradio empties an update that it sends."""
        return {part: common.button_for(None) for part in (p.file, m.gif, m.mp4)} | {p.made: None, p.last: None}

    def given(values: Values) -> dict[str, Any]:
        """Arguments of `jobs.preview` and `jobs.still`."""
        pose = None
        if values[p.mode] == "photo":
            pose = values[h.poses][int(values[h.boxes] or 1) - 1]
        picked = {name: values[fields[name]] for name in RENDER}
        return {
            "values": picked | {"avatar": person_of(picked["avatar"], values[p.yours])},
            "explain": values[p.open],
            "own": values[m.own],
            "pose": pose,
            "scene": values[p.scene],
        }

    def staged(picture: str | None) -> Any:
        """What the stage becomes, also before its tab was opened."""
        return common.with_props(p.stage, value=picture)

    def waits(values: Values) -> str | None:
        """What is missing before there is a picture, in a sentence."""
        if not form.here():
            return texts.NOT_HERE
        if values[fields["avatar"]] == OWN and values[p.yours] is None:
            return texts.MAKE_YOURS
        if values[p.mode] == "photo" and not values[h.poses]:
            return values[h.trouble] or texts.PHOTO_READY
        if values[m.motion] == OWN and not values[m.own] and values[p.mode] != "photo":
            return texts.ADD_BVH
        if values[p.fields["background"]] == "picture" and not values[p.scene]:
            return texts.ADD_BACKGROUND
        return None

    def follow(values: Values) -> Values:
        """The picture while something moves; a motion that plays ends, and the file is that of another picture."""
        gives_way(jobs.STAGE)
        # The event of a slider may come after that of its rest: a smaller picture would replace the finished one.
        if values[p.mode] not in STILL or waits(values) or repr(given(values)) == values[p.last]:
            return {p.stage: SKIP}
        picture, explained = jobs.preview(**given(values))
        figure = SKIP if explained is None else explained
        return {p.stage: staged(picture), p.figure: figure, p.file: common.button_for(None)}

    def settle(values: Values) -> Values:
        """The picture at its full size, and its file."""
        if values[p.mode] not in STILL:
            return {p.line: SKIP}
        if (sentence := waits(values)) == texts.ADD_BACKGROUND:
            return {p.line: sentence}  # the picture before stays
        if sentence:
            return unfinished() | {p.stage: staged(None), p.figure: None, p.line: sentence}
        picture, explained, line, path = jobs.still(**given(values))
        figure = SKIP if explained is None else explained
        file = {p.file: common.button_for(path), p.made: path, p.last: repr(given(values))}
        return unfinished() | {p.stage: staged(picture), p.figure: figure, p.line: line} | file

    def finish(event: Any) -> Any:
        return event.then(settle, asked, {*shown, p.line, *unfinished()}, **AT_ONCE)

    def redraw(event: Any) -> Any:
        """After a change that is no slider's."""
        return finish(event.then(follow, asked, shown, **AT_ONCE))

    sliders = [fields[name] for name in ("azimuth", "elevation", "distance", "frame")]
    gr.on([slider.input for slider in sliders], follow, asked, shown, **AT_ONCE)
    finish(p.settled.input(None, None, None, **QUIET))
    for name in ("avatar", "background", "colour"):
        redraw(fields[name].input(None, None, None, **QUIET))
    p.fields["background"].input(
        lambda kind: (gr.update(visible=kind == "colour"), gr.update(visible=kind == "picture")),
        [p.fields["background"]], [p.fields["colour"], p.picture], **QUIET,
    )  # fmt: skip
    redraw(p.picture.change(jobs.keep_scene, [p.picture], [p.scene], **AT_ONCE))
    straight = [p.fields[name] for name in ("azimuth", "elevation", "distance")]
    redraw(p.front.click(lambda: [RENDER[name].default for name in ("azimuth", "elevation", "distance")], None,
                         straight, **QUIET))  # fmt: skip

    for mode, tab in p.tabs.items():
        tab.select(partial(str, mode), None, [p.mode], **common.TOLD)
    finish(p.mode.change(follow, asked, shown, **AT_ONCE))  # not as the page opens: the loop would go
    p.explained.collapse(lambda: False, None, [p.open], **QUIET)

    plays = motion_events(p, m, redraw, unfinished)
    photo_events(h, redraw)

    def open_with(wide: bool) -> tuple:
        """A person who moves; on wide screens also what explains the picture."""
        return staged(examples.loop(examples.OPENING)), gr.update(open=wide), wide

    def explain(values: Values) -> Values:
        """What explains the picture, which stays: it may be the loop that the page opens with."""
        if not values[p.open] or values[p.mode] not in STILL or waits(values):
            return {p.figure: SKIP}
        return {p.figure: jobs.preview(**given(values))[1]}

    p.explained.expand(lambda: True, None, [p.open], **QUIET).then(explain, asked, {p.figure}, **AT_ONCE)
    opening = common.first_opening()(open_with, [p.open], [p.stage, p.explained, p.open], js=WIDE, **QUIET)
    if examples.OPENING.is_file():
        opening.then(explain, asked, {p.figure}, **AT_ONCE)
    else:
        redraw(opening)
    return redraw, plays


# ---- motions


def motion_events(
    p: Look, m: MotionPart, redraw: Callable[[Any], Any], unfinished: Callable[[], Values]
) -> Callable[[Callable], None]:
    """Another motion, one of the visitor's own, and Play; what it returns makes any other event play the motion."""

    def choose(values: Values) -> Values:
        """The frames of the motion that is chosen."""
        if values[m.motion] == OWN and not values[m.own]:
            return {m.frame: SKIP}
        frames = len(form.moves(values[m.motion], values[m.own]))
        return {m.frame: gr.update(maximum=frames - 1, value=0)}

    def take(values: Values) -> Values:
        """A file of the visitor's."""
        frames = len(jobs.read_motion(values[m.upload]))
        return {m.own: values[m.upload], m.motion: OWN, m.frame: gr.update(maximum=frames - 1, value=0)}

    def run(values: Values) -> Any:
        asked = {name: values[component] for name, component in fields.items()}
        asked["avatar"] = person_of(asked["avatar"], values[p.yours])
        for picture, line, loop, job in jobs.play(asked, own=values[m.own], scene=values[p.scene]):
            yield {p.stage: picture, p.line: line, m.loop: loop, m.job: job}

    def write(values: Values) -> Values:
        if not values[m.loop]:
            return {m.gif: SKIP}
        gif, mp4 = jobs.files_of(values[m.loop])
        return {m.gif: common.button_for(gif), m.mp4: common.button_for(mp4)}

    fields = {**p.fields, "motion": m.motion, "frame": m.frame}
    chosen = {m.motion, m.own, m.frame}
    redraw(m.motion.input(choose, chosen, {m.frame}, **QUIET))
    redraw(m.upload.upload(take, {m.upload}, {m.own, m.motion, m.frame}, **AT_ONCE))
    runs = Runs(jobs.STAGE, status=p.line, begin=(unfinished, None, set(unfinished())), view=TO_RESULT)

    def followed(started: Any) -> None:
        started.then(write, {m.loop, m.gif}, {m.gif, m.mp4}, show_progress="hidden", api_visibility="private", **FILES)

    outputs, private = {p.stage, p.line, m.loop, m.job}, {"api_visibility": "private"}
    asked = {*fields.values(), m.own, p.scene, p.yours}

    def plays(event: Callable) -> None:
        """Have the motion play after something."""
        followed(runs.after(event, run, asked, outputs, **private))

    followed(runs.on_click(m.play, run, asked, outputs, **private))
    m.stop.click(partial(stop_run, place=jobs.STAGE), [m.job], [p.line], **QUIET)
    return plays


# ---- a photo


def photo_events(h: PhotoPart, redraw: Callable[[Any], Any]) -> None:
    """Who is in a photo; the avatar stands as the chosen one."""

    def find(values: Values) -> Values:
        photo = values[h.photo]
        nobody = {h.poses: [], h.trouble: "", h.another: gr.update(visible=False), h.photo: gr.update(visible=True),
                  h.boxes: common.with_props(h.boxes, image="", boxes=[], value="1")}  # fmt: skip
        if photo is None:
            return nobody
        try:
            stood = driving.look_at(photo)
        except gr.Error as error:
            gr.Warning(error.message)
            return nobody | {h.trouble: error.message}
        boxes = boxes_on(photo.size, stood.boxes)
        return {
            h.poses: stood.poses,
            h.trouble: "",
            h.boxes: common.with_props(h.boxes, image=data_address(stood.picture), boxes=boxes, value="1"),
            h.photo: gr.update(visible=False),
            h.another: gr.update(visible=True),
        }

    redraw(h.photo.change(find, {h.photo}, {h.poses, h.trouble, h.boxes, h.photo, h.another}, **AT_ONCE))
    h.another.click(lambda: None, None, [h.photo], **QUIET)
    h.tiles.input(lambda values: {h.photo: examples.photo(values[h.tiles])}, {h.tiles}, {h.photo}, **QUIET).then(
        None, None, None, js=TO_RESULT, **QUIET
    )
    redraw(h.boxes.input(None, None, None, **QUIET))


# ---- films and the webcam


def drive_events(p: Look, f: FilmPart, w: WebcamPart) -> None:
    """A video drives the avatar, or the webcam does."""
    which = WHICH.argument()
    fields = {**p.fields, "which": which, "beside": f.beside}
    asked = [fields[name] for name in DRIVE]
    film_events(
        driving.drive_film, [f.film, p.scene, p.yours, *asked], start=f.start, live=f.live, status=f.status,
        result=f.result, stop=f.stop, job=f.job, place=driving.FILM, view=TO_RESULT, api_visibility="private",
    )  # fmt: skip
    for mode, tab in p.tabs.items():
        tab.select(partial(gr.update, visible=mode == "webcam"), None, [w.room], **QUIET)
    w.camera.stream(
        driving.live, [w.camera, w.follower, p.scene, p.yours, *asked], [w.live, w.line, w.follower], stream_every=0.1,
        time_limit=600, concurrency_id="webcam-people", concurrency_limit=4, show_progress="hidden",
        api_visibility="private",
    )  # fmt: skip


def comparison_events(accordion: gr.Accordion, shown: gr.HTML) -> None:
    """The loop comes when somebody opens it."""
    accordion.expand(lambda: examples.loop(examples.COMPARED), None, [shown], **QUIET)
