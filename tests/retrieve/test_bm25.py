"""Search by words: the library ranks as the plain index does."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmc.diagnostics import Failure
from lmc.retrieve import Corpus, open_index
from lmc.retrieve.bm25 import Bm25Index, build
from lmc.runtime.bm25 import Bm25, best_first, search_words

pytest.importorskip("bm25s")

Of = Callable[..., Corpus]


def index(corpus: Corpus) -> Bm25Index:
    return Bm25Index(corpus, *build(corpus))


def plain(corpus: Corpus) -> Callable[[str, int], list[int]]:
    texts = Bm25(map(search_words, corpus.texts))
    return lambda query, k: best_first(texts.scores(search_words(query)), k)


def test_a_passage_is_found_by_its_words(corpus_of: Of, tmp_path: Path) -> None:
    corpus = corpus_of("cats purr", "dogs bark", "cats and dogs")

    async def run() -> list[list[dict[str, Any]]]:
        opened = await open_index(corpus, folder=tmp_path)
        return [await opened.search(query, k) for query, k in [("Do cats purr?", 2), ("bark", 3), ("fish", 3), ("", 1)]]

    texts = [[row["text"] for row in rows] for rows in asyncio.run(run())]
    assert texts == [["cats purr", "cats and dogs"], ["dogs bark"], [], []]


def test_what_is_found_may_be_changed(corpus_of: Of) -> None:
    opened = index(corpus_of("cats"))
    asyncio.run(opened.search("cats", 1))[0]["text"] = "changed"
    assert asyncio.run(opened.search("cats", 1)) == [{"text": "cats"}]


WORDS = st.text("abcd", min_size=1, max_size=2)
TEXTS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=12)


@settings(deadline=None)
@given(TEXTS, st.lists(WORDS, max_size=6).map(" ".join), st.integers(-1, 14))
def test_the_library_ranks_as_the_plain_index(texts: list[str], query: str, k: int) -> None:
    corpus = Corpus(tuple({"text": text} for text in ["a", *texts]), ("text",))
    assert index(corpus).places(query, k) == plain(corpus)(query, k)


def test_many_passages_of_almost_one_score_keep_their_order() -> None:
    """Their weights differ by less than 32-bit floats can hold."""
    texts = [" ".join(["cat"] * (60_000 + number % 3)) for number in range(6)]
    corpus = Corpus(tuple({"text": text} for text in texts), ("text",))
    scores = build(corpus)[0].get_scores(["cat"])
    assert len(set(scores.tolist())) < 3
    assert index(corpus).places("cat", 3) == plain(corpus)("cat", 3) == [2, 5, 1]


def test_passages_of_an_encyclopaedia_are_ranked_alike() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "passages.jsonl").read_text("utf-8").splitlines()]
    corpus = Corpus(tuple(rows), ("title", "text"))
    opened, wanted = index(corpus), plain(corpus)
    for row in rows:
        for query in (row["title"], " ".join(row["text"].split()[5:25])):
            for k in (1, 3, 10):
                assert opened.places(query, k) == wanted(query, k)
    hits = sum(place in opened.places(row["title"], 3) for place, row in enumerate(rows))
    assert hits >= 0.95 * len(rows)


def test_a_missing_library_names_the_extra(corpus_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(Failure) as caught:
        asyncio.run(open_index(corpus_of("cats"), folder=tmp_path))
    assert caught.value.diagnostic.code == "LMP0322"
    assert caught.value.diagnostic.help == 'install it with `pip install "lmc[retrieval]"`'
