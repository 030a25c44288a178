"""Mistakes in calls, control flow, limits, prompts and tests: one sentence for each, at its place, and nothing
around it is lost."""

from __future__ import annotations

import pytest

from lmc.diagnostics import Diagnostic, Sink
from lmc.source import SourceFile
from lmc.syntax import format_file, parse
from lmc.syntax.grammar import table
from lmc.syntax.reading import TEST_CASE, kind_of
from lmc.syntax.tokens import RESERVED

from .test_recovery import read

PLACES = {
    "module": ("module M(a: str) -> str {\n  let first = 1", "  return last\n}"),
    "match": ("module M(a: str) -> str {\n  match a {\n    case 1 first { }", "    case 2 last { }\n  }\n}"),
    "signature": ("signature S {\n  in first: str", "  out last: str\n}"),
    "prompt": ('signature S {\n  prompt {\n    system "first"', '    user "last"\n  }\n}'),
    "test": ('test "t" {\n  M(1) => first', "  N(2) => last\n}"),
    "optimize": ("optimize M {\n  data first", "  metric last\n}"),
    "declaration": ("type first = str", "type last = int"),
}
"""What stands before and after a line with a mistake."""


def mistake(place: str, line: str) -> Diagnostic:
    """The one diagnostic of a line among others, which are kept."""
    before, after = PLACES[place]
    text = f"{before}\n{line}\n{after}\n"
    source, sink = SourceFile("a.lmp", text), Sink()
    kept = format_file(parse(source, sink))
    (diagnostic,) = sink.diagnostics
    assert "first" in kept
    assert "last" in kept
    assert diagnostic.primary is not None
    span = diagnostic.primary.span
    offset = len(before) + 1
    # Before what cannot begin a line, something lacks at the end of the line before.
    assert offset - 1 <= span.end
    assert span.start <= offset + len(line)
    return diagnostic


