"""`lmc reply`: a reply on standard input as a value of a type of the program."""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import Inside, Shell

PROGRAM = """\
type Mood = "calm" | "angry"
type Node = { v: int, next: Node? }

signature Judge {
  "Judge it."
  in text: str
  out mood: Mood
  out notes: list[str]
}
"""


@pytest.fixture
def program(inside: Inside) -> Inside:
    (inside.folder / "types.lmp").write_text(PROGRAM)
    return inside


@pytest.mark.parametrize(
    ("type_", "reply", "value"),
    [
        ("Mood", "It is calm.", "calm"),
        ("Judge", '```json\n{"mood": "Calm", notes: ["a", "b",]}\n```', {"mood": "calm", "notes": ["a", "b"]}),
        ("Node", '{"v": "1", "next": {"v": 2}}', {"v": 1, "next": {"v": 2, "next": None}}),
        ("list[int]", "[1, 2", [1, 2]),
        ("list[Mood]", "- calm\n- angry", ["calm", "angry"]),
        ("int?", "null", None),
        ("str", " as it is \n", " as it is "),
        ("int 1..5", "3", 3),
    ],
)
def test_a_reply_is_read(program: Inside, type_: str, reply: str, value: object) -> None:
    done = program("reply", "types.lmp", type_, input=reply)
    assert (done.code, done.err) == (0, "")
    assert done.json.keys() == {"value", "repairs"}
    assert done.json["value"] == value


def test_repairs_are_told(program: Inside) -> None:
    done = program("reply", "types.lmp", "Judge", input='{"mood": "calm", "notes": ["a", \'b\']}')
    repair = {"at": "notes[1]", "what": "took another quotation mark for a double one"}
    assert done.json["repairs"] == [repair]
    assert program("reply", "types.lmp", "Judge", input='{"mood": "calm", "notes": []}').json["repairs"] == []


@pytest.mark.parametrize(
    ("type_", "reply", "problem"),
    [
        ("Mood", "happy", 'must be one of calm, angry, not "happy"'),
        ("Judge", '{"mood": "calm or angry", "notes": []}', "`mood` must be one of calm, angry"),
        ("int 1..5", "7", 'must be a whole number at least 1 at most 5, not "7"'),
        ("list[int]", "", "must be a JSON list"),
    ],
)
def test_a_refusal_is_an_answer_too(program: Inside, type_: str, reply: str, problem: str) -> None:
    done = program("reply", "types.lmp", type_, input=reply)
    assert (done.code, done.err) == (1, "")
    assert problem in done.json["error"]


def test_many_replies_get_a_line_each(program: Inside) -> None:
    lines = [json.dumps(reply) for reply in ("calm", "nothing", "The mood:\nangry")]
    done = program("reply", "types.lmp", "Mood", "--jsonl", input="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [one.get("value") for one in answers] == ["calm", None, "angry"]
    assert "error" in answers[1]
    assert done.code == 1


@pytest.mark.parametrize(
    ("type_", "problem"),
    [
        ("Mod", "did you mean `Mood`?"),
        ("list[", "`list[` is no type of the program"),
        ("{ a: Foo }", "unknown type `Foo`"),
        ("int type X = int", "is no type of the program"),
    ],
)
def test_what_is_no_type_is_said(program: Inside, type_: str, problem: str) -> None:
    done = program("reply", "types.lmp", type_, input="1")
    assert (done.code, done.out) == (2, "")
    assert problem in done.err


def test_a_line_must_be_a_string(program: Inside) -> None:
    done = program("reply", "types.lmp", "int", "--jsonl", input='"1"\n2\n')
    assert done.code == 2
    assert "line 2 of standard input is no JSON string" in done.err


def test_a_process_of_its_own_answers(lmc: Shell) -> None:
    (lmc.folder / "types.lmp").write_text(PROGRAM)
    done = lmc("reply", "types.lmp", "map[str, int]", input='{"a": 1, b: "2"}')
    assert done.json["value"] == {"a": 1, "b": 2}
