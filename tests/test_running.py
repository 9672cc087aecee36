"""Long runs: the line for the device, the run loop, and what happens when nobody listens."""

import errno
import json
import subprocess
import sys
import time
from pathlib import Path

import gradio as gr
import httpx
import odd_files as odd
import pytest
from gradio_client import Client, handle_file

from convgen.progress import Progress
from demos import common
from demos.common import device, job, line
from demos.common.line import LINE

free = LINE.free


def test_who_waits_reads_how_many_are_before_and_a_time_where_one_is_known(monkeypatch):
    monkeypatch.setattr(device, "HEARTBEAT_S", 0.05)

    @common.on_device(waiting=lambda line: ("status", line))
    def run():
        yield "mine"

    first, second, third = run(), run(), run()
    assert next(first) == "mine"
    assert next(second) == ("status", "Waiting: 1 before you") and next(third) == ("status", "Waiting: 2 before you")
    assert next(second) == gr.skip()  # nothing new
    LINE.running().ends_at = time.monotonic() + 125
    assert next(second)[1].startswith("Waiting: 1 before you, about 2 min 0") and next(third) == gr.skip()
    first.close()
    assert next(second) == "mine" and next(third) == ("status", "Waiting: 1 before you")
    second.close()
    assert next(third) == "mine" and not free()
    third.close()
    assert free()


def test_a_function_waits_for_the_device_only_so_long():
    @common.on_device()
    def run():
        yield 1

    @common.on_device(patience=0.1)
    def call():
        return 2

    first = run()
    next(first)
    with pytest.raises(gr.Error, match="Another job"):
        call()
    first.close()
    assert call() == 2 and free()


@pytest.fixture
def visit(monkeypatch):
    """Says on whose behalf the code runs: `visit("somebody")`."""
    told = ["somebody"]
    for module in (device, job, line):
        monkeypatch.setattr(module, "visitor", lambda: told[0])
    return lambda name: told.__setitem__(0, name)


def waits(steps, place="place"):
    """A long run of the tab that says what it does."""

    @common.on_device(place=place, waiting=lambda sentence: sentence)
    def run():
        work = common.Job()
        progress = (Progress(step, steps, None, {}) for step in range(1, steps + 1))
        for moment in work.watch(progress, limit_s=60, every=0):
            yield moment.line

    return run()


def test_a_newer_run_replaces_the_older_of_the_same_visitor_in_the_same_place(visit, monkeypatch):
    monkeypatch.setattr(device, "HEARTBEAT_S", 0.05)
    old, elsewhere = waits(100), waits(100, "another place")
    assert next(old) == "Starting" and next(elsewhere) == "Waiting: 1 before you"
    assert job.is_over("nowhere") and not job.is_over("place")
    job.starts("place")
    new = waits(2)
    assert next(new) == "Waiting: 2 before you"
    assert list(old) == []  # nothing of it lands beside the new one
    assert not job.is_over("place")  # so what follows the old one is left to the new one
    assert next(elsewhere) == "Starting"
    elsewhere.close()
    assert next(new) == "Starting" and list(new)[-1].startswith("Done: 2 steps")
    assert job.is_over("place") and free()


def test_a_run_that_was_announced_counts_before_it_stands_in_line(visit):
    job.starts("place")
    assert not job.is_over("place")
    visit("somebody else")
    assert job.is_over("place")
    visit("somebody")
    assert list(waits(1))[-1].startswith("Done") and job.is_over("place")


def test_who_waits_for_their_own_old_run_is_told_so(visit, monkeypatch):
    monkeypatch.setattr(device, "HEARTBEAT_S", 0.05)
    old = waits(100)
    next(old)
    job.starts("place")
    assert next(waits(1)) == "Waiting: your run before this one is finishing its step."
    old.close()


def test_stop_takes_a_run_out_of_the_line_and_says_so(visit, monkeypatch):
    monkeypatch.setattr(device, "HEARTBEAT_S", 0.05)
    first, second = waits(9, "elsewhere"), waits(9)
    next(first), next(second)
    visit("somebody else")
    assert job.stop_run(None, "place") == "Stopped."  # of a run of their own, which is none
    visit("somebody")
    assert job.stop_run(None, "place") == gr.skip()
    assert list(second) == ["Stopped before it began."]
    first.close()
    assert free()


def test_a_stopped_run_counts_as_over_though_its_last_step_goes_on(visit):
    run = waits(9)
    next(run)
    LINE.running().job.stop.set()
    assert job.is_over("place")
    run.close()


def test_a_visitor_has_two_runs_waiting_at_most_and_the_line_has_an_end(visit):
    runs = [waits(9, f"place {n}") for n in range(3)]
    for run in runs:
        next(run)
    with pytest.raises(gr.Error, match="2 of your runs are waiting already"):
        next(waits(9, "one more"))
    for n in range(line.MOST_WAITING - 2):
        visit(f"visitor {n}")
        runs.append(waits(9))
        next(runs[-1])
    visit("the last one")
    with pytest.raises(gr.Error, match="40 runs are waiting already"):
        next(waits(9))
    for run in reversed(runs):
        run.close()
    assert free()


def test_the_run_loop_says_when_it_will_be_over(visit):
    run = waits(1000)
    next(run), next(run), next(run)
    assert 0 < LINE.running().ends_at - time.monotonic() < 60
    run.close()