MISTAKES = [
    # Calls
    ("module", "let r = vote predict X(a)", "expected `tune` or a whole number, found `predict`"),
    ("module", "let r = vote 2.5 predict X(a)", "expected `tune` or a whole number, found `2.5`"),
    ("module", "let r = vote 3", "expected `by` or a strategy such as `predict`, found `return`"),
    ("module", "let r = vote 3 X(a)", "expected `by` or a strategy such as `predict`, found `X`"),
    ("module", "let r = best_of 3 by predict X(a)", "expected a name, found `predict`"),
    ("module", "let r = best_of 3 by m above predict X(a)", "expected a number, found `predict`"),
    ("module", "let r = retrieve docs", "expected `(`, found `return`"),
    ("module", "let r = ensemble (a, b)", "expected `[` or `by`, found `(`"),
    ("module", "let r = ensemble []", "expected a value, found `]`"),
    ("module", "let r = try else a", "expected a value, found `else`"),
    ("module", "let r = tune 1..", "expected a number, found `return`"),
    ("module", "let r = tune 1", "expected `..`, found `return`"),
    ("module", "let r = tune", "expected a number or `{`, found `return`"),
    ("module", "let r = tune {}", "expected a value, found `}`"),
    ("module", "let r = tune { a b }", "expected `,`, found `b`"),
    ("module", "let r = react X(a) using t", "expected `[`, found `t`"),
    ("module", "let r = react X(a) using []", "expected a name, found `]`"),
    ("module", "let r = react X(a) with n: 5", "expected `{`, found `n`"),
    ("module", "let r = react(a)", "expected `,`, `->` or `:`, found `)`"),
    ("module", "let r = [x for in xs]", "expected a name, found `in`"),
    ("module", "let r = [x for x xs]", "expected `in`, found `xs`"),
    ("module", "let r = [x for x in]", "expected a value, found `]`"),
    ("module", "let r = [x for x in xs if]", "expected a value, found `]`"),
    ("module", "let r = [x for x in xs up 3]", "expected `to`, found `3`"),
    ("module", "let r = [x for x in xs", "`[` is not closed"),
    # Control flow
    ("module", "while { break }", "expected a value, found `{`"),
    ("module", "while a up to n { break }", "expected a whole number, found `n`"),
    ("module", "repeat { break }", "expected `up to`, found `{`"),
    ("module", "repeat 3 { break }", "expected `up to`, found `3`"),
    ("module", "repeat up 3 { break }", "expected `to`, found `3`"),
    ("module", "parallel { break }", "expected `for`, found `{`"),
    ("module", "parallel let y = 2", "expected `for`, found `let`"),
    ("module", "parallel for x { break }", "expected `in`, found `{`"),
    ("module", "break a", "no statement begins with `a`"),
    ("module", "case str { break }", "no statement begins with `case`"),
    ("module", "match { case str { break } }", "expected a value, found `{`"),
    ("match", "    { break }", "expected `case`, `else` or `}`, found `{`"),
    ("match", "    str s { break }", "no case begins with `str`"),
    ("match", "    cas str { break }", "no case begins with `cas`"),
    ("match", "    default { break }", "no case begins with `default`"),
    ("match", "    case { break }", "expected a type, found `{`"),
    ("match", "    case str break", "expected `{`, found `break`"),
    ("match", "    case str: { break }", "expected `{` or a name, found `:`"),
    ("match", "    case str { let x = }", "expected a value, found `}`"),
    ("match", "    let x = 3", "expected `case`, `else` or `}`, found `let`"),
    ("module", "assert", "expected a value, found `return`"),
    ("module", 'assert else "x"', "expected a value, found `else`"),
    ("module", "assert a retry", "expected a whole number, found `return`"),
    ("module", "assert a retry two", "expected a whole number, found `two`"),
    ("module", 'suggest a "message"', 'expected `else`, found `"message"`'),
    ("module", 'assert a, "message"', "expected a statement, an operator, `else`, `retry` or `}`, found `,`"),
    # Types
    ("declaration", 'type A = str matching "x"', 'expected a pattern such as `/[a-z]+/`, found `"x"`'),
    ("declaration", "type A = str matching /x", "pattern is not closed"),
    ("declaration", "type A = str matching", "expected a pattern such as `/[a-z]+/`, found `type`"),
    ("declaration", "type A = str mathcing /x/", "unknown keyword `mathcing`"),
    ("declaration", "type A = str up 200", "expected `to`, found `200`"),
    ("declaration", "type A = str up to chars", "expected a whole number, found `chars`"),
    ("declaration", "type A = int ..5", "expected a declaration, found `..`"),
    ("declaration", "type A = int 1-5", "expected `..`, found `-`"),
    ("declaration", "type A = map[str]", "expected `,`, found `]`"),
    # Declarations
    ("declaration", 'tool t(a: str) -> str http "x"', "expected `=`, found `http`"),
    ("declaration", 'tool t(a: str) -> str = "x"', 'expected a name, found `"x"`'),
    ("declaration", 'tool t(a: str) = http "x"', "expected `->`, found `=`"),
    ("declaration", 'extern "t.py" f() -> str', 'expected a name, found `"t.py"`'),
    ("declaration", "extern python f() -> str", "expected a string, found `f`"),
    ("declaration", 'retriever docs "c.jsonl"', 'expected `=`, found `"c.jsonl"`'),
    ("declaration", 'retriver docs = "c.jsonl"', "no declaration begins with `retriver`"),
    ("declaration", "signature S extends { in a: str }", "expected a name, found `{`"),
    ("declaration", "signature S extend T { in a: str }", "unknown keyword `extend`"),
    ("declaration", "signature S(T) { in a: str }", "expected `=`, `extends` or `{`, found `(`"),
    ("declaration", "module M() -> str depth { return a }", "expected a whole number, found `{`"),
    ("declaration", "module M() -> str deth 3 { return a }", "unknown keyword `deth`"),
    ("declaration", "optimize M for gpt { data d }", "expected a string, found `gpt`"),
    ("declaration", 'emit python to "x" { a: 1 }', "expected `with`, found `{`"),
    ("declaration", "test plain { M(1) => a }", "expected a string, found `plain`"),
    ("declaration", 'test "x" M(1) => a', "expected `{`, found `M`"),
    ("declaration", 'test "x" { replies: [] } { M(1) => a }', "expected `with`, found `{`"),
    ("optimize", "  assertions", "expected `off` or `on`, found `metric`"),
    ("optimize", "  assertions maybe", "expected `off` or `on`, found `maybe`"),
    # Prompts
    ("signature", "  prompt", "expected `from`, `{` or a string, found `out`"),
    ("signature", '  prompt = "x"', "expected `from`, `{` or a string, found `=`"),
    ("signature", '  promt "x"', "no clause begins with `promt`"),
    ("prompt", '    sytem "x"', "no message begins with `sytem`"),
    ("prompt", '    tool "x"', "no message begins with `tool`"),
    ("prompt", '    "x"', 'expected `assistant`, `fixed`, `system`, `user` or `}`, found `"x"`'),
    ("prompt", '    fixed "x"', 'expected `assistant`, `system` or `user`, found `"x"`'),
    ("prompt", "    system", "expected `from` or a string, found `user`"),
    ("prompt", '    system: "x"', "expected `from` or a string, found `:`"),
    ("prompt", "    user from x", "expected a string, found `x`"),
    # Tests
    ("test", "  O(3)", "expected `=>`, found `N`"),
    ("test", "  O(3) = 2", "expected `=>`, found `=`"),
    ("test", "  O(3) == 2", "expected `=>`, found `==`"),
    ("test", "  O(3) =>", "expected a value, found `N`"),
    ("test", "  predict S(3)", "expected `=>`, `as`, `using` or `with`, found `N`"),
    ("test", "  predct S(3) => a", "no test case begins with `predct`"),
    ("test", "  O(3 => a", "`(` is not closed"),
    ("test", "  a == 2", "no test case begins with `a`"),
    ("test", "  case O(3) => a", "no test case begins with `case`"),
]


