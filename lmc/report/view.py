"""What a report shows of a tuning, ready to be written down: every number computed, nothing yet escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmc.driver.lock import ModuleEntry, ScoreEntry
from lmc.driver.record import Record, StageEntry, TrialEntry
from lmc.driver.recording import plain
from lmc.elaborate import lift
from lmc.ir.program import Program
from lmc.optimize.trial import StudyRecord
from lmc.report.changes import Change, changes_of, summary
from lmc.report.chart import HUES, Chart, charts
from lmc.report.prompts import Prompt, prompts_of
from lmc.report.rows import Rows, rows_of
from lmc.report.tuning import Tuning
from lmc.syntax import format_file


@dataclass(frozen=True, slots=True)
class Bar:
    """A score on a track: the place of its mean and of the ends of its interval, in percent of the track."""

    name: str
    place: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that was compared: `trials` are all its comparisons, `changes` what differs from the program as
    written, in a few words `summary`. `chosen`: it is the tuned program."""

    number: int
    stage: str
    hue: int
    origin: str
    summary: str
    changes: tuple[Change, ...]
    trials: tuple[TrialEntry, ...]
    chosen: bool

    @property
    def decided(self) -> TrialEntry:
        """The comparison that decided: the last one against what the program was then, else the last one."""
        races = [one for one in self.trials if one.against is not None]
        return (races or self.trials)[-1]


@dataclass(frozen=True, slots=True)
class Stage:
    """A pass and what it took; `share` is its part of all calls, in percent."""

    entry: StageEntry
    share: float
    hue: int

    @property
    def name(self) -> str:
        """The pass, or what the last calls were for."""
        return self.entry.name or "scoring at the end"


