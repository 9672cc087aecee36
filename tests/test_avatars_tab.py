"""The tab of avatars through the page's API, and what its functions do without the page."""

import base64
import copy
import inspect
import io
import itertools
import json
import threading
from contextlib import closing
from pathlib import Path

import av
import gradio as gr
import numpy as np
import pytest
import torch
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from made_people import SIZE, bvh, somebody
from odd_videos import write_sound, write_video
from PIL import Image
from sentences import one_sentence

from convgen import images, video
from convgen.avatars.catalogue import AVATARS
from demos.avatars import driving, examples, form, jobs, texts
from demos.avatars.form import DRIVE, RENDER
from demos.common import footage, outputs, read_settings
from demos.common.animation import Frames
from demos.common.fields import Menu
from demos.common.people import Follower
from demos.widgets.stage import Stage

SMALL = {"avatar": next(iter(AVATARS)), "size": 64, "frame": 3}
needs_avatars = pytest.mark.skipif(not form.here(), reason="no avatar is in weights/index.json")


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.bvh").write_text(bvh())
    return str(tmp_path / "own.bvh")


def pixels(address):
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as picture:
        return np.asarray(picture.convert("RGBA"), int)


# ---- through the page's API


def test_the_endpoints_name_their_arguments(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = {name: [p["parameter_name"] for p in endpoints[name]["parameters"]] for name in endpoints}
    assert names["/render_avatar"] == [*RENDER, "scene", "bvh", "person"]
    assert names["/drive_avatar"] == ["photo", "film", *DRIVE, "scene", "person"]
    assert all(p["parameter_has_default"] for p in endpoints["/render_avatar"]["parameters"])


@needs_avatars
def test_a_person_is_rendered_with_its_outline(client):
    file, record = client.predict(size=128, azimuth=30, api_name="/render_avatar")
    with Image.open(file) as picture:
        alpha = np.asarray(picture.getchannel("A"))
        assert picture.size == (128, 128) and (alpha.min(), alpha.max()) == (0, 255)
        assert 0.03 < (alpha > 127).mean() < 0.5
    assert read_settings(file) == record and record["technique"] == "avatars" and record["azimuth"] == 30


REFUSED = [
    ({"azimuth": 1e9}, "Azimuth, degrees must be a number from"),
    ({"azimuth": None}, "Azimuth, degrees must be a number from"),
    ({"elevation": -80}, "Elevation, degrees must be"),
    ({"distance": 0}, "Distance, metres must be"),
    ({"size": 4096}, "Size, pixels must be a whole number"),
    ({"size": 65.5}, "Size, pixels must be a whole number"),
    ({"avatar": "../secret"}, "Avatar must be one of"),
    ({"motion": None}, "Motion must be one of"),
    ({"frame": -1}, "Frame must be a whole number"),
    ({"background": "sky"}, "Background must be one of"),
    ({"colour": "javascript:"}, "Colour of the background must be a colour like"),
]


def test_requests_are_refused_with_one_sentence(client, tmp_path):
    """Every endpoint, and a sample of what may be wrong; `jobs.shot` is asked for the rest."""
    (tmp_path / "a.mp4").write_text("not a film")
    for name, arguments, sentence in (
        ("/render_avatar", *REFUSED[0]),
        ("/render_avatar", *REFUSED[6]),
        ("/drive_avatar", {}, "Add a photo or a video"),
        ("/drive_avatar", {"film": {"video": handle_file(tmp_path / "a.mp4")}}, "not a video|avatars are not here"),
    ):
        with pytest.raises(AppError, match=sentence) as caught:
            client.predict(api_name=name, **arguments)
        assert one_sentence(caught.value), name


@needs_avatars
def test_odd_files_are_answered_by_a_result_or_one_sentence(client, odd_files):
    for at, file in enumerate(odd_files[:: max(1, len(odd_files) // 8)]):
        try:
            client.predict(scene=handle_file(file.path), background="picture", size=64, api_name="/render_avatar")
        except (AppError, ValueError) as error:
            assert one_sentence(error), file.name
        else:
            assert file.sentence is None, file.name
        if at % 3 == 0:
            with pytest.raises((AppError, ValueError)) as caught:
                client.predict(photo=handle_file(file.path), size=64, api_name="/drive_avatar")
            assert one_sentence(caught.value), file.name


# ---- a picture


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_what_is_out_of_range_gets_a_sentence(made, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        jobs.shot(SMALL | arguments)
    for wrong in (float("nan"), True, "1", [1]):
        with pytest.raises(ValueError, match="Azimuth, degrees must be"):
            jobs.shot(SMALL | {"azimuth": wrong})


def test_frames_end_with_their_motion(made):
    last = len(form.moves(RENDER["motion"].default)) - 1
    jobs.shot(SMALL | {"frame": last})
    with pytest.raises(ValueError, match=f"Frame must be a whole number from 0 to {last}"):
        jobs.shot(SMALL | {"frame": last + 1})


def test_the_picture_follows_and_is_explained_only_to_those_who_look(made):
    one, nothing = jobs.preview(SMALL)
    other, parts = jobs.preview(SMALL | {"azimuth": 90.0}, explain=True)
    assert one.startswith("data:image/webp") and one != other and nothing is None
    assert [part["caption"] for part in parts] == list(texts.FIGURE_PARTS.values())
    assert all(part["image"].startswith("data:image/jpeg") for part in parts)
    assert jobs.preview(SMALL | {"size": 1024})[0] and pixels(jobs.preview(SMALL | {"size": 1024})[0]).shape[0] == 512


def test_the_background_is_clear_a_colour_or_a_picture(made):
    address, _, line, file = jobs.still(SMALL)
    assert pixels(address)[..., 3].min() == 0 and "64 x 64 pixels" in line
    with Image.open(file) as picture:
        assert picture.mode == "RGBA" and read_settings(file)["frame"] == 3
    red = pixels(jobs.still(SMALL | {"background": "colour", "colour": "rgb(255, 0, 0)"})[0])
    assert red[0, 0, 0] > 240 and red[0, 0, 1] < 15
    key = jobs.keep_scene(Image.new("RGB", (90, 60), "blue"))
    blue = pixels(jobs.still(SMALL | {"background": "picture"}, scene=key)[0])
    assert blue[0, 0, 2] > 240 and (np.abs(red[..., :3] - blue[..., :3]).max(-1) < 60).any()
    for key in (None, "another's"):
        with pytest.raises(gr.Error, match="Add a picture for the background"):
            jobs.still(SMALL | {"background": "picture"}, scene=key)


def test_a_motion_of_one_s_own(made, own, tmp_path):
    assert len(jobs.read_motion(own)) == 40
    mine = SMALL | {"motion": texts.OWN}
    assert jobs.preview(mine, own=own)[0] != jobs.preview(mine | {"frame": 20}, own=own)[0]
    with pytest.raises(gr.Error, match="Add a BVH file"):
        jobs.preview(mine)
    text = bvh()
    for name, wrong in {
        "cut": text[:200],
        "nan": text.replace("0 90 0", "0 nan 0"),
        "empty": "",
        "odd": "\0\1",
    }.items():
        (tmp_path / name).write_text(wrong)
        with pytest.raises(gr.Error) as caught:
            jobs.read_motion(str(tmp_path / name))
        assert one_sentence(caught.value), name


def test_where_there_are_no_avatars_it_says_so(monkeypatch):
    monkeypatch.setattr(form, "here", list)
    runs = (
        lambda: jobs.preview(SMALL),
        lambda: list(jobs.play(SMALL)),
        lambda: driving.live(BLANK, None, None, None, *ASKED),
    )
    for run in runs:
        with pytest.raises(gr.Error, match="avatars are not here"):
            run()


# ---- a loop


def test_a_motion_becomes_a_loop_and_files(made, own):
    values = SMALL | {"motion": texts.OWN, "background": "transparent"}
    *frames, (address, line, loop, job) = [item for item in jobs.play(values, own=own) if isinstance(item, tuple)]
    assert frames[0][1] == "Starting" and frames[1][0].startswith("data:image/webp") and job.idle.is_set()
    assert line.startswith("Done: 20 frames") and address.startswith("data:image/webp") and loop["motion"] == texts.OWN
    gif, mp4 = jobs.files_of(loop)
    with Image.open(gif) as film:
        assert film.n_frames == 20 and film.info["loop"] == 0 and film.convert("RGBA").getextrema()[3][0] == 0
        assert json.loads(film.info["comment"])["avatar"] == SMALL["avatar"]
    with av.open(mp4) as film:
        assert json.loads(film.metadata["comment"])["azimuth"] == 0.0
        assert film.streams.video[0].frames == 20
    with closing(Frames(Path(loop["path"]))) as shown:
        assert len(shown) == 20 and 60 <= shown.frame_ms <= 70 and shown[0].tobytes() != shown[10].tobytes()


def test_stop_keeps_the_part_that_was_made_and_who_leaves_leaves_nothing(made, own, monkeypatch, tmp_path):
    monkeypatch.setattr(outputs, "get_upload_folder", lambda: str(tmp_path / "files"))
    run = jobs.play(SMALL | {"motion": texts.OWN}, own=own)
    next(run), next(run)
    run.close()
    assert not list((tmp_path / "files").iterdir())
    run = jobs.play(SMALL | {"motion": texts.OWN}, own=own)
    next(run)[-1].stop.set()
    *_, (_, line, loop, _) = run
    with closing(Frames(Path(loop["path"]))) as frames:
        assert line.startswith("Stopped after frame 1") and len(frames) >= 1


# ---- driven


BLANK = Image.new("RGB", SIZE, "gray")
ASKED = [(SMALL | {"azimuth": 0.0}).get(name, field.default) for name, field in DRIVE.items()]


def test_a_photo_of_several_people_gives_each_of_their_poses(made, seen):
    seen[:] = [[somebody(0.0, at=0.3), somebody(1.0, at=0.7)]]
    stood = driving.look_at(BLANK)
    assert len(stood.poses) == len(stood.boxes) == 2 and np.asarray(stood.picture).std() > 5
    assert json.loads(json.dumps(stood.poses))
    left, right = (jobs.still(SMALL, pose=pose)[0] for pose in stood.poses)
    assert left != right
    assert all(0 <= box[0] < box[2] <= SIZE[0] and 0 <= box[1] < box[3] <= SIZE[1] for box in stood.boxes)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [([], "Nobody was found in this photo"), ([somebody(presence=0.6)], "Only a part of a person")],
)
def test_nobody_and_half_a_person_get_a_sentence(made, seen, found, sentence):
    seen[:] = [found]
    with pytest.raises(gr.Error, match=sentence):
        driving.look_at(BLANK)


def test_the_endpoint_renders_the_chosen_person_of_a_photo(made, seen):
    seen[:] = [[somebody(0.0), somebody(1.0)]]
    one, other = (list(driving.drive_avatar(BLANK, which=which, **SMALL_DRIVE))[-1] for which in (1, 2))
    assert one[0] != other[0] and one[2].endswith(".png") and read_settings(one[2])["motion"] == "photo"
    with pytest.raises(gr.Error, match="whole number from 1 to 2"):
        list(driving.drive_avatar(BLANK, which=3, **SMALL_DRIVE))
    with pytest.raises(gr.Error, match="either a photo or a video"):
        list(driving.drive_avatar(BLANK, "a.mp4", **SMALL_DRIVE))


SMALL_DRIVE = {"avatar": SMALL["avatar"], "size": 64}


def test_a_film_drives_with_its_sound_and_waits_where_nobody_is(made, seen, tmp_path):
    film = write_video(tmp_path / "a.mp4", frames=8, sound="aac")
    seen[:] = [[], [somebody(0.2)], [somebody(0.4)], [], [], [somebody(0.9)]]
    *_, (shown, line, path, job) = driving.drive_avatar(film=str(film), **SMALL_DRIVE)
    facts = video.probe(path)
    assert (facts.width, facts.height, facts.frames, facts.sound) == (64, 64, 8, True) and job.idle.is_set()
    assert "nobody in 3 of 8 frames" in line and "with its sound" in line and shown.startswith("data:image/jpeg")
    with av.open(path) as made_film:
        assert json.loads(made_film.metadata["comment"])["technique"] == "avatars"
    seen[:] = [[somebody()]]
    *_, (_, _, path, _) = driving.drive_avatar(film=str(film), beside=True, **SMALL_DRIVE)
    facts = video.probe(path)
    assert (facts.width, facts.height) == (86 + 64, 64)


def test_a_film_without_people_and_what_is_no_film_get_a_sentence(made, seen, tmp_path):
    seen[:] = [[]]
    (tmp_path / "text.mp4").write_text("not a film")
    for file, sentence in (
        (write_video(tmp_path / "a.mp4", frames=2), "Nobody was found in this video"),
        (tmp_path / "text.mp4", "not a video"),
        (write_sound(tmp_path / "a.m4a"), "no pictures"),
    ):
        with pytest.raises(gr.Error, match=sentence):
            list(driving.drive_avatar(film=str(file), **SMALL_DRIVE))
    with pytest.raises(gr.Error, match="Add a video first"):
        list(driving.drive_film(None, None, None, *ASKED))


def test_stop_keeps_the_film_so_far(made, seen, tmp_path):
    film = write_video(tmp_path / "a.mp4", frames=200, per_second=20)
    run = driving.drive_avatar(film=str(film), **SMALL_DRIVE)
    job = next(run)[-1]
    threading.Timer(0.3, job.stop.set).start()
    *_, (_, line, path, _) = run
    assert line.startswith("Stopped after frame") and 0 < video.probe(path).frames < 200


def test_the_webcam_keeps_the_pose_while_nobody_is_in_view(made, seen):
    seen[:] = [[somebody(0.0)], [], [somebody(1.0)]]
    first, line, follower = driving.live(BLANK, None, None, None, *ASKED)
    assert line == texts.FOLLOWS and isinstance(follower, Follower) and first.startswith("data:image/jpeg")
    _, line, follower = driving.live(BLANK, follower, None, None, *ASKED)
    assert line == texts.STEP_BACK and follower.pose is not None
    last, line, _ = driving.live(BLANK, follower, None, None, *ASKED)
    assert line == texts.FOLLOWS and last != first
    assert driving.live(None, None, None, None, *ASKED)[0] == gr.skip()


# ---- the parts of the form, and examples


def test_signatures_have_every_field():
    assert list(inspect.signature(jobs.render_avatar).parameters) == [*RENDER, "scene", "bvh", "person"]
    names = ["photo", "film", *DRIVE, "scene", "person"]
    assert list(inspect.signature(driving.drive_avatar).parameters) == names
    assert isinstance(RENDER["motion"], Menu) and RENDER["motion"].widget("x").value == RENDER["motion"].default


def test_the_page_is_copied_at_once():
    """Gradio copies its description for every visitor, slowly if a part of it cannot be copied."""
    assert copy.deepcopy(Stage(across="#a", down="#b").get_config())["name"] == "html"


def test_examples_are_pictures_and_unknown_ones_are_refused():
    for name in examples.photos():
        assert images.open_picture(examples.photo(name)).size[0] > 100
    with pytest.raises(ValueError, match="Example must be one of"):
        examples.photo("../secret")
    assert [tile.key for tile in examples.avatar_tiles()] == list(AVATARS)
    assert examples.loop(examples.ASSETS / "none.webp") is None
    for path in filter(Path.is_file, (examples.OPENING, examples.COMPARED)):
        with closing(Frames(path)) as frames:
            assert len(frames) > 10 and path.stat().st_size < 2_000_000


def test_a_picture_is_the_same_whoever_is_rendered_beside(made):
    alone = [jobs.preview(SMALL | {"avatar": name})[0] for name in itertools.islice(AVATARS, 2)]
    state = torch.get_rng_state()
    again = [jobs.preview(SMALL | {"avatar": name})[0] for name in itertools.islice(AVATARS, 2)]
    assert alone == again and alone[0] != alone[1] and torch.equal(state, torch.get_rng_state())


def test_the_time_limit_ends_a_film_with_what_it_has(made, seen, monkeypatch, tmp_path):
    monkeypatch.setattr(footage, "FILM_LIMIT_S", 0.2)
    film = write_video(tmp_path / "a.mp4", frames=200, per_second=20)
    *_, (_, line, path, _) = driving.drive_avatar(film=str(film), **SMALL_DRIVE)
    assert line.startswith("Stopped at the time limit") and video.probe(path).frames < 200
