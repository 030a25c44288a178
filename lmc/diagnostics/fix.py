"""What a fix does to the text of a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lmc.diagnostics.diagnostic import Diagnostic, Fix
from lmc.source import Span


def after(span: Span, text: str) -> Fix:
    """The fix that writes a text right behind a place."""
    return Fix(Span(span.file, span.end, span.end), text)


def before(span: Span, text: str) -> Fix:
    """The fix that writes a text right before a place."""
    return Fix(Span(span.file, span.start, span.start), text)


def removal(span: Span) -> Fix:
    """The fix that removes what stands at a place."""
    return Fix(span, "")


def edit(text: str, fix: Fix) -> tuple[int, int, str]:
    """What a fix replaces in the text of its file, from where to where, and by what: new lines get the indentation of
    the line that they begin on, and what is removed takes the space beside it along, or its lines."""
    start, end = min(fix.span.start, len(text)), min(fix.span.end, len(text))
    if fix.replacement:
        line = text[text.rfind("\n", 0, start) + 1 : start]
        indent = line[: len(line) - len(line.lstrip())]
        return start, end, fix.replacement.replace("\n", f"\n{indent}")
    first = text.rfind("\n", 0, start) + 1
    newline = text.find("\n", end)
    last = len(text) if newline < 0 else newline
    if not text[first:start].strip() and not text[end:last].strip():
        follows = min(last + 1, len(text))
        alone = text[:first].endswith("\n\n") or not first
        # Of two blank lines around what goes, one goes with it.
        while alone and text.startswith("\n", follows):
            follows += 1
        return first, follows, ""
    if not text[end:last].strip():
        start = first + len(text[first:start].rstrip())
    elif text[end] == " " and (start == first or text[start - 1].isspace()):
        end += 1
    return start, end, ""


def apply(text: str, fixes: Iterable[Fix]) -> tuple[str, tuple[Fix, ...]]:
    """The text of a file with fixes of it applied, and those that were: one that overlaps an earlier one waits."""
    done: list[Fix] = []
    reached = len(text) + 1
    edits = sorted(((edit(text, one), one) for one in dict.fromkeys(fixes)), key=lambda pair: pair[0][:2])
    for (start, end, new), one in reversed(edits):
        if end < reached or (end == reached and start < end):
            text, reached = text[:start] + new + text[end:], start
            done.append(one)
    return text, tuple(reversed(done))


def fixes_of(diagnostics: Sequence[Diagnostic], file: str) -> tuple[Fix, ...]:
    """The fixes of diagnostics that change a file, each once."""
    found = dict.fromkeys(one.fix for one in diagnostics if one.fix is not None and one.fix.span.file == file)
    return tuple(found)
