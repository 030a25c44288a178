"""What writing an expression takes: the variables in sight, and what a type checker makes of a value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from lmc.backends.python.annotation import Annotations, assignable
from lmc.backends.python.code import ATOM, POSTFIX, Code, is_short, parenthesized
from lmc.backends.python.known import Known
from lmc.backends.python.layout import Doc, bracketed
from lmc.ir.program import Comprehension, Conditional, Expr, ListOf, RecordOf, Stmt
from lmc.ir.types import (
    BOOL,
    NULL,
    STR,
    UNKNOWN,
    EnumType,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)


class Around(Protocol):
    """The function that expressions stand in."""

    def trying(self) -> AbstractContextManager[None]:
        """What is written within is forgotten."""
        ...

    def bind(self, name: str) -> str:
        """The Python name of a variable that only an expression sees."""
        ...

    def define(self, wanted: str, params: Sequence[tuple[str, Type]], body: tuple[Stmt, ...], returns: Type) -> str:
        """The name of a coroutine function that is defined before the statement."""
        ...


@dataclass
class Writing(ABC):
    """Writes the expressions of one module. `variables` has the Python name and type of each variable, `prompts` the
    constant of each call site, and `tunes` the constant and type of each tuned value. `decided`: a type checker may
    find that a comparison has only one outcome."""

    known: Known
    around: Around
    prompts: dict[str, str] = field(default_factory=dict)
    tunes: dict[str, tuple[str, Type]] = field(default_factory=dict)
    variables: dict[str, tuple[str, Type]] = field(default_factory=dict)
    compared: set[Expr] = field(default_factory=set)
    casts: bool = False
    decided: bool = False

    @property
    def annotations(self) -> Annotations:
        """The annotations of the module."""
        return self.known.annotations

    @abstractmethod
    def write(self, expr: Expr) -> Code:
        """An expression."""

    def peek(self, expr: Expr) -> Code:
        """An expression, written only to be looked at."""
        compared, casts, decided = set(self.compared), self.casts, self.decided
        with self.around.trying():
            code = self.write(expr)
        self.compared, self.casts, self.decided = compared, casts, decided
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
        shape = self.annotations.shape(want)
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
            case Comprehension(value, name, items), ListType(item) if not self.known.waits(expr):
                with self.inside(name, self.items(items, None)[1]):
                    return self.fits(value, self.peek(value), item)
            case RecordOf(fields), MapType(item):
                return all(self.fits(one, self.peek(one), item) for _, one in fields)
            case RecordOf(fields), RecordType(wanted) if shape in self.annotations.records:
                types = {one.name: one.type for one in wanted}
                whole = sorted(name for name, _ in fields) == sorted(types)
                return whole and all(self.fits(one, self.peek(one), types[name]) for name, one in fields)
        return code.type is not None and assignable(code.type, want, self.annotations)

    def member(self, base: Type | None, name: str) -> tuple[Type, bool]:
        """The type of a field, and whether it is a bool."""
        shape = self.shape(base)
        for one in shape.fields if isinstance(shape, RecordType) else ():
            if one.name == name:
                return self.annotations.widened(one.type), one.type == BOOL
        return UNKNOWN, False

    def shape(self, type_: Type | None) -> Type:
        """What a type is behind its names."""
        return UNKNOWN if type_ is None else self.annotations.shape(type_)

    def item(self, base: Type | None) -> Type:
        """The type of an item."""
        match self.shape(base):
            case ListType(inner) | MapType(inner):
                return inner
            case UnknownType() | UnionType():
                return UNKNOWN
        return STR

    def closed(self, type_: Type) -> bool:
        """Whether a type checker follows which values of the type are left."""
        shape = self.shape(type_)
        return isinstance(shape, UnionType | EnumType | LiteralType) or shape == BOOL

    def items(self, items: Expr, bound: int | None) -> tuple[Code, Type]:
        """The first items of a list, to go through, and their type."""
        code = self.solid(self.write(items), 0)
        shape = self.shape(code.type)
        if not isinstance(shape, ListType | UnknownType):
            code, shape = self.anything(code), UNKNOWN
        item = shape.item if isinstance(shape, ListType) else UNKNOWN
        if bound is None or is_short(items, bound):
            return code, item
        return Code(Doc(f"{self.solid(code, POSTFIX).text}[:{bound}]"), POSTFIX, code.type), item

    @contextmanager
    def inside(self, name: str, item: Type) -> Iterator[str]:
        """The Python name of a variable that is in sight for now."""
        outer = dict(self.variables)
        python = self.around.bind(name)
        self.variables[name] = python, self.annotations.widened(item)
        yield python
        self.variables = outer
