"""What tabs share: the device lock, safe inputs, checks of arguments, previews, downloads, the header."""

import base64
import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import odd_files as odd
import pytest
import torch
from gradio.data_classes import FileData, ImageData
from gradio.utils import diff
from gradio_client import Client
from gradio_client.utils import apply_diff
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from convgen.sentences import MOST, brief, cut, one_of
from convgen.weights import UNAVAILABLE, WeightsUnavailable
from demos import common
from demos.common import device, inputs
from demos.common.exchange import opened, received
from demos.common.fields import Amount, Flag, Seed, Table
from demos.common.gradio_private import keep_shown_pictures_whole
from demos.common.job import Optimising, stop_optimising
from demos.common.line import LINE
from demos.widgets.chart import MOST_POINTS, panel
from demos.widgets.front import Card, Front

CONTEXT = {"validate_meta": True}


@pytest.fixture
def upload(tmp_path):
    """A function that puts a file, or a picture, where Gradio puts uploads, and returns its path."""
    folder = Path(common.Picture().GRADIO_CACHE) / tmp_path.name
    folder.mkdir(parents=True)

    def put(source, name="picture.png"):
        target = folder / name
        if isinstance(source, Image.Image):
            source.save(target)
        else:
            shutil.copy(source, target)
        return str(target)

    yield put
    shutil.rmtree(folder)


free = LINE.free


# --- the device -------------------------------------------------------------------------------------------------------


def test_a_generator_has_the_device_until_it_is_closed():
    closed = []

    @common.on_device()
    def run(total):
        try:
            yield from range(total)
        finally:
            closed.append(total)

    assert list(run(3)) == [0, 1, 2] and closed == [3] and free()
    stream = run(5)
    assert next(stream) == 0 and not free()
    stream.close()
    assert closed == [3, 5] and free()


def test_a_visitor_who_leaves_while_waiting_does_not_free_the_device():
    @common.on_device()
    def run():
        yield 1

    first, second = run(), run()
    next(first)
    next(second)
    second.close()
    assert not free()
    first.close()
    assert free()


def test_the_deadline_closes_a_generator_and_repeats_the_last_item():
    closed = []

    @common.on_device(deadline=0.3)
    def run():
        try:
            yield "picture"
            while True:
                time.sleep(0.05)
                yield gr.skip()
        finally:
            closed.append(True)

    started = time.monotonic()
    with pytest.warns(UserWarning, match="time limit of 0 s; the last picture is kept"):
        items = list(run())
    assert time.monotonic() - started < 2
    assert items[0] == items[-1] == "picture" and closed and free()


def test_functions_run_one_at_a_time():
    inside, most = [], []

    @common.on_device()
    def work(number):
        inside.append(number)
        most.append(len(inside))
        time.sleep(0.02)
        inside.remove(number)
        return number * 2

    results = []
    threads = [threading.Thread(target=lambda n=n: results.append(work(n))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 2, 4, 6, 8, 10] and max(most) == 1 and free()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("Steps must be a whole number."), "Steps must be a whole number."),
        (ValueError("got '<b>'"), "got '&lt;b&gt;'"),
        (WeightsUnavailable("Connect, or train."), UNAVAILABLE),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"), device.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), device.OUT_OF_MEMORY),
        (MemoryError(), device.OUT_OF_MEMORY),
        (ValueError(), device.UNEXPECTED),
        (KeyError("secret/path"), device.UNEXPECTED),
        (gr.Error("As it is."), "As it is."),
    ],
)
def test_errors_are_one_sentence_and_free_the_device(error, sentence):
    @common.on_device()
    def stream():
        yield 1
        raise error

    @common.on_device()
    def call():
        raise error

    for run in (lambda: list(stream()), call):
        with pytest.raises(gr.Error) as caught:
            run()
        assert caught.value.message == sentence
        assert free()


def test_what_mends_a_missing_network_is_for_the_log(caplog):
    sentence = device.plain_error(WeightsUnavailable("restore it with `git restore weights/a.safetensors`.")).message
    assert sentence == UNAVAILABLE and "git" not in sentence
    assert [record.getMessage() for record in caplog.records] == [
        "restore it with `git restore weights/a.safetensors`."
    ]


def test_an_unexpected_error_is_logged_with_its_traceback(caplog):
    @common.on_device()
    def call():
        raise KeyError("secret")

    with pytest.raises(gr.Error):
        call()
    assert "Traceback" in caplog.text and "secret" in caplog.text


