"""The pages beside this file: what each exact pass does, and why.

A page is named after its pass. Its `lmp given` blocks stand before every other. A `lmp before` block is followed by the
`lmp after` block that the pass makes of it; of a `lmp unchanged` block it makes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.ir.program import Program
from lmc.ir.verify import verify
from lmc.passes import EXACT, simplify

HERE = Path(__file__).parent
PASSES = {one.name: one for one in EXACT}
FENCE = re.compile(r"^```lmp (given|before|after|unchanged)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str, str | None]]:
    """Every example: the pass, the program before, and the one after (None: the same)."""
    found: list[tuple[str, str, str | None]] = []
    for name in PASSES:
        blocks = FENCE.findall((HERE / f"{name}.md").read_text(encoding="utf-8"))
        given = "\n".join(text for kind, text in blocks if kind == "given")
        for index, (kind, text) in enumerate(blocks):
            if kind == "before":
                assert blocks[index + 1][0] == "after"
                found.append((name, given + text, given + blocks[index + 1][1]))
            elif kind == "unchanged":
                found.append((name, given + text, None))
    return found


def module_of(text: str) -> str:
    return re.findall(r"^module (\w+)", text, re.MULTILINE)[-1]


@pytest.mark.parametrize(
    ("name", "before", "after"), examples(), ids=lambda one: module_of(one) if one and " " in one else str(one or "")
)
def test_a_pass_does_what_its_page_says(
    name: str, before: str, after: str | None, program: Callable[[str], Program]
) -> None:
    written = program(before)
    found = PASSES[name].run(written, None)
    if after is None:
        assert found is written
        return
    assert found == program(after)
    verify(found)
    assert PASSES[name].run(found, None) is found


def test_every_pass_has_a_page() -> None:
    assert {path.stem for path in HERE.glob("*.md")} == set(PASSES)


def test_a_program_with_nothing_to_simplify_comes_back_as_the_same_object(program: Callable[[str], Program]) -> None:
    written = program((HERE / "identity.lmp").read_text(encoding="utf-8"))
    for one in EXACT:
        assert one.run(written, None) is written
    assert simplify(written) is written
