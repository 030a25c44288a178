"""What every optimizer pass is."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.passes.base import Pass

if TYPE_CHECKING:
    from lmc.optimize.bench import Bench


@dataclass(frozen=True, slots=True)
class Work:
    """The most that a pass does, the race against what was there before not counted: `runs` rows on which it runs
    candidates, all added up; `taught` rows on which it runs the teacher; `meta` runs of meta-prompts. `dearer` is how
    many times as many calls as the program a candidate makes in a run, at most."""

    runs: int = 0
    taught: int = 0
    meta: int = 0
    dearer: float = 1.0


class OutOfBudget(Exception):
    """The next step could take more calls than the budget has left; it was not begun."""


class OptimizerPass(Pass):
    """A pass that spends LM calls on its bench to find a better program. It is a frozen dataclass whose fields are its
    options, all with defaults. It need not be sure: what it returns is raced against what it was given."""

    @property
    def asks(self) -> bool:
        """Whether the pass asks for proposals by meta-prompts."""
        return False

    @property
    def margin(self) -> float | None:
        """How much of the score the program that the pass returns may lose, since it is better in another way (shorter,
        cheaper, faster); None: it must win."""
        return None

    @property
    def trusted(self) -> bool:
        """Whether the programs of such a pass are mostly better, so that its race asks less of them (`trusting`)."""
        return False

    def proves(self, program: Program, bench: Bench) -> bool:
        """Whether the pass is going to race all that it finds against the program itself, so that what it returns needs
        no other race, and no calls are kept for one."""
        return False

    @abstractmethod
    def run(self, program: Program, bench: Bench) -> Program:
        """The program that the pass found; the same object when it has nothing to offer. Shows LMs train rows alone."""

    def accepts(self, candidate: Program, program: Program, bench: Bench) -> bool:
        """Whether what the pass returned may take the place of what it was given: by a race on dev rows, those first
        that nothing was chosen by."""
        return bench.race(candidate, program, self.margin, "what the pass gives", self.trusted)

    @abstractmethod
    def most_work(self, program: Program, module: str, roles: Roles) -> Work | None:
        """The most that the pass does to a module of the program on such rows; None when nothing bounds it."""
