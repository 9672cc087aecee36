"""Benchmarks look for what they need before they begin."""

import importlib

import pytest
import torch
import typer
from typer.testing import CliRunner

from benchmarks.report import need

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
