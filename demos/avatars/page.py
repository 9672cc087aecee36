"""The tab's page: who, how and from where on the left, the person beside it; layout only."""

from functools import partial

import gradio as gr

from demos import common
from demos.avatars import form, texts
from demos.avatars.endpoints import endpoints
from demos.avatars.events import (
    STILL,
    FilmPart,
    Look,
    MotionPart,
    PhotoPart,
    WebcamPart,
    comparison_events,
    drive_events,
    look_events,
)
from demos.avatars.examples import COMPARED, PROFILES, avatar_tiles, first_line, photo_tiles, texture_tiles
from demos.avatars.form import BESIDE, DRESS, RENDER
from demos.avatars.link import linked
from demos.avatars.own_events import SEEN_WITH, BecomePart, DressPart, own_events
from demos.avatars.texts import SUMMARY, TITLE
from demos.common.exchange import Outlet, Port, opened
from demos.common.film import Film
from demos.common.footage import FILM_READY
from demos.common.links import LinkedPort
from demos.common.modes import seen_with
from demos.common.upload import Upload, Uploads
from demos.widgets.boxes import Boxes
from demos.widgets.camera import Refusals
from demos.widgets.chart import Chart
from demos.widgets.compared import Compared
from demos.widgets.figures import Figures
from demos.widgets.live import Live
from demos.widgets.settled import Settled
from demos.widgets.stage import Stage
from demos.widgets.status import Status, status_and_stop
from demos.widgets.tiles import Tiles

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]

SYNTHETIC = '<p class="synthetic">{}</p>'
STILL_MODES = [f"avatar-mode-{mode}" for mode in STILL]
CSS = seen_with(
    {
        "avatar-side-still": STILL_MODES,
        "avatar-size": [*STILL_MODES, "avatar-mode-video"],
        "avatar-loop-files": ["avatar-mode-motion", "avatar-mode-become"],
        "avatar-side-video": ["avatar-mode-video"],
        "avatar-side-webcam": ["avatar-mode-webcam"],
    }
) + common.style_sheet(__file__)


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    inbox = gr.State(None)
    gr.Markdown(texts.LEAD)
    if not form.here():
        gr.Markdown(texts.NO_AVATARS)
    tabs: dict[str, gr.Tab] = {}
    yours = gr.State(None)
    with gr.Row(equal_height=False, elem_classes=["avatar-bench"]):
        with gr.Column(scale=4, min_width=300, elem_id="avatar-form"):
            people = avatar_tiles()
            named = not all(tile.image for tile in people)
            who = Tiles(
                people, form.AVATAR.default, name=form.AVATAR.label, chooses=True, captions=named,
                least=96 if named else 54, shape="1 / 2", elem_id="avatar-people",
            )  # fmt: skip
            with gr.Tabs(elem_id="avatar-modes") as modes:
                with _tab("motion", tabs):
                    moves = _motion_form()
                with _tab("photo", tabs):
                    photo = _photo_form()
                with _tab("video", tabs):
                    film = _film_form()
                with _tab("webcam", tabs):
                    camera = _webcam_form()
                with _tab("become", tabs):
                    become = _become_form()
                with _tab("dress", tabs):
                    dress = _dress_form()
            with gr.Column(elem_id="avatar-controls"):
                controls = _controls()
        with gr.Column(scale=7, min_width=320, elem_id="avatar-show", elem_classes=["answers"]):
            look, motion, below = _still_side(tabs, who, yours, controls, moves)
            video = _film_side(*film)
            webcam = _webcam_side(*camera)
    compared, comparison = _comparison()
    gr.Markdown(texts.TERMS, elem_id="avatar-terms")
    common.how_it_works(texts.ABOUT)

    redraw, plays = look_events(look, motion, photo)
    own_events(look, become, dress, motion.job, modes, inbox, redraw, plays)
    drive_events(look, video, webcam)
    if compared is not None:
        comparison_events(compared, comparison)
    endpoints()
    said = linked(modes, look, motion, photo, dress, redraw)
    return LinkedPort(inbox, [Outlet(below, look.made, opened)], "#avatar-dress", said)


_file = partial(gr.DownloadButton, interactive=False, size="md", min_width=110)


def _tab(mode: str, tabs: dict[str, gr.Tab]) -> gr.Tab:
    """The tab of a mode, noted among the others."""
    tabs[mode] = gr.Tab(texts.MODES[mode], id=mode, elem_id=f"avatar-mode-{mode}")
    return tabs[mode]


def _picture(label: str, elem_id: str, **rest) -> common.Picture:
    options = {"height": 200, "sources": ["upload", "webcam", "clipboard"], "buttons": []} | rest
    return common.Picture(label=label, type="pil", image_mode=None, elem_id=elem_id, **options)


