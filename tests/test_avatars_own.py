"""A visitor's own avatar in the tab of avatars: made, learned on, dressed, kept, loaded."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import torch
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from made_people import SIZE, made_avatar, somebody
from odd_videos import write_video
from PIL import Image
from sentences import one_sentence

from convgen.avatars.dressing import GARMENTS
from convgen.avatars.files import read_avatar, save_avatar
from demos.avatars import driving, examples, form, jobs, own, texts
from demos.avatars.form import DRESS, DRIVE, OWN, RENDER
from demos.common import read_settings

BLANK = Image.new("RGB", SIZE, "gray")
SMALL = {name: field.default for name, field in RENDER.items()} | {"size": 64, "frame": 3}
WORN = {name: field.default for name, field in DRESS.items()}
needs_avatars = pytest.mark.skipif(not form.here(), reason="no avatar is in weights/index.json")


def turned(person, degrees):
    """The same person, turned around the vertical."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]], np.float32)
    return replace(person, world=person.world @ turn.T)


def saved(tmp_path, name, seed=0):
    path = tmp_path / f"{name}.safetensors"
    save_avatar(made_avatar(seed), path)
    return str(path)


def means(stack):
    """The mean colour of every part."""
    return stack.mean((2, 3))


# ---- made


def test_a_photo_becomes_an_avatar_and_says_what_it_cannot_know(made, seen):
    yours, line = own.make([BLANK])
    assert line.startswith("Made from 1 photo in") and texts.UNKNOWN in line and texts.NO_FACE not in line
    key = form.yours(yours.path)
    assert jobs.preview(SMALL | {"avatar": key})[0].startswith("data:image/webp")
    seen[:] = [[turned(somebody(), 180)]]
    assert texts.NO_FACE in own.make([BLANK])[1]
    seen[:] = [[somebody()], [turned(somebody(), 180)]]
    again, line = own.make([BLANK, BLANK], yours)
    assert line.startswith("Made from 2 pictures in") and texts.UNKNOWN not in line and again.before is yours


def test_of_several_people_the_largest_is_taken_which_is_said(made, seen):
    seen[:] = [[somebody(0.0, at=0.3), somebody(1.0, at=0.7)]]
    assert "The largest of 2 people was taken." in own.make([BLANK])[1]


def test_directions_are_degrees_away_from_the_camera():
    for degrees in (0, 60, -90, 150):
        assert own.direction(turned(somebody(), degrees)) == pytest.approx(degrees, abs=1)


def test_pictures_without_a_person_get_a_sentence_that_says_which(made, seen, tmp_path):
    (tmp_path / "a.txt").write_text("no picture")
    cases = (
        ([], None, "Add a photo"),
        ([BLANK], [[]], "^.Nobody was found in this photo"),
        ([BLANK, BLANK], [[somebody()], []], "^.Picture 2: Nobody was found"),
        ([BLANK], [[somebody(presence=0.6)]], "^.Only a part of a person"),
        ([str(tmp_path / "a.txt")], None, "not a picture that can be read"),
        ([BLANK] * 13, None, "At most 12"),
        ([str(write_video(tmp_path / "a.mp4", frames=3))], [[]], "Nobody was found in this video"),
    )
    for files, found, sentence in cases:
        seen[:] = found or [[somebody()]]
        with pytest.raises(gr.Error, match=sentence) as caught:
            own.make(files)
        assert one_sentence(caught.value)


def test_a_film_in_which_somebody_turns_gives_all_sides(made, seen, tmp_path):
    seen[:] = [[turned(somebody(), degrees)] for degrees in (0, 10, 90, 180, 170, -90)]
    found = own.found_in([str(write_video(tmp_path / "a.mp4", frames=6))])
    assert len(found.sights) == 4 and found.face and found.sides


def test_an_avatar_is_loaded_from_its_file_and_others_are_refused(made, tmp_path, odd_files):
    yours = own.load(saved(tmp_path, "mine", 3))
    stack = form.avatar(form.yours(yours.path)).texture_stack
    assert (means(stack) - means(made_avatar(3).texture_stack)).abs().mean() < 0.03  # WebP, of noise
    for file in odd_files[::12]:
        with pytest.raises(gr.Error) as caught:
            own.load(str(file.path))
        assert one_sentence(caught.value), file.name
    (tmp_path / "gone.safetensors").write_bytes(Path(yours.path).read_bytes()[:-1])
    with pytest.raises(gr.Error, match="damaged"):
        own.load(str(tmp_path / "gone.safetensors"))
    with pytest.raises(ValueError, match="not kept here any more"):
        form.yours(str(tmp_path / "never.safetensors"))


