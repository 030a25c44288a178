"""A project's own meta-prompts: `.lmp` files in the folder `meta` beside the program, each in the place of the one of
lmc that has its name."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure, did_you_mean
from lmc.driver.load import Loaded, read_source
from lmc.ir.digest import digest_of
from lmc.store import write_atomic

FOLDER = "meta"
"""The folder of a program's own meta-prompts, beside it."""


def own_meta(loaded: Loaded) -> dict[str, str]:
    """The sources of the meta-prompts beside a program that tunes something, by name. What is wrong with them goes to
    the sink of what was loaded, for a file that is named like none of lmc's LMP0572; the files go to its sources, so
    that places in them can be shown. Raises Failure for a file that cannot be read."""
    paths = sorted((loaded.folder / FOLDER).glob("*.lmp")) if loaded.program and loaded.program.optimizes else []
    if not paths:
        return {}
    from lmc.optimize.meta import meta_names, read_override

    folder = posixpath.join(posixpath.dirname(next(iter(loaded.sources))), FOLDER)
    found = {}
    for path in paths:
        name, shown = path.name.removesuffix(".lmp"), f"{folder}/{path.name}"
        if name not in meta_names():
            loaded.sink.add(unknown_meta(shown, name, meta_names()))
            continue
        source = loaded.sources[shown] = read_source(path, shown)
        read_override(name, source, loaded.sink)
        found[name] = source.text
    return found


def meta_inputs(overrides: Mapping[str, str]) -> dict[str, str]:
    """The hash of a project's own meta-prompts, on which a tuning depends; nothing where there are none."""
    return {"meta": digest_of(sorted(overrides.items()))} if overrides else {}


def eject(name: str, folder: Path) -> Path:
    """Writes a meta-prompt of lmc to the folder `meta` in a folder, to be changed there; its path. Raises Failure for a
    name that there is not (LMP0572), and where a file is there already (LMP0573)."""
    source = known_source(name)
    path = folder / FOLDER / f"{name}.lmp"
    if path.exists():
        raise Failure(already_there(path, path.read_bytes() == source.encode()))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, source.encode())
    return path


def known_source(name: str) -> str:
    """The source of a meta-prompt as lmc has it. Raises Failure for a name that there is not (LMP0572)."""
    from lmc.optimize.meta import meta_names, meta_source

    if name not in meta_names():
        raise Failure(no_meta(name, meta_names()))
    return meta_source(name)


def unknown_meta(place: str, name: str, known: tuple[str, ...]) -> Diagnostic:
    """LMP0572 for a file."""
    message = f"there is no meta-prompt `{name}` that `{place}` could stand in the place of"
    return Diagnostic("LMP0572", message, help=named(name, known))


def no_meta(name: str, known: tuple[str, ...]) -> Diagnostic:
    """LMP0572 for a name."""
    return Diagnostic("LMP0572", f"there is no meta-prompt `{name}`", help=named(name, known))


def already_there(path: Path, same: bool) -> Diagnostic:
    """LMP0573."""
    state = "as lmc has it" if same else "with changes of its own"
    return Diagnostic("LMP0573", f"`{path.as_posix()}` is there already, {state}", help="delete it to begin anew")


def named(name: str, known: tuple[str, ...]) -> str:
    """Which ones there are."""
    near = did_you_mean(name, known)
    return f"did you mean `{near}`?" if near else f"the meta-prompts are {', '.join(known)}"