# ---- what is asked


def _motion_form() -> tuple[gr.Dropdown, gr.Slider, Upload, gr.Button, gr.Button]:
    motion = RENDER["motion"].widget("avatar-motion")
    frame = RENDER["frame"].widget("avatar-frame")
    frame.maximum = form.frames_at_first() - 1
    with gr.Row():
        play = gr.Button("Play", variant="primary", size="md", min_width=90, elem_id="avatar-play")
        stop = gr.Button("Stop", variant="stop", size="md", min_width=80, elem_id="avatar-stop")
        upload = Upload("Upload a BVH", size="md", min_width=130, elem_id="avatar-bvh")
    return motion, frame, upload, play, stop


def _photo_form() -> PhotoPart:
    photo = _picture("A photo of a person, from head to feet", "avatar-photo")
    boxes = Boxes("1", name="People found: which one?", what="Person", elem_id="avatar-people-in")
    another = gr.Button("Another photo", size="md", visible=False, elem_id="avatar-another")
    tiles = Tiles(
        photo_tiles(), name="Examples: a click takes one", captions=False, least=56, shape="3 / 4",
        elem_id="avatar-examples",
    )  # fmt: skip
    return PhotoPart(gr.State([]), gr.State(""), photo, boxes, another, tiles)


def _film_form() -> tuple[Film, gr.Checkbox, gr.Button]:
    gr.Markdown(texts.VIDEO_HINT)
    film = Film(label="A video of a person", sources=["upload", "webcam"], height=260, elem_id="avatar-film")
    return film, BESIDE.widget("avatar-beside"), gr.Button("Drive", variant="primary", elem_id="avatar-film-start")


def _webcam_form() -> tuple[gr.Column, common.Picture]:
    gr.Markdown(texts.WEBCAM_HINT)
    with gr.Column(visible=False) as room:
        options = gr.WebcamOptions(mirror=True, constraints={"width": {"ideal": 640}})
        camera = _picture("Webcam", "avatar-camera", height=240, sources=["webcam"], streaming=True,
                          webcam_options=options)  # fmt: skip
    Refusals(elem_id="avatar-refused")
    return room, camera


def _become_form() -> BecomePart:
    gr.Markdown(texts.BECOME_HINT)
    photo = _picture("A photo of a person", "avatar-self", height=180)
    tiles = Tiles(
        photo_tiles(but=PROFILES), name="Examples: a click makes an avatar of one", captions=False, least=56,
        shape="3 / 4", elem_id="avatar-self-examples",
    )  # fmt: skip
    note = Status("", bar=False, elem_id="avatar-made")
    with gr.Row():
        more = Uploads(
            "More photos, or a video", file_count="multiple", size="md", min_width=150, elem_id="avatar-more"
        )
        anew = gr.Button("Start anew", size="md", min_width=100, elem_id="avatar-anew")
    with gr.Row():
        refine = gr.Button("Refine, a minute", variant="primary", size="md", min_width=120, elem_id="avatar-refine")
        stop = gr.Button("Stop", variant="stop", size="md", min_width=80, elem_id="avatar-refine-stop")
    curve = Chart([], elem_id="avatar-curve")
    with gr.Row():
        file = _file("Download the avatar", elem_id="avatar-own-file")
        load = Upload("Load an avatar", size="md", min_width=120, elem_id="avatar-load")
    return BecomePart(gr.State([]), gr.State(None), photo, note, more, anew, tiles, refine, stop, load, file, curve)


def _dress_form() -> DressPart:
    gr.Markdown(texts.DRESS_HINT)
    with gr.Column(elem_id="avatar-dress"):
        fields = {name: DRESS[name].widget(f"avatar-{name}") for name in ("how", "garment")}
        textures = Tiles(
            texture_tiles(), DRESS["texture"].default, name=DRESS["texture"].label, chooses=True, least=62, shape="1",
            captions=False, elem_id="avatar-textures",
        )  # fmt: skip
        cloth = _picture("Cloth, or what is printed", "avatar-cloth", sources=["upload", "clipboard"], height=150)
        fields["part"] = DRESS["part"].widget("avatar-part")
        canvas = common.canvas("Paint here", elem_id="avatar-canvas")
        more = [name for name in DRESS if name not in (*fields, "texture")]
        fields |= {name: DRESS[name].widget(f"avatar-{name}") for name in more if name != "seed"}
        fields["seed"] = gr.Number(DRESS["seed"].default, precision=0, label="Seed", elem_id="avatar-dress-seed")
        with gr.Row():
            wear = gr.Button("Put it on", variant="primary", size="md", min_width=100, elem_id="avatar-wear")
            dice = gr.Button("Another seed", size="md", min_width=100, elem_id="avatar-dress-dice")
            undo = gr.Button("Take back", size="md", min_width=100, elem_id="avatar-undo")
        file = _file("Download the avatar", elem_id="avatar-dress-file")
    for name, part in {**fields, "texture": textures, "cloth": cloth, "canvas": canvas}.items():
        part.visible = DRESS["how"].default in SEEN_WITH.get(name, (DRESS["how"].default,))
    return DressPart(fields, textures, cloth, canvas, wear, dice, undo, file)