SERVER = """
import time
import gradio as gr
from demos import common

closed = []

@common.on_device(deadline=3)
def run(steps):
    try:
        for step in range(int(steps)):
            time.sleep(0.1)
            yield f"step {step}"
    finally:
        closed.append(steps)

with gr.Blocks() as blocks:
    steps, status, count = gr.Number(), gr.Textbox(), gr.Number()
    gr.Button().click(run, steps, status, api_name="run", **common.DEVICE_QUEUE)
    gr.Button().click(lambda: len(closed), None, count, api_name="closed")
blocks.launch(share=False, ssr_mode=False, quiet=True, prevent_thread_lock=True)
print(blocks.local_url, flush=True)
blocks.block_thread()
"""


def test_a_running_app_frees_the_device_when_a_visitor_stops_or_never_listens():
    """Over HTTP: after a stop the next visitor has the device within two seconds; the deadline needs no listener."""
    command = [sys.executable, "-c", SERVER]  # a process of its own: in this one Gradio would leave sockets open
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().strip()
            client = Client(address, verbose=False)
            job = client.submit(10_000, api_name="/run")
            while not job.outputs():
                time.sleep(0.05)
            stopped = time.monotonic()
            job.cancel()
            assert client.predict(1, api_name="/run") == "step 0"
            assert time.monotonic() - stopped < 2
            assert client.predict(api_name="/closed") == 2
            body, kind = json.dumps({"data": [10_000]}).encode(), {"Content-Type": "application/json"}
            urllib.request.urlopen(urllib.request.Request(f"{address}gradio_api/call/run", body, kind)).close()
            gives_up = time.monotonic() + 8
            while client.predict(api_name="/closed") == 2:
                assert time.monotonic() < gives_up
                time.sleep(0.2)
            client.close()
        finally:
            server.terminate()


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_every_odd_file_through_the_picture_input(odd_files, upload):
    component = common.Picture()
    for file in odd_files:
        payload = ImageData(path=upload(file.path, file.name), orig_name=file.name)
        if file.sentence is None:
            file.check(component.preprocess(payload))
            continue
        with pytest.raises(gr.Error, match=file.sentence):
            component.preprocess(payload)


def test_every_odd_file_through_the_mask_editor(odd_files, upload):
    component = common.mask_editor("Paint")
    for file in odd_files:
        background = FileData(path=upload(file.path, file.name), orig_name=file.name)
        payload = inputs.MaskData(background=background)
        if file.sentence is None:
            painted = component.preprocess(payload)
            if file.name != "wholly_transparent.png":
                assert painted.picture.size == file.size and painted.picture.mode in ("L", "LA", "RGB", "RGBA")
                assert painted.mask is None
            continue
        with pytest.raises(gr.Error, match=file.sentence):
            component.preprocess(payload)


def test_a_data_address_is_decoded():
    address = "data:image/png;base64," + base64.b64encode(odd.encoded(odd.scene(), "PNG")).decode()
    assert common.Picture().preprocess(ImageData(url=address)).size == (odd.WIDTH, odd.HEIGHT)
    for wrong in (
        "data:,hello",
        "data:image/png;base64,@",
        "data:image/png;base64",
        "data:image/svg+xml;base64,PHN2Zy8+",
    ):
        with pytest.raises(gr.Error, match="not a picture"):
            common.Picture().preprocess(ImageData(url=wrong))


def test_files_that_nobody_uploaded_stay_closed(tmp_path):
    odd.scene().save(tmp_path / "secret.png")
    for path in (str(tmp_path / "secret.png"), "/etc/passwd", "relative.png"):
        with pytest.raises(gr.Error, match="Upload the picture itself"):
            common.Picture().preprocess(ImageData(path=path))
        with pytest.raises(gr.Error, match="Upload the picture itself"):
            common.mask_editor("Paint").preprocess(inputs.MaskData(background=FileData(path=path)))
    with pytest.raises(gr.Error, match="Upload the picture itself"):
        common.Picture().preprocess(ImageData(url="https://example.org/a.png"))


@pytest.mark.parametrize("payload", ["text", 5, [], [1], {"path": [1]}, {"path": {"a": 1}}, {"url": 3}])
def test_payloads_that_are_no_pictures_are_one_sentence(payload):
    with pytest.raises(gr.Error, match="A picture is expected here"):
        common.Picture.data_model.model_validate(payload, context=CONTEXT)
    for wrong in (payload, {"background": payload}, {"layers": [payload]}):
        if not (isinstance(wrong, dict) and {"path", "url"} & set(wrong)):  # unknown fields: an empty editor
            with pytest.raises(gr.Error, match="A picture is expected here"):
                common.MaskEditor.data_model.model_validate(wrong, context=CONTEXT)


