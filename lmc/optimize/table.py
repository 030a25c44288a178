"""Every optimizer pass by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from lmc.diagnostics import Diagnostic, Failure, Label, did_you_mean
from lmc.ir.program import PassSpec
from lmc.optimize.bootstrap import Bootstrap
from lmc.optimize.calibrate import Calibrate
from lmc.optimize.contrast import Contrast
from lmc.optimize.demo_search import DemoSearch
from lmc.optimize.ensemble import Ensemble
from lmc.optimize.evo import Evo
from lmc.optimize.finetune import Finetune
from lmc.optimize.fuse import Fuse
from lmc.optimize.hyper import Hyper
from lmc.optimize.instructions import Instructions
from lmc.optimize.joint import Joint
from lmc.optimize.knn import Knn
from lmc.optimize.labeled import Labeled
from lmc.optimize.layout import Layout
from lmc.optimize.minify import Minify
from lmc.optimize.reflect import Reflect
from lmc.optimize.route import Route
from lmc.optimize.split import Split
from lmc.optimize.strategy import Strategy
from lmc.optimize.structure import Structure
from lmc.optimize.synth import Synth
from lmc.optimize.tournament import Tournament
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
