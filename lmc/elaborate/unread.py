"""What a program declares or asks for, and never uses."""

from __future__ import annotations

from lmc.diagnostics import Sink
from lmc.elaborate import problems
from lmc.elaborate.scope import Entity, World
from lmc.ir.program import Assign, Expr, Let, Member, Module, Name, Predict, Program
from lmc.ir.walk import children, own_expressions, statements
from lmc.syntax import ast

KINDS = ("type", "signature", "data set", "metric")


def report_unused(world: World, own: list[Entity]) -> None:
    """Warns of declarations of a file that nothing uses; a file that only declares is a library."""
    if world.sink.failed:
        return  # what a misspelt name means to use is not unused
    if not any(entity.kind == "module" for entity in own):
        return
    for entity in own:
        if entity.kind in KINDS and (entity.kind, entity.name) not in world.used:
            advice = "remove it, or use it"
            world.sink.add(problems.unused(entity.kind, entity.name, entity.node.name.span, advice))


def report_unread(program: Program, own: list[Entity], sink: Sink) -> None:
    """Warns of outputs that come after the last one that is read: an LM spends tokens on them, and what comes before
    profits nothing. Outputs before one that is read may be there to think."""
    reads = outputs_read(program)
    for entity in own:
        read = reads.get(entity.name)
        if not isinstance(entity.node, ast.SignatureStmt) or not read:
            continue
        outputs = entity.node.short.outputs if entity.node.short else entity.node.outputs
        last = max((index for index, one in enumerate(outputs) if one.name.text in read), default=len(outputs))
        for one in outputs[last + 1 :]:
            sink.add(problems.unread_output(entity.name, one.name.text, one.name.span))


def outputs_read(program: Program) -> dict[str, set[str]]:
    """The outputs that the modules read, by signature; all of them where a whole reply is passed on."""
    found: dict[str, set[str]] = {one.name: set() for one in program.signatures}
    everything = {one.name: {output.name for output in one.outputs} for one in program.signatures}
    for module in program.modules:
        holders = replies(module)
        for stmt in statements(module.body):
            for expr in own_expressions(stmt):
                bound = isinstance(stmt, Let | Assign) and isinstance(expr, Predict)
                for name, output in reads(expr, holders, bound):
                    found[name] |= everything[name] if output is None else {output}
    return found


def replies(module: Module) -> dict[str, set[str]]:
    """The variables that hold replies, with the signatures of those."""
    found: dict[str, set[str]] = {}
    for stmt in statements(module.body):
        if isinstance(stmt, Let | Assign) and isinstance(stmt.value, Predict):
            found.setdefault(stmt.name, set()).add(stmt.value.signature)
    return found


def reads(expr: Expr, holders: dict[str, set[str]], bound: bool) -> list[tuple[str, str | None]]:
    """The outputs that an expression reads, with their signature; None is all of them. `bound`: its own value goes to
    a variable."""
    match expr:
        case Name(name):
            return [(one, None) for one in holders.get(name, ())]
        case Member(Name(name), output):
            return [(one, output) for one in holders.get(name, ())]
        case Member(Predict() as call, output):
            return [(call.signature, output), *reads(call, holders, True)]
    own: list[tuple[str, str | None]] = [(expr.signature, None)] if isinstance(expr, Predict) and not bound else []
    return own + [one for child in children(expr) for one in reads(child, holders, False)]
