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
LMP0300 data file not found
LMP0301 data file cannot be read
LMP0302 data file is not UTF-8
LMP0303 data file has no rows
LMP0304 malformed data
LMP0305 row is not an object
LMP0306 duplicate rows
LMP0307 one input in two roles
LMP0308 unknown data format
LMP0309 data file outside the project
LMP0310 split larger than the data
LMP0311 role without rows
LMP0312 unknown column
LMP0313 row without a column
LMP0314 value does not fit its type
LMP0315 parquet support is not installed
LMP0316 duplicate row ids
LMP0317 impossible split
LMP0800 disk full
LMP0810 file cannot be used
LMP0900 unknown diagnostic code
"""

CODES: dict[str, Code] = {
    code: Code(code, title) for code, _, title in (line.partition(" ") for line in _TABLE.strip().splitlines())
}
