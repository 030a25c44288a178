"""Writes `ensemble.json`: what DSPy 3.4.1's Ensemble with `dspy.majority` says of what its members say. Run with the
Python of an environment that has dspy 3.4.1:

    python tests/parity/record_ensemble.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import dspy
from dspy.teleprompt import Ensemble
from planted_ensemble import tables


class Member(dspy.Module):
    """Says what is planted for its place."""

    def __init__(self, place: int, table: list[list[str]]) -> None:
        super().__init__()
        self.place, self.table = place, table

    def forward(self, row: int) -> dspy.Prediction:
        """The planted value."""
        return dspy.Prediction(parity=self.table[row][self.place])


def main() -> None:
    """Asks each ensemble each row."""
    found = []
    for table in tables():
        members = [Member(place, table) for place in range(len(table[0]))]
        together = Ensemble(reduce_fn=dspy.majority).compile(members)
        found.append([together(row=row).parity for row in range(len(table))])
    path = Path(__file__).with_name("ensemble.json")
    path.write_text(json.dumps({"dspy": dspy.__version__, "majority": found}, indent=1) + "\n")


main()