@pytest.mark.parametrize(("place", "line", "message"), MISTAKES)
def test_each_has_one_message(place: str, line: str, message: str) -> None:
    assert mistake(place, line).message == message


@pytest.mark.parametrize(
    ("place", "line", "advice"),
    [
        ("module", "let r = vote predict X(a)", "say how many calls, as in `vote 5 predict Answer(question)`"),
        ("module", "let r = predict(a)", "name a signature before the arguments, as in `predict Answer(question)`"),
        ("module", "repeat up to n { }", "write the number itself: it must be known before the program runs"),
        ("module", 'assert a, "message"', "write `else` before the message"),
        ("module", "case str { break }", "`case` stands in a `match` statement"),
        ("module", 'system "x"', "`system` stands in a `prompt` block"),
        ("module", "budget 3 calls", "`budget` stands in an `optimize` block"),
        ("module", "frobnicate a", "begin it with a word such as `let`, `if`, `for` or `return`"),
        ("declaration", "frobnicate a", "begin it with a word such as `signature`, `module`, `type` or `metric`"),
        ("declaration", 'type A = str matching "x"', "write the pattern between slashes"),
        ("declaration", "type A = str matching /x", r"end it with `/`; within it, write `\/` for a slash"),
        ("declaration", "type A = int ..5", "write the lowest value too, as in `0..5`"),
        ("prompt", '    sytem "x"', "did you mean `system`?"),
        ("prompt", '    tool "x"', "begin it with `assistant`, `fixed`, `system` or `user`"),
        ("test", "  a == 2", "write a call, `=>` and what must hold of its result"),
    ],
)
def test_what_to_do(place: str, line: str, advice: str) -> None:
    assert mistake(place, line).help == advice


CURED = [
    ("repeat { let y = 1 }", "repeat up to 1 {\n    let y = 1\n  }"),
    ("while { let y = 1 }", "while _ {\n    let y = 1\n  }"),
    ("parallel for x { let y = 1 }", "parallel for _ in _ {\n    let y = 1\n  }"),
    ("match { case str { let y = 1 } }", "match _ {\n    case str {\n      let y = 1\n    }\n  }"),
    ("match a { case { let y = 1 } }", "match a {\n    case _ {\n      let y = 1\n    }\n  }"),
    ('suggest a "message"', 'suggest a else "message"'),
    ("let r = react X(a) with n: 5", "let r = react X(a) with { n: 5 }"),
    ("let r = [x for x in xs", "let r = [x for x in xs]"),
    ("let r = predct X(a)", "let r = predict X(a)"),
]


