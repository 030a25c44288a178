"""Metrics as functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lmc.evaluate.functions import METRIC_FUNCTIONS
from lmc.execute.expression import LIBRARY, NO_VALUE, compile_expr
from lmc.ir.program import Metric

Score = Callable[[Mapping[str, Any], Any], float]
"""From a wanted row and a given value to a score."""


def compile_metric(metric: Metric) -> Score:
    """The function of a metric. Where the expression has no value (a missing field, a null), the score is 0."""
    want, got = metric.params
    evaluate = compile_expr(metric.body, {**LIBRARY, **METRIC_FUNCTIONS})

    def score(row: Mapping[str, Any], value: Any) -> float:
        try:
            return float(evaluate({want: row, got: value}))
        except NO_VALUE:
            return 0.0

    return score
