"""The tab of faces and colours through the page's API, and what its functions do without the page."""

import json
import pickle
import zipfile
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import torch
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from sentences import one_sentence

from benchmarks.sliders import pictures_per_second
from convgen import age, images, weights
from convgen.runtime import seeded_generator
from convgen.squeezenet import SqueezeNet
from demos.age import color_jobs, events, examples, form, jobs
from demos.common import read_settings, save_png
from demos.common.photos import photo_path, photo_tiles

FACES, COLORS = form.faces_here(), form.colors_here()
PHOTOS = Path("assets/photos")


@pytest.fixture(scope="module")
def portrait():
    return images.open_picture(PHOTOS / "astronaut_portrait.jpg")


@pytest.fixture(scope="module")
def group(portrait):
    """Two people beside each other, Grace Hopper's face larger."""
    hopper = images.open_picture(PHOTOS / "grace_hopper_portrait.jpg")
    picture = Image.new("RGB", (1024, 600), "gray")
    picture.paste(portrait, (0, 44))
    picture.paste(hopper, (512, 0))
    return picture


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, portrait, group):
    """name -> file."""
    folder = tmp_path_factory.mktemp("pictures")
    soft = images.open_picture(PHOTOS / "coffee.jpg").resize((60, 40)).convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(soft.size))
    made = {
        "portrait": portrait,
        "group": group,
        "gray": portrait.convert("L"),
        "gray in RGB": portrait.convert("L").convert("RGB"),
        "coffee": images.open_picture(PHOTOS / "coffee.jpg").resize((120, 80)),
        "soft": soft,
        "dot": portrait.crop((0, 0, 1, 1)),
        "tall": portrait.resize((16, 900)),
        "constant": Image.new("RGB", (48, 48), "teal"),
        "large": portrait.resize((2600, 2400)),
    }
    for name, one in made.items():
        one.save(folder / f"{name}.png")
    return {name: handle_file(folder / f"{name}.png") for name in made}


@pytest.fixture
def nets(monkeypatch):
    """Fresh networks instead of the bundled ones, which may not be here."""
    face_net = age.FaceAGE(width=8).eval()
    color_nets = {
        kind: net(width=8, blocks=1).eval() for kind, net in (("photos", age.PhotoAGE), ("cars", age.ColorAGE))
    }
    color_nets["photos"].generator.eyes = SqueezeNet().eval()
    directions = {name: age.random_latents(1, seeded_generator(7))[0] for name in age.ATTRIBUTES}
    monkeypatch.setattr(form, "faces_here", lambda: True)
    monkeypatch.setattr(form, "colors_here", lambda: True)
    monkeypatch.setattr(form, "_face_net", lambda: face_net)
    monkeypatch.setattr(form, "_color_net", color_nets.__getitem__)
    monkeypatch.setattr(form, "directions", lambda: directions)
    return face_net, color_nets


def files_of(gallery):
    return [item["image"]["path"] if isinstance(item["image"], dict) else item["image"] for item in gallery]


def pixels(file):
    with Image.open(file) as picture:
        return picture.tobytes()


needs_faces = pytest.mark.skipif(not FACES, reason="the networks of faces are not in weights/index.json")
needs_colors = pytest.mark.skipif(not COLORS, reason="the networks of colours are not in weights/index.json")


# ---- through the page's API


