"""The rules of `.lmp`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lmc.editor.grammars import jinja
from lmc.editor.grammars.rules import Context, Match, Region, Rule, Rules
from lmc.editor.grammars.words import Words, is_reserved
from lmc.syntax.strings import ESCAPES

NAMED = {
    "signature": "type_name",
    "type": "type_name",
    "module": "function_name",
    "metric": "function_name",
    "tool": "function_name",
    "lm": "value_name",
    "data": "value_name",
    "retriever": "value_name",
}
"""What a declaration makes: the kind of the name behind its word."""

OPEN = {"NAME": "", "INT": "[0-9]", "FLOAT": "[0-9]", "STRING": '"', "REGEX": "/", "FSTRING_OPEN": 'f"'}
"""What the terminals that have no one text begin with."""

VALUE_TYPES = ("str", "int", "float", "bool", "null")
"""The built-in types that are hardly names of values."""


def rules(words: Words) -> Rules:
    """The rules for a vocabulary."""
    contexts: dict[str, Context] = {
        "comments": (Match(words.patterns["COMMENT"], "comment"),),
        "escapes": escapes(),
        "braces_of_format": (Match(r"\{\{|\}\}", "escape"),),
        "holes_of_block": (hole("block_hole", r'\}|(?=""")'),),
        "holes_of_line": (hole("line_hole", r"\}|$"),),
        "pairs": (Region("pair", r"\{", r"\}", "mark", inside=("pairs", "root")),),
        "docs": strings("doc"),
        "prompts": prompts(),
        "enums": (Region("enum", r"\{", r"\}", "mark", inside=("comments", "members", "strings", "commas")),),
        "choices": (Region("choices", r"\{", r"\}", "mark", inside=("pairs", "root")),),
        "commas": (Match(",", "mark"),),
        "members": (Match(words.patterns["NAME"], "enum_member"),),
        "regexps": (Region("regexp", "/", "/|$", "regexp", "regexp", ("escapes_of_regexp",), r"[^/\\\n]+"),),
        "escapes_of_regexp": (Match(r"\\.", "escape"),),
        "strings": strings("string"),
        "fields": (Match(f"{words.patterns['NAME']}{before_mark(':')}", "field"),),
        "units": (Match(rf"{any_of(words.classes['unit'])}\b", "unit"),),
        "passes": passes(words),
        "pass_options": (Match(rf"\b{any_of(words.pass_options)}{before_mark(':')}", "option"),),
        "root": root(words),
        **jinja.contexts(words),
    }
    for word, kind in NAMED.items():
        pattern = words.patterns["NAME"] + ahead(words, words.declared[word])
        contexts[f"name_of_{word}"] = (Match(pattern, kind),)
    for word, owner in owned(words).items():
        contexts[f"behind_{owner}"] = (*contexts.get(f"behind_{owner}", ()), Match(rf"\b{word}\b", "modifier"))
    return Rules(contexts)


def root(words: Words) -> Context:
    """What stands anywhere."""
    name = words.patterns["NAME"]
    types = any_of(VALUE_TYPES)
    others = any_of(one for one in words.types if one not in VALUE_TYPES)
    return (
        Match(words.patterns["COMMENT"], "comment"),
        Match(rf"(?<=\.){name}", "field"),
        *format_strings(),
        *(keyword(words, word) for word in ("enum", "tune")),
        Region("opening", r"\{", r'(?=[^\s"#])|(?<=")', "mark", inside=("docs", "comments"), plain=r"\s+"),
        *strings("string"),
        passes_clause(words),
        *soft(words),
        *reserved(words),
        *(
            Match(rf"\b(?:{words.patterns[terminal]})", kind, then="units")
            for terminal, kind in (("FLOAT", "float"), ("INT", "integer"))
        ),
        Match(rf"\b{types}\b(?![ \t]*[:=(.])", "type"),
        Match(rf"(?:(?<=[:>|=] )|(?<=[:\[])){others}\b(?![ \t]*[:=(.])", "type"),
        Match(rf"\b{any_of(words.options)}{before_mark(':')}", "option"),
        Match(f"{name}{before_mark(':')}", "field"),
        Match(rf"\b{any_of(words.functions)}{before_mark('(')}", "function"),
        Match(f"{name}{before_mark('(')}", "call"),
        Match(r"\b[A-Z][A-Za-z0-9_]*", "type_reference"),
        Match(name, "name"),
        *marks(words),
    )


def soft(words: Words) -> Iterable[Rule]:
    """The words that are keywords where what comes behind them says so."""
    yield Match(rf"\bin\b(?=[ \t]+{words.patterns['NAME']}[ \t]*:)", "member", then="fields")
    alone = {word for name in words.classes for word in words.classes[name] if is_reserved(word)}
    done = {"enum", "tune", "passes", *alone, *words.classes["unit"], *owned(words)}
    for names in words.classes.values():
        for word in names:
            if word not in done:
                yield keyword(words, word)


