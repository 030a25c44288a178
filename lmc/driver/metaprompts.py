"""A project's own meta-prompts: `.lmp` files in the folder `meta` beside the program, each in the place of the one of
lmc that has its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure, did_you_mean
from lmc.driver.load import read_source
from lmc.ir.digest import digest_of

FOLDER = "meta"
"""The folder of a program's own meta-prompts, beside it."""


def own_meta(folder: Path) -> dict[str, str]:
    """The sources of the meta-prompts in a program's folder, by name. Raises Failure for a file that cannot be read,
    and (LMP0572) for one that is named like none of lmc's."""
    paths = sorted((folder / FOLDER).glob("*.lmp"))
    if not paths:
        return {}
    from lmc.optimize.meta import meta_names

    found = {}
    for path in paths:
        name = path.name.removesuffix(".lmp")
        if name not in meta_names():
            raise Failure(unknown_meta(f"{FOLDER}/{path.name}", name, meta_names()))
        found[name] = read_source(path, f"{FOLDER}/{path.name}").text
    return found


def meta_inputs(overrides: Mapping[str, str]) -> dict[str, str]:
    """The hash of a project's own meta-prompts, on which a tuning depends; nothing where there are none."""
    return {"meta": digest_of(sorted(overrides.items()))} if overrides else {}


def unknown_meta(place: str, name: str, known: tuple[str, ...]) -> Diagnostic:
    """LMP0572."""
    near = did_you_mean(name, known)
    help = f"did you mean `{near}`?" if near else f"the meta-prompts are {', '.join(known)}"
    return Diagnostic(
        "LMP0572", f"there is no meta-prompt `{name}` that `{place}` could stand in the place of", help=help
    )
