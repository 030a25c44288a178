"""The long form of a diagnostic, as a user sees it."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmc.diagnostics import Diagnostic, Fix, Label, Severity
from lmc.diagnostics.render import render, render_text
from lmc.source import SourceFile

RAG = SourceFile(
    "programs/rag.lmp",
    dedent("""\
        type Answer = str

        signature Answer {
          in question: str
          in context: list[str]
          out answer: str
        }

        module M(question: str) -> str {
          let docs = ["a", "b"]
          let a = predict Answer(question, contxt: docs)
          return a.answer
        }
        """),
)


def at(source: SourceFile, found: str, text: str = "", nth: int = 0) -> Label:
    """A label on the nth place where `found` stands."""
    start = [match.start() for match in re.finditer(re.escape(found), source.text)][nth]
    return Label(source.span(start, start + len(found)), text)


def drawn(source: SourceFile, primary: Label, *secondary: Label) -> str:
    """The source lines of a diagnostic, between the arrow and `see`."""
    text = render_text([Diagnostic("LMP0001", "message", primary, secondary)], {source.name: source})
    lines = text.splitlines()
    return "\n".join(lines[2 : next(index for index, line in enumerate(lines) if "= see" in line)]) + "\n"


def test_the_form_of_the_handbook() -> None:
    diagnostic = Diagnostic(
        "LMP0012",
        "unknown name `contxt`",
        at(RAG, "contxt", "`Answer` has no input of this name"),
        (at(RAG, "context", "did you mean this one?"),),
        notes=("an input is named in full",),
        help="write `context: docs`",
    )
    assert render_text([diagnostic], {RAG.name: RAG}) == dedent("""\
        error[LMP0012]: unknown name `contxt`
          --> programs/rag.lmp:11:36
           |
        11 |   let a = predict Answer(question, contxt: docs)
           |                                    ^^^^^^ `Answer` has no input of this name
           |
         5 |   in context: list[str]
           |      ------- did you mean this one?
           = note: an input is named in full
           = help: write `context: docs`
           = see `lmc explain LMP0012`

        1 error
        """)


def test_several_labels_on_one_line_hang_below_each_other() -> None:
    labels = at(RAG, "let a", "here"), at(RAG, "question, ", "there"), at(RAG, "predict", "that")
    assert drawn(RAG, at(RAG, "docs)", "this"), *labels) == (
        "   |\n"
        "11 |   let a = predict Answer(question, contxt: docs)\n"
        "   |   -----   -------        ----------        ^^^^^ this\n"
        "   |   |       |              |\n"
        "   |   |       |              there\n"
        "   |   |       that\n"
        "   |   here\n"
    )


def test_a_label_within_another_keeps_both_texts() -> None:
    assert drawn(RAG, at(RAG, "predict Answer", "all"), at(RAG, "Answer", "a part", 2)) == (
        "   |\n"
        "11 |   let a = predict Answer(question, contxt: docs)\n"
        "   |           ^^^^^^^^^^^^^^ a part\n"
        "   |           |\n"
        "   |           all\n"
    )


def test_lines_near_each_other_stand_together_with_what_is_between() -> None:
    assert drawn(RAG, at(RAG, "context"), at(RAG, "Answer", "of this", 1)) == (
        "  |\n"
        "3 | signature Answer {\n"
        "  |           ------ of this\n"
        "4 |   in question: str\n"
        "5 |   in context: list[str]\n"
        "  |      ^^^^^^^\n"
    )


def test_a_span_over_lines_has_a_bar_in_the_margin() -> None:
    whole = RAG.text[RAG.text.index("signature") : RAG.text.index("}") + 1]
    assert drawn(RAG, at(RAG, whole, "nothing uses it"), at(RAG, "question", "an input")) == (
        "  |\n"
        "3 | / signature Answer {\n"
        "4 | |   in question: str\n"
        "  | |      -------- an input\n"
        "5 | |   in context: list[str]\n"
        "6 | |   out answer: str\n"
        "7 | | }\n"
        "  | |_^ nothing uses it\n"
    )


def test_a_span_that_begins_within_a_line_has_an_arm() -> None:
    part = RAG.text[RAG.text.index("{\n  in question") : RAG.text.index("context")]
    assert drawn(RAG, at(RAG, part, "these")) == (
        "  |\n"
        "3 |   signature Answer {\n"
        "  |  __________________^\n"
        "4 | |   in question: str\n"
        "5 | |   in context: list[str]\n"
        "  | |_____^ these\n"
    )


def test_two_spans_over_lines_have_a_bar_each() -> None:
    source = SourceFile("a.lmp", "a {\n  b {\n    c\n  }\n}\n")
    assert drawn(source, at(source, "b {\n    c\n  }", "inner"), at(source, source.text.strip(), "outer")) == (
        "  |\n1 | /  a {\n2 | |/   b {\n3 | ||     c\n4 | ||   }\n  | ||___^ inner\n5 | |  }\n  | |__- outer\n"
    )


def test_a_long_span_shows_its_ends() -> None:
    source = SourceFile("a.lmp", "begin\n" + "line\n" * 20 + "end\n")
    assert drawn(source, at(source, source.text.strip(), "all")) == (
        "   |\n 1 | / begin\n 2 | | line\n... |\n".replace("... |", "...  |") + "21 | | line\n"
        "22 | | end\n"
        "   | |___^ all\n"
    )


def test_labels_in_another_file_follow_with_their_place() -> None:
    types = SourceFile("types.lmp", "type Answer = int\n")
    primary, secondary = at(RAG, "str", "this one"), at(types, "Answer", "and that one")
    text = render_text([Diagnostic("LMP0001", "twice", primary, (secondary,))], {RAG.name: RAG, types.name: types})
    assert text.splitlines()[1:-3] == [
        " --> programs/rag.lmp:1:15",
        "  |",
        "1 | type Answer = str",
        "  |               ^^^ this one",
        "  |",
        " ::: types.lmp:1:6",
        "  |",
        "1 | type Answer = int",
        "  |      ------ and that one",
    ]


@pytest.mark.parametrize(
    ("line", "marked", "column"),
    [("\tab\tHERE", "HERE", 8), ("日本語HERE", "HERE", 6), ("e\u0301\u0300HERE", "HERE", 1), ("👍🏽 HERE", "HERE", 5)],
    ids=["tabs", "wide", "combining", "emoji"],
)
def test_carets_stand_below_what_they_mean(line: str, marked: str, column: int) -> None:
    source = SourceFile("a.lmp", line)
    assert drawn(source, at(source, marked)).splitlines()[-1] == "  | " + " " * column + "^^^^"


def test_wide_characters_have_two_carets() -> None:
    source = SourceFile("a.lmp", "a日本b")
    assert drawn(source, at(source, "日本")).splitlines()[-1] == "  |  ^^^^"


def test_what_would_steer_the_terminal_is_made_visible() -> None:
    source = SourceFile("a.lmp", "a\x1b[2J\u202eb")
    text = render_text([Diagnostic("LMP0001", "bad \x07 `\x1b`", at(source, "b", "\x9b"))], {source.name: source})
    assert not set(text) & set("\x1b\x07\x9b\u202e")
    assert "1 | a␛[2J�b\n  |       ^ �\n" in text


def test_a_very_long_line_is_shown_around_the_caret() -> None:
    source = SourceFile("data.jsonl", "x" * 5000 + "HERE" + "y" * 5000)
    _, line, carets = drawn(source, at(source, "HERE", "this")).splitlines()
    assert len(line) < 130
    assert line[carets.index("^") :].startswith("HEREyyy")
    assert line.startswith("1 | …xxx")
    assert line.endswith("yyy…")


def test_a_long_line_is_cut_at_one_end_only_where_the_caret_is_near_the_other() -> None:
    source = SourceFile("data.jsonl", "HERE" + "日" * 500)
    _, line, carets = drawn(source, at(source, "HERE")).splitlines()
    assert line.startswith("1 | HERE日")
    assert line.endswith("日…")
    assert carets == "  | ^^^^"


def test_the_end_of_the_file() -> None:
    source = SourceFile("a.lmp", "module M {\n")
    end = Label(source.span(len(source.text), len(source.text)), "expected `}`")
    assert drawn(source, end) == "  |\n2 |\n  | ^ expected `}`\n"


def test_the_end_of_a_line_with_a_windows_ending() -> None:
    source = SourceFile("a.lmp", "ab\r\ncd\r\n")
    assert drawn(source, Label(source.span(2, 4), "here")) == "  |\n1 | ab\n  |   ^ here\n"


def test_an_empty_file() -> None:
    source = SourceFile("a.lmp", "")
    assert drawn(source, Label(source.span(0, 0), "nothing here")) == "  |\n1 |\n  | ^ nothing here\n"


def test_a_span_beyond_the_end_is_cut() -> None:
    source = SourceFile("a.lmp", "ab")
    assert drawn(source, Label(source.span(1, 99), "here")) == "  |\n1 | ab\n  |  ^ here\n"


def test_a_file_whose_text_is_not_known() -> None:
    text = render_text([Diagnostic("LMP0001", "message", at(RAG, "docs", "of this"))], {})
    assert text == (
        "error[LMP0001]: message\n --> programs/rag.lmp\n  = note: of this\n  = see `lmc explain LMP0001`\n\n1 error\n"
    )


def test_a_diagnostic_without_a_place() -> None:
    text = render_text([Diagnostic("LMP0810", "no space left", help="free some\nspace")], {})
    assert text == (
        "error[LMP0810]: no space left\n  = help: free some\n    space\n  = see `lmc explain LMP0810`\n\n1 error\n"
    )


def test_a_fix_without_help_says_what_to_write() -> None:
    span = at(RAG, "contxt").span
    texts = [
        render_text([Diagnostic("LMP0001", "m", fix=Fix(span, written))], {RAG.name: RAG})
        for written in ("context", "")
    ]
    assert "= help: write `context`\n" in texts[0]
    assert "= help: remove this\n" in texts[1]


@pytest.mark.parametrize(
    ("severities", "count"),
    [
        (["error"], "1 error"),
        (["error", "warning", "error"], "2 errors, 1 warning"),
        (["warning", "warning"], "2 warnings"),
    ],
)
def test_the_last_line_counts(severities: list[Severity], count: str) -> None:
    text = render_text([Diagnostic("LMP0001", "m", severity=severity) for severity in severities], {})
    assert text.splitlines()[-1] == count
    assert text.count("\n\n") == len(severities)


def test_nothing_to_say_is_nothing() -> None:
    assert render_text([], {}) == ""


def test_colour_changes_nothing_but_colour() -> None:
    diagnostic = Diagnostic("LMP0001", "m", at(RAG, "docs", "this"), (at(RAG, "let a", "that"),), help="h")
    plain, coloured = (render([diagnostic], {RAG.name: RAG}, "text", colour) for colour in (False, True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31merror[LMP0001]\x1b[0m" in coloured
    assert "\x1b[1;31m^^^^\x1b[0m" in coloured
    assert "\x1b[1;34m-----\x1b[0m" in coloured
    assert "\x1b" not in plain


SPANS = st.lists(
    st.tuples(st.integers(-3, 400), st.integers(-3, 400), st.sampled_from(["", "a label"])), min_size=1, max_size=5
)


@given(text=st.text(st.sampled_from("ab {}\n\n\r\t日é\u0301\x1b\u202e👍"), max_size=400), spans=SPANS)
def test_any_labels_on_any_text_can_be_drawn(text: str, spans: list[tuple[int, int, str]]) -> None:
    source = SourceFile("a.lmp", text)
    primary, *secondary = (Label(source.span(start, end), label) for start, end, label in spans)
    shown = render_text([Diagnostic("LMP0001", "message", primary, tuple(secondary))], {source.name: source})
    rows = shown.splitlines()[2:-3]
    assert any("^" in row for row in rows if row.lstrip().startswith("|"))
    assert any("a label" in row for row in rows) == any(label for _, _, label in spans)
    assert not set(shown) & set("\x1b\u202e\r")
