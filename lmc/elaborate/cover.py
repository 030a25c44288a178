"""Which values the cases of a `match` take."""

from __future__ import annotations

from lmc.elaborate import problems
from lmc.elaborate.expressions import Expressions
from lmc.ir.subtype import base
from lmc.ir.types import BOOL, EnumType, LiteralType, Type, UnionType, UnknownType, show, union
from lmc.source import Span


class Cover:
    """The types that the values of `subject` are of, one by one: `all` of them, and the `rest` that no case has taken
    yet. `flawed`: a mistake keeps some of it unknown."""

    def __init__(self, expressions: Expressions, subject: Type) -> None:
        self.expressions = expressions
        self.subject = subject
        self.all = self.alternatives(subject)
        self.rest = list(self.all)
        self.cases: list[tuple[Type, Span]] = []
        self.flawed = isinstance(expressions.resolve(subject), UnknownType)

    def take(self, wanted: Type, span: Span, case: Span) -> Type:
        """Takes what a case takes; gives the type of what comes to it. Reports a case that nothing comes to; `span` is
        the place of its type, `case` that of the whole."""
        self.flawed = self.flawed or isinstance(wanted, UnknownType)
        taken = [one for one in self.rest if self.expressions.accepts(wanted, one)]
        partly = [one for one in self.rest if one not in taken and self.meets(wanted, one)]
        if not taken and not partly:
            self.report(wanted, span, case)
        self.rest = [one for one in self.rest if one not in taken]
        self.cases.append((wanted, span))
        return union(*taken) if taken and not partly else wanted

    def report(self, wanted: Type, span: Span, case: Span) -> None:
        """Reports a case that nothing comes to."""
        sink = self.expressions.world.sink
        ever = [one for one in self.all if self.expressions.accepts(wanted, one) or self.meets(wanted, one)]
        first = next(
            (at for type_, at in self.cases if any(self.expressions.accepts(type_, one) for one in ever)), None
        )
        if first is not None:
            sink.add(problems.taken_before(wanted, span, first, case))
        elif not isinstance(wanted, UnknownType):
            sink.add(problems.never_matches(wanted, self.subject, map(show, self.all), span))

    def shown(self) -> list[str]:
        """What no case has taken, in words."""
        return [show(one) for one in self.rest if not isinstance(one, UnknownType)] or ["all other values"]

    def written(self) -> list[str]:
        """What no case has taken, as the types of cases; empty where some of it is unknown."""
        return [] if any(isinstance(one, UnknownType) for one in self.rest) else [show(one) for one in self.rest]

    def alternatives(self, type_: Type) -> list[Type]:
        """The types that the values of a type are of, one by one."""
        shape = self.expressions.resolve(type_)
        if isinstance(shape, UnionType):
            return [one for member in shape.members for one in self.alternatives(member)]
        if isinstance(shape, EnumType):
            return [LiteralType(name) for name, _ in shape.values]
        if base(shape) == BOOL and not isinstance(shape, LiteralType):
            return [LiteralType(True), LiteralType(False)]
        return [type_]

    def meets(self, wanted: Type, one: Type) -> bool:
        """Whether some values of one type are of another."""
        if isinstance(one, UnknownType):
            return True
        return any(self.expressions.accepts(one, member) for member in self.alternatives(wanted))
