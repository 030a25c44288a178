"""The reply that a call should get is the one that its demonstrations show."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest

from lmc.ir.expression import Demo, Layout, Settings
from lmc.ir.program import FieldStyle, LMDecl, Module, Name, Predict, Program, ReplyStyle, Return, Signature, TurnStyle
from lmc.ir.types import BOOL, FLOAT, INT, STR, Constrained, Field, ListType, LiteralType, NamedType, Type, union
from lmc.prompts.compile import compile_prompt
from lmc.prompts.expected import expected_reply, reply_of
from lmc.runtime.prompt import render
from lmc.runtime.reply import parse_reply

LM = LMDecl("small", "local/smollm2-135m")
MOOD = union(LiteralType("calm"), LiteralType("angry"))
ONE: dict[str, Any] = {"mood": "angry"}
TWO: dict[str, Any] = {"mood": "angry", "sure": True}
LAYOUTS = [Layout(*one) for one in itertools.product(*map(get_args, (TurnStyle, FieldStyle, ReplyStyle)))]


def call(*outputs: Field, demo: dict[str, Any] | None = None, **settings: Any) -> tuple[Program, Predict]:
    """A program of one call, with a demonstration."""
    inputs = (Field("text", STR),)
    demos = () if demo is None else (Demo((("text", "Grr"),), tuple(demo.items())),)
    signature = Signature("Ask", "Tell the mood.", inputs, outputs, demos)
    predict = Predict("a", "predict", "Ask", (("text", Name("text")),), Settings(**settings))
    module = Module("M", inputs, NamedType("Ask"), (Return(predict),))
    return Program("p", (LM,), (), (), (signature,), (module,)), predict


@pytest.mark.parametrize(
    ("layout", "wanted"),
    [(layout, wanted) for layout in LAYOUTS for wanted in (ONE, TWO) if layout.reply != "bare" or wanted is ONE],
)
def test_the_reply_is_read_as_what_it_says_and_shown_by_demonstrations(layout: Layout, wanted: dict[str, Any]) -> None:
    outputs = [Field("mood", MOOD), Field("sure", BOOL)][: len(wanted)]
    program, predict = call(*outputs, demo=wanted, layout=layout)
    template = compile_prompt(program, "M", predict, LM, {})
    reply = expected_reply(program, predict, LM, {}, wanted)
    assert reply is not None
    assert parse_reply(reply, template["reply"]) == wanted
    request = render(template, {"text": "Hm"})
    match layout.turns:
        case "chat":
            assert [one["content"] for one in request["messages"] if one["role"] == "assistant"] == [reply]
        case "completion":
            lead = request["prompt"].rpartition("\n")[2]
            assert f"{lead}{reply}\n\n" in request["prompt"]
        case "block":
            assert reply == reply.lstrip()
            assert reply in request["messages"][-1]["content"]


OPEN: dict[str, tuple[Type, Any]] = {
    "text": (STR, "calm"),
    "number": (FLOAT, 0.5),
    "whole number without bounds": (INT, 3),
    "list": (ListType(MOOD), ["calm"]),
    "text or literal": (union(STR, LiteralType("calm")), "calm"),
    "label beyond all measure": (LiteralType("x" * 300), "x" * 300),
}


@pytest.mark.parametrize("name", OPEN)
def test_where_many_replies_are_right_none_is_the_one(name: str) -> None:
    type_, value = OPEN[name]
    program, predict = call(Field("mood", type_))
    assert expected_reply(program, predict, LM, {}, {"mood": value}) is None
    assert reply_of(program, predict, LM, {}, {"mood": value})


CLOSED: dict[str, tuple[Type, Any, str]] = {
    "literal": (MOOD, "calm", "calm"),
    "boolean": (BOOL, False, "false"),
    "whole number between bounds": (Constrained(INT, 1, 5), 3, "3"),
    "optional": (union(MOOD, LiteralType("none")), "none", "none"),
    "named": (NamedType("Mood"), "angry", "angry"),
}


@pytest.mark.parametrize("name", CLOSED)
def test_one_of_a_closed_set_is_expected(name: str) -> None:
    type_, value, said = CLOSED[name]
    program, predict = call(Field("mood", type_))
    assert expected_reply(program, predict, LM, {"Mood": MOOD}, {"mood": value}) == said


def test_what_the_row_does_not_tell_is_not_expected() -> None:
    program, predict = call(Field("mood", MOOD), strategy="chain_of_thought")
    assert expected_reply(program, predict, LM, {}, ONE) is None
    program, predict = call(Field("mood", MOOD), Field("sure", BOOL))
    assert expected_reply(program, predict, LM, {}, ONE) is None
