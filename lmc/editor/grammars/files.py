"""All generated files of highlighting."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from lmc.editor.grammars.language import rules
from lmc.editor.grammars.tables import State, tables
from lmc.editor.grammars.textmate import markdown, textmate
from lmc.editor.grammars.vim import syntax
from lmc.editor.grammars.words import Words, words

VSCODE = PurePosixPath("vscode", "syntaxes")


def generated() -> dict[PurePosixPath, str]:
    """The files, below `grammar/`, and their texts."""
    vocabulary = words()
    found = rules(vocabulary)
    return {
        PurePosixPath("generated", "keywords.json"): as_json(keyword_lists(vocabulary)),
        PurePosixPath("generated", "pygments.json"): rows_as_json(tables(found)),
        VSCODE / "lmp.tmLanguage.json": as_json(textmate(found)),
        VSCODE / "lmp.markdown.tmLanguage.json": as_json(markdown()),
        PurePosixPath("vim", "syntax", "lmp.vim"): syntax(found),
    }


def keyword_lists(vocabulary: Words) -> dict[str, object]:
    """The words of the language by class, for tools that want no more."""
    return {
        **vocabulary.classes,
        "types": vocabulary.types,
        "functions": vocabulary.functions,
        "options": vocabulary.options,
        "pass_options": vocabulary.pass_options,
    }


def as_json(value: object) -> str:
    """JSON as it is checked in."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def rows_as_json(states: dict[str, State]) -> str:
    """Tables with a line for each row."""
    parts = [
        f" {json.dumps(name)}: [\n" + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n ]"
        for name, rows in states.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"
