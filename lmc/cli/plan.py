"""`lmc plan`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from lmc.cli.common import chosen_module, loaded_program, program_argument, show
from lmc.cli.door import FAILED, guarded
from lmc.driver.load import Loaded
from lmc.driver.plan import RunPlan, TunePlan, as_json, plan_run
from lmc.driver.profiles import in_profile, profiles_of
from lmc.ir.program import Program
from lmc.passes import simplify
from lmc.source import SourceFile


@click.command()
@program_argument
@click.option("--module", "name", help="The module; by default the one that is tuned.")
@click.option("--profile", metavar="NAME", help='This profile alone (`optimize … for "NAME"`).')
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def plan(file: Path, name: str | None, profile: str | None, json_wanted: bool) -> None:
    """Say the most calls, tokens and dollars that a run and a build can take, before anything is spent. A run and a
    build never exceed it, except by what providers charge for training a model (`finetune`) and for the embeddings of
    `dense` retrievers."""
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        program = simplify(program)
        view = in_profile(program, profile or "")
        run = plan_run(view, chosen_module(view, name))
        tunings = plan_builds(loaded, program, profile)
        if json_wanted:
            click.echo(
                json.dumps({"run": as_json(run), "build": [as_json(one) for one in tunings]}, ensure_ascii=False)
            )
            return
        print_run(run)
        for tuning in tunings:
            print_tuning(tuning)


def plan_builds(loaded: Loaded, program: Program, profile: str | None) -> list[TunePlan]:
    """The plans of the program's tunings, or of one profile's; the command ends when the data have mistakes."""
    if not program.optimizes:
        return []
    from lmc.driver.checks import check_program
    from lmc.driver.metaprompts import own_meta
    from lmc.driver.plan import plan_tuning
    from lmc.driver.tuning import chosen_passes

    plans = []
    before, overrides = loaded.sink.diagnostics, own_meta(loaded)
    for one in profiles_of(program) if profile is None else (profile,):
        view = in_profile(program, one)
        roles = check_program(view, loaded.root, loaded.sink)
        if not loaded.sink.failed:
            for optimize in (other for other in view.optimizes if other.profile == one):
                rows = roles[optimize.module]
                plans.append(plan_tuning(view, optimize, rows, chosen_passes(view, optimize, rows), overrides))
    show([one for one in loaded.sink.diagnostics if one not in before], loaded.sources)
    if loaded.sink.failed:
        sys.exit(FAILED)
    return plans


def print_run(plan: RunPlan) -> None:
    """Prints the plan of a run."""
    most = f"at most {calls(plan.calls, 'LM ')}, {plan.tokens:,} tokens{money(plan.dollars)}"
    click.echo(f"one run of {plan.module}: {most}; about {plan.about_tokens:,} tokens with inputs of 2,000 characters")
    for site in plan.sites:
        each = f"about {site.prompt_tokens:,} tokens in, at most {site.reply_tokens:,} out, {site.most_tokens:,} in all"
        click.echo(f"  {site.address}: at most {calls(site.calls)} of {site.lm}, each {each}")
    for name, count in plan.uses:
        click.echo(f"  {name}: used at most {count} time{'s' * (count != 1)}")


def print_tuning(plan: TunePlan) -> None:
    """Prints the plan of a tuning."""
    limit = f"at most {calls(plan.calls, 'LM ')}" if plan.calls is not None else "no limit of calls (write `budget`)"
    limit += f", {plan.tokens:,} tokens" if plan.tokens is not None else ""
    name = f"{plan.module} for {plan.profile}" if plan.profile else plan.module
    last = "sealed" if plan.test else "dev"
    click.echo(f"tuning {name}: {limit}{money(plan.dollars)}, {plan.sealed_calls} of the calls for the {last} rows")
    click.echo(f"  rows: {plan.rows}")
    for step in plan.steps:
        most = f"at most {calls(step.calls)}" if step.calls is not None else "as many calls as the budget allows"
        click.echo(f"  {step.name}: {most}")


def money(dollars: float | None) -> str:
    """An amount of US dollars behind other amounts; nothing where there is none to pay."""
    return f", ${dollars:,.4f}" if dollars else ""


def calls(count: int, kind: str = "") -> str:
    """So many calls, in words."""
    return f"{count:,} {kind}call{'s' * (count != 1)}"
