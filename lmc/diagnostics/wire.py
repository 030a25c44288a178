"""Diagnostics as JSON for other programs, and as SARIF 2.1.0 (OASIS standard, 2020) for code-scanning services."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from lmc import __version__
from lmc.diagnostics.codes import CODES
from lmc.diagnostics.diagnostic import Diagnostic, Fix, Label
from lmc.source import SourceFile, Span

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Sources: TypeAlias = Mapping[str, SourceFile]

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_json(diagnostics: Sequence[Diagnostic], sources: Sources) -> str:
    """One JSON array, an object for each diagnostic.

    Lines and columns count from 1 and in characters; ends are exclusive. They are null where a diagnostic has no
    place, or lies in a file that is not in `sources` (then `file` still names it).
    """
    return json.dumps([_object(each, sources) for each in diagnostics], ensure_ascii=False, indent=2) + "\n"


def render_sarif(diagnostics: Sequence[Diagnostic], sources: Sources) -> str:
    """One SARIF log with one run; its rules are the codes that occur."""
    codes = sorted({each.code for each in diagnostics})
    log: Json = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "lmc", "version": __version__, "rules": [_rule(code) for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, codes.index(each.code), sources) for each in diagnostics],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _object(diagnostic: Diagnostic, sources: Sources) -> Json:
    primary = diagnostic.primary
    nowhere: Mapping[str, Json] = {"file": None, **_NO_RANGE}
    labels = [(primary, True)] if primary else []
    labels += [(label, False) for label in diagnostic.secondary]
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **(_place(primary.span, sources) if primary else nowhere),
        "labels": [{**_place(label.span, sources), "text": label.text, "primary": first} for label, first in labels],
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fix": _fix(diagnostic.fix, sources) if diagnostic.fix else None,
    }


_NO_RANGE: Mapping[str, Json] = {"line": None, "column": None, "end_line": None, "end_column": None}


def _place(span: Span, sources: Sources) -> Mapping[str, Json]:
    source = sources.get(span.file)
    if source is None:
        return {"file": span.file, **_NO_RANGE}
    line, column, end_line, end_column = _range(span, source)
    return {"file": span.file, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _fix(fix: Fix, sources: Sources) -> Json:
    return {"range": _place(fix.span, sources), "replacement": fix.replacement}


def _range(span: Span, source: SourceFile) -> tuple[int, int, int, int]:
    size = len(source.text)
    start = min(max(span.start, 0), size)
    return (*source.position(start), *source.position(min(max(span.end, start), size)))


def _rule(code: str) -> Json:
    title = CODES[code].title if code in CODES else code
    return {"id": code, "shortDescription": {"text": title}, "help": {"text": f"lmc explain {code}"}}


def _result(diagnostic: Diagnostic, rule: int, sources: Sources) -> Json:
    text = ". ".join(part for part in (diagnostic.message, *diagnostic.notes, diagnostic.help) if part)
    result: dict[str, Json] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": text},
    }
    if diagnostic.primary:
        result["locations"] = [_location(diagnostic.primary, sources)]
    if diagnostic.secondary:
        result["relatedLocations"] = [
            {"id": index, **_location(label, sources)} for index, label in enumerate(diagnostic.secondary)
        ]
    if diagnostic.fix and diagnostic.fix.span.file in sources:
        result["fixes"] = [_change(diagnostic.fix, sources[diagnostic.fix.span.file])]
    return result


def _location(label: Label, sources: Sources) -> Mapping[str, Json]:
    physical: dict[str, Json] = {"artifactLocation": {"uri": _uri(label.span.file)}}
    if label.span.file in sources:
        physical["region"] = _region(label.span, sources[label.span.file])
    location: dict[str, Json] = {"physicalLocation": physical}
    if label.text:
        location["message"] = {"text": label.text}
    return location


def _region(span: Span, source: SourceFile) -> Json:
    line, column, end_line, end_column = _range(span, source)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _change(fix: Fix, source: SourceFile) -> Json:
    replacement: Json = {"deletedRegion": _region(fix.span, source), "insertedContent": {"text": fix.replacement}}
    change: Json = {"artifactLocation": {"uri": _uri(fix.span.file)}, "replacements": [replacement]}
    return {"artifactChanges": [change]}


def _uri(file: str) -> str:
    """A file name as a URI reference (RFC 3986); an absolute one becomes a `file:` URI."""
    from urllib.parse import quote

    path = quote(file.replace("\\", "/"))
    return f"file://{path}" if path.startswith("/") else path
