"""What can stand beside each terminal of the grammar: how a word is told from a name without parsing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

Symbol = tuple[str, bool]
"""The name of a symbol, and whether it is a terminal."""

Sets = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of each terminal and rule of the grammar: the terminals that it can begin with, those that can come after it,
    those that can come before it."""

    first: Mapping[str, frozenset[str]]
    after: Mapping[str, frozenset[str]]
    before: Mapping[str, frozenset[str]]


def neighbours(parser: Lark) -> Neighbours:
    """The least sets that the rules of a grammar ask for."""
    rules = [
        (str(rule.origin.name), [(str(one.name), bool(one.is_term)) for one in rule.expansion]) for rule in parser.rules
    ]
    names = {name for origin, expansion in rules for name in (origin, *(one for one, _ in expansion))}
    terminals = {name for _, expansion in rules for name, is_terminal in expansion if is_terminal}
    empty = nullable(rules)
    first: Sets = {name: {name} if name in terminals else set() for name in names}
    last: Sets = {name: {name} if name in terminals else set() for name in names}
    after: Sets = {name: set() for name in names}
    before: Sets = {name: set() for name in names}
    grown = True
    while grown:
        grown = False
        for origin, expansion in rules:
            grown |= grow(first[origin], leading(expansion, first, empty, ()))
            grown |= grow(last[origin], leading(expansion[::-1], last, empty, ()))
            for index, (name, _) in enumerate(expansion):
                grown |= grow(after[name], leading(expansion[index + 1 :], first, empty, after[origin]))
                grown |= grow(before[name], leading(expansion[:index][::-1], last, empty, before[origin]))
    frozen = [{name: frozenset(one) for name, one in sets.items()} for sets in (first, after, before)]
    return Neighbours(*frozen)


def nullable(rules: list[tuple[str, list[Symbol]]]) -> set[str]:
    """The rules that can stand for nothing."""
    found: set[str] = set()
    while new := {origin for origin, expansion in rules if all(name in found for name, _ in expansion)} - found:
        found |= new
    return found


def leading(symbols: list[Symbol], sets: Sets, empty: set[str], otherwise: Iterable[str]) -> Iterator[str]:
    """What a row of symbols begins with, if they all can be nothing `otherwise`. The row is read backwards for what it
    ends with."""
    for name, _ in symbols:
        yield from tuple(sets[name])
        if name not in empty:
            return
    yield from tuple(otherwise)


def grow(sets: set[str], more: Iterable[str]) -> bool:
    """Adds to a set; whether it grew."""
    size = len(sets)
    sets.update(more)
    return len(sets) > size
