"""Texts as vectors: the wire form, calls made together, a provider on loopback, and the packaged model."""

from __future__ import annotations

import asyncio
import json
import sys
from array import array
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lmc.ir.program import LMDecl
from lmc.lm import LM, BudgetExceeded, LMError, Reply, Request
from lmc.lm.budget import Budget
from lmc.lm.cache import Cache
from lmc.lm.embedding import Embedder, open_embedding, vectors_of
from lmc.lm.meter import Meter
from lmc.lm.scripted import Scripted
from lmc.lm.together import Together
from lmc.lm.vector import decoded, encoded

KEY = "sk-very-secret-0123456789"


def embed(lm: LM, *texts: str) -> list[list[float]]:
    async def run() -> list[list[float]]:
        try:
            return [list(vector) for vector in await Embedder(lm, "test/m")(texts)]
        finally:
            await lm.close()

    return asyncio.run(run())


def lengths(request: Request) -> Reply:
    """The length of each text, and a token for each letter."""
    given: Any = request.body["input"]
    texts = [given] if isinstance(given, str) else list(given)
    text = "\n".join(encoded([float(len(one))]) for one in texts)
    return Reply(text, prompt_tokens=sum(map(len, texts)), dollars=8.0)


def test_a_vector_travels_as_the_base64_of_its_floats() -> None:
    assert encoded([1.0, -2.5]) == "AACAPwAAIMA="
    assert decoded("AACAPwAAIMA=") == array("f", [1.0, -2.5])


@pytest.mark.parametrize("text", ["hello", "AAA=", "é"])
def test_a_reply_that_is_no_vector(text: str) -> None:
    with pytest.raises(LMError) as caught:
        embed(Scripted(lambda request: text), "a")
    assert caught.value.diagnostic.code == "LMP0607"


def test_each_text_is_asked_for_once() -> None:
    lm = Scripted(lengths)
    assert embed(lm, "aa", "b", "aa") == [[2.0], [1.0], [2.0]]
    assert [call.body for call in lm.calls] == [{"input": "aa"}, {"input": "b"}]
    assert embed(lm) == []


