"""The content of a message: a text, or a list of content parts as OpenAI's protocol has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

IMAGE_TOKENS = 50_000
"""More than any provider takes for one image (gpt-4o-mini: 2,833 + 8 tiles of 5,667)."""

BYTES_OF_AUDIO = 24
"""Of base64, for each token of audio at least: speech at 8 kbit/s, at 32 tokens a second."""

UNKNOWN_TOKENS = 100_000
"""What a file counts that is only named, and whose length is therefore not known."""

MEDIA = {"image_url": "image", "input_audio": "audio", "file": "file"}
"""The kinds of content parts that are no text, and what they are called."""


def text_of(content: Any) -> str:
    """The text of a content; of several parts, those that are text."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return str(content or "")


def media_in(messages: Iterable[Mapping[str, Any]]) -> str | None:
    """What the first part is that is no text ("image", "audio", "file"), None where all is text."""
    contents = [message.get("content") for message in messages]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    kinds = [part.get("type") for part in parts if isinstance(part, dict)]
    return next((MEDIA.get(str(kind), "part") for kind in kinds if kind != "text"), None)


def in_text(messages: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The messages, each list of texts as one text."""
    return [
        {**message, "content": text_of(message["content"])} if isinstance(message.get("content"), list) else message
        for message in messages
    ]


def content_bound(content: Any) -> int:
    """A bound on the tokens of a content: the bytes of its texts; for an image the dearest known, for audio and files
    what follows from their length. A part that is only named by an id or URL counts with a guess."""
    if not isinstance(content, list):
        return len(str(content or "").encode("utf-8", "surrogatepass"))
    return sum(part_bound(part) for part in content)


def part_bound(part: Any) -> int:
    """A bound on the tokens of one content part."""
    match part:
        case {"type": "text", "text": str(text)}:
            return len(text.encode("utf-8", "surrogatepass"))
        case {"type": "image_url"}:
            return IMAGE_TOKENS
        case {"type": "input_audio", "input_audio": {"data": str(data)}}:
            return len(data) // BYTES_OF_AUDIO + 1000
        case {"type": "file", "file": {"file_data": str(data)}}:
            return len(data) + IMAGE_TOKENS
    return UNKNOWN_TOKENS