def _controls() -> tuple[dict[str, gr.components.Component], common.Picture, gr.Button, Settled]:
    """From where the person is seen, and before what."""
    fields = {name: RENDER[name].widget(f"avatar-{name}") for name in ("azimuth", "elevation", "distance")}
    front = gr.Button("From the front", size="md", elem_id="avatar-front")
    fields["background"] = RENDER["background"].widget("avatar-background")
    fields["colour"] = RENDER["colour"].widget("avatar-colour")
    fields["colour"].visible = False
    picture = _picture("The background", "avatar-scene", sources=["upload", "clipboard"], height=160, visible=False)
    fields["size"] = RENDER["size"].widget("avatar-size")
    settled = Settled(part="#avatar-controls, #avatar-frame", elem_id="avatar-settled")
    return fields, picture, front, settled


# ---- what comes out


def _still_side(
    tabs: dict[str, gr.Tab],
    who: Tiles,
    yours: gr.State,
    controls: tuple[dict[str, gr.components.Component], common.Picture, gr.Button, Settled],
    moves: tuple[gr.Dropdown, gr.Slider, Upload, gr.Button, gr.Button],
) -> tuple[Look, MotionPart, gr.Row]:
    fields, picture, front, settled = controls
    with gr.Column(elem_id="avatar-side-still"):
        with gr.Row(elem_id="avatar-shown"):
            stage = Stage(
                None, name="The avatar; drag to turn it, or use the sliders", empty=texts.STAGE_EMPTY,
                across="#avatar-azimuth", down="#avatar-elevation", elem_id="avatar-stage",
            )  # fmt: skip
            with gr.Accordion(texts.FIGURE, open=False, elem_id="avatar-explained") as explained:
                figure = Figures(elem_id="avatar-figure")
        line = Status(first_line(), least=2.8, elem_id="avatar-status")
        with gr.Column(elem_id="avatar-below"):
            with gr.Row() as below:
                file = _file("Download PNG", elem_id="avatar-file")
            with gr.Row(elem_id="avatar-loop-files"):
                gif, mp4 = (_file(f"Download {kind}", elem_id=f"avatar-{kind.lower()}") for kind in ("GIF", "MP4"))
            gr.HTML(SYNTHETIC.format(texts.SYNTHETIC))
    look = Look(
        mode=gr.State("motion"),
        scene=gr.State(None),
        made=gr.State(None),
        last=gr.State(None),
        yours=yours,
        open=gr.Checkbox(False, visible=False),
        tabs=tabs,
        fields={"avatar": who, **fields},
        picture=picture,
        front=front,
        settled=settled,
        stage=stage,
        line=line,
        file=file,
        explained=explained,
        figure=figure,
    )
    return look, MotionPart(gr.State(None), gr.State(None), gr.State(None), *moves, gif, mp4), below


def _film_side(film: Film, beside: gr.Checkbox, start: gr.Button) -> FilmPart:
    with gr.Column(elem_id="avatar-side-video"):
        live = Live(None, name="Latest frame", empty=texts.VIDEO_EMPTY, elem_id="avatar-film-live")
        result = gr.Video(
            label="The avatar's video", visible=False, interactive=False, autoplay=True, loop=True,
            buttons=["download"], height=460, elem_id="avatar-film-result",
        )  # fmt: skip
        status, stop = status_and_stop(FILM_READY, name="avatar-film")
    return FilmPart(film, beside, start, live, status, stop, result, gr.State(None))


def _webcam_side(room: gr.Column, camera: common.Picture) -> WebcamPart:
    with gr.Column(elem_id="avatar-side-webcam"):
        live = Live(None, name="You and the avatar", empty=texts.WEBCAM_EMPTY, elem_id="avatar-webcam-live")
        line = Status("", bar=False, least=1.4, elem_id="avatar-webcam-status")
    return WebcamPart(gr.State(None), room, camera, live, line)


def _comparison() -> tuple[gr.Accordion | None, gr.HTML | None]:
    """Ours beside Direct and the truth, if the loop is here."""
    if not COMPARED.is_file():
        return None, None
    with gr.Accordion(texts.COMPARED, open=False, elem_id="avatar-compared") as accordion:
        gr.Markdown(texts.COMPARED_HINT)
        shown = Compared(names=texts.COMPARED_NAMES)
    return accordion, shown
