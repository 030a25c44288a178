"""Synth: rows on the border, made up, labelled, and what is learnt from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from lmc.diagnostics import Diagnostic, Failure
from lmc.evaluate.rows import Roles
from lmc.ir.program import Program
from lmc.ir.walk import predictors
from lmc.lm.base import Request
from lmc.optimize.meta import MetaPrompts
from lmc.optimize.passes.labeled import Labeled
from lmc.optimize.passes.synth import Synth
from lmc.optimize.proposing.synthesis import distinct, is_made, made_row, shape_of, typed
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of, rows

TASK = """
signature Judge { "Is it even?" in text: str out parity: "even" | "odd" }
module Main(text: str) -> str { return (predict Judge(text)).parity }
metric good(want, got) = exact(want.parity, got)
"""
Reply = Callable[[Request], str]


def parity(number: int) -> str:
    return ["even", "odd"][number % 2]


TRAIN = [{"text": f"number {n}", "parity": parity(n)} for n in range(11, 51) if n % 10]
DEV = [{"text": f"secret number {n * 5}", "parity": parity(n * 5)} for n in range(1, 61)]


def world(seen: list[str] | None = None) -> Reply:
    """The LM takes numbers that end in 0 for odd, unless it is told better. The proposer makes up numbers round the
    tens, labels them right, and tells better when it is shown what went wrong."""
    made: list[str] = []

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if seen is not None:
            seen.append(prompt)
        if "Write one new input" in prompt:
            made.append(prompt)
            return f"number {100 + 5 * len(made)}"
        number = int(re.findall(r"number (\d+)", prompt)[-1])
        if "Say what is right" in prompt:
            return parity(int(re.findall(r"number (\d+)", prompt.split("Input:")[1])[0]))
        if "made a step of a program fail" in prompt:
            return (
                "Is it even? Numbers that end in zero are."
                if re.search(r"0\nparity: even\ngiven instead", prompt)
                else "Is it?"
            )
        return "odd" if number % 10 == 0 and "zero" not in prompt else parity(number)

    return reply


def instruction(program: Program) -> str:
    return next(one.settings.instruction or "" for _, one in predictors(program))


def test_what_is_hard_is_made_up_and_learnt(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    seen: list[str] = []
    bench = bench_of(program, world(seen), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    assert bench.scores(program, bench.train) == [1.0] * len(TRAIN), "the rows there are teach nothing"
    result = tune(program, [Synth()], bench, ())
    assert [one.outcome for one in result.passes] == ["accepted"]
    assert "zero" in instruction(result.program)
    asked = [one for one in seen if "secret" in one]
    assert all("Is it" in one and "fail" not in one and "new input" not in one for one in asked)


def test_rows_that_are_made_up_are_train_rows_and_say_so(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    before = bench.roles
    Synth(rounds=2, rows=6).run(program, bench)
    made = bench.train[len(before.train) :]
    assert bench.dev == before.dev
    assert len(made) == 12
    assert all(is_made(one) and one.file == "made up, labelled by model" for one in made)
    assert all(one.values["parity"] == parity(int(str(one.values["text"]).split()[1])) for one in made)
    bench.roles = Roles(made, bench.dev)
    taught = Labeled(k=4).run(program, bench)
    (predict,) = (one for _, one in predictors(taught))
    assert all(demo.origin and demo.origin.startswith("synth-model-") for demo in predict.settings.demos or ())


def test_scores_of_all_rounds_are_of_the_same_rows(compiled: Compile, bench_of: MakeBench) -> None:
    """After each round all that survived is scored on everything there is."""
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    bench.seed = 3
    Synth(rounds=3, rows=5).run(program, bench)
    union = [one.rows for one in bench.trials]
    assert set(union) == {37, 42, 47}
    kept = {
        rows: [one.candidate for one in bench.trials if one.rows == rows and one.decision == "kept"] for rows in union
    }
    after = {rows: [one.candidate for one in bench.trials if one.rows == rows] for rows in union}
    assert all(one in after[42] for one in kept[37])
    assert all(one in after[47] for one in kept[42])
    made = [row.id for row in bench.train if is_made(row)]
    assert all(set(made) <= set(bench.known(one)) for one in kept[47])


def test_without_dev_rows_half_of_them_become_those_and_stay_unseen(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    seen: list[str] = []
    bench = bench_of(program, world(seen), TRAIN[:6], (), meta=MetaPrompts(program.lms[0]))
    notes: list[str] = []
    bench.listen = lambda event, **details: notes.append(details["reason"]) if event == "note" else None
    result = tune(program, [Synth(rounds=4, rows=16)], bench, ())
    assert len(bench.dev) == 32
    assert len(bench.train) == 6 + 32
    assert notes == ["32 train rows were made up, labelled by a model, and 32 to compare candidates on"]
    assert "zero" in instruction(result.program)
    for row in bench.dev:
        shown = [
            one for one in seen if str(row.values["text"]) in one and ("fail in one way" in one or "new input" in one)
        ]
        assert not [one for one in shown if re.search(rf"{row.values['text']}\b", one)]


TYPED = """
type Kind = "small" | "large"
signature Judge { in count: int 0..500 in tags: list[str] in word: str? out kind: Kind }
module Main(count: int 0..500, tags: list[str], word: str?) -> Judge { return predict Judge(count, tags, word) }
metric good(want, got) = exact(want.kind, got.kind)
"""


def test_rows_have_the_types_of_the_program(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TYPED)
    cells = iter(
        [
            '{"count": "12", "tags": "[\\"a\\"]", "word": ""}',
            '{"count": "twelve", "tags": "[]", "word": "b"}',
            '{"count": "400", "tags": "[]", "word": "c"}',
            '{"tags": "[]", "word": "c"}',
            '{"count": "900", "tags": "[]", "word": "d"}',
        ]
    )

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        if "Write one new input" in prompt:
            return next(cells)
        if "Say what is right" in prompt:
            return "enormous" if "count: 400" in prompt else "small"
        return "small"

    train: list[dict[str, Any]] = [
        {"count": n, "tags": [], "word": None, "kind": "small" if n < 3 else "large"} for n in range(6)
    ]
    bench = bench_of(program, reply, train, train[:0], meta=MetaPrompts(program.lms[0]))
    bench.roles = Roles(bench.train, rows([{"count": 1, "tags": ["x"], "word": "y", "kind": "small"}], "dev"))
    Synth(rounds=1, rows=5, proposals=0).run(program, bench)
    made = [row.values for row in bench.train if is_made(row)]
    assert made == [{"count": 12, "tags": ["a"], "word": None, "kind": "small"}]


def test_shapes(compiled: Compile, bench_of: MakeBench) -> None:
    shape = shape_of(program := compiled(TYPED), bench_of(program, world()))
    assert shape is not None
    assert list(shape.inputs) == ["count", "tags", "word"]
    assert typed({"kind": "small"}, shape.wanted, shape.defs) == {"kind": "small"}
    assert typed({"kind": "huge"}, shape.wanted, shape.defs) is None
    media = compiled(
        """
        signature See { in photo: image out name: str }
        module Main(photo: image) -> str { return (predict See(photo)).name }
        metric good(want, got) = exact(want.name, got)
        """
    )
    assert shape_of(media, bench_of(media, world())) is None


def test_inputs_that_are_alike_are_dropped() -> None:
    known = [made_row({"text": "Number one, please"}, "model")]
    found = [{"text": text} for text in ("number one please!", "number two", "Number, two", "three")]
    assert distinct(found, known, ["text"]) == [{"text": "number two"}, {"text": "three"}]


def test_a_proposer_that_says_nothing(compiled: Compile, bench_of: MakeBench, reasons: object) -> None:
    program = compiled(TASK)
    bench = bench_of(program, lambda request: "", TRAIN, DEV, meta=MetaPrompts(program.lms[0]))
    heard = reasons(bench)  # type: ignore[operator]
    assert Synth().run(program, bench) is program
    assert heard == ["the proposer makes up no more rows that will do"]
    assert len(bench.train) == len(TRAIN)


@pytest.mark.parametrize("calls", [0, 20, 45, 60, 100, 300])
def test_a_budget_holds(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    program = compiled(TASK)
    bench = bench_of(program, world(), TRAIN, DEV, calls=calls, meta=MetaPrompts(program.lms[0]))
    tune(program, [Synth()], bench, ())
    assert bench.budget.spent.calls <= calls


def test_the_same_seed_makes_the_same_within_what_is_planned(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    benches = [bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0])) for _ in range(2)]
    one, other = (Synth().run(program, bench) for bench in benches)
    assert one == other
    assert benches[0].roles == benches[1].roles
    most = Synth().most_work(program, "Main", benches[0].roles)
    assert most is not None
    assert benches[0].proposals <= most.meta
    assert benches[0].budget.spent.calls <= most.runs + 2 * most.meta


def test_a_person_is_asked_once_and_left_in_peace(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    asked: list[int] = []

    def person(
        inputs: Sequence[Mapping[str, Any]], columns: Sequence[str], wanted: Sequence[str], fits: Callable[..., bool]
    ) -> list[dict[str, str]]:
        asked.append(len(inputs))
        assert (list(columns), list(wanted)) == (["text"], ["parity"])
        assert not fits({"parity": "green"})
        said = [{"parity": parity(int(str(one["text"]).split()[1]))} for one in inputs]
        return [{}, *said[1:]]

    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]), person=person)
    Synth(annotate="person", rounds=2, rows=5).run(program, bench)
    made = [row for row in bench.train if is_made(row)]
    assert asked == [5, 5]
    assert len(made) == 8
    assert {row.file for row in made} == {"made up, labelled by person"}


def test_nothing_is_kept_while_a_person_has_not_answered(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)

    def person(*asked: object) -> list[dict[str, str]]:
        raise Failure(Diagnostic("LMP0575", "labels are missing"))

    bench = bench_of(program, world(), TRAIN, DEV, meta=MetaPrompts(program.lms[0]), person=person)
    with pytest.raises(Failure):
        tune(program, [Synth(annotate="person")], bench, ())
    assert len(bench.train) == len(TRAIN)
