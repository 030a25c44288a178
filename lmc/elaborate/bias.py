"""What is added to the logits of tokens, as a source writes it."""

from __future__ import annotations

from typing import Any

BIASES = "a list of pairs [token id, number from -100 to 100]"
"""What it must be, in words."""


def is_bias(value: Any) -> bool:
    """Whether a value is a token and what is added to its logit."""
    match value:
        case [int(token), int() | float() as bias] if not isinstance(token, bool) and not isinstance(bias, bool):
            return bool(token >= 0 and -100 <= bias <= 100)
    return False
