"""Rules at the end of an instruction, each with a name by which it can be taken out again."""

from __future__ import annotations

import re

HEAD = "Rules:"
RULE = re.compile(r"^- R(\d+): (.+)$")


def rules_of(text: str) -> dict[str, str]:
    """The rules of an instruction by their names (`R1`, `R2`, …), in order."""
    _, found = split(text)
    return found


def with_rule(text: str, rule: str) -> str:
    """The instruction with one more rule, in one line, under the next name that was never given."""
    rest, found = split(text)
    number = max((int(name[1:]) for name in found), default=0) + 1
    return joined(rest, {**found, f"R{number}": " ".join(rule.split())})


def without_rule(text: str, name: str) -> str:
    """The instruction without a rule; the others keep their names. Raises KeyError for a name that it does not have."""
    rest, found = split(text)
    del found[name]
    return joined(rest, found)


def split(text: str) -> tuple[str, dict[str, str]]:
    """What stands before the rules, and they."""
    rest, head, listed = text.rpartition(f"{HEAD}\n")
    lines = [RULE.match(line) for line in listed.split("\n")]
    if not head or any(line is None for line in lines):
        return text, {}
    return rest.rstrip(), {f"R{line[1]}": line[2] for line in lines if line is not None}


def joined(rest: str, rules: dict[str, str]) -> str:
    """An instruction and its rules."""
    if not rules:
        return rest
    return "\n".join([*([f"{rest}\n"] if rest else []), HEAD, *(f"- {name}: {one}" for name, one in rules.items())])
