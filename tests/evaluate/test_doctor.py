"""The metric doctor: what it says of metrics and rows that cannot tell a good program from a bad one, and its silence
where they can. Each finding is spoken of by the page of its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lmc.diagnostics import Sink
from lmc.elaborate import lower
from lmc.evaluate.doctor import Report, Scores, compared, examine, share_of_chance, wanted_answers, with_repeats
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Row
from lmc.ir.program import Metric
from lmc.source import SourceFile
from lmc.syntax import parse

COLOURS = ("red", "green", "blue", "white", "black")


def metric(body: str) -> Metric:
    """A metric with this expression."""
    sink = Sink()
    file = parse(SourceFile("main.lmp", f"metric m(want, got) = {body}"), sink)
    program = lower("main", {"main.lmp": file}, {}, sink)
    assert not sink.failed, sink.diagnostics
    return program.metrics[0]


def row(number: int, **values: Any) -> Row:
    return Row(str(number), {"question": f"Which is number {number}?", **values}, number, "data.jsonl")


def rows(count: int = 400) -> list[Row]:
    """Rows of five answers, each as often."""
    return [row(number, answer=COLOURS[number % 5]) for number in range(count)]


def given(of: Metric, found: Sequence[Row], answers: Sequence[Any]) -> list[Scores]:
    """The scores of answers."""
    scorer = compile_metric(of)
    scores = [scorer.score(one.values, answer) for one, answer in zip(found, answers, strict=True)]
    return [Scores(one, score.value, missing=score.missing) for one, score in zip(found, scores, strict=True)]


def report(body: str, found: Sequence[Row], answers: Sequence[Any]) -> Report:
    """What the doctor says of a metric and a program that gives these answers."""
    return examine(metric(body), ["question"], given(metric(body), found, answers))


def codes(found: Report) -> list[str]:
    return [one.code for one in found.findings]


def half_right(found: Sequence[Row]) -> list[Any]:
    """Answers of which every other one is right."""
    return [one.values["answer"] if at % 2 else "purple" for at, one in enumerate(found)]


def test_a_good_metric_on_good_rows_needs_no_doctor() -> None:
    found = report("exact(want.answer, got)", rows(), half_right(rows()))
    assert codes(found) == []
    assert found.mean == 0.5
    assert found.error == pytest.approx(0.025, rel=0.01)
    assert found.detectable == pytest.approx(0.07, rel=0.01)
    assert {one.kind: sum(one.scores) for one in found.baselines} == {
        "wanted": 400, "constant": 80, "other": 0, "copy": 0
    }  # fmt: skip


def test_every_finding_points_at_the_metric_and_says_what_to_do() -> None:
    found = report("exact(want.answer, got)", rows(20), ["x"] * 20)
    assert found.findings
    for one in found.findings:
        assert one.severity == "warning"
        assert one.primary is not None
        assert one.help


# LMP0329: scores outside 0 to 1


def test_scores_outside_0_to_1() -> None:
    found = report("10 * f1(want.answer, got)", rows(), half_right(rows()))
    assert codes(found)[0] == "LMP0329"
    assert found.findings[0].message == "metric `m` gives scores outside 0 to 1, 10 for the row `1`"


# LMP0330: one score for all rows


def test_one_score_for_all_rows() -> None:
    for answer, score in (("x", 0), (None, 0)):
        found = report("exact(want.answer, got)", rows(), [answer] * 400)
        assert "LMP0330" in codes(found)
        assert found.findings[0].message == f"metric `m` is {score} on all 400 rows"
    right = [one.values["answer"] for one in rows()]
    assert codes(report("exact(want.answer, got)", rows(), right)) == ["LMP0330"]


def test_failed_runs_are_spoken_of() -> None:
    failed = [Scores(one, 0.0, failed=True) for one in rows()]
    found = examine(metric("exact(want.answer, got)"), ["question"], failed)
    assert found.findings[0].notes == ("400 of the runs failed",)


# LMP0331: metric is saturated


@pytest.mark.parametrize(("right", "end"), [(390, "the top"), (10, "the bottom")])
def test_nearly_all_rows_at_one_end(right: int, end: str) -> None:
    answers = [one.values["answer"] if at < right else "purple" for at, one in enumerate(rows())]
    found = report("exact(want.answer, got)", rows(), answers)
    saturated = [one for one in found.findings if one.code == "LMP0331"]
    assert [one.message for one in saturated] == [
        f"metric `m` is {1 if right == 390 else 0} on 98 % of the rows: nearly all are at {end}"
    ]


# LMP0332: a copy of the input scores high


def test_a_copy_of_the_input_scores_high() -> None:
    told = [row(n, answer=COLOURS[n % 5], question=f"Is it {' or '.join(COLOURS)}? {n}") for n in range(400)]
    found = report("contains(got, want.answer)", told, half_right(told))
    assert "LMP0332" in codes(found)
    assert codes(report("exact(want.answer, got)", told, half_right(told))) == []


# LMP0333: one answer for all scores high


def test_one_answer_for_all_scores_as_high_as_the_program() -> None:
    mostly = [row(n, answer="red" if n % 5 else "blue") for n in range(400)]
    found = report("exact(want.answer, got)", mostly, half_right(mostly))
    assert codes(found) == ["LMP0333"]
    assert found.findings[0].message == 'always `"red"` as the answer scores 80.0 % by metric `m`'


# LMP0334: wanted values score low


def test_wanted_values_that_score_low() -> None:
    wrong = [row(n, answer=COLOURS[n % 5].title() if n == 7 else COLOURS[n % 5]) for n in range(400)]
    found = report("lower(got) == want.answer", wrong, half_right(wrong))
    assert codes(found) == ["LMP0334"]
    assert "the row `7` of 400" in found.findings[0].notes[0]


# LMP0335: wanted value stands in the input


def test_a_wanted_value_in_an_input_of_another_name() -> None:
    leaky = [row(n, answer=COLOURS[n % 5], label=COLOURS[n % 5].title()) for n in range(400)]
    of = metric("exact(want.answer, got)")
    found = examine(of, ["question", "label"], given(of, leaky, half_right(leaky)))
    assert codes(found) == ["LMP0335"]
    assert found.findings[0].message == "the wanted `answer` stands in the input `label` of 400 of 400 rows"


# LMP0336: too few rows to see a difference


def test_too_few_rows() -> None:
    found = report("exact(want.answer, got)", rows(50), half_right(rows(50)))
    assert codes(found) == ["LMP0336"]
    assert found.findings[0].message == "50 rows show a difference of 20 points by metric `m`, and no smaller one"
    assert found.findings[0].help is not None
    assert found.findings[0].help.startswith("about 200 rows")


def test_a_graded_score_needs_fewer_rows() -> None:
    of = metric("exact(want.answer, got)")
    graded = [Scores(one, 0.4 + 0.02 * (at % 10)) for at, one in enumerate(rows(50))]
    assert "LMP0336" not in codes(examine(of, ["question"], graded))


# LMP0337: scores change by chance


def test_scores_that_change_by_chance() -> None:
    of = metric("exact(want.answer, got)")
    first = given(of, rows(), half_right(rows()))
    steady = with_repeats(first, [[one.score for one in first]] * 2)
    noisy = with_repeats(first, [[float(at % 3 == 0) for at in range(400)], [float(at % 5 == 1) for at in range(400)]])
    assert codes(examine(of, ["question"], steady)) == []
    assert codes(examine(of, ["question"], noisy)) == ["LMP0337"]


def test_the_share_of_chance() -> None:
    one = Scores(rows(1)[0], 1.0)
    assert share_of_chance([one]) is None
    assert share_of_chance([replace(one, repeats=(1.0,)), replace(one, score=0.0, repeats=(0.0,))]) == 0.0
    assert share_of_chance([replace(one, repeats=(0.0,)), replace(one, score=0.0, repeats=(1.0,))]) == 1.0
    assert share_of_chance([replace(one, repeats=(1.0,))] * 3) is None


# LMP0338: rows that tell nothing apart


def test_rows_on_which_a_wrong_answer_scores_as_the_right_one() -> None:
    found = report("starts_with(want.answer, got) or len(want.answer) == 5", rows(), half_right(rows()))
    assert "LMP0338" in codes(found)
    message = next(one.message for one in found.findings if one.code == "LMP0338")
    assert message == "on 240 of 400 rows metric `m` scores a wrong answer as high as the right one"


# LMP0339: rows without a score


def test_rows_without_a_score() -> None:
    holes = [row(n, **({} if n % 4 == 0 else {"answer": COLOURS[n % 5]})) for n in range(400)]
    answers = [one.values.get("answer") if at % 2 else "purple" for at, one in enumerate(holes)]
    found = report("exact(want.answer, got)", holes, answers)
    missing = next(one for one in found.findings if one.code == "LMP0339")
    assert missing.message == ("metric `m` has no score on 100 of 400 rows, which count 0: there is no field `answer`")
    assert missing.notes == ("the rows `0`, `4`, `8`, `12`, `16` and 95 more",)


# What an answer is


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        ("exact(want.answer, got)", {None: ("answer",)}),
        ("exact(want.a, got.a) and same(want.b, got.c)", {"a": ("a",), "c": ("b",)}),
        ("lower(want.answer) == lower(got)", {None: ("answer",)}),
        ("f1(want.a, got) if len(got) < 9 else 0", {None: ("a",)}),
        ("0.5 * f1(want.a, got) + 0.5 * f1(want.b, got)", {None: ("a", "b")}),
        ("exact(want.a, got.a) and len(got.b) < 9", None),
        ("exact(want.a, got) and exact(want.b, got.b)", None),
        ('len(f"{want.answer}{got}") < 20', None),
    ],
)
def test_what_the_given_value_is_compared_with(body: str, pairs: Any) -> None:
    assert compared(metric(body)) == pairs


def test_right_answers() -> None:
    one = row(1, a=["x", "y"], b=2)
    assert wanted_answers({None: ("a",)}, one) == [["x", "y"], "x"]
    assert wanted_answers({"p": ("a",), "q": ("b",)}, one) == [{"p": ["x", "y"], "q": 2}, {"p": "x", "q": 2}]


def test_where_answers_cannot_be_told_there_are_no_baselines() -> None:
    found = report('len(f"{want.answer}{got}") < 200', rows(), ["x" if at % 2 else "y" * 300 for at in range(400)])
    assert found.baselines == ()
    assert codes(found) == []
