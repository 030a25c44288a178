"""All that can be found wrong with a program before any LM is called: what `lmc check` and an editor report."""

from __future__ import annotations

from lmc.driver.checks import check_beyond, check_places, check_program
from lmc.driver.load import Loaded
from lmc.driver.metaprompts import own_meta
from lmc.driver.profiles import in_profile, profiles_of
from lmc.passes import simplify


def check_whole(loaded: Loaded) -> None:
    """Adds to the sink of a program what is wrong with it beyond names and types: folders, what is outside, prompts,
    data and metrics. Nothing where it has errors already."""
    if loaded.program is None:
        return
    check_places(loaded.program, loaded.folder, loaded.root, loaded.sink)
    check_beyond(loaded.program, loaded.root, loaded.sink)
    own_meta(loaded)
    program = simplify(loaded.program)
    for profile in profiles_of(program) or ("",):
        check_program(in_profile(program, profile), loaded.root, loaded.sink)
