"""`lmc eval`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from lmc.cli.bar import fetch_models
from lmc.cli.common import extern_option, loaded_program, profile_option, program_argument, show
from lmc.cli.door import FAILED, guarded
from lmc.cli.examined import report_json, report_lines, row_line, row_lines
from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.driver.checks import check_program
from lmc.driver.externals import External, open_externals
from lmc.driver.inputs import lms_used
from lmc.driver.lms import LMs
from lmc.driver.permission import Outside, is_allowed
from lmc.driver.profiles import in_profile
from lmc.driver.progress import Progress
from lmc.driver.tuned import tuned_program
from lmc.evaluate.doctor import Report, Scores, examine, with_repeats
from lmc.evaluate.evaluator import evaluate_rows
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Row
from lmc.evaluate.scores import scores_of
from lmc.evaluate.scoring import Scored
from lmc.execute.interpreter import Interpreter
from lmc.ir.program import Optimize, Program
from lmc.lm.meter import Usage
from lmc.optimize.tune import estimate
from lmc.passes import simplify
from lmc.source import SourceFile


@click.command(name="eval")
@program_argument
@click.option("--module", "name", help="The tuned module; by default the first.")
@click.option("--role", type=click.Choice(["train", "dev", "test"]), default="dev", help="The rows to score on.")
@click.option("--limit", type=click.IntRange(min=1), help="So many rows at most.")
@click.option("--as-written", is_flag=True, help="Without the tuned values of the lock.")
@click.option("--explain", is_flag=True, help="Say which rows lost and why, and whether the metric can be trusted.")
@click.option("--samples", type=click.IntRange(1, 20), default=1, help="With --explain: run each row so often.")
@click.option("--rows", "show_rows", is_flag=True, help="Print a JSON line for each row.")
@click.option("--no-assertions", is_flag=True, help="Without `assert` and `suggest`.")
@profile_option
@extern_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def eval_command(
    file: Path,
    name: str | None,
    role: str,
    limit: int | None,
    as_written: bool,
    explain: bool,
    samples: int,
    show_rows: bool,
    no_assertions: bool,
    profile: str,
    allow_extern: bool,
    as_json: bool,
) -> None:
    """Score a program on its data. Scores on dev rows are optimistic for a tuned program; test rows are sealed while
    it is tuned."""
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        before = loaded.sink.diagnostics
        if as_written:
            program = in_profile(simplify(program), profile)
        else:
            program, warnings = tuned_program(loaded, profile)
            show([replace(one, severity="warning") for one in warnings], loaded.sources)
        optimize = chosen(program, name)
        roles = check_program(program, loaded.root, loaded.sink)
        show([one for one in loaded.sink.diagnostics if one not in before], loaded.sources)
        if loaded.sink.failed:
            sys.exit(FAILED)
        rows = roles[optimize.module].of(role)[:limit]
        outside = Outside(loaded.root, is_allowed(allow_extern), warn=lambda one: show([one], sources))
        externals = open_externals(program, outside, [optimize.module], [optimize.metric])
        fetch_models([lm.reference for lm in lms_used(program, optimize)])
        runs, usage = asyncio.run(
            score_rows(program, optimize, rows, externals, samples if explain else 1, not no_assertions)
        )
        scored = runs[0]
        result = estimate([one.score for one in scored], 0)
        for row, one in zip(rows, scored, strict=True) if show_rows else ():
            click.echo(json.dumps(row_line(row, one), ensure_ascii=False))
        report = examined(program, optimize, rows, runs) if explain else None
        failed = sum(one.problem is not None for one in scored)
        if as_json:
            found = {
                "program": program.name,
                "module": optimize.module,
                "role": role,
                **asdict(result),
                "failed": failed,
            }
            explained = {"metric": report_json(report)} if report is not None else {}
            calls = {"served_calls": usage.served, "cached_calls": usage.cached}
            click.echo(json.dumps({**found, **calls, **explained}, ensure_ascii=False))
            return
        click.echo(
            f"{optimize.module}: {100 * result.score:.1f} %  [{100 * result.low:.1f}, {100 * result.high:.1f}]  "
            f"on {result.n} {role} rows, {failed} failed; {usage.served} LM calls, {usage.cached} cached"
        )
        if report is not None:
            click.echo("\n".join((*report_lines(report, optimize.metric), *row_lines(rows, scored))))
            show(report.findings, sources)


def chosen(program: Program, name: str | None) -> Optimize:
    """The tuning whose data and metric are used. Raises Failure."""
    known = [one.module for one in program.optimizes]
    if not known:
        raise Failure(problems.nothing_to_do("the program does not say on which data and by which metric to score it"))
    if name is not None and name not in known:
        raise Failure(problems.unknown_module(name, known))
    return next(one for one in program.optimizes if name in (None, one.module))


def examined(program: Program, optimize: Optimize, rows: tuple[Row, ...], runs: list[list[Scored]]) -> Report:
    """What the doctor says of the metric."""
    inputs = [param.name for param in program.module(optimize.module).params]
    first = [
        Scores(row, one.score, one.problem is not None, one.missing) for row, one in zip(rows, runs[0], strict=True)
    ]
    repeats = [[one.score for one in run] for run in runs[1:]]
    return examine(program.metric(optimize.metric), inputs, with_repeats(first, repeats))


async def score_rows(
    program: Program,
    optimize: Optimize,
    rows: tuple[Row, ...],
    externals: Mapping[str, External],
    samples: int = 1,
    assertions: bool = True,
) -> tuple[list[list[Scored]], Usage]:
    """The results on the rows, for each of so many samples, and what they took."""
    progress: Any = None
    lms = LMs(lms_used(program, optimize), None, warn=lambda one: show([one], {}), on_change=lambda: progress.tick())
    progress = Progress(sys.stderr, lambda: lms.usage, None)
    progress.begin("scoring")
    try:
        interpreter = Interpreter(program, lms.by_name, externals, scores_of(program), assertions)
        params = {optimize.module: [param.name for param in program.module(optimize.module).params]}
        jobs = [(interpreter, optimize.module, row) for row in rows]
        metric = compile_metric(program.metric(optimize.metric))
        runs = [await evaluate_rows(jobs, params, metric, keep=True, sample=sample) for sample in range(samples)]
        return runs, lms.usage
    finally:
        progress.clear()
        await lms.close()
