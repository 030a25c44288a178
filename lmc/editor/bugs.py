"""What is said of a bug of ours: one line, and no traceback."""

from __future__ import annotations


def described(error: Exception) -> str:
    """An exception in one line, with the place in our code that it comes from."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place, trace = f" at {code.co_filename.rpartition('lmc/')[2]}:{trace.tb_lineno}", trace.tb_next
    return f"{type(error).__name__}: {error}{place}"
