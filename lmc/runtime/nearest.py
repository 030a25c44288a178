"""Which texts are most like a text: chooses demonstrations for a call."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lmc.runtime.bm25 import Bm25, best_first, search_words


def word_trigrams(text: str) -> list[str]:
    """The runs of three characters of each word with a space before and behind, so that the forms of a word are
    alike."""
    return [
        padded[start : start + 3]
        for word in search_words(text)
        for padded in [f" {word} "]
        for start in range(len(padded) - 2)
    ]


class Pool:
    """Texts to choose from, prepared once: BM25 over `word_trigrams`."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.index = Bm25(word_trigrams(key) for key in keys)

    def nearest(self, query: str, k: int, without: Collection[int] = ()) -> list[int]:
        """The places of the `k` keys that are most like the query, best first, ties by place; fewer only where there
        are fewer. The places in `without` are passed over: an example must not be its own demonstration."""
        scores = {place: 0.0 for place in range(self.index.size)} | self.index.scores(word_trigrams(query))
        for place in without:
            scores.pop(place, None)
        return best_first(scores, k)


def nearest(query: str, keys: Sequence[str], k: int) -> list[int]:
    """The places of the `k` keys that are most like the query, best first, ties by place. For several queries of the
    same keys, a `Pool` is quicker."""
    return Pool(keys).nearest(query, k)