def test_empty_inputs_are_none():
    assert common.Picture().preprocess(None) is None
    assert common.Picture().preprocess(common.Picture.data_model.model_validate({}, context=CONTEXT)) is None
    editor = common.mask_editor("Paint")
    assert editor.preprocess(None) is None
    for value in ({}, {"layers": None}, {"background": None, "layers": [], "composite": None}, {"id": "unknown"}):
        assert editor.preprocess(common.MaskEditor.data_model.model_validate(value, context=CONTEXT)) is None


def strokes(size, box, mode="RGBA"):
    layer = Image.new(mode, size, 0)
    layer.paste("white" if mode == "L" else "#ff3b6b", box)
    return layer


def test_strokes_become_a_mask_of_the_picture_s_size(upload):
    editor = common.mask_editor("Paint")
    background = FileData(path=upload(odd.scene((100, 60)), "background.png"))
    cases = {
        "same.png": (strokes((100, 60), (10, 20, 30, 40)), (10, 20, 30, 40)),
        "smaller.png": (strokes((50, 30), (5, 10, 15, 20)), (10, 20, 30, 40)),
        "gray.png": (strokes((100, 60), (10, 20, 30, 40), "L"), (10, 20, 30, 40)),
        "opaque.png": (strokes((100, 60), (10, 20, 30, 40), "L").convert("RGBA"), (10, 20, 30, 40)),
    }
    for colour in ("red", "blue", "#e11d48", "#4338ca"):  # dark as gray levels, and painted all the same
        layer = Image.new("RGB", (100, 60))
        layer.paste(colour, (10, 20, 30, 40))
        cases[f"{colour.strip('#')}.png"] = layer, (10, 20, 30, 40)
    for name, (layer, box) in cases.items():
        payload = inputs.MaskData(background=background, layers=[FileData(path=upload(layer, name))])
        painted = editor.preprocess(payload)
        assert painted.picture.size == painted.mask.size == (100, 60), name
        assert painted.mask.mode == "L" and set(np.unique(painted.mask)) == {0, 255}, name
        assert painted.mask.getbbox() == box, name
    both = [
        FileData(path=upload(strokes((100, 60), box), f"{box[0]}.png")) for box in ((0, 0, 5, 5), (90, 50, 100, 60))
    ]
    assert editor.preprocess(inputs.MaskData(background=background, layers=both)).mask.getbbox() == (0, 0, 100, 60)
    nothing = [FileData(path=upload(Image.new("RGBA", (100, 60)), "nothing.png"))]
    assert editor.preprocess(inputs.MaskData(background=background, layers=nothing)).mask is None
    with pytest.raises(gr.Error, match="Add a picture first"):
        editor.preprocess(inputs.MaskData(background=None, layers=both))


def test_only_a_composite_is_a_picture_and_gray_is_gray_again(upload):
    gray = Image.linear_gradient("L").convert("RGBA")
    payload = inputs.MaskData(composite=FileData(path=upload(gray, "composite.png")))
    painted = common.mask_editor("Paint").preprocess(payload)
    assert painted.picture.mode == "L" and np.array_equal(painted.picture, Image.linear_gradient("L"))


@pytest.mark.parametrize(("given", "kept"), [("RGBA", "RGBA"), ("LA", "LA"), ("gray RGBA", "LA"), ("opaque", "RGB")])
def test_the_editor_keeps_transparency_that_hides_something(given, kept, upload):
    picture = odd.scene().convert("LA").convert("RGBA") if given == "gray RGBA" else odd.scene().convert("RGBA")
    alpha = Image.linear_gradient("L").resize(picture.size)
    if given != "opaque":
        picture.putalpha(alpha)
    if given == "LA":
        picture = picture.convert("LA")
    background = FileData(path=upload(picture, f"{given}.png"))
    layer = FileData(path=upload(strokes(picture.size, (1, 2, 3, 4)), "strokes.png"))
    painted = common.mask_editor("Paint").preprocess(inputs.MaskData(background=background, layers=[layer]))
    assert painted.picture.mode == kept and painted.mask.getbbox() == (1, 2, 3, 4)
    if given != "opaque":
        assert np.array_equal(painted.picture.getchannel("A"), alpha)


