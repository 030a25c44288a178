"""A fix cures its mistake: it goes away, and the file is no worse to read.

The mistakes are those of the pages of `lmc explain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.diagnostics import Diagnostic, Failure, Fix
from lmc.diagnostics.fix import apply, fixes_of
from lmc.diagnostics.pages import raw_page
from lmc.driver.load import Loaded, load
from lmc.driver.whole import check_whole
from lmc.source import Span
from tests.pages.test_pages import PAGES, blocks

CURABLE = """
LMP0001 LMP0002 LMP0003 LMP0004 LMP0005 LMP0006 LMP0007 LMP0008 LMP0009 LMP0013 LMP0100 LMP0101 LMP0105 LMP0107 LMP0110
LMP0112 LMP0116 LMP0122 LMP0127 LMP0131 LMP0132 LMP0133 LMP0134 LMP0136 LMP0137 LMP0139 LMP0140 LMP0163 LMP0170 LMP0171
LMP0402 LMP0403 LMP0405
"""
"""The codes whose pages show a mistake that has a fix."""

SYNTAX = tuple(f"LMP00{number:02}" for number in range(1, 14))


def programs(code: str, folder: Path) -> list[Path]:
    """The programs that the page of a code has under Wrong, written into a folder with the other files of it."""
    text = raw_page(code)
    assert text is not None
    found = []
    for block in blocks(text):
        if block.section == "Wrong" and block.file is not None:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(block.content)
            found += [path] if path.suffix == ".lmp" and "meta" not in path.parts else []
    return found


def read(path: Path) -> Loaded:
    loaded = load(path, path.name)
    check_whole(loaded)
    return loaded


def same(loaded: Loaded, one: Diagnostic) -> int:
    return [(other.code, other.message) for other in loaded.sink.diagnostics].count((one.code, one.message))


def unreadable(loaded: Loaded) -> int:
    return sum(one.code in SYNTAX for one in loaded.sink.diagnostics)


@pytest.mark.parametrize("code", sorted(path.stem for path in PAGES.glob("LMP0[0-4]*.md")))
def test_each_fix_of_a_page_cures_its_mistake(code: str, tmp_path: Path) -> None:
    cured = set()
    for path in programs(code, tmp_path):
        try:
            wrong = read(path)
        except Failure:  # this page is about a file that cannot be read
            continue
        text = path.read_bytes().decode("utf-8-sig")
        for one in wrong.sink.diagnostics:
            if one.fix is None or one.fix.span.file != path.name:
                continue
            new, done = apply(text, (one.fix,))
            assert done == (one.fix,)
            path.write_text(new, newline="")
            right = read(path)
            assert same(right, one) < same(wrong, one), f"{one}\n{new}"
            assert unreadable(right) <= unreadable(wrong) - (one.code in SYNTAX), f"{one}\n{new}"
            cured.add(one.code)
            path.write_text(text, newline="")
    if code in CURABLE.split():
        assert code in cured


def test_fixes_are_applied_together_as_far_as_they_stand_apart() -> None:
    def fix(start: int, end: int, new: str) -> Fix:
        return Fix(Span("a.lmp", start, end), new)

    one, other, inner = fix(0, 3, "eins"), fix(8, 13, "drei"), fix(11, 13, "!")
    text, done = apply("one two three", (inner, other, one, one))
    assert (text, done) == ("eins two thr!", (one, inner))
    diagnostics = [Diagnostic("LMP0001", "a", fix=one), Diagnostic("LMP0001", "b", fix=one), Diagnostic("LMP0001", "c")]
    assert fixes_of(diagnostics, "a.lmp") == (one,)
    assert fixes_of(diagnostics, "b.lmp") == ()


def test_what_is_removed_takes_its_lines_and_the_space_beside_it_along() -> None:
    def removed(text: str, part: str) -> str:
        start = text.index(part)
        return apply(text, (Fix(Span("a.lmp", start, start + len(part)), ""),))[0]

    assert removed("a\n  b\nc\n", "b") == "a\nc\n"
    assert removed("a\n\nb\n\nc\n", "b") == "a\n\nc\n"
    assert removed("a b c\n", "b") == "a c\n"
    assert removed("a b\n", "b") == "a\n"
    assert removed("b", "b") == ""


def test_new_lines_stand_where_their_line_stands() -> None:
    assert apply("  x\n", (Fix(Span("a.lmp", 3, 3), "\n}"),))[0] == "  x\n  }\n"


HEAD = """\
lm small = "local/smollm2-135m"

signature Answer {
  in question: str
  in context: str
  out answer: str
}

