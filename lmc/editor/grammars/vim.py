"""The rules as a syntax file of Vim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise

from lmc.editor.grammars.kinds import KINDS
from lmc.editor.grammars.rules import Match, Region, Rule, Rules

HEAD = """\
" Vim syntax file
" Language: lmp
" Written by `python -m lmc.editor.grammars` from grammar/lmp.lark; do not edit.

if exists('b:current_syntax')
  finish
endif
let s:cpo_save = &cpo
set cpo&vim
syn case match
syn spell notoplevel
"""

FOOT = """\
syn sync fromstart

let b:current_syntax = 'lmp'
let &cpo = s:cpo_save
unlet s:cpo_save
"""

PIECE = re.compile(r"\(\?<=|\(\?<!|\(\?=|\(\?!|\(\?:|\(|\)|\[(?:\\.|[^\]\\])+\]|\\.|.", re.DOTALL)
OPENING = {"(?<=": "@2<=", "(?<!": "@2<!", "(?=": "@=", "(?!": "@!", "(?:": "", "(": ""}
LITERAL = frozenset("=&@~<>%")
"""Characters that mean something in Vim's very magic patterns and nothing in others."""


def syntax(rules: Rules) -> str:
    """The whole file. In Vim the last rule counts, so they stand the other way round."""
    lines: list[str] = []
    links: dict[str, str] = {}
    for name in ordered(rules):
        context = rules.contexts[name]
        groups = sorted({group_of(name, rule) for rule in context})
        lines += ["", f"syn cluster {cluster(name)} contains={','.join(groups)}"]
        for rule in reversed(context):
            lines.append(item(name, rule))
            links |= dict(linked(name, rule))
    kinds = sorted({kind for kind in links.values() if KINDS[kind].group})
    lines += ["", *(f"hi def link {name} {camel(kind)}" for name, kind in sorted(links.items()))]
    lines += ["", *(f"hi def link {camel(kind)} {KINDS[kind].group}" for kind in kinds)]
    return "\n".join([HEAD.rstrip("\n"), *lines, "", FOOT])


def ordered(rules: Rules) -> list[str]:
    """The contexts, such that of those that a region has inside the first stands last."""
    sorter = TopologicalSorter({name: () for name in rules.contexts})
    for context in rules.contexts.values():
        for region in context:
            if isinstance(region, Region):
                for one, other in pairwise(region.inside):
                    sorter.add(one, other)
    return [*sorter.static_order()]


def item(context: str, rule: Rule) -> str:
    """The command of a rule."""
    contained = "" if context == "root" else " contained"
    if isinstance(rule, Match):
        then = f" nextgroup=@{cluster(rule.then)} skipwhite" if rule.then else ""
        return f"syn match {group_of(context, rule)} {quoted(rule.pattern)}{contained}{then}"
    ends = f"start={quoted(rule.begin)} end={quoted(rule.end)}"
    inside = ",".join(f"@{cluster(name)}" for name in rule.inside) or "NONE"
    spell = ",@Spell" if rule.kind in ("doc", "prompt") else ""
    group = group_of(context, rule)
    return f"syn region {group} matchgroup={group}Edge {ends}{contained} contains={inside}{spell}"


def linked(context: str, rule: Rule) -> Iterator[tuple[str, str]]:
    """The groups of a rule, each with its kind."""
    group = group_of(context, rule)
    if isinstance(rule, Match):
        yield group, rule.kind
        return
    yield f"{group}Edge", rule.kind
    if rule.content:
        yield group, rule.content


def group_of(context: str, rule: Rule) -> str:
    """The group of a rule: Vim asks for one wherever rules are contained in, or follow, different others."""
    if isinstance(rule, Region):
        return camel(f"in_{rule.name}")
    return camel(f"{context}_{rule.kind}" + (f"_{rule.then}" if rule.then else ""))


def cluster(context: str) -> str:
    """The name of the cluster of a context."""
    return camel(f"all_{context}")


def camel(name: str) -> str:
    """A name in Vim's way."""
    return "lmp" + "".join(part.capitalize() for part in name.split("_"))


def quoted(pattern: str) -> str:
    """A pattern between slashes."""
    return "/" + re.sub(r"(?<!\\)/", r"\/", translated(pattern)) + "/"


def translated(pattern: str) -> str:
    """A pattern as Vim reads it: very magic, and by the older of its engines, which is three times as fast here."""
    found: list[str] = []
    suffixes: list[str] = []
    for piece in PIECE.findall(pattern):
        if piece in OPENING:
            suffixes.append(OPENING[piece])
            found.append("%(")
        elif piece == ")":
            found.append(")" + suffixes.pop())
        elif piece == r"\b":
            found.append(">" if re.search(r"(?:\w|\))$", found[-1] if found else "") else "<")
        elif piece == r"[\s\S]":
            found.append(r"\_.")
        elif piece.startswith("["):
            found.append(bracket(piece))
        else:
            found.append("\\" + piece if piece in LITERAL else piece)
    return r"\%#=1\v" + "".join(found)


def bracket(piece: str) -> str:
    """A set of characters. Vim has no classes within one, and a set without some characters never has a line's end."""
    if piece == r"[^\n]":
        return "."
    body = piece[1:-1].replace(r"\s", r" \t").replace(r"\w", "A-Za-z0-9_")
    return f"[{body.replace(chr(92) + 'n', '')}]" if body.startswith("^") else f"[{body}]"
