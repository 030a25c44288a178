"""Every optimizer pass by name, and the pipeline that is taken when none is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Protocol, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from lmc.analysis.calls import lm_of, sites
from lmc.diagnostics import Diagnostic, Failure, Label, did_you_mean
from lmc.evaluate.rows import Row
from lmc.ir.program import PassSpec, Program
from lmc.optimize.bootstrap import Bootstrap
from lmc.optimize.demo_search import DemoSearch
from lmc.optimize.demos import demos_of, labeled_pools
from lmc.optimize.hyper import Hyper, knobs
from lmc.optimize.knn import Knn
from lmc.optimize.labeled import Labeled
from lmc.optimize.layout import Layout
from lmc.optimize.reflect import Reflect
from lmc.passes.base import Pass
from lmc.prompts.compile import strategy_of

PASSES: tuple[type[Pass], ...] = (Labeled, Knn, Layout, Bootstrap, DemoSearch, Reflect, Hyper)


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
            wanted = " and ".join(limits) or f"of type {first['type'].removesuffix('_type')}"
            message = f"option `{name}` of pass `{spec.name}` must be {wanted}"
        known = ", ".join(f"`{field}`" for field in options)
        raise Failure(Diagnostic("LMP0144", message, at, help=f"its options are {known}")) from None


class Known(Protocol):
    """What the choice of passes looks at: the module that is tuned, the rows that teach, and who does."""

    @property
    def module(self) -> str: ...
    @property
    def train(self) -> tuple[Row, ...]: ...
    @property
    def teacher(self) -> str | None: ...


def auto(program: Program, bench: Known) -> Sequence[Pass]:
    """The passes for a program whose source names none. For a small local LM the layout comes first, tried with and
    without labelled demonstrations, since it is worth more than anything else; for others labelled demonstrations
    do, which cost nothing to find. Then runs of a teacher where rows do not tell what every call should give, or
    another LM or module teaches; then the search over sets. What the source leaves open with `tune` is
    chosen last."""
    found = sites(program, bench.module)
    told = labeled_pools(program, bench.module, found, bench.train[:20])
    lacking = any(address not in told and not demos_of(program, predict) for address, predict in found)
    reasons = any(strategy_of(predict) != "predict" for _, predict in found)
    lms = [lm_of(program, address.rpartition(".")[0], predict) for address, predict in found]
    small = any(lm is not None and lm.reference.startswith("local/") for lm in lms)
    passes: list[Pass] = [Layout(), Labeled()] if small else [Labeled(), Layout()]
    if lacking or reasons or bench.teacher is not None:
        passes.append(Bootstrap())
    passes.append(DemoSearch())
    return (*passes, Hyper()) if knobs(program, bench.module) else tuple(passes)
