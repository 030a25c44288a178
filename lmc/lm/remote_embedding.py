"""Embedding LMs of other machines, through litellm."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import Any

from lmc.lm.base import LMError, Reply, Request
from lmc.lm.problems import not_a_reply, option_wrong
from lmc.lm.remote import RemoteLM, _litellm, _plain
from lmc.lm.vector import encoded


class RemoteEmbedding(RemoteLM):
    """The embedding model that `reference` names, with the options of RemoteLM, and `dimensions`, the length of the
    vectors, where the model lets one choose. `input` of a request is a text or a list of them; the reply has a vector
    on each line. Raises LMError as RemoteLM does."""

    def __init__(self, reference: str, options: Mapping[str, Any]) -> None:
        super().__init__(reference, options)
        dimensions = options.get("dimensions")
        if dimensions is not None and (type(dimensions) is not int or dimensions < 1):
            raise LMError(option_wrong(reference, "dimensions", "a whole number of at least 1"))
        self._chosen: dict[str, Any] = {}
        if dimensions is not None:  # litellm knows only some of the models that take it
            self._chosen = {"dimensions": dimensions, "allowed_openai_params": ["dimensions"]}

    async def __call__(self, request: Request) -> Reply:
        """The vectors of the texts of one request."""
        litellm = _litellm()
        given = request.body["input"]
        texts = [given] if isinstance(given, str) else list(given)
        started = time.monotonic()
        try:
            answer = await litellm.aembedding(
                model=f"{self.provider}/{self.model}",
                input=texts,
                num_retries=0,
                **self.access(),
                encoding_format="float",
                **self._chosen,
            )
        except Exception as error:
            raise self.failure(error) from None
        return self._vectors(_plain(answer), len(texts), time.monotonic() - started)

    def _vectors(self, fields: Any, count: int, seconds: float) -> Reply:
        try:
            data = sorted(fields["data"], key=lambda one: int(one["index"]))
            vectors = [[float(number) for number in one["embedding"]] for one in data]
        except (LookupError, TypeError, ValueError):
            vectors = []
        whole = len(vectors) == count and all(vector and all(map(math.isfinite, vector)) for vector in vectors)
        if not whole:
            said = self.scrubbed(json.dumps(fields, default=str))
            raise LMError(not_a_reply(self._reference, said), transient=True)
        tokens = int((fields.get("usage") or {}).get("prompt_tokens") or 0)
        text = "\n".join(encoded(vector) for vector in vectors)
        return Reply(text, prompt_tokens=tokens, dollars=self._dollars(tokens, 0), seconds=seconds)
