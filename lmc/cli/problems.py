"""What the command line says when it is used wrongly or when the machine around it fails."""

from __future__ import annotations

from lmc.diagnostics import Diagnostic


def unknown_code(written: str, meant: str | None) -> Diagnostic:
    """`lmc explain` was asked for a code that does not exist."""
    return Diagnostic(
        "LMP0900",
        f"unknown diagnostic code `{written}`",
        help=f"did you mean `{meant}`?" if meant else "`lmc explain` alone lists every code",
    )


def disk_full(file: str | None) -> Diagnostic:
    """The disk is full."""
    return Diagnostic(
        "LMP0810",
        f"no space left on the disk{_while_writing(file)}",
        notes=("nothing that was finished is lost",),
        help="free some space and run the same command again",
    )


def not_permitted(file: str | None, reason: str) -> Diagnostic:
    """The operating system forbids it."""
    return Diagnostic(
        "LMP0811",
        f"{_named(file)} cannot be used: {reason.lower()}",
        help="give yourself the right to read and write it, or choose another folder",
    )


def system_error(file: str | None, reason: str) -> Diagnostic:
    """Any other error of the operating system."""
    return Diagnostic("LMP0812", f"{_named(file)} cannot be used: {reason.lower()}")


def internal_error(kind: str, where: str, written: str) -> str:
    """A bug of lmc; no diagnostic, for the user made no mistake."""
    return (
        f"internal compiler error: `{kind}` at {where}\n"
        f"  = note: {written}\n"
        "  = help: this is a bug of lmc, not of your program; please report it and attach that file"
    )


def _named(file: str | None) -> str:
    return f"`{file}`" if file else "a file"


def _while_writing(file: str | None) -> str:
    return f" while writing `{file}`" if file else ""
