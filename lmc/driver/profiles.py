"""Profiles: several tunings of one module, each with its own result."""

from __future__ import annotations

from dataclasses import replace

from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.ir.program import Optimize, Program


def in_profile(program: Program, profile: str) -> Program:
    """The program as one profile sees it: its own `optimize` blocks, and for modules that it has none for, those
    without a profile. Raises Failure (LMP0907) for a profile that there is not."""
    known = profiles_of(program)
    if profile and profile not in known:
        raise Failure(problems.unknown_profile(profile, [one for one in known if one]))
    own = {one.module for one in program.optimizes if one.profile == profile}
    kept = tuple(
        one for one in program.optimizes if one.profile == profile or (not one.profile and one.module not in own)
    )
    return program if kept == program.optimizes else replace(program, optimizes=kept)


def profiles_of(program: Program) -> tuple[str, ...]:
    """The profiles that modules are tuned for, the one without a name first, then in source order."""
    return tuple(dict.fromkeys(sorted((one.profile for one in program.optimizes), key=bool)))


def tuning_name(optimize: Optimize) -> str:
    """A tuning by the name of its module, and of its profile where it has one."""
    return f"{optimize.module} for {optimize.profile}" if optimize.profile else optimize.module
