"""What a feature says when it cannot do what it is asked."""

from __future__ import annotations


class Refusal(Exception):
    """A request that cannot be met; the message is one sentence, which the editor shows."""
