"""`lmc ir`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from lmc.cli.common import loaded_program, program_argument, show
from lmc.cli.door import guarded
from lmc.elaborate import lift
from lmc.passes import EXACT, simplify
from lmc.source import SourceFile
from lmc.syntax import format_file


@click.command()
@program_argument
@click.option("--tuned", is_flag=True, help="With the tuned values of the lock.")
@click.option(
    "--after", type=click.Choice([one.name for one in EXACT]), help="Stop after this exact pass instead of after all."
)
@click.option("--raw", is_flag=True, help="Before any pass.")
def ir(file: Path, tuned: bool, after: str | None, raw: bool) -> None:
    """Print the program as the compiler sees it: core, valid source with everything inferred written down."""
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, written = loaded_program(file, sources)
        program = written
        if not raw and after is None:
            program = simplify(program)
        for one in EXACT if after else ():
            program = one.run(program, None)
            if one.name == after:
                break
        if tuned:
            from lmc.driver.tuned import with_lock

            program, warnings = with_lock(program, simplify(written), loaded)
            show([replace(one, severity="warning") for one in warnings], loaded.sources)
        sys.stdout.write(format_file(lift(program)))
