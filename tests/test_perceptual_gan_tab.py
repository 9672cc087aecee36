"""The tab that edits faces through the page's API, and what its functions do without the page."""

import inspect
import json
import secrets
import threading
import time
from pathlib import Path

import gradio as gr
import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from sentences import one_sentence

from benchmarks.sliders import _ask, edits_per_second
from convgen import images, perceptual_gan, weights
from convgen.perceptual_gan import ATTRIBUTES, SLIDERS, Edit, EditGenerator
from convgen.perceptual_gan.interpolation import LAYERS
from demos.common import read_settings
from demos.common.exchange import NOTHING_YET
from demos.common.faces import FRAME
from demos.common.fields import Amount, Choice, Table
from demos.common.job import Job
from demos.common.recent import Recent, key_of
from demos.perceptual_gan import examples, form, jobs, texts
from demos.perceptual_gan.form import EDIT, FRUIT, SLOW

PORTRAIT = Path("assets/photos/grace_hopper_portrait.jpg")
needs_smile = pytest.mark.skipif("smile" not in form.here(), reason="edit-smile is not in weights/index.json")


@pytest.fixture(scope="module")
def portrait():
    return images.open_picture(PORTRAIT)


@pytest.fixture(scope="module")
def group(portrait):
    """Two people beside each other, Grace Hopper's face larger."""
    picture = Image.new("RGB", (1024, 600), "gray")
    picture.paste(images.open_picture("assets/photos/astronaut_portrait.jpg"), (0, 44))
    picture.paste(portrait, (512, 0))
    return picture


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, portrait, group):
    """name -> file."""
    folder = tmp_path_factory.mktemp("pictures")
    soft = portrait.convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(soft.size).point(lambda value: max(1, value)))
    made = {
        "portrait": portrait,
        "group": group,
        "gray": portrait.convert("L"),
        "soft": soft,
        "plain": Image.new("RGB", (64, 48), "teal"),
        "upside down": portrait.rotate(180),
    }
    for name, one in made.items():
        one.save(folder / f"{name}.png")
    return {name: handle_file(folder / f"{name}.png") for name in made}


@pytest.fixture
def nets(monkeypatch):
    """Networks that change something, instead of the bundled ones, which may not be here."""
    made = {}
    for attribute, kind in ATTRIBUTES.items():
        net = EditGenerator(domains=len(kind.domains), widths=(8, 8, 8), blocks=1).eval().requires_grad_(False)
        for layer in net.output:
            layer.weight.copy_(0.2 * torch.randn(layer.weight.shape, generator=torch.Generator().manual_seed(1)))
        made[attribute] = Edit(net, kind.window)
    made["fruit"] = Edit(made["smile"].net, made["smile"].window)
    monkeypatch.setattr(form, "network", made.__getitem__)
    monkeypatch.setattr(form, "here", lambda: form.ORDER)
    return made


def array(picture):
    return np.asarray(picture.convert("RGB"), int)


# ---- through the page's API


def test_the_endpoints_name_their_arguments(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = {name: [p["parameter_name"] for p in endpoints[name]["parameters"]] for name in endpoints}
    assert names["/edit_face"] == ["photo", *EDIT, "which"]
    assert names["/optimise_edit"] == ["photo", *SLOW]
    assert names["/translate"] == ["picture", *FRUIT]
    assert all(p["parameter_has_default"] for name in ("/edit_face",) for p in endpoints[name]["parameters"][1:])


@needs_smile
def test_a_face_is_edited_in_its_photo(client, pictures, portrait):
    file, change, line, record = client.predict(pictures["portrait"], smile=1, api_name="/edit_face")
    after = images.open_picture(file)
    assert after.size == portrait.size and line.startswith("Edited in ") and "512 x 600 pixels" in line
    with Image.open(change) as shown:
        assert shown.size == portrait.size and shown.mode == "L"
    settings = read_settings(file)
    assert settings == record and settings["face 1: smile"] == 1 and settings["technique"] == "perceptual_gan"
    assert settings["synthetic"] == texts.SYNTHETIC
    differs = np.abs(array(after) - array(portrait)).max(-1) > 0
    assert not differs[:40].any() and not differs[400:].any()


@needs_smile
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"photo": None}, "Add a photo of a face first"),
        ({"photo": "plain"}, "No face was found in this photo: choose one"),
        ({"smile": 1e9}, "Smile must be a number from 0"),
        ({"smile": -10}, "Smile must be a number from"),
        ({"blond": -1}, "Blond hair must be a number from 0"),
        ({"smile": None}, "Smile must be a number from"),
        ({"smile": "a lot"}, "Smile must be a number from"),
        ({"which": 2}, "Number of the face must be a whole number from 1 to 1"),
        ({"which": None}, "Number of the face must be"),
        ({"which": 0.5}, "Number of the face must be"),
    ],
)
def test_editing_refuses_with_one_sentence(client, pictures, arguments, sentence):
    arguments = {"photo": "portrait", "smile": 1} | arguments
    photo = pictures.get(arguments.pop("photo"))
    with pytest.raises(AppError, match=sentence) as caught:
        client.predict(photo, api_name="/edit_face", **arguments)
    assert one_sentence(caught.value)


