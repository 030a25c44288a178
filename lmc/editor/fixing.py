"""Code actions: the fixes of mistakes, all of them at once, and what a mistake means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lsprotocol import types

from lmc.diagnostics import Diagnostic, Fix
from lmc.diagnostics.fix import edit
from lmc.diagnostics.pages import page_path
from lmc.editor.document import Document
from lmc.editor.positions import Positions
from lmc.editor.refusal import Refusal
from lmc.editor.workspace import Workspace

EXPLAIN = "lmc.explain"
"""The command of the server that opens the page of a code."""

FIX_ALL = "source.fixAll.lmc"

KINDS = (types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll)


def code_actions(document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done about what is wrong in a range."""
    only = [str(getattr(one, "value", one)) for one in params.context.only or ()]
    found = found_in(document, params)
    actions: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix.value, only):
        actions += [action for one in found if (action := quick_fix(document, one, params)) is not None]
        if actions and (everything := all_at_once(document, types.CodeActionKind.QuickFix)) is not None:
            actions.append(everything)
        codes = dict.fromkeys(one.code for one in found)
        actions += [explanation(code, attached(document, found, code, params)) for code in codes]
    if wanted(FIX_ALL, only) and only and (everything := all_at_once(document, FIX_ALL)) is not None:
        actions.append(everything)
    return actions


def wanted(kind: str, only: Sequence[str]) -> bool:
    """Whether actions of a kind are asked for: it, or a wider kind that it is one of."""
    return not only or any(kind == one or kind.startswith(f"{one}.") for one in only)


def found_in(document: Document, params: types.CodeActionParams) -> list[Diagnostic]:
    """What is wrong in a range. What is wrong with data and prompts takes a while to find: it is looked for where the
    editor shows some."""
    early = {one.code for one in document.diagnostics}
    shown = {str(one.code) for one in params.context.diagnostics if one.source in (None, "lmc")}
    start, end = document.offset(params.range.start), document.offset(params.range.end)
    known = document.diagnostics if shown <= early else (*document.diagnostics, *document.analysis.late)
    return [
        one
        for one in known
        if one.primary is not None
        and one.primary.span.file == document.source.name
        and one.primary.span.start <= end
        and start <= one.primary.span.end
    ]


def attached(
    document: Document, found: Iterable[Diagnostic], code: str, params: types.CodeActionParams
) -> list[types.Diagnostic]:
    """The diagnostics of the editor that are those found of a code."""
    ranges = [document.range(one.primary.span) for one in found if one.code == code and one.primary is not None]
    return [one for one in params.context.diagnostics if one.code == code and one.range in ranges]


def quick_fix(document: Document, found: Diagnostic, params: types.CodeActionParams) -> types.CodeAction | None:
    """The fix of a mistake, if it has one and its file can be changed."""
    if found.fix is None or (changes := edits(document, (found.fix,))) is None:
        return None
    return types.CodeAction(
        title(document, found.fix),
        kind=types.CodeActionKind.QuickFix,
        diagnostics=attached(document, (found,), found.code, params),
        is_preferred=True,
        edit=changes,
    )


def all_at_once(document: Document, kind: types.CodeActionKind | str) -> types.CodeAction | None:
    """All fixes of a file; where there is one alone, that is no action of its own."""
    known = document.diagnostics if "late" not in vars(document.analysis) else (
        *document.diagnostics, *document.analysis.late)  # fmt: skip
    fixes = tuple(
        dict.fromkeys(one.fix for one in known if one.fix is not None and one.fix.span.file == document.source.name)
    )
    least = 2 if kind == types.CodeActionKind.QuickFix else 1
    if len(fixes) < least or (changes := edits(document, fixes)) is None:
        return None
    words = "fix all that can be fixed in this file"
    return types.CodeAction(words, kind=kind, edit=changes)


def edits(document: Document, fixes: Iterable[Fix]) -> types.WorkspaceEdit | None:
    """Fixes as an edit; of those that overlap the first. None where a file is not one of the project."""
    found: dict[str, list[types.TextEdit]] = {}
    reached: dict[str, int] = {}
    for fix in sorted(fixes, key=lambda one: (one.span.file, one.span.start, one.span.end)):
        source = document.analysis.loaded.sources.get(fix.span.file)
        location = document.location(fix.span)
        if source is None or location is None:
            return None
        start, end, text = edit(source.text, fix)
        if start < reached.get(location.uri, 0):
            continue
        reached[location.uri] = max(end, start + (start == end))
        place = Positions(source.text, document.workspace.encoding).range(start, end)
        found.setdefault(location.uri, []).append(types.TextEdit(place, text))
    return types.WorkspaceEdit(changes=found)


def title(document: Document, fix: Fix) -> str:
    """What a fix does, in words."""
    source = document.analysis.loaded.sources.get(fix.span.file)
    old = short(source.text[fix.span.start : fix.span.end]) if source else ""
    new = short(fix.replacement)
    if not new:
        return f"remove `{old}`" if old else "remove the space"
    return f"write `{new}` for `{old}`" if old else f"add `{new}`"


def short(text: str) -> str:
    """A text on one line, not long."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


def explanation(code: str, diagnostics: list[types.Diagnostic]) -> types.CodeAction:
    """Opens the page of a code."""
    words = f"explain {code}"
    command = types.Command(words, EXPLAIN, arguments=[code])
    return types.CodeAction(words, kind=types.CodeActionKind.QuickFix, diagnostics=diagnostics, command=command)


def explain(workspace: Workspace, arguments: tuple[Any, ...]) -> types.ShowDocumentParams:
    """The page of a code, to be shown. Its argument is the code."""
    code = str(arguments[0]) if arguments else ""
    path = page_path(code)
    if path is None:
        raise Refusal(f"there is no diagnostic `{code[:40]}`")
    return types.ShowDocumentParams(path.as_uri(), take_focus=True)
