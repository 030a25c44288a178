"""What a program declares or asks for, and never uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lmc.diagnostics import Sink
from lmc.elaborate import problems
from lmc.elaborate.expressions import REASONING
from lmc.elaborate.scope import Entity, World
from lmc.ir.program import (
    Assign,
    Case,
    Comprehension,
    Expr,
    Invoke,
    Let,
    Member,
    Module,
    Name,
    Predict,
    Program,
)
from lmc.ir.types import NamedType, RecordType, Type
from lmc.ir.walk import children, names_read, own_expressions, statements
from lmc.source import Span
from lmc.syntax import ast

KINDS = ("type", "signature", "data set", "metric", "extern", "tool", "retriever")


def report_unused(world: World, own: list[Entity]) -> None:
    """Warns of declarations of a file that nothing uses; a file that only declares is a library."""
    if world.sink.failed:
        return  # what a misspelt name means to use is not unused
    if not any(entity.kind == "module" for entity in own):
        return
    for entity in own:
        if entity.kind in KINDS and (entity.kind, entity.name) not in world.used:
            advice = "remove it, or use it"
            node = entity.node
            world.sink.add(problems.unused(entity.kind, entity.name, node.name.span, advice, node.span))


def report_unread(program: Program, own: list[Entity], sink: Sink) -> None:
    """Warns of outputs that come after the last one that is read: an LM spends tokens on them, and what comes before
    profits nothing. Outputs before one that is read may be there to think."""
    reads = Reads(program).all()
    for entity in own:
        read = reads.get(entity.name)
        if not isinstance(entity.node, ast.SignatureStmt) or not read:
            continue
        outputs = entity.node.short.outputs if entity.node.short else entity.node.outputs
        last = max((index for index, one in enumerate(outputs) if one.name.text in read), default=len(outputs))
        for one in outputs[last + 1 :]:
            whole = without(entity.node, one, outputs) if removable(program, entity, one.name.text) else None
            sink.add(problems.unread_output(entity.name, one.name.text, one.name.span, whole))


def removable(program: Program, entity: Entity, output: str) -> bool:
    """Whether an output can go without anything else: no demonstration, prompt or other signature holds it."""
    node = entity.node
    assert isinstance(node, ast.SignatureStmt)
    given = {argument.name.text for demo in node.demos for argument in demo.outputs if argument.name}
    plain = len(program.signatures) == 1 or not any(
        {one.name for one in other.outputs} >= {own.name for own in program.signature(entity.name).outputs}
        for other in program.signatures
        if other.name != entity.name
    )
    return output not in given and not node.prompts and plain


def without(node: ast.SignatureStmt, one: ast.FieldDecl, outputs: tuple[ast.FieldDecl, ...]) -> Span:
    """What goes with an output: in a short signature the comma before it."""
    index = outputs.index(one)
    return Span(one.span.file, outputs[index - 1].span.end, one.span.end) if node.short and index else one.span


class Reads:
    """Finds the outputs that modules and tests read, by signature. What a module returns holds the outputs of the
    signature whose type it has, with the reasoning or without; a reply that goes on as a whole is read as a whole."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.outputs = {one.name: tuple(output.name for output in one.outputs) for one in program.signatures}
        self.shapes: dict[Type, str] = {}
        for one in reversed(program.signatures):
            self.shapes[RecordType((REASONING, *one.outputs))] = one.name
            self.shapes[NamedType(one.name)] = one.name
        self.returns = {one.name: self.shapes.get(one.returns) for one in program.modules}
        self.found: dict[str, set[str]] = {name: set() for name in self.outputs}

    def all(self) -> dict[str, set[str]]:
        """The outputs that are read."""
        for module in self.program.modules:
            holders = self.holders(module)
            for stmt in statements(module.body):
                for expr in own_expressions(stmt):
                    bound = isinstance(stmt, Let | Assign) and self.reply(expr) is not None
                    self.visit(expr, holders, bound)
        for test in self.program.tests:
            for case in test.cases:
                self.visit_case(case)
        return self.found

    def holders(self, module: Module) -> dict[str, set[str]]:
        """The variables that hold replies, with the signatures of those."""
        found: dict[str, set[str]] = {}
        for param in module.params:
            if (signature := self.shapes.get(param.type)) is not None:
                found.setdefault(param.name, set()).add(signature)
        for stmt in statements(module.body):
            if isinstance(stmt, Let | Assign):
                known = self.reply(stmt.value) or (self.shapes.get(stmt.type) if isinstance(stmt, Let) else None)
                if known is not None:
                    found.setdefault(stmt.name, set()).add(known)
        return found

    def reply(self, expr: Expr) -> str | None:
        """The signature by which an expression is a reply."""
        match expr:
            case Predict(signature=signature):
                return signature
            case Invoke(module):
                return self.returns[module]
        return None

    def visit_case(self, case: Case) -> None:
        """What a test reads: the fields of the value that its condition names, or `it`."""
        signature = self.reply(case.call)
        names = {"it": {signature}} if signature else {}
        for argument in children(case.call):
            self.visit(argument, {}, False)
        if signature is not None:
            self.read(signature, [one for one in self.outputs[signature] if one in names_read(case.holds)])
        self.visit(case.holds, names, False)

    def visit(self, expr: Expr, holders: Mapping[str, set[str]], bound: bool) -> None:
        """Notes what an expression reads. `bound`: its own value goes to a variable, or only a field of it is read."""
        match expr:
            case Member(Name(name), output) if name in holders:
                for signature in holders[name]:
                    self.read(signature, (output,))
                return
            case Name(name):
                for signature in holders.get(name, ()):
                    self.read(signature, self.outputs[signature])
            case Member(base, output) if (replied := self.reply(base)) is not None:
                self.read(replied, (output,))
                self.visit(base, holders, True)
                return
            case Comprehension(value, name, items, condition):
                self.visit(items, holders, False)
                inner = {one: held for one, held in holders.items() if one != name}
                for one in (value, condition):
                    if one is not None:
                        self.visit(one, inner, False)
                return
        if not bound and (whole := self.reply(expr)) is not None:
            self.read(whole, self.outputs[whole])
        for child in children(expr):
            self.visit(child, holders, False)

    def read(self, signature: str, outputs: Iterable[str]) -> None:
        """Notes that outputs of a signature are read."""
        self.found[signature] |= set(outputs)
