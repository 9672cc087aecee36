"""The tab's page: photo, webcam, video or the slow method on the left, the result and its controls beside it."""

import secrets
from functools import partial
from typing import Any

import gradio as gr
from gradio.context import Context
from PIL import Image

from convgen import images
from demos import common
from demos.common.exchange import Outlet, Port, opened, received
from demos.common.film import Film
from demos.common.footage import FILM_READY, ON_CPU, film_events
from demos.common.job import Optimising, stop_optimising
from demos.common.keeping import Held, size_of
from demos.common.modes import seen_with
from demos.common.outputs import data_address
from demos.common.quick import AT_ONCE, QUICK_QUEUE, quickly
from demos.common.running import Runs
from demos.stylenet import form, jobs
from demos.stylenet.examples import PHOTOS, photo_path, photo_tiles, style_tiles, texture_path, texture_tiles
from demos.stylenet.form import ADD_A_PHOTO, DEFAULTS, PLAIN, VARIANTS, Made, available
from demos.widgets.camera import Refusals
from demos.widgets.chart import Chart
from demos.widgets.live import Live
from demos.widgets.noise_strip import NoiseStrip
from demos.widgets.status import Status, status_and_stop
from demos.widgets.tiles import Tiles

TITLE = "Style transfer"
SUMMARY = "Your photo in the style of a painting, at once: one small network for each painting, in a single pass."
LEAD = (
    "**Choose a painting and a photo.** One pass of a small network repaints the photo, in a fraction of a second even "
    "without a GPU; the slow method that it replaces is here to compare, and so are your webcam and your videos."
)
MODES = {"photo": "Photo", "webcam": "Webcam", "video": "Video", "slow": "Slow"}
KS = (0.0, 0.5, 1.0, 2.0, 3.0)
STRIP_SIDE = 256
COMPARED_SIDE = 512
SAMPLES = 4
LIVE_SIDES = (96, 640)
LIVE_SIDE = 256 if ON_CPU else 512
WEBCAM_EVERY_S = 0.08
WEBCAM_LIMIT_S = 600
WEBCAM_PLACES = 4
SKIP = gr.skip()
ABOUT = r"""
**What happens.** A generator $g$ takes your photo $y$ and noise $z$, and gives a picture $x = g(y, z)$ in one pass. It
was trained, for one painting $x_0$, to minimise on average over photos and noise

$$\mathcal{L}_T(x; x_0) + \alpha\, \mathcal{L}_C(x; y) \qquad \text{(Thesis Eq. 3.5)}$$

Both losses look at the picture through a fixed VGG-16 with feature maps $F^l$. Its Gram matrices
$G^l_{ij}(x) = \langle F^l_i(x), F^l_j(x) \rangle$ (Eq. 2.4) say which features occur together, but not where: that is
the style, and $\mathcal{L}_T = \sum_l \|G^l(x) - G^l(x_0)\|^2$ (Eq. 2.5) asks the result for that of the painting. The
features themselves say what is where: $\mathcal{L}_C = \sum_l \|F^l(x) - F^l(y)\|^2$ (Eq. 2.6) asks for that of the
photo. One more statistic is ours: which features occur together eight pixels apart, as in the painting; without it a
network likes to paper a plain sky with one stroke.

**Instance normalisation.** Inside the network every feature map of every picture is normalised by its own mean and
variance over positions, $(x_{nijk} - \mu_{ni}) / \sqrt{\sigma^2_{ni} + \epsilon}$ (Eq. 3.12), so the contrast of the
photo no longer matters. Batch normalisation takes $\mu_i$ and $\sigma_i$ over a whole batch in training (Eq. 3.13) and
keeps them fixed afterwards: *Instance against batch* shows the same network trained both ways on your photo.

**The noise scale k** multiplies the noise at test time (Fig. 2.5). Noise decides where strokes lie: *another sample*
lays them anew, at 0 they melt into smooth colour, and above 1 the network sees more noise than it ever did in training,
so that style wins over content. Networks *trained for diversity* are also rewarded for samples that differ (Eq. 3.10),
down to their colours and layout.

**The slow method** of Gatys et al. minimises the same objective over the pixels, anew for every photo, by L-BFGS. It
takes any style picture, also yours, and needs minutes where the network needs a moment; started from the network's
result it shows how far that is from the minimum (Fig. 3.3).

**What the networks were trained on.** Each of them on photographs and on one reproduction of one painting in the public
domain; `weights/README.md` lists the data with their terms, the commands and the scores.

**Where it falls short.** Style here is texture: strokes, colours, small shapes. A network knows nothing of the subject
of its painting, may lose a small face, and cannot place a moon in the sky. Strokes have a fixed size in pixels, so they
are fine at 2048 pixels and bold at 400. In a video the noise stands still, but every frame is painted by itself: where
something moves, strokes may flicker.
"""
NO_STYLES = "No trained style is here: restore `weights/index.json`, or train one as the README says."
READY = "Ready. Click an example, or add your own photo."
LIVE_EMPTY = "Start the camera on the form, allow it in your browser, and press Record: you appear here, repainted."
SLOW_READY = (
    "Takes the photo of the first tab, and your own style picture or else the painting that is chosen. Press Optimise."
)
TO_RESULT = common.bring_into_view("#style-show")
TO_COMPARISON = common.bring_into_view("#style-compare")
CSS = (
    seen_with(
        {f"style-side-{mode}": [f"style-mode-{mode}"] for mode in MODES}
        | {"style-settings": [f"style-mode-{mode}" for mode in MODES if mode != "slow"]}
        | {"style-more": ["style-mode-photo"], "style-size": ["style-mode-photo"]}
    )
    + """
#style-modes .tabitem { padding: 10px 0 0; border: 0; }
#style-pair .caption-label { display: none; }
@media (max-width: 760px) {
  .restyle > .column { display: contents !important; }
  .restyle > .column > * { width: 100%; flex: none; }
  #style-modes { order: 1; } #style-show { order: 2; } #style-choice { order: 3; }
  #style-settings { order: 4; } #style-more { order: 5; }
  #style-modes { width: 100%; }
  #style-photo { height: 160px !important; }
  #style-size, #style-colours { flex: 1 1 100% !important; }
  #style-compare .grid-container { grid-template-columns: 1fr 1fr !important; }
}
"""
)


