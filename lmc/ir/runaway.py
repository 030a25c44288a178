"""Regular expressions on which Python's matcher can take time that doubles with every character."""

from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass, field
from re import _constants as sre
from re import _parser as parser
from typing import Any

MANY = 10
"""A repetition of up to so many counts as one without end."""

MOST_STEPS = 200_000
"""After so many steps a pattern is taken to be safe."""

OTHERS = "aZ5 \n_-.é\u2028中"
"""Characters of all kinds, besides those that a pattern names."""


@dataclass
class Positions:
    """The places of a pattern where it takes a character (Glushkov 1961): what each takes, as bits over some
    characters, and what may follow it, in how many ways."""

    characters: str
    takes: list[int] = field(default_factory=list)
    follow: dict[int, Counter[int]] = field(default_factory=dict)

    def add(self, bits: int) -> int:
        """One more place."""
        self.takes.append(bits)
        self.follow[len(self.takes) - 1] = Counter()
        return len(self.takes) - 1

    def connect(self, last: Counter[int], first: Counter[int]) -> None:
        """Lets some places follow others."""
        for place, ways in last.items():
            for following, others in first.items():
                self.follow[place][following] += ways * others


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pattern: the places that it can begin and end with, in how many ways, and whether it can take
    nothing."""

    first: Counter[int]
    last: Counter[int]
    empty: bool


NOTHING = Piece(Counter(), Counter(), True)


def runs_away(pattern: str) -> bool:
    """Whether the pattern can take a text in exponentially many ways, which a backtracking matcher all tries when the
    text does not match in the end: `(a+)+`, `(a|ab|b)*`. That is so when some place can come back to itself over one
    text on two ways (Weber and Seidl 1991; Weideman et al. 2016). What takes time by a power of the length (`a*a*`) is
    not meant; what looks ahead or behind is left out, and anchors are passed over. Raises re.error when it is no
    pattern."""
    tree = parser.parse(pattern)
    named = sorted({chr(code) for code in codes(tree) if 0 <= code <= 0x10FFFF} | set(OTHERS))
    places = Positions("".join(named))
    sequence(places, tree)
    budget = [MOST_STEPS]
    return any(comes_back(places, place, budget) for place in places.follow)


def comes_back(places: Positions, start: int, budget: list[int]) -> bool:
    """Whether a place comes back to itself over one text on two ways."""
    seen = {(start, start, False)}
    queue = [(start, start, False)]
    while queue:
        one, other, apart = queue.pop()
        for left, ways in places.follow[one].items():
            for right in places.follow[other]:
                budget[0] -= 1
                if budget[0] < 0:
                    return False
                if not places.takes[left] & places.takes[right]:
                    continue
                split = apart or left != right or (one == other and ways > 1)
                if split and left == right == start:
                    return True
                if (left, right, split) not in seen:
                    seen.add((left, right, split))
                    queue.append((left, right, split))
    return False


def codes(tree: Any) -> set[int]:
    """The characters that a pattern names, and those beside the ends of its ranges."""
    found: set[int] = set()
    for name, of in tree:
        if name in (sre.LITERAL, sre.NOT_LITERAL):
            found.add(of)
        elif name is sre.RANGE:
            found |= {of[0] - 1, of[0], of[1], of[1] + 1}
        elif name is sre.IN:
            found |= codes(of)
        else:
            for inner in subtrees(of):
                found |= codes(inner)
    return found


def subtrees(of: Any) -> list[Any]:
    """The patterns in an operand."""
    if isinstance(of, parser.SubPattern):
        return [of]
    return [inner for one in of for inner in subtrees(one)] if isinstance(of, (tuple, list)) else []


def sequence(places: Positions, tree: Any) -> Piece:
    """Parts one after another."""
    whole = NOTHING
    for item in tree:
        whole = joined(places, whole, part(places, *item))
    return whole


def joined(places: Positions, one: Piece, other: Piece) -> Piece:
    """Two parts, one after the other."""
    places.connect(one.last, other.first)
    first = one.first + other.first if one.empty else one.first
    last = other.last + one.last if other.empty else other.last
    return Piece(first, last, one.empty and other.empty)


def part(places: Positions, name: Any, of: Any) -> Piece:
    """One part of a pattern."""
    if name in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        place = places.add(bits(places.characters, name, of))
        return Piece(Counter([place]), Counter([place]), False)
    if name is sre.SUBPATTERN:
        return sequence(places, of[-1])
    if name is sre.BRANCH:
        pieces = [sequence(places, one) for one in of[1]]
        first, last = Counter[int](), Counter[int]()
        for one in pieces:
            first, last = first + one.first, last + one.last
        return Piece(first, last, any(one.empty for one in pieces))
    if name in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return repeated(places, *of)
    return NOTHING


def repeated(places: Positions, least: int, most: Any, tree: Any) -> Piece:
    """A repetition: as many copies as there must be (two stand for more), then a loop or what may be left out."""
    endless = most is sre.MAXREPEAT or most >= MANY
    whole = NOTHING
    for _ in range(min(least, 2) - (endless and least > 0)):
        whole = joined(places, whole, sequence(places, tree))
    if endless:
        inner = sequence(places, tree)
        places.connect(inner.last, inner.first)
        return joined(places, whole, Piece(inner.first, inner.last, inner.empty or least == 0))
    for _ in range(min(most - least, 2)):
        inner = sequence(places, tree)
        whole = joined(places, whole, Piece(inner.first, inner.last, True))
    return whole


def bits(characters: str, name: Any, of: Any) -> int:
    """Which of the characters a place takes."""
    return sum(1 << at for at, char in enumerate(characters) if takes(char, name, of))


def takes(char: str, name: Any, of: Any) -> bool:
    """Whether a place takes a character."""
    if name is sre.LITERAL:
        return bool(ord(char) == of)
    if name is sre.NOT_LITERAL:
        return bool(ord(char) != of)
    if name is sre.RANGE:
        return bool(of[0] <= ord(char) <= of[1])
    if name is sre.CATEGORY:
        return of_category(char, str(of))
    if name is sre.IN:
        negated = of[0][0] is sre.NEGATE
        return any(takes(char, *one) for one in of if one[0] is not sre.NEGATE) != negated
    return True


def of_category(char: str, name: str) -> bool:
    """Whether a character is of a category such as `\\w`."""
    kinds = {
        "DIGIT": char.isdigit(),
        "SPACE": char.isspace(),
        "WORD": char.isalnum() or char == "_",
        "LINEBREAK": char in string.whitespace,
    }
    found = kinds.get(name.rsplit("_", 1)[-1], True)
    return not found if "_NOT_" in name else found
