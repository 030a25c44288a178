"""Runs the blocks of a page of the language reference, and gives the page as it should be. Their notation is
described in 00-reading.md."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmc.diagnostics import Diagnostic, Sink
from lmc.driver.checks import check_program
from lmc.driver.externals import Outside, open_externals
from lmc.driver.load import load
from lmc.elaborate import lift
from lmc.elaborate.calls import Calls
from lmc.elaborate.scope import World
from lmc.elaborate.typing import constant
from lmc.evaluate.metric import FREE, hidden, without_costs
from lmc.evaluate.scores import scores_of
from lmc.execute.expression import NO_VALUE, compile_expr
from lmc.execute.interpreter import Interpreter
from lmc.execute.problems import failed_expression
from lmc.ir.builtins import COSTS
from lmc.ir.patch import apply_patch
from lmc.ir.program import Layout, Program, Settings
from lmc.ir.types import show
from lmc.ir.walk import predictors
from lmc.lm.base import Reply, Request
from lmc.passes import simplify
from lmc.source import SourceFile
from lmc.syntax import ast, format_file, parse

FENCE = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r" *# (?:error|warning)\[LMP\d+\]: .*$", re.MULTILINE)


class Replies:
    """An LM that gives the replies of a block in their order, and keeps the requests."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = list(texts)
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(dict(request.body))
        assert len(self.requests) <= len(self.texts), "there are more calls than replies"
        return Reply(self.texts[len(self.requests) - 1])

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Page:
    """A page that is being run in `folder`: what its last program and its last run were."""

    folder: Path
    given: str = ""
    program: Program | None = None
    source: str = ""
    call: str = ""
    replies: tuple[str, ...] = ()
    requests: list[dict[str, Any]] = field(default_factory=list)

    def block(self, match: re.Match[str]) -> str:
        """A fenced block as it should be."""
        info, body = match["info"], match["body"]
        words = info.split()
        options = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        match words[0]:
            case "lmp":
                body = self.lmp(body, options.get("file", "program.lmp"), given="given" in words)
            case "core":
                assert self.program is not None
                body = format_file(lift(simplify(self.program)))
            case "formatted":
                body = format_file(parse(SourceFile("program.lmp", self.source), Sink()))
            case "run":
                body = self.run(body)
            case "prompt":
                body = self.prompt(options)
            case "values":
                body = "".join(value_line(line, "metric" in words) for line in body.splitlines())
            case _:
                if "file" in options:
                    (self.folder / options["file"]).write_text(body, encoding="utf-8")
        return f"```{info}\n{body}```"

    def lmp(self, body: str, name: str, *, given: bool) -> str:
        """A program, with what is wrong with it at the ends of its lines."""
        self.source = EXPECTED.sub("", body)
        path = self.folder / name
        path.write_text(self.given + self.source, encoding="utf-8")
        loaded = load(path, name)
        if loaded.program is not None:
            check_program(simplify(loaded.program), loaded.root, loaded.sink)
        self.program = loaded.program
        lines, above = self.source.splitlines(), self.given.count("\n")
        file = loaded.sources[name]
        for diagnostic in loaded.sink.diagnostics:
            assert diagnostic.primary is not None, diagnostic
            number = file.position(diagnostic.primary.span.start)[0] - above - 1
            if number >= 0:
                lines[number] += f"  # {said(diagnostic)}"
            else:
                assert diagnostic.severity == "warning", diagnostic
        if given:
            self.given += self.source + "\n"
        return "".join(f"{line}\n" for line in lines)

    def run(self, body: str) -> str:
        """A run of the last program: a call, the replies that the LM gives, and what comes of it."""
        assert self.program is not None, "the program before this run has errors"
        kept = [line for line in body.splitlines() if not line.startswith("=>")]
        self.call = kept[0]
        self.replies = tuple(json.loads(line.removeprefix("reply ")) for line in kept[1:])
        lm = Replies(self.replies)
        outcome = run(self.program, self.call, lm, self.folder)
        assert len(lm.requests) == len(self.replies), "there are fewer calls than replies"
        self.requests = lm.requests
        result = said(outcome.error) if outcome.error else json.dumps(outcome.value, ensure_ascii=False)
        return "\n".join([*kept, f"=> {result}", ""])

    def prompt(self, options: dict[str, str]) -> str:
        """What the LM was sent in the last run; with options, what it is sent in the layout that they say."""
        if not options:
            return sent(self.requests)
        assert self.program is not None
        addresses = [f"{module.name}.{predict.site}" for module, predict in predictors(self.program)]
        layout = Layout(**{"types": "stated", **options})  # type: ignore[arg-type]
        patched = apply_patch(self.program, {one: Settings(layout=layout) for one in addresses})
        lm = Replies([""] * 10)
        run(patched, self.call, lm, self.folder)
        return sent(lm.requests[:1])


def run(program: Program, call: str, lm: Replies, folder: Path) -> Any:
    """The outcome of a call, written as in the language."""
    file = parse(SourceFile("call", f"metric m(want, got) = {call}"), Sink())
    metric = file.declarations[0]
    assert isinstance(metric, ast.MetricStmt)
    assert isinstance(metric.body, ast.CallExpr)
    inputs = {one.name.text: constant(one.value) for one in metric.body.arguments if one.name}
    module = metric.body.callee.text
    outside = open_externals(program, Outside(folder), [module])
    lms = {one.name: lm for one in program.lms}
    interpreter = Interpreter(program, lms, externals=outside, score=scores_of(program))
    return asyncio.run(interpreter.run(module, inputs))


def sent(requests: list[dict[str, Any]]) -> str:
    """Requests as text: each message below its role, requests apart."""
    shown = []
    for request in requests:
        messages = request.get("messages") or [{"role": "prompt", "content": request["prompt"]}]
        shown.append("\n".join(f"[{one['role']}]\n{one['content']}" for one in messages))
    return "\n---\n".join(shown) + "\n"


def value_line(line: str, metric: bool) -> str:
    """A line `expression => value  # type`."""
    text = line.partition(" => ")[0].rstrip()
    if not text:
        return "\n"
    sink = Sink()
    file = parse(SourceFile("line", f"metric m(want, got) = {text}"), sink)
    if sink.diagnostics:
        return f"{text} => {said(sink.diagnostics[0])}\n"
    node = file.declarations[0]
    assert isinstance(node, ast.MetricStmt)
    expr, type_ = Calls(World(sink), {}, "" if metric else "M").lower(node.body)
    if sink.diagnostics:
        return f"{text} => {said(sink.diagnostics[0])}\n"
    try:
        took = {hidden(name): getattr(FREE, name) for name in COSTS}
        value = compile_expr(without_costs(expr))(took)
    except NO_VALUE as error:
        return f"{text} => {said(failed_expression(error, None))}\n"
    return f"{text} => {json.dumps(value, ensure_ascii=False)}  # {show(type_)}\n"


def said(diagnostic: Diagnostic) -> str:
    """A diagnostic in one line."""
    return f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"


def run_page(text: str, folder: Path) -> str:
    """The page as it should be."""
    return FENCE.sub(Page(folder).block, text)
