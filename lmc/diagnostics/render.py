"""Diagnostics as text for people: the long form with source lines, and the form of one line each.

What draws source lines is imported when there is something to draw: most checks find nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal, get_args

from lmc.diagnostics.diagnostic import Diagnostic, Label
from lmc.source import SourceFile, Span

if TYPE_CHECKING:
    from lmc.diagnostics.excerpt import Mark, Row

Form = Literal["text", "concise", "json", "sarif"]
FORMS: tuple[Form, ...] = get_args(Form)

_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "strong": "1", "frame": "1;34", "-": "1;34", "": ""}


def render(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, SourceFile], form: Form = "text", colour: bool = False
) -> str:
    """The diagnostics in one of the four forms; ends with a newline unless it is empty. `colour` is for `text`."""
    match form:
        case "text":
            return render_text(diagnostics, sources, colour)
        case "concise":
            return render_concise(diagnostics, sources)
        case "json":
            from lmc.diagnostics.wire import render_json

            return render_json(diagnostics, sources)
        case "sarif":
            from lmc.diagnostics.wire import render_sarif

            return render_sarif(diagnostics, sources)


def render_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, SourceFile], colour: bool = False) -> str:
    """Each diagnostic with its source lines, then a line that counts errors and warnings; "" if there are none.

    A file that is not in `sources` is named without its lines.
    """
    blocks = ["\n".join(_block(each, sources, colour)) for each in diagnostics]
    count = summary(diagnostics)
    return "\n\n".join([*blocks, count] if count else blocks) + "\n" if blocks else ""


def render_concise(diagnostics: Sequence[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """One line each: `file:line:column: error[LMP0012]: message`."""
    from lmc.diagnostics.cells import safe

    lines = []
    for each in diagnostics:
        place = f"{place_of(each.primary.span, sources)}: " if each.primary else ""
        lines.append(f"{place}{each.severity}[{each.code}]: {safe(' '.join(each.message.splitlines()))}\n")
    return "".join(lines)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many there are: `2 errors, 1 warning`; "" if there are neither."""
    counts = [(sum(each.severity == severity for each in diagnostics), severity) for severity in ("error", "warning")]
    return ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count)


def place_of(span: Span, sources: Mapping[str, SourceFile]) -> str:
    """`file:line:column` of the start of a span; the file alone if its text is not known."""
    from lmc.diagnostics.cells import safe

    source = sources.get(span.file)
    if source is None:
        return safe(span.file)
    line, column = source.position(min(max(span.start, 0), len(source.text)))
    return f"{safe(span.file)}:{line}:{column}"


def paint(text: str, style: str, colour: bool) -> str:
    """The text in a style of the table above; unchanged without colour."""
    code = _STYLES[style] if colour and text.strip() else ""
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _block(diagnostic: Diagnostic, sources: Mapping[str, SourceFile], colour: bool) -> list[str]:
    from lmc.diagnostics.excerpt import excerpt

    head = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity, colour)
    message = _hang(diagnostic.message, 2)
    lines = [f"{head}{paint(': ' + message, 'strong', colour)}"]
    marks = _marks(diagnostic, sources)
    width = max((len(str(each.last)) for _, _, found in marks for each in found), default=1)
    bar = paint(" " * (width + 1) + "|", "frame", colour)
    for index, (span, source, found) in enumerate(marks):
        if index and source:
            lines.append(bar)
        arrow = paint(" " * width + (":::" if index else "-->"), "frame", colour)
        lines.append(f"{arrow} {place_of(span, sources)}")
        if source is None:
            continue
        for group in excerpt(source, found):
            lines.append(bar)
            lines.extend(_row(row, width, diagnostic.severity, colour) for row in group)
    equals = paint(" " * (width + 1) + "=", "frame", colour)
    lines.extend(f"{equals} {_hang(text, width + 3)}" for text in _remarks(diagnostic, sources))
    return lines


def _marks(
    diagnostic: Diagnostic, sources: Mapping[str, SourceFile]
) -> list[tuple[Span, SourceFile | None, tuple[Mark, ...]]]:
    """Each file that is pointed at: its first place, its text if known, its labels; the file of the primary first."""
    from lmc.diagnostics.excerpt import mark

    files: dict[str, list[tuple[Label, bool]]] = {}
    for index, label in enumerate(_labels(diagnostic)):
        files.setdefault(label.span.file, []).append((label, index == 0 and diagnostic.primary is not None))
    found = []
    for name, labels in files.items():
        source = sources.get(name)
        marks = tuple(mark(source, label, primary) for label, primary in labels) if source else ()
        found.append((labels[0][0].span, source, marks))
    return found


def _labels(diagnostic: Diagnostic) -> tuple[Label, ...]:
    return (diagnostic.primary, *diagnostic.secondary) if diagnostic.primary else diagnostic.secondary


def _row(row: Row, width: int, severity: str, colour: bool) -> str:
    """A row behind its gutter."""
    number = row.gutter.ljust(width + 3) if row.gutter == "..." else f"{row.gutter:>{width}} | "
    cells = "".join(
        paint("".join(char for char, _ in run), severity if style == "^" else style, colour)
        for style, run in groupby(row.cells, key=lambda cell: cell[1])
    )
    if row.gutter:
        text = row.text
    else:
        text = f" {row.text}" if row.text and row.cells and row.cells[-1][0] in "^-" else row.text
        text = paint(text, severity if row.style == "^" else row.style, colour)
    return f"{paint(number, 'frame', colour)}{cells}{text}".rstrip()


def _remarks(diagnostic: Diagnostic, sources: Mapping[str, SourceFile]) -> list[str]:
    """What follows the source lines: the words of labels that could not be drawn, notes, help, where to read more."""
    remarks = [f"note: {label.text}" for label in _labels(diagnostic) if label.span.file not in sources and label.text]
    remarks += [f"note: {note}" for note in diagnostic.notes]
    if diagnostic.help is not None:
        remarks.append(f"help: {diagnostic.help}")
    elif diagnostic.fix is not None and diagnostic.fix.span.end > diagnostic.fix.span.start:
        # What is to be put in is what the message says is missing.
        written = diagnostic.fix.replacement
        remarks.append(f"help: write `{written}`" if written else "help: remove this")
    return [*remarks, f"see `lmc explain {diagnostic.code}`"]


def _hang(text: str, indent: int) -> str:
    """The text made safe for a terminal, its later lines indented."""
    from lmc.diagnostics.cells import safe

    return ("\n" + " " * indent).join(safe(line) for line in text.splitlines() or [""])
