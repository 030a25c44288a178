"""Comparisons as Python, and whether a type checker may find that one has only one outcome."""

from __future__ import annotations

from collections.abc import Sequence

from lmc.backends.python.code import AND, ATOM, COMPARISON, OR, POSTFIX, SUM, Code, is_path
from lmc.backends.python.layout import Doc, bracketed, chain
from lmc.backends.python.membership import checks_of
from lmc.backends.python.writing import Writing
from lmc.ir.program import Const, Expr, Is, Operation
from lmc.ir.subtype import comparable
from lmc.ir.types import BOOL, NULL, UNKNOWN, EnumType, ListType, LiteralType, Type, UnionType


def comparison(writer: Writing, operator: str, left: Expr, right: Expr) -> Code:
    """A comparison. Null is told by identity."""
    sides = [writer.solid(writer.write(one), SUM) for one in (left, right)]
    if {type(left), type(right)} == {Const} and NULL in [one.type for one in sides]:
        # Python holds a constant that is compared with null for a mistake.
        sides = [writer.anything(one) if one.type != NULL else one for one in sides]
    writer.decided = writer.decided or foregone(writer, operator, sides)
    for one, other, code in ((left, right, sides[0]), (right, left, sides[1])):
        compares(writer, one, code, [other.value] if isinstance(other, Const) else [])
    for one, code in ((left, sides[1]), (right, sides[0])):
        if isinstance(one, Const) and one.value is None and operator in ("==", "!="):
            is_ = "is" if operator == "==" else "is not"
            return Code(Doc(f"{code.text} {is_} None"), COMPARISON, BOOL, True)
    known = BOOL if all(one.type != UNKNOWN for one in sides) else UNKNOWN
    return Code(Doc(f"{sides[0].text} {operator} {sides[1].text}"), COMPARISON, known, True)


def foregone(writer: Writing, operator: str, sides: list[Code]) -> bool:
    """Whether the types of two sides tell what comes of comparing them; null is compared freely."""
    left, right = (writer.shape(one.type) for one in sides)
    if NULL in (left, right):
        return False
    if operator in ("in", "not in"):
        return isinstance(right, ListType) and not comparable(left, right.item, writer.annotations.named)
    return operator in ("==", "!=") and not comparable(left, right, writer.annotations.named)


def compares(writer: Writing, expr: Expr, code: Code, values: Sequence[object]) -> None:
    """Notes that an expression is compared with values. A type checker that has seen a variable compared holds some
    later comparisons for mistakes: all where it was found equal, and those with the same value elsewhere."""
    if not is_path(expr) or code.type is None or not writer.closed(code.type):
        return
    tests = [Operation("==", (expr, Const(one))) for one in values if isinstance(one, (str, int, float, type(None)))]
    writer.decided = writer.decided or expr in writer.compared or any(one in writer.compared for one in tests)
    writer.compared |= {expr, *tests}


def release(writer: Writing, condition: Expr, before: set[Expr]) -> None:
    """Notes that the code that follows is for when a condition does not hold."""
    match condition:
        case Operation("and" | "or", operands):
            for one in operands:
                release(writer, one, before)
        case Operation("==", (path, Const())) | Is(path) if path not in before:
            writer.compared.discard(path)


def membership(writer: Writing, value: Expr, type_: Type) -> Code:
    """Whether a value is of a type."""
    code = writer.solid(writer.write(value), SUM)
    values = closed_values(writer.shape(type_))
    compares(writer, value, code, values)
    named = writer.annotations.named
    checks = checks_of(code.text, code.type or UNKNOWN, type_, named) if is_path(value) else None
    if checks is None:
        schema = writer.known.schema(type_)
        doc = bracketed(f"{writer.known.library('belongs')}(", [("", code.doc), ("", Doc(schema))], ")")
        return Code(doc, POSTFIX, BOOL, True)
    single = len(checks) == 1
    level = ATOM if checks == ("True",) else AND if "\n" in checks[0] else COMPARISON
    pieces = [piece for check in checks for piece in f"or {check}".split("\n")]
    return Code(chain([pieces[0].removeprefix("or "), *pieces[1:]]), level if single else OR, BOOL, True)


def closed_values(type_: Type) -> list[object]:
    """The values of a closed type, and null."""
    match type_:
        case LiteralType(value):
            return [value]
        case EnumType(values):
            return [name for name, _ in values]
        case UnionType(members):
            return [value for member in members for value in closed_values(member)]
    return [None] if type_ == NULL else []
