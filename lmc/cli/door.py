"""The door of every command: exit codes, colour, and nothing leaves as a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Literal, NoReturn, TextIO

import click

from lmc.cli import problems
from lmc.diagnostics import Diagnostic, Failure, Form, render
from lmc.source import SourceFile

FINE, FAILED, USAGE, OUTSIDE, REFUSED, BUG, INTERRUPTED, UNREAD = 0, 1, 2, 3, 4, 70, 130, 141

EXIT_CODES: tuple[tuple[int, str], ...] = (
    (FINE, "fine"),
    (FAILED, "the program, its data or a check failed; diagnostics say how"),
    (USAGE, "the command line was used wrongly"),
    (OUTSIDE, "something outside failed: an LM, the network, the disk"),
    (REFUSED, "the budget is spent, --frozen or --check found what is not fresh, code may not run, labels are missing"),
    (BUG, "a bug of lmc; a file with the traceback was written"),
    (INTERRUPTED, "interrupted with Ctrl-C; the same command goes on where it stopped"),
    (UNREAD, "nobody reads the output any more (`lmc … | head`)"),
)
"""Every exit code and what it means."""

_REFUSED = frozenset({"LMP0501", "LMP0502", "LMP0503", "LMP0575", "LMP0601", "LMP0712"})
"""The codes that end with `REFUSED`."""

_RANGES: tuple[tuple[str, str, int], ...] = (
    ("LMP0540", "LMP0549", OUTSIDE),
    ("LMP0581", "LMP0582", OUTSIDE),
    ("LMP0608", "LMP0608", FAILED),
    ("LMP0600", "LMP0659", OUTSIDE),
    ("LMP0811", "LMP0811", USAGE),
    ("LMP0812", "LMP0812", FAILED),
    ("LMP0800", "LMP0819", OUTSIDE),
    ("LMP0900", "LMP0919", USAGE),
)
"""First code, last code, exit code; the first range that holds a code decides, and codes in none end with `FAILED`."""

ColourChoice = Literal["auto", "always", "never"]


def exit_code(diagnostic: Diagnostic) -> int:
    """The exit code of a command that ends with this diagnostic."""
    if diagnostic.code in _REFUSED:
        return REFUSED
    return next((code for first, last, code in _RANGES if first <= diagnostic.code <= last), FAILED)


def colour_wanted(stream: TextIO, choice: ColourChoice = "auto") -> bool:
    """Whether to colour what goes to `stream`: `--color` decides, then NO_COLOR (no-color.org), then CLICOLOR_FORCE
    (bixense.com/clicolors), then whether it is a terminal that can."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def guarded(
    form: Form = "text", colour: ColourChoice = "auto", sources: Mapping[str, SourceFile] | None = None
) -> Iterator[None]:
    """Runs a command; what goes wrong in it becomes words on standard error and an exit code (`SystemExit`).

    A `Failure` is printed in `form`, with the lines of `sources`, a mapping that may be filled while the command
    runs. Exceptions of click and `SystemExit` pass. Also a decorator: `@guarded()`.
    """
    try:
        yield
        sys.stdout.flush()
    except (click.ClickException, click.exceptions.Exit):
        raise
    except (KeyboardInterrupt, Exception) as error:
        _leave(error, form, colour, sources or {})
    except BaseExceptionGroup as error:
        _leave(error, form, colour, sources or {})


def _leave(error: BaseException, form: Form, colour: ColourChoice, sources: Mapping[str, SourceFile]) -> NoReturn:
    match _cause(error):
        case Failure(diagnostic=diagnostic):
            _print(diagnostic, form, colour, sources)
            raise SystemExit(exit_code(diagnostic)) from None
        case KeyboardInterrupt() | click.Abort():
            with suppress(OSError):
                click.echo("\ninterrupted", err=True)
            _hurry(INTERRUPTED)
            raise SystemExit(INTERRUPTED) from None
        case BrokenPipeError():
            _silence(sys.stdout)
            raise SystemExit(UNREAD) from None
        case OSError(errno=int()) as cause:
            diagnostic = _outside(cause)
            _drain(sys.stdout)
            _print(diagnostic, form, colour, sources)
            raise SystemExit(exit_code(diagnostic)) from None
        case cause:
            from lmc.cli.crash import crash

            with suppress(OSError):
                click.echo(crash(error, cause), err=True)
            raise SystemExit(BUG) from None


def _hurry(code: int) -> None:
    """Ends the process at once where an embedded LM is still at work or in memory, which nothing else can end."""
    local = sys.modules.get("lmc.lm.local")
    if local is None or not local.unfinished():
        return
    for stream in (sys.stdout, sys.stderr):
        _drain(stream)
    os._exit(code)


def _cause(error: BaseException) -> BaseException:
    """What matters most in an exception group: an interruption, then a failure, then a bug, then what is left."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    causes = [_cause(each) for each in error.exceptions]
    for kind in (KeyboardInterrupt, click.Abort, Failure):
        if found := [each for each in causes if isinstance(each, kind)]:
            return found[0]
    bugs = [each for each in causes if not isinstance(each, OSError)]
    return (bugs or causes)[0]


def _print(diagnostic: Diagnostic, form: Form, colour: ColourChoice, sources: Mapping[str, SourceFile]) -> None:
    coloured = colour_wanted(sys.stderr, colour)
    with suppress(OSError):
        click.echo(render((diagnostic,), sources, form, coloured), err=True, nl=False, color=coloured)


def _outside(error: OSError) -> Diagnostic:
    """What to say of an error of the operating system that no one nearer to it explained."""
    file = next(
        (os.fspath(each) for each in (error.filename2, error.filename) if isinstance(each, str | os.PathLike)), None
    )
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return problems.disk_full(file)
    forbidden = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
    return problems.file_unusable(file, error.strerror or type(error).__name__, forbidden)


def _drain(stream: TextIO) -> None:
    """Writes what is buffered; where that cannot be written either, forgets it."""
    try:
        stream.flush()
    except (OSError, ValueError):
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Lets what is still buffered go nowhere, so that the end of the process says nothing of it."""
    with suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