def test_pixels_that_the_browser_sends_ahead_are_used_and_forgotten():
    editor = common.mask_editor("Paint")

    def send(kind, index, content, key="a"):
        data = {"type": kind, "index": index, "id": key}
        editor.accept_blobs(SimpleNamespace(data=data, files=[("file", content)]))

    send("background", None, odd.encoded(odd.scene(), "PNG"))
    send("layer", "0", odd.encoded(strokes((odd.WIDTH, odd.HEIGHT), (1, 2, 3, 4)), "PNG"))
    send("composite", None, odd.encoded(odd.scene(), "PNG"))
    painted = editor.preprocess(inputs.MaskData(id="a"))
    assert painted.picture.size == (odd.WIDTH, odd.HEIGHT) and painted.mask.getbbox() == (1, 2, 3, 4)
    assert editor.preprocess(inputs.MaskData(id="a")) is None  # once
    for index, key in ((10**9, "a"), (-1, "a"), ("x", "a"), (0, "k" * 1000), (0, None)):
        with pytest.raises(gr.Error, match="A picture is expected here"):
            send("layer", index, b"x", key)
    with pytest.raises(gr.Error, match="A picture is expected here"):
        editor.accept_blobs("text")


# --- arguments --------------------------------------------------------------------------------------------------------

WRONG = [None, math.nan, math.inf, -math.inf, "5", [5], {}, True, -1, 11, 1e300]


@pytest.mark.parametrize("value", [*WRONG, 2.5])
def test_whole_number_refuses(value):
    with pytest.raises(ValueError, match=r"^Steps must be a whole number from 0 to 10, got "):
        common.whole_number(value, "Steps", 0, 10)


@pytest.mark.parametrize("value", WRONG)
def test_number_refuses(value):
    with pytest.raises(ValueError, match=r"^Noise must be a number from 0 to 10, got "):
        common.number(value, "Noise", 0, 10)


@pytest.mark.parametrize("value", [None, ["a"], 1, True, "c", "A", "x" * 10**6, [10**5000], ["y" * 99] * 99])
def test_choice_refuses(value):
    with pytest.raises(ValueError, match=r"^Task must be one of a, b; got ") as caught:
        common.choice(value, "Task", {"a": 1, "b": 2})
    assert len(str(caught.value)) < 120


def test_good_arguments_pass():
    assert common.whole_number(8.0, "Steps", 0, 10) == 8 and isinstance(common.whole_number(8.0, "Steps", 0, 10), int)
    assert common.number(3, "Noise", 0, 10) == 3.0
    assert common.choice("b", "Task", ["a", "b"]) == "b"
    assert common.flag(True, "Beside") is True and common.flag(False, "Beside") is False
    assert common.whole_number(2**63 - 1, "Seed", 0, 2**63 - 1) == 2**63 - 1


@pytest.mark.parametrize("value", [4, 4.0, "4"])
def test_a_choice_is_taken_however_it_is_written(value):
    for choices, right in (((2, 4, 8), 4), (("2", "4"), "4")):
        found = common.choice(value, "Factor", choices)
        assert found == right and type(found) is type(right)
    for component in (common.OneOf, common.OneOfMany):
        found = component([("2 x", 2), ("4 x", 4)], label="Enlarge").preprocess(value)
        assert found == 4 and type(found) is int


@pytest.mark.parametrize("value", ["04", " 4", 4.5, True, [4], {"4": 4}, [10**5000], math.nan, "x" * 5000])
def test_what_is_no_choice_is_one_short_sentence(value):
    for component in (common.OneOf, common.OneOfMany):
        with pytest.raises(gr.Error, match="Enlarge must be one of 1, 2, 4; got ") as caught:
            component([1, 2, 4], label="Enlarge").preprocess(value)
        assert len(caught.value.message) < 120
        assert component([1, 2, 4], label="Enlarge").preprocess(None) is None


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, 1.0, None, [], {}, "x" * 5000])
def test_a_flag_is_true_or_false_and_nothing_else(value):
    for check in (lambda v: common.flag(v, "Beside"), Flag("beside", "Beside", False).check):
        with pytest.raises(ValueError, match=r"^Beside must be true or false\.$"):
            check(value)


