"""The documents against what they speak of: docstrings, files, networks, packages; and their examples run."""

import csv
import fnmatch
import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import convgen
from convgen import recipes, weights

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| Eq\. (\d+\.\d+) \|[^|]+\| `(convgen\.[\w.]+)` \|$", re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "weights" / "README.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "assets").rglob("*.md"))
MOST_LINES, LONGEST_LINE = 130, 160
KINDS = {".py", ".js", ".css", ".html", ".json", ".typed"}
CITED = re.compile(r"Eq\. (\d+\.\d+)")


def documented():
    """(equation, dotted name) of every public docstring of the model layer that says `Thesis Eq. N.M`."""
    found = set()
    for info in pkgutil.walk_packages(convgen.__path__, "convgen."):
        module = importlib.import_module(info.name)
        for name, member in inspect.getmembers(module):
            if inspect.getmodule(member) is module and not name.startswith("_") and (text := inspect.getdoc(member)):
                sentence = text.split("\n\n")[0]
                if "Thesis Eq." in sentence:
                    found |= {(number, f"{info.name}.{name}") for number in CITED.findall(sentence)}
    return found


def test_equation_index_and_docstrings_agree():
    index = set(ROW.findall((ROOT / "docs" / "equations.md").read_text(encoding="utf-8")))
    assert index, "docs/equations.md has no rows"
    assert index - documented() == set(), "rows of the index without a docstring that cites the equation"
    assert documented() - index == set(), "docstrings that cite an equation without a row in the index"


def test_the_index_of_equations_names_what_exists():
    for dotted in re.findall(r"`(convgen\.[\w.]+)`", (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")):
        pkgutil.resolve_name(dotted)


def test_the_readme_is_one_page():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "---" and "sdk: gradio" in lines, "the front matter of the Space is missing"
    assert len(lines) <= MOST_LINES
    for line in lines:
        assert len(line) <= LONGEST_LINE or line.startswith("|") or "](" in line, line


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(document):
    for link in re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_readme():
    found, new = set(), {ROOT / "README.md"}
    while new:
        found |= new
        links = {
            (document.parent / link.partition("#")[0]).resolve()
            for document in new
            for link in re.findall(r"\]\(([^)]+\.md[^)]*)\)", document.read_text(encoding="utf-8"))
            if not link.startswith("http")
        }
        new = links - found
    assert set(DOCUMENTS) - found - {ROOT / "assets" / "avatars" / "README.md"} == set()


def test_the_training_page_lists_all_recipes_with_their_data():
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    rows = re.search(r"^\| recipes \| data \|$(.*?)^$", text, re.DOTALL | re.MULTILINE)[1].splitlines()[2:]
    listed = {}
    for row in rows:
        names, data = row.strip("| ").split(" | ")
        for name in re.findall(r"`([\w-]+)`", names.partition(":")[0]):
            listed[name] = set(re.findall(r"`(\w+)`", data))
    assert listed == {name: set(recipes.find(name).data) for name in recipes.names()}


def test_the_credits_name_every_net():
    text = (ROOT / "docs" / "credits.md").read_text(encoding="utf-8")
    patterns = re.findall(r"`([a-z][\w*-]+)`", text)
    table = json.loads((weights.FOLDER / "index.json").read_text(encoding="utf-8"))
    assert [name for name in table if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)] == []


def test_every_example_picture_is_credited():
    credited = {line.split(",")[0] for line in (ROOT / "assets" / "CREDITS.csv").read_text().splitlines()[1:]}
    pictures = {p.relative_to(ROOT / "assets").as_posix() for p in (ROOT / "assets").glob("[pt]*/*.jpg")}
    assert pictures == credited


def test_every_picture_stands_in_the_credits():
    text = (ROOT / "docs" / "credits.md").read_text(encoding="utf-8")
    with (ROOT / "assets" / "CREDITS.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert f"| `{row['file']}` | {row['licence']} | {row['credit']} |" in text


def test_examples_of_the_library_run(tmp_path, monkeypatch):
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    pages = [(ROOT / "README.md"), (ROOT / "docs" / "library.md")]
    blocks = [code for page in pages for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)]
    blocks = [code for code in blocks if "gradio_client" not in code]
    assert len(blocks) == 4
    for code in blocks:
        exec(compile(code, "example", "exec"), {})
    assert {file.name for file in tmp_path.glob("*.png")} == {"coffee.png", "cells.png", "restored.png"}


def test_the_example_of_the_api_runs(tmp_path, monkeypatch, running, capsys):
    (code,) = re.findall(r"```python\n(from gradio_client.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert "steps=20" in code and "http://127.0.0.1:7860" in code
    code = code.replace("steps=20", "steps=2, longest_side=64").replace("http://127.0.0.1:7860", running.url)
    (tmp_path / "photo.jpg").symlink_to(ROOT / "assets" / "photos" / "coffee.jpg")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    names["client"].close()
    assert "Done: 2 steps" in capsys.readouterr().out
    assert Path(names["png"]).suffix == ".png"


def lines_of(name: str) -> set[str]:
    """The packages that a requirements file names itself."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("-r ", "#"))}


def test_requirements_and_extras_agree():
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")  # pytest brings the latter
    project = toml.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"convgen": "demos.start:serve", "convgen-train": "convgen.train:main"}
    extras = {name: set(packages) for name, packages in project["optional-dependencies"].items()}
    assert set(extras) == {"app", "train", "test"}
    assert lines_of("requirements.txt") == {*project["dependencies"], *extras["app"]}
    assert lines_of("requirements-train.txt") == extras["train"]
    assert lines_of("tests/requirements.txt") == extras["test"]


def test_a_wheel_brings_the_weights_and_the_pictures(tmp_path):
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        inside = set(file.namelist())
        needed = [
            name for name in inside if not name.endswith(".safetensors") or name.endswith("stylenet-udnie.safetensors")
        ]
        file.extractall(tmp_path / "site", needed)
    for folder in ("weights", "assets"):
        brought = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {f"convgen/_bundled/{path}" for path in brought} <= inside
    sources = [path for folder in ("convgen", "demos") for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    assert {path.relative_to(ROOT).as_posix() for path in [*sources, ROOT / "app.py"]} <= inside
    code = "from convgen import weights, stylenet; stylenet.load_stylenet('udnie'); print(weights.FOLDER)"
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == str(tmp_path / "site" / "convgen" / "_bundled" / "weights"), done.stderr
