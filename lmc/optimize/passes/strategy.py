"""Chooses how calls are made: at once, with reasoning, or several times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from lmc.analysis.calls import sites
from lmc.elaborate.expressions import REASONING
from lmc.evaluate.rows import Roles
from lmc.ir.expression import Expr, Member, Name, Predict, Settings
from lmc.ir.program import Module, Program
from lmc.ir.statement import Stmt
from lmc.ir.types import NamedType, RecordType
from lmc.ir.walk import expressions, transform_body
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.reshape import (
    affordable,
    dearness,
    field_names,
    fitted,
    in_source,
    let_of,
    read_by_field,
    restated,
    spread,
    with_module,
)
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.syntax import ast

Found: TypeAlias = list[tuple[str, Program]]
"""Candidates, each with where it came from."""


@dataclass(frozen=True)
class Strategy(OptimizerPass):
    """Races, for all calls at the same time, each other way to make a call: with reasoning or without (`predict`,
    `chain_of_thought`), `samples` times by vote or with a comparison of the attempts, and where the program has a
    metric that needs nothing but a call's inputs, the best of `samples` by it or refined by it. The winner is what the
    next round starts from, `rounds` at most. What would not fit (a metric that wants more than the inputs, reasoning
    that is read and would be gone) is found by the compiler and not tried. Without `dear` no call is made several
    times. With `save` it only leaves reasoning out, where that loses no more than `loss`. A search over the
    architecture of a program by races in batches; the strategies are those of the language (Wei et al. 2022; Wang et
    al. 2022; Madaan et al. 2023)."""

    name: ClassVar[str] = "strategy"
    samples: Annotated[int, Field(ge=2, le=9)] = 3
    rounds: Annotated[int, Field(ge=1, le=8)] = 2
    dear: bool = True
    save: bool = False
    loss: Annotated[float, Field(ge=0, le=0.2)] = 0.02

    @property
    def margin(self) -> float | None:
        """Only what saves tokens may lose a little."""
        return self.loss if self.save else None

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with the strategies that won."""
        places = [address for address, _ in sites(program, bench.module)]
        for number in range(self.rounds):
            found = self.candidates(program, bench.module, places)
            count = affordable(bench, [one for _, one in found], program)
            if not count:
                reason = "the budget has no room for other strategies" if found else "no call can be made otherwise"
                if not number:
                    bench.listen("skip", reason=reason)
                break
            found = found[:count]
            winner = bench.races([one for _, one in found], program, self.margin, [origin for origin, _ in found])
            if winner is None:
                break
            program = winner
        return program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """A race of all candidates in each round. A round can make one call dearer."""
        places = [address for address, _ in sites(program, module)]
        found = [one for _, one in self.candidates(program, module, places)]
        if not found:
            return Work()
        more = sorted((dearness(program, one, module) - 1 for one in found), reverse=True)[: self.rounds]
        return Work(runs=self.rounds * (len(found) + 1) * len(roles.dev), dearer=1 + sum(max(one, 0) for one in more))

    def candidates(self, program: Program, module: str, places: list[str]) -> Found:
        """Every other way to make one call of those at `places`, those first that take the fewest calls."""
        found: list[tuple[str, Program | None]] = []
        for address, predict in sites(program, module):
            signature, settings = program.signature(predict.signature), predict.settings
            told = signature.prompt is not None or any(name == "strategy" for name, _ in settings.tunes)
            if address not in places or predict.sample is not None or told or settings.tools:
                continue
            other = "predict" if strategy_of(predict) == "chain_of_thought" else "chain_of_thought"
            if not self.save or other == "predict":
                found.append((f"{other} at {address}", with_strategy(program, address, other)))
            if self.dear and not self.save:
                found += self.sampled(program, address)
        fitting = [(origin, one) for origin, one in found if one is not None]
        return sorted(fitting, key=lambda one: dearness(program, one[1], module))

    def sampled(self, program: Program, address: str) -> list[tuple[str, Program | None]]:
        """The ways to make a call several times."""
        ways: list[tuple[str, str | None]] = [("vote", None), ("compare", None)]
        golden = {one.metric for one in program.optimizes}
        free = [one.name for one in program.metrics if one.name not in golden]
        ways += [(way, metric) for metric in free for way in ("best_of", "refine")]
        found = []
        for way, metric in ways:
            by = None if metric is None else ast.Ident(metric)

            def several(call: ast.StrategyExpr, way: str = way, by: ast.Ident | None = by) -> ast.Expr:
                return ast.SampledExpr(way, self.samples, by, None, call)

            words = f"{way} {self.samples}{'' if metric is None else f' by {metric}'} at {address}"
            found.append((words, in_source(program, address, several)))
        return found


def with_strategy(program: Program, address: str, strategy: str) -> Program | None:
    """The program with a call made at once or with reasoning; None where its reply is used in a way that would change
    with it."""
    owner, _, site = address.rpartition(".")
    module = spread(program, program.module(owner))
    call = next(one for one in expressions(module.body) if isinstance(one, Predict) and one.site == site)
    signature = program.signature(call.signature)
    outputs = outputs_of(signature, strategy)
    if field_names(outputs) == field_names(outputs_of(signature, strategy_of(call))):
        return None  # its signature has the reasoning as an output of its own
    if any(one.name == REASONING.name for one in signature.inputs):
        return None
    held = let_of(module, site)
    new = replace(call, strategy=strategy, settings=settings_for(call.settings, field_names(outputs)))
    if held is None:
        return with_call(program, module, new)
    if strategy == "predict" and reads_whole(module.body, held.name):
        return None
    type_ = NamedType(signature.name) if strategy == "predict" else RecordType(outputs)
    other = replace(held, type=type_, value=new)
    body = restated(module.body, lambda stmt: (other if stmt is held else stmt,))
    body = read_by_field(body, held.name, field_names(signature.outputs)) if strategy != "predict" else body
    return fitted(program, with_module(program, replace(module, body=body)))


def with_call(program: Program, module: Module, call: Predict) -> Program | None:
    """The program with another call of a site whose reply no `let` holds; None unless a field is read of it at once."""
    if not any(isinstance(one, Member) and at(one.base, call) for one in expressions(module.body)):
        return None
    body = transform_body(module.body, lambda expr: call if at(expr, call) else expr)
    return fitted(program, with_module(program, replace(module, body=body)))


def at(expr: Expr, call: Predict) -> bool:
    """Whether an expression is the call of a site."""
    return isinstance(expr, Predict) and expr.site == call.site


def reads_whole(body: tuple[Stmt, ...], name: str) -> bool:
    """Whether a variable is read otherwise than by its fields."""
    found = list(expressions(body))
    fields = sum(isinstance(one, Member) and one.base == Name(name) for one in found)
    return sum(one == Name(name) for one in found) > fields


def settings_for(settings: Settings, outputs: list[str]) -> Settings:
    """The settings of a call for other outputs: demonstrations without what is no longer asked for, and no bare reply
    for several."""
    demos, layout = settings.demos, settings.layout
    if demos is not None:
        demos = tuple(replace(one, outputs=tuple(pair for pair in one.outputs if pair[0] in outputs)) for one in demos)
    if layout is not None and layout.reply == "bare" and len(outputs) > 1:
        layout = replace(layout, reply="fields")
    return replace(settings, demos=demos, layout=layout)
