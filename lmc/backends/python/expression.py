"""Expressions as Python, with the type that a type checker gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from lmc.backends.python.annotation import Annotations, assignable
from lmc.backends.python.layout import Doc, bracketed, escape, quote
from lmc.backends.python.literal import plain
from lmc.ir.builtins import BUILTINS
from lmc.ir.program import (
    Apply,
    Conditional,
    Const,
    Expr,
    Interpolation,
    Invoke,
    Item,
    ListOf,
    Member,
    Name,
    Operation,
    Predict,
    RecordOf,
)
from lmc.ir.subtype import comparable, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    UNKNOWN,
    EnumType,
    ListType,
    LiteralType,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)

TERNARY, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, AWAIT, POSTFIX, ATOM = range(11)
"""How tightly forms bind, from loose to tight."""

LEVELS = {"or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT}
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})


class Code(NamedTuple):
    """An expression: its layout, how tightly it binds, and its type. The type is UNKNOWN where a type checker sees
    `Any`, or where its own type surely goes wherever the language lets the value go; None where it could see
    something that does not. `truth`: the value is a bool, not only something like one."""

    doc: Doc
    level: int
    type: Type | None
    truth: bool = False

    @property
    def text(self) -> str:
        """The code on one line."""
        return self.doc.flat


@dataclass
class Expressions:
    """Writes the expressions of one module. `variables` has the Python name and type of each variable, `modules` the
    function of each module, `prompts` the constant of each call site, and `library` gives the name of a runtime
    function."""

    annotations: Annotations
    modules: dict[str, tuple[str, Type, tuple[Type, ...]]]
    prompts: dict[str, str]
    library: Callable[[str], str]
    variables: dict[str, tuple[str, Type]] = field(default_factory=dict)
    compared: set[Expr] = field(default_factory=set)
    casts: bool = False

    def write(self, expr: Expr) -> Code:
        """An expression."""
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
            case Interpolation(parts):
                return self.interpolation(parts)
            case Apply(name, arguments):
                return self.apply(name, arguments)
            case Invoke() | Predict():
                call = self.call(expr)
                return Code(call.doc.lead("await "), AWAIT, call.type)

    def peek(self, expr: Expr) -> Code:
        """An expression, written only to be looked at."""
        compared, casts = set(self.compared), self.casts
        code = self.write(expr)
        self.compared, self.casts = compared, casts
        return code

    def solid(self, code: Code, level: int) -> Code:
        """The code where something that binds so tightly is wanted, and where a type checker must know the type."""
        if code.type is None:
            return self.anything(code)
        return code if code.level >= level else Code(parenthesized(code.doc), ATOM, code.type, code.truth)

    def anything(self, code: Code) -> Code:
        """The code, taken for a value of any type."""
        self.casts = True
        return Code(bracketed("cast(", [("", Doc("Any")), ("", code.doc)], ")"), POSTFIX, UNKNOWN, code.truth)

    def fitting(self, expr: Expr, want: Type) -> Code:
        """The expression where a type checker wants a value of the type."""
        code = self.write(expr)
        return code if self.fits(expr, code, want) else self.anything(code)

    def fits(self, expr: Expr, code: Code, want: Type) -> bool:
        """Whether a type checker takes an expression for a value of the type. Displays take the type that is wanted
        of them."""
        want = self.annotations.widened(want)
        shape = resolve(want, self.annotations.named)
        if isinstance(shape, UnknownType):
            return True
        if isinstance(shape, UnionType) and NULL in shape.members and len(shape.members) == 2:
            inner = next(member for member in shape.members if member != NULL)
            if self.fits(expr, code, inner):
                return True
        match expr, shape:
            case Conditional(_, then, otherwise), _:
                return all(self.fits(one, self.peek(one), want) for one in (then, otherwise))
            case ListOf(items), ListType(item):
                return all(self.fits(one, self.peek(one), item) for one in items)
            case RecordOf(fields), RecordType(wanted) if shape in self.annotations.records:
                types = {one.name: one.type for one in wanted}
                whole = sorted(name for name, _ in fields) == sorted(types)
                return whole and all(self.fits(one, self.peek(one), types[name]) for name, one in fields)
        return code.type is not None and assignable(code.type, want, self.annotations)

    def member(self, base: Type | None, name: str) -> tuple[Type, bool]:
        """The type of a field, and whether it is a bool."""
        shape = resolve(base, self.annotations.named) if base is not None else UNKNOWN
        for one in shape.fields if isinstance(shape, RecordType) else ():
            if one.name == name:
                return self.annotations.widened(one.type), one.type == BOOL
        return UNKNOWN, False

    def item(self, base: Type | None) -> Type:
        """The type of an item."""
        shape = resolve(base, self.annotations.named) if base is not None else UNKNOWN
        if isinstance(shape, ListType):
            return shape.item
        return UNKNOWN if isinstance(shape, UnknownType) else STR

    def operation(self, expr: Operation) -> Code:
        """An operator."""
        operator = expr.operator
        if operator == "not":
            inner = expr.operands[0]
            if isinstance(inner, Operation) and inner.operator == "in":
                return self.comparison("not in", *inner.operands)
            code = self.solid(self.write(inner), NOT)
            return Code(Doc(f"not {code.text}"), NOT, BOOL, True)
        if operator == "neg":
            code = self.solid(self.write(expr.operands[0]), SIGN)
            return Code(Doc(f"-{code.text}"), SIGN, base_of(code.type))
        left, right = expr.operands
        if operator in COMPARISONS:
            return self.comparison(operator, left, right)
        level = LEVELS[operator]
        first, second = self.solid(self.write(left), level), self.write(right)
        if not isinstance(right, ListOf):
            second = self.solid(second, level + 1)
        text = f"{first.text} {operator} {second.text}"
        if operator in ("and", "or"):
            if first.truth and second.truth:
                known = BOOL if first.type == second.type == BOOL else UNKNOWN
                return Code(Doc(text), level, known, True)
            return Code(bracketed("bool(", [("", Doc(text))], ")"), POSTFIX, BOOL, True)
        return Code(Doc(text), level, self.arithmetic(operator, first.type, right, second))

    def comparison(self, operator: str, left: Expr, right: Expr) -> Code:
        """A comparison. Null is told by identity."""
        sides = [self.operand(one) for one in (left, right)]
        if self.decided(operator, sides) or (
            {type(left), type(right)} == {Const} and NULL in [one.type for one in sides]
        ):
            # Python and type checkers hold a comparison that is decided already for a mistake.
            sides = [self.anything(one) if one.type != NULL else one for one in sides]
        for one, other in ((left, sides[1]), (right, sides[0])):
            if isinstance(one, Const) and one.value is None and operator in ("==", "!="):
                is_ = "is" if operator == "==" else "is not"
                return Code(Doc(f"{other.text} {is_} None"), COMPARISON, BOOL, True)
        known = BOOL if all(one.type != UNKNOWN for one in sides) else UNKNOWN
        return Code(Doc(f"{sides[0].text} {operator} {sides[1].text}"), COMPARISON, known, True)

    def decided(self, operator: str, sides: list[Code]) -> bool:
        """Whether the types of two sides tell what comes of comparing them; null is compared freely."""
        left, right = (one.type or UNKNOWN for one in sides)
        if NULL in (left, right):
            return False
        shape = resolve(right, self.annotations.named)
        if operator in ("in", "not in"):
            return isinstance(shape, ListType) and not comparable(left, shape.item, self.annotations.named)
        return operator in ("==", "!=") and not comparable(left, right, self.annotations.named)

    def operand(self, expr: Expr) -> Code:
        """One side of a comparison. A type checker that has seen a variable compared holds some later comparisons for
        mistakes; from the second on, it is told nothing of its type."""
        code = self.solid(self.write(expr), SUM)
        if not is_path(expr) or code.type is None or not self.closed(code.type):
            return code
        if expr in self.compared:
            return self.anything(code)
        self.compared.add(expr)
        return code

    def assigned(self, name: str) -> None:
        """Remembers that a type checker knows the value of a variable."""
        self.compared.add(Name(name))

    def closed(self, type_: Type) -> bool:
        """Whether a type checker follows which values of the type are left."""
        shape = resolve(type_, self.annotations.named)
        return isinstance(shape, UnionType | EnumType | LiteralType) or shape == BOOL

    def arithmetic(self, operator: str, left: Type | None, right: Expr, second: Code) -> Type | None:
        """The type of a sum, product and so on."""
        first = resolve(left, self.annotations.named) if left is not None else UNKNOWN
        other = resolve(second.type, self.annotations.named) if second.type is not None else UNKNOWN
        if isinstance(first, UnknownType):
            return UNKNOWN
        if isinstance(first, ListType):
            return first if (isinstance(right, ListOf) and self.fits(right, second, first)) or first == other else None
        bases = {base_of(first), base_of(other)}
        if UNKNOWN in bases:
            return UNKNOWN
        if bases == {STR}:
            return STR
        if not bases <= {INT, FLOAT}:
            return None
        return FLOAT if operator == "/" or FLOAT in bases else INT

    def conditional(self, expr: Conditional) -> Code:
        """`a if c else b`."""
        then = self.write(expr.then)
        condition = self.solid(self.write(expr.condition), OR)
        otherwise = self.write(expr.otherwise)
        shown = then.doc.flat if then.level >= OR else f"({then.text})"
        known = then.type if then.type == otherwise.type else None
        text = f"{shown} if {condition.text} else {otherwise.text}"
        return Code(Doc(text), TERNARY, known, then.truth and otherwise.truth)

    def interpolation(self, parts: tuple[str | Expr, ...]) -> Code:
        """Text with values in it: an f-string where every value is simple, else a sum."""
        shown = [part if isinstance(part, str) else self.piece(part) for part in parts]
        formatted = f_string(shown)
        if formatted is not None:
            return Code(Doc(formatted), ATOM, STR)
        pieces = [quote(one) if isinstance(one, str) else one.text for one in shown]
        if not pieces:
            return constant("")
        return Code(Doc(" + ".join(pieces)), SUM if len(pieces) > 1 else POSTFIX, STR)

    def piece(self, expr: Expr) -> Code:
        """A value as text."""
        code = self.write(expr)
        known = resolve(code.type, self.annotations.named) if code.type is not None else None
        if base_of(known) == STR and code.level >= POSTFIX:
            return code
        return Code(bracketed(f"{self.library('text')}(", [("", code.doc)], ")"), POSTFIX, STR)

    def apply(self, name: str, arguments: tuple[Expr, ...]) -> Code:
        """A call of a library function."""
        builtin = BUILTINS[name]
        codes = [self.write(one) for one in arguments]
        docs = []
        for one, code in zip(arguments, codes, strict=True):
            known = code.type is not None or isinstance(one, ListOf | RecordOf | Conditional)
            docs.append(("", code.doc if known else self.anything(code).doc))
        returns = UNKNOWN if callable(builtin.returns) else builtin.returns
        return Code(bracketed(f"{self.library(builtin.runtime)}(", docs, ")"), POSTFIX, returns, returns == BOOL)

    def call(self, expr: Invoke | Predict) -> Code:
        """A call of a module or an LM, not yet awaited."""
        if isinstance(expr, Invoke):
            function, returns, params = self.modules[expr.module]
            given = [self.fitting(value, want) for (_, value), want in zip(expr.arguments, params, strict=True)]
            return Code(
                bracketed(f"{function}(", [("", Doc("run")), *(("", one.doc) for one in given)], ")"), POSTFIX, returns
            )
        arguments: list[tuple[str, Doc]] = []
        for name, value in expr.arguments:
            doc = self.write(value).doc
            hard = name in self.annotations.names.reserved
            arguments.append(("**", bracketed("{", [(f"{quote(name)}: ", doc)], "}")) if hard else (f"{name}=", doc))
        prompt = [("", Doc(self.prompts[expr.site]))]
        return Code(bracketed("run.predict(", [*prompt, *arguments], ")"), POSTFIX, UNKNOWN)


def f_string(shown: list[str | Code]) -> str | None:
    """Text with values in it as an f-string, or None where quotes would get in each other's way: within the braces
    there can be single ones only, before Python 3.12."""
    texts = "".join(part for part in shown if isinstance(part, str))
    holes = [part.text for part in shown if isinstance(part, Code)]
    if not holes or any(set(hole) & set("'\\{}#\n") for hole in holes):
        return None
    if any('"' in hole for hole in holes) and '"' in texts:
        return None
    mark = "'" if texts.count('"') > texts.count("'") else '"'
    inside = [
        escape(one, mark).replace("{", "{{").replace("}", "}}")
        if isinstance(one, str)
        else "{" + one.text.replace('"', "'") + "}"
        for one in shown
    ]
    return f"f{mark}{''.join(inside)}{mark}"


def constant(value: str | int | float | bool | None) -> Code:
    """A constant."""
    doc = Doc(plain(value), whole=isinstance(value, str))
    if value is None:
        return Code(doc, ATOM, NULL)
    level = SIGN if isinstance(value, (int, float)) and str(value).startswith("-") else ATOM
    known = FLOAT if isinstance(value, float) else LiteralType(value)
    return Code(doc, level, known, isinstance(value, bool))


def list_type(items: list[Type | None]) -> Type | None:
    """The type of a list display that nothing is wanted of: that of its items where they are all of one."""
    bases = {base_of(one) for one in items}
    return ListType(next(iter(bases))) if len(bases) == 1 and bases <= {STR, INT, FLOAT, BOOL} else None


def base_of(type_: Type | None) -> Type:
    """The primitive that the values of a type are of, or UNKNOWN."""
    match type_:
        case LiteralType(value):
            return {str: STR, bool: BOOL, int: INT}[type(value)]
        case EnumType():
            return STR
        case UnionType(members) if len({base_of(member) for member in members}) == 1:
            return base_of(members[0])
        case None | ListType() | RecordType() | UnionType() | UnknownType():
            return UNKNOWN
    return type_


def is_path(expr: Expr) -> bool:
    """Whether an expression is a variable or a field of one."""
    return isinstance(expr, Name) or (isinstance(expr, Member) and is_path(expr.base))


def parenthesized(doc: Doc) -> Doc:
    """The code in parentheses."""
    return Doc(f"({doc.flat})")
