"""TextGrad (Yuksekgonul et al. 2024): what is said of the output is carried back along the data flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmc.analysis.calls import sites
from lmc.analysis.cone import cone
from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean
from lmc.ir.patch import apply_patch
from lmc.ir.program import Program, Settings
from lmc.optimize.bench import Bench
from lmc.optimize.places import sites_with
from lmc.optimize.proposing.proposals import cleaned
from lmc.optimize.reflecting.blame import upstream_first, with_value
from lmc.optimize.reflecting.cases import case_words, given, numbered
from lmc.optimize.reflecting.failures import Example, examples_of
from lmc.optimize.reflecting.reflection import Line, instruction_at

BATCH = 3
LONGEST = 4000
"""Characters of an instruction."""


@dataclass
class TextGrad:
    """TextGrad's prompt optimization. A round: the program runs on three train rows, of a shuffled epoch; the output of
    each run is criticized; along the data flow, backwards, the criticism of a call's output becomes criticism of its
    instruction and of the outputs of the calls that it depends on; then every instruction is written anew from the
    criticism that it got. The new program is kept unless its mean on dev rows is lower than before. All criticism that
    does not wait for other criticism is asked for at the same time."""

    bench: Bench
    patience: int | None = None
    rows: list[Row] = field(default_factory=list)
    number: int = 0
    dev: float | None = None

    def parents(self, pool: Sequence[Line]) -> tuple[int, ...]:
        """What was kept last."""
        if self.dev is None:
            self.dev = mean(self.bench.scores(pool[-1].program, self.bench.dev))
        return (len(pool) - 1,)

    def propose(self, pool: Sequence[Line], parents: tuple[int, ...]) -> list[Line]:
        """The program after one step."""
        program = pool[parents[0]].program
        examples = examples_of(program, self.bench, self.next_rows())
        self.number += 1
        criticism = self.backward(program, examples)
        tunable = [address for address, _ in sites_with(program, self.bench.module, "instruction")]
        found = {address: criticism[address] for address in tunable if criticism.get(address)}
        asks = [
            {"instruction": instruction_at(program, self.bench, address), "criticism": numbered(texts)}
            for address, texts in found.items()
        ]
        said = self.ask("textgrad_step", asks)
        patch = {
            address: Settings(instruction=new)
            for address, ask, text in zip(found, asks, said, strict=True)
            if (new := cleaned(text, LONGEST)) and new != ask["instruction"]
        }
        return [Line(apply_patch(program, patch), parents, f"step on {', '.join(patch)}")] if patch else []

    def accept(self, pool: Sequence[Line], proposed: Sequence[Line]) -> list[Line]:
        """The step, unless it made things worse."""
        (line,) = proposed
        after = mean(self.bench.scores(line.program, self.bench.dev))
        kept = self.dev is None or after >= self.dev
        self.bench.tried(line.program, pool[-1].program, "kept" if kept else "dropped", self.bench.dev, line.origin)
        if not kept:
            return []
        self.dev = after
        return [line]

    def best(self, pool: Sequence[Line]) -> Program:
        """What was kept last."""
        return pool[-1].program

    def next_rows(self) -> list[Row]:
        """The next train rows of a shuffled epoch."""
        size = min(BATCH, len(self.bench.train))
        if len(self.rows) < size:
            rows = list(self.bench.train)
            self.bench.rng(f"reflect/textgrad/{self.number}").shuffle(rows)
            self.rows = rows
        taken, self.rows = self.rows[:size], self.rows[size:]
        return taken

    def backward(self, program: Program, examples: Sequence[Example]) -> dict[str, list[str]]:
        """The criticism that each call's instruction got, each with what the call took and gave."""
        sources = direct_sources(program, self.bench.module)
        of_outputs = self.criticized_ends(program, sources, examples)
        of_instructions: dict[str, list[str]] = {}
        for address in reversed(upstream_first(program, self.bench.module)):
            reached = [number for number in range(len(examples)) if (number, address) in of_outputs]
            asks, targets = [], []
            for number, target, about in self.targets(program, sources, examples, reached, address):
                feedback = "\n".join(of_outputs[number, address])
                case = case_words(program, self.bench, address, examples[number])
                asks.append({"case": case, "feedback": feedback, "part": about})
                targets.append((number, target, case))
            for (number, target, case), said in zip(targets, self.ask("textgrad_backward", asks), strict=True):
                if not said:
                    continue
                if target == address:
                    of_instructions.setdefault(address, []).append(f"{case}\ncriticism: {said}")
                else:
                    of_outputs.setdefault((number, target), []).append(said)
        return of_instructions

    def criticized_ends(
        self, program: Program, sources: Mapping[str, tuple[str, ...]], examples: Sequence[Example]
    ) -> dict[tuple[int, str], list[str]]:
        """The criticism of the outputs that no other call takes, by the number of the example and the call site."""
        used = {one for found in sources.values() for one in found}
        places = [
            (number, address)
            for number, example in enumerate(examples)
            for address in sources
            if address not in used and example.call(address) is not None
        ]
        asks = [{"case": self.scored_case(program, address, examples[number])} for number, address in places]
        said = self.ask("textgrad_loss", asks)
        return {place: [text] for place, text in zip(places, said, strict=True) if text}

    def scored_case(self, program: Program, address: str, example: Example) -> str:
        """What a call took and gave, and the score of the run."""
        return f"{case_words(program, self.bench, address, example)}\nscore: {example.scored.score:g}"

    def targets(
        self,
        program: Program,
        sources: Mapping[str, tuple[str, ...]],
        examples: Sequence[Example],
        reached: Sequence[int],
        address: str,
    ) -> Iterator[tuple[int, str, str]]:
        """What criticism of a call is passed on to: its instruction, and what the calls gave that it depends on. The
        number of the example, the call site, and the text that is criticized."""
        tunable = {one for one, _ in sites_with(program, self.bench.module, "instruction")}
        for number in reached:
            if address in tunable:
                yield number, address, f"the instruction: {instruction_at(program, self.bench, address)}"
            for source in sources[address]:
                call = examples[number].call(source)
                if call is not None and call.outputs:
                    yield number, source, f"what it was given by the step before: {given(call.outputs)}"

    def ask(self, name: str, asks: Sequence[Mapping[str, Any]]) -> list[str]:
        """What a meta-prompt says to each; empty where it failed."""
        found = self.bench.propose(name, asks, self.number * BATCH) if asks else []
        return [str(one).strip() if one is not None else "" for one in found]


def direct_sources(program: Program, module: str) -> dict[str, tuple[str, ...]]:
    """For each call site those whose values it takes or that decide whether it is made, not through other calls, by the
    order of the data flow."""
    order = upstream_first(program, module)
    found: dict[str, tuple[str, ...]] = {}
    for number, address in enumerate(order):
        found[address] = tuple(source for source in order[:number] if depends(program, module, address, source))
    return found


def depends(program: Program, module: str, address: str, source: str) -> bool:
    """Whether a call depends on another when all others are taken out."""
    for other, _ in sites(program, module):
        if other not in (address, source):
            program = with_value(program, other, {})
    return address in cone(program, module, [source])
