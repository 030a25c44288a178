"""Makes equal calls once (common subexpression elimination)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lmc.elaborate.scope import name_after
from lmc.ir.program import (
    Assign,
    Conditional,
    Expr,
    For,
    If,
    Invoke,
    Let,
    Module,
    Name,
    Operation,
    Predict,
    Program,
    Return,
    Stmt,
)
from lmc.ir.types import NamedType, RecordType, Type
from lmc.ir.walk import blocks, children, names_read, own_expressions, statements, transform
from lmc.passes.base import Pass
from lmc.prompts.compile import outputs_of

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Share(Pass):
    """Two calls with the same signature, strategy, arguments and settings are one: the second reads the value of the
    first, where the first is always made before it and no variable in between has changed. A reply is a function of
    its request, so nothing else changes."""

    name: ClassVar[str] = "share"

    def run(self, program: Program, bench: Any) -> Program:
        """The program with each call made once."""
        modules = tuple(share_module(program, module) for module in program.modules)
        same = all(one is other for one, other in zip(program.modules, modules, strict=True))
        return program if same else replace(program, modules=modules)


def key_of(call: Expr) -> Key | None:
    """What makes two calls equal; None for what is no call."""
    match call:
        case Predict(_, strategy, signature, arguments, settings):
            return ("predict", strategy, signature, nameless(arguments), settings)
        case Invoke(module, arguments):
            return ("invoke", module, nameless(arguments))
    return None


def nameless(arguments: tuple[tuple[str, Expr], ...]) -> tuple[tuple[str, Expr], ...]:
    """Arguments without the names of the call sites in them, which make no difference."""

    def change(expr: Expr) -> Expr:
        return replace(expr, site="") if isinstance(expr, Predict) else expr

    return tuple((name, transform(value, change)) for name, value in arguments)


def share_module(program: Program, module: Module) -> Module:
    """The module with equal calls shared, block by block."""
    taken = {stmt.name for stmt in statements(module.body) if isinstance(stmt, Let | For)}
    taken |= {param.name for param in module.params}
    body = share_block(program, module, module.body, [], taken)
    return module if body == module.body else replace(module, body=body)


def share_block(
    program: Program, module: Module, body: tuple[Stmt, ...], known: list[tuple[Key, str]], taken: set[str]
) -> tuple[Stmt, ...]:
    """A block, given the calls made before it by the name that holds each."""
    body = name_repeated(program, body, known, taken)
    known = list(known)
    result: list[Stmt] = []
    for stmt in body:
        changed = {one.name for block in blocks(stmt) for one in statements(block) if isinstance(one, Assign)}
        inside = forget(known, changed)
        stmt = replace_calls(stmt, inside if isinstance(stmt, For) else known)
        inner = [share_block(program, module, block, inside, taken) for block in blocks(stmt)]
        if isinstance(stmt, For):
            stmt = replace(stmt, body=inner[0])
        elif isinstance(stmt, If):
            stmt = replace(stmt, then=inner[0], otherwise=inner[1])
        known = forget(known, changed)
        if isinstance(stmt, Assign):
            known = forget(known, {stmt.name})
        elif isinstance(stmt, Let) and (key := key_of(stmt.value)) is not None:
            known.append((key, stmt.name))
        result.append(stmt)
    return tuple(result)


def forget(known: list[tuple[Key, str]], changed: set[str]) -> list[tuple[Key, str]]:
    """The calls that are still what they were after the variables have changed."""
    return [(key, name) for key, name in known if name not in changed and not (reads(key) & changed)]


def reads(key: Key) -> frozenset[str]:
    """The variables that a call reads."""
    arguments: tuple[tuple[str, Expr], ...] = key[3] if key[0] == "predict" else key[2]
    return frozenset(name for _, value in arguments for name in names_read(value))


def replace_calls(stmt: Stmt, known: list[tuple[Key, str]]) -> Stmt:
    """The statement with calls that were made before replaced by their values."""
    if not known:
        return stmt

    def change(expr: Expr) -> Expr:
        key = key_of(expr)
        found = next((name for one, name in known if one == key), None)
        return expr if found is None else Name(found, expr.span)

    match stmt:
        case Let(_, _, value) | Assign(_, value) | Return(value):
            return replace(stmt, value=transform(value, change))
        case For(_, items):
            return replace(stmt, items=transform(items, change))
    return replace(stmt, condition=transform(stmt.condition, change))


def name_repeated(
    program: Program, body: tuple[Stmt, ...], known: list[tuple[Key, str]], taken: set[str]
) -> tuple[Stmt, ...]:
    """The block with a `let` for each call inside an expression that comes again later in the block."""
    result: list[Stmt] = []
    for index, stmt in enumerate(body):
        for expr in own_expressions(stmt):
            for call in certain_calls(expr):
                key = key_of(call)
                bound = isinstance(stmt, Let) and stmt.value is call
                if key is None or bound or any(key == one for one, _ in known):
                    continue
                if count(body[index:], key) > 1 and not isinstance(stmt, For):
                    name = fresh(call, taken)
                    known = [*known, (key, name)]
                    result.append(Let(name, type_of_call(program, call), call, call.span))
        result.append(stmt)
    return tuple(result)


def certain_calls(expr: Expr) -> tuple[Predict | Invoke, ...]:
    """The calls that are made whenever the expression is evaluated, innermost first."""
    lazy = isinstance(expr, Conditional) or (isinstance(expr, Operation) and expr.operator in ("and", "or"))
    parts = children(expr)[:1] if lazy else children(expr)
    found = tuple(call for part in parts for call in certain_calls(part))
    return (*found, expr) if isinstance(expr, Predict | Invoke) else found


def count(body: tuple[Stmt, ...], key: Key) -> int:
    """How often a call stands in the statements."""

    def within(expr: Expr) -> int:
        return (key_of(expr) == key) + sum(within(child) for child in children(expr))

    return sum(within(expr) for stmt in statements(body) for expr in own_expressions(stmt))


def fresh(call: Predict | Invoke, taken: set[str]) -> str:
    """A name for the value of a call that is not taken yet."""
    base = call.site if isinstance(call, Predict) else name_after(call.module)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name)
    return name


def type_of_call(program: Program, call: Predict | Invoke) -> Type:
    """The type of a call's value."""
    if isinstance(call, Invoke):
        return program.module(call.module).returns
    if call.strategy == "predict":
        return NamedType(call.signature)
    return RecordType(outputs_of(program.signature(call.signature), call.strategy))
