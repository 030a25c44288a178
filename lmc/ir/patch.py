"""Tuned values of call sites, by address, and programs with them put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lmc.ir.program import Expr, Predict, Program, Settings
from lmc.ir.walk import predictors, transform_body

Patch = Mapping[str, Settings]
"""For addresses (`Module.site`) the settings that differ from the program; those that are None stay as they are."""

SLOTS = ("instruction", "demos", "layout")
"""The settings that optimizer passes may change."""


def apply_patch(program: Program, patch: Patch) -> Program:
    """The program with the settings of a patch at their call sites. Raises KeyError for an address that it does not
    have."""
    known = {f"{module.name}.{predict.site}" for module, predict in predictors(program)}
    for address in patch:
        if address not in known:
            raise KeyError(address)
    modules = []
    for module in program.modules:
        owner = module.name

        def change(expr: Expr, owner: str = owner) -> Expr:
            if not isinstance(expr, Predict) or f"{owner}.{expr.site}" not in patch:
                return expr
            return replace(expr, settings=merged(expr.settings, patch[f"{owner}.{expr.site}"]))

        modules.append(replace(module, body=transform_body(module.body, change)))
    return replace(program, modules=tuple(modules))


def merged(settings: Settings, over: Settings) -> Settings:
    """The settings with what `over` says in the place of what they said."""
    found = {name: value for name in SLOTS if (value := getattr(over, name)) is not None}
    return replace(settings, **found)


def patch_between(before: Program, after: Program) -> dict[str, Settings]:
    """What the call sites of one program have tuned differently from those of another with the same ones."""
    old = {f"{module.name}.{predict.site}": predict.settings for module, predict in predictors(before)}
    patch = {}
    for module, predict in predictors(after):
        address = f"{module.name}.{predict.site}"
        changed = {
            name: value for name in SLOTS if (value := getattr(predict.settings, name)) != getattr(old[address], name)
        }
        if changed:
            patch[address] = Settings(**changed)
    return patch
