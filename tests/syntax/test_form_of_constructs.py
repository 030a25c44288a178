"""The one form of calls, control flow, limits and of what is outside the program, and of comments in them."""

from __future__ import annotations

import textwrap

import pytest

from .test_format import formatted, tidy

GOLDEN = {
    "types": (
        r"""
        type A=int 1 .. 5|( str up  to 200 chars )?|map [str ,list[str]up to 5 items]
        type B = str matching   /[a-z]\/ "#/ | (int 0..|null) 1..|int -1 .. -0.5
        """,
        r"""
        type A = int 1..5 | (str up to 200 chars)? | map[str, list[str] up to 5 items]
        type B = str matching /[a-z]\/ "#/ | (int 0.. | null) 1.. | int -1..-0.5
        """,
    ),
    "calls of many": (
        """
        module M(q: str) -> str {
          let a = vote 5 predict S(q) let b=best_of tune 2 .. 4 at 3 by lib.m above 1 react S(q,) as r using[t , u,]
          let c = ensemble by m [a,b,] let d=retrieve docs(q,k :3) let e = try (predict S(q)).a else(d)
          let f = tune{predict,chain_of_thought}S(q)with{temperature:tune 0.0 .. 1.0 at 0.5,lm:tune{small,big}at big}
          return [x.a for x in(a if b else c)if (x) up to 3]
        }
        """,
        """
        module M(q: str) -> str {
          let a = vote 5 predict S(q)
          let b = best_of tune 2..4 at 3 by lib.m above 1.0 react S(q) as r using [t, u]
          let c = ensemble by m [a, b]
          let d = retrieve docs(q, k: 3)
          let e = try predict S(q).a else d
          let f = tune { predict, chain_of_thought } S(q) with {
            temperature: tune 0.0..1.0 at 0.5,
            lm: tune { small, big } at big,
          }
          return [x.a for x in a if b else c if x up to 3]
        }
        """,
    ),
    "control flow": (
        """
        module M(q: str)->str depth 3 { "Doc."
          while q up to 4 {break} repeat up to 3{ }
          parallel for x in xs { let y = x }

          match q { case "A"|1 s{return a}

          case str{} else{return b} }
          assert q else f"{q}" retry 2 suggest q retry 1
          return q
        }
        """,
        """
        module M(q: str) -> str depth 3 {
          "Doc."
          while q up to 4 {
            break
          }
          repeat up to 3 {}
          parallel for x in xs {
            let y = x
          }

          match q {
            case "A" | 1 s {
              return a
            }

            case str {}
            else {
              return b
            }
          }
          assert q else f"{q}" retry 2
          suggest q retry 1
          return q
        }
        """,
    ),
    "long ones": (
        """
        module M(q: str) -> str {
          assert q.answer != "the first of the longer strings"
            else f"the answer is {q.answer}, not what it may be" retry 2
          let a = try predict Answer(question: q.question, context: q.context)
            else q.answers.the_first_of_all_of_them[0]
          let b = [predict Answer(question: one.question, context: one.context)
            for one in questions if one.asked up to 5]
          return ensemble [a_name_that_is_rather_long, another_name_that_is_rather_long, a_third_name_that_is_long]
        }
        """,
        """
        module M(q: str) -> str {
          assert q.answer != "the first of the longer strings"
            else f"the answer is {q.answer}, not what it may be"
            retry 2
          let a = try predict Answer(question: q.question, context: q.context)
            else q.answers.the_first_of_all_of_them[0]
          let b = [
            predict Answer(question: one.question, context: one.context)
            for one in questions
            if one.asked
            up to 5
          ]
          return ensemble [
            a_name_that_is_rather_long,
            another_name_that_is_rather_long,
            a_third_name_that_is_long,
          ]
        }
        """,
    ),
    "what is outside": (
        """
        extern python "t.py" f(q:str,)->str"Computes."
        tool t(q: str)->{a:float}=http "GET https://x/{q}"{timeout:5}"Looks."
        retriever docs:{text:str}="c.jsonl"{k:3}
        emit python to "out" for "gpt" with{self_contained:true}
        test "t" with{replies:["a"]}{M("q")=>a==1 predict S(q)=>b}
        test "u"{}
        """,
        """
        extern python "t.py" f(q: str) -> str "Computes."

        tool t(q: str) -> { a: float } = http "GET https://x/{q}" { timeout: 5 } "Looks."

        retriever docs: { text: str } = "c.jsonl" { k: 3 }

        emit python to "out" for "gpt" with { self_contained: true }

        test "t" with { replies: ["a"] } {
          M("q") => a == 1
          predict S(q) => b
        }

        test "u" {}
        """,
    ),
    "prompts": (
        '''
        signature S extends T { prompt { fixed system """
              One {{ q }}
                two
            """ user from "u.txt" assistant "x" } in q: str }
        signature U { prompt from "p.txt" }
        signature V { prompt """a""" }
        ''',
        '''
        signature S extends T {
          prompt {
            fixed system """
            One {{ q }}
              two
            """
            user from "u.txt"
            assistant "x"
          }
          in q: str
        }

        signature U {
          prompt from "p.txt"
        }

        signature V {
          prompt "a"
        }
        ''',
    ),
    "optimize": (
        'optimize M for "gpt" {data d assertions off metric m}',
        """
        optimize M for "gpt" {
          data d
          assertions off
          metric m
        }
        """,
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_the_form(case: str) -> None:
    text, expected = GOLDEN[case]
    assert formatted(textwrap.dedent(text)) == tidy(expected)


COMMENTED = {
    "in control flow": (
        """
        module M(q: str) -> str {
          while q { # Again.
            # Never.
            break # Now.
          }
          repeat up to 3 { # Thrice.
          }
          match q { # Which?
            # The first.
            case "A" { # It.
              return a
            } # Done.
            case str s {
              # Nothing.
            }
            # The rest.
            else { # Else.
              return b # B.
            }
            # No more.
          }
          parallel for x in xs { # All.
            let y = x
          }
          assert q # Sure?
            else "no"
          return q
        }
        """,
        """
        module M(q: str) -> str {
          while q {  # Again.
            # Never.
            break  # Now.
          }
          repeat up to 3 {  # Thrice.
          }
          match q {  # Which?
            # The first.
            case "A" {  # It.
              return a
            }  # Done.
            case str s {
              # Nothing.
            }
            # The rest.
            else {  # Else.
              return b  # B.
            }
            # No more.
          }
          parallel for x in xs {  # All.
            let y = x
          }
          assert q else "no"  # Sure?
          return q
        }
        """,
    ),
    "in calls": (
        """
        module M(q: str) -> str {
          let a = ensemble [ # Three.
            x, # One.
            # Two.
            y
          ]
          let b = tune { # Which?
            small, big # This.
          } at big
          let c = [x # Each.
            for x in xs]
          return retrieve docs(
            q # The question.
          )
        }
        """,
        """
        module M(q: str) -> str {
          let a = ensemble [  # Three.
            x,  # One.
            # Two.
            y,
          ]
          let b = tune {  # Which?
            small,
            big,  # This.
          } at big
          let c = [x for x in xs]  # Each.
          return retrieve docs(
            q,  # The question.
          )
        }
        """,
    ),
    "in what is outside": (
        """
        tool t( # Of a city.
          city: str # Its name.
        ) -> str = http "GET x" { # Options.
          timeout: 5 # Seconds.
        } "Looks." # A tool.
        test "t" with { # Given.
          replies: ["a"] # Only one.
        } { # Cases.
          # The first.
          M("q") => a # So.
          # The end.
        }
        signature S {
          prompt { # Own.
            # To the system.
            system "a" # Short.
            # The end.
          } # After.
        }
        """,
        """
        tool t(  # Of a city.
          city: str,  # Its name.
        ) -> str = http "GET x" {  # Options.
          timeout: 5,  # Seconds.
        } "Looks."  # A tool.

        test "t" with {  # Given.
          replies: ["a"],  # Only one.
        } {  # Cases.
          # The first.
          M("q") => a  # So.
          # The end.
        }

        signature S {
          prompt {  # Own.
            # To the system.
            system "a"  # Short.
            # The end.
          }  # After.
        }
        """,
    ),
    "in unions and limits": (
        """
        type A = str # A text.
          | int # A number.
          1 .. # Positive.
          | str matching # A pattern.
            /x/ # X.
        """,
        """
        type A =
          str  # A text.
          | int 1..  # A number.
          # Positive.
          | str matching /x/  # A pattern.
        # X.
        """,
    ),
}


@pytest.mark.parametrize("case", COMMENTED)
def test_comments(case: str) -> None:
    text, expected = COMMENTED[case]
    assert formatted(textwrap.dedent(text)) == tidy(expected)
