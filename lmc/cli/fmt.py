"""`lmc fmt`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lmc.cli.common import read_stdin, show
from lmc.cli.door import FAILED, REFUSED, guarded
from lmc.diagnostics import Sink
from lmc.driver.load import read_source
from lmc.source import SourceFile
from lmc.store import write_atomic
from lmc.syntax import format_file, parse


@click.command()
@click.argument(
    "files",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    metavar="FILE...",
    nargs=-1,
    required=True,
)
@click.option("--check", is_flag=True, help="Write nothing; exit 4 when a file is not in canonical form.")
def fmt(files: tuple[Path, ...], check: bool) -> None:
    """Write files in the one canonical form; `-` reads standard input and prints."""
    with guarded():
        worst = 0
        for file in files:
            source = SourceFile("<stdin>", read_stdin()) if str(file) == "-" else read_source(file, file.as_posix())
            worst = max(worst, format_one(file, source, check))
        sys.exit(worst)


def format_one(file: Path, source: SourceFile, check: bool) -> int:
    """Formats one file; the exit code. A file with syntax errors is left as it is."""
    sink = Sink()
    tree = parse(source, sink)
    if sink.failed:
        show(sink.diagnostics, {source.name: source})
        return FAILED
    formatted = format_file(tree)
    if source.name == "<stdin>":
        click.echo(formatted, nl=False)
        return 0
    if formatted.encode() == file.read_bytes():
        return 0
    if check:
        click.echo(f"{source.name}: not in canonical form", err=True)
        return REFUSED
    write_atomic(file, formatted.encode())
    click.echo(f"formatted {source.name}", err=True)
    return 0
