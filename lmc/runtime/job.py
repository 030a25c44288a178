"""One coercion of a reply into a type, and where it looks for the parts of an object."""

from __future__ import annotations

from typing import Any

from lmc.runtime.loose import loose_value, plain_value
from lmc.runtime.pattern import compiled
from lmc.runtime.scalar import squashed
from lmc.runtime.scan import Repair, Scan, path_of
from lmc.runtime.value import ReplyError, Schema, describe, quote, written


class Job:
    """A coercion: the named schemas, where it is, what was repaired and at what price. `lenient`: of a reply, in which
    lists and objects may be missing or written otherwise."""

    def __init__(self, defs: Schema, path: list[str | int], *, lenient: bool = True) -> None:
        self.defs = defs
        self.path = path
        self.lenient = lenient
        self.price = 0
        self.repairs: list[Repair] = []
        self.cut: set[int] = set()
        self.known: dict[tuple[int, int], Any] = {}
        """What an object or list was as a member of a union, so that none is read over and over."""
        self.kept: list[Any] = []
        self.exact = 0
        """More than 0 inside a union with text in it, where a number must be the whole of a text."""

    def repair(self, price: int, what: str) -> None:
        """Notes a repair at the path where the coercion is."""
        self.price += price
        if len(self.repairs) < 40:
            self.repairs.append(Repair(path_of(self.path), what))

    def problem(self, schema: Schema, found: Any) -> ReplyError:
        """What is wrong with a value at the path where the coercion is."""
        at = path_of(self.path)
        what = f"must be {describe(schema)}, not {quote(written(plain_value(found)))}"
        return ReplyError(f"`{at}` {what}" if at else what)


def checked(words: str, checks: list[dict[str, str]]) -> bool:
    """Whether a text passes its checks of the form `this|regex_match("…")`, which say what is likely, not what must
    be."""
    for check in checks:
        found = compiled(r"this\|regex_match\(\"(.*)\"\)").fullmatch(check.get("expr", ""))
        if found is not None and compiled(found[1]).search(words) is None:
            return False
    return True


def in_list(job: Job) -> bool:
    """Whether the value is an item of a list."""
    return bool(job.path) and isinstance(job.path[-1], int)


def from_string(found: Any, opening: str, *, strict: bool) -> Any:
    """The list or object that a string holds as JSON, or None; `strict`: only as proper JSON."""
    if not isinstance(found, str) or not found.lstrip().startswith(opening):
        return None
    import json

    try:
        value = json.loads(found)
    except (ValueError, RecursionError):
        if strict:
            return None
        scan = Scan(found.strip(), 0, 5_000)
        try:
            value = loose_value(scan)
        except ReplyError:
            return None
        if scan.source[scan.pos :].strip():
            return None
    return value if isinstance(value, list if opening == "[" else dict) else None


def inner_object(found: dict[str, Any], schema: Schema, depth: int) -> dict[str, Any] | None:
    """The only object within an object, at most so deep, that has all that a record requires; None where there is none,
    or are several."""
    properties, required = schema["properties"], schema.get("required", ())
    fitting = []
    for value in found.values():
        inner = from_string(value, "{", strict=True) if isinstance(value, str) else value
        if isinstance(inner, dict):
            keys = keys_of(inner, properties)
            whole = keys and all(name in keys or name not in properties for name in required)
            deeper = inner if whole or (keys and len(found) == 1) else None
            if deeper is None and depth > 1 and not keys:
                deeper = inner_object(inner, schema, depth - 1)
            fitting += [] if deeper is None else [deeper]
    return fitting[0] if len(fitting) == 1 else None


def keys_of(found: dict[str, Any], properties: Schema) -> dict[str, str]:
    """The key of each property that an object has: as its alias, as its name, else case, separators and accents
    aside."""
    names = [(name, rule.get("x-alias", name) if isinstance(rule, dict) else name) for name, rule in properties.items()]
    result = {name: alias for name, alias in names if alias in found}
    used = set(result.values())
    for name, _ in names:
        if name not in result and name in found and name not in used:
            result[name] = name
            used.add(name)
    if len(used) < len(found) and len(result) < len(names):
        folded: dict[str, str] = {}
        for key in found:
            if key not in used:
                folded.setdefault(squashed(key), key)
        for name, alias in names:
            guess = folded.get(squashed(alias)) or folded.get(squashed(name))
            if name not in result and guess is not None and guess not in used:
                result[name] = guess
                used.add(guess)
    return result
