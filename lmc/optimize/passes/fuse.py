"""Makes one call of two where nothing is lost by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import Field as Option

from lmc.analysis.calls import lm_of, reachable, sites
from lmc.evaluate.rows import Roles
from lmc.ir.expression import Demo, Expr, Member, Name, Predict, Settings
from lmc.ir.patch import apply_patch
from lmc.ir.program import Module, Program, Signature
from lmc.ir.statement import Assign, Let, Stmt
from lmc.ir.types import Field, NamedType
from lmc.ir.walk import blocks, names_assigned, names_read, own_expressions, statements, transform_body
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import balanced, demos_of
from lmc.optimize.demonstrations.projection import projection
from lmc.optimize.reflecting.blame import gave, gold_of
from lmc.optimize.reflecting.failures import Example, examples_of
from lmc.optimize.reshape import (
    affordable,
    field_names,
    fitted,
    free_name,
    let_of,
    read_by_field,
    restated,
    spread,
    with_module,
)
from lmc.prompts import templates
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.prompts.profile import profile_of
from lmc.prompts.size import template_characters


@dataclass(frozen=True, slots=True)
class Pair:
    """Two calls of a module: the first gives the second some of its inputs. `fed` are those, with the field of the
    first that each is."""

    module: Module
    first: Let
    second: Let
    fed: tuple[tuple[str, str], ...]

    @property
    def calls(self) -> tuple[Predict, Predict]:
        """The calls."""
        assert isinstance(self.first.value, Predict)
        assert isinstance(self.second.value, Predict)
        return self.first.value, self.second.value

    @property
    def addresses(self) -> tuple[str, str]:
        """Their addresses."""
        first, second = self.calls
        return f"{self.module.name}.{first.site}", f"{self.module.name}.{second.site}"


@dataclass(frozen=True)
class Fuse(OptimizerPass):
    """Makes one call of two of which the first feeds the second alone: the inputs of both, and what the first gave as
    outputs before those of the second, where they serve as its reasoning. It is tried where the prompts of both take
    less than half of the LM's context, and where the rows tell what the first should give, where that is right in
    `right` of `rows` train rows at least. The fused call is shown up to `k` demonstrations out of good runs of the two
    (as many as they have, if nothing is said). All pairs are raced at the same time, again and again while one is found
    that loses no more than `loss`: a program with fewer calls need not win."""

    name: ClassVar[str] = "fuse"
    loss: Annotated[float, Option(ge=0, le=0.2)] = 0.02
    right: Annotated[float, Option(ge=0, le=1)] = 0.9
    k: Annotated[int, Option(ge=0, le=64)] | None = None
    rows: Annotated[int, Option(ge=1, le=256)] = 32

    @property
    def margin(self) -> float | None:
        """It saves calls."""
        return self.loss

    def run(self, program: Program, bench: Bench) -> Program:
        """The program with fewer calls."""
        if not pairs_of(program, bench.module):
            bench.listen("skip", reason="no call feeds another alone")
            return program
        while pairs := pairs_of(program, bench.module):
            examples = self.examples(program, bench)
            found = [
                self.fused(program, one, bench, examples) for one in pairs if self.worth(program, one, bench, examples)
            ]
            candidates = [one for one in found if one is not None]
            count = affordable(bench, candidates, program)
            winner = bench.races(candidates[:count], program, self.loss, ["two calls fused"] * count) if count else None
            if winner is None:
                reason = "the budget has no room for a race" if candidates else "no two calls are worth fusing"
                bench.listen("skip", reason=reason) if not count else None
                return program
            program = winner
        return program

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """A race of all pairs for each call that may go, and runs of the program for demonstrations."""
        count = len(pairs_of(program, module))
        each = (count + 1) * len(roles.dev) + min(self.rows, len(roles.train))
        return Work(runs=count * each)

    def examples(self, program: Program, bench: Bench) -> list[Example]:
        """Runs of the program on train rows; none where the budget has no room for them."""
        rows = bench.rng("fuse/rows").sample(bench.train, min(self.rows, len(bench.train)))
        try:
            return examples_of(program, bench, rows)
        except OutOfBudget:
            return []

    def worth(self, program: Program, pair: Pair, bench: Bench, examples: Sequence[Example]) -> bool:
        """Whether the prompts of two calls fit in one, and the first is right often enough, as far as rows tell."""
        texts, (first, second) = templates(program), pair.addresses
        lms = [lm_of(program, pair.module.name, call) for call in pair.calls]
        if lms[0] is None or lms[0] != lms[1]:
            return False
        if sum(template_characters(texts[one]) for one in (first, second)) / 4 >= profile_of(lms[0]).context / 2:
            return False
        golds = ((one, gold_of(program, bench, one, first)) for one in examples)
        right = [gave(one, first, gold) for one, gold in golds if gold is not None]
        return not right or sum(right) >= self.right * len(right)

    def fused(self, program: Program, pair: Pair, bench: Bench, examples: Sequence[Example]) -> Program | None:
        """The program with one call in the place of two, and its demonstrations."""
        candidate = fuse(program, pair)
        if candidate is None:
            return None
        address = pair.addresses[1]
        made = dict(sites(candidate, bench.module))[address]
        count = max(len(demos_of(program, call)) for call in pair.calls) if self.k is None else self.k
        project = projection(candidate, bench.module, program, bench.module, {})
        good = [one for one in examples if one.scored.score >= 1 and one.scored.problem is None]
        pool: list[Demo] = []
        for one in good if count else ():
            demo = project.demo(address, made, one.row, one.scored, None)
            pool += [] if demo is None else [demo]
        if not pool:
            return candidate
        return apply_patch(candidate, {address: Settings(demos=balanced(pool, count, bench.rng(f"fuse/{address}")))})


def pairs_of(program: Program, module: str) -> list[Pair]:
    """The calls that can be one, in source order: both of plain prompts, made the same number of times, by the same LM
    settings, and nothing else in between that makes use of the first."""
    found = []
    for name in reachable(program, module):
        own = through_names(spread(program, program.module(name)))
        bodies = [own.body, *(block for stmt in statements(own.body) for block in blocks(stmt))]
        for body in bodies:
            for place, first in enumerate(body):
                for second in body[place + 1 :]:
                    pair = pair_of(program, own, body, first, second)
                    found += [] if pair is None else [pair]
    return found


def pair_of(program: Program, module: Module, body: Sequence[Stmt], first: Stmt, second: Stmt) -> Pair | None:
    """Two statements of a block as a pair, if they are one."""
    if not isinstance(first, Let) or not isinstance(second, Let):
        return None
    one, two = first.value, second.value
    if not isinstance(one, Predict) or not isinstance(two, Predict) or not plain(program, one, two):
        return None
    fed = tuple(
        (name, value.name)
        for name, value in two.arguments
        if isinstance(value, Member) and value.base == Name(first.name)
    )
    between = body[body.index(first) + 1 : body.index(second)]
    rest = [value for name, value in two.arguments if name not in dict(fed)]
    read = [*rest, *(expr for stmt in between for expr in all_expressions(stmt))]
    taken = {name for _, value in one.arguments for name in names_read(value)}
    held = let_of(module, one.site) is first and let_of(module, two.site) is second
    free = not any(first.name in names_read(expr) for expr in read) and not taken & names_assigned(tuple(between))
    return Pair(module, first, second, fed) if fed and held and free else None


def plain(program: Program, one: Predict, two: Predict) -> bool:
    """Whether two calls are of prompts that lmc writes, without samples or tools, and of the same settings."""
    same = replace(one.settings, instruction=None, demos=None, layout=None, nearest=None)
    other = replace(two.settings, instruction=None, demos=None, layout=None, nearest=None)
    written = all(program.signature(call.signature).prompt is None for call in (one, two))
    return written and same == other and not same.tools and not same.tunes and one.sample is None is two.sample


def all_expressions(stmt: Stmt) -> list[Expr]:
    """The expressions of a statement and of the blocks in it."""
    return [expr for one in statements((stmt,)) for expr in own_expressions(one)]


def through_names(module: Module) -> Module:
    """The module without `let`s that only name a field of another one: the field is read where the name was."""
    changed = {one.name for one in statements(module.body) if isinstance(one, Assign)}
    lets = {one.name: one for one in statements(module.body) if isinstance(one, Let) and one.name not in changed}
    names: dict[str, Expr] = {
        one.name: one.value
        for one in lets.values()
        if isinstance(one.value, Member) and isinstance(one.value.base, Name) and one.value.base.name in lets
    }
    body = restated(module.body, lambda stmt: () if isinstance(stmt, Let) and stmt.name in names else (stmt,))

    def read(expr: Expr) -> Expr:
        return names[expr.name] if isinstance(expr, Name) and expr.name in names else expr

    for _ in names:  # a field of a field is named in two steps
        body = transform_body(body, read)
    return replace(module, body=body)


def fuse(program: Program, pair: Pair) -> Program | None:
    """The program with one call in the place of two; None where their fields do not go together."""
    (one, two), fed = pair.calls, dict(pair.fed)
    first, second = program.signature(one.signature), program.signature(two.signature)
    inputs = union_of(first, one, second, two, tuple(fed))
    outputs = (*outputs_of(first, strategy_of(one)), *second.outputs)
    names = [*field_names(outputs), *(field_names(inputs) if inputs is not None else ())]
    if inputs is None or len(set(names)) < len(names):
        return None
    told = f"{instruction(first, one)} {instruction(second, two)}".strip()
    signature = Signature(free_name(program, f"{first.name}{second.name}"), told, inputs, outputs)
    given = {**dict(one.arguments), **{name: value for name, value in two.arguments if name not in fed}}
    layout = two.settings.layout
    if layout is not None and layout.reply == "bare":
        layout = replace(layout, reply="fields")
    settings = replace(two.settings, instruction=None, demos=None, layout=layout, nearest=None)
    arguments = tuple((field.name, given[field.name]) for field in inputs)
    call = Predict(two.site, "predict", signature.name, arguments, settings)
    held = Let(pair.second.name, NamedType(signature.name), call)

    def change(stmt: Stmt) -> tuple[Stmt, ...]:
        return () if stmt == pair.first else (held,) if stmt == pair.second else (stmt,)

    body = restated(pair.module.body, change)
    body = read_by_field(body, pair.second.name, field_names(second.outputs))
    body = read_by_field(body, pair.first.name, field_names(outputs_of(first, strategy_of(one))), pair.second.name)
    changed = replace(program, signatures=(*program.signatures, signature))
    return fitted(program, with_module(changed, replace(pair.module, body=body)))


def union_of(
    first: Signature, one: Predict, second: Signature, two: Predict, fed: Sequence[str]
) -> tuple[Field, ...] | None:
    """The inputs of both signatures without those that are fed; None where two of one name are not the same."""
    given, known = dict(one.arguments), {field.name: field for field in first.inputs}
    more = [field for field in second.inputs if field.name not in fed]
    for field in more:
        if field.name in known and (known[field.name].type, given[field.name]) != (
            field.type,
            dict(two.arguments)[field.name],
        ):
            return None
    return (*first.inputs, *(field for field in more if field.name not in known))


def instruction(signature: Signature, call: Predict) -> str:
    """What a call tells the LM to do, as a sentence."""
    text = (signature.doc if call.settings.instruction is None else call.settings.instruction).strip()
    return text if not text or text[-1] in ".!?:" else f"{text}."
