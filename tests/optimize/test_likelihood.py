"""How likely a program finds the right replies of rows, and of which programs that can be said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lmc.analysis.calls import sites
from lmc.evaluate.rows import Row
from lmc.ir.patch import apply_patch
from lmc.ir.program import LMDecl, Program, Settings
from lmc.lm.base import BudgetExceeded, LMError, Reply, Request
from lmc.lm.budget import Budget
from lmc.lm.problems import prompt_too_long, unreachable
from lmc.lm.scripted import Scripted
from lmc.optimize.likelihood import last_call, log_likelihoods, scorable

from .conftest import Compile, prompt_of, rows

ROUTE = """
signature Route { in text: str out topic: "music" | "food" }
module Main(text: str) -> Route { return predict Route(text) }
"""
ROWS = rows([{"text": "play some jazz", "topic": "music"}, {"text": "a table for two", "topic": "food"}])


def likelihoods(
    program: Program, reply: Callable[[Request], Reply], some: Sequence[Row] = ROWS, calls: int | None = None
) -> tuple[list[float | None], Budget]:
    """What the rows say, and what that was metered at."""
    budget = Budget(Scripted(reply), calls)
    return asyncio.run(log_likelihoods(program, "Main", some, {lm.name: budget for lm in program.lms})), budget


def knowing(request: Request) -> Reply:
    """Finds the topic likely that the text is about, the likelier the more its prompt says of it."""
    expected, prompt = str(request.body["expect"]), prompt_of(request)
    about = "music" if prompt.endswith("jazz") else "food"
    return Reply(expected, logprob=(-0.5 if expected == about else -4.0) - (0.25 if "topic" not in prompt else 0.0))


def test_a_call_a_row_says_how_likely_its_right_reply_is(compiled: Compile) -> None:
    found, budget = likelihoods(compiled(ROUTE), knowing)
    assert found == [-0.5, -0.5]
    assert budget.spent.calls == 2
    wrong = rows([{"text": "play some jazz", "topic": "food"}])
    assert likelihoods(compiled(ROUTE), knowing, wrong)[0] == [-4.0]


def test_a_change_of_the_prompt_is_seen_where_the_reply_would_be_the_same(compiled: Compile) -> None:
    program = compiled(ROUTE)
    before, _ = likelihoods(program, knowing)
    ((address, _),) = sites(program, "Main")
    after, _ = likelihoods(apply_patch(program, {address: Settings(instruction="Choose.")}), knowing)
    assert [one - other for one, other in zip(before, after, strict=True) if one and other] == [0.25, 0.25]


def test_the_question_is_that_of_the_run_but_for_what_is_expected(compiled: Compile, bench_of: Any) -> None:
    program = compiled(ROUTE + "metric good(want, got) = exact(want.topic, got.topic)")
    seen: list[Request] = []

    def reply(request: Request) -> Reply:
        seen.append(request)
        return Reply("music", logprob=-1.0)

    likelihoods(program, reply, ROWS[:1])
    bench = bench_of(program, reply, dev=[dict(ROWS[0].values)])
    assert bench.scores(program, bench.dev) == [1.0]
    scored, run = seen
    assert {**run.body, "expect": "music"} == scored.body
    assert scored.model == run.model


def test_a_row_that_does_not_tell_is_not_asked(compiled: Compile) -> None:
    some = rows([{"text": "play some jazz"}, {"text": None, "topic": "food"}, {"text": "jazz", "topic": "sports"}])
    found, budget = likelihoods(compiled(ROUTE), knowing, some)
    assert found == [None, None, None]
    assert budget.spent.calls == 0


def test_an_lm_that_does_not_say_and_a_prompt_too_long_cost_their_row_alone(compiled: Compile) -> None:
    def reply(request: Request) -> Reply:
        if "jazz" in prompt_of(request):
            raise LMError(prompt_too_long("local/m", 9000, 8192))
        return Reply("food")

    assert likelihoods(compiled(ROUTE), reply)[0] == [None, None]
    assert likelihoods(compiled(ROUTE), lambda request: reply(request) and knowing(request))[0] == [None, -0.5]


def test_what_ends_a_run_ends_it_here(compiled: Compile) -> None:
    def reply(request: Request) -> Reply:
        raise LMError(unreachable("openai/m", "no"))

    with pytest.raises(LMError):
        likelihoods(compiled(ROUTE), reply)
    with pytest.raises(BudgetExceeded):
        likelihoods(compiled(ROUTE), knowing, calls=1)


LAST: dict[str, tuple[str, str | None]] = {
    "the only call": ("module Main(text: str) -> Route { return predict Route(text) }", "Main"),
    "after another call": (
        """module Main(text: str) -> Route {
  let short = predict Shorten(text)
  return predict Route(text)
}""",
        "Main",
    ),
    "around another call": (
        """module Main(text: str) -> Route {
  let short = predict Shorten(text)
  return predict Route(short.short)
}""",
        "Main",
    ),
    "in another module": (
        """module Main(text: str) -> Route { return Inner(text) }
