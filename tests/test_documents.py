"""The README's equation index against the docstrings, and the documents against the files."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import convgen

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| Eq\. (\d+\.\d+) \|[^|]+\| `(convgen\.[\w.]+)` \|$", re.MULTILINE)
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
    index = set(ROW.findall((ROOT / "README.md").read_text()))
    assert index, "the README has no equation index"
    assert index - documented() == set(), "rows of the README without a docstring that cites the equation"
    assert documented() - index == set(), "docstrings that cite an equation without a row in the README"


def test_readme_names_files_that_exist():
    text = (ROOT / "README.md").read_text()
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert linked
    assert [link for link in linked if not (ROOT / link).exists()] == []


def test_every_example_picture_is_credited():
    credited = {line.split(",")[0] for line in (ROOT / "assets" / "CREDITS.csv").read_text().splitlines()[1:]}
    pictures = {p.relative_to(ROOT / "assets").as_posix() for p in (ROOT / "assets").glob("[pt]*/*.jpg")}
    assert pictures == credited


def test_readme_example_runs(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 20
    assert (tmp_path / "coffee.png").stat().st_size > 10_000
