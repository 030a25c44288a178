"""Every mistake that elaboration and the checks before a run find: its code, its exact place, and what is said of it,
as `mistakes.md` has them. `--update-elaborate` writes what is said now."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from lmc.diagnostics import CODES, Diagnostic
from lmc.source import SourceFile

Check = Callable[..., tuple[Diagnostic, ...]]

PAGE = Path(__file__).parent / "mistakes.md"
BLOCKS = re.findall(r"^```lmp (\w+)\n(.*?)^```\n((?:\n> [^\n]*)*)", PAGE.read_text(encoding="utf-8"), re.M | re.S)
PRELUDE = next(text for kind, text, _ in BLOCKS if kind == "prelude")
MISTAKES = [block for block in BLOCKS if block[0] != "prelude"]

LETTERS = "".join(
    f'{{"text": "letter {number}", "mood": "{"calm" if number % 2 else "angry"}", "kind": "letter"}}\n'
    for number in range(6)
)
FILES = {
    "letters.jsonl": LETTERS,
    "corpus.jsonl": '{"title": "Snow", "text": "It falls."}\n{"title": "Rain", "text": "It falls too."}\n',
    "lib.lmp": "type Kind = str",
    "circle.lmp": 'import "main.lmp" as main',
    "say.txt": "Say {{ a }}, {{ then }}",
    "tools.py": "def calculate(expression):\n    return ''\n\n\ndef shorten(a):\n    return a\n",
}


@pytest.mark.parametrize(
    ("code", "marked", "said"), MISTAKES, ids=[f"{code}-{n}" for n, (code, _, _) in enumerate(MISTAKES)]
)
def test_a_mistake_is_found_where_it_is(code: str, marked: str, said: str, check: Check, update: bool) -> None:
    places: list[tuple[int, int]] = []
    text = PRELUDE
    for part in re.split("([«»])", marked):
        if part == "«":
            places.append((len(text), 0))
        elif part == "»":
            places[-1] = (places[-1][0], len(text))
        else:
            text += part
    found = [one for one in check(text, **FILES) if one.primary is None or not in_prelude(one)]
    shown = [f"{one.code} at {place(one, text)}: {one.message}" for one in found]
    if code == "LMP0104":
        assert [one.code for one in found] == [code], shown
        return
    assert [(one.code, span_of(one)) for one in found] == [(code, place) for place in places], shown
    lines = "".join(f"\n> {one.message}{f' | {one.help}' if one.help else ''}" for one in found)
    if update:
        written = PAGE.read_text(encoding="utf-8")
        block = f"```lmp {code}\n{marked}```\n"
        PAGE.write_text(written.replace(f"{block}{said}", f"{block}{lines}", 1), encoding="utf-8", newline="\n")
        return
    assert said == lines


def in_prelude(diagnostic: Diagnostic) -> bool:
    """Whether a remark is about the declarations that stand before every program here."""
    assert diagnostic.primary is not None
    return diagnostic.severity == "warning" and diagnostic.primary.span.start < len(PRELUDE)


def span_of(diagnostic: Diagnostic) -> tuple[int, int] | None:
    return (diagnostic.primary.span.start, diagnostic.primary.span.end) if diagnostic.primary else None


def place(diagnostic: Diagnostic, text: str) -> str:
    assert diagnostic.primary is not None
    source = SourceFile("main.lmp", text)
    return repr(source.text[diagnostic.primary.span.start : diagnostic.primary.span.end])


def test_no_mistake_stands_there_twice() -> None:
    assert len({marked for _, marked, _ in MISTAKES}) == len(MISTAKES) >= 150


def test_every_code_of_these_layers_is_shown() -> None:
    shown = {code for code, _, _ in MISTAKES}
    static = {code for code in CODES if "LMP0100" <= code < "LMP0200"}
    assert static - shown == {"LMP0163"}, "a program without a model is below"


def test_a_program_without_a_model_is_told_so_once(check: Check) -> None:
    text = """signature Ask { in question: str out answer: str }
module M(t: str) -> str {
  let a = predict Ask(t)
  let b = predict Ask(a.answer)
  return b.answer
}
"""
    (found,) = check(text)
    assert found.code == "LMP0163"
    assert found.primary is not None
    assert SourceFile("main.lmp", text).position(found.primary.span.start) == (3, 11)


# One mistake, one diagnostic; two mistakes, two.

ONE: dict[str, str] = {
    "an unknown type of an input": """
signature Route { in text: Txt out mood: str }
module M(t: str) -> str {
  let r = predict Route(t)
  return lower(r.mood)
}
module N(t: str) -> str { return M(t) }
""",
    "an unknown type of an output": """
signature Route { in text: str out moods: list[Mod] }
module M(t: str) -> str {
  let r = predict Route(t)
  for mood in r.moods { if mood == t { return mood.name } }
  return r.moods[0].name
}
""",
    "an unknown signature": """
