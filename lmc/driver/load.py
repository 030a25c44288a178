"""Reads a program and all that it imports."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure, Label, Sink, did_you_mean
from lmc.driver import problems
from lmc.elaborate import lower
from lmc.elaborate.damage import Damage, damage_of
from lmc.elaborate.notes import Notes
from lmc.elaborate.problems import import_cycle, import_missing
from lmc.ir.program import Program
from lmc.source import SourceFile
from lmc.store.problems import cannot_read
from lmc.syntax import ast, parse

ROOT_MARKS = (".git", "pyproject.toml", "package.json", ".hg")

Read = Callable[[Path], bytes]
"""Reads a file, as `Path.read_bytes` does. An editor gives what is not saved yet."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A program as it was read. `program` is None when it has errors; they are in `sink`. `path` is the file, `root`
    the project's folder, out of which nothing is read. `files` are the trees of all files, by their paths in the
    project, the program's own last; `sources` their texts by the names that spans have, which `names` says of each
    path. `imports` says which path an import means, by (importing path, path as written). `draft` is what could be
    understood of the program despite its errors."""

    path: Path
    root: Path
    program: Program | None
    sources: dict[str, SourceFile]
    sink: Sink
    files: dict[str, ast.File] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[tuple[str, str], str] = field(default_factory=dict)
    draft: Program | None = None

    @property
    def folder(self) -> Path:
        """The folder of the program's file."""
        return self.path.parent


def project_root(folder: Path) -> Path:
    """The project that a folder is in: the nearest one above it with a mark of a project, else the folder."""
    for one in (folder, *folder.parents):
        if any((one / mark).exists() for mark in ROOT_MARKS):
            return one
    return folder


def read_source(path: Path, shown: str, read: Read = Path.read_bytes) -> SourceFile:
    """A source file. Raises Failure when it cannot be read or is not UTF-8 text."""
    try:
        return SourceFile(shown, read(path).decode("utf-8-sig").replace("\r\n", "\n"))
    except FileNotFoundError:
        raise Failure(no_such_program(path, shown)) from None
    except UnicodeDecodeError as error:
        message = f"`{shown}` is not UTF-8 text (byte {error.start})"
        raise Failure(Diagnostic("LMP0812", message, help="save it as UTF-8")) from None
    except OSError as error:
        raise Failure(cannot_read(Path(shown), error)) from None


def no_such_program(path: Path, shown: str) -> Diagnostic:
    """What to say of a program that is not there."""
    beside = [one.name for one in path.parent.glob("*.lmp")] if path.parent.is_dir() else []
    guess = did_you_mean(path.name, beside)
    known = ", ".join(f"`{name}`" for name in sorted(beside)[:5])
    advice = f"did you mean `{guess}`?" if guess else f"the folder has {known}" if known else None
    return Diagnostic("LMP0811", f"there is no file `{shown}`", help=advice)


def load(path: Path, shown: str | None = None, read: Read = Path.read_bytes, notes: Notes | None = None) -> Loaded:
    """Reads, parses and elaborates a program. Raises Failure when its own file cannot be read; everything else is in
    the sink. `notes` are filled, where somebody asks for them."""
    shown = shown or path.as_posix()
    full = path.resolve()
    root = project_root(full.parent)
    reader = Reader(root, os.path.dirname(shown), full.parent, read)
    main = reader.key(full)
    reader.parse(main, read_source(full, shown, read), ())
    sink = reader.sink
    name = full.name.removesuffix(".lmp")
    program = lower(name, reader.files, reader.imports, sink, reader.damage, reader.texts, notes)
    draft = from_folder(program, full.parent.relative_to(root).as_posix())
    whole = None if sink.failed else draft
    return Loaded(full, root, whole, reader.sources, sink, reader.files, reader.names, reader.imports, draft)


def from_folder(program: Program, folder: str) -> Program:
    """The program with every path relative to one folder, that of its own file: so that it means the same when it is
    printed as one file. Folders are relative to the project's."""

    def path(base: str, name: str) -> str:
        return name if base == folder or not name else posixpath.relpath(posixpath.join(base, name), folder)

    datasets = tuple(
        replace(one, files=tuple((role, path(one.base, name)) for role, name in one.files), base=folder)
        for one in program.datasets
    )
    externs = tuple(replace(one, file=path(one.base, one.file), base=folder) for one in program.externs)
    retrievers = tuple(replace(one, file=path(one.base, one.file), base=folder) for one in program.retrievers)
    return replace(program, datasets=datasets, externs=externs, retrievers=retrievers)


