"""What is said of files, disks, journals and caches that fail."""

from __future__ import annotations

import errno
from pathlib import Path

from lmc.diagnostics import Diagnostic

_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def cannot_write(path: Path, error: OSError) -> Diagnostic:
    """A file that cannot be written: a full disk, a read-only one, a folder that is none."""
    if error.errno in _FULL:
        return Diagnostic(
            "LMP0800",
            f"the disk is full: `{path}` was not written",
            notes=("what stood there before is as it was",),
            help="free some space and run the same command again; nothing that was finished is lost",
        )
    return Diagnostic(
        "LMP0801",
        f"cannot write `{path}`: {_reason(error)}",
        help="make the folder writable, or set LMC_HOME if it is the one for models, cache and journals",
    )


def cannot_read(path: Path, error: OSError) -> Diagnostic:
    """A file that is there and cannot be read, or is missing where it was expected."""
    return Diagnostic("LMP0802", f"cannot read `{path}`: {_reason(error)}", help="check its name and its permissions")


def journal_in_use(path: Path, holder: int | None) -> Diagnostic:
    """Another process has the journal open."""
    who = f"process {holder}" if holder else "another process"
    return Diagnostic(
        "LMP0540",
        f"another build of this program is running: {who} holds `{path}`",
        help="wait until it has ended, or stop it; what it has done is kept and used",
    )


def journal_line_unreadable(path: Path, line: int) -> Diagnostic:
    """A line in the middle of a journal that is no JSON object."""
    return Diagnostic(
        "LMP0543",
        f"line {line} of the journal `{path}` cannot be read and is passed over",
        help="the calls that it recorded will be made again; delete the file to start afresh",
        severity="warning",
    )


def _reason(error: OSError) -> str:
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
