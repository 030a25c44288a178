"""What the scripted LM of the instruction searches does: the same for the original and for lmc."""

from __future__ import annotations

import hashlib
import re

SEEDS = 4
ROWS = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(20)]
FAMILIES = {"Find": "Hint:", "Answer": "Answer:"}


def lot(*parts: object) -> float:
    """A number from 0 to 1 that follows from the parts."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4]) / 2**32


class Planted:
    """Every instruction has a quality of its own, by its number: the share of rows that it makes right. Proposals are
    numbered as they come, for each call apart."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.count = dict.fromkeys(FAMILIES, 0)

    def next(self, family: str) -> str:
        """The next proposal for the calls of a family."""
        self.count[family] += 1
        return f"{family} way {self.count[family]}."

    def good(self, family: str, prompt: str, number: int) -> bool:
        """Whether a prompt with an instruction of the family makes the row right."""
        way = (re.findall(rf"{family} way (\d+)", prompt) or ["0"])[-1]
        return lot(self.seed, family, way, number) < 0.3 + 0.6 * lot(self.seed, family, way)

    def hint(self, prompt: str, number: int) -> str:
        """What the first call says."""
        return "fine" if self.good("Find", prompt, number) else "poor"

    def answer(self, prompt: str, number: int, hint: str) -> str:
        """What the last call says."""
        right = self.good("Answer", prompt, number) and (hint == "fine" or lot(self.seed, number) < 0.3)
        return f"answer {number}" if right else "unknown"
