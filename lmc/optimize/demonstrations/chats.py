"""Calls as chats to train on: what is written to files, and which of it is trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lmc.ir.program import LMDecl
from lmc.lm.content import text_of

CHARACTERS_PER_TOKEN = 4
"""By which tokens are reckoned; what a provider bills for it counts itself."""

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A call that went well: the messages of its prompt as the program sends them, and the reply that it should get.
    `site` is its address, `origin` the id of the data row that it comes from; `tools` are those of its request."""

    site: str
    origin: str
    messages: tuple[Message, ...]
    reply: Message
    tools: tuple[Message, ...] = ()

    @property
    def text(self) -> str:
        """All that the chat says, its messages a line each."""
        return "\n".join(text_of(one.get("content")) for one in (*self.messages, self.reply))

    @property
    def span(self) -> tuple[int, int]:
        """Where in the text the reply stands, in characters: the only part that is trained on."""
        end = len(self.text)
        return end - len(text_of(self.reply.get("content"))), end

    def wire(self) -> dict[str, Any]:
        """The row as fine-tuning APIs take it. Replies that stand in the prompt (those of demonstrations) have the
        weight 0: they are read, not learned."""
        shown = [{**one, "weight": 0} if one["role"] == "assistant" else dict(one) for one in self.messages]
        more = {"tools": list(self.tools)} if self.tools else {}
        return {"messages": [*shown, dict(self.reply)], **more}


@dataclass(frozen=True, slots=True)
class Chats:
    """What one model is trained on: `base` is the model, `name` that of the tuned one in the program, `sites` the call
    sites that it is for. `epochs` is how often each row is gone through (0: as the provider has it)."""

    name: str
    base: LMDecl
    sites: tuple[str, ...]
    train: tuple[ChatRow, ...]
    valid: tuple[ChatRow, ...]
    dropped: int
    seed: int = 0
    epochs: int = 0

    def files(self) -> dict[str, bytes]:
        """The files by name: the rows as JSON lines for a provider, where the reply stands in each, and what there is
        of them."""
        found = {"train.jsonl": lines(one.wire() for one in self.train), "train.spans.jsonl": spans(self.train)}
        if self.valid:
            found |= {"valid.jsonl": lines(one.wire() for one in self.valid), "valid.spans.jsonl": spans(self.valid)}
        text = json.dumps(self.summary(), ensure_ascii=False, indent=2) + "\n"
        return {**found, "summary.json": text.encode()}

    def summary(self) -> dict[str, Any]:
        """What the files hold, with counts of rows and tokens."""
        return {
            "base": self.base.reference,
            "name": self.name,
            "sites": {one: sum(row.site == one for row in (*self.train, *self.valid)) for one in self.sites},
            "duplicates": self.dropped,
            "seed": self.seed,
            "epochs": self.epochs or None,
            "train": counts(self.train),
            "valid": counts(self.valid),
        }

    @property
    def digest(self) -> str:
        """The address (SHA-256, hex) of what is trained, and of what model."""
        total = hashlib.sha256(repr((self.base.reference, self.base.option("base_url"))).encode())
        for name, data in self.files().items():
            total.update(f"\n{name} {len(data)}\n".encode() + data)
        return total.hexdigest()


class Training(Protocol):
    """Where training rows go, and who trains on them: a bench's only way to files and to models that are not yet
    there."""

    def write(self, chats: Chats) -> None:
        """Writes the files and tells where to. Raises Failure."""
        ...

    def train(self, chats: Chats) -> LMDecl | None:
        """The tuned model, which the bench can ask from now on; None when nobody trains this one. The same rows are
        trained on once. Raises Failure when there will be no model."""
        ...


def divided(rows: Iterable[ChatRow], share: float, seed: int) -> tuple[list[ChatRow], list[ChatRow], int]:
    """The rows to train on and those to validate with, each row once, and how many were there before. All rows that
    come from one data row are on one side, by the hash of its id, so that more data moves none."""
    unique: dict[bytes, ChatRow] = {}
    dropped = 0
    for row in rows:
        key = lines([row.wire()])
        dropped += key in unique
        unique.setdefault(key, row)
    valid = [row for row in unique.values() if held_out(row.origin, share, seed)]
    train = [row for row in unique.values() if not held_out(row.origin, share, seed)]
    return (train, valid, dropped) if train else (valid, [], dropped)


def held_out(origin: str, share: float, seed: int) -> bool:
    """Whether what comes from a data row is among the share that is not trained on."""
    drawn = int(hashlib.sha256(f"{seed}/finetune/{origin}".encode()).hexdigest()[:8], 16)
    return drawn < share * 2**32


def lines(rows: Iterable[Any]) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "backslashreplace")


def spans(rows: Sequence[ChatRow]) -> bytes:
    """Where the reply stands in each row (see `ChatRow.span`), and where the row is from."""
    return lines(
        {"site": row.site, "origin": row.origin, "message": len(row.messages), "span": list(row.span)} for row in rows
    )


def counts(rows: Sequence[ChatRow]) -> dict[str, int]:
    """How many rows there are, and about how many tokens: in all, in the longest, and in the replies."""
    sizes = [tokens(len(row.text)) for row in rows]
    learned = sum(tokens(row.span[1] - row.span[0]) for row in rows)
    return {"rows": len(rows), "tokens": sum(sizes), "longest": max(sizes, default=0), "learned": learned}


def tokens(characters: int) -> int:
    """About how many tokens so many characters are."""
    return -(-characters // CHARACTERS_PER_TOKEN)
