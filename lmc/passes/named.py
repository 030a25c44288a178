"""The call sites that attempts name."""

from __future__ import annotations

from dataclasses import replace

from lmc.ir.program import Program
from lmc.ir.statement import Attempt, For, If, Stmt, While
from lmc.ir.walk import predictors, statements


def with_present_sites(program: Program) -> Program:
    """The program, its attempts naming no call sites that are gone; the same object where none do."""
    present = {f"{module.name}.{site.site}" for module, site in predictors(program)}
    if attempts_by_site(program).keys() <= present:
        return program
    modules = tuple(replace(one, body=with_sites(one.body, present)) for one in program.modules)
    return replace(program, modules=modules)


def with_sites(body: tuple[Stmt, ...], present: set[str]) -> tuple[Stmt, ...]:
    """A block, its attempts naming only call sites that are present."""
    return tuple(with_own_sites(stmt, present) for stmt in body)


def with_own_sites(stmt: Stmt, present: set[str]) -> Stmt:
    """A statement, the attempts in it naming only call sites that are present."""
    match stmt:
        case If(_, then, otherwise):
            return replace(stmt, then=with_sites(then, present), otherwise=with_sites(otherwise, present))
        case For(body=body) | While(body=body):
            return replace(stmt, body=with_sites(body, present))
        case Attempt(_, sites, _, body):
            return replace(stmt, sites=tuple(one for one in sites if one in present), body=with_sites(body, present))
    return stmt


def attempts_by_site(program: Program) -> dict[str, frozenset[tuple[str, str]]]:
    """For each call site that is named by attempts, by address, those attempts as module and name."""
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for module in program.modules:
        for stmt in statements(module.body):
            if isinstance(stmt, Attempt):
                for site in stmt.sites:
                    found[site] = found.get(site, frozenset()) | {(module.name, stmt.name)}
    return found
