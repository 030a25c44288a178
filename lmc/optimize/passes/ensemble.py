"""Several good programs as one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lmc.analysis.calls import named_types, reachable
from lmc.diagnostics import Failure, Sink
from lmc.elaborate import lift, restructured
from lmc.elaborate.expressions import REASONING
from lmc.evaluate.rows import Roles, Row
from lmc.evaluate.scoring import Scored
from lmc.ir.expression import Expr, Invoke
from lmc.ir.program import Module, Program
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import HISTORY, MEDIA, ListType, MapType, RecordType, Type, UnionType
from lmc.ir.walk import transform_body
from lmc.optimize.base import OptimizerPass, OutOfBudget, Work
from lmc.optimize.bench import Bench
from lmc.optimize.reshape import fitted, free_name
from lmc.optimize.voting import LEAST, By, Results, Votes, known_together
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse

WAYS: tuple[By, ...] = ("majority", "weighted", "first_valid")

POOL = 16
"""The most programs that are chosen among: the best by their means."""


@dataclass(frozen=True)
class Ensemble(OptimizerPass):
    """Lets several of the programs that were compared before answer together: what most of them say (`majority`), what
    weighs most by their scores on dev rows (`weighted`), or the first whose run does not fail (`first_valid`); `any`
    takes the best of the three. What a search dropped after few rows is run on more, so that the likeliest programs,
    twice as many as there may be members, are known on the same half of the dev rows. Members are chosen greedily by
    what they add to one another on these; they must gain on blocks of rows that they were not chosen on. When the
    program runs, no more members are asked than it takes to decide. DSPy's Ensemble with `majority`, its members chosen
    (after Caruana et al. 2004); without `chosen` they are taken as they come from a search, the best by their
    scores."""

    name: ClassVar[str] = "ensemble"
    members: Annotated[int, Field(ge=2, le=9)] = 5
    by: Literal["any", "majority", "weighted", "first_valid"] = "any"
    chosen: bool = True

    def run(self, program: Program, bench: Bench) -> Program:
        """The program whose module asks the members."""
        pool = distinct(program, bench)
        make_known(bench, pool, 2 * self.members)
        known = [bench.known(one) for one in pool]
        numbers, rows = known_together(known, [row.id for row in bench.dev])
        pool, found = pooled(pool, [[known[one][row] for row in rows] for one in numbers], numbers)
        if len(pool) < 2:
            bench.listen("skip", reason="too few programs are known on the same rows")
            return program
        chosen = self.choice(program, bench, found)
        if chosen is None:
            bench.listen("skip", reason="no programs together do better than the best of them")
            return program
        by, members = chosen
        weights = Votes(found, by).weights(range(len(rows)))
        fails = any(one.problem is not None for number in members for one in found[number])
        asked = [pool[one] for one in members]
        together = combined(program, bench.module, asked, by, [weights[one] for one in members], fails=fails)
        if together is None:
            bench.listen("skip", reason="the programs do not go together")
            return program
        with suppress(OutOfBudget):  # what chose the members is not to prove them: its race begins with other rows
            bench.results([together], [row for row in bench.dev if row.id in rows])
        return together

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """Runs of what was dropped before on half of the dev rows, and its race, of a program that may ask every
        member."""
        return Work(runs=2 * self.members * half(len(roles.dev)), dearer=float(self.members + 1))

    def choice(self, program: Program, bench: Bench, found: Results) -> tuple[By, tuple[int, ...]] | None:
        """The way and the members that gain most on rows that they were not chosen on, if any gain."""
        ways: Sequence[By] = WAYS if self.by == "any" else (self.by,)
        if not votable(program.module(bench.module).returns, named_types(program)):
            ways = [one for one in ways if one == "first_valid"]
        if not self.chosen:
            return (ways[0], tuple(range(min(self.members, len(found))))) if ways else None
        best: tuple[By, tuple[int, ...]] | None = None
        most = 0.0
        for by in ways:
            votes = Votes(found, by)
            members = votes.complementary(votes.rows, self.members)
            gain = votes.honest_gain(self.members) if len(members) > 1 else 0.0
            if gain > most:
                best, most = (by, members), gain
        return best


def half(rows: int) -> int:
    """The rows that members are chosen by, of so many dev rows; the race has the others."""
    return min(max(rows // 2, LEAST), rows)


def make_known(bench: Bench, pool: Sequence[Program], most: int) -> None:
    """Runs the first of the pool, and of the others those likeliest to be better, `most` in all, on the same half of
    the dev rows, those first that it is known on; fewer where that takes more than half of what the budget allows."""
    first, *others = pool
    known = bench.known(first)
    rows = sorted(bench.dev, key=lambda row: row.id not in known)[: half(len(bench.dev))]

    def gain(one: Program) -> float:
        """What it gained on rows that both are known on, less the fewer they are."""
        own = bench.known(one)
        gains = [own[row.id].score - known[row.id].score for row in bench.dev if row.id in own and row.id in known]
        return sum(gains) / (len(gains) + LEAST)

    likely = [first, *sorted(others, key=gain, reverse=True)][:most]
    while len(likely) > 1 and unknown(bench, likely, rows) > bench.affordable_rows(first) // 2:
        likely.pop()
    if len(likely) > 1:
        bench.results(likely, rows)


def unknown(bench: Bench, programs: Sequence[Program], rows: Sequence[Row]) -> int:
    """How many runs it takes to know all of the programs on the rows."""
    return sum(row.id not in bench.known(one) for one in programs for row in rows)


def distinct(program: Program, bench: Bench) -> list[Program]:
    """The program and those that it was compared with, each once, that can stand beside it."""
    found = {bench.digest(program, bench.module): program}
    for trial in bench.trials:
        for one in (trial.candidate, trial.incumbent):
            if one is not None and beside(program, one):
                found.setdefault(bench.digest(one, bench.module), one)
    return list(found.values())


def beside(program: Program, other: Program) -> bool:
    """Whether the declarations of another program that have the name of one of this are the same, modules aside."""
    kinds = ((program.lms, other.lms), (program.types, other.types), (program.signatures, other.signatures))
    return all(one == old for olds, news in kinds for old in olds for one in news if one.name == old.name)


def pooled(pool: Sequence[Program], found: Results, numbers: Sequence[int]) -> tuple[list[Program], Results]:
    """The best of the programs by their means, and their results; of those that give the same on all rows the first."""
    kept: dict[tuple[str, ...], tuple[Program, Sequence[Scored]]] = {}
    for number, results in zip(numbers, found, strict=True):
        kept.setdefault(tuple(one.fingerprint for one in results), (pool[number], results))
    ranked = sorted(kept.values(), key=lambda one: -sum(scored.score for scored in one[1]))[:POOL]
    return [one for one, _ in ranked], [results for _, results in ranked]


def votable(type_: Type, named: Named, seen: frozenset[Type] = frozenset()) -> bool:
    """Whether two values of a type can be equal in what they say: none that holds media or a conversation."""
    if type_ in seen:
        return True
    match resolve(type_, named):
        case ListType(item) | MapType(item):
            return votable(item, named, seen | {type_})
        case UnionType(members):
            return all(votable(one, named, seen | {type_}) for one in members)
        case RecordType(fields):
            return all(votable(one.type, named, seen | {type_}) for one in fields)
        case found:
            return found not in (HISTORY, *MEDIA)


def combined(
    program: Program, module: str, members: Sequence[Program], by: By, weights: Sequence[float], fails: bool
) -> Program | None:
    """The program whose module asks those of the members, each under a name of its own. `fails`: runs of members may
    fail, which then say nothing."""
    declared: list[ast.Declaration] = []
    names: list[str] = []
    whole = program
    for number, member in enumerate(members, 1):
        copied = copies(whole, member, module, number)
        if copied is None:
            return None
        whole, name, more = copied
        names.append(name)
        declared += more
    face = next(
        one for one in lift(bare(program)).declarations if isinstance(one, ast.ModuleStmt) and one.name.text == module
    )
    call = ", ".join(f"{one.name.text}: {one.name.text}" for one in face.params)
    fields = answer_fields(program.module(module).returns, named_types(program))
    text = asking([f"{name}({call})" for name in names], by, weights, fields, fails)
    written = parse(SourceFile("ensemble", f"module M() -> str {{\n{text}\n}}"), Sink()).declarations[0]
    assert isinstance(written, ast.ModuleStmt)
    entry = ast.ModuleStmt(face.name, face.params, face.returns, written.body, face.doc)
    try:
        after = restructured(program, format_file(ast.File((*declared, entry))))
    except Failure:
        return None
    return fitted(program, after)


def bare(program: Program) -> Program:
    """The program without what is no part of a run."""
    return replace(program, datasets=(), optimizes=(), emits=(), tests=())


def copies(
    whole: Program, member: Program, module: str, number: int
) -> tuple[Program, str, list[ast.Declaration]] | None:
    """Declarations of what a member needs and `whole` has not: its modules under free names, its other declarations.
    Gives `whole` with them, the name of its entry, and them; None where another member declares otherwise."""
    if not beside(whole, member):
        return None
    wanted = [name for name in reachable(member, module) if changes(whole, member, module, name)]
    names = {name: free_name(whole, f"{name}_{number}") for name in wanted}

    def renamed(expr: Expr) -> Expr:
        return replace(expr, module=names[expr.module]) if isinstance(expr, Invoke) and expr.module in names else expr

    modules = tuple(
        replace(one, name=names[one.name], body=transform_body(one.body, renamed)) for one in map(member.module, wanted)
    )
    known = {one.name for kind in (whole.lms, whole.types, whole.signatures) for one in kind}
    lms = tuple(one for one in member.lms if one.name not in known)
    types = tuple(one for one in member.types if one.name not in known)
    signatures = tuple(one for one in member.signatures if one.name not in known)
    beyond = replace(bare(member), lms=lms, types=types, signatures=signatures, modules=modules)
    found = lift(beyond).declarations
    kinds = (ast.LMStmt, ast.TypeStmt, ast.SignatureStmt, ast.ModuleStmt)
    after = replace(
        whole,
        lms=(*whole.lms, *lms),
        types=(*whole.types, *types),
        signatures=(*whole.signatures, *signatures),
        modules=(*whole.modules, *modules),
    )
    return after, names[module], [one for one in found if isinstance(one, kinds)]


def changes(whole: Program, member: Program, entry: str, name: str) -> bool:
    """Whether a member needs a module of its own under another name: its entry, and what is not as it is in `whole`,
    with all that comes to call such."""
    own: dict[str, Module] = {one.name: one for one in whole.modules}
    return name == entry or any(own.get(one) != member.module(one) for one in reachable(member, name))


def answer_fields(type_: Type, named: Named) -> list[str]:
    """The fields of a record that say its answer; none of what is no record."""
    found = resolve(type_, named)
    return [one.name for one in found.fields if one.name != REASONING.name] if isinstance(found, RecordType) else []


def asking(calls: Sequence[str], by: By, weights: Sequence[float], fields: Sequence[str], fails: bool) -> str:
    """The body of a module that asks the members: so many at the same time as can decide, then the others until it is
    decided."""
    match by:
        case "first_valid":
            return f"return {' else '.join([*(f'try {one}' for one in calls[:-1]), calls[-1]])}"
        case "majority":
            return by_number(calls, fields, fails)
        case "weighted":
            return by_weight(calls, weights, fields, fails)


def by_number(calls: Sequence[str], fields: Sequence[str], fails: bool) -> str:
    """The body that returns what most say."""
    said = listed(calls, fails)
    first = len(calls) // 2 + 1
    names = "[" + ", ".join(f'"{one}"' for one in fields) + "]"
    lines = [f"let replies = {' + '.join(said[:first]) if fails else joined(said[:first])}"]
    for one in said[first:]:
        lines.append(f"if decided(replies, {len(calls)}, {names}) {{ return winner(replies, {names}) }}")
        lines.append(f"replies = replies + {one}")
    if fails:
        lines.append(f"if len(replies) == 0 {{ return {calls[0]} }}")
    return "\n".join([*lines, f"return winner(replies, {names})"])


def by_weight(calls: Sequence[str], weights: Sequence[float], fields: Sequence[str], fails: bool) -> str:
    """The body that returns what weighs most; decided is what weighs more than all else could together."""
    voices = [f"{{ said: {one}, weight: weights[{number}] }}" for number, one in enumerate(calls)]
    said = listed(voices, fails)
    first = len(calls) // 2 + 1
    same = " and ".join(f"other.said.{one} == one.said.{one}" for one in fields) or "other.said == one.said"
    total = f"[sum([other.weight for other in voices if {same}]) for one in voices]"
    best = "return best([one.said for one in voices], totals)"
    lines = [f"let weights = [{', '.join(f'tune 0.0..1.0 at {one}' for one in weights)}]"]
    lines.append(f"let voices = {' + '.join(said[:first]) if fails else joined(said[:first])}")
    lines.append(f"let totals = {total}")
    if said[first:]:
        lines.append(f"if default(max(totals), 0.0) * 2 > sum(weights) {{ {best} }}")
        lines += [
            f"voices = voices + {' + '.join(said[first:]) if fails else joined(said[first:])}",
            f"totals = {total}",
        ]
    if fails:
        lines.append(f"if len(voices) == 0 {{ return {calls[0]} }}")
    return "\n".join([*lines, best])


def listed(values: Sequence[str], fails: bool) -> list[str]:
    """A list of each value alone, empty where the run behind it fails."""
    return [f"(try [{one}] else [])" if fails else f"[{one}]" for one in values]


def joined(lists: Sequence[str]) -> str:
    """Lists of one value as one list."""
    return f"[{', '.join(one[1:-1] for one in lists)}]"
