"""What `lmc render` says that a run sends is what a run sends, byte for byte, as far as the values are known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cases import CASES, Case
from emitting import program_of, root_of
from scripted import Scripted
from test_same_bytes import Adapter

from lmc.analysis.calls import sites
from lmc.driver.externals import Outside, open_externals
from lmc.driver.load import load
from lmc.driver.tuned import tuned_program
from lmc.evaluate.scores import scores_of
from lmc.execute.interpreter import Interpreter
from lmc.execute.rehearsal import Rehearsal
from lmc.execute.unknown import Unknown, is_known, mark
from lmc.lm.base import Request
from lmc.runtime.prompt import Template
from lmc.runtime.run import first_request

PROGRAMS = [
    path for path in sorted(Path(__file__).parents[2].glob("programs/*/*.lmp")) if path.parent.name != "methods"
]


SLOW = ("calculation", "agent", "multihop")
QUICK = [case for case in CASES if case.path.stem not in SLOW]
"""Without those that run code in the sandbox, or search, for each row."""


def heard(used: dict[str, Any], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function outside the program, its values kept by its arguments."""

    async def use(*args: Any) -> Any:
        try:
            found = await function(*args)
        except Exception:
            used["failed"] = True  # no value can stand for that
            raise
        used[json.dumps([name, args])] = found
        return found

    return use


def ask(case: Case, row: list[Any]) -> tuple[Any, list[str], dict[str, Any], dict[str, Any]]:
    """A run: what came of it, the requests that the LM got, the outputs of calls by their requests, and the values of
    what is outside."""
    program = program_of(case.path)
    scripted = Scripted(case.replies)
    used: dict[str, Any] = {}
    outside = open_externals(program, Outside(root_of(case.path), allowed=True), [case.module])
    wrapped = {name: heard(used, name, function) for name, function in outside.items()}
    interpreter = Interpreter(program, {lm.name: Adapter(scripted) for lm in program.lms}, wrapped, scores_of(program))
    names = [param.name for param in program.module(case.module).params]
    outcome = asyncio.run(interpreter.run(case.module, dict(zip(names, row, strict=True))))
    outputs = {
        json.dumps(first_request(interpreter.templates[one.address], one.sample, dict(one.inputs))): one.outputs
        for one in outcome.calls
        if not one.superseded
    }
    return outcome, scripted.requests, outputs, used


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_with_the_replies_of_a_run_every_request_of_it_is_known(case: Case) -> None:
    program = program_of(case.path)
    names = [param.name for param in program.module(case.module).params]
    compared = 0
    for row in case.rows:
        outcome, requests, outputs, used = ask(case, row)
        if outcome.error is not None or "failed" in used:
            continue

        def known(template: Template, request: Request, outputs: Mapping[str, Any] = outputs) -> Any:
            return outputs.get(json.dumps(request.body))

        def found(name: str, arguments: list[Any], used: Mapping[str, Any] = used) -> Any:
            return used.get(json.dumps([name, arguments])) if is_known(arguments) else Unknown(mark(name))

        rehearsal = Rehearsal(program, known, found)
        value = rehearsal.run(case.module, dict(zip(names, row, strict=True)))
        assert rehearsal.ended is None
        sent = [json.dumps(one.request.body, ensure_ascii=False) for one in rehearsal.calls if one.sure]
        assert set(sent) <= set(requests)
        assert {json.dumps(json.loads(one)) for one in sent} == set(outputs)
        assert value == outcome.value
        compared += 1
    assert compared, "no row of the case comes to an end"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_without_any_value_every_call_of_a_program_is_shown(path: Path) -> None:
    loaded = load(path)
    program, _ = tuned_program(loaded)
    for module in program.modules:
        rehearsal = Rehearsal(program, lambda *_: None, lambda name, _: Unknown(mark(name)))
        rehearsal.run(module.name, {one.name: Unknown(mark(one.name)) for one in module.params})
        assert rehearsal.ended is None
        assert not rehearsal.cut
        assert {one.address for one in rehearsal.calls} == {address for address, _ in sites(program, module.name)}
        for one in rehearsal.calls:
            assert json.dumps(one.request.body)
