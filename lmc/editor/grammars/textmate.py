"""The rules as a TextMate grammar, which VS Code, JetBrains, Sublime Text, Shiki and GitHub read."""

from __future__ import annotations

from typing import Any

from lmc.editor.grammars.kinds import KINDS
from lmc.editor.grammars.rules import Context, Match, Region, Rule, Rules

Pattern = dict[str, Any]
SCHEMA = "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json"


def textmate(rules: Rules) -> Pattern:
    """The grammar of `source.lmp`."""
    return {
        "$schema": SCHEMA,
        "name": "lmp",
        "scopeName": "source.lmp",
        "fileTypes": ["lmp"],
        "patterns": [{"include": "#root"}],
        "repository": {name: {"patterns": patterns(rules, one)} for name, one in sorted(rules.contexts.items())},
    }


def markdown() -> Pattern:
    """The grammar that makes VS Code see `.lmp` in the fenced blocks of Markdown."""
    fence = {
        "begin": r"(^|\G)(\s*)(`{3,}|~{3,})\s*(?i:(lmp)((\s+|:|,|\{|\?)[^`]*)?$)",
        "end": r"(^|\G)(\2|\s{0,3})(\3)\s*$",
        "name": "markup.fenced_code.block.markdown",
        "beginCaptures": {
            "3": {"name": "punctuation.definition.markdown"},
            "4": {"name": "fenced_code.block.language.markdown"},
            "5": {"name": "fenced_code.block.language.attributes.markdown"},
        },
        "endCaptures": {"3": {"name": "punctuation.definition.markdown"}},
        "patterns": [
            {
                "begin": r"(^|\G)(\s*)(.*)",
                "while": r"(^|\G)(?!\s*([`~]{3,})\s*$)",
                "contentName": "meta.embedded.block.lmp",
                "patterns": [{"include": "source.lmp"}],
            }
        ],
    }
    return {
        "$schema": SCHEMA,
        "scopeName": "markdown.lmp.codeblock",
        "injectionSelector": "L:text.html.markdown",
        "patterns": [{"include": "#lmp"}],
        "repository": {"lmp": fence},
    }


def patterns(rules: Rules, context: Context) -> list[Pattern]:
    """The patterns of a context. What stands behind something is found together with it, before it alone."""
    found: list[Pattern] = []
    for rule in context:
        if isinstance(rule, Match) and rule.then:
            found += [behind(rule, one) for one in rules.contexts[rule.then]]
        found.append(alone(rule))
    return found


def alone(rule: Rule) -> Pattern:
    """The pattern of a rule."""
    if isinstance(rule, Match):
        return {"name": scope(rule.kind), "match": rule.pattern}
    return {"begin": rule.begin, "beginCaptures": {"0": {"name": edge(rule, "begin")}}, **rest(rule)}


def behind(first: Match, rule: Rule) -> Pattern:
    """The pattern of a text, blanks, and what a rule finds there."""
    before = f"({first.pattern})[ \\t]*"
    if isinstance(rule, Match):
        captures = {"1": {"name": scope(first.kind)}, "2": {"name": scope(rule.kind)}}
        return {"match": f"{before}({rule.pattern})", "captures": captures}
    captures = {"1": {"name": scope(first.kind)}, "2": {"name": edge(rule, "begin")}}
    return {"begin": f"{before}({rule.begin})", "beginCaptures": captures, **rest(rule)}


def rest(region: Region) -> Pattern:
    """What follows the beginning of a region."""
    found: Pattern = {"end": region.end, "endCaptures": {"0": {"name": edge(region, "end")}}}
    if region.content:
        found["contentName"] = scope(region.content)
    if region.inside:
        found["patterns"] = [{"include": f"#{name}"} for name in region.inside]
    return found


def scope(kind: str) -> str:
    """The scope of a kind."""
    return f"{KINDS[kind].scope}.lmp"


def edge(region: Region, side: str) -> str:
    """The scope of an end of a region: quotes are of the string, and punctuation."""
    kind = KINDS[region.kind].scope
    if kind.startswith("string."):
        return f"{kind}.lmp punctuation.definition.string.{side}.lmp"
    return f"{kind}.{side}.lmp" if kind.startswith("punctuation.section") else f"{kind}.lmp"
