"""`lmc test`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from lmc.cli.common import extern_option, loaded_program, profile_option, show
from lmc.cli.door import FAILED, colour_wanted, exit_code, guarded
from lmc.diagnostics import Failure, render
from lmc.driver import problems
from lmc.driver.permission import is_allowed
from lmc.driver.testing import Options, Result, Suite
from lmc.driver.tuned import tuned_program
from lmc.source import SourceFile


@click.command()
@click.argument("files", type=click.Path(path_type=Path), metavar="[FILES]...", nargs=-1)
@click.option("--lm", metavar="NAME", help="The declared LM that answers in the place of each.")
@click.option("--record", is_flag=True, help="Ask the LMs, and write down their replies for tests that say `recorded`.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JUnit XML too.")
@click.option("-k", "only", default="", metavar="TEXT", help="Only the tests whose names have this text.")
@profile_option
@extern_option
def test(
    files: tuple[Path, ...],
    lm: str | None,
    record: bool,
    junit: Path | None,
    only: str,
    profile: str,
    allow_extern: bool,
) -> None:
    """Run the `test` blocks of FILES, by default of every `.lmp` file below this folder.

    Exit codes: 0 when every case holds, 1 when one does not, 3 when an LM could not be asked, 4 when code would run
    that is not allowed.
    """
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        options = Options(lm, record, is_allowed(allow_extern), only, warn=lambda one: show([one], sources))
        found: list[tuple[str, list[Result]]] = []
        for file in files_of(files):
            results = test_file(file, options, profile, sources, bool(files))
            if results:
                found.append((file.as_posix(), results))
        every = [one for _, results in found for one in results]
        if not every:
            named = ", ".join(f"`{file}`" for file in files) or "the files below this folder"
            wanted = f" whose names have {only!r}" if only else ""
            raise Failure(problems.nothing_to_test(f"there are no tests{wanted} in {named}"))
        if junit is not None:
            write_junit(junit, found, sources)
        sys.exit(conclude(every))


def files_of(files: tuple[Path, ...]) -> Iterator[Path]:
    """The files that are named, and of a folder, by default this one, every `.lmp` file below it."""
    for one in files or (Path("."),):
        if not one.is_dir():
            yield one
            continue
        for folder, inner, names in os.walk(one):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if name.endswith(".lmp"))


def test_file(file: Path, options: Options, profile: str, sources: dict[str, SourceFile], named: bool) -> list[Result]:
    """The results of a file's tests, printed as they come."""
    if not named and 'test "' not in file.read_text("utf-8", "replace"):
        return []
    loaded, written = loaded_program(file, sources)
    if not written.tests:
        return []
    program, warnings = tuned_program(loaded, profile)
    show([replace(one, severity="warning") for one in warnings], loaded.sources)
    suite = Suite(program, loaded, options)

    async def run() -> list[Result]:
        results: list[Result] = []
        for one in suite.tests():
            found = await suite.run(one)
            print_results(file, one.name, found, sources)
            results += found
        return results

    results = asyncio.run(run())
    for path in suite.save():
        click.echo(f"recorded {path.name}")
    return results


def print_results(file: Path, name: str, results: list[Result], sources: dict[str, SourceFile]) -> None:
    """Prints what came of a test."""
    failed = [one for one in results if one.problem is not None]
    click.echo(f"{'FAIL' if failed else 'ok  '}  {file.as_posix()}  {name}")
    for one in results:
        for note in one.notes:
            click.echo(f"warning: {note}", err=True)
    if failed:
        click.echo(text_of(failed, sources, colour_wanted(sys.stdout)))


def text_of(results: list[Result], sources: dict[str, SourceFile], colour: bool = False) -> str:
    """What is wrong with cases, as diagnostics are shown."""
    return render([one.problem for one in results if one.problem], sources, "text", colour)


def write_junit(path: Path, found: list[tuple[str, list[Result]]], sources: dict[str, SourceFile]) -> None:
    """Writes the results as JUnit XML. Raises Failure."""
    from lmc.driver.junit import junit
    from lmc.store import write_atomic

    files = [
        (file, [(one, text_of([one], sources) if one.problem else "") for one in results]) for file, results in found
    ]
    write_atomic(path.resolve(), junit(files))


def conclude(results: list[Result]) -> int:
    """Prints how many cases hold; the exit code."""
    failed = [one for one in results if one.problem is not None and not one.outside]
    unasked = [one.problem for one in results if one.problem is not None and one.outside]
    words = [f"{len(results)} case{'s' * (len(results) != 1)}"]
    words += [f"{len(failed)} failed"] if failed else []
    words += [f"{len(unasked)} could not be asked"] if unasked else []
    click.echo(", ".join(words if failed or unasked else [*words, "all hold"]))
    return FAILED if failed else max((exit_code(one) for one in unasked), default=0)
