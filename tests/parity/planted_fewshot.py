"""What the scripted LM of the few-shot searches does: the same for the original and for lmc."""

from __future__ import annotations

import hashlib
import re

SEEDS = 4
TRAIN = [{"text": f"item {number}", "label": "odd" if number % 2 else "even"} for number in range(30)]
DEV = [{"text": f"item {number}", "label": "odd" if number % 2 else "even"} for number in range(100, 160)]
INSTRUCTION = "Say whether it is odd or even."
PROPOSALS = ("Way 1: look at the last digit.", "Way 2: divide by two.")


def lot(*parts: object) -> float:
    """A number from 0 to 1 that follows from the parts."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4]) / 2**32


def label(prompt: str, seed: int) -> str:
    """The label of the last item of a prompt. Each set of demonstrations with each instruction has a quality of its
    own: the share of items that it makes right."""
    *shown, asked = map(int, re.findall(r"item (\d+)", prompt))
    way = (re.findall(r"Way (\d)", prompt) or ["0"])[0]
    right = lot(seed, asked, way, shown) < 0.2 + 0.5 * lot(seed, way) + 0.3 * lot(seed, way, shown)
    return "odd" if (asked % 2 == 1) == right else "even"
