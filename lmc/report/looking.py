"""One look at a program while it is being written: what is wrong with it, what its prompts are, what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lmc.backends.prompts import Prompts
from lmc.diagnostics import Diagnostic, Failure, Sink
from lmc.driver.build import Build, Options
from lmc.driver.load import Loaded, load
from lmc.driver.outputs import write_outputs
from lmc.driver.profiles import in_profile
from lmc.driver.tuned import tuned_program
from lmc.ir.program import Program
from lmc.prompts import templates
from lmc.report.sides import sections
from lmc.source import SourceFile

DUE = ("LMP0501", "LMP0502")
"""What only tuning can set right."""


Rendered = dict[str, dict[str, str]]
"""The parts of calls by title, by the call's address."""


@dataclass
class Look:
    """What was seen of a program. `prompts` has the parts of each call by title, as it runs, and `plain` as it is
    written; None where the program has errors. `due` says what a build would have to tune; `written` are the files that
    were written."""

    file: Path
    sources: dict[str, SourceFile] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    prompts: Rendered | None = None
    plain: Rendered = field(default_factory=dict)
    due: list[Diagnostic] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return any(one.severity == "error" for one in self.diagnostics)


def look(file: Path, write: bool, pages: Path | None = None) -> Look:
    """Checks a program and renders its prompts. `write`: writes its outputs anew where the lock is fresh, which costs
    nothing; the lock itself is never written. `pages`: a folder for the prompts as they are now, fresh or not."""
    found = Look(file)
    try:
        loaded = load(file)
        found.sources = loaded.sources
        if loaded.program is not None:
            examine(loaded, found, write, pages)
        found.diagnostics[:0] = loaded.sink.diagnostics
    except Failure as failure:
        found.diagnostics.append(failure.diagnostic)
    return found


def examine(loaded: Loaded, found: Look, write: bool, pages: Path | None) -> None:
    """Fills in what is seen of a program that could be read."""

    def hear(event: str, **details: Any) -> None:
        if event == "warning":
            found.diagnostics.append(details["diagnostic"])

    build = Build(loaded, Options(frozen=True, keep_lock=True, check=not write), hear)
    try:
        for report in build.run():
            found.written = report.written if write else []
    except Failure as failure:
        (found.due if failure.diagnostic.code in DUE else found.diagnostics).append(failure.diagnostic)
    if loaded.sink.failed:
        return
    files: dict[PurePosixPath, bytes] = {}
    prompts: Rendered = {}
    for profile in build.profiles():
        program, _ = tuned_program(loaded, profile)
        suffix = f" for {profile}" if profile else ""
        prompts |= {f"{address}{suffix}": one for address, one in rendered(program).items()}
        written = in_profile(build.written, profile)
        found.plain |= {f"{address}{suffix}": one for address, one in rendered(written).items()}
        if pages is not None:
            for path, data in Prompts().emit(program, loaded.path.name, Sink()).items():
                files[PurePosixPath(loaded.path.stem, profile, path.name)] = data
    found.prompts = prompts
    if pages is not None:
        folder = pages.resolve()
        touched = write_outputs(folder, loaded.path.name, files, [loaded.path.stem])
        found.written = [*found.written, *((pages / one).as_posix() for one in touched)]


def rendered(program: Program) -> Rendered:
    """What each call is made of."""
    return {address: sections(template, program) for address, template in templates(program).items()}
