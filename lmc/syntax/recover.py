"""Parsing a text with mistakes: each is reported once, and what it did not spoil is kept.

A piece of the file that begins at the margin with a declaration is parsed on its own, its brackets in balance. At a
token that cannot come, in this order: a bracket that was never closed is closed; a word that is nearly a keyword is
taken for it; a missing mark is put in; else what was begun is dropped (an item of a list, the head of a block, a
statement or clause, a declaration) and parsing goes on after it. A mistake in what another mistake has spoilt already
is not reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmc.diagnostics import Sink, did_you_mean
from lmc.source import SourceFile
from lmc.syntax import ast, problems
from lmc.syntax.brackets import first_on_line, too_deep
from lmc.syntax.flawless import Flawless
from lmc.syntax.grammar import Table
from lmc.syntax.machine import TooDeep
from lmc.syntax.reading import STARTERS, TEST_CASE, Reading
from lmc.syntax.resume import HEADS, drop
from lmc.syntax.tokens import CLOSERS, MAX_NESTING, OPENERS, RESERVED, Scan, Token

MARKS = ("EQUAL", "COLON", "COMMA", "ARROW", "FAT_ARROW", "WITH", "FROM", "TO", "LBRACE")
"""What is put in where it is missing."""

AFTER_NAME = frozenset(("EQUAL", "COLON", "DOT", "COMMA", *CLOSERS)) | problems.OPERATORS | problems.COMPARISON
"""What may come after a name, and seldom after a word that it was taken for."""

CONNECTIVES = frozenset(("and", "else", "for", "if", "in", "let", "not", "or", "return"))
"""The reserved words that stand between things: where a value may stand, they are not meant to be names."""

MAX_MISTAKES = 100
"""After so many mistakes in one piece the rest of it is left unread."""


def parse_flawed(
    source: SourceFile, scan: Scan, rest: Sequence[list[Token]], grammar: Table, sink: Sink
) -> tuple[ast.Declaration, ...]:
    """The declarations of the pieces of a file, some of which have a mistake."""
    declarations: list[ast.Declaration] = []
    flawless = Flawless(source, grammar)
    for number, tokens in enumerate(rest):
        size = len(source.text)
        following = rest[number + 1][0] if number + 1 < len(rest) else Token("", "", size, size)
        # Most pieces have no mistake, and to parse them as such is quicker.
        if number and (whole := flawless.parse(tokens, following, sink)) is not None:
            declarations += whole
            continue
        if deep := too_deep(tokens):
            sink.add(problems.too_deep(source.span(deep.start, deep.end), MAX_NESTING))
            continue
        piece = _Piece(source, tokens, following._replace(terminal="$END", soft=""), scan.damage, grammar, sink)
        try:
            declarations += piece.parse()
        except TooDeep as error:
            sink.add(problems.too_deep(source.span(error.start, error.start + 1), MAX_NESTING))
    return tuple(declarations)


class _Piece(Reading):
    """The parse of one piece of a file, and its cures."""

    def parse(self) -> list[ast.Declaration]:
        """The declarations of the piece. Raises TooDeep."""
        machine, index, patience = self.machine, 0, MAX_MISTAKES
        while index < len(self.balanced.tokens) and patience:
            token = self.balanced.tokens[index]
            terminal = machine.resolve(token, self.at(index + 1))
            fits = machine.viable(terminal) and not self.begins_nothing(index, terminal)
            if index in self.balanced.missing:
                if fits:
                    machine.settle((terminal,))
                self.missing(index)
            if fits:
                machine.feed(terminal, token)
                index += 1
            else:
                index = self.mend(index, terminal)
                patience -= 1
        if not machine.viable("$END"):
            self.mend(index, "$END")
        while not machine.viable("$END"):
            machine.pop(1)
        return list(machine.finish())

    def mend(self, index: int, terminal: str) -> int:
        """Deals with a token that cannot come; gives the index of the token to go on with."""
        token = self.at(index)
        if index in self.balanced.missing:
            return drop(self, index)
        if index in self.balanced.extra:
            if not self.spoilt(index):
                self.report(token.start, problems.unopened_bracket(self.place(token), token.text))
            return index + 1
        if self.close_bracket(index) or self.reserved(index):
            return index
        if self.spoilt(index):
            return drop(self, index)
        for cure in (self.block_for_value, self.options_for_cases, self.keyword, self.begun_too_early):
            if (found := cure(index)) is not None:
                return found
        if terminal in problems.COMPARISON and self.machine.viable("AND"):
            self.chained(token)
            return drop(self, index)
        mark = self.missing_mark(index)
        self.unexpected(index, mark)
        if mark:
            self.insert(index, mark)
        elif self.unbalances(index):
            self.remove(index)
        else:
            return drop(self, index)
        return index

    def unexpected(self, index: int, mark: str | None) -> None:
        """Reports a token that cannot come; `mark` is what is missing before it, if that is known."""
        token = self.at(index)
        newline = token.terminal == "$END" or first_on_line(self.text, token)
        before = self.before(index) if newline else None
        expected = {mark} if mark else self.machine.expected()
        problem = problems.unexpected(
            self.place(before or token), token.text, expected, self.names, behind=before is not None
        )
        if mark and (last := self.before(index)) is not None:
            tight = not self.text[last.end : last.end + 1].isspace()
            problem = replace(problem, fix=problems.put_in(self.place(last), self.names[mark], tight=tight))
        if "SIGNATURE" in expected and any(place > index for place in self.balanced.extra):
            problem = replace(problem, help="is there a bracket too many before it?")
        self.report(before.end if before else token.start, problem)

    def missing(self, index: int) -> None:
        """Reports a closing bracket that is missing."""
        opener, before = self.balanced.missing[index], self.before(index)
        swallowed = before and before.start in self.damage and '"""' in self.text[before.start : before.start + 4]
        if not swallowed and not self.spoilt(index):
            self.unclosed(index, opener, (OPENERS[opener.terminal],))

    def unclosed(self, index: int, opener: Token, closers: Sequence[str]) -> None:
        """Reports a bracket that is never closed; `closers` are the terminals that are put in."""
        if not opener.text:
            # It was missing too, and that was reported.
            return
        before = self.before(index) or opener
        closer = self.names[OPENERS[opener.terminal]]
        written = "".join(self.names[one] for one in closers)
        if closer == "}":
            written = f"\n{written}" if "\n" in self.text[opener.start : before.end] else f" {written}"
        problem = problems.unclosed_bracket(self.place(before), self.place(opener), opener.text, closer, written)
        self.report(before.end, problem)

    def close_bracket(self, index: int) -> bool:
        """If a bracket is open that is never closed, and this token could come if it were: closes it here."""
        if not any(place > index for place in self.balanced.missing):
            return False
        token = self.at(index)
        opened = self.opened(len(self.machine.symbols))
        closers: list[str] = []
        for place in reversed(opened[-3:]):
            closers.append(OPENERS[self.machine.symbols[place]])
            if self.fits(closers, token):
                if not self.spoilt(index):
                    self.unclosed(index, self.machine.values[opened[-1]], closers)
                for closer in reversed(closers):
                    self.insert(index, closer)
                return True
        return False

    def unbalances(self, index: int) -> bool:
        """Whether a token is a bracket without which the others would be in balance."""
        terminal, balanced = self.at(index).terminal, self.balanced
        if terminal in OPENERS:
            return any(place > index and one.terminal == terminal for place, one in balanced.missing.items())
        return any(place > index and self.at(place).terminal == terminal for place in balanced.extra)

    def missing_mark(self, index: int) -> str | None:
        """The mark without which this token and the next cannot come."""
        token, following = self.at(index), self.at(index + 1)
        marks: tuple[str, ...] = MARKS[:-1] if token.terminal in CLOSERS else MARKS
        if self.begun_with() in ("ASSERT", "SUGGEST"):
            marks = (*marks, "ELSE")
        if self.begins_case(index):
            marks = tuple(mark for mark in marks if mark != "FAT_ARROW")
        return next((mark for mark in marks if self.fits([mark], token, following)), None)

    def reserved(self, index: int) -> bool:
        """Takes this reserved word, or the one before it, for the name that it is meant to be; reports that it is
        none. False if it is meant to be something else."""
        token, following, machine = self.at(index), self.at(index + 1), self.machine
        if is_reserved(token) and self.fits(["NAME"], following):
            named = following.terminal in ("COLON", "EQUAL")
            starts = token.terminal in STARTERS and first_on_line(self.text, token)
            only = token.text not in CONNECTIVES or not machine.viable("STRING")
            if named or (only and not starts):
                self.no_name(token)
                self.balanced.tokens[index] = token._replace(terminal="NAME")
                return True
        before = self.at(index - 1) if index else following
        named = token.terminal == "COLON" or (token.terminal in AFTER_NAME and before.text not in CONNECTIVES)
        if not (named and is_reserved(before) and machine.symbols[-1] == before.terminal):
            return False
        if first_on_line(self.text, token):
            return False
        if self.fits(["NAME"], token, pop=1):
            machine.pop(1)
            self.no_name(before)
            machine.feed("NAME", before._replace(terminal="NAME"))
            return True
        return False

    def no_name(self, token: Token) -> None:
        """Reports a reserved word that stands for a name. It spoils nothing."""
        machine = self.machine
        quoted = machine.viable("STRING") and not machine.viable_any(("LPAR", "INT"))
        self.sink.add(problems.reserved(self.place(token), token.text, quoted=quoted))

    def block_for_value(self, index: int) -> int | None:
        """If the brace that was taken for the beginning of a value is that of a block, whose head lacks the value:
        reports that; gives the index of the token to go on with."""
        machine = self.machine
        size = 0
        if self.at(index).terminal in problems.STATEMENT and machine.symbols[-1] == "LBRACE":
            size = 1
        elif machine.symbols[-2:] == ["LBRACE", "NAME"] and self.at(index - 1).soft == "CASE":
            size = 2
        if not size or self.begun_with() not in HEADS:
            return None
        machine.pop(size)
        self.unexpected(index - size, None)
        return drop(self, index - size)

    def options_for_cases(self, index: int) -> int | None:
        """If the options of a test lack `with`, so that they were taken for its cases: puts it in; gives the index of
        the token to go on with."""
        begun = self.machine.symbols[-1] == "LBRACE" and self.kind() == TEST_CASE
        if not begun or self.at(index + 1).terminal != "COLON":
            return None
        self.machine.pop(1)
        self.unexpected(index - 1, "WITH")
        self.insert(index - 1, "WITH")
        return index - 1

    def begun_too_early(self, index: int) -> int | None:
        """If a value is missing at the end of a line, so that what the next line begins with was taken for it, up to
        this `=` or `=>`: reports that; gives the index of the token to go on with."""
        machine, body, token = self.machine, self.body(), self.at(index)
        if token.terminal not in ("EQUAL", "FAT_ARROW") or token.terminal not in machine.symbols[body + 1 :]:
            return None
        place = max(place for place, one in enumerate(machine.symbols) if one == token.terminal)
        start = machine.starts[place + 1] if place + 1 < len(machine.starts) else token.start
        index = next(place for place, one in enumerate(self.balanced.tokens) if one.start >= start and one.text)
        if not first_on_line(self.text, self.at(index)) or place < max(self.opened(len(machine.symbols)), default=0):
            return None
        machine.pop(len(machine.symbols) - 1 - place)
        self.unexpected(index, None)
        machine.pop(len(machine.symbols) - 1 - body)
        return index

    def keyword(self, index: int) -> int | None:
        """Takes this word, or the one before it, for the keyword that it nearly is; where a keyword must stand,
        reports a word that is none. Gives the index of the token to go on with."""
        token, machine = self.at(index), self.machine
        if near := self.near(index, pop=0):
            self.balanced.tokens[index] = token._replace(terminal=near, text=self.names[near], soft="")
            return index
        if index and machine.symbols[-1] == "NAME":
            before = self.at(index - 1)
            if near := self.near(index - 1, pop=1):
                machine.pop(1)
                machine.feed(near, before._replace(text=self.names[near]))
                return index
            if before.soft and token.terminal == "NAME" and first_on_line(self.text, before):
                machine.pop(1)
                self.unexpected(index - 1, None)
                return drop(self, index - 1)
        if token.terminal != "NAME" or not self.at_rest():
            return None
        self.settle()
        known = {word for word, one in self.grammar.words.items() if machine.viable(one)}
        following = self.at(index + 1).terminal
        self.report(token.start, problems.unknown_keyword(self.place(token), token.text, known, self.kind(), following))
        return drop(self, index + 1)

    def near(self, index: int, pop: int) -> str | None:
        """The keyword that a word is nearly, if it and the next token could come after the top `pop` symbols are taken
        away; reports that it is not."""
        token, machine = self.at(index), self.machine
        if token.terminal != "NAME" or token.text in self.grammar.words or len(token.text) < 3:
            return None
        known = {word: one for word, one in self.grammar.words.items() if self.fits([one], self.at(index + 1), pop=pop)}
        starting = self.grammar.states[machine.states[self.body()]]
        begins = {word: one for word, one in known.items() if starting.get(one, -1) >= 0}
        if begins and first_on_line(self.text, token):
            known = begins
        if not known and not first_on_line(self.text, token):
            known = {word: one for word, one in self.grammar.words.items() if machine.viable(one, pop=pop)}
        near = did_you_mean(token.text, known)
        if near is None:
            return None
        if near in begins:
            problem = problems.unknown_keyword(self.place(token), token.text, known, self.kind())
        else:
            problem = problems.misspelt(self.place(token), token.text, near)
        self.report(token.start, problem)
        return known[near]

    def chained(self, token: Token) -> None:
        """Reports a comparison of a comparison."""
        machine = self.machine
        first = next(
            (v for s, v in zip(machine.symbols[::-1], machine.values[::-1], strict=True) if s in problems.COMPARISON),
            None,
        )
        middle = self.text[first.end : token.start].strip() if first else ""
        middle = "" if "\n" in middle else middle
        place = self.place(first) if first else None
        self.report(token.start, problems.chained(self.place(token), token.text, place, middle))


def is_reserved(token: Token) -> bool:
    """Whether a token is a word that cannot be a name."""
    return token.text in RESERVED and token.terminal != "NAME"