def test_a_field_has_a_name_in_sentences_and_a_slider_may_offer_less_than_programs_may_ask_for():
    size = Amount("size", "Size, pixels", 64, called="Size", low=1, high=4096, step=32, whole=True, slider=(32, 2048))
    seed = Seed("seed", "Seed", 7, high=9)
    assert size.check(1) == 1 and (size.widget().minimum, size.widget().maximum) == (32, 2048)
    with pytest.raises(ValueError, match=r"^Size must be a whole number from 1 to 4096, got 0\.$"):
        size.check(0)
    assert Table(size, seed).defaults == {"size": 64, "seed": 7} and seed.widget().maximum == 9


def test_sentences_repeat_little_of_what_came_in():
    for value in ("x" * 5000, "<" * 5000, "a\nb" * 900, ["y" * 500] * 900, {"z" * 900: 1}, 10**60, 10**5000, b"0" * 99):
        assert len(brief(value)) <= MOST <= 80 and "\n" not in brief(value)
    assert brief("cat") == "'cat'" and brief(4) == "4" and brief([1, "a"]) == "[1, 'a']"
    assert cut("a title\n of two lines") == "a title of two lines" and len(cut("x" * 5000)) == MOST
    assert one_of("abc") == "a, b, c" and one_of(range(1000)).endswith("50, 51 and 948 more")
    for check in (common.number, common.whole_number):
        with pytest.raises(ValueError) as caught:
            check("x" * 5000, "Size", 1, 9)
        assert len(str(caught.value)) < 120


def test_pictures_have_one_least_side():
    for size in ((16, 16), (16, 400), (400, 16)):
        picture = Image.new("L", size)
        assert common.large_enough(picture) is picture
    for width, height in ((15, 16), (16, 15), (1, 1), (400, 1)):
        with pytest.raises(ValueError) as caught:
            common.large_enough(Image.new("L", (width, height)))
        assert str(caught.value) == (
            f"The picture is {width} x {height} pixels here: choose one with at least 16 on each side."
        )


def test_a_reduced_picture_comes_with_a_note():
    picture = odd.scene((400, 200))
    assert common.fit_with_note(picture) == (picture, "")
    fitted, note = common.fit_with_note(picture, longest_side=100)
    assert fitted.size == (100, 50) and note == "Your picture was reduced from 400 x 200 to 100 x 50 pixels."
    picture.info["size"] = (800, 400)  # the file was reduced while it was decoded
    assert "800 x 400 to 400 x 200" in common.fit_with_note(picture)[1]


# --- what visitors see ------------------------------------------------------------------------------------------------


def test_throttle(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    throttle = common.Throttle(0.5)
    assert throttle.ready() and not throttle.ready()
    now[0] += 0.49
    assert not throttle.ready()
    now[0] += 0.02
    assert throttle.ready() and not throttle.ready()


def test_preview_pair_is_small_and_of_one_size():
    before, after = common.preview_pair(odd.scene((500, 300)), Image.new("LA", (2000, 1200), (9, 255)))
    assert before.size == after.size == (1024, 614) and before.mode == "RGB" and after.mode == "L"
    before, after = common.preview_pair(odd.scene((50, 30)), odd.scene((200, 120)), longest_side=None)
    assert before.size == after.size == (200, 120)


def test_status_line(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 160.0)
    assert common.status_line(0, 100, 160.0) == "Starting 100 steps"
    assert common.status_line(25, 100, 100.0, "loss 0.02") == "Step 25 of 100, about 3 min 00 s left · loss 0.02"
    assert common.status_line(100, 100, 100.0) == "Done: 100 steps in 1 min 00 s"
    assert common.duration(7265) == "2 h 01 min" and common.duration(-3) == "0 s"


def test_settings_travel_in_the_downloaded_file(upload):
    settings = {"task": "Inpainting — ü", "seed": 2**62, "lr": 0.01, "auto": True, "note": None}
    path = common.save_png(odd.scene(), settings, "Deep Image Prior / ../x")
    assert Path(path).name == "Deep-Image-Prior-x.png"
    assert Path(path).is_relative_to(common.Picture().GRADIO_CACHE)
    assert common.read_settings(path) == settings
    dropped = common.Picture().preprocess(ImageData(path=path))
    assert common.read_settings(dropped) == settings and np.array_equal(dropped, odd.scene())
    with pytest.raises(ValueError):
        common.save_png(odd.scene(), {"lr": math.nan}, "x")


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[1]", "3", '{"a": [1]}', '{"a": {"b": 1}}', '{"a": NaN}', '{"a": 1e999}', "[" * 60_000,
     json.dumps({"a": "x" * 2000}), json.dumps({"a" * 100: 1}), json.dumps({str(n): n for n in range(100)}),
     '{"a": ' + "9" * 9000 + "}", json.dumps({"a": "x" * 100_000})],
)  # fmt: skip
def test_settings_of_strangers_are_not_trusted(tmp_path, text):
    info = PngInfo()
    info.add_text("convgen", text, zip=True)
    odd.scene().save(tmp_path / "a.png", pnginfo=info)
    assert common.read_settings(tmp_path / "a.png") is None


