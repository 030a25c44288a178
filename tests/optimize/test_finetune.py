"""Rows to train on: what they hold, and what they never do; programs that ask the tuned model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from lmc.analysis.calls import sites
from lmc.elaborate import restructured, structure_between
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Layout, LMDecl, Program, Settings
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.chats import ChatRow, Chats, divided
from lmc.optimize.passes.finetune import Finetune
from lmc.optimize.tune import step
from lmc.prompts import templates
from lmc.runtime.prompt import render

from .conftest import Compile, MakeBench, asked

ROUTE = """
signature Route { "What is it about?" in text: str out topic: "music" | "food" }
module Main(text: str) -> str { let route = predict Route(text) return route.topic }
metric good(want, got) = exact(want.topic, got)
"""
ROWS = [{"text": f"song {n}" if n % 2 else f"pizza {n}", "topic": "music" if n % 2 else "food"} for n in range(40)]
TRAIN, DEV = ROWS[:24], ROWS[24:]


@dataclass
class Pretended:
    """Keeps what it is to train on, and says that it did: as `reply` does, the tuned model answers."""

    bench: Bench
    reply: Callable[[Request], str]
    written: list[Chats] = field(default_factory=list)

    def write(self, chats: Chats) -> None:
        self.written.append(chats)

    def train(self, chats: Chats) -> LMDecl | None:
        self.bench.lms = {**self.bench.lms, chats.name: self.bench.budget.also(Scripted(self.reply))}
        return replace(chats.base, name=chats.name, reference=f"{chats.base.reference}-tuned")


def half_right(request: Request) -> str:
    """Knows songs, but few pizzas."""
    text = asked(request)
    return "food" if "pizza" in text and int(text.split()[-1]) % 8 == 0 else "music"


def right(request: Request) -> str:
    return "food" if "pizza" in asked(request) else "music"


def made(
    program: Program, bench_of: MakeBench, one: Finetune, reply: Callable[[Request], Any] = half_right, **more: Any
) -> tuple[Program, list[Chats], Bench]:
    """What the pass gives, what it wrote, and its bench."""
    bench = bench_of(program, reply, train=TRAIN, dev=DEV, **more)
    bench.training = shop = Pretended(bench, right)
    return one.run(program, bench), shop.written, bench


def test_rows_are_the_program_s_own_prompts_with_right_replies(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ROUTE)
    _, (chats,), _ = made(program, bench_of, Finetune(valid=0.0))
    ((_, template),) = templates(program).items()
    known = {
        row["text"]: row["topic"] for row in TRAIN if row["topic"] == "music" or int(row["text"].split()[1]) % 8 == 0
    }
    lines = [json.loads(line) for line in chats.files()["train.jsonl"].decode().splitlines()]
    assert {one["messages"][-2]["content"] for one in lines} == set(known)
    for one in lines:
        *prompt, reply = one["messages"]
        text = prompt[-1]["content"]
        assert prompt == render(template, {"text": text})["messages"]
        assert reply == {"role": "assistant", "content": known[text]}


def test_no_row_of_another_role_is_run_or_written(compiled: Compile, bench_of: MakeBench) -> None:
    seen: list[str] = []

    def reply(request: Request) -> str:
        seen.append(asked(request))
        return right(request)

    _, (chats,), _ = made(compiled(ROUTE), bench_of, Finetune(export_only=True), reply)
    assert len(seen) == len(TRAIN)
    held = b"".join(chats.files().values()).decode()
    assert not [row["text"] for row in DEV if row["text"] in seen or f'"{row["text"]}"' in held]
    assert {row.origin.split()[0] for row in (*chats.train, *chats.valid)} == {"row"}


def test_only_the_last_reply_is_learned(compiled: Compile, bench_of: MakeBench) -> None:
    shown = (Demo((("text", "a hymn"),), (("topic", "music"),)), Demo((("text", "soup"),), (("topic", "food"),)))
    program = apply_patch(compiled(ROUTE), {"Main.route": Settings(demos=shown)})
    _, (chats,), _ = made(program, bench_of, Finetune())
    for row in chats.train:
        weights = [one.get("weight") for one in row.wire()["messages"] if one["role"] == "assistant"]
        assert weights == [0, 0, None]
        start, end = row.span
        assert row.text[start:end] == row.reply["content"]
        assert end == len(row.text)
    first = json.loads(chats.files()["train.spans.jsonl"].splitlines()[0])
    assert first == {
        "site": "Main.route",
        "origin": chats.train[0].origin,
        "message": 6,
        "span": [*chats.train[0].span],
    }


def test_prompts_can_go_without_their_demonstrations(compiled: Compile, bench_of: MakeBench) -> None:
    shown = (Demo((("text", "a hymn"),), (("topic", "music"),)),)
    program = apply_patch(compiled(ROUTE), {"Main.route": Settings(demos=shown)})
    prompts: list[int] = []

    def reply(request: Request) -> str:
        prompts.append(len(request.body["messages"]))
        return right(request)

    tuned, (chats,), _ = made(program, bench_of, Finetune(demos=False), reply)
    assert {len(row.messages) for row in chats.train} == {2}
    assert dict(sites(tuned, "Main"))["Main.route"].settings.demos == ()
    assert set(prompts) == {4}  # the teacher keeps its own


def test_a_text_to_complete_becomes_a_chat(compiled: Compile, bench_of: MakeBench) -> None:
    layout = Layout("completion", "label", "bare")
    program = apply_patch(compiled(ROUTE), {"Main.route": Settings(layout=layout)})

    def reply(request: Request) -> str:
        return "music" if "song" in request.body["prompt"] else "food"

    tuned, (chats,), _ = made(program, bench_of, Finetune(), reply)
    assert {tuple(one["role"] for one in row.messages) for row in chats.train} == {("user",)}
    assert chats.train[0].messages[0]["content"].endswith("Topic:")
    assert chats.train[0].reply["content"] in ("music", "food")
    found = dict(sites(tuned, "Main"))["Main.route"].settings.layout
    assert found is not None
    assert found.turns == "block"


def test_equal_rows_count_once_and_a_data_row_is_on_one_side() -> None:
    def row(origin: str, text: str, reply: str = "a") -> ChatRow:
        return ChatRow("M.x", origin, ({"role": "user", "content": text},), {"role": "assistant", "content": reply})

    rows = [row(f"row {n}", f"text {n % 40}", str(step_)) for n in range(80) for step_ in range(2)]
    train, valid, dropped = divided(rows, 0.25, 0)
    assert (len(train) + len(valid), dropped) == (80, 80)
    assert not {one.origin for one in train} & {one.origin for one in valid}
    assert 4 <= len({one.origin for one in valid}) <= 16
    more = divided([*rows, row("row 99", "new")], 0.25, 0)
    assert set(map(str, train)) <= set(map(str, more[0]))
    assert set(map(str, valid)) <= set(map(str, more[1]))
    assert divided(rows, 0.0, 0)[1] == []
    assert divided([row("one", "x")], 0.5, 0)[0], "there is always something to train on"


def test_calls_ask_the_tuned_model_and_a_lock_can_say_so(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ROUTE)
    bench = bench_of(program, half_right, train=TRAIN, dev=DEV)
    bench.training = Pretended(bench, right)
    bench.written = program
    tuned, outcome = step(Finetune(), program, bench)
    assert outcome == "accepted"
    assert tuned.lms[-1] == LMDecl("small_tuned", "scripted/small-tuned")
    assert dict(sites(tuned, "Main"))["Main.route"].settings.lm == "small_tuned"
    assert bench.scores(tuned, bench.dev) == [1.0] * len(DEV)
    text = structure_between(program, tuned)
    assert text is not None
    assert 'lm small_tuned = "scripted/small-tuned"' in text
    assert restructured(program, text) == tuned


TWO = """
signature Route { in text: str out topic: "music" | "food" }
signature Check { in text: str in topic: str out sure: bool }
module Main(text: str) -> str {
  let route = predict Route(text)
  let check = predict Check(text, topic: route.topic)
  if check.sure { return route.topic }
  return "none"
}
metric good(want, got) = exact(want.topic, got)
"""


def both(request: Request) -> str:
    return "true" if "Topic" in asked(request) else half_right(request)


def test_one_model_for_all_calls_or_one_for_each(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(TWO)
    tuned, (chats,), _ = made(program, bench_of, Finetune(), both)
    assert (chats.name, chats.sites) == ("small_tuned", ("Main.route", "Main.check"))
    assert set(chats.summary()["sites"].values()) == {len(chats.train + chats.valid) // 2}
    assert {predict.settings.lm for _, predict in sites(tuned, "Main")} == {"small_tuned"}
    tuned, written, _ = made(program, bench_of, Finetune(multitask=False), both)
    assert [one.name for one in written] == ["small_Main_route", "small_Main_check"]
    assert [{row.site for row in one.train} for one in written] == [{"Main.route"}, {"Main.check"}]
    assert [predict.settings.lm for _, predict in sites(tuned, "Main")] == ["small_Main_route", "small_Main_check"]


def test_a_teacher_of_another_shape_teaches_by_name_and_type(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        ROUTE
        + """
