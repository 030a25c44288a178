"""The table of codes and the code that uses them agree."""

from __future__ import annotations

import re
from pathlib import Path

from lmc.diagnostics import CODES, codes

PACKAGE = Path(codes.__file__).parents[1]
SOURCES = [path for path in PACKAGE.rglob("*.py") if path.name != "codes.py"]


def test_every_code_stands_once_in_order_with_a_short_title() -> None:
    rows = codes._TABLE.strip().splitlines()
    assert rows == sorted(rows)
    assert len(rows) == len(CODES)
    for code in CODES.values():
        assert re.fullmatch(r"LMP[0-9]{4}", code.code)
        assert 0 < len(code.title) <= 50
        assert not code.title.endswith(".")


def test_every_code_that_is_raised_is_in_the_table_and_the_other_way_round() -> None:
    raised: set[str] = set()
    mentioned: set[str] = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        raised.update(re.findall(r'(?:Diagnostic|problem)\(\s*"(LMP[0-9]{4})"', text))
        mentioned.update(re.findall(r'"(LMP[0-9]{4})"', text))
    assert raised <= set(CODES)
    assert set(CODES) <= mentioned
