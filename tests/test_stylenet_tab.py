"""The style transfer tab through the page's API, and what its functions do without the page."""

import base64
import io
import json
import pickle
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from odd_videos import write_sound, write_video
from PIL import Image
from sentences import one_sentence

from benchmarks.webcam import frames_per_second
from convgen import images, video, weights
from demos.common import footage, outputs, read_settings
from demos.common.job import stop_optimising, stop_run
from demos.common.learning import close, stop_learning
from demos.stylenet import events, form, jobs, long_jobs, texts

STYLE = form.PHOTO["style"].default
QUICK = {"style": STYLE, "size": 48, "seed": 3}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Small pictures: name -> file."""
    folder = tmp_path_factory.mktemp("photos")
    photo = images.open_picture(Path("assets/photos/cat_chelsea.jpg")).resize((48, 32))
    soft = photo.convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(photo.size))
    pictures = {
        "photo": photo,
        "gray": photo.convert("L"),
        "soft": soft,
        "odd": photo.crop((0, 0, 37, 29)),
        "dot": photo.crop((0, 0, 1, 1)),
        "tall": photo.resize((16, 900)),
        "large": photo.resize((600, 400)),
    }
    for name, picture in pictures.items():
        picture.save(folder / f"{name}.png")
    return {name: handle_file(folder / f"{name}.png") for name in pictures}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    return {
        "short": write_video(folder / "short.mp4", frames=6, sound="aac"),
        "long": write_video(folder / "long.mp4", frames=300, per_second=15),
    }


def stylize(client, photo=None, **arguments):
    return client.predict(photo=photo, api_name="/stylize", **QUICK | arguments)


def optimise(client, **arguments):
    quick = {"steps": 2, "size": 64, "seed": 3, "style": STYLE, "start": "photo"}
    return client.submit(api_name="/optimise_style", **quick | arguments)


def pixels(file):
    with Image.open(file) as picture:
        return picture.tobytes()


def film(path):
    return {"path": handle_file(path)["path"], "meta": {"_type": "gradio.FileData"}}


# ---- a photo


def test_the_endpoint_names_its_arguments(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = [p["parameter_name"] for p in endpoints["/stylize"]["parameters"]]
    assert names == ["photo", *form.PHOTO] and len(endpoints["/stylize"]["returns"]) == 3
    assert {"/stylize_video", "/optimise_style"} <= endpoints.keys()


def test_a_photo_gives_a_pair_a_status_and_a_file_with_its_settings(client, photos):
    pair, status, file = stylize(client, photos["photo"], noise_scale=2, own_colours=True, strength=80)
    with Image.open(pair[0]) as before, Image.open(pair[1]) as after, Image.open(file) as saved:
        assert before.size == after.size == saved.size == (48, 32) and after.format == "JPEG"
    assert "48 x 32 pixels" in status and "k = 2" in status and "seed 3" in status
    settings = read_settings(file)
    assert settings == form.PHOTO.defaults | {"technique": "stylenet", "size": 48, "seed": 3, "noise_scale": 2,
                                        "own_colours": True, "strength": 80}  # fmt: skip
    assert form.taken_from_file(images.open_picture(file))["noise_scale"] == 2


@pytest.mark.parametrize("style", form.available())
def test_every_style_and_variant_changes_the_photo(client, photos, style):
    made = {v: pixels(stylize(client, photos["photo"], style=style, variant=v)[-1])
            for v in (form.PLAIN, *form.available()[style].variants)}  # fmt: skip
    assert len(set(made.values())) == len(made)
    with Image.open(photos["photo"]["path"]) as photo:
        assert all(np.abs(np.frombuffer(m, np.uint8).astype(int) - np.asarray(photo).ravel()).mean() > 5
                   for m in made.values())  # fmt: skip


def test_alpha_survives_gray_gets_colour_and_odd_shapes_keep_theirs(client, photos):
    for name, mode, size in (("soft", "RGBA", (48, 32)), ("gray", "RGB", (48, 32)), ("odd", "RGB", (37, 29)),
                             ("tall", "RGB", (1, 48))):  # fmt: skip
        with Image.open(stylize(client, photos[name])[-1]) as picture:
            assert (picture.mode, picture.size) == (mode, size), name
            if name == "gray":
                assert np.ptp(np.asarray(picture).astype(int), axis=-1).max() > 20
            if name == "soft":
                expected = Image.linear_gradient("L").resize(size)
                assert np.array_equal(picture.getchannel("A"), expected)


def test_strength_and_colours(client, photos):
    none = pixels(stylize(client, photos["photo"], strength=0)[-1])
    with Image.open(photos["photo"]["path"]) as photo:
        assert none == photo.tobytes()
    gray = stylize(client, photos["gray"], own_colours=True)[-1]
    with Image.open(gray) as picture:
        assert np.ptp(np.asarray(picture).astype(int), axis=-1).max() <= 1


def test_a_large_photo_is_reduced_with_a_note(client, photos):
    _, status, file = stylize(client, photos["large"], size=96)
    assert "96 x 64 pixels" in status and "reduced from 600 x 400" in status
    with Image.open(file) as picture:
        assert picture.size == (96, 64)


def test_two_visitors_at_once_get_what_they_get_alone(running, photos):
    asked = [{"seed": 5, "noise_scale": 3}, {"seed": 6, "strength": 50}]
    clients = [Client(running.url, verbose=False) for _ in asked]
    alone = [pixels(stylize(c, photos["photo"], **a)[-1]) for c, a in zip(clients, asked, strict=True)]
    together = [[], []]

    def visit(i):
        together[i] = [pixels(stylize(clients[i], photos["photo"], **asked[i])[-1]) for _ in range(2)]

    threads = [threading.Thread(target=visit, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()
    assert together == [[alone[0]] * 2, [alone[1]] * 2] and alone[0] != alone[1]


def test_odd_files_give_a_picture_or_one_sentence(client, odd_files):
    for file in odd_files[:: max(1, len(odd_files) // 12)]:
        try:
            *_, result = stylize(client, handle_file(file.path))
        except (AppError, ValueError) as error:
            assert one_sentence(error), file.name
        else:
            assert file.sentence is None, file.name
            with Image.open(result) as picture:
                assert picture.size == images.fit_within(Image.new("L", file.size), longest_side=48).size, file.name


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"photo": None}, "Add a photo first"),
        ({"style": "mona-lisa"}, "Style must be one of"),
        ({"style": None}, "Style must be one of"),
        ({"style": ["udnie"]}, "Style must be one of"),
        ({"style": "../../secret"}, "Style must be one of"),
        ({"variant": "layer"}, "Network must be one of"),
        ({"style": "great-wave", "variant": "diverse"}, "has no network of the kind"),
        ({"variant": None}, "Network must be one of"),
        ({"noise_scale": 9}, "out of its range: choose at most 4"),
        ({"noise_scale": None}, "A setting is missing"),
        ({"noise_scale": "much"}, "A setting is missing"),
        ({"seed": -1}, "out of its range: choose at least 0"),
        ({"seed": 0.5}, "Seed must be a whole number"),
        ({"seed": None}, "Seed must be a whole number"),
        ({"size": 5}, "out of its range: choose at least 16"),
        ({"size": 100_000}, "out of its range: choose at most 2048"),
        ({"size": None}, "A setting is missing"),
        ({"strength": 101}, "out of its range: choose at most 100"),
        ({"strength": None}, "A setting is missing"),
        ({"own_colours": None}, "must be true or false"),
        ({"own_colours": "yes"}, "Keep the photo's colours must be true or false"),
    ],
)
def test_bad_arguments_get_one_sentence(client, photos, arguments, sentence):
    with pytest.raises(AppError, match=sentence) as caught:
        stylize(client, **{"photo": photos["photo"]} | arguments)
    assert one_sentence(caught.value)


@pytest.mark.parametrize("name", ["stylize", "stylize_video", "optimise_style"])
@pytest.mark.parametrize("data", ["[NaN]", "[]", "{}", '["a", 1, 2]'])
def test_malformed_requests_are_answered(running, name, data):
    call = f"{running.url}gradio_api/call/{name}"
    answer = httpx.post(call, content=f'{{"data": {data}}}', headers={"Content-Type": "application/json"})
    if answer.status_code == 200:
        with httpx.stream("GET", f"{call}/{answer.json()['event_id']}", timeout=30) as stream:
            text = stream.read().decode()
        assert "event: error" in text and "Traceback" not in text and "data: null" not in text
    assert "Traceback" not in answer.text


def test_a_photo_of_few_pixels_is_refused(client, photos):
    with pytest.raises(AppError, match="1 x 1 pixels here: choose one with at least 16 on each side"):
        stylize(client, photos["dot"])


def test_numbers_that_are_no_numbers():
    for name in ("noise_scale", "seed", "size", "strength"):
        for value in (float("nan"), float("inf"), "5", True):
            with pytest.raises(ValueError, match=r"must be a (whole )?number"):
                form.check(form.PHOTO.defaults | {name: value})
    with pytest.raises(ValueError, match="no network of the kind"):
        plain = [name for name, style in form.available().items() if "batch" not in style.variants]
        form.check(form.PHOTO.defaults | {"style": plain[0], "variant": "batch"})


def test_a_damaged_table_leaves_the_tab_without_styles(monkeypatch):
    def damaged():
        raise ValueError("index.json must be an object")

    monkeypatch.setattr(weights, "rows", damaged)
    assert form.available() == {} and form.first_style() is None
    with pytest.raises(ValueError, match="No trained style is here"):
        form.check(form.PHOTO.defaults)


# ---- strips and comparisons


def asked(**values):
    return form.PHOTO.defaults | {"size": 64} | values


def a_photo():
    return images.open_picture(Path("assets/photos/cat_chelsea.jpg")).resize((64, 48))


def test_five_noise_scales_differ_and_one_is_marked():
    strip = jobs.five_noise_scales(asked(noise_scale=2), a_photo())
    assert [tile["k"] for tile in strip] == list(jobs.KS) and [tile["chosen"] for tile in strip].index(True) == 3
    assert len({tile["image"] for tile in strip}) == len(strip)
    assert [tile["chosen"] for tile in events.mark(strip, 0.5)].index(True) == 1
    assert jobs.five_noise_scales(asked(), None) == []


def test_comparisons_show_what_the_style_has():
    style = max(form.available(), key=lambda name: len(form.available()[name].variants))
    have = form.available()[style].variants
    samples = jobs.compare_samples(asked(style=style), a_photo())
    assert len(samples) == jobs.SAMPLES * (1 + ("diverse" in have))
    assert len({picture.tobytes() for picture, _ in samples}) == len(samples)
    if "batch" in have:
        (first, _), (second, _) = jobs.compare_normalisations(asked(style=style), a_photo())
        assert first.size == second.size and first.tobytes() != second.tobytes()
    offered = events.variants_of(style, "diverse")
    assert offered["variant"]["value"] == ("diverse" if "diverse" in have else form.PLAIN)
    with pytest.raises(Exception, match="Add a photo"):
        jobs.compare_samples(asked(), None)


def from_file(settings):
    """A picture that came from a file with these settings inside."""
    picture = a_photo()
    picture.info["convgen"] = json.dumps(settings)
    return picture


def test_settings_of_a_file_are_taken_over_by_the_part_of_the_form_that_made_it():
    slow = form.check_slow({"steps": 7, "start": "photo", "size": 96, "content_weight": 0.5, "seed": 5, "style": STYLE})
    slow["technique"] = form.SLOW_TECHNIQUE
    taken = form.taken_from_file(from_file(slow))
    assert {"steps": 7, "start": "photo", "slow_size": 96, "content_weight": 0.5, "seed": 5}.items() <= taken.items()
    assert "size" not in taken
    assert form.taken_from_file(from_file(slow | {"steps": 10**9})) == {}
    assert form.taken_from_file(from_file({"technique": "something else"})) == {}


# ---- the webcam


def test_a_frame_of_the_webcam_is_stylized_at_its_size():
    address = jobs.live(a_photo(), 96, None, *asked().values())
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as picture:
        assert picture.format == "JPEG" and picture.size == (64, 48)
    assert jobs.live(None, 96) == events.SKIP
    with pytest.raises(Exception, match="Size must be"):
        jobs.live(a_photo(), 10**6)


def test_frames_stream_through_the_running_app(running):
    measured = frames_per_second(running.url, seconds=1.5, side=96, style=STYLE)
    assert measured.frames >= 3 and measured.size == (96, 72)


# ---- a video


def test_a_video_keeps_its_sound_and_its_noise_stands_still(client, films, tmp_path):
    frame, status, result = client.predict(
        film=film(films["short"]), size=64, style=STYLE, seed=3, api_name="/stylize_video"
    )
    path = result["video"] if isinstance(result, dict) else result
    assert status.startswith("Done: 6 frames") and "with its sound" in status and frame.startswith("data:image/jpeg")
    facts = video.probe(path)
    assert (facts.width, facts.height, facts.frames, facts.sound) == (64, 48, 6, True)
    asked = form.check(form.PHOTO.defaults | {"seed": 3})
    first, *_, last = (
        p.image for p in video.change_frames(films["short"], tmp_path / "a.mp4", lambda x: jobs.restyle(asked, x))
    )
    assert (first - last).abs().mean() < 0.02  # two frames of a picture that does not move


@pytest.mark.parametrize("what", ["nothing", "text", "sound", "too long", "too large", "bad size"])
def test_what_is_no_video_gets_one_sentence(client, films, tmp_path, what):
    arguments = {"film": film(films["short"])}
    if what == "nothing":
        arguments, sentence = {"film": None}, "Add a video first"
    elif what == "text":
        (tmp_path / "a.mp4").write_text("not a film")
        arguments, sentence = {"film": film(tmp_path / "a.mp4")}, "not a video"
    elif what == "sound":
        arguments, sentence = {"film": film(write_sound(tmp_path / "a.m4a"))}, "no pictures"
    elif what == "too long":
        seconds = footage.FILM_SECONDS + 2
        path = write_video(tmp_path / "a.mp4", size=(16, 16), frames=2 * seconds, per_second=2)
        arguments, sentence = {"film": film(path)}, f"at most {footage.FILM_SECONDS} are possible"
    elif what == "too large":
        path = write_video(tmp_path / "a.mp4", size=(4112, 2320), frames=1)
        arguments, sentence = {"film": film(path)}, "make it smaller"
    else:
        arguments["size"], sentence = 5000, "."
    with pytest.raises(AppError, match=sentence) as caught:
        client.predict(api_name="/stylize_video", **{"style": STYLE} | arguments)
    assert one_sentence(caught.value)


def test_stop_keeps_what_was_made_as_a_video(films):
    run = long_jobs.stylize_video(str(films["long"]), size=64)
    job = next(run)[-1]
    threading.Timer(0.4, stop_run, [job]).start()
    *_, (_, status, path, _) = run
    facts = video.probe(path)
    assert status.startswith("Stopped after frame") and 0 < facts.frames < 300 and job.idle.is_set()


def test_a_video_that_nobody_waits_for_leaves_no_file(films, tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "get_upload_folder", lambda: str(tmp_path))
    run = long_jobs.stylize_video(str(films["long"]), size=64)
    next(run)
    next(run)
    assert list(tmp_path.iterdir())
    run.close()
    assert not list(tmp_path.iterdir())
    *_, (_, _, path, _) = long_jobs.stylize_video(str(films["short"]), size=64)
    assert Path(path).is_file() and list(tmp_path.iterdir()) == [Path(path).parent]


def test_a_visitor_who_leaves_frees_the_device(running, client, films):
    job = client.submit(film=film(films["long"]), size=64, style=STYLE, api_name="/stylize_video")
    until = time.monotonic() + 30
    while not job.outputs():
        assert time.monotonic() < until
        time.sleep(0.02)
    job.cancel()
    running.wait_until_free()
    assert running.facts()["runs"] == 0


# ---- by optimisation


def test_the_optimiser_streams_and_ends_with_a_file(client, photos):
    job = optimise(client, photo=photos["soft"], painting=photos["photo"], steps=3)
    pair, status, curves, file = job.result(timeout=60)
    assert status.startswith("Done: 3 steps") and "objective" in status
    (panel,) = curves
    objective = next(s for s in panel["series"] if s["name"] == "objective")["points"]
    assert [step for step, _ in objective] == [1, 2, 3] and objective[-1][1] < objective[0][1]
    with Image.open(file) as picture, Image.open(pair[1]) as shown:
        assert picture.mode == "RGBA" and picture.size == shown.size == (48, 32)
    assert read_settings(file)["technique"] == "optimise_style" and read_settings(file)["steps"] == 3


def test_the_optimiser_starts_from_noise_photo_or_network(client, photos):
    first = {
        start: optimise(client, photo=photos["photo"], painting=photos["odd"], start=start, steps=1).result(60)[2]
        for start in texts.STARTS
    }
    values = {start: curves[0]["series"][0]["points"][0][1] for start, curves in first.items()}
    assert len(set(values.values())) == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"photo": None}, "Add a photo first"),
        ({"photo": "dot"}, "at least 16"),
        ({"photo": "tall"}, "at least 16"),
        ({"start": "sky"}, "."),
        ({"start": None}, "Start must be one of"),
        ({"steps": 0}, "."),
        ({"steps": None}, "."),
        ({"size": 4096}, "."),
        ({"content_weight": None}, "."),
        ({"seed": -5}, "."),
    ],
)
def test_the_optimiser_refuses_with_one_sentence(client, photos, arguments, sentence):
    arguments = {"photo": "photo", "painting": "odd"} | arguments
    for name in ("photo", "painting"):
        arguments[name] = photos.get(arguments[name])
    with pytest.raises(AppError, match=sentence) as caught:
        optimise(client, **arguments).result(timeout=30)
    assert one_sentence(caught.value)


def test_a_style_picture_of_any_shape(client, photos):
    for name in ("tall", "gray"):
        assert optimise(client, photo=photos["photo"], painting=photos[name], steps=1).result(60)[1].startswith("Done")


def test_stop_ends_the_optimiser_with_its_picture():
    run = long_jobs.optimise_style(a_photo(), a_photo(), steps=1000, size=64)
    job = next(run)[-1]
    threading.Timer(0.5, stop_optimising, [job]).start()
    *_, (pair, status, _, file, _) = run
    assert status.startswith("Stopped after step") and file.endswith(".png") and pair[1].size == (64, 48)
    assert job.idle.is_set() and read_settings(file)["start"] == "noise"
    copy = pickle.loads(pickle.dumps(job))
    assert copy.idle.is_set() and copy.result.tobytes() == job.result.tobytes()


def test_the_time_limit_ends_a_run_with_what_it_has(monkeypatch, films):
    monkeypatch.setattr(long_jobs, "SLOW_LIMIT_S", 0.2)
    monkeypatch.setattr(footage, "FILM_LIMIT_S", 0.2)
    *_, (_, status, _, file, _) = long_jobs.optimise_style(a_photo(), a_photo(), steps=1000, size=64)
    assert status.startswith("Stopped at the time limit") and file.endswith(".png")
    *_, (_, status, path, _) = long_jobs.stylize_video(str(films["long"]), size=64)
    assert status.startswith("Stopped at the time limit") and 0 < video.probe(path).frames < 300


def test_closing_the_optimiser_half_way_leaves_nothing_behind(running, client, photos):
    job = optimise(client, photo=photos["photo"], painting=photos["odd"], steps=1000)
    until = time.monotonic() + 30
    while len(job.outputs()) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    job.cancel()
    running.wait_until_free()
    facts = running.facts()
    assert facts["runs"] == 0 and facts["grad"]


def test_a_photo_is_stylized_while_somebody_has_the_device(running, client, photos):
    job = optimise(client, photo=photos["photo"], painting=photos["odd"], steps=1000)
    while not job.outputs():
        time.sleep(0.02)
    stylize(client, photos["photo"])
    assert not job.done()
    job.cancel()
    running.wait_until_free()


# ---- a painting that is learned


PAINTING = Path("assets/paintings/turner_shipwreck.jpg")
SMALL = {"strokes": 50}


def test_a_painting_is_learned_kept_and_used_and_nobody_else_has_it(tmp_path):
    run = long_jobs.learn_style(images.open_picture(PAINTING), a_photo(), seconds=500, **SMALL)
    lesson = next(run)[-1]
    next(frame for frame in run if lesson.progress is not None)
    threading.Timer(0.3, stop_learning, [lesson, long_jobs.LEARNED]).start()
    *_, (live, status, curves, _, _) = run
    assert status.startswith("Stopped: ") and "texture loss" in status and live and curves and lesson.idle.is_set()
    before = lesson.step
    *_, last = long_jobs.learn_on(lesson, 1)
    assert last[1].startswith("Done: ") and lesson.step > before and last[-1] is lesson
    made = jobs.make(asked(style=form.YOURS), a_photo(), lesson)
    assert made.line().startswith("Your style, in") and made.asked["variant"] == form.PLAIN
    bundled = jobs.make(asked(style="udnie"), a_photo())
    assert np.abs(np.int16(made.after) - np.int16(bundled.after)).mean() > 5
    assert jobs.live(a_photo(), 96, lesson, *asked(style=form.YOURS).values()).startswith("data:image")
    copy = pickle.loads(pickle.dumps(lesson))
    assert copy.learner is None and copy.net is not None
    with pytest.raises(Exception, match="nothing to continue"):
        list(long_jobs.learn_on(copy, 1))
    use, go_on, _, tiles = events.settle(copy)
    assert use["interactive"] and not go_on["interactive"] and tiles["tiles"][-1]["key"] == form.YOURS
    _, line, _, again, loaded = long_jobs.load_style(last[3])
    assert line == texts.LOADED and again.endswith(".safetensors") and loaded.learner is None
    same = jobs.make(asked(style=form.YOURS), a_photo(), loaded).after
    assert np.abs(np.int16(same) - np.int16(jobs.make(asked(style=form.YOURS), a_photo(), lesson).after)).mean() < 3
    close(lesson)
    lesson.forget()
    for gone, sentence in ((None, "Teach the app a painting first"), (lesson, "not kept here any more")):
        with pytest.raises(Exception, match=sentence):
            jobs.make(asked(style=form.YOURS), a_photo(), gone)
    (tmp_path / "odd.safetensors").write_text("odd")
    with pytest.raises(Exception, match="damaged, or it is not a safetensors file"):
        long_jobs.load_style(str(tmp_path / "odd.safetensors"))
    with pytest.raises(Exception, match="Add a style picture"):
        list(long_jobs.learn_style(None, a_photo()))


def test_two_styles_are_mixed_by_their_shares():
    one, other = (np.float32(jobs.make(asked(style=style), a_photo()).after) for style in ("udnie", "great-wave"))
    mixed = jobs.make(asked(style="udnie", second="great-wave", share=25), a_photo())
    assert np.abs(np.float32(mixed.after) - (0.75 * one + 0.25 * other)).max() <= 2
    assert mixed.line().startswith("Udnie with 25 % of The Great Wave off Kanagawa, in")
    for nothing in ({"second": "great-wave", "share": 0}, {"second": "udnie"}):
        alone = jobs.make(asked(style="udnie", **nothing), a_photo())
        assert np.array_equal(np.float32(alone.after), one) and alone.line().startswith("Udnie, in")
    with pytest.raises(ValueError, match="second style must be one of"):
        form.check(asked(second="yours"))
