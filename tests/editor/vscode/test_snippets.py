"""Every snippet of the VS Code extension is a program, or a part of one, once its placeholders stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lmc.driver.load import load
from tests.editor.node import EXTENSION

SNIPPETS: dict[str, dict[str, str | list[str]]] = json.loads((EXTENSION / "snippets/lmp.json").read_text("utf-8"))

GIVEN = {
    "small": 'lm small = "local/smollm2-135m"',
    "Classify": 'signature Classify {\n  in text: str\n  out label: "yes" | "no"\n}',
    "Run": "module Run(text: str) -> str {\n  return (predict Classify(text)).label\n}",
    "rows": 'data rows = "rows.jsonl"',
    "quality": "metric quality(want, got) = len(got.label) < 9",
    "accuracy": "metric accuracy(want, got) = exact(want.label, got)",
}
"""What snippets speak of, each given to those that do not make it themselves."""

MEMBERS = ("Prompt", "Prompt in turns", "Demonstration")
STATEMENTS = ("Let", "Vote", "Best of", "Assertion", "For", "Match", "If")


def expanded(body: str) -> str:
    """The text of a snippet, with what its placeholders hold, the first of several choices, and nothing for `$0`."""
    values: dict[str, str] = {}
    while match := re.search(r"\$\{(\d+)(?::((?:[^{}$]|\{\{ | \}\})*)|\|([^,|]*)[^|]*\|)\}", body):
        values[match[1]] = match[2] if match[2] is not None else match[3]
        body = body[: match.start()] + values[match[1]] + body[match.end() :]
    return re.sub(r"\$(\d+)", lambda match: values.get(match[1], ""), body)


def program(name: str, text: str) -> str:
    """A program with a snippet at a place where it can stand."""
    parts = dict(GIVEN)
    if name in MEMBERS:
        lines = "\n".join(f"  {line}" for line in text.splitlines())
        parts["Classify"] = f'signature Classify {{\n  "Do it."\n  in text: str\n  out label: str\n{lines}\n}}'
        return "\n".join(parts.values())
    if name in STATEMENTS:
        before = "" if "let reply" in text else "  let reply = predict Classify(text)\n"
        body = f"{before}  let items = [1, 2]\n{text}\n"
        end = "" if name == "Match" else "  return text\n"
        parts["Run"] = f"module Run(text: str) -> str {{\n{body}{end}}}"
        return "\n".join(parts.values())
    made = {one: text for one in parts if re.search(rf"^(?:lm|data|metric|module|signature) {one}\b", text, re.M)}
    return "\n".join(dict.fromkeys({**parts, **made, name: text}.values()))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the files that snippets name."""
    rows = "".join(json.dumps({"text": f"t{n}", "title": f"t{n}", "label": "yes"}) + "\n" for n in range(400))
    for name in ("rows.jsonl", "data/rows.jsonl", "data/docs.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(rows)
    (tmp_path / "tools.py").write_text("def calculate(expression: str) -> str:\n    return expression\n")
    (tmp_path / "types.lmp").write_text('type Label = "yes" | "no"\n')
    return tmp_path


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_valid_once_its_placeholders_stand(name: str, project: Path) -> None:
    body = SNIPPETS[name]["body"]
    text = expanded("\n".join(body) if isinstance(body, list) else body)
    assert "$" not in text
    path = project / "a.lmp"
    path.write_text(program(name, text))
    loaded = load(path)
    assert [one.message for one in loaded.sink.diagnostics if one.severity == "error"] == []


def test_snippets_make_all_that_the_language_declares() -> None:
    prefixes = {str(one["prefix"]) for one in SNIPPETS.values()}
    assert {"signature", "module", "data", "metric", "optimize", "lm", "test", "emit", "type", "prompt"} <= prefixes
    assert len(prefixes) == len(SNIPPETS)
