"""What is outside the program: externs, tools and retrievers."""

from __future__ import annotations

from typing import Any

from lmc.elaborate import problems
from lmc.elaborate.scope import Entity, Scope, World
from lmc.elaborate.typing import constant, lower_fields, lower_type
from lmc.ir import program as ir
from lmc.ir.subtype import resolve
from lmc.ir.types import INT, STR, UNKNOWN, ListType, RecordType, UnknownType
from lmc.syntax import ast

PROTOCOLS = ("http", "mcp")
TOOL_OPTIONS = ("headers", "timeout", "tool")
RETRIEVER_OPTIONS = ("by", "fields", "k", "lm")
KINDS = ("bm25", "dense")


def declare_outside(world: World, scope: Scope, entity: Entity) -> None:
    """Tells the world the parameters and the value of an extern or a tool, or the rows of a retriever."""
    node = entity.node
    if isinstance(node, ast.ExternStmt | ast.ToolStmt):
        world.params[entity.name] = lower_fields(world, scope, node.params)
        world.returns[entity.name] = lower_type(world, scope, node.returns)
        return
    assert isinstance(node, ast.RetrieverStmt)
    world.returns[entity.name] = UNKNOWN if node.row is None else lower_type(world, scope, node.row)
    k = next((constant(one.value) for one in node.options if one.name and one.name.text == "k"), 5)
    whole = isinstance(k, int) and not isinstance(k, bool) and k >= 1
    world.depths[entity.name] = k if whole else 5


def lower_extern(world: World, entity: Entity) -> ir.Extern:
    """A Python function."""
    node = entity.node
    assert isinstance(node, ast.ExternStmt)
    if node.language.text != "python":
        world.sink.add(problems.unknown("language", node.language.text, node.language.span, ("python",)))
    if not inside(node.file):
        wanted = "a file in the project, by its path from here"
        world.sink.add(problems.bad_option("extern", wanted, node.file_span))
    params, returns = world.params[entity.name], world.returns[entity.name]
    return ir.Extern(entity.name, node.file, params, returns, node.doc or "", folder(entity), node.span)


def lower_tool(world: World, entity: Entity) -> ir.Tool:
    """A tool behind a protocol."""
    node = entity.node
    assert isinstance(node, ast.ToolStmt)
    if node.protocol.text not in PROTOCOLS:
        world.sink.add(problems.unknown("protocol", node.protocol.text, node.protocol.span, PROTOCOLS))
    options: dict[str, Any] = {}
    for argument in node.options:
        name = argument.name.text if argument.name else ""
        span = argument.name.span if argument.name else argument.span
        value = constant(argument.value)
        wanted = {
            "headers": (is_texts(value), "a record of texts; `${NAME}` in one is an environment variable"),
            "timeout": (isinstance(value, int | float) and value is not True, "a number of seconds"),
            "tool": (isinstance(value, str), "the tool's name on its server"),
        }
        if name not in TOOL_OPTIONS:
            world.sink.add(problems.unknown_option("a tool", name, span, TOOL_OPTIONS))
        elif name in options:
            world.sink.add(problems.repeated_argument(name, span))
        elif not wanted[name][0]:
            world.sink.add(problems.bad_option(name, wanted[name][1], argument.value.span))
        else:
            options[name] = value
    protocol: Any = node.protocol.text if node.protocol.text in PROTOCOLS else "http"
    params, returns = world.params[entity.name], world.returns[entity.name]
    given = tuple(sorted(options.items()))
    return ir.Tool(entity.name, protocol, node.target, params, returns, node.doc or "", given, node.span)


