"""The requests that a run of a module would send, without sending any."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmc.analysis.calls import named_types, sites
from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.cassette import Cassette
from lmc.driver.counting import Count, Counter
from lmc.execute.rehearsal import Rehearsal, Rehearsed
from lmc.execute.unknown import Unknown, is_known, mark
from lmc.ir.program import Extern, Program, Retriever, Tool
from lmc.lm.base import Request
from lmc.lm.cache import kept_reply
from lmc.lm.recorder import reply_from
from lmc.lm.remote import sent_body
from lmc.prompts import outputs_of, schema_of, strategy_of
from lmc.runtime.prompt import Template
from lmc.runtime.reply import ReplyError, parse_reply, read_text
from lmc.runtime.tool import ToolError
from lmc.store import cache_folder


@dataclass(frozen=True, slots=True)
class Sent:
    """A call as it would be made of the LM `lm`, which is `model`. `body` is what its provider gets, or llama.cpp;
    `said` is "made" where a run surely makes it, "perhaps" where that depends on what is not known. `unknown` are its
    inputs that are not known in full, `given` the outputs that were known for what comes behind it. `attempts` is how
    often it is made at most, should replies not fit."""

    call: str
    lm: str
    model: str
    said: str
    body: Mapping[str, Any]
    tokens: Count
    attempts: int
    unknown: tuple[str, ...]
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """The calls of a run in order; `never` are the call sites that it surely does not come to. `ended` says why it ends
    early, if it does; `cut`: there are more calls."""

    module: str
    sent: tuple[Sent, ...]
    never: tuple[str, ...]
    ended: Diagnostic | None
    cut: bool


@dataclass
class Sources:
    """Where the outputs of earlier calls come from: `given` by `Module.call.field` (what is outside the program by its
    name), then the recording, then the cache of replies where `cached`."""

    given: Mapping[str, Any] = field(default_factory=dict)
    recording: Cassette | None = None
    cached: bool = False

    def outputs(self, template: Template, request: Request) -> Mapping[str, Any]:
        """What is known of the outputs of a call."""
        found: dict[str, Any] = {}
        text = self.reply(request)
        if text is not None:
            try:
                found |= parse_reply(text, template["reply"])
            except ReplyError:
                found = {}
        lead = template["name"] + "."
        return found | {name.removeprefix(lead): one for name, one in self.given.items() if name.startswith(lead)}

    def reply(self, request: Request) -> str | None:
        """The recorded reply to a request."""
        line = None if self.recording is None else self.recording.lines.get(request.key)
        reply = reply_from(line["reply"]) if line is not None else None
        if reply is None and self.cached:
            reply = kept_reply(cache_folder() / "replies.sqlite", request)
        return None if reply is None else reply.said


def rendered(
    program: Program,
    module: str,
    inputs: Mapping[str, Any],
    sources: Sources,
    root: Path,
    only: str | None = None,
    assertions: bool = True,
) -> Rendering:
    """What a run of the module on the inputs sends; inputs that are not there are unknown. `only`: this call site
    alone. Nothing is asked and no code of the program's author is run; retrievers of kind `bm25` search."""
    names = [one.name for one in program.module(module).params]
    values = {name: inputs[name] if name in inputs else Unknown(mark(name)) for name in names}
    search = Search(program, module, sources.given, root)
    rehearsal = Rehearsal(program, sources.outputs, search, assertions)
    rehearsal.run(module, values)
    reached = {one.address for one in rehearsal.calls}
    every = [address for address, _ in sites(program, module)]
    counter = Counter()
    try:
        sent = tuple(sent_of(program, one, counter) for one in rehearsal.calls if only in (None, one.address))
    finally:
        counter.close()
    never = tuple(address for address in every if address not in reached and only in (None, address))
    return Rendering(module, sent, never, rehearsal.ended, rehearsal.cut)


def sent_of(program: Program, call: Rehearsed, counter: Counter) -> Sent:
    """A call with what its provider gets and the tokens of that."""
    lm = program.lm(call.template["lm"])
    local = lm.reference.startswith("local/")
    body = call.request.body if local else sent_body(call.request, lm.option("structured") == "grammar")
    return Sent(
        call.address,
        lm.name,
        lm.reference,
        "made" if call.sure else "perhaps",
        body,
        counter.count(lm, body),
        call.template["attempts"],
        call.unknown,
        call.known,
    )


