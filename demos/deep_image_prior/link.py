"""What a link can say of the tab."""

from functools import partial
from typing import Any

import gradio as gr

from demos.common.device import QUIET
from demos.common.links import Example, Linked, Mode
from demos.deep_image_prior import texts
from demos.deep_image_prior.events import FormPart, ResultPart
from demos.deep_image_prior.examples import EXAMPLES
from demos.deep_image_prior.form import FIELDS


def linked(asked: FormPart, shown: ResultPart, inbox: gr.State) -> Linked:
    """See `Linked`; a link begins no run, as that takes minutes."""
    example = Example(
        lambda: EXAMPLES, lambda name: str(EXAMPLES[name].path), asked.picture, asked.examples,
        others=[asked.picture.input, asked.picture.clear, asked.painted.input, inbox.change],
    )  # fmt: skip

    def draw(event: Any) -> None:
        event.then(partial(str, texts.LINKED), None, [shown.status], **QUIET)

    return Linked({"restore": Mode(FIELDS, asked.fields, {"example": example}, draw=draw)})
