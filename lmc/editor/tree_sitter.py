"""What the tree-sitter grammar takes from the compiler: the reserved words, and how to tell a keyword from a name."""

from __future__ import annotations

from lmc.syntax.grammar import Table
from lmc.syntax.tokens import RESERVED

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
    names = ("WORD", "QUOTE", "DIGIT", "MINUS", "BRACE", "SQUARE", "PAREN", "SLASH")
    flags = "".join(f"#define {name} {1 << place}\n" for place, name in enumerate(names))
    rows = []
    for word in sorted(set(table.words) - set(RESERVED)):
        found = followers(table, table.words[word])
        after = " | ".join(name for name in names if name in found) if "ANYTHING" not in found else "ANYTHING"
        rows.append(f'    {{"{word}", {after}}},\n')
    return (
        "// Written from grammar/lmp.lark; do not edit.\n\n"
        f"{flags}#define ANYTHING {(1 << len(names)) - 1 + (1 << len(names))}\n\n"
        "// The words that are keywords in some places and names in others, and what follows them as keywords.\n"
        "static const struct {\n    const char *word;\n    unsigned short after;\n} KEYWORDS[] = {\n"
        f"{''.join(rows)}}};\n"
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
