"""The functions of metrics: how well the given value meets the wanted one. Each gives a truth value or a number from 0
to 1; the wanted value comes first.

A null that was given meets only a null that was wanted; everything else scores it 0. Where one text is compared with
one text, a list is its items, joined.
"""

from __future__ import annotations

from typing import Any

from lmc.runtime.function import number, text

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""That of ASCII."""


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
    """Whether the words of `part` stand together in `text`, both normalised. Whole words: "concatenate" does not
    contain "cat"; for parts of words there is `in`. Of a list of texts any may contain it; of a list of parts any may
    be contained. Only an empty text contains an empty part."""
    if text is None or part is None:
        return text is part
    if isinstance(text, list):
        return any(contains(item, part) for item in text)
    if isinstance(part, list):
        return any(contains(text, item) for item in part)
    return f" {normalised(joined_text(part))} " in f" {normalised(joined_text(text))} "


def passage_match(want: Any, got: Any) -> bool:
    """Whether any given passage contains any wanted answer, as `contains` does: the answer test of passage retrieval
    (Chen et al. 2017; Karpukhin et al. 2020), `answer_passage_match` of DSPy. A passage may be a record, of which all
    texts count. No passages contain nothing; an empty answer is in no passage that says something."""
    if want is None or got is None:
        return want is got
    passages = got if isinstance(got, list) else [got]
    return any(contains(inner_text(passage), want) for passage in passages)


def close(want: Any, got: Any, tolerance: float) -> bool:
    """Whether two numbers differ by at most `tolerance` times the wanted one's size, or by at most `tolerance` where 0
    is wanted; 0.01 is one per cent. Of a text its last number counts, thousands commas allowed, exponents not ("2e3"
    ends with 3). False where either is no number, or not finite. Not symmetric: the wanted number is the measure."""
    left, right = any_number(want), any_number(got)
    if left is None or right is None:
        return False
    allowed = max(tolerance, 0.0) * (abs(left) or 1.0)
    return left == right or abs(left - right) <= allowed * (1 + 1e-9)


def regex(want: Any, got: Any) -> bool:
    """Whether the regular expression that is wanted, or one of a list of them, is found in the given text; Python's
    `re.search`, so anchors are the pattern's to set. A value that is no text is taken as it is written."""
    import re

    if want is None or got is None:
        return want is got
    if isinstance(want, list):
        return any(regex(item, got) for item in want)
    return re.search(want, text(got)) is not None


def one_of(accepted: Any, got: Any) -> bool:
    """Whether the given value is the `same` as one of the accepted ones; what is not a list is the only one."""
    return any(same(item, got) for item in accepted) if isinstance(accepted, list) else same(accepted, got)


def f1(want: Any, got: Any) -> float:
    """The F1 of the words, normalised, each counted as often as it occurs: the harmonic mean of the share of given
    words that were wanted and that of wanted words that were given (SQuAD, evaluation script 1.1). A list that is
    wanted where a text is given is several accepted answers, of which the best counts. Two empty texts: 1. Symmetric
    between texts."""
    if want is None or got is None:
        return float(want is got)
    if isinstance(want, list) and not isinstance(got, list):
        return max((f1(item, got) for item in want), default=0.0)
    return bag_f1(normalised(joined_text(want)).split(), normalised(joined_text(got)).split())


def weighted(scores: list[Any], weights: list[Any]) -> float:
    """The mean of scores (numbers and truth values) by weights, whatever these add up to. Raises ValueError when there
    are not as many weights as scores, when one is negative, or when all are 0."""
    if len(scores) != len(weights) or min(weights, default=0) < 0 or not sum(weights):
        raise ValueError("there must be a weight of at least 0 for each score, and one above 0")
    return float(sum(score * weight for score, weight in zip(scores, weights, strict=True)) / sum(weights))


def preference(verdict: Any, swapped: Any) -> float:
    """How much a judge prefers the first of two: from its verdict on (first, second) and that on the two swapped, each
    a truth value (the one shown first is better), a number from 0 to 1 (by how much), or "first", "second" or "tie"
    ("A" and "B" too). The mean of both where they agree; 0.5 where one prefers what is shown first and the other
    prefers it swapped, since then the place decided (Zheng et al. 2023, section 3.4). Null is a tie. Raises ValueError
    at other words."""
    forward, backward = share_of_first(verdict), 1.0 - share_of_first(swapped)
    if (forward - 0.5) * (backward - 0.5) < 0:
        return 0.5
    return (forward + backward) / 2


def score_record(value: Any) -> dict[str, Any]:
    """What a metric says, as a record of `score` (a number) and `feedback` (a text, maybe empty): from a truth value, a
    number, or a record of `score` and, if any, `feedback` (a text, null, or a list of them, which become lines). A
    number that is not finite is 0. Raises TypeError at anything else."""
    import math

    said = value.get("feedback") if isinstance(value, dict) else None
    score = value.get("score") if isinstance(value, dict) else value
    if not isinstance(score, (bool, int, float)):
        raise TypeError("a score is a truth value or a number")
    lines = [text(line) for line in (said if isinstance(said, list) else [said]) if line is not None]
    return {"score": float(score) if math.isfinite(score) else 0.0, "feedback": "\n".join(filter(None, lines))}


def share_of_first(verdict: Any) -> float:
    """How much a verdict prefers what was shown first, from 0 to 1."""
    if verdict is None:
        return 0.5
    if isinstance(verdict, (bool, int, float)):
        return min(max(float(verdict), 0.0), 1.0)
    words = {"first": 1.0, "a": 1.0, "second": 0.0, "b": 0.0, "tie": 0.5}
    word = verdict.strip().casefold() if isinstance(verdict, str) else ""
    if word not in words:
        raise ValueError('a verdict is "first", "second" or "tie", a truth value, or a number from 0 to 1')
    return words[word]


def normalised(text: str) -> str:
    """The text in lower case, without ASCII punctuation and the words a, an, the, one space between words (SQuAD).
    Where nothing would be left, articles stay, so that the answer "A." is "a"; where still nothing is, the text itself
    in lower case."""
    import re

    bare = text.lower().translate(str.maketrans("", "", PUNCTUATION))
    words = re.sub(r"\b(?:a|an|the)\b", " ", bare).split() or bare.split()
    return " ".join(words) if words else " ".join(text.lower().split())


def bag_f1(want: list[str], got: list[str]) -> float:
    """The F1 of two multisets; of two empty ones 1."""
    total = len(want) + len(got)
    return 2 * shared(want, got) / total if total else 1.0


def shared(want: list[str], got: list[str]) -> int:
    """How many items two multisets have in common."""
    left: dict[str, int] = {}
    for item in want:
        left[item] = left.get(item, 0) + 1
    found = 0
    for item in got:
        if left.get(item, 0):
            left[item] -= 1
            found += 1
    return found


def joined_text(value: Any) -> str:
    """The value as text, a list as its items with spaces between them."""
    return " ".join(joined_text(item) for item in value) if isinstance(value, list) else text(value)


def inner_text(value: Any) -> str:
    """The values of records and lists as text, with spaces between them."""
    if isinstance(value, dict):
        return inner_text(list(value.values()))
    return " ".join(inner_text(item) for item in value) if isinstance(value, list) else text(value)


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
    import math

    try:
        found = number(value) if isinstance(value, str) else float(value) if is_number(value) else None
    except OverflowError:
        return None
    return found if found is not None and math.isfinite(found) else None
