"""`lmc reply`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lmc.cli import problems
from lmc.cli.common import loaded_program, program_argument, read_stdin
from lmc.cli.door import FAILED, guarded
from lmc.diagnostics import Failure
from lmc.ir.program import Program
from lmc.ir.subtype import Named
from lmc.ir.types import NamedType, Type
from lmc.runtime.reply import ReplyError, Schema, read_value
from lmc.source import SourceFile


@click.command(name="reply")
@program_argument
@click.argument("type_", metavar="TYPE")
@click.option("--jsonl", is_flag=True, help="Read many replies, one JSON string a line, and answer a line for each.")
def reply_command(file: Path, type_: str, jsonl: bool) -> None:
    """Read a reply on standard input as a value of TYPE: a declared type, a signature (the record of its outputs) or a
    type expression such as `list[int]`.

    Prints one JSON object a line: {"value": ..., "repairs": [{"at": "items[2].name", "what": "..."}]}, where `repairs`
    is empty for a reply that was JSON of the type, or {"error": "..."}. Ends with 1 when a reply was refused.
    """
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        _, program = loaded_program(file, sources)
        schema = schema_named(program, type_)
        text = read_stdin()
        answers = [answer(one, schema) for one in (strings(text) if jsonl else [text.removesuffix("\n")])]
        for one in answers:
            click.echo(json.dumps(one, ensure_ascii=False))
        if any("error" in one for one in answers):
            sys.exit(FAILED)


def answer(reply: str, schema: Schema) -> dict[str, Any]:
    """What a reply means: its value and what was repaired, or why it was refused."""
    try:
        found = read_value(reply, schema)
    except ReplyError as problem:
        return {"error": str(problem)}
    return {"value": found.value, "repairs": [{"at": one.at, "what": one.what} for one in found.repairs]}


def strings(text: str) -> list[str]:
    """The replies of lines that are JSON strings. Raises Failure that names the line that is none."""
    replies = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, str):
            raise Failure(problems.no_json_string(number))
        replies.append(reply)
    return replies


def schema_named(program: Program, name: str) -> Schema:
    """The schema of a type as it is written. Raises Failure when it names none."""
    from lmc.analysis.calls import named_types
    from lmc.prompts.schema import schema_of

    named = named_types(program)
    return schema_of(type_written(name, named), named)


def type_written(name: str, named: Named) -> Type:
    """The type that a text names or writes out. Raises Failure when it does neither."""
    if name in named:
        return NamedType(name)
    from lmc.diagnostics import Sink, did_you_mean
    from lmc.elaborate.scope import LOST, PRIMITIVES, Entity, World
    from lmc.elaborate.typing import lower_type
    from lmc.syntax import ast, parse

    sink = Sink()
    declared = parse(SourceFile("TYPE", f"type It = {name}\n"), sink).declarations
    known = Entity("type", "", LOST.node, "")
    if not sink.failed and len(declared) == 1 and isinstance(declared[0], ast.TypeStmt):
        world = World(sink, named=dict(named))
        found = lower_type(world, {one: replace(known, name=one) for one in named}, declared[0].type)
        if not sink.failed:
            return found
    first = next((one.message for one in sink.diagnostics if one.severity == "error"), "it is no type expression")
    raise Failure(
        problems.no_type(name, first, did_you_mean(name, [*named, *PRIMITIVES]) if name.isidentifier() else None)
    )
