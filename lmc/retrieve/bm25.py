"""Search by words: BM25 of the library bm25s, the one door by which it enters."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lmc.diagnostics import Diagnostic, Failure
from lmc.retrieve.corpus import Corpus, Passage
from lmc.retrieve.kept import Kept
from lmc.retrieve.problems import library_missing
from lmc.runtime.bm25 import BM25_B, BM25_K1, best_first, bm25_weight, search_words, word_counts

_FORMAT = 1
"""Goes up when the same texts and the same library give another index."""


class Bm25Index:
    """Passages by the words that they share with the query, found as `lmc.runtime.bm25` finds them.

    bm25s adds up weights of 32 bits, whose last bits would decide between passages that are equally good. So it only
    names the candidates, all within its error of the k-th best; they are scored once more in full precision, by the
    function that the plain index uses."""

    def __init__(self, corpus: Corpus, scorer: Any, words: int) -> None:
        self._corpus = corpus
        self._scorer = scorer
        self._average = words / len(corpus.rows)
        indptr = scorer.scores["indptr"]
        self._holders = indptr[1:] - indptr[:-1]
        self._counts = lru_cache(maxsize=4096)(lambda text: word_counts(search_words(text)))

    async def search(self, query: str, k: int) -> list[Passage]:
        """The `k` best passages, best first, of equal ones the earlier first; fewer, where fewer share a word with the
        query."""
        return [dict(self._corpus.rows[place]) for place in self.places(query, k)]

    def places(self, query: str, k: int) -> list[int]:
        """The places of the passages of `search` in the corpus."""
        vocabulary = self._scorer.vocab_dict
        asked = {word: times for word, times in word_counts(search_words(query)).items() if word in vocabulary}
        if k <= 0 or not asked:
            return []
        scores = self._scorer.get_scores([word for word, times in asked.items() for _ in range(times)])
        return best_first({place: self._score(place, asked) for place in candidates(scores, k, asked)}, k)

    def _score(self, place: int, asked: dict[str, int]) -> float:
        counts = self._counts(self._corpus.texts[place])
        length = sum(counts.values())
        vocabulary, texts = self._scorer.vocab_dict, len(self._corpus.rows)
        score = 0.0
        for word, times in asked.items():
            if word in counts:
                holders = int(self._holders[vocabulary[word]])
                score += times * bm25_weight(counts[word], length, self._average, holders, texts)
        return score


def candidates(scores: Any, k: int, asked: dict[str, int]) -> list[int]:
    """The places of all scores (an array of 32-bit floats, none negative) that could be among the `k` best."""
    import numpy

    bound = 0.0
    if k < len(scores):
        # Each of the n additions and the weight itself are off by at most 2^-24 of the sum; twice for two sums.
        error = 2.0**-22 * (sum(asked.values()) + 2)
        bound = float(numpy.partition(scores, len(scores) - k)[len(scores) - k]) * (1 - error)
    return [int(place) for place in numpy.nonzero((scores > 0) & (scores >= bound))[0]]


def open_bm25(corpus: Corpus, folder: Path, warn: Callable[[Diagnostic], None]) -> Bm25Index:
    """The index of a corpus, kept below `folder` by the hash of its texts. Raises Failure (LMP0322)."""
    bm25s = library()
    name = f"bm25-{corpus.digest[:32]}-{bm25s.__version__}-{_FORMAT}"
    kept: Kept[tuple[Any, int]] = Kept(folder / name, load, save, warn)
    return Bm25Index(corpus, *kept.find_or_make(lambda: build(corpus)))


def build(corpus: Corpus) -> tuple[Any, int]:
    """The index of bm25s, and how many words the texts have."""
    vocabulary: dict[str, int] = {}
    texts = [[vocabulary.setdefault(word, len(vocabulary)) for word in search_words(text)] for text in corpus.texts]
    scorer = library().BM25(k1=BM25_K1, b=BM25_B, method="lucene", backend="numpy")
    scorer.index((texts, vocabulary), create_empty_token=False, show_progress=False)
    return scorer, sum(map(len, texts))


def save(index: tuple[Any, int], folder: Path) -> None:
    """Writes an index into a folder."""
    scorer, words = index
    scorer.save(str(folder), show_progress=False)
    (folder / "words.json").write_text(json.dumps(words), "utf-8")


def load(folder: Path) -> tuple[Any, int]:
    """The index in a folder."""
    return library().BM25.load(str(folder), show_progress=False), json.loads((folder / "words.json").read_text("utf-8"))


def library() -> Any:
    """The module bm25s, quiet. Raises Failure (LMP0322) when it is missing."""
    if find_spec("bm25s") is None:
        raise Failure(library_missing("bm25s"))
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s
