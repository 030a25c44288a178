"""Hashes of program values that a new version of lmc, whose program values can say more, finds again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

LATER: Mapping[str, frozenset[str]] = {
    "Demo": frozenset({"failures"}),
    "For": frozenset({"parallel"}),
    "Module": frozenset({"depth"}),
    "Predict": frozenset({"sample"}),
    "Settings": frozenset({"logit_bias", "top_p", "nearest", "strategy", "tools", "tunes", "value"}),
    "Signature": frozenset({"prompt"}),
}
"""The members that program values have been given since locks were first written. Where one says nothing, hashes are
those of values without it: a new version makes no lock stale."""


def stable_digest(*values: object) -> str:
    """The SHA-256 (hex) of program values."""
    return hashlib.sha256("\n".join(map(stable_text, values)).encode()).hexdigest()


def stable_text(value: object) -> str:
    """The `repr` of a value, without the members of `LATER` that are as they would be by themselves."""
    if isinstance(value, list):
        return f"[{', '.join(map(stable_text, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(stable_text, value))}{',' * (len(value) == 1)})"
    if not is_dataclass(value):
        return repr(value)
    later = LATER.get(type(value).__name__, frozenset())
    members = [
        f"{one.name}={stable_text(getattr(value, one.name))}"
        for one in fields(value)
        if one.repr and not (one.name in later and getattr(value, one.name) == one.default)
    ]
    return f"{type(value).__qualname__}({', '.join(members)})"
