"""Makes equal calls once (common subexpression elimination)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lmc.analysis.effects import Effects, outside_effects
from lmc.elaborate.scope import name_after
from lmc.ir.expression import (
    Comprehension,
    Conditional,
    Expr,
    Invoke,
    Name,
    Operation,
    Predict,
    Try,
)
from lmc.ir.program import Module, Program
from lmc.ir.statement import Assign, Attempt, Break, Check, For, If, Let, Return, Stmt, While
from lmc.ir.types import NamedType, RecordType, Type
from lmc.ir.walk import blocks, children, expressions, names_read, own_expressions, rebuild, statements, transform
from lmc.passes.base import Pass
from lmc.passes.named import attempts_by_site, with_present_sites
from lmc.prompts.compile import outputs_of, strategy_of

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Share(Pass):
    """Two calls with the same signature, strategy, arguments, settings and sample are one: the second reads the value
    of the first, where the first is always made before it and no variable in between has changed. A reply is a function
    of its request, so nothing else changes. Attempts are left as they are: what is asked again there must be, and what
    came of it is told to some calls only. So are calls that come to use a tool or an extern."""

    name: ClassVar[str] = "share"

    def run(self, program: Program, bench: Any) -> Program:
        """The program with each call made once."""
        sharing = Sharing(program, outside_effects(program), attempts_by_site(program))
        modules = tuple(share_module(sharing, module) for module in program.modules)
        same = all(one is other for one, other in zip(program.modules, modules, strict=True))
        return program if same else with_present_sites(replace(program, modules=modules))


@dataclass(frozen=True)
class Sharing:
    """What is known of the program as a whole: what acts on the world outside, and the attempts that name a call
    site. `module` is the one that is looked at."""

    program: Program
    outside: Effects
    attempts: dict[str, frozenset[tuple[str, str]]]
    module: str = ""

    def key_of(self, call: Expr) -> Key | None:
        """What makes two calls equal; None for what is no call, or may not be left out."""
        if not isinstance(call, Predict | Invoke) or self.outside.among(call):
            return None
        given = tuple((name, transform(value, self.nameless)) for name, value in call.arguments)
        if isinstance(call, Invoke):
            return ("invoke", call.module, "", given)
        told = str(sorted(self.attempts.get(f"{self.module}.{call.site}", ())))
        given = (*given, *(() if call.sample is None else (("", transform(call.sample, self.nameless)),)))
        return ("predict", strategy_of(call), call.signature, given, call.settings, told)

    def nameless(self, expr: Expr) -> Expr:
        """A call with the attempts that are told of it in place of its site's name, which makes no difference."""
        if not isinstance(expr, Predict):
            return expr
        return replace(expr, site=str(sorted(self.attempts.get(f"{self.module}.{expr.site}", ()))))


def share_module(sharing: Sharing, module: Module) -> Module:
    """The module with equal calls shared, block by block."""
    taken = {stmt.name for stmt in statements(module.body) if isinstance(stmt, Let | For)} | {"error"}
    taken |= {param.name for param in module.params}
    taken |= {expr.name for expr in expressions(module.body) if isinstance(expr, Comprehension)}
    body = share_block(replace(sharing, module=module.name), module.body, [], taken)
    return module if body == module.body else replace(module, body=body)


def share_block(
    sharing: Sharing, body: tuple[Stmt, ...], known: list[tuple[Key, str]], taken: set[str]
) -> tuple[Stmt, ...]:
    """A block, given the calls made before it by the name that holds each."""
    body = name_repeated(sharing, body, known, taken)
    known = list(known)
    result: list[Stmt] = []
    for stmt in body:
        changed = {one.name for block in blocks(stmt) for one in statements(block) if isinstance(one, Assign)}
        inside = forget(known, changed)
        stmt = replace_calls(sharing, stmt, inside if isinstance(stmt, For | While) else known)
        match stmt:
            case If(_, then, otherwise):
                then = share_block(sharing, then, inside, taken)
                stmt = replace(stmt, then=then, otherwise=share_block(sharing, otherwise, inside, taken))
            case For(body=inner) | While(body=inner):
                stmt = replace(stmt, body=share_block(sharing, inner, inside, taken))
        known = forget(known, changed)
        if isinstance(stmt, Assign):
            known = forget(known, {stmt.name})
        elif isinstance(stmt, Let) and (key := sharing.key_of(stmt.value)) is not None:
            known.append((key, stmt.name))
        result.append(stmt)
    return tuple(result)


