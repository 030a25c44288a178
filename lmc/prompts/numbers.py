"""Grammars (GBNF) of numbers within bounds."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

INTEGER = '"-"? ("0" | [1-9] [0-9]{0,14})'
DIGITS = 15
"""The most digits before and behind the point of a number without bounds."""

_MOST = 10**DIGITS - 1


def integers(least: float | None, most: float | None) -> str | None:
    """The rule of the whole numbers from `least` to `most` (None: no bound), None when there are none."""
    if least is None and most is None:
        return INTEGER
    high = _MOST if most is None else floor(Decimal(str(most)))
    low = min(-_MOST, high) if least is None else ceiling(Decimal(str(least)))
    high = max(low, high) if most is None else high
    parts = [f'"-" ({one})' for one in [between(max(1, -high), -low)] if one] if low < 0 else []
    parts += [one for one in [between(max(0, low), high)] if one] if high >= 0 else []
    return " | ".join(parts) or None


def decimals(least: float | None, most: float | None) -> str | None:
    """The rule of the numbers from `least` to `most`, written without an exponent; None when there are none."""
    if least is None and most is None:
        return f'{INTEGER} ("." [0-9]{{1,{DIGITS}}})?'
    high = Decimal(_MOST) if most is None else Decimal(str(most))
    low = min(Decimal(-_MOST), high) if least is None else Decimal(str(least))
    high = max(low, high) if most is None else high
    if low > high:
        return None
    parts = [f'"-" ({positive(max(Decimal(0), -high), -low)})'] if low < 0 else []
    parts += [positive(max(Decimal(0), low), high)] if high >= 0 else []
    return " | ".join(parts)


def floor(value: Decimal) -> int:
    """The greatest whole number that is not above the value."""
    whole = int(value)
    return whole - 1 if value < whole else whole


def ceiling(value: Decimal) -> int:
    """The least whole number that is not below the value."""
    return -floor(-value)


def between(low: int, high: int) -> str:
    """The rule of the whole numbers from `low` (at least 0) to `high`, empty when there are none."""
    found: list[tuple[int, str]] = []
    for size in range(len(str(low)), len(str(high)) + 1):
        first, last = max(low, 10 ** (size - 1) if size > 1 else 0), min(high, 10**size - 1)
        if first <= last:
            full = size > 1 and (first, last) == (10 ** (size - 1), 10**size - 1)
            found.append((size, "" if full else same_length(str(first), str(last))))
    parts = []
    for full, group in groupby(found, key=lambda one: not one[1]):
        sizes = list(group)
        if full:
            parts.append(f"[1-9] {times('[0-9]', sizes[0][0] - 1, sizes[-1][0] - 1)}")
        else:
            parts += [rule for _, rule in sizes]
    return " | ".join(parts)


def same_length(low: str, high: str) -> str:
    """The rule of the numbers between two that have as many digits."""
    if low == high:
        return f'"{low}"'
    if low[0] == high[0]:
        return f'"{low[0]}" ({same_length(low[1:], high[1:])})'
    rest = len(low) - 1
    if not rest:
        return digit(low[0], high[0])
    parts = []
    first, last = int(low[0]), int(high[0])
    if low[1:] != "0" * rest:
        parts.append(f'"{first}" ({same_length(low[1:], "9" * rest)})')
        first += 1
    upper = ""
    if high[1:] != "9" * rest:
        upper = f'"{last}" ({same_length("0" * rest, high[1:])})'
        last -= 1
    if first <= last:
        parts.append(f"{digit(str(first), str(last))} {times('[0-9]', rest, rest)}")
    return " | ".join([*parts, upper] if upper else parts)


def positive(low: Decimal, high: Decimal) -> str:
    """The rule of the numbers from `low` (at least 0) to `high`."""
    (first, above), (last, below) = pieces(low), pieces(high)
    if first == last:
        if not above:
            return f'"{first}" ({fraction_to(below)})'
        return f'"{first}" "." ({digits_between(above, below)})'
    parts = []
    if above:
        parts.append(f'"{first}" "." ({digits_from(above)})')
        first += 1
    if first <= last - 1:
        parts.append(f'({between(first, last - 1)}) ("." [0-9]{{1,{DIGITS}}})?')
    parts.append(f'"{last}" ({fraction_to(below)})')
    return " | ".join(parts)


def pieces(value: Decimal) -> tuple[int, str]:
    """The whole part of a number, and the digits behind its point."""
    whole, _, rest = format(value, "f").partition(".")
    return int(whole), rest.rstrip("0")


def fraction_to(high: str) -> str:
    """The rule of no fraction, or one that is not above `high`."""
    return f'("." ({digits_to(high)}))?'


def digits_from(low: str) -> str:
    """The rule of the digits behind a point that are not below `low`."""
    if not low:
        return f"[0-9]{{0,{DIGITS}}}"
    same = f'"{low[0]}" ({digits_from(low[1:])})'
    return same if low[0] == "9" else f"{digit(str(int(low[0]) + 1), '9')} [0-9]{{0,{DIGITS}}} | {same}"


def digits_to(high: str) -> str:
    """The rule of the digits behind a point, at least one, that are not above `high`."""
    if not high:
        return f'"0"{{1,{DIGITS}}}'
    same = f'"{high[0]}" ({digits_to(high[1:])})?'
    return same if high[0] == "0" else f"{digit('0', str(int(high[0]) - 1))} [0-9]{{0,{DIGITS}}} | {same}"


def digits_between(low: str, high: str) -> str:
    """The rule of the digits behind a point that are neither below `low` nor above `high`; `low` is not empty."""
    high = high.ljust(1, "0")
    if low[0] == high[0]:
        if not low[1:]:
            return f'"{low[0]}" ({digits_to(high[1:])})?'
        return f'"{low[0]}" ({digits_between(low[1:], high[1:])})'
    parts = [f'"{low[0]}" ({digits_from(low[1:])})']
    first, last = int(low[0]) + 1, int(high[0]) - 1
    if first <= last:
        parts.append(f"{digit(str(first), str(last))} [0-9]{{0,{DIGITS}}}")
    return " | ".join([*parts, f'"{high[0]}" ({digits_to(high[1:])})?'])


def digit(low: str, high: str) -> str:
    """The rule of one digit."""
    return f'"{low}"' if low == high else f"[{low}-{high}]"


def times(rule: str, least: int, most: int) -> str:
    """The rule, repeated."""
    if (least, most) == (1, 1):
        return rule
    return f"{rule}{{{least}}}" if least == most else f"{rule}{{{least},{most}}}"
