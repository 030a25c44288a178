"""Replies in pieces, as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from lmc.lm.base import LM, Request


async def stream(lm: LM, request: Request) -> AsyncIterator[str]:
    """The text of the reply to one request, in pieces that make up the whole. An LM that cannot stream, and every
    reply that is kept in a cache or a journal, comes as one piece. Raises LMError, after pieces too. Who stops early
    cancels the call (use contextlib.aclosing)."""
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    call = asyncio.ensure_future(lm(replace(request, listen=pieces.put_nowait)))
    call.add_done_callback(lambda _: pieces.put_nowait(None))
    heard = ""
    try:
        while (piece := await pieces.get()) is not None:
            heard += piece
            yield piece
        text = call.result().text
        if text != heard and text.startswith(heard):
            yield text[len(heard) :]
    finally:
        call.cancel()


def gather_calls(calls: dict[int, list[str]], pieces: Any) -> None:
    """Adds the pieces of a stream's chunk to the calls of tools, [name, arguments] by their number."""
    for piece in pieces or ():
        function = piece.get("function") or {}
        call = calls.setdefault(int(piece.get("index") or 0), ["", ""])
        call[0] += function.get("name") or ""
        call[1] += function.get("arguments") or ""
