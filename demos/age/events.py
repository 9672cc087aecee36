"""What happens on the page: which function answers to what, and what it changes."""

import secrets
from typing import Any

import gradio as gr
from gradio.context import Context
from PIL import Image

from demos import common
from demos.age import colors, faces, form
from demos.age.examples import TO_BEGIN_WITH, photo_path
from demos.age.faces import BY_HAND
from demos.age.form import SLIDERS, Kept
from demos.age.texts import (
    BETWEEN_READY,
    COLOR_READY,
    EDIT_EMPTY,
    FACE_READY,
    NOTHING_FOUND,
    PLACE_TAKEN_OVER,
    TAKEN_OVER,
)
from demos.common.exchange import received
from demos.common.outputs import data_address
from demos.common.quick import AT_ONCE, QUICK_QUEUE, quickly
from demos.widgets.crop import WITH_SIDE, square_on
from demos.widgets.tiles import Tile, tiles_as

TO_RESULT = common.bring_into_view("#age-show")
TO_EDITOR = common.bring_into_view("#age-editor")
SKIP = gr.skip()
QUIET = common.QUIET
NO_FILE = {"value": None, "interactive": False}
MIDDLE = [0] * len(SLIDERS)


def file_button(path: str | None) -> Any:
    return gr.update(value=path, interactive=path is not None)


# ---- a face


def look(photo: Image.Image | None, crop: float, across: float, down: float) -> tuple:
    """What there is in a new photo: its faces to choose from, and whether it has to be framed by hand."""
    ours = faces.taken_from_file(photo) is not None
    found = [] if photo is None or ours or not form.faces_here() else faces.found_in(photo)
    tiles = []
    if len(found) > 1:
        tiles = [Tile(n, f"Face {n}", image=data_address(face)) for face, n in faces.pickable(photo, found)]
    by_hand = photo is not None and not found and not ours
    if by_hand or ours:
        gr.Info(NOTHING_FOUND if by_hand else TAKEN_OVER)
    return (
        gr.update(tiles=tiles_as(tiles), value="1"),
        1,
        by_hand,
        square_on(photo, crop, across, down),
    )


def face_events(c: dict[str, Any], inbox: gr.State) -> None:
    asked = [c[name] for name in ("photo", *BY_HAND)]
    outputs = [c["pair"], c["face_line"], c["kept"]]
    place = [c["crop"], c["across"], c["down"]]

    def refresh(*values: Any) -> tuple:
        """What `reconstruct` gives, and where the sliders of the editor belong."""
        if values[0] is None:
            return None, FACE_READY, None, *MIDDLE
        if ours := faces.taken_from_file(values[0]):
            kept, amounts = ours
            return None, TAKEN_OVER, kept, *amounts
        return *faces.reconstruct(*values), *MIDDLE

    def reframe(*values: Any) -> tuple:
        """The same for another square; without a photo there is none, and what is shown stays."""
        return refresh(*values) if values[0] is not None else (SKIP,) * (len(outputs) + len(SLIDERS))

    def unless_chosen(kept: Kept | None, example: Kept | None) -> Kept | Any:
        """The example, unless the visitor has taken a sample while it was made."""
        return example if kept is None else SKIP

    def take(name: str) -> str:
        return str(photo_path(name))

    api = gr.Button(visible=False)
    api.click(faces.reconstruct, asked, outputs, api_name="reconstruct", **QUICK_QUEUE)

    def reconstructed(event: Any, function: Any = reframe) -> Any:
        return draw_editor(c, event(function, asked, [*outputs, *sliders_of(c)], **AT_ONCE))

    looked = [c["faces"], c["which"], c["by_hand"], c["cropper"]]
    reconstructed(c["photo"].change(quickly(look), [c["photo"], *place], looked, **AT_ONCE).then, refresh)
    c["portraits"].input(take, [c["portraits"]], [c["photo"]], **QUIET).then(None, None, None, js=TO_RESULT, **QUIET)
    picked = c["faces"].input(None, [c["faces"]], [c["which"], c["by_hand"]], js="n => [Number(n), false]", **QUIET)
    reconstructed(picked.then)
    reconstructed(c["by_hand"].input)
    c["crop"].input(None, [c["crop"], c["cropper"]], [c["cropper"]], js=WITH_SIDE, **QUIET)
    moved = c["cropper"].input(None, [c["cropper"]], place[1:], js="v => [v.across, v.down]", **QUIET)
    reconstructed(moved.then)
    reconstructed(c["crop"].input)

    def arrive(path: str | None) -> list:
        picture = received(path)
        return [SKIP] * 2 if picture is None else [picture, gr.Tabs(selected="face")]

    inbox.change(arrive, [inbox], [c["photo"], c["modes"]], **QUIET)
    if form.faces_here():
        example = gr.State(None)
        shown = Context.root_block.load(faces.first_example, None, [*outputs[:2], example], **AT_ONCE)
        draw_editor(c, shown.then(unless_chosen, [c["kept"], example], [c["kept"]], **QUIET))


