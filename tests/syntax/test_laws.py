"""Laws of the surface language, on generated trees and texts."""

from __future__ import annotations

import inspect
import re
from collections import Counter

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lmc.diagnostics import Sink
from lmc.source import SourceFile
from lmc.syntax import KEYWORDS, ast, format_file, parse
from lmc.syntax.grammar import table
from lmc.syntax.tokens import DECLARATIONS, tokenize

from . import trees
from .trees import KINDS, declarations, files

law = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def read(text: str) -> ast.File:
    sink = Sink()
    file = parse(SourceFile("a.lmp", text), sink)
    assert sink.diagnostics == (), text
    return file


@law
@given(files)
def test_what_is_printed_is_read_as_it_was(file: ast.File) -> None:
    assert read(format_file(file)) == file


@law
@given(files)
def test_what_is_printed_is_printed_the_same(file: ast.File) -> None:
    text = format_file(file)
    assert format_file(read(text)) == text


@law
@given(files)
def test_no_line_ends_in_a_blank(file: ast.File) -> None:
    lines = format_file(file).split("\n")
    assert not any(line.endswith((" ", "\t", "\r")) for line in lines)


COMMENTS = ("# one\n", "\n# two\n", "\n\n# three\n", "\n# four\n\n", "# five\n\n")


@law
@given(files, st.data())
def test_comments_survive_anywhere(file: ast.File, data: st.DataObject) -> None:
    text = format_file(file)
    tokens = tokenize(SourceFile("a.lmp", text), table()).tokens
    assume(tokens)
    places = []
    strings = 0
    for token in tokens:
        strings += (token.terminal == "FSTRING_OPEN") - (token.terminal == "FSTRING_CLOSE")
        if not strings and token.terminal != "FSTRING_CLOSE":
            places.append(token.start)
    assume(places)
    for place in sorted(data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=4)), reverse=True):
        text = text[:place] + data.draw(st.sampled_from(COMMENTS)) + text[place:]
    commented = read(text)
    assert commented.declarations == file.declarations
    printed = format_file(commented)
    again = read(printed)
    assert again.declarations == file.declarations
    assert Counter(one.text for one in again.comments) == Counter(one.text for one in commented.comments)
    assert format_file(again) == printed


# Texts

SNIPPETS = (
    *KEYWORDS,
    "Name",
    "1",
    "2.5",
    '"text"',
    'f"',
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    '"',
    '"""',
    "#",
    "\n",
    "\n\n",
    "=",
)
pieces = st.one_of(
    st.sampled_from(SNIPPETS), st.sampled_from([": ", ", ", "->", "=>", "|", "?", "+", "in", "."]), st.text(max_size=3)
)


@law
@given(st.lists(pieces, max_size=40).map(" ".join) | st.text())
def test_every_text_is_read(text: str) -> None:
    sink = Sink()
    source = SourceFile("a.lmp", text)
    file = parse(source, sink)
    assert sink.failed or read(format_file(file)).declarations == file.declarations
    for diagnostic in sink.diagnostics:
        assert diagnostic.primary is not None
        for label in (diagnostic.primary, *diagnostic.secondary):
            assert 0 <= label.span.start <= label.span.end <= len(text)


@law
@given(st.lists(declarations, min_size=2, max_size=3), st.data())
def test_a_spoilt_declaration_spoils_no_other(nodes: list[ast.Declaration], data: st.DataObject) -> None:
    texts = [format_file(ast.File((node,))) for node in nodes]
    place = data.draw(st.integers(0, len(nodes) - 1))
    tokens = [one for one in tokenize(SourceFile("a.lmp", texts[place]), table()).tokens if one.text in "(){}[]=:,"]
    assume(tokens)
    victim = data.draw(st.sampled_from(tokens))
    texts[place] = texts[place][: victim.start] + texts[place][victim.end :]
    found = parse(SourceFile("a.lmp", "".join(texts)), Sink()).declarations
    others = [node for index, node in enumerate(nodes) if index != place]
    assert all(node in found for node in others)


def test_the_trees_have_nodes_of_every_kind() -> None:
    assert sorted(KINDS) == sorted(DECLARATIONS)
    built = re.findall(r"st\.builds\(\s*ast\.(\w+)", inspect.getsource(trees))
    nodes = {name for name, one in vars(ast).items() if isinstance(one, type) and issubclass(one, ast.Node)}
    assert {*built} == (nodes - {"Node"}) | {"File"}
