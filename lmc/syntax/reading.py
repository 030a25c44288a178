"""Where the parse of a piece of a file stands: what recovery asks before it decides."""

from __future__ import annotations

from lmc.diagnostics import Diagnostic, Sink
from lmc.source import SourceFile, Span
from lmc.syntax.brackets import Balanced, balance, declares, first_on_line, is_declaration
from lmc.syntax.grammar import Table
from lmc.syntax.machine import Machine, in_order
from lmc.syntax.tokens import CLOSERS, OPENERS, OPERAND_ENDS, RESERVED, STATEMENTS, Token
from lmc.syntax.transform import Transform

BODIES = {
    "SIGNATURE": "declaration",
    "LET": "statement",
    "DEMO": "clause",
    "BUDGET": "clause",
    "CASE": "case",
    "SYSTEM": "message",
}
"""What begins something in a body of each kind, and what that is. In a test it is a name or a strategy, which begin
values too."""

TEST_CASE = "test case"
STRATEGIES = frozenset(("PREDICT", "CHAIN_OF_THOUGHT", "PROGRAM_OF_THOUGHT", "REACT", "TUNE"))

STARTERS = frozenset((*STATEMENTS, "IF", "IN"))
"""The words that begin something wherever they stand at the right depth."""


class Reading:
    """The parse of one piece of a file. `damage` are the places of all mistakes so far."""

    def __init__(
        self, source: SourceFile, tokens: list[Token], following: Token, damage: list[int], grammar: Table, sink: Sink
    ) -> None:
        self.source = source
        self.text = source.text
        self.following = following
        self.damage = damage
        self.sink = sink
        self.grammar = grammar
        self.names = {terminal: text for text, terminal in (*grammar.words.items(), *grammar.marks.items())}
        self.names["FSTRING_CLOSE"] = '"'
        self.machine = Machine(grammar, in_order(grammar, Transform(source, sink).actions()))
        self.balanced: Balanced = balance(source.text, tokens)

    def at(self, index: int) -> Token:
        """A token, or the one that follows the piece."""
        return self.balanced.tokens[index] if index < len(self.balanced.tokens) else self.following

    def place(self, token: Token) -> Span:
        """Where a token is."""
        return self.source.span(token.start, token.end)

    def before(self, index: int) -> Token | None:
        """The last token before another that is really there."""
        return next((self.at(one) for one in range(index - 1, -1, -1) if self.at(one).text), None)

    def report(self, offset: int, problem: Diagnostic) -> None:
        """Reports a mistake at an offset."""
        self.sink.add(problem)
        self.damage.append(offset)

    def kind(self) -> str:
        """What the things in the innermost body are called."""
        return kind_of(self.grammar.states[self.machine.states[self.body()]])

    def body(self) -> int:
        """The place in the stack of the innermost body that is not closed: what it holds can begin after it."""
        states, symbols, table = self.machine.states, self.machine.symbols, self.grammar.states
        closed = 0
        for place in range(len(states) - 1, 0, -1):
            if symbols[place] in CLOSERS:
                closed += 1
            elif symbols[place] in OPENERS and closed:
                closed -= 1
            elif not closed and kind_of(table[states[place]]):
                return place
        return 0

    def at_rest(self) -> bool:
        """Whether something could begin in the innermost body: what was before it is complete."""
        machine = self.machine
        return machine.viable_any(BODIES) or (machine.viable("PREDICT") and machine.viable("RBRACE"))

    def settle(self) -> None:
        """Completes what was before, in a body at rest."""
        if not self.machine.settle(BODIES):
            self.machine.settle(("PREDICT",))

    def begun_with(self) -> str:
        """The terminal that what is being read in the innermost body began with, if anything is."""
        return "".join(self.machine.symbols[self.body() + 1 :][:1])

    def item(self, body: int) -> int:
        """The place in the stack of the comma or bracket before the item of a list that is being read, else 0."""
        symbols = self.machine.symbols
        opened = self.opened(len(symbols))
        if not opened or opened[-1] <= body:
            return 0
        inner = opened[-1]
        return max(place for place in range(inner, len(symbols)) if place == inner or symbols[place] == "COMMA")

    def opened(self, before: int) -> list[int]:
        """The places of the open brackets in the stack, before a place."""
        found: list[int] = []
        for place, symbol in enumerate(self.machine.symbols[:before]):
            if symbol in OPENERS:
                found.append(place)
            elif symbol in CLOSERS:
                found.pop()
        return found

    def depth(self, place: int) -> int:
        """How many brackets are open in the stack up to a place."""
        return len(self.opened(place + 1))

    def spoilt(self, index: int) -> bool:
        """Whether a mistake was reported in what is being read, or, where a word begins something new, just before."""
        token, body = self.at(index), self.body()
        if self.begins_anew(index):
            before = self.before(index)
            start = 0 if before is None else before.end if first_on_line(self.text, token) else before.start
        elif self.kind() == "declaration" and self.machine.viable("$END"):
            start = self.balanced.tokens[0].start
        else:
            begun = (self.item(body) or body) + 1
            start = self.machine.starts[begun] if begun < len(self.machine.starts) else token.start
        return any(start <= offset <= token.end for offset in self.damage)

    def begins_anew(self, index: int) -> bool:
        """Whether what was being read is complete, and a word follows that may be meant to begin something."""
        token = self.at(index)
        if not (token.text[:1].isalpha() and self.at_rest()):
            return False
        return self.kind() != "declaration" or (token.terminal == "NAME" and first_on_line(self.text, token))

    def begins_nothing(self, index: int, terminal: str) -> bool:
        """Whether a name stands where a statement can begin, and begins none."""
        if terminal != "NAME" or index in self.balanced.extra:
            return False
        return not self.fits(["NAME"], self.at(index + 1)) and self.at_rest()

    def begins_line(self, index: int) -> bool:
        """Whether a word stands where a statement or clause must begin: on a new line after a value."""
        token, before = self.at(index), self.at(index - 1)
        apart = token.terminal == "NAME" and before.terminal in OPERAND_ENDS and first_on_line(self.text, token)
        return apart and self.kind() != "declaration"

    def begins_case(self, index: int) -> bool:
        """Whether a token may begin a case of a test: on a new line, a strategy or the name of what is called."""
        token = self.at(index)
        called = token.terminal == "NAME" and self.at(index + 1).terminal in ("LPAR", "DOT")
        begins = called or token.terminal in STRATEGIES
        return begins and first_on_line(self.text, token) and self.kind() == TEST_CASE

    def begins(self, index: int) -> bool:
        """Whether a token may begin a statement, clause or declaration, for all that stands around it."""
        token, following = self.at(index), self.at(index + 1)
        starts_line = first_on_line(self.text, token)
        if token.terminal in STARTERS:
            return index == 0 or self.at(index - 1).terminal != "ELSE"
        if self.begins_case(index) or (token.terminal == "ELSE" and starts_line and self.kind() == "case"):
            return True
        if starts_line and (following.terminal == "EQUAL" or self.begins_line(index)):
            return True
        if is_declaration(token) and self.depth(len(self.machine.symbols)) == 0:
            return starts_line or declares(self.text, self.balanced.tokens, index)
        return bool(token.soft) and token.text not in RESERVED

    def fits(self, first: list[str], *tokens: Token, pop: int = 0) -> bool:
        """Whether some terminals and then some tokens could come next."""
        rows = [first]
        for token in tokens:
            rows = [[*row, one] for row in rows for one in (token.soft, token.terminal) if one]
        return any(self.machine.viable(*row, pop=pop) for row in rows)

    def insert(self, index: int, terminal: str) -> None:
        """Puts an empty token in. What was missing before it stays; what is missing after it is found anew."""
        where = self.before(index)
        offset = where.end if where else self.at(index).start
        kept = [one for place, one in enumerate(self.balanced.tokens) if place < index]
        rest = [
            one
            for place, one in enumerate(self.balanced.tokens)
            if place >= index and place not in self.balanced.missing
        ]
        self.balanced = balance(self.text, [*kept, Token(terminal, "", offset, offset), *rest])

    def remove(self, index: int) -> None:
        """Takes a token out."""
        kept = self.balanced.tokens[:index]
        rest = [
            one
            for place, one in enumerate(self.balanced.tokens)
            if place > index and place not in self.balanced.missing
        ]
        self.balanced = balance(self.text, [*kept, *rest])


def kind_of(actions: dict[str, int]) -> str:
    """What the things are called that begin in a state with these actions, if it is that of a body."""
    for terminal, kind in BODIES.items():
        if actions.get(terminal, -1) >= 0:
            return kind
    return TEST_CASE if actions.get("PREDICT", -1) >= 0 and actions.get("RBRACE", -1) >= 0 else ""
