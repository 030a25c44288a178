"""Content addresses of programs."""

from __future__ import annotations

import hashlib

from lmc.ir.program import Program


def digest_of(*values: object) -> str:
    """SHA-256 (hex) of values whose `repr` says all of them, as that of every program value does: spans, which
    equality leaves out, are left out of it too."""
    return hashlib.sha256("\n".join(map(repr, values)).encode()).hexdigest()


def behaviour_digest(program: Program, modules: tuple[str, ...]) -> str:
    """The address of what a run of the modules does: their bodies, and the signatures, types and LMs that these may
    use."""
    bodies = [program.module(name) for name in modules]
    return digest_of(bodies, program.signatures, program.types, program.lms)
