"""Requests of any kind to every endpoint of the app are answered by a result or by one sentence."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest

from demos.common.refused import note_refusal
from demos.common.upload import refuse_odd_paths

FILES = {"Image", "Imageeditor", "Video", "Upload", "Uploadbutton", "File"}
"""Components whose value is a file, or several, as the description of the API calls them."""
PATHS = {"of 5,000 characters": "/tmp/" + "a" * 5000, "of many folders": "/a" * 3000, "with NUL": "/tmp/a\0b.png"}


@pytest.mark.parametrize(
    "path", ["/tmp/" + "a" * 256, "a" * 5000, "/a" * 3000, "/tmp/a\0b.png", "\ud800.png", "ä" * 128]
)
def test_paths_that_no_file_can_have_are_refused(path):
    for data in (
        [{"path": path}],
        [1, {"background": None, "layers": [{"path": path, "meta": {}}]}],
        [[{"path": "/tmp/a.png"}, {"path": path}]],
        {"video": {"path": path}},
    ):
        with pytest.raises(gr.Error, match="Upload the file itself"):
            refuse_odd_paths(data)


def test_paths_of_uploaded_files_pass():
    for path in ("/tmp/gradio/0123/a photo, mine.png", "/tmp/" + "a" * 255, "/a" * 1000, "ä" * 127, "", None, 7):
        refuse_odd_paths([None, "a" * 5000, {"path": path, "url": "data:" + "a" * 9000}, [[path]]])


@pytest.mark.parametrize(
    ("event", "error", "lines"),
    [
        (SimpleNamespace(api_name="stylize"), gr.Error("Add a photo\nfirst.", print_exception=False),
         ["refused /stylize: Add a photo first."]),
        (SimpleNamespace(api_name=False), gr.Error("x" * 900, print_exception=False),
         ["refused an event of the page: " + "x" * 200]),
        (7, gr.Error("No.", print_exception=False), ["refused an event of the page: No."]),
        (7, gr.Error("Gradio prints this one itself."), []),
    ],
)  # fmt: skip
def test_a_refused_call_is_one_line_in_the_log(caplog, event, error, lines):
    with caplog.at_level(logging.INFO):
        note_refusal(event, error)
    assert [record.getMessage() for record in caplog.records] == lines and not any(r.exc_info for r in caplog.records)


# ---- through the running app


@pytest.fixture(scope="module")
def endpoints(running):
    """Name -> its parameters, as the app itself describes them."""
    info = httpx.get(f"{running.url}gradio_api/info", timeout=60).json()["named_endpoints"]
    assert len(info) > 15
    return {name: endpoint["parameters"] for name, endpoint in info.items()}


def answer(url, name, data):
    """What the last event of a call says: its kind and its data; ("status", text) if it was not accepted at all."""
    call = f"{url}gradio_api/call{name}"
    headers = {"Content-Type": "application/json"}
    accepted = httpx.post(call, content=json.dumps({"data": data}), headers=headers, timeout=60)
    if accepted.status_code != 200:
        return "status", accepted.text
    with httpx.stream("GET", f"{call}/{accepted.json()['event_id']}", timeout=60) as stream:
        lines = stream.read().decode().splitlines()
    return lines[-3].removeprefix("event: "), lines[-2].removeprefix("data: ")


def sentence_of(kind, data):
    """What the caller reads; None if there is a result."""
    if kind == "complete":
        return None
    assert kind == "error", (kind, data)
    return json.loads(data)["error"]


def told(url, calls):
    """Make calls, label -> (endpoint, data), four at a time; label -> sentence, or None where there is a result."""
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda call: sentence_of(*answer(url, *call)), calls.values())
        return dict(zip(calls, answers, strict=True))


def defaults(parameters, **changed):
    return [changed.get(p["parameter_name"], p.get("parameter_default")) for p in parameters]


def is_one_sentence(text):
    return isinstance(text, str) and 10 < len(text) < 400 and "\n" not in text and "our side" not in text


def test_no_data_and_too_much_of_it(running, endpoints):
    calls = {f"{name} without data": (name, []) for name, parameters in endpoints.items() if parameters}
    for kind, value in {"an object": {"a": 1}, "a list": [[1]], "a huge number": 1e300, "no flag": "yes"}.items():
        calls |= {f"{name}, {kind}": (name, [value] * (len(given) + 9)) for name, given in endpoints.items() if given}
    wrong = {label: text for label, text in told(running.url, calls).items() if not is_one_sentence(text)}
    assert not wrong


def test_a_long_text_for_every_argument(running, endpoints):
    calls = {}
    for name, parameters in endpoints.items():
        for argument in (parameter["parameter_name"] for parameter in parameters):
            calls[f"{name}, a text as {argument}"] = name, defaults(parameters, **{argument: "x" * 5000})
    answers = told(running.url, calls)
    assert len(calls) > 100 and not {label: text for label, text in answers.items() if not is_one_sentence(text)}
    repeated = ("x" * 81, "<class", "Traceback")
    assert not {label: text for label, text in answers.items() if any(sign in text for sign in repeated)}


def test_paths_that_no_file_can_have_through_every_field_for_files(running, endpoints):
    calls = {}
    for name, parameters in endpoints.items():
        for parameter in parameters:
            if parameter["component"] in FILES:
                for kind, path in PATHS.items():
                    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
                    if parameter["component"] == "Imageeditor":
                        file = {"background": file, "layers": [file], "composite": None}
                    if parameter["type"].get("type") == "array":
                        file = [file]
                    argument = parameter["parameter_name"]
                    calls[f"{name}, a path {kind} as {argument}"] = name, defaults(parameters, **{argument: file})
    assert len(calls) > 40
    wrong = {
        label: text for label, text in told(running.url, calls).items() if text is None or "Upload the" not in text
    }
    assert not wrong
