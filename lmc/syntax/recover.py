"""Parsing a text with mistakes: each is reported once, and what it did not spoil is kept.

A piece of the file that begins at the margin with a declaration is parsed on its own, its brackets in balance. At a token
that cannot come, in this order: a bracket that was never closed is closed; a word that is nearly a keyword is taken for it; a
missing mark is put in; else what was begun is dropped (an item of a list, the head of a block, a statement or clause, a
declaration) and parsing goes on after it. A mistake in what another mistake has spoilt already is not reported."""

from __future__ import annotations

from typing import Any

from lmc.diagnostics import Diagnostic, Sink, did_you_mean
from lmc.source import SourceFile, Span
from lmc.syntax import ast, problems
from lmc.syntax.brackets import Balanced, balance, declares, first_on_line, is_declaration, pieces, too_deep
from lmc.syntax.grammar import Table
from lmc.syntax.machine import Machine, TooDeep
from lmc.syntax.tokens import CLOSERS, MAX_NESTING, OPENERS, RESERVED, Scan, Token
from lmc.syntax.transform import Transform

BODIES = {"SIGNATURE": "declaration", "LET": "statement", "DEMO": "clause", "BUDGET": "clause"}
"""What begins something in a body of each kind, and what that is."""

STARTERS = frozenset(("LET", "RETURN", "IF", "FOR", "IN"))
MARKS = ("EQUAL", "COLON", "COMMA", "ARROW", "FAT_ARROW", "LBRACE", "LPAR")
"""The marks that are put in where they are missing."""

HEADS = {
    "IF": ("NAME",),
    "FOR": ("NAME", "IN", "NAME"),
    "MODULE": ("NAME", "LPAR", "RPAR", "ARROW", "NAME"),
    "SIGNATURE": ("NAME",),
    "OPTIMIZE": ("NAME",),
}
"""The shortest head that a block may have, after the keyword that begins it."""


def parse_flawed(source: SourceFile, scan: Scan, grammar: Table, sink: Sink) -> tuple[ast.Declaration, ...]:
    """The declarations of a file that has a mistake."""
    for problem in scan.problems:
        sink.add(problem)
    declarations: list[ast.Declaration] = []
    rest = list(pieces(source.text, scan.tokens))
    for number, tokens in enumerate(rest):
        if deep := too_deep(tokens):
            sink.add(problems.too_deep(source.span(deep.start, deep.end), MAX_NESTING))
            continue
        size = len(source.text)
        following = rest[number + 1][0] if number + 1 < len(rest) else Token("", "", size, size)
        piece = _Piece(source, tokens, following._replace(terminal="$END", soft=""), scan.damage, grammar, sink)
        try:
            declarations += piece.parse()
        except TooDeep as error:
            sink.add(problems.too_deep(source.span(error.start, error.start + 1), MAX_NESTING))
    return tuple(declarations)


