"""The functions of metrics: how well the given value meets the wanted one. Each gives a truth value or a number from 0
to 1.

A null that was given meets only a null that was wanted; everything else scores it 0.
"""

from __future__ import annotations

import json
import math
import re
import string
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

from lmc.runtime.function import number, text

Score: TypeAlias = bool | float

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def exact(want: Any, got: Any) -> bool:
    """Whether the two are equal, lists and records item by item; strings but for white space at their ends. `1` equals
    `1.0`, and no truth value equals a number. Symmetric."""
    if isinstance(want, str) and isinstance(got, str):
        return want.strip() == got.strip()
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(exact(*pair) for pair in zip(want, got, strict=True))
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(exact(value, got[name]) for name, value in want.items())
    return isinstance(want, bool) == isinstance(got, bool) and bool(want == got)


def same(want: Any, got: Any) -> bool:
    """Whether the two are equal once normalised (see `normalised`): the exact match of SQuAD (Rajpurkar et al. 2016,
    evaluation script 1.1). Lists and records item by item; a number equals a text that is that number and nothing else
    ("1,000" is). Between texts "3.5" and "35" are the same, since punctuation is dropped: use `close` for numbers.
    Symmetric."""
    if want is None or got is None:
        return want is got
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(same(*pair) for pair in zip(want, got, strict=True))
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(same(value, got[name]) for name, value in want.items())
    if is_number(want) or is_number(got):
        left, right = own_number(want), own_number(got)
        return left is not None and left == right
    return normalised(text(want)) == normalised(text(got))


def contains(text: Any, part: Any) -> bool:
    """Whether the words of `part` stand together in `text`, both normalised (the answer test of passage retrieval,
    Karpukhin et al. 2020). Whole words: "concatenate" does not contain "cat"; for parts of words there is `in`. Of a
    list of texts any may contain it; of a list of parts any may be contained. Only an empty text contains an empty
    part."""
    if text is None or part is None:
        return text is part
    if isinstance(text, list):
        return any(contains(item, part) for item in text)
    if isinstance(part, list):
        return any(contains(text, item) for item in part)
    return f" {normalised(written(part))} " in f" {normalised(written(text))} "


def close(want: Any, got: Any, tolerance: float) -> bool:
    """Whether two numbers differ by at most `tolerance` times the wanted one's size, or by at most `tolerance` where 0
    is wanted; 0.01 is one per cent. Of a text its last number counts, thousands commas allowed, exponents not ("2e3"
    ends with 3). False where either is no number, or not finite. Not symmetric: the wanted number is the measure."""
    left, right = any_number(want), any_number(got)
    if left is None or right is None:
        return False
    allowed = max(tolerance, 0.0) * (abs(left) or 1.0)
    return left == right or abs(left - right) <= allowed * (1 + 1e-9)


def f1(want: Any, got: Any) -> float:
    """The F1 of the words, normalised, each counted as often as it occurs: the harmonic mean of the share of given
    words that were wanted and that of wanted words that were given (SQuAD, evaluation script 1.1). A list that is
    wanted where a text is given is several accepted answers, of which the best counts; otherwise a list is its items,
    joined. Two empty texts: 1. Symmetric between texts."""
    if want is None or got is None:
        return float(want is got)
    if isinstance(want, list) and not isinstance(got, list):
        return max((f1(item, got) for item in want), default=0.0)
    return overlap(Counter(normalised(written(want)).split()), Counter(normalised(written(got)).split()))


def set_f1(want: Any, got: Any) -> float:
    """The F1 of two lists whatever their order, items compared as `same` does. Lists are multisets: an item that is
    given more often than it was wanted is wrong as often as that, so repeating costs. A record counts as the list of
    its fields, one item for each value of a field that is a list; any other value as a list of one. Two empty lists: 1;
    one of them: 0. Symmetric."""
    if want is None or got is None:
        return float(want is got)
    return overlap(Counter(map(canonical, members(want))), Counter(map(canonical, members(got))))


def one_of(accepted: Any, got: Any) -> bool:
    """Whether the given value is the `same` as one of the accepted ones; what is not a list is the only one."""
    return any(same(item, got) for item in accepted) if isinstance(accepted, list) else same(accepted, got)


METRIC_FUNCTIONS: dict[str, Callable[..., Score]] = {
    "exact": exact,
    "same": same,
    "contains": contains,
    "close": close,
    "f1": f1,
    "set_f1": set_f1,
    "one_of": one_of,
}
"""The functions by name; all arguments are by position."""

METRIC_ARITY: dict[str, int] = {name: 3 if name == "close" else 2 for name in METRIC_FUNCTIONS}
"""The number of arguments of each."""


def normalised(text: str) -> str:
    """The text in lower case, without ASCII punctuation and the words a, an, the, one space between words (SQuAD).
    Where nothing would be left, articles stay, so that the answer "A." is "a"; where still nothing is, the text itself
    in lower case."""
    bare = text.lower().translate(_PUNCTUATION)
    words = _ARTICLES.sub(" ", bare).split() or bare.split()
    return " ".join(words) if words else " ".join(text.lower().split())


def overlap(want: Counter[str], got: Counter[str]) -> float:
    """The F1 of two multisets; of two empty ones 1."""
    total = want.total() + got.total()
    return 2 * (want & got).total() / total if total else 1.0


def written(value: Any) -> str:
    """The value as text, a list as its items with spaces between them."""
    return " ".join(written(item) for item in value) if isinstance(value, list) else text(value)


def members(value: Any) -> list[Any]:
    """The items of what `set_f1` takes as a list."""
    if isinstance(value, dict):
        return [
            [name, item] for name, items in value.items() for item in (items if isinstance(items, list) else [items])
        ]
    return value if isinstance(value, list) else [value]


def canonical(value: Any) -> str:
    """A text that two values share if they are the `same`, numbers apart from texts."""
    return json.dumps(simplified(value), sort_keys=True)


def simplified(value: Any) -> Any:
    """The value with its texts normalised and its whole numbers integers."""
    match value:
        case str():
            return normalised(value)
        case float() if value.is_integer():
            return int(value)
        case list():
            return [simplified(item) for item in value]
        case dict():
            return {name: simplified(item) for name, item in value.items()}
        case _:
            return value


def is_number(value: Any) -> bool:
    """Whether it is a number; a truth value is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def own_number(value: Any) -> int | float | None:
    """A number, or the number that the whole of a text is."""
    if isinstance(value, str):
        try:
            return float(value.replace(",", "").strip())
        except ValueError:
            return None
    return value if is_number(value) else None


def any_number(value: Any) -> float | None:
    """A finite number, or the last one in a text."""
    try:
        found = number(value) if isinstance(value, str) else float(value) if is_number(value) else None
    except OverflowError:
        return None
    return found if found is not None and math.isfinite(found) else None
