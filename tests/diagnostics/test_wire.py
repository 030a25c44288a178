"""The forms of a diagnostic for other programs: one line each, JSON, SARIF."""

from __future__ import annotations

import json

import jsonschema
import pytest

from lmc import __version__
from lmc.diagnostics import CODES, Diagnostic, Fix, Label
from lmc.diagnostics.render import FORMS, Form, render
from lmc.source import SourceFile, Span

SOURCE = SourceFile("dir/a b.lmp", "let 日 = contxt\nlet y = context\n")
CONTXT, CONTEXT = SOURCE.span(8, 14), SOURCE.span(23, 30)
UNKNOWN = Diagnostic(
    "LMP0001",
    "unknown name `contxt`",
    Label(CONTXT, "not known"),
    (Label(CONTEXT, "did you mean this one?"),),
    ("a note",),
    "write `context`",
    Fix(CONTXT, "context"),
)
PLACELESS = Diagnostic("LMP0810", "no space left", severity="warning")
ELSEWHERE = Diagnostic("LMP0001", "two\nlines", Label(Span("gone.lmp", 3, 4)), severity="note")
ALL = (UNKNOWN, PLACELESS, ELSEWHERE)

SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {"type": "array", "items": {"type": "object", "required": ["id"]}}
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {"$ref": "#/$defs/message"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "relatedLocations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "fixes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["artifactChanges"],
                        "properties": {
                            "artifactChanges": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "object",
                                    "required": ["artifactLocation", "replacements"],
                                    "properties": {
                                        "replacements": {
                                            "type": "array",
                                            "minItems": 1,
                                            "items": {
                                                "type": "object",
                                                "required": ["deletedRegion"],
                                                "properties": {
                                                    "deletedRegion": {"$ref": "#/$defs/region"},
                                                    "insertedContent": {"$ref": "#/$defs/message"},
                                                },
                                            },
                                        }
                                    },
                                },
                            }
                        },
                    },
                },
            },
        },
        "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "location": {
            "type": "object",
            "required": ["physicalLocation"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "integer", "minimum": 0},
                "message": {"$ref": "#/$defs/message"},
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "properties": {"uri": {"type": "string", "pattern": "^[^ ]+$"}},
                        },
                        "region": {"$ref": "#/$defs/region"},
                    },
                },
            },
        },
        "region": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn", "endLine", "endColumn")
            },
        },
    },
}
"""What SARIF 2.1.0 asks of the parts that lmc writes (OASIS, sections 3.13 to 3.57)."""


def test_concise_is_one_line_each() -> None:
    assert render(ALL, {SOURCE.name: SOURCE}, "concise") == (
        "dir/a b.lmp:1:9: error[LMP0001]: unknown name `contxt`\n"
        "warning[LMP0810]: no space left\n"
        "gone.lmp: note[LMP0001]: two lines\n"
    )


def test_json_has_an_object_for_each() -> None:
    first, second, third = json.loads(render(ALL, {SOURCE.name: SOURCE}, "json"))
    place = {"file": "dir/a b.lmp", "line": 1, "column": 9, "end_line": 1, "end_column": 15}
    nowhere = {"line": None, "column": None, "end_line": None, "end_column": None}
    assert first == {
        "code": "LMP0001",
        "severity": "error",
        "message": "unknown name `contxt`",
        **place,
        "labels": [
            {**place, "text": "not known", "primary": True},
            {
                "file": "dir/a b.lmp",
                "line": 2,
                "column": 9,
                "end_line": 2,
                "end_column": 16,
                "text": "did you mean this one?",
                "primary": False,
            },
        ],
        "notes": ["a note"],
        "help": "write `context`",
        "fix": {"range": place, "replacement": "context"},
    }
    assert second == {
        "code": "LMP0810",
        "severity": "warning",
        "message": "no space left",
        "file": None,
        **nowhere,
        "labels": [],
        "notes": [],
        "help": None,
        "fix": None,
    }
    assert {name: third[name] for name in ("file", *nowhere)} == {"file": "gone.lmp", **nowhere}


def test_a_fix_applied_at_its_range_cures() -> None:
    (found,) = json.loads(render([UNKNOWN], {SOURCE.name: SOURCE}, "json"))
    fix = found["fix"]
    lines = SOURCE.text.split("\n")
    line = lines[fix["range"]["line"] - 1]
    cured = line[: fix["range"]["column"] - 1] + fix["replacement"] + line[fix["range"]["end_column"] - 1 :]
    assert cured == "let 日 = context"


def test_sarif_keeps_to_the_standard() -> None:
    log = json.loads(render(ALL, {SOURCE.name: SOURCE}, "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("lmc", __version__)
    assert [rule["id"] for rule in driver["rules"]] == ["LMP0001", "LMP0810"]
    assert driver["rules"][0]["shortDescription"] == {"text": CODES["LMP0001"].title}
    assert [driver["rules"][result["ruleIndex"]]["id"] for result in run["results"]] == [each.code for each in ALL]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]


def test_sarif_points_at_the_place() -> None:
    log = json.loads(render(ALL, {SOURCE.name: SOURCE}, "sarif"))
    first, second, third = log["runs"][0]["results"]
    region = {"startLine": 1, "startColumn": 9, "endLine": 1, "endColumn": 15}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "dir/a%20b.lmp"},
        "region": region,
    }
    assert first["relatedLocations"][0]["message"] == {"text": "did you mean this one?"}
    replacement = first["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement == {"deletedRegion": region, "insertedContent": {"text": "context"}}
    assert "locations" not in second
    assert "region" not in third["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(
    ("name", "uri"), [("/tmp/a.lmp", "file:///tmp/a.lmp"), ("a:b.lmp", "a%3Ab.lmp"), ("ä.lmp", "%C3%A4.lmp")]
)
def test_sarif_names_files_by_uri(name: str, uri: str) -> None:
    log = json.loads(render([Diagnostic("LMP0001", "m", Label(Span(name, 0, 1)))], {}, "sarif"))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(("form", "empty"), [("text", ""), ("concise", ""), ("json", "[]\n")])
def test_no_diagnostics(form: Form, empty: str) -> None:
    assert render([], {}, form) == empty


def test_no_diagnostics_are_a_whole_sarif_log() -> None:
    log = json.loads(render([], {}, "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_ends_with_one_newline(form: Form) -> None:
    text = render(ALL, {SOURCE.name: SOURCE}, form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
