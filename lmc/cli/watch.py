"""`lmc watch`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from lmc.cli.common import show
from lmc.cli.door import colour_wanted, guarded
from lmc.diagnostics import Failure
from lmc.diagnostics.wire import render_json
from lmc.driver.load import no_such_program
from lmc.driver.watching import Watcher
from lmc.report.columns import unified
from lmc.report.looking import Look, Rendered, look

CLEAR = "\x1b[2J\x1b[3J\x1b[H"
LONGEST = 60
"""The most lines of a difference that are shown."""


@click.command()
@click.argument("places", type=click.Path(path_type=Path), metavar="FILE|FOLDER...", nargs=-1, required=True)
@click.option(
    "--prompts",
    "pages",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the prompts as they are now to DIR/PROGRAM, whether a build is due or not.",
)
@click.option("--no-write", is_flag=True, help="Write no outputs, also where the lock is fresh.")
@click.option("--no-clear", is_flag=True, help="Do not clear the terminal before each report.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line for each program that is looked at."
)
def watch(places: tuple[Path, ...], pages: Path | None, no_write: bool, no_clear: bool, as_json: bool) -> None:
    """Check programs again and render their prompts whenever they are saved, or what they depend on: imports, prompts
    in files, data, the lock. No LM is called, and Ctrl-C ends it (exit 130).

    What `build` would write without tuning is written: where the lock is fresh for all that is tuned, the outputs
    follow the source. Where it is not, they stay as they are, what changes in the prompts is printed, and that a build
    is due. The lock is never written.
    """
    with guarded():
        for one in places:
            if not one.exists():
                raise Failure(no_such_program(one, one.as_posix()))
        watcher = Watcher(places)
        tell = Teller(as_json, not no_clear and sys.stdout.isatty())
        changed = watcher.begin()
        tell.begin(watcher)
        while True:
            tell.clear()
            for file in changed:
                if file in watcher.programs and (file in places or file.exists()):
                    tell.about(look(file, not no_write, pages))
                elif file not in watcher.programs:
                    tell.gone(file)
            sys.stdout.flush()
            changed = watcher.wait()


class Teller:
    """Says what is seen. `held` are the prompts of each program as they were last seen whole."""

    def __init__(self, as_json: bool, clearing: bool) -> None:
        self.as_json, self.clearing = as_json, clearing
        self.held: dict[Path, Look] = {}

    def begin(self, watcher: Watcher) -> None:
        """Says what is watched."""
        if not self.as_json:
            count = len(watcher.programs)
            files = len(set(watcher.followed())) - count
            others = f"{files} file{'s' * (files != 1)} beside {'them' if count != 1 else 'it'}"
            click.echo(f"watching {count} program{'s' * (count != 1)} and {others}; Ctrl-C ends", err=True)

    def clear(self) -> None:
        """Clears a terminal."""
        if self.clearing and self.held:
            click.echo(CLEAR, nl=False, color=True)

    def gone(self, file: Path) -> None:
        """Says that a program of a folder is not there any more."""
        self.held.pop(file, None)
        if self.as_json:
            click.echo(json.dumps({"program": file.as_posix(), "gone": True}, ensure_ascii=False))
        else:
            click.echo(f"{now()} {file.as_posix()}: gone")

    def about(self, seen: Look) -> None:
        """Says what was seen of a program, and what is new in its prompts."""
        before = self.held.get(seen.file)
        if seen.prompts is not None:
            self.held[seen.file] = seen
        changes = list(differences(before, seen))
        if self.as_json:
            click.echo(json.dumps(as_object(seen, changes), ensure_ascii=False))
            return
        click.echo(headline(seen, changes, before is None))
        show(seen.diagnostics, seen.sources, err=False)
        for _, _, difference in changes:
            for line in shortened(difference):
                click.echo(coloured(line))
        for name in seen.written:
            click.echo(f"  wrote {name}")
        for one in seen.due:
            click.echo(f"  a build is due: {one.message}; until then prompts are as written, and outputs as they were")


def headline(seen: Look, changes: list[tuple[str, str, str]], first: bool) -> str:
    """What was seen, in a line."""
    counts = {kind: sum(one.severity == kind for one in seen.diagnostics) for kind in ("error", "warning")}
    words = [f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts.items() if count] or ["fine"]
    calls = dict.fromkeys(call for call, _, _ in changes)
    if calls:
        words.append(f"changed: {', '.join(calls)}")
    elif first and seen.prompts:
        words.append(f"{len(seen.prompts)} prompt{'s' * (len(seen.prompts) != 1)}")
    return f"{now()} {seen.file.as_posix()}: {'; '.join(words)}"


def now() -> str:
    """The time of day."""
    return time.strftime("%H:%M:%S")


def differences(before: Look | None, seen: Look) -> Iterator[tuple[str, str, str]]:
    """What differs in prompts: call, part, unified diff. Where a tuning has just become stale, or fresh again, the
    prompts as written are compared: that is what was edited."""
    if before is None or seen.prompts is None or before.prompts is None:
        return
    same = bool(before.due) == bool(seen.due)
    old, new = (before.prompts, seen.prompts) if same else (before.plain, seen.plain)
    yield from changed_parts(old, new)


def changed_parts(before: Rendered, after: Rendered) -> Iterator[tuple[str, str, str]]:
    """The parts of calls that differ."""
    for call in dict.fromkeys((*after, *before)):
        old, new = before.get(call, {}), after.get(call, {})
        for part in dict.fromkeys((*new, *old)):
            if old.get(part) != new.get(part):
                name = f"{call}/{part}"
                yield call, part, unified(old.get(part), new.get(part), name, name)


def shortened(difference: str) -> Iterator[str]:
    """The lines of a difference, of a long one the first."""
    lines = difference.splitlines()
    yield from lines[:LONGEST]
    if len(lines) > LONGEST:
        yield f"⋯ {len(lines) - LONGEST} lines more; `lmc diff` shows all"


def coloured(line: str) -> str:
    """A line of a difference for the terminal."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    if not line or line[0] not in colours or not colour_wanted(sys.stdout):
        return f"  {line}"
    return "  " + click.style(line, fg=colours[line[0]])


def as_object(seen: Look, changes: list[tuple[str, str, str]]) -> dict[str, Any]:
    """What was seen, for programs that read it."""
    return {
        "program": seen.file.as_posix(),
        "failed": seen.failed,
        "diagnostics": json.loads(render_json(tuple(seen.diagnostics), seen.sources)),
        "changed": [{"call": call, "part": part, "diff": difference} for call, part, difference in changes],
        "prompts": None if seen.prompts is None else list(seen.prompts),
        "written": seen.written,
        "due": [one.message for one in seen.due],
    }
