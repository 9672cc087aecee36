"""Rows of a benchmark, measurements that outlive an interruption, and the table that is printed and written."""

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import typer

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
UNFINISHED = ROOT / "runs" / "benchmarks"
VERSIONS = ("torch", "gradio", "numpy", "scikit-image")


@dataclass(frozen=True)
class Row:
    """One figure: ours beside a peer's, their ratio, the figure that was asked for and whether it was met."""

    what: str
    ours: float | None
    peer: float | None
    ratio: float | None
    unit: str
    target: str
    holds: bool | None


def measured(technique: str, name: str, conditions: object, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `measure` returned for the same conditions before, or else now: long runs resume row by row.

    Args:
        conditions: whatever the figure depends on; its `repr` names the stored measurement.
        measure: returns a dict that JSON can hold.
    """
    key = hashlib.sha256(repr(conditions).encode()).hexdigest()[:12]
    stored = UNFINISHED / technique / f"{name}-{key}.json"
    if stored.exists():
        return json.loads(stored.read_text())
    result = {"date": date.today().isoformat(), **measure()}
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text(json.dumps(result))
    print(f"{name}: {result}", flush=True)
    return result


def chosen(only: Sequence[str] | None, groups: Sequence[str]) -> list[str]:
    """The groups of rows that are asked for by `--only`; all of them if it is not given.

    Raises:
        typer.BadParameter: there is no such group.
    """
    if wrong := set(only or ()) - set(groups):
        raise typer.BadParameter(f"--only must be among {', '.join(groups)}, got {', '.join(sorted(wrong))}")
    return list(only or groups)


def need(option: str, path: Path | None, *inside: str, kind: str = "folder") -> None:
    """End with one sentence and status 2, before anything long begins, unless what an option names is there.

    Args:
        path: None where the option was not given, which is right.
        inside: what the folder must hold, relative to it.
        kind: "folder", "file", or "file or folder".
    """
    if path is None:
        return
    fits = {"folder": path.is_dir, "file": path.is_file, "file or folder": path.exists}[kind]
    if not fits():
        wrong = f"{option} must be a {kind}, and {path} is none."
    elif missing := [name for name in inside if not (path / name).exists()]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        wrong = f"{option} {path} must hold {', '.join(missing[:3])}{more}."
    else:
        return
    typer.echo(wrong, err=True)
    raise typer.Exit(2)


def machine() -> str:
    """Processor and number of threads, as the system names them."""
    import os

    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        name = next((s.split(":")[1].strip() for s in information.read_text().splitlines() if "model name" in s), name)
    return f"{name}, {os.cpu_count()} threads, {platform.system()}"


Measure = Callable[[], list[Row] | None]
"""Measures the rows of a group; None where it only draws pictures."""


def run_groups(
    technique: str,
    groups: Mapping[str, Measure | None],
    *,
    only: Sequence[str] | None,
    out: Path | None,
    quick: bool,
    threads: int = 1,
) -> None:
    """Measure groups of rows in order, print them, and write them beside those of groups that were not measured.

    Args:
        groups: name -> what measures it, None where `--quick` leaves it out or what it needs was not named.
        only: the groups that are asked for; all of them if it is not given.
        threads: of the networks.
    """
    asked = chosen(only, list(groups))
    torch.set_num_threads(threads)
    found = {}
    for name in asked:
        if (measure := groups[name]) is not None and (rows := measure()) is not None:
            found[name] = rows
    publish(technique, found, groups=list(groups), out=out, quick=quick)


def merged(before: Mapping[str, Any], record: dict[str, Any], groups: Sequence[str]) -> dict[str, Any]:
    """A record of some groups with the rows of the others, as they were measured before.

    Args:
        before: what the file holds; a row from elsewhere keeps its date, commit and machine.
        record: what was measured now, each row with its "group".
        groups: all of them, in order. Rows of files without groups are known by what they say, but for its numbers.
    """
    measured_now = {row["group"] for row in record["rows"]}
    said = {_words(row) for row in record["rows"]}
    kept = [
        {**{name: before.get(name) for name in ("date", "commit", "machine")}, **row}
        for row in before.get("rows", [])
        if (row["group"] not in measured_now if "group" in row else _words(row) not in said)
    ]
    place = {name: number for number, name in enumerate(groups)}
    rows = sorted([*kept, *record["rows"]], key=lambda row: place.get(row.get("group"), -1))
    return {**record, "rows": rows}


def _words(row: Mapping[str, Any]) -> str:
    return re.sub(r"[\d.]+", "", row["what"])


def _held(path: Path) -> dict[str, Any]:
    """The record that a file holds, if it holds one."""
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def publish(
    technique: str,
    found: Mapping[str, list[Row]],
    *,
    groups: Collection[str],
    out: Path | None = None,
    quick: bool = False,
) -> None:
    """Print the rows of groups as a table and write them to benchmarks/results, beside those of other groups."""
    rows = [row for some in found.values() for row in some]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    record = {
        "date": date.today().isoformat(),
        "commit": commit.stdout.strip() or None,
        "machine": machine(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}},
        "rows": [{"group": group, **asdict(row)} for group, some in found.items() for row in some],
    }
    path = out or RESULTS / f"{technique}{'-quick' if quick else ''}.json"
    if set(found) != set(groups):
        record = merged(_held(path), record, list(groups))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    number = lambda x: "-" if x is None else f"{x:.4g}"  # noqa: E731
    widths = (64, 9, 9, 9)
    print(f"{'what':64} {'ours':>9} {'peer':>9} {'ratio':>9} unit; target; holds")
    for row in rows:
        cells = (row.what, number(row.ours), number(row.peer), number(row.ratio))
        line = " ".join(f"{c:{'<' if i == 0 else '>'}{w}}" for i, (c, w) in enumerate(zip(cells, widths, strict=True)))
        verdict = {True: "yes", False: "NO", None: "-"}[row.holds]
        print(f"{line} {row.unit}; {row.target or 'none'}; {verdict}")
    print(f"written to {path}")