def test_the_endpoints_name_their_arguments(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = {name: [p["parameter_name"] for p in endpoints[name]["parameters"]] for name in endpoints}
    assert names["/reconstruct"] == ["face", *form.FRAMING]
    assert names["/sample_faces"] == ["seed", "number"]
    assert names["/interpolate"] == ["first_seed", "second_seed", "steps", "first_face", "second_face"]
    assert names["/colorize"] == ["picture", "seed", "kind"]
    assert names["/transfer_color"] == ["picture", "colours", "kind"]


@needs_faces
def test_a_face_is_reconstructed(client, pictures):
    gallery, line = client.predict(pictures["portrait"], api_name="/reconstruct")
    before, after = (images.to_tensor(images.open_picture(file)) for file in files_of(gallery))
    assert before.shape == after.shape == (1, 3, 64, 64)
    assert f"PSNR {images.psnr(after, before):.1f} dB" in line
    gray = client.predict(pictures["gray"], api_name="/reconstruct")[1]
    assert "64 x 64 pixels, shown enlarged" in line and "The photo is gray" not in line and "The photo is gray" in gray
    assert "The photo is gray" in client.predict(pictures["gray in RGB"], api_name="/reconstruct")[1]


@needs_faces
def test_one_of_several_faces_can_be_asked_for(client, pictures):
    first, second = (
        files_of(client.predict(pictures["group"], which=n, api_name="/reconstruct")[0])[0] for n in (1, 2)
    )
    assert pixels(first) != pixels(second)
    with pytest.raises(AppError, match="Number of the face must be a whole number from 1 to 2"):
        client.predict(pictures["group"], which=3, api_name="/reconstruct")


@needs_faces
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"face": None}, "Add a photo of a face first"),
        ({"face": "coffee"}, "No face was found in this photo: choose Frame it by hand"),
        ({"face": "tall"}, "No face was found"),
        ({"face": "dot"}, "at least 16"),
        ({"which": None}, "Number of the face must be"),
        ({"by_hand": "yes"}, "must be true or false"),
        ({"by_hand": True, "crop": 0}, "Size of the square must be|out of its range"),
        ({"by_hand": True, "across": 101}, "Place of the square must be"),
    ],
)
def test_reconstructing_refuses_with_one_sentence(client, pictures, arguments, sentence):
    arguments = {"face": "portrait"} | arguments
    face = pictures.get(arguments.pop("face"))
    with pytest.raises(AppError, match=sentence) as caught:
        client.predict(face, api_name="/reconstruct", **arguments)
    assert one_sentence(caught.value)


@needs_faces
def test_a_photo_without_a_face_can_be_framed_by_hand(client, pictures):
    for name in ("coffee", "constant", "tall"):
        gallery, line = client.predict(pictures[name], by_hand=True, api_name="/reconstruct")
        assert len(gallery) == 2 and "PSNR" in line, name


@needs_faces
def test_samples_depend_on_their_seeds_alone(client):
    gallery, line, archive = client.predict(seed=5, number=3, api_name="/sample_faces")
    again = client.predict(seed=6, number=1, api_name="/sample_faces")[0]
    files = files_of(gallery)
    assert pixels(files[1]) == pixels(files_of(again)[0]) and pixels(files[0]) != pixels(files[1])
    assert [item["caption"] for item in gallery] == ["seed 5", "seed 6", "seed 7"]
    assert "3 faces · 64 x 64 pixels, shown enlarged" in line
    assert read_settings(files[0]) == {"technique": "age", "seed": 5}
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == ["age-seed-5.png", "age-seed-6.png", "age-seed-7.png"]
    for wrong in ({"seed": -1}, {"seed": 0.5}, {"number": 0}, {"number": 99}, {"seed": None}):
        with pytest.raises(AppError) as caught:
            client.predict(api_name="/sample_faces", **wrong)
        assert one_sentence(caught.value), wrong


@needs_faces
def test_the_way_between_two_begins_and_ends_where_it_should(client, pictures):
    strip, line, loop, packed = _interpolate(client, first_seed=1, second_seed=2, steps=5)
    ends = files_of(client.predict(seed=1, number=2, api_name="/sample_faces")[0])
    shown = files_of(strip)
    assert len(shown) == 5 and line.startswith("From seed 1 to seed 2") and "64 x 64 pixels, shown enlarged" in line
    with Image.open(packed) as whole:
        assert whole.size == (5 * 64, 64)
    for end, sample in ((shown[0], ends[0]), (shown[-1], ends[1])):
        with Image.open(end) as a, Image.open(sample) as b:
            assert np.abs(np.asarray(a, int) - np.asarray(b, int)).max() <= 1
    with Image.open(loop) as animation:
        assert animation.format == "WEBP" and animation.n_frames == 2 * jobs.FRAMES - 2
        assert animation.info["loop"] == 0 and animation.size == (jobs.FRAME_SIDE,) * 2
        assert json.loads(animation.getexif()[0x010E])["from"] == "seed 1"
    assert "From your face to seed 2" in _interpolate(client, second_seed=2, first_face=pictures["portrait"])[1]
    with pytest.raises(AppError, match="in the second photo: under A face, frame it by hand, and press As the second"):
        _interpolate(client, second_face=pictures["coffee"])
    several = _interpolate(client, first_face=pictures["group"])[1]
    assert "The first photo: the largest of its faces" in several


