"""A language model that is a function of its request, and often misbehaves. Standard library only: it runs inside and
outside."""

from __future__ import annotations

import hashlib
import json
from typing import Any


class Scripted:
    """Answers from `replies`: for the first marker that stands in the request, one of its replies, which one by a
    hash of the request. `requests` holds every request as JSON text, keys in the order in which they were sent."""

    def __init__(self, replies: dict[str, list[str]]) -> None:
        self.replies = replies
        self.requests: list[str] = []

    def __call__(self, request: dict[str, Any]) -> str:
        text = json.dumps(request, ensure_ascii=False)
        self.requests.append(text)
        digest = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        for marker, replies in self.replies.items():
            if marker in text:
                return replies[digest % len(replies)]
        raise AssertionError(f"no reply is scripted for {text}")
