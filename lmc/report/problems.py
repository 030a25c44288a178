"""What exports say when they cannot be made."""

from __future__ import annotations

from lmc.diagnostics import Diagnostic


def no_record(name: str) -> Diagnostic:
    """There is a lock, but this machine has no record of the tuning to export."""
    return Diagnostic(
        "LMP0580",
        f"this machine has no record of the tuning of `{name}`",
        help="export where it was tuned, or run `lmc build --retune`: cached replies are not asked for again",
    )


def not_installed(package: str, extra: str) -> Diagnostic:
    """A package that an export needs is not there."""
    return Diagnostic("LMP0581", f"{package} is not installed", help=f"pip install 'lmc[{extra}]'")


def export_failed(target: str, reason: str) -> Diagnostic:
    """What an export goes to does not take it."""
    return Diagnostic(
        "LMP0582",
        f"nothing could be exported to `{target}`: {reason}",
        help="look at the address, and whether what is there is running and may be written to",
    )
