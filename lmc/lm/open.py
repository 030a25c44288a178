"""From the declaration of an LM to the LM."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lmc.ir.program import LMDecl
from lmc.lm.base import LM, LMError
from lmc.lm.fallback import Fallback
from lmc.lm.problems import option_wrong
from lmc.lm.retry import Retry
from lmc.lm.throttle import Throttle

LOCAL_CONCURRENCY, REMOTE_CONCURRENCY = 64, 16
DEFAULT_RETRIES = 4
LOCAL_THREADS = 2
"""Of the embedded LM, whatever the machine has: the last bits of a reply depend on their number."""


def open_lm(
    declaration: LMDecl,
    *,
    fallback: tuple[LMDecl, LM] | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    sleep: Callable[[float], Awaitable[object]] | None = None,
) -> LM:
    """The LM of a declaration. `local/NAME` is the embedded one, with the options `context`, `threads`, `fast`;
    everything else is remote, with those of RemoteLM. For both: `concurrency` (calls at once), `retries` (after a
    transient error), and the LM that is asked when this one fails, opened already. `progress` is told how far the
    fetching of a model is. Raises LMError when the declaration is wrong, a package or a key is missing, or the
    model's file is not here and cannot be fetched."""
    local = declaration.reference.startswith("local/")
    lm = _local(declaration, progress) if local else _remote(declaration)
    retries = _count(declaration, "retries", DEFAULT_RETRIES, 0)
    concurrency = _count(declaration, "concurrency", LOCAL_CONCURRENCY if local else REMOTE_CONCURRENCY, 1)
    stack: LM = Throttle(Retry(lm, retries + 1, sleep=sleep), concurrency)
    return stack if fallback is None else Fallback(stack, fallback[1], fallback[0].reference)


def at_once(declaration: LMDecl) -> int:
    """How many calls tuning plans for an LM to answer at the same time: the embedded one takes them one after the
    other, unless it is `fast`. What `concurrency` says is left out, so that it changes how long tuning takes and not
    what comes of it."""
    return 1 if declaration.reference.startswith("local/") and not declaration.option("fast") else REMOTE_CONCURRENCY


def price(declaration: LMDecl) -> tuple[float, float]:
    """US dollars per million tokens of prompts and of replies: as declared, else what litellm's table says, else 0."""
    declared = (declaration.option("price_in"), declaration.option("price_out"))
    if declaration.reference.startswith("local/") or declared != (None, None):
        prompts, replies = (float(one) if isinstance(one, (int, float)) else 0.0 for one in declared)
        return prompts, replies
    from lmc.lm.remote import listed_price

    return listed_price(declaration.reference)


def _local(declaration: LMDecl, progress: Callable[[str, int, int], None]) -> LM:
    from lmc.lm.local import LocalLM
    from lmc.lm.models import locate

    return LocalLM(
        locate(declaration.reference.removeprefix("local/"), progress).path,
        _count(declaration, "context", 8192, 1),
        _count(declaration, "threads", LOCAL_THREADS, 1),
        name=declaration.reference,
        fast=bool(declaration.option("fast", False)),
    )


def _remote(declaration: LMDecl) -> LM:
    from lmc.lm.remote import RemoteLM

    return RemoteLM(declaration.reference, dict(declaration.options))


def _count(declaration: LMDecl, option: str, default: int, least: int) -> int:
    value: Any = declaration.option(option, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise LMError(option_wrong(declaration.name, option, f"a whole number of at least {least}"))
    return value
