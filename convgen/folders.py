"""Where the bundled weights and pictures are: inside the package where it is installed, beside it in a clone."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"
"""Into which a wheel puts them, see pyproject.toml."""


def installed() -> bool:
    """Whether this is an installed package and no clone."""
    return _BUNDLED.is_dir()


def root() -> Path:
    """The folder that holds `weights/` and `assets/`."""
    return _BUNDLED if installed() else _PACKAGE.parent


WEIGHTS, ASSETS = root() / "weights", root() / "assets"
