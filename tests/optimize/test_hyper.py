"""Values that the source leaves open with `tune`, chosen by races."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lmc.ir.patch import apply_patch, patch_between
from lmc.ir.program import Layout, Program, Settings, Space
from lmc.lm.base import Request
from lmc.optimize.auto import auto
from lmc.optimize.bench import Bench
from lmc.optimize.knobs import Knob, offered
from lmc.optimize.passes.hyper import Hyper
from lmc.optimize.tune import tune

from .conftest import Compile, MakeBench, asked, prompt_of

DEV = [{"question": f"question {number}", "answer": f"answer {number}"} for number in range(48)]
METRIC = "metric good(want, got) = exact(want.answer, got)\n"


def right(request: Request) -> str:
    """The answer to the question that stands last in the prompt."""
    return f"answer {prompt_of(request).rpartition('question ')[2].split()[0]}"


def by_parity(request: Request) -> bool:
    return int(right(request).split()[1]) % 2 == 0


def chosen(program: Program, bench: Bench, **options: Any) -> dict[str, Settings]:
    return patch_between(program, Hyper(**options).run(program, bench))


TEXT = """
signature Ask { in question: str in style: str out answer: str }
module Main(question: str) -> str {
  return (predict Ask(question, style: tune { "short", "rhymed", "plain" })).answer
}
"""


def test_a_tuned_text_that_helps_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TEXT + METRIC)

    def reply(request: Request) -> str:
        return right(request) if "plain" in prompt_of(request) or by_parity(request) else "la la la"

    ((_, settings),) = chosen(program, bench_of(program, reply, dev=DEV)).items()
    assert settings == Settings(value="plain")


def test_what_does_not_help_is_left_as_it_is_written(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TEXT + METRIC)
    bench = bench_of(program, lambda request: right(request) if by_parity(request) else "la la la", dev=DEV)
    assert Hyper().run(program, bench) is program


def test_the_depth_of_a_retrieval_is_found(compiled: Compile, bench_of: MakeBench) -> None:
    """The passage that tells comes fifth."""
    program = compiled(
        """
extern python "search.py" search(query: str, k: int) -> list[str]
signature Ask { in question: str in passages: list[str] out answer: str }
module Main(question: str) -> str {
  let passages = search(question, tune 1..10)
  return (predict Ask(question, passages)).answer
}
"""
        + METRIC
    )

    def search(query: str, k: int) -> list[str]:
        return [f"passage {place} on {query}" for place in range(k)]

    def reply(request: Request) -> str:
        number = asked(request).split("question ")[1].split()[0]
        return f"answer {number}" if "passage 4" in prompt_of(request) else "unknown"

    bench = bench_of(program, reply, dev=DEV, externals={"search": search})
    ((_, settings),) = chosen(program, bench, points=4).items()
    assert settings == Settings(value=7), "of 1, 4, 7 and 10 the first that has the passage"


def test_settings_of_a_call_are_found_one_after_the_other(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
lm large = "scripted/large"
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = tune { predict, chain_of_thought } Ask(question) with {
    lm: tune { small, large },
    temperature: tune 0.0..1.0,
  }
  return reply.answer
}
"""
        + METRIC
    )

    def reply(request: Request) -> str:
        body = request.body
        good = request.model.endswith("large") and body["temperature"] == 0.5
        thinks = "easoning" in prompt_of(request)
        said = right(request) if good or (request.model.endswith("large") and by_parity(request)) else "no"
        return f"Reasoning: well\nAnswer: {said if thinks else 'no'}" if thinks else said

    found = chosen(program, bench_of(program, reply, dev=DEV), points=3)
    assert found == {"Main.reply": Settings(lm="large", temperature=0.5)}


def test_it_comes_out_the_same_again(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TEXT + METRIC)

    def reply(request: Request) -> str:
        return right(request) if "rhymed" in prompt_of(request) or by_parity(request) else "la"

    first, second = (bench_of(program, reply, dev=DEV) for _ in range(2))
    assert chosen(program, first) == chosen(program, second)
    assert first.budget.spent == second.budget.spent


