"""Links to what one sees: `?tab=stylenet&style=udnie&photo=cat_chelsea&seed=4&k=2`.

The address names the open tab, its mode, the bundled pictures and the settings that are not those the page opens with.
The page keeps it up to date, so a reload brings them back; a visitor's own picture is in no link.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr
from gradio.components import Component

from convgen.sentences import brief
from demos.common.device import QUIET, TOLD
from demos.common.exchange import Port
from demos.common.fields import Amount, Choice, Field, Flag, Table
from demos.common.look import with_props
from demos.widgets.address import Address

LONGEST, MOST_NAMES = 4000, 100
"""Characters of what follows the question mark, and names in it."""
FLAGS = {"1": True, "true": True, "0": False, "false": False}
TAB, MODE = "tab", "mode"
ODD = "{} in this link cannot be used and is left as it was: {}."
SOME_ODD = "{} in this link cannot be used and are left as they were."
NO_SUCH = "This link is to a part of the page that is not there: choose one."
MOVED = "() => window.pageLink.moved()"
"""JavaScript: another tab is open."""
TOGETHER = "The settings in this link do not go together, so they are left as they were: {}"


@dataclass(frozen=True)
class Example:
    """A bundled picture that a link can name.

    Attributes:
        names: of those that are offered; called when a link is opened.
        source: name -> what the component is given.
        picture: takes it.
        tiles: its click takes one.
        first: the one that the tab opens with, if it opens with one.
        others: events that bring another picture than a bundled one, or none.
    """

    names: Callable[[], Collection[str]]
    source: Callable[[str], Any]
    picture: Component
    tiles: Component
    first: str = ""
    others: Sequence[Any] = ()


@dataclass(frozen=True)
class Mode:
    """What a link can say of one way to use a technique.

    Attributes:
        table: the fields.
        parts: name of a field -> its component, of those that a link can set.
        examples: name in a link -> bundled pictures.
        check: of all values together; raises ValueError, a sentence.
        arrange: values by name -> what else is to change on the page, e.g. the choices of a component.
        draw: has the result be made after an event; None where a change of a picture does, or a button.
        pending: state that holds the values where a new picture would put its own in their place, until the visitor
            takes another picture.
    """

    table: Table
    parts: Mapping[str, Component]
    examples: Mapping[str, Example] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Any] = dict
    arrange: Callable[[Mapping[str, Any]], dict[Component, Any]] = lambda values: {}
    draw: Callable[[Any], Any] | None = None
    pending: gr.State | None = None


@dataclass(frozen=True)
class Linked:
    """What a link can say of a tab.

    Attributes:
        modes: name -> mode; the tab opens with the first.
        tabs: of the modes; None if there is one only.
        panel: `elem_id` of a mode's tab, with {} for its name.
        short: name of a field -> a shorter one in links.
        own: values of fields, or their beginnings, that stand for something of the visitor's own.
    """

    modes: Mapping[str, Mode]
    tabs: gr.Tabs | None = None
    panel: str = ""
    short: Mapping[str, str] = field(default_factory=dict)
    own: Collection[str] = ()

    def parts(self) -> list[Component]:
        """The components of all fields, each once."""
        return list(dict.fromkeys(part for mode in self.modes.values() for part in mode.parts.values()))

    def written(self, name: str) -> str:
        """A field's name in a link."""
        return self.short.get(name, name)


@dataclass(frozen=True)
class LinkedPort(Port):
    """A port of a tab that links can lead to."""

    linked: Linked | None = None


@dataclass(frozen=True)
class Link:
    """A link as it was understood.

    Attributes:
        values: name of a field -> what its component is given.
        examples: name -> which bundled picture.
        note: a sentence, if something could not be understood.
    """

    tab: str
    mode: str
    values: dict[str, Any]
    examples: dict[str, str]
    note: str = ""