# ---- at once


@quickly
def run(
    photo: Image.Image | None = None,
    style: str | None = DEFAULTS["style"],
    noise_scale: float = DEFAULTS["noise_scale"],
    seed: int = DEFAULTS["seed"],
    size: int = DEFAULTS["size"],
    variant: str = DEFAULTS["variant"],
    own_colours: bool = DEFAULTS["own_colours"],
    strength: float = DEFAULTS["strength"],
) -> tuple:
    """A photo in the style of a painting, in one pass (Thesis section 2.3.3).

    Returns:
        (photo, stylized), status, a PNG with the settings inside, and what the visitor's state keeps: its path.
    """
    values = dict(locals())
    made = form.make(form.check(**{name: values[name] for name in DEFAULTS}), photo)
    file = download(made)
    return shown(made), made.line(), file, file


def shown(made: Made) -> tuple[Image.Image, Image.Image]:
    return common.preview_pair(made.before, made.after, longest_side=None)


def finished(made: Held[Made] | str) -> Image.Image:
    """The latest stylized photo, for other tabs: its file is being written, or is there."""
    return made.value.after if isinstance(made, Held) else opened(made)


def download(made: Made) -> str:
    return common.save_png(made.after, made.record(), f"{made.asked.style}-seed-{made.asked.seed}")


@quickly
def five_noise_scales(photo: Image.Image | None, *values: Any) -> Any:
    """The strip of Fig. 2.5: the same photo, style and seed at five k."""
    asked = dict(zip(DEFAULTS, values, strict=True))
    if photo is None:
        return []
    small = images.fit_within(photo, longest_side=STRIP_SIDE)
    strip = []
    for k in KS:
        made = form.make(form.check(**asked | {"noise_scale": k, "size": STRIP_SIDE}), small)
        image = data_address(images.on_white(made.after))
        strip.append({"k": k, "image": image, "chosen": k == asked["noise_scale"]})
    return strip


