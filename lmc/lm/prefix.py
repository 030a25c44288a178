"""The part of a prompt that a template holds constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lmc.lm.content import text_of

Message: TypeAlias = Mapping[str, Any]

_SENTINEL = "lmcVARIES"


@dataclass(frozen=True, slots=True)
class Stable:
    """What a request declares to be constant. Of a chat: whole leading messages (role and content), the beginning of
    the next one's content, and the roles of it and those that follow. Of a text to complete: its beginning."""

    messages: tuple[tuple[str, str], ...] = ()
    beginning: str = ""
    roles: tuple[str, ...] = ()


def stable_part(body: Mapping[str, Any]) -> Stable:
    """The constant part that `lmc_prefix` marks in the body of a request: so many characters of `prompt`, or [so many
    whole messages, so many characters of the next]. Where it marks none: all messages but the last; of a text,
    nothing."""
    mark = body.get("lmc_prefix")
    if "messages" not in body:
        return Stable(beginning=str(body.get("prompt", ""))[: max(0, mark) if isinstance(mark, int) else 0])
    messages = tuple((str(one["role"]), text_of(one.get("content"))) for one in body["messages"])
    whole, characters = _numbers(mark) or (len(messages) - 1, 0)
    whole = min(max(0, whole), len(messages))
    rest = messages[whole:]
    beginning = rest[0][1][: max(0, characters)] if rest else ""
    return Stable(messages[:whole], beginning, tuple(role for role, _ in rest))


def chat_prefix(stable: Stable, template: Callable[[list[Message]], str]) -> str:
    """The text that every chat with this constant part begins with, as `template` writes chats. It may go further
    than a certain chat does (a template that trims): cut it with `within`."""
    varying = [_SENTINEL] * len(stable.roles)
    if varying:
        varying[0] = stable.beginning + _SENTINEL
    chat = [*stable.messages, *zip(stable.roles, varying, strict=True)]
    text = template([{"role": role, "content": content} for role, content in chat])
    return text.partition(_SENTINEL)[0]


def within(prefix: str, text: str) -> str:
    """As much of the prefix as the text begins with."""
    if text.startswith(prefix):
        return prefix
    shared = next(
        (place for place, (one, other) in enumerate(zip(prefix, text, strict=False)) if one != other), len(text)
    )
    return prefix[:shared]


def _numbers(mark: Any) -> tuple[int, int] | None:
    match mark:
        case [int(whole), int(characters)]:
            return whole, characters
        case _:
            return None
