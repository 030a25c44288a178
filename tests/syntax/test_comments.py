"""Comments: where each of them goes in the one form of a text."""

from __future__ import annotations

import textwrap

import pytest

from .test_format import formatted, tidy

COMMENTED = {
    "on lines of their own, they go with what follows": (
        """
        # The head of the file.

        # Small.
        lm a = "l/a"
          # Big.
        lm b = "l/b"
        # The types.
        type A = str
        # The end.
        """,
        """
        # The head of the file.

        # Small.
        lm a = "l/a"
        # Big.
        lm b = "l/b"

        # The types.
        type A = str
        # The end.
        """,
    ),
    "at the end of a line, they stay there": (
        """
        lm a = "l/a"# Small.
        signature S {     # A signature.
          "Doc." # Its doc.
          in a: str # Its input.
          out b: str
          # Its end.
        } # After it.
        """,
        """
        lm a = "l/a"  # Small.

        signature S {  # A signature.
          "Doc."  # Its doc.
          in a: str  # Its input.
          out b: str
          # Its end.
        }  # After it.
        """,
    ),
    "in lists, they keep each item on a line": (
        """
        type L = enum { low "no hurry", # Seldom.
          high }
        type R = {
          # First.
          a: str, b: int # Second.
        }
        type U = "a" # One.
          | "b"
        data d = "d.jsonl" { split: { train: 1, # Few.
          test: rest } }
        """,
        """
        type L = enum {
          low "no hurry",  # Seldom.
          high,
        }

        type R = {
          # First.
          a: str,
          b: int,  # Second.
        }

        type U =
          "a"  # One.
          | "b"

        data d = "d.jsonl" {
          split: {
            train: 1,  # Few.
            test: rest,
          },
        }
        """,
    ),
    "in blocks, they stay in their block": (
        """
        module M(a: str) -> str {
          if a == "x" { # Yes.
            return a
            # No more.
          } else { # No.
            # Nothing.
          }
          # Last.

          # Not least.
          return a # Done.
        }
        optimize M {
          # The data.
          data d # All of it.
          metric m
        }
        """,
        """
        module M(a: str) -> str {
          if a == "x" {  # Yes.
            return a
            # No more.
          } else {  # No.
            # Nothing.
          }
          # Last.

          # Not least.
          return a  # Done.
        }

        optimize M {
          # The data.
          data d  # All of it.
          metric m
        }
        """,
    ),
    "elsewhere, they go before the whole": (
        """
        metric m(a) = a + # One.
          # Two.
          1 # Three.
        """,
        """
        # One.
        # Two.
        metric m(a) = a + 1  # Three.
        """,
    ),
}


@pytest.mark.parametrize("case", COMMENTED)
def test_comments(case: str) -> None:
    text, expected = COMMENTED[case]
    assert formatted(textwrap.dedent(text)) == tidy(expected)
