"""The tab of textures through the page's API, and what its functions do without the page."""

import json
import pickle
import threading
import time
import zipfile
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from safetensors.torch import load_file, save_file
from sentences import one_sentence

from convgen import images, texture_nets, weights
from convgen.texture_nets import TextureNetV1
from convgen.visitors_files import MAX_BYTES
from demos import common
from demos.common import read_settings
from demos.common.job import stop_optimising
from demos.common.learning import close, stop_learning
from demos.texture_nets import events, examples, form, jobs, long_jobs
from demos.texture_nets.lesson import Lesson
from demos.widgets.crop import cut_square

TEXTURE = form.SAMPLE["texture"].default
FIRST = next(iter(form.NAMES))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Exemplars: name -> file."""
    folder = tmp_path_factory.mktemp("exemplars")
    picture = images.open_picture(Path("assets/textures/dahlia_petals.jpg")).resize((64, 48))
    soft = picture.convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(picture.size))
    noise = np.random.default_rng(0).integers(0, 255, (48, 48, 3), dtype=np.uint8)
    made = {
        "petals": picture,
        "gray": picture.convert("L"),
        "soft": soft,
        "clear": Image.new("RGBA", (48, 48)),
        "constant": Image.new("RGB", (48, 48), "teal"),
        "noise": Image.fromarray(noise),
        "dot": picture.crop((0, 0, 1, 1)),
        "tall": picture.resize((3, 900)),
        "large": picture.resize((1600, 1200)),
    }
    for name, one in made.items():
        one.save(folder / f"{name}.png")
    return {name: handle_file(folder / f"{name}.png") for name in made}


@pytest.fixture(scope="module")
def net_file(tmp_path_factory):
    """A network as a visitor downloads it."""
    path = tmp_path_factory.mktemp("nets") / "net.safetensors"
    texture_nets.save_net(TextureNetV1(seed=5), path)
    return path


def sample(client, **arguments):
    quick = {"texture": TEXTURE, "number": 2, "size": 64, "seed": 3}
    return client.predict(api_name="/sample_texture", **quick | arguments)


def learn(client, picture, **arguments):
    return client.submit(exemplar=picture, api_name="/learn_texture", **{"seconds": 1, "detail": 64} | arguments)


def load(client, path):
    return client.predict(handle_file(path), api_name="/load_texture")


def optimise(client, **arguments):
    quick = {"texture": TEXTURE, "steps": 2, "size": 64, "seed": 3}
    return client.submit(api_name="/optimise_texture", **quick | arguments)


def files_of(gallery):
    return [item["image"]["path"] if isinstance(item["image"], dict) else item["image"] for item in gallery]


def pixels(file):
    with Image.open(file) as picture:
        return picture.tobytes()


def an_exemplar():
    return images.open_picture(Path("assets/textures/dahlia_petals.jpg")).resize((64, 64))


def a_lesson():
    """A texture of a visitor's own that can be sampled."""
    lesson = Lesson(an_exemplar(), "Your texture")
    lesson.net = TextureNetV1(seed=1).eval()
    return lesson


# ---- samples


