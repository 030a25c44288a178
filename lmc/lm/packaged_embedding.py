"""The embedding LM that travels inside a Python package: static vectors of tokens, averaged."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lmc.lm.base import LMError, Reply, Request
from lmc.lm.problems import embeddings_missing
from lmc.lm.vector import encoded


class PackagedEmbedding:
    """WordLlama's vectors of 256 numbers (github.com/dleemiller/WordLlama, MIT): the mean of those of a text's tokens,
    brought to length 1. Its files are read directly, since the package itself loads far more than this needs. Raises
    LMError (LMP0616) when the package is missing or its files are not where they were."""

    def __init__(self) -> None:
        if folder() is None or find_spec("safetensors") is None or find_spec("tokenizers") is None:
            raise LMError(embeddings_missing())
        self._turn = threading.Lock()

    async def __call__(self, request: Request) -> Reply:
        """The vector of the text of one request."""
        return await asyncio.to_thread(self._embed, str(request.body["input"]))

    async def close(self) -> None:
        """Does nothing."""

    def _embed(self, text: str) -> Reply:
        started = time.monotonic()
        with self._turn:
            tokenizer, vectors = model()
            tokens = tokenizer.encode(text, add_special_tokens=False).ids
        total = vectors[tokens].astype("float64").sum(axis=0)
        length = math.sqrt(math.fsum(number * number for number in total.tolist())) or 1.0
        vector = encoded(total / length)
        return Reply(vector, prompt_tokens=len(tokens), seconds=time.monotonic() - started)


def folder() -> Path | None:
    """The folder of the package, where it is installed with its files."""
    spec = find_spec("wordllama")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if all((Path(place) / file).is_file() for file in (WEIGHTS, TOKENIZER)):
            return Path(place)
    return None


WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


@cache
def model() -> tuple[Any, Any]:
    """The tokenizer, and a matrix with the vector of each token in a row."""
    from safetensors import safe_open
    from tokenizers import Tokenizer

    place = folder()
    if place is None:
        raise LMError(embeddings_missing())
    tokenizer = Tokenizer.from_file(str(place / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with safe_open(str(place / WEIGHTS), framework="np") as file:
        return tokenizer, file.get_tensor("embedding.weight")


def release() -> str:
    """The release of the package that is installed; "none" where none is."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("wordllama")
    except PackageNotFoundError:
        return "none"