def mark(strip: list[dict] | None, k: float) -> Any:
    """The strip with another k marked; its pictures stay."""
    return [tile | {"chosen": tile["k"] == k} for tile in strip] if isinstance(strip, list) else SKIP


@quickly
def compare(what: str, photo: Image.Image | None, *values: Any) -> Any:
    """Pictures side by side: instance against batch normalisation (Fig. 3.4), or samples (Fig. 3.6)."""
    asked = dict(zip(DEFAULTS, values, strict=True))
    asked |= {"size": min(COMPARED_SIDE, asked["size"]), "strength": 100, "own_colours": False}
    if photo is None:
        raise ValueError(ADD_A_PHOTO)

    def picture(**changes: Any) -> Image.Image:
        return form.make(form.check(**asked | changes), photo).after

    if what == "normalisation":
        return [
            (picture(variant=PLAIN), "Instance normalisation (Eq. 3.12)"),
            (picture(variant="batch"), "Batch normalisation (Eq. 3.13)"),
        ]
    kinds = [PLAIN] + ["diverse"] * ("diverse" in available()[asked["style"]].variants)
    names = {PLAIN: "Without the diversity term", "diverse": "Trained for diversity (Eq. 3.10)"}
    first = common.whole_number(asked["seed"], "Seed", 0, common.LARGEST_SEED - SAMPLES)
    seeds = range(first, first + SAMPLES)
    return [(picture(variant=kind, seed=seed), f"{names[kind]}, seed {seed}") for kind in kinds for seed in seeds]


@quickly
def live(frame: Image.Image | None, side: int = LIVE_SIDE, *values: Any) -> Any:
    """One frame of the webcam, stylized: a `data:` address."""
    if frame is None:
        return SKIP
    side = common.whole_number(side, "Size", *LIVE_SIDES)
    asked = form.check(**dict(zip(DEFAULTS, values or DEFAULTS.values(), strict=True)) | {"size": side})
    return data_address(images.on_white(form.make(asked, frame).after), quality=80)


# ---- the form


class Networks(gr.Radio):
    """`gr.Radio` of the networks of one style. Who calls the API may ask for those of any, and `form.check` answers."""

    is_template = True

    def get_block_name(self) -> str:
        return "radio"

    def preprocess(self, payload: Any) -> Any:
        return payload

    def api_info(self) -> dict[str, Any]:
        return super().api_info() | {"enum": list(VARIANTS)}


def variants_of(style: Any, variant: Any) -> dict[str, Any]:
    """What can be chosen for a style: its networks, and the comparisons that they allow."""
    have = available()[style].variants if style in available() else ()
    choices = [(VARIANTS[name], name) for name in (PLAIN, *have)]
    return {
        "variant": gr.update(choices=choices, value=variant if variant in have else PLAIN, visible=bool(have)),
        "normalisation": gr.update(visible="batch" in have),
        "samples": gr.update(
            value="Four samples, plain and diverse" if "diverse" in have else "Four samples", visible=True
        ),
    }


def taken_from_file(picture: Image.Image | None) -> dict[str, Any]:
    """Settings and seed of one of our own files, component -> value; none if one of them does not fit."""
    found = None if picture is None else common.read_settings(picture)
    slow = bool(found) and found.get("technique") == "optimise_style"
    if not found or not (slow or found.get("technique") == "stylenet"):
        return {}
    own = {name: found.pop(name, value) for name, value in jobs.SLOW_DEFAULTS.items()} if slow else {}
    shared = {name: found[name] for name in DEFAULTS if name in found}
    try:
        if slow:
            jobs.check_slow(**own, **shared)
        else:
            form.check(**DEFAULTS | shared)
    except ValueError:
        return {}
    gr.Info("The settings and the seed of this file were taken over.")
    return shared | {"slow_size" if name == "size" else name: value for name, value in own.items()}


