"""What many visitors notice: `python -m benchmarks.serving [--quick]`, about a quarter of an hour.

The app runs in a process of its own; visitors are programs that call it as the page of the API says. Memory is that of
the app's process, read from /proc, so this runs on Linux.
"""

import hashlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from benchmarks.report import ROOT, Row, run_groups
from benchmarks.server import server

GROUPS = ("listeners", "memory", "latency", "visitors", "stop", "soak")
PHOTO = ROOT / "assets" / "photos" / "cat_chelsea.jpg"
LONG = {"task": "denoise", "steps": 20_000, "longest_side": 256, "auto_stop": False, "minutes": 240}
STOPPED_SIDES = (64, 256)
"""Of the run that is stopped, in pixels: a step of the first is short beside what the app adds."""
FILES_MB = 64
"""Of the folder of files in the soak, so that its end is reached within minutes."""


class Visitor:
    """Calls the app as a program does; every call has a session of its own."""

    def __init__(self, url: str):
        self.api, self._client = f"{url}gradio_api", httpx.Client(timeout=120)
        with PHOTO.open("rb") as file:
            path = self._client.post(f"{self.api}/upload", files={"files": file}).json()[0]
        self.photo = {"path": path, "meta": {"_type": "gradio.FileData"}}

    def start(self, name: str, **values: Any) -> str:
        """Begin a call; its key."""
        answer = self._client.post(f"{self.api}/call/v2/{name}", json=values)
        answer.raise_for_status()
        return answer.json()["event_id"]

    def told(self, name: str, key: str, until: Callable[[str, Any], bool]) -> Any:
        """Listen to a call until what comes is what is waited for; then hang up, and give it."""
        kind = ""
        with self._client.stream("GET", f"{self.api}/call/{name}/{key}") as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    value = json.loads(line.removeprefix("data: "))
                    if kind == "error":
                        raise RuntimeError(f"{name}: {value}")
                    if until(kind, value):
                        return value
        raise RuntimeError(f"{name} ended early")

    def call(self, name: str, **values: Any) -> list:
        """The result of a call."""
        return self.told(name, self.start(name, **values), lambda kind, _: kind == "complete")

    def stylize(self, **values: Any) -> float:
        """Seconds of a call of `/stylize`."""
        started = time.perf_counter()
        self.call("stylize", photo=self.photo, **values)
        return time.perf_counter() - started

    @cache  # noqa: B019, a few visitors a benchmark
    def number(self, name: str) -> int:
        """What the page calls an endpoint."""
        config = self._client.get(self.api.replace("gradio_api", "config")).json()
        return next(d["id"] for d in config["dependencies"] if d["api_name"] == name)

    def cancel(self, name: str, key: str) -> None:
        """End a call."""
        body = {"session_hash": key, "event_id": key, "fn_index": self.number(name)}
        self._client.post(f"{self.api}/cancel", json=body).raise_for_status()

    def bytes_of(self, file: dict) -> str:
        """A digest of a result's file."""
        return hashlib.sha256(self._client.get(file["url"]).content).hexdigest()

    def close(self) -> None:
        self._client.close()


class LongRun:
    """A run of `/restore` that goes on while somebody listens to it."""

    def __init__(self, url: str, **values: Any):
        self._values = LONG | values
        self._visitor, self._ends, self.begun = Visitor(url), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        def ended(_: str, value: Any) -> bool:
            if _begun(value):
                self.begun.set()
            return self._ends.is_set()

        with suppress(RuntimeError, httpx.HTTPError):
            self._key = self._visitor.start("restore", picture=self._visitor.photo, **self._values)
            self._visitor.told("restore", self._key, ended)

    def knows_how_to_stop(self) -> None:
        """Read what the page is made of, as a page has when its button is pressed."""
        self._visitor.number("restore")

    def stop(self) -> None:
        """What the button Stop of a page asks for."""
        self._visitor.cancel("restore", self._key)

    def close(self) -> None:
        """Hang up."""
        self._ends.set()
        self._thread.join(60)
        self._visitor.close()


def _until_free(visitor: Visitor, since: float) -> float:
    """Seconds until a short run has the device."""
    short = LONG | {"steps": 1, "longest_side": 32}
    visitor.told(
        "restore",
        visitor.start("restore", picture=visitor.photo, **short),
        lambda _, value: _begun(value),
    )
    return time.perf_counter() - since


def _begun(value: Any) -> bool:
    """Whether an item of `/restore` is one of a run that does not wait any more; others may be empty."""
    return bool(value) and isinstance(value[1], str) and not value[1].startswith("Waiting")


