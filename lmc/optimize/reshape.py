"""Programs with other calls in the place of one: what the passes that change a program's structure share. No LM is
asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from lmc.analysis.calls import worst_cost
from lmc.diagnostics import Failure
from lmc.elaborate import lift, restructured, settled
from lmc.ir.expression import Comprehension, Conditional, Expr, Member, Name, Operation, Predict, RecordOf, Try
from lmc.ir.program import Module, Program
from lmc.ir.statement import Assign, Attempt, For, If, Let, Return, Stmt, While
from lmc.ir.types import Field
from lmc.ir.verify import verify
from lmc.ir.walk import children, expressions, rebuild, statements, transform_body
from lmc.optimize.bench import Bench, attempts_of
from lmc.passes.share import fresh, type_of_call
from lmc.syntax import ast, format_file


def fitted(before: Program, after: Program) -> Program | None:
    """A changed program as a lock gives it back; None where the compiler refuses it."""
    try:
        found = settled(before, after)
    except Failure:
        return None
    verify(found)
    return found


def in_source(program: Program, address: str, change: Callable[[ast.StrategyExpr], ast.Expr]) -> Program | None:
    """The program with another expression at a call site, as it could be written in its source; None where the compiler
    refuses that."""
    owner, _, site = address.rpartition(".")
    core = lift(replace(program, datasets=(), optimizes=(), emits=(), tests=()))

    def at_site(node: Any) -> Any:
        here = isinstance(node, ast.StrategyExpr) and node.site is not None and node.site.text == site
        return change(node) if here else node

    found = tuple(one for one in core.declarations if isinstance(one, ast.ModuleStmt) and one.name.text == owner)
    try:
        return restructured(program, format_file(ast.File(mapped(found, at_site))))
    except Failure:
        return None


def mapped(node: Any, change: Callable[[Any], Any]) -> Any:
    """A tree with each of its nodes changed, from the leaves up."""
    if isinstance(node, tuple):
        return tuple(mapped(one, change) for one in node)
    if not isinstance(node, ast.Node):
        return node
    assert is_dataclass(node)
    return change(replace(node, **{one.name: mapped(getattr(node, one.name), change) for one in fields(node)}))


def with_module(program: Program, module: Module) -> Program:
    """The program with a module in the place of that of its name, or added."""
    if all(one.name != module.name for one in program.modules):
        return replace(program, modules=(*program.modules, module))
    return replace(program, modules=tuple(module if one.name == module.name else one for one in program.modules))


def free_name(program: Program, wanted: str) -> str:
    """A name that no declaration has, that of another with a number behind it where it has to be."""
    kinds = (program.lms, program.types, program.datasets, program.signatures, program.modules, program.metrics)
    taken = {one.name for kind in (*kinds, program.externs, program.tools, program.retrievers) for one in kind}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name


def spread(program: Program, module: Module) -> Module:
    """The module with a `let` of its own for every call of an LM that a statement makes for certain, and without its
    attempts, which the compiler places anew."""
    taken = {one.name for one in statements(module.body) if isinstance(one, Let | For)} | {"error"}
    taken |= {param.name for param in module.params}
    taken |= {one.name for one in expressions(module.body) if isinstance(one, Comprehension)}
    return replace(module, body=spread_block(program, module.body, taken))


def spread_block(program: Program, body: Sequence[Stmt], taken: set[str]) -> tuple[Stmt, ...]:
    """A block with a `let` for each such call in it."""
    done: list[Stmt] = []
    for stmt in body:
        lets: list[Stmt] = []
        match stmt:
            case Attempt(body=inner):
                done += spread_block(program, inner, taken)
                continue
            case Let(_, _, value) | Assign(_, value) | Return(value):
                top = isinstance(stmt, Let)
                stmt = replace(stmt, value=hoisted(program, value, lets, taken, top=top))
            case If(condition, then, otherwise):
                condition = hoisted(program, condition, lets, taken)
                then, otherwise = spread_block(program, then, taken), spread_block(program, otherwise, taken)
                stmt = replace(stmt, condition=condition, then=then, otherwise=otherwise)
            case For(_, items, _, inner):
                items = hoisted(program, items, lets, taken)
                stmt = replace(stmt, items=items, body=spread_block(program, inner, taken))
            case While(body=inner):
                stmt = replace(stmt, body=spread_block(program, inner, taken))
        done += [*lets, stmt]
    return tuple(done)


def hoisted(program: Program, expr: Expr, lets: list[Stmt], taken: set[str], *, top: bool = False) -> Expr:
    """An expression that reads the calls which it makes for certain from `let`s, which are added to `lets`. `top`: the
    expression is the value of one already."""
    match expr:
        case Try():
            return expr
        case Conditional() | Comprehension() | Operation("and" | "or", _):
            first = children(expr)[0]
            return rebuild(expr, lambda one: hoisted(program, one, lets, taken) if one is first else one)
    new = rebuild(expr, lambda one: hoisted(program, one, lets, taken))
    if not isinstance(new, Predict) or top:
        return new
    name = fresh(new, taken)
    lets.append(Let(name, type_of_call(program, new), new, new.span))
    return Name(name)


def read_by_field(
    body: tuple[Stmt, ...], name: str, names: Sequence[str], source: str | None = None
) -> tuple[Stmt, ...]:
    """Statements that read the fields of a record variable and never the whole of it: where they did, a record of the
    fields `names` is made. `source` is the variable that the fields are of now, itself if nothing is said."""
    whole = RecordOf(tuple((one, Member(Name(source or name), one)) for one in names))

    def change(expr: Expr) -> Expr:
        match expr:
            case Name(found) if found == name:
                return whole
            case Member(base, field) if base == whole and field in names:
                return Member(Name(source or name), field)
        return expr

    return transform_body(body, change)


def restated(body: tuple[Stmt, ...], change: Callable[[Stmt], tuple[Stmt, ...]]) -> tuple[Stmt, ...]:
    """Statements with others in the place of each, those in blocks too."""
    done: list[Stmt] = []
    for stmt in body:
        for one in change(stmt):
            match one:
                case If(_, then, otherwise):
                    done.append(replace(one, then=restated(then, change), otherwise=restated(otherwise, change)))
                case For(body=inner) | While(body=inner) | Attempt(body=inner):
                    done.append(replace(one, body=restated(inner, change)))
                case _:
                    done.append(one)
    return tuple(done)


def let_of(module: Module, site: str) -> Let | None:
    """The `let` whose value is a call site, of a variable that never changes."""
    changed = {one.name for one in statements(module.body) if isinstance(one, Assign)}
    lets = (one for one in statements(module.body) if isinstance(one, Let) and one.name not in changed)
    return next((one for one in lets if isinstance(one.value, Predict) and one.value.site == site), None)


def field_names(found: Sequence[Field]) -> list[str]:
    """The names of fields."""
    return [one.name for one in found]


def dearness(program: Program, candidate: Program, module: str) -> float:
    """How many times as many calls as the program a candidate makes in a run, at most."""
    least = worst_cost(program, module, attempts_of(program))
    return worst_cost(candidate, module, attempts_of(candidate)) / max(least, 1.0)


def affordable(bench: Bench, candidates: Sequence[Program], incumbent: Program) -> int:
    """How many of the candidates, in their order, the budget allows to be raced at the same time until their race can
    be decided, with as much left over for the race of the winner."""
    rule = bench.rule()
    rows, left = rule.block * rule.minimum_blocks, bench.left() / 2
    spent, count = float(bench.run_calls(incumbent) * rows), 0
    for one in candidates:
        spent += bench.run_calls(one) * rows
        if spent > left:
            break
        count += 1
    return count
