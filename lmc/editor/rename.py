"""Rename: the same edit in every file, made only when the program means the same afterwards.

A new name is tried before it is handed out: all programs that have the name are analysed with it, and when one of them
then has a mistake that it did not have, or a name would stand for something else, the rename is refused with that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from lmc.diagnostics import Diagnostic
from lmc.driver.load import lock_path
from lmc.editor.analysis import Analysis, attempt
from lmc.editor.calls import lock_of
from lmc.editor.document import Document
from lmc.editor.positions import Positions
from lmc.editor.references import everywhere, programs_with
from lmc.editor.refusal import Refusal
from lmc.editor.symbols import Symbol
from lmc.editor.workspace import SKIPPED, Workspace
from lmc.elaborate.scope import PRIMITIVES
from lmc.ir.walk import slots
from lmc.syntax.tokens import RESERVED

OPTIONS = types.RenameOptions(prepare_provider=True)

Edits = Mapping[Path, tuple[tuple[int, int], ...]]
"""The places, from where to where, of a name in each file."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def prepare_rename(document: Document, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    """The name at a position, which can be renamed; None where there is none. Raises Refusal for a name that is not the
    project's to change."""
    found = document.occurrence(params.position)
    if found is None:
        return None
    check_ours(document, found.symbol)
    return types.PrepareRenamePlaceholder(document.range(found.span), found.symbol.name)


