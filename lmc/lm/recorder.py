"""Calls that are written to a journal, and calls that are answered from one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lmc.lm.base import LM, LMError, Reply, Request, ToolCall
from lmc.lm.problems import not_recorded
from lmc.store import Event, Journal, read_events


class Recorder:
    """Answers from the journal what it holds; asks `inner` for the rest and writes each reply down before returning
    it, so that a killed build makes no answered call again. What comes from the journal is marked `cached`.

    `earlier` counts the calls that a provider answered before this process opened the journal."""

    def __init__(self, inner: LM, journal: Journal) -> None:
        self._inner = inner
        self._journal = journal
        self._held = dict(_replies(journal.events))
        self.earlier = sum(not reply.cached for reply in self._held.values())

    async def __call__(self, request: Request) -> Reply:
        """The recorded reply, else the one of `inner`. Raises Failure when it cannot be written down."""
        key = request.key
        if key in self._held:
            return _again(self._held[key])
        reply = await self._inner(request)
        if key in self._held:  # the same request was under way twice, and all must see one answer
            return _again(self._held[key])
        self._journal.append(event(key, reply))
        self._held[key] = reply
        return reply

    async def close(self) -> None:
        """Closes `inner`; the journal stays open."""
        await self._inner.close()


class Replay:
    """Answers only what the journal at `path` holds. Raises LMError (LMP0602) for everything else, and Failure when the
    file cannot be read. Every reply is marked `cached`."""

    def __init__(self, path: Path) -> None:
        events, self.warnings = read_events(path)
        self._path = path
        self._held = dict(_replies(events))

    async def __call__(self, request: Request) -> Reply:
        """The recorded reply."""
        if request.key not in self._held:
            shown = json.dumps(request.body, ensure_ascii=False)
            raise LMError(not_recorded(f"the recording `{self._path}`", request.model, shown))
        return _again(self._held[request.key])

    async def close(self) -> None:
        """Does nothing."""


def event(key: str, reply: Reply) -> Event:
    """The line of a journal that records a call."""
    return {"event": "call", "key": key, **fields_from(reply)}


_NAMES = tuple(one.name for one in fields(Reply) if one.name not in ("tool_calls", "logprob"))


def fields_from(reply: Reply) -> dict[str, Any]:
    """The JSON object that holds a reply; `tool_calls` and `logprob` only where there are any."""
    held = {name: getattr(reply, name) for name in _NAMES}
    held |= {} if reply.logprob is None else {"logprob": reply.logprob}
    calls = [{"name": one.name, "arguments": one.arguments} for one in reply.tool_calls]
    return {**held, "tool_calls": calls} if calls else held


def _replies(events: Iterable[Event]) -> Iterable[tuple[str, Reply]]:
    """The calls among the events, the first of each key last, so that it is the one that counts."""
    calls = [one for one in events if one.get("event") == "call" and isinstance(one.get("key"), str)]
    for one in reversed(calls):
        reply = reply_from(one)
        if reply is not None:
            yield one["key"], reply


def reply_from(held: Any) -> Reply | None:
    """The reply that a JSON object holds, other members ignored; None when it holds none."""
    if not isinstance(held, dict) or not isinstance(held.get("text"), str):
        return None
    kinds: dict[str, Any] = {
        "finish": str,
        "prompt_tokens": int,
        "completion_tokens": int,
        "cached_tokens": int,
        "dollars": (int, float),
        "seconds": (int, float),
        "cached": bool,
        "logprob": (int, float),
    }
    known: dict[str, Any] = {name: held[name] for name, kind in kinds.items() if isinstance(held.get(name), kind)}
    calls = _calls_from(held.get("tool_calls", []))
    return None if calls is None else Reply(held["text"], **known, tool_calls=calls)


def _calls_from(held: Any) -> tuple[ToolCall, ...] | None:
    """The calls of tools that a JSON array holds; None when it holds anything else."""
    found = []
    for one in held if isinstance(held, list) else [None]:
        match one:
            case {"name": str(name), "arguments": str(arguments)}:
                found.append(ToolCall(name, arguments))
            case _:
                return None
    return tuple(found)


def _again(reply: Reply) -> Reply:
    return reply if reply.cached else replace(reply, cached=True)
