"""The meter that all systems ask through: one LM behind an OpenAI-compatible server, with counts for each cell.

python -m tests.benchmarks.tuning.proxy --model smollm2-135m --port 8585 --threads 1
"""

from __future__ import annotations

import argparse
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lmc.lm.base import LM, Reply, Request
from lmc.lm.cache import Cache
from lmc.lm.recorder import fields_from
from lmc.lm.server import Handler, Refused, Server
from lmc.store import home

DEFAULT_PORT = 8585
TOKEN = "benchmark"
"""What clients must send as their API key. It keeps nobody out; it only has to be the same on both sides."""

UNCOUNTED = ("model", "stream", "stream_options", "n")
"""What of a body is no part of the question."""

DRAWS = 1_000_000


@dataclass
class Cell:
    """What one run of one system has taken: requests `served` (`stored` of them from the store, `distinct` those that
    differ), those `refused` at the `cap`, tokens as if every request had been computed, and the seconds that the LM
    took for these requests when it computed them. `draw` tells the samples of one cell from those of another; `fresh`:
    what other cells asked for is computed again."""

    cap: int | None = None
    draw: int = 0
    fresh: bool = False
    served: int = 0
    stored: int = 0
    distinct: int = 0
    refused: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    lm_seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter, repr=False)

    def counts(self) -> dict[str, Any]:
        """Everything but the requests themselves."""
        return {name: value for name, value in asdict(self).items() if name != "seen"}


class Proxy(Server):
    """Serves `lm` to cells, each below a path of its own: `/cells/NAME/v1/chat/completions` and `…/v1/completions`.
    `POST /cells/NAME/begin` sets a cell to nothing, with a `cap` on its requests, a number `draw`, and `fresh`; `GET
    /cells/NAME` tells its counts. The identical request is computed once and kept in `store`, and counts each time.

    A sampled request (with a temperature and no seed) is another one each time that a cell makes it, and in every
    cell with another `draw`; the same cell, begun again, gets the same samples again."""

    def __init__(self, lm: LM, model: str, store: Path, port: int = DEFAULT_PORT) -> None:
        super().__init__(Cache(lm, store), model, TOKEN, port, Metered)
        self._cells: dict[str, Cell] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, cap: int | None = None, draw: int = 0, fresh: bool = False) -> None:
        """Sets a cell to nothing."""
        with self._lock:
            self._cells[name] = Cell(cap, draw, fresh)

    def cell(self, name: str) -> Cell:
        """The cell of a name."""
        with self._lock:
            return self._cells.setdefault(name, Cell())

    def asked(self, name: str, body: dict[str, Any], chat: bool) -> tuple[dict[str, Any], Reply]:
        """The answer to a cell's request, which is counted. Raises Refused; beyond the cap nothing is served."""
        if body.get("n") not in (None, 1):
            raise Refused(400, "one reply for each request")
        cell = self.cell(name)
        with self._lock:
            if cell.cap is not None and cell.served >= cell.cap:
                cell.refused += 1
                raise Refused(400, f"the cap of {cell.cap} requests is reached", "cap_reached")
            cell.served += 1
            key = Request(self.model, {one: value for one, value in body.items() if one not in UNCOUNTED}).key
            ordinal = cell.seen[key]
            cell.seen[key] += 1
            sampled = bool(body.get("temperature")) and not isinstance(body.get("seed"), int)
            cell.distinct += ordinal == 0 or sampled
        if cell.fresh:
            body = {**body, "fresh": name}  # no model reads it; the store takes it for another request
        if sampled:
            body = {**body, "seed": cell.draw * DRAWS + ordinal}
        try:
            answer, reply = self.ask(body, chat)
        except Refused:
            with self._lock:
                cell.failed += 1
            raise
        with self._lock:
            cell.stored += reply.cached
            cell.prompt_tokens += reply.prompt_tokens
            cell.completion_tokens += reply.completion_tokens
            cell.lm_seconds += reply.seconds
        return answer, reply


class Metered(Handler):
    """One connection; what it asks belongs to the cell in its path."""

    def _get(self) -> None:
        name, rest = self._place()
        if rest:
            raise Refused(404, f"there is no {self.path}")
        self._send(200, self._proxy.cell(name).counts())

    def _post(self) -> None:
        name, rest = self._place()
        body = self._body()
        match rest:
            case "begin":
                self._proxy.begin(name, body.get("cap"), int(body.get("draw", 0)), bool(body.get("fresh")))
                self._send(200, {})
            case "v1/chat/completions" | "v1/completions":
                answer, reply = self._proxy.asked(name, body, rest == "v1/chat/completions")
                self._send(200, {**answer, "lmc": fields_from(reply)})
            case _:
                raise Refused(404, f"there is no {self.path}")

    @property
    def _proxy(self) -> Proxy:
        owner = self.server.owner
        assert isinstance(owner, Proxy)
        return owner

    def _place(self) -> tuple[str, str]:
        """The cell of a path, and what follows it."""
        top, _, rest = self.path.strip("/").partition("/")
        name, _, rest = rest.partition("/")
        if top != "cells" or not name:
            raise Refused(404, f"there is no {self.path}")
        return name, rest


def stores() -> Path:
    """The folder of what can be computed again."""
    return home() / "benchmark-tuning"


SLOTS = 8
HEAD = 400
"""Characters that tell the slots of bare texts apart."""


def local_lm(model: str, threads: int, context: int) -> LM:
    """The embedded LM, with a slot for each of the last system messages: two calls that take turns, or a second
    attempt in another format, each find their own beginning evaluated."""
    from lmc.lm import local
    from lmc.lm.llama import Llama
    from lmc.lm.models import locate

    class Slotted(Llama):
        slots: OrderedDict[str, int]

        def _complete(self, body: dict[str, Any], *more: Any) -> dict[str, Any]:
            slots = self.__dict__.setdefault("slots", OrderedDict())
            return super()._complete({**body, "id_slot": slot_of(slots, str(body.get("prompt", "")))}, *more)

    local.Llama, local.FAST_SLOTS = Slotted, SLOTS  # type: ignore[misc]
    return local.LocalLM(locate(model).path, context, threads, name=f"local/{model}", fast=True)


def slot_of(slots: OrderedDict[str, int], prompt: str) -> int:
    """The slot of a prompt: that of its system message, else the one that was least lately used."""
    head, found, _ = prompt.partition("<|im_end|>")
    head = head if found else prompt[:HEAD]
    if head not in slots:
        slots[head] = len(slots) if len(slots) < SLOTS else slots.popitem(last=False)[1]
    slots.move_to_end(head)
    return slots[head]


def main(make: Callable[[str, int, int], LM] = local_lm) -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tuning.proxy", description=__doc__)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--context", type=int, default=8192)
    chosen = parser.parse_args()
    stores().mkdir(parents=True, exist_ok=True)
    lm = make(chosen.model, chosen.threads, chosen.context)
    proxy = Proxy(lm, chosen.model, stores() / f"{chosen.model}.sqlite", chosen.port)
    print(f"serving {chosen.model} with {chosen.threads} threads at http://127.0.0.1:{proxy.port}", flush=True)
    proxy.run()


if __name__ == "__main__":
    main()
