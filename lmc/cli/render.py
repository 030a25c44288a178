"""`lmc render`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lmc.cli.common import chosen_module, loaded_program, profile_option, program_argument, show
from lmc.cli.door import FAILED, guarded
from lmc.cli.inputs import read_inputs
from lmc.diagnostics.cells import safe
from lmc.driver.cassette import Cassette
from lmc.driver.profiles import in_profile
from lmc.driver.rendering import Rendering, Sent, Sources, as_json, call_named, given_values, rendered
from lmc.driver.tuned import tuned_program
from lmc.lm.content import text_of
from lmc.passes import simplify
from lmc.source import SourceFile

HIDDEN = ("messages", "prompt", "response_format", "grammar", "tools", "extra_body")
"""What of a request does not stand among its options: it is shown by itself."""


@click.command()
@program_argument
@click.argument("module", required=False)
@click.option(
    "-i", "--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input; `-i text=-` reads standard input."
)
@click.option("--input-json", help="Inputs as one JSON object; `-` reads standard input.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="CALL.FIELD=VALUE",
    help="An output of an earlier call, for those behind it; NAME=VALUE for a tool, an extern or a retriever.",
)
@click.option("--cached", is_flag=True, help="Take outputs of earlier calls from the cache of replies.")
@click.option(
    "--recorded",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="PATH",
    help="Take outputs of earlier calls from a recording (`lmc test --record`).",
)
@click.option("--call", "only", metavar="NAME", help="This call alone.")
@click.option("--as-written", is_flag=True, help="Without the tuned values of the lock.")
@click.option("--no-assertions", is_flag=True, help="Without `assert` and `suggest`.")
@profile_option
@click.option("--json", "as_json_object", is_flag=True, help="Print one JSON object; its bodies are exact.")
def render(
    file: Path,
    module: str | None,
    inputs: tuple[str, ...],
    input_json: str | None,
    given: tuple[str, ...],
    cached: bool,
    recorded: Path | None,
    only: str | None,
    as_written: bool,
    no_assertions: bool,
    profile: str,
    as_json_object: bool,
) -> None:
    """Print the requests that `lmc run` would send for MODULE, with their tokens counted. No LM is asked, and no code
    of the program's author runs.

    What only a run can tell is a mark, such as `{{ Main.draft.text }}`: an input that is not given, an output of an
    earlier call unless --set, --cached or --recorded gives it. Where such a value decides what is called, every call is
    shown once, as one that is made perhaps. Retrievers of kind bm25 do search.

    Tokens are counted by the tokenizer of the embedded model where that is on this machine, by OpenAI's for its models
    where litellm is installed, and else estimated, four characters each.
    """
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        if as_written:
            program = in_profile(simplify(program), profile)
        else:
            program, warnings = tuned_program(loaded, profile)
            show([replace(one, severity="warning") for one in warnings], loaded.sources)
        name = chosen_module(program, module)
        values = read_inputs(program, program.module(name), inputs, input_json, needed=False)
        known = Sources(
            given_values(program, name, given),
            None if recorded is None else Cassette.read(recorded),
            cached,
        )
        chosen = None if only is None else call_named(program, name, only)
        found = rendered(program, name, values, known, loaded.root, chosen, not no_assertions)
        if as_json_object:
            click.echo(json.dumps({"program": file.as_posix(), **as_json(found)}, ensure_ascii=False))
        else:
            click.echo("\n".join(lines(found)))
        if found.ended is not None:
            show([found.ended], loaded.sources)
            sys.exit(FAILED)


def lines(found: Rendering) -> Iterator[str]:
    """A rendering to be read."""
    told: dict[str, int] = {}
    for one in found.sent:
        yield from call_lines(one, told)
    for address in found.never:
        yield f"{address}: not called with these inputs"
    if found.cut:
        yield f"… and more calls; the first {len(found.sent)} are shown"
    if not found.sent and not found.never:
        yield f"{found.module} calls no LM"


def call_lines(one: Sent, told: dict[str, int]) -> Iterator[str]:
    """A call. One that differs in nothing but its seed from one that was shown is a line."""
    body = {name: value for name, value in one.body.items() if name != "seed"}
    key = json.dumps([one.call, body], sort_keys=True)
    if key in told:
        yield f"=== {one.call}, the same request again, with seed {one.body.get('seed', 'none')}"
        yield ""
        return
    told[key] = 1
    perhaps = ", perhaps" if one.said == "perhaps" else ""
    yield f"=== {one.call}{perhaps}: {one.lm}, {one.model}"
    about = "" if one.tokens.exact else "about "
    yield f"{about}{one.tokens.tokens} tokens ({one.tokens.by}), at most {one.body['max_tokens']} in the reply"
    if one.attempts > 1:
        yield f"asked again when the reply does not fit, {one.attempts} times in all"
    if one.unknown:
        yield f"not known before a run: {', '.join(one.unknown)}"
    if "prompt" in one.body:
        yield from message("prompt", one.body["prompt"])
    for turn in one.body.get("messages", ()):
        yield from message(turn["role"], content(turn["content"]))
    yield from setting_lines(one.body)
    yield ""


def message(title: str, text: str) -> Iterator[str]:
    """A message under its role."""
    yield f"--- {title}"
    yield from (safe(line) for line in text.split("\n"))


def content(value: Any) -> str:
    """The content of a message; parts that are no text by their kind."""
    if not isinstance(value, list):
        return str(value)
    return "".join(text_of([one]) if one.get("type") == "text" else f"<{one.get('type')}>" for one in value)


def setting_lines(body: Any) -> Iterator[str]:
    """What is sent beside the messages."""
    settings = {name: value for name, value in body.items() if name not in HIDDEN}
    yield "--- settings"
    yield ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items())
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    grammar = body.get("grammar") or body.get("extra_body", {}).get("grammar")
    if schema is not None:
        yield from message("schema of the reply", json.dumps(schema, ensure_ascii=False, indent=2))
    if grammar is not None:
        yield from message("grammar of the reply", grammar)
    for tool in body.get("tools", ()):
        yield from message("tool", json.dumps(tool, ensure_ascii=False))
