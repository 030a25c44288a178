"""Corpora of texts, and an embedding that tests can follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lmc.retrieve import Corpus


@pytest.fixture
def corpus_of() -> Callable[..., Corpus]:
    """Makes a corpus of texts."""
    return lambda *texts: Corpus(tuple({"text": text} for text in texts), ("text",))


class Letters:
    """Embeds a text as how often it has the letters a, b and c. `asked` holds the texts in the order they came."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += texts
        return [[float(text.count(letter)) for letter in "abc"] for text in texts]


@pytest.fixture
def letters() -> Letters:
    """The embedding, fresh."""
    return Letters()
