"""`lmc ir`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lmc.cli.common import loaded_program, program_argument
from lmc.cli.door import guarded
from lmc.elaborate import lift
from lmc.ir.patch import apply_patch
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
        loaded, program = loaded_program(file, sources)
        if not raw and after is None:
            program = simplify(program)
        for one in EXACT if after else ():
            program = one.run(program, None)
            if one.name == after:
                break
        if tuned:
            from lmc.driver.lock import lock_path, read_lock, settings_of

            lock = read_lock(lock_path(loaded.path))
            for entry in lock.modules.values() if lock else ():
                program = apply_patch(program, {address: settings_of(slot) for address, slot in entry.slots.items()})
        sys.stdout.write(format_file(lift(program)))
