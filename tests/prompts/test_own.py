"""Prompts that their authors wrote: what of them moves, and what never does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lmc.diagnostics import Sink
from lmc.elaborate.jinja import parse_prompt
from lmc.ir.expression import Demo, Layout, Settings
from lmc.ir.program import Fixed, LMDecl, Module, Name, Predict, Program, Return, Signature, Slot, Turn
from lmc.ir.types import HISTORY, IMAGE, STR, Field, ListType, LiteralType, NamedType, union
from lmc.prompts import templates, tunable_slots
from lmc.prompts.uses import table_uses
from lmc.runtime.prompt import Template, render
from lmc.source import Span

INPUTS = (Field("text", STR), Field("tags", ListType(STR)))
MOOD = union(LiteralType("calm"), LiteralType("angry"))
ONE = Demo((("text", "Grr"), ("tags", ["x"])), (("mood", "angry"),))
TWO = Demo((("text", "Lovely day"), ("tags", [])), (("mood", "calm"),))
ROW: dict[str, Any] = {"text": "Hello", "tags": ["a", "b"]}


def turn(role: Any, text: str, inputs: tuple[Field, ...] = INPUTS, *, fixed: bool = False) -> Turn:
    """A turn as the elaborator makes it."""
    sink = Sink()
    pieces = parse_prompt(text, lambda start, end: Span("p", start, end), inputs, {}, sink)
    assert not sink.diagnostics
    return Turn(role, pieces, text, fixed)


def template_of(
    *turns: Turn,
    inputs: tuple[Field, ...] = INPUTS,
    outputs: tuple[Field, ...] = (Field("mood", MOOD),),
    lm: str = "local/smollm2-135m",
    demos: tuple[Demo, ...] = (),
    **settings: Any,
) -> Template:
    """The template of a call whose signature owns its prompt."""
    signature = Signature("Ask", "Tell the mood.", inputs, outputs, demos, turns or None)
    call = Predict("a", "predict", "Ask", tuple((one.name, Name(one.name)) for one in inputs), Settings(**settings))
    module = Module("M", inputs, NamedType("Ask"), (Return(call),))
    (template,) = templates(Program("p", (LMDecl("small", lm),), (), (), (signature,), (module,))).values()
    frozen: Template = json.loads(json.dumps(template))
    return frozen


def messages(template: Template, row: dict[str, Any] | None = None) -> list[tuple[str, Any]]:
    """What a template sends."""
    return [(one["role"], one["content"]) for one in render(template, ROW if row is None else row)["messages"]]


# An untouched prompt

WHOLE = 'You are terse.\n\n  * Text: {{ text }}\n{% for t in tags %}- {{ t }}\n{% endfor %}\nReply {"mood": …}\n'


def test_a_prompt_brought_along_renders_byte_for_byte() -> None:
    wanted = 'You are terse.\n\n  * Text: Hello\n- a\n- b\n\nReply {"mood": …}\n'
    assert messages(template_of(turn("user", WHOLE))) == [("user", wanted)]


@pytest.mark.parametrize(
    "settings",
    [
        {"instruction": "Something else."},
        {"demos": (ONE, TWO)},
        {"layout": Layout("block", "xml", "bare")},
        {"layout": Layout("completion", "label", "bare")},
        {"nearest": 1, "demos": (ONE, TWO)},
    ],
    ids=lambda one: next(iter(one)),
)
def test_tuning_moves_nothing_of_a_prompt_without_slots(settings: dict[str, Any]) -> None:
    plain = turn("user", WHOLE)
    assert messages(template_of(plain, **settings)) == messages(template_of(plain))


def test_turns_have_the_roles_that_their_author_gave_them() -> None:
    turns = turn("system", "Be brief."), turn("user", "{{ text }}"), turn("assistant", "Mood:")
    assert messages(template_of(*turns)) == [("system", "Be brief."), ("user", "Hello"), ("assistant", "Mood:")]


def test_the_reply_is_read_as_ever() -> None:
    template = template_of(turn("user", "{{ text }}"))
    assert template["reply"]["style"] == "bare"
    assert template["options"]["grammar"] == 'root ::= ("calm" | "angry")'


# Slots


def test_the_instruction_is_the_doc_or_what_tuning_put_in_its_place() -> None:
    own = turn("system", "{{ instruction }} Be brief."), turn("user", "{{ text }}")
    assert messages(template_of(*own))[0] == ("system", "Tell the mood. Be brief.")
    assert messages(template_of(*own, instruction="Name it."))[0] == ("system", "Name it. Be brief.")


def test_the_format_says_what_the_reply_must_be() -> None:
    own = turn("user", "{{ text }}\n{{ format }}")
    assert messages(template_of(own)) == [("user", "Hello\nReply with one of calm, angry.")]


def test_demonstrations_within_a_turn_are_written_as_blocks() -> None:
    own = turn("user", "Examples:\n{{ demos }}\n\nNow: {{ text }}")
    shown = "Text: Grr\nTags:\n- x\nMood: angry\n\nText: Lovely day\nTags:\n(none)\nMood: calm"
    assert messages(template_of(own, demos=(ONE, TWO))) == [("user", f"Examples:\n{shown}\n\nNow: Hello")]
    xml = template_of(own, demos=(TWO,), layout=Layout("chat", "xml", "bare"))
    assert "<text>\nLovely day\n</text>" in messages(xml)[0][1]


def test_what_leads_to_demonstrations_may_depend_on_them() -> None:
    own = turn("user", "{% if demos %}Examples:\n{{ demos }}\n{% endif %}{{ text }}")
    assert messages(template_of(own)) == [("user", "Hello")]
    assert messages(template_of(own, demos=(TWO,)))[0][1].startswith("Examples:\nText: Lovely day")


def test_demonstrations_in_a_turn_of_their_own_are_turns_that_look_like_the_authors() -> None:
    own = turn("system", "Be brief."), turn("user", "\n{{ demos }}\n"), turn("user", "Q: {{ text | upper }}{{ tags }}")
    assert messages(template_of(*own, demos=(ONE, TWO))) == [
        ("system", "Be brief."),
        ("user", 'Q: GRR["x"]'),
        ("assistant", "angry"),
        ("user", "Q: LOVELY DAY[]"),
        ("assistant", "calm"),
        ("user", 'Q: HELLO["a", "b"]'),
    ]
    assert len(messages(template_of(*own))) == 2


def test_without_their_slot_no_demonstrations_are_shown() -> None:
    assert messages(template_of(turn("user", "{{ text }}"), demos=(ONE,))) == [("user", "Hello")]


# What may be tuned


def signature_of(*turns: Turn) -> Signature:
    return Signature("Ask", "", INPUTS, (Field("mood", MOOD),), (), turns or None)


def test_only_what_a_prompt_has_a_place_for_is_tuned() -> None:
    slots = {
        "{{ text }}": (),
        "{{ instruction }}{{ text }}": ("instruction",),
        "{{ demos }}{{ text }}": ("demos", "nearest"),
        "{{ format }}": ("layout",),
        "{% if text %}{{ instruction }}{% endif %}{{ format }}": ("instruction", "layout"),
        "{% fixed %}{{ instruction }}{% endfixed %}{{ demos }}": ("demos", "nearest"),
    }
    for text, wanted in slots.items():
        assert tunable_slots(signature_of(turn("user", text)), Settings()) == wanted
    assert tunable_slots(signature_of(turn("user", "{{ instruction }}", fixed=True)), Settings()) == ()
    assert tunable_slots(signature_of(), Settings()) == ("instruction", "demos", "nearest", "layout")


def test_what_the_settings_say_is_tuned_too() -> None:
    from lmc.ir.expression import Space

    tuned = Settings(tunes=(("temperature", Space(None, 0.0, 1.0)), ("nearest", Space((1, 2)))))
    assert tunable_slots(signature_of(turn("user", "{{ text }}")), tuned) == ("temperature", "nearest")


def test_a_fixed_part_is_part_of_the_prompt() -> None:
    own = replace(turn("user", "a"), pieces=("a ", Fixed(("b ", Slot("instruction")))))
    assert messages(template_of(own)) == [("user", "a b Tell the mood.")]


# Conversations and images

PAST = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes?"}]
TALK = (Field("past", HISTORY), Field("text", STR))


def test_a_conversation_stands_before_the_last_question() -> None:
    own = turn("system", "Be brief.", TALK), turn("user", "{{ text }}", TALK)
    row = {"past": PAST, "text": "Hello"}
    said = [("user", "hi"), ("assistant", "yes?")]
    assert messages(template_of(*own, inputs=TALK), row) == [("system", "Be brief."), *said, ("user", "Hello")]
    chat = messages(template_of(inputs=TALK), row)
    assert chat[1:] == [*said, ("user", "Hello")]
    assert chat[0][0] == "system"
    assert messages(template_of(inputs=TALK), {"past": None, "text": "Hello"})[1:] == [("user", "Hello")]


def test_a_conversation_that_a_hole_shows_is_text() -> None:
    own = turn("user", "{{ past }}\n{{ text }}", TALK)
    said = "User: hi\nAssistant: yes?"
    assert messages(template_of(own, inputs=TALK), {"past": PAST, "text": "x"}) == [("user", f"{said}\nx")]
    block = template_of(inputs=TALK, layout=Layout("block", "label", "bare"))
    assert f"Past:\n{said}\nText: x\nMood:" in messages(block, {"past": PAST, "text": "x"})[0][1]


def test_the_prefix_ends_where_a_conversation_begins() -> None:
    assert template_of(inputs=TALK)["options"]["lmc_prefix"] == [1, 0]


PHOTO = (Field("photo", IMAGE), Field("text", STR))
URL = "https://example.org/a.png"


@pytest.mark.parametrize("layout", [None, Layout("block", "label", "bare"), Layout("completion", "label", "bare")])
def test_an_image_stands_between_the_texts_of_its_message(layout: Layout | None) -> None:
    template = template_of(inputs=PHOTO, lm="openai/gpt-4o-mini", layout=layout)
    content = messages(template, {"photo": URL, "text": "Hello"})[-1][1]
    assert [one["type"] for one in content] == ["text", "image_url", "text"]
    assert content[1]["image_url"]["url"] == URL
    assert content[0]["text"].endswith("Photo: ")
    assert content[2]["text"].startswith("\nText: Hello")


def test_a_demonstration_shows_its_image() -> None:
    demo = Demo((("photo", URL), ("text", "Grr")), (("mood", "angry"),))
    template = template_of(inputs=PHOTO, lm="openai/gpt-4o-mini", demos=(demo,))
    shown = messages(template, {"photo": f"{URL}?2", "text": "Hello"})
    assert [one[1][1]["image_url"]["url"] for one in (shown[1], shown[3])] == [URL, f"{URL}?2"]
    own = turn("user", "{{ demos }}", PHOTO), turn("user", "{{ text }} {{ photo }}", PHOTO)
    template = template_of(*own, inputs=PHOTO, lm="openai/gpt-4o-mini", demos=(demo,))
    first = messages(template, {"photo": f"{URL}?2", "text": "Hello"})[0][1]
    assert first == [{"type": "text", "text": "Grr "}, {"type": "image_url", "image_url": {"url": URL}}]


def test_images_in_a_list_are_shown_one_after_the_other() -> None:
    photos = (Field("photos", ListType(IMAGE)), Field("text", STR))
    row = {"photos": [URL, URL], "text": "Hello"}
    content = messages(template_of(inputs=photos, lm="openai/gpt-4o-mini"), row)[-1][1]
    assert [one["type"] for one in content] == ["text", "image_url", "image_url", "text"]
    own = turn("user", "{% for p in photos %}{{ loop.index }}: {{ p }}{% endfor %}", photos)
    content = messages(template_of(own, inputs=photos, lm="openai/gpt-4o-mini"), row)[-1][1]
    assert [one["type"] for one in content] == ["text", "image_url", "text", "image_url"]


def test_a_message_whose_image_is_not_given_is_plain_text() -> None:
    own = turn("user", "{{ photo }}{{ text }}", PHOTO)
    template = template_of(own, inputs=PHOTO, lm="openai/gpt-4o-mini")
    assert messages(template, {"photo": None, "text": "Hello"}) == [("user", "Hello")]


# The nearest demonstrations

POOL = tuple(
    Demo((("text", text), ("tags", [])), (("mood", mood),))
    for text, mood in [("rain all day", "calm"), ("my dog is ill", "angry"), ("rain again", "calm"), ("sun", "calm")]
)


@pytest.mark.parametrize("layout", [None, Layout("block", "label", "bare"), Layout("completion", "label", "bare")])
def test_the_demonstrations_most_like_the_inputs_are_shown_the_most_like_last(layout: Layout | None) -> None:
    template = template_of(demos=POOL, nearest=2, layout=layout)
    request = render(template, {"text": "rain again today", "tags": []})
    text = json.dumps(request.get("messages") or request["prompt"])
    assert text.index("rain all day") < text.index("rain again\\n")
    assert "dog" not in text
    assert "sun" not in text


def test_a_prompt_of_ones_own_shows_the_nearest_where_its_slot_is() -> None:
    block = template_of(turn("user", "{{ demos }}\n--\n{{ text }}"), demos=POOL, nearest=1)
    assert messages(block, {"text": "a dog", "tags": []}) == [
        ("user", "Text: my dog is ill\nTags:\n(none)\nMood: angry\n--\na dog")
    ]
    chat = template_of(turn("user", "{{ demos }}"), turn("user", "Q: {{ text }}"), demos=POOL, nearest=1)
    assert messages(chat, {"text": "sun", "tags": []}) == [
        ("user", "Q: sun"),
        ("assistant", "calm"),
        ("user", "Q: sun"),
    ]


def test_equal_ones_are_shown_in_their_order_and_none_is_shown_when_none_is_wanted() -> None:
    row = {"text": "zzz", "tags": []}
    assert [text for role, text in messages(template_of(demos=POOL, nearest=9), row) if role == "user"][-2:] == [
        "Text: rain all day\nTags:\n(none)",
        "Text: zzz\nTags:\n(none)",
    ]
    assert len(messages(template_of(demos=POOL, nearest=0), row)) == 2


def test_the_prefix_ends_where_the_inputs_choose() -> None:
    assert template_of(demos=POOL, nearest=2)["options"]["lmc_prefix"] == [1, 0]
    block = template_of(demos=POOL, nearest=2, layout=Layout("completion", "label", "bare"))
    assert block["prompt"][0] == "Tell the mood.\n\nReply with one of calm, angry.\n\n"
    assert block["options"]["lmc_prefix"] == len(block["prompt"][0])


# Failed attempts in demonstrations

FAILED = replace(ONE, failures=(("cross", "it must be one of calm, angry"),))
SAID = "That reply cannot be used: it must be one of calm, angry. Reply again, with nothing else."


def test_a_demonstration_shows_its_failed_attempts() -> None:
    shown = messages(template_of(demos=(FAILED,)))
    assert shown[2:5] == [("assistant", "cross"), ("user", SAID), ("assistant", "angry")]
    block = messages(template_of(demos=(FAILED,), layout=Layout("block", "label", "bare")))[0][1]
    assert f"Tags:\n- x\nMood: cross\n\n{SAID}\n\nMood: angry\n\nText: Hello" in block


# Field styles


def test_fields_as_yaml_and_behind_markers() -> None:
    yaml = messages(template_of(layout=Layout("chat", "yaml", "bare")), {"text": "a\n'b'", "tags": ["c"]})
    assert yaml[-1][1] == 'text: "a\\n\'b\'"\ntags: ["c"]'
    markers = messages(template_of(layout=Layout("chat", "markers", "bare")))
    assert markers[-1][1] == "[[ ## text ## ]]\nHello\n\n[[ ## tags ## ]]\n- a\n- b"
    completion = template_of(outputs=(Field("answer", STR),), layout=Layout("completion", "markers", "bare"))
    assert completion["options"]["stop"] == ["\n\n[[ ## text ## ]]"]


# Settings


def test_a_call_sets_its_top_p_and_how_it_is_made() -> None:
    assert template_of(top_p=0.5)["options"]["top_p"] == 0.5
    assert template_of(logit_bias=((12, -5), (7, 0.5)))["options"]["logit_bias"] == {"12": -5, "7": 0.5}
    assert template_of(logit_bias=())["options"]["logit_bias"] == {}
    thought = template_of(strategy="chain_of_thought")
    assert [one["name"] for one in thought["reply"]["fields"]] == ["reasoning", "mood"]


def test_tools_are_offered_to_models_that_call_them() -> None:
    from lmc.ir.program import Extern, Retriever
    from lmc.ir.types import INT, RecordType, optional

    signature = Signature("Ask", "Tell.", INPUTS, (Field("mood", MOOD),))
    call = Predict("a", "predict", "Ask", (), Settings(tools=("add", "wiki", "Sub")))
    modules = (
        Module("M", INPUTS, NamedType("Ask"), (Return(call),)),
        Module("Sub", (Field("q", STR, "what to ask"),), STR, (), "Answers."),
    )
    add = Extern("add", "tools.py", (Field("a", INT, "", "A"), Field("b", optional(INT))), INT, "Adds.")
    wiki = Retriever("wiki", RecordType((Field("text", STR),)), "bm25", "wiki.jsonl")
    program = Program("p", (), (), (), (signature,), modules, externs=(add,), retrievers=(wiki,))
    for lm, offered in (("openai/gpt-4o", True), ("local/smollm2-135m", False)):
        (template,) = templates(replace(program, lms=(LMDecl("small", lm),))).values()
        assert ("tools" in template["options"]) is offered
        if offered:
            tools = template["options"]["tools"]
    assert [one["function"]["name"] for one in tools] == ["add", "wiki", "Sub"]
    assert tools[0]["function"] == {
        "name": "add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
        "description": "Adds.",
    }
    assert list(tools[1]["function"]["parameters"]["properties"]) == ["query", "k"]
    assert tools[2]["function"]["parameters"]["properties"] == {"q": {"type": "string", "description": "what to ask"}}


# What a template uses of the runtime


def test_a_template_uses_no_more_of_the_runtime_than_it_holds() -> None:
    plain = table_uses([template_of()])
    assert plain == {"PARTS": {"input"}, "TURNS": {"role"}, "FORMULAS": set(), "FUNCTIONS": set()}
    own = turn("user", "{% if text %}{{ text | upper }}{% endif %}{% for t in tags %}{{ t }}{% endfor %}{{ demos }}")
    assert table_uses([template_of(own, demos=POOL, nearest=1)]) == {
        "PARTS": {"if", "value", "for", "nearest"},
        "TURNS": {"role"},
        "FORMULAS": {"operator", "name", "function"},
        "FUNCTIONS": {"upper"},
    }
    past = table_uses([template_of(inputs=TALK, demos=(Demo((("text", "a"),), (("mood", "calm"),)),), nearest=1)])
    assert past["TURNS"] == {"role", "history", "nearest"}
