"""Two mistakes in one text: two diagnostics, each at its place, and what they did not spoil is in the tree."""

from __future__ import annotations

import textwrap

import pytest

from .test_recovery import read

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
