"""Makes two calls of one that is often wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field as Option

from lmc.analysis.calls import sites
from lmc.elaborate.expressions import REASONING
from lmc.evaluate.rows import Roles, Row
from lmc.ir.expression import Demo, Expr, Invoke, Member, Name, Predict, RecordOf, Settings
from lmc.ir.patch import apply_patch
from lmc.ir.program import Module, Program, Signature
from lmc.ir.statement import Let, Return
from lmc.ir.types import STR, Constrained, Field, NamedType, RecordType
from lmc.ir.walk import transform_body
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import balanced, demos_of, traced_demo
from lmc.optimize.proposing.grounding import cut, face, inputs_of
from lmc.optimize.proposing.proposals import instruction_of, leaks
from lmc.optimize.reflecting.blame import blamed
from lmc.optimize.reflecting.cases import case_words, numbered
from lmc.optimize.reflecting.failures import Failure, clusters_of, examples_of
from lmc.optimize.reshape import affordable, field_names, fitted, free_name, with_module
from lmc.passes.share import type_of_call
from lmc.prompts.compile import strategy_of
from lmc.syntax.tokens import RESERVED

META = "split_step"

SHOWN = 3
"""Failures that a proposal is shown."""

TAUGHT = 16
"""Train rows on which a candidate is run for demonstrations of its own."""

Found: TypeAlias = list[tuple[str, Program]]
"""Candidates, each with where it came from."""


@dataclass(frozen=True)
class Split(OptimizerPass):
    """Makes two calls of one to which at least `share` of the failures on `rows` train rows are blamed, where they are
    of several kinds, or where it has several outputs: the first finds out something that the second has in sight. What
    that is, a proposer says, `k` times at the same time: a name, a description, and what each of the two is to do. A
    call with several outputs is also split between them, which asks no proposer. A call that was shown demonstrations
    is split into two that are, out of good runs of their own. All are raced at the same time: two calls for one must
    win. After decomposed prompting (Khot et al. 2023)."""

    name: ClassVar[str] = "split"
    k: Annotated[int, Option(ge=0, le=16)] = 4
    share: Annotated[float, Option(ge=0, le=1)] = 0.4
    rows: Annotated[int, Option(ge=4, le=256)] = 48
    threshold: Annotated[float, Option(ge=0, le=1)] = 1.0

    @property
    def asks(self) -> bool:
        """It asks what the first call is to find out."""
        return self.k > 0

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with one call more."""
        rows = bench.rng("split/rows").sample(bench.train, min(self.rows, len(bench.train)))
        try:
            examples = examples_of(program, bench, rows)
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room to find out what fails")
            return program
        failing = [one for one in examples if one.scored.score < self.threshold]
        failures = blamed(program, bench, failing, self.threshold)
        found: Found = []
        for address, own in self.worth(program, bench, failures, len(failing)):
            found += [*self.between(program, address), *self.proposed(program, bench, address, own)]
        if not found:
            bench.listen("skip", reason="no call is to blame for failures of several kinds")
            return program
        candidates = self.taught(program, bench, [one for _, one in found])
        count = affordable(bench, candidates, program)
        if not count:
            bench.listen("skip", reason="the budget has no room for a race")
            return program
        winner = bench.races(candidates[:count], program, None, [origin for origin, _ in found][:count])
        return winner or program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """What fails, and runs of the teacher on it; runs for demonstrations and a race of all candidates. A run makes
        one call more for each that it makes of the call that is split."""
        places = sites(program, module)
        count = self.k * len(places) + sum(len(program.signature(one.signature).outputs) - 1 for _, one in places)
        rows = min(self.rows, len(roles.train))
        runs = rows + count * min(TAUGHT, len(roles.train)) + (count + 1) * len(roles.dev)
        taught = rows if len(places) > 1 else 0
        return Work(runs=runs, taught=taught, meta=self.k * len(places), dearer=2.0)

    def worth(
        self, program: Program, bench: Bench, failures: Sequence[Failure], count: int
    ) -> list[tuple[str, list[Failure]]]:
        """The calls that are worth splitting, with the failures that are blamed on each."""
        found = []
        for address, predict in sites(program, bench.module):
            own = [one for one in failures if one.address == address]
            kinds, outputs = len(clusters_of(own)), len(program.signature(predict.signature).outputs)
            plain = predict.sample is None and not predict.settings.tools
            if plain and own and sum(one.share for one in own) >= self.share * count and (kinds > 1 or outputs > 1):
                found.append((address, own))
        return found

    def between(self, program: Program, address: str) -> Found:
        """The call split between two of its outputs, each way."""
        predict = call_at(program, address)
        signature, own = program.signature(predict.signature), instruction_of(program, predict)
        found = []
        for place in range(1, len(signature.outputs)):
            first, rest = signature.outputs[:place], signature.outputs[place:]
            candidate = two_calls(program, address, Steps(own, first, own, rest))
            found += [] if candidate is None else [(f"{address} split before `{rest[0].name}`", candidate)]
        return found

    def proposed(self, program: Program, bench: Bench, address: str, failures: Sequence[Failure]) -> Found:
        """The call split as proposers say; a proposal that no program can be made of is a failed one."""
        if not self.k or bench.meta is None:
            return []
        predict = call_at(program, address)
        worst = [one for cluster in clusters_of(failures) for one in cluster.failures[:1]]
        rng = bench.rng(f"split/{address}")
        asks = []
        for _ in range(self.k):
            shown = rng.sample(worst, min(SHOWN, len(worst)))
            cases = [case_words(program, bench, address, one.example) for one in shown]
            step = face(program.signature(predict.signature), predict)
            told = cut(instruction_of(program, predict), 400)
            asks.append({"step": step, "instruction": told, "failures": numbered(cases)})
        try:
            replies = bench.propose(META, asks)
        except OutOfBudget:
            bench.listen("skip", reason="the budget has no room for proposals")
            return []
        found: Found = []
        for said in replies:
            steps = None if said is None else steps_of(program, predict, said)
            if steps is None or leaking(steps, bench.train, inputs_of(program, bench)):
                continue
            candidate = two_calls(program, address, steps)
            found += [] if candidate is None else [(f"{address} with `{steps.outputs[0].name}` first", candidate)]
        return found

    def taught(self, program: Program, bench: Bench, candidates: Sequence[Program]) -> list[Program]:
        """The candidates with demonstrations out of good runs of their own, as many as the program has at a call; as
        they are where it has none, or the budget has no room."""
        old = dict(sites(program, bench.module))
        most = max((len(demos_of(program, one)) for one in old.values()), default=0)
        rows = bench.rng("split/taught").sample(bench.train, min(TAUGHT, len(bench.train)))
        if not most or not rows:
            return list(candidates)
        try:
            results = bench.results(candidates, rows, keep=True)
        except OutOfBudget:
            return list(candidates)
        done = []
        for candidate, found in zip(candidates, results, strict=True):
            pools: dict[str, list[Demo]] = {address: [] for address, _ in sites(candidate, bench.module)}
            for row, one in zip(rows, found, strict=True):
                calls = one.outcome.calls if one.outcome and one.score >= self.threshold else ()
                for call in calls:
                    if call.outputs is not None and not call.superseded:
                        pools[call.address].append(traced_demo(call, row))
            new = {address: pool for address, pool in pools.items() if pool and address not in old}
            patch = {
                address: Settings(demos=balanced(pool, most, bench.rng(f"split/taught/{address}")))
                for address, pool in new.items()
            }
            done.append(apply_patch(candidate, patch))
        return done


