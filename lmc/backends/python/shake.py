"""The part of the runtime that a program needs: definitions of `lmc.runtime`, as they stand there, under free names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import lmc.runtime

MODULES = ("prompt", "value", "reply", "function", "run", "client")


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a definition's text names another: a range of bytes of a line (from 0)."""

    line: int
    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A top-level definition: its text, with the doc string behind it where it is a variable, and the global names in
    it, its own too."""

    name: str
    module: str
    text: str
    uses: tuple[Use, ...]

    @property
    def is_function(self) -> bool:
        """Whether it is a function."""
        return self.text.startswith(("def ", "async def "))

    def renamed(self, names: Mapping[str, str]) -> str:
        """The text with other names for definitions."""
        lines = [line.encode() for line in self.text.split("\n")]
        for use in sorted(self.uses, key=lambda one: (one.line, one.start), reverse=True):
            new = names.get(use.name, use.name).encode()
            lines[use.line] = lines[use.line][: use.start] + new + lines[use.line][use.end :]
        return b"\n".join(lines).decode()


@dataclass(frozen=True, slots=True)
class Runtime:
    """All definitions of the runtime in order, and the imports of its modules by the name that they bring."""

    definitions: dict[str, Definition]
    imports: dict[str, tuple[str, str]]

    @property
    def builtins(self) -> frozenset[str]:
        """The names that the runtime takes from Python, or imports."""
        used = {use.name for one in self.definitions.values() for use in one.uses}
        return frozenset((used | set(self.imports)) - set(self.definitions))

    def needed(self, roots: Iterable[str]) -> list[Definition]:
        """The definitions that the roots need, themselves too, in the order of the runtime."""
        found: set[str] = set()
        queue = list(roots)
        while queue:
            name = queue.pop()
            if name not in found and name in self.definitions:
                found.add(name)
                queue += [use.name for use in self.definitions[name].uses]
        return [one for name, one in self.definitions.items() if name in found]


@cache
def runtime() -> Runtime:
    """The runtime as it is installed."""
    definitions: dict[str, Definition] = {}
    imports: dict[str, tuple[str, str]] = {}
    for module in MODULES:
        source = Path(lmc.runtime.__path__[0], f"{module}.py").read_text("utf-8")
        lines = source.split("\n")
        body = ast.parse(source).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.Import):
                imports.update({one.asname or one.name: ("", one.name) for one in node.names})
            elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(("lmc.", "__future__")):
                imports.update({one.name: (node.module or "", one.name) for one in node.names})
            elif (name := defined(node)) is not None:
                last = following if documents(following) else node
                first = node.lineno - 1
                text = "\n".join(lines[first : last.end_lineno if last is not None else None])
                definitions[name] = Definition(name, module, text, tuple(uses(node, first)))
    return Runtime(definitions, imports)


def documents(node: ast.stmt | None) -> bool:
    """Whether a statement is a doc string."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def defined(node: ast.stmt) -> str | None:
    """The name that a top-level statement defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def uses(node: ast.stmt, first: int) -> Iterator[Use]:
    """The global names in a definition, its own name included; `first` is its line (from 0) in the file."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        keyword = {ast.FunctionDef: "def ", ast.AsyncFunctionDef: "async def ", ast.ClassDef: "class "}[type(node)]
        yield Use(node.lineno - 1 - first, len(keyword), len(keyword) + len(node.name), node.name)
    yield from globals_in(node, first, frozenset())


SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def globals_in(node: ast.AST, first: int, local: frozenset[str]) -> Iterator[Use]:
    """The names in a node that no scope in it binds."""
    if isinstance(node, ast.Name):
        if node.id not in local and node.end_col_offset is not None:
            yield Use(node.lineno - 1 - first, node.col_offset, node.end_col_offset, node.id)
        return
    inner = local | bound(node) if isinstance(node, SCOPES) else local
    for child in ast.iter_child_nodes(node):
        # Annotations and defaults are evaluated outside, where the names of the parameters mean nothing yet.
        yield from globals_in(child, first, inner)


def bound(scope: ast.AST) -> frozenset[str]:
    """The names that a scope binds."""
    found: set[str] = set()
    queue = list(ast.iter_child_nodes(scope))
    while queue:
        node = queue.pop()
        match node:
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Import(names=names):
                found |= {(one.asname or one.name).split(".")[0] for one in names}
            case ast.ImportFrom(names=names):
                found |= {one.asname or one.name for one in names}
        if not isinstance(node, SCOPES):
            queue.extend(ast.iter_child_nodes(node))
    return frozenset(found)