# ---- the editor


def sliders_of(c: dict[str, Any]) -> list:
    return [c[name] for name in SLIDERS]


def into_editor(c: dict[str, Any], event: Any) -> Any:
    """What was kept is shown in the editor, its sliders in the middle."""
    return draw_editor(c, event.then(lambda: MIDDLE, None, sliders_of(c), **QUIET))


def draw_editor(c: dict[str, Any], event: Any) -> Any:
    """What was kept is shown in the editor as its sliders say."""
    event = event.then(faces.draw_edited, [c["kept"], *sliders_of(c)], [c["edited"], c["edit_line"]], **AT_ONCE)
    return with_file(c, event)


def with_file(c: dict[str, Any], event: Any) -> Any:
    """The file of the editor's face follows the picture."""
    inputs = [c["kept"], *sliders_of(c)]
    done = event.then(faces.file_of, inputs, [c["edited_path"]], **AT_ONCE)
    return done.then(file_button, [c["edited_path"]], [c["edited_file"]], **QUIET)


def editor_events(c: dict[str, Any]) -> None:
    sliders = sliders_of(c)
    inputs, outputs = [c["kept"], *sliders], [c["edited"], c["edit_line"]]
    moved = gr.on([slider.input for slider in sliders], faces.draw_edited, inputs, outputs, **AT_ONCE)
    with_file(c, moved)
    into_editor(c, c["reset"].click(None, None, None, **QUIET))

    @quickly
    def take(kept: Kept | None, *amounts: Any) -> list:
        if kept is None:
            raise gr.Error(EDIT_EMPTY, print_exception=False)
        edited = faces.as_edited(kept, amounts)
        return [edited, form.enlarged(form.drawn(edited.z)[0]), gr.Tabs(selected="between")]

    for end in ("first", "second"):
        taken = c[f"to_{end}"].click(
            take,
            inputs,
            [c[f"{end}_kept"], c[f"{end}_face"], c["modes"]],
            api_visibility="private",
            **QUICK_QUEUE,
        )
        taken.then(None, None, None, js=TO_RESULT, **QUIET)
        gr.on([c[f"{end}_face"].input, c[f"{end}_face"].clear], lambda: None, None, [c[f"{end}_kept"]], **QUIET)


# ---- samples


def sample_events(c: dict[str, Any]) -> None:
    asked = [c["seed"], c["number"]]
    outputs = [c["gallery"], c["sample_line"], c["zip"], c["seeds"]]

    def fill(seed: int, number: int) -> tuple:
        gallery, line, archive, seeds = faces.sample_faces(seed, number)
        return gr.update(value=gallery, selected_index=None), line, file_button(archive), seeds

    def more(seeds: list[int] | None, seed: float) -> float:
        """The first seed after those that are shown, or the one that was typed since."""
        typed = form.seed_of(seed)
        following = seeds[-1] + 1 if seeds and typed == seeds[0] else typed
        return following if following <= form.LARGEST_SEED else 0

    @quickly
    def pick(seeds: list[int] | None, event: gr.SelectData) -> Kept | Any:
        within = seeds is not None and isinstance(event.index, int) and 0 <= event.index < len(seeds)
        return form.of_seed(seeds[event.index]) if within else SKIP

    api = gr.Button(visible=False)
    api.click(faces.sample_faces, asked, outputs, api_name="sample_faces", **QUICK_QUEUE)

    def sampled(event: Any) -> Any:
        return event.then(fill, asked, outputs, **AT_ONCE)

    sampled(gr.on([c["seed"].submit, c["seed"].blur, c["number"].release], None, None, None, **QUIET))
    sampled(c["dice"].click(lambda: secrets.randbelow(form.LARGEST_SEED), None, [c["seed"]], **QUIET))
    sampled(c["more"].click(more, [c["seeds"], c["seed"]], [c["seed"]], **common.TOLD))
    picked = c["gallery"].select(pick, [c["seeds"]], [c["kept"]], **QUIET)
    into_editor(c, picked).then(None, None, None, js=TO_EDITOR, **QUIET)
    if form.faces_here():
        sampled(Context.root_block.load(None, None, None, **QUIET))


# ---- between two


def between_events(c: dict[str, Any]) -> None:
    names = ("first_seed", "second_seed", "steps", "first_face", "second_face", "first_kept", "second_kept")
    asked = [c[name] for name in names]

    def show(gallery: list, line: str, loop: str, strip: str) -> tuple:
        return gallery, line, loop, file_button(loop), file_button(strip)

    def run(*values: Any) -> tuple:
        return show(*faces.interpolate(*values))

    outputs = [c["strip"], c["between_line"], c["loop"], c["loop_file"], c["strip_file"]]
    api = gr.Button(visible=False)
    api.click(
        faces.interpolate, asked, [c["strip"], c["between_line"], c["loop"], c["strip_file"]],
        api_name="interpolate", **QUICK_QUEUE,
    )  # fmt: skip

    def open_with(line: str, *values: Any) -> tuple:
        """Who comes here first finds the way between the two seeds that the form names."""
        return run(*values) if line == BETWEEN_READY else (SKIP,) * len(outputs)

    shown = [c["go"].click(run, asked, outputs, show_progress="minimal", show_progress_on=[c["between_line"]],
                           api_visibility="private", **QUICK_QUEUE)]  # fmt: skip
    if form.faces_here():
        shown.append(c["between"].select(open_with, [c["between_line"], *asked], outputs, **AT_ONCE))
    for done in shown:
        done.then(None, None, None, js=common.name_picture("#age-loop", "There and back"), **QUIET)
    c["go"].click(None, None, None, js=TO_RESULT, **QUIET)


