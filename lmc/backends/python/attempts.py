"""Attempts and their checks as Python: loops that begin again, and what leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from lmc.analysis.together import total
from lmc.backends.python.layout import STEP, Doc, bracketed, quote, statement
from lmc.backends.python.writing import Writing
from lmc.ir.program import Attempt, Break, Check, Expr, For, Operation, Stmt, While
from lmc.ir.walk import blocks


@dataclass
class Attempts:
    """The attempts of one module that are being written. `frames` has for each loop that a `break` could leave, from
    outside in, None for one of the source, and for an attempt the variable that says that a `break` was met, or ""."""

    claim: Callable[[str], str]
    writer: Writing
    frames: list[str | None] = field(default_factory=list)
    names: dict[str, tuple[str, Iterator[int]]] = field(default_factory=dict)

    @contextmanager
    def within(self, frame: str | None) -> Iterator[None]:
        """What is written within stands in a loop."""
        self.frames.append(frame)
        yield
        self.frames.pop()

    def flag(self) -> tuple[str, bool]:
        """The variable that says that a `break` was met in an attempt, and whether it is new."""
        outer = self.frames[-1] if self.frames else None
        return (outer, False) if outer else (self.claim("ended"), True)

    def leave(self, indent: int) -> list[str]:
        """A `break`."""
        pad, frame = " " * indent, self.frames[-1] if self.frames else None
        return [f"{pad}{frame} = True", f"{pad}break"] if frame else [f"{pad}break"]

    def head(self, stmt: Attempt, indent: int) -> tuple[str, str]:
        """The first line of an attempt's loop, and the Python name of the attempt."""
        name = self.claim("attempt")
        self.names[stmt.name] = name, count()
        sites = [("", Doc(quote(site), whole=True)) for site in stmt.sites]
        return statement(f"for {name} in ", bracketed("run.attempts(", sites, ")"), indent, ":"), name

    def check(self, stmt: Check, indent: int) -> list[str]:
        """An assertion."""
        writer, lines, at = self.writer, [], indent
        if total(stmt.message):
            held = writer.write(stmt.condition).doc
        else:
            # What the message takes is taken only when there is something to say.
            failed = writer.write(negated(stmt.condition)).doc
            lines, at, held = [statement("if ", failed, indent, ":")], indent + STEP, Doc("False")
        given: list[tuple[str, Doc]] = [("", held), ("", writer.write(stmt.message).doc)]
        head = "run.check("
        if stmt.attempt is not None:
            name, places = self.names[stmt.attempt]
            given = [("", Doc(str(next(places)))), *given, ("retries=", Doc(str(stmt.retries)))]
            head = f"{name}.check("
        call = bracketed(head, [*given, ("hard=", Doc(str(stmt.hard)))], ")")
        return [*lines, statement("", call, at)]


def negated(condition: Expr) -> Expr:
    """The opposite of a condition."""
    match condition:
        case Operation("not", (inner,)):
            return inner
        case Operation("==" | "!=" as operator, operands):
            return Operation("!=" if operator == "==" else "==", operands, condition.span)
    return Operation("not", (condition,), condition.span)


def breaks(body: tuple[Stmt, ...]) -> bool:
    """Whether a block may end the loop that it stands in."""
    return any(
        isinstance(stmt, Break) or (not isinstance(stmt, For | While) and any(map(breaks, blocks(stmt))))
        for stmt in body
    )
