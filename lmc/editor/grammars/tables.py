"""The rules as the tables of a lexer of Pygments."""

from __future__ import annotations

from lmc.editor.grammars.kinds import KINDS
from lmc.editor.grammars.rules import Match, Region, Rule, Rules

Row = tuple[str, str | list[str], str]
"""A pattern; the type of what it matches, or of its groups; the state to go to, `#pop` for that before, `""`."""

State = list[Row | str]
"""The rows of a state, and the names of the states whose rows it has too."""

SPACE: Row = (r"\s+", "Text.Whitespace", "")


def tables(rules: Rules) -> dict[str, State]:
    """The states of the lexer: a region is one of its own, a context (its name begins with `_`) is included in them."""
    states: dict[str, State] = {"root": ["_root", SPACE]}
    for name, context in rules.contexts.items():
        states[f"_{name}"] = [*rows(rules, context)]
        states |= {rule.name: state(rule) for rule in context if isinstance(rule, Region)}
    used = {one for rows in states.values() for one in rows if isinstance(one, str)}
    return {name: state for name, state in sorted(states.items()) if name[0] != "_" or name in used}


def state(region: Region) -> State:
    """What is read within a region."""
    content = KINDS[region.content].token if region.content else "Text"
    plain: State = [(region.plain, content, "")] if region.plain else []
    any_other: State = [(r"[\s\S]", content, "")] if content != "Text" else [SPACE]
    inside = [f"_{name}" for name in region.inside]
    return [(region.end, KINDS[region.kind].token, "#pop"), *inside, *plain, *any_other]


def rows(rules: Rules, context: tuple[Rule, ...]) -> list[Row]:
    """The rows of some rules. What stands behind something is found together with it, before it alone."""
    found: list[Row] = []
    for rule in context:
        if isinstance(rule, Match) and rule.then:
            found += [behind(rule, one) for one in rules.contexts[rule.then]]
        found.append(alone(rule))
    return found


def alone(rule: Rule) -> Row:
    """The row of a rule."""
    if isinstance(rule, Match):
        return (rule.pattern, KINDS[rule.kind].token, "")
    return (rule.begin, KINDS[rule.kind].token, rule.name)


def behind(first: Match, rule: Rule) -> Row:
    """The row of a text, blanks, and what a rule finds there."""
    types = [KINDS[first.kind].token, "Text.Whitespace", KINDS[rule.kind].token]
    pattern, name = (rule.pattern, "") if isinstance(rule, Match) else (rule.begin, rule.name)
    return (f"({first.pattern})([ \\t]*)({pattern})", types, name)