def build() -> Port:
    """Lay out the tab; called inside an open `gr.Tab`."""
    c: dict[str, Any] = {}  # name of an argument of `run` or of an output -> component
    made, inbox = gr.State(None, time_to_live=3600), gr.State(None, time_to_live=3600)
    film_job, slow_job = gr.State(None, time_to_live=3600), gr.State(None, time_to_live=3600)
    offered = variants_of(DEFAULTS["style"], PLAIN)

    gr.Markdown(LEAD)
    if not available():
        gr.Markdown(NO_STYLES)
    with gr.Row(equal_height=False, elem_classes=["restyle"]):
        with gr.Column(scale=4, min_width=300):
            with gr.Tabs(elem_id="style-modes"):
                tabs = _inputs(c)
            with gr.Column(elem_id="style-choice"):
                c["style"] = Tiles(
                    style_tiles(),
                    DEFAULTS["style"],
                    name="Style",
                    chooses=True,
                    least=112,
                    elem_id="style-gallery",
                )
                c["variant"] = Networks(
                    offered["variant"]["choices"],
                    value=PLAIN,
                    label="Network",
                    visible=offered["variant"]["visible"],
                    elem_id="style-variant",
                )
        with gr.Column(scale=7, min_width=320):
            with gr.Column(elem_id="style-show", elem_classes=["answers"]):
                camera_on, rows = _outputs(c)
            with gr.Column(elem_id="style-settings"):
                _settings(c)
            with gr.Column(elem_id="style-more"):
                c["strip"] = NoiseStrip([], elem_id="style-strip")
                with gr.Row():
                    c["samples"] = gr.Button(offered["samples"]["value"], size="md", min_width=150)
                    c["normalisation"] = gr.Button(
                        "Instance against batch",
                        size="md",
                        min_width=150,
                        visible=offered["normalisation"]["visible"],
                    )
                c["gallery"] = common.side_by_side(format="jpeg", elem_id="style-compare")
    with gr.Accordion("How it works, and where it falls short", open=False):
        gr.Markdown(ABOUT, latex_delimiters=[{"left": "$$", "right": "$$", "display": True},
                                             {"left": "$", "right": "$", "display": False}])  # fmt: skip

    _photo_events(c, made, inbox)
    _live_events(c)
    _video_events(c, film_job)
    _slow_events(c, slow_job)

    for mode, tab in tabs.items():  # the camera is taken out of the page: that is what turns it off
        tab.select(partial(gr.update, visible=mode == "webcam"), None, [camera_on], **common.QUIET)
    return Port(
        inbox,
        [
            Outlet(rows["photo"], made, finished),
            Outlet(rows["slow"], slow_job, Optimising.finished),
        ],
    )


