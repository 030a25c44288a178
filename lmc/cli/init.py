"""`lmc init`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from lmc.cli.common import show
from lmc.cli.door import FAILED, guarded
from lmc.diagnostics import Failure
from lmc.driver.project.field import slot_written
from lmc.driver.project.making import Made, Unfit, Wanted, make, model_of, program_name
from lmc.driver.project.rows import EXAMPLE_INPUT, EXAMPLE_OUTPUT, Table, from_file, made_up
from lmc.driver.project.source import Model
from lmc.store.problems import cannot_read

MODEL = "local/smollm2-135m"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--name", help="The name of the program's file; by default the folder's.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ROWS",
    help="Your rows: a CSV, JSON, JSON lines or Parquet file. A file outside FOLDER is copied to FOLDER/data.",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME[: TYPE]",
    help="What the program reads: a column of the rows, or a name such as `text`. Several times for several.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="NAME[: TYPE]",
    help="What it gives: a column, or a name with a type or labels, such as `mood: happy | sad`.",
)
@click.option("--lm", "reference", metavar="PROVIDER/MODEL", help=f"The model that answers; by default {MODEL}.")
@click.option("--base-url", metavar="URL", help="The server of that model, where it is not the provider's own.")
@click.option("--instruction", metavar="TEXT", help="What the model is told to do.")
@click.option("--pre-commit", "hooks", is_flag=True, help="Write .pre-commit-config.yaml too.")
@click.option("--ci", is_flag=True, help="Write a workflow for GitHub Actions too.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; take the default of what no option says.")
def init(
    folder: Path,
    name: str | None,
    data: Path | None,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    reference: str | None,
    base_url: str | None,
    instruction: str | None,
    hooks: bool,
    ci: bool,
    yes: bool,
) -> None:
    """Make a project that builds: a program, rows, and what git needs to know.

    It asks for the program's name, the rows, what is read and given, and the model, unless options say so, --yes is
    given, or nobody could answer. With --data the types come from the columns: a column of few texts is one of labels,
    and the column that is given is the one named like `label` or `answer`, else the last. No file is ever overwritten.
    """
    with guarded():
        ask = sys.stdin.isatty() and not yes
        name = name or question(ask, "Name of the program", folder.resolve().name or "main")
        program = program_name(name)
        if data is None and not inputs and not outputs and ask:
            found = question(ask, "A file of rows (CSV, JSON lines, Parquet), or - for examples", "-")
            data = None if found == "-" else Path(found)
        table = rows_of(folder, data, inputs, outputs, ask)
        reference = reference or question(ask, "Model, as provider/model", MODEL)
        wanted = Wanted(folder, program, table, model_of(reference, base_url), instruction, hooks, ci)
        try:
            made = make(wanted)
        except Unfit as unfit:
            show(unfit.loaded.sink.diagnostics, unfit.loaded.sources)
            click.echo("nothing was written: the project would not check", err=True)
            sys.exit(FAILED)
        tell(made, wanted)


def question(ask: bool, words: str, default: str) -> str:
    """What the user answers, or the default where he is not asked."""
    return str(click.prompt(words, default=default)).strip() if ask else default


def rows_of(folder: Path, data: Path | None, inputs: tuple[str, ...], outputs: tuple[str, ...], ask: bool) -> Table:
    """The rows of the project."""
    if data is not None:
        if not data.is_file():
            raise Failure(cannot_read(data, FileNotFoundError(2, os.strerror(2))))
        table = from_file(data, folder, inputs, outputs)
        if ask and not outputs:
            guess = ", ".join(one.column for one in table.outputs)
            answer = question(ask, "Which column is to be given", guess)
            if answer != guess:
                table = from_file(data, folder, inputs, [one.strip() for one in answer.split(",")])
        return table
    if ask and not inputs and not outputs:
        inputs = (question(ask, "What it reads, as name or name: type", EXAMPLE_INPUT),)
        outputs = (question(ask, "What it gives, as name: label | label or name: type", EXAMPLE_OUTPUT),)
    for one in (*inputs, *outputs):
        slot_written(one)
    return made_up(inputs, outputs)


def tell(made: Made, wanted: Wanted) -> None:
    """Says what was made, and what comes next."""
    here = Path.cwd()
    for path in made.written:
        click.echo(f"wrote {relative(path, here)}")
    for path, missing in made.kept:
        click.echo(f"{relative(path, here)} is there already and was left as it is; add to it:")
        for line in missing:
            click.echo(f"  {line}")
    table = wanted.table
    sizes = ", ".join(f"{count} {role}" for role, count in table.split.items())
    fields = [", ".join(one.name for one in some) for some in (table.inputs, table.outputs)]
    click.echo(f"{fields[0]} → {fields[1]}, {len(table.rows)} rows: {sizes}")
    for line in needs(wanted.model):
        click.echo(line)
    file = relative(wanted.folder / f"{wanted.name}.lmp", here)
    click.echo(f"next: lmc build {file}")


def needs(model: Model) -> list[str]:
    """What a build needs that is not here."""
    if model.reference.startswith("local/"):
        from lmc.lm.models import find, registered

        said = [] if find_spec("xllamacpp") else ["first: pip install 'lmc[local]'"]
        name = model.reference.removeprefix("local/")
        known = registered(name)
        if known is None or find(name) is not None:
            return said
        return [*said, f"the first build fetches the model ({known.size // 10**6} MB)"]
    from lmc.lm.remote import key_variable

    said = [] if find_spec("litellm") else ["first: pip install 'lmc[remote]'"]
    variable = key_variable(model.reference)
    if variable is None or model.base_url or os.environ.get(variable):
        return said
    return [*said, f"first: export {variable}=…"]


def relative(path: Path, here: Path) -> str:
    """A path as it is shorter to read."""
    full = Path(os.path.abspath(path))
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else path.as_posix()
