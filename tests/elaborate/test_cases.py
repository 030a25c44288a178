"""What programs mean: `strategies.md`, `flow.md`, `retrying.md` and `declarations.md` show core text, and what runs
again when an assertion fails. `--update-elaborate` writes what the elaborator does now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmc.diagnostics import Sink
from lmc.elaborate import lift, lower
from lmc.ir.program import Assign, Attempt, Check, Let, Module, Program, Stmt
from lmc.ir.verify import verify
from lmc.ir.walk import blocks
from lmc.source import SourceFile
from lmc.syntax import format_file, parse

HERE = Path(__file__).parent
PAGES = ("strategies", "flow", "retrying", "declarations")
FENCE = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {("main.lmp", "say.txt"): "Say {{ question }}\n"}


def lowered(text: str) -> Program:
    """The program of a text without mistakes."""
    sink = Sink()
    file = parse(SourceFile("main.lmp", text), sink)
    program = lower("main", {"main.lmp": file}, {}, sink, texts=FILES)
    assert not sink.failed, [one.message for one in sink.diagnostics]
    return program


def core(program: Program) -> str:
    """The core text of a program, which means the same."""
    verify(program)
    text = format_file(lift(program))
    again = lowered(text)
    assert again == program
    assert format_file(lift(again)) == text
    return text


def declarations(text: str) -> list[str]:
    """The declarations of a formatted file, each with its lines."""
    return re.split(r"\n(?=\w)", text.strip())


def beyond(text: str, prelude: str) -> str:
    """What a core text declares beyond a prelude."""
    known = {one.strip() for one in declarations(prelude)}
    return "\n\n".join(one.strip() for one in declarations(text) if one.strip() not in known) + "\n"


def outline(module: Module) -> Iterator[str]:
    """The attempts of a module, and what stands in them."""
    yield module.name
    yield from outline_block(module.body, 1)


def outline_block(body: tuple[Stmt, ...], depth: int) -> Iterator[str]:
    """The statements of a block in a word each."""
    for stmt in body:
        yield "  " * depth + line(stmt)
        for block in blocks(stmt):
            yield from outline_block(block, depth + 1)


def line(stmt: Stmt) -> str:
    """A statement in a few words."""
    match stmt:
        case Attempt(name, sites, restored):
            kept = f", restoring {', '.join(restored)}" if restored else ""
            return f"attempt {name}: asks {', '.join(sites)} again{kept}"
        case Check(_, _, retries, hard, attempt):
            word = "assert" if hard else "suggest"
            return f"{word}: back to {attempt} up to {retries} times" if attempt else f"{word}: nothing to try again"
        case Let(name) | Assign(name):
            return f"{type(stmt).__name__.lower()} {name}"
    return type(stmt).__name__.lower()


def run_page(text: str) -> str:
    """The page as it should be."""
    prelude, program = "", Program("main")

    def block(match: re.Match[str]) -> str:
        nonlocal prelude, program
        info, body = match["info"], match["body"]
        match info:
            case "lmp prelude":
                prelude = body
            case "lmp":
                program = lowered(prelude + body)
                core(program)
            case "core":
                body = beyond(core(program), core(lowered(prelude)))
            case "attempts":
                own = [one for one in program.modules if one.span is not None and one.span.start >= len(prelude)]
                body = "\n".join(text for module in own for text in outline(module)) + "\n"
        return f"```{info}\n{body}```"

    return FENCE.sub(block, text)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_its_programs_mean(page: str, update: bool) -> None:
    path = HERE / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    found = run_page(text)
    if update:
        path.write_text(found, encoding="utf-8", newline="\n")
        return
    assert found == text