def test_who_has_none_is_told_and_keys_cannot_be_guessed(made):
    with pytest.raises(ValueError, match="no avatar of yours yet"):
        own.person_of(OWN, None)
    with pytest.raises(gr.Error, match="no avatar of yours yet"):
        jobs.preview(SMALL | {"avatar": OWN})
    for name in ("own-0123456789abcdef0123456789abcdef", "../own", "own-"):
        with pytest.raises(gr.Error, match="Avatar must be one of"):
            jobs.preview(SMALL | {"avatar": name})


def test_every_mode_shows_the_visitor_s_own(made, seen, tmp_path):
    yours = own.load(saved(tmp_path, "mine", 5))
    values = [OWN if name == "avatar" else field.default for name, field in DRIVE.items()]
    ours = [field.default for field in DRIVE.values()]
    pictures = [driving.live(BLANK, None, None, *asked)[0] for asked in ((yours, *values), (None, *ours))]
    assert pictures[0] != pictures[1]
    key = form.yours(yours.path)
    file = jobs.still(SMALL | {"avatar": key})[3]
    assert read_settings(file)["avatar"] == OWN and Path(file).name == "avatar-own.png"
    driver = driving.Driver({"avatar": key, "size": 64})
    assert driver.record["avatar"] == OWN


# ---- dressed


def test_clothes_are_put_on_the_garment_alone_and_taken_back(made, tmp_path):
    name = form.here()[0]
    red = Image.new("RGB", (40, 30), "red")
    asked = WORN | {"how": "cloth", "garment": "vest", "folds": 0.0}
    yours = own.dress(name, None, asked, red)
    stack, before = form.avatar(form.yours(yours.path)).texture_stack, form.avatar(name).texture_stack
    assert stack[:2, 0].mean() > 0.85 and stack[:2, 1:].mean() < 0.15
    assert (means(stack) - means(before))[2:].abs().mean() < 0.03 and yours.base == name and yours.before is None
    more = own.dress(OWN, yours, asked | {"garment": "shorts"}, red)
    both = form.avatar(form.yours(more.path)).texture_stack
    assert both[[0, 1, 6, 7, 8, 9], 0].mean() > 0.8 and more.before is yours and more.base == name


def test_another_cloth_replaces_the_one_before_down_to_its_folds(made):
    checks = Image.fromarray(np.kron([[0, 255], [255, 0]], np.ones((8, 8))).astype(np.uint8))
    name, asked = form.here()[0], WORN | {"how": "cloth", "garment": "vest", "tile": 1.0}
    white = Image.new("RGB", (16, 16), "gray")
    once = own.dress(name, None, asked, white)
    twice = own.dress(OWN, own.dress(name, None, asked, checks), asked, white)
    one, two = (form.avatar(form.yours(yours.path)).texture_stack[:2] for yours in (once, twice))
    assert (one - two).abs().max() < 0.1


