"""Removes what nothing reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lmc.ir.program import Assign, For, If, Let, Module, Program, Stmt
from lmc.ir.walk import expressions, names_read
from lmc.passes.base import Pass


@dataclass(frozen=True)
class Prune(Pass):
    """Drops every `let` and assignment of a name that nothing reads, with the calls that it makes, and branches and
    loops left empty."""

    name: ClassVar[str] = "prune"

    def run(self, program: Program, bench: Any) -> Program:
        """The program without dead statements."""
        modules = tuple(prune_module(module) for module in program.modules)
        same = all(one is other for one, other in zip(program.modules, modules, strict=True))
        return program if same else replace(program, modules=modules)


def prune_module(module: Module) -> Module:
    """The module without dead statements: again and again, since one may have read another."""
    while True:
        read = {name for expr in expressions(module.body) for name in names_read(expr)}
        body = prune_block(module.body, read)
        if body == module.body:
            return module
        module = replace(module, body=body)


def prune_block(body: tuple[Stmt, ...], read: set[str]) -> tuple[Stmt, ...]:
    """A block without its dead statements, given the names that are read."""
    result: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Let(name) | Assign(name) if name not in read:
                continue
            case If(_, then, otherwise):
                stmt = replace(stmt, then=prune_block(then, read), otherwise=prune_block(otherwise, read))
                if not stmt.then and not stmt.otherwise:
                    continue
            case For(_, _, _, inner):
                stmt = replace(stmt, body=prune_block(inner, read))
                if not stmt.body:
                    continue
        result.append(stmt)
    return tuple(result)
