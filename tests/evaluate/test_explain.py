"""What `lmc eval --explain` prints."""

from __future__ import annotations

from lmc.cli.examined import report_json, report_lines, row_line, row_lines
from lmc.diagnostics import Diagnostic
from lmc.evaluate.doctor import Baseline, Report
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.execute.interpreter import Outcome


def row(id: str) -> Row:
    return Row(id, {"text": id}, 1, "data.jsonl")


ROWS = [row("a"), row("b"), row("c"), row("d")]
SCORED = [
    Scored(1.0, None, "", Outcome("jazz", None, ())),
    Scored(0.5, None, "", Outcome("rock", None, ()), "the intent is music\nbe brief"),
    Scored(0.0, "the reply does not fit", "!", Outcome(None, Diagnostic("LMP0700", "the reply does not fit"), ())),
    Scored(0.0, None, "", Outcome({"x": "y" * 99}, None, ()), missing="there is no field `intent`"),
]


def test_rows_that_lost_are_shown_with_what_the_metric_says() -> None:
    assert list(row_lines(ROWS, SCORED)) == [
        "",
        "  row c: 0.00  the reply does not fit",
        f'  row d: 0.00  {{"x": "{"y" * 72}…',
        "    no score: there is no field `intent`",
        '  row b: 0.50  "rock"',
        "    the intent is music",
        "    be brief",
    ]
    assert list(row_lines(ROWS[:1], SCORED[:1])) == []


def test_no_more_than_twenty_rows_are_shown() -> None:
    *_, last = row_lines(ROWS * 30, SCORED * 30)
    assert last == "  and 70 rows more; `--rows` shows all"


def test_a_row_as_json_has_what_the_metric_says_where_it_says_something() -> None:
    assert row_line(ROWS[0], SCORED[0]) == {"id": "a", "score": 1.0, "value": "jazz", "problem": None}
    assert row_line(ROWS[1], SCORED[1])["feedback"] == "the intent is music\nbe brief"
    assert row_line(ROWS[3], SCORED[3])["missing"] == "there is no field `intent`"


def test_the_report() -> None:
    baselines = (Baseline("wanted", "the wanted value itself", (1.0, 1.0)), Baseline("copy", "a copy of `x`", (0, 1)))
    report = Report(0.5, 0.025, 0.07, 0.25, baselines, (Diagnostic("LMP0331", "nearly all", help="use others"),))
    assert list(report_lines(report, "accuracy")) == [
        "metric accuracy: standard error 2.5 points; these rows show differences from 7.0 points on",
        "  25 % of what tells its scores apart is chance",
        "  the wanted value itself  100.0 %",
        "  a copy of `x`             50.0 %",
    ]
    found = report_json(report)
    assert found["detectable"] == 0.07
    assert found["baselines"][1] == {"kind": "copy", "what": "a copy of `x`", "score": 0.5}
    assert found["findings"] == [{"code": "LMP0331", "message": "nearly all", "notes": [], "help": "use others"}]
