"""The one form that a tree is written in."""

from __future__ import annotations

import textwrap

import pytest

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse


def read(text: str) -> ast.File:
    sink = Sink()
    file = parse(SourceFile("a.lmp", text), sink)
    assert sink.diagnostics == ()
    return file


def formatted(text: str) -> str:
    """The form of a text; it is a fixed point, and has the same tree and comments."""
    file = read(text)
    out = format_file(file)
    again = read(out)
    assert again.declarations == file.declarations
    assert sorted(one.text for one in again.comments) == sorted(one.text for one in file.comments)
    assert format_file(again) == out
    return out


GOLDEN = {
    "declarations of several kinds": (
        """
        import {Intent,Slot as S,} from "types.lmp"
        import "lib.lmp" as lib
        lm small="local/tiny" {}
        lm big  =  "openai/big" {temperature:0.7,retries:3,}
        type Intent = "A"|"B"
        type Level = enum{low "no hurry",high}
        emit prompts,python to "out"
        """,
        """
        import { Intent, Slot as S } from "types.lmp"
        import "lib.lmp" as lib

        lm small = "local/tiny"
        lm big = "openai/big" { temperature: 0.7, retries: 3 }

        type Intent = "A" | "B"
        type Level = enum { low "no hurry", high }

        emit prompts, python to "out"
        """,
    ),
    "runs of one line stay as they were grouped": (
        """
        lm a = "l/a"
        lm b = "l/b"

        lm c = "l/c"



        lm d = "l/d"
        """,
        """
        lm a = "l/a"
        lm b = "l/b"

        lm c = "l/c"

        lm d = "l/d"
        """,
    ),
    "a signature has a line for each member": (
        """
        signature S { "Doc." in a: str "text" out b: int as "B" "the b"
        demo{a:"x"=>b:1} }
        signature T = a, b : list [str]->c
        """,
        """
        signature S {
          "Doc."
          in a: str "text"
          out b: int as "B" "the b"
          demo { a: "x" => b: 1 }
        }

        signature T = a, b: list[str] -> c
        """,
    ),
    "a module has a line for each statement, and blank lines where they were": (
        """
        module M(a:str,n:int)->S { let b=a

        let c:str?=predict S(a,) if a in [b] { return c } else if not a { } else {n=n-1}
        for x in split(a," ") up to 5 { let d=(x) }
          return b }
        """,
        """
        module M(a: str, n: int) -> S {
          let b = a

          let c: str? = predict S(a)
          if a in [b] {
            return c
          } else if not a {} else {
            n = n - 1
          }
          for x in split(a, " ") up to 5 {
            let d = x
          }
          return b
        }
        """,
    ),
    "an optimize block has a line for each clause": (
        "optimize M { data d metric m budget 600 calls , 1.50 dollars passes a(k:8),b seed 3 }",
        """
        optimize M {
          data d
          metric m
          budget 600 calls, 1.5 dollars
          passes a(k: 8), b
          seed 3
        }
        """,
    ),
    "what is too long for a line has a line for each item": (
        """
        data requests: Row = "data/snips.jsonl" { split: { train: 200, dev: 0.25, test: rest }, seed: 0,
          columns: { text: "t" } }
        module M(text: str "what the person said to the assistant",
          context: list[str] "whatever was said before") -> S {
          let r = predict Route(text: text, context: context) with { lm: small,
            instruction: "Say what it is about.", retries: 2 }
          return text == "one of the longer strings" and
            context[0] == "another of the longer strings" or text in context
        }
        type T = "the first of the longer names" | "the second of the longer names" | "the third of the longer names"
        """,
        """
        data requests: Row = "data/snips.jsonl" {
          split: { train: 200, dev: 0.25, test: rest },
          seed: 0,
          columns: { text: "t" },
        }

        module M(
          text: str "what the person said to the assistant",
          context: list[str] "whatever was said before",
        ) -> S {
          let r = predict Route(text: text, context: context) with {
            lm: small,
            instruction: "Say what it is about.",
            retries: 2,
          }
          return text == "one of the longer strings" and context[0] == "another of the longer strings"
            or text in context
        }

        type T =
          "the first of the longer names"
          | "the second of the longer names"
          | "the third of the longer names"
        """,
    ),
    "a text of several lines stands between triple quotes if it is long or a doc string": (
        r"""
        signature S { "One.\nTwo." in a: str out b: str }
        module M(a: str) -> str {
          let b = split(a, "\n")
          return predict S(a) with {
            instruction: "Say what the request is about.\n\n  Use one of the\tnames. \nNo more." }
        }
        """,
        r'''
        signature S {
          """
          One.
          Two.
          """
          in a: str
          out b: str
        }

        module M(a: str) -> str {
          let b = split(a, "\n")
          return predict S(a) with {
            instruction: """
            Say what the request is about.

              Use one of the\tnames.\u{20}
            No more.
            """,
          }
        }
        ''',
    ),
    "f-strings": (
        r'''
        metric m(a) = f"{ a } and {{ {[a,1]} {f"{a}"} {{a: 1}} {f("\"")}"
        metric n(a) = f"""
          A text of more than one line, with {a} in the middle of the first of them,
          and {a} at the end of the {a}
        """
        ''',
        r'''
        metric m(a) = f"{a} and {{ {[a, 1]} {f"{a}"} {{a: 1}} {f("\"")}"

        metric n(a) = f"""
        A text of more than one line, with {a} in the middle of the first of them,
        and {a} at the end of the {a}
        """
        ''',
    ),
    "parentheses stand where they are needed": (
        """
        metric a(x) = ((x) + (1 * 2)) - (3 - 4)
        metric b(x) = (not (x)) and not (x and x) or (x if x else x)
        metric c(x) = (-x).a + -(x.a) + -(-x) - (-1)
        metric d(x) = (x < 1) == (not (x in x))
        metric e(x) = (x if (x if x else x) else (x if x else x))
        metric f(x) = (predict S(x)).a + (predict S(x) as s).a + ((predict S(x) with { a: 1 })[0])
        type T = ((str | int)?) | (str?) | (bool | float)
        """,
        """
        metric a(x) = x + 1 * 2 - (3 - 4)
        metric b(x) = not x and not (x and x) or (x if x else x)
        metric c(x) = (-x).a + -x.a + --x - -1
        metric d(x) = (x < 1) == (not x in x)
        metric e(x) = x if (x if x else x) else x if x else x
        metric f(x) = predict S(x).a + (predict S(x) as s).a + (predict S(x) with { a: 1 })[0]

        type T = (str | int)? | str? | (bool | float)
        """,
    ),
}


