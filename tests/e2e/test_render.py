"""`lmc render`: what it prints is what `lmc run` sends, and it sends nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.conftest import Inside, Warm, everything
from tests.e2e.provider import Answer, Body, Provider, reply

PROGRAM = """\
lm main = LM { temperature: 0.7 }

signature Draft {
  "Write about the topic."
  in topic: str
  in tags: list[str]
  out text: str
  out mood: "calm" | "loud"
}

signature Polish {
  "Make it shorter."
  in draft: str
  out final: str
}

signature Shout {
  "Make it louder."
  in draft: str
  in tags: list[str]
  out final: str
}

module Main(topic: str, tags: list[str]) -> str {
  let draft = predict Draft(topic, tags) with { layout: { turns: "chat", fields: "plain", reply: "json" } }
  if draft.mood == "loud" {
    let shout = predict Shout(draft: draft.text, tags)
    return shout.final
  }
  let polish = predict Polish(draft: f"On {topic}: {draft.text}")
  return polish.final
}

module Twice(topic: str) -> str {
  let drafts = [(predict Draft(topic, tags: [one])).text for one in ["a", "b"]]
  return join(drafts, "; ")
}
"""


def answered(number: int, body: Body) -> Answer:
    """A draft, then a text."""
    drafting = "Write about" in json.dumps(body)
    return reply(json.dumps({"text": 'Sea, "sea" — sea', "mood": "calm"}) if drafting else "Sea.")


@pytest.fixture
def project(inside: Inside) -> Inside:
    """A program of several calls, whose LM nobody asks."""
    (inside.folder / "main.lmp").write_text(PROGRAM.replace("= LM", '= "local/none"'))
    return inside


INPUTS = ("-i", "topic=the sea", "-i", 'tags=["blue", "wet {{ x }}"]')


@pytest.mark.skipif(find_spec("litellm") is None, reason="litellm is not installed")
def test_what_it_prints_is_what_a_provider_gets_byte_for_byte(remote: Callable[..., Warm], provider: Provider) -> None:
    provider.act = answered
    lmc = remote(temperature=0.7, structured="schema")
    declared = re.search(r"^lm small = .*$", (lmc.folder / "main.lmp").read_text(), re.MULTILINE)
    assert declared is not None
    text = PROGRAM.replace("lm main = LM { temperature: 0.7 }", declared[0].replace("small", "main"))
    (lmc.folder / "main.lmp").write_text(text.partition("module Twice")[0])

    def rendered(*options: str) -> list[Body]:
        done = lmc("render", "main.lmp", "Main", *INPUTS, "--json", *options)
        assert done.code == 0, done.err
        return [one["body"] for one in done.json["calls"] if one["said"] == "made"]

    before = rendered("--set", 'draft.text=Sea, "sea" — sea', "--set", "Main.draft.mood=calm")
    assert provider.seen == []
    done = lmc("run", "main.lmp", *INPUTS)
    assert (done.code, done.out) == (0, "Sea.\n"), done.err
    sent = [{name: value for name, value in body.items() if name != "model"} for _, body in provider.seen]
    assert len(sent) == 2
    assert [json.dumps(one, sort_keys=True) for one in before] == [json.dumps(one, sort_keys=True) for one in sent]
    assert "response_format" in sent[0]
    assert isinstance(sent[0]["seed"], int)
    assert rendered("--cached") == before
    assert len(provider.seen) == 2


def test_marks_stand_for_what_only_a_run_can_tell(project: Inside) -> None:
    before = everything(project.folder)
    done = project("render", "main.lmp", "Main")
    assert (done.code, done.err) == (0, "")
    assert "=== Main.draft: main, local/none" in done.out
    assert "not known before a run: topic, tags" in done.out
    assert "{{ topic }}" in done.out
    assert "{{ tags | list }}" in done.out
    assert "=== Main.shout, perhaps: main, local/none" in done.out
    assert "On {{ topic }}: {{ Main.draft.text }}" in done.out
    found = project("render", "main.lmp", "Main", "--json").json
    assert [(one["call"], one["said"], one["unknown"]) for one in found["calls"]] == [
        ("Main.draft", "made", ["topic", "tags"]),
        ("Main.shout", "perhaps", ["draft", "tags"]),
        ("Main.polish", "perhaps", ["draft"]),
    ]
    assert everything(project.folder) == before


def test_given_outputs_decide_what_is_called(project: Inside) -> None:
    args = ("render", "main.lmp", "Main", *INPUTS, "--set", "draft.mood=loud", "--set", "draft.text=AHOY")
    done = project(*args)
    assert done.code == 0, done.err
    assert "=== Main.shout: main" in done.out
    assert "AHOY" in done.out
    assert "- wet {{ x }}" in done.out
    assert "Main.polish: not called with these inputs" in done.out
    assert "{{ Main" not in done.out
    found = project(*args, "--json", "--call", "shout").json
    (call,) = found["calls"]
    assert (call["call"], call["unknown"]) == ("Main.shout", [])
    assert call["tokens"] == {
        "count": -(-sum(len(one["content"]) for one in call["body"]["messages"]) // 4),
        "exact": False,
        "by": "an estimate, 4 characters each",
    }


def test_a_loop_over_known_items_shows_every_round(project: Inside) -> None:
    found = project("render", "main.lmp", "Twice", "-i", "topic=x", "--json").json
    assert [one["said"] for one in found["calls"]] == ["made", "made"]
    contents = [one["body"]["messages"][-1]["content"] for one in found["calls"]]
    assert contents[0].replace("- a", "- b") == contents[1]


def test_a_recording_gives_the_outputs_of_earlier_calls(project: Inside) -> None:
    path = project.folder / "main.lmp"
    text = path.read_text() + 'test "sea" with { replies: ["x"] } { Main("the sea", ["a"]) => it == "x" }\n'
    path.write_text(text)
    asked = project("render", "main.lmp", "Main", "-i", "topic=x", "-i", 'tags=["a"]', "--json", "--call", "draft").json
    body = asked["calls"][0]["body"]
    from lmc.lm.base import Request

    key = Request("local/none", body).key
    line = {"key": key, "model": "local/none", "reply": {"text": '{"text": "Salt", "mood": "calm"}'}}
    (project.folder / "replies.jsonl").write_text(json.dumps(line) + "\n")
    args = ("-i", "topic=x", "-i", 'tags=["a"]', "--recorded", "replies.jsonl", "--json")
    found = project("render", "main.lmp", "Main", *args).json
    assert [(one["call"], one["said"]) for one in found["calls"]] == [("Main.draft", "made"), ("Main.polish", "made")]
    assert "On x: Salt" in json.dumps(found["calls"][1]["body"])
    assert found["never"] == ["Main.shout"]


def test_the_lock_counts_unless_it_is_left_out(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    lmc = Inside(root, {"LMC_HOME": str(tmp_path)})
    args = ("render", "programs/quickstart/router.lmp", "-i", "text=play some jazz", "--json")
    tuned, written = lmc(*args).json["calls"][0], lmc(*args, "--as-written").json["calls"][0]
    assert tuned["body"]["prompt"].count("Text: ") == 7
    assert written["body"]["messages"][-1] == {"role": "user", "content": "play some jazz"}


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("x.lmp",), 2, ("error[LMP0811]", "did you mean")),
        (("main.lmp",), 2, ("error[LMP0903]", "`Main`, `Twice`")),
        (("main.lmp", "Man"), 2, ("error[LMP0902]", "did you mean `Main`?")),
        (("main.lmp", "Main", "-i", "topik=x"), 2, ("error[LMP0904]", "did you mean `topic`?")),
        (("main.lmp", "Main", "--input-json", '{"topic": [1]}'), 2, ("error[LMP0904]", "`topic` must be text")),
        (("main.lmp", "Main", "--set", "draft.mod=calm"), 2, ("error[LMP0909]", "did you mean `draft.mood`?")),
        (("main.lmp", "Main", "--set", "draft.mood=merry"), 2, ("error[LMP0904]", "one of calm, loud")),
        (("main.lmp", "Main", "--set", "fnal=x"), 2, ("error[LMP0909]", "did you mean `final`?")),
        (("main.lmp", "Main", "--call", "drat"), 2, ("error[LMP0909]", "did you mean `draft`?")),
        (("main.lmp", "Main", "--profile", "big"), 2, ("error[LMP0907]",)),
    ],
)
def test_a_mistake_is_told(project: Inside, args: tuple[str, ...], code: int, says: tuple[str, ...]) -> None:
    done = project("render", *args)
    assert (done.code, done.out) == (code, "")
    for words in says:
        assert words in done.err


def test_a_run_that_surely_ends_early_says_why(inside: Inside) -> None:
    (inside.folder / "main.lmp").write_text(
        'lm main = "local/none"\n'
        "module Main(n: int) -> str {\n"
        '  assert n > 0 else "too few"\n'
        "  return (predict (n: int -> text)(n)).text\n"
        "}\n"
    )
    assert inside("render", "main.lmp", "-i", "n=1").code == 0
    done = inside("render", "main.lmp", "-i", "n=0")
    assert done.code == 1
    assert "an assertion does not hold: too few" in done.err