def rename(document: Document, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """The edits that give a thing another name, in all files of the project. Raises Refusal where the name is not
    legal, not free, or not the project's to change."""
    found = document.occurrence(params.position)
    if found is None:
        return None
    symbol = found.symbol
    check_ours(document, symbol)
    check_legal(symbol, params.new_name)
    if params.new_name == symbol.name:
        return None
    edits = edits_of(document, symbol)
    check_meaning(document, symbol, params.new_name, edits)
    return as_edit(document.workspace, edits, params.new_name)


def notice(document: Document, params: types.RenameParams, answer: types.WorkspaceEdit | None) -> str | None:
    """What to say of a rename: which tuned values the lock will no longer find, since their addresses change."""
    found = document.occurrence(params.position)
    lock = lock_of(document)
    if answer is None or found is None or lock is None:
        return None
    entries = [entry for profile in ("", *(lock.profiles or ())) for entry in lock.entries(profile).values()]
    known = {address for entry in entries for address in entry.slots}
    edits = edits_of(document, found.symbol)
    after = patched(document.workspace, edits, params.new_name).analysis(document.path)
    if after is None:
        return None
    lost = sorted(known & (addresses(document.analysis) - addresses(after)))
    if not lost:
        return None
    shown = ", ".join(f"`{one}`" for one in lost)
    return f"{shown} of `{lock_path(document.path).name}` has another address now: run `lmc build` to tune it again"


def addresses(analysis: Analysis) -> frozenset[str]:
    """The addresses of what is tuned in a program."""
    draft = analysis.loaded.draft
    return frozenset(address for address, _ in slots(draft)) if draft else frozenset()


def check_ours(document: Document, symbol: Symbol) -> None:
    """Refuses names of the language, and those of packages that only lie in the project."""
    if symbol.built_in:
        raise Refusal(f"`{symbol.name}` belongs to the language: it cannot be renamed")
    path = document.analysis.path(symbol.span)
    if path is None:
        raise Refusal(f"`{symbol.name}` is not declared in a file of the project")
    folders = document.workspace.folders
    inside = path.relative_to(document.analysis.loaded.root).parts[:-1]
    packaged = any(one in SKIPPED or one.startswith(".") for one in inside)
    elsewhere = any(document.path.is_relative_to(one) for one in folders) and not any(
        path.is_relative_to(one) for one in folders
    )
    if packaged or elsewhere:
        raise Refusal(f"`{symbol.name}` belongs to another package, in `{path.name}`: rename it there")


def check_legal(symbol: Symbol, name: str) -> None:
    """Refuses what is no name."""
    if _NAME.fullmatch(name) is None:
        raise Refusal(f"`{name}` is no name: a name has letters, digits and `_`, and begins with no digit")
    if name in RESERVED:
        raise Refusal(f"`{name}` is a word of the language: choose another name")
    if name in PRIMITIVES and symbol.kind in ("type", "signature", "alias"):
        raise Refusal(f"`{name}` is a type of the language: choose another name")


def edits_of(document: Document, symbol: Symbol) -> Edits:
    """The places of a symbol, by file."""
    found: dict[Path, set[tuple[int, int]]] = {}
    for analysis, one in everywhere(document, symbol):
        path = analysis.path(one.span)
        if path is not None:
            found.setdefault(path, set()).add((one.span.start, one.span.end))
    return {path: tuple(sorted(places)) for path, places in sorted(found.items())}


def patched(workspace: Workspace, edits: Edits, name: str) -> Workspace:
    """The workspace with a name in the places of another, apart from the real one."""
    found = Workspace(workspace.buffers, workspace.folders, workspace.encoding, workspace.client)
    for path, places in edits.items():
        text = text_of(workspace, path)
        for start, end in reversed(places):
            text = text[:start] + name + text[end:]
        found = found.opened(workspace.uri(path), text, None)
    return found


def text_of(workspace: Workspace, path: Path) -> str:
    """The text of a file as the compiler reads it."""
    return (attempt(workspace.read, path) or b"").decode("utf-8-sig", "replace").replace("\r\n", "\n")


def check_meaning(document: Document, symbol: Symbol, name: str, edits: Edits) -> None:
    """Refuses a name with which some program would be wrong, or mean something else."""
    after = patched(document.workspace, edits, name)
    for before in programs_with(document, symbol):
        path = before.loaded.path
        now = after.analysis(path)
        if now is None:
            continue
        old, new = Counter(kinds(before)), Counter(kinds(now))
        worse = next((one for one in mistakes(now) if new[one.code] > old[one.code]), None)
        if worse is not None:
            raise Refusal(f"with `{name}` in the place of `{symbol.name}`, `{path.name}` is wrong: {worse.message}")
        if shape(before) != shape(now):
            raise Refusal(f"`{name}` is taken: with it, a name in `{path.name}` would stand for something else")


def mistakes(analysis: Analysis) -> Iterator[Diagnostic]:
    """The errors of a program, those of its data too."""
    yield from (one for one in (*analysis.early, *analysis.late) if one.severity == "error")


def kinds(analysis: Analysis) -> Iterator[str]:
    """The codes of the errors of a program."""
    return (one.code for one in mistakes(analysis))


def shape(analysis: Analysis) -> list[tuple[int, int, int]]:
    """Which names of a program stand for the same, whatever the names are: for each, in order, the number of the first
    one that stands for the same."""
    first: dict[Symbol, int] = {}
    found = []
    for number, file in enumerate(analysis.loaded.names.values()):
        for index, one in enumerate(analysis.names.inside(file)):
            found.append((number, index, first.setdefault(one.symbol, len(first))))
    return found


def as_edit(workspace: Workspace, edits: Edits, name: str) -> types.WorkspaceEdit:
    """The edits as the client takes them: with the versions of the texts that they are for, where it checks those."""
    changes: list[tuple[str, int | None, list[types.TextEdit]]] = []
    for path, places in edits.items():
        positions = Positions(text_of(workspace, path), workspace.encoding)
        buffer = workspace.buffers.get(path)
        texts = [types.TextEdit(positions.range(start, end), name) for start, end in places]
        changes.append((workspace.uri(path), buffer.version if buffer else None, texts))
    able = workspace.client.workspace and workspace.client.workspace.workspace_edit
    if able and able.document_changes:
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, version), list(texts))
                for uri, version, texts in changes
            ]
        )
    return types.WorkspaceEdit(changes={uri: texts for uri, _, texts in changes})
