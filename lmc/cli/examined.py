"""What `lmc eval --rows` and `--explain` print."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lmc.evaluate.doctor import Report
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.evaluate.statistics import mean

LOST = 20
"""The most rows that lost and are shown."""


def row_line(row: Row, one: Scored) -> dict[str, Any]:
    """The result of a row for programs that read it; what the metric says only where it says something."""
    value = one.outcome.value if one.outcome else None
    line = {"id": row.id, "score": one.score, "value": value, "problem": one.problem}
    said = {"feedback": one.feedback, "missing": one.missing}
    return {**line, **{name: text for name, text in said.items() if text}}


def row_lines(rows: Sequence[Row], scored: Sequence[Scored]) -> Iterator[str]:
    """The rows that did not reach the top, the lowest first: their scores, what the program gave, and what the metric
    says of that."""
    lost = sorted(
        ((one.score, row, one) for row, one in zip(rows, scored, strict=True) if one.score < 1), key=lambda one: one[0]
    )
    if lost:
        yield ""
    for score, row, one in lost[:LOST]:
        value = one.outcome.value if one.outcome else None
        gave = one.problem or shortened(json.dumps(value, ensure_ascii=False))
        yield f"  row {row.id}: {score:.2f}  {gave}"
        said = [*one.feedback.splitlines(), *([f"no score: {one.missing}"] if one.missing else [])]
        yield from (f"    {line}" for line in said)
    if len(lost) > LOST:
        yield f"  and {len(lost) - LOST} rows more; `--rows` shows all"


def shortened(text: str) -> str:
    """A text on one line."""
    return text if len(text) <= 80 else f"{text[:79]}…"


def report_lines(report: Report, metric: str) -> Iterator[str]:
    """What the doctor measured."""
    shows = f"these rows show differences from {100 * report.detectable:.1f} points on"
    yield f"metric {metric}: standard error {100 * report.error:.1f} points; {shows}"
    if report.chance is not None:
        yield f"  {100 * report.chance:.0f} % of what tells its scores apart is chance"
    width = max((len(one.what) for one in report.baselines), default=0)
    for one in report.baselines:
        yield f"  {one.what:<{width}}  {100 * mean(one.scores):5.1f} %"


def report_json(report: Report) -> dict[str, Any]:
    """The same for programs that read it."""
    return {
        "error": report.error,
        "detectable": report.detectable,
        "chance": report.chance,
        "baselines": [{"kind": one.kind, "what": one.what, "score": mean(one.scores)} for one in report.baselines],
        "findings": [
            {"code": one.code, "message": one.message, "notes": list(one.notes), "help": one.help}
            for one in report.findings
        ],
    }
