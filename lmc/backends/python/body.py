"""The body of a module as the body of a Python function."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmc.backends.python.calls import Bind, pulled_out, together
from lmc.backends.python.expression import Code, Expressions, is_path
from lmc.backends.python.layout import STEP, Doc, bracketed, statement
from lmc.backends.python.names import Names
from lmc.elaborate.modules import plain_bound
from lmc.ir.program import Assign, Conditional, Const, Expr, For, If, Invoke, Let, Operation, Predict, Return, Stmt
from lmc.ir.subtype import resolve
from lmc.ir.types import UNKNOWN, ListType, NamedType, Type, UnknownType
from lmc.ir.walk import statements


@dataclass
class Body:
    """Writes the statements of one module. `locals` are the names of its function, `written` the variables of the
    source, `declared` the annotations that names have."""

    expressions: Expressions
    locals: Names
    returns: Type
    written: frozenset[str] = frozenset()
    declared: dict[str, str] = field(default_factory=dict)
    hidden: int = 0

    def block(self, body: tuple[Stmt, ...], indent: int) -> list[str]:
        """The lines of a block."""
        outer = dict(self.expressions.variables)
        stmts: list[Stmt] = []
        for stmt in body:
            before, rest = pulled_out(stmt, self.type_of, self.hide)
            stmts += [*before, rest]
        lines: list[str] = []
        index = 0
        while index < len(stmts):
            group = together(stmts, index)
            if len(group) > 1:
                lines += self.gather(group, indent)
                index += len(group)
            else:
                lines += self.statement(stmts[index], indent)
                index += 1
        self.expressions.variables = outer
        return lines or [" " * indent + "pass"]

    def hide(self, wanted: str) -> str:
        """A name for a value that the source does not name: told apart from the source's by its space."""
        self.hidden += 1
        return f"{wanted} {self.hidden}"

    def type_of(self, expr: Expr) -> Type:
        """The type of a call."""
        if isinstance(expr, Predict):
            annotations = self.expressions.annotations
            thinks = expr.strategy == "chain_of_thought"
            return annotations.reasoned(expr.signature) if thinks else NamedType(expr.signature)
        return self.expressions.modules[expr.module][1] if isinstance(expr, Invoke) else UNKNOWN

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
                return self.loop(stmt, indent)

    def binding(self, stmt: Bind, indent: int) -> list[str]:
        """A `let` or an assignment."""
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
            expressions.assigned(stmt.name)

    def introduce(self, name: str, type_: Type) -> tuple[str, str | None]:
        """The Python name of a new variable, and the annotation that it must be given: none when a variable of an
        earlier block had the same name and type."""
        annotations = self.expressions.annotations
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
        docs = [self.expressions.call(one.value).doc for one in group if isinstance(one.value, Predict | Invoke)]
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
        if not self.unseen(value, code):
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
        pad, lines, word = " " * indent, [], "if "
        tried: list[tuple[Expr, Const]] = []
        first = tested(stmt.condition)
        follow = first is not None and first[0] not in self.expressions.compared
        while True:
            test = tested(stmt.condition)
            if follow and test is not None and tried and self.goes_on(tried, test):
                self.expressions.compared.discard(test[0])
            code = self.expressions.write(stmt.condition)
            if test is not None:
                tried.append(test)
            lines += [statement(word, code.doc, indent, ":"), *self.block(stmt.then, indent + STEP)]
            if len(stmt.otherwise) != 1 or not isinstance(other := stmt.otherwise[0], If):
                break
            if pulled_out(other, self.type_of, str)[0]:
                break
            stmt, word = other, "elif "
        if stmt.otherwise:
            lines += [f"{pad}else:", *self.block(stmt.otherwise, indent + STEP)]
        return lines

    def goes_on(self, tried: list[tuple[Expr, Const]], test: tuple[Expr, Const]) -> bool:
        """Whether a test asks the same variable for a value that no test before it asked for."""
        return all(path == test[0] and value != test[1] for path, value in tried)

    def loop(self, stmt: For, indent: int) -> list[str]:
        """A `for`, over as many items as its bound allows."""
        expressions = self.expressions
        code = expressions.solid(expressions.write(stmt.items), 0)
        shape = resolve(code.type or UNKNOWN, expressions.annotations.named)
        if not isinstance(shape, ListType | UnknownType):
            code, shape = expressions.anything(code), UNKNOWN
        doc = code.doc
        if stmt.bound is not None and not is_short(stmt.items, stmt.bound):
            tight = expressions.solid(code, 9)
            doc = Doc(f"{tight.text}[:{stmt.bound}]")
        outer = dict(expressions.variables)
        item = shape.item if isinstance(shape, ListType) else UNKNOWN
        name, _ = self.introduce(stmt.name, item)
        lines = [statement(f"for {name} in ", doc, indent, ":"), *self.block(stmt.body, indent + STEP)]
        expressions.variables = outer
        return lines


def tested(condition: Expr) -> tuple[Expr, Const] | None:
    """The variable and the value of a condition that asks first whether one is the other."""
    match condition:
        case Operation("and", (first, _)):
            return tested(first)
        case Operation("==", (path, Const() as value)) if is_path(path):
            return path, value
    return None


def is_short(items: Expr, bound: int) -> bool:
    """Whether the source says that there are no more items than the bound."""
    known = plain_bound(items)
    return known is not None and known <= bound


def opened(doc: Doc) -> Doc:
    """Code that is opened whether it fits on its line or not."""
    return Doc(doc.flat + " " * 200, doc.head, doc.items, doc.tail)


def variables(body: tuple[Stmt, ...]) -> frozenset[str]:
    """The variables that the statements introduce."""
    return frozenset(one.name for one in statements(body) if isinstance(one, Let | For))
