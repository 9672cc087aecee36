"""Radio buttons and drop-down lists that take a choice however a program writes it, and answer others in a sentence."""

from typing import Any

import gradio as gr

from demos.common.device import plain_error
from demos.common.inputs import choice


class OneOf(gr.Radio):
    """`gr.Radio` whose value is one of its choices, or None; "4" is 4 among numbers."""

    is_template = True

    def get_block_name(self) -> str:
        return "radio"

    def preprocess(self, payload: Any) -> str | int | float | None:
        return _among(self, payload)


class OneOfMany(gr.Dropdown):
    """The same as a drop-down list."""

    is_template = True

    def get_block_name(self) -> str:
        return "dropdown"

    def preprocess(self, payload: Any) -> str | int | float | None:
        return _among(self, payload)


def _among(component: gr.Radio | gr.Dropdown, payload: Any) -> str | int | float | None:
    if payload is None:
        return None
    try:
        return choice(payload, component.label or "The choice", [value for _, value in component.choices])
    except ValueError as error:
        raise plain_error(error) from error