"""

CASES = {
    "a comma": (
        "module Main(q: str, c: str) -> str {\n  return predict Answer(question: q context: c).answer\n}\n",
        "module Main(q: str, c: str) -> str {\n  return predict Answer(question: q, context: c).answer\n}\n",
    ),
    "brackets": (
        "module Main(q: str, c: str) -> str {\n  return predict Answer(q, c\n}\n",
        "module Main(q: str, c: str) -> str {\n  return predict Answer(q, c).answer\n}\n",
    ),
    "the end of a text": (
        'module Main(q: str, c: str) -> str {\n  let a = "é𝒳\n  return predict Answer(a, lower("𝒳 b)).answer\n}\n',
        'module Main(q: str, c: str) -> str {\n  let a = "é𝒳"\n  return predict Answer(a, lower("𝒳 b")).answer\n}\n',
    ),
    "a comment in what would be written anew": (
        "module Main(q: str, c: str) -> str {\n  return predict Answer(q,  # a note\n    c\n}\n",
        "module Main(q: str, c: str) -> str {\n  return predict Answer(q,  # a note\n    c)\n}\n",
    ),
    "words of other languages": (
        "module Main(q: str, c: str) -> str {\n  if q == c && !(c == “”) { return 'a' };\n"
        "  return predict Answer(q, c).answer\n}\n",
        'module Main(q: str, c: str) -> str {\n  if q == c and not (c == "") { return "a" }\n'
        "  return predict Answer(q, c).answer\n}\n",
    ),
    "an assertion's message, a comparison": (
        'module Main(q: str, c: str) -> str {\n  let a = predict Answer(q, c).answer\n  assert 1 < len(a) < 9, "é 𝒳"\n'
        "  if a = c { return q }\n  return a\n}\n",
        "module Main(q: str, c: str) -> str {\n  let a = predict Answer(q, c).answer\n  assert 1 < len(a)"
        ' and len(a) < 9 else "é 𝒳"\n  if a == c { return q }\n  return a\n}\n',
    ),
    "what a call lacks": (
        "module Main(context: str, text: str) -> str {\n  return predict Answer(text).answer\n}\n",
        "module Main(context: str, text: str) -> str {\n  return predict Answer(text, context: context).answer\n}\n",
    ),
    "all that a call lacks": (
        "module Main(context: str, question: str) -> str {\n  return predict Answer().answer\n}\n",
        "module Main(context: str, question: str) -> str {\n"
        "  return predict Answer(question: question, context: context).answer\n}\n",
    ),
    "a field of a reply": (
        "module Main(q: str, c: str) -> str {\n  return predict Answer(q, c) as site\n}\n",
        "module Main(q: str, c: str) -> str {\n  return (predict Answer(q, c) as site).answer\n}\n",
    ),
    "a text, a condition, a list": (
        "module Main(q: str, n: int) -> str {\n  let all = [text(i) for i in n up to 3]\n  if q { return n }\n"
        '  return predict Answer(q, join(all, ", ")).answer\n}\n',
        "module Main(q: str, n: int) -> str {\n  let all = [text(i) for i in range(n) up to 3]\n"
        '  if q != "" { return text(n) }\n  return predict Answer(q, join(all, ", ")).answer\n}\n',
    ),
    "methods": (
        'module Main(q: str, c: str) -> str {\n  return predict Answer(q.lower(), c.replace("a", "b")).answer\n}\n',
        'module Main(q: str, c: str) -> str {\n  return predict Answer(lower(q), replace(c, "a", "b")).answer\n}\n',
    ),
    "what is never used": (
        "type Mood = enum { good, bad }\n\nmodule Main(q: str, c: str) -> str {\n  let mood = predict Answer(q, q)\n"
        "  return predict Answer(q, c).answer\n}\n",
        "module Main(q: str, c: str) -> str {\n  return predict Answer(q, c).answer\n}\n",
    ),
    "outputs that are never read": (
        "signature Two = q -> answer, why: str, more: int\n\nmodule Main(q: str, c: str) -> str {\n"
        "  let a = predict Answer(q, c).answer\n  return predict Two(q: a).answer\n}\n",
        "signature Two = q -> answer\n\nmodule Main(q: str, c: str) -> str {\n"
        "  let a = predict Answer(q, c).answer\n  return predict Two(q: a).answer\n}\n",
    ),
    "the only data and metric": (
        'module Main(q: str, c: str) -> str {\n  return predict Answer(q, c).answer\n}\n\ndata rows = "rows.jsonl"\n\n'
        "metric right(want, got) = want.answer == got\n\noptimize Main {\n  budget 9 calls\n}\n",
        'module Main(q: str, c: str) -> str {\n  return predict Answer(q, c).answer\n}\n\ndata rows = "rows.jsonl"\n\n'
        "metric right(want, got) = want.answer == got\n\noptimize Main {\n"
        "  data rows\n  metric right\n  budget 9 calls\n}\n",
    ),
    "the strategy that takes a metric": (
        "metric short(want, got) = len(got.answer) < 9\n\nmodule Main(q: str, c: str) -> str {\n"
        "  return (vote 3 by short predict Answer(q, c)).answer\n}\n",
        "metric short(want, got) = len(got.answer) < 9\n\nmodule Main(q: str, c: str) -> str {\n"
        "  return (best_of 3 by short predict Answer(q, c)).answer\n}\n",
    ),
    "cases": (
        "type Mood = enum { good, bad }\n\nmodule Main(q: str, c: str, mood: Mood) -> str {\n  match mood {\n"
        "    case good {\n      return c\n    }\n  }\n  return predict Answer(q, c).answer\n}\n",
        "type Mood = enum { good, bad }\n\nmodule Main(q: str, c: str, mood: Mood) -> str {\n  match mood {\n"
        '    case "good" {\n      return c\n    }\n    case "bad" {\n    }\n  }\n'
        "  return predict Answer(q, c).answer\n}\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_mistakes_are_cured_one_after_the_other(case: str, tmp_path: Path) -> None:
    path = tmp_path / "program.lmp"
    (tmp_path / "rows.jsonl").write_text('{"q": "a", "c": "b", "answer": "c"}\n' * 3)
    wrong, right = (HEAD + text for text in CASES[case])
    path.write_text(wrong, encoding="utf-8")
    for _ in range(5):
        fixes = fixes_of(read(path).sink.diagnostics, path.name)
        path.write_text(apply(path.read_text("utf-8"), fixes)[0], encoding="utf-8")
    assert path.read_text("utf-8") == right
    assert not any(one.fix for one in read(path).sink.diagnostics)
