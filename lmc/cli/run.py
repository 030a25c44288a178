"""`lmc run`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lmc.analysis.calls import sites
from lmc.cli.bar import fetch_models
from lmc.cli.common import (
    chosen_module,
    extern_option,
    loaded_program,
    profile_option,
    program_argument,
    show,
)
from lmc.cli.door import FAILED, guarded
from lmc.cli.inputs import read_inputs
from lmc.cli.limits import BUDGET, Limits
from lmc.cli.stream import Aloud, Voice
from lmc.driver.externals import External, open_externals
from lmc.driver.lms import LMs, Open
from lmc.driver.permission import Outside, is_allowed
from lmc.driver.plan import plan_run
from lmc.driver.profiles import in_profile
from lmc.driver.tuned import tuned_program
from lmc.driver.worst import answering
from lmc.evaluate.scores import scores_of
from lmc.execute.interpreter import Interpreter, Outcome
from lmc.ir.program import Program
from lmc.passes import simplify
from lmc.source import SourceFile


@click.command()
@program_argument
@click.option("--module", "name", help="The module; by default the one that is tuned.")
@click.option(
    "-i", "--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input; `-i text=-` reads standard input."
)
@click.option("--input-json", help="All inputs as one JSON object; `-` reads standard input.")
@click.option("--as-written", is_flag=True, help="Without the tuned values of the lock.")
@click.option("--trace", is_flag=True, help="Print every call with its replies to standard error.")
@click.option("--otel", metavar="URL", help="Send the trace to a collector of OpenTelemetry (OTLP over HTTP).")
@click.option("--mlflow", metavar="TARGET", help="Log the trace to an MLflow server (a URL) or in a folder.")
@click.option("--stream", is_flag=True, help="Print replies to standard error as they come.")
@click.option("--no-assertions", is_flag=True, help="Without `assert` and `suggest`.")
@click.option("--budget", type=BUDGET, help='Stop (exit 4) before more is spent: "10 calls, 0.05 dollars".')
@profile_option
@extern_option
@click.option("--json", "as_json", is_flag=True, help="Print the value as JSON, texts too.")
def run(
    file: Path,
    name: str | None,
    inputs: tuple[str, ...],
    input_json: str | None,
    as_written: bool,
    trace: bool,
    otel: str | None,
    mlflow: str | None,
    stream: bool,
    no_assertions: bool,
    budget: Limits | None,
    profile: str,
    allow_extern: bool,
    as_json: bool,
) -> None:
    """Run a module on an input and print its value. It makes no more LM calls than `lmc plan` says."""
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        if as_written:
            program = in_profile(simplify(program), profile)
        else:
            program, warnings = tuned_program(loaded, profile)
            show([replace(one, severity="warning") for one in warnings], loaded.sources)
        module = program.module(chosen_module(program, name))
        values = read_inputs(program, module, inputs, input_json)
        outside = Outside(loaded.root, is_allowed(allow_extern), warn=lambda one: show([one], sources))
        externals = open_externals(program, outside, [module.name])
        used = dict.fromkeys(
            lm.name
            for address, predict in sites(program, module.name)
            for lm in answering(program, address.rpartition(".")[0], predict)
        )
        fetch_models([program.lm(lm).reference for lm in used])
        outcome = asyncio.run(
            run_once(program, module.name, values, externals, not no_assertions, budget, aloud=stream)
        )
        if trace:
            print_trace(outcome)
        for note in outcome.notes:
            click.echo(f"warning: {note}", err=True)
        if outcome.error is not None:
            show([outcome.error], loaded.sources)
        else:
            plain = isinstance(outcome.value, str) and not as_json
            click.echo(outcome.value if plain else json.dumps(outcome.value, ensure_ascii=False))
        if otel is not None or mlflow is not None:
            hand_on(program, module.name, values, outcome, otel, mlflow)
        if outcome.error is not None:
            sys.exit(FAILED)


def hand_on(
    program: Program, module: str, values: Mapping[str, Any], outcome: Outcome, otel: str | None, mlflow: str | None
) -> None:
    """Hands the trace of a run that has ended to other tools. Raises Failure."""
    if otel is not None:
        from lmc.report import otel as to_otel

        to_otel.export_run(program, module, values, outcome, otel)
    if mlflow is not None:
        from lmc.report import mlflow as to_mlflow

        to_mlflow.export_run(program, module, values, outcome, mlflow)


async def run_once(
    program: Program,
    module: str,
    values: dict[str, Any],
    externals: Mapping[str, External],
    assertions: bool = True,
    budget: Limits | None = None,
    open_it: Open | None = None,
    aloud: bool = False,
) -> Outcome:
    """One run with the program's LMs. It can make no more calls than the plan of the run says, nor spend more than
    `budget`: one that would exceed that raises BudgetExceeded. `open_it` opens LMs (tests give a scripted one).
    `aloud`: replies go to standard error as they come."""
    planned = plan_run(program, module, priced=False).calls
    calls, tokens, dollars = budget or (None, None, None)
    limits = (planned if calls is None else min(calls, planned), tokens, dollars)
    lms = LMs(program.lms, open_it, limits=limits, warn=lambda one: show([one], {}))
    voice = Voice(lambda piece: click.echo(piece, err=True, nl=False))
    answering = {name: Aloud(lm, voice) if aloud else lm for name, lm in lms.by_name.items()}
    try:
        interpreter = Interpreter(program, answering, externals, scores_of(program), assertions)
        return await interpreter.run(module, values)
    finally:
        await lms.close()


def print_trace(outcome: Outcome) -> None:
    """Prints every call."""
    for call in outcome.calls:
        click.echo(f"{call.address}({json.dumps(dict(call.inputs), ensure_ascii=False)})", err=True)
        for reply in call.replies:
            counts = f"{reply.prompt_tokens} tokens in, {reply.completion_tokens} out{', cached' * reply.cached}"
            click.echo(f"  <- {json.dumps(reply.text, ensure_ascii=False)}  ({counts})", err=True)
        if call.problem:
            click.echo(f"  !! {call.problem}", err=True)
