"""The pure functions of the language on texts, numbers and values of any kind, as the interpreter and emitted code run
them."""

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


def sum_of(items: list[Any]) -> Any:
    """The sum of the numbers."""
    return sum(items)


def length(value: Any) -> int:
    """The number of characters of a text, or items of a list or map."""
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


def slice_of(items: Any, start: int, end: int) -> Any:
    """The characters or items from `start` up to, and without, `end`."""
    return items[start:end]


def in_title(text: str) -> str:
    """The text with the first letter of every word in upper case, the rest as it is."""
    return "".join(
        char.upper() if not before.isalnum() and before not in ("'", "’") else char
        for before, char in zip(" " + text, text, strict=False)
    )


def capitalized(text: str) -> str:
    """The text with its first character in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def remove_prefix(text: str, prefix: str) -> str:
    """The text without the prefix, where it has it."""
    return text.removeprefix(prefix)


def remove_suffix(text: str, suffix: str) -> str:
    """The text without the suffix, where it has it."""
    return text.removesuffix(suffix)


def truncated(text: str, size: int) -> str:
    """The text, or where it is longer than `size` characters as many of its whole words as fit, and "…": `size`
    characters at most. A first word that is too long is cut."""
    if len(text) <= max(size, 0):
        return text
    if size < 1:
        return ""
    kept = text[: size - 1]
    if not text[size - 1].isspace():
        kept = kept[: max((place for place, char in enumerate(kept) if char.isspace()), default=len(kept))]
    return (kept.rstrip() or text[: size - 1]) + "…"


def pad_start(text: str, width: int, fill: str) -> str:
    """The text with as many of the characters of `fill` before it as make it `width` characters long."""
    return padding(width - len(text), fill) + text


def pad_end(text: str, width: int, fill: str) -> str:
    """The text with as many of the characters of `fill` behind it as make it `width` characters long."""
    return text + padding(width - len(text), fill)


def padding(size: int, fill: str) -> str:
    """The first `size` characters of `fill`, repeated. Raises ValueError when it is empty."""
    if size > 0 and not fill:
        raise ValueError("there is nothing to fill up with")
    return (fill * (size // len(fill) + 1))[:size] if size > 0 else ""


def words_of(text: str) -> list[str]:
    """The words of the text: runs of letters and digits, with apostrophes and hyphens within them."""
    import re

    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)


def sentences_of(text: str) -> list[str]:
    """The sentences of the text, without white space at their ends. One ends at ".", "!", "?" or "…" (and quotes and
    brackets behind it) before white space, but not where a small letter follows, nor after a single capital ("J. S.
    Bach") or a usual abbreviation ("Dr."); at "。", "！" and "？"; and at an empty line."""
    import re

    short = "dr|mr|mrs|ms|prof|st|vs|no|fig|e\\.g|i\\.e|jr|sr"
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        start = 0
        for end in re.finditer(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”]*", paragraph):
            before, after = paragraph[start : end.end()], paragraph[end.end() :].lstrip()[:1]
            if after.islower() or re.search(rf"(?:^|\W)(?:[A-Z]|(?i:{short}))\.$", before[-8:]):
                continue
            found.append(before.strip())
            start = end.end()
        found.append(paragraph[start:].strip())
    return [one for one in found if one]


def extract_all(text: str, pattern: str) -> list[str]:
    """The first group (without groups: the whole) of every match of the regular expression, left to right."""
    import re

    return [found.group(1 if found.re.groups else 0) or "" for found in re.finditer(pattern, text)]


def substitute(text: str, pattern: str, new: str) -> str:
    """The text with every match of the regular expression replaced by `new`, which stands as it is."""
    import re

    return re.sub(pattern, lambda found: new, text)


def format_number(value: float, digits: int) -> str:
    """The number with commas between thousands and so many digits after the point."""
    return f"{value:,.{max(digits, 0)}f}"


def count_of(value: Any, part: Any) -> int:
    """How often the part occurs in the text, not overlapping, or the item in the list."""
    return int(value.count(part))


def index_of(value: Any, part: Any) -> int | None:
    """Where the part first begins in the text, or the item first stands in the list, from 0; null where it does
    not."""
    return int(value.index(part)) if part in value else None


def mean_of(items: list[Any]) -> float | None:
    """The mean of the numbers, or null when there is none."""
    import math

    return math.fsum(items) / len(items) if items else None


def floor_of(value: float) -> int:
    """The greatest whole number that is not above the number."""
    import math

    return math.floor(value)


def ceil_of(value: float) -> int:
    """The least whole number that is not below the number."""
    import math

    return math.ceil(value)


def clamp(value: Any, low: Any, high: Any) -> Any:
    """The number, or the bound that it lies beyond."""
    return max(low, min(value, high))


def fenced(text: str) -> str:
    """What stands in the first code fence of a text; the whole text, stripped, when there is none."""
    import re

    found = re.search(r"```[^\n`]*\n(.*?)(?:\n```|\Z)", text, re.DOTALL)
    return found.group(1) if found else text.strip()
