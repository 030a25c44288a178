"""The door of every command: exit codes, colour, and nothing leaves as a traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NoReturn, TextIO

import click

from lmc.cli import problems
from lmc.diagnostics import Diagnostic, Failure
from lmc.diagnostics.render import Form, render
from lmc.source import SourceFile

FINE, FAILED, USAGE, OUTSIDE, REFUSED, BUG, INTERRUPTED, UNREAD = 0, 1, 2, 3, 4, 70, 130, 141

EXIT_CODES: tuple[tuple[int, str], ...] = (
    (FINE, "fine"),
    (FAILED, "the program, its data or a check failed; diagnostics say how"),
    (USAGE, "the command line was used wrongly"),
    (OUTSIDE, "something outside failed: an LM, the network, the disk"),
    (REFUSED, "the budget is spent, or --frozen or --check found something that is not fresh"),
    (BUG, "a bug of lmc; a file with the traceback was written"),
    (INTERRUPTED, "interrupted with Ctrl-C; the same command goes on where it stopped"),
    (UNREAD, "nobody reads the output any more (`lmc … | head`)"),
)
"""Every exit code and what it means."""

_REFUSED: frozenset[str] = frozenset()
"""The codes that end with `REFUSED`."""

_RANGES: tuple[tuple[str, str, int], ...] = (
    ("LMP0600", "LMP0659", OUTSIDE),
    ("LMP0800", "LMP0819", OUTSIDE),
    ("LMP0900", "LMP0919", USAGE),
)
"""First code, last code, exit code; all other codes end with `FAILED`."""

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
            click.echo("\ninterrupted", err=True)
            raise SystemExit(INTERRUPTED) from None
        case BrokenPipeError():
            _silence(sys.stdout)
            raise SystemExit(UNREAD) from None
        case OSError(errno=int()) as cause:
            diagnostic = _outside(cause)
            _print(diagnostic, form, colour, sources)
            raise SystemExit(exit_code(diagnostic)) from None
        case cause:
            click.echo(_crash(error, cause), err=True)
            raise SystemExit(BUG) from None


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
    click.echo(render((diagnostic,), sources, form, coloured), err=True, nl=False, color=coloured)


def _outside(error: OSError) -> Diagnostic:
    """What to say of an error of the operating system that no one nearer to it explained."""
    file = next((os.fspath(each) for each in (error.filename2, error.filename) if isinstance(each, str | Path)), None)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return problems.disk_full(file)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return problems.not_permitted(file, error.strerror or type(error).__name__)
        case _:
            return problems.system_error(file, error.strerror or type(error).__name__)


def _silence(stream: TextIO) -> None:
    """Lets what is still buffered for a closed pipe go nowhere, so that the end of the process says nothing of it."""
    with suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)


def _crash(error: BaseException, cause: BaseException) -> str:
    """Writes the traceback to a file under `LMC_HOME`; what to print."""
    frames = traceback.extract_tb(cause.__traceback__)
    inside = [frame for frame in frames if f"{os.sep}lmc{os.sep}" in frame.filename] or list(frames)
    where = (
        f"{_short(inside[-1].filename)}:{inside[-1].lineno} in `{inside[-1].name}`" if inside else "an unknown place"
    )
    text = _without_secrets("".join(traceback.format_exception(error)))
    path = _write_crash(text)
    written = f"the traceback is in {path}" if path else "the traceback could not be written"
    return problems.internal_error(type(cause).__name__, where, written)


def _short(filename: str) -> str:
    """The path from the package folder on."""
    parts = Path(filename).parts
    found = [index for index, part in enumerate(parts) if part == "lmc"]
    return "/".join(parts[found[-1] :]) if found else parts[-1]


def _without_secrets(text: str) -> str:
    """The text without the value of any environment variable that may hold a secret."""
    for name, value in os.environ.items():
        if len(value) >= 8 and any(word in name.upper() for word in ("KEY", "TOKEN", "SECRET", "PASSWORD")):
            text = text.replace(value, f"${name}")
    return text


def _write_crash(text: str) -> Path | None:
    from datetime import datetime

    from platformdirs import user_cache_path

    home = Path(os.environ.get("LMC_HOME") or user_cache_path("lmc", appauthor=False))
    path = home / f"crash-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    try:
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path