def address(tab: str, mode: str = "", **said: Any) -> str:
    """A link: `address("stylenet", photo="cat_chelsea", seed=4)`."""
    told = {TAB: tab} | ({MODE: mode} if mode else {}) | said
    return "?" + urlencode({name: _text(value) for name, value in told.items()})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def read(query: str | None, tabs: Mapping[str, Linked]) -> Link | None:
    """What a link says, every value checked; None if it names no tab that is here.

    Args:
        query: what follows the question mark.
    """
    said = _names_and_texts(query)
    linked = tabs.get(said.get(TAB, ""))
    if linked is None:
        return None
    odd: dict[str, str] = {}
    first = next(iter(linked.modes))
    name = said.get(MODE, first)
    if name not in linked.modes:
        odd[MODE], name = brief(name), first
    mode, values, examples = linked.modes[name], {}, {}
    for key in mode.parts:
        written = linked.written(key)
        text = said.get(written, said.get(key))
        if text is None:
            continue
        try:
            if text.startswith(tuple(linked.own)):
                raise ValueError(text)
            values[key] = value_of(mode.table[key], text)
        except ValueError:
            odd[written] = brief(text)
    for key, example in mode.examples.items():
        if (text := said.get(key)) is not None:
            if text in example.names():
                examples[key] = text
            else:
                odd[key] = brief(text)
    note = ""
    if len(odd) == 1:
        note = ODD.format(*odd.popitem())
    elif odd:
        note = SOME_ODD.format(", ".join(odd))
    try:
        mode.check(mode.table.defaults | values)
    except ValueError as error:
        values, note = {}, TOGETHER.format(error)
    return Link(said[TAB], name, values, examples, note)


def value_of(field: Field, text: str) -> Any:
    """What a field's component is given for a text in a link.

    Raises:
        ValueError: it is no value of the field, or one that the page does not offer.
    """
    if isinstance(field, Flag):
        return field.check(FLAGS.get(text.lower()))
    if isinstance(field, Amount):
        low, high = field.slider or (field.low, field.high)
        value = field.check(float(text))
        if value is not None and not low <= value <= high:
            raise ValueError(text)
        return field.default if value is None else value
    checked = field.check(text)
    return checked if isinstance(field, Choice) else text


def named(request: gr.Request | None, tab: str, name: str, linked_to: Collection[str]) -> str | None:
    """The example of a tab that the address of a visitor's page names; None if it names none that is here.

    For what a tab opens with: where a link names another example, it is that.
    """
    said = _names_and_texts("" if request is None else str(request.query_params))
    example = said.get(name) if said.get(TAB) == tab else None
    return example if example in linked_to else None


def leads_to(request: gr.Request | None, tab: str, *, photo: str = "") -> bool:
    """Whether the address of a visitor's page says more of a tab than its name: it opens with that instead.

    Args:
        photo: the one that it opens with, which the page names in its address by itself.
    """
    said = _names_and_texts("" if request is None else str(request.query_params))
    if photo and said.get("photo") == photo:
        del said["photo"]
    return said.get(TAB) == tab and any(name not in (TAB, MODE) and name[:2] != "__" for name in said)


def _names_and_texts(query: str | None) -> dict[str, str]:
    """Of equal names the first counts; nothing of a query that is no likely one."""
    if not isinstance(query, str) or len(query) > LONGEST:
        return {}
    try:
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_NAMES)
    except ValueError:
        return {}
    return dict(reversed(pairs))


# ---- the page


def table_of(tabs: Mapping[str, Linked]) -> dict[str, Any]:
    """What the page needs to write links: see address.js."""
    return {name: _table_of(linked) for name, linked in tabs.items()}


def _table_of(linked: Linked) -> dict[str, Any]:
    places = {id(part): place for place, part in enumerate(linked.parts())}
    modes = {}
    for name, mode in linked.modes.items():
        fields = [[linked.written(key), places[id(part)], mode.table[key].default] for key, part in mode.parts.items()]
        examples = {
            key: {
                "tiles": f"#{example.tiles.elem_id}",
                "picture": example.picture.elem_id,
                "first": example.first,
            }
            for key, example in mode.examples.items()
        }
        modes[name] = {"panel": linked.panel.format(name), "fields": fields, "examples": examples}
    return {"modes": modes, "own": list(linked.own)}


