"""What is added to the logits of tokens: as JSON a list of lists, in settings pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lmc.ir.expression import Json

Pairs = tuple[tuple[int, float], ...]
"""Tokens, by their ids, and what is added to their logits."""


def bias_pairs(value: Json) -> Pairs:
    """The pairs that a JSON value is."""
    assert isinstance(value, list)
    return tuple((token, bias) for token, bias in value)


def bias_list(pairs: Iterable[Sequence[float]] | None) -> Json:
    """The JSON value of pairs."""
    return None if pairs is None else [list(pair) for pair in pairs]