def tidy(text: str) -> str:
    return textwrap.dedent(text).strip("\n") + "\n"


@pytest.mark.parametrize("case", GOLDEN)
def test_the_form(case: str) -> None:
    text, expected = GOLDEN[case]
    assert formatted(textwrap.dedent(text)) == tidy(expected)


def test_members_of_a_signature_stay_in_their_order() -> None:
    text = "signature S {\n  out b: str\n  in a: str\n  demo { a: 1 => b: 2 }\n  in c: str\n}\n"
    assert formatted(text) == text


def test_a_tree_that_was_never_text_has_a_form() -> None:
    name = ast.Ident("S")
    fields = (ast.FieldDecl(ast.Ident("a"), ast.NameType(ast.Ident("str"))),)
    file = ast.File(
        (
            ast.SignatureStmt(name, "Doc.", fields, fields, (ast.DemoDecl((), ()),) * 0),
            ast.TypeStmt(name, ast.RecordBody(fields)),
        )
    )
    assert format_file(file) == 'signature S {\n  "Doc."\n  in a: str\n  out a: str\n}\n\ntype S = { a: str }\n'


def test_an_empty_file_is_empty() -> None:
    assert format_file(ast.File(())) == ""
    assert formatted("\n\n# only this\n\n") == "# only this\n"


@pytest.mark.parametrize("text", ["a\u200bb", "\u202eabc", "\x00", "\x7f", "\u2028", "a\u00a0b", "\ufeff", "tab\t"])
def test_what_cannot_be_seen_is_written_as_an_escape(text: str) -> None:
    out = format_file(ast.File((ast.MetricStmt(ast.Ident("m"), (), ast.Value(text)),)))
    assert out.replace(" ", "").strip().isprintable()
    assert "\\" in out
