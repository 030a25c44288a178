"""Scores over calls as the geometry of a chart, in units of its own size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lmc.driver.record import Record, TrialEntry


@dataclass(frozen=True, slots=True)
class Size:
    """A chart's width and height, and the margins around its plot: left, top, right, bottom."""

    name: str
    width: int
    height: int
    left: int = 44
    top: int = 26
    right: int = 14
    bottom: int = 34


WIDE, NARROW = Size("wide", 960, 340), Size("narrow", 360, 280, left=38)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A candidate at the end of a comparison. `form` is its decision; `words` say all of it."""

    x: float
    y: float
    radius: float
    form: str
    words: str


@dataclass(frozen=True, slots=True)
class Series:
    """One pass: its dots, and the line of its best score so far as the `d` of an SVG path; the part of the axis that it
    took, from `begin` to `end`. `hue` numbers its colour."""

    name: str
    hue: int
    dots: tuple[Dot, ...]
    line: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole chart."""

    size: Size
    series: tuple[Series, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    base: float | None
    """Where the line of the program as written lies."""


HUES = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """Places for values from `low` to `high`, on pixels from `first` to `last`."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        """The place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)


def charts(record: Record) -> tuple[Chart, ...]:
    """The chart of a record for wide and for narrow screens; none where nothing was compared."""
    return tuple(chart(record, size) for size in (WIDE, NARROW)) if record.trials else ()


def chart(record: Record, size: Size) -> Chart:
    """The chart of a record's comparisons."""
    scores = [one.score for one in record.trials]
    scores += [one.against for one in record.trials if one.against is not None]
    low, high = limits(scores)
    total = max([1, *(one.calls for one in record.trials)])
    across = Scale(0, total, size.left, size.width - size.right)
    up = Scale(low, high, size.height - size.bottom, size.top)
    found, spent = [], 0
    for hue, stage in enumerate(one for one in record.stages if one.name):
        trials = [one for one in record.trials if one.stage == stage.name and spent <= one.calls <= spent + stage.calls]
        begin, end = across.at(spent), across.at(min(spent + stage.calls, total))
        spent += stage.calls
        if trials:
            dots = tuple(dot(one, across, up) for one in trials)
            found.append(Series(stage.name, hue % HUES, dots, best_so_far(trials, across, up, end), begin, end))
    written = record.candidates[0].scores
    dev = [written[row.id] for row in record.rows if row.role == "dev" and row.id in written]
    base = up.at(sum(dev) / len(dev)) if dev else None
    return Chart(size, tuple(found), ticks(across, 4 if size is NARROW else 8), percents(up), base)


def limits(scores: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis that holds the scores, on tenths; shares of 1 are not left."""
    low, high = math.floor(min(scores) * 10 - 0.2) / 10, math.ceil(max(scores) * 10 + 0.2) / 10
    if min(scores) >= 0 and max(scores) <= 1:
        low, high = max(low, 0.0), min(high, 1.0)
    return low, high if high > low else low + 0.1


def best_so_far(trials: Sequence[TrialEntry], across: Scale, up: Scale, end: float) -> str:
    """The path of the best score so far: steps to the right, then up."""
    best, path = trials[0].score, ""
    for one in trials:
        x, height = across.at(one.calls), up.at(best)
        path += f"M{x} {height}" if not path else f"H{x}"
        if one.score > best:
            best = one.score
            path += f"V{up.at(best)}"
    return f"{path}H{max(end, across.at(trials[-1].calls))}"


def dot(trial: TrialEntry, across: Scale, up: Scale) -> Dot:
    """The dot of a comparison: larger on more rows."""
    against = "" if trial.against is None else f", against {100 * trial.against:.1f} %"
    words = (
        f"{trial.stage}: candidate {trial.candidate}, {100 * trial.score:.1f} % on {trial.rows} rows{against}, "
        f"{trial.decision}, after {trial.calls} calls"
    )
    radius = round(min(3 + math.sqrt(trial.rows) / 3, 7), 1)
    return Dot(across.at(trial.calls), up.at(trial.score), radius, trial.decision, words)


def ticks(scale: Scale, most: int) -> tuple[Tick, ...]:
    """Round numbers of calls on an axis, so many at most."""
    rough = (scale.high - scale.low) / most
    power = 10 ** math.floor(math.log10(max(rough, 1)))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    values = [step * count for count in range(int(scale.high // step) + 1)]
    return tuple(Tick(scale.at(value), f"{int(value):,}") for value in values)


def percents(scale: Scale) -> tuple[Tick, ...]:
    """Percentages on an axis, a tenth apart, or a fifth where that were too many."""
    step = 10 if scale.high - scale.low <= 0.7 else 20
    first, last = round(scale.low * 100), round(scale.high * 100)
    return tuple(Tick(scale.at(value / 100), f"{value}") for value in range(first, last + 1) if value % step == 0)
