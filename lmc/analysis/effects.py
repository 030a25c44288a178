"""What of a program does more than give a value."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from lmc.analysis.calls import called_by, reachable
from lmc.ir.expression import Expr, External, Score
from lmc.ir.program import Program
from lmc.ir.statement import Check
from lmc.ir.walk import expressions, statements, subexpressions


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of one kind: those that certain externals have, and modules and metrics that come to use them."""

    program: Program
    externals: Set[str]
    modules: Set[str]

    def among(self, expr: Expr) -> bool:
        """Whether an expression has such an effect."""
        if not self.externals and not self.modules:
            return False
        return any(self.own(one) for one in subexpressions(expr))

    def own(self, expr: Expr) -> bool:
        """Whether an expression has one, without what is in it."""
        match expr:
            case External(name):
                return name in self.externals
            case Score(metric):
                body = self.program.metric(metric).body
                return any(
                    isinstance(one, External) and one.name in self.externals for one in subexpressions(body)
                ) or any(name in self.modules for name in called_by(self.program, expr))
        return any(name in self.modules for name in called_by(self.program, expr))


def ordered_effects(program: Program) -> Effects:
    """What must happen in the order of the source: the uses of tools, which act on the world."""
    return effects(program, {one.name for one in program.tools}, False)


def outside_effects(program: Program) -> Effects:
    """What may do more each time: the uses of tools and of externs."""
    return effects(program, {one.name for one in program.tools} | {one.name for one in program.externs}, False)


def lasting_effects(program: Program) -> Effects:
    """What matters though nothing reads its value: the uses of tools and of externs, and assertions that end a run."""
    return effects(program, {one.name for one in program.tools} | {one.name for one in program.externs}, True)


def effects(program: Program, externals: Set[str], assertions: bool) -> Effects:
    """The effects of some externals and, where they count, of assertions."""
    alone = Effects(program, externals, frozenset())
    own = {
        module.name
        for module in program.modules
        if any(map(alone.own, expressions(module.body)))
        or (assertions and any(isinstance(stmt, Check) and stmt.hard for stmt in statements(module.body)))
    }
    if not own:
        return alone
    modules = {one.name for one in program.modules if not own.isdisjoint(reachable(program, one.name))}
    return Effects(program, externals, modules)
