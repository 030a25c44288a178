"""What the names of a file stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lmc.diagnostics import Sink
from lmc.elaborate import problems
from lmc.elaborate.damage import Damage
from lmc.elaborate.notes import Notes
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.ir.types import Field, NamedType, Type
from lmc.source import Span
from lmc.syntax import ast
from lmc.syntax.tokens import RESERVED

KINDS: dict[type, str] = {
    ast.LMStmt: "LM",
    ast.TypeStmt: "type",
    ast.DataStmt: "data set",
    ast.SignatureStmt: "signature",
    ast.ModuleStmt: "module",
    ast.MetricStmt: "metric",
    ast.ExternStmt: "extern",
    ast.ToolStmt: "tool",
    ast.RetrieverStmt: "retriever",
}
PRIMITIVES = ("str", "int", "float", "bool", "null", "image", "audio", "file", "history")
CALLED = ("module", "metric", "extern", "tool")
"""The kinds of what is called by name, which functions of the library are too."""

Declared = (
    ast.LMStmt
    | ast.TypeStmt
    | ast.DataStmt
    | ast.SignatureStmt
    | ast.ModuleStmt
    | ast.MetricStmt
    | ast.ExternStmt
    | ast.ToolStmt
    | ast.RetrieverStmt
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A declared thing: its kind, its name in the program, and its declaration with the file it stands in. `whole`:
    no mistake of syntax may have cost it a part."""

    kind: str
    name: str
    node: Declared
    path: str
    whole: bool = True


LOST = Entity("lost", "", ast.TypeStmt(ast.Ident(""), ast.RecordBody(())), "")
"""What a name stands for whose declaration could not be read: the mistake is reported, uses of the name are not."""

Scope = Mapping[str, Entity]
"""What each name that may be written in a file stands for; names through an import's alias are dotted. A name with a
dot at its end stands for all names through an alias."""


def name_after(declared: str) -> str:
    """The name of a variable or call site that is named after a signature or module."""
    name = declared.lower()
    return f"{name}_" if name in RESERVED else name


def entity_of(scope: Scope, name: str) -> Entity | None:
    """What a name stands for."""
    return scope.get(name) or scope.get(name.partition(".")[0] + ".")


@dataclass(frozen=True, slots=True)
class Variable:
    """A parameter, `let` or loop variable: its type, and whether it may be given a new value. `declared` is its type
    outside the case of a `match` that has narrowed it."""

    type: Type
    span: Span
    mutable: bool = False
    declared: Type | None = None


@dataclass
class World:
    """What elaboration knows of the whole program, filled in order: types, then signatures, then modules. `taken` are
    the names of all declarations, `broken` those of signatures and modules of which a part may be lost. `params` and
    `returns` are those of modules, externs and tools; a retriever returns rows of `returns`, `depths` of them where a
    call does not say how many. `docs` are the instructions of signatures; `texts` the files that prompts are in, by
    the path of the declaring file and the path as written. `scores` are the metrics that modules use, with the types of
    what they score and the place; `limited` the types with limits, which are checked when all types are known. `notes`
    are kept for those who ask; `comments` are those of all files."""

    sink: Sink
    taken: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    named: dict[str, Type] = field(default_factory=dict)
    inputs: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    outputs: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    params: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    returns: dict[str, Type] = field(default_factory=dict)
    docs: dict[str, str] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    scores: list[tuple[str, Type, Type, Span]] = field(default_factory=list)
    limited: list[tuple[Type, ast.LimitedType]] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)
    notes: Notes | None = None
    comments: tuple[ast.Comment, ...] = ()

    def commented(self, span: Span) -> bool:
        """Whether a comment stands at a place, which would be lost if that was written anew."""
        return any(one.span.file == span.file and span.start < one.span.start < span.end for one in self.comments)

    def reply(self, signature: str) -> Type:
        """The type of a reply by a signature."""
        return NamedType(signature)

    def find(self, scope: Scope, ident: ast.Ident, kind: str, code: str = "LMP0100") -> Entity | None:
        """The entity of a kind that a name stands for; None, with a diagnostic, when there is none."""
        entity = entity_of(scope, ident.text)
        if entity is LOST:
            return None
        if entity is None:
            known = [name for name, one in scope.items() if one.kind == kind]
            self.sink.add(problems.unknown(kind, ident.text, ident.span, known, code))
            return None
        if entity.kind != kind:
            self.sink.add(problems.wrong_kind(ident.text, entity.kind, kind, ident.span, entity.node.name.span))
            return None
        self.used.add((entity.kind, entity.name))
        return entity


def build_scopes(
    files: dict[str, ast.File], imports: Mapping[tuple[str, str], str], damage: Mapping[str, Damage], world: World
) -> dict[str, dict[str, Entity]]:
    """The scope of each file. `files` are in order, an imported file before its importer; `imports` says which file
    an import path means, by (importing file, path as written). A name that two files declare is told apart by its
    file's stem."""
    own: dict[str, dict[str, Entity]] = {}
    for path in reversed(files):
        own[path] = declared(path, files[path], damage.get(path), world)
    scopes: dict[str, dict[str, Entity]] = {}
    for path, file in files.items():
        scope = dict(own[path])
        for node in file.declarations:
            if isinstance(node, ast.ImportDecl):
                target = imports.get((path, node.path))
                add_import(scope, node, None if target is None else own[target], world.sink)
        scopes[path] = scope
    return scopes


def declared(path: str, file: ast.File, damage: Damage | None, world: World) -> dict[str, Entity]:
    """The entities that a file declares itself."""
    sink, taken = world.sink, world.taken
    entities: dict[str, Entity] = {}
    stem = path.rsplit("/", 1)[-1].removesuffix(".lmp").replace("-", "_").replace(".", "_")
    for node in file.declarations:
        kind = KINDS.get(type(node))
        if kind is None or isinstance(node, ast.ImportDecl | ast.OptimizeStmt | ast.EmitStmt | ast.TestStmt):
            continue
        ident = node.name
        if ident.text in PRIMITIVES or (kind in CALLED and ident.text in (*BUILTINS, *METRICS, "run_code")):
            sink.add(problems.reserved_name(ident.text, ident.span))
            continue
        if ident.text in entities:
            sink.add(problems.duplicate(kind, ident.text, ident.span, entities[ident.text].node.name.span))
            continue
        name = ident.text
        while name in taken:
            name = f"{stem}_{name}"
        taken.add(name)
        whole = damage is None or damage.of(node.span) is None
        entities[ident.text] = Entity(kind, name, node, path, whole)
        if not whole:
            world.broken.add(name)
    return {**dict.fromkeys(damage.lost if damage else (), LOST), **entities}


def add_import(
    scope: dict[str, Entity], node: ast.ImportDecl, exported: Mapping[str, Entity] | None, sink: Sink
) -> None:
    """Adds what an import brings; None: its file could not be read."""
    if exported is None:
        scope.update({(alias or ident).text: LOST for ident, alias in node.names})
        scope.update({f"{node.alias.text}.": LOST} if node.alias else {})
        return
    if node.alias is not None:
        scope.update({f"{node.alias.text}.{name}": entity for name, entity in exported.items()})
    for ident, alias in node.names:
        entity = exported.get(ident.text)
        shown = alias or ident
        if entity is None:
            sink.add(problems.not_exported(ident.text, node.path, ident.span, exported))
            scope.setdefault(shown.text, LOST)
        elif shown.text in scope and scope[shown.text] != entity:
            sink.add(problems.duplicate("name", shown.text, shown.span, scope[shown.text].node.name.span))
        else:
            scope[shown.text] = entity
