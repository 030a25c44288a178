"""The LALR(1) automaton: stacks, and what would happen if a token came next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lmc.syntax.grammar import Table
from lmc.syntax.tokens import MAX_NESTING, Token

Action = Callable[[list[Any], int, int], Any]
"""Builds the value of a rule from its children, which stand from one offset of the text to another."""

MAX_STACK = 12 * MAX_NESTING
"""How many symbols may wait for the rest of what they begin: only nesting lets them grow in number."""


class TooDeep(Exception):
    """A tree grew deeper than the compiler walks. `start` is where its deepest part begins."""

    def __init__(self, start: int) -> None:
        super().__init__("the tree is too deep")
        self.start = start


def in_order(table: Table, actions: Mapping[str, Action]) -> Sequence[Action | None]:
    """The action of each rule of a table."""
    return [actions.get(rule.action) for rule in table.rules]


class Machine:
    """A parser in the middle of a text. The lists hold an entry for each symbol on the stack: the state after it, its
    value, the offsets where it starts and ends, the height of its tree, and its name. `actions` are those of the rules,
    in their order (see `in_order`)."""

    def __init__(self, table: Table, actions: Sequence[Action | None]) -> None:
        self.table = table
        self.actions = actions
        self.states = [0]
        self.values: list[Any] = [None]
        self.starts = [0]
        self.ends = [0]
        self.heights = [0]
        self.symbols = [""]

    def feed(self, terminal: str, token: Token) -> bool:
        """Takes a token. False if it cannot come here; some rules may have been applied even then. Raises TooDeep."""
        states, table = self.states, self.table.states
        while True:
            action = table[states[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                if len(states) > MAX_STACK:
                    raise TooDeep(token.start)
                states.append(action)
                self.values.append(token)
                self.starts.append(token.start)
                self.ends.append(token.end)
                self.heights.append(0)
                self.symbols.append(terminal)
                return True
            self.apply(-action - 1)

    def apply(self, number: int) -> None:
        """Applies a rule to the top of the stacks."""
        rule = self.table.rules[number]
        states, symbols = self.states, self.symbols
        if rule.same:
            states.pop()
            symbols[-1] = rule.origin
            states.append(self.table.states[states[-1]][rule.origin])
            return
        size = rule.size
        values, starts, ends, heights = self.values, self.starts, self.ends, self.heights
        start = starts[-size] if size else ends[-1]
        end = ends[-1]
        children = gather(values, size, rule.children)
        height = heights[-1] if size == 1 else max(heights[-size:]) if size else 0
        value: Any = children
        if action := self.actions[number]:
            height += 1
            if height > MAX_NESTING:
                raise TooDeep(start)
            value = action(children, start, end)
        if size:
            del states[-size:], values[-size:], starts[-size:], ends[-size:], heights[-size:], symbols[-size:]
        states.append(self.table.states[states[-1]][rule.origin])
        values.append(value)
        starts.append(start)
        ends.append(end)
        heights.append(height)
        symbols.append(rule.origin)

    def resolve(self, token: Token, after: Token) -> str:
        """The terminal that a token is here. A soft keyword is one where it fits, but not where a name fits and what
        comes after says that it is one: `=`, or what cannot come after the keyword."""
        if not token.soft:
            return token.terminal
        actions = self.table.states[self.states[-1]]
        if token.soft not in actions:
            return token.terminal
        if token.terminal not in actions:
            return token.soft
        if after.terminal == "EQUAL" and self.viable(token.terminal):
            return token.terminal
        if any(one and self.viable(token.soft, one) for one in (after.terminal, after.soft)):
            return token.soft
        if any(one and self.viable(token.terminal, one) for one in (after.terminal, after.soft)):
            return token.terminal
        return token.soft if self.viable(token.soft) else token.terminal

    def viable(self, *terminals: str, pop: int = 0) -> bool:
        """Whether the terminals could come next, one after the other; after the top `pop` symbols are taken away."""
        states = self.states[: len(self.states) - pop]
        return all(self._shift(states, terminal) for terminal in terminals)

    def viable_any(self, terminals: Iterable[str]) -> bool:
        """Whether one of the terminals could come next."""
        return any(self.viable(terminal) for terminal in terminals)

    def _shift(self, states: list[int], terminal: str) -> bool:
        table, rules = self.table.states, self.table.rules
        while True:
            action = table[states[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                return True
            rule = rules[-action - 1]
            if rule.size:
                del states[-rule.size :]
            states.append(table[states[-1]][rule.origin])

    def expected(self) -> set[str]:
        """All terminals that could come next."""
        return {one for one in self.table.states[self.states[-1]] if one.isupper() or one == "$END" if self.viable(one)}

    def settle(self, terminals: Iterable[str]) -> bool:
        """Applies the rules that come before one of the terminals, without taking it; False if none fits."""
        for terminal in terminals:
            if self.viable(terminal):
                while (action := self.table.states[self.states[-1]][terminal]) < 0:
                    self.apply(-action - 1)
                return True
        return False

    def pop(self, count: int) -> None:
        """Takes the top `count` symbols away."""
        if count:
            for stack in (self.states, self.values, self.starts, self.ends, self.heights, self.symbols):
                del stack[-count:]

    def finish(self) -> Any:
        """The value of the whole text; `None` if it is not complete."""
        if not self.settle(("$END",)):
            return None
        return self.values[-1]


def gather(values: list[Any], size: int, children: tuple[int, ...]) -> list[Any]:
    """The children of a rule, of the top `size` values. A list at their head grows in place: it has no other owner."""
    base = len(values) - size
    found: list[Any] = []
    for child in children:
        if child >= 0:
            found.append(values[base + child])
        elif child == -1:
            found.append(None)
        elif found:
            found.extend(values[base - child - 2])
        else:
            found = values[base - child - 2]
    return found