def test_numbers_beyond_floats_are_refused_as_any_other():
    for check in (common.number, common.whole_number):
        for value in (10**400, -(10**400), math.inf, math.nan, True, "3"):
            with pytest.raises(ValueError, match="Size must be a"):
                check(value, "Size", 1, 9)
        assert check(8.0, "Size", 1, 9) == 8


def test_stop_says_what_became_of_the_run():
    job = Optimising({"technique": "x", "seed": 1})
    assert stop_optimising(None)[0] == stop_optimising(job)[0] == "Stopped."
    job.begin()
    assert stop_optimising(job)[0] == "Stopped before the first step."
    job.result, job.step = odd.scene(), 3
    assert stop_optimising(job)[0] == "Stopped after step 3: this is the latest picture"


def test_a_picture_that_is_shown_twice_is_written_once():
    keep_shown_pictures_whole()
    slider = gr.ImageSlider(format="jpeg")
    first = Path(slider.postprocess((odd.scene(), odd.scene())).root[0].path)
    with first.open("rb") as being_read:
        half = being_read.read(100)
        assert Path(slider.postprocess((odd.scene(), None)).root[0].path) == first
        assert half + being_read.read() == first.read_bytes()
        assert first.stat().st_ino == os.fstat(being_read.fileno()).st_ino
    assert [file.name for file in first.parent.iterdir()] == [first.name]
    assert Path(gr.Image(format="png").postprocess(odd.scene()).path).parent != first.parent


def test_a_picture_that_was_received_leaves_no_file(tmp_path):
    odd.scene().save(tmp_path / "a.png")
    assert opened(str(tmp_path / "a.png")).size == received(str(tmp_path / "a.png")).size == odd.scene().size
    assert received(None) is None and not (tmp_path / "a.png").exists()
    assert received(str(tmp_path / "a.png")) is None  # told twice


def test_files_without_settings_have_none(odd_files):
    for file in odd_files:
        assert common.read_settings(file.path) is None
    assert common.read_settings("/nowhere.png") is None


def test_the_heads_escape_and_fetch_nothing():
    tab = common.heading("A <b>", [("Paper & more", "https://example.org/?a=1&b=2")])
    assert "<h2" in tab and "A &lt;b&gt;" in tab and "Paper &amp; more" in tab
    assert 'href="https://example.org/?a=1&amp;b=2"' in tab and "src=" not in tab
    front = Front(title="A <b>", cards=[Card("tab", "x & y", "One <sentence>.")])
    assert front.props["title"] == "A &lt;b&gt;" and front.props["cards"][0]["title"] == "x &amp; y"
    assert front.props["cards"][0]["sentence"] == "One &lt;sentence&gt;."
    assert "url(" not in common.CSS and "@import" not in common.CSS
    assert not any("google" in str(font).lower() for font in common.theme()._stylesheets)


def test_a_curve_of_any_length_reaches_programs_and_never_shrinks():
    """Gradio sends a value as its difference to the one before."""
    curve, sent, lengths = [], [], []
    for step in range(1, 1001):
        curve.append((step, 1 / step))
        if len(curve) > 4 * MOST_POINTS:
            curve = curve[::2]
        value = [panel("loss", {"loss": curve}, {"loss": "red"})]
        sent = apply_diff(sent, json.loads(json.dumps(diff(sent, value))))
        points = sent[0]["series"][0]["points"]
        assert sent == value and points[-1] == [step, 1 / step] and points == sorted(points)
        lengths.append(len(points))
    assert lengths == sorted(lengths) and lengths[-1] == MOST_POINTS


def test_the_page_is_built_without_any_network_and_says_so():
    """In a process of its own, where Gradio may leave its event loops open."""
    script = """
from convgen import weights
weights.rows = lambda: {}
import app
texts = [str(getattr(block, "value", "")).replace("*", "") for block in app.build_app().blocks.values()]
for part in ("networks of faces are not here", "networks of colours are not here", "networks of faces are not here yet",
             "slow method is not here yet", "network of fruit is not here yet", "avatars are not here yet"):
    assert any(part in text for text in texts), part
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
