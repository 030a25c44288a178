"""Diagnostics as an editor shows them."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from lmc.diagnostics import Diagnostic, Label
from lmc.diagnostics.pages import page_path
from lmc.editor.document import Document
from lmc.source import Span
from lmc.syntax import ast

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}

UNUSED = frozenset(("LMP0106", "LMP0107", "LMP0131", "LMP0406"))
"""The codes of what could be removed, which editors show faded."""


def shown(document: Document, diagnostics: Iterable[Diagnostic]) -> list[types.Diagnostic]:
    """What to show in a document: what is wrong with it, and, where it imports them, with other files."""
    found: list[types.Diagnostic] = []
    elsewhere: dict[str, Diagnostic] = {}
    for one in diagnostics:
        file = one.primary.span.file if one.primary else document.source.name
        if file == document.source.name:
            found.append(converted(document, one))
        elif one.severity == "error":
            elsewhere.setdefault(file, one)
    found += [imported(document, one) for one in elsewhere.values()]
    return found


def converted(document: Document, diagnostic: Diagnostic) -> types.Diagnostic:
    """A diagnostic of this file. `data` holds the command that explains it."""
    span = diagnostic.primary.span if diagnostic.primary else Span(document.source.name, 0, 0)
    return types.Diagnostic(
        range=document.range(span),
        message=message_of(diagnostic),
        severity=SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        code_description=explained(diagnostic.code),
        source="lmc",
        related_information=related(document, diagnostic.secondary) or None,
        tags=[types.DiagnosticTag.Unnecessary] if diagnostic.code in UNUSED else None,
        data={"code": diagnostic.code, "explain": f"lmc explain {diagnostic.code}"},
    )


def message_of(diagnostic: Diagnostic) -> str:
    """What is wrong, why, and what to do."""
    label = diagnostic.primary.text if diagnostic.primary else ""
    told = [diagnostic.message]
    told += [label] if label and label not in diagnostic.message else []
    told += [f"note: {one}" for one in diagnostic.notes]
    told += [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(told)


def related(document: Document, labels: Iterable[Label]) -> list[types.DiagnosticRelatedInformation]:
    """The other places of a diagnostic."""
    found = []
    for label in labels:
        location = document.location(label.span)
        if location is not None:
            found.append(types.DiagnosticRelatedInformation(location, label.text or "here"))
    return found


def imported(document: Document, diagnostic: Diagnostic) -> types.Diagnostic:
    """What is wrong with another file, at the import that leads to it."""
    assert diagnostic.primary is not None
    span = import_of(document, diagnostic.primary.span.file)
    name = diagnostic.primary.span.file.rsplit("/", 1)[-1]
    location = document.location(diagnostic.primary.span)
    return types.Diagnostic(
        range=document.range(span),
        message=f"`{name}` has an error: {diagnostic.message}",
        severity=types.DiagnosticSeverity.Error,
        code=diagnostic.code,
        code_description=explained(diagnostic.code),
        source="lmc",
        related_information=[types.DiagnosticRelatedInformation(location, diagnostic.message)] if location else None,
        data={"code": diagnostic.code, "explain": f"lmc explain {diagnostic.code}"},
    )


def import_of(document: Document, file: str) -> Span:
    """The place of the import that leads to a file, directly or through others; else the first import's."""
    loaded = document.analysis.loaded
    keys = {name: key for key, name in loaded.names.items()}
    own = keys.get(document.source.name, "")
    imports = [node for node in document.tree.declarations if isinstance(node, ast.ImportDecl)]
    for node in imports:
        reached, queue = set(), [loaded.imports.get((own, node.path))]
        while queue:
            key = queue.pop()
            if key is not None and key not in reached:
                reached.add(key)
                queue += [target for (importer, _), target in loaded.imports.items() if importer == key]
        if keys.get(file) in reached:
            return node.path_span if node.path_span.file else node.span
    return imports[0].span if imports else Span(document.source.name, 0, 0)


def explained(code: str) -> types.CodeDescription | None:
    """The page of a code, as `lmc explain` prints it."""
    path = page_path(code)
    return None if path is None else types.CodeDescription(path.as_uri())
