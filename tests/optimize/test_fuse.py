"""One call in the place of two, where nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lmc.analysis.calls import sites
from lmc.elaborate import structure_between
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Layout, Program, Settings
from lmc.lm.base import Request
from lmc.optimize.bench import Bench, once_of
from lmc.optimize.demonstrations.demos import demos_of
from lmc.optimize.passes.fuse import Fuse, fuse, pairs_of
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, prompt_of

TASK = """
signature Last {
  "Give the last digit of the number."
  in text: str
  out digit: int
}
signature Judge {
  "Is the digit even or odd?"
  in digit: int
  out parity: "even" | "odd"
}
module Main(text: str) -> str {
  let digit = (predict Last(text)).digit
  return (predict Judge(digit)).parity
}
metric good(want, got) = exact(want.parity, got)
"""


def rows(first: int, count: int) -> list[dict[str, Any]]:
    found = range(first, first + count)
    return [{"text": f"number {n}", "parity": "odd" if n % 2 else "even", "digit": n % 10} for n in found]


TRAIN, DEV = rows(100, 24), rows(0, 48)


def both(request: Request) -> str:
    """Does either step, and both at once."""
    prompt = prompt_of(request)
    if "Is the digit" not in prompt:
        return str(int(prompt.rpartition("number ")[2].split()[0]) % 10)
    if "number " not in prompt:
        return "odd" if int(prompt.split("\n")[-1].split()[-1]) % 2 else "even"
    number = int(prompt.rpartition("number ")[2].split()[0])
    return f"Digit: {number % 10}\nParity: {'odd' if number % 2 else 'even'}"


def one_thing_at_a_time(request: Request) -> str:
    """Cannot do both at once."""
    said = both(request)
    return "Digit: 0\nParity: even" if "Parity:" in said else said


def test_two_calls_become_one_that_gives_what_both_did(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    bench = bench_of(program, both, TRAIN, DEV)
    result = tune(program, [Fuse()], bench, ())
    assert result.passes[0].outcome == "accepted"
    assert bench.run_calls(result.program) == 1
    text = structure_between(program, result.program)
    assert text is not None
    assert text.startswith(
        """signature LastJudge {
  "Give the last digit of the number. Is the digit even or odd?"
  in text: str
  out digit: int
  out parity: "even" | "odd"
}
"""
    )


def test_two_calls_that_are_needed_stay_two(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    assert Fuse().run(program, bench_of(program, one_thing_at_a_time, TRAIN, DEV)) is program


def test_a_chain_becomes_one_call_step_by_step(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        TASK.replace(
            "return (predict Judge(digit)).parity",
            "let parity = (predict Judge(digit)).parity\n  return (predict Name(parity)).word",
        ).replace("module Main", 'signature Name { "Name it." in parity: str out word: "even" | "odd" }\nmodule Main')
    )

    def reply(request: Request) -> str:
        prompt = prompt_of(request)
        names = "Name it." in prompt
        if "number " not in prompt and "Is the digit" not in prompt:
            return prompt.split("\n")[-1]
        if not names:
            return both(request)
        digits = [word for word in prompt.split() if word.isdigit()]
        parity = "odd" if int(digits[-1]) % 2 else "even"
        lines = [f"Digit: {int(digits[-1]) % 10}"] if "number " in prompt else []
        return "\n".join([*lines, f"Parity: {parity}", f"Word: {parity}"])

    fused = Fuse().run(program, bench_of(program, reply, TRAIN, DEV))
    assert len(sites(fused, "Main")) == 1
    assert [one.name for one in fused.signature(sites(fused, "Main")[0][1].signature).outputs] == [
        "digit",
        "parity",
        "word",
    ]


def test_it_is_shown_good_runs_of_the_two(compiled: Compile, bench_of: MakeBench) -> None:
    """As many as the two have, out of train rows alone."""
    program = compiled(TASK)
    shown = tuple(Demo((("text", f"number {n}"),), (("digit", n % 10),), f"row {n - 100}") for n in (100, 101, 102))
    program = apply_patch(program, {"Main.last": Settings(demos=shown)})
    fused = Fuse().run(program, bench_of(program, both, TRAIN, DEV))
    ((_, predict),) = sites(fused, "Main")
    demos = demos_of(fused, predict)
    assert len(demos) == 3
    for demo in demos:
        number = int(str(dict(demo.inputs)["text"]).split()[1])
        assert dict(demo.outputs) == {"digit": number % 10, "parity": "odd" if number % 2 else "even"}
        assert str(demo.origin).startswith("row ")


def test_it_is_not_tried_where_the_first_call_is_often_wrong(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    """The rows tell the digit: as reasoning that is wrong one time in four it would mislead."""
    program = compiled(TASK)

    def reply(request: Request) -> str:
        said = both(request)
        return str((int(said) + 2) % 10) if said.isdigit() and int(said) % 4 == 0 else said

    bench = bench_of(program, reply, TRAIN, DEV)
    heard = reasons(bench)
    assert Fuse().run(program, bench) is program
    assert heard == ["no two calls are worth fusing"]
    assert len(sites(Fuse(right=0.5).run(program, bench), "Main")) == 1


BODIES = {
    "fed by a field of the reply": ("let a = predict Last(text)\n let b = predict Judge(digit: a.digit)", 1),
    "fed by a name of the field": ("let a = predict Last(text)\n let d = a.digit\n let b = predict Judge(d)", 1),
    "fed by something else made of it": ("let a = predict Last(text)\n let b = predict Judge(digit: a.digit + 0)", 0),
    "not fed": ("let a = predict Last(text)\n let b = predict Judge(digit: len(text) + 0 * a.digit)", 0),
    "used in between": (
        'let a = predict Last(text)\n assert a.digit < 9 else f"no"\n let b = predict Judge(digit: a.digit)',
        0,
    ),
    "of other settings": (
        "let a = predict Last(text)\n let b = predict Judge(digit: a.digit) with { temperature: 0.5 }",
        0,
    ),
    "sampled": ("let a = predict Last(text)\n let b = vote 3 predict Judge(digit: a.digit)", 0),
    "asserted on behind": (
        "let a = predict Last(text)\n let b = predict Judge(digit: a.digit)\n"
        ' assert b.parity == "odd" or a.digit < 9 else "no"',
        1,
    ),
}


@pytest.mark.parametrize("body", BODIES)
def test_which_calls_can_be_one(compiled: Compile, body: str) -> None:
    source, count = BODIES[body]
    program = compiled(
        TASK.replace(
            "let digit = (predict Last(text)).digit\n  return (predict Judge(digit)).parity",
            f"{source}\n return b.parity",
        )
    )
    pairs = pairs_of(program, "Main")
    assert len(pairs) == count
    for pair in pairs:
        fused = fuse(program, pair)
        assert fused is not None
        assert sum(once_of(fused).values()) == 1


def test_replies_that_are_returned_whole_keep_their_fields(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        TASK[: TASK.index("module Main")]
        + """
