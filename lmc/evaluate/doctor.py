"""The metric doctor: whether scores can tell a good program from a bad one. Pure; it looks at the scores of a program's
rows, and scores answers that nobody had to think of, without a call of an LM."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

from lmc.diagnostics import Diagnostic
from lmc.evaluate import findings
from lmc.evaluate.metric import Scorer, compile_metric
from lmc.evaluate.rows import Row
from lmc.evaluate.statistics import mean, standard_error
from lmc.ir.builtins import METRICS
from lmc.ir.program import Apply, Expr, Member, Metric, Name, Operation
from lmc.ir.walk import subexpressions
from lmc.runtime.score import same

WANTED_DIFFERENCE = 0.1
"""The difference between two programs that the rows of an evaluation should show: what tuning often gains."""

REACH = 2.8
"""Standard errors of a difference that are seen four times in five by a test at 5 %: 1.96 + 0.84 (Cohen 1988)."""

MOST = 0.95
"""The share of rows at the top, or at the bottom, from which on a metric is saturated."""

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
COMPARING = frozenset({*METRICS, "starts_with", "ends_with", "matches"})
"""Operators and functions that compare what they take."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one row: that of its first run, `repeats` of further samples of the same run (maybe none), and why
    the metric has no score, if so. `failed`: the run itself did."""

    row: Row
    score: float
    failed: bool = False
    missing: str | None = None
    repeats: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What answers without any thought score on the rows: the wanted value itself (`wanted`), that of another row
    (`other`), an input as it is (`copy`), and the most frequent wanted value (`constant`). `what` says it in words."""

    kind: Literal["wanted", "other", "copy", "constant"]
    what: str
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What the doctor found. `error` is the standard error of the mean score; `detectable` is the least difference
    between two programs that these rows would show four times in five (at 5 %, scores of the two correlated by a half);
    `chance` is the share of the variance of scores that repeating the same runs makes, None without repeats.
    `baselines` are empty where the metric calls modules or its answers cannot be told from its expression."""

    mean: float
    error: float
    detectable: float
    chance: float | None
    baselines: tuple[Baseline, ...]
    findings: tuple[Diagnostic, ...]


def examine(metric: Metric, inputs: Sequence[str], rows: Sequence[Scores]) -> Report:
    """What the scores of some rows say of a metric; `inputs` are the columns that the module takes. Raises ValueError
    when there are no rows."""
    scores = [one.score for one in rows]
    error = standard_error(scores, 0.5)
    detectable = REACH * error
    scorer = compile_metric(metric)
    baselines = () if scorer.calls else score_baselines(scorer, inputs, [one.row for one in rows])
    chance = share_of_chance(rows)
    found = [
        *check_scores(metric, rows),
        *check_baselines(metric, mean(scores), baselines, [one.row for one in rows]),
        *check_inputs(metric, inputs, [one.row for one in rows]),
        *check_precision(metric, len(rows), detectable, chance),
    ]
    return Report(mean(scores), error, detectable, chance, baselines, tuple(found))


# Scores


def check_scores(metric: Metric, rows: Sequence[Scores]) -> list[Diagnostic]:
    """What is odd about the scores themselves."""
    found: list[Diagnostic] = []
    missing = [one for one in rows if one.missing is not None]
    if missing:
        reasons = Counter(one.missing or "" for one in missing)
        ids = [one.row.id for one in missing]
        found.append(findings.no_score(metric, len(missing), len(rows), reasons.most_common(1)[0][0], ids))
    outside = [one for one in rows if not 0 <= one.score <= 1]
    if outside:
        found.append(findings.outside(metric, len(outside), outside[0].score, outside[0].row.id))
    scores = [one.score for one in rows]
    top, bottom = (sum(score == end for score in scores) / len(scores) for end in (1, 0))
    if len(rows) > 1 and len(set(scores)) == 1:
        failed = sum(one.failed for one in rows)
        found.append(findings.one_score(metric, scores[0], len(rows), failed))
    elif max(top, bottom) >= MOST:
        found.append(findings.saturated(metric, max(top, bottom), at_top=top > bottom))
    return found


def share_of_chance(rows: Sequence[Scores]) -> float | None:
    """The share of the variance of single scores that lies within rows, between repeated runs of the same row (one
    less the intraclass correlation, Shrout and Fleiss 1979, case 1); None where no row has repeats, or where all scores
    are equal."""
    groups = [(one.score, *one.repeats) for one in rows if one.repeats]
    if not groups:
        return None
    inner = sum(sum((score - mean(group)) ** 2 for score in group) for group in groups)
    within = inner / sum(len(group) - 1 for group in groups)
    centre = mean([score for group in groups for score in group])
    size = mean([len(group) for group in groups])
    spread = sum((mean(group) - centre) ** 2 for group in groups) / max(len(groups) - 1, 1)
    between = max(spread - within / size, 0.0)
    return within / (within + between) if within + between else None


def check_precision(metric: Metric, n: int, detectable: float, chance: float | None) -> list[Diagnostic]:
    """Whether the rows are enough, and the scores steady enough, to see a difference."""
    found = []
    if detectable > WANTED_DIFFERENCE:
        needed = round(n * (detectable / WANTED_DIFFERENCE) ** 2)
        found.append(findings.too_few_rows(metric, n, detectable, WANTED_DIFFERENCE, needed))
    if chance is not None and chance > 0.5:
        found.append(findings.chance(metric, chance))
    return found


# Answers that nobody had to think of


def compared(metric: Metric) -> dict[str | None, tuple[str, ...]] | None:
    """The columns of the wanted row that each field of the given value is compared with; under None those that the
    whole value is. None where the metric reads fields that it compares with no column, or both the whole and
    fields."""
    want, got = metric.params
    found: dict[str | None, dict[str, None]] = {}
    for expr in subexpressions(metric.body):
        sides = comparison(expr)
        for one, other in product(sides, sides):
            if one is not other:
                for column, name in product(columns_of(one, want), given_of(other, got)):
                    found.setdefault(name, {})[column] = None
    read = set(given_of(metric.body, got))
    if not found or read - found.keys() or (None in found and len(found) > 1):
        return None
    return {name: tuple(columns) for name, columns in found.items()}


def comparison(expr: Expr) -> tuple[Expr, ...]:
    """The sides of a comparison; none of other expressions."""
    match expr:
        case Apply(name, arguments) if name in COMPARING:
            return arguments
        case Operation(symbol, operands) if symbol in COMPARISONS:
            return operands
    return ()


def columns_of(expr: Expr, want: str) -> tuple[str, ...]:
    """The columns of the wanted row in an expression."""
    return tuple(one.name for one in subexpressions(expr) if isinstance(one, Member) and one.base == Name(want))


def given_of(expr: Expr, got: str) -> tuple[str | None, ...]:
    """The fields of the given value in an expression, None for the whole of it."""
    fields = [one for one in subexpressions(expr) if isinstance(one, Member) and one.base == Name(got)]
    whole = sum(one == Name(got) for one in subexpressions(expr)) > len(fields)
    return (*(one.name for one in fields), *((None,) if whole else ()))


def wanted_answers(pairs: Mapping[str | None, tuple[str, ...]], row: Row) -> list[Any]:
    """What the module may give to be right: the wanted value, and of a list of accepted ones also the first."""
    choices = {
        name: [value for column in columns for value in accepted(row.values.get(column))]
        for name, columns in pairs.items()
    }
    if None in choices:
        return choices[None]
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())][:16]


def accepted(value: Any) -> list[Any]:
    """A value, and if it is a list its first item too."""
    return [value, value[0]] if isinstance(value, list) and value else [value]


def score_baselines(scorer: Scorer, inputs: Sequence[str], rows: Sequence[Row]) -> tuple[Baseline, ...]:
    """The scores of answers without any thought; none where they cannot be told from the metric's expression."""
    pairs = compared(scorer.metric)
    if pairs is None or not rows:
        return ()
    answers = [wanted_answers(pairs, row) for row in rows]
    wanted = [best(scorer, row, own) for row, own in zip(rows, answers, strict=True)]
    keys = [json.dumps(own, sort_keys=True) for own in answers]
    common = Counter(keys).most_common(1)[0][0]
    constant = answers[keys.index(common)]
    found = [
        Baseline("wanted", "the wanted value itself", tuple(wanted)),
        Baseline("constant", f"always {shown(constant[0])}", tuple(best(scorer, row, constant) for row in rows)),
    ]
    others = [
        next(
            (answers[(at + step) % len(rows)] for step in range(1, len(rows)) if keys[(at + step) % len(rows)] != key),
            None,
        )
        for at, key in enumerate(keys)
    ]
    if None not in others:
        scores = tuple(best(scorer, row, other or []) for row, other in zip(rows, others, strict=True))
        found.append(Baseline("other", "what another row wants", scores))
    for name in inputs:
        copies = [row.values.get(name) if None in pairs else dict.fromkeys(pairs, row.values.get(name)) for row in rows]
        scores = tuple(scorer(row.values, copy) for row, copy in zip(rows, copies, strict=True))
        found.append(Baseline("copy", f"a copy of `{name}`", scores))
    return tuple(found)


