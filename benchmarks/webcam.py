"""Frames a second of the live webcam, through a running app: `python -m benchmarks.webcam [ADDRESS]`.

Speaks as the page does: the first frame joins the queue, later ones replace the newest, results come as events.
"""

import base64
import io
import json
import secrets
import threading
import time
from dataclasses import dataclass

import httpx
import numpy as np
import typer
from PIL import Image

from benchmarks.report import ROOT
from convgen.images import open_picture
from demos.stylenet.form import PHOTO

PORTRAIT = ROOT / "assets" / "photos" / "astronaut_portrait.jpg"
DANCER = ROOT / "assets" / "avatars" / "photo_dancing.jpg"


@dataclass(frozen=True)
class Measured:
    """What came back.

    Attributes:
        frames: stylized frames after the first.
        seconds: from the first to the last of them.
        size: (width, height) of the frames.
    """

    frames: int
    seconds: float
    size: tuple[int, int]

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.seconds


def frames_per_second(
    url: str, *, seconds: float = 10.0, side: int = 256, every_s: float = 0.05, **settings: object
) -> Measured:
    """Feed frames of `side` x 3/4 `side` pixels to the streaming endpoint of a running app and count the answers.

    Args:
        url: of the page, ending in a slash.
        every_s: seconds between two frames that are sent; only the newest of them waits.
        settings: values of the form that differ from its defaults.
    """
    values = list((PHOTO.defaults | settings).values())
    event, _ = _stream_of(url, "style-camera")
    frames = [_address(_waves(side, shift)) for shift in range(8)]
    return _measured(
        url, event["id"], [[frame, side, None, *values] for frame in frames], seconds=seconds, every_s=every_s
    )


def edits_per_second(url: str, *, seconds: float = 10.0, every_s: float = 0.05) -> Measured:
    """The same for the webcam of the tab that edits faces: a portrait that moves is made to smile, 640 x 480 pixels."""
    event, _ = _stream_of(url, "edit-camera")
    portrait = open_picture(PORTRAIT).convert("RGB")
    frames = [_address(portrait.crop((0, 4 * shift, 512, 4 * shift + 384)).resize((640, 480))) for shift in range(8)]
    return _measured(url, event["id"], [[frame, "smile", 1.0] for frame in frames], seconds=seconds, every_s=every_s)


def driven_per_second(url: str, *, seconds: float = 10.0, every_s: float = 0.05) -> Measured:
    """The same for the webcam that drives an avatar: somebody who dances, 480 x 640 pixels."""
    event, parts = _stream_of(url, "avatar-camera")
    person = open_picture(DANCER).convert("RGB")
    frames = [_address(person.rotate(shift - 4, expand=False)) for shift in range(8)]
    values = [parts[number].get("value") for number in event["inputs"][1:]]
    return _measured(url, event["id"], [[frame, *values] for frame in frames], seconds=seconds, every_s=every_s)


def _stream_of(url: str, camera: str) -> tuple[dict, dict[int, dict]]:
    """The event that a webcam's frames go to, which no name leads to, and the properties of the page's parts."""
    config = httpx.get(f"{url}config", timeout=30).json()
    parts = {part["id"]: part["props"] for part in config["components"]}
    number = next(number for number, props in parts.items() if props.get("elem_id") == camera)
    return next(d for d in config["dependencies"] if [number, "stream"] in d["targets"]), parts


def _measured(url: str, event: int, data: list[list], *, seconds: float, every_s: float) -> Measured:
    """Feed an event with its inputs in turn, the frame first; the first part of an answer is a `data:` address."""
    session, api = secrets.token_hex(6), f"{url}gradio_api"

    def body(number: int) -> dict:
        frame, *values = data[number % len(data)]
        given = [{"path": None, "url": frame}, *values]
        return {"data": given, "fn_index": event, "session_hash": session, "trigger_id": None}

    arrivals: list[float] = []
    last: dict = {}
    done = threading.Event()
    with httpx.Client(timeout=60) as client:
        joined = client.post(f"{api}/queue/join", json=body(0)).json()["event_id"]

        def feed() -> None:
            number = 0
            while not done.wait(every_s):
                number += 1
                client.post(f"{api}/stream/{joined}", json=body(number))

        feeder = threading.Thread(target=feed, daemon=True)
        try:
            with client.stream("GET", f"{api}/queue/data", params={"session_hash": session}) as events:
                for line in events.iter_lines():
                    message = json.loads(line[5:]) if line.startswith("data:") else {}
                    if message.get("msg") == "process_completed":
                        raise RuntimeError(f"the stream ended: {message.get('output')}")
                    if message.get("msg") != "process_streaming":
                        continue
                    arrivals.append(time.monotonic())
                    last = message["output"]
                    if len(arrivals) == 1:
                        feeder.start()
                    if arrivals[-1] - arrivals[0] >= seconds:
                        break
        finally:
            done.set()
            if feeder.is_alive():
                feeder.join(10)
            client.post(f"{api}/stream/{joined}/close")
    shown = base64.b64decode(last["data"][0].partition(",")[2])
    with Image.open(io.BytesIO(shown)) as picture:
        return Measured(len(arrivals) - 1, arrivals[-1] - arrivals[0], picture.size)


def _waves(side: int, shift: int) -> Image.Image:
    """A picture, 4 to 3, never twice the same."""
    x, y = np.meshgrid(np.arange(side), np.arange(side * 3 // 4))
    waves = [127 + 100 * np.sin((x * a + y * b) / 20 + shift) for a, b in ((1, 0), (0, 1), (1, 1))]
    return Image.fromarray(np.stack(waves, -1).astype(np.uint8))


def _address(picture: Image.Image) -> str:
    """A picture of the webcam as a browser sends it: JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def main(url: str = "http://127.0.0.1:7860/", seconds: float = 10.0, side: int = 256) -> None:
    """Measure a running app."""
    url = url.rstrip("/") + "/"
    for what, measured in (
        ("stylized", frames_per_second(url, seconds=seconds, side=side)),
        ("edited", edits_per_second(url, seconds=seconds)),
        ("driven", driven_per_second(url, seconds=seconds)),
    ):
        rate, (width, height) = measured.frames_per_second, measured.size
        print(f"{rate:.1f} {what} frames a second at {width} x {height} pixels")


if __name__ == "__main__":
    typer.run(main)