def listeners(url: str, quick: bool) -> list[Row]:
    """Runs that nobody listens to."""
    visitor, took = Visitor(url), []
    for _ in range(1 if quick else 3):
        started = time.perf_counter()
        visitor.start("restore", picture=visitor.photo, **LONG)
        took.append(_until_free(visitor, started))
    many, started = 33, time.perf_counter()
    for _ in range(many):
        visitor.start("restore", picture=visitor.photo, **LONG)
    last = time.perf_counter()
    all_of_them = _until_free(visitor, last)
    visitor.close()
    return [
        _most("a run whose caller never listens: seconds until the next one has the device", max(took), 10, "s"),
        _most(f"{many} such runs: seconds from the last call until the next one has it", all_of_them, 20, "s"),
        _most("a camera's stream whose page is gone: seconds until its place is free", _camera(url), 10, "s"),
    ]


def _camera(url: str) -> float:
    """Four cameras take all places and are gone; seconds until a fifth is served."""
    with httpx.Client(timeout=60) as client:
        config = client.get(f"{url}config").json()
        stream = next(d for d in config["dependencies"] if any(event == "stream" for _, event in d["targets"]))
        values = {part["id"]: part["props"].get("value") for part in config["components"]}
        visitor = Visitor(url)
        data = [visitor.photo, *(values[name] for name in stream["inputs"][1:])]
        for name in ("gone-1", "gone-2", "gone-3", "gone-4", "there"):
            body = {"data": data, "fn_index": stream["id"], "session_hash": name}
            client.post(f"{url}gradio_api/queue/join", json=body).raise_for_status()
        started = time.perf_counter()
        with client.stream("GET", f"{url}gradio_api/queue/data", params={"session_hash": "there"}) as answer:
            for line in answer.iter_lines():
                if "process_streaming" in line:
                    visitor.close()
                    return time.perf_counter() - started
    raise RuntimeError("the camera got nothing")


def memory(url: str, quick: bool, pid: int) -> list[Row]:
    """What new sessions cost."""
    visitor, photos, lessons = Visitor(url), 20 if quick else 200, 5 if quick else 50
    visitor.call("learn_texture", exemplar=visitor.photo, seconds=1)
    for _ in range(5):
        visitor.stylize(size=1024)
    before = _resident_mb(pid)
    for _ in range(photos):
        visitor.stylize(size=1024)
    between = _resident_mb(pid)
    for _ in range(lessons):
        visitor.call("learn_texture", exemplar=visitor.photo, seconds=1)
    after = _resident_mb(pid)
    visitor.close()
    return [
        _most(f"{photos} new sessions of /stylize at 1024 pixels: growth of the app", between - before, 200, "MB"),
        _most(f"and {lessons} of /learn_texture: growth altogether", after - before, 200, "MB"),
    ]


def latency(url: str, quick: bool) -> list[Row]:
    """`/stylize` alone, beside a long run, and beside many that wait."""
    visitor, times = Visitor(url), 5 if quick else 30
    for _ in range(3):
        visitor.stylize()
    alone = [visitor.stylize() for _ in range(times)]
    rows = [_beside("alone", alone, None)]
    runs = [LongRun(url)]
    runs[0].begun.wait(60)
    rows.append(_beside("beside /restore", [visitor.stylize() for _ in range(times)], alone))
    runs += [LongRun(url) for _ in range(33)]
    time.sleep(3)
    rows.append(_beside("beside /restore and 33 that wait", [visitor.stylize() for _ in range(times)], alone))
    for run in reversed(runs):
        run.close()
    visitor.close()
    return rows


def _beside(what: str, ours: list[float], alone: list[float] | None) -> Row:
    median, worst = statistics.median(ours), max(ours)
    peer = None if alone is None else statistics.median(alone)
    holds = None if peer is None else median <= 0.5 and worst <= 2
    target = "" if peer is None else "median at most 0.5, worst at most 2"
    ratio = None if peer is None else median / peer
    return Row(f"/stylize {what}: median seconds (worst {worst:.2f})", median, peer, ratio, "s", target, holds)