def test_what_is_painted_comes_where_the_brush_was(made):
    name = form.here()[0]
    canvas = own.texture_of(name, None, "chest")
    assert canvas.size == (own.CANVAS, own.CANVAS)
    canvas.paste("red", (0, 0, own.CANVAS // 2, own.CANVAS // 2))  # above and on the left of who looks
    yours = own.dress(name, None, WORN | {"how": "paint", "part": "chest"}, canvas)
    chest = form.avatar(form.yours(yours.path)).texture_stack[1]
    side = chest.shape[-1]
    assert chest[:, side // 2 :, side // 2 :].mean((1, 2))[0] > 0.9  # v goes up, u to the left
    again = own.texture_of(OWN, yours, "chest").resize((2, 2), Image.Resampling.BOX)
    assert again.getpixel((0, 0))[0] > 220 and again.getpixel((0, 0))[1] < 40 < again.getpixel((1, 1))[1]
    with pytest.raises(gr.Error, match="Paint on the texture first"):
        own.dress(name, None, WORN | {"how": "paint"}, None)


@pytest.mark.parametrize("how", ["cloth", "chest", "back"])
def test_what_needs_a_picture_asks_for_one(made, how):
    with pytest.raises(gr.Error, match="Add a picture first"):
        own.dress(form.here()[0], None, WORN | {"how": how}, None)


def test_odd_values_and_pictures_get_a_sentence(made):
    for wrong, sentence in (
        ({"tile": 0}, "Size of the pattern, metres must be"),
        ({"garment": "hat"}, "Garment must be one of"),
        ({"how": None}, "How must be one of"),
        ({"strength": float("nan")}, "Strength must be"),
        ({"texture": "../x"}, "Texture must be one of"),
        ({"seed": -1}, "Seed must be a whole number"),
    ):
        with pytest.raises(gr.Error, match=sentence):
            own.dress(form.here()[0], None, WORN | wrong, BLANK)
    for how in ("cloth", "chest"):
        for size in ((1, 1), (1, 900), (900, 1)):
            with pytest.raises(gr.Error, match="choose one with at least 16 on each side"):
                own.dress(form.here()[0], None, WORN | {"how": how}, Image.new("RGBA", size, "red"))
        for size in ((16, 16), (16, 900), (900, 16)):
            yours = own.dress(form.here()[0], None, WORN | {"how": how}, Image.new("RGBA", size, "red"))
            assert torch.isfinite(form.avatar(form.yours(yours.path)).texture_stack).all()


@needs_avatars
@pytest.mark.parametrize("how", ["texture", "style"])
def test_networks_of_other_tabs_make_clothes(how):
    yours = own.dress(form.here()[0], None, WORN | {"how": how, "garment": "vest"}, None)
    stack, before = form.avatar(form.yours(yours.path)).texture_stack, form.avatar(yours.base).texture_stack
    changed = (stack - before).abs().mean((1, 2, 3))
    parts = list(GARMENTS["vest"])
    assert changed[parts].min() > 0.05 and changed[[p for p in range(24) if p not in parts]].max() < 0.04


# ---- learned on, and through the page's API


@needs_avatars
@pytest.mark.skipif(not examples.photos(), reason="no photo of a person is in assets/avatars")
def test_it_learns_on_before_the_visitor_s_eyes_and_stops(monkeypatch):
    monkeypatch.setattr(own, "REFINE_STEPS", 3)
    monkeypatch.setattr(own, "SHOWN_EVERY_S", 0.0)
    photo = [examples.photo("jumping")]
    yours, _ = own.make(photo)
    *_, (shown, line, curve, made_anew, _) = own.refine(photo, yours)
    assert shown.startswith("data:image/jpeg") and line.startswith("Done: 3 steps") and made_anew.before is yours
    assert [point[0] for point in curve[0]["series"][0]["points"]] == [1, 2, 3]
    learned = read_avatar(Path(made_anew.path))
    assert learned.body is not None and read_avatar(Path(yours.path)).body is None
    run = own.refine(photo, yours)
    with closing(run):
        next(run)[-1].stop.set()
        assert list(run)[-1][1].startswith("Stopped after step")
    with pytest.raises(gr.Error, match="Make an avatar from photos first"):
        list(own.refine([], None))


@needs_avatars
@pytest.mark.skipif(not examples.photos(), reason="no photo of a person is in assets/avatars")
def test_programs_make_dress_and_render_an_avatar(client, tmp_path):
    photo = handle_file(examples.photo("jumping"))
    _, line, file = client.predict(files=[photo], api_name="/make_avatar")
    assert line.startswith("Made from 1 photo")
    person = handle_file(file)
    dressed, record = client.predict(avatar=OWN, person=person, api_name="/dress_avatar")
    assert record["how"] == "texture" and read_avatar(Path(dressed)).texture_stack.shape == (24, 3, 128, 128)
    picture, record = client.predict(avatar=OWN, person=handle_file(dressed), size=64, api_name="/render_avatar")
    assert record["avatar"] == OWN and read_settings(picture) == record
    (tmp_path / "no.safetensors").write_text("no avatar")
    wrong = handle_file(tmp_path / "no.safetensors")
    for name, arguments, sentence in (
        ("/make_avatar", {"files": []}, "Add a photo"),
        ("/render_avatar", {"avatar": OWN}, "no avatar of yours yet"),
        ("/render_avatar", {"avatar": OWN, "person": wrong}, "damaged, or it is not a safetensors file"),
        ("/dress_avatar", {"how": "chest"}, "Add a picture first"),
    ):
        with pytest.raises(AppError, match=sentence) as caught:
            client.predict(api_name=name, **arguments)
        assert one_sentence(caught.value), name
