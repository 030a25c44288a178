"""Programs, rows to run them on, and what the scripted LM answers: good replies, and ones that are wrong in every
usual way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emitting import program_of

from lmc.backends.python.names import snake
from lmc.ir.types import STR
from lmc.prompts import templates

HERE = Path(__file__).parent / "programs"
TEXTS = [
    "play it",
    "",
    "ORDER 17 is late!",
    "tabs\tand\nlines",
    'say "hi" {{ x }}',
    "größe 日本",
    "a b c d e",
    "x",
    "`` ` ``",
]


@dataclass(frozen=True)
class Case:
    """A module of a program, its rows, and the scripted replies by marker."""

    path: Path
    module: str
    function: str
    rows: list[list[Any]]
    replies: dict[str, list[str]]

    @property
    def name(self) -> str:
        """What the case is called in test names."""
        return f"{self.path.stem}-{self.module}"


TRIAGE = {
    "Sort the message": [
        "Mood: calm\nUrgency: 1",
        "mood: angry\nurgency: 5",
        "**Mood:** Other.\n\nUrgency: about 3",
        "Mood: calm",
        "Sure! I would say Mood: furious",
        "",
        "Mood: calm\nUrgency: one or two",
    ],
    "List the slots": [
        "[]",
        '[{"name": "order", "val": "17", "sure": true}]',
        'Here you are:\n```json\n[{"name": "a", "value": "b"}]\n```',
        '[{"name": "order"}]',
        '{"slots": 3}',
        "none",
    ],
    "Answer the customer": [
        '{"reasoning": "because", "answer": "yes", "refund": 1.5}',
        '{"reasoning": "r", "answer": "no", "refund": null}',
        "Reasoning: first\nof all\nAnswer: it depends\nRefund: null",
        "I cannot help with that.",
        '{"answer": "no"}',
    ],
    "shorter": ["w", "Shorter: v", "", "```\nfenced\n```", "two\nlines"],
}
NAMES = {
    "Do it for the class": [
        "Def: A\nRun: true",
        "def: b\nrun: no",
        '{"def": "A", "run": false}',
        "Def: C\nRun: maybe",
        "Run: yes\nDef: B",
        "",
    ]
}
OVERLAP = {
    "Which side": ["left", "Right.", "It is the left side", "left or right", "", "up"],
    "Give a number": ["1", "7", "Rating: 3", "about 4 of 5", "none", "1,000", "-2"],
    "Parse the sentence": [
        '{"value": "A", "children": [{"value": "B", "children": []}]}',
        '{"value": "C", "children": []}',
        'Tree: {"value": "A", "children": []}',
        '{"value": "A"}',
        "A(B)",
    ],
}
FIELDS = [
    "Label: yes\nScore: 0.5\nSide note: fine",
    "Label: no\nScore: 2",
    " yes\nScore: 1e3\nSide note: null",
    '{"label": "no", "score": 3, "note": null, "Label": "no", "Score": 3}',
    '{"label": "yes", "score": "0.25", "Side note": "a {b}"}',
    "Score: 1",
    "",
]
PAST = [{"role": "user", "content": "hi {{ x }}"}, {"role": "assistant", "content": "yes?"}]
OWN = {
    "Judge the message": ["calm", "Angry.", "It is calm", "calm or angry", "", "furious"],
    "Go on talking": ["Hm.", "two\nlines", ""],
}
LAYOUTS = {"Label the text": FIELDS, "Do.": FIELDS}

CASES = [
    Case(HERE / "triage.lmp", "Reply", "reply", [[text, ["x"]] for text in TEXTS], TRIAGE),
    Case(HERE / "triage.lmp", "Short", "short", [[text] for text in TEXTS], TRIAGE),
    Case(HERE / "names.lmp", "List", "list_", [[text, "l", "j", text, "i"] for text in TEXTS], NAMES),
    Case(HERE / "names.lmp", "Text", "text", [[text] for text in TEXTS], NAMES),
    Case(HERE / "names.lmp", "Sum", "sum_", [["x"], ["y"]], NAMES),
    Case(HERE / "overlap.lmp", "Both", "both", [[text, text + "!"] for text in TEXTS], OVERLAP),
    Case(HERE / "overlap.lmp", "Nested", "nested", [[text] for text in TEXTS], OVERLAP),
    Case(
        HERE / "own.lmp",
        "Own",
        "own",
        [[text, [None, "", "a {{ b }}"][n % 3], PAST[: n % 3]] for n, text in enumerate(TEXTS)],
        OWN,
    ),
    Case(HERE / "overlap.lmp", "Leaf", "leaf", [[text] for text in TEXTS], OVERLAP),
    Case(
        HERE / "layouts.lmp",
        "All",
        "all_",
        [[text, [text, "b"][:n]] for n, text in enumerate(TEXTS)],
        LAYOUTS,
    ),
]


def samples(schema: dict[str, Any]) -> list[str]:
    """Replies that a value of the type could be read from."""
    if "enum" in schema:
        return [
            *schema["enum"],
            f"It is {schema['enum'][0]}.",
            schema["enum"][-1].lower(),
            " or ".join(schema["enum"][:2]),
        ]
    if "anyOf" in schema:
        return [text for member in schema["anyOf"] for text in samples(member)]
    if schema.get("type") in ("array", "object") or "const" in schema:
        return [json.dumps(value) for value in values(schema)]
    plain = {"integer": ["3", "1,000", "so it is 7", "1 or 2"], "number": ["0.5"], "boolean": ["yes", "maybe"]}
    return plain.get(schema.get("type", ""), ["some text", "two\nlines"])


def values(schema: dict[str, Any]) -> list[Any]:
    """Values of a type, or nearly."""
    if "const" in schema:
        return [schema["const"]]
    if "anyOf" in schema:
        return [value for member in schema["anyOf"] for value in values(member)]
    if schema.get("type") == "array":
        return [[], values(schema["items"])[:2], [values(schema["items"])[0], 3]]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return [{name: values(one)[turn % len(values(one))] for name, one in fields.items()} for turn in range(6)]
    return [
        *schema.get("enum", ()),
        *({"integer": [3], "boolean": [True]}.get(schema.get("type", ""), ["2 + 2", "no"])),
    ]


def replies_to(template: dict[str, Any]) -> list[str]:
    """Replies to a template, good and bad."""
    spec = template["reply"]
    fields = spec["fields"]
    if spec["style"] == "bare":
        return [*samples(fields[0]["schema"]), "", "I do not know"]
    texts = [samples(field["schema"]) for field in fields]
    found = ["", "I do not know", f"{fields[0]['label']}: only this"]
    for turn in range(8):
        if spec["style"] == "json":
            given = [values(field["schema"]) for field in fields]
            found.append(json.dumps({one["label"]: of[turn % len(of)] for one, of in zip(fields, given, strict=True)}))
        named = {field["label"]: one[turn % len(one)] for field, one in zip(fields, texts, strict=True)}
        found.append("\n".join(f"{label}: {value}" for label, value in named.items()))
    return found


def cases_of(path: Path) -> list[Case]:
    """A case for each module of a program, whose parameters are texts."""
    program = program_of(path)
    replies = {}
    for template in templates(program).values():
        parts = template["prompt"] if "prompt" in template else template["messages"][0]["content"]
        replies[json.dumps(parts[0], ensure_ascii=False)[1:-1]] = replies_to(template)
    cases = []
    for module in program.modules:
        assert all(param.type == STR for param in module.params), f"write rows for `{module.name}`"
        rows = [[text] * len(module.params) for text in TEXTS]
        cases.append(Case(path, module.name, snake(module.name), rows, replies))
    return cases


SHIPPED = sorted((Path(__file__).parents[2] / "programs").glob("*/*.lmp"))
CASES += [case for path in SHIPPED for case in cases_of(path)]