def lock_path(program: Path) -> Path:
    """The lock of a program: `router.lock.json` beside `router.lmp`."""
    return program.with_name(program.name.removesuffix(".lmp") + ".lock.json")


class Reader:
    """Reads files and what they import, each once, an imported file before its importer."""

    def __init__(self, root: Path, shown_folder: str, folder: Path, read: Read = Path.read_bytes) -> None:
        self.root = root
        self.read = read
        self.shown_folder = shown_folder
        self.folder = folder
        self.sink = Sink()
        self.files: dict[str, ast.File] = {}
        self.sources: dict[str, SourceFile] = {}
        self.names: dict[str, str] = {}
        self.imports: dict[tuple[str, str], str] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.damage: dict[str, Damage] = {}

    def key(self, path: Path) -> str:
        """The path of a file in the project, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def parse(self, key: str, source: SourceFile, chain: tuple[str, ...]) -> None:
        """Parses a file, after those that it imports."""
        self.sources[source.name] = source
        self.names[key] = source.name
        mistakes = Sink()
        file = parse(source, mistakes)
        for diagnostic in mistakes.diagnostics:
            self.sink.add(diagnostic)
        if (damage := damage_of(source, file, mistakes.diagnostics)) is not None:
            self.damage[key] = damage
        for node in file.declarations:
            if isinstance(node, ast.ImportDecl):
                self.follow(key, node, (*chain, key))
            elif isinstance(node, ast.SignatureStmt):
                for turn in (turn for prompt in node.prompts for turn in prompt.turns if turn.file):
                    self.read_prompt(key, turn)
        self.files[key] = file

    def read_prompt(self, key: str, turn: ast.PromptTurn) -> None:
        """Reads the file of a prompt; one out of the project, a missing one and one that is no text are errors."""
        span = turn.text_span if turn.text_span.file else turn.span
        resolved = ((self.root / key).parent / turn.text).resolve() if "\0" not in turn.text else None
        reason = None
        if resolved is None or Path(turn.text).is_absolute() or not resolved.is_relative_to(self.root):
            reason = "it is outside the project"
        elif resolved.exists() and not resolved.is_file():
            reason = "there is no such file"
        else:
            try:
                self.texts[key, turn.text] = self.read(resolved).decode("utf-8-sig").replace("\r\n", "\n")
            except FileNotFoundError:
                reason = "there is no such file"
            except UnicodeDecodeError as error:
                reason = f"it is not UTF-8 text (byte {error.start})"
            except OSError as error:
                reason = (error.strerror or "the system refuses").lower()
        if reason is not None:
            self.sink.add(problems.prompt_unreadable(turn.text, reason, span))

    def follow(self, importer: str, node: ast.ImportDecl, chain: tuple[str, ...]) -> None:
        """Reads what an import names; a path out of the project, a missing file and a cycle are errors."""
        span = node.path_span if node.path_span.file else node.span
        if "\0" in node.path:
            self.sink.add(import_missing(node.path, span, "there is no such file"))
            return
        resolved = ((self.root / importer).parent / node.path).resolve()
        if Path(node.path).is_absolute() or not resolved.is_relative_to(self.root):
            self.sink.add(import_missing(node.path, span, "it is outside the project"))
            return
        key = self.key(resolved)
        if key in chain:
            circle = [one.rsplit("/", 1)[-1] for one in (*chain[chain.index(key) :], key)]
            self.sink.add(import_cycle(node.path, span, circle))
            return
        if resolved.exists() and not resolved.is_file():
            self.sink.add(import_missing(node.path, span, "there is no such file"))
            return
        self.imports[importer, node.path] = key
        if key not in self.files:
            shown = os.path.normpath(os.path.join(self.shown_folder, os.path.relpath(resolved, self.folder)))
            try:
                source = read_source(resolved, shown.replace(os.sep, "/"), self.read)
            except Failure as failure:
                missing = failure.diagnostic.code == "LMP0811"
                beside = [one.name for one in resolved.parent.glob("*.lmp") if one.name != importer.rpartition("/")[2]]
                problem = import_missing(node.path, span, "there is no such file", beside)
                self.sink.add(problem if missing else replace(failure.diagnostic, primary=Label(span)))
                del self.imports[importer, node.path]
                return
            self.parse(key, source, chain)
