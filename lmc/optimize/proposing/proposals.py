"""What becomes of the text that an LM proposes: it is put in order, and dropped where it will not do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lmc.evaluate.rows import Row
from lmc.ir.program import Predict, Program
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.prompts.words import plain_instruction

FLOOR = 400
"""Characters that a proposed instruction may have, however short the current one is."""

LEAK = 16
"""Characters of an input from which on its being part of a proposal is no accident."""

FENCE = re.compile(r"^```\w*\n(.*?)\n?```$", re.S)
LEAD = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok)\b[^\n]{0,60}[!:.]\s+)?"
    r"(?:here(?: is|'s|’s)[^\n:]{0,60}:\s*)?"
    r"(?:[#*\s]*(?:(?:the|a)\s+)?(?:better|new|improved|proposed)?\s*instructions?\s*\**\s*:\s*\**)?",
    re.I,
)
QUOTES = ('""', "“”", "''", "``")
SENTENCE = re.compile(r"[.!?:](?=\s|$)|\n")


def instruction_of(program: Program, predict: Predict) -> str:
    """The instruction that a call's prompt has: as tuned, as written, or as it follows from the fields."""
    if predict.settings.instruction is not None:
        return predict.settings.instruction.strip()
    signature = program.signature(predict.signature)
    written = signature.doc or plain_instruction(signature.inputs, outputs_of(signature, strategy_of(predict)))
    return written.strip()


def cap_of(current: str) -> int:
    """The characters that what takes the place of an instruction may have: twice as many, and `FLOOR` at least."""
    return max(2 * len(current), FLOOR)


def cleaned(text: str, cap: int) -> str:
    """A proposal without what LMs put around it (a fence, quotes, "Here is the instruction:"); of one longer than
    `cap` characters the whole sentences that fit. Empty when nothing is left."""
    bare, text = "", text.strip()
    while text != bare:
        bare, text = text, unwrapped(text)
    if len(text) <= cap:
        return text
    ends = [found.end() for found in SENTENCE.finditer(text[: cap + 1]) if found.end() <= cap]
    return text[: ends[-1]].strip() if ends else ""


def unwrapped(text: str) -> str:
    """The text without one layer of what LMs put around it."""
    if (fenced := FENCE.match(text)) is not None:
        return fenced[1].strip()
    if len(text) > 1 and text[0] + text[-1] in QUOTES:
        return text[1:-1].strip()
    return LEAD.sub("", text, count=1).strip()


def leaks(text: str, rows: Iterable[Row], inputs: Sequence[str]) -> bool:
    """Whether a proposal has the whole of some row's input in it: it would be right on that row for a reason that
    helps no other. Short inputs may be there by accident, and do not count."""
    plain = folded(text)
    return any(
        len(value := folded(row.values[name])) >= LEAK and value in plain
        for row in rows
        for name in inputs
        if isinstance(row.values.get(name), str)
    )


def folded(text: object) -> str:
    """The text in lower case, its words one space apart."""
    return " ".join(str(text).casefold().split())


def usable(
    texts: Iterable[object],
    current: str,
    rows: Sequence[Row],
    inputs: Sequence[str],
    known: Iterable[str] = (),
    cap: int | None = None,
) -> list[str]:
    """Of proposals for an instruction (None: a failed one) those that will do, in order, put in order and each once:
    none that is like the current one or like those already `known`, none that repeats a row's input (`inputs` are the
    columns that the module takes). `cap` is how many characters they may have (None: as `cap_of` says)."""
    cap, seen = cap or cap_of(current), {folded(one) for one in (current, *known)}
    found = []
    for text in texts:
        proposal = cleaned(text, cap) if isinstance(text, str) else ""
        if proposal and folded(proposal) not in seen and not leaks(proposal, rows, inputs):
            seen.add(folded(proposal))
            found.append(proposal)
    return found
