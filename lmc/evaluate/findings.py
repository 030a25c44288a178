"""What the metric doctor says. All are warnings at the metric's declaration."""

from __future__ import annotations

from collections.abc import Sequence

from lmc.diagnostics import Diagnostic, Label
from lmc.ir.program import Metric

SHOWN = 5
"""The most rows that are named."""


def finding(code: str, metric: Metric, message: str, help: str, *notes: str) -> Diagnostic:
    """A warning at a metric."""
    return Diagnostic(
        code, message, Label(metric.span) if metric.span else None, notes=notes, help=help, severity="warning"
    )


def named_rows(ids: Sequence[str]) -> str:
    """Rows by their ids, the first few."""
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return ("the rows " if len(ids) > 1 else "the row ") + ", ".join(f"`{one}`" for one in ids[:SHOWN]) + more


def outside(metric: Metric, count: int, score: float, row: str) -> Diagnostic:
    """LMP0329."""
    message = f"metric `{metric.name}` gives scores outside 0 to 1, {score:g} for the row `{row}`"
    note = f"{count} row{'s' * (count != 1)} in all; decisions of tuning take scores to lie from 0 to 1"
    return finding("LMP0329", metric, message, "divide by the greatest score, or use `clamp(score, 0, 1)`", note)


def one_score(metric: Metric, score: float, rows: int, failed: int) -> Diagnostic:
    """LMP0330."""
    message = f"metric `{metric.name}` is {score:g} on all {rows} rows"
    help = {
        0: "look at what the program gives (`--rows`): a metric that it never meets cannot guide tuning",
        1: "tune a harder program, or a stricter metric: there is nothing left to gain",
    }
    notes = (f"{failed} of the runs failed",) if failed else ()
    words = help.get(score, "make the metric depend on what the program gives")  # type: ignore[call-overload]
    return finding("LMP0330", metric, message, words, *notes)


def saturated(metric: Metric, share: float, *, at_top: bool) -> Diagnostic:
    """LMP0331."""
    end, message = ("the top", "1") if at_top else ("the bottom", "0")
    advice = (
        "use harder rows or a stricter metric: what is left to gain is little more than noise"
        if at_top
        else "give part of the score for part of the answer (`f1`, `json_match`), or start from a better LM"
    )
    message = f"metric `{metric.name}` is {message} on {100 * share:.0f} % of the rows: nearly all are at {end}"
    return finding("LMP0331", metric, message, advice)


def copy_scores(metric: Metric, what: str, score: float, program: float) -> Diagnostic:
    """LMP0332."""
    message = f"{what} as the answer scores {100 * score:.1f} % by metric `{metric.name}`"
    help = "use a metric that asks for nothing but the answer (`exact`, `same`, `f1` in place of `contains`)"
    return finding("LMP0332", metric, message, help, f"the program scores {100 * program:.1f} %")


def constant_scores(metric: Metric, what: str, score: float, program: float) -> Diagnostic:
    """LMP0333."""
    message = f"{what} as the answer scores {100 * score:.1f} % by metric `{metric.name}`"
    help = "use rows whose answers are more evenly spread, or a metric that does not pay for the most frequent one"
    return finding("LMP0333", metric, message, help, f"the program scores {100 * program:.1f} %")


def wanted_low(metric: Metric, score: float, ids: Sequence[str], rows: int) -> Diagnostic:
    """LMP0334."""
    message = f"the wanted values themselves score {100 * score:.1f} % by metric `{metric.name}`, not 100"
    note = f"{named_rows(ids)} of {rows}: no program can score 1 there"
    return finding("LMP0334", metric, message, "correct these rows, or the comparison", note)


def in_input(metric: Metric, column: str, name: str, count: int, rows: int) -> Diagnostic:
    """LMP0335."""
    message = f"the wanted `{column}` stands in the input `{name}` of {count} of {rows} rows"
    return finding("LMP0335", metric, message, f"remove the input `{name}`, or compare with another column")


def too_few_rows(metric: Metric, rows: int, detectable: float, wanted: float, needed: int) -> Diagnostic:
    """LMP0336."""
    points = f"{100 * detectable:.0f} points"
    message = f"{rows} rows show a difference of {points} by metric `{metric.name}`, and no smaller one"
    help = f"about {needed} rows would show one of {100 * wanted:.0f} points; a score between 0 and 1 needs fewer"
    return finding("LMP0336", metric, message, help)


def chance(metric: Metric, share: float) -> Diagnostic:
    """LMP0337."""
    message = f"{100 * share:.0f} % of what tells scores of metric `{metric.name}` apart is chance"
    help = "lower the temperature, or ask several times and take the most frequent answer"
    note = "the same runs were repeated, and their scores differed more than those of different rows"
    return finding("LMP0337", metric, message, help, note)


def blind_rows(metric: Metric, ids: Sequence[str], rows: int) -> Diagnostic:
    """LMP0338."""
    message = f"on {len(ids)} of {rows} rows metric `{metric.name}` scores a wrong answer as high as the right one"
    note = f"{named_rows(ids)}: what another row wants scores there what the row's own answer does"
    return finding("LMP0338", metric, message, "use a stricter comparison, or correct these rows", note)


def no_score(metric: Metric, count: int, rows: int, reason: str, ids: Sequence[str]) -> Diagnostic:
    """LMP0339."""
    message = f"metric `{metric.name}` has no score on {count} of {rows} rows, which count 0: {reason}"
    help = "fill in the column, or say what a missing value scores: `default(want.column, …)`"
    return finding("LMP0339", metric, message, help, named_rows(ids))
