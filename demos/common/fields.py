"""A table of fields, each written once: from it come widgets, defaults, checks, and the record inside a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.common.choices import OneOf, OneOfMany
from demos.common.inputs import choice, flag, number, whole_number


@dataclass(frozen=True)
class Field:
    """One setting.

    Attributes:
        name: of the argument, and in the record inside a file.
        label: what the page calls it, and the sentences about wrong values.
        default: as the page opens.
        info: a sentence below the label.
        called: in the sentences about wrong values, where the label is no name.
    """

    name: str
    label: str
    default: Any
    info: str = ""
    called: str = ""

    @property
    def spoken(self) -> str:
        """Its name in a sentence."""
        return self.called or self.label

    def check(self, value: Any) -> Any:
        """The value as it is used.

        Raises:
            ValueError: one sentence for the visitor.
        """
        raise NotImplementedError

    def widget(self, elem_id: str, **layout: Any) -> Component:
        """What the visitor sets it with; `layout` is how it stands on the page, e.g. `visible` and `min_width`."""
        raise NotImplementedError

    def argument(self) -> Component:
        """What takes it from programs: it lets any value through, so that the answer is that of `check`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Amount(Field):
    """A number in a range.

    Attributes:
        reset: whether a button brings the default back.
    """

    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    whole: bool = False
    reset: bool = False

    def check(self, value: Any) -> float | int:
        return (whole_number if self.whole else number)(value, self.spoken, self.low, self.high)

    def widget(self, elem_id: str, **layout: Any) -> gr.Slider:
        return gr.Slider(
            self.low, self.high, self.default, step=self.step, label=self.label, info=self.info or None,
            buttons=["reset"] if self.reset else [], elem_id=elem_id, **layout,
        )  # fmt: skip

    def argument(self) -> gr.Number:
        return gr.Number(self.default, label=self.label, visible=False)


@dataclass(frozen=True)
class Typed(Amount):
    """A number that is typed, as a seed is."""

    def widget(self, elem_id: str, **layout: Any) -> gr.Number:
        return gr.Number(
            self.default, label=self.label, info=self.info or None, minimum=self.low, maximum=self.high,
            elem_id=elem_id, **layout,
        )  # fmt: skip


@dataclass(frozen=True)
class Choice(Field):
    """One of several, key -> what is written beside it."""

    choices: Mapping[Any, str] | None = None

    def check(self, value: Any) -> Any:
        return choice(value, self.spoken, self.choices or {})

    def widget(self, elem_id: str, **layout: Any) -> OneOf:
        return OneOf(
            [(title, key) for key, title in (self.choices or {}).items()], value=self.default, label=self.label,
            info=self.info or None, elem_id=elem_id, **layout,
        )  # fmt: skip

    def argument(self) -> gr.Textbox:
        return gr.Textbox(self.default, label=self.label, visible=False)


@dataclass(frozen=True)
class Menu(Choice):
    """One of many, which would take too much room side by side."""

    def widget(self, elem_id: str, **layout: Any) -> OneOfMany:
        return OneOfMany(
            [(title, key) for key, title in (self.choices or {}).items()], value=self.default, label=self.label,
            info=self.info or None, filterable=False, elem_id=elem_id, **layout,
        )  # fmt: skip


@dataclass(frozen=True)
class Flag(Field):
    """Yes or no."""

    def check(self, value: Any) -> bool:
        return flag(value, self.spoken)

    def widget(self, elem_id: str, **layout: Any) -> gr.Checkbox:
        return gr.Checkbox(self.default, label=self.label, info=self.info or None, elem_id=elem_id, **layout)

    def argument(self) -> gr.Checkbox:
        return gr.Checkbox(self.default, label=self.label, visible=False)


class Table(Mapping[str, Field]):
    """Fields by their names, in the order of the page."""

    def __init__(self, *fields: Field):
        self._fields = {field.name: field for field in fields}

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Every field's value, checked; one that is not given is its default.

        Raises:
            ValueError: one sentence for the visitor.
        """
        return {name: field.check(values.get(name, field.default)) for name, field in self._fields.items()}

    def widgets(self, prefix: str) -> dict[str, Component]:
        """Name -> what the visitor sets it with, as #PREFIX-NAME."""
        return {name: field.widget(f"{prefix}-{name.replace('_', '-')}") for name, field in self._fields.items()}

    def arguments(self) -> dict[str, Component]:
        """Name -> what takes it from programs."""
        return {name: field.argument() for name, field in self._fields.items()}