@pytest.mark.parametrize(("line", "kept"), CURED)
def test_what_a_mistake_did_not_spoil_is_in_the_tree(line: str, kept: str) -> None:
    outcome = read(f"module M(a: str) -> str {{\n  {line}\n  return a\n}}\n")
    assert len(outcome.diagnostics) == 1
    assert format_file(outcome.file) == f"module M(a: str) -> str {{\n  {kept}\n  return a\n}}\n"


def test_the_bodies_of_tests_are_told_from_all_other_states() -> None:
    """They have no keyword of their own: a strategy or the end may come, and no other value."""
    bodies = [state for state in table().states if kind_of(state) == TEST_CASE]
    assert bodies
    assert not any({"LPAR", "INT", "STRING", "LET", "CASE"} & {*state} for state in bodies)


def test_a_mistake_behind_an_inner_block_is_one_of_the_outer() -> None:
    outcome = read('signature S { prompt { user "x" } ou b: str }')
    assert [one.message for one in outcome.diagnostics] == ["no clause begins with `ou`"]
    outcome = read("module M(a: str) -> str { match a { case str { return a } cas int { return a } } }")
    assert [one.message for one in outcome.diagnostics] == ["no case begins with `cas`"]


@pytest.mark.parametrize(
    "line", ['import { A } from "a.lmp"', 'import "a.lmp" as a', 'emit python to "out"', "type A = str", 'test "t" {}']
)
def test_a_block_string_without_an_end_ends_before_the_next_declaration(line: str) -> None:
    outcome = read(f'signature S {{\n  """\n  Doc.\n  in a: str\n}}\n{line}\n')
    assert outcome.places == ["LMP0002 2:3"]
    assert line in format_file(outcome.file)


def test_lines_that_are_not_indented_stay_in_their_body() -> None:
    outcome = read("module M(a: str) -> str {\nmatch a {\ncase str s { return s }\ncase = 3\n}\nreturn a\n}\n")
    assert outcome.places == ["LMP0001 4:6"]
    assert outcome.names == ["M"]


# Reserved words as names

NAMES = [
    "type {} = str",
    "type A = {{ {}: str }}",
    'lm {} = "a/b"',
    'data {} = "d"',
    'import {{ {} }} from "a.lmp"',
    'import {{ A as {} }} from "a.lmp"',
    "signature {} {{ in a: str out b: str }}",
    "signature S {{ in {}: str out b: str }}",
    "signature S = {} -> b",
    "module {}(a: str) -> str {{ return a }}",
    "module M({}: str) -> str {{ return a }}",
    "module M(a: str) -> str {{ let {} = a return a }}",
    "module M(a: str) -> str {{ for {} in a {{ }} return a }}",
    "module M(a: str) -> str {{ return a.{} }}",
    "module M(a: str) -> str {{ return {{ {}: a }} }}",
    "module M(a: str) -> str {{ return f({}: a) }}",
    "metric m(want, {}) = 1",
    "optimize M {{ passes a, {}(k: 1) }}",
    'extern python "t.py" {}(a: str) -> str',
    'tool {}(a: str) -> str = http "x"',
    'retriever {} = "x"',
]


@pytest.mark.parametrize("form", NAMES)
def test_a_reserved_word_is_no_name(form: str) -> None:
    for word in RESERVED:
        text = form.format(word)
        if word == "ensemble" and "passes" in form:  # a pass has this name
            assert not read(text).diagnostics
            continue
        (diagnostic,) = read(text).diagnostics
        assert (diagnostic.code, diagnostic.message) == ("LMP0013", f"`{word}` is a word of the language")
        assert diagnostic.help == "choose another name"
        assert diagnostic.primary is not None
        assert text[diagnostic.primary.span.start : diagnostic.primary.span.end] == word


@pytest.mark.parametrize(
    "line", ["match = 3", "vote = 3", "let x = vote + 1", "let x = f(compare, 1)", "let x = tune.a", "let x = match"]
)
def test_a_reserved_word_is_no_variable(line: str) -> None:
    (diagnostic,) = read(f"module M(a: str) -> str {{ {line} return a }}").diagnostics
    assert diagnostic.code == "LMP0013"


