"""The prompt of each call as written and as tuned, message by message, as the emitted prompts show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from lmc.analysis.calls import sites
from lmc.backends.markdown import SHOWN, inline, option_lines, reply_lines
from lmc.ir.program import Program
from lmc.prompts import templates
from lmc.report.difference import Kind, Piece, alike, words_changed
from lmc.runtime.prompt import Template


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a prompt under its title; `kind` says whether the other prompt has it too. `pieces` is its text,
    against the other prompt's where it was edited."""

    role: str
    title: str
    text: str
    kind: Kind = "same"
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompts of one call; one is empty where only the other program has the call."""

    address: str
    written: tuple[Message, ...]
    tuned: tuple[Message, ...]

    @property
    def same(self) -> bool:
        """Whether tuning changed nothing."""
        return all(one.kind == "same" for one in (*self.written, *self.tuned))


def prompts_of(written: Program, tuned: Program, module: str) -> tuple[Prompt, ...]:
    """The prompts of the calls of a module, those of the program as written first."""
    before, after = templates(written), templates(tuned)
    ours = [address for address, _ in sites(written, module)]
    theirs = [address for address, _ in sites(tuned, module)]
    return tuple(
        pair(
            address,
            tuple(messages(before[address])) if address in ours and address in before else (),
            tuple(messages(after[address])) if address in theirs and address in after else (),
        )
        for address in dict.fromkeys((*ours, *theirs))
    )


def messages(template: Template) -> Iterator[Message]:
    """The messages of a prompt in order, then what the reply must be, then the options."""
    if "prompt" in template:
        yield Message("prompt", "Prompt", inline(template["prompt"]))
    turns, example = template.get("messages", ()), 0
    for index, turn in enumerate(turns):
        if "history" in turn:
            yield Message("history", "History", f"The turns of {turn['history']}.")
            continue
        if "nearest" in turn:
            yield from pool(turn)
            continue
        role = turn["role"]
        example += role == "user"
        last = role == "system" or index == len(turns) - 1
        yield Message(role, role.capitalize() + ("" if last else f", example {example}"), inline(turn["content"]))
    yield Message("reply", "Reply", "\n".join(reply_lines(template)).replace("\n\n", "\n"))
    if options := option_lines(template):
        yield Message("options", "Options", "\n".join(options))


def pool(turn: dict[str, Any]) -> Iterator[Message]:
    """Demonstrations of which the inputs choose some: how many, and the first few of them."""
    inputs, count = ", ".join(turn["of"]), len(turn["shown"])
    yield Message("pool", "Examples", f"The {turn['nearest']} of {count} that are most like {inputs}.")
    for number, shown in enumerate(turn["shown"][:SHOWN], 1):
        for one in shown:
            yield Message(one["role"], f"{one['role'].capitalize()}, example {number}", inline(one["content"]))


def pair(address: str, before: Sequence[Message], after: Sequence[Message]) -> Prompt:
    """The prompts of a call, what differs in them marked."""
    old, new = ([(one.role, one.text) for one in side] for side in (before, after))
    written, tuned = list(map(whole, before)), list(map(whole, after))
    for tag, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        written[first:last] = [replace(one, kind="gone") for one in written[first:last]]
        for place in range(begin, end):
            others = [one for one in before[first:last] if one.role == after[place].role]
            edited = next((one for one in others if alike(one.text, after[place].text)), None)
            pieces = words_changed(edited.text, after[place].text) if edited else tuned[place].pieces
            tuned[place] = replace(tuned[place], kind="new", pieces=pieces)
    return Prompt(address, tuple(written), tuple(tuned))


def whole(message: Message) -> Message:
    """A message of which nothing was edited."""
    return replace(message, pieces=(Piece("same", message.text),))
