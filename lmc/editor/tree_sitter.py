"""What the tree-sitter grammar takes from the compiler: words, what tells a keyword from a name, what is built in."""

from __future__ import annotations

import re
from textwrap import fill

from lmc.elaborate.scope import PRIMITIVES
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.syntax.brackets import NEED_NO_MORE
from lmc.syntax.grammar import Table
from lmc.syntax.tokens import DECLARATIONS, RESERVED

CLASSES = {
    "NAME": "WORD",
    "STRING": "QUOTE",
    "INT": "DIGIT",
    "FLOAT": "DIGIT",
    "MINUS": "MINUS",
    "LBRACE": "BRACE",
    "LSQB": "SQUARE",
    "LPAR": "PAREN",
    "REGEX": "SLASH",
}
"""The classes of tokens that the scanner tells apart by their first characters; a word of any kind is a WORD."""


def keywords_js() -> str:
    """`grammar/tree-sitter/keywords.js`: the words that are never names."""
    words = "".join(f"  '{word}',\n" for word in RESERVED)
    return f"// Written from lmc/syntax/tokens.py; do not edit.\nmodule.exports.RESERVED = [\n{words}];\n"


def keywords_h(table: Table) -> str:
    """`grammar/tree-sitter/src/keywords.h`: for each word that may be a name, what comes after it as a keyword."""
    names = ("WORD", "QUOTE", "DIGIT", "MINUS", "BRACE", "SQUARE", "PAREN", "SLASH", "ANYTHING", "DECLARES", "NAMED")
    flags = "".join(f"#define {name} {1 << place}\n" for place, name in enumerate(names))
    rows = []
    for word in sorted(set(table.words) - set(RESERVED)):
        found = followers(table, table.words[word])
        found = {"ANYTHING"} if "ANYTHING" in found else found
        found |= {"DECLARES"} if word in DECLARATIONS else set()
        found |= {"NAMED"} if word in NEED_NO_MORE else set()
        rows.append(f'    {{"{word}", {" | ".join(name for name in names if name in found)}}},\n')
    reserved = "".join(f'    "{word}",\n' for word in RESERVED)
    return (
        "// Written from grammar/lmp.lark and lmc/syntax; do not edit.\n\n"
        "// What follows a keyword, by its first character. DECLARES: at the margin it begins a declaration, with\n"
        f"// NAMED wherever a name follows.\n{flags}\n"
        "// The words that are keywords in some places and names in others.\n"
        "static const struct {\n    const char *word;\n    unsigned short after;\n} KEYWORDS[] = {\n"
        f"{''.join(rows)}}};\n\n"
        f"// The words that are never names.\nstatic const char *const RESERVED[] = {{\n{reserved}}};\n"
    )


def followers(table: Table, keyword: str) -> set[str]:
    """The classes of what can come after a keyword; ANYTHING where it may end what it stands in."""
    found: set[str] = set()
    for state in table.states:
        target = state.get(keyword, -1)
        if target < 0:
            continue
        for terminal, action in table.states[target].items():
            if action < 0:
                found.add("ANYTHING")
            elif terminal.isupper():
                found.add("WORD" if terminal in table.words.values() else CLASSES[terminal])
    return found


RENAMED = {
    "helix": {
        "boolean": "constant.builtin.boolean",
        "keyword.conditional": "keyword.control.conditional",
        "keyword.exception": "keyword.control.exception",
        "keyword.import": "keyword.control.import",
        "keyword.modifier": "keyword.storage.modifier",
        "keyword.repeat": "keyword.control.repeat",
        "keyword.return": "keyword.control.return",
        "keyword.type": "keyword.storage.type",
        "function.call": "function",
        "module": "namespace",
        "number": "constant.numeric.integer",
        "number.float": "constant.numeric.float",
        "property": "variable.other.member",
        "string.documentation": "string",
        "string.escape": "constant.character.escape",
        "type.definition": "type",
        "variable.member": "variable.other.member",
    },
    "zed": {
        "constant.builtin": "constant",
        "function.builtin": "function",
        "function.call": "function",
        "module": "namespace",
        "number.float": "number",
        "string.documentation": "string",
        "string.regexp": "string.regex",
        "string.special.path": "string.special",
        "type.builtin": "type",
        "type.definition": "type",
        "variable.member": "property",
    },
}
"""The captures that other editors call by other names than Neovim does."""

ONLY_NEOVIM = re.compile(r" @(?:spell|none)\b")


def variant(highlights: str, editor: str) -> str:
    """The query for highlighting, with the names of another editor for what it captures."""
    names = RENAMED[editor]

    def renamed(match: re.Match[str]) -> str:
        return f"@{names.get(match[1], match[1])}"

    _, _, body = ONLY_NEOVIM.sub("", highlights).partition("\n\n")
    return f"; Written from queries/highlights.scm; do not edit.\n\n{re.sub(r'@([a-z.]+)', renamed, body)}"


def with_builtins(highlights: str) -> str:
    """The query for highlighting, with the functions and types that the language has."""
    functions = sorted({*BUILTINS, *METRICS, "run_code"})
    types = [name for name in PRIMITIVES if name != "null"]
    for capture, names in (("function.builtin", functions), ("type.builtin", types)):
        words = fill(" ".join(f'"{name}"' for name in names), width=114).replace("\n", "\n    ")
        pattern = rf"\(#any-of\? @{re.escape(capture)}\n[^)]*\)"
        highlights = re.sub(pattern, f"(#any-of? @{capture}\n    {words})", highlights)
    return highlights