def test_the_endpoints_name_their_arguments(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = {name: [p["parameter_name"] for p in facts["parameters"]] for name, facts in endpoints.items()}
    assert names["/sample_texture"] == list(form.SAMPLE)
    assert names["/learn_texture"] == ["exemplar", *form.LEARN]
    assert names["/optimise_texture"] == ["texture", "steps", "size", "seed"]
    assert "/load_texture" in names


def test_samples_are_files_with_their_settings_and_a_zip_of_them(client):
    gallery, status, packed = sample(client, number=3)
    assert [item["caption"] for item in gallery] == ["seed 3", "seed 4", "seed 5"]
    assert "64 x 64 pixels" in status and "diversity" in status and "a sample" in status
    settings = [read_settings(file) for file in files_of(gallery)]
    expected = {"technique": "texture_nets", "texture": TEXTURE, "network": FIRST, "size": 64}
    assert settings == [expected | {"seed": seed} for seed in (3, 4, 5)]
    with zipfile.ZipFile(packed) as archive:
        assert len(archive.namelist()) == 3 and all(name.endswith(".png") for name in archive.namelist())
    again = sample(client, number=1, seed=4)[0]
    assert pixels(files_of(again)[0]) == pixels(files_of(gallery)[1]) != pixels(files_of(gallery)[0])


@pytest.mark.parametrize("texture", form.available())
def test_every_network_of_every_texture_is_sampled(texture):
    for network in form.variants_of(texture):
        gallery, status, _, made = jobs.sample_texture(texture, network, 2, 64)
        with Image.open(gallery[0][0]) as picture:
            assert picture.size == (made.asked["size"], made.asked["size"]) and np.asarray(picture).std() > 3
        assert (made.asked["size"] == 64) or "pixels only" in status


@pytest.mark.parametrize("size", [1, 37, 300])
def test_any_size(client, size):
    with Image.open(files_of(sample(client, size=size, number=1)[0])[0]) as picture:
        assert picture.size == (size, size)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"texture": None}, "Texture must be one of"),
        ({"texture": "lava"}, "Texture must be one of"),
        ({"texture": [TEXTURE]}, "Texture must be one of"),
        ({"texture": "../../secret"}, "Texture must be one of"),
        ({"texture": "yours"}, "no texture of yours yet"),
        ({"network": "v9"}, "."),
        ({"network": None}, "Network must be one of"),
        ({"number": 0}, "."),
        ({"number": 1000}, "."),
        ({"number": None}, "."),
        ({"size": 0}, "Size must be a whole number from 1 to 4096"),
        ({"size": 4097}, "Size must be a whole number from 1 to 4096"),
        ({"size": 2.5}, "Size must be a whole number"),
        ({"size": None}, "Size must be a whole number"),
        ({"size": "large"}, "."),
        ({"size": 4096, "number": 6}, "at most 1"),
        ({"size": 2048, "number": 6}, "at most 4"),
        ({"seed": -1}, "."),
        ({"seed": 0.5}, "Seed must be a whole number"),
        ({"seed": None}, "Seed must be a whole number"),
        ({"seed": 2**31 - 1}, "."),
    ],
)
def test_bad_arguments_get_one_sentence(client, arguments, sentence):
    with pytest.raises(AppError, match=sentence) as caught:
        sample(client, **arguments)
    assert one_sentence(caught.value)


@pytest.mark.parametrize("name", ["sample_texture", "learn_texture", "optimise_texture", "load_texture"])
@pytest.mark.parametrize("data", ["[NaN]", "[]", "{}", '["a", 1, 2]', '[{"path": "/etc/passwd"}]'])
def test_malformed_requests_are_answered(running, name, data):
    call = f"{running.url}gradio_api/call/{name}"
    answer = httpx.post(call, content=f'{{"data": {data}}}', headers={"Content-Type": "application/json"})
    if answer.status_code == 200:
        with httpx.stream("GET", f"{call}/{answer.json()['event_id']}", timeout=30) as stream:
            text = stream.read().decode()
        assert "event: error" in text and "Traceback" not in text and "data: null" not in text
    assert "Traceback" not in answer.text


def test_numbers_that_are_no_numbers():
    for name in ("number", "size", "seed"):
        for value in (float("nan"), float("inf"), "5", True):
            with pytest.raises(ValueError, match="must be a whole number"):
                form.check(form.SAMPLE.defaults | {name: value})
    assert form.check(form.SAMPLE.defaults | {"size": form.MOST_SIDE, "number": 1})["size"] == form.MOST_SIDE


def test_a_damaged_table_leaves_the_tab_without_textures(monkeypatch):
    def damaged():
        raise ValueError("index.json must be an object")

    monkeypatch.setattr(weights, "rows", damaged)
    assert form.available() == {} and not form.has_objective(TEXTURE) and examples.texture_tiles() == []
    with pytest.raises(ValueError, match="No trained texture is here"):
        form.check(form.SAMPLE.defaults)
    lesson = a_lesson()
    assert form.check(form.SAMPLE.defaults | {"texture": form.YOURS}, lesson)["texture"] == form.YOURS


def test_textures_without_some_networks_offer_those_that_they_have(monkeypatch):
    kept = {name: row for name, row in weights.rows().items() if not name.startswith("texture-")}
    kept[f"texture-{TEXTURE}-{FIRST}"] = weights.find(f"texture-{TEXTURE}-{FIRST}")
    monkeypatch.setattr(weights, "rows", lambda: kept)
    assert form.available() == {TEXTURE: (FIRST,)} and not form.all_have_objectives()
    assert events.follow(TEXTURE, "v2", None)[0]["value"] == FIRST
    with pytest.raises(ValueError, match=f"has no network v2: choose {FIRST}"):
        form.check(form.SAMPLE.defaults | {"network": "v2"})


