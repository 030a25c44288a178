"""What tuning changed of a program beside its tuned values: declarations, as core text, and programs with them put in.

A program is restructured by the compiler itself: its core with the changed declarations in it is elaborated as any
other source, so that whatever does not fit is found as any other mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from lmc.diagnostics import Diagnostic, Failure, Sink
from lmc.elaborate.lift import lift
from lmc.elaborate.lower import lower
from lmc.ir.expression import Expr, Predict, Settings, Tune
from lmc.ir.patch import apply_patch, patch_between
from lmc.ir.program import Program
from lmc.ir.types import Field, Type
from lmc.ir.walk import slots, transform_body
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse

Changed: TypeAlias = ast.LMStmt | ast.TypeStmt | ast.SignatureStmt | ast.ModuleStmt
"""The declarations that tuning may add, or put in the place of those as written."""

PROMPT = ("instruction", "demos", "layout", "nearest")
"""The settings that a slot of a lock may say of any call."""


class Named(Protocol):
    """What is declared under a name."""

    @property
    def name(self) -> str: ...


D = TypeVar("D", bound=Named)


def structure_between(written: Program, tuned: Program) -> str | None:
    """The core text of the declarations that the tuned program has and the written one has not, or has otherwise,
    without what the slots of a lock can say; None where they differ in slots alone."""
    bare = unslotted(written, tuned)
    changed = {
        (kind, name)
        for kind, before, after in (
            (ast.LMStmt, written.lms, bare.lms),
            (ast.TypeStmt, written.types, bare.types),
            (ast.SignatureStmt, written.signatures, bare.signatures),
            (ast.ModuleStmt, written.modules, bare.modules),
        )
        for name in names_changed(before, after)
    }
    core = lift(replace(bare, datasets=(), optimizes=(), emits=(), tests=()))
    found = tuple(
        one for one in core.declarations if isinstance(one, Changed) and (type(one), one.name.text) in changed
    )
    return format_file(ast.File(found)) if found else None


def restructured(program: Program, text: str) -> Program:
    """The program with the declarations of a text added, or in the place of those of their names. Raises Failure
    (LMP0504) where they do not fit it: no program, other declarations than of LMs, types, signatures and modules, a
    name that there is not, a module of the program with other parameters or of another type."""
    source, sink = SourceFile(f"{program.name}.lock.json", text), Sink()
    own: dict[tuple[type, str], ast.Declaration] = {}
    for node in parse(source, sink).declarations:
        if not isinstance(node, Changed):
            raise Failure(no_structure("it declares what tuning does not change"))
        own[type(node), node.name.text] = node
    refuse(source, sink)
    core = lift(replace(program, datasets=(), optimizes=(), emits=(), tests=()))
    merged = tuple(
        own.pop((type(one), one.name.text), one) if isinstance(one, Changed) else one for one in core.declarations
    )
    lowered = lower(program.name, {source.name: ast.File((*merged, *own.values()))}, {}, sink)
    refuse(source, sink)
    found = replace(
        program,
        lms=put_in(program.lms, lowered.lms),
        types=put_in(program.types, lowered.types),
        signatures=put_in(program.signatures, lowered.signatures),
        modules=put_in(program.modules, lowered.modules),
    )
    same_faces(program, found)
    return found


def settled(written: Program, tuned: Program) -> Program:
    """The tuned program as it comes back out of a lock: its declarations in the order that they have there, its
    assertions sent back to where the compiler sends them. Raises Failure (LMP0504) for one that no lock can hold."""
    text = structure_between(written, tuned)
    if text is None:
        return tuned
    base = restructured(written, text)
    return apply_patch(base, patch_between(base, tuned))


def unslotted(written: Program, tuned: Program) -> Program:
    """The tuned program, its slots as they are written; at a call that the written program has not they say nothing."""
    before = dict(slots(written))

    def change(owner: str, expr: Expr) -> Expr:
        if isinstance(expr, Tune):
            old = before.get(f"{owner}.{expr.slot}")
            return replace(expr, value=old.value) if isinstance(old, Tune) and old.space == expr.space else expr
        if not isinstance(expr, Predict):
            return expr
        old = before.get(f"{owner}.{expr.site}")
        if isinstance(old, Predict) and alike(old, expr):
            names = [*PROMPT, *(name for name, _ in old.settings.tunes)]
            return replace(expr, settings=with_settings(expr.settings, old.settings, names))
        return replace(expr, settings=with_settings(expr.settings, Settings(), PROMPT))

    return changed_everywhere(tuned, change)


def alike(one: Predict, other: Predict) -> bool:
    """Whether what a slot says of one call can be said of the other."""
    return (one.signature, one.strategy, one.settings.tunes) == (other.signature, other.strategy, other.settings.tunes)


def with_settings(settings: Settings, others: Settings, names: Iterable[str]) -> Settings:
    """The settings with those of some names from others."""
    chosen: dict[str, Any] = {name: getattr(others, name) for name in names}
    return replace(settings, **chosen)


def changed_everywhere(program: Program, change: Callable[[str, Expr], Expr]) -> Program:
    """The program with every expression of its modules rewritten, given the name of its module."""
    modules = tuple(replace(one, body=transform_body(one.body, partial(change, one.name))) for one in program.modules)
    return replace(program, modules=modules)


def names_changed(before: Sequence[Named], after: Sequence[Named]) -> list[str]:
    """The names of what is declared otherwise than before, or was not."""
    old = {one.name: one for one in before}
    return [one.name for one in after if old.get(one.name) != one]


def put_in(old: tuple[D, ...], new: tuple[D, ...]) -> tuple[D, ...]:
    """Declarations with those that are otherwise in `new` in their places, and those that are new at the end; what did
    not change is the same object."""
    found = {one.name: one for one in new}
    kept = tuple(one if found.get(one.name, one) == one else found.pop(one.name) for one in old)
    known = {one.name for one in old}
    return (*kept, *(one for name, one in found.items() if name not in known))


def same_faces(before: Program, after: Program) -> None:
    """Raises Failure (LMP0504) where a module takes or gives something else than before, a signature has other inputs
    or outputs, or a type is another."""
    modules = {one.name: one for one in after.modules}
    for module in before.modules:
        new = modules[module.name]
        if (new.params, new.returns) != (module.params, module.returns):
            raise Failure(no_structure(f"its module `{module.name}` takes or gives something else"))
    signatures = {one.name: one for one in after.signatures}
    for signature in before.signatures:
        other = signatures[signature.name]
        if (sides(other.inputs), sides(other.outputs)) != (sides(signature.inputs), sides(signature.outputs)):
            raise Failure(no_structure(f"its signature `{signature.name}` has other fields"))
    if changed := set(names_changed(before.types, after.types)) & {one.name for one in before.types}:
        raise Failure(no_structure(f"its type `{min(changed)}` is another"))


def sides(fields: tuple[Field, ...]) -> frozenset[tuple[str, Type]]:
    """The names and types of fields, in whatever order and words."""
    return frozenset((one.name, one.type) for one in fields)


def refuse(source: SourceFile, sink: Sink) -> None:
    """Raises Failure with the first mistake that was found."""
    first = next((one for one in sink.diagnostics if one.severity == "error"), None)
    if first is None:
        return
    here = first.primary is not None and first.primary.span.file == source.name
    where = f" in line {source.position(first.primary.span.start)[0]}" if here and first.primary else ""
    raise Failure(no_structure(f"{first.message}{where}"))


def no_structure(problem: str) -> Diagnostic:
    """LMP0504, for what a lock says of declarations. `problem` reads on from a colon."""
    return Diagnostic(
        "LMP0504", f"the `structure` of the lock does not fit the program: {problem}", help="run `lmc build --retune`"
    )
