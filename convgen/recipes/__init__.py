"""Recipes: how every shipped net was made, as data. NAME.json lists its runs in order, from random weights to the net:

    {
      "note": what would come out different today, where something would,
      "data": ["paintings", "photos"],
      "runs": [
        {
          "name": "udnie",
          "command": "stylenet",
          "options": {"style": "{paintings}/picabia_udnie.jpg", "start": "{runs}/composition-vii/net.safetensors", ...}
        }
      ]
    }

`command` and `options` are those of `python -m convgen.train`; true is a flag, false its --no- form. {paintings} is the
folder of this name in the folder of data, {runs} the folder that holds the runs by their names, {assets} the pictures
that come with the code. A run of one name is the same in all recipes, and is made once.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from convgen.folders import ASSETS

FOLDER = Path(__file__).resolve().parent
STATE = "recipe.json"
"""In the folder of a run: what it is, and whether it has come to its end."""
DATA = {
    "cars": "cars_112.zip, pictures of Stanford Cars, and cars.csv, their table",
    "exemplars": "pictures of textures",
    "faces": "celeba_128_0.zip and so on, faces of CelebA in its square framing, and celeba_attrs.csv, their table",
    "fruit": "trainA and testA, pictures of apples, trainB and testB, of oranges",
    "motions": "motions of the CMU database, NUMBER.bvh",
    "paintings": "pictures of paintings",
    "people": "rigged people of VALID, NAME.npz",
    "photos": "photographs of anything",
    "portraits": "congress_pd_128.zip, official portraits of members of the US Congress",
}
"""Folder in the folder of data -> what it holds."""
Value = str | int | float | bool


@dataclass(frozen=True)
class Run:
    """A command of `python -m convgen.train`, without --out.

    Attributes:
        name: of its folder.
    """

    name: str
    command: str
    options: Mapping[str, Value]

    def words(self, places: Mapping[str, Path]) -> list[str]:
        """The command line after `python -m convgen.train`."""
        words = [self.command]
        for option, value in self.options.items():
            if isinstance(value, bool):
                words.append(f"--{option}" if value else f"--no-{option}")
            else:
                words += [f"--{option}", str(value).format_map(places)]
        return [*words, "--out", str(places["runs"] / self.name)]


@dataclass(frozen=True)
class Recipe:
    """The runs that make a net.

    Attributes:
        data: what they need, names in `DATA`.
        runs: in order.
        note: what would come out different today; "" if nothing would.
    """

    name: str
    data: tuple[str, ...]
    runs: tuple[Run, ...]
    note: str = ""

    def places(self, data: Path, out: Path) -> dict[str, Path]:
        """What the names in braces stand for."""
        return {"runs": out, "assets": ASSETS, **{name: data / name for name in self.data}}


def names() -> list[str]:
    """All recipes."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def find(name: str) -> Recipe:
    """The recipe of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in names():
        raise ValueError(f"recipe must be one of {', '.join(names())}, got {name!r}")
    content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    runs = tuple(Run(run["name"], run["command"], run["options"]) for run in content["runs"])
    return Recipe(name, tuple(content["data"]), runs, content.get("note", ""))


def carry_out(recipe: Recipe, *, data: Path | None, out: Path, execute: Callable[[list[str]], None]) -> None:
    """Make those runs of a recipe that are not there yet, in order; one that was stopped is gone on with.

    Args:
        data: the folder that holds the folders of data; None will do for a recipe that needs none.
        out: the folder of all runs.
        execute: makes a run, given the words after `python -m convgen.train`; it raises where that fails.
    Raises:
        ValueError: a folder of data is missing, or a run of this name is there that is another one.
    """
    if missing := [name for name in recipe.data if data is None or not (data / name).is_dir()]:
        folders = "; ".join(f"{name}: {DATA[name]}" for name in missing)
        raise ValueError(f"--data must be a folder that holds folders: {folders}")
    places = recipe.places(data or Path(), out)
    for run in recipe.runs:
        state = out / run.name / STATE
        own = {"recipe": recipe.name, "command": run.command, "options": dict(run.options)}
        held = json.loads(state.read_text(encoding="utf-8")) if state.is_file() else own | {"finished": False}
        if any(held[key] != own[key] for key in ("command", "options")):
            raise ValueError(f"{out / run.name} holds another run: choose another folder with --out")
        if not held["finished"]:
            _note(state, own | {"finished": False})
            execute(run.words(places))
            _note(state, own | {"finished": True})


def made_by(folders: Iterable[Path]) -> str | None:
    """The recipe whose run one of these folders holds, or None: the first that does."""
    for folder in folders:
        if (folder / STATE).is_file():
            return json.loads((folder / STATE).read_text(encoding="utf-8"))["recipe"]
    return None


def _note(state: Path, content: Mapping[str, object]) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    temporary = state.with_name(state.name + ".part")
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.replace(state)
