"""Programs without their assertions."""

from __future__ import annotations

from dataclasses import replace

from lmc.ir.program import Attempt, Check, For, If, Program, Stmt, While


def without_assertions(program: Program) -> Program:
    """The program with every attempt in one round and no checks."""
    modules = tuple(replace(one, body=unchecked(one.body)) for one in program.modules)
    return replace(program, modules=modules)


def unchecked(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """The statements without attempts and checks."""
    found: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Check():
                continue
            case Attempt(body=inner):
                found += unchecked(inner)
            case If(_, then, otherwise):
                found.append(replace(stmt, then=unchecked(then), otherwise=unchecked(otherwise)))
            case For(body=inner) | While(body=inner):
                found.append(replace(stmt, body=unchecked(inner)))
            case _:
                found.append(stmt)
    return tuple(found)
