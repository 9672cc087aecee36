"""What a link can say of the tab."""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.common.fields import Table
from demos.common.links import Example, Linked, Mode
from demos.texture_nets import form
from demos.texture_nets.events import SamplePart, SlowPart, TeachForm, follow
from demos.texture_nets.examples import PICTURES, picture_path
from demos.texture_nets.form import LEARN, ONE, SAMPLE, SLOW, YOURS


def linked(
    modes: gr.Tabs, sample: SamplePart, teach: TeachForm, slow: SlowPart, inbox: gr.State, draw: Callable[[Any], None]
) -> Linked:
    """See `Linked`."""
    picture = Example(
        lambda: PICTURES, lambda name: str(picture_path(name)), teach.exemplar, teach.examples,
        others=[teach.exemplar.input, teach.exemplar.clear, teach.another.click, inbox.change],
    )  # fmt: skip
    shared = {name: sample.fields[name] for name in ("texture", "seed")}

    def networks(values: Mapping[str, Any]) -> dict[Component, Any]:
        return {sample.fields["network"]: follow(values["texture"], values["network"], None)[0]}

    return Linked(
        {
            "sample": Mode(
                Table(*SAMPLE.values(), *ONE.values()), sample.fields | sample.one.fields, check=form.check,
                arrange=networks, draw=draw,
            ),
            "teach": Mode(LEARN, teach.fields, {"picture": picture}),
            "slow": Mode(Table(*SLOW.values(), *(SAMPLE[name] for name in shared)), slow.fields | shared),
        },
        modes,
        "texture-mode-{}",
        own=[YOURS],
    )  # fmt: skip
