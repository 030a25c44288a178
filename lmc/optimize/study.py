"""Studies: candidates that Optuna's samplers propose, scored on the same rows, block by block. The only door to Optuna,
which is loaded when a study begins."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean
from lmc.ir.program import Json, Program
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.trial import Axis, StudyRecord, StudyState, StudyTrial

Values: TypeAlias = Mapping[str, Json]
"""A value for each axis, by name."""

Direction: TypeAlias = Literal["maximize", "minimize"]

FIRST_LOOK = 16
"""Rows before a trial may be pruned; with fewer than 14 the exact test takes long where scores are tied."""

BATCH = 8
"""Trials that are asked for and run at the same time."""


@dataclass(frozen=True, slots=True)
class Goals:
    """Several things to search for at once: the direction of each, and what a trial comes to by its rows' results, a
    number for each. Such a study prunes nothing. `sampler`: TPE for several objectives (Ozaki et al. 2022) or NSGA-II
    (Deb et al. 2002)."""

    directions: tuple[Direction, ...]
    measure: Callable[[Sequence[Scored]], tuple[float, ...]]
    sampler: Literal["tpe", "nsga2"] = "tpe"


@dataclass(frozen=True, slots=True)
class Search:
    """What a study searches. `make` gives the program for values; `first` are values to begin with, the very first
    those of what there is now. `rows` are the rows that a trial sees at most; it is stopped before when a test of
    Wilcoxon (1945) on the rows so far says that it is worse than the best one. The budget must leave room for `reserve`
    rows after the study. `goals` are None where only the mean score counts."""

    name: str
    axes: tuple[Axis, ...]
    make: Callable[[Values], Program]
    first: tuple[Values, ...]
    trials: int
    rows: tuple[Row, ...]
    reserve: int = 0
    batch: int = BATCH
    goals: Goals | None = None


@dataclass(slots=True)
class Tried:
    """A trial: its values, its program, and its results so far, in the order of the rows. `state` is "failed" while
    it runs, and where the budget has ended it; `open`: it was not pruned."""

    values: Values
    program: Program
    results: list[Scored] = field(default_factory=list)
    steps: list[tuple[int, float]] = field(default_factory=list)
    state: StudyState = "failed"
    reached: tuple[float, ...] = ()
    open: bool = True

    @property
    def score(self) -> float:
        """The mean score on the rows so far."""
        return mean([one.score for one in self.results])


def explore(bench: Bench, search: Search) -> list[Tried]:
    """The trials of a study, in the order in which they were asked for. The first one, which is what there is, runs on
    all rows alone; then so many at a time as `batch` says are asked for together (each is told as bad until it is
    known, so that they differ: a constant liar), run at the same time on the same blocks, and pruned after each block.
    Ends early when the budget has no room for the next block. The study is added to `bench.studies`."""
    door = Door(bench, search)
    found: list[Tried] = []
    while len(found) < search.trials:
        batch = door.ask(1 if not found else min(search.batch, search.trials - len(found)))
        found += batch
        if not run(bench, search, door, batch, found[0].program):
            break
    bench.studies.append(door.record(found))
    return found


def run(bench: Bench, search: Search, door: Door, batch: Sequence[Tried], base: Program) -> bool:
    """Runs a batch of trials on the rows until each is through or pruned; whether the budget had room for that."""
    size = bench.rule().block
    alive = list(batch)
    for start in range(0, len(search.rows), size):
        block = search.rows[start : start + size]
        if bench.affordable_rows(base) < search.reserve + len(block) * len(alive):
            return False
        try:
            results = bench.results(
                [one.program for one in alive],
                block,
                keep=search.goals is not None,
                incumbent=None if alive[0].program is base else base,
            )
        except OutOfBudget:
            return False
        for one, found in zip(alive, results, strict=True):
            one.results += found
            one.steps.append((len(one.results), one.score))
        alive = door.prune(alive, start)
        if not alive:
            break
    for one in batch:
        door.tell(one)
        bench.tried(
            one.program, None, "kept" if one.state == "complete" else "dropped", search.rows[: len(one.results)]
        )
    return True


def leading(found: Sequence[Tried], bench: Bench, count: int = 2) -> list[Program]:
    """The programs that were not pruned, best first by what they gain over the first one on the rows that they were
    seen on (all of the study's, unless the budget ended it); programs that do the same are one. Nothing when the first
    one was not seen on all rows."""
    if not found or found[0].state != "complete":
        return []
    base = [one.score for one in found[0].results]

    def gain(one: Tried) -> float:
        return one.score - mean(base[: len(one.results)])

    seen = [one for one in found if one.open and len(one.results) >= min(FIRST_LOOK, len(base))]
    best: dict[str, Program] = {}
    for one in sorted(seen, key=lambda one: -gain(one)):
        best.setdefault(bench.digest(one.program, bench.module), one.program)
    return list(best.values())[:count]


def roomy(bench: Bench, program: Program, wanted: int) -> tuple[tuple[Row, ...], int]:
    """How many dev rows a study should run its trials on, and how many it should leave room for after it: `wanted`, or
    half or a quarter of it where the budget has no room for a first batch on as many. No rows when it has none even for
    that."""
    total, block = len(bench.dev), bench.rule().block
    for rows in dict.fromkeys(min(total, size) for size in (wanted, wanted // 2, wanted // 4) if size >= FIRST_LOOK):
        reserve = 4 * block + 2 * (total - rows)
        if bench.affordable_rows(program) >= reserve + (1 + BATCH) * rows:
            return bench.dev[:rows], reserve
    rows = min(total, wanted, 2 * block)
    return (bench.dev[:rows], 4 * block) if bench.affordable_rows(program) >= 4 * block + 3 * rows else ((), 0)


def final(found: Sequence[Tried], bench: Bench, count: int = 2) -> Program | None:
    """Of the `count` leading programs the one of highest mean on all dev rows; the leading one when the budget has no
    room for that, None where there is none."""
    programs = leading(found, bench, count)
    if len(programs) < 2:
        return programs[0] if programs else None
    try:
        results = bench.results(programs, bench.dev, incumbent=found[0].program)
    except OutOfBudget:
        return programs[0]
    means = [mean([one.score for one in scored]) for scored in results]
    for program, _ in zip(programs, means, strict=True):
        bench.tried(program, None, "kept" if program is programs[means.index(max(means))] else "dropped", bench.dev)
    return programs[means.index(max(means))]


def optuna() -> Any:
    """Optuna, which says nothing and warns of nothing while it is used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import optuna as loaded

        loaded.logging.set_verbosity(loaded.logging.ERROR)
    return loaded


def distribution(axis: Axis) -> Any:
    """The axis as Optuna has it; choices by their places, since they may be any values."""
    found = optuna().distributions
    if axis.choices is not None:
        return found.CategoricalDistribution(range(len(axis.choices)))
    whole = isinstance(axis.low, int) and isinstance(axis.high, int)
    kind = found.IntDistribution if whole else found.FloatDistribution
    return kind(axis.low, axis.high, log=axis.log, step=axis.step or (1 if whole else None))


def place_of(value: Json, choices: Sequence[Json]) -> int:
    """The place of a value among choices; true is not 1. The first where it is none of them."""
    found = [
        place for place, one in enumerate(choices) if one == value and isinstance(one, bool) == isinstance(value, bool)
    ]
    return found[0] if found else 0


class Door:
    """A study of Optuna's, and its trials by number of ours."""

    def __init__(self, bench: Bench, search: Search) -> None:
        self.search = search
        self.axes = {axis.name: axis for axis in search.axes}
        self.name = f"{bench.stage or search.name} {len(bench.studies) + 1}"
        seed = bench.rng(f"{search.name}/study").getrandbits(31)
        loaded, goals = optuna(), search.goals
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some of its options are marked as experimental
            self.study = loaded.create_study(
                sampler=sampler_of(seed, search),
                pruner=loaded.pruners.WilcoxonPruner(p_threshold=0.1, n_startup_steps=FIRST_LOOK),
                directions=list(goals.directions) if goals else ["maximize"],
            )
            self.distributions = {axis.name: distribution(axis) for axis in search.axes}
        for values in search.first[: search.trials]:
            self.study.enqueue_trial({name: self.coded(name, value) for name, value in values.items()})
        self.trials: dict[int, Any] = {}

    def coded(self, name: str, value: Json) -> Any:
        """A value as Optuna has it."""
        choices = self.axes[name].choices
        return value if choices is None else place_of(value, choices)

    def decoded(self, name: str, value: Any) -> Json:
        """A value of ours; of a range to four digits."""
        choices = self.axes[name].choices
        if choices is not None:
            return choices[value]
        return round(value, 4) if isinstance(value, float) else value

    def ask(self, count: int) -> list[Tried]:
        """So many trials more."""
        found = []
        for _ in range(count):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                trial = self.study.ask(self.distributions)
            values = {name: self.decoded(name, value) for name, value in trial.params.items()}
            found.append(Tried(values, self.search.make(values)))
            self.trials[id(found[-1])] = trial
        return found

    def prune(self, alive: Sequence[Tried], start: int) -> list[Tried]:
        """Those that go on after a block that began at a row."""
        if self.search.goals is not None:
            return list(alive)
        going = []
        for one in alive:
            trial = self.trials[id(one)]
            for step in range(start, len(one.results)):
                trial.report(one.results[step].score, step)
            if trial.should_prune():
                one.state, one.open = "pruned", False
            else:
                going.append(one)
        return going

    def tell(self, one: Tried) -> None:
        """Ends a trial with its results. A pruned one is told with the mean of what it reached, as Optuna advises for
        its pruner: the best one then still is one that saw all rows."""
        goals = self.search.goals
        if not one.results:
            return
        one.state = "pruned" if one.state == "pruned" else "complete"
        one.reached = goals.measure(one.results) if goals else (one.score,)
        self.study.tell(self.trials[id(one)], list(one.reached))

    def record(self, found: Sequence[Tried]) -> StudyRecord:
        """The study for reports."""
        directions = self.search.goals.directions if self.search.goals else ("maximize",)
        trials = tuple(
            StudyTrial(
                tuple(one.values.items()),
                one.reached if one.state == "complete" else (),
                one.state,
                tuple(one.steps),
            )
            for one in found
        )
        return StudyRecord(self.name, directions, self.search.axes, trials)


def sampler_of(seed: int, search: Search) -> Any:
    """The sampler: TPE over all axes together (Bergstra et al. 2011; Falkner et al. 2018), or NSGA-II."""
    samplers = optuna().samplers
    if search.goals is not None and search.goals.sampler == "nsga2":
        return samplers.NSGAIISampler(population_size=max(4, search.batch), seed=seed)
    startup = min(10, max(4, search.trials // 3))
    return samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True, n_startup_trials=startup)


class OneByOne:
    """A study of TPE with what Optuna takes by itself, one trial after the other and without pruning, for procedures to
    the letter."""

    def __init__(self, seed: int, axes: Sequence[Axis], multivariate: bool) -> None:
        loaded, self.axes = optuna(), tuple(axes)
        self.trials: list[StudyTrial] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some of its options are marked as experimental
            sampler = loaded.samplers.TPESampler(seed=seed, multivariate=multivariate)
            self.study = loaded.create_study(direction="maximize", sampler=sampler)
            self.distributions = {axis.name: distribution(axis) for axis in axes}

    def add(self, values: Mapping[str, int], score: float) -> None:
        """A trial that was made otherwise."""
        trial = optuna().trial.create_trial(params=dict(values), distributions=self.distributions, value=score)
        self.study.add_trial(trial)
        self.trials.append(StudyTrial(tuple(values.items()), (score,)))

    def ask(self) -> tuple[Any, dict[str, int]]:
        """The next trial, and its values: places of choices, whole numbers."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial = self.study.ask()
            for axis in self.axes:
                if axis.choices is None:
                    trial.suggest_int(axis.name, axis.low, axis.high)
                else:
                    trial.suggest_categorical(axis.name, range(len(axis.choices)))
        self.trials.append(StudyTrial(tuple(trial.params.items()), state="failed"))
        return trial, dict(trial.params)

    def tell(self, trial: Any, score: float) -> None:
        """Ends a trial."""
        self.study.tell(trial, score)
        self.trials[trial.number] = StudyTrial(self.trials[trial.number].params, (score,))

    def record(self, name: str) -> StudyRecord:
        """The study for reports."""
        return StudyRecord(name, ("maximize",), self.axes, tuple(self.trials))
