"""How many tokens a prompt has, by the best way of counting that costs no call and no download."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lmc.diagnostics import Failure
from lmc.driver.checks import CHARACTERS_PER_TOKEN
from lmc.ir.program import LMDecl
from lmc.lm.content import text_of

ESTIMATE = f"an estimate, {CHARACTERS_PER_TOKEN} characters each"
EACH_MESSAGE = 3
"""The tokens around each message of a chat, and before the reply (OpenAI Cookbook, "How to count tokens with
tiktoken")."""

TOKENIZER_CONTEXT = 256
"""For counting alone a model needs no room for a prompt."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many tokens, and how that is known; `exact`: as the model itself counts. `text` is what the chat template of a
    local model makes of the messages."""

    tokens: int
    by: str
    exact: bool = False
    text: str | None = None


@dataclass
class Counter:
    """Counts the tokens of requests. Local models are opened once, for their tokenizers; nothing is inferred."""

    opened: dict[str, Any] = field(default_factory=dict)

    def count(self, lm: LMDecl, body: Mapping[str, Any]) -> Count:
        """The tokens of a request to an LM."""
        if lm.reference.startswith("local/"):
            return self.by_model(lm.reference.removeprefix("local/"), body) or estimate(body)
        return by_tiktoken(lm, body) or estimate(body)

    def by_model(self, name: str, body: Mapping[str, Any]) -> Count | None:
        """As the tokenizer of a local model counts; None where the model is not here."""
        if name not in self.opened:
            self.opened[name] = open_tokenizer(name)
        if self.opened[name] is None:
            return None
        try:
            text, tokens = self.opened[name].written(body)
        except Failure:
            return None
        said = ", without the tools" if body.get("tools") else ""
        return Count(tokens, f"the tokenizer of {name}{said}", not said, text if "messages" in body else None)

    def close(self) -> None:
        """Lets go of the models."""
        for one in self.opened.values():
            if one is not None:
                one.close()
        self.opened.clear()


def open_tokenizer(name: str) -> Any:
    """A model on this machine, for its tokenizer; None where it is not here, or llama.cpp is not."""
    from lmc.lm.models import find

    if find_spec("xllamacpp") is None:
        return None
    from lmc.lm.llama import Llama

    try:
        model = find(name)
        return None if model is None else Llama(model.path, name, TOKENIZER_CONTEXT, 1, warm=False)
    except Failure:
        return None


def by_tiktoken(lm: LMDecl, body: Mapping[str, Any]) -> Count | None:
    """As OpenAI's tokenizer counts, for models that have it and where litellm brings its tables along; importing
    litellm itself takes longer than all else."""
    provider, _, model = lm.reference.partition("/")
    found = find_spec("litellm")
    if provider not in ("openai", "azure") or lm.option("base_url") or found is None or find_spec("tiktoken") is None:
        return None
    if found.origin is None or media(body):
        return None
    tables = Path(found.origin).parent / "litellm_core_utils" / "tokenizers"
    if not tables.is_dir():
        return None
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tables))
    try:
        import tiktoken

        name = tiktoken.encoding_name_for_model(model)
        table = {"cl100k_base": "cl100k_base", "o200k_base": "o200k_base"}[name]
        encoding = tiktoken.get_encoding(table)
        texts = texts_of(body)
        tokens = sum(len(encoding.encode(one, disallowed_special=())) for one in texts)
    except Exception:  # a model without a table, a table that would have to be fetched
        return None
    finally:
        if before is None:
            os.environ.pop("TIKTOKEN_CACHE_DIR", None)
    around = EACH_MESSAGE * (len(texts) + 1) + len(texts) if "messages" in body else 0
    return Count(tokens + around, f"tiktoken's {table}, without schema and tools")


def estimate(body: Mapping[str, Any]) -> Count:
    """By the usual length of a token."""
    characters = sum(len(one) for one in texts_of(body))
    said = " of the text; images, audio and files are not counted" if media(body) else ""
    return Count(-(-characters // CHARACTERS_PER_TOKEN), ESTIMATE + said)


def texts_of(body: Mapping[str, Any]) -> list[str]:
    """The text of a request, of each message."""
    if "prompt" in body:
        return [str(body["prompt"])]
    return [text_of(one.get("content")) for one in body["messages"]]


def media(body: Mapping[str, Any]) -> bool:
    """Whether a request has more than text."""
    contents = [one.get("content") for one in body.get("messages", ())]
    return any(part.get("type") != "text" for one in contents if isinstance(one, list) for part in one)
