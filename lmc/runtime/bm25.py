"""BM25 over the words of texts, in plain Python: ranks as the embedded retriever does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

BM25_K1 = 1.5
"""How soon a word that occurs again in a text counts no more."""

BM25_B = 0.75
"""How much a long text is held to say less with each word, from 0 to 1."""


def search_words(text: str) -> list[str]:
    """The words of a text, in lower case and Unicode's form NFKC: runs of letters, digits and marks, and each ideograph
    and kana by itself, since no spaces part them. Nothing is stemmed, and no word is left out: one that is in most
    texts weighs next to nothing."""
    import re
    import unicodedata

    ideographs = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    # Python's `\w` has no marks, without which the words of many scripts fall apart.
    marks = "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0900-\u0963\u0966-\u109f\u1780-\u17d3"
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    return re.findall(rf"[{ideographs}]|(?:[^\W_{ideographs}]|[{marks}])+", folded)


def word_counts(words: Iterable[str]) -> dict[str, int]:
    """How often each word occurs, in the order of the first occurrences."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def bm25_weight(count: int, length: int, average: float, holders: int, texts: int) -> float:
    """What a word adds to the score of a text that has it `count` times: BM25 (Robertson and Zaragoza, The
    Probabilistic Relevance Framework, 2009) as Lucene has it, always above 0. `length` of the text and `average` of all
    `texts` are in words; `holders` of them have the word."""
    import math

    rarity = math.log(1 + (texts - holders + 0.5) / (holders + 0.5))
    return rarity * count / (count + BM25_K1 * (1 - BM25_B + BM25_B * length / average))


def best_first(scores: Mapping[int, float], k: int) -> list[int]:
    """The `k` places with the highest scores, best first, and of equal scores the earlier place first."""
    import heapq

    return [place for _, place in heapq.nsmallest(k, [(-score, place) for place, score in scores.items()])]


class Bm25:
    """An index of texts, each given as its words. Time and memory to build it grow with the number of words."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        counted = [word_counts(words) for words in texts]
        lengths = [sum(counts.values()) for counts in counted]
        average = sum(lengths) / max(len(counted), 1)
        holders: dict[str, list[int]] = {}
        for place, counts in enumerate(counted):
            for word in counts:
                holders.setdefault(word, []).append(place)
        self.size = len(counted)
        self.weights = {
            word: [
                (place, bm25_weight(counted[place][word], lengths[place], average, len(places), len(counted)))
                for place in places
            ]
            for word, places in holders.items()
        }
        """For each word the places of the texts that have it, and what it adds to their scores."""

    def scores(self, query: Iterable[str]) -> dict[int, float]:
        """The score of each text that shares a word with the query, by its place. A word that the query repeats counts
        as often."""
        found: dict[int, float] = {}
        for word, times in word_counts(query).items():
            for place, weight in self.weights.get(word, ()):
                found[place] = found.get(place, 0.0) + times * weight
        return found


def passage_text(row: Mapping[str, Any], fields: Iterable[str]) -> str:
    """The text of a row that is searched: its fields, a line each."""
    return "\n".join(str(row[field]) for field in fields if row.get(field) is not None)


def bm25_retriever(
    rows: Sequence[Mapping[str, Any]], fields: Sequence[str]
) -> Callable[[str, int], list[dict[str, Any]]]:
    """A retriever over rows, searched by the text in `fields`: takes a query and the most rows to give, and gives
    copies of the best rows, best first: fewer, where fewer share a word with the query."""
    index = Bm25(search_words(passage_text(row, fields)) for row in rows)

    def retrieve(query: str, k: int) -> list[dict[str, Any]]:
        return [dict(rows[place]) for place in best_first(index.scores(search_words(query)), k)]

    return retrieve