def best(scorer: Scorer, row: Row, answers: Sequence[Any]) -> float:
    """The highest score of some answers."""
    return max((scorer(row.values, answer) for answer in answers), default=0.0)


def shown(value: Any) -> str:
    """A value in a few characters."""
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 40 else f"`{text[:39]}…`"


def check_baselines(
    metric: Metric, score: float, baselines: Sequence[Baseline], rows: Sequence[Row]
) -> list[Diagnostic]:
    """What answers without any thought say of the metric; `score` is the program's mean."""
    means = {one.kind: (mean(one.scores), one) for one in baselines if one.kind != "copy"}
    found = []
    if "wanted" in means:
        top, one = means["wanted"]
        low = [row.id for row, value in zip(rows, one.scores, strict=True) if value < 1]
        if low:
            found.append(findings.wanted_low(metric, top, low, len(rows)))
    copies = sorted((one for one in baselines if one.kind == "copy"), key=lambda one: -mean(one.scores))
    for one in copies[:1]:
        if rewarded(mean(one.scores), score):
            found.append(findings.copy_scores(metric, one.what, mean(one.scores), score))
    if "constant" in means and rewarded(means["constant"][0], score):
        found.append(findings.constant_scores(metric, means["constant"][1].what, means["constant"][0], score))
    if "other" in means and "wanted" in means:
        pairs = zip(rows, means["wanted"][1].scores, means["other"][1].scores, strict=True)
        blind = [row.id for row, right, wrong in pairs if right <= wrong]
        if len(blind) >= len(rows) / 10:
            found.append(findings.blind_rows(metric, blind, len(rows)))
    return found


def rewarded(baseline: float, score: float) -> bool:
    """Whether an answer without any thought scores too much: as much as the program, or nearly all."""
    return baseline >= 0.9 or (baseline >= WANTED_DIFFERENCE and baseline >= score)


def check_inputs(metric: Metric, inputs: Sequence[str], rows: Sequence[Row]) -> list[Diagnostic]:
    """Whether the module is given what it is to find, under another name."""
    found = []
    columns = dict.fromkeys(columns_of(metric.body, metric.params[0]))
    for column, name in product(columns, inputs):
        if column != name and len(rows) > 1:
            held = [
                row.values.get(column) is not None
                and any(same(one, row.values.get(name)) for one in accepted(row.values.get(column)))
                for row in rows
            ]
            if sum(held) >= 0.9 * len(rows):
                found.append(findings.in_input(metric, column, name, sum(held), len(rows)))
    return found


def with_repeats(rows: Sequence[Scores], samples: Sequence[Sequence[float]]) -> tuple[Scores, ...]:
    """The rows with the scores of further samples, each of all rows in their order."""
    return tuple(
        replace(one, repeats=(*one.repeats, *(scores[at] for scores in samples))) for at, one in enumerate(rows)
    )
