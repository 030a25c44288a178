"""What the scripted LM of the fine-tuning data does: the same for the original and for lmc."""

from __future__ import annotations

import re

SEEDS = 4
ITEMS = (*range(40), *range(5))
"""The items of the train rows; some come twice."""
FIRST, SECOND = "Say whether it is small or large.", "Say whether it is odd or even."


def size(item: int) -> str:
    """What the first call should say."""
    return "small" if item < 20 else "large"


def label(item: int) -> str:
    """What the second call should say."""
    return "odd" if item % 2 else "even"


TRAIN = [{"text": f"item {item}", "label": label(item)} for item in ITEMS]


def reply(prompt: str, seed: int) -> tuple[str, str]:
    """The field that is asked for and its value, by the instruction of a prompt and its last item. Some sizes are
    wrong, and a label is wrong where its size is, or by itself for some items."""
    item = int(re.findall(r"item (\d+)", prompt)[-1])
    told = size(item) if (item + seed) % 5 else "large" if item < 20 else "small"
    if FIRST in prompt:
        return "size", told
    right = told == size(item) and (item + seed) % 7 != 0
    return "label", label(item) if right else label(item + 1)
