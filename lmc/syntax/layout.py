"""Laying text out within a width: a group stands on one line if it fits, else it is broken at all its lines. After
Oppen, "Prettyprinting" (1980), and Wadler, "A prettier printer" (2003)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias


class Line(NamedTuple):
    """A place to break. On one line it is `flat`; None always breaks."""

    flat: str | None


class Nest(NamedTuple):
    """A part whose new lines are indented by one step more."""

    doc: Doc


class Group(NamedTuple):
    """A part that is broken as a whole or not at all; `broken`: it must be."""

    doc: Doc
    broken: bool


class IfBroken(NamedTuple):
    """A text that appears if the group around it is broken."""

    text: str


class Suffix(NamedTuple):
    """A text for the end of the line, whatever follows on it."""

    text: str


Doc: TypeAlias = "str | Line | Nest | Group | IfBroken | Suffix | tuple[Doc, ...]"

HARD = Line(None)
STEP = 2


def group(*docs: Doc) -> Group:
    """A group, which is broken if it has a line that always breaks or a text for the end of a line."""
    return Group(docs, must_break(docs))


def must_break(doc: Doc) -> bool:
    """Whether a part cannot stand on one line."""
    match doc:
        case Line(flat):
            return flat is None
        case Nest(inner):
            return must_break(inner)
        case Group(_, broken):
            return broken
        case Suffix():
            return True
        case str() | IfBroken():
            return False
    return any(must_break(one) for one in doc)


def join(separator: Doc, docs: Iterable[Doc]) -> Doc:
    """The parts with a separator between each two."""
    found: list[Doc] = []
    for doc in docs:
        if found:
            found.append(separator)
        found.append(doc)
    return tuple(found)


_Entry: TypeAlias = tuple[int, bool, Doc]
"""What is still to be written: its indentation, whether the group around it is broken, and the part."""


def render(doc: Doc, width: int) -> str:
    """The text of a layout, without a newline at its end."""
    out: list[str] = []
    suffixes: list[str] = []
    column, indent_due = 0, 0
    stack: list[_Entry] = [(0, True, doc)]
    while stack:
        indent, broken, one = stack.pop()
        match one:
            case str(text) | IfBroken(text):
                if isinstance(one, IfBroken) and not broken:
                    continue
                if text:
                    out.append(" " * indent_due + text)
                    column, indent_due = column + len(text), 0
            case Line(flat):
                if flat is not None and not broken:
                    out.append(flat)
                    column += len(flat)
                    continue
                write_suffixes(out, suffixes, indent)
                out.append("\n")
                column = indent_due = indent
            case Nest(inner):
                stack.append((indent + STEP, broken, inner))
            case Group(inner, must):
                flat_fits = not must and fits(width - column, [*stack[-40:], (indent, False, inner)])
                stack.append((indent, not flat_fits, inner))
            case Suffix(text):
                suffixes.append(text)
            case _:
                stack.extend((indent, broken, part) for part in reversed(one))
    write_suffixes(out, suffixes, 0)
    return "".join(out)


def write_suffixes(out: list[str], suffixes: list[str], indent: int) -> None:
    """Writes what waited for the end of the line."""
    for number, text in enumerate(suffixes):
        out.append(f"  {text}" if number == 0 else f"\n{' ' * indent}{text}")
    suffixes.clear()


def fits(room: int, stack: list[_Entry]) -> bool:
    """Whether what is on the stack fits up to its first new line; a group further on may be broken for it."""
    while stack and room >= 0:
        indent, broken, one = stack.pop()
        match one:
            case str(text):
                room -= len(text)
            case IfBroken(text):
                room -= len(text) if broken else 0
            case Line(flat):
                if broken or flat is None:
                    return True
                room -= len(flat)
            case Nest(inner):
                stack.append((indent, broken, inner))
            case Group(inner, must):
                stack.append((indent, broken or must, inner))
            case Suffix():
                pass
            case _:
                stack.extend((indent, broken, part) for part in reversed(one))
    return room >= 0