def forget(known: list[tuple[Key, str]], changed: set[str]) -> list[tuple[Key, str]]:
    """The calls that are still what they were after the variables have changed."""
    return [(key, name) for key, name in known if name not in changed and not (reads(key) & changed)]


def reads(key: Key) -> frozenset[str]:
    """The variables that a call reads."""
    arguments: tuple[tuple[str, Expr], ...] = key[3]
    return frozenset(name for _, value in arguments for name in names_read(value))


def replace_calls(sharing: Sharing, stmt: Stmt, known: list[tuple[Key, str]]) -> Stmt:
    """The statement with calls that were made before replaced by their values."""
    if not known:
        return stmt
    match stmt:
        case Let(_, _, value) | Assign(_, value) | Return(value):
            return replace(stmt, value=replaced(sharing, value, known))
        case For(_, items):
            return replace(stmt, items=replaced(sharing, items, known))
        case If(condition) | While(condition):
            return replace(stmt, condition=replaced(sharing, condition, known))
        case Check(condition, message):
            said = replaced(sharing, message, known)
            return replace(stmt, condition=replaced(sharing, condition, known), message=said)
        case Break() | Attempt():
            return stmt


def replaced(sharing: Sharing, expr: Expr, known: list[tuple[Key, str]]) -> Expr:
    """The expression with calls that were made before replaced by their values, from its leaves up. What an expression
    names itself is another variable than that of the same name outside."""
    match expr:
        case Comprehension(value, name, items, condition):
            inner = forget(known, {name})
            new: Expr = replace(
                expr,
                value=replaced(sharing, value, inner),
                items=replaced(sharing, items, known),
                condition=None if condition is None else replaced(sharing, condition, inner),
            )
        case Try(value, otherwise):
            other = replaced(sharing, otherwise, forget(known, {"error"}))
            new = replace(expr, value=replaced(sharing, value, known), otherwise=other)
        case _:
            new = rebuild(expr, lambda child: replaced(sharing, child, known))
    key = sharing.key_of(new)
    found = next((name for one, name in known if one == key), None)
    return new if found is None else Name(found, expr.span)


def name_repeated(
    sharing: Sharing, body: tuple[Stmt, ...], known: list[tuple[Key, str]], taken: set[str]
) -> tuple[Stmt, ...]:
    """The block with a `let` for each call inside an expression that comes again later in the block. What is evaluated
    again and again, or only where assertions are on, gives none its name."""
    result: list[Stmt] = []
    for index, stmt in enumerate(body):
        for expr in () if isinstance(stmt, For | While | Check) else own_expressions(stmt):
            for call in certain_calls(expr):
                key = sharing.key_of(call)
                bound = isinstance(stmt, Let) and stmt.value is call
                if key is None or bound or any(key == one for one, _ in known):
                    continue
                if count(sharing, body[index:], key) > 1:
                    name = fresh(call, taken)
                    known = [*known, (key, name)]
                    result.append(Let(name, type_of_call(sharing.program, call), call, call.span))
        result.append(stmt)
    return tuple(result)


def certain_calls(expr: Expr) -> tuple[Predict | Invoke, ...]:
    """The calls that are made whenever the expression is evaluated, and fail it when they fail, innermost first."""
    match expr:
        case Try():
            return ()
        case Conditional() | Comprehension() | Operation("and" | "or", _):
            parts = children(expr)[:1]
        case _:
            parts = children(expr)
    found = tuple(call for part in parts for call in certain_calls(part))
    return (*found, expr) if isinstance(expr, Predict | Invoke) else found


def count(sharing: Sharing, body: tuple[Stmt, ...], key: Key) -> int:
    """How often a call stands in the statements, attempts aside."""

    def within(expr: Expr) -> int:
        found = int(sharing.key_of(expr) == key)
        match expr:
            case Comprehension(name=name) if name in reads(key):
                return found + within(expr.items)
            case Try(value) if "error" in reads(key):
                return found + within(value)
        return found + sum(map(within, children(expr)))

    own = sum(within(expr) for stmt in body for expr in own_expressions(stmt))
    inner = (block for stmt in body if not isinstance(stmt, Attempt) for block in blocks(stmt))
    return own + sum(count(sharing, block, key) for block in inner)


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
    if strategy_of(call) == "predict":
        return NamedType(call.signature)
    return RecordType(outputs_of(program.signature(call.signature), strategy_of(call)))