class Search:
    """What is outside the program, as far as it can be known without running code or asking anyone: values that are
    given, and passages that retrievers of kind `bm25` find."""

    def __init__(self, program: Program, module: str, given: Mapping[str, Any], root: Path) -> None:
        self.program, self.given, self.root = program, given, root
        self.known = {one.name for one in program.retrievers if one.kind == "bm25"}

    def __call__(self, name: str, arguments: list[Any]) -> Any:
        """The value, or Unknown."""
        if name in self.given:
            return self.given[name]
        if name not in self.known or not is_known(arguments):
            return Unknown(mark(name))
        retriever = self.program.external(name)
        assert isinstance(retriever, Retriever)
        from lmc.driver.searches import open_search

        search = open_search(self.program, retriever, self.root, None, lambda _: None)

        async def find() -> Any:
            return await search(*arguments)

        try:
            return asyncio.run(find())
        except (ToolError, Failure):
            return Unknown(mark(name))


def settable(program: Program, module: str) -> dict[str, Any]:
    """What `--set` may give, with the JSON Schema of each: the outputs of the calls that the module can make, by
    `Module.call.field`, and what it uses outside, by name."""
    named = named_types(program)
    found = {
        f"{address}.{one.name}": schema_of(one.type, named)
        for address, predict in sites(program, module)
        for one in outputs_of(program.signature(predict.signature), strategy_of(predict))
    }
    functions: list[Extern | Tool] = [*program.externs, *program.tools]
    for outer in functions:
        found[outer.name] = schema_of(outer.returns, named)
    for retriever in program.retrievers:
        found[retriever.name] = {"type": "array", "items": schema_of(retriever.row, named)}
    return found


def given_values(program: Program, module: str, written: Sequence[str]) -> dict[str, Any]:
    """The values of `NAME=VALUE` as they are written on the command line, of their types. The module's name may be left
    out where one call alone has the rest. Raises Failure."""
    known = settable(program, module)
    found: dict[str, Any] = {}
    for entry in written:
        name, equals, text = entry.partition("=")
        if not equals:
            raise Failure(problems.bad_input(entry, "has no value"))
        matching = [one for one in known if one == name or one.endswith(f".{name}")]
        full = name if name in known else matching[0] if len(matching) == 1 else None
        if full is None:
            raise Failure(problems.unknown_call(name, known, "output"))
        schema = known[full]
        plain = schema.get("type") == "string" and "enum" not in schema
        try:
            found[full] = text if plain else read_text(text, schema, schema.get("$defs", {}))
        except ReplyError as error:
            raise Failure(problems.bad_input(name, str(error))) from None
    return found


def call_named(program: Program, module: str, written: str) -> str:
    """The call site that the user named, with or without its module. Raises Failure."""
    known = [address for address, _ in sites(program, module)]
    matching = [one for one in known if one == written or one.endswith(f".{written}")]
    if len(matching) != 1:
        raise Failure(problems.unknown_call(written, known, "call"))
    return matching[0]


def as_json(rendering: Rendering) -> dict[str, Any]:
    """The rendering for programs that read it."""
    calls = []
    for one in rendering.sent:
        tokens: dict[str, Any] = {"count": one.tokens.tokens, "exact": one.tokens.exact, "by": one.tokens.by}
        calls.append(
            {
                "call": one.call,
                "lm": one.lm,
                "model": one.model,
                "said": one.said,
                "attempts": one.attempts,
                "unknown": list(one.unknown),
                "given": list(one.given),
                "tokens": tokens,
                "body": dict(one.body),
                **({} if one.tokens.text is None else {"text": one.tokens.text}),
            }
        )
    ended = None if rendering.ended is None else rendering.ended.message
    return {
        "module": rendering.module,
        "calls": calls,
        "never": list(rendering.never),
        "ended": ended,
        "cut": rendering.cut,
    }


__all__ = ["Rendering", "Sent", "Sources", "as_json", "call_named", "given_values", "rendered", "settable"]
