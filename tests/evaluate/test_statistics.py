"""Estimates against hand-computed values, and intervals against simulation."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.evaluate.statistics import bootstrap, interval, mcnemar, mean, paired_interval, wilson, z_of

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_mean_of_none_is_refused() -> None:
    assert mean([0, 1, 1, 0.5]) == 0.625
    with pytest.raises(ValueError, match="no scores"):
        mean([])


def test_wilson_by_hand() -> None:
    # 8 of 10: (0.8 + 3.8415/20 ± 1.96 sqrt(0.16/10 + 3.8415/400)) / (1 + 3.8415/10)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(50, 100, level=0.9) == pytest.approx((0.4188, 0.5812), abs=1e-4)


def test_interval_of_0_and_1_is_wilsons() -> None:
    assert interval([1, 0, True, 1.0], seed=3) == wilson(3, 4)


def test_intervals_depend_on_the_seed_alone() -> None:
    scores = [0.1, 0.5, 0.9, 0.4, 0.7]
    assert interval(scores, seed=1) == interval(scores[::-1], seed=1)
    assert interval(scores, seed=1, resamples=201) != interval(scores, seed=2, resamples=201)


def test_equal_differences_are_not_certainty() -> None:
    low, high = paired_interval([1, 0, 1, 0], [1, 0, 1, 0], seed=0)
    assert (low, high) == pytest.approx((-0.245, 0.245), abs=1e-3)


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_interval([1, 0], [1], seed=0)


def test_large_samples_agree_with_the_bootstrap() -> None:
    random = Random(5)
    scores = [random.random() for _ in range(2000)]
    large, resampled = interval(scores, seed=0), bootstrap(scores[:1999], 0, 0.95, 500)
    assert large == pytest.approx(resampled, abs=0.004)


@pytest.mark.parametrize("seed", range(3))
def test_coverage_of_the_mean(seed: int) -> None:
    random = Random(seed)
    hits = 0
    for trial in range(200):
        low, high = interval([random.betavariate(2, 1) for _ in range(60)], seed=trial, resamples=300)
        hits += low <= 2 / 3 <= high
    assert 0.90 <= hits / 200 <= 0.99


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_coverage_of_wilson(share: float) -> None:
    random = Random(7)
    hits = 0
    for _ in range(1000):
        low, high = wilson(sum(random.random() < share for _ in range(80)), 80)
        hits += low <= share <= high
    assert 0.93 <= hits / 1000 <= 0.98


def test_coverage_of_paired_differences() -> None:
    random = Random(11)
    hits = 0
    for trial in range(300):
        before, after = [], []
        for _ in range(100):
            u = random.random()
            before.append(float(u < 0.6))
            after.append(float(u < 0.6) if random.random() < 0.7 else float(random.random() < 0.8))
        low, high = paired_interval(after, before, seed=trial, resamples=300)
        hits += low <= 0.3 * 0.2 <= high
    assert 0.91 <= hits / 300 <= 0.98


def test_z_by_hand() -> None:
    # mean 0.5, standard deviation 1/sqrt(3), n 4: standard error 0.2887
    assert z_of([1, 0, 1, 0], 0.5) == pytest.approx(0.5 / (math.sqrt(1 / 3) / 2))
    # equal differences: the floor 0.5 / 4 is the standard error
    assert z_of([1, 1, 1, 1], 0.5) == pytest.approx(8.0)
    assert z_of([-1], 0.5) == -2.0
    assert z_of([0, 0, 0]) == 0.0
    assert z_of([]) == 0.0
    assert z_of([1, 1], floor=0) == math.inf


def test_mcnemar_by_hand() -> None:
    # 6 better, 1 worse: 2 * (C(7,0) + C(7,1)) / 2^7
    before, after = [0] * 6 + [1] + [1] * 5, [1] * 6 + [0] + [1] * 5
    assert mcnemar(after, before) == pytest.approx(2 * 8 / 128)
    assert mcnemar([1, 0], [1, 0]) == 1.0
    assert mcnemar([1, 0], [0, 1]) == 1.0
    assert mcnemar([1] * 2000, [0] * 2000) == pytest.approx(0.0)


@given(SCORES, st.integers(0, 5))
def test_an_interval_holds_its_mean(scores: list[float], seed: int) -> None:
    low, high = interval(scores, seed, resamples=200)
    middle = mean(scores)
    spread = max(scores) - min(scores)
    assert low - spread / 2 <= middle <= high + spread / 2
    assert low <= high


@given(SCORES)
def test_z_turns_with_its_differences(scores: list[float]) -> None:
    assert z_of([-score for score in scores]) == -z_of(scores)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_mcnemar_is_a_symmetric_probability(pairs: list[tuple[bool, bool]]) -> None:
    after, before = [float(one) for one, _ in pairs], [float(other) for _, other in pairs]
    assert 0 < mcnemar(after, before) <= 1
    assert mcnemar(after, before) == mcnemar(before, after)
