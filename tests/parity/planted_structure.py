"""What is planted in the search of SAMMO and in ours: what an LM makes of a text, and which rows an instruction gets
right."""

from __future__ import annotations

from hashlib import sha256

START = "Judge the number with care."
NUMBERS = list(range(20))
SEEDS = 6
ROUNDS, BEAM, BREADTH = 4, 3, 5
PLACES = {"rewrite": 0, "shorten": 1, "paraphrase": 2, "short_bullets": 3}
"""The word of a text that each operator replaces."""


def chance(*parts: object) -> float:
    """A number from 0 to 1 that depends on the parts alone."""
    return int.from_bytes(sha256(repr(parts).encode()).digest()[:4]) / 2**32


def changed(operator: str, text: str) -> str:
    """The text after an operator: another word at its place."""
    words = text.split()
    place = PLACES[operator]
    words[place] = f"{operator[:2]}{int(chance(operator, text) * 9000 + 1000)}"
    return " ".join(words)


def right(text: str, number: int, seed: int) -> bool:
    """Whether an instruction gets a row right: some words are better than others."""
    quality = sum(chance(word, seed) for word in text.split()) / len(text.split())
    return chance(number, seed) < quality * 1.4 - 0.2