@needs_smile
def test_odd_files_are_answered_by_a_result_or_one_sentence(client, odd_files):
    for file in odd_files[:: max(1, len(odd_files) // 12)]:
        try:
            client.predict(handle_file(file.path), smile=1, api_name="/edit_face")
        except (AppError, ValueError) as error:
            assert one_sentence(error), file.name
        else:
            assert file.sentence is None, file.name


@needs_smile
def test_two_visitors_at_once_get_what_they_get_alone(running, pictures):
    clients = [Client(running.url, verbose=False) for _ in range(2)]
    asked = [("portrait", 1.0), ("group", 0.5)]

    def visit(which):
        photo, smile = asked[which]
        return clients[which].predict(pictures[photo], smile=smile, api_name="/edit_face")[0]

    def pixels(file):
        with Image.open(file) as picture:
            return picture.tobytes()

    alone, together = [pixels(visit(which)) for which in range(2)], [None, None]
    threads = [
        threading.Thread(target=lambda which=which: together.__setitem__(which, pixels(visit(which))))
        for which in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()
    assert together == alone and alone[0] != alone[1]


@needs_smile
def test_the_photo_follows_a_slider(running):
    """Through the running app as the page asks: one picture after another, each of them another one."""
    assert edits_per_second(running.url, seconds=2) > 1 / 2


class Page:
    """The tab as a browser has it: what the page sends with each event, and what becomes of its parts."""

    def __init__(self, url):
        self.url, self.http, self.session = url, httpx.Client(timeout=60), secrets.token_hex(6)
        config = self.http.get(f"{url}config").json()
        self.events = config["dependencies"]
        self.names = {part["id"]: part["props"].get("elem_id") or part["id"] for part in config["components"]}
        self.values = {self.names[part["id"]]: part["props"].get("value") for part in config["components"]}
        self.labels = {part["id"]: part["props"].get("value") for part in config["components"]}
        self.menus = {
            part["id"]: [key for key, *_ in part["props"]["props"]["targets"]]
            for part in config["components"]
            if "send-to" in (part["props"].get("elem_classes") or [])
        }
        with PORTRAIT.open("rb") as file:
            path = self.http.post(f"{url}gradio_api/upload", files={"files": file}).json()[0]
        self.values["edit-photo"] = {"path": path, "meta": {"_type": "gradio.FileData"}}

    def targets(self, event):
        """The tabs of the menu "Send to" that is its trigger."""
        return self.menus.get(event["targets"][0][0], []) if event["targets"] else []

    def ask(self, part, changed):
        """What the event answers that reads this part and changes that one, and few others: part -> value."""
        event = min(
            (
                event
                for event in self.events
                if part in map(self.names.get, event["inputs"]) and changed in map(self.names.get, event["outputs"])
            ),
            key=lambda event: len(event["outputs"]),
        )
        sent = [self.values[self.names[number]] for number in event["inputs"]]
        answers = map(json.loads, _ask(self.http, self.url, self.session, event["id"], sent))
        given = dict(zip(map(self.names.get, event["outputs"]), answers, strict=True))
        for name in ("edit-key", "edit-shown"):
            self.values[name] = given.get(name, self.values[name])
        return {name: value for name, value in given.items() if value != gr.skip()}


@pytest.fixture
def page(running):
    visitor = Page(running.url)
    visitor.ask("edit-photo", "edit-another")
    yield visitor
    visitor.http.close()


@needs_smile
def test_what_is_finished_is_that_of_the_sliders_whatever_the_preview_has_seen(page):
    """No preview was asked for, as when it waits for other visitors."""
    before = page.ask("edit-slider-smile", "edit-pair")
    assert "Edited" not in before["edit-status"] and "Synthetic" not in str(before)
    page.values |= {"edit-slider-smile": 0.9, "edit-last": "smile"}
    after = page.ask("edit-slider-smile", "edit-pair")
    assert after["edit-status"].startswith("Edited in ") and texts.SYNTHETIC in str(after)
    strip = page.ask("edit-slider-smile", "edit-strip")
    assert "smile" in strip["edit-strip-title"]
    page.values["edit-slider-smile"] = 0.4
    made = page.ask("edit-slider-smile", "edit-file")["edit-file"]["value"]
    assert read_settings(made["path"])["face 1: smile"] == 0.4
    page.values |= {"edit-key": "of another photo", "edit-slider-smile": 1.0}
    assert "edit-pair" not in page.ask("edit-slider-smile", "edit-pair")


def test_a_result_that_is_not_there_yet_is_told_in_every_tab(page):
    """By events that are queued: of others the page shows no sentence."""
    menus = [(event, page.targets(event)) for event in page.events if page.targets(event)]
    assert len(menus) >= 9 and all(len(targets) == 5 and event["queue"] is not False for event, targets in menus)
    for event, targets in menus:
        for target in targets:
            with pytest.raises(RuntimeError, match=NOTHING_YET):
                _ask(page.http, page.url, page.session, event["id"], [target, None])


def test_an_empty_seed_is_told_in_every_tab(page):
    """The sentence of a ValueError reaches the visitor, whichever event it ends."""
    more = [event for event in page.events if event["targets"] and _labelled(page, event, "more")]
    assert len(more) == 2
    for event in more:
        with pytest.raises(RuntimeError, match="Seed must be a whole number"):
            _ask(page.http, page.url, page.session, event["id"], [None, None])


def test_a_number_out_of_range_gets_a_sentence(page):
    event = next(event for event in page.events if "avatar-azimuth" in map(page.names.get, event["inputs"]))
    place = list(map(page.names.get, event["inputs"])).index("avatar-azimuth")
    sent = [page.values[page.names[number]] for number in event["inputs"]]
    for value, sentence in ((9999, "choose at most 180"), (-1e9, "choose at least -180")):
        with pytest.raises(RuntimeError, match=f"A number is out of its range: {sentence}"):
            _ask(page.http, page.url, page.session, event["id"], [*sent[:place], value, *sent[place + 1 :]])


def _labelled(page, event, word):
    return word in str(page.labels.get(event["targets"][0][0])).lower() and len(event["inputs"]) == 2


@needs_smile
def test_an_animation_stays_until_it_is_of_something_else(page):
    """Whether it is finished before the picture or after it."""
    page.values |= {"edit-slider-smile": 0.9, "edit-last": "smile"}
    assert page.ask("edit-slider-smile", "edit-gif")["edit-gif"]
    assert "edit-gif" not in page.ask("edit-slider-smile", "edit-pair")
    page.values |= {"edit-slider-older": 0.5, "edit-last": "older"}
    assert "edit-gif" in page.ask("edit-slider-smile", "edit-pair")


@needs_smile
def test_values_are_kept_for_each_face_that_is_chosen(page):
    page.values |= {"edit-slider-smile": 0.9, "edit-faces": "2"}
    assert page.ask("edit-faces", "edit-slider-smile")["edit-slider-smile"] == 0
    page.values |= {"edit-slider-smile": 0, "edit-faces": "1"}
    assert page.values["edit-shown"] == 2
    assert page.ask("edit-faces", "edit-slider-smile")["edit-slider-smile"] == 0.9


def test_other_modes_refuse_with_one_sentence(client, pictures):
    if not form.differences_here():
        with pytest.raises(AppError, match="slow method is not here yet"):
            client.predict(pictures["portrait"], api_name="/optimise_edit")
    if not form.fruit_here():
        with pytest.raises(AppError, match="network of fruit is not here"):
            client.predict(pictures["plain"], api_name="/translate")
    for name, wrong in (("/optimise_edit", {"steps": 10**9}), ("/optimise_edit", {"slider": "wings"}),
                        ("/translate", {"strength": -10}), ("/translate", {"direction": None})):  # fmt: skip
        with pytest.raises(AppError) as caught:
            client.predict(pictures["portrait"], api_name=name, **wrong)
        assert one_sentence(caught.value), wrong


# ---- without the page


def test_the_signature_has_every_slider():
    assert list(inspect.signature(jobs.edit_face).parameters) == ["photo", *EDIT, "which"]
    assert set(EDIT) == set(SLIDERS) == set(texts.LABELS)
    assert {name: (field.low, field.high) for name, field in EDIT.items()} == {
        name: (slider.least, slider.most) for name, slider in SLIDERS.items()
    }


def test_nothing_moved_changes_nothing_and_other_pixels_stay(nets, portrait):
    assert np.array_equal(array(jobs.edit(portrait, {1: {}}).after), array(portrait))
    assert "synthetic" not in jobs.edit(portrait, {1: {}}).record
    edited = jobs.edit(portrait, {1: {"smile": 1.0}})
    differs = np.abs(array(edited.after) - array(portrait)).max(-1) > 0
    _, seen = jobs.see(portrait)
    left, top, right, bottom = seen.faces[0].box
    rows, columns = np.nonzero(differs)
    side = seen.faces[0].side
    assert len(rows) > 1000
    assert top - side < rows.min() and rows.max() < bottom + side
    assert left - side < columns.min() and columns.max() < right + side


def test_gray_stays_gray_but_for_hair_colours_and_alpha_stays(nets, portrait):
    gray = portrait.convert("L")
    assert jobs.edit(gray, {1: {"smile": 1.0}}).after.mode == "L"
    assert not images.is_gray(jobs.edit(gray, {1: {"blond": 1.0}}).after)
    soft = portrait.convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(soft.size).point(lambda value: max(1, value)))
    after = jobs.edit(soft, {1: {"smile": 1.0}}).after
    assert after.mode == "RGBA" and np.array_equal(after.getchannel("A"), soft.getchannel("A"))


def test_each_face_has_its_own_sliders(nets, group):
    one, other = (jobs.edit(group, {number: {"smile": 1.0}}).after for number in (1, 2))
    both = jobs.edit(group, {1: {"smile": 1.0}, 2: {"smile": 1.0}})
    assert np.array_equal(array(both.after)[:, 512:], array(one)[:, 512:])
    assert np.array_equal(array(both.after)[:, :512], array(other)[:, :512])
    assert both.record["face 1: smile"] == both.record["face 2: smile"] == 1
    with pytest.raises(gr.Error, match="whole number from 1 to 2"):
        jobs.edit(group, {3: {"smile": 1.0}})


def test_bad_numbers_get_a_sentence(nets, portrait):
    for wrong in (float("nan"), 1e9, -10, None, "1", True, [1]):
        with pytest.raises(gr.Error, match=r"Smile must be a number from 0"):
            jobs.edit(portrait, {1: {"smile": wrong}})
    for wrong in (float("nan"), 0, 13, None, "1", 1.5):
        with pytest.raises(gr.Error, match="Number of the face must be"):
            jobs.edit(portrait, {wrong: {"smile": 1}})


def test_previews_follow_and_the_strip_goes_from_least_to_most(nets, portrait):
    key, _ = jobs.look_at(portrait)
    one, other = (jobs.preview(key, {1: {"smile": value}}) for value in (0.2, 1.0))
    assert one.startswith("data:image/jpeg") and one != other
    assert jobs.preview("another's", {1: {"smile": 1.0}}) is None
    strip = jobs.strip(key, {}, 1, "smile")
    amounts = [amount for amount, _ in strip]
    assert amounts == sorted(amounts) and (amounts[0], amounts[-1]) == (EDIT["smile"].low, EDIT["smile"].high)
    assert len(set(strip)) == len(strip) <= 9


def test_a_face_that_has_it_already_and_hard_faces_are_told(nets, portrait, monkeypatch):
    still = EditGenerator(domains=2, widths=(8, 8, 8), blocks=1).eval()
    monkeypatch.setattr(form, "network", lambda _: Edit(still, ATTRIBUTES["smile"].window))
    assert (
        "hardly anything changes: this face seems to be smiling already" in jobs.edit(portrait, {1: {"smile": 1}}).line
    )
    assert "hardly" not in jobs.edit(portrait, {1: {"smile": 0.1}}).line
    assert "changes: is an upright face in the square?" in jobs.edit(portrait, {1: {"smile": 1}}, FRAME.check({})).line
    assert "pixels wide" in jobs.edit(portrait.resize((102, 120)), {1: {"smile": 1}}).line
    profile = images.open_picture("assets/photos/cameraman_cc0_gray.jpg")
    assert "turned to a side" in jobs.edit(profile, {1: {"smile": 1}}).line


def test_the_animation_goes_there_and_back(nets, portrait):
    key, _ = jobs.look_at(portrait)
    gif, mp4 = jobs.film(key, {}, 1, "smile")
    with Image.open(gif) as film:
        assert film.n_frames > jobs.FRAMES and film.info["loop"] == 0
        assert film.info["comment"].decode() == texts.SYNTHETIC
    assert Path(mp4).stat().st_size > 1000


def test_fruit_is_translated_at_its_own_size(nets):
    picture = images.open_picture(examples.fruit("paintings/cezanne_apples_crop"))
    (before, after), line, file = jobs.translate(picture, "apple", 1.5)
    assert before.size == after.size == picture.size and "Orange to apple" in line
    assert read_settings(file)["direction"] == "apple" and np.abs(array(after) - array(before)).max() > 0
    assert "synthetic" in read_settings(file) and "synthetic" not in read_settings(
        jobs.translate(picture, "apple", 0)[2]
    )
    with pytest.raises(gr.Error, match="Add a picture of apples"):
        jobs.translate(None)


def test_a_webcam_frame_without_a_face_passes(nets, portrait):
    shown, line = jobs.live(Image.new("RGB", (64, 48), "teal"))
    assert shown.startswith("data:") and "No face is in view" in line
    assert jobs.live(portrait)[1] == texts.SYNTHETIC


def test_a_face_that_is_not_found_is_framed_by_hand(nets, portrait):
    upside_down = portrait.rotate(180)
    with pytest.raises(gr.Error, match="No face was found"):
        jobs.edit(upside_down, {1: {"smile": 1.0}})
    edited = jobs.edit(upside_down, {1: {"smile": 1.0}}, {"crop": 30, "across": 0, "down": 0})
    differs = np.abs(array(edited.after) - array(upside_down)).max(-1) > 0
    assert differs[:154, :154].any() and not differs[160:].any() and not differs[:, 160:].any()
    with pytest.raises(gr.Error, match="Size of the square"):
        jobs.edit(upside_down, {1: {"smile": 1.0}}, {"crop": 0})
    assert jobs.see(upside_down)[0] != jobs.see(upside_down, FRAME.check({}))[0]


def test_a_photo_of_few_pixels_is_refused(nets):
    for size in ((1, 1), (400, 5)):
        with pytest.raises(gr.Error, match="at least 16"):
            jobs.edit(Image.new("RGB", size), {1: {"smile": 1.0}}, FRAME.check({}))


# ---- the slow method


@pytest.fixture
def differences(monkeypatch, nets):
    channels = dict(zip(LAYERS, ((256, 16, 16), (512, 16, 16), (512, 8, 8)), strict=True))
    monkeypatch.setattr(form, "differences_here", lambda: True)
    monkeypatch.setattr(
        perceptual_gan, "load_difference", lambda slider: {name: torch.ones(shape) for name, shape in channels.items()}
    )


def test_the_slow_method_is_watched_and_keeps_its_last_picture(differences, portrait):
    frames = [frame for frame in jobs.optimise_edit(portrait, steps=2) if isinstance(frame, tuple)]
    assert frames[0][0].startswith("data:") and frames[0][1].startswith("data:") and frames[0][2] == "Starting"
    shown, _, line, curve, file, job = frames[-1]
    assert line.startswith("Done: 2 steps") and len(curve[0]["series"][0]["points"]) == 2 and job.idle.is_set()
    assert shown != frames[0][0]
    settings = read_settings(file)
    assert settings["technique"] == "optimise_edit" and settings["synthetic"] and settings["slider"] == "smile"
    with Image.open(file) as picture:
        differs = np.abs(array(picture) - array(portrait)).max(-1) > 0
        assert picture.size == portrait.size and differs.any() and not differs[500:].any()


def test_the_slow_method_stops_within_two_seconds(differences, portrait):
    run = jobs.optimise_edit(portrait, steps=300)
    job = next(run)[-1]
    threading.Timer(0.5, job.stop.set).start()
    frames = list(run)
    assert frames[-1][2].startswith("Stopped after step") and frames[-1][4].endswith(".png") and job.idle.is_set()


def test_the_run_loop_holds_its_deadline_and_closes_its_steps():
    closed = []

    def steps():
        try:
            for step in range(1, 1000):
                time.sleep(0.01)
                yield perceptual_gan_progress(step)
        finally:
            closed.append(True)

    job = Job()
    moments = list(job.watch(steps(), lambda progress: f"loss {progress.step}", limit_s=0.1, every=0.03))
    assert moments[0].progress is None and moments[-1].last and "time limit" in moments[-1].line
    assert closed == [True] and job.idle.is_set()
    run = job.watch(steps(), str, limit_s=9)
    next(run), next(run)
    run.close()
    assert closed == [True, True] and job.idle.is_set()


def perceptual_gan_progress(step):
    from convgen.progress import Progress

    return Progress(step, 999, torch.zeros(1, 3, 8, 8), {})


# ---- the parts of the form, and what is not here


def test_a_table_of_fields_gives_widgets_and_checks():
    table = Table(Amount("size", "Size", 3, low=1, high=9, whole=True), Choice("way", "Way", "a", choices={"a": "A"}))
    assert table.check({"size": 4.0}) == {"size": 4, "way": "a"}
    for wrong, sentence in (({"size": 1.5}, "Size must be a whole number from 1 to 9"), ({"way": "b"}, "Way must be")):
        with pytest.raises(ValueError, match=sentence):
            table.check(wrong)
    widgets = table.widgets("x")
    assert (widgets["size"].elem_id, widgets["size"].maximum) == ("x-size", 9) and widgets["way"].value == "a"


def test_recent_forgets_the_oldest(portrait):
    recent = Recent(most=2)
    assert [recent.made(key, lambda key=key: key.upper()) for key in "abc"] == ["A", "B", "C"]
    assert recent.get("a") is None and recent.get("c") == "C" and recent.get(None) is None
    assert key_of(portrait) == key_of(portrait.copy()) != key_of(portrait.resize((600, 512)))


def test_the_tab_says_so_where_its_networks_are_not_here(monkeypatch, portrait):
    form.network.cache_clear()
    monkeypatch.setattr(weights, "rows", lambda: {})
    assert form.here() == [] and not form.differences_here() and not form.fruit_here()
    with pytest.raises(gr.Error, match="network of smile is not here: restore"):
        jobs.edit(portrait, {1: {"smile": 1.0}})
    with pytest.raises(gr.Error, match="slow method is not here yet"):
        next(jobs.optimise_edit(portrait))


def test_examples_are_here_and_their_faces_are_found():
    for name in examples.PORTRAITS:
        assert len(jobs.see(images.open_picture(examples.portrait(name)))[1].faces) == 1, name
    assert all(Path(examples.fruit(name)).is_file() for name in examples.FRUIT)
    for wrong in ("../secret", None):
        with pytest.raises(ValueError, match="Example must be one of"):
            examples.portrait(wrong)
