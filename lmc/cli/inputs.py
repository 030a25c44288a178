"""The inputs of a module as the command line gives them."""

from __future__ import annotations

import json
from typing import Any

from lmc.analysis.calls import named_types
from lmc.cli.common import read_stdin
from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.ir.program import Module, Program
from lmc.prompts.schema import schema_of
from lmc.runtime.reply import ReplyError, coerce, read_text


def read_inputs(
    program: Program, module: Module, inputs: tuple[str, ...], input_json: str | None, needed: bool = True
) -> dict[str, Any]:
    """The inputs of a module, of their types; unless they are all `needed`, those that are given. Raises Failure that
    names the one that is wrong."""
    given = {} if input_json is None else json_object(input_json)
    texts: dict[str, str] = {}
    for entry in inputs:
        key, equals, value = entry.partition("=")
        if not equals:
            raise Failure(problems.bad_input(entry, "has no value"))
        texts[key] = read_stdin() if value == "-" else value
    known = {param.name: param for param in module.params}
    for key in (*given, *texts):
        if key not in known:
            raise Failure(problems.unknown_input(key, module.name, known))
    values: dict[str, Any] = {}
    for key, param in known.items():
        if not needed and key not in texts and key not in given:
            continue
        schema = schema_of(param.type, named_types(program))
        defs = schema.get("$defs", {})
        try:
            if key in texts:
                values[key] = (
                    texts[key]
                    if schema.get("type") == "string" and "enum" not in schema
                    else read_text(texts[key], schema, defs)
                )
            else:
                values[key] = coerce(given.get(key), schema, defs)
            json.dumps(values[key], ensure_ascii=False).encode()
        except ReplyError as error:
            problem = str(error) if key in texts or key in given else "is missing"
            raise Failure(problems.bad_input(key, problem)) from None
        except UnicodeEncodeError:
            raise Failure(problems.bad_input(key, "holds half of a character, which is no text")) from None
    return values


def json_object(written: str) -> dict[str, Any]:
    """The object of `--input-json`, of which `-` is standard input. Raises Failure."""
    text = read_stdin() if written == "-" else written
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Failure(problems.bad_input("--input-json", f"is not JSON: {str(error).lower()}")) from None
    if not isinstance(given, dict):
        raise Failure(problems.bad_input("--input-json", "is not a JSON object"))
    return given
