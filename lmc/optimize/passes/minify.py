"""Shorter prompts that are no worse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from lmc.analysis.calls import sites
from lmc.evaluate.race import rows_needed
from lmc.evaluate.rows import Roles
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Predict, Program, Settings
from lmc.ir.walk import slots
from lmc.optimize.base import OptimizerPass, Work
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.proposals import instruction_of
from lmc.optimize.sectioning.section_operators import keeps_holes
from lmc.optimize.sectioning.sections import chapter, sections_of, text_of, without
from lmc.prompts import templates
from lmc.prompts.size import template_characters

TOGETHER = 8
"""Candidates that are raced at the same time."""

Piece: TypeAlias = tuple[str, str, int]
"""What can be taken out: the address of a call site, `section` or `demo`, and which one."""

KINDS = {"section": "section", "demo": "demonstration"}
"""The kinds of pieces, each with its name in words."""


@dataclass(frozen=True)
class Minify(OptimizerPass):
    """Takes sections out of instructions, and demonstrations, as long as the program is not shown to be worse than it
    was by more than `margin` of the score. First halves of all that can go, the longest first, then smaller groups down
    to single ones (`mode: "ddmin"`: delta debugging, Zeller and Hildebrandt 2002), or single ones at once
    (`mode: "greedy"`). At most `races` are held, of eight groups each, all against the program that the pass was given,
    so that small losses do not add up. Asks no LM for anything."""

    name: ClassVar[str] = "minify"
    mode: Literal["ddmin", "greedy"] = "ddmin"
    margin: Annotated[float, Field(ge=0.001, le=1.0)] = 0.02
    races: Annotated[int, Field(ge=1, le=1000)] = 24

    def run(self, program: Program, bench: Bench) -> Program:
        """The shortest program that was found."""
        left = ranked(program, bench.module)
        if not left:
            bench.listen("skip", reason="no prompt has a section or a demonstration that could go")
            return program
        needed = rows_needed(bench.rule(), self.margin)
        if len(bench.dev) < needed:
            bench.listen("skip", reason=f"fewer than {needed} dev rows cannot show that nothing is lost")
            return program
        gone: list[Piece] = []
        groups, start = len(left) if self.mode == "greedy" else min(2, len(left)), 0
        for _ in range(self.races):
            batch = chunks(left, groups)[start : start + TOGETHER] if left else []
            if not batch and groups >= len(left):
                break
            if not batch:
                groups, start = min(2 * groups, len(left)), 0
                continue
            found = self.smaller(program, bench, gone, batch, needed)
            if found is None:
                bench.listen("skip", reason="the budget has no room for more")
                break
            gone, left = [*gone, *found], [one for one in left if one not in found]
            groups, start = (max(1, min(max(groups - 1, 2), len(left))), 0) if found else (groups, start + TOGETHER)
        if not gone:
            return program
        shorter = removed(program, gone)
        tokens, before = tokens_of(shorter, bench.module), tokens_of(program, bench.module)
        bench.listen("note", reason=f"prompts of about {tokens} tokens, where there were {before}")
        return shorter

    def smaller(
        self, program: Program, bench: Bench, gone: Sequence[Piece], groups: Sequence[Sequence[Piece]], needed: int
    ) -> list[Piece] | None:
        """The group that can go besides what is gone, that of the best score, of equals the longest; none: empty. All
        are raced at the same time. None when the budget has no room to find out."""
        batch = [(group, removed(program, [*gone, *group])) for group in groups]
        batch = [(group, one) for group, one in batch if one != removed(program, gone)]
        if needed * (len(batch) + 1) * bench.run_calls(program) > bench.left():
            return None
        origins = [f"without {words_of([*gone, *group])}" for group, _ in batch]
        winner = bench.races([one for _, one in batch], program, self.margin, origins) if batch else None
        return [] if winner is None else list(next(group for group, one in batch if one is winner))

    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """So many races of so many candidates, since passes before may add demonstrations."""
        return Work(runs=(self.races * TOGETHER + 1) * len(roles.dev))


def ranked(program: Program, module: str) -> list[Piece]:
    """All that can be taken out of prompts, the longest first. Headings are not among it: one goes with the last
    section under it. Nor are sections with a hole, the last section of an instruction, and demonstrations that are
    chosen by the inputs."""
    sizes: dict[Piece, int] = {}
    for address, predict in sites_with(program, module, "instruction"):
        sections = sections_of(instruction_of(program, predict))
        for index, one in enumerate(sections):
            if one.kind != "heading" and len(sections) > 1 and keeps_holes(one.text, ""):
                sizes[address, "section", index] = len(one.text)
    for address, predict in sites_with(program, module, "demos"):
        if predict.settings.nearest is None:
            for index, demo in enumerate(demos_of(program, predict)):
                sizes[address, "demo", index] = demo_size(demo)
    return sorted(sizes, key=lambda one: -sizes[one])


def demo_size(demo: Demo) -> int:
    """About how many characters a demonstration takes."""
    return sum(len(str(value)) for _, value in (*demo.inputs, *demo.outputs))


def chunks(pieces: Sequence[Piece], count: int) -> list[list[Piece]]:
    """The pieces in so many groups of about one size, in order."""
    bounds = [round(len(pieces) * number / count) for number in range(count + 1)]
    return [list(pieces[start:end]) for start, end in pairwise(bounds) if start < end]


def removed(program: Program, pieces: Collection[Piece]) -> Program:
    """The program without some pieces. An instruction keeps its first section where all are to go."""
    places = dict(slots(program))
    patch = {}
    for address in dict.fromkeys(address for address, _, _ in pieces):
        predict = places[address]
        assert isinstance(predict, Predict)
        gone = {kind: {index for one, what, index in pieces if (one, what) == (address, kind)} for kind in KINDS}
        patch[address] = Settings(
            instruction=shorter_text(instruction_of(program, predict), gone["section"]) if gone["section"] else None,
            demos=tuple(demo for index, demo in enumerate(demos_of(program, predict)) if index not in gone["demo"])
            if gone["demo"]
            else None,
        )
    return apply_patch(program, patch) if patch else program


def shorter_text(text: str, gone: Collection[int]) -> str:
    """An instruction without some of its sections, and without the headings of which nothing is left."""
    sections = sections_of(text)
    said = [index for index, one in enumerate(sections) if one.kind != "heading"]
    out = set(gone) if set(said) - set(gone) else set(gone) - {said[0]}
    for index, one in enumerate(sections):
        under = set(chapter(sections, index)) & set(said) if one.kind == "heading" else set()
        if under and under <= out:
            out.add(index)
    return text_of(without(sections, out)).strip()


def tokens_of(program: Program, module: str) -> int:
    """About how many tokens the prompts of all calls take, without the inputs."""
    found = templates(program)
    return sum(template_characters(found[one]) // 4 for one, _ in sites(program, module) if one in found)


def words_of(pieces: Sequence[Piece]) -> str:
    """What is taken out, in words: `3 sections and 1 demonstration`."""
    counts = [(name, sum(kind == what for _, kind, _ in pieces)) for what, name in KINDS.items()]
    return " and ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in counts if count)