@dataclass(frozen=True, slots=True)
class View:
    """One tuning as the page shows it. Without a record there are no charts, candidates and rows, and the stages are
    what the lock says of them."""

    tuning: Tuning
    verdict: str
    sure: str
    bars: tuple[Bar, ...]
    gain: Bar
    facts: tuple[tuple[str, str], ...]
    stages: tuple[Stage, ...]
    changes: tuple[Change, ...]
    prompts: tuple[Prompt, ...]
    charts: tuple[Chart, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    rows: tuple[Rows, ...] = ()
    studies: tuple[StudyRecord, ...] = ()


def view_of(tuning: Tuning) -> View:
    """What to show of a tuning."""
    entry, record = tuning.entry, tuning.record
    structure = None if entry.structure is None else "\n".join(entry.structure) + "\n"
    core = core_of(tuning.written)
    stages = stages_of(tuning)
    view = View(
        tuning,
        verdict_of(tuning),
        sure_of(tuning),
        (bar("as written", entry.baseline), bar("tuned", entry.tuned)),
        gain_bar(entry.difference),
        facts_of(tuning),
        stages,
        changes_of(tuning.settings, entry.slots, structure, core),
        () if tuning.tuned is None else prompts_of(tuning.written, tuning.tuned, tuning.optimize.module),
    )
    if record is None:
        return view
    return replace(
        view,
        charts=charts(record),
        candidates=candidates_of(record, stages, core),
        rows=rows_of(record),
        studies=tuple(record.studies),
    )


def verdict_of(tuning: Tuning) -> str:
    """What came of the tuning, in a sentence."""
    entry = tuning.entry
    rows = f"{entry.tuned.n} sealed rows" if entry.sealed else f"{entry.tuned.n} dev rows"
    if not entry.tuned.n:
        return "The budget had no room to score the programs, so that the program was kept as written."
    if tuning.kept:
        return (
            f"Nothing that was tried helped; the program was kept as written: {percent(entry.tuned.score)} on {rows}."
        )
    return f"From {percent(entry.baseline.score)} as written to {percent(entry.tuned.score)} on {rows}."


def sure_of(tuning: Tuning) -> str:
    """How sure that is, in a sentence."""
    entry, gain = tuning.entry, tuning.entry.difference
    seen = (
        "Tuning never saw these rows."
        if entry.sealed
        else "Candidates were chosen on these rows, so that the score of the tuned program is optimistic"
        f"{left_of(entry)}."
    )
    if tuning.kept or not entry.tuned.n:
        return seen if entry.tuned.n else ""
    if gain.low > 0:
        return f"{seen} The interval of the difference is above 0."
    return f"{seen} The interval of the difference reaches 0: it may be chance."


def left_of(entry: ModuleEntry) -> str:
    """What is left of the score without chance, in words, where it was reckoned."""
    if not (left := entry.crossfit):
        return ""
    reach = f"{percent(left.low)} to {percent(left.high)}"
    return f"; by cross-fitting it is worth {percent(left.score)} ({reach})"


def facts_of(tuning: Tuning) -> tuple[tuple[str, str], ...]:
    """What else there is to know, by name."""
    entry, record, optimize = tuning.entry, tuning.record, tuning.optimize
    limit = optimize.budget
    found = [
        ("LM calls", f"{entry.spent.calls:,}" + (f" of at most {limit.calls:,}" if limit.calls is not None else "")),
        ("Tokens", f"{entry.spent.tokens:,}" + (f" of at most {limit.tokens:,}" if limit.tokens is not None else "")),
        ("Cost", money(entry.spent.dollars) + (f" of at most {money(limit.dollars)}" if limit.dollars else "")),
        ("Metric", optimize.metric),
        ("Data", optimize.dataset),
        ("Seed", str(entry.seed)),
        ("Reproducible", "yes" if entry.reproducible else "no: an LM ran in its fast way"),
        ("Compiler", f"lmc {tuning.compiler}"),
    ]
    if record is not None:
        rows = ", ".join(f"{count} {'sealed' if role == 'test' else role}" for role, count in record.counts.items())
        found.insert(5, ("Rows", rows))
        found.insert(6, ("LMs", ", ".join(f"{name}: {reference}" for name, reference in record.lms.items())))
        if record.proposals:
            found.append(("Proposals", f"{record.proposals:,}, of which {record.malformed:,} came to nothing"))
    return tuple(found)


def stages_of(tuning: Tuning) -> tuple[Stage, ...]:
    """The passes; without a record as the lock has them."""
    entry, record = tuning.entry, tuning.record
    if record is not None:
        held = record.stages
    else:
        held = [
            StageEntry(
                name=one.name,
                outcome=one.outcome,
                calls=one.calls,
                reused=one.reused or 0,
                tokens=0,
                dollars=0.0,
                notes=[],
            )
            for one in entry.passes
        ]
        rest = entry.spent.calls - sum(one.calls for one in entry.passes)
        held.append(StageEntry(name="", outcome="scored", calls=rest, reused=0, tokens=0, dollars=0.0, notes=[]))
    total = max(sum(one.calls for one in held), 1)
    return tuple(Stage(one, round(100 * one.calls / total, 2), number % HUES) for number, one in enumerate(held))


def candidates_of(record: Record, stages: Sequence[Stage], core: str) -> tuple[Candidate, ...]:
    """The programs that were compared, in the order in which they came."""
    hues = {one.entry.name: one.hue for one in reversed(stages)}
    structure = None if record.entry.structure is None else "\n".join(record.entry.structure)
    found = []
    for number, one in enumerate(record.candidates):
        trials = tuple(trial for trial in record.trials if trial.candidate == number)
        if not trials:
            continue
        changes = changes_of(record.written, one.slots, one.structure, core)
        chosen = one.slots == record.entry.slots and (one.structure or "").rstrip("\n") == (structure or "")
        found.append(
            Candidate(
                number,
                one.stage,
                hues.get(one.stage, 0),
                one.origin,
                summary(changes),
                changes,
                trials,
                chosen and number > 0,
            )
        )
    return tuple(found)


def bar(name: str, entry: ScoreEntry) -> Bar:
    """A score on a track from 0 to 100 %."""
    place, low, high = (100 * min(max(value, 0.0), 1.0) for value in (entry.score, entry.low, entry.high))
    words = f"{percent(entry.score)} [{100 * entry.low:.1f}, {100 * entry.high:.1f}]"
    return Bar(name, round(place, 2), round(low, 2), round(high, 2), words)


def gain_bar(entry: ScoreEntry) -> Bar:
    """A difference on a track from -100 to 100 points."""
    place, low, high = (50 + 50 * min(max(value, -1.0), 1.0) for value in (entry.score, entry.low, entry.high))
    words = f"{100 * entry.score:+.1f} points [{100 * entry.low:+.1f}, {100 * entry.high:+.1f}]"
    return Bar("difference", round(place, 2), round(low, 2), round(high, 2), words)


def core_of(program: Program) -> str:
    """The core text of what a tuning may change of a program's declarations."""
    return plain(format_file(lift(replace(program, datasets=(), optimizes=(), emits=(), tests=()))))


def percent(share: float) -> str:
    """A share in percent, which no line breaks."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def money(dollars: float) -> str:
    """An amount of US dollars."""
    return f"${dollars:,.4f}"
