"""Where parsing goes on after what a mistake has spoilt: the next item, block, statement, clause or declaration."""

from __future__ import annotations

from typing import Any

from lmc.syntax import ast
from lmc.syntax.brackets import first_on_line
from lmc.syntax.reading import STARTERS, STRATEGIES, Reading
from lmc.syntax.tokens import CLOSERS, Token

HEADS = {
    "IF": ("NAME",),
    "FOR": ("NAME", "IN", "NAME"),
    "PARALLEL": ("FOR", "NAME", "IN", "NAME"),
    "WHILE": ("NAME",),
    "REPEAT": ("UP", "TO", "INT"),
    "MATCH": ("NAME",),
    "CASE": ("NAME",),
    "TEST": ("STRING",),
    "MODULE": ("NAME", "LPAR", "RPAR", "ARROW", "NAME"),
    "SIGNATURE": ("NAME",),
    "OPTIMIZE": ("NAME",),
}
"""The shortest head that a block may have, after the keyword that begins it."""

NAMED = ("FOR", "MODULE", "SIGNATURE", "OPTIMIZE")
"""The keywords that a name comes right after, in the head of a block."""

TEXTS = {"INT": "1", "STRING": '""'}
"""What stands for a number or a text that could not be read."""


def drop(reading: Reading, index: int) -> int:
    """Drops what is being read; gives the index of the token to go on with."""
    machine, body = reading.machine, reading.body()
    token = reading.at(index)
    ended = token.terminal == "$END" or not token.text or first_on_line(reading.text, token)
    if ended and reading.at_rest():
        reading.settle()
        return next_in_body(reading, index)
    if (item := reading.item(body)) and (found := next_item(reading, index, item)) is not None:
        return found
    if (found := next_block(reading, index, body)) is not None:
        return found
    machine.pop(len(machine.states) - 1 - body)
    return next_in_body(reading, index)


def next_item(reading: Reading, index: int, item: int) -> int | None:
    """Goes on with the next item of the list, or with its end."""
    machine, depth = reading.machine, reading.depth(item)
    pop = len(machine.states) - 1 - item
    for place in range(index, len(reading.balanced.tokens)):
        token, around = reading.at(place), reading.balanced.depths[place]
        if around < depth:
            if not machine.viable(token.terminal, pop=pop):
                return None
            machine.pop(pop)
            return place
        if around == depth and token.terminal == "COMMA" and reading.fits([], reading.at(place + 1), pop=pop):
            machine.pop(pop)
            return place + 1
    return None


def next_block(reading: Reading, index: int, body: int) -> int | None:
    """Goes on with the block of the statement or declaration that is being read, if its head is spoilt."""
    machine = reading.machine
    keyword = reading.begun_with()
    if keyword not in HEADS:
        return None
    depth = reading.depth(body)
    for place in range(index, len(reading.balanced.tokens)):
        token, following = reading.at(place), reading.at(place + 1)
        if reading.balanced.depths[place] < depth:
            return None
        if reading.balanced.depths[place] > depth or token.terminal != "LBRACE":
            continue
        starters = (*STARTERS, *STRATEGIES, *(("NAME",) if keyword == "TEST" else ()), "STRING", "RBRACE")
        begins = following.terminal in starters or following.soft
        assigns = following.terminal == "NAME" and reading.at(place + 2).terminal == "EQUAL"
        if not (begins or assigns):
            continue
        named: Any = machine.values[body + 2] if body + 2 < len(machine.values) else None
        machine.pop(len(machine.states) - body - 2)
        for number, terminal in enumerate(HEADS[keyword]):
            known = number == 0 and keyword in NAMED and isinstance(named, ast.Ident | Token)
            text = named.text if known else TEXTS.get(terminal, ast.UNREAD)
            machine.feed(terminal, Token(terminal, text, token.start, token.start))
        return place
    return None


def next_in_body(reading: Reading, index: int) -> int:
    """The index of the token that begins the next statement, clause or declaration, or that ends the body."""
    machine = reading.machine
    depth = reading.depth(reading.body())
    for place in range(index, len(reading.balanced.tokens)):
        token = reading.at(place)
        around = reading.balanced.depths[place]
        if around < depth and token.terminal in CLOSERS and machine.viable(token.terminal):
            return place
        if around == depth and reading.begins(place):
            terminal = machine.resolve(token, reading.at(place + 1))
            can_come = machine.viable(terminal) and not reading.begins_nothing(place, terminal)
            if can_come or (place > index and reading.begins_line(place)):
                return place
    return len(reading.balanced.tokens)
