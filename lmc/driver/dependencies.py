"""The files that a program depends on, whether they are there or not, and whether it has mistakes or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmc.diagnostics import Failure, Sink
from lmc.driver.load import lock_path, project_root, read_source
from lmc.driver.metaprompts import FOLDER as META
from lmc.syntax import ast, parse


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Files by what they are for: `sources` are the program and what it imports, `texts` prompts in files, `others`
    data, corpora and Python. `lock` is where the lock is or would be; `meta` the project's own meta-prompts."""

    sources: tuple[Path, ...]
    texts: tuple[Path, ...]
    others: tuple[Path, ...]
    lock: Path
    meta: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.sources, *self.texts, *self.others, self.lock, *self.meta)


def dependencies(program: Path) -> Dependencies:
    """The files that a program depends on, as its sources are now; paths out of the project are left out."""
    full = program.resolve()
    root = project_root(full.parent)
    sources: dict[Path, None] = {full: None}
    texts: dict[Path, None] = {}
    others: dict[Path, None] = {}
    kinds = {"import": sources, "prompt": texts, "other": others}
    queue = [full]
    while queue:
        file = queue.pop(0)
        for kind, path in named_in(file):
            found = file.parent.joinpath(path).resolve()
            if found.is_relative_to(root) and found not in kinds[kind]:
                kinds[kind][found] = None
                queue += [found] if kind == "import" else []
    meta = tuple(sorted((full.parent / META).glob("*.lmp")))
    return Dependencies(tuple(sources), tuple(texts), tuple(others), lock_path(full), meta)


def named_in(file: Path) -> Iterator[tuple[str, str]]:
    """The paths that a source names, relative to its folder, each with what it is: "import", "prompt" or "other"."""
    try:
        source = read_source(file, file.name)
    except Failure:
        return
    for node in parse(source, Sink()).declarations:
        for kind, path in paths_of(node):
            if path and "\0" not in path and not Path(path).is_absolute():
                yield kind, path


def paths_of(node: ast.Declaration) -> Iterator[tuple[str, str]]:
    """The paths that a declaration names."""
    match node:
        case ast.ImportDecl(path):
            yield "import", path
        case ast.SignatureStmt():
            yield from (("prompt", turn.text) for prompt in node.prompts for turn in prompt.turns if turn.file)
        case ast.DataStmt(source=source) | ast.RetrieverStmt(source=source):
            yield from (("other", path) for path in texts_in(source))
        case ast.ExternStmt(file=path):
            yield "other", path


def texts_in(value: ast.Expr) -> Iterator[str]:
    """The text that an expression is, or those of the fields of a record."""
    match value:
        case ast.Value(str() as text):
            yield text
        case ast.RecordDisplay(fields):
            for one in fields:
                yield from texts_in(one.value)
