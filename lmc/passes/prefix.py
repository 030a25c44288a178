"""Puts what is the same for every row before what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lmc.ir.program import Const, Demo, Predict, Program, Signature
from lmc.ir.walk import predictors, transform_body
from lmc.passes.base import Pass


@dataclass(frozen=True)
class Prefix(Pass):
    """Orders the inputs of a signature so that those which every call gives as a constant come first: they join the
    prefix of the prompt that all rows share, which an LM reads once. The order of inputs in a prompt is lmc's to
    choose, and is chosen before anything is measured."""

    name: ClassVar[str] = "prefix"

    def run(self, program: Program, bench: Any) -> Program:
        """The program with constant inputs first."""
        constant = constant_inputs(program)
        signatures = tuple(reorder(one, constant.get(one.name, frozenset())) for one in program.signatures)
        if signatures == program.signatures:
            return program
        order = {signature.name: [field.name for field in signature.inputs] for signature in signatures}

        def change(expr: Any) -> Any:
            if not isinstance(expr, Predict):
                return expr
            names = order[expr.signature]
            arguments = tuple((name, dict(expr.arguments)[name]) for name in names)
            demos = expr.settings.demos
            settings = expr.settings if demos is None else replace(expr.settings, demos=reordered(demos, names))
            return replace(expr, arguments=arguments, settings=settings)

        modules = tuple(replace(one, body=transform_body(one.body, change)) for one in program.modules)
        return replace(program, signatures=signatures, modules=modules)


def constant_inputs(program: Program) -> dict[str, frozenset[str]]:
    """For each signature that is called, by name, the inputs that every call gives as a constant."""
    found: dict[str, frozenset[str]] = {}
    for _, call in predictors(program):
        given = frozenset(name for name, value in call.arguments if isinstance(value, Const))
        found[call.signature] = given & found.get(call.signature, given)
    return found


def reorder(signature: Signature, constant: frozenset[str]) -> Signature:
    """The signature with the constant inputs first, its demonstrations in the same order. Where the author wrote the
    prompt himself, the order is his."""
    if signature.prompt is not None:
        return signature
    inputs = tuple(sorted(signature.inputs, key=lambda field: field.name not in constant))
    if inputs == signature.inputs:
        return signature
    demos = reordered(signature.demos, [field.name for field in inputs])
    return replace(signature, inputs=inputs, demos=demos)


def reordered(demos: tuple[Demo, ...], names: list[str]) -> tuple[Demo, ...]:
    """Demonstrations with their inputs in the order of the names."""
    return tuple(
        replace(demo, inputs=tuple(sorted(demo.inputs, key=lambda entry: names.index(entry[0])))) for demo in demos
    )
