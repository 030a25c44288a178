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
    one reply for each attempt."""

    address: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] | None
    replies: tuple[Reply, ...]
    problem: str | None = None


def in_order(calls: Iterable[Call]) -> tuple[Call, ...]:
    """The calls in an order that does not depend on timing: by address, then by inputs."""
    return tuple(sorted(calls, key=lambda call: (call.address, json.dumps(call.inputs, sort_keys=True))))