def _inputs(c: dict[str, Any]) -> dict[str, gr.Tab]:
    """What goes in: a photo, the webcam, a video, or what the slow method takes."""
    tabs = {}
    with gr.Tab(MODES["photo"], id="photo", elem_id="style-mode-photo") as tabs["photo"]:
        c["photo"] = common.Picture(
            label="Photo",
            type="pil",
            image_mode=None,
            height=200,
            sources=["upload", "webcam", "clipboard"],
            buttons=[],
            elem_id="style-photo",
        )
        c["examples"] = Tiles(
            photo_tiles(), name="Examples: a click stylizes one", captions=False, least=62, elem_id="style-examples"
        )
    with gr.Tab(MODES["webcam"], id="webcam", elem_id="style-mode-webcam") as tabs["webcam"]:
        c["camera"] = common.Picture(
            label="Webcam",
            type="pil",
            image_mode=None,
            height=260,
            sources=["webcam"],
            streaming=True,
            webcam_options=gr.WebcamOptions(mirror=True, constraints={"width": {"ideal": 640}}),
            elem_id="style-camera",
        )
        Refusals(elem_id="style-refused")
        c["live_side"] = gr.Slider(
            *LIVE_SIDES,
            LIVE_SIDE,
            step=32,
            label="Size, pixels",
            info="The longest side; smaller is faster.",
            buttons=[],
        )
    with gr.Tab(MODES["video"], id="video", elem_id="style-mode-video") as tabs["video"]:
        c["film"] = Film(label="Video", sources=["upload", "webcam"], height=300, elem_id="style-film")
        c["film_size"] = gr.Slider(*jobs.VIDEO_SIDES, jobs.VIDEO_SIDE, step=32, label="Size, pixels", buttons=[])
        c["film_start"] = gr.Button("Stylize the video", variant="primary", elem_id="style-film-start")
    with gr.Tab(MODES["slow"], id="slow", elem_id="style-mode-slow") as tabs["slow"]:
        c["painting"] = common.Picture(
            label="Your own style picture",
            type="pil",
            image_mode=None,
            height=180,
            sources=["upload", "clipboard"],
            buttons=[],
            elem_id="style-painting",
        )
        c["textures"] = Tiles(
            texture_tiles(), name="Style pictures to click", captions=False, least=62, elem_id="style-textures"
        )
        c["start"] = common.OneOf(
            [(name, key) for key, name in jobs.STARTS.items()], value=jobs.SLOW_DEFAULTS["start"], label="Start from"
        )
        c["slow_start"] = gr.Button("Optimise", variant="primary", elem_id="style-slow-start")
        with gr.Accordion("Advanced", open=False):
            c["steps"] = gr.Slider(*jobs.SLOW_STEPS, jobs.SLOW_DEFAULTS["steps"], step=1, label="Steps", buttons=[])
            c["slow_size"] = gr.Slider(
                *jobs.SLOW_SIDES, jobs.SLOW_DEFAULTS["size"], step=32, label="Size, pixels", buttons=[]
            )
            c["content_weight"] = gr.Slider(
                0,
                10,
                jobs.SLOW_DEFAULTS["content_weight"],
                step=0.1,
                label="Weight of the content (alpha)",
                info="For your own style picture.",
                buttons=[],
            )
    return tabs


def _outputs(c: dict[str, Any]) -> tuple[gr.Column, dict[str, gr.Row]]:
    """What comes out, a column a mode. Returns that of the camera, and the rows of what can be done with a result."""
    rows = {}
    with gr.Column(elem_id="style-side-photo"):
        c["pair"] = gr.ImageSlider(
            label="Photo | stylized",
            show_label=False,
            type="pil",
            format="jpeg",
            interactive=False,
            buttons=["fullscreen"],
            slider_position=25,
            max_height=560,
            elem_id="style-pair",
        )
        c["status"] = Status(READY, bar=False, least=2.4, elem_id="style-status")
        with gr.Row() as rows["photo"]:
            c["another"] = gr.Button("⚄ Another sample", size="md", min_width=130, elem_id="style-another")
            c["file"] = gr.DownloadButton(
                "Download PNG", interactive=False, size="md", min_width=130, elem_id="style-file"
            )
    with gr.Column(visible=False, elem_id="style-side-webcam") as camera_on:
        c["live"] = Live(None, name="Stylized webcam", empty=LIVE_EMPTY, elem_id="style-live")
    with gr.Column(elem_id="style-side-video"):
        c["film_live"] = Live(
            None, name="Latest frame", empty="The stylized video appears here.", elem_id="style-film-live"
        )
        c["film_result"] = gr.Video(
            label="Stylized video",
            visible=False,
            interactive=False,
            autoplay=True,
            loop=True,
            buttons=["download"],
            height=420,
            elem_id="style-film-result",
        )
        c["film_status"], c["film_stop"] = status_and_stop(FILM_READY, name="style-film")
    with gr.Column(elem_id="style-side-slow"):
        c["slow_pair"] = gr.ImageSlider(
            label="Photo | optimised",
            show_label=False,
            type="pil",
            format="jpeg",
            interactive=False,
            buttons=["fullscreen"],
            max_height=560,
            elem_id="style-slow-pair",
        )
        c["slow_status"], c["slow_stop"] = status_and_stop(SLOW_READY, name="style-slow")
        c["slow_curve"] = Chart([], elem_id="style-slow-curve")
        with gr.Row() as rows["slow"]:
            c["slow_file"] = gr.DownloadButton(
                "Download PNG", interactive=False, size="md", min_width=130, elem_id="style-slow-file"
            )
    return camera_on, rows


