"""The page's API, driven as visitors' programs do: through gradio_client against a running app."""

import pickle
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageChops
from sentences import one_sentence

from convgen import deep_image_prior as dip
from convgen import images
from demos.common import inputs, read_settings
from demos.common.keeping import Latest
from demos.deep_image_prior import cases, events, form, jobs
from demos.deep_image_prior.work import Work

QUICK = {"steps": 2, "longest_side": 32, "seed": 3}


@pytest.fixture(scope="module")
def url(running):
    return running.url


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Small pictures: name -> file."""
    folder = tmp_path_factory.mktemp("photos")
    photo = images.open_picture(Path("assets/photos/cat_chelsea.jpg")).resize((48, 32))
    hole = Image.new("L", photo.size, 0)
    hole.paste(255, (10, 8, 20, 16))
    transparent = photo.convert("RGBA")
    transparent.putalpha(Image.fromarray(np.tile(np.uint8([255, 255, 0, 255]), (32, 12))))
    soft = photo.convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(photo.size))
    blackened = soft.copy()
    blackened.paste("black", (10, 8, 20, 16), None)
    blackened.putalpha(soft.getchannel("A"))
    strokes = Image.new("RGBA", photo.size)
    strokes.paste("#ff3b6b", (10, 8, 20, 16))
    pictures = {
        "photo": photo,
        "gray": photo.convert("L"),
        "odd": photo.crop((0, 0, 37, 29)),
        "hole": hole,
        "full": Image.new("L", photo.size, 255),
        "empty": Image.new("L", photo.size, 0),
        "half": hole.resize((24, 16)),
        "narrow": hole.resize((24, 32)),
        "transparent": transparent,
        "soft": soft,
        "blackened": blackened,
        "strokes": strokes,
        "tiny": photo.resize((8, 6)),
    }
    for name, picture in pictures.items():
        picture.save(folder / f"{name}.png")
    return {name: handle_file(folder / f"{name}.png") for name in pictures}


def restore(client, picture=None, **arguments):
    return client.predict(picture=picture, api_name="/restore", **QUICK | arguments)


def pixels(file: str) -> bytes:
    with Image.open(file) as picture:
        return picture.tobytes()


def editor(background, *layers):
    return {"background": background, "layers": list(layers), "composite": None}


# ---- tasks


def test_the_endpoint_names_its_arguments_and_results(client):
    endpoint = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/restore"]
    assert [p["parameter_name"] for p in endpoint["parameters"]] == list(form.INPUTS)
    assert all(p["parameter_has_default"] for p in endpoint["parameters"])
    assert len(endpoint["returns"]) == 4


@pytest.mark.parametrize("source", form.SOURCES)
@pytest.mark.parametrize("task", form.TASKS)
def test_every_task_gives_a_pair_a_status_curves_and_a_file(client, photos, task, source):
    arguments = {"task": task, "source": source}
    if source == "given" and task in form.MASKED:
        arguments["mask"] = photos["hole"]
    if source == "given" and task == "flash":
        arguments["flash"] = photos["gray"]
    if task == "super_resolution":
        arguments |= {"factor": 2, "longest_side": 64}
    pair, status, curves, file = restore(client, photos["photo"], **arguments)
    with Image.open(pair[0]) as before, Image.open(pair[1]) as after:
        assert before.size == after.size and after.format == "JPEG"
    assert status.startswith("Done: 2 steps")
    truth = source == "damage" and task not in ("pre_image", form.CURVES)
    assert len(curves) == 1 + truth and curves[0]["series"][0]["points"]
    settings = read_settings(file)
    assert settings["task"] == task and settings["seed"] == 3 and settings["steps_done"] == 2


@pytest.mark.parametrize("damage", form.DAMAGES)
def test_every_damage(client, photos, damage):
    painted = editor(photos["photo"], photos["strokes"]) if damage == form.STROKES else None
    *_, curves, file = restore(client, photos["photo"], damage=damage, painted=painted)
    assert len(curves) == 2 and file.endswith(".png")


def test_the_thesis_s_preset_and_own_numbers(client, photos):
    _, status, _, file = restore(
        client, photos["tiny"], task="super_resolution", source="given", preset="thesis", lr=0.02
    )
    assert "Done: 2 steps" in status and read_settings(file)["lr"] == 0.02


def test_gray_stays_gray_alpha_survives_and_odd_sizes_stay(client, photos):
    for name, mode, size in (("gray", "L", (32, 21)), ("soft", "RGBA", (32, 21)), ("odd", "RGB", (32, 25))):
        file = restore(client, photos[name], task="denoise")[-1]
        with Image.open(file) as picture:
            assert (picture.mode, picture.size) == (mode, size), name


@pytest.mark.parametrize("given", ["painted", "painted over a truth", "a mask", "black"])
def test_alpha_survives_where_something_else_says_what_is_missing(client, photos, given):
    arguments = {
        "painted": {"source": "given", "painted": editor(photos["soft"], photos["strokes"])},
        "painted over a truth": {"damage": form.STROKES, "painted": editor(photos["soft"], photos["strokes"])},
        "a mask": {"source": "given", "painted": editor(photos["soft"]), "mask": photos["hole"]},
        "black": {"source": "given", "painted": editor(photos["blackened"]), "black_is_missing": True},
    }[given]
    with Image.open(restore(client, task="inpaint", **arguments)[-1]) as picture:
        expected = Image.linear_gradient("L").resize((48, 32)).resize(picture.size, Image.Resampling.LANCZOS)
        assert picture.mode == "RGBA"
        assert np.abs(np.int16(picture.getchannel("A")) - np.int16(expected)).max() <= 2


def test_transparent_pixels_are_filled_in_where_nothing_else_says_what_is_missing(client, photos):
    file = restore(client, task="inpaint", source="given", painted=editor(photos["transparent"]))[-1]
    with Image.open(file) as picture:
        assert picture.mode == "RGB"


def test_the_missing_pixels_of_a_damaged_picture(client, photos):
    given = {"task": "missing_pixels", "source": "given"}
    with Image.open(restore(client, photos["transparent"], **given)[-1]) as filled:
        assert filled.mode == "RGB"
    restore(client, photos["photo"], mask=photos["half"], **given)
    restore(client, photos["photo"], painted=editor(photos["photo"], photos["strokes"]), **given)
    with pytest.raises(AppError, match="nothing to fill in"):
        restore(client, photos["photo"], mask=photos["empty"], **given)
    with pytest.raises(AppError, match="whole picture"):
        restore(client, photos["empty"], black_is_missing=True, **given)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"mask": "empty"}, "nothing to fill in"),
        ({"mask": "full"}, "whole picture"),
        ({"mask": "narrow"}, "same proportions"),
        ({}, "nothing to fill in"),
        ({"picture": None}, "Add a picture first"),
        ({"task": "flash", "flash": None}, "two pictures"),
        ({"task": "flash", "flash": "narrow"}, "same view"),
        ({"picture": "tiny", "task": "denoise"}, "at least 16"),
        ({"task": None}, "Task must be one of"),
        ({"task": "colourise"}, "Task must be one of"),
        ({"task": ["denoise"]}, "Task must be one of"),
        ({"source": None}, "picture is must be"),
        ({"sigma": None}, "A setting is missing"),
        ({"sigma": 1000}, "out of its range: choose at most 100"),
        ({"sigma": "much"}, "A setting is missing"),
        ({"quality": None}, "A setting is missing"),
        ({"factor": 3}, "must be one of 2, 4, 8"),
        ({"factor": None}, "Factor must be one of"),
        ({"missing": -5}, "out of its range: choose at least 1"),
        ({"damage": None}, "Damage must be one of"),
        ({"layer": "fc6"}, "must be one of"),
        ({"layer": None}, "Layer must be one of"),
        ({"preset": None}, "Preset must be one of"),
        ({"steps": -1}, "Steps must be a whole number"),
        ({"steps": 10**9}, "Steps must be a whole number"),
        ({"steps": 1.5}, "Steps must be a whole number"),
        ({"steps": "ten"}, "Steps must be a whole number"),
        ({"lr": 5}, "Learning rate must be"),
        ({"longest_side": 5}, "Longest side must be"),
        ({"hole": None}, "Hole must be one of"),
        ({"auto_stop": None}, "must be true or false"),
        ({"invert_mask": None}, "must be true or false"),
        ({"invert_mask": "yes"}, "Invert mask must be true or false"),
        ({"black_is_missing": 1}, "Black pixels are missing must be true or false"),
        ({"minutes": None}, "A setting is missing"),
        ({"seed": None}, "Seed must be a whole number"),
        ({"seed": -1}, "out of its range: choose at least 0"),
        ({"seed": 0.5}, "Seed must be a whole number"),
    ],
)
def test_bad_arguments_get_one_sentence(client, photos, arguments, sentence):
    arguments = {"picture": "photo", "task": "inpaint", "source": "given"} | arguments
    for name in ("picture", "mask", "flash"):
        if isinstance(arguments.get(name), str):
            arguments[name] = photos[arguments[name]]
    with pytest.raises(AppError, match=sentence) as caught:
        restore(client, **arguments)
    assert one_sentence(caught.value)


@pytest.mark.parametrize("data", ["[NaN]", "[]", "{}", "null", '["inpaint"]'])
def test_malformed_requests_are_answered(url, data):
    answer = httpx.post(
        f"{url}gradio_api/call/restore", content=f'{{"data": {data}}}', headers={"Content-Type": "application/json"}
    )
    if answer.status_code == 200:
        with httpx.stream("GET", f"{url}gradio_api/call/restore/{answer.json()['event_id']}", timeout=30) as stream:
            text = stream.read().decode()
        assert "event: error" in text and "Traceback" not in text and "data: null" not in text
    assert "Traceback" not in answer.text


def test_numbers_that_are_no_numbers():
    for name in ("sigma", "quality", "missing", "lr", "steps", "longest_side", "minutes", "seed"):
        with pytest.raises(ValueError, match=r"must be a (whole )?number"):
            form.check(
                form.DEFAULTS | {name: float("nan")},
                picture=Image.new("L", (20, 20)),
                painted=None,
                mask=None,
                flash=None,
            )


def test_a_factor_is_taken_as_a_number_and_as_a_text():
    nothing = {"painted": None, "mask": None, "flash": None}
    for factor in (4, 4.0, "4"):
        asked = form.check(form.DEFAULTS | {"factor": factor}, picture=Image.new("L", (20, 20)), **nothing)
        assert asked.factor == 4 and type(asked.factor) is int


def enlarged(size, *, file_size=None, **values):
    """A case of super-resolution of a gray picture."""
    picture = Image.new("L", size, 90)
    picture.info["size"] = file_size or size
    fields = form.DEFAULTS | {"task": "super_resolution", "source": "given", "factor": 4} | values
    return cases.assemble(form.check(fields, picture=picture, painted=None, mask=None, flash=None))


def test_a_result_that_is_smaller_than_what_came_in_is_said_before_the_run():
    less = "The result will have {} x {} pixels, fewer than what came in. The size is under Advanced."
    assert enlarged((40, 30)).note == ""
    reduced = enlarged((100, 50), longest_side=80)
    assert reduced.problem.observed.shape == (1, 1, 10, 20) and reduced.note.endswith(less.format(80, 40))
    assert reduced.note.startswith("Your picture was reduced from 100 x 50 to 20 x 10 pixels.")
    grown = enlarged((100, 50), longest_side=160)  # reduced before, and the result is larger all the same
    assert grown.note == "Your picture was reduced from 100 x 50 to 40 x 20 pixels. The size is under Advanced."
    decoded = enlarged((40, 30), file_size=(320, 240))  # the file was reduced while it was decoded
    assert decoded.note.endswith(less.format(160, 120))
    cropped = enlarged((43, 34), source="damage")
    assert cropped.problem.truth.shape == (1, 1, 32, 40) and cropped.note == less.format(40, 32)


@pytest.mark.parametrize("task", form.TASKS)
def test_every_task_has_the_same_least_side(task):
    nothing = {"painted": None, "mask": None, "flash": None}
    asked = form.check(form.DEFAULTS | {"task": task}, picture=Image.new("L", (40, 15)), **nothing)
    with pytest.raises(ValueError, match="The picture is 40 x 15 pixels here: choose one with at least 16"):
        cases.assemble(asked)


def test_what_is_enlarged_may_be_so_many_times_smaller():
    assert enlarged((4, 4)).problem.observed.shape == (1, 1, 4, 4)
    with pytest.raises(ValueError, match="The picture is 40 x 3 pixels here: choose one with at least 4"):
        enlarged((40, 3))


def with_mask(mask, *, painted=None, **values):
    """A case of inpainting a gray picture of 40 x 32 with an uploaded mask."""
    picture = Image.new("L", (40, 32), 90)
    strokes = None if painted is None else inputs.Painted(picture, painted)
    fields = form.DEFAULTS | {"source": "given"} | values
    return cases.assemble(form.check(fields, picture=picture, painted=strokes, mask=mask, flash=None))


def test_a_mask_can_be_inverted_and_one_that_covers_most_is_said_so():
    box = Image.new("L", (40, 32), 0)
    box.paste(255, (4, 4, 24, 20))  # a quarter
    usual, inverted = with_mask(box), with_mask(box, invert_mask=True)
    assert torch.equal(usual.problem.mask, 1 - inverted.problem.mask) and usual.problem.mask[0, 0, 10, 10] == 0
    assert usual.note == "25 % of the picture is invented."
    assert inverted.note.startswith("75 % of the picture is invented.") and "switch off Invert mask" in inverted.note
    opposite = with_mask(ImageChops.invert(box))
    assert opposite.note.startswith("75 % of the picture is invented.") and "switch on Invert mask" in opposite.note
    assert any("switch on Invert mask" in frame[1] for frame in jobs.watch(Work(opposite), 1))
    strokes = with_mask(None, painted=box, invert_mask=True)
    assert torch.equal(strokes.problem.mask, inverted.problem.mask)
    both = with_mask(ImageChops.invert(box), painted=box.crop((0, 0, 20, 32)).resize((40, 32)), invert_mask=True)
    assert both.problem.mask[0, 0, 10, 10] == 0  # what is painted besides stays painted
    ours = with_mask(None, source="damage", task="missing_pixels", missing=80)
    assert ours.note == f"{100 * (1 - ours.problem.mask.mean().item()):.0f} % of the picture is invented."


def test_odd_files_give_a_picture_or_one_sentence(client, odd_files):
    for file in odd_files[:: max(1, len(odd_files) // 12)]:
        try:
            *_, result = restore(client, handle_file(file.path), task="denoise", steps=1)
        except (AppError, ValueError) as error:
            assert one_sentence(error), file.name
        else:
            assert file.sentence is None, file.name
            with Image.open(result) as picture:
                assert picture.size == images.fit_within(Image.new("L", file.size), longest_side=32).size, file.name


# ---- the model's memory


def test_too_much_memory_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr(cases, "free_bytes", lambda: 2_000_000_000)
    asked = form.check(
        form.DEFAULTS | {"preset": "thesis", "longest_side": 2000, "task": "denoise"},
        picture=Image.new("RGB", (2000, 2000)),
        painted=None,
        mask=None,
        flash=None,
    )
    with pytest.raises(ValueError, match="GB of memory"):
        cases.assemble(asked)
    assert cases.needed_bytes(4_000_000, dip.settings_for("denoise", "thesis"), "denoise") > 25e9


def test_a_large_picture_is_reduced_with_a_note(client, tmp_path):
    Image.new("RGB", (600, 400), "teal").save(tmp_path / "large.png")
    _, status, _, file = restore(client, handle_file(tmp_path / "large.png"), task="denoise", longest_side=48)
    assert "reduced from 600 x 400 to 48 x 32" in status
    with Image.open(file) as picture:
        assert picture.size == (48, 32)


def test_a_downloaded_file_gives_its_settings_back(client, photos):
    file = restore(client, photos["photo"], task="denoise", sigma=40, steps=4)[-1]
    values = form.taken_from_file(images.open_picture(file))
    assert {name: values[name] for name in ("task", "sigma", "steps", "seed")} == {
        "task": "denoise",
        "sigma": 40,
        "steps": 4,
        "seed": 3,
    }
    assert form.taken_from_file(Image.new("L", (20, 20))) == {}


# ---- several visitors


def long_run(client, photos, **arguments):
    """A run that would take minutes; returns once it streams."""
    job = client.submit(
        picture=photos["photo"],
        api_name="/restore",
        **QUICK | {"task": "denoise", "steps": 20_000, "auto_stop": False} | arguments,
    )
    until = time.monotonic() + 30
    while not job.outputs():
        assert time.monotonic() < until, "no first frame"
        time.sleep(0.02)
    return job


def test_cancel_frees_the_device_and_the_next_run_waits_for_it(running, url, client, photos):
    job = long_run(client, photos)
    other = Client(url, verbose=False)
    waiting = other.submit(picture=photos["photo"], api_name="/restore", **QUICK | {"task": "denoise"})
    time.sleep(0.5)
    assert not waiting.done() and all(line.startswith("Waiting: 1") for _, line, *_ in waiting.outputs())
    started = time.monotonic()
    job.cancel()
    assert waiting.result(timeout=30)[1].startswith("Done")
    assert time.monotonic() - started < 10
    other.close()
    running.wait_until_free()
    assert running.facts()["runs"] == 0


def test_two_visitors_at_once_get_what_they_get_alone(url, photos):
    asked = [{"task": "denoise", "seed": 5, "steps": 6}, {"task": "missing_pixels", "seed": 6, "steps": 6}]
    clients = [Client(url, verbose=False) for _ in asked]
    alone = [pixels(restore(c, photos["photo"], **a)[-1]) for c, a in zip(clients, asked, strict=True)]
    together = [None, None]

    def visit(i):
        together[i] = pixels(restore(clients[i], photos["photo"], **asked[i])[-1])

    threads = [threading.Thread(target=visit, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()
    assert together == alone and alone[0] != alone[1]


def test_starts_and_cancels_leave_nothing_behind(running, client, photos):
    def cycle(times):
        for _ in range(times):
            long_run(client, photos).cancel()
            running.wait_until_free()

    cycle(5)
    before = running.facts()
    cycle(15)
    after = running.facts()
    assert after["runs"] == 0 and after["grad"]
    assert before["bytes"] is None or after["bytes"] < 1.05 * before["bytes"]


# ---- what a visitor does with a run


def finished(**values) -> Work:
    """A short run without the page."""
    photo = images.open_picture(Path("assets/photos/cat_chelsea.jpg")).resize((40, 32))
    nothing = {"painted": None, "mask": None, "flash": None}
    case = cases.assemble(form.check(form.DEFAULTS | {"steps": 6} | values, picture=photo, **nothing))
    work = Work(case)
    for _ in jobs.watch(work, case.settings.steps):
        pass
    return work


def test_continue_goes_on_where_the_run_ended():
    work = finished()
    frames = list(jobs.resume(work))
    assert work.step == 9 and frames[-1][1].startswith("Done: 3 steps")
    with pytest.raises(Exception, match="Press Restore"):
        list(jobs.resume(None))


def test_the_experiment_of_the_thesis_goes_on_too():
    work = finished(task=form.CURVES, longest_side=32)
    assert events.controls(work)["resume"]["interactive"] is True
    frames = list(jobs.resume(work))
    assert work.step == 9 and frames[-1][1].startswith("Done: 3 steps")
    assert [step for step, _ in frames[-1][2][0]["series"][0]["points"]] == list(range(1, 10))


def test_a_run_survives_pickling_as_pictures_and_curves():
    work = finished(task="denoise")
    copy = pickle.loads(pickle.dumps(work))
    assert (
        copy.result().tobytes() == work.result().tobytes() and copy.charts()[0]["series"] == work.charts()[0]["series"]
    )
    assert jobs.scrub(copy, 1)[0][1].tobytes() == jobs.scrub(work, 1)[0][1].tobytes()
    assert events.controls(copy)["resume"]["interactive"] is False and copy.idle.is_set()
    with pytest.raises(Exception, match="cannot be continued"):
        list(jobs.resume(copy))
    assert work.restorer is not None


def test_the_halves_of_the_slider_and_the_kept_steps():
    work = finished(task="missing_pixels")
    assert sorted(work.kept) == [1, 2, 3, 4, 5, 6]
    pair, line, radio = jobs.scrub(work, 1)
    assert work.chosen == 2 and "PSNR" in line and radio["value"] == "kept" and pair[0].size == pair[1].size
    pair, line = jobs.show(work, "truth", "output")
    assert "current output" in line
    assert work.record()["result"] == "output"
    assert jobs.scrub(None, 1)[0] == jobs.SKIP
    assert events.controls(None)["resume"]["interactive"] is False


def test_previews_keep_to_their_share_of_the_processor(monkeypatch):
    now, cpu = [0.0], [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], process_time=lambda: cpu[0])
    monkeypatch.setattr(jobs, "time", clock)
    pace, shown = jobs.Pace(shortest_s=1.0, longest_cpu_s=6.0), 0
    for _ in range(20_000):  # a step of 10 ms each, on a machine that gives us half of the time
        if pace.ready():
            shown += 1
            cpu[0] += 0.02
            pace.paid(0.02)
        cpu[0] += 0.01
        now[0] += 0.02
    assert shown > 100 and 0.02 * shown < 1.05 * jobs.PREVIEW_SHARE * cpu[0]
    pace.paid(60.0)  # a preview of a huge picture: not never again
    cpu[0] += 6.1
    now[0] += 12.2
    assert pace.ready()


def test_compare_shows_classical_methods_beside_the_result():
    gallery = jobs.compare(finished(task="denoise"))["value"]
    captions = [caption for _, caption in gallery]
    assert captions[0] == "Given" and captions[-1] == "Truth" and any("Non-local" in c for c in captions)
    with pytest.raises(Exception, match="nothing here yet"):
        jobs.compare(None)


def test_the_time_limit_ends_a_run_with_its_result():
    work = finished(steps=1)
    work.case = replace(work.case, asked=replace(work.case.asked, minutes=1e-3))
    *_, last = jobs.watch(work, 10_000)
    assert "time limit" in last[1] and last[3].endswith(".png")


def test_stop_asks_a_running_run_to_end():
    assert jobs.stop_run(None)[1] == "Stopped."
    work = finished(steps=1)
    frames = jobs.watch(work, 10_000)
    next(frames)
    threading.Timer(0.3, work.stop.set).start()
    last = list(frames)[-1]
    assert last[1].startswith("Stopped after step") and work.idle.is_set()


def test_runs_beyond_the_limit_cannot_be_continued_but_keep_their_pictures(monkeypatch):
    monkeypatch.setattr("demos.deep_image_prior.work._live", Latest(1))
    first, second = finished(), finished()
    assert first.restorer is None and second.restorer is not None
    assert first.result().size == (40, 32)
