"""What a link can say of the tab."""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.common.fields import Amount, Table
from demos.common.links import Example, Linked, Mode
from demos.common.photos import photo_path
from demos.stylenet import form
from demos.stylenet.events import PhotoPart, SlowPart, TeachForm, variants_of
from demos.stylenet.examples import PHOTOS, STYLE_PICTURES, style_picture_path
from demos.stylenet.form import CAMERA_SIZE, FILM_SIZE, LEARN, PHOTO, SLOW, YOURS


def linked(
    modes: gr.Tabs, photo: PhotoPart, slow: SlowPart, teach: TeachForm, sizes: Mapping[str, Component], inbox: gr.State,
    draw: Callable[[Any], Any],
) -> Linked:  # fmt: skip
    """See `Linked`; `sizes` are those of the webcam and of films."""
    pictures = {
        "photo": Example(
            lambda: PHOTOS, lambda name: str(photo_path(name, PHOTOS)), photo.photo, photo.examples,
            first=next(iter(PHOTOS)), others=[photo.photo.input, photo.photo.clear, inbox.change],
        )
    }  # fmt: skip
    painting = Example(
        lambda: STYLE_PICTURES, lambda name: str(style_picture_path(name)), slow.painting, slow.textures,
        others=[slow.painting.input, slow.painting.clear],
    )  # fmt: skip
    taught = Example(
        lambda: STYLE_PICTURES, lambda name: str(style_picture_path(name)), teach.painting, teach.examples,
        others=[teach.painting.input, teach.painting.clear],
    )  # fmt: skip
    shared = {name: photo.fields[name] for name in ("style", "variant", "noise_scale", "seed")}

    def networks(values: Mapping[str, Any]) -> dict[Component, Any]:
        return {shared["variant"]: variants_of(values["style"], values["variant"])["variant"]}

    def moving(name: str, size: Amount) -> Mode:
        """The webcam, or a film."""
        table = Table(*(field for name, field in PHOTO.items() if name != "size"), size)
        return Mode(table, photo.fields | {"size": sizes[name]}, arrange=networks, draw=draw)

    table = Table(*SLOW.values(), *(PHOTO[name] for name in shared))
    return Linked(
        {
            "photo": Mode(PHOTO, photo.fields, pictures, form.check, networks, draw),
            "webcam": moving("webcam", CAMERA_SIZE),
            "video": moving("video", FILM_SIZE),
            "teach": Mode(LEARN, teach.fields, {"painting": taught}),
            "slow": Mode(table, slow.fields | shared, pictures | {"painting": painting}, arrange=networks, draw=draw),
        },
        modes,
        "style-mode-{}",
        short={"noise_scale": "k"},
        own=[YOURS],
    )
