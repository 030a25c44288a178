"""What is wrong with the text of a program, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lmc.diagnostics import Diagnostic, Fix, Label, after, before, did_you_mean, removal
from lmc.source import Span

BACKSLASH = "\\"

STRAY_HELP = {
    ";": "remove it; nothing stands between statements",
    "'": "write texts in double quotes",
    "&": "write `and`",
    "&&": "write `and`",
    "!": "write `not`",
    "\u00a0": "write an ordinary space",
    "“": 'write `"`',
    "”": 'write `"`',
}

STRAY_WORDS = {"&": "and", "&&": "and", "!": "not", "\u00a0": " ", "“": '"', "”": '"'}
"""What is written here for what stands in other languages, or in letters."""

PLACES = {
    "case": "a `match` statement",
    **dict.fromkeys(("out", "demo", "prompt"), "a signature"),
    **dict.fromkeys(("fixed", "system", "user", "assistant"), "a `prompt` block"),
    **dict.fromkeys(("budget", "seed", "passes", "teacher", "proposer", "assertions"), "an `optimize` block"),
    "retry": "an `assert` or `suggest` statement, with a number after it",
}
"""Where the words stand that begin something only there."""

COMMON = ("let", "if", "for", "return", "signature", "module", "type", "metric")
"""The words to offer where there are too many."""

WORDS = {
    "NAME": "a name",
    "INT": "a whole number",
    "FLOAT": "a number",
    "STRING": "a string",
    "FSTRING_OPEN": "an f-string",
    "FSTRING_TEXT": "text",
    "FSTRING_CLOSE": '`"`',
    "IF_ELSE": "`if`",
    "UP": "`up to`",
    "REGEX": "a pattern such as `/[a-z]+/`",
    "$END": "the end of the file",
}
EXPRESSION = frozenset(
    ("NAME", "INT", "FLOAT", "STRING", "FSTRING_OPEN", "LPAR", "LSQB", "LBRACE", "MINUS", "TRUE", "FALSE", "NULL")
)
EXPRESSION_TOO = frozenset(
    ("NOT", "PREDICT", "CHAIN_OF_THOUGHT", "PROGRAM_OF_THOUGHT", "REACT", "VOTE", "BEST_OF", "REFINE", "COMPARE")
) | frozenset(("ENSEMBLE", "RETRIEVE", "TRY", "TUNE"))
TYPE = frozenset(("NAME", "ENUM", "LIST", "MAP", "STRING", "INT", "MINUS", "TRUE", "FALSE", "NULL", "LBRACE", "LPAR"))
COMPARISON = frozenset(("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOT"))
OPERATORS = frozenset(("OR", "AND", "PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH", "PERCENT", "IF_ELSE"))
STATEMENT = frozenset(
    ("LET", "RETURN", "IF", "FOR", "WHILE", "REPEAT", "MATCH", "ASSERT", "SUGGEST", "BREAK", "PARALLEL")
)
"""The words that begin a statement."""
STRATEGY = frozenset(("PREDICT", "CHAIN_OF_THOUGHT", "PROGRAM_OF_THOUGHT", "REACT"))
TYPE_TAIL = frozenset(("QMARK", "VBAR", "UP", "MATCHING", "INT", "FLOAT", "MINUS", "CHARS", "ITEMS"))
"""What may come after a type and belong to it."""
POSTFIX = frozenset(("DOT", "LPAR", "LSQB"))
DECLARATION = frozenset(
    ("SIGNATURE", "MODULE", "OPTIMIZE", "IMPORT", "TYPE", "DATA", "METRIC", "EMIT", "LM")
) | frozenset(("EXTERN", "TOOL", "RETRIEVER", "TEST"))
GROUPS = (
    ("a statement", STATEMENT, STATEMENT | {"NAME"}),
    ("a value", EXPRESSION, EXPRESSION | EXPRESSION_TOO),
    ("a type", TYPE, TYPE),
    ("a case", STRATEGY | {"NAME", "RBRACE"}, STRATEGY | {"NAME", "TUNE"}),
    ("an operator", OPERATORS - {"IF_ELSE"}, OPERATORS | COMPARISON | POSTFIX),
    ("`and` or `or`", frozenset(("OR", "AND")), OPERATORS | COMPARISON | POSTFIX),
    ("a declaration", DECLARATION, DECLARATION),
    ("a number", frozenset(("INT", "FLOAT")), frozenset(("INT", "FLOAT", "MINUS"))),
)
"""What terminals are together: a word for them, those that must be there, and those that it stands for."""


def unexpected(span: Span, text: str, expected: Collection[str], names: dict[str, str], *, behind: bool) -> Diagnostic:
    """A token that cannot come here. `expected` are the terminals that can, `names` their texts; `behind`: the span is
    not that of the token but of the one before it, at the end of an earlier line."""
    wanted = listed(expected_words(frozenset(expected), names))
    found = f"`{text}`" if text else "the end of the file"
    message = f"expected {wanted}, found {found}" if wanted else f"unexpected {found}"
    label = f"expected {wanted}{' after this' if behind else ''}" if wanted else ""
    helped = advice(text, frozenset(expected), word=text in names.values())
    fix = None if behind else cure(span, text, frozenset(expected))
    return Diagnostic("LMP0001", message, Label(span, label), help=helped, fix=fix)


def advice(text: str, expected: frozenset[str], *, word: bool) -> str | None:
    """What to do about a token that cannot come where others are expected, if that is known; `word`: it is one of the
    language."""
    match text:
        case "=" if "EQ" in expected:
            return "write `==` to compare"
        case "," if {"ELSE", "RETRY"} <= expected:
            return "write `else` before the message"
        case ")" if "ARROW" in expected:
            return "name a signature before the arguments, as in `predict Answer(question)`"
        case ".." if {"QMARK", "INT"} <= expected:
            return "write the lowest value too, as in `0..5`"
    if expected == {"REGEX"} and text.startswith('"'):
        return "write the pattern between slashes"
    if expected == {"INT", "TUNE"}:
        return "say how many calls, as in `vote 5 predict Answer(question)`"
    if expected == {"INT"} and text.isidentifier() and not word:
        return "write the number itself: it must be known before the program runs"
    return None


def cure(span: Span, text: str, expected: frozenset[str]) -> Fix | None:
    """What to write in the place of a token that cannot come where others are expected, if `advice` says that."""
    match text:
        case "=" if "EQ" in expected:
            return Fix(span, "==")
        case "," if {"ELSE", "RETRY"} <= expected:
            return Fix(span, " else")
        case ".." if {"QMARK", "INT"} <= expected:
            return before(span, "0")
    if expected == {"REGEX"} and text.startswith('"') and "\\" not in text:
        pattern = text.strip('"').replace("/", BACKSLASH + "/")
        return Fix(span, f"/{pattern}/")
    return None


def put_in(span: Span, mark: str, *, tight: bool) -> Fix:
    """The fix for a mark that is missing behind a place; `tight`: what follows stands right there."""
    apart = "" if mark in (",", ":") else " "
    return after(span, f"{apart}{mark}{' ' if tight else ''}")


def expected_words(expected: frozenset[str], names: dict[str, str]) -> list[str]:
    """What could stand in a place, in words, from the terminals that could."""
    rest, words = set(expected), []
    if rest - TYPE_TAIL and rest >= {"QMARK", "VBAR"}:
        rest -= TYPE_TAIL
    for word, needed, meant in GROUPS:
        if rest >= needed:
            words.append(word)
            rest -= meant
    last = ["a strategy such as `predict`"] if rest >= STRATEGY else []
    if last:
        rest -= STRATEGY | {"TUNE"}
    if words:
        rest.discard("$END")
    if words or len(rest) > 1:
        rest.discard("DOT")
    words += sorted(WORDS.get(one) or f"`{names.get(one, one.lower())}`" for one in rest)
    words += last
    return words if len(words) < 9 else []


def listed(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(", ".join(words).rsplit(", ", 1)) if words else ""


def chained(second: Span, text: str, first: Span | None, middle: str) -> Diagnostic:
    """`a < b < c`; `middle` is what stands between the two operators."""
    secondary = (Label(first, "the first comparison"),) if first else ()
    return Diagnostic(
        "LMP0008",
        f"a comparison cannot be compared, found a second operator `{text}`",
        Label(second, "the second comparison"),
        secondary,
        help="join two comparisons with `and`, or put one in parentheses",
        fix=before(second, f"and {middle} ") if middle else None,
    )


def unclosed_string(span: Span, quotes: str, end: Span | None = None) -> Diagnostic:
    """A string without an end; `end` is what it may be meant to end behind."""
    long = len(quotes) == 3
    return Diagnostic(
        "LMP0002",
        "string is not closed",
        Label(span, f"no `{quotes}` after this" if long else f"no `{quotes}` up to the end of the line"),
        help=None if long else 'close it on its line, or write it between `"""` and `"""`',
        fix=after(end, quotes) if end else None,
    )


def unclosed_pattern(span: Span) -> Diagnostic:
    """A pattern without an end."""
    return Diagnostic(
        "LMP0002",
        "pattern is not closed",
        Label(span, "no `/` up to the end of the line"),
        help=r"end it with `/`; within it, write `\/` for a slash",
    )


def single_quotes(span: Span, text: str) -> Diagnostic:
    """`'text'`."""
    inner = text[1:-1]
    fix = Fix(span, f'"{inner}"') if '"' not in inner and "\\" not in inner else None
    return Diagnostic(
        "LMP0009", "single quotes begin no string", Label(span), help=f'write `"{inner}"`' if fix else None, fix=fix
    )


def bad_escape(span: Span, text: str) -> Diagnostic:
    """A backslash before what it cannot stand before."""
    return Diagnostic(
        "LMP0007",
        f"unknown escape `{text}`",
        Label(span),
        help=r"write `\\` for a backslash; the escapes are `\n`, `\t`, `\r`, `\"`, `\\` and `\u{1f600}`",
        fix=before(span, BACKSLASH) if "{" not in text and len(text) > 1 else None,
    )


def lone_brace(span: Span) -> Diagnostic:
    """`}` in the text of an f-string."""
    message, advice = "`}` ends no hole of this f-string", "write `}}` for a brace"
    return Diagnostic("LMP0007", message, Label(span), help=advice, fix=Fix(span, "}}"))


def unclosed_bracket(last: Span, opener: Span, text: str, closer: str, closers: str) -> Diagnostic:
    """A bracket that is opened and never closed; `last` is what it should close behind, `closers` what is to be
    written there."""
    return Diagnostic(
        "LMP0003",
        f"`{text}` is not closed",
        Label(last, f"expected `{closer}` after this"),
        (Label(opener, "opened here"),),
        fix=after(last, closers),
    )


def unopened_bracket(span: Span, text: str) -> Diagnostic:
    """A bracket that closes nothing."""
    advice = "remove it, or open it before"
    return Diagnostic("LMP0004", f"`{text}` closes nothing", Label(span), help=advice, fix=removal(span))


def unknown_keyword(span: Span, text: str, known: Iterable[str], kind: str, following: str = "") -> Diagnostic:
    """A word where a keyword must stand; `kind` is what the keyword would begin, `following` the terminal after it."""
    known = sorted(known)
    near = did_you_mean(text, known) if len(text) > 2 and text not in PLACES else None
    if near:
        advice = f"did you mean `{near}`?"
    elif text in PLACES:
        advice = f"`{text}` stands in {PLACES[text]}"
    elif kind == "statement" and following in ("LPAR", "DOT", "LSQB"):
        advice = "keep a value with `let`, or give it back with `return`"
    elif kind == "test case":
        advice = "write a call, `=>` and what must hold of its result"
    elif len(known) > 8:
        advice = f"begin it with a word such as {listed([f'`{one}`' for one in COMMON if one in known])}"
    else:
        advice = f"begin it with {listed([f'`{one}`' for one in known])}"
    code = "LMP0006" if kind == "clause" else "LMP0005"
    return Diagnostic(
        code,
        f"no {kind} begins with `{text}`",
        Label(span),
        help=advice,
        fix=Fix(span, near) if near else None,
    )


def misspelt(span: Span, text: str, near: str) -> Diagnostic:
    """A word within a declaration that is nearly a keyword."""
    return Diagnostic(
        "LMP0005", f"unknown keyword `{text}`", Label(span), help=f"did you mean `{near}`?", fix=Fix(span, near)
    )


def reserved(span: Span, text: str, *, quoted: bool) -> Diagnostic:
    """A reserved word where a name must stand; `quoted`: a string may stand there too."""
    return Diagnostic(
        "LMP0013",
        f"`{text}` is a word of the language",
        Label(span, "not a name"),
        help=f'write `"{text}"`' if quoted else "choose another name",
        fix=Fix(span, f'"{text}"') if quoted else None,
    )


def stray(span: Span, text: str, left: str, right: str) -> Diagnostic:
    """Characters that mean nothing, with what stands on both sides of them."""
    word = STRAY_WORDS.get(text) or "".join(STRAY_WORDS.get(char, "") for char in text if char in "“”")
    if word.isalpha():
        word = f"{' ' if left.strip() else ''}{word}{' ' if right.strip() else ''}"
    shown = text if text.isprintable() else " ".join(f"U+{ord(char):04X}" for char in text[:4])
    return Diagnostic(
        "LMP0009",
        f"unexpected character{'s' if len(text) > 1 else ''} `{shown[:20]}`",
        Label(span),
        help=STRAY_HELP.get(text, "remove it" if len(text) == 1 else "remove them"),
        fix=Fix(span, word) if text != "'" else None,
    )


def foreign_name(span: Span, name: str) -> Diagnostic:
    """A name with letters that names do not have."""
    return Diagnostic(
        "LMP0009",
        f"name `{name}` has letters other than a to z",
        Label(span),
        help="write names in a-z, A-Z, 0-9 and _",
    )


def too_deep(span: Span, limit: int) -> Diagnostic:
    """Nesting that the compiler does not follow."""
    return Diagnostic(
        "LMP0010",
        f"nested more than {limit} levels deep",
        Label(span),
        help="name a part of it with `let`, or write a list and a loop",
    )


def number_too_large(span: Span) -> Diagnostic:
    """A number that Python does not hold."""
    return Diagnostic("LMP0011", "number is too large", Label(span))


def not_callable(span: Span) -> Diagnostic:
    """`(…)(…)`."""
    return Diagnostic(
        "LMP0012",
        "only a name can be called",
        Label(span),
        help="call a function of the library or a module by its name",
    )
