"""Vectors as the text of replies."""

from __future__ import annotations

import base64
import binascii
import sys
from array import array
from collections.abc import Iterable


def encoded(vector: Iterable[float]) -> str:
    """A vector as the text of a reply: base64 of 32-bit floats, least significant byte first, as OpenAI's
    `encoding_format` has it."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def decoded(text: str) -> array[float]:
    """The vector that is the text of a reply. Raises ValueError."""
    try:
        numbers = array("f", base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise ValueError("not a vector") from None
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