def test_a_reserved_word_among_the_values_of_an_enum_stands_in_quotes() -> None:
    text = "type A = enum { match, other, vote }"
    first, second = read(text).diagnostics
    assert (first.help, second.help) == ('write `"match"`', 'write `"vote"`')
    for one in (second, first):
        assert one.fix is not None
        text = text[: one.fix.span.start] + one.fix.replacement + text[one.fix.span.end :]
    assert not read(text).diagnostics
    assert text == 'type A = enum { "match", other, "vote" }'


def test_all_reserved_words_that_are_names_are_reported() -> None:
    outcome = read("module try(a: str, if: int) -> match { let vote = a return vote + 1 }")
    assert [one.message.split()[0] for one in outcome.diagnostics] == ["`try`", "`if`", "`match`", "`vote`", "`vote`"]


@pytest.mark.parametrize("line", ["let x =", "let x = a +", "return f(", "if", "x = not", "let x = a.", "let x: "])
def test_a_missing_name_or_value_is_not_taken_for_a_reserved_word_on_the_next_line(line: str) -> None:
    for following in ("break", "return a", "let y = a", "assert a", "match a { }", "parallel for x in a { }"):
        outcome = read(f"module M(a: str) -> str {{\n  {line}\n  {following}\n}}\n")
        assert "LMP0013" not in {one.code for one in outcome.diagnostics}


# Any text

EXAMPLE = r'''# What is outside, and calls of all kinds.
type Code = str matching /[a-z]{2}\/\d+/ | int 1..5 | map[str, int 0..]
extern python "tools.py" calculate(e: str) -> str "Computes."
tool weather(city: str up to 9 chars) -> { t: float } = http "GET x" { timeout: 5 } "Looks."
retriever docs: { text: str } = "corpus.jsonl" { k: 3 }
signature Better extends lib.Answer {
  in context: list[str]
  prompt {
    fixed system """
      You are {{ instruction }}
    """
    user from "a.txt"
  }
}
module M(q: str, n: int) -> Better depth 3 {
  let xs = [f.text for f in retrieve docs(q, tune 1..8 at 3) if len(f.text) > 3 up to 5]
  let b = best_of tune 2..4 by m above 0.8 predict Answer(q) as s with { lm: tune { small, big } }
  let c = react Answer(q) using [calculate, weather]
  let e = try vote 3 predict Answer(q) else ensemble [b, c]
  let f = tune { predict, chain_of_thought } Answer(q)
  while n > 3 up to 4 { break }
  repeat up to 3 { n = n - 1 }
  parallel for x in xs up to 3 { let y = f"{x if n else q}" }
  match b.answer {
    case "A" | "B" { return b }
    case str s { return c }
    else { return e }
  }
  assert b.answer != "x" else f"bad {b}" retry 2
  suggest len(xs) < 3
  return f
}
optimize M for "gpt" { data rows metric m assertions off }
emit prompts, python to "out" for "gpt" with { self_contained: true }
test "plain" with { replies: ["a"] } {
  M("q", 1) => answer == "x"
  predict One("q") => b == "y"
}
'''


def test_the_example_has_no_mistake() -> None:
    assert not read(EXAMPLE).diagnostics


def test_every_beginning_of_a_program_is_read() -> None:
    for end in range(0, len(EXAMPLE), 2):
        outcome = read(EXAMPLE[:end])
        assert len(outcome.diagnostics) <= 2, EXAMPLE[:end]


def test_a_program_without_any_one_character_is_read() -> None:
    for place in range(0, len(EXAMPLE), 4):
        assert len(read(EXAMPLE[:place] + EXAMPLE[place + 1 :]).diagnostics) <= 3


JUNK = [
    "match a { ",
    "case ",
    "case A { ",
    'test "x" { ',
    'test "x" { M(',
    "M(1) => ",
    "[x for x in ",
    "vote ",
    "try ",
    "tune { ",
    "ensemble [",
    "repeat up to 3 { ",
    "parallel for ",
    "signature S { prompt { ",
    "type A = str matching /\n",
    "type A = map[",
    "assert a else ",
]


@pytest.mark.parametrize("text", JUNK)
def test_a_lot_of_anything_is_no_harm(text: str) -> None:
    assert read(text * 2000).diagnostics
