"""The interpreter: runs modules, independent calls at the same time, and leaves a trace of every call."""

from lmc.execute.interpreter import Interpreter, Outcome
from lmc.execute.trace import Call

__all__ = ["Call", "Interpreter", "Outcome"]
