"""The part of the runtime that a program needs: definitions of `lmc.runtime`, as they stand there, under free names."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import lmc.runtime

FIRST = ("function", "collection", "score", "overlap", "wording", "run", "client", "reply", "prompt")
"""The modules whose names stay as they are where two modules have the same one: the language names theirs."""

TABLES = ("PARTS", "TURNS", "FORMULAS", "FUNCTIONS")
"""Definitions with an entry a line of which a program has those that its prompts use."""


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
    it, its own too. `scope` has the names of the runtime that its module means by others."""

    name: str
    module: str
    text: str
    uses: tuple[Use, ...]
    scope: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

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

    def reduced(self, entries: Collection[str]) -> Definition:
        """A table with some of its entries."""
        lines = self.text.split("\n")
        kept = [line for line in lines if not line.startswith('    "') or line.split('"')[1] in entries]
        text = "\n".join(kept).replace(" = {\n}", " = {}")
        return definition(self.name, self.module, text, uses(ast.parse(text).body[0], 0), self.scope)


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

    def needed(self, roots: Iterable[str], entries: Mapping[str, Collection[str]] | None = None) -> list[Definition]:
        """The definitions that the roots need, themselves too, in the order of the runtime. `entries`: what is needed
        of each of the `TABLES`; None: all."""
        definitions = dict(self.definitions)
        for table in TABLES if entries is not None else ():
            definitions[table] = definitions[table].reduced((entries or {}).get(table, ()))
        found: set[str] = set()
        queue = list(roots)
        while queue:
            name = queue.pop()
            if name not in found and name in definitions:
                found.add(name)
                queue += [use.name for use in definitions[name].uses]
        return [one for name, one in definitions.items() if name in found]


def definition(name: str, module: str, text: str, names: Iterable[Use], scope: Mapping[str, str]) -> Definition:
    """A definition whose names are those of the runtime."""
    found = tuple(replace(one, name=scope.get(one.name, one.name)) for one in names)
    return Definition(name, module, text, found, scope)


@cache
def runtime() -> Runtime:
    """The runtime as it is installed, each module after those that it imports."""
    sources = {path.stem: path.read_text("utf-8") for path in sorted(Path(lmc.runtime.__path__[0]).glob("[!_]*.py"))}
    trees = {module: ast.parse(source).body for module, source in sources.items()}
    scopes = all_scopes(trees)
    definitions: dict[str, Definition] = {}
    imports: dict[str, tuple[str, str]] = {}
    for module in in_order(trees):
        lines = sources[module].split("\n")
        for node, following in zip(trees[module], [*trees[module][1:], None], strict=True):
            if isinstance(node, ast.Import):
                imports.update({one.asname or one.name: ("", one.name) for one in node.names})
            elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(("lmc.", "__future__")):
                imports.update({one.name: (node.module or "", one.name) for one in node.names})
            elif (name := defined(node)) is not None:
                last = following if documents(following) else node
                text = "\n".join(lines[node.lineno - 1 : last.end_lineno if last is not None else None])
                key = scopes[module][name]
                definitions[key] = definition(key, module, text, uses(node, node.lineno - 1), scopes[module])
    return Runtime(definitions, imports)


def in_order(trees: Mapping[str, list[ast.stmt]]) -> list[str]:
    """The modules, each after those that it imports."""
    found: dict[str, None] = {}

    def visit(module: str) -> None:
        if module in found:
            return
        for other, _ in imported(trees[module]).values():
            visit(other)
        found[module] = None

    for module in trees:
        visit(module)
    return list(found)


def imported(body: list[ast.stmt]) -> dict[str, tuple[str, str]]:
    """The names that a module imports from another of the runtime: from where, and as what they stand there."""
    nodes = [node for node in body if isinstance(node, ast.ImportFrom)]
    return {
        one.asname or one.name: (node.module.rsplit(".", 1)[-1], one.name)
        for node in nodes
        if node.module is not None and node.module.startswith("lmc.runtime.")
        for one in node.names
    }


def all_scopes(trees: Mapping[str, list[ast.stmt]]) -> dict[str, dict[str, str]]:
    """What the names of each module are called in the runtime as a whole, where each is called otherwise."""
    taken: dict[str, tuple[str, str]] = {}
    scopes: dict[str, dict[str, str]] = {module: {} for module in trees}
    for module in (*(one for one in FIRST if one in trees), *(one for one in trees if one not in FIRST)):
        for name in filter(None, map(defined, trees[module])):
            key = name if name not in taken else f"{name}_{module}"
            taken[key] = module, name
            scopes[module][name] = key
    for module in in_order(trees):
        for name, (other, original) in imported(trees[module]).items():
            scopes[module].setdefault(name, scopes[other][original])
    return scopes


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
    if isinstance(node, ast.ClassDef):
        # What a class holds is no variable to its methods.
        targets = [one.target for one in node.body if isinstance(one, ast.AnnAssign)]
        fields = {one.id for one in targets if isinstance(one, ast.Name)}
        for child in ast.iter_child_nodes(node):
            yield from globals_in(child, first, local if isinstance(child, SCOPES) else local | fields)
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
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names):
                found |= {(one.asname or one.name).split(".")[0] for one in names}
            case ast.ImportFrom(names=names):
                found |= {one.asname or one.name for one in names}
        if not isinstance(node, SCOPES):
            queue.extend(ast.iter_child_nodes(node))
    return frozenset(found)