def visitors(url: str, quick: bool) -> list[Row]:
    """Eight at once, and each of them alone."""
    people = 4 if quick else 8
    asked = [{"size": 256, "seed": seed, "noise_scale": 1 + seed / 8} for seed in range(people)]

    def visit(values: dict) -> str:
        visitor = Visitor(url)
        digest = visitor.bytes_of(visitor.call("stylize", photo=visitor.photo, **values)[2])
        visitor.close()
        return digest

    alone, together = [visit(values) for values in asked], [""] * people

    def put(place: int) -> None:
        together[place] = visit(asked[place])

    threads = [threading.Thread(target=put, args=(place,)) for place in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    same = sum(one == other for one, other in zip(alone, together, strict=True))
    what = f"{people} visitors at once: results that are those of each alone, to the byte"
    return [Row(what, same, people, same / people, "", "all", same == people and len(set(alone)) == people)]


def stop(url: str, quick: bool) -> list[Row]:
    """From a visitor's Stop to the start of the next one's run: the step that is being made, and what the app adds."""
    rows = []
    for side in STOPPED_SIDES:
        took = [_stopped(url, side) for _ in range(5 if quick else 20)]
        median, worst = statistics.median(took), max(took)
        what = f"Stop at {side} pixels: seconds until the next visitor's run begins, median (worst {worst:.2f})"
        short = side == min(STOPPED_SIDES)
        target = "median at most 0.3, worst at most 1" if short else None
        rows.append(Row(what, median, None, None, "s", target, median <= 0.3 and worst <= 1 if short else None))
    return rows


def _stopped(url: str, side: int) -> float:
    """Seconds from a Stop until the run that waits begins, where the stopped one makes a picture of so many pixels."""
    run, visitor, began = LongRun(url, longest_side=side), Visitor(url), threading.Event()
    run.begun.wait(60)
    run.knows_how_to_stop()
    key = visitor.start("restore", picture=visitor.photo, **LONG | {"steps": 1, "longest_side": 32})

    def listen() -> None:
        visitor.told("restore", key, lambda _, value: _begun(value))
        began.set()

    listening = threading.Thread(target=listen)
    listening.start()
    time.sleep(0.5)
    started = time.perf_counter()
    run.stop()
    began.wait(60)
    seconds = time.perf_counter() - started
    listening.join()
    run.close()
    visitor.close()
    return seconds


def soak(url: str, quick: bool, pid: int, files: Path) -> list[Row]:
    """Visitors of all kinds for five minutes, after two that fill what is bounded."""
    visitor, minutes, ends = Visitor(url), 1 if quick else 7, threading.Event()
    photo, made = visitor.photo, [0]
    calls: list[tuple[str, dict]] = [
        ("stylize", {"photo": photo, "size": 512}),
        ("sample_texture", {"number": 2, "size": 128}),
        ("sample_faces", {"number": 4}),
        ("colorize", {"picture": photo}),
        ("edit_face", {"photo": photo}),
        ("translate", {"picture": photo}),
        ("render_avatar", {"size": 256}),
        ("restore", {"picture": photo, "steps": 5, "longest_side": 64}),
        ("learn_texture", {"exemplar": photo, "seconds": 1}),
    ]

    def visit(first: int) -> None:
        own, at = Visitor(url), first
        while not ends.is_set():
            name, values = calls[at % len(calls)]
            with suppress(RuntimeError):  # a cat is no face, which is said
                own.call(name, **values)
            made[0] += 1
            at += 1
        own.close()

    threads = [threading.Thread(target=visit, args=(first,)) for first in (0, 4)]
    for thread in threads:
        thread.start()
    memory_mb, files_mb = [], []
    for _ in range(6 * minutes + 1):
        memory_mb.append(_resident_mb(pid))
        files_mb.append(_bytes_in(files) / 1e6)
        time.sleep(10)
    ends.set()
    for thread in threads:
        thread.join(120)
    visitor.close()
    skipped = 0 if quick else 12
    counted = minutes - skipped / 6
    what = f"soak of {counted:g} min, {made[0]} calls"
    return [
        _most(f"{what}: growth of memory", _slope(memory_mb[skipped:]), 5, "MB a minute"),
        _most(f"{what}: growth of the folder of files, of {FILES_MB} MB", _slope(files_mb[skipped:]), 5, "MB a minute"),
        _most(f"{what}: the folder of files at most", max(files_mb), 2 * FILES_MB, "MB"),
    ]


def _bytes_in(folder: Path) -> int:
    """Of all files, some of which may go meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total


def _slope(every_ten_seconds: list[float]) -> float:
    """Growth a minute, by least squares."""
    at = [number / 6 for number in range(len(every_ten_seconds))]
    return statistics.linear_regression(at, every_ten_seconds).slope


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _most(what: str, ours: float, most: float, unit: str) -> Row:
    return Row(what, ours, None, None, unit, f"at most {most:g}", ours <= most)


def main(
    quick: Annotated[bool, typer.Option(help="Fewer of everything, about three minutes.")] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"Groups of rows: {', '.join(GROUPS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the JSON here.")] = None,
) -> None:
    """Measure how the app serves many visitors."""

    def served(group: str) -> list[Row]:
        """The rows of a group, through an app of its own."""
        with tempfile.TemporaryDirectory() as files:
            variables = {"GRADIO_TEMP_DIR": files, "CONVGEN_FILES_MB": str(FILES_MB if group == "soak" else 2000)}
            with server([sys.executable, "app.py"], **variables) as (process, url):
                rows = {
                    "listeners": lambda: listeners(url, quick),
                    "memory": lambda: memory(url, quick, process.pid),
                    "latency": lambda: latency(url, quick),
                    "visitors": lambda: visitors(url, quick),
                    "stop": lambda: stop(url, quick),
                    "soak": lambda: soak(url, quick, process.pid, Path(files)),
                }[group]()
                print(*rows, sep="\n", flush=True)
        return rows

    run_groups("serving", {group: partial(served, group) for group in GROUPS}, only=only, out=out, quick=quick)


if __name__ == "__main__":
    typer.run(main)
