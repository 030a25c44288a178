"""Meta-prompts: the prompts by which passes ask an LM for proposals. They are `.lmp` programs in this folder, compiled
as any other; a project may put its own in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

from lmc.diagnostics import Failure, Sink
from lmc.elaborate import lower
from lmc.ir.program import LMDecl, Module, Program
from lmc.optimize.meta.problems import meta_unfit, meta_wrong
from lmc.passes import simplify
from lmc.source import SourceFile
from lmc.syntax import parse

ENTRY = "Main"
"""The module of a meta-prompt that passes run."""


def meta_names() -> tuple[str, ...]:
    """The names of all meta-prompts."""
    return tuple(
        sorted(one.name.removesuffix(".lmp") for one in files(__name__).iterdir() if one.name.endswith(".lmp"))
    )


def meta_source(name: str) -> str:
    """The source of a meta-prompt as lmc has it. Raises KeyError for a name that there is not."""
    if name not in meta_names():
        raise KeyError(name)
    return (files(__name__) / f"{name}.lmp").read_text(encoding="utf-8")


def compile_meta(name: str, source: str, lm: LMDecl) -> Program:
    """The program of a meta-prompt, answered by an LM. Raises Failure with the first mistake in it (LMP0570)."""
    sink = Sink()
    path = f"meta/{name}.lmp"
    tree = parse(SourceFile(path, source), sink)
    program = lower(name, {path: tree}, {}, sink)
    errors = [one for one in sink.diagnostics if one.severity == "error"]
    if errors:
        raise Failure(meta_wrong(name, errors[0]))
    if all(one.name != ENTRY for one in program.modules):
        raise Failure(meta_unfit(name, f"it has no module `{ENTRY}`"))
    if program.externs or program.tools or program.retrievers:
        raise Failure(meta_unfit(name, "it may call nothing outside the program"))
    if program.lms:
        raise Failure(meta_unfit(name, "it may declare no LM: the proposer answers it"))
    return simplify(replace(program, lms=(lm,)))


@dataclass
class MetaPrompts:
    """The meta-prompts of one tuning. `overrides` are the project's own, by name; `lm` answers."""

    lm: LMDecl
    overrides: Mapping[str, str] = field(default_factory=dict)
    _compiled: dict[str, Program] = field(default_factory=dict)

    def program(self, name: str) -> Program:
        """The program of a meta-prompt, compiled once. Raises Failure for an override that is no program, or whose
        module takes or gives something else than lmc's own."""
        if name not in self._compiled:
            own = compile_meta(name, meta_source(name), self.lm)
            if name in self.overrides:
                theirs = compile_meta(name, self.overrides[name], self.lm)
                check_same(name, own.module(ENTRY), theirs.module(ENTRY))
                own = theirs
            self._compiled[name] = own
        return self._compiled[name]


def check_same(name: str, own: Module, theirs: Module) -> None:
    """Raises Failure (LMP0571) where a project's meta-prompt does not fit in the place of lmc's."""
    wanted = {one.name: one.type for one in own.params}
    for param in theirs.params:
        if param.name not in wanted:
            raise Failure(meta_unfit(name, f"its `{ENTRY}` takes `{param.name}`, which passes do not give"))
        if param.type != wanted[param.name]:
            raise Failure(meta_unfit(name, f"its `{ENTRY}` takes `{param.name}` of another type"))
    if own.returns != theirs.returns:
        raise Failure(meta_unfit(name, f"its `{ENTRY}` returns another type"))
