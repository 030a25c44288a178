"""`lmc build`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmc.cli.common import extern_option, loaded_program, show
from lmc.cli.door import FAILED, REFUSED, guarded
from lmc.cli.narrator import Narrator
from lmc.driver.below import buildable_below
from lmc.driver.build import Build, Options, Report
from lmc.driver.permission import is_allowed
from lmc.source import SourceFile

if TYPE_CHECKING:
    from lmc.driver.lock import ScoreEntry


@click.command()
@click.argument("files", type=click.Path(path_type=Path), metavar="FILE...", nargs=-1, required=True)
@click.option("--frozen", is_flag=True, help="Fail (exit 4) instead of tuning; for CI.")
@click.option(
    "--check", is_flag=True, help="Write nothing; fail (exit 4) with a diff when a file is not as it would be."
)
@click.option("--retune", is_flag=True, help="Tune again from the program as written; an interrupted tuning goes on.")
@click.option("--seed", type=int, help="Use this seed instead of those in the source.")
@click.option("--profile", metavar="NAME", help='This profile alone (`optimize … for "NAME"`).')
@click.option(
    "--no-assertions", is_flag=True, help="Without `assert` and `suggest`, while tuning and in what is emitted."
)
@extern_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each program.")
def build(
    files: tuple[Path, ...],
    frozen: bool,
    check: bool,
    retune: bool,
    seed: int | None,
    profile: str | None,
    no_assertions: bool,
    allow_extern: bool,
    as_json: bool,
) -> None:
    """Tune what is stale, write the lock and the outputs. With a fresh lock nothing is spent and no file is touched.
    With --frozen or --check also of a folder: every program below it that tunes or emits something."""
    for place in files:
        if place.is_dir() and not (frozen or check):
            raise click.UsageError(f"File '{place}' is a directory. Folders are for --frozen and --check.")
    options = Options(frozen, check, retune, seed, profile, is_allowed(allow_extern), not no_assertions)
    worst = 0
    for file in (one for place in files for one in (buildable_below(place) if place.is_dir() else (place,))):
        sources: dict[str, SourceFile] = {}
        with guarded(sources=sources):
            worst = max(worst, build_one(file, options, as_json, sources))
    sys.exit(worst)


def build_one(file: Path, options: Options, as_json: bool, sources: dict[str, SourceFile]) -> int:
    """Builds one program; the exit code."""
    loaded, _ = loaded_program(file, sources)
    narrator = Narrator(loaded, file)
    warned = loaded.sink.diagnostics
    build = Build(loaded, options, narrator)
    try:
        reports = build.run()
    except KeyboardInterrupt:
        narrator.progress.clear()
        click.echo("\nstopped; run the same command to go on where it was, no call is made twice", err=True)
        raise
    finally:
        narrator.progress.clear()
    show([one for one in loaded.sink.diagnostics if one not in warned], loaded.sources)
    if loaded.sink.failed:
        return FAILED
    if as_json:
        click.echo(json.dumps(as_json_object(reports, file), ensure_ascii=False))
    for report in () if as_json else reports:
        print_report(report, file, options)
    return REFUSED if narrator.refused else 0


def as_json_object(reports: list[Report], file: Path) -> dict[str, Any]:
    """The reports of one program for programs that read them: of a single tuned module its scores, of several those
    of the first; `modules` has each."""
    modules = []
    for report in reports:
        found = {name: value for name, value in asdict(report).items() if name not in ("program", "files", "written")}
        for name in ("baseline", "tuned", "difference", "crossfit"):
            entry: ScoreEntry | None = getattr(report, name)
            found[name] = None if entry is None else entry.model_dump()
        modules.append(found)
    first = modules[0]
    sums = {
        name: sum(module[name] for module in modules)
        for name in ("served_calls", "cached_calls", "tokens", "dollars", "seconds")
    }
    scores = {name: first[name] for name in ("baseline", "tuned", "difference", "crossfit", "sealed")}
    passes = [one for module in modules for one in module["passes"]]
    return {
        "program": file.as_posix(),
        **scores,
        **sums,
        "passes": passes,
        "files": reports[0].files,
        "written": reports[0].written,
        "modules": modules,
    }


def print_report(report: Report, file: Path, options: Options) -> None:
    """Prints what came of it."""
    if report.module and report.baseline and report.tuned and report.difference:
        where = "sealed rows" if report.sealed else "dev rows (no sealed rows: optimistic)"
        name = f"{report.module} for {report.profile}" if report.profile else report.module
        click.echo(f"{name}: {'fresh, nothing spent' if report.fresh else spent(report)}")
        click.echo(f"  as written  {score(report.baseline)}")
        click.echo(f"  tuned       {score(report.tuned)}  on {report.tuned.n} {where}")
        click.echo(f"  difference  {score(report.difference, sign=True)}")
        if report.crossfit:
            click.echo(f"  cross-fit   {score(report.crossfit)}  tuned, less what the choice gained from chance")
    if options.check:
        count = f"{len(report.written)} file{'s' * (len(report.written) != 1)}"
        click.echo(f"{file}: {count} not fresh" if report.written else f"{file}: everything is as it would be")
        return
    for words, names in (
        ("wrote", [name for name in report.written if name in report.files]),
        ("removed", [name for name in report.written if name not in report.files]),
        ("as they were:", [name for name in report.files if name not in report.written]),
    ):
        if names:
            click.echo(f"{words} {', '.join(names)}")
    if not report.files:
        click.echo(f"{file}: no file changed")


def score(entry: ScoreEntry, sign: bool = False) -> str:
    """A score in percent, with its interval."""
    form = "+.1f" if sign else ".1f"
    return f"{100 * entry.score:{form}} %  [{100 * entry.low:{form}}, {100 * entry.high:{form}}]"


def spent(report: Report) -> str:
    """What a tuning took."""
    cached = f", {report.cached_calls} cached" if report.cached_calls else ""
    tokens = f"{report.tokens / 1000:.1f}k tokens"
    return f"{report.served_calls} LM calls{cached}, {tokens}, ${report.dollars:.4f}, {report.seconds:.0f} s"