def test_it_is_passed_over_where_nothing_is_left_open(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
"""
        + METRIC
    )
    bench = bench_of(program, right, dev=DEV)
    heard = reasons(bench)
    assert Hyper().run(program, bench) is program
    assert heard == ["the program has no `tune`"]
    assert "hyper" not in [one.name for one in auto(program, bench)]


def test_it_is_part_of_what_is_run_by_default_where_something_is_left_open(
    compiled: Compile, bench_of: MakeBench
) -> None:
    program = compiled(TEXT + METRIC)
    assert [one.name for one in auto(program, bench_of(program, right))][-1] == "hyper"


@pytest.mark.parametrize("calls", [0, 20, 60, 200])
def test_it_keeps_to_the_budget(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]], calls: int
) -> None:
    program = compiled(TEXT + METRIC)
    bench = bench_of(program, lambda request: right(request) if by_parity(request) else "la", dev=DEV, calls=calls)
    heard = reasons(bench)
    result = tune(program, [Hyper()], bench, ())
    assert result.spent.calls <= calls
    assert calls > 20 or heard == ["the budget has no room for more values"]


@pytest.mark.parametrize(
    ("space", "values"),
    [
        (Space(("a", None, 3)), ["a", None, 3]),
        (Space(None, 1, 3), [1, 2, 3]),
        (Space(None, 0, 30), [0, 10, 20, 30]),
        (Space(None, 2, 2), [2]),
        (Space(None, 0.0, 1.5), [0.0, 0.5, 1.0, 1.5]),
        (Space(None, 0, 0.3), [0.0, 0.1, 0.2, 0.3]),
    ],
)
def test_what_is_tried(space: Space, values: list[Any]) -> None:
    assert offered(space, 4) == values


def test_a_layout_for_one_output_is_not_kept_for_two(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = tune { predict, chain_of_thought } Ask(question)
  return reply.answer
}
"""
        + METRIC
    )
    laid_out = apply_patch(program, {"Main.reply": Settings(layout=Layout("chat", "plain", "bare"))})
    thinking = Knob("Main.reply", "strategy", Space()).put(laid_out, "chain_of_thought")
    assert patch_between(laid_out, thinking)["Main.reply"] == Settings(
        strategy="chain_of_thought", layout=Layout("chat", "plain", "fields")
    )


BIASED = """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str {
  let reply = predict Ask(question) with {
    logit_bias: tune { [], [[12, -5]], [[12, 5]] },
    top_p: tune 0.1..1.0,
    max_tokens: tune { 8, 16 },
  }
  return reply.answer
}
"""


def biased(request: Request) -> str:
    """Right on half of the rows; with the bias on nearly all, and with a high `top_p` on all."""
    body = request.body
    good = body["logit_bias"] == {"12": 5}
    share = 24 + (16 if good else 0) + (8 if good and body["top_p"] > 0.6 else 0)
    number = int(right(request).split()[1])
    return right(request) if (number * 29) % 48 < share else "no"


@pytest.mark.parametrize("mode", ["coordinate", "tpe"])
def test_what_is_added_to_logits_is_found(compiled: Compile, bench_of: MakeBench, mode: str) -> None:
    program = compiled(BIASED + METRIC)
    found = chosen(program, bench_of(program, biased, dev=DEV), mode=mode)
    assert found["Main.reply"].logit_bias == ((12, 5),)


def test_settings_that_help_only_together_are_found_by_tpe(compiled: Compile, bench_of: MakeBench) -> None:
    program, found = compiled(BIASED + METRIC), 0
    for seed in range(10):
        bench = bench_of(program, biased, dev=DEV)
        bench.seed = seed
        settings = chosen(program, bench, mode="tpe").get("Main.reply", Settings())
        found += settings.logit_bias == ((12, 5),) and (settings.top_p or 0) > 0.6
    assert found >= 9


def test_what_lies_upstream_is_not_asked_again(compiled: Compile, bench_of: MakeBench) -> None:
    """Two calls, the second tuned: the first is made once for each row."""
    program = compiled(
        """
signature Think { in question: str out thought: str }
signature Ask { in question: str in thought: str out answer: str }
module Main(question: str) -> str {
  let first = predict Think(question)
  return (predict Ask(question, thought: first.thought) with { temperature: tune { 0.0, 0.5, 1.0 } }).answer
}
"""
        + METRIC
    )
    first: set[str] = set()
    second: set[tuple[str, float]] = set()

    def reply(request: Request) -> str:
        if "hmm" in prompt_of(request):
            second.add((prompt_of(request), request.body["temperature"]))
            return right(request) if request.body["temperature"] == 0.5 or by_parity(request) else "no"
        first.add(prompt_of(request))
        return "hmm"

    bench = bench_of(program, reply, dev=DEV)
    assert chosen(program, bench)["Main.ask"].temperature == 0.5
    assert bench.budget.spent.calls == len(first) + len(second)
    assert bench.budget.reused >= 2 * len(first)


def test_how_many_passages_are_shown_is_found_without_asking_what_lies_upstream(
    compiled: Compile, bench_of: MakeBench
) -> None:
    """A retrieval between two calls: of another depth only the second call is made again."""
    program = compiled(
        """
extern python "search.py" search(query: str, k: int) -> list[str]
signature Query { in question: str out query: str }
signature Ask { in question: str in passages: list[str] out answer: str }
module Main(question: str) -> str {
  let said = predict Query(question)
  return (predict Ask(question, passages: search(said.query, tune 1..4))).answer
}
"""
        + METRIC
    )
    first: set[str] = set()
    second: set[str] = set()

    def reply(request: Request) -> str:
        prompt = asked(request)
        if "passage" in prompt:
            second.add(prompt)
            return f"answer {prompt.split('question ')[1].split()[0]}" if "passage 2" in prompt else "no"
        first.add(prompt)
        return f"about {prompt}"

    found = {"search": lambda query, k: [f"passage {place} on {query}" for place in range(k)]}
    bench = bench_of(program, reply, dev=DEV, externals=found)
    ((_, settings),) = chosen(program, bench).items()
    assert settings.value == 3
    assert bench.budget.spent.calls == len(first) + len(second)
    assert bench.budget.reused >= 2 * len(first)
