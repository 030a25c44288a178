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


def no_type(written: str, reason: str, meant: str | None) -> Diagnostic:
    """`lmc reply` was given something that is no type of the program."""
    return Diagnostic(
        "LMP0904",
        f"`{written}` is no type of the program: {reason}",
        help=f"did you mean `{meant}`?"
        if meant
        else "name a declared type or a signature, or write a type, such as `list[int]`",
    )


def no_json_string(line: int) -> Diagnostic:
    """A line that should hold a reply as a JSON string holds something else."""
    return Diagnostic("LMP0904", f"line {line} of standard input is no JSON string", help="write each reply as one")


def disk_full(file: str | None) -> Diagnostic:
    """The disk is full, and no one nearer to it said so."""
    return Diagnostic(
        "LMP0800",
        f"the disk is full: {_named(file)} was not written",
        help="free some space and run the same command again; nothing that was finished is lost",
    )


def file_unusable(file: str | None, reason: str, forbidden: bool) -> Diagnostic:
    """Any other error of the operating system."""
    return Diagnostic(
        "LMP0810",
        f"{_named(file)} cannot be used: {reason[:1].lower()}{reason[1:]}",
        help="give yourself the right to read and write it, or choose another place" if forbidden else None,
    )


def internal_error(kind: str, where: str, written: str) -> str:
    """A bug of lmc; no diagnostic, for the user made no mistake."""
    return (
        f"internal compiler error: `{kind}` at {where}\n"
        f"  = note: {written}\n"
        "  = help: this is a bug of lmc, not of your program; please report it and attach that file"
    )


def _named(file: str | None) -> str:
    return f"`{file}`" if file else "a file"