def connect_links(tabs: gr.Tabs, ports: Mapping[str, Port]) -> None:
    """Open links, keep the address up to date, and give every result its button; called once all tabs are built."""
    linked = {name: port.linked for name, port in ports.items() if isinstance(port, LinkedPort) and port.linked}
    page = Address(table=table_of(linked), elem_id="address")
    modes = {(name, key): mode for name, tab in linked.items() for key, mode in tab.modes.items()}
    arrived = {both: gr.State(None) for both, mode in modes.items() if mode.draw is not None}

    def open_link(query: str | None) -> dict[Component, Any]:
        """The tab, its mode, its fields and its examples, as a link says."""
        link = read(query, linked)
        if link is None:
            still = {part: with_props(part, value=part.value) for part in opened if isinstance(part, gr.HTML)}
            return still | {page: json.dumps({"note": NO_SUCH})}
        pictures = linked[link.tab].modes[link.mode].examples
        taken = {pictures[name].picture.elem_id: chosen for name, chosen in link.examples.items()}
        told = {
            page: json.dumps({"tab": link.tab, "chosen": taken, "note": link.note}),
            tabs: gr.Tabs(selected=link.tab),
        }
        if (link.tab, link.mode) in arrived:
            told[arrived[link.tab, link.mode]] = query
        # An update without words makes a component of ours forget its properties while its tab was never open.
        still = {part: with_props(part, value=part.value) for part in opened if isinstance(part, gr.HTML)}
        return still | told | changes(linked[link.tab], link)

    opened = {page, tabs, *arrived.values(), *(part for tab in linked.values() for part in _changing(tab))}
    done = page.input(open_link, [page], opened, **TOLD)
    done.then(None, [page], None, js="told => window.pageLink.ready(told)", **QUIET)
    page.submit(lambda name: gr.Tabs(selected=str(name)), [page], [tabs], **QUIET)
    tabs.change(None, None, None, js=MOVED, **QUIET)
    for both, state in arrived.items():
        modes[both].draw(state.change(None, None, None, **QUIET))
    for name, tab in linked.items():
        parts, pictures = tab.parts(), {}
        told = f"(...values) => window.pageLink.says('{name}', values)"
        gr.on([part.change for part in parts], None, parts, None, js=told, **QUIET)
        if tab.tabs is not None:
            tab.tabs.change(None, None, None, js=MOVED, **QUIET)
        for mode in tab.modes.values():
            pictures |= {example.picture.elem_id: example for example in mode.examples.values()}
            if mode.pending is not None:
                taken = [
                    event for example in mode.examples.values() for event in (example.tiles.input, *example.others)
                ]
                gr.on(taken, lambda: None, None, [mode.pending], **QUIET)
        for picture, example in pictures.items():
            gr.on(list(example.others), None, None, None, js=f"() => window.pageLink.own('{picture}')", **QUIET)
        for outlet in ports[name].outlets:
            _copy_button(outlet.row)


def _changing(tab: Linked) -> list[Component]:
    """Everything of a tab that a link may change."""
    parts = tab.parts() + [part for mode in tab.modes.values() for part in mode.arrange(mode.table.defaults)]
    parts += [example.picture for mode in tab.modes.values() for example in mode.examples.values()]
    return [part for part in (*parts, tab.tabs, *(mode.pending for mode in tab.modes.values())) if part is not None]


def changes(linked: Linked, link: Link) -> dict[Component, Any]:
    """What changes on the page of a tab; an example that is not named is the one that the mode opens with."""
    mode = linked.modes[link.mode]
    changed: dict[Component, Any] = {}
    for name, value in link.values.items():
        part = mode.parts[name]
        changed[part] = with_props(part, value=value) if isinstance(part, gr.HTML) else value
    for name, example in mode.examples.items():
        if chosen := link.examples.get(name, example.first):
            changed[example.picture] = example.source(chosen)
    if mode.pending is not None:
        changed[mode.pending] = link.values
    if linked.tabs is not None:
        changed[linked.tabs] = gr.Tabs(selected=link.mode)
    return changed | mode.arrange(mode.table.defaults | link.values)


def _copy_button(row: gr.Row) -> None:
    parent = row.parent
    with row:
        button = gr.Button("Copy link", size="md", min_width=100, elem_classes="copy-link")
    row.parent = parent
    button.click(None, None, None, js="() => window.pageLink.copy()", **QUIET)
