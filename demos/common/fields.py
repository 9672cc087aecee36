"""A table of fields, each written once: from it come widgets, defaults, checks, and the record inside a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components import Component

from demos.common.choices import OneOf, OneOfMany
from demos.common.inputs import LARGEST_SEED, choice, flag, number, whole_number


@dataclass(frozen=True)
class Field:
    """One setting.

    Attributes:
        name: of the argument, and in the record inside a file.
        label: what the page calls it.
        default: as the page opens.
        info: a sentence below the label.
        said: what the sentences about wrong values call it, where that is not the label.
    """

    name: str
    label: str
    default: Any
    info: str = ""
    said: str = field(default="", kw_only=True)

    def check(self, value: Any) -> Any:
        """The value as it is used.

        Raises:
            ValueError: one sentence for the visitor.
        """
        raise NotImplementedError

    def widget(self, elem_id: str | None = None, **rest: Any) -> Component:
        """What the visitor sets it with; `rest` says how it lies on the page."""
        raise NotImplementedError

    def argument(self) -> Component:
        """What takes it from programs: it lets any value through, so that the answer is that of `check`."""
        raise NotImplementedError

    @property
    def name_in_sentences(self) -> str:
        return self.said or self.label


@dataclass(frozen=True)
class Amount(Field):
    """A number in a range.

    Attributes:
        slider: the ends of the page's slider, where programs may ask for more.
    """

    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    whole: bool = False
    slider: tuple[float, float] | None = None

    def check(self, value: Any) -> float | int:
        return (whole_number if self.whole else number)(value, self.name_in_sentences, self.low, self.high)

    def widget(self, elem_id: str | None = None, **rest: Any) -> gr.Slider:
        low, high = self.slider or (self.low, self.high)
        return gr.Slider(
            low, high, self.default, step=self.step, label=self.label, info=self.info or None, buttons=[],
            elem_id=elem_id, **rest,
        )  # fmt: skip

    def argument(self) -> gr.Number:
        return gr.Number(self.default, label=self.label, visible=False)


@dataclass(frozen=True)
class Seed(Amount):
    """A whole number that is typed; the same one gives the same picture."""

    low: float = 0
    high: float = LARGEST_SEED
    step: float = 1
    whole: bool = True

    def widget(self, elem_id: str | None = None, **rest: Any) -> gr.Number:
        return gr.Number(self.default, label=self.label, minimum=self.low, maximum=self.high, elem_id=elem_id, **rest)


@dataclass(frozen=True)
class Choice(Field):
    """One of several, key -> what is written beside it."""

    choices: Mapping[str, str] | None = None

    def check(self, value: Any) -> str:
        return choice(value, self.name_in_sentences, self.choices or {})

    def widget(self, elem_id: str | None = None, **rest: Any) -> OneOf:
        return OneOf(
            [(title, key) for key, title in (self.choices or {}).items()], value=self.default, label=self.label,
            info=self.info or None, elem_id=elem_id, **rest,
        )  # fmt: skip

    def argument(self) -> gr.Textbox:
        return gr.Textbox(self.default, label=self.label, visible=False)


@dataclass(frozen=True)
class Menu(Choice):
    """One of many, which would take too much room side by side."""

    def widget(self, elem_id: str | None = None, **rest: Any) -> OneOfMany:
        return OneOfMany(
            [(title, key) for key, title in (self.choices or {}).items()], value=self.default, label=self.label,
            info=self.info or None, filterable=False, elem_id=elem_id, **rest,
        )  # fmt: skip


@dataclass(frozen=True)
class Flag(Field):
    """Yes or no."""

    def check(self, value: Any) -> bool:
        return flag(value, self.name_in_sentences)

    def widget(self, elem_id: str | None = None, **rest: Any) -> gr.Checkbox:
        return gr.Checkbox(self.default, label=self.label, info=self.info or None, elem_id=elem_id, **rest)

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

    @property
    def defaults(self) -> dict[str, Any]:
        """The form as the page opens."""
        return {name: field.default for name, field in self._fields.items()}

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