def test_two_visitors_at_once_get_what_they_get_alone(running):
    asked = [{"seed": 5}, {"seed": 6, "size": 96}]
    clients = [Client(running.url, verbose=False) for _ in asked]

    def visit(i):
        return [pixels(file) for file in files_of(sample(clients[i], **asked[i])[0])]

    alone, together = [visit(0), visit(1)], [None, None]
    threads = [threading.Thread(target=lambda i=i: together.__setitem__(i, visit(i))) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()
    assert together == alone and alone[0] != alone[1]


# ---- one sample, and the comparison


def one(view, **changes):
    asked = form.ONE.defaults | {"view": view, "large": 96, "texture": TEXTURE, "network": FIRST, "seed": 3} | changes
    return jobs.show(**asked)


def test_one_sample_large_tiled_and_between():
    picture, line, file = one("large")
    assert picture.size == (96, 96) and "96 x 96 pixels" in line and read_settings(file)["size"] == 96
    tiled, line, file = one("tiled")
    assert tiled.size == (jobs.TILED_PREVIEW,) * 2 and "across the seam" in line
    with Image.open(file) as tile:
        assert tile.size == (jobs.TILED_SIDE,) * 2
    ends = [one("between", other=4, at=at)[0].tobytes() for at in (0, 0.5, 1)]
    assert len(set(ends)) == 3 and ends[2] == one("between", seed=4, other=3, at=0)[0].tobytes()
    for changes, sentence in (({"view": "sideways"}, "View"), ({"large": 5000}, "Size"), ({"seed": None}, "Seed")):
        with pytest.raises(Exception, match=f"{sentence} must be"):
            one(**{"view": "large"} | changes)
    with pytest.raises(Exception, match="Between must be"):
        one("between", at=2)


def test_a_tile_has_no_seam():
    net = TextureNetV1(seed=2).eval()
    within, across = jobs.steps_within_and_across(texture_nets.sample(net, size=128))
    assert 0 < across < 1.3 * within
    within, across = jobs.steps_within_and_across(texture_nets.sample(net, size=256)[..., :200, :200])
    assert across > 1.3 * within  # cut out of a larger one it has


def test_the_networks_are_compared_side_by_side():
    texture = max(form.available(), key=lambda name: len(form.variants_of(name)))
    variants = form.variants_of(texture)
    pictures, figures = jobs.compare(texture, 3)
    assert len(pictures) == jobs.COMPARED * len(variants) and len({p.size for p, _ in pictures}) == 1
    assert figures.count("diversity") >= len(variants) and pictures[0][1] == f"{form.NAMES[FIRST]}, seed 3"
    assert len(jobs.compare(form.YOURS, 0, a_lesson())[0]) == jobs.COMPARED


def test_what_can_be_chosen_follows_the_texture():
    lesson = a_lesson()
    radio, size, *_, exemplar = events.follow(form.YOURS, "v2", lesson)
    assert radio["value"] == FIRST and size["interactive"] and exemplar["image"].startswith("data:image/jpeg")
    for texture, variants in form.available().items():
        radio, size, *_ = events.follow(texture, variants[-1], None)
        assert radio["value"] == variants[-1] and size["interactive"] == (variants[-1] == FIRST)
        shown = examples.shown(texture, None)
        assert shown["image"] or "may not be shown" in shown["note"]
    use, go_on, _, tiles = events.settle(lesson)
    assert use["interactive"] and not go_on["interactive"] and tiles["tiles"][-1]["key"] == form.YOURS


# ---- learning


def test_a_texture_is_learned_sampled_and_nobody_else_sees_it(running, pictures):
    mine, theirs = Client(running.url, verbose=False), Client(running.url, verbose=False)
    job = learn(mine, pictures["petals"], crop=80, across=10, down=90)
    live, status, curves, file = job.result(timeout=60)
    assert live.startswith("data:image/jpeg") and status.startswith("Done: ") and "texture loss" in status
    points = curves[0]["series"][0]["points"]
    assert points and points[-1][0] >= 1 and len(job.outputs()) >= 2
    assert texture_nets.load_net(Path(file)).arguments
    gallery, status, _ = sample(mine, texture="yours", size=96)
    assert "Your texture" in status and len(gallery) == 2
    with pytest.raises(AppError, match="no texture of yours"):
        sample(theirs, texture="yours")
    mine.close()
    theirs.close()


@pytest.mark.parametrize("name", ["gray", "soft", "clear", "constant", "noise", "large"])
def test_any_picture_can_be_learned(client, pictures, name):
    assert learn(client, pictures[name]).result(timeout=60)[1].startswith("Done: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"picture": None}, "Add a picture of a texture first"),
        ({"picture": "dot"}, "at least 16"),
        ({"picture": "tall"}, "at least 16"),
        ({"picture": "petals", "crop": 10}, "at least 16"),
        ({"seconds": 0}, "."),
        ({"seconds": 10**6}, "."),
        ({"seconds": None}, "."),
        ({"crop": 1}, "."),
        ({"crop": None}, "."),
        ({"across": 101}, "."),
        ({"down": None}, "Down must be"),
        ({"detail": 10_000}, "."),
        ({"detail": None}, "."),
        ({"seed": -5}, "."),
        ({"nearest": None}, "must be true or false"),
    ],
)
def test_learning_refuses_with_one_sentence(client, pictures, arguments, sentence):
    arguments = {"picture": "petals"} | arguments
    picture = pictures.get(arguments.pop("picture"))
    with pytest.raises(AppError, match=sentence) as caught:
        learn(client, picture, **arguments).result(timeout=30)
    assert one_sentence(caught.value)


