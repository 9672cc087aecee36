"""Benchmarks look for what they need before they begin, and keep the rows that they do not measure anew."""

import importlib
import json
import re
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from benchmarks.report import Row, merged, need, run_groups

WRONG = {
    "age": ("--faces", "--labels", "--vae", "--cars", "--car-labels", "--regression", "--photos", "--photo-regression"),
    "avatars": ("--people", "--motions", "--arms"),
    "deep_image_prior": ("--truth",),
    "perceptual_gan": ("--faces", "--labels", "--squeezenet", "--fruit", "--arms"),
    "stylenet": ("--paintings", "--photos"),
    "texture_nets": ("--exemplars", "--teach"),
}


def refused(capsys, *arguments, **options) -> str:
    with pytest.raises(typer.Exit) as caught:
        need(*arguments, **options)
    assert caught.value.exit_code == 2
    return capsys.readouterr().err


def test_what_is_missing_is_one_sentence_and_status_2(tmp_path, capsys):
    file, nowhere = tmp_path / "file", tmp_path / "nowhere"
    file.write_text("")
    assert refused(capsys, "--faces", nowhere) == f"--faces must be a folder, and {nowhere} is none.\n"
    assert refused(capsys, "--faces", file) == f"--faces must be a folder, and {file} is none.\n"
    assert refused(capsys, "--labels", tmp_path, kind="file") == f"--labels must be a file, and {tmp_path} is none.\n"
    either = refused(capsys, "--faces", nowhere, kind="file or folder")
    assert either == f"--faces must be a file or folder, and {nowhere} is none.\n"
    inside = refused(capsys, "--truth", tmp_path, "file", "a", "b/c", "d", "e")
    assert inside == f"--truth {tmp_path} must hold a, b/c, d and 1 more.\n"


def test_what_is_there_or_not_asked_for_passes(tmp_path):
    (tmp_path / "a").write_text("")
    need("--truth", None, "a")
    need("--truth", tmp_path, "a")
    need("--labels", tmp_path / "a", kind="file")
    for path in (tmp_path, tmp_path / "a"):
        need("--faces", path, kind="file or folder")


@pytest.mark.parametrize("technique", WRONG)
def test_every_benchmark_checks_its_folders_first(technique, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda threads: pytest.fail("it has begun"))
    command = typer.Typer()
    command.command()(importlib.import_module(f"benchmarks.{technique}").main)
    for option in WRONG[technique]:
        done = CliRunner().invoke(command, [option, str(tmp_path / "nowhere")])
        assert done.exit_code == 2, done.output
        assert done.output.startswith(f"{option} must be a ") and done.output.count("\n") == 1


def test_true_pictures_are_looked_for_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda threads: pytest.fail("it has begun"))
    command = typer.Typer()
    command.command()(importlib.import_module("benchmarks.deep_image_prior").main)
    done = CliRunner().invoke(command, ["--truth", str(tmp_path), "--only", "inpaint"])
    assert (done.exit_code, done.output) == (2, f"--truth {tmp_path} must hold dip/inpainting/kate.png.\n")


def row(what: str, ours: float) -> Row:
    return Row(what, ours, None, None, "s", "", None)


def measure_of(seconds: float, *, only=None, out: Path) -> dict:
    groups = {
        "first": lambda: [row(f"worst {seconds}", seconds)],
        "left out": None,
        "picture": lambda: None,
        "second": lambda: [row("second", seconds)],
    }
    run_groups("test", groups, only=only, out=out, quick=False, threads=torch.get_num_threads())
    return json.loads(out.read_text())


def test_rows_of_groups_that_are_not_measured_stay(tmp_path):
    out = tmp_path / "rows.json"
    out.write_text("not JSON")
    assert [one["group"] for one in measure_of(1, out=out)["rows"]] == ["first", "second"]
    record = measure_of(2, only=["first"], out=out)
    assert [(one["what"], one["ours"]) for one in record["rows"]] == [("worst 2", 2), ("second", 1)]
    assert "machine" not in record["rows"][0] and record["rows"][1]["machine"] == record["machine"]
    with pytest.raises(typer.BadParameter, match="--only must be among first, left out, picture, second, got third"):
        measure_of(3, only=["third"], out=out)


def test_rows_from_before_there_were_groups_are_known_by_their_words():
    before = {"date": "2026-01-01", "commit": "abc", "machine": "old", "rows": [{"what": "worst 0.12"}, {"what": "b"}]}
    now = {"date": "2026-02-02", "rows": [{"group": "a", "what": "worst 3"}]}
    kept = {"date": "2026-01-01", "commit": "abc", "machine": "old", "what": "b"}
    assert merged(before, now, ["a", "b"])["rows"] == [kept, {"group": "a", "what": "worst 3"}]


def test_what_runs_in_a_process_of_its_own_is_a_file():
    folder = Path(importlib.import_module("benchmarks").__file__).parent
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    named = {
        name for text in texts.values() for name in re.findall(r'\barm\(\s*"(\w+)"|benchmarks\.arms\.(\w+)"', text)
    }
    names = {first or second for first, second in named}
    assert names == {path.stem for path in (folder / "arms").glob("*.py")} - {"__init__", "memory"}
    assert not [path for path, text in texts.items() if '"-c"' in text]
