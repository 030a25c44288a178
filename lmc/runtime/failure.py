"""How a run fails, and the words for it, which a program may read."""

from __future__ import annotations

from lmc.runtime.tool import ToolError
from lmc.runtime.value import ReplyError


class AssertionFailed(AssertionError):
    """An assertion of the program does not hold, after all its retries; the message is the assertion's own."""


class TooDeep(RecursionError):
    """A module calls itself deeper than it says that it does."""


class CallError(RuntimeError):
    """The server could not be reached or did not answer with a reply."""


class Misuse(TypeError):
    """A run was given what it cannot use. The mistake is the caller's, so no program catches it."""


def is_own(error: BaseException) -> bool:
    """Whether an error is the run's own, so that a program may go on in another way: a reply that does not fit, an
    assertion, a function outside the program, a value that an expression does not have."""
    import re

    own = (ReplyError, AssertionFailed, TooDeep, ToolError)
    no_value = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
    return isinstance(error, own + no_value) and not isinstance(error, Misuse)


def failure_text(error: BaseException) -> str:
    """What a program reads of a failure: the same words in the interpreter and in emitted code."""
    import re

    match error:
        case ReplyError() | AssertionFailed() | TooDeep() | ToolError():
            return str(error)
        case ZeroDivisionError():
            return "division by zero"
        case IndexError():
            return "there is no item at this index"
        case KeyError():
            return f"there is no field `{error.args[0]}`" if error.args else "there is no such field"
        case re.error():
            return f"`{error.pattern!s}` is not a regular expression"
        case AttributeError() | TypeError():
            return "a value is not of the type that is needed here"
    return str(error)


def tool_error(error: Exception) -> Exception:
    """The error of a run in which a function outside the program raised one. One that says that already, and that of
    an LM that the function asked, stay themselves."""
    if isinstance(error, ToolError | CallError):
        return error
    said, kind = str(error), type(error).__name__
    return ToolError(f"{kind}: {said}" if said else kind)
