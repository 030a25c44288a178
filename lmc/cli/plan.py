"""`lmc plan`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from lmc.cli.common import chosen_module, loaded_program, program_argument, show
from lmc.cli.door import FAILED, guarded
from lmc.driver.load import Loaded
from lmc.driver.plan import RunPlan, as_json, plan_run
from lmc.ir.program import Program
from lmc.passes import simplify
from lmc.source import SourceFile


@click.command()
@program_argument
@click.option("--module", "name", help="The module; by default the one that is tuned.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def plan(file: Path, name: str | None, json_wanted: bool) -> None:
    """Say the most calls and tokens that a run and a build can take, before anything is spent."""
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        program = simplify(program)
        run = plan_run(program, chosen_module(program, name))
        tunings = plan_builds(loaded, program)
        if json_wanted:
            click.echo(json.dumps({"run": as_json(run), "build": tunings}, ensure_ascii=False))
            return
        print_run(run)
        for tuning in tunings:
            limit = tuning["calls"]
            most = f"at most {limit} LM calls" if limit is not None else "no limit of calls (write `budget 600 calls`)"
            click.echo(f"tuning {tuning['module']}: {most}, {tuning['sealed_calls']} of them for the sealed rows")
            click.echo(f"  rows: {tuning['train']} train, {tuning['dev']} dev, {tuning['test']} sealed")


def plan_builds(loaded: Loaded, program: Program) -> list[dict[str, Any]]:
    """The plans of the program's tunings, as JSON; the command ends when the data have mistakes."""
    from lmc.driver.checks import check_program
    from lmc.driver.plan import plan_tuning
    from lmc.optimize.tune import reserved_calls

    if not program.optimizes:
        return []
    before = loaded.sink.diagnostics
    roles = check_program(program, loaded.root, loaded.sink)
    show([one for one in loaded.sink.diagnostics if one not in before], loaded.sources)
    if loaded.sink.failed:
        sys.exit(FAILED)
    plans = []
    for optimize in program.optimizes:
        rows = roles[optimize.module]
        names = tuple(spec.name for spec in optimize.passes) if optimize.passes is not None else ("auto",)
        reserved = reserved_calls(program, optimize.module, len(rows.test) or len(rows.dev))
        plans.append(as_json(plan_tuning(program, optimize, rows, names, reserved)))
    return plans


def print_run(plan: RunPlan) -> None:
    """Prints the plan of a run."""
    click.echo(f"one run of {plan.module}: at most {calls(plan.calls, 'LM ')}, about {plan.tokens} tokens")
    for site in plan.sites:
        each = f"{site.prompt_tokens} tokens in, {site.reply_tokens} out"
        click.echo(f"  {site.address}: at most {calls(site.calls)} of {site.lm}, each about {each}")


def calls(count: int, kind: str = "") -> str:
    """So many calls, in words."""
    return f"{count} {kind}call{'s' * (count != 1)}"
