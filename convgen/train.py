"""Training from the command line: `python -m convgen.train TECHNIQUE ...`; `--help` lists what can be set.

Every run writes to a folder of its own: checkpoint.safetensors (start the same command again to go on), losses.csv,
sheet.png (pictures it never trained on), and at the end net.safetensors with its columns of the weights table. `keep`
puts a finished run into the weights folder. `recipe` makes a net of the app anew, with all its runs.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from convgen import recipes, weights
from convgen.age import commands as age
from convgen.avatars import commands as avatars
from convgen.perceptual_gan import commands as perceptual_gan
from convgen.runtime import keep_freed_memory
from convgen.stylenet import commands as stylenet
from convgen.texture_nets import commands as texture_nets
from convgen.training.runs import load_tensors

COMMAND = ("python", "-m", "convgen.train")

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True)
for technique in (stylenet, texture_nets, age, perceptual_gan, avatars):
    technique.add_commands(app)


def main() -> None:
    """Run the command line; a mistake in its arguments is one sentence."""
    keep_freed_memory()
    try:
        app()
    except (ValueError, OSError, weights.WeightsUnavailable) as error:
        sys.exit(weights.remedy_of(error))


@app.command("recipe")
def make(
    name: Annotated[str, typer.Argument(help="A recipe, or a net of the weights table.")],
    data: Annotated[Path | None, typer.Option(help="The folder that holds folders of data, such as faces.")] = None,
    out: Annotated[Path, typer.Option(help="The folder of all runs.")] = Path("runs"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the commands only.")] = False,
) -> None:
    """Make a net of the app anew: every run of its recipe, in order; start it again to go on where it was stopped."""
    row = weights.rows().get(name)
    known = name if row is None else row.recipe
    if known is None:
        raise ValueError(f"{name} has no recipe: it was not trained here")
    recipe = recipes.find(known)
    if dry_run:
        for run in recipe.runs:
            typer.echo(shlex.join([*COMMAND, *run.words(recipe.places(data or Path("DATA"), out))]))
        return
    if recipe.note:
        typer.echo(recipe.note, err=True)
    recipes.carry_out(recipe, data=data, out=out, execute=_run)


def _run(words: list[str]) -> None:
    """A run in a process of its own, as if its command had been typed."""
    typer.echo(shlex.join([*COMMAND, *words]), err=True)
    if code := subprocess.run([sys.executable, *COMMAND[1:], *words], check=False).returncode:
        raise typer.Exit(code)  # the run has said why


@app.command()
def keep(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.", exists=True, file_okay=False)],
    name: Annotated[str, typer.Argument(help="The row of its net in the weights table.")],
    trained_on: Annotated[str, typer.Option(help="The data of the net, with its terms.")],
    style: Annotated[str, typer.Option(help="The row of its painting's statistics, where it has them.")] = "",
    painting: Annotated[str, typer.Option(help="The painting, with its terms.")] = "",
    exemplar: Annotated[str, typer.Option(help="The row of its exemplar's statistics, where it has them.")] = "",
    recipe: Annotated[str, typer.Option(help="The recipe that the run is of; found where `recipe` made it.")] = "",
    licence: str = "MIT",
    folder: Path = weights.FOLDER,
) -> None:
    """Put the net of a finished run into the weights folder, with its row of the table."""
    known = recipes.find(recipe).name if recipe else recipes.made_by([run, run.parent])
    for part, row, source in (
        ("net", name, trained_on),
        ("style", style, painting),
        ("exemplar", exemplar, trained_on),
    ):
        if row:
            facts = json.loads((run / f"{part}.json").read_text(encoding="utf-8"))
            facts = {column: facts[column] for column in ("arguments", "date", "scores")}
            facts |= {"licence": licence, "trained_on": source, "recipe": known}
            kept = weights.save(
                load_tensors(run / f"{part}.safetensors"), row, facts, half=part == "net", folder=folder
            )
            typer.echo(f"{kept.file}: {kept.size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
