"""Mistakes: each is reported once, at its place; what it did not spoil is in the tree; no text is too much."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lmc.diagnostics import CODES, Diagnostic, Sink
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse
from lmc.syntax.tokens import MAX_NESTING


@dataclass(frozen=True)
class Outcome:
    """What came of a text: its tree, its mistakes, and where those are."""

    file: ast.File
    diagnostics: tuple[Diagnostic, ...]
    places: list[str]

    @property
    def names(self) -> list[str]:
        return [node.name.text for node in self.file.declarations if hasattr(node, "name")]


def read(text: str) -> Outcome:
    source, sink = SourceFile("a.lmp", text), Sink()
    file = parse(source, sink)
    places = []
    for one in sink.diagnostics:
        assert one.code in CODES
        assert one.primary is not None
        line, column = source.position(one.primary.span.start)
        places.append(f"{one.code} {line}:{column}")
    return Outcome(file, sink.diagnostics, places)


def only(text: str) -> Diagnostic:
    (diagnostic,) = read(text).diagnostics
    return diagnostic


# What is kept


def test_undamaged_statements_stay() -> None:
    text = """
    module M(a: str) -> str {
      let b = = 1
      let c = 2
      if c ! 3 { let d = 4 let e } else { let f = 6 }
      return c
    }
    """
    (module,) = read(text).file.declarations
    printed = format_file(ast.File((module,)))
    kept = ["let c = 2", "let d = 4", "let f = 6", "return c"]
    assert [line.strip() for line in printed.splitlines() if "let " in line or "return " in line] == kept


def test_an_undamaged_twin_is_read_the_same() -> None:
    text = "type A = {\n  b: str,\n}\n"
    (alone,) = read(text).file.declarations
    assert alone in read(f"lm x =\n{text}metric (").file.declarations


# What is said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type A str", "expected `=`, found `str`"),
        ("type A =", "expected a type, found the end of the file"),
        ("lm a = b", "expected a string, found `b`"),
        ("module M() -> str { let a = }", "expected a value, found `}`"),
        ("module M() -> str { return }", "expected a value, found `}`"),
        ("module M() -> str { if a b }", "expected an operator or `{`, found `b`"),
        ("= 3", "expected a declaration, found `=`"),
        ("optimize M { seed x }", "expected a whole number, found `x`"),
        ("signature S { in a: str } }", "`}` closes nothing"),
        ("type A = \x07", "unexpected character `U+0007`"),
    ],
)
def test_what_was_found_and_what_was_expected(text: str, message: str) -> None:
    assert read(text).diagnostics[0].message == message


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("modul M() -> str { }", "did you mean `module`?"),
        ("Module M() -> str { }", "did you mean `module`?"),
        ("optimize M { bugdet 3 calls }", "did you mean `budget`?"),
        ("module M() -> str { retrun a }", "did you mean `return`?"),
        ("module M() -> str { f(a) }", "keep a value with `let`, or give it back with `return`"),
        ("module M() -> str { if a = b { } }", "write `==` to compare"),
        ("module M() -> str { return a < b < c }", "join two comparisons with `and`, or put one in parentheses"),
        ("module M() -> str { return a; }", "remove it; nothing stands between statements"),
        ("module M() -> str { return !a }", "write `not`"),
        ("lm a = 'local/a'", 'write `"local/a"`'),
        ('lm a = "local/a', 'close it on its line, or write it between `"""` and `"""`'),
    ],
)
def test_what_to_do(text: str, advice: str | None) -> None:
    assert read(text).diagnostics[0].help == advice


def test_a_bracket_that_is_not_closed_shows_where_it_was_opened() -> None:
    text = "module M(a: str) -> str {\n  return f(a\n}\n"
    diagnostic = only(text)
    assert diagnostic.message == "`(` is not closed"
    (opened,) = diagnostic.secondary
    assert (text[opened.span.start], opened.text) == ("(", "opened here")


def test_a_second_comparison_shows_the_first() -> None:
    text = "metric m(a) = a < 2 != 3"
    diagnostic = only(text)
    (first,) = diagnostic.secondary
    assert text[first.span.start : first.span.end] == "<"


@pytest.mark.parametrize(
    ("text", "cured"),
    [
        ("modul M() -> str { }", "module M() -> str { }"),
        ("lm a = 'local/a'", 'lm a = "local/a"'),
        ("optimize M { bugdet 3 calls }", "optimize M { budget 3 calls }"),
        ("module M() -> str { let a = predct S(b) }", "module M() -> str { let a = predict S(b) }"),
    ],
)
def test_a_fix_cures(text: str, cured: str) -> None:
    fix = only(text).fix
    assert fix is not None
    assert text[: fix.span.start] + fix.replacement + text[fix.span.end :] == cured
    assert not read(cured).diagnostics


# Any text

MANY = 10_000
WHOLE = f"module M() -> str {{ return {'{}'} }}"
DEEP = {
    "parentheses": "(" * MANY + "1" + ")" * MANY,
    "open parentheses": "(" * MANY,
    "lists": "[" * MANY + "]" * MANY,
    "records": "{ a: " * MANY + "1" + "}" * MANY,
    "sums": "1" + " + 1" * MANY,
    "negations": "not " * MANY + "a",
    "signs": "-" * MANY + "a",
    "fields": "a" + ".b" * MANY,
    "items": "a" + "[0]" * MANY,
    "choices": "a if b else " * MANY + "c",
}


@pytest.mark.parametrize("case", DEEP)
def test_what_is_nested_too_deeply_is_a_mistake_like_any_other(case: str) -> None:
    outcome = read(f"module M() -> str {{\n  return {DEEP[case]}\n}}\ntype A = str\n")
    assert [one.code for one in outcome.diagnostics] == ["LMP0010"]
    assert outcome.names == ["A"]


@pytest.mark.parametrize(
    "text",
    [
        "type A = " + "list[" * MANY,
        "type A = str" + "?" * MANY,
        "module M() -> str {" + " if a { } else" * MANY + " { } }",
    ],
)
def test_other_deep_things(text: str) -> None:
    assert [one.code for one in read(text).diagnostics] == ["LMP0010"]


def test_what_is_nested_as_deeply_as_may_be_is_read_and_printed() -> None:
    third = MAX_NESTING // 3
    outcome = read(f"metric m(a) = {'(' * third}1{')' * third}{' + [1]' * third}{' - (a' * third}{')' * third}")
    assert not outcome.diagnostics
    assert read(format_file(outcome.file)).file == outcome.file
    hash(outcome.file)
    repr(outcome.file)


JUNK = [
    "$",
    "$ ",
    "a ",
    "} ",
    '" ',
    '"""\n',
    "let ",
    "if else ",
    "signature A { ",
    "a = ",
    "\0",
    "type A = \n",
    'f"{',
    "é",
]


