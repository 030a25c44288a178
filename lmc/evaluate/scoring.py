"""Scores of outcomes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from lmc.evaluate.metric import Score
from lmc.execute.interpreter import Outcome

SHOWN = 600
"""The longest text of a value that is kept for people to look at."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One row's result: its score, what went wrong with the run if anything did, a fingerprint of the value, the
    outcome where it is kept, what the metric says in words, why it has no score, if it has none, and the value as text,
    cut to `SHOWN` characters."""

    score: float
    problem: str | None
    fingerprint: str
    outcome: Outcome | None
    feedback: str = ""
    missing: str | None = None
    given: str = ""


def failed_outcome(outcome: Outcome, keep: bool) -> Scored:
    """The result of a row whose run failed: 0."""
    assert outcome.error is not None
    return Scored(0.0, outcome.error.message, "!" + outcome.error.code, outcome if keep else None)


def score_outcome(score: Score, outcome: Outcome, keep: bool, by_value: bool = True) -> Scored:
    """The result of a row. `by_value`: the score is of the value alone, so that equal fingerprints mean equal
    scores; else the score is part of the fingerprint."""
    text = outcome.value if isinstance(outcome.value, str) else json.dumps(outcome.value, sort_keys=True)
    text = text if by_value else f"{score.value!r} {text}"
    fingerprint = text if len(text) < 64 else hashlib.sha256(text.encode()).hexdigest()
    given = shown(outcome.value)
    return Scored(score.value, None, fingerprint, outcome if keep else None, score.feedback, score.missing, given)


def shown(value: Any) -> str:
    """A value as text for people: a string as it is, else JSON; cut to `SHOWN` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