def is_texts(value: Any) -> bool:
    """Whether a value is a record of texts."""
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def lower_retriever(world: World, scope: Scope, entity: Entity) -> ir.Retriever:
    """A retriever over a corpus in a file, or through an extern."""
    node = entity.node
    assert isinstance(node, ast.RetrieverStmt)
    found: dict[str, Any] = {}
    for argument in node.options:
        name = argument.name.text if argument.name else ""
        span = argument.name.span if argument.name else argument.span
        if name not in RETRIEVER_OPTIONS:
            world.sink.add(problems.unknown_option("a retriever", name, span, RETRIEVER_OPTIONS))
        elif name in found:
            world.sink.add(problems.repeated_argument(name, span))
        else:
            found[name] = retriever_option(world, scope, name, argument.value)
    row, source = world.returns[entity.name], constant(node.source)
    fields = tuple(found.get("fields") or ())
    known = resolve(row, world.named)
    for field in fields:
        if isinstance(known, RecordType) and field not in [one.name for one in known.fields]:
            span = next(one.value.span for one in node.options if one.name and one.name.text == "fields")
            world.sink.add(problems.no_field(row, field, span, [one.name for one in known.fields]))
    k = world.depths[entity.name]
    if isinstance(source, str):
        kind: Any = found.get("by") or "bm25"
        if kind == "dense" and "lm" not in found:
            world.sink.add(problems.no_embedding(node.span))
        elif kind == "bm25" and "lm" in found:
            span = next(one.span for one in node.options if one.name and one.name.text == "lm")
            world.sink.add(problems.too_much("bm25", "LM", span, 'remove it, or write `by: "dense"`'))
        lm = found.get("lm")
        return ir.Retriever(entity.name, row, kind, source, fields, k, lm, None, folder(entity), node.span)
    for argument in node.options:
        if argument.name is not None and argument.name.text in ("by", "fields", "lm"):
            owner = "a retriever through an extern"
            world.sink.add(problems.unknown_option(owner, argument.name.text, argument.name.span, ("k",)))
    function = lower_function(world, scope, node)
    return ir.Retriever(entity.name, row, "extern", "", fields, k, None, function, folder(entity), node.span)


def retriever_option(world: World, scope: Scope, name: str, node: ast.Expr) -> Any:
    """The value of an option of a retriever; None when it is wrong."""
    if name == "lm":
        if isinstance(node, ast.Reference):
            entity = world.find(scope, node.name, "LM")
            return entity.name if entity else None
        world.sink.add(problems.bad_option(name, "the name of a declared LM", node.span))
        return None
    value = constant(node)
    texts = isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    wanted = {
        "by": (value in KINDS, '"bm25" or "dense"'),
        "fields": (texts, "a list of the columns that are searched"),
        "k": (whole, "a whole number of at least 1"),
    }
    if wanted[name][0]:
        return value
    world.sink.add(problems.bad_option(name, wanted[name][1], node.span))
    return None


def lower_function(world: World, scope: Scope, node: ast.RetrieverStmt) -> str | None:
    """The extern that a retriever goes through: it takes the query and `k`, and gives a list."""
    if not isinstance(node.source, ast.Reference):
        wanted = "a file name, or the name of an extern that takes (query: str, k: int)"
        world.sink.add(problems.bad_option(f"retriever {node.name.text}", wanted, node.source.span))
        return None
    entity = world.find(scope, node.source.name, "extern")
    if entity is None:
        return None
    returns = resolve(world.returns[entity.name], world.named)
    types = [one.type for one in world.params[entity.name]]
    if types != [STR, INT] or not isinstance(returns, ListType | UnknownType):
        wanted = "an extern that takes (query: str, k: int) and gives a list"
        world.sink.add(problems.bad_option(f"retriever {node.name.text}", wanted, node.source.span))
    elif node.row is None and isinstance(returns, ListType):
        world.returns[node.name.text] = returns.item
    return entity.name


def inside(path: str) -> bool:
    """Whether a path stays below its folder, as far as it can be seen."""
    parts = path.replace("\\", "/").split("/")
    return not path.startswith(("/", "~")) and ":" not in parts[0]


def folder(entity: Entity) -> str:
    """The folder of the file that declares something, relative to the program's."""
    return entity.path.rpartition("/")[0] or "."
