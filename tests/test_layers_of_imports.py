"""Imports go down only: app -> demos -> convgen.<technique> -> shared parts -> leaves; gradio stops at the tabs."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEAVES = {
    "folders",
    "progress",
    "runtime",
    "sentences",
    "film_colors",
    "picture_files",
    "images",
    "video",
    "weights",
    "recipes",
}
SHARED = {
    "visitors_files",
    "layers",
    "multi_scale",
    "losses",
    "descriptor",
    "squeezenet",
    "optimise",
    "training",
    "face_finder",
    "pose_regions",
    "pose_network",
    "pose_detection",
    "pose_finder",
    "smoothing",
}
IMPORTED_BY_TECHNIQUES = {"julesz"}


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, also inside functions: `from a import b` gives a.b."""
    package = path.relative_to(ROOT).parent.parts
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{source}.{alias.name}" for alias in node.names}
    return names


def part(path: Path, root: str) -> str:
    """convgen/deep_image_prior/network.py -> deep_image_prior; convgen/images.py -> images."""
    return path.relative_to(ROOT / root).parts[0].removesuffix(".py")


def parts(names: set[str], root: str) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith(f"{root}.")}


def modules(root: str) -> list[Path]:
    return [path for path in sorted((ROOT / root).rglob("*.py")) if path != ROOT / root / "__init__.py"]


def test_the_model_layer_knows_nothing_of_gradio_or_the_tabs():
    for path in modules("convgen"):
        roots = {name.split(".")[0] for name in imports(path)}
        assert not roots & {"gradio", "gradio_client", "demos", "app", "benchmarks", "tests"}, path


def test_imports_of_the_model_layer_go_down_only():
    for path in modules("convgen"):
        here, used = part(path, "convgen"), parts(imports(path), "convgen")
        if here == "train":
            continue
        if here in LEAVES:
            allowed = {"folders", "progress", "runtime", "film_colors", "picture_files"} - {here}
        elif here in SHARED or here in IMPORTED_BY_TECHNIQUES:
            allowed = LEAVES | SHARED
        else:
            allowed = LEAVES | SHARED | IMPORTED_BY_TECHNIQUES
        assert used <= allowed | {here}, (path, used)


def test_a_tab_imports_no_other_tab():
    for path in modules("demos"):
        here = part(path, "demos")
        allowed = {here, "common", "widgets"}
        assert parts(imports(path), "demos") <= allowed, path
        assert not {name.split(".")[0] for name in imports(path)} & {"app", "benchmarks", "tests"}, path


def test_slow_imports_wait_until_they_are_needed():
    for path in [*modules("convgen"), *modules("demos"), ROOT / "app.py"]:
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Import)]
        top_from = [n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.ImportFrom)]
        roots = {alias.name.split(".")[0] for node in top for alias in node.names}
        roots |= {(node.module or "").split(".")[0] for node in top_from}
        assert not roots & {"cv2", "skimage", "scipy", "matplotlib", "torchvision"}, path
