"""What a link can say of the tab."""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.avatars import examples, form
from demos.avatars.events import Look, MotionPart, PhotoPart
from demos.avatars.form import DRESS, RENDER
from demos.avatars.own_events import DressPart
from demos.avatars.texts import MODES, OWN
from demos.common.fields import Table
from demos.common.links import Example, Linked, Mode


def linked(
    modes: gr.Tabs, look: Look, motion: MotionPart, photo: PhotoPart, dress: DressPart, draw: Callable[[Any], Any]
) -> Linked:
    """See `Linked`."""
    picture = Example(
        examples.photos, examples.photo, photo.photo, photo.tiles,
        others=[photo.photo.input, photo.photo.clear, photo.another.click],
    )  # fmt: skip
    moves = {"motion": motion.motion, "frame": motion.frame}
    colour = {look.fields["colour"]: "background"}

    def within(values: Mapping[str, Any]) -> dict[Component, Any]:
        """A motion has so many frames; a colour is seen where it is the background."""
        last = len(form.moves(values["motion"])) - 1
        frame = gr.update(maximum=last, value=min(values["frame"], last))
        return {motion.frame: frame} | seen(values)

    def seen(values: Mapping[str, Any]) -> dict[Component, Any]:
        return {
            part: gr.update(visible=values[name] == "colour", value=values["colour"]) for part, name in colour.items()
        }

    def still(mode: str) -> Mode:
        """A mode in which the person is seen from somewhere, before something."""
        pictures = {"photo": picture} if mode == "photo" else {}
        return Mode(RENDER, look.fields, pictures, arrange=seen, draw=draw)

    dressing = Mode(
        Table(*RENDER.values(), *DRESS.values()), look.fields | dress.fields | {"texture": dress.textures},
        arrange=seen, draw=draw,
    )  # fmt: skip
    shown = {name: still(name) for name in MODES} | {"dress": dressing}
    shown["motion"] = Mode(RENDER, look.fields | moves, arrange=within, draw=draw)
    return Linked({name: shown[name] for name in MODES}, modes, "avatar-mode-{}", own=[OWN, "picture"])
