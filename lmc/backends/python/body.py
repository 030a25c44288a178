"""The body of a module as the body of a Python function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lmc.analysis.together import Bind, Puller
from lmc.backends.python.attempts import Attempts, breaks, negated
from lmc.backends.python.awaited import call, type_of
from lmc.backends.python.code import OR, Code
from lmc.backends.python.comparison import release
from lmc.backends.python.expression import Expressions
from lmc.backends.python.known import Known
from lmc.backends.python.layout import STEP, Doc, bracketed, parts, statement
from lmc.backends.python.names import Names, snake
from lmc.ir.program import (
    Assign,
    Attempt,
    Break,
    Check,
    Comprehension,
    Conditional,
    Const,
    Expr,
    For,
    If,
    Let,
    Name,
    Return,
    Stmt,
    While,
)
from lmc.ir.types import NULL, UNKNOWN, Type
from lmc.ir.verify import returns
from lmc.ir.walk import expressions, statements


@dataclass
class Body:
    """Writes the statements of one module. `locals` are the names of its function, `outside` those that it finds taken,
    `written` the variables of the source, `read` those that something reads, `declared` the annotations that names
    have, `pending` the functions that stand before the next statement, `indent` where that begins."""

    known: Known
    expressions: Expressions = field(init=False)
    locals: Names
    returns: Type
    written: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    declared: dict[str, str] = field(default_factory=dict)
    hidden: int = 0
    pending: list[list[str]] = field(default_factory=list)
    indent: int = 0

    def __post_init__(self) -> None:
        self.outside = frozenset(self.locals.taken)
        self.expressions = Expressions(self.known, self)
        self.attempts = Attempts(self.claim, self.expressions)
        self.puller = Puller(self.known.waiting, self.hide, lambda expr: type_of(self.expressions, expr))

    def claim(self, wanted: str) -> str:
        """A name for something that the source has no name for."""
        while wanted in self.written:
            wanted += "_"
        return self.locals.claim(wanted)

    def block(self, body: tuple[Stmt, ...], indent: int, nested: bool = True, whole: bool = False) -> list[str]:
        """The lines of a block. `nested`: what it introduces is out of sight behind it. `whole`: it is the body of a
        function."""
        outer, pending, self.pending = dict(self.expressions.variables), self.pending, []
        stmts: list[Stmt] = []
        for stmt in body:
            before, rest = self.puller.pulled_out(stmt)
            self.read |= {one.name for one in before}
            stmts += [*before, rest]
        lines: list[str] = []
        index = 0
        while index < len(stmts):
            self.indent = indent
            group = self.puller.together(stmts, index)
            found = self.gather(group, indent) if len(group) > 1 else self.statement(stmts[index], indent)
            lines += [*self.hoisted(lines, whole and not lines), *found]
            index += max(len(group), 1)
        if nested:
            self.expressions.variables = outer
        self.pending = pending
        return lines or [" " * indent + "pass"]

    # Functions before a statement.

    def hoisted(self, before: list[str], first: bool) -> list[str]:
        """The functions that stand before a statement, a blank line around each, but none at the start of a
        function."""
        lines: list[str] = []
        for one in self.pending:
            behind = (lines or before)[-1:]
            lines += [*([] if (first and not lines) or behind == [""] else [""]), *one, ""]
        self.pending = []
        return lines

    @contextmanager
    def trying(self) -> Iterator[None]:
        """What is written within is forgotten."""
        count, taken, hidden = len(self.pending), set(self.locals.taken), self.hidden
        yield
        del self.pending[count:]
        self.locals.taken, self.hidden = taken, hidden

    def bind(self, name: str) -> str:
        """The Python name of a variable that only an expression sees."""
        seen = {one for other, (one, _) in self.expressions.variables.items() if other != name}
        python = "_" if " " in name else name
        while python in self.outside or python in seen:
            python += "_"
        return python

    def define(self, wanted: str, params: Sequence[tuple[str, Type]], body: tuple[Stmt, ...], returns: Type) -> str:
        """The name of a coroutine function that is defined before the statement."""
        annotations, expressions = self.known.annotations, self.expressions
        name, indent = self.claim(wanted), self.indent
        taken = set(self.locals.taken)
        outer = dict(expressions.variables), dict(self.declared), self.returns, set(expressions.compared)
        given = []
        for one, type_ in params:
            python = self.bind(one)
            expressions.variables[one] = python, annotations.widened(type_)
            given.append(f"{python}: {annotations.of(type_)}")
        self.declared, self.returns = {}, returns
        head = f"{' ' * indent}async def {name}({', '.join(given)}) -> {annotations.of(returns)}:"
        lines = [head, *self.block(body, indent + STEP, whole=True)]
        expressions.variables, self.declared, self.returns, expressions.compared = outer
        self.indent, self.locals.taken = indent, taken
        self.pending.append(lines)
        return name

    def hide(self, wanted: str) -> str:
        """A name for a value that the source does not name: told apart from the source's by its space."""
        self.hidden += 1
        return f"{snake(wanted)} {self.hidden}"

    # Statements.

    def statement(self, stmt: Stmt, indent: int) -> list[str]:
        """The lines of a statement."""
        match stmt:
            case Let() | Assign():
                return self.binding(stmt, indent)
            case Return(value):
                return self.give_back(value, indent)
            case If():
                return self.branch(stmt, indent)
            case For():
                return self.parallel(stmt, indent) if self.at_once(stmt) else self.loop(stmt, indent)
            case While(condition, bound, body):
                ends: tuple[Stmt, ...] = (If(negated(condition), (Break(),), ()),)
                endless = isinstance(condition, Const) and condition.value is True
                whole = body if endless else (*ends, *body)
                return self.rounds(f"for {self.bind(' ')} in range({bound}):", whole, indent)
            case Break():
                return self.attempts.leave(indent)
            case Attempt():
                return self.attempt(stmt, indent)
            case Check():
                return self.attempts.check(stmt, indent)

    def binding(self, stmt: Bind, indent: int) -> list[str]:
        """A `let` or an assignment."""
        if isinstance(stmt, Let) and stmt.name not in self.read and self.known.is_call(stmt.value):
            return [statement("", self.expressions.write(stmt.value).doc, indent)]
        want = stmt.type if isinstance(stmt, Let) else self.expressions.variables[stmt.name][1]
        code = self.expressions.fitting(stmt.value, want)
        target = self.target(stmt)
        self.note(stmt, code)
        return [statement(f"{target} = ", code.doc, indent)]

    def target(self, stmt: Bind) -> str:
        """What stands before the `=`: the name, with its annotation where it is new."""
        if isinstance(stmt, Assign):
            return self.expressions.variables[stmt.name][0]
        name, annotation = self.introduce(stmt.name, stmt.type)
        return name if annotation is None else f"{name}: {annotation}"

    def note(self, stmt: Bind, code: Code) -> None:
        """Remembers that a type checker knows more of a variable than its type."""
        expressions = self.expressions
        declared = expressions.variables[stmt.name][1]
        if code.type not in (UNKNOWN, declared) and expressions.closed(declared):
            expressions.compared.add(Name(stmt.name))

    def introduce(self, name: str, type_: Type) -> tuple[str, str | None]:
        """The Python name of a new variable, and the annotation that it must be given: none when a variable of an
        earlier block had the same name and type."""
        annotations = self.known.annotations
        annotation = annotations.of(type_)
        python = name
        if " " in name:
            python = name.split(" ")[0]
            while python in self.written:
                python += "_"
        in_sight = {one for one, _ in self.expressions.variables.values()}
        earlier = [one for one, other in self.declared.items() if one.rstrip("_") == python and other == annotation]
        free = [one for one in earlier if one not in in_sight]
        fresh = not free
        python = self.locals.claim(python) if fresh else free[0]
        self.declared[python] = annotation
        self.expressions.variables[name] = python, annotations.widened(type_)
        return python, annotation if fresh else None

    def gather(self, group: list[Bind], indent: int) -> list[str]:
        """Calls that are made at the same time."""
        docs = [call(self.expressions, one.value).doc for one in group]
        pad, lines, names = " " * indent, [], []
        for one in group:
            target = self.target(one)
            names.append(target.split(":")[0])
            if ":" in target:
                lines.append(pad + target)
        # Held open: each call is a line.
        calls = bracketed("await run.gather(", [("", doc) for doc in docs], ")")
        return [*lines, statement(", ".join(names) + " = ", opened(calls), indent)]

    def give_back(self, value: Expr, indent: int) -> list[str]:
        """A `return`."""
        code = self.expressions.fitting(value, self.returns)
        if self.known.annotations.widened(self.returns) == UNKNOWN or not self.unseen(value, code):
            return [statement("return ", code.doc, indent)]
        # A type checker wants to see the type of what is returned.
        name, annotation = self.introduce("result ", self.returns)
        target = name if annotation is None else f"{name}: {annotation}"
        del self.expressions.variables["result "]
        return [statement(f"{target} = ", code.doc, indent), f"{' ' * indent}return {name}"]

    def unseen(self, value: Expr, code: Code) -> bool:
        """Whether a type checker may not see the type of a value."""
        if isinstance(value, Conditional):
            branches = (value.then, value.otherwise)
            return code.type == UNKNOWN or any(self.unseen(one, self.expressions.peek(one)) for one in branches)
        return code.type == UNKNOWN

    def branch(self, stmt: If, indent: int) -> list[str]:
        """An `if`, its `else if`s as `elif`s."""
        expressions, before = self.expressions, set(self.expressions.compared)
        lines, word = [], "if "
        while True:
            code = expressions.write(stmt.condition)
            lines.append(statement(word, code.doc, indent, ":"))
            lines += self.inner(stmt.then, indent + STEP)
            release(expressions, stmt.condition, before)
            if len(stmt.otherwise) != 1 or not isinstance(other := stmt.otherwise[0], If):
                break
            if self.known.hoists(other.condition) or self.puller.pulled_out(other)[0]:
                break
            stmt, word = other, "elif "
        if stmt.otherwise:
            lines += [f"{' ' * indent}else:", *self.inner(stmt.otherwise, indent + STEP)]
        return lines

    def inner(self, body: tuple[Stmt, ...], indent: int) -> list[str]:
        """A block within a statement, whose own functions stand before that statement."""
        own, at = self.pending, self.indent
        lines = self.block(body, indent)
        self.pending, self.indent = own, at
        return lines

    def loop(self, stmt: For, indent: int) -> list[str]:
        """A `for`, over as many items as its bound allows."""
        expressions = self.expressions
        code, item = expressions.items(stmt.items, stmt.bound)
        outer = dict(expressions.variables)
        name, _ = self.introduce(stmt.name, item)
        lines = self.rounds(statement(f"for {name} in ", code.doc, indent, ":").lstrip(), stmt.body, indent)
        expressions.variables = outer
        return lines

    def rounds(self, head: str, body: tuple[Stmt, ...], indent: int) -> list[str]:
        """A loop of Python."""
        with self.attempts.within(None):
            return [" " * indent + head, *self.inner(body, indent + STEP)]

    def at_once(self, stmt: For) -> bool:
        """Whether the rounds of a loop run at the same time."""
        return stmt.parallel and not any(self.known.in_turn(one) for one in expressions(stmt.body))

    def parallel(self, stmt: For, indent: int) -> list[str]:
        """A loop whose rounds run at the same time."""
        expressions = self.expressions
        code, item = expressions.items(stmt.items, stmt.bound)
        each = self.define(f"each_{stmt.name.split(' ')[0]}", ((stmt.name, item),), stmt.body, NULL)
        with expressions.inside(stmt.name, item) as name:
            calls = parts("*(", [f"{each}({name})", f"for {name} in {expressions.solid(code, OR).text}"], ")")
        return [statement("", bracketed("await run.gather(", [("", calls)], ")"), indent)]

    def attempt(self, stmt: Attempt, indent: int) -> list[str]:
        """A loop that begins again when a check fails."""
        pad, variables = " " * indent, self.expressions.variables
        saved = [(variables[one][0], self.claim(f"{variables[one][0]}_before")) for one in stmt.restored]
        flag = self.attempts.flag() if breaks(stmt.body) else None
        head, name = self.attempts.head(stmt, indent)
        lines = [f"{pad}{before} = {one}" for one, before in saved]
        lines += [f"{pad}{flag[0]} = False"] if flag and flag[1] else []
        lines += [head, f"{pad}    with {name}:", *(f"{pad}        {one} = {before}" for one, before in saved)]
        own, at = self.pending, self.indent
        with self.attempts.within(flag[0] if flag else ""):
            lines += self.block(stmt.body, indent + 2 * STEP, nested=False)
        self.pending, self.indent = own, at
        if flag:
            lines += [f"{pad}if {flag[0]}:", f"{pad}    break"]
        if returns(stmt.body):
            lines.append(f'{pad}raise AssertionError("an attempt ends with a value or an error")')
        return lines


def opened(doc: Doc) -> Doc:
    """Code that is opened whether it fits on its line or not."""
    return Doc(doc.flat + " " * 200, doc.head, doc.items, doc.tail)


def variables(body: tuple[Stmt, ...]) -> frozenset[str]:
    """The variables that the statements introduce."""
    named = (Let, For)
    own = {one.name for one in statements(body) if isinstance(one, named)}
    return frozenset(own | {one.name for one in expressions(body) if isinstance(one, Comprehension)})


def variables_read(body: tuple[Stmt, ...]) -> frozenset[str]:
    """The variables that something in the statements reads, or gives a new value."""
    assigned = {one.name for one in statements(body) if isinstance(one, Assign)}
    return frozenset(assigned | {one.name for one in expressions(body) if isinstance(one, Name)})
