"""Pictures a second that follow a slider of a face, through a running app: `python -m benchmarks.sliders`.

Speaks as the page does: the newest value is sent when the picture of the one before it has come.
"""

import json
import math
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx
import typer

from benchmarks.report import ROOT
from demos.age.form import AMOUNT, FRAMING

PORTRAIT = ROOT / "assets" / "photos" / "astronaut_portrait.jpg"
SLIDER = "age-slider-"
"""What the names of these elements begin with."""


def pictures_per_second(url: str, *, seconds: float = 10.0) -> float:
    """Move the first slider of the editor back and forth, for the face of a photo.

    Args:
        url: of the page, ending in a slash.
    Raises:
        RuntimeError: the app refused.
    """
    with httpx.Client(timeout=60) as client:
        config = client.get(f"{url}config").json()
        sliders = [part["id"] for part in config["components"] if _name(part).startswith(SLIDER)]
        moved = next(d for d in config["dependencies"] if [sliders[0], "input"] in d["targets"])
        pick = next(d for d in config["dependencies"] if d["api_name"] == "reconstruct")
        session = secrets.token_hex(6)
        with PORTRAIT.open("rb") as file:
            path = client.post(f"{url}gradio_api/upload", files={"files": file}).json()[0]
        photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
        _ask(client, url, session, pick["id"], [photo, *(field.default for field in FRAMING.values())])

        def given(passed: float) -> list:
            return [None, round(AMOUNT * math.sin(2 * passed), 3), *[0] * (len(sliders) - 1)]

        return _rate(client, url, session, moved["id"], given, seconds)


def edits_per_second(url: str, *, seconds: float = 10.0) -> float:
    """The same for the tab that edits a face in its photo: its smile comes and goes.

    Args:
        url: of the page, ending in a slash.
    Raises:
        RuntimeError: the app refused.
    """
    with httpx.Client(timeout=60) as client:
        config = client.get(f"{url}config").json()
        parts = {part["id"]: part for part in config["components"]}
        ids = {_name(part): number for number, part in parts.items()}
        smile = ids["edit-slider-smile"]
        looked = next(d for d in config["dependencies"] if [ids["edit-photo"], "change"] in d["targets"])
        moved = next(d for d in config["dependencies"] if [smile, "input"] in d["targets"])
        session = secrets.token_hex(6)
        with PORTRAIT.open("rb") as file:
            path = client.post(f"{url}gradio_api/upload", files={"files": file}).json()[0]
        photo = {ids["edit-photo"]: {"path": path, "meta": {"_type": "gradio.FileData"}}}  # the others are states
        seen = _ask(client, url, session, looked["id"], [photo.get(number) for number in looked["inputs"]])
        key = json.loads(seen[looked["outputs"].index(ids["edit-key"])])

        def given(passed: float) -> list:
            own = {smile: round(1 + math.sin(2 * passed), 3) / 2, ids["edit-key"]: key, ids["edit-shown"]: 1}
            return [own.get(number, None if parts[number]["type"] == "state" else 0) for number in moved["inputs"]]

        return _rate(client, url, session, moved["id"], given, seconds)


def views_per_second(url: str, *, size: int = 512, seconds: float = 10.0) -> float:
    """The same for the tab of avatars: the camera goes around a person.

    Args:
        url: of the page, ending in a slash.
        size: side of the picture.
    Raises:
        RuntimeError: the app refused.
    """
    with httpx.Client(timeout=60) as client:
        config = client.get(f"{url}config").json()
        parts = {part["id"]: part for part in config["components"]}
        ids = {_name(part): number for number, part in parts.items()}
        azimuth = ids["avatar-azimuth"]
        moved = next(d for d in config["dependencies"] if [azimuth, "input"] in d["targets"])
        session = secrets.token_hex(6)

        def given(passed: float) -> list:
            own = {azimuth: round(60 * passed % 180, 1), ids["avatar-size"]: size}
            return [own.get(number, parts[number]["props"].get("value")) for number in moved["inputs"]]

        return _rate(client, url, session, moved["id"], given, seconds)


def _rate(
    client: httpx.Client, url: str, session: str, event: int, given: Callable[[float], list], seconds: float
) -> float:
    """Different pictures a second that an event gives, asked again as soon as it has answered.

    Args:
        given: its inputs, after so many seconds.
    """
    pictures, started = set(), time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        pictures.add(max(_ask(client, url, session, event, given(passed)), key=len))
    return len(pictures) / passed


def _name(part: dict[str, Any]) -> str:
    return part["props"].get("elem_id") or ""


def _ask(client: httpx.Client, url: str, session: str, event: int, data: list) -> list:
    """What an event of the page answers."""
    api = f"{url}gradio_api"
    body = {"data": data, "fn_index": event, "session_hash": session, "trigger_id": None}
    client.post(f"{api}/queue/join", json=body).raise_for_status()
    with client.stream("GET", f"{api}/queue/data", params={"session_hash": session}) as events:
        for line in events.iter_lines():
            message = json.loads(line[5:]) if line.startswith("data:") else {}
            if message.get("msg") == "process_completed":
                if not message["success"]:
                    raise RuntimeError(f"the app refused: {message['output']}")
                return [json.dumps(part) for part in message["output"]["data"]]
    raise RuntimeError("the app gave no answer")


def main(url: str = "http://127.0.0.1:7860/", seconds: float = 10.0) -> None:
    """Measure a running app."""
    url = url.rstrip("/") + "/"
    print(f"{pictures_per_second(url, seconds=seconds):.1f} pictures of a reconstructed face a second")
    print(f"{edits_per_second(url, seconds=seconds):.1f} edited photos a second")
    for size in (256, 512):
        print(f"{views_per_second(url, size=size, seconds=seconds):.1f} views of an avatar a second at {size} pixels")


if __name__ == "__main__":
    typer.run(main)
