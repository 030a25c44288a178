"""What is said of a project's own meta-prompts."""

from __future__ import annotations

from dataclasses import replace

from lmc.diagnostics import Diagnostic


def meta_wrong(name: str, first: Diagnostic) -> Diagnostic:
    """LMP0570. `first` is the first mistake in it."""
    message = f"the meta-prompt `{name}` is no program: {first.message}"
    return replace(first, code="LMP0570", message=message, primary=None, secondary=(), help=advice(name))


def meta_unfit(name: str, reason: str) -> Diagnostic:
    """LMP0571. `reason` reads on: `it has no module "Main"`."""
    return Diagnostic(
        "LMP0571", f"the meta-prompt `{name}` cannot stand in the place of lmc's: {reason}", help=advice(name)
    )


def advice(name: str) -> str:
    """What to do about it."""
    return f"`lmc meta show {name}` prints the one that lmc has; delete the file to use that"
