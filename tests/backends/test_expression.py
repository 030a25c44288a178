"""Expressions as Python mean what they mean to the interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from lmc.backends.python import Python
from lmc.backends.python.annotation import Annotations
from lmc.backends.python.body import Body
from lmc.backends.python.expression import Expressions
from lmc.backends.python.known import Known
from lmc.backends.python.names import Names
from lmc.diagnostics import Sink
from lmc.execute.expression import IMPLEMENTATIONS, compile_expr
from lmc.ir.program import (
    Apply,
    Conditional,
    Const,
    Expr,
    For,
    If,
    Interpolation,
    Item,
    Let,
    ListOf,
    Member,
    Module,
    Name,
    Operation,
    Program,
    RecordOf,
    Return,
    Stmt,
)
from lmc.ir.types import BOOL, FLOAT, INT, STR, Field, ListType, RecordType, Type, UnionType

VALUES: dict[str, tuple[Type, Any]] = {
    "i": (INT, 3),
    "x": (FLOAT, 2.5),
    "s": (STR, 'a "b" {c}\n'),
    "b": (BOOL, True),
    "n": (UnionType((STR, INT)), 7),
    "l": (ListType(STR), ["p", "q"]),
    "r": (RecordType((Field("class", STR), Field("n", INT))), {"class": "k", "n": 1}),
}

Exprs = st.SearchStrategy[Expr]


def apply(name: str, *arguments: Exprs) -> Exprs:
    """A call of a library function."""
    return st.tuples(*arguments).map(lambda given: Apply(name, given))


def operate(operators: str, left: Exprs, right: Exprs) -> Exprs:
    """A use of one of the operators."""
    return st.builds(lambda sign, *two: Operation(sign, two), st.sampled_from(operators.split()), left, right)


def grown(depth: int) -> dict[str, Exprs]:
    """Strategies of expressions by type, nested so deep."""
    leaves: dict[str, Exprs] = {
        "int": st.one_of(st.integers(-9, 9).map(Const), st.sampled_from([Name("i"), Member(Name("r"), "n")])),
        "float": st.one_of(st.sampled_from([0.5, -1.25, 1e20]).map(Const), st.just(Name("x"))),
        "str": st.one_of(
            st.text("a'\"{}\\\n", max_size=3).map(Const), st.sampled_from([Name("s"), Member(Name("r"), "class")])
        ),
        "bool": st.one_of(st.booleans().map(Const), st.just(Name("b"))),
        "list": st.just(Name("l")),
    }
    if depth == 0:
        return leaves
    inner = grown(depth - 1)
    number = st.one_of(inner["int"], inner["float"])
    anything = st.one_of(*inner.values(), st.just(Name("n")), st.just(Const(None)))
    texts = st.lists(st.one_of(st.text("a'\"{}\\", max_size=2), anything), max_size=3)

    def choice(kind: str) -> Exprs:
        return st.builds(Conditional, inner["bool"], inner[kind], inner[kind])

    return {
        "int": st.one_of(
            leaves["int"],
            operate("+ - *", inner["int"], inner["int"]),
            inner["int"].map(lambda one: Operation("neg", (one,))),
            apply("len", st.one_of(inner["str"], inner["list"])),
            choice("int"),
        ),
        "float": st.one_of(
            leaves["float"], operate("+ - *", number, number), operate("/ // %", number, st.just(Const(4)))
        ),
        "str": st.one_of(
            leaves["str"],
            operate("+", inner["str"], inner["str"]),
            texts.map(lambda parts: Interpolation(tuple(parts))),
            apply("upper", inner["str"]),
            apply("text", anything),
            apply("json", st.builds(lambda value: RecordOf((("k", value),)), anything)),
            inner["list"].map(lambda one: Item(Operation("+", (one, ListOf((Const("z"),)))), Const(0))),
            choice("str"),
        ),
        "bool": st.one_of(
            leaves["bool"],
            operate("and or", inner["bool"], inner["bool"]),
            operate("== != < <= > >=", number, number),
            *(operate("== !=", inner[kind], inner[kind]) for kind in ("str", "bool", "list")),
            operate("== !=", st.just(Name("n")), st.one_of(inner["str"], inner["int"], st.just(Const(None)))),
            operate("in", inner["str"], st.one_of(inner["str"], inner["list"])),
            inner["bool"].map(lambda one: Operation("not", (one,))),
            choice("bool"),
        ),
        "list": st.one_of(
            leaves["list"],
            st.lists(inner["str"], max_size=3).map(lambda items: ListOf(tuple(items))),
            operate("+", inner["list"], inner["list"]),
            apply("take", inner["list"], inner["int"]),
            choice("list"),
        ),
    }


def written(expr: Expr) -> str:
    """The expression as Python."""
    return writer().write(expr).text


def writer() -> Expressions:
    """Writes expressions on the variables of `VALUES`."""
    annotations = Annotations(Program("p"), Names())
    expressions = Body(Known(annotations, lambda name: f"_{name}"), Names(), STR).expressions
    expressions.variables = {name: (name, annotations.widened(type_)) for name, (type_, _) in VALUES.items()}
    return expressions


@settings(max_examples=400, deadline=None)
@given(st.one_of(*grown(3).values()))
def test_python_gives_the_interpreters_value(expr: Expr) -> None:
    values = {name: value for name, (_, value) in VALUES.items()}
    scope = {f"_{name}": one for name, one in IMPLEMENTATIONS.items() if not name.startswith("_")}
    scope |= {"cast": lambda _, value: value, "Any": None, **values}
    want = compile_expr(expr)(dict(values))
    got = eval(written(expr), scope)
    assert (type(got), got) == (type(want), want)


def test_null_is_told_by_identity() -> None:
    assert written(Operation("==", (Name("n"), Const(None)))) == "n is None"
    assert written(Operation("!=", (Const(None), Name("n")))) == "n is not None"


def test_interpolations_are_f_strings_where_quotes_allow() -> None:
    assert written(Interpolation(("It's ", Name("s"), " {", Name("i"), "}"))) == 'f"It\'s {s} {{{_text(i)}}}"'
    assert written(Interpolation(("a ", Member(Name("r"), "class")))) == "f\"a {_text(r['class'])}\""
    assert written(Interpolation(('"', Member(Name("r"), "class")))) == '\'"\' + _text(r["class"])'


def test_comparisons_stay_as_they_are() -> None:
    """A type checker that has narrowed a variable may take a comparison for a mistake: then it is told not to mind."""
    one = Operation("==", (Name("n"), Const("a")))
    two = Operation("==", (Name("n"), Const("b")))
    expressions = writer()
    assert expressions.write(Operation("or", (one, two))).text == 'n == "a" or n == "b"'
    assert not expressions.decided
    assert expressions.write(Operation("and", (one, two))).text == 'n == "a" and n == "b"'
    assert expressions.decided


def test_the_branches_of_a_choice_are_no_mistakes() -> None:
    one = Operation("==", (Name("n"), Const("a")))
    two = Operation("==", (Name("n"), Const("b")))
    expressions = writer()
    expressions.write(Conditional(one, Const(1), Conditional(two, Const(2), Const(3))))
    assert not expressions.decided
    expressions.write(one)
    assert expressions.decided


TYPES = {"int": INT, "float": FLOAT, "str": STR, "bool": BOOL, "list": ListType(STR)}


def random_modules(count: int) -> list[Module]:
    """Modules of random statements, the same every time."""
    found: list[list[tuple[str, Expr]]] = []
    kinds = grown(3)

    @seed(0)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(
        st.lists(
            st.sampled_from([*TYPES]).flatmap(lambda kind: st.tuples(st.just(kind), kinds[kind])),
            min_size=1,
            max_size=4,
        )
    )
    def collect(parts: list[tuple[str, Expr]]) -> None:
        found.append(parts)

    collect()
    params = tuple(Field(name, type_) for name, (type_, _) in VALUES.items())
    modules = []
    for number, parts in enumerate(found):
        body: list[Stmt] = []
        for index, (kind, expr) in enumerate(parts[:-1]):
            body.append(Let(f"v{index}", TYPES[kind], expr))
            if kind == "bool":
                first, last = (Let("w", TYPES[one[0]], one[1]) for one in (parts[0], parts[-1]))
                body.append(If(expr, (first,), (last,)))
            elif kind == "list":
                body.append(For("one", expr, 3, (Let("w", STR, Name("one")),)))
        body.append(Return(parts[-1][1]))
        modules.append(Module(f"M{number}", params, TYPES[parts[-1][0]], tuple(body)))
    return modules


def test_random_statements_are_formatted_and_check(tmp_path: Path) -> None:
    """Whatever an expression is made of: nothing is to be formatted, and strict checking finds nothing."""
    (data,) = Python().emit(Program("random", modules=tuple(random_modules(120))), "random.lmp", Sink()).values()
    (tmp_path / "module.py").write_bytes(data)
    for command in (
        ["ruff", "format", "--isolated", "--line-length", "120", "--no-cache", "--diff"],
        ["mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command, str(tmp_path / "module.py")], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