module M(t: str) -> str {
  let r = predict Rout(txt: t)
  let s = r.mood + r.words[3]
  for w in r.words up to 3 { s = s + w.name }
  return s if r.mood == "calm" else default(r.note, t)
}
""",
    "an unknown module": """
module M(t: str) -> int {
  let r = Rout(t, 3)
  return r.count + r[1] * 2
}
""",
    "an unknown name": """
module M(t: str) -> str {
  let r = u
  return r.a + r.b + t
}
""",
    "a misspelt argument": """
signature Ask { in question: str out answer: str }
module M(t: str) -> str { return (predict Ask(qestion: t)).answer }
""",
    "an import of a file that is not there": """
import { Route, Mood as Feeling } from "none.lmp"
module M(t: str) -> Feeling {
  let r = predict Route(t)
  return r.mood
}
""",
    "a namespace that is not there": """
import "other.lmp" as other
module M(t: str) -> other.Mood {
  let s: other.Thing = other.Make(t, predict other.Ask(t))
  return s.mood
}
""",
    "a type that cannot be read": """
type Mood = | "a"
signature Ask { in question: str out mood: Mood }
module M(t: str) -> Mood { return (predict Ask(t)).mood }
""",
    "a signature of which a part cannot be read": """
signature Ask { in question: str in ^ out mood: str }
module M(t: str) -> str { return (predict Ask(t, 3)).mood }
""",
    "a statement that cannot be read": """
signature Ask { in question: str out answer: str }
module M(t: str) -> str {
  let a = predict Ask(t)
  let b = ) a
  return b.answer
}
""",
    "a return that cannot be read": """
module M(t: str) -> str {
  return *
}
""",
    "a case that cannot be read": """
module M(t: str) -> str {
  match t {
    case "a": return "b"
    else { return t }
  }
}
""",
    "a message of a prompt that cannot be read": """
signature Ask { in question: str out answer: str prompt { bot "{{ question }}" } }
module M(t: str) -> str { return (predict Ask(t)).answer }
""",
    "a record that cannot be read": """
module M(t: str) -> str { let x = { "a": t } return x.a }
""",
    "an argument that cannot be read": """
signature Ask { in question: str out answer: str }
module M(t: str) -> str { return (predict Ask(question = t)).answer }
""",
    "an unknown tool": """
signature Ask { in question: str out answer: str }
module M(t: str) -> str { let a = react Ask(t) using [serch] return a.answer }
""",
    "an unknown metric": """
signature Ask { in question: str out answer: str }
module M(t: str) -> str { let a = best_of 3 by rihgt predict Ask(t) return a.answer }
""",
    "an unknown retriever": """
module M(t: str) -> str { let rows = retrieve dcos(t) return rows[0].text }
""",
    "an unknown signature that another extends": """
signature Ask extends Rout { out answer: str }
module M(t: str) -> str { return (predict Ask(text: t)).answer }
""",
    "a wrong call in a test": """
signature Ask { in question: str out answer: str }
module M(t: str) -> str { return (predict Ask(t)).answer }
test "a" { Mm("x") => answer == "y" }
""",
    "a circle of modules": """
module A(t: str) -> str { return B(t) }
module B(t: str) -> str { return C(t) }
module C(t: str) -> str { return A(t) }
module D(t: str) -> str { return A(t) }
""",
}  # fmt: skip


@pytest.mark.parametrize("text", ONE.values(), ids=ONE)
def test_one_mistake_is_one_diagnostic(text: str, check: Check) -> None:
    found = check('lm small = "a/b"\n' + text)
    assert len(found) == 1, [f"{one.code} {one.message}" for one in found]


def test_a_test_of_a_module_that_a_misspelt_word_has_spoilt_is_no_mistake(check: Check) -> None:
    found = check(
        """
lm small = "a/b"
signature S { in a: str out b: "x" | "y" }
module M(a: str) -> str {
  let r = predct S(a)
  return r.b
}
test "of it" with { replies: ["x"] } {
  M("one") => it == "x"
}
"""
    )
    assert [one.code for one in found] == ["LMP0005"]


def test_two_mistakes_are_two_diagnostics_whatever_they_are(check: Check) -> None:
    halves = [(name, text.strip()) for name, text in ONE.items()]
    for (first, one), (second, other) in pairwise(halves):
        renamed = re.sub(r"\b(Route|Ask|Mood|M|N|A|B|C|D)\b", r"\1x", other)
        found = check(f'lm small = "a/b"\n{one}\n{renamed}\n')
        assert len(found) == 2, (first, second, [f"{one.code} {one.message}" for one in found])


def test_a_mistake_of_syntax_does_not_hide_one_of_meaning_in_the_same_module(check: Check) -> None:
    text = """lm small = "a/b"
module M(t: str) -> str {
  let a = lower(t
  return a + uppr(t)
}
"""
    assert [one.code for one in check(text)] == ["LMP0003", "LMP0100"]
