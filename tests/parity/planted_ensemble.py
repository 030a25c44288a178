"""What members of an ensemble say, row by row: standard library only, since the peer's Python reads it too."""

from __future__ import annotations

import random

LABELS = ("even", "odd", "neither")


def tables() -> list[list[list[str]]]:
    """For each ensemble and each row what its members say, in order: 2 to 7 members, 40 rows each."""
    rng = random.Random("ensemble")
    return [[[rng.choice(LABELS) for _ in range(members)] for _ in range(40)] for members in range(2, 8)]
