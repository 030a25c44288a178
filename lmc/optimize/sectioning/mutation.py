"""Changes of one call's prompt by operators on its sections, its demonstrations and its layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias, get_args

from lmc.analysis.calls import lm_of, named_types
from lmc.ir.patch import apply_patch
from lmc.ir.program import Predict, Program, Settings
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.places import Place, sites_with
from lmc.optimize.proposing.grounding import cut, drawn, examples_of, examples_text
from lmc.optimize.proposing.proposals import cap_of, cleaned, instruction_of, leaks
from lmc.optimize.sectioning.section_operators import (
    FREE,
    AskName,
    FreeName,
    ask_words,
    asked_part,
    freely,
    part_text,
    put_in,
)
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.prompts.layout import candidate_layouts, default_layout, label_of
from lmc.prompts.profile import profile_of
from lmc.prompts.words import value_words

PlaceName: TypeAlias = Literal["fewer_demos", "no_demos", "layout", "fields"]
OperatorName: TypeAlias = FreeName | AskName | PlaceName

ASKING: tuple[AskName, ...] = get_args(AskName)
OPERATORS: tuple[OperatorName, ...] = (*get_args(FreeName), *get_args(PlaceName), *ASKING)
FEWER = 0.8
"""The part of its demonstrations that a call keeps (SAMMO's DecreaseInContextExamples)."""

SHOWN = 5
"""Examples from which an instruction is induced."""

WIDTH = 1000
"""Characters of a part that an LM is asked to change."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A program that an operator made of another."""

    operator: OperatorName
    program: Program


@dataclass(frozen=True, slots=True)
class Draft:
    """An operator that waits for an LM: to put what it says in the place of a part of an instruction."""

    operator: AskName
    parent: Program
    address: str
    part: range
    how: str
    text: str


def places_of(program: Program, module: str, operator: OperatorName) -> tuple[tuple[str, Predict], ...]:
    """The call sites that an operator may change."""
    place: Place = "instruction"
    if operator in ("fewer_demos", "no_demos"):
        place = "demos"
    elif operator == "layout":
        place = "layout"
    return sites_with(program, module, place)


def drafted(
    program: Program, bench: Bench, operator: OperatorName, rng: Random, whole: bool = False
) -> Mutation | Draft | None:
    """What an operator makes of the program at a random call site, or what there is to ask an LM for it. `whole`: an
    LM is asked to change whole instructions only. None where it can be applied nowhere or changes nothing."""
    places = places_of(program, bench.module, operator)
    if not places:
        return None
    address, predict = rng.choice(places)
    text = instruction_of(program, predict)
    match operator:
        case "rewrite" | "shorten" | "paraphrase" | "short_bullets" | "induce":
            return draft(program, bench, operator, address, rng, whole)
        case "fewer_demos" | "no_demos":
            settings = with_fewer(program, predict, operator, rng)
        case "layout":
            settings = in_other_layout(program, address, predict, rng)
        case "fields":
            settings = Settings(instruction=f"{text}\n\n{field_lines(program, predict)}")
            settings = None if field_lines(program, predict) in text else settings
        case _:
            assert operator in FREE
            changed = freely(operator, text, rng)
            settings = None if changed is None else Settings(instruction=changed)
    return None if settings is None else Mutation(operator, apply_patch(program, {address: settings}))


def draft(program: Program, bench: Bench, operator: AskName, address: str, rng: Random, whole: bool) -> Draft | None:
    """What there is to ask an LM."""
    predict = dict(places_of(program, bench.module, operator))[address]
    text = instruction_of(program, predict)
    part = range(len(text)) if whole or operator == "induce" else asked_part(text, rng)
    if operator == "induce":
        shown = drawn(examples_of(program, bench, address), SHOWN, bench, f"induce/{rng.random()}")
        if not shown:
            return None
        return Draft(operator, program, address, part, ask_words(operator, ""), examples_text(program, predict, shown))
    chosen = part_text(text, part)
    return None if len(chosen) > WIDTH else Draft(operator, program, address, part, ask_words(operator, chosen), chosen)


def answered(drafts: Sequence[Draft], bench: Bench) -> list[Mutation | None]:
    """What becomes of drafts, all asked at the same time; None where the LM said nothing that will do. Raises
    OutOfBudget when there is no room for all of them."""
    asks = [{"how": one.how, "text": one.text} for one in drafts]
    said = bench.propose("structure_change", asks) if asks else []
    return [finished(one, bench, text) for one, text in zip(drafts, said, strict=True)]


def finished(one: Draft, bench: Bench, said: object) -> Mutation | None:
    """The program with what an LM said; None where that will not do."""
    predict = dict(places_of(one.parent, bench.module, one.operator))[one.address]
    text = instruction_of(one.parent, predict)
    proposal = cleaned(said, cap_of(text)) if isinstance(said, str) else ""
    changed = put_in(text, one.part, proposal) if proposal else None
    inputs = [param.name for param in one.parent.module(bench.module).params]
    if changed is None or leaks(changed, bench.train, inputs):
        return None
    return Mutation(one.operator, apply_patch(one.parent, {one.address: Settings(instruction=changed)}))


def with_fewer(program: Program, predict: Predict, operator: OperatorName, rng: Random) -> Settings | None:
    """A call with a part of its demonstrations, or with none."""
    demos = demos_of(program, predict)
    if not demos:
        return None
    if operator == "no_demos":
        return Settings(demos=())
    kept = sorted(rng.sample(range(len(demos)), max(1, int(len(demos) * FEWER))))
    return Settings(demos=tuple(demos[one] for one in kept)) if len(kept) < len(demos) else None


def in_other_layout(program: Program, address: str, predict: Predict, rng: Random) -> Settings | None:
    """A call in another layout that its types and its LM allow."""
    lm = lm_of(program, address.rpartition(".")[0], predict)
    if lm is None:
        return None
    named, profile = named_types(program), profile_of(lm)
    outputs = outputs_of(program.signature(predict.signature), strategy_of(predict))
    current = predict.settings.layout or default_layout(outputs, named, profile)
    others = [one for one in candidate_layouts(outputs, named, profile, wide=True) if one != current]
    return Settings(layout=rng.choice(others)) if others else None


def field_lines(program: Program, predict: Predict) -> str:
    """What a call takes and gives, as a list."""
    signature, named = program.signature(predict.signature), named_types(program)
    lines = []
    for kind, fields in (("Given", signature.inputs), ("Wanted", outputs_of(signature, strategy_of(predict)))):
        for one in fields:
            told = one.description or value_words(one.type, named) or "text"
            lines.append(f"- {kind}: {label_of(one).lower()}, {cut(told)}")
    return "\n".join(lines)
