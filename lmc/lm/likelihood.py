"""How likely a reply was, or would be: what an LM's log-probabilities of tokens say of a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lmc.ir.program import LMDecl


def can_score(declaration: LMDecl) -> bool:
    """Whether an LM can say how likely a given reply is (`expect` in the body of a request). Remote ones say at most
    how likely their own replies were."""
    return declaration.reference.startswith("local/")


def logprob_of(text: str, tokens: Iterable[tuple[bytes, float]]) -> float | None:
    """The natural log-probability of a text, by its tokens (their bytes and log-probabilities); those that end it or
    come after it do not count. None when the tokens do not make up the text."""
    wanted, found, total = text.encode("utf-8", "surrogatepass"), b"", 0.0
    for said, logprob in tokens:
        if len(found) >= len(wanted):
            break
        found += said
        total += logprob
    return total if found.startswith(wanted) else None


def tokens_in(choice: Mapping[str, Any]) -> list[tuple[bytes, float]]:
    """The tokens of a choice with their log-probabilities, as OpenAI's protocol has them for chats (`content`) and for
    completions (`tokens` and `token_logprobs`); none where the provider does not say."""
    match choice.get("logprobs"):
        case {"content": [*said]}:
            return [(token_bytes(one), float(one["logprob"])) for one in said if one.get("logprob") is not None]
        case {"tokens": [*texts], "token_logprobs": [*numbers]}:
            pairs = zip(texts, numbers, strict=False)
            return [(str(text).encode("utf-8", "surrogatepass"), float(one)) for text, one in pairs if one is not None]
    return []


def token_bytes(said: Mapping[str, Any]) -> bytes:
    """The bytes of a token: a part of a character has no text."""
    raw = said.get("bytes")
    return str(said.get("token") or "").encode("utf-8", "surrogatepass") if raw is None else bytes(raw)