def keyword(words: Words, word: str) -> Match:
    """The rule of one word. `case (` begins a type; `case(` is a call of what somebody named so."""
    owners = set(owned(words).values())
    then = (
        f"name_of_{word}"
        if word in NAMED
        else f"behind_{word}"
        if word in owners
        else {"enum": "enums", "tune": "choices", "matching": "regexps", "out": "fields"}.get(word, "")
    )
    if word in words.prompts:
        then = "prompts"
    follows = "" if is_reserved(word) else ahead(words, words.after[word], apart="(-")
    return Match(rf"\b{word}\b{follows}", words.class_of(word), then)


def owned(words: Words) -> dict[str, str]:
    """The words that stand behind one other word only, with that word (`on` and `off` behind `assertions`)."""
    keywords = {word for names in words.classes.values() for word in names}
    found = {}
    for word in sorted(keywords):
        before = {words.texts.get(one, "") for one in words.before[word]}
        if len(before) == 1 and before <= keywords:
            found[word] = before.pop()
    return found


def reserved(words: Words) -> Iterable[Rule]:
    """The words that are keywords everywhere, a rule for each class."""
    for name, members in words.classes.items():
        if found := [word for word in members if is_reserved(word) and word != "tune"]:
            yield Match(rf"\b{any_of(found)}\b", name)


def ahead(words: Words, terminals: Iterable[str], apart: str = "") -> str:
    """A lookahead for one of some terminals, on the same line: those that are words, and the marks `apart`, behind
    blanks. A name is none of the reserved words."""
    letters, others = [], []
    for terminal in sorted(terminals):
        text = words.texts.get(terminal)
        if terminal == "NAME":
            reserved_words = any_of(one for one in words.texts.values() if is_reserved(one))
            letters.append(rf"(?!{reserved_words}\b)[A-Za-z_]")
        elif text and text[0].isalpha():
            letters.append(rf"{text}\b")
        elif text and text in apart:
            letters.append(re.escape(text))
        elif text:
            others.append(re.escape(text))
        else:
            others.append(OPEN[terminal])
    options = [rf"[ \t]+(?:{'|'.join(letters)})"] * bool(letters) + [rf"[ \t]*(?:{'|'.join(others)})"] * bool(others)
    return f"(?={'|'.join(options)})"


def passes_clause(words: Words) -> Region:
    """The passes of an `optimize` block, with their options."""
    clauses = any_of((*words.classes["clause"], *(one for one in ("data", "lm", "metric") if one in words.declared)))
    begin = rf"\bpasses\b{ahead(words, words.after['passes'])}"
    return Region("passes", begin, rf'(?=\}}|\b{clauses}\b[ \t]+[\w"])', "clause", inside=("passes", "root"))


def passes(words: Words) -> Context:
    """What stands in the list of passes alone."""
    return (
        Region("pass_call", r"\(", r"\)", "mark", inside=("pass_options", "pairs", "root")),
        Match(words.patterns["NAME"], "pass"),
    )


def strings(kind: str) -> Context:
    """Strings of a kind: over several lines and on one."""
    block = "block" if kind == "string" else kind
    return (
        Region(f"{kind}_block", '"""', '"""', block, block, ("escapes",), r'[^"\\\n]+'),
        Region(f"{kind}_line", '"', '"|$', kind, kind, ("escapes",), r'[^"\\\n]+'),
    )


def format_strings() -> Context:
    """F-strings."""
    block, line = ("escapes", "braces_of_format", "holes_of_block"), ("escapes", "braces_of_format", "holes_of_line")
    return (
        Region("format_block", r'\bf"""', '"""', "format", "format", block, r'[^"\\\n{}]+'),
        Region("format_line", r'\bf"', '"|$', "format", "format", line, r'[^"\\\n{}]+'),
    )


def hole(name: str, end: str) -> Region:
    """A value within an f-string."""
    return Region(name, r"\{", end, "hole", "embedded", inside=("pairs", "root"))


def prompts() -> Context:
    """Prompts, whose text is in the syntax of Jinja."""
    return (
        Region("prompt_block", '"""', '"""', "prompt", "prompt", ("jinja_of_block", "escapes"), r'[^"\\\n{]+'),
        Region("prompt_line", '"', '"|$', "prompt", "prompt", ("jinja_of_line", "escapes"), r'[^"\\\n{]+'),
    )


def escapes() -> Context:
    """What stands for another character in a string, and what is meant so but is nothing."""
    short = "".join(re.escape(one) for one in ESCAPES)
    return (Match(rf"\\(?:[{short}]|u\{{[0-9a-fA-F]+\}})", "escape"), Match(r"\\.", "bad_escape"))


def marks(words: Words) -> Iterable[Rule]:
    """Operators and punctuation."""
    texts = sorted((one for one in words.texts.values() if not one[0].isalpha()), key=lambda one: (-len(one), one))
    kinds = {"->": "arrow", "=>": "arrow", "..": "range", **dict.fromkeys("(){}[],:.", "mark")}
    for kind in ("arrow", "range", "operator", "mark"):
        found = [re.escape(one) for one in texts if kinds.get(one, "operator") == kind]
        yield Match("|".join(found), kind)


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of some words."""
    return f"(?:{'|'.join(sorted(words))})"


def before_mark(mark: str) -> str:
    """A lookahead for a mark."""
    return rf"(?=[ \t]*{re.escape(mark)})"
