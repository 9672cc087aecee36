"""Links to what one sees: written and read, every value checked; and the acts of talk mode."""

from types import SimpleNamespace
from urllib.parse import parse_qsl

import gradio as gr
import pytest
from PIL import Image

import app
from demos.common import links
from demos.common.fields import Amount, Choice, Flag, Seed, Table
from demos.common.links import Example, Linked, Mode, address, leads_to, named, read, table_of
from demos.common.talk import Act, Seen, talk_mode
from demos.widgets.tiles import Tiles

TABLE = Table(
    Choice("style", "Style", "udnie", choices={"udnie": "Udnie", "scream": "The Scream"}),
    Choice("factor", "Factor", 4, choices={2: "2 x", 4: "4 x"}),
    Amount("noise_scale", "Noise scale", 1.0, high=4.0),
    Amount("size", "Size", 256, low=1, high=4096, whole=True, slider=(32, 2048)),
    Seed("seed", "Seed", 0),
    Flag("own_colours", "Colours", False),
)


@pytest.fixture(scope="module")
def tabs():
    """Two tabs, the second with two modes."""

    def refuse(values):
        if values["noise_scale"] == 4 and values["size"] == 2048:
            raise ValueError("Too much.")

    parts = TABLE.widgets("made")
    photo, tiles, inner = gr.Image(elem_id="made-photo"), Tiles(elem_id="made-tiles"), gr.Tabs()
    example = Example(lambda: ("cat", "dog"), "{}.jpg".format, photo, tiles, first="cat", others=[photo.input])
    first = Mode(TABLE, parts, {"photo": example}, check=refuse)
    second = Mode(TABLE, {"seed": parts["seed"]})
    short = {"noise_scale": "k"}
    return {
        "stylenet": Linked({"photo": first}, short=short, own=["yours"]),
        "age": Linked({"face": first, "colours": second}, inner, "made-{}"),
    }


def test_a_link_is_read_as_it_was_written(tabs):
    values = {"style": "scream", "factor": 2, "noise_scale": 2.5, "size": 512, "seed": 2**31 - 1, "own_colours": True}
    link = read(address("stylenet", photo="dog", **values), tabs)
    assert (link.tab, link.mode, link.examples, link.note) == ("stylenet", "photo", {"photo": "dog"}, "")
    assert link.values == values
    assert read("?tab=stylenet&k=2", tabs).values == read("tab=stylenet&noise_scale=2", tabs).values
    assert read(address("age", "colours", seed=4), tabs).values == {"seed": 4}
    assert read("?tab=age&mode=colours", tabs).mode == "colours"


@pytest.mark.parametrize(
    "odd",
    ["k=banana", "k=nan", "k=9", "seed=-1", "seed=1.5", "seed=1e99", "own_colours=perhaps", "style=yours", "factor=3",
     "photo=../../etc/passwd", "mode=slow", "size=4096", "style=", "k=" + "9" * 3000],
)  # fmt: skip
def test_an_odd_value_is_left_out_and_said_in_a_sentence(tabs, odd):
    link = read(f"?tab=stylenet&{odd}&seed=7&own_colours=1", tabs)
    name = odd.partition("=")[0]
    assert name in link.note and link.note.endswith(".") and len(link.note) < 200 and "\n" not in link.note
    assert name in ("seed", "own_colours") or link.values == {"seed": 7, "own_colours": True}
    assert link.examples == {} and link.mode == "photo"


def test_values_that_do_not_go_together_are_said(tabs):
    link = read("?tab=stylenet&k=4&size=2048&photo=dog", tabs)
    assert link.values == {} and "Too much." in link.note and link.examples == {"photo": "dog"}


@pytest.mark.parametrize(
    "query", [None, "", "?", "?tab=", "?tab=nowhere", 5, "?tab=age" + "&a=1" * 200, "?" + "a" * 9000]
)
def test_what_names_no_tab_is_no_link(tabs, query):
    assert read(query, tabs) is None


