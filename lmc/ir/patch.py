"""Tuned values of call sites, by address, and programs with them put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lmc.ir.expression import Expr, Predict, Settings, Tune
from lmc.ir.program import Program
from lmc.ir.walk import slots, transform_body

Patch = Mapping[str, Settings]
"""For addresses (`Module.site`) the settings that differ from the program; those that are None stay as they are."""

SLOTS = (
    "instruction",
    "demos",
    "layout",
    "nearest",
    "lm",
    "strategy",
    "temperature",
    "top_p",
    "logit_bias",
    "max_tokens",
    "retries",
    "value",
)
"""The settings that optimizer passes may change: the first four everywhere, the others where the program says `tune`;
`value` is that of a `Tune`."""


def apply_patch(program: Program, patch: Patch) -> Program:
    """The program with the settings of a patch at their call sites, and the values of its `Tune`s. Raises KeyError for
    an address that it does not have."""
    known = {address for address, _ in slots(program)}
    for address in patch:
        if address not in known:
            raise KeyError(address)
    modules = []
    for module in program.modules:
        owner = module.name

        def change(expr: Expr, owner: str = owner) -> Expr:
            if isinstance(expr, Predict) and f"{owner}.{expr.site}" in patch:
                return replace(expr, settings=merged(expr.settings, patch[f"{owner}.{expr.site}"]))
            if isinstance(expr, Tune) and f"{owner}.{expr.slot}" in patch:
                return replace(expr, value=patch[f"{owner}.{expr.slot}"].value)
            return expr

        modules.append(replace(module, body=transform_body(module.body, change)))
    return replace(program, modules=tuple(modules))


def merged(settings: Settings, over: Settings) -> Settings:
    """The settings with what `over` says in the place of what they said."""
    found = {name: value for name in SLOTS if (value := getattr(over, name)) is not None}
    return replace(settings, **found)


def patch_between(before: Program, after: Program) -> dict[str, Settings]:
    """What the call sites of one program have tuned differently from those of another with the same ones."""
    old = {address: settings_of(site) for address, site in slots(before)}
    patch = {}
    for address, site in slots(after):
        new = settings_of(site)
        changed = {name: value for name in SLOTS if (value := getattr(new, name)) != getattr(old[address], name)}
        if changed:
            patch[address] = Settings(**changed)
    return patch


def same_places(before: Program, after: Program) -> bool:
    """Whether two programs differ in tuned values alone: the same modules with the same statements."""
    return blank(before) == blank(after)


def blank(program: Program) -> Program:
    """The program without what a patch can say."""
    nothing: dict[str, Any] = {name: None for name in SLOTS if name != "value"}

    def change(expr: Expr) -> Expr:
        if isinstance(expr, Predict):
            return replace(expr, settings=replace(expr.settings, **nothing))
        return replace(expr, value=None) if isinstance(expr, Tune) else expr

    modules = tuple(replace(one, body=transform_body(one.body, change)) for one in program.modules)
    return replace(program, modules=modules)


def settings_of(site: Predict | Tune) -> Settings:
    """What a patch can say of a call site or a tuned value."""
    return site.settings if isinstance(site, Predict) else Settings(value=site.value)
