"""Well-typed programs as source, drawn at random, with every construct of the language. What they ask an LM may fail,
and so may what they compute; they always compile."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

PRELUDE = r'''
lm small = "openai/some"
lm big = "openai/other" { temperature: 0.5 }

type Color = "red" | "green" | "blue"
type Pair = { left: str, right: int 0..9 as "Right side" }
type Tree = { label: str, children: list[Tree] up to 2 }

signature Ask { "Answer the question." in question: str out answer: str }
signature Guess { "Guess." in question: str out answer: str }
signature Count { "Count." in text: str out number: int 0..5 }
signature Pick {
  "Pick a color."
  in text: str
  in hints: list[str]
  out color: Color
  out sure: bool
  demo { text: "the sky", hints: [] => color: "blue", sure: true }
  demo { text: "a b", hints: ["x"] => color: "red", sure: false }
  demo { text: "grass", hints: ["y", "z"] => color: "green", sure: true }
}
signature Split { "Split the text." in text: str out parts: list[str] up to 2 }
signature Grow { "Grow a tree." in text: str out tree: Tree }
signature Price { "Find prices." in text: str out prices: map[str, float] }
signature Either { "Find it." in text: str out found: Pair | "none" out why: str? }
signature Code { "Give the code." in text: str out code: str matching /[a-z]{2}-\d+/ out note: str up to 8 chars }
signature Own {
  "Sort it."
  in text: str
  in tags: list[str]
  out label: "spam" | "ham"
  demo { text: "buy", tags: [] => label: "spam" }
  prompt {
    system "{{ instruction }} {{ format }}"
    fixed user """
      {{ demos }}
      {% for tag in tags %}[{{ loop.index }} {{ tag | upper }}]{% else %}no tags{% endfor %}
      {% if text | length > 3 %}Long: {{ text | trim }}{% else %}{{ text }}{% endif %}
      Label:
    """
  }
}

module Shout(text: str) -> str {
  "Writes a text in capitals."
  return upper(text)
}
module Lookup(text: str) -> str {
  "Looks something up."
  return (predict Guess(text)).answer
}
module Half(text: str) -> float {
  return 10 / len(text)
}
module Solve(text: str) -> str depth 2 {
  let split = predict Split(text)
  if len(split.parts) < 1 { return text }
  return join([Solve(one) for one in split.parts up to 2], "+")
}
module Judge(question: str, answer: str) -> bool {
  return (predict (question, answer -> right: bool)(question, answer)).right
}

metric short(want, got) = 1.0 / (1 + len(got.answer)) + 0.0 * len(want.question)
metric brief(want, got) = 1.0 / (1 + len(got.answer))
metric judged(want, got) = {
  score: 1.0 if Judge(want.question, got.answer) else 0.25,
  feedback: f"no: {got.answer}",
}
metric twice(want, got) = {
  score: (1.0 if Judge(want.question, got.answer) == Judge(got.answer, want.question) else 0.0) / len(got.answer),
  feedback: try f"{Judge(got.answer, "x")}" else error,
}
'''

DECLARATIONS = {re.findall(r"\w+", one)[1]: one for one in re.split(r"\n(?=\w)", PRELUDE.strip())}
"""Each declaration of the prelude, by its name."""


def needed(text: str) -> str:
    """What a text needs of the prelude, in its order."""
    found = {"small", "big"}
    todo = [text]
    while todo:
        named = DECLARATIONS.keys() & set(re.findall(r"\w+", todo.pop())) - found
        found |= named
        todo += [DECLARATIONS[name] for name in named]
    return "\n".join(one for name, one in DECLARATIONS.items() if name in found)


STR, INT, FLOAT, BOOL, COLOR, TEXTS, NOTE = "str", "int", "float", "bool", "Color", "list[str]", "str?"
TYPES = (STR, STR, STR, INT, FLOAT, BOOL, COLOR, TEXTS, NOTE)
LITERALS = {
    STR: ('"x"', '"a b"', '""', '"größe"', '"say \\"no\\""'),
    INT: ("0", "1", "3", "-2"),
    FLOAT: ("0.5", "2.0"),
    BOOL: ("true", "false"),
    COLOR: ('"red"', '"blue"'),
    TEXTS: ("[]", '["a"]', '["x", "", "y z"]'),
    NOTE: ("null", '"n"'),
}
ANSWERED = (
    "predict Ask({q})",
    "predict Ask({q})",
    "predict Ask({q}) with {{ retries: {n} }}",
    "chain_of_thought Ask({q})",
    "tune {{ predict, chain_of_thought }} Ask({q})",
    "tune {{ chain_of_thought, predict }} Guess({q}) with {{ temperature: tune 0.0..1.0, lm: tune {{ big, small }} }}",
    'predict Ask({q}) with {{ layout: {{ turns: "completion", fields: "xml", reply: "json" }} }}',
    "vote 3 predict Ask({q})",
    "vote 2 chain_of_thought Ask({q}) with {{ retries: 0 }}",
    "best_of 2 by short predict Ask({q})",
    "best_of 3 by judged above 0.5 predict Ask({q})",
    "refine 2 by judged predict Ask({q})",
    "refine 2 by twice predict Ask({q})",
    "best_of 2 by twice predict Ask({q}) with {{ retries: 2 }}",
    "refine 3 by short above 0.2 chain_of_thought Ask({q})",
    "compare 2 predict Ask({q})",
    "ensemble [predict Ask({q}), predict Guess({q}), chain_of_thought Ask({q})]",
    "ensemble by brief [predict Ask({q}), predict Guess({q}) with {{ retries: 0 }}]",
    "react Ask({q}) using [Shout, Lookup, Half] with {{ steps: 2 }}",
)
"""Calls with an output `answer`."""


@dataclass
class Writer:
    """Writes one module. `scope` has the variables in sight with their types, `mutable` those that may be assigned, and
    `frozen` those that must not be, because they are outside of a `parallel for`."""

    draw: Callable[..., Any]
    scope: dict[str, str] = field(default_factory=lambda: {"text": STR, "texts": TEXTS})
    mutable: set[str] = field(default_factory=set)
    number: int = 0
    sites: int = 0
    loops: int = 0
    parallel: bool = False

    def pick(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.draw(st.sampled_from(choices))

    def chance(self, percent: int) -> bool:
        """True so often."""
        return bool(self.draw(st.integers(0, 99)) < percent)

    def fresh(self) -> str:
        """A new name."""
        self.number += 1
        return f"v{self.number}"

    # Expressions

    def expr(self, type_: str, depth: int, calls: bool = True) -> str:
        """An expression of a type."""
        known = [name for name, one in self.scope.items() if one == type_]
        if depth <= 0:
            return str(self.pick(*known)) if known and self.chance(75) else str(self.pick(*LITERALS[type_]))
        if calls and self.chance(45):
            return self.call(type_, depth)
        # What is tried, and both branches of a conditional, are of one type only where none has a limit or literals.
        joined = type_ != TEXTS
        if joined and self.chance(12):
            whole = (self.expr(type_, depth - 1, calls), self.condition(depth - 1, calls))
            return f"({whole[0]} if {whole[1]} else {self.expr(type_, depth - 1, calls)})"
        if joined and calls and self.chance(15):
            other = 'f"!{error}"' if type_ in (STR, NOTE) and self.chance(60) else self.expr(type_, depth - 1)
            return f"(try {self.expr(type_, depth)} else {other})"
        return self.pure(type_, depth - 1, calls)

    def pure(self, type_: str, depth: int, calls: bool) -> str:
        """An operation that gives a type."""

        def one(wanted: str) -> str:
            return self.expr(wanted, depth, calls)

        forms: dict[str, tuple[Callable[[], str], ...]] = {
            STR: (
                lambda: f"({one(STR)} + {one(STR)})",
                lambda: f'f"{{{self.plain()}}}: {{{self.plain()}}}"',
                lambda: f'join({one(TEXTS)}, ", ")',
                lambda: f'default({one(NOTE)}, "none")',
                lambda: f"{one(TEXTS)}[{self.pick(0, -1, 1)}]",
                lambda: f"{self.pick('upper', 'strip', 'text', 'json')}({one(STR)})",
            ),
            INT: (
                lambda: f"len({one(self.pick(STR, TEXTS))})",
                lambda: f"({one(INT)} {self.pick('+', '-', '*', '//', '%')} {one(INT)})",
            ),
            FLOAT: (lambda: f"({one(INT)} / {one(INT)})", lambda: f"round({one(FLOAT)}, 1)"),
            BOOL: (lambda: f"({self.condition(depth, calls)})",),
            TEXTS: (
                lambda: f"[{one(STR)}, {one(STR)}]",
                lambda: f'split({one(STR)}, " ")',
                lambda: f"({one(TEXTS)} + [{one(STR)}])",
                lambda: f"{self.pick('unique', 'sort', 'reverse')}({one(TEXTS)})",
            ),
            NOTE: (lambda: f"first({one(TEXTS)})", lambda: f'extract({one(STR)}, "[a-z]+")'),
        }
        return self.pick(*forms[type_])() if type_ in forms else self.expr(type_, 0)

    def plain(self) -> str:
        """A variable of any type, or a number."""
        return str(self.pick(*(self.scope or ("1",))))

    def condition(self, depth: int, calls: bool) -> str:
        """A truth value that could come out either way."""

        def one(wanted: str) -> str:
            return self.expr(wanted, depth, calls)

        known = [name for name, type_ in self.scope.items() if type_ == BOOL]
        names = [name for name, type_ in self.scope.items() if type_ == COLOR]
        forms: list[Callable[[], str]] = [
            lambda: f"len({one(STR)}) {self.pick('<', '>', '>=')} {self.pick(1, 2, 4)}",
            lambda: f'"a" in {one(STR)}',
            lambda: f"len({one(TEXTS)}) {self.pick('>', '==')} {one(INT)}",
            lambda: f"not starts_with({one(STR)}, {one(STR)})",
        ]
        forms += [lambda: str(self.pick(*known))] * len(known)
        forms += [lambda: f"{self.pick(*names)} {self.pick('==', '!=')} {self.pick(*LITERALS[COLOR])}"] * len(names)
        if depth > 0:
            forms += [lambda: f"({self.condition(depth - 1, calls)}) and ({self.condition(depth - 1, calls)})"]
            forms += [lambda: f"({self.condition(depth - 1, calls)}) or ({self.condition(depth - 1, calls)})"]
            forms += [lambda: self.call(BOOL, depth)] if calls else []
        return str(self.pick(*forms)())

    def call(self, type_: str, depth: int) -> str:
        """A call that gives a type."""
        q = self.expr(STR, depth - 1 if self.chance(40) else 0)
        match type_:
            case "str":
                answered = self.pick(*ANSWERED).format(q=q, n=self.pick(0, 2))
                return str(
                    self.pick(
                        f"({answered}).answer",
                        f"({answered}).answer",
                        f"({answered}).answer",
                        f"(chain_of_thought Guess({q})).reasoning",
                        f"Lookup({q})",
                        f"Solve({q})",
                        f"(predict Own({q}, {self.expr(TEXTS, 0)})).label",
                        f"(predict Grow({q})).tree.label",
                        f"(predict (text -> shorter)({q})).shorter",
                        f"(predict Code({q})).code",
                    )
                )
            case "int":
                return f"({self.pick('predict', 'vote 3 predict', 'chain_of_thought')} Count({q})).number"
            case "bool":
                return str(self.pick(f"(predict Pick({q}, {self.expr(TEXTS, 0)})).sure", f"Judge({q}, {q})"))
            case "Color":
                nearest = self.pick("", f" with {{ nearest: {self.pick(1, 2)} }}")
                return f"(predict Pick({q}, {self.expr(TEXTS, 0)}){nearest}).color"
            case "float":
                return str(self.pick(f"Half({q})", f'default(get((predict Price({q})).prices, "tea"), 1.0)'))
            case "list[str]":
                return str(self.pick(f"(predict Split({q})).parts", self.comprehension(depth)))
        return f"(predict Either({q})).why"

    def comprehension(self, depth: int) -> str:
        """A list of values of calls."""
        items, name = self.expr(TEXTS, 0), self.fresh()
        self.scope[name] = STR
        value = self.expr(STR, depth)
        test = f" if {self.condition(depth - 1, self.chance(30))}" if self.chance(50) else ""
        del self.scope[name]
        return f"[{value} for {name} in {items}{test} up to {self.pick(2, 3)}]"

    # Statements

    def block(self, size: int, depth: int) -> list[str]:
        """Some statements; what they introduce is out of sight behind them."""
        scope, mutable = dict(self.scope), set(self.mutable)
        lines = [line for _ in range(size) for line in self.statement(depth)]
        self.scope, self.mutable = scope, mutable
        return ["  " + line for line in lines]

    def statement(self, depth: int) -> list[str]:
        """The lines of a statement."""
        kinds = ["let"] * 5 + ["assign"] * 2 + ["check"] * 2
        kinds += ["if", "if", "for", "parallel", "while", "repeat", "color", "either"] if depth else []
        kind = self.pick(*kinds)
        mutable = sorted(self.mutable)
        if kind == "assign" and mutable:
            name = str(self.pick(*mutable))
            return [f"{name} = {self.expr(self.scope[name], 2)}"]
        if kind == "check" and self.scope:
            retry = self.pick("", " retry 1", " retry 2")
            return [f"{self.pick('assert', 'suggest')} {self.condition(1, self.chance(20))} else {self.said()}{retry}"]
        if kind == "if":
            lines = [f"if {self.condition(2, self.chance(50))} {{", *self.block(self.pick(1, 2), depth - 1)]
            if not self.parallel and self.chance(25):
                lines.append(f"  return {self.expr(STR, 1)}")
            if self.chance(50):
                lines += ["} else {", *self.block(self.pick(1, 2), depth - 1)]
            return [*lines, "}"]
        if kind in ("for", "parallel"):
            return self.over(kind, depth)
        if kind in ("while", "repeat"):
            head = f"while {self.condition(1, self.chance(50))}" if kind == "while" else "repeat"
            return [f"{head} up to {self.pick(1, 2, 3)} {{", *self.round(depth), "}"]
        if kind in ("color", "either"):
            return self.matched(kind, depth)
        type_ = str(self.pick(*TYPES))
        name, value = self.fresh(), self.expr(type_, 3)
        self.scope[name] = type_
        self.mutable.add(name)
        return [f"let {name}: {type_} = {value}"]

    def said(self) -> str:
        """The message of an assertion."""
        return str(self.pick('"try again"', f'f"not {{{self.plain()}}}"', f"{self.expr(TEXTS, 0)}[0]"))

    def round(self, depth: int) -> list[str]:
        """The body of a loop."""
        body = self.block(self.pick(1, 2), depth - 1)
        if self.chance(40):
            body += [f"  if {self.condition(1, False)} {{", "    break", "  }"]
        return body

    def over(self, kind: str, depth: int) -> list[str]:
        """A loop over items."""
        items, name = self.expr(TEXTS, 1), self.fresh()
        scope, mutable, parallel = dict(self.scope), set(self.mutable), self.parallel
        self.scope[name] = STR
        if kind == "parallel":
            self.mutable, self.parallel = set(), True
            body = self.block(self.pick(1, 2), depth - 1)
        else:
            body = self.round(depth)
        self.scope, self.mutable, self.parallel = scope, mutable, parallel
        word = "parallel for" if kind == "parallel" else "for"
        return [f"{word} {name} in {items} up to {self.pick(2, 3)} {{", *body, "}"]

    def matched(self, kind: str, depth: int) -> list[str]:
        """A `match`."""
        name, hit = self.fresh(), self.fresh()
        if kind == "color":
            return [
                f"let {name}: Color = {self.expr(COLOR, 1)}",
                f"match {name} {{",
                '  case "red" | "green" {',
                *("  " + line for line in self.block(1, depth - 1)),
                "  }",
                '  case "blue" { }',
                "}",
            ]
        result = self.fresh()
        self.scope[result] = STR
        return [
            f'let {result}: str = ""',
            f"let {name} = (predict Either({self.expr(STR, 0)})).found",
            f"match {name} {{",
            f'  case "none" {{ {result} = {self.expr(STR, 1)} }}',
            f'  case Pair {hit} {{ {result} = f"{{{hit}.left}}={{{hit}.right}}" }}',
            "}",
        ]


@dataclass(frozen=True)
class Source:
    """The text of a program, the module to run, and rows for it."""

    text: str
    module: str
    rows: tuple[dict[str, Any], ...]


ROWS = (
    {"text": "a tale", "texts": ["one", "two a", "three"]},
    {"text": "", "texts": []},
    {"text": "größe\n2", "texts": ["", "{{ x }}", "a", "b"]},
)


WHOLE = Source(f"{PRELUDE}\nmodule Main(text: str, texts: list[str]) -> str {{\n  return text\n}}\n", "Main", ROWS)
"""A program with the whole prelude; those that are drawn have what they use of it."""


@st.composite
def sources(draw: Callable[..., Any]) -> Source:
    """A program."""
    return written(Writer(draw), draw(st.integers(1, 4)))


def written(writer: Writer, size: int) -> Source:
    """A program whose main module has so many statements."""
    own = dict(writer.scope)
    lines = [line for _ in range(size) for line in writer.statement(2)]
    shown = [f"{name}={{{name}}}" for name in writer.scope if name not in own]
    tail = writer.expr(STR, 1)
    lines.append(f'return f"{"; ".join(["{text}", *shown])}" + {tail}')
    body = textwrap.indent("\n".join(lines), "  ")
    return Source(f"{needed(body)}\nmodule Main(text: str, texts: list[str]) -> str {{\n{body}\n}}\n", "Main", ROWS)
