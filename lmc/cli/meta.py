"""`lmc meta`: the prompts by which optimizer passes ask for proposals."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def meta() -> None:
    """List, show and eject the prompts by which passes ask an LM for proposals.

    They are programs. A file `meta/NAME.lmp` beside a program stands in the place of the one of that name wherever that
    program is tuned.
    """


@meta.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_meta(as_json: bool) -> None:
    """List the meta-prompts and what each is for."""
    from lmc.optimize.meta import meta_names, meta_purpose

    names = meta_names()
    if as_json:
        click.echo(json.dumps([{"name": name, "purpose": meta_purpose(name)} for name in names], ensure_ascii=False))
        return
    width = max(map(len, names))
    for name in names:
        click.echo(f"{name:{width}}  {meta_purpose(name)}")


@meta.command()
@click.argument("name")
def show(name: str) -> None:
    """Print the meta-prompt NAME as lmc has it."""
    from lmc.driver.metaprompts import known_source

    click.echo(known_source(name), nl=False)


@meta.command()
@click.argument("name")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder of the program; this one if nothing is said.",
)
def eject(name: str, folder: Path) -> None:
    """Write the meta-prompt NAME to `meta/NAME.lmp` beside a program, to be changed there."""
    from lmc.driver.metaprompts import eject as write

    path = write(name, folder)
    click.echo(path.as_posix())
    click.echo(
        f"The programs in `{folder.as_posix()}` are tuned with this file from now on, and stale when it changes.\n"
        "Words, limits of types and the number of calls are yours; what `Main` takes and returns must stay.",
        err=True,
    )
