"""Votes that stop early say what they would have said in the end."""

from __future__ import annotations

from itertools import product

import pytest

from lmc.runtime.collection import decided, winner

LABELS = ("a", "b", "c")


@pytest.mark.parametrize("count", range(1, 7))
def test_what_is_decided_does_not_change(count: int) -> None:
    """For all orders in which three values can be said: decided as soon as no continuation says otherwise, and not
    before."""
    for asked in range(1, count + 1):
        for said in product(LABELS, repeat=asked):
            replies = list(said)
            ends = {winner([*replies, *more], []) for more in product((*LABELS, "d"), repeat=count - asked)}
            assert decided(replies, count, []) == (len(ends) == 1), (replies, count)


def test_nothing_is_decided_by_nobody() -> None:
    assert not decided([], 3, [])
