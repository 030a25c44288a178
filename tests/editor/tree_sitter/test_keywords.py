"""The lists of the grammar are those of the compiler. `pytest --update-pages` writes them anew, after which the parser
is to be made anew too: see `grammar/tree-sitter/README.md`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lmc.editor.tree_sitter import keywords_h, keywords_js, variant, with_builtins
from lmc.syntax import KEYWORDS
from lmc.syntax.grammar import table

from .sources import GRAMMAR, QUERIES, ROOT

GENERATED = {
    GRAMMAR / "keywords.js": lambda: keywords_js(),
    GRAMMAR / "src" / "keywords.h": lambda: keywords_h(table()),
    QUERIES / "highlights.scm": lambda: with_builtins((QUERIES / "highlights.scm").read_text()),
    QUERIES / "helix" / "highlights.scm": lambda: variant((QUERIES / "highlights.scm").read_text(), "helix"),
    GRAMMAR / "zed" / "languages" / "lmp" / "highlights.scm": lambda: variant(
        (QUERIES / "highlights.scm").read_text(), "zed"
    ),
}


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.relative_to(GRAMMAR).as_posix())
def test_a_generated_file_is_as_the_compiler_gives_it(path: Path, update_pages: bool) -> None:
    text = GENERATED[path]()
    if update_pages:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def anonymous(rule: object) -> set[str]:
    """The texts of the grammar."""
    if isinstance(rule, list):
        return set().union(*map(anonymous, rule))
    if not isinstance(rule, dict):
        return set()
    own = {rule["value"]} if rule.get("type") == "STRING" else set()
    return own.union(*(anonymous(one) for key, one in rule.items() if key in ("content", "members")))


def grammar_json() -> dict[str, object]:
    found: dict[str, object] = json.loads((GRAMMAR / "src" / "grammar.json").read_text(encoding="utf-8"))
    return found


def test_the_words_and_marks_are_those_of_the_compiler() -> None:
    rules = grammar_json()["rules"]
    assert isinstance(rules, dict)
    found = set().union(*map(anonymous, rules.values()))
    assert {word for word in found if word.isalpha() or "_" in word} == set(KEYWORDS)
    assert {mark for mark in found if not mark[0].isalpha()} == set(table().marks)


def test_the_parser_was_made_of_this_grammar() -> None:
    """The rules, tokens and fields of `grammar.json` are those of `parser.c`, which is made of it."""
    code = (GRAMMAR / "src" / "parser.c").read_text(encoding="utf-8")
    rules = grammar_json()["rules"]
    assert isinstance(rules, dict)
    kinds = set(re.findall(r"^  \[(?:sym|alias_sym)__?(\w+)\] = \"", code, re.MULTILINE))
    named = {name for name in rules if not name.startswith("_")} - {"start"}
    assert named - kinds <= {"start"} | set(grammar_json()["supertypes"])  # type: ignore[call-overload]
    fields = set(re.findall(r'"type":\s*"FIELD",\s*"name":\s*"(\w+)"', json.dumps(rules)))
    assert fields == set(re.findall(r"^  \[field_(\w+)\] = ", code, re.MULTILINE))


def test_the_grammar_is_that_of_its_source(tmp_path: Path) -> None:
    """Node reads `grammar.js` with the functions that tree-sitter gives it."""
    if shutil.which("node") is None:
        if os.environ.get("LMC_TEST_CLIENTS") == "required":
            pytest.fail("node is not installed")
        pytest.skip("node is not installed")
    script = tmp_path / "read.js"
    script.write_text(READER.replace("GRAMMAR", json.dumps(str(GRAMMAR / "grammar.js"))), encoding="utf-8")
    done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == {name: grammar_json()[name] for name in ("rules", "externals", "conflicts")}


def test_the_tree_sitter_command_makes_the_same_parser(tmp_path: Path) -> None:
    """Where the variable LMC_TREE_SITTER names the command `tree-sitter` of the version that is noted in the README."""
    command = os.environ.get("LMC_TREE_SITTER")
    if command is None:
        pytest.skip("LMC_TREE_SITTER names no command")
    folder = tmp_path / "grammar"
    shutil.copytree(GRAMMAR, folder)
    subprocess.run([command, "generate"], cwd=folder, check=True)
    for name in ("parser.c", "grammar.json", "node-types.json"):
        assert (folder / "src" / name).read_text() == (GRAMMAR / "src" / name).read_text(), name
    subprocess.run([command, "test"], cwd=folder, check=True)


READER = r"""
const value = (one) => {
  if (typeof one === 'string') return { type: 'STRING', value: one };
  if (one instanceof RegExp) return { type: 'PATTERN', value: one.source };
  return one;
};
const many = (type) => (...all) => ({ type, members: all.map(value) });
global.seq = many('SEQ');
global.choice = many('CHOICE');
global.repeat = (one) => ({ type: 'REPEAT', content: value(one) });
global.repeat1 = (one) => ({ type: 'REPEAT1', content: value(one) });
global.optional = (one) => ({ type: 'CHOICE', members: [value(one), { type: 'BLANK' }] });
global.field = (name, one) => ({ type: 'FIELD', name, content: value(one) });
global.prec = (level, one) => ({ type: 'PREC', value: level, content: value(one) });
global.prec.left = (level, one) => ({ type: 'PREC_LEFT', value: level, content: value(one) });
global.alias = (one, as) => ({
  type: 'ALIAS', content: value(one), named: typeof as !== 'string', value: typeof as === 'string' ? as : as.name,
});
global.grammar = (one) => one;
const read = require(GRAMMAR);
const $ = new Proxy({}, { get: (_, name) => ({ type: 'SYMBOL', name }) });
const rules = {};
for (const [name, rule] of Object.entries(read.rules)) rules[name] = value(rule($));
console.log(JSON.stringify({
  rules,
  externals: read.externals($),
  conflicts: read.conflicts($).map((some) => some.map((one) => one.name)),
}));
"""
