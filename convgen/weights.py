"""Weights: one table of data, weights/index.json, and one way to load a row of it.

A row names its file by SHA-256. `load_into` looks for that very file in the weights folder, in the Hub's cache and on
the Hub at a pinned revision, in this order; a file with another hash is never loaded. Files are safetensors: tensors
and nothing else, so reading one cannot run code.

    CONVGEN_WEIGHTS_REPO=OWNER/NAME@COMMIT   another Hub repository, e.g. one made by `push`
    HF_ENDPOINT, HF_HOME, HF_HUB_OFFLINE, HF_TOKEN   as in huggingface_hub

    python -m convgen.weights verify           checks the folder
    python -m convgen.weights push OWNER/NAME  publishes it, with README.md as its model card
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
import typer
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from convgen import folders

FOLDER = folders.WEIGHTS
REPO_SETTING = "CONVGEN_WEIGHTS_REPO"
COMMIT = re.compile(r"[0-9a-f]{40}")
REPO = re.compile(r"[\w.-]+/[\w.-]+")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
Net = TypeVar("Net", bound=nn.Module)


UNAVAILABLE = (
    "A network that this needs is missing or damaged on the server: tell whoever runs the app, or try another tab."
)


class WeightsUnavailable(RuntimeError):
    """The file of a row is neither here nor within reach.

    Its text is for visitors of the app, who can do little about it.

    Attributes:
        remedy: why, and the commands that mend it: for whoever runs the program.
    """

    def __init__(self, remedy: str):
        super().__init__(UNAVAILABLE)
        self.remedy = remedy
        if hasattr(self, "add_note"):  # from Python 3.11 on: it stands below the traceback
            self.add_note(remedy)

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.remedy,)


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        file: name inside the weights folder, NAME.safetensors.
        sha256, size: of the file; size in bytes.
        arguments: keyword arguments that build the network.
        licence, trained_on: the terms, and the data with the terms of the data.
        recipe: the runs that train it again, a name of `convgen.recipes`, or None if there is none.
        date: of the training, ISO 8601 or a part of it.
        scores: what was measured -> value.
        hub: {"repo", "file", "revision"} of a copy on the Hub, or None if the bundled file is the only one.
    Raises:
        ValueError: an attribute is malformed; a revision that is not a whole commit hash is malformed.
    """

    file: str
    sha256: str
    size: int
    arguments: dict[str, Any]
    licence: str
    trained_on: str
    recipe: str | None
    date: str
    scores: dict[str, float]
    hub: dict[str, str] | None = None

    def __post_init__(self) -> None:
        if not (NAME.fullmatch(self.file) and self.file.endswith(".safetensors")):
            raise ValueError(f"file must be a plain lower-case name ending in .safetensors, got {self.file!r}")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"sha256 must be 64 hexadecimal digits, got {self.sha256!r}")
        if not (self.licence and self.trained_on and self.date):
            raise ValueError("licence, trained_on and date must not be empty")
        if self.hub is not None and not (REPO.fullmatch(self.hub["repo"]) and COMMIT.fullmatch(self.hub["revision"])):
            raise ValueError(f"hub must name a repository and a commit of 40 hexadecimal digits, got {self.hub}")

    def fits(self, data: bytes) -> bool:
        """Whether these bytes are the file that the row means."""
        return len(data) == self.size and hashlib.sha256(data).hexdigest() == self.sha256


def _row(name: str, columns: Mapping[str, Any]) -> Row:
    try:
        return Row(**columns)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"row {name!r} of index.json is malformed: {error}") from error


def rows(*, folder: Path = FOLDER) -> dict[str, Row]:
    """The whole table: name -> row.

    Raises:
        ValueError: index.json is not JSON, or a row lacks a column, has one too many, or is malformed.
    """
    table = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise ValueError("index.json must be an object: name -> row")
    return {name: _row(name, columns) for name, columns in table.items()}


def find(name: str, *, folder: Path = FOLDER) -> Row:
    """One row of the table.

    Raises:
        ValueError: there is no such row.
    """
    table = rows(folder=folder)
    if name not in table:
        raise ValueError(f"name must be one of {', '.join(table)}, got {name!r}")
    return table[name]


def _hub_copy(row: Row) -> tuple[str, str, str] | None:
    """(repo, file, revision) to ask the Hub for, or None if no repository is known."""
    setting = os.environ.get(REPO_SETTING)
    if not setting:
        return (row.hub["repo"], row.hub["file"], row.hub["revision"]) if row.hub else None
    repo, _, revision = setting.partition("@")
    if not (REPO.fullmatch(repo) and COMMIT.fullmatch(revision)):
        raise ValueError(f"{REPO_SETTING} must be OWNER/NAME@COMMIT, COMMIT of 40 hexadecimal digits, got {setting!r}")
    return repo, row.file, revision


