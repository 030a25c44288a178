"""What is open in an editor, and what lies on the disk beside it, at one moment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from lsprotocol import types

from lmc.diagnostics import Failure, Sink
from lmc.driver.load import project_root, read_source
from lmc.editor.analysis import Analysis, analyse
from lmc.editor.document import Document
from lmc.editor.positions import Encoding, Positions
from lmc.source import SourceFile
from lmc.syntax import ast, parse

SKIPPED = frozenset(("node_modules", "__pycache__", "venv", "site-packages"))
"""Folders that hold no programs of the project, besides those whose names begin with a dot."""

MOST_FILES = 500
"""How many programs of a project are looked at, at most, when it is searched for uses of a name."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """The text of a file in the editor, as it may not be saved yet."""

    uri: str
    text: str
    version: int | None = None


@dataclass
class Memory:
    """What need not be found out again: the bytes of files with their times and sizes, the last tree of each program,
    its last analysis, and the semantic tokens that the client was last told of it, with their id."""

    files: dict[Path, tuple[tuple[int, int], bytes]] = field(default_factory=dict)
    trees: dict[Path, tuple[bytes, SourceFile, ast.File]] = field(default_factory=dict)
    analyses: dict[Path, Analysis] = field(default_factory=dict)
    tokens: dict[Path, tuple[str, list[int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Workspace:
    """The open files by their paths, the folders that are open, and what the client understands. A change makes a new
    one; all share one memory."""

    buffers: Mapping[Path, Buffer] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    encoding: Encoding = "utf-16"
    client: types.ClientCapabilities = field(default_factory=types.ClientCapabilities)
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    # files

    def read(self, path: Path) -> bytes:
        """The bytes of a file: those in the editor where it is open there. Raises OSError, as `Path.read_bytes`."""
        if (buffer := self.buffers.get(path)) is not None:
            return buffer.text.encode("utf-8", "replace")
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self.memory.files.get(path)
        if known is None or known[0] != stamp:
            known = self.memory.files[path] = (stamp, path.read_bytes())
        return known[1]

    def uri(self, path: Path) -> str:
        """The URI of a file, as the editor writes it where it is open there."""
        return self.buffers[path].uri if path in self.buffers else path.as_uri()

    def document(self, uri: str) -> Document | None:
        """The document of a URI, analysed; None for what is neither open nor a file that can be read."""
        path = path_of(uri)
        analysis = self.analysis(path)
        return None if analysis is None else Document(self, uri, path, analysis)

    def analysis(self, path: Path) -> Analysis | None:
        """What is known of a program; found out again only when a file that it was made of has changed."""
        known = self.memory.analyses.get(path)
        if known is not None and known.is_of(self.read):
            return known
        found = analyse(path, self.read)
        if found is None:
            self.memory.analyses.pop(path, None)
        else:
            self.memory.analyses[path] = found
        return found

    def parsed(self, path: Path) -> tuple[SourceFile, ast.File] | None:
        """The text and the tree of a program, whatever is wrong with it; None when it cannot be read."""
        try:
            data = self.read(path)
            if (known := self.memory.trees.get(path)) is not None and known[0] == data:
                return known[1], known[2]
            source = read_source(path, path.as_posix(), lambda _: data)
        except (Failure, OSError):
            return None
        tree = parse(source, Sink())
        self.memory.trees[path] = (data, source, tree)
        return source, tree

    def programs(self, path: Path) -> Iterator[Path]:
        """The programs of the project of a file, itself first, open ones before others."""
        root = project_root(path.parent)
        found = dict.fromkeys((path, *(one for one in self.buffers if one.is_relative_to(root))))
        for one in programs_below(root):
            if len(found) >= MOST_FILES:
                break
            found.setdefault(one)
        yield from found

    # what changes

    def opened(self, uri: str, text: str, version: int | None) -> Workspace:
        """The workspace with a file open, or with another text in it."""
        return replace(self, buffers={**self.buffers, path_of(uri): Buffer(uri, text, version)})

    def changed(self, uri: str, changes: list[types.TextDocumentContentChangeEvent], version: int | None) -> Workspace:
        """The workspace after changes to an open file, one after the other."""
        buffer = self.buffers.get(path_of(uri))
        text = buffer.text if buffer else ""
        for change in changes:
            text = Positions(text, self.encoding).changed(change)
        return self.opened(uri, text, version)

    def closed(self, uri: str) -> Workspace:
        """The workspace with a file no longer open."""
        path = path_of(uri)
        return replace(self, buffers={one: buffer for one, buffer in self.buffers.items() if one != path})


def path_of(uri: str) -> Path:
    """The path of a URI, links resolved. What is no file, such as an untitled text, gets a path in the current
    folder."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        host = f"//{parts.netloc}" if parts.netloc and parts.netloc != "localhost" else ""
        return Path(url2pathname(host + parts.path)).resolve()
    name = unquote(parts.path).replace("\0", "").rstrip("/").rpartition("/")[2] or "untitled"
    return Path.cwd().resolve() / name


def programs_below(root: Path) -> Iterator[Path]:
    """The `.lmp` files of a folder and those below it, in the order of their names."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in SKIPPED)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".lmp"))