module Inner(text: str) -> Route { return predict Route(text) }""",
        "Inner",
    ),
    "in an attempt": (
        """module Main(text: str) -> Route {
  let r = predict Route(text)
  assert r.topic != "food" or "table" in text else "say food only for tables" retry 1
  return r
}""",
        "Main",
    ),
    "of several votes": ("module Main(text: str) -> Route { return vote 3 predict Route(text) }", "Main_route"),
    "in one of two branches": (
        """module Main(text: str) -> Route {
  if len(text) > 3 { return predict Route(text) }
  return { topic: "food" }
}""",
        None,
    ),
    "after a return in some cases": (
        """module Main(text: str) -> Route {
  if len(text) < 3 { return { topic: "food" } }
  return predict Route(text)
}""",
        None,
    ),
    "none": ('module Main(text: str) -> Route { return { topic: "food" } }', None),
}


@pytest.mark.parametrize("name", LAST)
def test_the_last_call_is_one_that_every_run_makes(name: str, compiled: Compile) -> None:
    source, owner = LAST[name]
    program = compiled(
        'signature Route { in text: str out topic: "music" | "food" }\n'
        "signature Shorten { in text: str out short: str }\n" + source
    )
    found = last_call(program, "Main")
    assert (found and (found[0].name, found[1].signature)) == (owner and (owner, "Route"))


def test_a_call_that_takes_what_another_gave_has_no_likelihood(compiled: Compile) -> None:
    shorten = "signature Shorten { in text: str out short: str }\n"
    route = 'signature Route { in text: str out topic: "music" | "food" }\n'
    chain = compiled(shorten + route + LAST["around another call"][0])
    beside = compiled(shorten + route + LAST["after another call"][0])
    assert likelihoods(chain, knowing)[0] == [None, None]
    assert likelihoods(beside, knowing)[0] == [-0.5, -0.5]


def test_who_asks_first_knows_whether_there_is_any(compiled: Compile) -> None:
    program = compiled(ROUTE)
    assert not scorable(program, "Main")
    local = replace(program, lms=(LMDecl("small", "local/smollm2-135m"),))
    assert scorable(local, "Main")
    branch = LAST["in one of two branches"][0]
    assert not scorable(replace(local, modules=compiled(ROUTE.partition("module")[0] + branch).modules), "Main")


@pytest.mark.lm
def test_the_embedded_lm_finds_right_replies_likelier(compiled: Compile) -> None:
    pytest.importorskip("xllamacpp")
    from lmc.lm.local import LocalLM
    from lmc.lm.models import find

    model = find("smollm2-135m")
    if model is None:
        pytest.skip("the model is not here: lmc model pull smollm2-135m")
    path = model.path
    shots = (
        'signature Route { "Is it about music or about food?" in text: str out topic: "music" | "food"\n'
        '  demo { text: "play a song" => topic: "music" }\n  demo { text: "cook the rice" => topic: "food" } }\n'
        "module Main(text: str) -> Route { return predict Route(text) }\n"
    )
    program = replace(compiled(shots), lms=(LMDecl("small", "local/smollm2-135m"),))
    texts = ("play some jazz", "a new album", "sing along", "eat a pizza", "a table for two", "bake bread")
    topics = ("music",) * 3 + ("food",) * 3
    right = rows([{"text": text, "topic": topic} for text, topic in zip(texts, topics, strict=True)])
    wrong = rows([{"text": text, "topic": topic} for text, topic in zip(texts, topics[::-1], strict=True)])

    async def run() -> list[list[float | None]]:
        lm = LocalLM(path, threads=1)
        try:
            return [await log_likelihoods(program, "Main", some, {"small": lm}) for some in (right, wrong, right)]
        finally:
            await lm.close()

    good, bad, again = asyncio.run(run())
    assert good == again
    assert sum((one or 0.0) > (other or 0.0) for one, other in zip(good, bad, strict=True)) >= 5  # chance: 3