def test_other_names_in_an_address_are_left_alone(tabs):
    assert read("?__theme=dark&tab=age&utm_source=x&talk", tabs).note == ""


def test_what_changes_on_the_page(tabs):
    linked = tabs["age"]
    changed = links.changes(linked, read("?tab=age&seed=3", tabs))
    first = linked.modes["face"]
    assert changed[first.parts["seed"]] == 3
    assert changed[first.examples["photo"].picture] == "cat.jpg"  # the example that the mode opens with
    changed = links.changes(linked, read("?tab=age&mode=colours", tabs))
    assert linked.tabs in changed and first.examples["photo"].picture not in changed


def test_the_page_has_a_table_of_what_a_link_can_say(tabs):
    table = table_of(tabs)
    assert table["stylenet"]["own"] == ["yours"]
    fields = table["stylenet"]["modes"]["photo"]["fields"]
    assert [key for key, _, _ in fields] == ["style", "factor", "k", "size", "seed", "own_colours"]
    assert {key: default for key, _, default in fields}["k"] == 1.0
    assert table["age"]["modes"]["colours"] == {"panel": "made-colours", "fields": [["seed", 4, 0]], "examples": {}}
    example = table["stylenet"]["modes"]["photo"]["examples"]["photo"]
    assert example == {"tiles": "#made-tiles", "picture": "made-photo", "first": "cat"}


def test_what_a_tab_opens_with_follows_the_address():
    request = SimpleNamespace(query_params="tab=stylenet&photo=cat_chelsea&seed=4")
    assert named(request, "stylenet", "photo", ["cat_chelsea"]) == "cat_chelsea"
    assert named(request, "stylenet", "photo", ["dog"]) is None
    assert named(request, "age", "photo", ["cat_chelsea"]) is None and named(None, "age", "photo", []) is None
    assert leads_to(request, "stylenet") and not leads_to(request, "age")
    opened = SimpleNamespace(query_params="tab=age&photo=first")  # as the page writes it by itself
    assert leads_to(opened, "age") and not leads_to(opened, "age", photo="first")
    assert not leads_to(SimpleNamespace(query_params="tab=stylenet&mode=slow&__theme=dark"), "stylenet")


# ---- talk mode


def test_a_step_that_cannot_be_made_is_none_and_no_error():
    def fail(item):
        raise RuntimeError("no memory")

    acts = [Act("a", "age", "A", "", "", {"x": "X"}, fail), Act("b", "age", "B", "", "", {"x": "X"})]
    widget = talk_mode(acts)
    for asked in (["a", "x"], ["a", "y"], ["b", "x"], ["nobody", "x"], None, "ab", [["a"], {}], 7):
        assert widget.make(asked) is None


def test_a_step_is_sent_as_pictures_that_need_no_file():
    acts = [Act("a", "age", "A", "", "", {"x": "X"}, lambda item: Seen(Image.new("RGB", (2000, 900)), line=item))]
    made = talk_mode(acts).make(["a", "x"])
    assert made["after"].startswith("data:image/jpeg;base64,") and (made["before"], made["line"]) == ("", "x")


def test_every_act_has_bundled_pictures_an_equation_and_a_link_that_is_understood(client):
    page = next(part for part in client.config["components"] if part["props"].get("elem_id") == "address")
    table, program = page["props"]["props"]["table"], talk_mode(app.ACTS).program()
    assert {act["tab"] for act in program} == set(app.TABS) and len(program) == 7
    for act in program:
        assert "Thesis" in act["equation"] and act["sentence"].endswith(".") and len(act["items"]) > 1
        assert not act["live"] or all(item["after"].startswith("data:image/") for item in act["items"][:2]), act["name"]
        for item in act["items"]:
            said = dict(parse_qsl(item["link"][1:]))
            modes = table[said["tab"]]["modes"]
            mode = modes[said.get("mode", next(iter(modes)))]
            known = {"tab", "mode", *mode["examples"], *(key for key, _, _ in mode["fields"])}
            assert set(said) <= known, (act["name"], said)