@pytest.mark.parametrize("text", JUNK)
def test_a_lot_of_anything_is_no_harm(text: str) -> None:
    assert read(text * 3000).diagnostics


def test_a_mistake_in_each_of_many_declarations_is_reported() -> None:
    assert len(read("type A =\n" * 300).diagnostics) == 300


EXAMPLE = '''\
# An example with a bit of everything.
import { Intent, Slot as S } from "types.lmp"
lm big = "openai/gpt-4o-mini" { temperature: 0.7, fallback: small }
type Level = enum { low "no hurry", high "now" }
data requests: Row = "snips.jsonl" { split: { train: 200, dev: 0.25, test: rest } }
signature Route {
  """
  Classify the intent of the request.
  """
  in text: str "what the person said"
  out intent: Intent? as "Intent" "of the caller"
  demo { text: "play jazz" => intent: "AddToPlaylist" }
}
module Router(text: str, n: int) -> Route {
  let r = predict Route(text) with { lm: big, demos: [{ text: "a" }] } # why
  let q = f"about {text} and {f("}")}, {{braces}}"
  if r.intent == "A" and not (n > 3) { return r } else if n in [1, 2] { n = n + 1 } else { }
  for x in split(text, " ") up to 5 { let t = predict (a -> b)(x) as s  n = n - len(t.b) }
  return Router(text, n - 1) if n > 0 else r
}
metric accuracy(want, got) = exact(want.intent, got.intent)
optimize Router { data requests metric accuracy budget 600 calls, 1.5 dollars passes labeled(k: 8), layout }
emit prompts, python to "build/router"
'''


def test_the_example_has_no_mistake() -> None:
    assert not read(EXAMPLE).diagnostics


def test_every_beginning_of_a_program_is_read() -> None:
    for end in range(len(EXAMPLE)):
        outcome = read(EXAMPLE[:end])
        assert len(outcome.diagnostics) <= 2, EXAMPLE[:end]


def test_a_program_without_any_one_character_is_read() -> None:
    for place in range(0, len(EXAMPLE), 2):
        read(EXAMPLE[:place] + EXAMPLE[place + 1 :])
