"""Removes what nothing reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lmc.analysis.effects import Effects, lasting_effects
from lmc.ir.program import Module, Program
from lmc.ir.statement import Assign, Attempt, For, If, Let, Stmt, While
from lmc.ir.walk import names_assigned, names_read, own_expressions, statements
from lmc.passes.base import Pass
from lmc.passes.named import with_present_sites


@dataclass(frozen=True)
class Prune(Pass):
    """Drops every `let` and assignment of a name that nothing reads, with the calls that it makes, and branches and
    loops left empty. What does more than give a value stays: the use of a tool or an extern, a call of a module that
    uses one or that asserts something."""

    name: ClassVar[str] = "prune"

    def run(self, program: Program, bench: Any) -> Program:
        """The program without dead statements."""
        lasting = lasting_effects(program)
        modules = tuple(prune_module(module, lasting) for module in program.modules)
        same = all(one is other for one, other in zip(program.modules, modules, strict=True))
        return program if same else with_present_sites(replace(program, modules=modules))


def prune_module(module: Module, lasting: Effects) -> Module:
    """The module without dead statements: again and again, since one may have read another."""
    while True:
        read = {name for stmt in statements(module.body) for expr in own_expressions(stmt) for name in names_read(expr)}
        # What stays though nothing reads it keeps its name.
        kept = {
            stmt.name
            for stmt in statements(module.body)
            if isinstance(stmt, Let | Assign) and lasting.among(stmt.value)
        }
        body = prune_block(module.body, read | kept, lasting)
        if body == module.body:
            return module
        module = replace(module, body=body)


def prune_block(body: tuple[Stmt, ...], read: set[str], lasting: Effects) -> tuple[Stmt, ...]:
    """A block without its dead statements, given the names that are read."""
    result: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Let(name) | Assign(name) if name not in read:
                continue
            case If(condition, then, otherwise):
                then, otherwise = prune_block(then, read, lasting), prune_block(otherwise, read, lasting)
                stmt = replace(stmt, then=then, otherwise=otherwise)
                if not then and not otherwise and not lasting.among(condition):
                    continue
            case For(_, expr, _, inner) | While(expr, _, inner):
                stmt = replace(stmt, body=prune_block(inner, read, lasting))
                if not stmt.body and not lasting.among(expr):
                    continue
            case Attempt(_, _, restored, inner):
                inner = prune_block(inner, read, lasting)
                changed = names_assigned(inner)
                stmt = replace(stmt, body=inner, restored=tuple(one for one in restored if one in changed))
                if not inner:
                    continue
        result.append(stmt)
    return tuple(result)
