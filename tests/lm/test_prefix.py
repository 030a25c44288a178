"""What of a prompt is constant, for text and for chats of any template."""

from __future__ import annotations

from typing import Any

import pytest

from lmc.lm.prefix import Message, chat_prefix, stable_part, within

CHAT = [
    {"role": "system", "content": "Classify."},
    {"role": "user", "content": "Text: good"},
    {"role": "assistant", "content": "positive"},
    {"role": "user", "content": "Text: bad"},
]


def plain(messages: list[Message]) -> str:
    return "".join(f"<{one['role']}>{one['content']}</>\n" for one in messages) + "<assistant>"


def trims(messages: list[Message]) -> str:
    return "".join(f"<{one['role']}>{one['content'].strip()}</>\n" for one in messages) + "<assistant>"


@pytest.mark.parametrize(
    ("mark", "end"),
    [
        ([3, 6], "<user>Text: "),
        ([3, 0], "<user>"),
        ([0, 0], "<system>"),
        ([4, 0], "<assistant>"),
        ([9, 9], "<assistant>"),
        ([0, 4], "<system>Clas"),
        (None, "positive</>\n<user>"),
        ("nonsense", "positive</>\n<user>"),
    ],
)
def test_the_prefix_of_a_chat_ends_where_it_begins_to_vary(mark: Any, end: str) -> None:
    found = chat_prefix(stable_part({"messages": CHAT, "lmc_prefix": mark}), plain)
    assert plain(CHAT).startswith(found)
    assert found.endswith(end)


def test_chats_with_one_constant_part_share_a_prefix() -> None:
    others = [*CHAT[:3], {"role": "user", "content": "Text: another"}]
    one, other = (stable_part({"messages": chat, "lmc_prefix": [3, 6]}) for chat in (CHAT, others))
    assert one == other
    assert hash(one) == hash(other)


def test_a_template_that_trims_shortens_the_prefix_only_where_it_must() -> None:
    chat = [{"role": "user", "content": "Text: "}]
    found = chat_prefix(stable_part({"messages": chat, "lmc_prefix": [0, 6]}), trims)
    assert found == "<user>Text: "
    assert within(found, trims(chat)) == "<user>Text:"


@pytest.mark.parametrize(
    ("mark", "prefix"), [(4, "Text"), (0, ""), (99, "Text: good"), (-1, ""), (None, ""), ("4", "")]
)
def test_the_prefix_of_a_text_is_its_beginning(mark: Any, prefix: str) -> None:
    assert stable_part({"prompt": "Text: good", "lmc_prefix": mark}).beginning == prefix
