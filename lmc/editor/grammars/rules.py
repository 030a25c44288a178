"""How a text is cut into what is highlighted, in a form that each tool's own can be made from.

Patterns are regular expressions that Python, Oniguruma and (translated) Vim read alike: no lookbehind of varying
length, no flags, no groups that capture. A rule looks at one line, since TextMate does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """A text of one kind. What comes behind it on the same line is by the rules of the context `then`, if one fits."""

    pattern: str
    kind: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """From a beginning to an end, which may be of no width. `kind` is that of the ends, `content` that of what lies
    between, but for what the rules of the contexts `inside` find there, in their order. `plain` is a text of several
    characters in which no rule and no end can begin: for tools that would go through it one by one."""

    name: str
    begin: str
    end: str
    kind: str
    content: str = ""
    inside: tuple[str, ...] = ()
    plain: str = ""


Rule = Match | Region
Context = tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All contexts by name; a text begins in `root`. The first rule that fits a place counts."""

    contexts: Mapping[str, Context]
