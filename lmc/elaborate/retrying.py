"""What runs again when an assertion fails: the call that caused it, found through the data flow, and what comes
between.

The assertions of DSPy (Singhvi et al. 2023) go back to the last call; here the one whose value the condition reads is
tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lmc.diagnostics import Sink
from lmc.elaborate import problems
from lmc.ir import program as ir
from lmc.ir.walk import blocks, expressions, names_assigned, names_read, own_expressions, statements, subexpressions

ONCE = -1
"""The retries of an assertion that says none: one, where a call can make it better."""


def place_attempts(program: ir.Program, sink: Sink) -> ir.Program:
    """The program with an attempt around each part that runs again."""
    modules, acts = [], Acts(program)
    for module in program.modules:
        if not any(isinstance(stmt, ir.Check) for stmt in statements(module.body)):
            modules.append(module)
            continue
        placer = _Placer(program, module, acts)
        body = placer.block(module.body)
        modules.append(replace(module, body=tuple(settled(stmt, sink) for stmt in body)))
    return replace(program, modules=tuple(modules))


class Acts:
    """What of a program acts on the world: its tools, and what comes to use them."""

    def __init__(self, program: ir.Program) -> None:
        self.tools = {one.name for one in program.tools}
        self.metrics = {one.name: one.body for one in program.metrics}
        self.modules: set[str] = set()
        bodies = {one.name: tuple(expressions(one.body)) for one in program.modules if self.tools}
        while found := {name for name in bodies.keys() - self.modules if any(map(self.does, bodies[name]))}:
            self.modules |= found

    def does(self, expr: ir.Expr) -> bool:
        """Whether an expression itself does."""
        match expr:
            case ir.External(name):
                return name in self.tools
            case ir.Invoke(name):
                return name in self.modules
            case ir.Score(metric) if metric in self.metrics:
                return any(map(self.does, subexpressions(self.metrics[metric])))
        return False

    def among(self, stmt: ir.Stmt) -> bool:
        """Whether a statement, or one in it, does."""
        return bool(self.tools) and any(map(self.does, expressions((stmt,))))


class _Placer:
    """Places the attempts of one module. Until it knows better, the attempt of a check is `?` and a number."""

    def __init__(self, program: ir.Program, module: ir.Module, acts: Acts) -> None:
        self.program = program
        self.module = module
        self.taken: set[str] = set()
        self.count = 0
        self.acts = acts

    def block(self, body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
        """The statements of a block with the attempts in it; what calls further out caused is left open."""
        done: list[ir.Stmt] = []
        for stmt in body:
            done.append(self.inner(stmt))
            for label in [one.attempt for one in open_checks(done[-1])]:
                self.place(done, str(label))
        return tuple(done)

    def inner(self, stmt: ir.Stmt) -> ir.Stmt:
        """A statement with the attempts in its blocks."""
        match stmt:
            case ir.Check(attempt=None, retries=retries) if retries != 0:
                self.count += 1
                return replace(stmt, attempt=f"?{self.count}")
            case ir.If(_, then, otherwise):
                return replace(stmt, then=self.block(then), otherwise=self.block(otherwise))
            case ir.For(body=body) | ir.While(body=body):
                return replace(stmt, body=self.block(body))
        return stmt

    def place(self, done: list[ir.Stmt], label: str) -> bool:
        """Wraps what runs again for a check of the last statement, if its cause is in the block; whether it is."""
        last = done[-1]
        if isinstance(last, ir.Attempt):  # of another check of the same statement
            inside = list(last.body)
            if self.place(inside, label):
                done[-1] = collapsed(replace(last, body=tuple(inside)))
                return True
        check = next(one for one in open_checks(last) if one.attempt == label)
        first = self.cause(done[:-1], names_read(check.condition))
        if first is None:
            return False
        start = done[first]
        sites = tuple(dict.fromkeys(self.sites_of(start, names_read(check.condition))))
        before, region = self.apart(start, done[first + 1 : -1])
        if isinstance(start, ir.Attempt) and set(sites) <= set(start.sites):
            body = labelled((*start.body, *region[1:], last), label, start.name)
            done[first:] = [*before, self.attempt(start.name, start.sites, body, start)]
            return True
        name = self.free(start)
        body = labelled((*region, done[-1]), label, name)
        done[first:] = [*before, self.attempt(name, sites, body, start)]
        return True

    def attempt(self, name: str, sites: tuple[str, ...], body: tuple[ir.Stmt, ...], start: ir.Stmt) -> ir.Attempt:
        """An attempt; variables from outside that it changes begin each round as they were."""
        return ir.Attempt(name, sites, tuple(sorted(names_assigned(body))), body, start.span)

    def cause(self, before: list[ir.Stmt], needed: frozenset[str]) -> int | None:
        """The place of the last statement with a call whose value the needed variables come from."""
        for index in range(len(before) - 1, -1, -1):
            stmt = before[index]
            if not defined(stmt) & needed:
                continue
            if isinstance(stmt, ir.Attempt) or any(self.sites_of(stmt, needed)):
                return index
            needed |= frozenset().union(*(names_read(one) for one in expressions((stmt,))))
        return None

    def sites_of(self, stmt: ir.Stmt, needed: frozenset[str]) -> Iterator[str]:
        """The call sites, by address, whose replies a statement makes the needed variables of; where there are none,
        those that say which way it goes."""
        found = False
        for values in (True, False):
            for one in () if found else defining(stmt, needed):
                if isinstance(one, ir.Let | ir.Assign) is values:
                    for address in self.addresses(self.module.name, own_expressions(one), ()):
                        found = True
                        yield address

    def addresses(self, module: str, exprs: tuple[ir.Expr, ...], chain: tuple[str, ...]) -> Iterator[str]:
        """The call sites that expressions of a module get their values from, those of other modules through what they
        return."""
        for expr in exprs:
            for one in subexpressions(expr):
                if isinstance(one, ir.Predict):
                    yield f"{module}.{one.site}"
                elif isinstance(one, ir.Invoke) and one.module not in (*chain, module):
                    yield from self.returned(self.program.module(one.module), (*chain, module))

    def returned(self, module: ir.Module, chain: tuple[str, ...]) -> Iterator[str]:
        """The call sites that the value of a module comes from; where there are none, those that say which way it
        goes."""
        needed: frozenset[str] = frozenset()
        data: list[str] = []
        for stmt in reversed(tuple(statements(module.body))):
            exprs = own_expressions(stmt)
            if not (isinstance(stmt, ir.Return) or defined(stmt) & needed):
                continue
            found = list(self.addresses(module.name, exprs, chain))
            data += found
            if not found:
                needed |= frozenset().union(*map(names_read, exprs))
        if data:
            yield from data
            return
        for stmt in statements(module.body):
            yield from self.addresses(module.name, own_expressions(stmt), chain)

    def apart(self, start: ir.Stmt, between: list[ir.Stmt]) -> tuple[list[ir.Stmt], list[ir.Stmt]]:
        """What stands between a call and its check, in two parts: what does not depend on the call and changes nothing
        that the rest reads, which need not run again; and the rest, with the call. Nothing comes to stand before what
        may keep it from running, or before an act on the world that it follows."""
        region = [start]
        before: list[ir.Stmt] = []
        tied = defined(start)
        seen = tied.union(*(names_read(one) for one in expressions((start,))))
        stuck, acting = escapes(start), self.acts.among(start)
        for stmt in between:
            moved, acts = defined(stmt), self.acts.among(stmt)
            read = frozenset().union(*(names_read(one) for one in expressions((stmt,))))
            apart = not read & tied and not moved & seen and not (acts and acting)
            if apart and not stuck and not escapes(stmt) and not checks(stmt):
                before.append(stmt)
                continue
            region.append(stmt)
            tied |= moved
            seen |= moved | read
            stuck, acting = stuck or escapes(stmt), acting or acts
        return before, region

    def free(self, stmt: ir.Stmt) -> str:
        """A name for an attempt, after the variable that its call gives."""
        names = [one.name for one in statements((stmt,)) if isinstance(one, ir.Let | ir.Assign)]
        wanted = names[0] if names else "attempt"
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}{number}", number + 1
        self.taken.add(name)
        return name


def open_checks(stmt: ir.Stmt) -> list[ir.Check]:
    """The checks in a statement whose attempt is not known yet."""
    return [one for one in statements((stmt,)) if isinstance(one, ir.Check) and (one.attempt or "").startswith("?")]


def defined(stmt: ir.Stmt) -> frozenset[str]:
    """The variables that a statement, or one in it, gives a value to."""
    return frozenset(one.name for one in statements((stmt,)) if isinstance(one, ir.Let | ir.Assign))


def defining(stmt: ir.Stmt, needed: frozenset[str]) -> Iterator[ir.Stmt]:
    """The statements in a statement that the needed variables come from: those that give them values, and those that
    say whether they do."""
    for one in reversed(tuple(statements((stmt,)))):
        if isinstance(one, ir.Let | ir.Assign) and (one.name in needed or one is stmt):
            needed |= names_read(one.value)
            yield one
        elif not isinstance(one, ir.Let | ir.Assign) and defined(one) & needed:
            needed |= frozenset().union(*map(names_read, own_expressions(one)))
            yield one


def escapes(stmt: ir.Stmt) -> bool:
    """Whether a statement may keep what follows it from running: it may return, end a loop around it, or hold an
    assertion that nothing in sight can make better."""
    inner = tuple(statements((stmt,)))
    own = {one.name for one in inner if isinstance(one, ir.Attempt)}
    guards = (one for one in inner if isinstance(one, ir.Check) and one.hard and one.attempt not in own)
    returning = any(isinstance(one, ir.Return) for one in inner)
    return returning or any(breaks((stmt,))) or any((one.attempt or "?").startswith("?") for one in guards)


def checks(stmt: ir.Stmt) -> bool:
    """Whether a statement holds an assertion that sends the run back further than its own beginning."""
    inner = tuple(statements((stmt,)))
    own = {one.name for one in inner if isinstance(one, ir.Attempt)}
    return any(isinstance(one, ir.Check) and one.attempt not in own for one in inner)


def collapsed(attempt: ir.Attempt) -> ir.Attempt:
    """An attempt whose body is one attempt, as one."""
    if len(attempt.body) != 1 or not isinstance(inner := attempt.body[0], ir.Attempt):
        return attempt
    body = labelled(inner.body, str(inner.name), attempt.name)
    sites = tuple(dict.fromkeys((*attempt.sites, *inner.sites)))
    return replace(attempt, sites=sites, body=body)


def labelled(body: tuple[ir.Stmt, ...], label: str, name: str) -> tuple[ir.Stmt, ...]:
    """The statements with the name of its attempt at a check."""
    return tuple(relabel(stmt, {label: name}) for stmt in body)


def relabel(stmt: ir.Stmt, names: dict[str, str]) -> ir.Stmt:
    """A statement with other names of attempts at its checks."""
    match stmt:
        case ir.Check(attempt=str(label)) if label in names:
            return replace(stmt, attempt=names[label], retries=1 if stmt.retries == ONCE else stmt.retries)
        case ir.If(_, then, otherwise):
            inner = tuple(tuple(relabel(one, names) for one in block) for block in (then, otherwise))
            return replace(stmt, then=inner[0], otherwise=inner[1])
        case ir.For(body=body) | ir.While(body=body) | ir.Attempt(body=body):
            return replace(stmt, body=tuple(relabel(one, names) for one in body))
    return stmt


def settled(stmt: ir.Stmt, sink: Sink) -> ir.Stmt:
    """A statement in which checks that no call can make better try nothing again; reports what cannot be."""
    match stmt:
        case ir.Check(attempt=str(label)) if label.startswith("?"):
            if stmt.retries > 0 and stmt.span is not None:
                sink.add(problems.vain_retry(stmt.span, stmt.retry_span))
            return replace(stmt, attempt=None, retries=0)
        case ir.If(_, then, otherwise):
            inner = tuple(tuple(settled(one, sink) for one in block) for block in (then, otherwise))
            return replace(stmt, then=inner[0], otherwise=inner[1])
        case ir.For(body=body) | ir.While(body=body) | ir.Attempt(body=body):
            if isinstance(stmt, ir.Attempt):
                for found in breaks(body):
                    sink.add(problems.break_in_attempt(found.span or stmt.span, stmt.span))
            return replace(stmt, body=tuple(settled(one, sink) for one in body))
    return stmt


def breaks(body: tuple[ir.Stmt, ...]) -> Iterator[ir.Break]:
    """The `break`s that end a loop around the statements."""
    for stmt in body:
        if isinstance(stmt, ir.Break):
            yield stmt
        elif not isinstance(stmt, ir.For | ir.While):
            for block in blocks(stmt):
                yield from breaks(block)