@needs_faces
def test_a_file_of_ours_is_an_end_of_the_way_as_it_was_made(client):
    sample = files_of(client.predict(seed=5, number=1, api_name="/sample_faces")[0])[0]
    strip, line = _interpolate(client, second_seed=2, first_face=handle_file(sample))[:2]
    assert line.startswith("From seed 5 to seed 2")
    with Image.open(files_of(strip)[0]) as a, Image.open(sample) as b:
        assert np.abs(np.asarray(a, int) - np.asarray(b, int)).max() <= 1


def _interpolate(client, **arguments):
    strip, line, loop, packed = client.predict(api_name="/interpolate", **arguments)
    return strip, line, loop["path"] if isinstance(loop, dict) else loop, packed


@needs_colors
def test_a_picture_is_coloured_at_its_own_size_and_its_lightness_stays(client, pictures):
    pair, line, file = client.predict(pictures["coffee"], seed=3, api_name="/colorize")
    assert "Colours of seed 3" in line and "120 x 80 pixels" in line
    gray, coloured = (images.to_tensor(images.open_picture(file)) for file in pair)
    assert gray.shape == coloured.shape == (1, 3, 80, 120)
    assert (gray.amax(1) - gray.amin(1)).mean() < 0.02
    assert np.abs(np.asarray(images.open_picture(file), int) - np.asarray(images.open_picture(pair[1]), int)).mean() < 4
    assert read_settings(file)["from"] == "seed 3" and read_settings(file)["network"] == "photos"
    other = client.predict(pictures["coffee"], seed=4, kind="cars", api_name="/colorize")[1]
    assert other.startswith("Colours of seed 4 · the network of cars")
    with pytest.raises(AppError, match="It shows must be one of photos, cars"):
        client.predict(pictures["coffee"], kind="boats", api_name="/colorize")


@needs_colors
def test_colours_are_taken_from_another_picture(client, pictures):
    line = client.predict(pictures["gray"], pictures["coffee"], api_name="/transfer_color")[1]
    assert "Colours of another picture" in line and "512 x 512" in line
    line = client.predict(pictures["coffee"], pictures["gray"], api_name="/transfer_color")[1]
    assert "The second picture is gray" in line
    for given, sentence in (((None, pictures["coffee"]), "Add a picture first"),
                            ((pictures["gray"], None), "Add the picture whose colours"),
                            ((pictures["gray"], pictures["dot"]), "1 x 1 pixels here: choose one with at least 16"),
                            ((pictures["dot"], pictures["gray"]), "at least 16")):  # fmt: skip
        with pytest.raises(AppError, match=sentence):
            client.predict(*given, api_name="/transfer_color")


@needs_colors
def test_odd_shapes_are_coloured_and_explained(client, pictures):
    for name in ("tall", "constant", "soft"):
        line = client.predict(pictures[name], api_name="/colorize")[1]
        assert ("squeezed to a square" in line) == (name == "tall"), name
    pair, line, file = client.predict(pictures["large"], api_name="/colorize")
    assert "Your picture was reduced from 2600 x 2400" in line
    assert max(images.open_picture(pair[1]).size) == color_jobs.PREVIEW_SIDE
    assert "x".join(map(str, images.open_picture(file).size)) == "2081x1921"


