"""Search by meaning, with an embedding that counts letters."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lmc.retrieve.dense
from lmc.diagnostics import Diagnostic, Failure
from lmc.retrieve import Corpus, open_index
from lmc.retrieve.dense import DenseIndex, Embed, Vectors, cosine

Of = Callable[..., Corpus]


def search(corpus: Corpus, embed: Embed, folder: Path, *asked: tuple[str, int]) -> list[list[str]]:
    async def run() -> list[list[str]]:
        index = await open_index(corpus, "dense", embed=(embed, "letters"), folder=folder)
        return [[row["text"] for row in await index.search(query, k)] for query, k in asked]

    return asyncio.run(run())


def test_the_nearest_come_first_whatever_their_length(corpus_of: Of, letters: Any, tmp_path: Path) -> None:
    corpus = corpus_of("b", "aaab", "ab", "c")
    assert search(corpus, letters, tmp_path, ("a", 2), ("bbb", 4)) == [["aaab", "ab"], ["b", "ab", "aaab", "c"]]


def test_equally_near_ones_come_in_their_order(corpus_of: Of, letters: Any, tmp_path: Path) -> None:
    assert search(corpus_of("c", "ab", "aabb", "ba"), letters, tmp_path, ("ab", 2)) == [["ab", "aabb"]]


def test_blank_texts_are_neither_embedded_nor_found(corpus_of: Of, letters: Any, tmp_path: Path) -> None:
    assert search(corpus_of("  ", "a", ""), letters, tmp_path, ("a", 3), ("  ", 3), ("a", 0)) == [["a"], [], []]
    assert letters.asked == ["a", "a"]


def test_the_second_opening_embeds_no_passage(corpus_of: Of, letters: Any, tmp_path: Path) -> None:
    corpus = corpus_of("b", "ab", "c")
    first = search(corpus, letters, tmp_path, ("a", 3))
    letters.asked.clear()
    assert search(corpus, letters, tmp_path, ("a", 3)) == first
    assert letters.asked == ["a"]


def test_vectors_of_another_lm_are_others(corpus_of: Of, letters: Any, tmp_path: Path) -> None:
    search(corpus_of("a"), letters, tmp_path)
    asyncio.run(open_index(corpus_of("a"), "dense", embed=(letters, "other"), folder=tmp_path))
    assert letters.asked == ["a", "a"]


def test_damaged_vectors_are_asked_for_again(corpus_of: Of, letters: Any, tmp_path: Path) -> None:
    search(corpus_of("a", "b"), letters, tmp_path)
    (file,) = tmp_path.glob("*/vectors.f32")
    file.write_bytes(file.read_bytes()[:-4])
    said: list[Diagnostic] = []
    asyncio.run(open_index(corpus_of("a", "b"), "dense", embed=(letters, "letters"), folder=tmp_path, warn=said.append))
    assert [one.code for one in said] == ["LMP0541"]
    assert letters.asked == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([[1.0]], "1 for 2 texts"),
        ([[1.0], [1.0, 2.0]], "some of 1 numbers, some of 2"),
        ([[], []], "some of 0 numbers, some of 0"),
        ([[1.0], [float("nan")]], "one holds what is no number"),
    ],
)
def test_vectors_that_cannot_be_compared(vectors: list[list[float]], said: str, corpus_of: Of, tmp_path: Path) -> None:
    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return vectors

    with pytest.raises(Failure) as caught:
        search(corpus_of("a", "b"), embed, tmp_path)
    assert caught.value.diagnostic.code == "LMP0607"
    assert caught.value.diagnostic.message == f"`letters` sent vectors that cannot be compared: {said}"
    assert not list(tmp_path.glob("*/vectors.f32"))


def test_a_query_of_another_length(corpus_of: Of, tmp_path: Path) -> None:
    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0] * len(text) for text in texts]

    with pytest.raises(Failure, match="one of 2 numbers for the query, 1 for the corpus"):
        search(corpus_of("a"), embed, tmp_path, ("aa", 1))


NUMBER = st.floats(-4, 4, width=32)
VECTOR = st.tuples(NUMBER, NUMBER, NUMBER)


@given(st.lists(VECTOR, min_size=1, max_size=9), VECTOR, st.integers(1, 10))
def test_numpy_and_plain_python_agree(rows: list[tuple[float, ...]], asked: tuple[float, ...], k: int) -> None:
    pytest.importorskip("numpy")
    corpus = Corpus(tuple({"text": str(number)} for number in range(len(rows))), ("text",))
    vectors = Vectors(3, tuple(range(len(rows))), array("f", [number for row in rows for number in row]))

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        raise AssertionError

    def places(find_spec: Callable[[str], object]) -> list[int]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lmc.retrieve.dense, "find_spec", find_spec)
            return DenseIndex(corpus, vectors, embed, "m").places(array("f", asked), k)

    assert places(lambda _: True) == places(lambda _: None)


def test_a_vector_of_zeros_is_near_nothing() -> None:
    assert cosine(array("f", [0, 0]), array("f", [1, 0])) == 0.0
    assert cosine(array("f", [2, 0]), array("f", [5, 0])) == 1.0
