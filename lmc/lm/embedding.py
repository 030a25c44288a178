"""Texts as vectors. An embedding LM answers requests as any LM does, so that retries and caches hold for it too:
`input` of the request is the text, and the text of the reply its vector."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence

from lmc.ir.program import LMDecl
from lmc.lm.base import LM, LMError, Request
from lmc.lm.identity import identity_of
from lmc.lm.problems import not_a_reply
from lmc.lm.registry import Progress
from lmc.lm.vector import decoded

PACKAGED = "local/wordllama"
"""The embedding LM that travels inside a Python package, which the extra `embeddings` installs."""


class Embedder:
    """Asks `lm` for the vectors of texts, all at once. `model` stands in the requests, and so in the keys of the cache:
    the LM's reference with all that distinguishes its vectors."""

    def __init__(self, lm: LM, model: str) -> None:
        self._lm = lm
        self.model = model

    async def __call__(self, texts: Sequence[str]) -> list[array[float]]:
        """The vector of each text. Raises Failure as the LM does, and LMError (LMP0607) when a reply is no vector."""
        distinct = list(dict.fromkeys(texts))
        replies = await asyncio.gather(*(self._lm(Request(self.model, {"input": text})) for text in distinct))
        try:
            vectors = {text: decoded(reply.text) for text, reply in zip(distinct, replies, strict=True)}
        except ValueError:
            raise LMError(not_a_reply(self.model, "a vector was wanted")) from None
        return [vectors[text] for text in texts]


def open_embedding(
    declaration: LMDecl,
    *,
    progress: Progress = lambda *_: None,
    sleep: Callable[[float], Awaitable[object]] | None = None,
) -> LM:
    """The embedding LM of a declaration: `local/wordllama` (the extra `embeddings`), `local/NAME` for a model that
    llama.cpp runs, with the options `context` and `threads`, else a remote one with the options of RemoteLM and
    `dimensions`, `concurrency` and `retries`. Raises LMError as `open_lm` does, and LMP0616 when the extra is
    missing."""
    if declaration.reference == PACKAGED:
        from lmc.lm.packaged_embedding import PackagedEmbedding

        return PackagedEmbedding()
    from lmc.lm.open import DEFAULT_RETRIES, LOCAL_THREADS, REMOTE_CONCURRENCY, _count

    if declaration.reference.startswith("local/"):
        from lmc.lm.local_embedding import LocalEmbedding
        from lmc.lm.models import locate

        return LocalEmbedding(
            locate(declaration.reference.removeprefix("local/"), progress).path,
            _count(declaration, "context", 2048, 1),
            _count(declaration, "threads", LOCAL_THREADS, 1),
            name=declaration.reference,
        )
    from lmc.lm.remote_embedding import RemoteEmbedding
    from lmc.lm.retry import Retry
    from lmc.lm.throttle import Throttle
    from lmc.lm.together import Together

    lm = RemoteEmbedding(declaration.reference, dict(declaration.options))
    retries = _count(declaration, "retries", DEFAULT_RETRIES, 0)
    concurrency = _count(declaration, "concurrency", REMOTE_CONCURRENCY, 1)
    return Together(Throttle(Retry(lm, retries + 1, sleep=sleep), concurrency))


def vectors_of(declaration: LMDecl) -> str:
    """The name of an embedding LM with all that distinguishes its vectors: that of its replies, its `dimensions`, and
    the release of a packaged one."""
    name = identity_of(declaration)
    if declaration.reference == PACKAGED:
        from lmc.lm.packaged_embedding import release

        name += f" {release()}"
    dimensions = declaration.option("dimensions")
    return name if dimensions is None else f"{name} {dimensions}"