def test_vectors_are_cached_and_metered_as_replies_are(tmp_path: Path) -> None:
    lm = Scripted(lengths)
    for served, cached in [(2, 0), (1, 2)]:
        meter = Meter(Cache(lm, tmp_path / "replies.sqlite"))
        embed(meter, *["a", "bb", "ccc"][: 2 + cached // 2])
        assert (meter.usage.served, meter.usage.cached) == (served, cached)
    assert len(lm.calls) == 3


def test_a_budget_counts_the_bytes_of_the_text_and_no_reply() -> None:
    budget = Budget(Scripted(lengths), tokens=20)
    assert embed(budget, "four") == [[4.0]]
    assert budget.spent.tokens == 4
    with pytest.raises(BudgetExceeded):
        embed(budget, "x" * 20)


def test_calls_at_the_same_time_go_together() -> None:
    lm = Scripted(lengths)
    assert embed(Together(lm, size=3), "a", "bb", "ccc", "dddd") == [[1.0], [2.0], [3.0], [4.0]]
    assert [call.body["input"] for call in lm.calls] == [["a", "bb", "ccc"], ["dddd"]]


def test_tokens_and_price_are_shared_out_without_a_rest() -> None:
    meter = Meter(Together(Scripted(lengths)))
    embed(meter, "a", "bb", "ccccc")
    assert (meter.usage.served, meter.usage.prompt_tokens, meter.usage.dollars) == (3, 8, pytest.approx(8.0))


def test_what_fails_fails_for_all_that_went_together() -> None:
    def refuse(request: Request) -> Reply:
        return Reply(encoded([1.0]))

    async def run() -> list[Any]:
        lm = Together(Scripted(refuse))
        calls = (lm(Request("m", {"input": text})) for text in ("a", "b"))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert [error.diagnostic.code for error in asyncio.run(run())] == ["LMP0607", "LMP0607"]


def test_a_cancelled_call_is_not_made() -> None:
    lm = Scripted(lengths)

    async def run() -> Reply:
        together = Together(lm)
        lost = asyncio.create_task(together(Request("m", {"input": "lost"})))
        kept = asyncio.create_task(together(Request("m", {"input": "kept"})))
        await asyncio.sleep(0)
        lost.cancel()
        return await kept

    assert decoded(asyncio.run(run()).text) == array("f", [4.0])
    assert [call.body["input"] for call in lm.calls] == [["kept"]]


# A provider


def answer(vectors: Sequence[Any], order: Sequence[int] | None = None) -> Any:
    """An act of the provider: OpenAI's form of an answer."""
    data = [
        {"object": "embedding", "index": number, "embedding": vectors[number]}
        for number in order or range(len(vectors))
    ]
    usage = {"prompt_tokens": 6, "total_tokens": 6}
    body = {"object": "list", "model": "m", "data": data, "usage": usage}
    return lambda _: (200, {}, json.dumps(body).encode())


def declared(provider: Any, **options: Any) -> LMDecl:
    given = {"base_url": provider.url, "key": "TEST_KEY", "retries": 0, **options}
    return LMDecl("Embedding", "openai/m", tuple(given.items()))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("litellm") is None:
        pytest.skip("the extra `remote` is not installed")
    monkeypatch.setenv("TEST_KEY", KEY)


@pytest.mark.usefixtures("key")
def test_a_provider_is_asked_once_for_all_texts(provider: Any) -> None:
    provider.script.append(answer([[1.0, 0.5], [2.0, 0.25]], order=[1, 0]))
    meter = Meter(open_embedding(declared(provider, dimensions=2, price_in=2)))
    assert embed(meter, "a", "bb") == [[1.0, 0.5], [2.0, 0.25]]
    [(path, authorization, body)] = provider.seen
    assert (path, authorization) == ("/v1/embeddings", f"Bearer {KEY}")
    assert body == {"model": "m", "input": ["a", "bb"], "dimensions": 2, "encoding_format": "float"}
    assert (meter.usage.prompt_tokens, meter.usage.dollars) == (6, pytest.approx(12e-6))


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("vectors", [[], [[1.0], [1.0]], [["x"]], [[]], [None]])
def test_an_answer_without_the_vectors(vectors: list[Any], provider: Any) -> None:
    provider.script.append(answer(vectors))
    with pytest.raises(LMError) as caught:
        embed(open_embedding(declared(provider)), "a")
    assert caught.value.diagnostic.code == "LMP0607"


@pytest.mark.usefixtures("key")
def test_a_passing_error_is_tried_again_and_no_key_is_shown(provider: Any, act: dict[str, Any]) -> None:
    async def no_pause(seconds: float) -> None:
        return None

    provider.script += [act["status"](500), answer([[1.0]])]
    assert embed(open_embedding(declared(provider, retries=1), sleep=no_pause), "a") == [[1.0]]
    provider.script.append(act["status"](401, f"wrong key {KEY}"))
    with pytest.raises(LMError) as caught:
        embed(open_embedding(declared(provider)), "a")
    assert caught.value.diagnostic.code == "LMP0603"
    assert KEY not in str(caught.value.diagnostic)


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("dimensions", [0, "many", True])
def test_dimensions_are_a_number(dimensions: Any, provider: Any) -> None:
    with pytest.raises(LMError, match="`dimensions` of `openai/m` must be a whole number of at least 1"):
        open_embedding(declared(provider, dimensions=dimensions))


def test_vectors_are_named_by_all_that_distinguishes_them() -> None:
    names = {
        vectors_of(LMDecl("E", "openai/m", options))
        for options in [(), (("dimensions", 2),), (("base_url", "http://a/v1"),), (("retries", 3),)]
    }
    assert len(names) == 3


# The packaged model


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wordllama", None)
    with pytest.raises(LMError) as caught:
        open_embedding(LMDecl("E", "local/wordllama"))
    assert caught.value.diagnostic.code == "LMP0616"
    assert caught.value.diagnostic.help == "pip install 'lmc[embeddings]'"


@pytest.mark.skipif(find_spec("wordllama") is None, reason="the extra `embeddings` is not installed")
def test_the_packaged_model_knows_what_words_mean() -> None:
    dog, puppy, invoice, nothing = embed(
        open_embedding(LMDecl("E", "local/wordllama")), "a dog", "puppies", "invoice", ""
    )

    def dot(left: list[float], right: list[float]) -> float:
        return sum(x * y for x, y in zip(left, right, strict=True))

    assert len(dog) == 256
    assert dot(dog, dog) == pytest.approx(1, abs=1e-6)
    assert dot(dog, puppy) > 2 * dot(dog, invoice)
    assert set(nothing) == {0.0}
    assert "wordllama" not in sys.modules
    assert vectors_of(LMDecl("E", "local/wordllama")).startswith("local/wordllama ")


# A model of llama.cpp


@pytest.mark.lm
def test_a_local_model_gives_vectors_that_depend_on_the_text_alone() -> None:
    pytest.importorskip("xllamacpp")
    from lmc.lm.local_embedding import LocalEmbedding
    from lmc.lm.models import find

    model = find("smollm2-135m")
    if model is None:
        pytest.skip("the model is not here: lmc model pull smollm2-135m")
    alone = embed(LocalEmbedding(model.path, 64), "a dog")
    among = embed(LocalEmbedding(model.path, 64), "an invoice", "a dog", "a cat")
    assert among[1] == alone[0]
    assert len(alone[0]) == 576
    assert len({tuple(vector) for vector in among}) == 3
    with pytest.raises(LMError) as caught:
        embed(LocalEmbedding(model.path, 64), "long " * 100)
    assert caught.value.diagnostic.code == "LMP0611"
