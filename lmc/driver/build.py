"""`lmc build`: tune what is stale, write the lock, emit.

What only tuning needs, and the lock's form, are imported where they are used: loading them would be much of a build
that tunes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lmc import __version__
from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.driver.checks import check_beyond, check_places, check_program
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.labels import LabelFile, label_file, label_inputs
from lmc.driver.load import Loaded, lock_path
from lmc.driver.metaprompts import meta_inputs, own_meta
from lmc.driver.outputs import changes, emitted, write_outputs
from lmc.driver.profiles import in_profile, profiles_of, tuning_name
from lmc.evaluate.rows import Roles
from lmc.ir.digest import digest_of
from lmc.ir.program import Optimize, Program
from lmc.passes import simplify
from lmc.store import Journal, journals_folder

if TYPE_CHECKING:
    from lmc.driver.lms import Open
    from lmc.driver.lock import Lock, ModuleEntry, ScoreEntry

Listen = Callable[..., None]

Entries = dict[tuple[str, str], "ModuleEntry"]
"""What the lock says of tunings, by profile and module."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to build. `frozen`: fail instead of tuning. `check`: write nothing, compare. `retune`: tune again from the
    program as written. `seed`: instead of those in the source. `profile`: this one alone; None: all. `allowed`: code
    of the program's author may run. `assertions`: False switches them off, whatever the source says. `keep_lock`:
    leave the lock as it is, also where it holds what the program does not tune any more."""

    frozen: bool = False
    check: bool = False
    retune: bool = False
    seed: int | None = None
    profile: str | None = None
    allowed: bool = False
    assertions: bool = True
    keep_lock: bool = False


@dataclass
class Report:
    """What a build did, for one module (`module` is empty when the program tunes nothing)."""

    program: str
    module: str = ""
    profile: str = ""
    baseline: ScoreEntry | None = None
    tuned: ScoreEntry | None = None
    difference: ScoreEntry | None = None
    crossfit: ScoreEntry | None = None
    sealed: bool = True
    served_calls: int = 0
    cached_calls: int = 0
    tokens: int = 0
    dollars: float = 0.0
    seconds: float = 0.0
    passes: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    fresh: bool = True


class Build:
    """One build of one program. `listen(event, **details)` is told what happens; `open_it` opens LMs (tests give a
    scripted one)."""

    def __init__(self, loaded: Loaded, options: Options, listen: Listen, open_it: Open | None = None) -> None:
        if loaded.program is None:
            raise ValueError("the program has errors")
        self.loaded = loaded
        self.options = options
        self.listen = listen
        self.open_it = open_it
        self.written = with_assertions(with_seed(simplify(loaded.program), options.seed), options.assertions)
        self.path = lock_path(loaded.path)
        self.journals: list[Journal] = []
        self.overrides: dict[str, str] = {}

    def run(self) -> list[Report]:
        """Builds. Raises Failure with what went wrong; diagnostics of the check are in the loaded sink."""
        try:
            reports = self.build()
            for journal in self.journals:  # only now: until the lock is written, a next run goes on from the journal
                journal.append({"event": "done"})
            return reports
        finally:
            for journal in self.journals:
                journal.close()

    def build(self) -> list[Report]:
        """Checks, tunes what is stale, writes."""
        check_places(self.written, self.loaded.folder, self.loaded.root, self.loaded.sink)
        check_beyond(self.written, self.loaded.root, self.loaded.sink)
        self.overrides = own_meta(self.loaded)
        views = {name: in_profile(self.written, name) for name in self.profiles()}
        rows: dict[str, dict[str, Roles]] = {}
        for name, view in views.items():
            rows[name] = check_program(view, self.loaded.root, self.loaded.sink)
        if self.loaded.sink.failed:
            return []
        programs, reports = dict(views), []
        entries = self.held()
        for name, view in views.items() if self.written.optimizes else ():
            programs[name], more = self.tuned(view, name, rows[name], entries)
            reports += more
        files, written = self.finish(programs, entries)
        reports = reports or [Report(self.written.name)]
        for report in reports:
            report.files, report.written = files, written
        return reports

    def profiles(self) -> tuple[str, ...]:
        """The profiles that are built: the one that is asked for, else all that are tuned or emitted, the one without
        a name first."""
        if self.options.profile is not None:
            return (self.options.profile,)
        emitted = (one.profile for one in self.written.emits)
        return tuple(dict.fromkeys(sorted((*profiles_of(self.written), *emitted), key=bool))) or ("",)

    def held(self) -> Entries:
        """What the lock holds of what the program still tunes, by profile and module."""
        lock = self.lock() if self.written.optimizes else None
        found: Entries = {}
        for one in self.written.optimizes:
            entry = None if lock is None else lock.entries(one.profile).get(one.module)
            if entry is not None:
                found[one.profile, one.module] = entry
        return found

    def tuned(
        self, view: Program, profile: str, rows: dict[str, Roles], entries: Entries
    ) -> tuple[Program, list[Report]]:
        """The program of a profile with the values of the lock, after tuning what is stale. Adds to `entries`."""
        program, reports = view, []
        for optimize in view.optimizes:
            key = optimize.profile, optimize.module
            entry = entries.get(key)
            if optimize.profile != profile:  # what another profile has tuned already
                program = program if entry is None else with_entry_of(program, entry)
                continue
            inputs = tuning_inputs(view, optimize, self.loaded.root) | meta_inputs(self.overrides)
            inputs |= label_inputs(self.loaded.folder, self.written.name, optimize)
            changed = stale(entry.inputs, inputs) if entry else ()
            report = Report(self.written.name, optimize.module, profile)
            if entry is None or changed or self.options.retune:
                self.refuse_if_frozen(optimize, entry is None, changed)
                entry = entries[key] = self.tune(program, optimize, inputs, rows[optimize.module], report)
            reports.append(filled(report, entry))
            program = with_entry_of(program, entry)
        return program, reports

    def lock(self) -> Lock | None:
        """The lock as it is; one that cannot be read stops the build, unless everything is tuned again anyway."""
        from lmc.driver.lock import read_lock

        try:
            return read_lock(self.path)
        except Failure as failure:
            if not self.options.retune:
                raise
            self.listen("warning", diagnostic=replace(failure.diagnostic, severity="warning"))
            return None

    def refuse_if_frozen(self, optimize: Optimize, missing: bool, changed: Sequence[str]) -> None:
        """Raises Failure when tuning is not allowed; says why it is needed."""
        if self.options.frozen or self.options.check:
            name = tuning_name(optimize)
            raise Failure(problems.no_lock(name) if missing else problems.stale_lock(name, changed))
        if changed:
            self.listen("stale", module=tuning_name(optimize), changed=tuple(changed))

    def finish(self, programs: dict[str, Program], entries: Entries) -> tuple[list[str], list[str]]:
        """Writes the lock and the outputs, or compares them; the paths of all, and of those that were written, removed
        or are not as they would be. Relative to the program's folder."""
        folder = self.loaded.folder
        files = emitted(programs, self.loaded.path.name, self.loaded.root, self.loaded.sink)
        if self.loaded.sink.failed:
            return [], []
        every = ([self.path.name] if entries else []) + [str(path) for path in files]
        folders = [one.folder for one in self.written.emits if one.profile in programs]
        others = [one.folder for one in self.written.emits if one.profile not in programs]
        if self.options.check:
            found = changes(folder, self.loaded.path.name, files, folders, others)
            for change in found:
                self.listen("change", diagnostic=problems.not_as_written(str(change.path), change.kind, change.diff))
            return every, [str(change.path) for change in found]
        own = bool(entries) and not self.options.keep_lock
        touched = [self.path.name] if own and self.lock_written(entries) else []
        return every, touched + [
            str(path) for path in write_outputs(folder, self.loaded.path.name, files, folders, others)
        ]

    def lock_written(self, entries: Entries) -> bool:
        """Writes the lock; whether that changed it. It names the version of the compiler which tuned, so that a new
        one alone changes no file."""
        from lmc.driver.lock import FORMAT, Lock, read_lock, write_lock

        try:
            old = read_lock(self.path)
        except Failure:
            old = None
        order = [(one.profile, one.module) for one in self.written.optimizes]
        modules = {name: entries["", name] for profile, name in order if not profile and (profile, name) in entries}
        profiles: dict[str, dict[str, ModuleEntry]] = {}
        for key in order:
            if key[0] and key in entries:
                profiles.setdefault(key[0], {})[key[1]] = entries[key]
        same = old is not None and (old.modules, old.profiles or {}) == (modules, profiles)
        compiler = old.compiler if old is not None and same else __version__
        lock = Lock(
            lock=FORMAT,
            compiler=compiler,
            program=self.loaded.path.name,
            modules=modules,
            profiles=profiles or None,
        )
        return write_lock(self.path, lock)

    def tune(
        self, program: Program, optimize: Optimize, inputs: dict[str, str], roles: Roles, report: Report
    ) -> ModuleEntry:
        """Tunes one module, going on from the journal of a build that was interrupted."""
        from lmc.driver.permission import Outside
        from lmc.driver.record import problems_of, record_path, write_record
        from lmc.driver.tuning import tune_module

        began = time.monotonic()
        entry, served, record = tune_module(
            program,
            optimize,
            inputs,
            roles,
            lambda: self.journal(optimize, inputs),
            self.listen,
            self.open_it,
            Outside(self.loaded.root, self.options.allowed, lambda one: self.listen("warning", diagnostic=one)),
            self.overrides,
            LabelFile(self.loaded.folder, label_file(self.written.name, optimize)),
        )
        try:
            write_record(record_path(self.written.name, optimize.module, optimize.profile, inputs), record)
        except Failure as failure:  # reports do without it, and the lock matters more
            self.listen("warning", diagnostic=replace(failure.diagnostic, severity="warning"))
        wrong, count = problems_of(record)
        if wrong and 2 * len(wrong) >= count:
            why = Counter(wrong).most_common(1)[0][0]
            self.listen("warning", diagnostic=problems.runs_fail(tuning_name(optimize), len(wrong), count, why))
        report.served_calls, report.cached_calls, report.dollars = served.calls, served.cached, served.dollars
        report.tokens, report.seconds, report.fresh = entry.spent.tokens, time.monotonic() - began, False
        return entry

    def journal(self, optimize: Optimize, inputs: dict[str, str]) -> Journal:
        """The journal of this very tuning: one that did not end goes on, one that did is begun anew."""
        named = (optimize.module, *([optimize.profile] if optimize.profile else []))
        begun = {name: digest for name, digest in inputs.items() if name != "labels"}  # which come while it goes on
        key = digest_of(str(self.loaded.path), *named, sorted(begun.items()), __version__)[:32]
        path = journals_folder() / f"{self.written.name}-{optimize.module}-{key}.jsonl"
        journal = Journal(path)
        self.journals.append(journal)
        if any(event.get("event") == "done" for event in journal.events):
            journal.restart()
        return journal


def with_seed(program: Program, seed: int | None) -> Program:
    """The program with another seed for its tunings."""
    if seed is None:
        return program
    return replace(program, optimizes=tuple(replace(one, seed=seed) for one in program.optimizes))


def with_assertions(program: Program, on: bool) -> Program:
    """The program with assertions off while it is tuned and in what is emitted, unless they are on."""
    if on:
        return program
    emits = tuple(
        replace(one, options=tuple({**dict(one.options), "assertions": False}.items())) for one in program.emits
    )
    return replace(program, optimizes=tuple(replace(one, assertions=False) for one in program.optimizes), emits=emits)


def with_entry_of(program: Program, entry: ModuleEntry) -> Program:
    """The program with the tuned values of a module. Raises Failure (LMP0504) when they do not fit it."""
    from lmc.driver.tuned import with_entry

    return with_entry(program, entry)


def filled(report: Report, entry: ModuleEntry) -> Report:
    """The report with what the lock says of its module."""
    report.baseline, report.tuned, report.difference = entry.baseline, entry.tuned, entry.difference
    report.crossfit, report.sealed = entry.crossfit, entry.sealed
    report.passes = [one.model_dump() for one in entry.passes]
    return report
