"""Emitted code is laid out so that `ruff format` would change nothing."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmc.backends.python.layout import Doc, bracketed, quote, statement
from lmc.backends.python.literal import laid_out, plain

ALPHABET = "abc  \n\n'\"\\{}%\t\r\x00\u00e9\u2028\u200b\u65e5\u672c\U0001f44d\U0001f3fd\u0301\ud800"
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(ALPHABET, max_size=150)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("ab'\"\n", max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON, st.integers(0, 2))
def test_literals_are_their_values(value: object, opened: int) -> None:
    assert eval(laid_out(value, opened=opened), {"float": float}) == value
    assert eval(plain(value), {"float": float}) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it's", '"it\'s"'),
        ('say "x"', "'say \"x\"'"),
        ("a\nb\\", '"a\\nb\\\\"'),
        ("\u202e", '"\\u202e"'),
        ("\u65e5", '"\u65e5"'),
        ("\U000e0041", '"\\U000e0041"'),
    ],
)
def test_strings_show_what_cannot_be_seen(text: str, shown: str) -> None:
    assert quote(text) == shown


def test_statements_take_the_lines_that_they_need() -> None:
    short = bracketed("f(", [("", Doc("a")), ("b=", Doc("1"))], ")")
    assert statement("x = ", short, 4) == "    x = f(a, b=1)"
    long = bracketed("f(", [("", Doc("a" * 60)), ("b=", Doc("b" * 60))], ")")
    assert statement("x = ", long, 4) == f"    x = f(\n        {'a' * 60},\n        b={'b' * 60},\n    )"
    assert statement("x = ", Doc("a + " * 40 + "a"), 0).endswith("a  # fmt: skip")


def test_formatting_changes_nothing(tmp_path: Path) -> None:
    """Texts of all lengths around the end of a line, in every place of a literal, in random mixtures."""
    chance = random.Random(0)
    lines = []
    for number in range(400):
        texts = [
            "".join(chance.choices(ALPHABET[:-1], k=chance.choice([3, 20, 100, 108, 110, 112, 300]))) for _ in range(3)
        ]
        value = {"name": texts[0], "content": [texts[1], {"input": "x"}, texts[2]], "empty": [], "e": 1e20, "f": 1e-7}
        lines.append(f"_{number} = {laid_out(value, opened=chance.choice([0, 1, 2]))}")
        parts = [("", Doc(quote(text), whole=True)) for text in texts]
        lines.append(statement("x = ", bracketed("call(", parts, ")"), 0))
        lines.append(statement("x = ", Doc(quote(texts[0]), whole=True), 0))
    path = tmp_path / "literals.py"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ast.parse(path.read_text(encoding="utf-8"))
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--no-cache",
        "--line-length",
        "120",
        "--diff",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, json.dumps(done.stdout[:3000])
