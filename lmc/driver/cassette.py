"""Replies that were recorded for tests, in a file beside the program: JSON lines, one for each request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.lm.base import LM, LMError, Reply, Request
from lmc.lm.content import text_of
from lmc.lm.problems import not_recorded
from lmc.lm.recorder import fields_from, reply_from
from lmc.store import read_bytes, write_atomic

SHOWN = 200
"""The characters of a prompt that stand beside its reply, for those who read the file."""


@dataclass
class Cassette:
    """The recording at `path`: lines by the key of their request. An LM that answers what it holds; raises LMError
    (LMP0602) for everything else."""

    path: Path
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, keep: bool = True) -> Cassette:
        """The recording in a file; an empty one where there is none, or nothing is to be kept. Raises Failure."""
        lines: dict[str, dict[str, Any]] = {}
        if not keep or not path.exists():
            return cls(path)
        for number, line in enumerate(read_bytes(path).decode("utf-8", "replace").splitlines(), 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            if not isinstance(found, dict) or "key" not in found or reply_from(found.get("reply")) is None:
                raise Failure(problems.recording_damaged(path.name, number))
            lines[str(found["key"])] = found
        return cls(path, lines)

    def keep(self, request: Request, reply: Reply) -> None:
        """Adds a reply. What differs each time (the seconds it took) is left out."""
        held = fields_from(replace(reply, seconds=0.0, cached=False))
        plain = fields_from(Reply(""))
        said = {name: value for name, value in held.items() if name == "text" or value != plain.get(name)}
        line = {"key": request.key, "model": request.model, "prompt": shown(request), "reply": said}
        self.lines[request.key] = line

    def write(self) -> bool:
        """Writes the recording, unless the file is as it would be; whether it wrote. Raises Failure."""
        order = sorted(self.lines.values(), key=lambda line: (line["model"], line.get("prompt", ""), line["key"]))
        data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in order).encode("utf-8", "surrogatepass")
        if self.path.exists() and read_bytes(self.path) == data:
            return False
        write_atomic(self.path, data)
        return True

    async def __call__(self, request: Request) -> Reply:
        """The recorded reply."""
        line = self.lines.get(request.key)
        reply = reply_from(line["reply"]) if line else None
        if reply is None:
            raise LMError(not_recorded(f"the recording `{self.path.name}`", request.model, shown(request)))
        return replace(reply, cached=True)

    async def close(self) -> None:
        """Does nothing."""


@dataclass
class Recording:
    """An LM whose replies are kept in a recording."""

    inner: LM
    cassette: Cassette

    async def __call__(self, request: Request) -> Reply:
        """The reply of the LM."""
        reply = await self.inner(request)
        self.cassette.keep(request, reply)
        return reply

    async def close(self) -> None:
        """Closes the LM."""
        await self.inner.close()


@dataclass
class InOrder:
    """An LM that gives replies in order, whatever is asked. Raises LMError (LMP0602) when there are no more."""

    replies: list[str]
    asked: int = 0

    async def __call__(self, request: Request) -> Reply:
        """The next reply."""
        self.asked += 1
        if self.asked > len(self.replies):
            raise LMError(problems.no_more_replies(len(self.replies), shown(request)))
        return Reply(self.replies[self.asked - 1])

    async def close(self) -> None:
        """Does nothing."""


def shown(request: Request) -> str:
    """The end of a prompt, where what differs stands."""
    body = request.body
    text = str(body["prompt"]) if "prompt" in body else text_of(body["messages"][-1].get("content"))
    return text if len(text) <= SHOWN else f"…{text[-SHOWN:]}"
