"""The embedding LM of a GGUF file, which llama.cpp runs in this process."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lmc.lm.base import LMError, Reply, Request
from lmc.lm.problems import local_missing, local_refused, model_unloadable, prompt_too_long
from lmc.lm.vector import encoded


class LocalEmbedding:
    """The model in the GGUF file `path`. Loaded when the first request comes; one thread asks it for one text after the
    other, so that a vector depends on its text alone. The vector of a text is what the model's own pooling makes of its
    tokens, or their mean where the model names none.

    Raises LMError: LMP0610 (no xllamacpp), LMP0614 (a file that cannot be loaded), LMP0611 and LMP0613 (requests)."""

    def __init__(self, path: Path, context: int = 2048, threads: int = 2, *, name: str | None = None) -> None:
        if find_spec("xllamacpp") is None:
            raise LMError(local_missing())
        self._path = path
        self._context = context
        self._threads = threads
        self._name = name or f"local/{path.stem}"
        self._turn = threading.Lock()
        self._server: Any = None

    async def __call__(self, request: Request) -> Reply:
        """The vector of the text of one request."""
        return await asyncio.to_thread(self._embed, str(request.body["input"]))

    async def close(self) -> None:
        """Lets go of the model."""
        with self._turn:
            self._server = None

    def _embed(self, text: str) -> Reply:
        with self._turn:
            started = time.monotonic()
            if self._server is None:
                self._server = load(self._path, self._context, self._threads, mean=False)
                if "pooling" in said(self._server.handle_embeddings({"input": ["a"]})):
                    self._server = load(self._path, self._context, self._threads, mean=True)
            answer = self._server.handle_embeddings({"input": [text]})
        if "error" in answer:
            raise self._error(answer["error"])
        tokens = int((answer.get("usage") or {}).get("prompt_tokens") or 0)
        vector = encoded(answer["data"][0]["embedding"])
        return Reply(vector, prompt_tokens=tokens, seconds=time.monotonic() - started)

    def _error(self, error: Mapping[str, Any]) -> LMError:
        message = str(error.get("message", ""))
        if error.get("type") == "exceed_context_size_error":
            return LMError(prompt_too_long(self._name, error["n_prompt_tokens"], error["n_ctx"]))
        if found := re.match(r"input \((\d+) tokens\) is too large", message):
            return LMError(prompt_too_long(self._name, int(found[1]), self._context))
        return LMError(local_refused(self._name, message))


def said(answer: Any) -> str:
    """What llama.cpp says is wrong; nothing when it has answered."""
    return str((answer.get("error") or {}).get("message", ""))


def load(path: Path, context: int, threads: int, *, mean: bool) -> Any:
    """The server of xllamacpp. `mean`: the mean of the tokens' vectors, whatever the model says."""
    try:
        import xllamacpp
    except ImportError:
        raise LMError(local_missing()) from None
    import secrets

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.embedding = True
    # A text whose vector is wanted has to fit into one batch.
    params.n_ctx = params.n_batch = params.n_ubatch = context
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_threads_http = 2
    params.verbosity = -1
    params.api_keys = [secrets.token_hex(16)]  # it listens on a port of loopback, which nobody is to use
    params.ui = params.endpoint_slots = False
    if mean:
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    try:
        return xllamacpp.Server(params)
    except RuntimeError:
        raise LMError(model_unloadable(path)) from None
