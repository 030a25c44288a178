"""Expressions as Python."""

from __future__ import annotations

from lmc.backends.python.awaited import call, filtered
from lmc.backends.python.code import (
    AND,
    ATOM,
    AWAIT,
    NOT,
    OR,
    POSTFIX,
    PRODUCT,
    SIGN,
    SUM,
    TERNARY,
    Code,
    base_of,
    constant,
    f_string,
    list_type,
)
from lmc.backends.python.comparison import comparison, membership, release
from lmc.backends.python.layout import Doc, bracketed, chain, parts, quote
from lmc.backends.python.writing import Writing
from lmc.ir.builtins import BUILTINS, METRICS, Builtin
from lmc.ir.program import (
    Apply,
    Comprehension,
    Conditional,
    Const,
    Expr,
    Interpolation,
    Is,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    RecordOf,
    Tune,
)
from lmc.ir.types import BOOL, FLOAT, INT, STR, UNKNOWN, ListType, Type, UnknownType

LEVELS = {"or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT}
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
SCORED = "score_record"
"""The function that a metric's value goes through."""

LIBRARY: dict[str, Builtin] = {**BUILTINS, **METRICS, SCORED: Builtin((UNKNOWN,), UNKNOWN, SCORED)}


class Expressions(Writing):
    """Writes the expressions of one module."""

    def write(self, expr: Expr) -> Code:  # noqa: C901
        """An expression."""
        if self.known.is_call(expr):
            return self.awaited(call(self, expr))
        match expr:
            case Const(value):
                return constant(value)
            case Name(name):
                python, type_ = self.variables[name]
                return Code(Doc(python), ATOM, type_, type_ == BOOL)
            case Member(base, name):
                of = self.solid(self.write(base), POSTFIX)
                return Code(Doc(f"{of.text}[{quote(name)}]"), POSTFIX, *self.member(of.type, name))
            case Item(base, index):
                of = self.solid(self.write(base), POSTFIX)
                at = self.solid(self.write(index), TERNARY)
                return Code(Doc(f"{of.text}[{at.text}]"), POSTFIX, self.item(of.type))
            case Operation():
                return self.operation(expr)
            case Conditional():
                return self.conditional(expr)
            case ListOf(items):
                codes = [self.write(item) for item in items]
                doc = bracketed("[", [("", code.doc) for code in codes], "]")
                return Code(doc, ATOM, list_type([code.type for code in codes]))
            case RecordOf(fields):
                entries = [(f"{quote(name)}: ", self.write(value).doc) for name, value in fields]
                return Code(bracketed("{", entries, "}"), ATOM, None)
            case Interpolation(pieces):
                return self.interpolation(pieces)
            case Apply(name, arguments):
                return self.apply(name, arguments)
            case Comprehension():
                inner = (expr.value, *((expr.condition,) if expr.condition is not None else ()))
                waits = any(map(self.known.waits, inner))
                in_line = self.known.waiting.in_line(expr)
                return filtered(self, expr) if waits and not in_line else self.comprehension(expr)
            case Is(value, type_):
                return membership(self, value, type_)
            case Tune(slot):
                python, type_ = self.tunes[slot]
                return Code(Doc(python), ATOM, type_, type_ == BOOL)
            case _:
                # A metric that waits for nothing.
                return call(self, expr)

    def awaited(self, code: Code) -> Code:
        """A call, and the wait for its value."""
        return Code(code.doc.lead("await "), AWAIT, code.type)

    def operation(self, expr: Operation) -> Code:
        """An operator."""
        operator = expr.operator
        if operator == "not":
            inner = expr.operands[0]
            if isinstance(inner, Operation) and inner.operator == "in":
                return comparison(self, "not in", *inner.operands)
            code = self.solid(self.write(inner), NOT)
            return Code(Doc(f"not {code.text}"), NOT, BOOL, True)
        if operator == "neg":
            code = self.solid(self.write(expr.operands[0]), SIGN)
            return Code(Doc(f"-{code.text}"), SIGN, base_of(self.shape(code.type)))
        left, right = expr.operands
        if operator in COMPARISONS:
            return comparison(self, operator, left, right)
        level, before = LEVELS[operator], set(self.compared)
        first = self.solid(self.write(left), level)
        if operator == "or":
            release(self, left, before)
        second = self.write(right)
        if not isinstance(right, ListOf):
            second = self.solid(second, level + 1)
        if operator not in ("and", "or"):
            text = f"{first.text} {operator} {second.text}"
            return Code(Doc(text), level, self.arithmetic(operator, first.type, right, second))
        head, *rest = pieces_of(second)
        doc = chain([*pieces_of(first), f"{operator} {head}", *rest])
        if first.truth and second.truth:
            return Code(doc, level, BOOL if first.type == second.type == BOOL else UNKNOWN, True)
        return Code(bracketed("bool(", [("", doc)], ")"), POSTFIX, BOOL, True)

    def arithmetic(self, operator: str, left: Type | None, right: Expr, second: Code) -> Type | None:
        """The type of a sum, product and so on."""
        first, other = self.shape(left), self.shape(second.type)
        if isinstance(first, UnknownType):
            return UNKNOWN
        if isinstance(first, ListType):
            return first if (isinstance(right, ListOf) and self.fits(right, second, first)) or first == other else None
        bases = {INT if base_of(one) == BOOL else base_of(one) for one in (first, other)}
        if UNKNOWN in bases:
            return UNKNOWN
        if bases == {STR}:
            return STR
        if not bases <= {INT, FLOAT}:
            return None
        return FLOAT if operator == "/" or FLOAT in bases else INT

    def conditional(self, expr: Conditional) -> Code:
        """`a if c else b`."""
        before = set(self.compared)
        condition = self.solid(self.write(expr.condition), OR)
        then = self.write(expr.then)
        release(self, expr.condition, before)
        otherwise = self.write(expr.otherwise)
        shown = then.doc.flat if then.level >= OR else f"({then.text})"
        known = then.type if then.type == otherwise.type else None
        more = [f"else {otherwise.text}"]
        if isinstance(expr.otherwise, Conditional) and otherwise.doc.items:
            first, *rest = (item.flat for _, item in otherwise.doc.items)
            more = [f"else {first}", *rest]
        doc = chain([shown, f"if {condition.text}", *more])
        return Code(doc, TERNARY, known, then.truth and otherwise.truth)

    def interpolation(self, pieces: tuple[str | Expr, ...]) -> Code:
        """Text with values in it: an f-string where every value is simple, else a sum."""
        shown = [piece if isinstance(piece, str) else self.piece(piece) for piece in pieces]
        formatted = f_string(shown)
        if formatted is not None:
            return Code(Doc(formatted), ATOM, STR)
        texts = [quote(one) if isinstance(one, str) else one.text for one in shown]
        if not texts:
            return constant("")
        return Code(Doc(" + ".join(texts)), SUM if len(texts) > 1 else POSTFIX, STR)

    def piece(self, expr: Expr) -> Code:
        """A value as text."""
        code = self.write(expr)
        if base_of(self.shape(code.type)) == STR and code.level >= POSTFIX:
            return code
        return Code(bracketed(f"{self.known.library('text')}(", [("", code.doc)], ")"), POSTFIX, STR)

    def apply(self, name: str, arguments: tuple[Expr, ...]) -> Code:
        """A call of a library function."""
        builtin = LIBRARY[name]
        codes = [self.write(one) for one in arguments]
        docs = []
        for one, code in zip(arguments, codes, strict=True):
            known = code.type is not None or isinstance(one, ListOf | RecordOf | Conditional | Comprehension)
            docs.append(("", code.doc if known else self.anything(code).doc))
        returns = UNKNOWN if callable(builtin.returns) else builtin.returns
        head = f"{self.known.library(builtin.runtime)}("
        return Code(bracketed(head, docs, ")"), POSTFIX, returns, returns == BOOL)

    def comprehension(self, expr: Comprehension) -> Code:
        """A comprehension that waits for nothing."""
        items, item = self.items(expr.items, expr.bound)
        with self.inside(expr.name, item) as name:
            condition = None if expr.condition is None else self.solid(self.write(expr.condition), OR)
            value = self.write(expr.value)
        tests = [] if condition is None else [f"if {condition.text}"]
        source = self.solid(items, OR)
        doc = parts("[", [value.text, f"for {name} in {source.text}", *tests], "]")
        known = base_of(value.type) if isinstance(expr.value, Const) else value.type
        return Code(doc, ATOM, None if known is None else ListType(known))


def pieces_of(code: Code) -> list[str]:
    """The operands of `and` and `or`, as a formatter parts them: one level, whichever binds more tightly."""
    return [item.flat for _, item in code.doc.items] if code.doc.loose else [code.text]
