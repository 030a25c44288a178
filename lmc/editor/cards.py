"""What a name stands for, in Markdown: a line of source, and what its author said of it."""

from __future__ import annotations

from lmc.editor.document import Document
from lmc.editor.library import Called, Parameter, function, passes
from lmc.editor.options import BACKEND_TEXTS
from lmc.editor.symbols import Symbol
from lmc.elaborate.scope import Entity
from lmc.ir.types import Field, RecordType, show
from lmc.source import Span
from lmc.syntax import ast

PRIMITIVE_TEXTS = {
    "str": "A text.",
    "int": "A whole number.",
    "float": "A number.",
    "bool": "`true` or `false`.",
    "null": "No value.",
    "image": "A picture, which the prompt holds as such.",
    "audio": "A recording, which the prompt holds as such.",
    "file": "A document, which the prompt holds as such.",
    "history": "The turns of a conversation, which the prompt continues.",
}


def card(document: Document, symbol: Symbol) -> str:
    """What a symbol is, as Markdown."""
    line, text = declared(document, symbol.meant) if not symbol.built_in else built_in(symbol)
    return "\n\n".join(part for part in (f"```lmp\n{line}\n```" if line else "", text) if part)


def built_in(symbol: Symbol) -> tuple[str, str]:
    """Something of the language: a line, and what it is."""
    called = None
    if symbol.kind == "function":
        called = function(symbol.name)
    elif symbol.kind == "pass":
        called = passes().get(symbol.name)
    elif symbol.kind == "primitive":
        return symbol.name, PRIMITIVE_TEXTS.get(symbol.name, "")
    elif symbol.kind == "backend":
        return symbol.name, BACKEND_TEXTS.get(symbol.name, "")
    return (called.label, called.text) if called else (symbol.name, "")


def declared(document: Document, symbol: Symbol) -> tuple[str, str]:
    """Something that the program declares: a line, and what its author said of it."""
    node = symbol.node
    entity = document.analysis.entities.get(symbol.span)
    if entity is not None:
        return declaration(document, entity)
    match node:
        case ast.FieldDecl():
            words = {"input": "in ", "output": "out "}.get(symbol.kind, "")
            return f"{words}{symbol.name}: {written_type(document, node)}", node.description or ""
        case ast.ImportDecl():
            return f'import "{node.path}" as {symbol.name}', ""
    type_ = document.analysis.notes.types.get(symbol.span)
    word = {"variable": "let ", "call site": "call "}.get(symbol.kind, "")
    return f"{word}{symbol.name}" + (f": {show(type_)}" if type_ is not None else ""), ""


def declaration(document: Document, entity: Entity) -> tuple[str, str]:
    """A declaration: its head, and its docstring."""
    node, name = entity.node, entity.node.name.text
    doc = getattr(node, "doc", None) or ""
    called = called_of(document, entity)
    if called is not None:
        word = {"data set": "data"}.get(entity.kind, entity.kind)
        return f"{word} {called.label}", called.text or doc
    match node:
        case ast.TypeStmt():
            return source_of(document, node.span), ""
        case ast.LMStmt() | ast.DataStmt() | ast.RetrieverStmt():
            return source_of(document, node.span), ""
    return f"{entity.kind} {name}", doc


def called_of(document: Document, entity: Entity) -> Called | None:
    """A declaration that can be called, as far as its parts are known."""
    world, node = document.analysis.notes.world, entity.node
    if world is None:
        return None
    name = node.name.text
    if entity.kind == "signature":
        inputs, outputs = world.inputs.get(entity.name), world.outputs.get(entity.name)
        if inputs is None or outputs is None:
            return None
        return Called(name, parameters(inputs), show(RecordType(outputs)), world.docs.get(entity.name, ""))
    if isinstance(node, ast.MetricStmt):
        types = document.analysis.notes.types
        known = [(one.text, types.get(one.span)) for one in node.params]
        params = tuple(Parameter(text, "" if type_ is None else show(type_)) for text, type_ in known)
        return Called(name, params, "", "")
    if entity.kind == "retriever":
        row = world.returns.get(entity.name)
        depth = world.depths.get(entity.name, 5)
        text = f"Finds the {depth} rows that are most like the query, where a call does not say how many."
        params = (Parameter("query", "str"), Parameter("k", "int", str(depth)))
        return Called(name, params, "" if row is None else f"list[{show(row)}]", text)
    params_of, returns = world.params.get(entity.name), world.returns.get(entity.name)
    if params_of is None or returns is None:
        return None
    return Called(name, parameters(params_of), show(returns), getattr(node, "doc", None) or "")


def parameters(fields: tuple[Field, ...]) -> tuple[Parameter, ...]:
    """Fields as parameters."""
    return tuple(Parameter(one.name, show(one.type)) for one in fields)


def written_type(document: Document, node: ast.FieldDecl) -> str:
    """The type of a field as it is written; `str` where none is."""
    return source_of(document, node.type.span) if node.type is not None and node.type.span.file else "str"


def source_of(document: Document, span: Span, most: int = 12) -> str:
    """The source at a place, its first lines when it is long."""
    source = document.analysis.loaded.sources.get(span.file)
    lines = source.text[span.start : span.end].split("\n") if source else []
    return "\n".join((*lines[:most], "…") if len(lines) > most else lines)