signature Think { in text: str out thought: str }
signature Decide { in thought: str out topic: "music" | "food" }
module Teacher(text: str) -> str {
  let thinking = predict Think(text)
  let decided = predict Decide(thought: thinking.thought)
  return decided.topic
}
"""
    )

    def reply(request: Request) -> str:
        text = asked(request)
        return right(request) if "I see" in text else f"I see {text.split()[0]}"

    _, (chats,), _ = made(program, bench_of, Finetune(valid=0.0), reply, teacher="Teacher")
    assert len(chats.train) == len(TRAIN)
    assert {row.site for row in chats.train} == {"Main.route"}
    assert all((row.reply["content"] == "music") == ("song" in row.messages[-1]["content"]) for row in chats.train)


def test_nothing_is_trained_on_too_little_or_when_it_is_not_to_be(
    compiled: Compile, bench_of: MakeBench, reasons: Callable[[Bench], list[str]]
) -> None:
    program = compiled(ROUTE)
    for one, reply, said in (
        (Finetune(export_only=True, valid=0.0), right, "24 rows for `small` were written, to be trained on elsewhere"),
        (Finetune(rows=9, valid=0.0), right, "9 rows for `small` were written, fewer than the 10 that training takes"),
        (Finetune(), lambda request: "music" if "pizza" in asked(request) else "food", "no run of the teacher reached"),
    ):
        bench = bench_of(program, reply, train=TRAIN, dev=DEV)
        bench.training = Pretended(bench, right)
        heard = reasons(bench)
        assert one.run(program, bench) is program
        assert heard[0].startswith(said)
    bench = bench_of(program, right, train=TRAIN, dev=DEV)
    assert Finetune().run(program, bench) is program


def test_the_budget_keeps_room_for_the_race(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ROUTE)
    bench = bench_of(program, right, train=TRAIN * 8, dev=DEV, calls=100)
    bench.training = Pretended(bench, right)
    Finetune().run(program, bench)
    assert bench.budget.spent.calls <= 64


def test_a_budget_for_some_rows_trains_on_these(compiled: Compile, bench_of: MakeBench, reasons: Any) -> None:
    program = compiled(ROUTE)
    bench = bench_of(program, right, train=TRAIN, dev=DEV, calls=36)
    bench.training = shop = Pretended(bench, right)
    heard = reasons(bench)
    Finetune(valid=0.0).run(program, bench)
    assert heard == ["the budget pays for runs of the teacher on 20 of 24 rows"]
    assert [len(chats.train) for chats in shop.written] == [20]


def test_the_same_tuning_writes_the_same_bytes(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(ROUTE)
    first, again = (made(program, bench_of, Finetune())[1][0] for _ in range(2))
    assert first.files() == again.files()
    assert first.digest == again.digest
    other = replace(first, base=replace(first.base, reference="openai/m"))
    assert other.digest != first.digest
