"""Every optimizer pass by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from lmc.diagnostics import Diagnostic, Failure, Label, did_you_mean
from lmc.ir.program import PassSpec
from lmc.optimize.passes.bootstrap import Bootstrap
from lmc.optimize.passes.calibrate import Calibrate
from lmc.optimize.passes.contrast import Contrast
from lmc.optimize.passes.demo_search import DemoSearch
from lmc.optimize.passes.ensemble import Ensemble
from lmc.optimize.passes.evo import Evo
from lmc.optimize.passes.finetune import Finetune
from lmc.optimize.passes.fuse import Fuse
from lmc.optimize.passes.hyper import Hyper
from lmc.optimize.passes.instructions import Instructions
from lmc.optimize.passes.joint import Joint
from lmc.optimize.passes.knn import Knn
from lmc.optimize.passes.labeled import Labeled
from lmc.optimize.passes.layout import Layout
from lmc.optimize.passes.minify import Minify
from lmc.optimize.passes.reflect import Reflect
from lmc.optimize.passes.route import Route
from lmc.optimize.passes.split import Split
from lmc.optimize.passes.strategy import Strategy
from lmc.optimize.passes.structure import Structure
from lmc.optimize.passes.synth import Synth
from lmc.optimize.passes.tournament import Tournament
from lmc.passes.base import Pass

PASSES: tuple[type[Pass], ...] = (
    Labeled,
    Knn,
    Layout,
    Bootstrap,
    DemoSearch,
    Instructions,
    Reflect,
    Contrast,
    Joint,
    Structure,
    Minify,
    Synth,
    Tournament,
    Evo,
    Strategy,
    Split,
    Fuse,
    Ensemble,
    Calibrate,
    Finetune,
    Hyper,
    Route,
)


def make_pass(spec: PassSpec) -> Pass:
    """The pass of a name with its options. Raises Failure for a name or an option that there is not."""
    classes = {one.name: one for one in PASSES}
    at = Label(spec.span) if spec.span else None
    if spec.name not in classes:
        guess = did_you_mean(spec.name, classes)
        help_ = f"did you mean `{guess}`?" if guess else f"the passes are {', '.join(classes)}"
        if spec.name == "auto":
            help_ = "leave `passes` out: `auto` is what happens without it"
        raise Failure(Diagnostic("LMP0143", f"unknown pass `{spec.name}`", at, help=help_))
    kind = classes[spec.name]
    hints = get_type_hints(kind, include_extras=True)
    options: dict[str, Any] = {one.name: (hints[one.name], one.default) for one in fields(kind)}  # type: ignore[arg-type]
    model = create_model(kind.__name__, __config__=ConfigDict(extra="forbid", strict=True), **options)
    try:
        return kind(**model.model_validate(dict(spec.options)).model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        if first["type"] == "extra_forbidden":
            message = f"pass `{spec.name}` has no option `{name}`"
        else:
            bounds = {"ge": "at least", "le": "at most"}
            limits = [f"{words} {first['ctx'][key]}" for key, words in bounds.items() if key in first.get("ctx", {})]
            if first["type"] == "literal_error":
                limits = [f"one of {first['ctx']['expected']}"]
            wanted = " and ".join(limits) or f"of type {first['type'].removesuffix('_type')}"
            message = f"option `{name}` of pass `{spec.name}` must be {wanted}"
        known = ", ".join(f"`{field}`" for field in options)
        raise Failure(Diagnostic("LMP0144", message, at, help=f"its options are {known}")) from None
