"""Search by meaning: the passages whose vectors point most nearly where the query's does."""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

from lmc.diagnostics import Diagnostic, Failure
from lmc.retrieve.corpus import Corpus, Passage
from lmc.retrieve.kept import Kept
from lmc.retrieve.problems import vectors_unlike
from lmc.runtime.bm25 import best_first

Embed: TypeAlias = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]
"""The vector of each text, all of one length. No text is blank."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors of `size` numbers, 32-bit floats one behind another, of the texts at `places` of the corpus: those that
    are not blank."""

    size: int
    places: tuple[int, ...]
    numbers: array[float]

    def __getitem__(self, number: int) -> array[float]:
        return self.numbers[number * self.size : (number + 1) * self.size]


class DenseIndex:
    """Passages by the cosine of their vectors with the query's, compared with all of them. Which is nearer is decided
    on sums that are rounded once, so the order is the same with numpy and without. `model` names the LM in errors."""

    def __init__(self, corpus: Corpus, vectors: Vectors, embed: Embed, model: str) -> None:
        self._corpus = corpus
        self._vectors = vectors
        self._embed = embed
        self._model = model
        self._matrix = unit_rows(vectors) if find_spec("numpy") else None

    async def search(self, query: str, k: int) -> list[Passage]:
        """The `k` nearest passages, best first, of equal ones the earlier first; none for a blank query. Raises what
        `embed` raises, and Failure (LMP0607) when its vectors do not fit."""
        if k <= 0 or not query.strip():
            return []
        (asked,) = checked(await self._embed([query]), 1, self._model)
        if len(asked) != self._vectors.size:
            said = f"one of {len(asked)} numbers for the query, {self._vectors.size} for the corpus"
            raise Failure(vectors_unlike(self._model, said))
        return [dict(self._corpus.rows[place]) for place in self.places(asked, k)]

    def places(self, asked: array[float], k: int) -> list[int]:
        """The places in the corpus of the `k` vectors nearest to the one asked for."""
        numbers = range(len(self._vectors.places)) if self._matrix is None else near(self._matrix, asked, k)
        scores = {self._vectors.places[number]: cosine(self._vectors[number], asked) for number in numbers}
        return best_first(scores, k)


async def open_dense(
    corpus: Corpus, embed: Embed, model: str, folder: Path, warn: Callable[[Diagnostic], None]
) -> DenseIndex:
    """The index of a corpus, kept below `folder` by the hash of its texts and of `model`, the embedding LM's name with
    all that distinguishes its vectors. Raises what `embed` raises, and Failure (LMP0607)."""
    named = hashlib.sha256(model.encode()).hexdigest()[:16]
    kept = Kept(folder / f"dense-{corpus.digest[:32]}-{named}-{_FORMAT}", load, save, warn)
    vectors = kept.find()
    if vectors is None:
        vectors = await embedded(corpus, embed, model)
        kept.keep(vectors)
    return DenseIndex(corpus, vectors, embed, model)


async def embedded(corpus: Corpus, embed: Embed, model: str) -> Vectors:
    """The vectors of a corpus."""
    places = tuple(place for place, text in enumerate(corpus.texts) if text.strip())
    found = checked(await embed([corpus.texts[place] for place in places]), len(places), model)
    numbers = array("f")
    for vector in found:
        numbers.extend(vector)
    return Vectors(len(found[0]), places, numbers)


def checked(vectors: Sequence[Sequence[float]], count: int, model: str) -> list[array[float]]:
    """The vectors, if there are `count`, of one length, of numbers. Raises Failure (LMP0607)."""
    if len(vectors) != count:
        raise Failure(vectors_unlike(model, f"{len(vectors)} for {count} texts"))
    found = [array("f", vector) for vector in vectors]
    lengths = sorted({len(vector) for vector in found})
    if lengths[0] == 0 or len(lengths) > 1:
        raise Failure(vectors_unlike(model, f"some of {lengths[0]} numbers, some of {lengths[-1]}"))
    if not all(math.isfinite(number) for vector in found for number in vector):
        raise Failure(vectors_unlike(model, "one holds what is no number"))
    return found


def cosine(left: array[float], right: array[float]) -> float:
    """The cosine of the angle between two vectors; 0 where one of them is all zeros."""
    lengths = math.sqrt(math.fsum(x * x for x in left)) * math.sqrt(math.fsum(x * x for x in right))
    return math.fsum(x * y for x, y in zip(left, right, strict=True)) / lengths if lengths else 0.0


def unit_rows(vectors: Vectors) -> Any:
    """The vectors as a matrix of numpy, a row each, brought to length 1."""
    import numpy

    matrix = numpy.frombuffer(vectors.numbers, dtype=numpy.float32).reshape(-1, vectors.size)
    lengths = numpy.linalg.norm(matrix.astype(numpy.float64), axis=1, keepdims=True)
    return (matrix / numpy.where(lengths == 0, 1, lengths)).astype(numpy.float32)


def near(matrix: Any, asked: array[float], k: int) -> list[int]:
    """The rows that could be among the `k` nearest: all within the error of 32-bit floats of the k-th."""
    import numpy

    vector = numpy.frombuffer(asked, dtype=numpy.float32).astype(numpy.float64)
    length = float(numpy.linalg.norm(vector)) or 1.0
    scores = matrix @ (vector / length).astype(numpy.float32)
    bound = -math.inf
    if k < len(scores):
        # Between vectors of length 1 each product and each sum is off by at most 2^-24 of at most 1.
        bound = float(numpy.partition(scores, len(scores) - k)[len(scores) - k]) - 2.0**-22 * (len(vector) + 4)
    return [int(row) for row in numpy.nonzero(scores >= bound)[0]]


def save(vectors: Vectors, folder: Path) -> None:
    """Writes vectors into a folder, in little-endian order."""
    (folder / "vectors.f32").write_bytes(little_endian(vectors.numbers).tobytes())
    (folder / "vectors.json").write_text(json.dumps({"size": vectors.size, "places": vectors.places}), "utf-8")


def load(folder: Path) -> Vectors:
    """The vectors in a folder. Raises ValueError."""
    fields = json.loads((folder / "vectors.json").read_text("utf-8"))
    numbers = array("f", (folder / "vectors.f32").read_bytes())
    if len(numbers) != fields["size"] * len(fields["places"]):
        raise ValueError("not as many numbers as places")
    return Vectors(fields["size"], tuple(fields["places"]), little_endian(numbers))


def little_endian(numbers: array[float]) -> array[float]:
    """The numbers in the other order of bytes, on a machine whose own is not little-endian."""
    import sys

    if sys.byteorder == "little":
        return numbers
    swapped = array("f", numbers)
    swapped.byteswap()
    return swapped
