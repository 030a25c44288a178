"""Scores of outcomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lmc.evaluate.metric import Score
from lmc.execute.interpreter import Outcome


@dataclass(frozen=True, slots=True)
class Scored:
    """One row's result: its score, what went wrong if anything did, a fingerprint of the value, and the outcome
    where it is kept."""

    score: float
    problem: str | None
    fingerprint: str
    outcome: Outcome | None


def score_outcome(score: Score, row: Mapping[str, Any], outcome: Outcome, keep: bool) -> Scored:
    """The result of a row; a run that failed scores 0."""
    if outcome.error is not None:
        return Scored(0.0, outcome.error.message, "!" + outcome.error.code, outcome if keep else None)
    text = outcome.value if isinstance(outcome.value, str) else json.dumps(outcome.value, sort_keys=True)
    fingerprint = text if len(text) < 64 else hashlib.sha256(text.encode()).hexdigest()
    return Scored(score(row, outcome.value), None, fingerprint, outcome if keep else None)