def _from_hub(row: Row, repo: str, file: str, revision: str) -> tuple[bytes | None, str, str]:
    """(the file, or None; why it is None; what to do about it): the cache first, then the network."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import LocalEntryNotFoundError

    place = f"{repo}@{revision[:8]}"
    try:
        cached = hf_hub_download(repo, file, revision=revision, local_files_only=True)
    except LocalEntryNotFoundError:
        cached = None
    if cached is not None and row.fits(data := Path(cached).read_bytes()):
        return data, "", ""
    try:
        # A quick question first: without a network, hf_hub_download itself would retry for half a minute.
        get_hf_file_metadata(hf_hub_url(repo, file, revision=revision))
        path = hf_hub_download(repo, file, revision=revision, force_download=cached is not None)
    except Exception as error:  # OSError, ValueError, and what the HTTP client of the installed version raises
        advice = "unset HF_HUB_OFFLINE" if constants.HF_HUB_OFFLINE else "connect to the internet"
        return None, f"{place} could not be reached ({type(error).__name__})", f"{advice} and try again"
    if row.fits(data := Path(path).read_bytes()):
        return data, "", ""
    refused = f"the copy in {place} does not fit its SHA-256 and was refused"
    return None, refused, f"set {REPO_SETTING} to an OWNER/NAME@COMMIT whose copy fits"


def read(name: str, *, folder: Path = FOLDER) -> dict[str, Tensor]:
    """The tensors of a row: from the bundled file, else the Hub's cache, else the Hub.

    Returns:
        key -> tensor on the CPU, in the precision of the file.
    Raises:
        ValueError: no such row, CONVGEN_WEIGHTS_REPO without a pinned commit, or a file that is not safetensors.
        WeightsUnavailable: no copy with the row's hash is within reach.
    """
    row = find(name, folder=folder)
    bundled = folder / row.file
    data = bundled.read_bytes() if bundled.is_file() else b""
    if not row.fits(data):
        reason = f"{folder.name}/{row.file} " + ("does not fit its SHA-256" if data else "is missing")
        git = f"restore it with `git restore {folder.name}/{row.file}`"
        way, data = "install the package again" if folders.installed() else git, None
        if copy := _hub_copy(row):
            data, hub_reason, way = _from_hub(row, *copy)
            reason = f"{reason}, {hub_reason}"
        if row.recipe:
            way = f"{way}, or train it with `python -m convgen.train recipe {row.recipe} --data FOLDER`"
        if data is None:
            raise WeightsUnavailable(f"The weights {name!r} are unavailable ({reason}): {way}.")
    try:
        return parse_safetensors(data)
    except SafetensorError as error:
        raise ValueError(f"{row.file} is not a safetensors file and was refused: {error}") from error


def load_into(net: Net, name: str, *, folder: Path = FOLDER) -> Net:
    """Load a row into a network, strictly: the same keys, the same shapes.

    Args:
        net: built with the row's arguments, on any device; half-precision files are cast to its dtype.
        name: a row of weights/index.json.
    Returns:
        net itself.
    Raises:
        ValueError: as `read`, or keys or shapes differ; the message lists them all and net is as it was.
        WeightsUnavailable: as `read`.
    """
    tensors, own = read(name, folder=folder), net.state_dict()
    missing = sorted(own.keys() - tensors.keys())
    unexpected = sorted(tensors.keys() - own.keys())
    shapes = [
        f"{key} is {tuple(tensors[key].shape)} in the file, {tuple(own[key].shape)} in the network"
        for key in sorted(own.keys() & tensors.keys())
        if tensors[key].shape != own[key].shape
    ]
    lists = {"missing": missing, "unexpected": unexpected, "shapes": shapes}
    if any(lists.values()):
        found = "; ".join(f"{what}: {', '.join(keys)}" for what, keys in lists.items() if keys)
        raise ValueError(f"the weights {name!r} do not fit {type(net).__name__}: {found}")
    net.load_state_dict(tensors)
    return net


def save(
    tensors: Mapping[str, Tensor], name: str, facts: Mapping[str, Any], *, half: bool = True, folder: Path = FOLDER
) -> Row:
    """Write NAME.safetensors and its row; both are replaced if they were there.

    Args:
        tensors: the state of a network.
        facts: the columns of `Row` but for file, sha256 and size.
        half: store floating-point tensors as float16.
    Raises:
        ValueError: a malformed column, or a value that is not finite in the precision of the file.
    """
    tensors = {
        key: (value.half() if half and value.is_floating_point() else value).cpu().clone().contiguous()
        for key, value in tensors.items()
    }
    if infinite := _not_finite(tensors):
        raise ValueError(f"weights must be finite, got NaN or infinity in {', '.join(infinite)}")
    data = to_safetensors(tensors)
    sha256 = hashlib.sha256(data).hexdigest()
    row = _row(name, {"file": f"{name}.safetensors", "sha256": sha256, "size": len(data), **facts})
    index = folder / "index.json"
    table = {**(rows(folder=folder) if index.is_file() else {}), name: row}
    text = json.dumps({key: asdict(table[key]) for key in sorted(table)}, indent=2, ensure_ascii=False) + "\n"
    for path, content in ((folder / row.file, data), (index, text.encode())):
        temporary = path.with_name(path.name + ".part")
        temporary.write_bytes(content)
        temporary.replace(path)
    return row


def _not_finite(tensors: Mapping[str, Tensor]) -> list[str]:
    return [key for key, value in tensors.items() if not torch.isfinite(value).all()]


def verify(*, folder: Path = FOLDER) -> list[str]:
    """What is wrong with a weights folder, one sentence each; empty if nothing is.

    Checks the table, sizes, hashes, that the files are safetensors and finite, that each row is described in README.md,
    and that nothing else lies in the folder.
    """
    try:
        table = rows(folder=folder)
    except (OSError, ValueError) as error:
        return [f"the table cannot be read: {error}"]
    card = (folder / "README.md").read_text(encoding="utf-8") if (folder / "README.md").is_file() else ""
    expected = {"index.json", "README.md", *(row.file for row in table.values())}
    problems = [f"{path.name} is not listed" for path in sorted(folder.iterdir()) if path.name not in expected]
    for name, row in table.items():
        path = folder / row.file
        if f"`{name}`" not in card:
            problems.append(f"README.md does not describe `{name}`")
        if not path.is_file():
            problems += [] if row.hub else [f"{row.file} is missing and its row names no copy on the Hub"]
        elif not row.fits(data := path.read_bytes()):
            problems.append(f"{row.file} does not fit the size ({row.size}) and SHA-256 of its row")
        else:
            try:
                infinite = _not_finite(parse_safetensors(data))
            except SafetensorError as error:
                problems.append(f"{row.file} is not a safetensors file: {error}")
            else:
                problems += [f"{row.file} holds NaN or infinity in {key}" for key in infinite]
    return problems


def push(repo: str, *, folder: Path = FOLDER) -> str:
    """Publish the folder as a model repository, with README.md as its card; the token is HF_TOKEN's.

    Returns:
        the commit, 40 hexadecimal digits: pin it.
    Raises:
        ValueError: repo is not OWNER/NAME, there is no token, or `verify` finds something.
    """
    from huggingface_hub import HfApi, get_token

    if not REPO.fullmatch(repo):
        raise ValueError(f"repo must be OWNER/NAME, got {repo!r}")
    if problems := verify(folder=folder):
        raise ValueError(f"the folder is not fit to publish: {'; '.join(problems)}")
    if get_token() is None:
        raise ValueError("there is no Hub token: set HF_TOKEN to one that may write, or run `hf auth login`")
    api = HfApi()
    api.create_repo(repo, exist_ok=True)
    files = ["*.safetensors", "index.json", "README.md"]
    commit = api.upload_folder(repo_id=repo, folder_path=folder, allow_patterns=files, commit_message="Publish weights")
    return commit.oid


def remedy_of(error: BaseException) -> str:
    """What a command line says of an error: what to do about weights, else the text of the error."""
    return error.remedy if isinstance(error, WeightsUnavailable) else str(error)


app = typer.Typer(help="Check and publish the weights folder.", add_completion=False)


@app.command("verify")
def _verify(folder: Path = FOLDER) -> None:
    """Check hashes, sizes and values; say what is wrong."""
    problems = verify(folder=folder)
    typer.echo("\n".join(problems) or f"{len(rows(folder=folder))} rows, all as listed")
    raise typer.Exit(bool(problems))


@app.command("push")
def _push(repo: str, folder: Path = FOLDER) -> None:
    """Publish the folder as the Hub repository REPO (OWNER/NAME), with its model card."""
    try:
        revision = push(repo, folder=folder)
    except (ValueError, OSError, RuntimeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"published; to use it, set {REPO_SETTING}={repo}@{revision}")


if __name__ == "__main__":
    app()
