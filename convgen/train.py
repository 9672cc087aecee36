"""Training from the command line: `python -m convgen.train TECHNIQUE ...`; `--help` lists what can be set.

Every run writes to a folder of its own: checkpoint.safetensors (start the same command again to go on), losses.csv,
sheet.png (pictures it never trained on), and at the end net.safetensors with its columns of the weights table. `keep`
puts a finished run into the weights folder.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from convgen import weights
from convgen.age import commands as age
from convgen.avatars import commands as avatars
from convgen.perceptual_gan import commands as perceptual_gan
from convgen.runtime import keep_freed_memory
from convgen.stylenet import commands as stylenet
from convgen.texture_nets import commands as texture_nets
from convgen.training.runs import load_tensors

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


@app.command()
def keep(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.", exists=True, file_okay=False)],
    name: Annotated[str, typer.Argument(help="The row of its net in the weights table.")],
    trained_on: Annotated[str, typer.Option(help="The data of the net, with its terms.")],
    style: Annotated[str, typer.Option(help="The row of its painting's statistics, where it has them.")] = "",
    painting: Annotated[str, typer.Option(help="The painting, with its terms.")] = "",
    exemplar: Annotated[str, typer.Option(help="The row of its exemplar's statistics, where it has them.")] = "",
    licence: str = "MIT",
    folder: Path = weights.FOLDER,
) -> None:
    """Put the net of a finished run into the weights folder, with its row of the table."""
    for part, row, source in (
        ("net", name, trained_on),
        ("style", style, painting),
        ("exemplar", exemplar, trained_on),
    ):
        if row:
            facts = json.loads((run / f"{part}.json").read_text(encoding="utf-8"))
            facts = {**facts, "licence": licence, "trained_on": source}
            kept = weights.save(
                load_tensors(run / f"{part}.safetensors"), row, facts, half=part == "net", folder=folder
            )
            typer.echo(f"{kept.file}: {kept.size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
