"""Recipes: they are whole, their commands exist as they say, and one of each kind runs on toy data."""

import json
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import typer
from toy_data import drawn, write_data
from typer.testing import CliRunner

from convgen import recipes, train, weights
from convgen.avatars import becoming
from convgen.avatars.camera import WINDOWS
from convgen.layers import NORMALISATIONS
from convgen.perceptual_gan import ATTRIBUTES
from convgen.texture_nets import NETWORKS, commands
from convgen.train import app
from convgen.training.runs import load_tensors, save_tensors

COMMANDS = typer.main.get_command(app)
ALL = {name: recipes.find(name) for name in recipes.names()}
RUNS = [run for recipe in ALL.values() for run in recipe.runs]
CONVERTED = {"blazeface-short", "blazepose-detector", "blazepose-full", "squeezenet1_1-imagenet", "vgg16-imagenet"}
"""Nets that were not trained here."""
CHOICES = {
    ("perceptual_gan", "attribute"): {*ATTRIBUTES, "fruit"},
    ("texture", "network"): set(NETWORKS),
    ("stylenet", "normalisation"): set(NORMALISATIONS),
    ("avatars", "window"): set(WINDOWS),
}
"""Options that the command itself checks -> what it takes."""
SHORT = {
    "age": {"steps": 2, "batch": 4, "width": 8, "latents": 16},
    "age_color": {"steps": 2, "batch": 4, "width": 8, "blocks": 1},
    "age_directions": {},
    "age_photos": {"steps": 1, "batch": 4, "width": 24, "most": 2},
    "avatar_becoming": {"views": 1, "side": 8},
    "avatar_textures": {"views": 1, "side": 8},
    "avatars": {"steps": 2, "initial-steps": 1, "views": 1, "batch": 1, "widths": "6,6,6,6", "outer": 6},
    "edit_differences": {"most": 4},
    "perceptual_gan": {"steps": 2, "batch": 2, "pixels": 32, "show": "{show}"},
    "stylenet": {"steps": 2, "size": 32, "style-size": 64, "show": "{show}"},
    "texture": {"steps": 2, "exemplar-size": 64, "size": 64, "batch": 2},
}
"""What makes a run of each command one of two small steps."""
KINDS = [
    "age-cars",
    "age-directions",
    "age-photos",
    "avatars-people",
    "avatars-unseen",
    "edit-differences",
    "edit-fruit",
    "edit-hair",
    "edit-smile",
    "stylenet-starry-night-batch",
    "stylenet-the-scream-diverse",
    "texture-cells-v1",
    "texture-tissue-v2",
    "texture-tissue-v2-collapsed",
    "texture-rocks-v1",
]
"""One of each kind: every command with every option that a recipe has is in one of these."""


def strings(run: recipes.Run) -> list[str]:
    return [value for value in run.options.values() if isinstance(value, str)]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    words = [word for run in RUNS for word in strings(run)]
    pictures = [f"{folder}/{file}" for word in words for folder, file in re.findall(r"{(\w+)}/(.+\.jpg)", word)]
    people = {name for run in RUNS for name in str(run.options.get("names", "")).split(",") if name}
    folder = tmp_path_factory.mktemp("data")
    write_data(folder, pictures=[path for path in pictures if not path.startswith("assets/")], people=people)
    (folder / "show").mkdir()
    drawn(0).save(folder / "show" / "a.png")
    return folder


# ---- what they say


def test_every_net_that_was_trained_here_has_its_recipe_and_every_recipe_its_net():
    named = {name: row.recipe for name, row in weights.rows().items()}
    assert {name for name, recipe in named.items() if recipe is None} == CONVERTED
    assert {recipe for recipe in named.values() if recipe} == ALL.keys()


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_is_whole(name):
    recipe = ALL[name]
    words = [word for run in recipe.runs for word in strings(run)]
    used = {place for word in words for place in re.findall(r"{(\w+)}", word)}
    assert used - {"runs", "assets"} == set(recipe.data) <= recipes.DATA.keys()
    made = set()
    for run in recipe.runs:
        for word in strings(run):
            if word.startswith("{runs}/"):
                assert word.split("/")[1] in made, (run.name, word)
            if word.startswith("{assets}/"):
                assert Path(word.format(assets=recipes.ASSETS)).is_file()
        assert run.name not in made
        made.add(run.name)
    assert "out" not in {option for run in recipe.runs for option in run.options}


def test_a_run_of_one_name_is_the_same_in_all_recipes():
    found = {}
    for run in RUNS:
        assert found.setdefault(run.name, run) == run


@pytest.mark.parametrize("name", ALL)
def test_commands_take_the_options_of_a_recipe(name, data, tmp_path):
    for run in ALL[name].runs:
        command = COMMANDS.commands[run.command]
        options = {word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)}
        words = run.words(ALL[name].places(data, tmp_path))
        assert {word for word in words if word.startswith("--")} <= options, run
        asked = command.make_context(run.command, words[1:]).params
        for option, value in run.options.items():
            taken = asked[option.replace("-", "_")]
            if isinstance(value, str):
                assert str(taken) == value.format_map(ALL[name].places(data, tmp_path)), (run, option)
            else:
                assert taken == value, (run, option)
            assert value in CHOICES.get((run.command, option), {value}), (run, option)


