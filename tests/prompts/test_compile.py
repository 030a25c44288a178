"""Templates: what a call site sends, how its reply is read, and what of it is the same for every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmc.diagnostics import Sink
from lmc.elaborate import lower
from lmc.ir.patch import apply_patch
from lmc.ir.program import FieldStyle, Layout, Program, ReplyStyle, Settings, TurnStyle, TypeWords
from lmc.prompts import templates
from lmc.prompts.layout import candidate_layouts
from lmc.prompts.profile import profile_of
from lmc.runtime.prompt import Template, render
from lmc.runtime.reply import parse_reply
from lmc.source import SourceFile
from lmc.syntax import parse


def program_of(text: str) -> Program:
    sink = Sink()
    found = lower("main", {"main.lmp": parse(SourceFile("main.lmp", text), sink)}, {}, sink)
    assert not sink.failed, [one.message for one in sink.diagnostics]
    return found


def template_of(text: str, layout: Layout | None = None) -> Template:
    """The template of the only call of a program, in a layout."""
    program = program_of(text)
    ((address, _),) = templates(program).items()
    if layout is not None:
        program = apply_patch(program, {address: Settings(layout=layout)})
    return templates(program)[address]


def asking(outputs: str, reference: str = "local/smollm2-135m", setting: str = "", inputs: str = "in text: str") -> str:
    """A program with one call."""
    names = ", ".join(part.split(":")[0].strip() for part in inputs.split("in ")[1:])
    params = ", ".join(part.split(" as ")[0].strip() for part in inputs.split("in ")[1:])
    return f"""
    lm small = "{reference}"
    signature Ask {{ "Say it." {inputs} {outputs} }}
    module M({params}) -> Ask {{ let a = predict Ask({names}) {setting} return a }}
    """


MOOD = 'out mood: "calm" | "angry"'

# Options


def test_a_closed_reply_of_a_local_model_is_held_by_a_grammar_and_asked_for_once() -> None:
    template = template_of(asking(MOOD))
    assert template["options"]["grammar"] == 'root ::= ("calm" | "angry")'
    assert template["attempts"] == 1
    assert template["options"]["max_tokens"] == len("angry") + 4


def test_a_reply_that_may_be_cut_off_is_asked_for_again() -> None:
    assert template_of(asking(MOOD, setting="with { max_tokens: 3 }"))["attempts"] == 2
    assert template_of(asking("out n: int"))["attempts"] == 2
    assert template_of(asking("out n: int", setting="with { retries: 0 }"))["attempts"] == 1


def test_a_structured_reply_is_held_by_a_schema_that_has_the_names_of_the_prompt() -> None:
    text = asking('out name: str as "Full name" out tags: list[str]')
    for reference in ("local/smollm2-135m", "openai/gpt-4o-mini"):
        schema = template_of(text.replace("local/smollm2-135m", reference))["options"]["response_format"]["json_schema"]
        assert schema["strict"] is True
        assert schema["schema"] == {
            "type": "object",
            "properties": {"Full name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
            "required": ["Full name", "tags"],
            "additionalProperties": False,
        }


def test_a_provider_that_takes_objects_alone_gets_no_schema_of_a_list() -> None:
    assert "response_format" in template_of(asking("out tags: list[str]"))["options"]
    assert "response_format" not in template_of(asking("out tags: list[str]", "openai/gpt-4o-mini"))["options"]
    assert "response_format" not in template_of(asking("out a: str out tags: list[str]", "nobody/some"))["options"]


def test_what_a_call_sets_comes_before_what_its_model_declares() -> None:
    text = asking("out answer: str", 'a/b" { temperature: 0.5, top_p: 0.9, max_tokens: 7 } # "')
    assert template_of(text)["options"] == {"temperature": 0.5, "max_tokens": 7, "top_p": 0.9}
    own = text.replace("predict Ask(text) ", "predict Ask(text) with { temperature: 0, max_tokens: 9 }")
    assert template_of(own)["options"] == {"temperature": 0.0, "max_tokens": 9, "top_p": 0.9}


def test_what_a_model_declares_is_sent_in_openais_form() -> None:
    declared = (
        'a/b" { stop: "END", seed: 7, logit_bias: [[12, -100]], presence_penalty: 0.5, frequency_penalty: -1 } # "'
    )
    text = asking("out answer: str", declared)
    assert template_of(text)["options"] == {
        "temperature": 0.0,
        "max_tokens": 256,
        "seed": 7,
        "presence_penalty": 0.5,
        "frequency_penalty": -1,
        "stop": ["END"],
        "logit_bias": {"12": -100},
    }
    local = text.replace('"a/b"', '"local/m"')
    assert template_of(local, Layout("completion", "label", "bare"))["options"]["stop"] == ["\n\nText:", "END"]


def test_a_model_that_is_said_to_have_no_constraint_gets_none() -> None:
    text = asking(MOOD, 'local/smollm2-135m" { structured: "none" } # "')
    assert not {"grammar", "response_format"} & set(template_of(text)["options"])


def test_a_reply_has_room_for_its_labels() -> None:
    text = asking('out ok: bool as "Whether the letter can be sent as it is" out more: bool')
    bare = template_of(asking("out ok: bool"))["options"]["max_tokens"]
    assert template_of(text)["options"]["max_tokens"] > 2 * bare + len("Whether the letter can be sent as it is")


def test_a_completion_ends_where_the_reply_does() -> None:
    layout = Layout("completion", "label", "bare")
    assert template_of(asking(MOOD), layout)["options"]["stop"] == ["\n"]
    assert template_of(asking("out answer: str"), layout)["options"]["stop"] == ["\n\nText:"]
    assert "stop" not in template_of(asking(MOOD))["options"]


def test_a_call_without_a_model_has_no_template() -> None:
    assert templates(program_of(asking(MOOD).replace('lm small = "local/smollm2-135m"', ""))) == {}


# Demonstrations


def test_a_demonstration_without_its_first_output_begins_with_the_label_that_it_has() -> None:
    text = """
    lm small = "local/smollm2-135m"
    signature Ask { "Say it." in text: str out mood: "calm" | "angry" demo { text: "Grr" => mood: "angry" } }
    module M(text: str) -> str { let a = chain_of_thought Ask(text) return a.mood }
    """
    (message,) = template_of(text, Layout("block", "label", "fields"))["messages"]
    assert "Text: Grr\nMood: angry\n\nText: " in message["content"][0]


def test_demonstrations_have_the_names_of_the_prompt() -> None:
    text = """
    lm small = "local/smollm2-135m"
    type Slot = { key: str as "Key" }
    signature Ask {
      "Say it."
      in text: str
      out slot: Slot?
      out slots: list[Slot]
      demo { text: "a" => slot: { key: "b" }, slots: [{ key: "c" }] }
    }
    module M(text: str) -> Ask { let a = predict Ask(text) return a }
    """
    reply = template_of(text)["messages"][2]["content"]
    assert reply == ['{"slot": {"Key": "b"}, "slots": [{"Key": "c"}]}']


# All layouts

LAYOUTS = [
    Layout(turns, fields, reply, types)
    for turns in get_args(TurnStyle)
    for fields in get_args(FieldStyle)
    for reply in get_args(ReplyStyle)
    for types in get_args(TypeWords)
]
TEXTS = st.text(alphabet="ab {}\n:<>#-\"'é", max_size=12)
PROGRAM = asking(
    MOOD + ' demo { text: "one", notes: ["x"], count: 1 => mood: "calm" }',
    inputs='in text: str as "The text" in notes: list[str] in count: int',
)


def constant_part(template: Template, request: dict[str, Any]) -> Any:
    """What `lmc_prefix` says to be the same in every request."""
    prefix = request["lmc_prefix"]
    if isinstance(prefix, int):
        return request["prompt"][:prefix]
    whole, characters = prefix
    messages = [(one["role"], one["content"]) for one in request["messages"]]
    return messages[:whole], messages[whole][1][:characters] if whole < len(messages) else None


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: f"{one.turns}-{one.fields}-{one.reply}-{one.types}")
@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_prefix_is_the_same_for_every_row(layout: Layout, data: st.DataObject) -> None:
    template = COMPILED(layout)
    rows = [
        {
            "text": data.draw(TEXTS),
            "notes": data.draw(st.lists(TEXTS, max_size=2)),
            "count": data.draw(st.integers(-5, 5)),
        }
        for _ in range(2)
    ]
    first, second = (render(template, row) for row in rows)
    assert constant_part(template, first) == constant_part(template, second)


def test_the_prefix_is_as_long_as_can_be() -> None:
    template = COMPILED(Layout("chat", "plain", "bare"))
    assert template["options"]["lmc_prefix"] == [3, len("The text: ")]
    block = COMPILED(Layout("block", "plain", "bare"))
    (message,) = block["messages"]
    assert block["options"]["lmc_prefix"] == [0, len(message["content"][0])]
    constant = template_of('lm s = "local/x" module M() -> str { return (predict (a -> b)("1")).b }')
    assert constant["options"]["lmc_prefix"] == [len(constant["messages"]), 0]


def test_only_local_models_are_told_the_prefix() -> None:
    assert "lmc_prefix" not in template_of(asking(MOOD, "openai/gpt-4o-mini"))["options"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: f"{one.turns}-{one.fields}-{one.reply}-{one.types}")
def test_a_demonstration_shows_a_reply_that_is_read_as_it_was_meant(layout: Layout) -> None:
    template = COMPILED(layout)
    if layout.turns == "chat":
        shown = template["messages"][-2]["content"][0]
    else:
        parts = template["prompt"] if "prompt" in template else template["messages"][0]["content"]
        shown = parts[0].rsplit("\n\n", 1)[0]
        shown = shown.rsplit("XML:" if layout.reply == "xml" else "\n", 1)[-1].removeprefix("JSON:")
    assert parse_reply(shown, template["reply"]) == {"mood": "calm"}


def compiled() -> Callable[[Layout], Template]:
    found: dict[Layout, Template] = {}

    def get(layout: Layout) -> Template:
        if layout not in found:
            found[layout] = template_of(PROGRAM, layout)
        return found[layout]

    return get


COMPILED = compiled()


@pytest.mark.parametrize("reference", ["local/smollm2-135m", "openai/gpt-4o-mini", "anthropic/some"])
@pytest.mark.parametrize("outputs", [MOOD, "out a: str out b: int", "out a: str out b: list[str]"])
def test_the_layouts_that_are_tried_begin_with_the_default_and_fit(reference: str, outputs: str) -> None:
    program = program_of(asking(outputs, reference))
    profile, fields = profile_of(program.lms[0]), program.signatures[0].outputs
    for wide in (False, True):
        layouts = candidate_layouts(fields, {}, profile, wide=wide)
        assert len(set(layouts)) == len(layouts) > 1
        assert templates(apply_patch(program, {"M.a": Settings(layout=layouts[0])})) == templates(program)
        for layout in layouts:
            assert layout.reply != "bare" or len(fields) == 1
            assert layout.turns != "completion" or profile.completion
            assert template_of(asking(outputs, reference), layout)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("fields", "Reason: why\nThe count: 3"),
        ("xml", "<reason>\nwhy\n</reason>\n<the_count>\n3\n</the_count>"),
        ("markers", "[[ ## reason ## ]]\nwhy\n[[ ## the_count ## ]]\n3"),
        ("yaml", "reason: why\nthe_count: 3"),
    ],
)
def test_a_reply_of_several_outputs_is_shown_and_read_in_each_style(reply: str, said: str) -> None:
    outputs = 'out reason: str out the_count: int demo { text: "a" => reason: "why", the_count: 3 }'
    template = template_of(asking(outputs, "openai/gpt-4o-mini"), Layout("chat", "plain", reply))  # type: ignore[arg-type]
    assert template["messages"][-2]["content"] == [said]
    assert parse_reply(said, template["reply"]) == {"reason": "why", "the_count": 3}
