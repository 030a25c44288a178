"""What of a run depends on a call: all else need not be run again when only that call has changed."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.analysis.calls import called_by, reachable
from lmc.ir.expression import (
    Comprehension,
    Conditional,
    Expr,
    External,
    Invoke,
    Name,
    Operation,
    Predict,
    Try,
    Tune,
)
from lmc.ir.program import Module, Program
from lmc.ir.statement import Assign, Attempt, Break, For, If, Let, Return, Stmt, While
from lmc.ir.walk import blocks, children, expressions, own_expressions, statements


def cone(program: Program, module: str, changed: Iterable[str]) -> frozenset[str]:
    """The call sites that may see other requests when the call sites and tuned values at the addresses `changed` give
    other values: these, and what comes behind them along the data flow and along what they decide. A module that is
    called from several places is taken as one, so that the answer errs on the side of too many."""
    flow = _Flow(program, reachable(program, module), frozenset(changed))
    return flow.sites()


def decides(expr: Expr) -> bool:
    """Whether one part of an expression decides whether another is evaluated."""
    return isinstance(expr, Conditional | Comprehension | Try | Operation) and (
        not isinstance(expr, Operation) or expr.operator in ("and", "or")
    )


class _Flow:
    """Marks, until nothing is added, which variables, modules and call sites depend on the changed ones."""

    def __init__(self, program: Program, modules: tuple[str, ...], changed: frozenset[str]) -> None:
        self.program = program
        self.modules = modules
        self.changed = changed
        self.touched = set(changed)
        self.variables: set[tuple[str, str]] = set()
        self.returns: set[str] = set()
        self.guarded: set[str] = set()
        """Modules that may run or not, or run otherwise, by what the changed ones give."""

    def sites(self) -> frozenset[str]:
        """The call sites that depend on the changed ones, those included."""
        known = {
            f"{name}.{one.site}"
            for name in self.modules
            for one in expressions(self.program.module(name).body)
            if isinstance(one, Predict)
        }
        while self.step():
            pass
        return frozenset(self.touched & known)

    def step(self) -> bool:
        """Goes once through all modules; whether anything was added."""
        before = self.size()
        for name in self.modules:
            own = self.program.module(name)
            self.block(own, own.body, name in self.guarded)
        return self.size() > before

    def size(self) -> int:
        """How much is marked."""
        return len(self.touched) + len(self.variables) + len(self.returns) + len(self.guarded)

    def block(self, module: Module, body: tuple[Stmt, ...], guarded: bool) -> bool:
        """Marks what a block has; whether what follows it is decided by the changed ones too."""
        for stmt in body:
            found = [self.depends(module, one, guarded) for one in own_expressions(stmt)]
            own = any(found)
            match stmt:
                case Let(name) | Assign(name) if own or guarded:
                    self.variables.add((module.name, name))
                case For(name) if own:
                    self.variables.add((module.name, name))
                case Return() if own or guarded:
                    self.returns.add(module.name)
            decided = guarded or (own and isinstance(stmt, If | While | For)) or self.sent_back(stmt)
            ended = [self.block(module, block, decided) for block in blocks(stmt)]
            leaves = decided and any(isinstance(one, Return | Break) for one in statements((stmt,)))
            guarded = guarded or leaves or any(ended)
        return guarded

    def sent_back(self, stmt: Stmt) -> bool:
        """Whether an assertion may run a part again by what the changed ones give."""
        return isinstance(stmt, Attempt) and bool(self.touched.intersection(stmt.sites))

    def depends(self, module: Module, expr: Expr, guarded: bool) -> bool:
        """Marks what an expression calls; whether its value depends on the changed ones."""
        match expr:
            case Name(name):
                return (module.name, name) in self.variables
            case Tune(slot):
                return f"{module.name}.{slot}" in self.changed
        inner, decided = [], guarded
        for number, one in enumerate(children(expr)):
            inner.append(self.depends(module, one, decided))
            decided = decided or (inner[-1] and decides(expr))
            if number == 0 and inner[0]:
                self.bind(module, expr)
        given = any(inner)
        match expr:
            case Predict(site):
                address = f"{module.name}.{site}"
                self.touched |= {address} if given or guarded else set()
                return address in self.touched
            case Invoke(callee, arguments):
                self.variables |= {(callee, name) for (name, _), own in zip(arguments, inner, strict=True) if own}
                return self.enter(callee, guarded) or given
            case External():
                return given or guarded
        called = [self.enter(name, given or guarded) for name in called_by(self.program, expr)]
        return given or any(called)

    def bind(self, module: Module, expr: Expr) -> None:
        """Marks the variable that an expression introduces out of its first part, if it does."""
        match expr:
            case Comprehension(name=name):
                self.variables.add((module.name, name))
            case Try():
                self.variables.add((module.name, "error"))

    def enter(self, callee: str, guarded: bool) -> bool:
        """Marks a module that is called; whether its value depends on the changed ones."""
        if guarded:
            self.guarded.add(callee)
        return callee in self.returns
