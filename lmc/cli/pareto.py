"""`lmc pareto`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmc.cli.build import score
from lmc.cli.common import chosen_module, extern_option, loaded_program, profile_option, program_argument, show
from lmc.cli.door import FAILED, guarded
from lmc.driver.load import Loaded
from lmc.driver.permission import is_allowed
from lmc.source import SourceFile

if TYPE_CHECKING:
    from lmc.driver.lock import ModuleEntry


@click.command()
@program_argument
@click.option("--module", "name", help="The module; by default the one that is tuned.")
@profile_option
@click.option("--choose", "number", type=int, metavar="N", help="Take the program of this number; no LM is called.")
@extern_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def pareto(file: Path, name: str | None, profile: str, number: int | None, allow_extern: bool, as_json: bool) -> None:
    """List the programs that no other is better than in score, cost and time, as the pass `route` found them, and take
    one of them in the place of the tuned one: into the lock and the outputs. Scores are those on dev rows."""
    from lmc.driver.points import held, take

    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        module = chosen_module(program, name)
        if number is not None:
            take(loaded, module, profile, number)
            write_anew(loaded, is_allowed(allow_extern))
        _, entry = held(loaded, module, profile)
        if as_json:
            points = [one.model_dump(mode="json", exclude_none=True) for one in entry.pareto or ()]
            click.echo(json.dumps(points, ensure_ascii=False))
        else:
            print_points(entry, module)


def write_anew(loaded: Loaded, allowed: bool) -> None:
    """Writes the outputs of the lock as it is now; the command ends where something is wrong with the program."""
    from lmc.driver.build import Build, Options

    before = loaded.sink.diagnostics
    build = Build(loaded, Options(frozen=True, allowed=allowed), lambda event, **details: None)
    reports = build.run()
    show([one for one in loaded.sink.diagnostics if one not in before], loaded.sources)
    if loaded.sink.failed:
        sys.exit(FAILED)
    if written := reports[0].written:
        click.echo(f"wrote {', '.join(written)}", err=True)


def print_points(entry: ModuleEntry, module: str) -> None:
    """Prints the programs, the one that is taken with a star."""
    from lmc.driver.points import number_taken

    if not entry.pareto:
        click.echo(f"{module}: the tuning found no other program to take")
        return
    now = number_taken(entry)
    click.echo(f"     {'score':28}{'calls':>7}{'tokens':>9}{'dollars':>11}{'seconds':>9}")
    for number, one in enumerate(entry.pareto, 1):
        star = "*" if number == now else " "
        cost = f"{one.calls:7.2f}{one.tokens:9.1f}{one.dollars:11.6f}{one.seconds:9.3f}"
        click.echo(f"{star}{number:3} {score(one.score):28}{cost}")
        for address, slot in one.slots.items():
            for name, value in slot.model_dump(mode="json", exclude_none=True).items():
                if name not in ("demos", "instruction"):
                    click.echo(f"       {address}.{name} = {json.dumps(value, ensure_ascii=False)}")