@dataclass(frozen=True, slots=True)
class Steps:
    """Two steps in the place of one: what each is told, what the first gives, and what the second does."""

    first: str
    outputs: tuple[Field, ...]
    second: str
    rest: tuple[Field, ...]


def call_at(program: Program, address: str) -> Predict:
    """The call at an address."""
    owner, _, site = address.rpartition(".")
    return next(one for place, one in sites(program, owner) if place == f"{owner}.{site}")


def steps_of(program: Program, predict: Predict, said: Mapping[str, Any]) -> Steps | None:
    """The steps that a proposal names; None where its name cannot be that of a field."""
    signature = program.signature(predict.signature)
    taken = {REASONING.name, *field_names(signature.inputs), *field_names(signature.outputs)}
    if said["name"] in taken or said["name"] in RESERVED:
        return None
    field = Field(said["name"], Constrained(STR, None, 200), said["description"])
    return Steps(said["first"], (field,), said["second"], signature.outputs)


def leaking(steps: Steps, rows: Sequence[Row], inputs: Sequence[str]) -> bool:
    """Whether what is said of the steps quotes a row."""
    texts = (steps.first, steps.second, *(one.description for one in steps.outputs))
    return any(leaks(text, rows, inputs) for text in texts)


def two_calls(program: Program, address: str, steps: Steps) -> Program | None:
    """The program with a module of two calls in the place of one; None where the compiler refuses it."""
    owner, _, site = address.rpartition(".")
    predict = call_at(program, address)
    signature = program.signature(predict.signature)
    if signature.prompt is not None:
        return None
    own = replace(predict.settings, instruction=None, demos=None, nearest=None)
    given = tuple((one.name, Name(one.name)) for one in signature.inputs)
    ahead = Signature(free_name(program, f"{signature.name}_first"), steps.first, signature.inputs, steps.outputs)
    behind = Signature(
        free_name(program, f"{signature.name}_second"), steps.second, (*signature.inputs, *steps.outputs), steps.rest
    )
    variables = [f"{word}_" if word in field_names(signature.inputs) else word for word in ("ahead", "reply")]
    first = Predict(f"{site}_first", "predict", ahead.name, given, own)
    passed = tuple((one.name, Member(Name(variables[0]), one.name)) for one in steps.outputs)
    second = Predict(f"{site}_second", strategy_of(predict), behind.name, (*given, *passed), own)
    changed = replace(program, signatures=(*program.signatures, ahead, behind))
    reply: Expr = Name(variables[1])
    if steps.rest != signature.outputs:
        sides = ((variables[0], steps.outputs), (variables[1], steps.rest))
        reply = RecordOf(tuple((one.name, Member(Name(name), one.name)) for name, fields in sides for one in fields))
    body = (
        Let(variables[0], NamedType(ahead.name), first),
        Let(variables[1], type_of_call(changed, second), second),
        Return(reply),
    )
    returns = type_of_call(program, predict)
    if steps.rest != signature.outputs and isinstance(returns, RecordType):
        return None  # reasoning that both calls would give, or neither
    module = Module(free_name(program, f"{owner}_{site}"), signature.inputs, returns, body)
    call = Invoke(module.name, predict.arguments)

    def change(expr: Expr) -> Expr:
        return call if isinstance(expr, Predict) and expr.site == site else expr

    caller = program.module(owner)
    after = with_module(changed, replace(caller, body=transform_body(caller.body, change)))
    return fitted(program, with_module(after, module))
