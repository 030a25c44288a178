"""What a run leaves behind: every call with its inputs, outputs and replies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lmc.lm.base import Reply


@dataclass(frozen=True, slots=True)
class Call:
    """One evaluation of a call site. `outputs` is None when no reply fitted, and `problem` says why. `replies` holds
    one reply for each attempt. `failures` are replies that the LM was shown again, in order, as text and with what was
    said of each: those of rounds that an assertion sent back, then those that did not fit. `superseded`: the call was
    made in a round that was sent back, so that its outputs count for nothing. `sample` tells it from calls that are
    alike but meant to differ."""

    address: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] | None
    replies: tuple[Reply, ...]
    problem: str | None = None
    failures: tuple[tuple[str, str], ...] = ()
    superseded: bool = False
    sample: int = 0


def in_order(calls: Iterable[Call]) -> tuple[Call, ...]:
    """The calls in an order that does not depend on timing: by address, then by inputs, then as they were told apart
    and went."""

    def place(call: Call) -> tuple[Any, ...]:
        inputs = json.dumps(call.inputs, sort_keys=True)
        replies = tuple(reply.text for reply in call.replies)
        return call.address, inputs, call.sample, call.failures, call.superseded, replies, call.problem or ""

    return tuple(sorted(calls, key=place))
