"""The pure functions of the language, as the interpreter and emitted code run them."""

from __future__ import annotations

from typing import Any


def lower(text: str) -> str:
    """The text in lower case."""
    return text.lower()


def upper(text: str) -> str:
    """The text in upper case."""
    return text.upper()


def strip(text: str) -> str:
    """The text without white space at its ends."""
    return text.strip()


def split(text: str, separator: str) -> list[str]:
    """The pieces of the text between separators."""
    return text.split(separator)


def lines(text: str) -> list[str]:
    """The lines of the text that are not blank, without white space at their ends."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def join(items: list[Any], separator: str) -> str:
    """The items as text, with the separator between them."""
    return separator.join(text(item) for item in items)


def replace(text: str, old: str, new: str) -> str:
    """The text with every `old` replaced by `new`."""
    return text.replace(old, new)


def starts_with(text: str, prefix: str) -> bool:
    """Whether the text begins with the prefix."""
    return text.startswith(prefix)


def ends_with(text: str, suffix: str) -> bool:
    """Whether the text ends with the suffix."""
    return text.endswith(suffix)


def matches(text: str, pattern: str) -> bool:
    """Whether the regular expression is found in the text."""
    import re

    return re.search(pattern, text) is not None


def extract(text: str, pattern: str) -> str | None:
    """The first group (without groups: the whole) of the first match of the regular expression, or null."""
    import re

    found = re.search(pattern, text)
    return None if found is None else found.group(1 if found.re.groups else 0)


def first(items: list[Any]) -> Any:
    """The first item, or null when there is none."""
    return items[0] if items else None


def last(items: list[Any]) -> Any:
    """The last item, or null when there is none."""
    return items[-1] if items else None


def take(items: list[Any], count: int) -> list[Any]:
    """The first `count` items."""
    return items[: max(count, 0)]


def unique(items: list[Any]) -> list[Any]:
    """The items without those that came before."""
    import json

    seen: dict[str, Any] = {}
    for item in items:
        seen.setdefault(json.dumps(item, sort_keys=True), item)
    return list(seen.values())


def reverse(items: list[Any]) -> list[Any]:
    """The items from last to first."""
    return items[::-1]


def sort(items: list[Any]) -> list[Any]:
    """The items in ascending order."""
    return sorted(items)


def sum_of(items: list[Any]) -> Any:
    """The sum of the numbers."""
    return sum(items)


def least(items: list[Any]) -> Any:
    """The least of the items, or null when there is none."""
    return min(items, default=None)


def greatest(items: list[Any]) -> Any:
    """The greatest of the items, or null when there is none."""
    return max(items, default=None)


def most_common(items: list[Any]) -> Any:
    """The item that occurs most often, the earliest of several, or null when there is none."""
    import json

    counts: dict[str, int] = {}
    values: dict[str, Any] = {}
    for item in items:
        key = json.dumps(item, sort_keys=True)
        counts[key] = counts.get(key, 0) + 1
        values.setdefault(key, item)
    return values[max(counts, key=lambda key: counts[key])] if counts else None


def length(value: Any) -> int:
    """The number of characters of a text or items of a list."""
    return len(value)


def absolute(value: Any) -> Any:
    """The number without its sign."""
    return abs(value)


def rounded(value: float, digits: int) -> float:
    """The number rounded to so many digits after the point."""
    return float(round(value, digits))


def text(value: Any) -> str:
    """The value as it is written: a text as it is, everything else as JSON."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_json(value: Any) -> str:
    """The value as JSON."""
    import json

    return json.dumps(value, ensure_ascii=False)


def number(text: str) -> float | None:
    """The last number in the text (thousands commas allowed), or null."""
    import re

    found = re.findall(r"-?(?:\d[\d,]*\.?\d*|\.\d+)", text)
    return float(found[-1].replace(",", "")) if found else None


def default(value: Any, other: Any) -> Any:
    """The value, or `other` where it is null."""
    return other if value is None else value


def count_to(end: int) -> list[int]:
    """The whole numbers from 0 up to, and without, `end`."""
    return list(range(end))


def slice_of(items: Any, start: int, end: int) -> Any:
    """The characters or items from `start` up to, and without, `end`."""
    return items[start:end]