class _Piece:
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
        self.machine = Machine(grammar, Transform(source, sink).actions())
        self.balanced: Balanced = balance(source.text, tokens)

    def parse(self) -> list[ast.Declaration]:
        """The declarations of the piece. Raises TooDeep."""
        machine, index = self.machine, 0
        while index < len(self.balanced.tokens):
            token = self.balanced.tokens[index]
            terminal = machine.resolve(token, self.at(index + 1).terminal)
            fits = machine.viable(terminal)
            if index in self.balanced.missing:
                if fits:
                    machine.settle((terminal,))
                self.missing(index)
            if fits:
                machine.feed(terminal, token)
                index += 1
            else:
                index = self.mend(index, terminal)
        if not machine.viable("$END"):
            self.mend(index, "$END")
        while not machine.viable("$END"):
            machine.pop(1)
        return list(machine.finish())

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

    # What a mistake spoils

    def body(self) -> int:
        """The place in the stack of the innermost body: what it holds can begin after it."""
        states, table = self.machine.states, self.grammar.states
        for place in range(len(states) - 1, 0, -1):
            if any(table[states[place]].get(terminal, -1) >= 0 for terminal in BODIES):
                return place
        return 0

    def item(self, body: int) -> int:
        """The place in the stack of the comma or bracket before the item of a list that is being read, else 0."""
        symbols = self.machine.symbols
        for place in range(len(symbols) - 1, body, -1):
            if symbols[place] == "COMMA":
                return place if any(one in OPENERS for one in symbols[body + 1 : place]) else 0
            if symbols[place] in OPENERS:
                return place
        return 0

    def spoilt(self, token: Token) -> bool:
        """Whether a mistake was reported in what is being read."""
        machine, body = self.machine, self.body()
        begun = self.item(body) or body
        start = machine.starts[begun + 1] if begun + 1 < len(machine.starts) else token.start
        return any(start <= offset <= token.end for offset in self.damage)

    # Cures

    def mend(self, index: int, terminal: str) -> int:
        """Deals with a token that cannot come; gives the index of the token to go on with."""
        token = self.at(index)
        if index in self.balanced.missing:
            return self.drop(index)
        if index in self.balanced.extra:
            if not self.spoilt(token):
                self.report(token.start, problems.unopened_bracket(self.place(token), token.text))
            return index + 1
        if self.close_bracket(index):
            return index
        if self.spoilt(token):
            return self.drop(index)
        if (corrected := self.keyword(index)) is not None:
            return corrected
        if terminal in problems.COMPARISON and self.machine.viable("AND"):
            self.chained(token)
            return self.drop(index)
        expected = self.machine.expected()
        inserted = self.missing_mark(index)
        newline = token.terminal == "$END" or first_on_line(self.text, token)
        before = self.before(index) if newline else None
        after = self.place(before) if before else None
        names = {**self.names, "FSTRING_CLOSE": '"'}
        wanted = {inserted} if inserted else expected
        place = self.place(token) if token.text or before is None else self.place(before)
        problem = problems.unexpected(place, token.text, wanted, names, after, assigns=terminal == "EQUAL")
        self.report(before.end if before else token.start, problem)
        if inserted:
            self.insert(index, inserted)
            return index
        return self.drop(index)

    def missing(self, index: int) -> None:
        """Reports a closing bracket that is missing."""
        token, opener = self.at(index), self.balanced.missing[index]
        if not self.spoilt(token):
            self.unclosed(index, opener)

    def unclosed(self, index: int, opener: Token) -> None:
        before = self.before(index) or opener
        closer = self.names[OPENERS[opener.terminal]]
        problem = problems.unclosed_bracket(self.place(before), self.place(opener), opener.text, closer)
        self.report(before.end, problem)

    def close_bracket(self, index: int) -> bool:
        """If a bracket is open that is never closed, and this token could come if it were: closes it here."""
        if not any(place > index for place in self.balanced.missing):
            return False
        token = self.at(index)
        open_ = [place for place, symbol in enumerate(self.machine.symbols) if symbol in OPENERS]
        closers: list[str] = []
        for place in reversed(open_[-3:]):
            closers.append(OPENERS[self.machine.symbols[place]])
            if self.fits(closers, token):
                if not self.spoilt(token):
                    self.unclosed(index, self.machine.values[open_[-1]])
                for closer in reversed(closers):
                    self.insert(index, closer)
                return True
        return False

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

    def missing_mark(self, index: int) -> str | None:
        """The mark without which this token and the next cannot come."""
        token, following = self.at(index), self.at(index + 1)
        return next((mark for mark in MARKS if self.fits([mark], token, following)), None)

    def keyword(self, index: int) -> int | None:
        """Takes this word, or the one before it, for the keyword that it nearly is; where a keyword must stand, reports a word
        that is none. Gives the index of the token to go on with."""
        token = self.at(index)
        machine = self.machine
        if token.terminal == "NAME" and machine.viable_any(BODIES):
            machine.settle(BODIES)
            place = BODIES[next(one for one in BODIES if machine.viable(one))]
            known = {word: one for word, one in self.grammar.words.items() if machine.viable(one)}
            self.report(token.start, problems.unknown_keyword(self.place(token), token.text, known, place))
            near = did_you_mean(token.text, known)
            if near and self.fits([known[near]], self.at(index + 1)):
                self.balanced.tokens[index] = token._replace(terminal=known[near], soft="")
                return index
            return self.drop(index + 1)
        before = self.at(index - 1) if index else token
        if before.terminal != "NAME" or before is token or machine.symbols[-1] not in ("NAME", "ident", "reference"):
            return None
        words = self.grammar.words
        known = {word: one for word, one in words.items() if self.fits([one], token, pop=1) and word != before.text}
        if first_on_line(self.text, before):
            starting = {word: one for word, one in known.items() if one in STARTERS}
            known = starting or known
        near = did_you_mean(before.text, known)
        if near is None or before.text in words or len(before.text) < 3:
            return None
        self.report(before.start, problems.misspelt(self.place(before), before.text, near))
        machine.pop(1)
        machine.feed(known[near], before)
        return index

    def chained(self, token: Token) -> None:
        """Reports a comparison of a comparison."""
        machine = self.machine
        first = next(
            (v for s, v in zip(machine.symbols[::-1], machine.values[::-1], strict=True) if s in problems.COMPARISON),
            None,
        )
        self.report(token.start, problems.chained(self.place(token), token.text, self.place(first) if first else None))

    # Dropping

    def drop(self, index: int) -> int:
        """Drops what is being read; gives the index of the token to go on with."""
        machine, body = self.machine, self.body()
        token = self.at(index)
        ended = token.terminal == "$END" or not token.text or first_on_line(self.text, token)
        if ended and machine.viable_any(BODIES):
            machine.settle(BODIES)
            return self.next_in_body(index)
        if (item := self.item(body)) and (found := self.next_item(index, item)) is not None:
            return found
        if (found := self.next_block(index, body)) is not None:
            return found
        machine.pop(len(machine.states) - 1 - body)
        return self.next_in_body(index)

    def depth(self, place: int) -> int:
        """How many brackets are open on the stack up to a place."""
        return sum(symbol in OPENERS for symbol in self.machine.symbols[: place + 1])

    def next_item(self, index: int, item: int) -> int | None:
        """Goes on with the next item of the list, or with its end."""
        machine, depth = self.machine, self.depth(item)
        pop = len(machine.states) - 1 - item
        for place in range(index, len(self.balanced.tokens)):
            token, around = self.at(place), self.balanced.depths[place]
            if around < depth:
                if not machine.viable(token.terminal, pop=pop):
                    return None
                machine.pop(pop)
                return place
            if around == depth and token.terminal == "COMMA" and self.fits([], self.at(place + 1), pop=pop):
                machine.pop(pop)
                return place + 1
        return None

    def next_block(self, index: int, body: int) -> int | None:
        """Goes on with the block of the statement or declaration that is being read, if its head is spoilt."""
        machine = self.machine
        keyword = machine.symbols[body + 1] if body + 1 < len(machine.symbols) else ""
        if keyword not in HEADS:
            return None
        depth = self.depth(body)
        for place in range(index, len(self.balanced.tokens)):
            token, following = self.at(place), self.at(place + 1)
            if self.balanced.depths[place] < depth:
                return None
            if self.balanced.depths[place] > depth or token.terminal != "LBRACE":
                continue
            begins = following.terminal in (*STARTERS, "STRING", "RBRACE") or following.soft
            assigns = following.terminal == "NAME" and self.at(place + 2).terminal == "EQUAL"
            if not (begins or assigns):
                continue
            named: Any = machine.values[body + 2] if body + 2 < len(machine.values) else None
            machine.pop(len(machine.states) - body - 2)
            for number, terminal in enumerate(HEADS[keyword]):
                text = named.text if number == 0 and isinstance(named, ast.Ident | Token) else "_"
                machine.feed(terminal, Token(terminal, text, token.start, token.start))
            return place
        return None

    def next_in_body(self, index: int) -> int:
        """The index of the token that begins the next statement, clause or declaration, or that ends the body."""
        machine = self.machine
        depth = self.depth(self.body())
        for place in range(index, len(self.balanced.tokens)):
            token = self.at(place)
            around = self.balanced.depths[place]
            if around < depth and token.terminal in CLOSERS and machine.viable(token.terminal):
                return place
            if (
                around == depth
                and self.begins(place)
                and machine.viable(machine.resolve(token, self.at(place + 1).terminal))
            ):
                return place
        return len(self.balanced.tokens)

    def begins(self, index: int) -> bool:
        """Whether a token may begin a statement, clause or declaration, for all that stands around it."""
        token, following = self.at(index), self.at(index + 1)
        starts_line = first_on_line(self.text, token)
        if token.terminal in STARTERS:
            return index == 0 or self.at(index - 1).terminal != "ELSE"
        if following.terminal == "EQUAL" and starts_line:
            return True
        if is_declaration(token) and self.depth(len(self.machine.symbols)) == 0:
            return starts_line or declares(self.text, self.balanced.tokens, index)
        return bool(token.soft) and token.text not in RESERVED
