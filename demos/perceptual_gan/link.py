"""What a link can say of the tab."""

import gradio as gr

from demos.common.faces import WHICH
from demos.common.links import Example, Linked, Mode
from demos.perceptual_gan import form
from demos.perceptual_gan.events import EditPart, FruitPart, SlowPart, WebcamPart
from demos.perceptual_gan.examples import FRUIT, PORTRAITS, fruit, portrait, portraits


def linked(
    modes: gr.Tabs, edit: EditPart, slow: SlowPart, fruits: FruitPart, webcam: WebcamPart, inbox: gr.State
) -> Linked:
    """See `Linked`."""
    photo = Example(
        portraits, portrait, edit.photo, edit.tiles, first=next(iter(PORTRAITS)),
        others=[edit.photo.input, edit.photo.clear, edit.another.click, inbox.change],
    )  # fmt: skip
    picture = Example(
        lambda: FRUIT, fruit, fruits.picture, fruits.tiles, others=[fruits.picture.input, fruits.picture.clear]
    )
    slow_fields = {name: field for name, field in slow.fields.items() if name != WHICH.name}
    return Linked(
        {
            "edit": Mode(form.EDIT, edit.sliders, {"photo": photo}, pending=edit.linked),
            "slow": Mode(form.SLOW, slow_fields, {"photo": photo}),
            "fruit": Mode(form.FRUIT, fruits.fields, {"photo": picture}),
            "webcam": Mode(form.WEBCAM, webcam.fields),
        },
        modes,
        "edit-mode-{}",
    )
