"""What every pass is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from lmc.ir.program import Program


class Pass(ABC):
    """A rewrite of programs: a small frozen dataclass, its fields its options. An unchanged program is returned as
    the same object."""

    name: ClassVar[str]

    @abstractmethod
    def run(self, program: Program, bench: Any) -> Program:
        """The rewritten program. An exact pass keeps what every run gives and needs no bench; an optimizer pass
        spends LM calls on its bench to find a better program, and need not be sure: what it returns is raced against
        what it was given."""
