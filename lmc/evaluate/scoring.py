"""Metrics on outcomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lmc.evaluate.functions import METRIC_FUNCTIONS
from lmc.execute.expression import LIBRARY, compile_expr
from lmc.execute.interpreter import Outcome
from lmc.ir.program import Metric

Score = Callable[[Mapping[str, Any], Any], float]
"""From a wanted row and a given value to a score."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One row's result: its score, what went wrong if anything did, a fingerprint of the value, and the outcome where it is kept."""

    score: float
    problem: str | None
    fingerprint: str
    outcome: Outcome | None


def compile_metric(metric: Metric) -> Score:
    """The function of a metric. Where the expression has no value (a missing field, a null), the score is 0."""
    want, got = metric.params
    evaluate = compile_expr(metric.body, {**LIBRARY, **METRIC_FUNCTIONS})

    def score(row: Mapping[str, Any], value: Any) -> float:
        try:
            return float(evaluate({want: row, got: value}))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return 0.0

    return score


def score_outcome(score: Score, row: Mapping[str, Any], outcome: Outcome, keep: bool) -> Scored:
    """The result of a row; a run that failed scores 0."""
    if outcome.error is not None:
        return Scored(0.0, outcome.error.message, "!" + outcome.error.code, outcome if keep else None)
    text = outcome.value if isinstance(outcome.value, str) else json.dumps(outcome.value, sort_keys=True)
    fingerprint = text if len(text) < 64 else hashlib.sha256(text.encode()).hexdigest()
    return Scored(score(row, outcome.value), None, fingerprint, outcome if keep else None)
