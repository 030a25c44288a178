"""Mistakes: each is reported once, at its place; what it did not spoil is in the tree; no text is too much."""

from __future__ import annotations

import textwrap
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


# Two mistakes, two diagnostics

TWO = {
    "a missing mark in each of two declarations": (
        """
        type A "x"
        lm b "local/b"
        """,
        ["LMP0001 1:8", "LMP0001 2:6"],
        ["A", "b"],
    ),
    "a missing type at the end of two lines": (
        """
        type A =
        signature S {
          in a:
          in b: str
          out c: str
        }
        """,
        ["LMP0001 1:8", "LMP0001 3:7"],
        ["S"],
    ),
    "a keyword for another, which is where a type was missing": (
        """
        signature S {
          in a: str
          out b:
          out c: int
          demo { a: 1 => c: }
        }
        """,
        ["LMP0001 3:8", "LMP0001 5:21"],
        ["S"],
    ),
    "two words that begin no declaration": (
        """
        signatur S {
          in a: str
          out b: str
        }
        frobnicate all the things
        type A = str
        """,
        ["LMP0005 1:1", "LMP0005 5:1"],
        ["S", "A"],
    ),
    "two misspelt clauses": (
        """
        optimize M { data d metrc m budgt 600 calls seed 3 }
        """,
        ["LMP0006 1:21", "LMP0006 1:29"],
        [],
    ),
    "clauses that lack their keyword": (
        """
        signature S {
          text: str
          out a: str
        }
        optimize M {
          data d
          600 calls
          metric m
        }
        """,
        ["LMP0006 2:3", "LMP0001 6:8"],
        ["S"],
    ),
    "two misspelt statements": (
        """
        module M(a: str) -> str {
          lett b = a
          fro x in b { let c = x }
          return b
        }
        """,
        ["LMP0005 2:3", "LMP0005 3:3"],
        ["M"],
    ),
    "two misspelt words within expressions": (
        """
        module M(a: str) -> str {
          let b = predct S(a)
          let c = a adn b
          return b
        }
        """,
        ["LMP0005 2:11", "LMP0005 3:13"],
        ["M"],
    ),
    "two strings without an end": (
        """
        signature S {
          "Doc of it.
          in a: str "the text
          out b: str
        }
        type A = str
        """,
        ["LMP0002 2:3", "LMP0002 3:13"],
        ["S", "A"],
    ),
    "a string without an end within brackets, and a mistake in the next statement": (
        """
        module M(a: str) -> str {
          let b = f("abc, [a)
          let c = 1 +
          return a
        }
        type A = str
        """,
        ["LMP0002 2:13", "LMP0001 3:13"],
        ["M", "A"],
    ),
    "a block string without an end, and a mistake after it": (
        '''
        signature S {
          """
          Doc of it.
          in a: str
        }
        type A = str
        type B = = int
        ''',
        ["LMP0002 2:3", "LMP0001 7:10"],
        ["S", "A"],
    ),
    "a block string without an end before another": (
        '''
        signature S {
          """
          Doc of it.
        }
        signature T {
          """
          Doc of T.
          """
          in a: str
          out b: str
        }
        type B = = int
        ''',
        ["LMP0002 2:3", "LMP0001 12:10"],
        ["S", "T"],
    ),
    "an f-string without an end and one with an empty hole": (
        """
        module M(a: str) -> str {
          let b = f"{a} {f(
          let c = f"{}"
          return a
        }
        """,
        ["LMP0002 2:11", "LMP0001 3:14"],
        ["M"],
    ),
    "a block that is not closed before the next declaration": (
        """
        module M(a: str) -> str {
          return a

        module N(a: str) -> str {
          let b = a
        type A = str
        """,
        ["LMP0003 2:10", "LMP0003 5:11"],
        ["M", "N", "A"],
    ),
    "an inner block that is not closed, told by its indentation": (
        """
        module M(a: str) -> str {
          if a == "x" {
            let b = a
          return a
        }
        type A = $ str
        """,
        ["LMP0003 4:10", "LMP0009 6:10"],
        ["M", "A"],
    ),
    "brackets that are not closed before the next statement": (
        """
        module M(a: str) -> str {
          let b = f(a, [1, 2
          let c = predict S(a) with { lm: small
          return b
        }
        """,
        ["LMP0003 2:20", "LMP0003 3:35"],
        ["M"],
    ),
    "a parameter list and a list of fields that are not closed": (
        """
        module M(a: str -> str {
          return a
        }
        type A = { b: list[str, c: int }
        """,
        ["LMP0003 1:13", "LMP0003 4:20"],
        ["M", "A"],
    ),
    "brackets that close nothing": (
        """
        module M(a: str) -> str {
          let b = f(a))
          return a]
        }
        """,
        ["LMP0004 2:15", "LMP0004 3:11"],
        ["M"],
    ),
    "a bracket too many within a statement": (
        """
        module M(a: str) -> str {
          let } = 0
          let b = (1 +) * 2
          return a
        }
        """,
        ["LMP0001 2:7", "LMP0001 3:15"],
        ["M"],
    ),
    "two items of a list": (
        """
        type A = {
          b: ,
          c: str,
          d str,
        }
        """,
        ["LMP0001 2:6", "LMP0001 4:5"],
        ["A"],
    ),
    "the head of a block and a statement in it": (
        """
        module M(a: str, ) -> {
          let b = a
          if b = 1 {
            let c =
          }
          return a
        }
        """,
        ["LMP0001 1:23", "LMP0001 3:8", "LMP0001 4:11"],
        ["M"],
    ),
    "the head of a loop and of a module": (
        """
        module M(a: , b: str) -> str {
          for in b { let c = b }
          return a
        }
        """,
        ["LMP0001 1:13", "LMP0001 2:7"],
        ["M"],
    ),
    "chained comparisons": (
        """
        module M(a: int) -> bool {
          let b = 1 < a < 3
          return a == b not in c
        }
        """,
        ["LMP0008 2:17", "LMP0008 3:17"],
        ["M"],
    ),
    "characters of other languages": (
        """
        module M(a: int) -> bool {
          let b = a && a;
          return 'text'
        }
        """,
        ["LMP0009 2:13", "LMP0009 2:17", "LMP0009 3:10"],
        ["M"],
    ),
    "letters that names do not have, and quotes of a word processor": (
        """
        type Größe = int
        lm a = “local/a”
        """,
        ["LMP0009 1:6", "LMP0009 2:8", "LMP0009 2:16"],
        ["Größe"],
    ),
    "unknown escapes": (
        r"""
        lm a = "local\a"
        lm b = "\u{110000}"
        """,
        ["LMP0007 1:14", "LMP0007 2:9"],
        ["a", "b"],
    ),
    "braces in an f-string": (
        """
        module M(a: str) -> str {
          let b = f"}"
          return f"{a}} \\q"
        }
        """,
        ["LMP0007 2:13", "LMP0007 3:15", "LMP0007 3:17"],
        ["M"],
    ),
    "statements that are none": (
        """
        module M(a: str) -> str {
          f(a)
          a.b += 1
          return a
        }
        """,
        ["LMP0005 2:3", "LMP0005 3:3"],
        ["M"],
    ),
    "statements outside a module, and a declaration within": (
        """
        let a = 1
        module M(a: str) -> str {
          return a
          type A = str
        }
        """,
        ["LMP0001 1:1", "LMP0005 4:3"],
        ["M"],
    ),
    "a missing word between what stands there": (
        """
        import { A } "types.lmp"
        module M(a: str) -> str {
          return predict S(a) { lm: small }
        }
        emit prompts, python "out"
        """,
        ["LMP0001 1:14", "LMP0001 3:23", "LMP0001 5:22"],
        ["M"],
    ),
    "a unit and an amount": (
        """
        optimize M { data d metric m budget 3 call, 4 tokens seed many }
        """,
        ["LMP0005 1:39", "LMP0001 1:59"],
        [],
    ),
    "calls of what is no name": (
        """
        module M(a: str) -> str {
          let b = (1)(2)
          return a[0](3)
        }
        """,
        ["LMP0012 2:12", "LMP0012 3:10"],
        ["M"],
    ),
    "numbers": (
        """
        lm a = "local/a" { b: 1e999, c: 2 }
        optimize M { seed """
        + "9" * 5000
        + """ }
        """,
        ["LMP0011 1:23", "LMP0011 2:19"],
        ["a"],
    ),
}


@pytest.mark.parametrize("case", TWO)
def test_each_mistake_is_reported_once_and_nothing_else_is(case: str) -> None:
    text, places, names = TWO[case]
    outcome = read(textwrap.dedent(text).removeprefix("\n"))
    assert outcome.places == places
    assert outcome.names == names


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
