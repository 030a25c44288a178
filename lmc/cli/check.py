"""`lmc check`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lmc.cli.common import FORMS, show
from lmc.cli.door import FAILED, guarded
from lmc.diagnostics import Diagnostic
from lmc.driver.load import Loaded, load
from lmc.driver.whole import check_whole
from lmc.source import SourceFile


@click.command()
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(FORMS), default="text", help="How to print what is found.")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("--fix", "fixing", is_flag=True, help="Apply the fixes that make a program better; say what was done.")
def check(files: tuple[Path, ...], form: str, strict: bool, fixing: bool) -> None:
    """Find mistakes, without calling any LM."""
    with guarded("json" if form in ("json", "sarif") else "text"):
        found: dict[Diagnostic, None] = {}
        sources: dict[str, SourceFile] = {}
        for file in files:
            loaded = fixed(file) if fixing else load(file)
            if not fixing:
                check_whole(loaded)
            found.update(dict.fromkeys(loaded.sink.diagnostics))
            sources.update(loaded.sources)
        show(found, sources, form, err=False)
        failing = ("error", "warning") if strict else ("error",)
        sys.exit(FAILED if any(one.severity in failing for one in found) else 0)


def fixed(file: Path) -> Loaded:
    """A program after its fixes; what was done is said on standard error."""
    from lmc.driver.cure import cure

    loaded, done = cure(file, file.as_posix())
    for line in done:
        click.echo(line, err=True)
    return loaded