module Main(text: str) -> { last: Last, judged: Judge } {
  let last = predict Last(text)
  let judged = predict Judge(digit: last.digit)
  return { last: last, judged: judged }
}
metric good(want, got) = exact(want.parity, got.judged.parity)
"""
    )
    bench = bench_of(program, both, TRAIN, DEV)
    fused = fuse(program, pairs_of(program, "Main")[0])
    assert fused is not None
    old, new = bench.results([program, fused], bench.dev, keep=True)
    assert [one.outcome.value for one in old if one.outcome] == [one.outcome.value for one in new if one.outcome]


def test_inputs_of_one_name_are_one_only_if_they_are_given_the_same(compiled: Compile) -> None:
    source = """
signature A { in text: str out note: str }
signature B { in text: str in note: str out answer: str }
module Main(text: str) -> str {
  let a = predict A(text)
  return (predict B(text: TEXT, note: a.note)).answer
}
metric good(want, got) = exact(want.answer, got)
"""
    same, other = compiled(source.replace("TEXT", "text")), compiled(source.replace("TEXT", "lower(text)"))
    assert fuse(same, pairs_of(same, "Main")[0]) is not None
    assert fuse(other, pairs_of(other, "Main")[0]) is None


def test_a_layout_for_one_output_is_not_kept_for_two(compiled: Compile) -> None:
    program = compiled(TASK)
    bare = Settings(layout=Layout("chat", "plain", "bare"))
    fused = fuse(*with_pair(apply_patch(program, {"Main.last": bare, "Main.judge": bare})))
    assert fused is not None
    assert sites(fused, "Main")[0][1].settings.layout == Layout("chat", "plain", "fields")


def with_pair(program: Program) -> tuple[Program, Any]:
    return program, pairs_of(program, "Main")[0]


def test_it_is_passed_over_where_there_is_one_call(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(
        "signature J { in text: str out parity: str }\n"
        "module Main(text: str) -> str { return (predict J(text)).parity }\n"
        "metric good(want, got) = exact(want.parity, got)"
    )
    bench = bench_of(program, both, TRAIN, DEV)
    heard = reasons(bench)
    assert Fuse().run(program, bench) is program
    assert heard == ["no call feeds another alone"]
    assert bench.budget.spent.calls == 0


@pytest.mark.parametrize("calls", [0, 60, 250])
def test_it_keeps_to_the_budget(compiled: Compile, bench_of: MakeBench, calls: int) -> None:
    program = compiled(TASK)
    result = tune(program, [Fuse()], bench_of(program, both, TRAIN, DEV, calls=calls), ())
    assert result.spent.calls <= calls


def test_it_works_without_train_rows(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    assert len(sites(Fuse().run(program, bench_of(program, both, (), DEV)), "Main")) == 1


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TASK)
    first, second = (bench_of(program, both, TRAIN, DEV) for _ in range(2))
    assert Fuse(k=4).run(program, first) == Fuse(k=4).run(program, second)
    assert first.budget.spent == second.budget.spent
