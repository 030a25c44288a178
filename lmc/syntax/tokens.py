"""From text to tokens, comments and what is wrong with single characters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from lmc.diagnostics import Diagnostic
from lmc.source import SourceFile
from lmc.syntax import ast, problems
from lmc.syntax.grammar import Table
from lmc.syntax.strings import bad_escapes

RESERVED = (
    "and",
    "assert",
    "best_of",
    "break",
    "chain_of_thought",
    "compare",
    "else",
    "ensemble",
    "false",
    "for",
    "if",
    "in",
    "let",
    "match",
    "not",
    "null",
    "or",
    "parallel",
    "predict",
    "program_of_thought",
    "react",
    "refine",
    "repeat",
    "retrieve",
    "return",
    "suggest",
    "true",
    "try",
    "tune",
    "vote",
    "while",
)
"""The words that cannot be names."""

DECLARATIONS = (
    *("data", "emit", "extern", "import", "lm", "metric", "module", "optimize", "retriever", "signature", "test"),
    *("tool", "type"),
)
"""The words that begin a declaration."""

KEYWORDS = tuple(
    sorted(
        (
            *RESERVED,
            *DECLARATIONS,
            *("above", "as", "assertions", "assistant", "at", "budget", "by", "calls", "case", "chars", "demo"),
            *(
                "depth",
                "dollars",
                "enum",
                "extends",
                "fixed",
                "from",
                "items",
                "list",
                "map",
                "matching",
                "off",
                "on",
                "out",
            ),
            *("passes", "prompt", "proposer", "retry", "seed", "system", "teacher", "to", "tokens", "up", "user"),
            *("using", "with"),
        )
    )
)
"""All words that mean something to the grammar."""

MAX_NESTING = 150
"""How deep brackets may nest; with operators and statements, how deep a tree may be."""

OPENERS = {"LBRACE": "RBRACE", "LPAR": "RPAR", "LSQB": "RSQB"}
STATEMENTS = frozenset(("LET", "RETURN", "FOR", "WHILE", "REPEAT", "MATCH", "ASSERT", "SUGGEST", "BREAK", "PARALLEL"))
"""The words that begin a statement, but for `if`."""
CLOSERS = {"RBRACE": "LBRACE", "RPAR": "LPAR", "RSQB": "LSQB"}
OPERAND_ENDS = frozenset(
    ("NAME", "INT", "FLOAT", "STRING", "TRUE", "FALSE", "NULL", "RPAR", "RSQB", "RBRACE", "FSTRING_CLOSE")
)
BRACES = frozenset(("LBRACE", "RBRACE"))
SLASHES = frozenset(("SLASH", "DOUBLE_SLASH"))
TURNS = frozenset((*OPENERS, *CLOSERS, "FOR", "IF"))
TYPE_ENDS = OPERAND_ENDS | {"DOTS", "QMARK"}

_TEXT = re.compile(r'(?:\\u\{[0-9a-fA-F]*\}|\\[^\n]|[^"\\\n{}]|\{\{|\}\})+')
_BLOCK_TEXT = re.compile(r'(?:\\u\{[0-9a-fA-F]*\}|\\[\s\S]|[^"\\{}]|"(?!"")|\{\{|\}\})+')
_DECLARATION_LINE = re.compile(
    rf"^(?:(?:{'|'.join(DECLARATIONS)})\b[^\n\S]+[\w{{\"][^\n]*[={{(]"
    r'|import[^\n\S]+(?:\{[^\n]*\}[^\n\S]*from|"[^\n]*"[^\n\S]*as)\b|emit\b[^\n]*[^\n\S]to[^\n\S]+")',
    re.MULTILINE,
)
_REGEX = re.compile(r"/(?:\\.|[^/\\\n])+/")
_SINGLE_QUOTED = re.compile(r"'[^'\n]*'")


_ENDINGS = {
    "(": re.compile(r"\s*\)(?:\.\w+)*\Z"),
    "[": re.compile(r"\s*\](?:\.\w+)*\Z"),
    "{": re.compile(r"\s*\}\Z"),
}
"""What stands at the end of a line and closes what was opened before on it, with the fields that are taken of it."""


class Token(NamedTuple):
    """A terminal of the grammar and its place. `soft` is the keyword that a name may also be."""

    terminal: str
    text: str
    start: int
    end: int
    soft: str = ""


@dataclass(slots=True)
class Scan:
    """All tokens of a file. `gaps` are the places of the tokens and comments that a blank line stands before; `damage`
    are the places of characters that were left out or guessed."""

    tokens: list[Token] = field(default_factory=list)
    comments: list[ast.Comment] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    damage: list[int] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)


def tokenize(source: SourceFile, table: Table) -> Scan:
    """The tokens of a file; never fails."""
    cuts: frozenset[int] = frozenset()
    while True:
        scanner = _Scanner(source, table, cuts)
        scanner.tokens_from(1 if source.text.startswith("\ufeff") else 0)
        culprit = scanner.culprit()
        if culprit is None or len(cuts) > 4:
            mark_values(scanner.scan.tokens, source.text)
            return scanner.scan
        cuts |= {culprit}


class _Scanner:
    """Reads one file. `cuts` are the places of the block strings that end before the next declaration."""

    def __init__(self, source: SourceFile, table: Table, cuts: frozenset[int]) -> None:
        self.source = source
        self.text = source.text
        self.table = table
        self.cuts = cuts
        self.scan = Scan()
        self.lost_end = False
        self.strings = 0

    def culprit(self) -> int | None:
        """If the file ends within a block string, the block string before it that swallowed a declaration."""
        if not self.lost_end:
            return None
        for token in self.scan.tokens:
            long = token.terminal == "STRING" and token.text.startswith('"""')
            if long and token.start not in self.cuts and _DECLARATION_LINE.search(self.text, token.start, token.end):
                return token.start
        return None

    def tokens_from(self, position: int, hole: bool = False, line: bool = False) -> int:
        """Reads tokens up to the end; in a hole of an f-string up to the brace that ends it. Gives the place after, or
        -1 if the hole has no end (`line`: on its line)."""
        match_at, marks, tokens = self.table.pattern.match, self.table.marks, self.scan.tokens
        braces, size = 0, len(self.text)
        while position < size:
            match = match_at(self.text, position)
            if match is None:
                position = self.broken(position)
                continue
            kind, start, position = str(match.lastgroup), position, match.end()
            if kind == "SPACE":
                newlines = match[0].count("\n")
                if newlines and line:
                    return -1
                if newlines > 1:
                    self.scan.gaps.append(position)
            elif kind == "NAME":
                position = self.name(match[0], start, position)
            elif kind == "MARK":
                terminal = marks[match[0]]
                if terminal in SLASHES and (end := self.pattern(start)):
                    position = end
                    continue
                tokens.append(Token(terminal, match[0], start, position))
                if hole and terminal in BRACES:
                    braces += 1 if terminal == "LBRACE" else -1
                    if braces < 0:
                        return position
            elif (position := self.literal(kind, start, position, line)) < 0:
                return -1
        return -1 if hole else position

    def name(self, word: str, start: int, end: int) -> int:
        """A name or keyword; gives the place after it."""
        after = self.text[end : end + 1]
        if not after.isascii() and after.isalnum():
            return self.foreign_name(start, end)
        keyword = self.table.words.get(word, "")
        if keyword and word in RESERVED:
            self.scan.tokens.append(Token(keyword, word, start, end))
        else:
            self.scan.tokens.append(Token("NAME", word, start, end, keyword))
        return end

    def pattern(self, start: int) -> int:
        """A pattern, if one begins at a slash: where `matching` stands before it, and not as a name. Gives the place
        after it, else 0. Without an end it is taken to reach to the end of its line."""
        tokens = self.scan.tokens
        if len(tokens) < 2 or tokens[-1].soft != "MATCHING" or tokens[-2].terminal not in TYPE_ENDS:
            return 0
        if found := _REGEX.match(self.text, start):
            tokens.append(Token("REGEX", found[0], start, found.end()))
            return found.end()
        newline = self.text.find("\n", start)
        end = start + len(self.text[start : newline if newline >= 0 else None].rstrip())
        self.scan.damage.append(start)
        self.scan.problems.append(problems.unclosed_pattern(self.source.span(start, end)))
        tokens.append(Token("REGEX", "//", start, end))
        return end

    def literal(self, kind: str, start: int, end: int, line: bool) -> int:
        """A number, string, f-string or comment; gives the place after it, or -1 if it does not end on its line and
        must."""
        if kind == "COMMENT":
            self.comment(start, end)
            return -1 if line else end
        if kind == "FSTRING_OPEN":
            return self.format_string(start, end)
        if start in self.cuts:
            return self.broken(start)
        if kind == "STRING":
            if line and "\n" in self.text[start:end]:
                return -1
            self.check_escapes(start + 1, end - 1)
        self.scan.tokens.append(Token(kind, self.text[start:end], start, end))
        return end

    def comment(self, start: int, end: int) -> None:
        """A comment, without the carriage return that may end its line."""
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        text = self.text[start:end].rstrip()
        own = not before.strip(" \t\r\f\ufeff")
        self.scan.comments.append(ast.Comment(text, own, self.source.span(start, start + len(text))))

    def format_string(self, start: int, position: int) -> int:
        """An f-string from its opening on."""
        tokens, comments, found = len(self.scan.tokens), len(self.scan.comments), len(self.scan.problems)
        quotes = self.text[start + 1 : position]
        part = _TEXT if len(quotes) == 1 else _BLOCK_TEXT
        self.scan.tokens.append(Token("FSTRING_OPEN", self.text[start:position], start, position))
        self.strings += 1
        while 0 <= position < len(self.text) and self.strings < 10:
            if match := part.match(self.text, position):
                self.check_escapes(position, match.end())
                self.scan.tokens.append(Token("FSTRING_TEXT", match[0], position, match.end()))
                position = match.end()
            elif self.text.startswith(quotes, position):
                self.strings -= 1
                end = position + len(quotes)
                self.scan.tokens.append(Token("FSTRING_CLOSE", quotes, position, end))
                return end
            elif self.text[position] == "{":
                self.scan.tokens.append(Token("LBRACE", "{", position, position + 1))
                position = self.tokens_from(position + 1, hole=True, line=len(quotes) == 1)
            elif self.text[position] == "}":
                self.scan.problems.append(problems.lone_brace(self.source.span(position, position + 1)))
                position += 1
            else:
                break
        self.strings -= 1
        del self.scan.tokens[tokens:], self.scan.comments[comments:], self.scan.problems[found:]
        return self.unclosed(start, start + 1, quotes)

    def broken(self, position: int) -> int:
        """Characters that begin no token; gives the place after them."""
        text = self.text
        if text[position] == '"':
            return self.unclosed(position, position, '"""' if text.startswith('"""', position) else '"')
        self.scan.damage.append(position)
        if match := _SINGLE_QUOTED.match(text, position):
            self.scan.problems.append(problems.single_quotes(self.source.span(position, match.end()), match[0]))
            self.scan.tokens.append(Token("STRING", '""', position, match.end()))
            return match.end()
        if text[position].isalpha():
            return self.foreign_name(position, position)
        end = position + 1
        while end < len(text) and text[end] not in "\"'" and self.table.pattern.match(text, end) is None:
            end += 1
        left, right = text[max(position - 1, 0) : position], text[end : end + 1]
        self.scan.problems.append(problems.stray(self.source.span(position, end), text[position:end], left, right))
        return end

    def foreign_name(self, start: int, end: int) -> int:
        """A name with letters that names do not have, or a name before some other character."""
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] == "_"):
            end += 1
        name = self.text[start:end]
        self.scan.tokens.append(Token("NAME", name, start, end))
        if not name.isascii():
            self.scan.problems.append(problems.foreign_name(self.source.span(start, end), name))
        return end

    def unclosed(self, start: int, quote: int, quotes: str) -> int:
        """A string without an end: it is taken to reach to the end of its line, or to the next declaration."""
        if len(quotes) == 3:
            found = _DECLARATION_LINE.search(self.text, quote + 3)
            end = found.start() if found else len(self.text)
            self.lost_end = self.lost_end or start not in self.cuts
        else:
            newline = self.text.find("\n", start)
            end = len(self.text) if newline < 0 else newline
        self.scan.damage.append(start)
        shown = quote + len(quotes) if len(quotes) == 3 else start + len(self.text[start:end].rstrip())
        close = self.source.span(start, self.meant_end(start, end)) if len(quotes) == 1 else None
        self.scan.problems.append(problems.unclosed_string(self.source.span(start, shown), quotes, close))
        self.scan.tokens.append(Token("STRING", '""', start, start + len(self.text[start:end].rstrip())))
        return end

    def meant_end(self, start: int, end: int) -> int:
        """Where a string that is not closed on its line is probably meant to end: before the brackets at the end of the
        line that close some of before it."""
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        opened = [char for char in line if char in "([{"]
        for char in line:
            if char in ")]}" and opened:
                opened.pop()
        place = start + len(self.text[start:end].rstrip())
        for char in opened:
            if found := _ENDINGS[char].search(self.text, start + 1, place):
                place = found.start()
        return place

    def check_escapes(self, start: int, end: int) -> None:
        """Reports the escapes that do not exist."""
        if self.text.find("\\", start, end) < 0:
            return
        for first, last in bad_escapes(self.text, start, end):
            self.scan.problems.append(problems.bad_escape(self.source.span(first, last), self.text[first:last]))