@needs_faces
@needs_colors
def test_odd_files_are_answered_by_a_result_or_one_sentence(client, odd_files):
    for file in odd_files[:: max(1, len(odd_files) // 12)]:
        for endpoint, options in (("/reconstruct", {"by_hand": True}), ("/colorize", {})):
            try:
                client.predict(handle_file(file.path), api_name=endpoint, **options)
            except (AppError, ValueError) as error:
                assert one_sentence(error), (file.name, endpoint)
            else:
                assert file.sentence is None, (file.name, endpoint)


@needs_faces
def test_the_sliders_are_answered(running):
    """Through the running app as the page asks: one picture after another, each of them another one."""
    assert pictures_per_second(running.url, seconds=3) > 1 / 3


# ---- without the page


def test_the_tab_says_so_where_its_networks_are_not_here(monkeypatch):
    monkeypatch.setattr(weights, "rows", lambda: {})
    assert not form.faces_here() and not form.colors_here()
    picture = Image.new("RGB", (40, 30))
    for call in (lambda: jobs.reconstruct(picture), jobs.sample_faces, jobs.interpolate):
        with pytest.raises(gr.Error, match="networks of faces are not here"):
            call()
    for call in (lambda: color_jobs.colorize(picture), lambda: color_jobs.transfer_color(picture, picture)):
        with pytest.raises(gr.Error, match="networks of colours are not here"):
            call()
    assert events.look(picture, 50, 50, 50)[2] is True


def test_a_damaged_table_of_weights_is_no_crash(monkeypatch):
    def damaged():
        raise ValueError("index.json must be an object")

    monkeypatch.setattr(weights, "rows", damaged)
    assert not form.faces_here() and not form.colors_here()


def test_a_face_is_encoded_changed_and_kept(nets, portrait):
    _, line, kept = jobs.reconstruct(portrait)
    assert "PSNR" in line and torch.allclose(kept.z.norm(dim=1), torch.ones(1))
    nothing = dict.fromkeys(form.EDITOR, 0)
    some = nothing | {"smile": 0.5}
    same, changed = jobs.draw_edited(kept, nothing)[0], jobs.draw_edited(kept, some)[0]
    assert same.startswith("data:image/jpeg") and same != changed
    edited = jobs.as_edited(kept, some)
    toward = form.directions()["smile"]
    assert (edited.z @ toward).item() > (kept.z @ toward).item()
    assert edited.title == "your face, changed" and edited.record["smile"] == 0.5
    assert read_settings(jobs.file_of(kept, some))["smile"] == 0.5
    with pytest.raises(gr.Error, match="Smile must be a number from"):
        jobs.draw_edited(kept, nothing | {"smile": 2})
    assert jobs.draw_edited(None, nothing) == (None, "") and jobs.file_of(None, nothing) is None
    assert torch.equal(pickle.loads(pickle.dumps(kept)).z, kept.z)


def test_a_file_brings_its_face_and_its_sliders_back(nets, portrait):
    amounts = dict.fromkeys(form.EDITOR, 0) | {"smile": 0.5, "gender": -0.25}
    for kept in (jobs.reconstruct(portrait)[2], jobs.of_seed(4)):
        again, moved = jobs.taken_from_file(images.open_picture(jobs.file_of(kept, amounts)))
        assert moved == amounts and again.title == kept.title
        assert torch.allclose(again.z, kept.z, atol=1e-3)
    picture = images.open_picture(jobs.file_of(kept, amounts))
    assert events.look(picture, 50, 50, 50)[2] is False
    good = jobs.of_photo(kept.z).record
    for changed in (
        {"smile": 5},
        {"latent": "A" * 8},
        {"latent": 3},
        {"latent": jobs.as_text(0 * kept.z)},
        {"seed": -1},
    ):
        path = save_png(picture, good | changed, "face")
        assert jobs.taken_from_file(images.open_picture(path)) is None, changed
    assert jobs.taken_from_file(portrait) is None and jobs.taken_from_file(None) is None


def test_a_file_brings_its_place_on_the_map_back(nets):
    file = color_jobs.colorize(Image.effect_noise((64, 64), 20), 5)[2]
    how, seed = color_jobs.taken_from_file(images.open_picture(file)), color_jobs.of_seed(5, "photos")
    assert (how.longitude, how.latitude, how.kind) == (seed.longitude, seed.latitude, "photos")
    before = {"technique": "age", "made": "colours", "longitude": 1, "latitude": 2}
    path = save_png(Image.new("L", (8, 8)), before, "made before there were photos")
    assert color_jobs.taken_from_file(images.open_picture(path)).kind == "cars"
    path = save_png(Image.new("L", (8, 8)), {"technique": "age", "made": "colours", "longitude": 999}, "x")
    assert color_jobs.taken_from_file(images.open_picture(path)) is None


def test_every_direction_has_a_slider():
    assert form.EDITOR.keys() == age.ATTRIBUTES.keys()


def test_a_new_photo_is_looked_at(nets, portrait, group):
    one, several = events.look(portrait, 50, 50, 50), events.look(group, 50, 50, 50)
    assert one[0]["tiles"] == [] and one[2] is False
    assert [tile["key"] for tile in several[0]["tiles"]] == ["1", "2"] and several[1] == 1
    assert events.look(None, 50, 50, 50)[2] is False and events.look(None, 50, 50, 50)[3] is None


def test_what_is_unusual_about_a_face_is_said(nets, portrait):
    small = portrait.resize((150, 150))
    assert "pixels wide in the photo" in jobs.reconstruct(small)[1]
    profile = images.open_picture(PHOTOS / "cameraman_cc0_gray.jpg")
    line = jobs.reconstruct(profile)[1]
    assert "turned to a side" in line and "The photo is gray" in line


def test_kept_faces_are_the_ends_of_the_way(nets):
    first, second = jobs.of_seed(4), jobs.of_seed(9)
    from_kept = jobs.interpolate(0, 1, 3, None, None, first, second)
    from_seeds = jobs.interpolate(4, 9, 3)
    assert from_kept[1] == from_seeds[1]
    assert [pixels(file) for file, _ in from_kept[0]] == [pixels(file) for file, _ in from_seeds[0]]
    with Image.open(from_kept[3]) as strip:
        assert strip.size == (3 * age.SIDE, age.SIDE)


def test_places_on_the_map_are_points_of_the_sphere(nets):
    for longitude, latitude in ((0, 0), (90, 0), (-135, 40), (10, 90)):
        z = color_jobs.point_of(longitude, latitude)
        assert torch.allclose(z.norm(), torch.ones(()))
        found = color_jobs.place_of(z)
        assert found[1] == pytest.approx(latitude, abs=0.1)
        assert latitude == 90 or found[0] == pytest.approx(longitude, abs=0.1)
    assert color_jobs.angles(color_jobs.on_pad(-135, 40)) == pytest.approx((-135, 40))
    for wrong in ({}, {"x": 101, "y": 0}, {"x": "a", "y": 0}):
        with pytest.raises(ValueError, match="Place on the map"):
            color_jobs.angles(wrong)


@pytest.mark.parametrize("kind", form.CALM)
def test_the_pad_and_the_seed_give_the_same_colours(nets, kind):
    picture = images.open_picture(PHOTOS / "coffee.jpg").resize((90, 60))
    pair, _, file, how = color_jobs.colorize(picture, 5, kind)
    shown, line, again = color_jobs.draw(picture, color_jobs.on_pad(how.longitude, how.latitude), how, kind)
    assert line.startswith(f"Colours of seed 5 · the network of {kind}")
    assert np.abs(np.asarray(pair[1], int) - np.asarray(shown[1], int)).max() <= 2
    assert read_settings(file) == {
        "technique": "age", "made": "colours", "longitude": how.longitude, "latitude": how.latitude, "network": kind,
        "from": "seed 5",
    }  # fmt: skip
    with Image.open(color_jobs.file_of(picture, again)) as full:
        assert full.size == (90, 60)


def test_all_eight_seeds_can_be_chosen_up_to_the_largest(nets):
    picture = Image.new("RGB", (30, 20), "teal")
    found = color_jobs.eight(picture, form.LARGEST_SEED, "photos")
    assert [color_jobs.of_seed(int(key), "photos").origin for key, _, _ in found] == [title for _, title, _ in found]


def test_the_lightness_and_the_transparency_of_a_picture_stay(nets):
    soft = images.open_picture(PHOTOS / "coffee.jpg").resize((90, 60)).convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(soft.size))
    with Image.open(color_jobs.colorize(soft, 1)[2]) as file:
        assert file.mode == "RGBA" and np.array_equal(file.getchannel("A"), soft.getchannel("A"))
    photo = Image.effect_noise((64, 64), 20)
    with Image.open(color_jobs.colorize(photo, 1)[2]) as file:
        before, after = (age.to_lab(images.to_tensor(p.convert("RGB")))[:, 0] for p in (photo, file))
    assert (before - after).abs().mean() < 0.03


def test_eight_colourings_and_the_map(nets):
    picture = images.open_picture(PHOTOS / "coffee.jpg")
    found = color_jobs.eight(picture, 3, "photos")
    assert [key for key, *_ in found] == [str(seed) for seed in range(3, 11)]
    sheet = color_jobs.map_of(picture, "photos")
    assert sheet.size == (color_jobs.MAP[0] * age.SIDE, color_jobs.MAP[1] * age.SIDE)
    assert color_jobs.eight(None, 0, "cars") == [] and color_jobs.map_of(None, "cars") is None


def test_examples_are_here_and_named():
    for name in examples.EXAMPLES:
        assert photo_path(name, examples.EXAMPLES).is_file()
    assert all(tile.image.startswith("data:") for tile in photo_tiles(examples.PORTRAITS))
    assert color_jobs.gray_example(examples.TO_BEGIN_WITH).mode == "L"
    with pytest.raises(ValueError, match="Example must be one of"):
        photo_path("../secret", examples.EXAMPLES)
