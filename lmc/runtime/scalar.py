"""Numbers, truth values, null and the values of closed types, as an LM writes them."""

from __future__ import annotations

from typing import Any

from lmc.runtime.pattern import compiled
from lmc.runtime.value import Schema

NULLS = ("null", "none", "nil", "n/a", "nan", "undefined", "nothing")
"""What is written for null, in any case."""

TRUTHS = {"true": True, "yes": True, "y": True, "on": True, "false": False, "no": False, "n": False, "off": False}
"""What is written for truth values, in any case."""

DENIALS = frozenset(
    {
        "not",
        "no",
        "none",
        "nothing",
        "never",
        "neither",
        "nor",
        "cannot",
        "t",
        "isn",
        "don",
        "doesn",
        "without",
        "except",
    }
)
"""Words that may turn what is said around."""


def number_of(text: str) -> int | float | None:
    """The number that the whole text is, or None: with separators of thousands (`1,234.5`, `1_000`, and `1.234,5`,
    where both marks show which is which), a sign of currency or percent, as a fraction (`1/4`, `2 1/2`), scaled
    (`3 million`), or negative in parentheses (`(1,200.00)`)."""
    words = text.strip(" \t\r\n*`\"'").removesuffix("%").rstrip()
    if len(words) > 400:
        return None
    words = words.removesuffix(".") if words.count(".") == 1 or words[:-1].count(".") < words.count(".") else words
    words = compiled(r"^(?:minus|negative)\s+(?=\d)").sub("-", words)
    words = compiled(r"^([-+]?)\s?(?:[$€£¥₹]|USD|EUR|GBP)\s?(?=[\d.])").sub(r"\1", words.replace("−", "-"))
    negative = compiled(r"\(\$?([\d,]*\d\.\d+|\d{1,3}(?:,\d{3})+)\)").fullmatch(words)
    if negative is not None:
        return plain_number("-" + negative[1])
    scaled = compiled(r"(.*\d)\s?(thousand|million|billion|trillion)").fullmatch(words.casefold())
    if scaled is not None:
        value = plain_number(scaled[1])
        power = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}[scaled[2]]
        return None if value is None else int(value * 10**power) if (value * 10**power) % 1 == 0 else value * 10**power
    mixed = compiled(r"(\d{1,9}) (\d{1,9})[/⁄]([1-9]\d{0,8})").fullmatch(words)
    if mixed is not None:
        return int(mixed[1]) + int(mixed[2]) / int(mixed[3])
    ratio = compiled(r"([-+]?\d+)\s?[/⁄]\s?(\d+)").fullmatch(words)
    if ratio is not None:
        return int(ratio[1]) / int(ratio[2]) if int(ratio[2]) else None
    if compiled(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+").fullmatch(words):
        words = words.replace(".", "").replace(",", ".")
    return plain_number(words)


def plain_number(words: str) -> int | float | None:
    """A number in digits, in any script, with separators of thousands."""
    form = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:[   ']\d{3})+|\d+(?:_\d+)*)?(?:\.[\d_]*)?(?:[eE][-+]?\d+)?"
    if compiled(form).fullmatch(words) is None or compiled(r"\d").search(words) is None:
        return None
    digits = compiled(r"[,_'   ]").sub("", words)
    if compiled(r"[-+]?\d+").fullmatch(digits):
        return int(digits)
    try:
        value = float(digits)
    except ValueError:
        return None
    if value - value != 0:
        return None
    return int(value) if value.is_integer() else value


NUMBER_IN_TEXT = (
    r"(?<![\w.])(?<!\d[-/,])(?<!-\()[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*+)?(?:\.\d+)?(?:[eE][-+]?\d+)?"
    r"(?!\w|[-.,/]\d|\s\d+[/⁄]\d|\s(?i:thousand|million|billion|trillion|hundred|dozen|k\b))"
)
"""A number that no sign or word beside it makes another one."""


def number_in(text: str) -> int | float | None:
    """The number that the text is, else the only one in it; None when there is none, or several, or digits that may
    mean something else."""
    whole = number_of(text)
    if whole is not None or compiled(r"\s*\(.*\)\s*").fullmatch(text[:100]) or len(text) > 20_000:
        return whole
    if compiled(r"(?i)\b(?:minus|negative)\s+\d|^\s*[<>≤≥]=?\s*[\d.,]+\s*$|^\s*[\d.,]+\s*\+\s*$").search(text):
        return None
    found: dict[int | float, None] = {}
    for one in compiled(NUMBER_IN_TEXT).finditer(text):
        value = number_of(one[0]) if one[0] and len(one[0]) < 400 else None
        if value is not None:
            found[value] = None
            if len(found) > 1:
                return None
    rest = compiled(NUMBER_IN_TEXT).sub("", text)
    return None if compiled(r"(?<![\w.])\d").search(rest) else next(iter(found), None)


def truth_in(text: str) -> bool | None:
    """The truth value that the text is or begins with, else the only one of true and false in it."""
    folded = text.strip(" .*_`\"'\t\r\n!").casefold()
    if folded in TRUTHS:
        return TRUTHS[folded]
    words = spaced(text).split()
    known = [(place, TRUTHS[word]) for place, word in enumerate(words) if word in ("true", "false")]
    if not known and words and words[0] in ("yes", "no") and compiled(r"[\s*_`\"']*\w+[*_`\"']*[,.;:!\n-]").match(text):
        return TRUTHS[words[0]]
    values = {value for _, value in known}
    denied = any(set(words[max(place - 3, 0) : place]) & DENIALS for place, _ in known)
    return values.pop() if len(values) == 1 and not denied else None


def is_null(text: str) -> bool:
    """Whether the text is a word for null."""
    return text.strip(" .*_`\"'()\t\r\n").casefold() in NULLS


def spellings(schema: Schema) -> list[tuple[str, str]]:
    """How each string of a closed type may be written, and the string: its name, and its alias."""
    values = [schema["const"]] if "const" in schema else schema["enum"]
    found = [(value, value) for value in values]
    for entry in schema.get("x-values", ()):
        if entry.get("alias"):
            found.append((entry["alias"], entry["name"]))
    return found


def choice_in(text: str, schema: Schema) -> tuple[str, bool] | None:
    """The string of a closed type that the text names, and whether it is no more than that (case, punctuation and
    accents aside); else the only one that is mentioned, or the one that is mentioned more often than all others
    together; in its own case, where it has capitals, which make it no common word. A mention beside a word that may
    deny it is none."""
    known = spellings(schema)
    named = named_by(text, known)
    if named is not None:
        return (named.pop(), True) if len(named) == 1 else None
    if len(text) > 20_000:
        return None
    for entry in schema.get("x-values", ()):
        if entry.get("description"):
            text = text.replace(entry["description"], " ")
    for exact in (True, False):
        counts = mentions(text, known, exact)
        ranked = sorted(counts.values(), reverse=True)
        if ranked and ranked[0] > sum(ranked[1:]):
            found = {max(counts, key=lambda value: counts[value])}
            if not exact or any(spelled != spelled.lower() for spelled, value in known if value in found):
                return found.pop(), False
        elif ranked:
            return None
    return None


def named_by(text: str, known: list[tuple[str, str]]) -> set[str] | None:
    """The strings that a text is, several where it does not say which, or None where it is more."""
    bare = text.strip(" \t\r\n.,;:!?\"'`*_()[]{}“”‘’")
    for candidate in (text, text.strip(), bare):
        found = {value for spelled, value in known if spelled == candidate}
        if len(found) == 1:
            return found
    for fold in (str.casefold, squashed):
        folded = fold(bare)
        found = {value for spelled, value in known if folded and fold(spelled) == folded}
        if found:
            return found
    return None


def mentions(text: str, known: list[tuple[str, str]], exact: bool) -> dict[str, int]:
    """How often the text mentions each string; none where a word in the rest may deny it. `exact`: in the same case."""
    rest, counts = f" {spaced(text, fold=not exact)} ", dict[str, int]()
    for spelled, _ in sorted(known, key=lambda one: -len(spaced(one[0]))):
        words = spaced(spelled, fold=not exact)
        if not words or f" {words} " not in rest:
            continue
        same = {one for other, one in known if spaced(other, fold=not exact) == words}
        for one in same:
            counts[one] = counts.get(one, 0) + rest.count(f" {words} ")
        rest = rest.replace(f" {words} ", " , ")
    return {} if DENIALS & set(rest.casefold().split()) else counts


def spaced(text: str, *, fold: bool = True) -> str:
    """The words of the text, a space between them, in lower case unless that is to stay."""
    return " ".join(compiled(r"[^\W_]+").findall(text.casefold() if fold else text))


def squashed(text: str) -> str:
    """The letters and digits of the text, without case and accents."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.casefold()[:2000])
    return "".join(char for char in plain if char.isalnum())


def scalar_in(text: str, kind: str, *, whole: bool = False) -> Any:
    """The number, truth value or null in a text, as `(value,)`, or None; `whole`: nothing else may be in it."""
    found: Any
    if kind == "null":
        return (None,) if is_null(text) else None
    if kind == "boolean":
        found = TRUTHS.get(text.strip(" .*_`\"'").casefold()) if whole else truth_in(text)
    else:
        found = number_of(text) if whole else number_in(text)
        if kind == "integer" and not isinstance(found, int):
            found = None
    return None if found is None else (found,)
