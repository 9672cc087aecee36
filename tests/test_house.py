"""How the tabs are laid out: the same file names in each, components by name, no other language in strings."""

import ast
import re
from pathlib import Path

import pytest

DEMOS = Path(__file__).parents[1] / "demos"
SHARED = {"common", "widgets"}
TABS = [folder for folder in sorted(DEMOS.iterdir()) if folder.is_dir() and folder.name not in {*SHARED, "__pycache__"}]
FILES = ["texts", "form", "examples", "jobs", "events", "page"]
MODULES = sorted(DEMOS.rglob("*.py"))
MOST_LINES = 10
"""Of a style sheet, a script or a template inside Python."""
OTHER_LANGUAGE = re.compile(r"[{;]\s*$", re.MULTILINE)
"""Lines of a style sheet or of a script end so; those of sentences do not."""


@pytest.mark.parametrize("tab", TABS, ids=lambda folder: folder.name)
def test_every_tab_has_the_same_six_files(tab):
    assert [name for name in FILES if not (tab / f"{name}.py").is_file()] == []


def test_components_have_names_and_types():
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        assert not re.search(r'\bc\["', source), f"{path}: a table of components; use a dataclass"
        assert "dict(locals())" not in source, f"{path}: name the arguments"


def test_style_sheets_scripts_and_templates_are_files():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines = OTHER_LANGUAGE.findall(node.value)
                assert len(lines) <= MOST_LINES, f"{path}:{node.lineno}: {len(lines)} lines of another language"


def test_every_widget_has_its_files_and_uses_them():
    for module in (DEMOS / "widgets").glob("*.py"):
        if module.stem not in ("__init__", "widget"):
            assert any(module.with_suffix(f".{kind}").is_file() for kind in ("html", "js")), module
    for file in (DEMOS / "widgets").iterdir():
        if file.suffix in (".html", ".css", ".js"):
            assert file.with_suffix(".py").is_file(), file