def test_the_run_loop_ends_for_its_own_reason_and_shows_the_last_frame():
    work, seen = common.Job(), []
    progress = (Progress(step, 9, None, {}) for step in range(1, 10))
    for moment in work.watch(progress, limit_s=60, every=99, ends=lambda: "Enough" if len(seen) > 0 else ""):
        seen.append(moment)
    assert [moment.shown for moment in seen] == [True, True] and seen[-1].last and seen[-1].why == "Enough"
    assert seen[-1].line == "Enough after step 1" and work.idle.is_set()


def test_a_full_disk_is_said_so(caplog):
    for number in (errno.ENOSPC, errno.EDQUOT):
        assert common.plain_error(OSError(number, "no room", "/secret/path")).message == device.DISK_FULL
    assert common.plain_error(OSError(errno.EIO, "broken")).message == device.UNEXPECTED


# ---- in the app


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    odd.scene().resize((48, 32)).save(path)
    return path


LONG = {"task": "denoise", "steps": 20_000, "longest_side": 32, "auto_stop": False, "minutes": 240}


def uploaded(running, photo) -> dict:
    with photo.open("rb") as file:
        path = httpx.post(f"{running.url}gradio_api/upload", files={"files": file}).json()[0]
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def test_runs_that_nobody_listens_to_end_and_lock_nobody_out(running, client, photo):
    picture = uploaded(running, photo)
    for _ in range(12):
        call = httpx.post(f"{running.url}gradio_api/call/v2/restore", json={"picture": picture, **LONG})
        assert call.status_code == 200 and call.json()["event_id"]
    assert not running.facts("free")["free"]
    assert client.predict(photo=handle_file(photo), size=48, api_name="/stylize")[1]
    running.wait_until_free()
    assert running.facts()["runs"] == 0


def test_nothing_is_kept_of_a_call_that_is_over(running, photo):
    values = {"picture": uploaded(running, photo), **LONG, "steps": 1}
    key = httpx.post(f"{running.url}gradio_api/call/v2/restore", json=values).json()["event_id"]
    answer = httpx.get(f"{running.url}gradio_api/call/restore/{key}", timeout=60)
    assert "event: complete" in answer.text
    until = time.monotonic() + 30
    while key in running.facts()["sessions"]:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_run_that_somebody_listens_to_goes_on(running, client, photo):
    job = client.submit(picture=handle_file(photo), api_name="/restore", **LONG)
    until = time.monotonic() + 5  # longer than a run goes on that nobody listens to
    while time.monotonic() < until:
        time.sleep(0.1)
        assert not job.done()
    job.cancel()
    running.wait_until_free()


def test_a_caller_who_waits_is_told_how_many_are_before(running, client, photo):
    job = client.submit(picture=handle_file(photo), api_name="/restore", **LONG)
    while not job.outputs():
        time.sleep(0.05)
    other = Client(running.url, verbose=False)
    waiting = other.submit(picture=handle_file(photo), api_name="/restore", **LONG | {"steps": 2})
    while not waiting.outputs():
        time.sleep(0.05)
    assert waiting.outputs()[0][1].startswith("Waiting: 1 before you")
    job.cancel()
    assert waiting.result(timeout=60)[1].startswith("Done: 2 steps")
    other.close()


def test_cameras_whose_pages_are_gone_give_their_places_back(running, photo):
    config = httpx.get(f"{running.url}config").json()
    camera, *_ = (d for d in config["dependencies"] if any(event == "stream" for _, event in d["targets"]))
    values = {c["id"]: c["props"].get("value") for c in config["components"]}
    data = [values[name] for name in camera["inputs"]]
    data[0] = uploaded(running, photo)

    def join(session):
        body = {"data": data, "fn_index": camera["id"], "session_hash": session}
        assert httpx.post(f"{running.url}gradio_api/queue/join", json=body).status_code == 200

    for n in range(4):
        join(f"gone{n}")
    join("there")
    with httpx.stream("GET", f"{running.url}gradio_api/queue/data?session_hash=there", timeout=40) as answer:
        for line in answer.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") in ("process_streaming", "process_completed"):
                break
    assert message["msg"] == "process_streaming" and message["output"]["data"][0].startswith("data:image/")


# ---- a full disk


FULL_DISK = """
import errno
import anyio
import gradio as gr
from gradio import processing_utils
from PIL import Image
import app

closed = []

def run():
    try:
        yield Image.new("RGB", (8, 8))
        yield Image.new("RGB", (8, 9))
    finally:
        closed.append(True)

def full(*args, **options):
    raise OSError(errno.ENOSPC, "No space left on device")

with app.Page() as blocks:
    picture = gr.Image(format="png")
    gr.Button().click(run, None, picture)

async def call(iterator=None):
    try:
        return (await blocks.process_api(next(iter(blocks.fns)), [], iterator=iterator, state=None))["iterator"]
    except gr.Error as error:
        print(error.message, len(closed))

async def calls():
    run = await call()
    processing_utils.save_pil_to_cache = full
    await call(run)
    await call()  # also before its first picture was seen

anyio.run(calls)
"""


def test_a_full_disk_ends_a_run_at_once_and_is_said():
    """In a process of its own: in this one Gradio would leave event loops open."""
    command = [sys.executable, "-c", FULL_DISK]
    told = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [f"{device.DISK_FULL} 1", f"{device.DISK_FULL} 2"]
