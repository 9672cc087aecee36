"""What a link can say of the tab."""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from demos.age.color_jobs import gray_example
from demos.age.events import BetweenForm, ColorsForm, EditorPart, FaceForm, SamplesForm
from demos.age.examples import PORTRAITS, TO_BEGIN_WITH, TO_COLOUR
from demos.age.form import BETWEEN, COLORING, EDITOR, SAMPLES
from demos.common.links import Example, Linked, Mode
from demos.common.photos import photo_path


def linked(
    modes: gr.Tabs, face: FaceForm, editor: EditorPart, samples: SamplesForm, between: BetweenForm,
    colors: ColorsForm, inbox: gr.State, draw: Mapping[str, Callable[[Any], None]],
) -> Linked:  # fmt: skip
    """See `Linked`; `draw` makes the result of a mode after an event."""
    photo = Example(
        lambda: PORTRAITS, lambda name: str(photo_path(name, PORTRAITS)), face.photo, face.portraits,
        others=[face.photo.input, face.photo.clear, inbox.change],
    )  # fmt: skip
    picture = Example(
        lambda: TO_COLOUR, gray_example, colors.picture, colors.pictures,
        first=TO_BEGIN_WITH, others=[colors.picture.input, colors.picture.clear],
    )  # fmt: skip
    return Linked(
        {
            "face": Mode(EDITOR, editor.sliders, {"photo": photo}, pending=editor.linked),
            "samples": Mode(SAMPLES, samples.fields, draw=draw["samples"]),
            "between": Mode(BETWEEN, between.fields, draw=draw["between"]),
            "colours": Mode(COLORING, {"kind": colors.kind, "seed": colors.seed}, {"photo": picture}),
        },
        modes,
        "age-mode-{}",
    )