# ---- colours


def color_events(c: dict[str, Any]) -> None:
    shown = [c["coloured"], c["color_line"], c["how"], c["color_file"], c["coloured_path"]]
    inputs = [c["picture"], c["pad"], c["how"]]

    def draw(picture: Image.Image | None, place: dict[str, Any] | None, how: Any) -> tuple:
        """What is shown; the file of what was shown before is no longer offered."""
        drawn = (None, COLOR_READY, None) if picture is None else colors.draw(picture, place, how)
        return *drawn, gr.update(**NO_FILE), None

    def coloured(event: Any, *, file: bool = True) -> Any:
        done = event(draw, inputs, shown, **AT_ONCE)
        if not file:
            return done
        done = done.then(colors.file_of, [c["picture"], c["how"]], [c["coloured_path"]], **AT_ONCE)
        return done.then(file_button, [c["coloured_path"]], [c["color_file"]], **QUIET)

    outputs = [c["coloured"], c["color_line"], c["color_file"], c["how"]]
    for function, given in ((colors.colorize, c["color_seed"]), (colors.transfer_color, c["source"])):
        api = gr.Button(visible=False)
        api.click(function, [c["picture"], given], outputs, api_name=function.__name__, **QUICK_QUEUE)

    def tiles(picture: Image.Image | None, seed: int) -> Any:
        found = colors.eight(picture, seed)
        return gr.update(tiles=tiles_as([Tile(key, title, image=data_address(one)) for key, title, one in found]))

    def whole_map(picture: Image.Image | None) -> Any:
        sheet = colors.map_of(picture)
        return gr.update(image="" if sheet is None else data_address(sheet))

    def go_to(how: colors.Coloured, chosen: str | None = None) -> tuple:
        return how, colors.on_pad(how.longitude, how.latitude), chosen

    def first(picture: Image.Image | None, source: Image.Image | None, seed: int) -> tuple:
        """A new picture is shown as our file says, in the colours of the second one, or in those of the seed."""
        if picture is None:
            return SKIP, SKIP, None
        if ours := colors.taken_from_file(picture):
            gr.Info(PLACE_TAKEN_OVER)
            return go_to(ours)
        return go_to(colors.of_picture(source)) if source is not None else go_to(colors.of_seed(seed), str(int(seed)))

    def pick(key: str) -> tuple:
        return go_to(colors.of_seed(int(key) if str(key).isdigit() else key), key)

    def take(source: Image.Image | None) -> tuple:
        return (SKIP, SKIP, SKIP) if source is None else go_to(colors.of_picture(source))

    place = [c["how"], c["pad"], c["eight"]]
    placed = c["picture"].change(first, [c["picture"], c["source"], c["color_seed"]], place, **AT_ONCE)
    done = coloured(placed.then)
    done = done.then(tiles, [c["picture"], c["color_seed"]], [c["eight"]], **AT_ONCE)
    done.then(whole_map, [c["picture"]], [c["pad"]], **AT_ONCE)
    c["pictures"].input(lambda name: str(photo_path(name)), [c["pictures"]], [c["picture"]], **QUIET).then(
        None, None, None, js=TO_RESULT, **QUIET
    )

    def open_with(line: str, picture: Image.Image | None) -> Any:
        """Who comes here first finds an example."""
        return str(photo_path(TO_BEGIN_WITH)) if line == COLOR_READY and picture is None else SKIP

    if form.colors_here():
        c["colours"].select(open_with, [c["color_line"], c["picture"]], [c["picture"]], **QUIET)
    coloured(c["source"].change(take, [c["source"]], place, **AT_ONCE).then)
    coloured(c["eight"].input(pick, [c["eight"]], place, **AT_ONCE).then)
    reseeded = gr.on([c["color_seed"].submit, c["color_seed"].blur], tiles, [c["picture"], c["color_seed"]],
                     [c["eight"]], **AT_ONCE)  # fmt: skip
    reseeded.then(lambda: None, None, [c["eight"]], **QUIET)
    # While the mark moves, the newest place waits for the one before it; the file follows when it is let go.
    c["pad"].input(None, None, [c["eight"]], js="() => null", **QUIET)
    coloured(c["pad"].input, file=False)
    coloured(c["pad"].submit)