def _settings(c: dict[str, Any]) -> None:
    """What photo, webcam and video share."""
    with gr.Row():
        c["noise_scale"] = gr.Slider(
            *form.NOISE_SCALES,
            DEFAULTS["noise_scale"],
            step=0.1,
            label="Noise scale k",
            min_width=200,
            buttons=[],
            elem_id="style-k",
        )
        c["strength"] = gr.Slider(
            0,
            100,
            DEFAULTS["strength"],
            step=1,
            label="Strength, %",
            min_width=200,
            buttons=[],
            elem_id="style-strength",
        )
    with gr.Row():
        c["seed"] = gr.Number(DEFAULTS["seed"], label="Seed", minimum=0, maximum=common.LARGEST_SEED, min_width=110)
        c["size"] = gr.Slider(
            *form.SIDES,
            DEFAULTS["size"],
            step=16,
            label="Size, pixels",
            min_width=220,
            scale=2,
            buttons=[],
            elem_id="style-size",
        )
        c["own_colours"] = gr.Checkbox(
            DEFAULTS["own_colours"], label="Keep the photo's colours", min_width=210, elem_id="style-colours"
        )


# ---- events


def _photo_events(c: dict[str, Any], made: gr.State, inbox: gr.State) -> None:
    """Every change stylizes anew, by itself."""
    inputs = [c["photo"], *(c[name] for name in DEFAULTS)]
    outputs = [c["pair"], c["status"], c["file"], made]

    def fill(name: str) -> str:
        return str(photo_path(name))

    settings = [*DEFAULTS, "steps", "start", "slow_size", "content_weight"]

    def take_settings(picture: Image.Image | None) -> list:
        values = taken_from_file(picture)
        return [values.get(name, SKIP) for name in settings]

    @quickly
    def refresh(photo: Image.Image | None, *values: Any) -> tuple:
        unfinished = gr.update(value=None, interactive=False)
        if photo is None:
            return None, READY, unfinished, None
        result = form.make(form.check(**dict(zip(DEFAULTS, values, strict=True))), photo)
        return shown(result), result.line(), unfinished, Held(result, size_of(result.before, result.after))

    def file_of(result: Held[Made] | str | None) -> tuple:
        """The file, and its path instead of the pictures."""
        if not isinstance(result, Held):
            return SKIP, SKIP
        path = download(result.value)
        return gr.update(value=path, interactive=True), path

    def follow(style: str, variant: str) -> list:
        updates = variants_of(style, variant)
        return [updates[name] for name in ("variant", "normalisation", "samples")] + [gr.update(visible=False)]

    def stylized(event: Any, *, strip: bool = True, **options: Any) -> Any:
        done = event(refresh, inputs, outputs, **AT_ONCE | options)
        # A large PNG takes as long as the picture itself: it follows.
        done = done.then(file_of, [made], [c["file"], made], **common.TOLD)
        if strip:
            done = done.then(five_noise_scales, inputs, [c["strip"]], **AT_ONCE)
        return done

    # For API callers; the page itself uses the events below, which also take an empty photo.
    api = gr.Button(visible=False)
    api.click(run, inputs, outputs, api_name="stylize", **QUICK_QUEUE)

    hidden = [c["gallery"]]
    followers = [c["variant"], c["normalisation"], c["samples"], *hidden]
    stylized(c["style"].input(follow, [c["style"], c["variant"]], followers, **common.QUIET).then)
    c["style"].input(None, None, None, js=TO_RESULT, **common.QUIET)
    stylized(c["variant"].input)
    stylized(c["examples"].input(fill, [c["examples"]], [c["photo"]], **common.QUIET).then)
    told = common.QUIET | {"queue": True}  # what a function says to the visitor travels through the queue
    taken = c["photo"].input(take_settings, [c["photo"]], [c[name] for name in settings], **told)
    stylized(taken.then(follow, [c["style"], c["variant"]], followers, **common.QUIET).then)
    stylized(c["photo"].clear, strip=False)
    stylized(partial(gr.on, [c["seed"].submit, c["seed"].blur, c["own_colours"].input]))
    # While a slider moves the newest value waits for the one before it, so the picture follows the hand.
    stylized(partial(gr.on, [c[name].input for name in ("noise_scale", "strength", "size")]), strip=False)
    c["noise_scale"].input(mark, [c["strip"], c["noise_scale"]], [c["strip"]], **common.QUIET)
    stylized(c["another"].click(lambda: secrets.randbelow(common.LARGEST_SEED), None, c["seed"], **common.QUIET).then)

    def pick(event: gr.EventData) -> float:
        return common.number(event.k, "Noise scale", *form.NOISE_SCALES)

    picked = c["strip"].click(pick, None, [c["noise_scale"]], **common.QUIET)
    picked = picked.then(mark, [c["strip"], c["noise_scale"]], [c["strip"]], **common.QUIET)
    stylized(picked.then, strip=False)

    def arrive(path: str | None) -> Any:
        picture = received(path)
        return gr.skip() if picture is None else picture

    stylized(inbox.change(arrive, [inbox], [c["photo"]], **common.QUIET).then)
    if DEFAULTS["style"]:
        opening = Context.root_block.load(
            lambda: str(photo_path(next(iter(PHOTOS)))), None, [c["photo"]], **common.QUIET
        )
        stylized(opening.then)

    for what in ("samples", "normalisation"):
        compared = c[what].click(
            lambda *values, what=what: gr.update(
                value=compare(what, *values), columns=SAMPLES if what == "samples" else 2, visible=True
            ),
            inputs,
            [c["gallery"]],
            api_visibility="private",
            **QUICK_QUEUE,
        )
        compared.then(None, None, None, js=TO_COMPARISON, **common.QUIET)


