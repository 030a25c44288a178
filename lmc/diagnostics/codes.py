"""Every diagnostic code and its title; `pages/` has a page for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A code (`LMP0012`) and what it stands for, in a few lowercase words."""

    code: str
    title: str


_TABLE = """
LMP0001 syntax error
LMP0810 no space left
LMP0811 permission denied
LMP0812 file cannot be used
LMP0900 unknown diagnostic code
"""

CODES: dict[str, Code] = {
    code: Code(code, title) for code, _, title in (line.partition(" ") for line in _TABLE.strip().splitlines())
}