def mark_values(tokens: list[Token], text: str) -> None:
    """Turns each `if` that stands between two values into IF_ELSE: the one whose condition is followed by `else`, not
    by a block. No amount of looking at the tokens before it can tell."""
    around = [""]
    for index, token in enumerate(tokens):
        terminal = token.terminal
        if terminal not in TURNS:
            continue
        if terminal in OPENERS:
            around.append(terminal)
        elif terminal in CLOSERS and len(around) > 1:
            around.pop()
        elif terminal == "FOR" and around[-1] == "LSQB":
            # Behind the `for` of a comprehension an `if` without `else` says which items it takes.
            around[-1] = terminal
        elif terminal == "IF" and index and tokens[index - 1].terminal in OPERAND_ENDS:
            same_line = "\n" not in text[tokens[index - 1].end : token.start]
            if chooses(tokens, index + 1, same_line and around[-1] != "FOR"):
                tokens[index] = token._replace(terminal="IF_ELSE")


def chooses(tokens: list[Token], index: int, default: bool) -> bool:
    """Whether the condition that begins at `index` ends with `else`; `default` where neither `else` nor a block
    follows."""
    if index < len(tokens) and tokens[index].terminal == "TRY":
        # A `try` is no condition of a choice: its `else` is its own.
        return False
    depth = 0
    while index < len(tokens) and 0 <= depth <= MAX_NESTING:
        terminal = tokens[index].terminal
        if depth == 0 and terminal == "ELSE":
            return True
        if depth == 0 and (terminal == "IF" or (terminal == "LBRACE" and begins_block(tokens, index))):
            return False
        if depth == 0 and terminal in STATEMENTS:
            return default
        depth += terminal in OPENERS or terminal == "FSTRING_OPEN"
        depth -= terminal in CLOSERS or terminal == "FSTRING_CLOSE"
        index += 1
    return default


def begins_block(tokens: list[Token], index: int) -> bool:
    """Whether the brace at `index` begins a block: it stands after a value, and is not that of `with { … }`."""
    before = tokens[index - 1]
    settings = before.soft == "WITH" and tokens[index - 2].terminal in ("RPAR", "RSQB", "NAME")
    return before.terminal in OPERAND_ENDS and not settings