def _live_events(c: dict[str, Any]) -> None:
    c["camera"].stream(
        live,
        [c["camera"], c["live_side"], *(c[name] for name in DEFAULTS)],
        [c["live"]],
        stream_every=WEBCAM_EVERY_S,
        time_limit=WEBCAM_LIMIT_S,
        concurrency_id="webcam",
        concurrency_limit=WEBCAM_PLACES,
        show_progress="hidden",
        api_visibility="private",
    )


def _video_events(c: dict[str, Any], job: gr.State) -> None:
    names = ("style", "noise_scale", "seed", "film_size", "variant", "own_colours", "strength")
    film_events(
        jobs.stylize_video,
        [c["film"], *(c[name] for name in names)],
        start=c["film_start"],
        live=c["film_live"],
        status=c["film_status"],
        result=c["film_result"],
        stop=c["film_stop"],
        job=job,
        place=jobs.FILM,
        view=TO_RESULT,
        api_name="stylize_video",
    )


def _slow_events(c: dict[str, Any], job: gr.State) -> None:
    names = ("photo", "painting", "steps", "start", "slow_size", "content_weight")
    shared = ("seed", "style", "variant", "noise_scale")

    c["textures"].input(lambda name: str(texture_path(name)), [c["textures"]], [c["painting"]], **common.QUIET)
    runs = Runs(
        jobs.OPTIMISED,
        status=c["slow_status"],
        begin=(lambda: gr.update(interactive=False), None, [c["slow_file"]]),
        settle=(lambda file: gr.update(interactive=file is not None), [c["slow_file"]], [c["slow_file"]]),
        view=TO_RESULT,
    )
    runs.on_click(
        c["slow_start"],
        jobs.optimise_style,
        [c[name] for name in (*names, *shared)],
        [c["slow_pair"], c["slow_status"], c["slow_curve"], c["slow_file"], job],
        api_name="optimise_style",
    )
    runs.on_stop(c["slow_stop"], stop_optimising, [job], [c["slow_status"], c["slow_file"]])