def test_odd_files_are_learned_or_get_one_sentence(client, odd_files):
    for file in odd_files[:: max(1, len(odd_files) // 12)]:
        try:
            status = learn(client, handle_file(file.path)).result(timeout=60)[1]
        except (AppError, ValueError) as error:
            assert one_sentence(error), file.name
        else:
            assert file.sentence is None and status.startswith("Done: "), file.name


def test_the_square_that_is_learned():
    picture = Image.new("RGB", (200, 100), "red")
    picture.paste("blue", (150, 50, 200, 100))
    assert cut_square(picture, 50, 100, 100).getcolors() == [(2500, (0, 0, 255))]
    assert cut_square(picture, 100, 0, 50).size == (100, 100)
    for name, example in examples.PICTURES.items():
        part = cut_square(images.open_picture(examples.picture_path(name)), example.crop, example.across, example.down)
        assert min(part.size) >= common.LEAST_SIDE


def test_stop_keeps_what_was_learned_and_continue_goes_on():
    run = long_jobs.learn_texture(an_exemplar(), seconds=500, detail=64)
    lesson = next(run)[-1]
    stopped = []

    def stop():
        stopped.append(time.monotonic())
        stop_learning(lesson, long_jobs.LEARNED)

    next(frame for frame in run if lesson.progress is not None)
    threading.Timer(0.3, stop).start()
    *_, (live, status, curves, file, _) = run
    assert time.monotonic() - stopped[0] < 2 and status.startswith("Stopped: ") and live and curves
    assert file.endswith(".safetensors") and lesson.idle.is_set()
    before = lesson.step
    *_, last = long_jobs.learn_on(lesson, 1)
    assert last[1].startswith("Done: ") and lesson.step > before and last[-1] is lesson
    copy = pickle.loads(pickle.dumps(lesson))
    assert copy.idle.is_set() and copy.learner is None and copy.net is not None
    with pytest.raises(Exception, match="nothing to continue"):
        list(long_jobs.learn_on(copy, 1))
    close(lesson)
    assert lesson.learner is None and stop_learning(None, long_jobs.LEARNED)[1] == "Stopped."


def test_learning_without_a_listener_ends_by_itself(running, client, pictures):
    learn(client, pictures["petals"], seconds=2)
    until = time.monotonic() + 20
    while running.facts("free")["free"]:
        assert time.monotonic() < until
    running.wait_until_free()
    assert running.facts()["runs"] == 0


def test_a_visitor_who_leaves_frees_the_device_and_others_sample_meanwhile(running, client, pictures):
    job = learn(client, pictures["petals"], seconds=500)
    until = time.monotonic() + 30
    while len(job.outputs()) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    started = time.monotonic()
    sample(client)
    assert time.monotonic() - started < 10 and not job.done()
    job.cancel()
    running.wait_until_free()
    facts = running.facts()
    assert facts["runs"] == 0 and facts["grad"]


# ---- a network from a file


def test_a_downloaded_network_is_loaded_again(running, net_file):
    client = Client(running.url, verbose=False)
    live, status, *_ = load(client, net_file)
    assert live.startswith("data:image/jpeg") and status.startswith("Loaded")
    (file,) = files_of(sample(client, texture="yours", number=1, seed=0)[0])
    expected = images.to_picture(texture_nets.sample(texture_nets.load_net(net_file), size=64))
    assert np.abs(np.int16(Image.open(file)) - np.int16(expected)).max() <= 2
    with pytest.raises(AppError, match="exemplar of this texture is not here"):
        optimise(client, texture="yours").result(timeout=30)
    client.close()


def not_ours(folder, net_file, kind):
    """A file that is no network of ours."""
    path = folder / f"{kind}.safetensors"
    tensors, whole = load_file(net_file), net_file.read_bytes()
    arguments = {"format": "convgen.texture_nets.TextureNetV1", "arguments": json.dumps(TextureNetV1().arguments)}
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not a network")
    elif kind == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "gigantic":
        path.write_bytes(bytes(MAX_BYTES + 1))
    elif kind == "foreign":
        save_file({"weight": torch.zeros(3)}, path)
    elif kind == "picture":
        an_exemplar().save(path, "PNG")
    elif kind == "one key less":
        save_file({key: tensors[key] for key in list(tensors)[1:]}, path, metadata=arguments)
    elif kind == "nan":
        save_file({key: torch.full_like(value, torch.nan) for key, value in tensors.items()}, path, metadata=arguments)
    return path


@pytest.mark.parametrize(
    "kind", ["empty", "text", "truncated", "gigantic", "foreign", "picture", "one key less", "nan"]
)
def test_what_is_no_network_of_ours_gets_one_sentence(client, tmp_path, net_file, kind):
    with pytest.raises(AppError) as caught:
        load(client, not_ours(tmp_path, net_file, kind))
    assert one_sentence(caught.value) and "our side" not in str(caught.value)


@pytest.mark.parametrize("value", [None, {"path": "/etc/passwd"}, {"path": "https://example.org/a"}, "text", 5])
def test_files_elsewhere_are_not_opened(client, value):
    if isinstance(value, dict):
        value |= {"meta": {"_type": "gradio.FileData"}}
    with pytest.raises(AppError) as caught:
        client.predict(value, api_name="/load_texture")
    assert one_sentence(caught.value) and "our side" not in str(caught.value)


# ---- the slow method


def test_the_optimiser_streams_and_ends_with_a_file(client):
    picture, status, curves, file = optimise(client, steps=3).result(timeout=60)
    assert status.startswith("Done: 3 steps") and "of the network's samples" in status
    loss, level = (series["points"] for series in curves[0]["series"])
    assert [step for step, _ in loss] == [1, 2, 3] and loss[-1][1] < loss[0][1] and level[0][1] == level[1][1]
    with Image.open(file) as saved, Image.open(picture) as shown:
        assert saved.size == shown.size == (64, 64)
    assert read_settings(file)["technique"] == "optimise_texture" and read_settings(file)["steps"] == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"texture": None}, "Texture must be one of"),
        ({"texture": "lava"}, "Texture must be one of"),
        ({"steps": 0}, "."),
        ({"steps": None}, "."),
        ({"size": 5}, "."),
        ({"size": None}, "."),
        ({"seed": None}, "Seed must be"),
    ],
)
def test_the_optimiser_refuses_with_one_sentence(client, arguments, sentence):
    with pytest.raises(AppError, match=sentence) as caught:
        optimise(client, **arguments).result(timeout=30)
    assert one_sentence(caught.value)


def test_the_optimiser_takes_what_the_visitor_taught_and_stops(monkeypatch):
    run = long_jobs.optimise_texture(form.YOURS, steps=1000, size=64, lesson=a_lesson())
    job = next(run)[-1]
    threading.Timer(0.5, stop_optimising, [job]).start()
    *_, (picture, status, _, file, _) = run
    assert status.startswith("Stopped after step") and picture.size == (64, 64) and file.endswith(".png")
    monkeypatch.setattr(long_jobs, "SLOW_LIMIT_S", 0.2)
    *_, (_, status, _, _, _) = long_jobs.optimise_texture(form.YOURS, steps=1000, size=64, lesson=a_lesson())
    assert status.startswith("Stopped at the time limit")


def test_closing_the_optimiser_half_way_leaves_nothing_behind(running, client):
    job = optimise(client, steps=1000)
    until = time.monotonic() + 30
    while len(job.outputs()) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    job.cancel()
    running.wait_until_free()
    facts = running.facts()
    assert facts["runs"] == 0 and facts["grad"]