def test_a_command_line_is_rebuilt_from_its_data():
    options = {"faces": "{faces}/all.zip", "squared": True, "whitening": False, "lr": 0.03, "start": "{runs}/a/b"}
    run = recipes.Run("two", "age", options)
    places = recipes.Recipe("toy", ("faces",), (run,)).places(Path("data"), Path("made"))
    wanted = "age --faces data/faces/all.zip --squared --no-whitening --lr 0.03 --start made/a/b --out made/two"
    assert shlex.join(run.words(places)) == wanted


# ---- carrying them out


def toy_recipe(**options) -> recipes.Recipe:
    runs = [recipes.Run(name, "age", {"steps": 2, **options}) for name in ("one", "two", "three")]
    return recipes.Recipe("toy", ("faces",), tuple(runs))


def test_a_recipe_goes_on_with_the_run_that_is_unfinished(tmp_path):
    (tmp_path / "faces").mkdir()
    places = {"data": tmp_path, "out": tmp_path / "runs"}
    made = []

    def execute(words):
        made.append(Path(words[-1]).name)
        if made == ["one", "two"]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipes.carry_out(toy_recipe(), execute=execute, **places)
    recipes.carry_out(toy_recipe(), execute=execute, **places)
    assert made == ["one", "two", "two", "three"]
    recipes.carry_out(toy_recipe(), execute=execute, **places)
    assert made == ["one", "two", "two", "three"]
    assert recipes.made_by([tmp_path / "nowhere", tmp_path / "runs" / "two"]) == "toy"
    with pytest.raises(ValueError, match=r"one holds another run: choose another folder with --out"):
        recipes.carry_out(toy_recipe(batch=3), execute=execute, **places)


def test_data_that_is_missing_is_named(tmp_path):
    for data in (None, tmp_path):
        with pytest.raises(ValueError, match=r"--data must be a folder that holds folders: faces: celeba_128_0\.zip"):
            recipes.carry_out(toy_recipe(), data=data, out=tmp_path, execute=list)
    with pytest.raises(ValueError, match=r"recipe must be one of age-cars, .*, got 'nothing'"):
        recipes.find("nothing")


def test_the_command_makes_a_net_with_all_its_runs(data, tmp_path, monkeypatch):
    out, folder, codes, typed = tmp_path / "runs", tmp_path / "weights", [3, 0], []
    monkeypatch.setattr(train, "subprocess", SimpleNamespace(run=lambda words, check: made(words)))

    def made(words):
        typed.append(words[1:])
        (out / "differences" / "net.json").write_text(json.dumps({"arguments": {}, "date": "today", "scores": {}}))
        save_tensors({"smile": torch.zeros(1)}, out / "differences" / "net.safetensors")
        return SimpleNamespace(returncode=codes.pop(0))

    asked = ["recipe", "edit-differences", "--data", str(data), "--out", str(out)]
    words = ["-m", "convgen.train", *ALL["edit-differences"].runs[0].words({"runs": out, "faces": data / "faces"})]
    done = CliRunner().invoke(app, [*asked, "--dry-run"])
    assert done.stdout == shlex.join(["python", *words]) + "\n" and not out.exists()
    assert [CliRunner().invoke(app, asked).exit_code for _ in range(3)] == [3, 0, 0]
    assert typed == [words, words]  # once it failed, once it was made, then it was there
    folder.mkdir()
    train.keep(out / "differences", "toy", "drawings", folder=folder)
    assert weights.find("toy", folder=folder).recipe == "edit-differences"


def test_a_net_is_a_name_of_its_recipe_where_it_has_one(data):
    done = CliRunner().invoke(app, ["recipe", "avatar-sky-shirt", "--data", str(data), "--dry-run"])
    assert done.stdout.startswith("python -m convgen.train avatar_becoming --people ")
    with pytest.raises(ValueError, match="vgg16-imagenet has no recipe: it was not trained here"):
        train.make("vgg16-imagenet")


# ---- on toy data


def test_the_kinds_cover_every_command_and_option_of_all_recipes():
    def said(runs):
        return {
            (run.command, option, value if option in ("network", "normalisation", "window", "whitening") else None)
            for run in runs
            for option, value in run.options.items()
        }

    assert said(run for name in KINDS for run in ALL[name].runs) == said(RUNS)


@pytest.mark.parametrize("name", KINDS)
def test_a_recipe_of_each_kind_runs_on_toy_data(name, data, tmp_path, monkeypatch):
    monkeypatch.setattr(becoming, "HALF_SURE", 0.0)  # networks of two steps are sure of nothing
    monkeypatch.setattr(commands, "scores", lambda *_: {})  # of textures: they take longer than all the steps
    show = str(data / "show")
    recipe = ALL[name]
    runs = []
    for run in recipe.runs:
        changes = {option: show if value == "{show}" else value for option, value in SHORT[run.command].items()}
        runs.append(replace(run, options={**run.options, **changes}))
    made = []

    def execute(words):
        monkeypatch.setattr(sys, "argv", ["train", *words])
        COMMANDS.main(words, standalone_mode=False)
        made.append(words[0])

    recipes.carry_out(replace(recipe, runs=tuple(runs)), data=data, out=tmp_path, execute=execute)
    assert made == [run.command for run in recipe.runs]
    for run in recipe.runs:
        nets = list((tmp_path / run.name).rglob("net.safetensors"))
        assert nets and all(load_tensors(net) for net in nets)
