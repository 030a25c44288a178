"""What is said of a project's own meta-prompts."""

from __future__ import annotations

from dataclasses import replace

from lmc.diagnostics import Diagnostic, Label
from lmc.source import Span


def meta_wrong(name: str, mistake: Diagnostic) -> Diagnostic:
    """LMP0570 for a mistake in it, at its place; warnings stay as they are."""
    if mistake.severity != "error":
        return mistake
    message = f"the meta-prompt `{name}` is no program: {mistake.message}"
    notes = (*mistake.notes, f"`lmc explain {mistake.code}` has more on it")
    return replace(mistake, code="LMP0570", message=message, notes=notes, help=mistake.help or advice(name))


def meta_unfit(name: str, reason: str, span: Span | None = None) -> Diagnostic:
    """LMP0571. `reason` reads on: `it has no module "Main"`."""
    return Diagnostic(
        "LMP0571",
        f"the meta-prompt `{name}` cannot stand in the place of lmc's: {reason}",
        Label(span) if span else None,
        help=advice(name),
    )


def advice(name: str) -> str:
    """What to do about it."""
    return f"`lmc meta show {name}` prints the one that lmc has; delete the file to use that"
