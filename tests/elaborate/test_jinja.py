"""Prompts in Jinja's syntax: what they become, what they print, and what is wrong with them, to the character."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, Undefined

from lmc.diagnostics import CODES, Diagnostic, Sink
from lmc.elaborate.jinja import check_inputs, parse_prompt
from lmc.elaborate.jinja.text import FixedTag
from lmc.ir import program as ir
from lmc.ir.types import (
    BOOL,
    FLOAT,
    HISTORY,
    IMAGE,
    INT,
    STR,
    Constrained,
    Field,
    ListType,
    MapType,
    NamedType,
    RecordType,
    Type,
    optional,
)
from lmc.prompts import templates
from lmc.runtime.prompt import render
from lmc.source import Span

DOC = RecordType((Field("title", STR), Field("score", FLOAT)))
NAMED: dict[str, Type] = {"Doc": DOC}
INPUTS = (
    Field("name", STR),
    Field("count", Constrained(INT, 0, 9)),
    Field("ratio", FLOAT),
    Field("flag", BOOL),
    Field("tags", ListType(STR)),
    Field("nums", ListType(INT)),
    Field("doc", NamedType("Doc")),
    Field("docs", ListType(NamedType("Doc"))),
    Field("maybe", optional(STR)),
    Field("prices", MapType(INT)),
    Field("photo", IMAGE),
    Field("past", HISTORY),
)
NAMES = tuple(one.name for one in INPUTS)
VALUES: dict[str, Any] = {
    "name": "Ada",
    "count": 3,
    "ratio": 2.5,
    "flag": True,
    "tags": ["red", "blue"],
    "nums": [3, 1, 2],
    "doc": {"title": "On", "score": 0.5},
    "docs": [{"title": "One", "score": 1.0}, {"title": "Two", "score": 2.0}],
    "maybe": None,
    "prices": {"tea": 2, "pie": 4},
    "photo": "https://example.org/a.png",
    "past": [{"role": "user", "content": "hi"}],
}


def parsed(text: str, inputs: tuple[Field, ...] = INPUTS) -> tuple[tuple[ir.Piece, ...], tuple[Diagnostic, ...]]:
    """The pieces of a prompt, and its mistakes."""
    sink = Sink()
    return parse_prompt(text, lambda start, end: Span("p", start, end), inputs, NAMED, sink), sink.diagnostics


def program_of(*turns: ir.Turn, inputs: tuple[Field, ...] = INPUTS) -> ir.Program:
    """A program with one call, whose signature owns its prompt."""
    signature = ir.Signature("Ask", "Say it.", inputs, (Field("answer", STR),), prompt=turns)
    arguments = tuple((one.name, ir.Name(one.name)) for one in inputs)
    call = ir.Predict("a", "predict", "Ask", arguments)
    module = ir.Module("M", inputs, NamedType("Ask"), (ir.Return(call),))
    lms = (ir.LMDecl("small", "openai/gpt-4o-mini"),)
    types = tuple(ir.TypeDecl(name, type_) for name, type_ in NAMED.items())
    return ir.Program("p", lms, types, (), (signature,), (module,))


def printed(text: str, values: dict[str, Any] | None = None) -> str:
    """What a prompt prints, frozen and read again."""
    pieces, mistakes = parsed(text)
    assert not mistakes, [one.message for one in mistakes]
    (template,) = templates(program_of(ir.Turn("user", pieces, text))).values()
    template["messages"] = [turn for turn in template["messages"] if "history" not in turn]
    ((message),) = render(json.loads(json.dumps(template)), VALUES | (values or {}))["messages"]
    content = message["content"]
    return content if isinstance(content, str) else json.dumps(content)


# What is printed


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("Hello.\n", "Hello.\n"),
        ("{ not a hole } %} }}", "{ not a hole } %} }}"),
        ("{{ name }}\n", "Ada\n"),
        ("{{name}}{{ count }}{{ ratio }}", "Ada32.5"),
        ("a {#- gone -#} b", "ab"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
        ("a  {{- name -}}  b", "aAdab"),
        ("{{ doc.title }} {{ doc['title'] }} {{ doc.score }}", "On On 0.5"),
        ("{{ tags[0] }} {{ tags[-1] }} {{ tags[7] }}.", "red blue ."),
        ("{{ tags[:1] }} {{ name[1:] }}", '["red"] da'),
        ("{{ name | upper }} {{ name | lower | trim }}", "ADA ada"),
        ("{{ tags | join(', ') }} {{ tags | length }} {{ tags | first }} {{ tags | last }}", "red, blue 2 red blue"),
        ("{{ nums | sum }} {{ nums | max }} {{ nums | min }} {{ nums | sort | join }}", "6 3 1 123"),
        ("{{ nums | sort(reverse=true) | join(' ') }}", "3 2 1"),
        ("{{ tags | sort(case_sensitive=true) | join }} {{ tags | reverse | join }}", "bluered bluered"),
        ("{{ docs | map(attribute='title') | join(', ') }}", "One, Two"),
        ("{{ docs | sum(attribute='score') }}", "3.0"),
        ("{{ ratio | round }} {{ ratio | round(1) }} {{ count | round }} {{ -ratio | abs }}", "2.0 2.5 3 2.5"),
        ("{{ name | replace('A', 'E') }}", "Eda"),
        ("{{ maybe | default('none given') }}|{{ maybe }}|{{ maybe or 'x' }}", "none given||x"),
        ("{{ name ~ ' ' ~ count }}", "Ada 3"),
        ("{{ count + 1 }} {{ count / 2 }} {{ count // 2 }} {{ count % 2 }} {{ -count }}", "4 1.5 1 1 -3"),
        ("{{ 'many' if count > 2 else 'few' }}{{ 'x' if count > 5 }}", "many"),
        ("{{ 1 < count < 5 and name != 'Bob' }}", "true"),
        ("{% if maybe %}a{% elif tags %}b{% else %}c{% endif %}", "b"),
        ("{% if maybe is none %}a{% endif %}{% if maybe is defined %}b{% endif %}", "a"),
        ("{% if count is odd and count is divisibleby(3) %}a{% endif %}", "a"),
        ("{% if 'red' in tags and 'x' not in name %}a{% endif %}", "a"),
        ("{% for t in tags %}{{ loop.index }}/{{ loop.length }} {{ t }}\n{% endfor %}", "1/2 red\n2/2 blue\n"),
        ("{% for t in tags %}{{ t }}{% if not loop.last %}, {% endif %}{% endfor %}", "red, blue"),
        ("{% for t in tags %}{{ loop.revindex }}{{ loop.revindex0 }}{% endfor %}", "2110"),
        ("{% for t in tags if t != 'red' %}{{ loop.index }}{{ t }}{% else %}none{% endfor %}", "1blue"),
        ("{% for t in tags if t == 'x' %}{{ t }}{% else %}none{% endfor %}", "none"),
        ("{% for d in docs %}{% for t in tags %}{{ loop.index }}{{ d.title }}{{ t }} {% endfor %}{% endfor %}",
         "1Onered 2Oneblue 1Twored 2Twoblue "),
        ("{% for name, price in prices.items() %}{{ name }}={{ price }} {% endfor %}{{ name }}", "tea=2 pie=4 Ada"),
        ("{% for k, v in prices | items %}{{ k }}{{ v }}{% endfor %}{{ prices.tea }}{{ prices['pie'] }}", "tea2pie424"),
        ("{% set x = name | upper %}{% for t in tags %}{% set y = x ~ t %}{{ y }}{% endfor %}{{ x }}",
         "ADAredADAblueADA"),
        ("{% set t = name %}{% for t in tags %}{{ t }}{% endfor %}{{ t }}", "redblueAda"),
        ("{% for t in tags %}{% set u = t %}{% for t in nums %}{{ u }}{{ t }} {% endfor %}{% endfor %}",
         "red3 red1 red2 blue3 blue1 blue2 "),
        ("{% fixed %}Be {{ name }}.{% endfixed %}", "Be Ada."),
        ("{% print name %}", "Ada"),
        ("{% for turn in past %}{{ turn.role }}: {{ turn.content }}{% endfor %}", "user: hi"),
        ("{{ past }}", "User: hi"),
        # Where Jinja would print Python's own words:
        ("{{ tags }} {{ doc }} {{ flag }} {{ count == 2 }} {{ none }}",
         '["red", "blue"] {"title": "On", "score": 0.5} true false '),
        ("{{ name | tojson }} {{ 'é<' | tojson }}", '"Ada" "é<"'),
    ],
)  # fmt: skip
def test_what_a_prompt_prints(text: str, wanted: str) -> None:
    assert printed(text) == wanted


def test_line_ends_are_those_that_jinja_makes_of_them() -> None:
    assert printed("a\r\nb {{ name }}\rc\r\n") == "a\nb Ada\nc\n"


def test_a_prompt_without_holes_is_itself() -> None:
    text = 'Reply with {"a": 1}.\n\n  Indented {braces} and 100 %\n\n'
    assert parsed(text) == ((text,), ())


def test_an_image_is_a_content_part_between_texts() -> None:
    assert json.loads(printed("Look: {{ photo }} at {{ name }}")) == [
        {"type": "text", "text": "Look: "},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "text", "text": " at Ada"},
    ]


# The pieces


def test_holes_know_where_they_stand() -> None:
    text = "To {{ name }}:\n{{ doc.title | upper }}"
    pieces, _ = parsed(text)
    holes = [piece for piece in pieces if isinstance(piece, ir.Hole)]
    assert [(text[one.span.start : one.span.end], one.expr) for one in holes if one.span] == [
        ("name", ir.Name("name")),
        ("doc.title | upper", ir.Apply("upper", (ir.Member(ir.Name("doc"), "title"),))),
    ]


def test_places_count_characters_of_the_source_also_behind_its_line_ends() -> None:
    text = "a\r\nb\r\n{{ nmae }}"
    (mistake,) = parsed(text)[1]
    assert mistake.primary is not None
    assert text[mistake.primary.span.start : mistake.primary.span.end] == "nmae"


def test_slots_are_places_that_lmc_fills() -> None:
    pieces, mistakes = parsed("{{ instruction }}\n{{ demos }}{{ format }}")
    assert not mistakes
    assert pieces == (ir.Slot("instruction"), "\n", ir.Slot("demos"), ir.Slot("format"))


def test_an_input_with_the_name_of_a_slot_is_the_input() -> None:
    pieces, _ = parsed("{{ format }}", (Field("format", STR),))
    assert pieces == (ir.Hole(ir.Name("format")),)


def test_conditions_are_said_in_full() -> None:
    pieces, _ = parsed("{% if maybe %}a{% endif %}{% if not tags %}b{% endif %}{% if flag %}c{% endif %}")
    maybe, tags = ir.Name("maybe"), ir.Name("tags")
    conditions = [piece.condition for piece in pieces if isinstance(piece, ir.Choice)]
    empty, null = ir.Operation("!=", (maybe, ir.Const(""))), ir.Operation("!=", (maybe, ir.Const(None)))
    assert conditions[0] in (ir.Operation("and", (empty, null)), ir.Operation("and", (null, empty)))
    assert conditions[1] == ir.Operation("not", (ir.Operation("!=", (tags, ir.ListOf(()))),))
    assert conditions[2] == ir.Name("flag")


def test_a_fixed_part_and_a_loop() -> None:
    pieces, _ = parsed("{% fixed %}Be brief.{% endfixed %}{% for t in tags %}{{ t }}{% endfor %}")
    assert pieces == (ir.Fixed(("Be brief.",)), ir.Repeat("t", ir.Name("tags"), (ir.Hole(ir.Name("t")),)))


def test_text_without_braces_needs_no_jinja() -> None:
    code = (
        "import sys; from lmc.elaborate.jinja import parse_prompt; from lmc.diagnostics import Sink;"
        "assert parse_prompt('plain', None, (), {}, Sink()) == ('plain',); assert 'jinja2' not in sys.modules"
    )
    import subprocess

    subprocess.run([sys.executable, "-c", code], check=True)


# Mistakes: the code, what the caret is under, the message, the help

MISTAKES = [
    ("{{ name name }}", "LMP0400", "name",
     "this is not Jinja: expected token `end of print statement`, got `name`", None),
    ("{{ $ }}", "LMP0400", "$", "this is not Jinja: unexpected char `$`",
     "braces that are only text stand in `{% raw %}…{% endraw %}`"),
    ("{{ (name] }}", "LMP0400", "]", "this is not Jinja: unexpected `]`, expected `)`", None),
    ("a {# b", "LMP0400", "{#", "this is not Jinja: missing end of comment tag", None),
    ("a {% raw %} b", "LMP0400", "{% raw %}", "this is not Jinja: missing end of raw directive", None),
    ("{% if flag %}a{% if flag %}b{% endif %}", "LMP0400", "if", "this is not Jinja: `if` is not closed",
     "close it with `{% endif %}`"),
    ("{{ name | replace('a') }}", "LMP0400", "replace",
     "this is not Jinja: `replace` needs what it replaces and what by", None),
    ("{% include 'x' %}", "LMP0401", "include", "a prompt cannot hold `{% include %}`",
     "use text, `{{ … }}`, `{% if %}`, `{% for %}`, `{% set %}`, `{% raw %}` and `{% fixed %}`"),
    ("{% macro m() %}{% endmacro %}", "LMP0401", "macro", "a prompt cannot hold `{% macro %}`",
     "use text, `{{ … }}`, `{% if %}`, `{% for %}`, `{% set %}`, `{% raw %}` and `{% fixed %}`"),
    ("{% import 'x' as y %}", "LMP0401", "import", "a prompt cannot hold `{% import %}`",
     "use text, `{{ … }}`, `{% if %}`, `{% for %}`, `{% set %}`, `{% raw %}` and `{% fixed %}`"),
    ("{{ name.upper() }}", "LMP0401", "name.upper()", "a prompt cannot hold calls",
     "use a filter: `{{ x | upper }}` for `{{ x.upper() }}`"),
    ("{{ ''.__class__.__mro__ }}", "LMP0405", "__class__", "`\"\"` has no fields, so no `__class__`", None),
    ("{{ 2 ** count }}", "LMP0401", "2 ** count", "a prompt cannot hold powers", None),
    ("{{ tags[::2] }}", "LMP0401", "2", "a prompt cannot hold slices with a step", None),
    ("{{ tags | sort | join }}", "LMP0401", "sort", "a prompt cannot hold `sort` without regard to case",
     "Jinja takes no notice of case here unless told to: write `sort(case_sensitive=true)`"),
    ("{{ demos | upper }}", "LMP0401", "demos", "a prompt cannot hold the slot `demos` within an expression",
     "write `{{ demos }}`, with nothing around it"),
    ("{% if flag %}{% set a = 1 %}{% endif %}", "LMP0401", "a", "a prompt cannot hold `{% set %}` within `{% if %}`",
     "write the choice as a value: `{% set x = a if c else b %}`"),
    ("{% for t in tags %}{% set i = loop.index %}{% for n in nums %}{{ i }}{% endfor %}{% endfor %}", "LMP0401", "i",
     "a prompt cannot hold `i` here: it was set from `loop` outside of this loop", "use the field of `loop` itself"),
    ("{{ tags | join(' ', 'a', 'b') }}", "LMP0401", "'b'", "a prompt cannot hold this argument of `join`", None),
    ("{{ tags | join(sep=' ') }}", "LMP0401", "sep", "a prompt cannot hold the argument `sep` of `join`", None),
    ("Dear {{ nmae }},", "LMP0402", "nmae", "the prompt knows no `nmae`", "did you mean `name`?"),
    ("{{ x }}", "LMP0402", "x", "the prompt knows no `x`",
     "it knows " + ", ".join(f"`{one}`" for one in sorted([*NAMES, "instruction", "format", "demos"]))),
    ("{{ loop.index }}", "LMP0402", "loop", "the prompt knows no `loop`", ...),
    ("{{ name | uper }}", "LMP0403", "uper", "there is no filter `uper` in prompts", "did you mean `upper`?"),
    ("{% if name is evn %}{% endif %}", "LMP0403", "evn", "there is no test `evn` in prompts", "did you mean `even`?"),
    ("{% fro t in tags %}{% endfor %}", "LMP0403", "fro", "there is no tag `fro` in prompts", "did you mean `for`?"),
    ("{% for c in name %}{{ c }}{% endfor %}", "LMP0404", "name", "`for` takes a list, not `str`", None),
    ("{% for p in prices %}{{ p }}{% endfor %}", "LMP0404", "prices", "`for` takes a list, not `map[str, int]`",
     "go through its names and values: `{% for name, value in xs | items %}`"),
    ("{{ count | upper }}", "LMP0404", "count", "`upper` takes `str`, not `int 0..9`", None),
    ("{{ maybe | upper }}", "LMP0404", "maybe", "this may be null (`str?`)",
     "give another value for that case: `x | default(…)`, or ask first: `{% if x %}`"),
    ("{{ name + count }}", "LMP0404", "name + count", "`+` does not work on `str` and `int 0..9`", None),
    ("{{ name < 3 }}", "LMP0404", "name < 3", "`<` does not work on `str` and `3`", None),
    ("{% if count == 'x' %}{% endif %}", "LMP0404", "count == 'x'", "these are never equal: `int 0..9` and `\"x\"`",
     "check the spelling of the value"),
    ("{{ photo | upper }}", "LMP0404", "photo", "`upper` takes `str`, not `image`", None),
    ("{{ count[0] }}", "LMP0404", "count", "`[ ]` takes a list, not `int 0..9`", None),
    ("{{ doc.titel }}", "LMP0405", "titel", "there is no field `titel`", "did you mean `title`?"),
    ("{{ docs[0].titel | upper }}", "LMP0405", "titel", "there is no field `titel`", "did you mean `title`?"),
    ("{{ docs | map(attribute='titel') | join }}", "LMP0405", "'titel'", "there is no field `titel`",
     "did you mean `title`?"),
    ("{{ name.first }}", "LMP0405", "first", "`str` has no fields, so no `first`", None),
    ("{% for t in tags %}{{ loop.idnex }}{% endfor %}", "LMP0405", "idnex", "there is no field `idnex`",
     "did you mean `index`?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "under", "message", "advice"), MISTAKES, ids=[one[0] for one in MISTAKES])
def test_a_mistake_is_told_where_it_stands(text: str, code: str, under: str, message: str, advice: Any) -> None:
    (mistake,) = parsed(text)[1]
    assert mistake.primary is not None
    span = mistake.primary.span
    assert (mistake.code, text[span.start : span.end], mistake.message) == (code, under, message)
    assert advice is ... or mistake.help == advice
    assert code in CODES


def test_every_mistake_of_a_prompt_is_told() -> None:
    assert [one.code for one in parsed("{{ a }}{{ name | b }}{{ doc.c }}")[1]] == ["LMP0402", "LMP0403", "LMP0405"]


def test_an_input_that_no_hole_shows_is_a_warning() -> None:
    sink = Sink()
    turn = ir.Turn("user", parsed("{% for t in tags %}{{ t }}{% endfor %}")[0], "")
    inputs = (Field("tags", ListType(STR)), Field("name", STR), Field("past", HISTORY))
    check_inputs([turn], inputs, {one.name: Span("p", 0, 1) for one in inputs}, "Ask", sink)
    (warning,) = sink.diagnostics
    assert (warning.code, warning.severity) == ("LMP0406", "warning")
    assert warning.message == "the prompt of `Ask` never shows the input `name`"


# The same as Jinja, byte for byte


def as_json(value: Any) -> str:
    """What a hole prints."""
    if value is None or isinstance(value, Undefined):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


REFERENCE = Environment(keep_trailing_newline=True, finalize=as_json, extensions=[FixedTag])
TEXTS = st.text(alphabet="ab Z\n\t<>&é'\"-}%#.", max_size=8) | st.sampled_from(['{"a": 1}', "{ }", "\n\n", "  \n"])
WORDS = st.text(alphabet="aBcé <'&\"\n{%", max_size=5)


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    """Inputs."""
    floats = st.floats(-1e6, 1e6, allow_nan=False)
    docs = st.fixed_dictionaries({"title": WORDS, "score": floats})
    return {
        **VALUES,
        "name": draw(WORDS),
        "count": draw(st.integers(0, 9)),
        "ratio": draw(floats),
        "flag": draw(st.booleans()),
        "tags": draw(st.lists(WORDS, max_size=3)),
        "nums": draw(st.lists(st.integers(-5, 5), max_size=3)),
        "doc": draw(docs),
        "docs": draw(st.lists(docs, max_size=2)),
        "maybe": draw(st.none() | WORDS),
        "prices": draw(st.dictionaries(st.sampled_from(["tea", "pie"]), st.integers(0, 3))),
    }


@cache
def text_exprs(scope: tuple[str, ...], depth: int = 2) -> st.SearchStrategy[str]:
    """An expression whose value is a text."""
    plain = ["name", "doc.title", 'doc["title"]', "'a\\n\"b'", "tags | join(', ')",
             "docs | map(attribute='title') | join", "tags | unique(case_sensitive=true) | join('-')",
             "nums | sort(reverse=true) | join(' ')",
             "tags | sort(case_sensitive=true) | join", "tags | reverse | join(' ')", "maybe | default('none')",
             "(maybe or 'x')", *scope]  # fmt: skip
    if depth == 0:
        return st.sampled_from(plain)
    inner = text_exprs(scope, depth - 1)
    return (
        st.sampled_from(plain)
        | inner.map(lambda one: f"({one}) | upper")
        | inner.map(lambda one: f"({one}) | lower | trim")
        | inner.map(lambda one: f"({one}) | replace('a', 'é')")
        | inner.map(lambda one: f"({one})[1:3]")
        | inner.map(lambda one: f"({one})[:-1]")
        | st.tuples(inner, inner).map(lambda two: f"({two[0]}) ~ ({two[1]}) ~ count ~ ratio")
        | st.tuples(inner, inner, conditions(scope, depth - 1)).map(
            lambda one: f"(({one[0]}) if {one[2]} else ({one[1]}))"
        )
        | st.tuples(inner, inner).map(lambda two: f"(({two[0]}) or ({two[1]}))")
    )


NUMBERS = ["count", "3", "-count", "nums | sum", "tags | length", "name | length", "ratio", "ratio | round(1)",
           "ratio | round", "ratio | abs", "count + 2 * 3", "count / 2", "count // 2", "(count - 7) % 3", "doc.score",
           "docs | sum(attribute='score')", "count | round", "1_000", "1.5e3"]  # fmt: skip


@cache
def conditions(scope: tuple[str, ...], depth: int = 1) -> st.SearchStrategy[str]:
    """An expression that is asked whether it holds."""
    plain = ["flag", "not flag", "maybe", "tags", "nums and flag", "name", "count", "ratio", "maybe is defined", "docs",
             "prices", "doc", "count is even", "count is divisibleby(3)", "'a' in name", "'B' not in tags",
             "1 < count <= 5", "name == doc.title", "count != 3", "maybe is undefined or maybe == 'a'"]  # fmt: skip
    if depth == 0:
        return st.sampled_from(plain)
    inner = conditions(scope, depth - 1)
    return (
        st.sampled_from(plain)
        | inner.map(lambda one: f"not ({one})")
        | st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda one: f"({one[0]}) {one[1]} ({one[2]})")
        | st.tuples(text_exprs(scope, 0), text_exprs(scope, 0)).map(lambda two: f"({two[0]}) < ({two[1]})")
    )


@cache
@st.composite
def prompts(
    draw: st.DrawFn, scope: tuple[str, ...] = (), depth: int = 2, loop: bool = False, branch: bool = False
) -> str:
    """A prompt."""
    dash = st.sampled_from(["", "", "-", "+"])
    left, right = draw(dash), draw(st.sampled_from(["", "", "-"]))
    loops = ["loop.index", "loop.index0", "loop.first", "loop.last", "loop.length", "loop.revindex"] if loop else []
    lists = ["tags", "tags[0]", "nums", "nums[:2]", "nums | max", "tags | first", "flag", "doc", "docs", "maybe"]
    kinds = ["text", "hole", "comment", "raw", *(["if", "for", "docs", "items", "fixed"] if depth else [])]
    kinds += [] if branch else ["set"]
    found = []
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=4)):
        inner = prompts(scope, depth - 1, loop, True) if depth else st.just("")
        match kind:
            case "text":
                found.append(draw(TEXTS))
            case "hole":
                expr = draw(text_exprs(scope) | st.sampled_from([*NUMBERS, *loops, *lists]))
                found.append(f"{{{{{left} {expr} {right}}}}}")
            case "comment":
                found.append(f"{{#{left} a {{{{ b }}}} {right}#}}")
            case "raw":
                found.append("{% raw " + right + "%}{{ x }} {% y %}{% endraw %}")
            case "if":
                one, two, three = draw(inner), draw(inner), draw(inner)
                tests = draw(conditions(scope)), draw(conditions(scope))
                found.append(
                    f"{{%{left} if {tests[0]} {right}%}}{one}{{% elif {tests[1]} %}}{two}"
                    f"{{% else %}}{three}{{% endif %}}"
                )
            case "for":
                name = draw(st.sampled_from(["t", "u", "name"]))
                test = draw(st.sampled_from(["", f" if {name} != 'a'"]))
                body = draw(prompts((*scope, name), depth - 1, True))
                found.append(
                    f"{{%{left} for {name} in tags{test} {right}%}}{body}{{% else %}}{draw(inner)}{{% endfor %}}"
                )
            case "docs":
                body = draw(prompts((*scope, "d.title"), depth - 1, True))
                found.append(f"{{% for d in docs {right}%}}{body}{{{{ d.score }}}}{{%{left} endfor %}}")
            case "items":
                body = draw(prompts((*scope, "k"), depth - 1, True))
                found.append(f"{{% for k, v in prices.items() %}}{body}{{{{ v + 1 }}}}{{% endfor %}}")
            case "set":
                found.append(f"{{% set s = {draw(text_exprs(scope))} {right}%}}")
                scope = (*scope, "s")
            case "fixed":
                found.append(f"{{% fixed %}}{draw(inner)}{{% endfixed %}}")
    return "".join(found)


@settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(prompts(), values())
def test_a_prompt_prints_what_jinja_prints(text: str, inputs: dict[str, Any]) -> None:
    known = {name: value for name, value in inputs.items() if value is not None}
    assert printed(text, inputs) == REFERENCE.from_string(text).render(known)


@settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet="{}%# -\n\"'[]().|~+=<>abif", max_size=20).map(lambda one: "{{" + one))
def test_no_text_is_too_strange(text: str) -> None:
    _, mistakes = parsed(text)
    for one in mistakes:
        assert one.primary is not None
        assert 0 <= one.primary.span.start <= one.primary.span.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{" + "(" * 3000,
        "{{" + "-" * 5000 + "1}}",
        "{% if a %}" * 3000,
        "{{ name" + "[0]" * 3000 + "}}",
        "{{ 1" + " + 1" * 500 + "}}",
        "{% if flag %}" * 80 + "{% endif %}" * 80,
        "{% if flag %}a" + "{% elif flag %}b" * 500 + "{% endif %}",
        "{{ 1" + " < 2" * 500 + "}}",
    ],
    ids=lambda one: one[:12],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    (mistake,) = parsed(text)[1]
    assert mistake.code == "LMP0400"
    assert mistake.message in ("this is not Jinja: it is nested too deeply", "this is not Jinja: `if` is not closed")


def test_nothing_is_executed() -> None:
    """What would be dangerous to run is refused, or is text."""
    for text in ("{{ cycler.__init__.__globals__ }}", "{{ self._TemplateReference__context }}", "{{ range(9) }}"):
        assert parsed(text)[1]
