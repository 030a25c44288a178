"""The words of the language in the classes that are highlighted alike, as the grammar has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import signature

from lmc.elaborate.scope import PRIMITIVES
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.syntax.grammar import build, grammar_text
from lmc.syntax.tokens import RESERVED

CLASSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("constant", ("constant",)),
    ("declaration", ("declaration",)),
    ("let", ("let_stmt",)),
    ("strategy", ("strategy", "sampled", "ensemble", "retrieve", "tune_choices")),
    ("type_word", ("list_type", "map_type", "enum_type")),
    ("member", ("member", "turn")),
    ("clause", ("clause",)),
    ("control", ("stmt", "match_case", "attempt")),
)
"""The classes, and the rules whose first words are of them. What comes first counts."""


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary. `classes` has each keyword in one class; `after` what can come behind a keyword, `before` what
    can stand before it, both as terminals; `texts` the text of the terminals that have but one, `patterns` the regular
    expressions of the others; `prompts` the words before a prompt in Jinja; `declared` for each word of a declaration
    what can come behind the declared name."""

    classes: Mapping[str, tuple[str, ...]]
    after: Mapping[str, frozenset[str]]
    before: Mapping[str, frozenset[str]]
    texts: Mapping[str, str]
    patterns: Mapping[str, str]
    prompts: tuple[str, ...]
    declared: Mapping[str, frozenset[str]]
    types: tuple[str, ...]
    functions: tuple[str, ...]
    options: tuple[str, ...]
    pass_options: tuple[str, ...]
    tags: tuple[str, ...]

    def class_of(self, word: str) -> str:
        """The class of a keyword."""
        return next(name for name, words in self.classes.items() if word in words)


def is_reserved(word: str) -> bool:
    """Whether a word is a keyword everywhere."""
    return word in RESERVED


@cache
def words() -> Words:
    """The vocabulary of the grammar and of the compiler's own tables."""
    from lark.lexer import PatternStr

    from lmc.editor.grammars.follow import neighbours
    from lmc.elaborate.jinja.pieces import TAGS

    parser = build(grammar_text())
    beside = neighbours(parser)
    fixed = {one.name: one.pattern.value for one in parser.terminals if isinstance(one.pattern, PatternStr)}
    keywords = {terminal: text for terminal, text in fixed.items() if text[0].isalpha()}
    numeric = {terminal for terminal in keywords if beside.before[terminal] <= {"INT", "FLOAT"}}
    operators = {
        str(symbol.name)
        for rule in parser.rules
        if rule.alias in ("binary", "unary", "not_in")
        for symbol in rule.expansion
        if symbol.name in keywords
    }
    classes = classified(keywords, numeric, operators, lambda rule: beside.first[rule])
    declared: dict[str, frozenset[str]] = {}
    for rule in parser.rules:
        names = [str(symbol.name) for symbol in rule.expansion]
        if names[1:2] == ["ident"] and names[0] in beside.first["declaration"]:
            word = keywords[names[0]]
            declared[word] = declared.get(word, frozenset()) | beside.first[names[2]]
    return Words(
        classes=classes,
        after={text: beside.after[terminal] for terminal, text in keywords.items()},
        before={text: beside.before[terminal] for terminal, text in keywords.items()},
        texts=fixed,
        patterns={
            str(one.name): plain(one.pattern.to_regexp())
            for one in parser.terminals
            if one.pattern and one.name not in fixed
        },
        prompts=tuple(sorted(keywords[one] for one in beside.before["words"])),
        declared=declared,
        types=PRIMITIVES,
        functions=tuple(sorted({*BUILTINS, *METRICS, "run_code"})),
        options=options(),
        pass_options=pass_options(),
        tags=tuple(TAGS),
    )


def plain(pattern: str) -> str:
    """A pattern of the grammar without groups that capture, on one line."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern).replace("\n", r"\n")


def classified(
    keywords: Mapping[str, str], numeric: set[str], operators: set[str], first: Callable[[str], Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    """Each keyword in one class. Reserved words that begin nothing are of `control` (`else`), others of `modifier`."""
    found: dict[str, str] = {keywords[one]: "unit" for one in numeric}
    found |= {keywords[one]: "operator_word" for one in operators}
    for name, rules in CLASSES:
        for word in sorted({keywords[one] for rule in rules for one in first(rule) if one in keywords}):
            found.setdefault(word, name)
    for word in keywords.values():
        found.setdefault(word, "control" if word in RESERVED else "modifier")
    names = dict.fromkeys(found[word] for word in sorted(found))
    return {name: tuple(sorted(word for word, of in found.items() if of == name)) for name in sorted(names)}


def options() -> tuple[str, ...]:
    """The names of the options of declarations, of calls and of tests."""
    from lmc.elaborate import cases, declarations, outside, settings

    of_lms = (*declarations.LM_OPTIONS, *declarations.LM_CHOICES, *declarations.LM_LISTS, "fallback")
    of_others = (*declarations.DATA_OPTIONS, *declarations.EMIT_OPTIONS, *outside.TOOL_OPTIONS)
    return tuple(sorted({*of_lms, *of_others, *outside.RETRIEVER_OPTIONS, *settings.SETTINGS, *cases.OPTIONS}))


def pass_options() -> tuple[str, ...]:
    """The names of the options of the optimizer's passes."""
    from lmc.optimize.table import PASSES

    return tuple(sorted({name for one in PASSES for name in signature(one).parameters}))
