"""Meta-prompts: the prompts by which passes ask an LM for proposals. They are `.lmp` programs in this folder, compiled
as any other; a project may put its own in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from lmc.analysis.calls import named_types
from lmc.diagnostics import Failure, Sink
from lmc.elaborate import lower
from lmc.ir.program import Extern, LMDecl, Program, Retriever, Tool
from lmc.ir.subtype import Named
from lmc.ir.types import Type
from lmc.ir.walk import predictors
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.meta.problems import meta_unfit, meta_wrong
from lmc.passes import simplify
from lmc.prompts import schema_of
from lmc.source import SourceFile, Span
from lmc.syntax import ast, parse

ENTRY = "Main"
"""The module of a meta-prompt that passes run."""

LIMITS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern", "description", "x-alias")
"""What a project's meta-prompt may say otherwise of a type than the one of lmc."""


@cache
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


def meta_purpose(name: str) -> str:
    """What a meta-prompt is for: the comment that its source begins with. Raises KeyError as `meta_source` does."""
    first = meta_source(name).split("\n", 1)[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def read_meta(name: str, source: SourceFile, sink: Sink) -> Program | None:
    """The program of a meta-prompt, which has no LM yet. What is wrong with it goes to the sink (LMP0570: it is no
    program; LMP0571: it is none that a pass can use), and there is none then."""
    own = Sink()
    tree = parse(source, own)
    for node in tree.declarations:
        if isinstance(node, ast.ImportDecl):
            own.add(meta_unfit(name, "it may import nothing", node.span))
    program = None if own.failed else lower(name, {source.name: tree}, {}, own)
    for one in own.diagnostics:
        sink.add(meta_wrong(name, one) if one.code != "LMP0571" else one)
    if program is None or own.failed:
        return None
    found = [meta_unfit(name, reason, span) for reason, span in misfits(program)]
    for misfit in found:
        sink.add(misfit)
    return None if found else program


def misfits(program: Program) -> list[tuple[str, Span | None]]:
    """Why a program can be no meta-prompt, and where."""
    found: list[tuple[str, Span | None]] = []
    if all(one.name != ENTRY for one in program.modules):
        found.append((f"it has no module `{ENTRY}`", None))
    outside: list[Extern | Tool | Retriever] = [*program.externs, *program.tools, *program.retrievers]
    found += [("it may call nothing outside the program", one.span) for one in outside]
    found += [("it may declare no LM, since the proposer answers it", one.span) for one in program.lms]
    return found + [("it may tune nothing", one.span) for one in program.optimizes]


def read_override(name: str, source: SourceFile, sink: Sink) -> Program | None:
    """The program of a project's own meta-prompt, as `read_meta`; it must take and give what that of lmc does, limits
    of types apart (LMP0571)."""
    theirs = read_meta(name, source, sink)
    if theirs is None:
        return None
    found = differences(builtin(name), theirs)
    for reason in found:
        sink.add(meta_unfit(name, reason, theirs.module(ENTRY).span))
    return None if found else theirs


@cache
def builtin(name: str) -> Program:
    """The program of a meta-prompt as lmc has it."""
    sink = Sink()
    program = read_meta(name, SourceFile(f"meta/{name}.lmp", meta_source(name)), sink)
    assert program is not None, f"a meta-prompt of lmc has mistakes: {sink.diagnostics}"
    return program


def demonstrated(name: str) -> frozenset[str]:
    """The texts that the demonstrations of lmc's own meta-prompt give: instructions for another task. A proposer that
    gives one of them has proposed nothing; what a project's own demonstrations say may be right again."""
    program = builtin(name)
    demos = [demo for _, predict in predictors(program) for demo in demos_of(program, predict)]
    return frozenset(value for demo in demos for _, value in demo.outputs if isinstance(value, str))


def differences(own: Program, theirs: Program) -> list[str]:
    """How a project's meta-prompt takes or gives something else than that of lmc. It need not take all."""
    mine, other = own.module(ENTRY), theirs.module(ENTRY)
    wanted = {one.name: bare(one.type, named_types(own)) for one in mine.params}
    found = []
    for param in other.params:
        if param.name not in wanted:
            given = ", ".join(f"`{name}`" for name in wanted)
            found.append(f"its `{ENTRY}` takes `{param.name}`; what it is given is {given}")
        elif bare(param.type, named_types(theirs)) != wanted[param.name]:
            found.append(f"its `{ENTRY}` takes `{param.name}` of another type")
    if bare(mine.returns, named_types(own)) != bare(other.returns, named_types(theirs)):
        found.append(f"its `{ENTRY}` returns another type")
    return found


def bare(type_: Type, named: Named) -> Any:
    """The JSON Schema of a type without its limits."""

    def without(schema: Any) -> Any:
        if isinstance(schema, list):
            return [without(one) for one in schema]
        if isinstance(schema, dict):
            return {key: without(value) for key, value in schema.items() if key not in LIMITS}
        return schema

    return without(schema_of(type_, named))


@dataclass
class MetaPrompts:
    """The meta-prompts of one tuning. `overrides` are the sources of the project's own, by name; `lm` answers."""

    lm: LMDecl
    overrides: Mapping[str, str] = field(default_factory=dict)
    _compiled: dict[str, Program] = field(default_factory=dict)

    def program(self, name: str) -> Program:
        """The program of a meta-prompt, compiled once. Raises Failure with the first mistake of an override."""
        if name not in self._compiled:
            sink, program = Sink(), builtin(name)
            if name in self.overrides:
                theirs = read_override(name, SourceFile(f"meta/{name}.lmp", self.overrides[name]), sink)
                if theirs is None:
                    raise Failure(next(one for one in sink.diagnostics if one.severity == "error"))
                program = theirs
            self._compiled[name] = simplify(replace(program, lms=(self.lm,)))
        return self._compiled[name]
