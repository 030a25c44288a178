"""Exact rewrites: the program gives the same values, for fewer or earlier calls."""

from lmc.ir.program import Program
from lmc.ir.verify import verify
from lmc.passes.base import Pass
from lmc.passes.prefix import Prefix
from lmc.passes.prune import Prune
from lmc.passes.schedule import Schedule
from lmc.passes.share import Share

EXACT: tuple[Pass, ...] = (Share(), Prune(), Prefix(), Schedule())
"""The exact passes, in the order in which they run."""


def simplify(program: Program) -> Program:
    """The program after all exact passes, verified after each."""
    for one in EXACT:
        after = one.run(program, None)
        if after is not program:
            verify(after)
        program = after
    return program


__all__ = ["EXACT", "Pass", "simplify"]
