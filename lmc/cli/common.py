"""What several commands share: reading a program and saying what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from lmc.cli.door import FAILED, colour_wanted
from lmc.diagnostics import Diagnostic, Failure, render
from lmc.driver import problems
from lmc.driver.load import Loaded, load
from lmc.ir.program import Program
from lmc.source import SourceFile

FORMS = ("text", "concise", "json", "sarif")
F = TypeVar("F", bound=Callable[..., Any])


def program_argument(function: F) -> F:
    """The argument FILE of a command."""
    return click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")(function)


def extern_option(function: F) -> F:
    """The option `--allow-extern`."""
    words = (
        "Let the program run code that its author wrote: Python functions, servers of tools (or LMC_ALLOW_EXTERN=1)."
    )
    return click.option("--allow-extern", is_flag=True, help=words)(function)


def profile_option(function: F) -> F:
    """The option `--profile`."""
    words = 'The profile whose tuned values count (`optimize … for "NAME"`).'
    return click.option("--profile", default="", metavar="NAME", help=words)(function)


def show(
    diagnostics: Iterable[Diagnostic], sources: dict[str, SourceFile], form: str = "text", err: bool = True
) -> None:
    """Prints diagnostics, to standard error unless a program is to read them."""
    found = tuple(diagnostics)
    if not found and form in ("text", "concise"):
        return
    stream = sys.stderr if err else sys.stdout
    colour = colour_wanted(stream)
    click.echo(render(found, sources, form, colour), err=err, nl=False, color=colour)  # type: ignore[arg-type]


def loaded_program(file: Path, sources: dict[str, SourceFile]) -> tuple[Loaded, Program]:
    """A program without errors; with errors the command ends here, after printing them. Adds its files to `sources`,
    for what is said later."""
    loaded = load(file)
    sources.update(loaded.sources)
    show(loaded.sink.diagnostics, loaded.sources)
    if loaded.program is None:
        sys.exit(FAILED)
    return loaded, loaded.program


def read_stdin() -> str:
    """Standard input, which must be UTF-8 text. Raises Failure."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Failure(problems.stdin_not_utf8(error.start)) from None


def chosen_module(program: Program, name: str | None) -> str:
    """The module that the user named; unnamed, the one that is tuned first, or the only one. Raises Failure."""
    names = [module.name for module in program.modules]
    if name is not None:
        if name not in names:
            raise Failure(problems.unknown_module(name, names))
        return name
    if program.optimizes:
        return program.optimizes[0].module
    if len(names) == 1:
        return names[0]
    raise Failure(problems.name_a_module(names) if names else problems.no_modules())
