"""`lmc diff`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from lmc.cli.common import loaded_program, profile_option, program_argument, show
from lmc.cli.door import FAILED, colour_wanted, guarded
from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.driver.load import Loaded, load, lock_path
from lmc.driver.lock import ModuleEntry, ScoreEntry
from lmc.report.columns import Line, side_by_side, unified
from lmc.report.sides import CallChange, Comparison, Part, ScoreChange, Side, compared, dumped, original, side_of
from lmc.source import SourceFile

LOCK = ".lock.json"
DIFFERENT = 1
"""How `--exit-code` says that something differs."""

COLOURS = {"<": "red", ">": "green", "|": "yellow", "~": "cyan"}


@click.command()
@program_argument
@click.argument("old", required=False)
@click.option("--original", "as_written", is_flag=True, help="Compare with the program as written, without the lock.")
@click.option("--module", "module", metavar="NAME", help="The calls of this module alone.")
@profile_option
@click.option("--unified", "as_unified", is_flag=True, help="Print a unified diff instead of two columns.")
@click.option("--width", type=click.IntRange(40, 1000), metavar="CELLS", help="The width of both columns.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when something differs, as `git diff --exit-code` does.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def diff(
    file: Path,
    old: str | None,
    as_written: bool,
    module: str | None,
    profile: str,
    as_unified: bool,
    width: int | None,
    exit_code: bool,
    as_json: bool,
) -> None:
    """Show what an edit or a tuning changes in the prompts of a program, their settings and its scores, side by side.

    OLD is what FILE is compared with: a git revision (by default HEAD), another `.lmp` file, or another `.lock.json`
    whose values take the place of the lock's. Nothing is called, and of a git repository nothing is run.
    """
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources), ExitStack() as stack:
        if as_written and old is not None:
            raise click.UsageError("--original and OLD exclude one another.")
        loaded, program = loaded_program(file, sources)
        if module is not None and all(one.name != module for one in program.modules):
            raise Failure(problems.unknown_module(module, [one.name for one in program.modules]))
        before = earlier(loaded, file, old, as_written, profile, stack, sources)
        after, warnings = side_of(loaded, "now", profile)
        show([replace(one, severity="warning") for one in warnings], loaded.sources)
        found = compared(before, after, module)
        if as_json:
            click.echo(dumped(found))
        else:
            cells = width or shutil.get_terminal_size((80, 24)).columns
            for line in unified_lines(found) if as_unified else column_lines(found, cells):
                click.echo(line)
        sys.exit(DIFFERENT if exit_code and not found.same else 0)


def earlier(
    loaded: Loaded,
    file: Path,
    old: str | None,
    as_written: bool,
    profile: str,
    stack: ExitStack,
    sources: dict[str, SourceFile],
) -> Side:
    """What the program is compared with. A program that has errors there ends the command, after they are printed."""
    assert loaded.program is not None
    if as_written:
        if not loaded.program.optimizes:
            raise Failure(problems.nothing_to_do("the program says nothing of what to tune (`optimize`)"))
        if not lock_path(loaded.path).exists():
            raise Failure(problems.no_lock(loaded.program.optimizes[0].module))
        return original(loaded, profile)
    if old is not None and old.endswith(LOCK) and Path(old).is_file():
        side, warnings = side_of(loaded, old, profile, Path(old))
        show([replace(one, severity="warning") for one in warnings], sources)
        return side
    if old is not None and old.endswith(".lmp") and Path(old).is_file():
        other = load(Path(old))
    else:
        from lmc.driver.revision import loaded_at

        other = stack.enter_context(loaded_at(loaded, old or "HEAD", file.as_posix()))
    sources.update(other.sources)
    if other.program is None:
        show(other.sink.diagnostics, other.sources)
        sys.exit(FAILED)
    return side_of(other, old or "HEAD", profile)[0]


def column_lines(found: Comparison, cells: int) -> Iterator[str]:
    """The comparison in two columns."""
    colour = colour_wanted(sys.stdout)
    for one in found.scores:
        if not one.same:
            yield from score_lines(one, found)
    changed = [one for one in found.calls if one.kind != "same"]
    for call in changed:
        yield f"=== {title(call, found)}"
        for part in call.parts:
            if not part.same:
                yield f"--- {part.title}"
                rows = side_by_side(part.before or "", part.after or "", cells)
                yield from (row_text(row, cells, colour) for row in rows)
        yield ""
    yield summary(found)


def row_text(row: Line, cells: int, colour: bool) -> str:
    """A row of the two columns."""
    text = "⋯" if row.mark == "~" else f"{row.left} {row.mark} {row.right}".rstrip()
    return click.style(text, fg=COLOURS[row.mark]) if colour and row.mark in COLOURS else text


def unified_lines(found: Comparison) -> Iterator[str]:
    """The comparison as a unified diff; its files are the parts of calls."""
    for one in found.scores:
        if not one.same:
            yield from (f"# {line}" for line in score_lines(one, found))
    for call in found.calls:
        for part in call.parts:
            if not part.same:
                yield unified_part(call, part, found).removesuffix("\n")


def unified_part(call: CallChange, part: Part, found: Comparison) -> str:
    """A part of a call as a unified diff."""
    name = f"{call.call}/{part.title}"
    return unified(part.before, part.after, f"{name} ({found.before})", f"{name} ({found.after})")


def title(call: CallChange, found: Comparison) -> str:
    """A call, and which side has it."""
    if call.kind == "changed":
        return call.call
    return f"{call.call}, only {found.after if call.kind == 'new' else f'in {found.before}'}"


def score_lines(one: ScoreChange, found: Comparison) -> Iterator[str]:
    """The scores of a module on both sides."""
    yield f"=== {one.module}: scores"
    for name, entry in ((found.before, one.before), (found.after, one.after)):
        yield f"{name:>12}: {'not tuned' if entry is None else score_words(entry)}"
    yield ""


def score_words(entry: ModuleEntry) -> str:
    """What a lock says of a tuning."""
    rows = f"{entry.tuned.n} {'sealed' if entry.sealed else 'dev'} rows"
    left = f" (cross-fit {percent(entry.crossfit)})" if entry.crossfit else ""
    return f"as written {percent(entry.baseline)}, tuned {percent(entry.tuned)} on {rows}{left}"


def percent(entry: ScoreEntry) -> str:
    """A score in percent."""
    return f"{100 * entry.score:.1f} %"


def summary(found: Comparison) -> str:
    """What differs, in a line."""
    counts = {kind: sum(one.kind == kind for one in found.calls) for kind in ("changed", "new", "gone", "same")}
    words = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "no calls"
    return f"{found.before} → {found.after}: {words}"
