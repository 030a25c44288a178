"""Frozen prompts: for each call site a Markdown page to read and a JSON file to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from lmc.analysis.calls import named_types
from lmc.backends import problems
from lmc.backends.backend import PLAIN, Emitting, notice
from lmc.backends.markdown import page
from lmc.diagnostics import Sink
from lmc.ir.program import Module, Predict, Program, Signature, Space, Tune
from lmc.ir.subtype import Named
from lmc.ir.walk import expressions, predictors
from lmc.prompts import schema_of, templates, tunable_slots
from lmc.runtime.prompt import Template


@dataclass(frozen=True, slots=True)
class Prompts:
    """The backend `prompts`."""

    name: str = "prompts"

    def emit(
        self, program: Program, source: str, sink: Sink, emitting: Emitting = PLAIN
    ) -> Mapping[PurePosixPath, bytes]:
        """`prompts/Module.site.md` and `prompts/Module.site.json` for every call site."""
        compiled = templates(program)
        references = {lm.name: lm.reference for lm in program.lms}
        named = named_types(program)
        folded: dict[str, str] = {}
        files: dict[PurePosixPath, bytes] = {}
        for module, predict in predictors(program):
            address = f"{module.name}.{predict.site}"
            template = compiled.get(address)
            if template is None:
                sink.add(problems.no_lm(address, predict.span))
                continue
            if folded.setdefault(address.casefold(), address) != address:
                sink.add(problems.same_file(address, folded[address.casefold()], predict.span))
            path = PurePosixPath("prompts", address)
            signature = program.signature(predict.signature)
            notes = {"Tools": tool_lines(template), "Tuned": tuned_lines(module, predict)}
            text = page(template, source, references[template["lm"]], own_words(signature, predict), notes)
            # A lone surrogate, which JSON allows and UTF-8 does not, is shown escaped in both files.
            files[path.with_name(f"{address}.md")] = text.encode()
            frozen_text = encoded(frozen(signature, named, template, source, references[template["lm"]]))
            files[path.with_name(f"{address}.json")] = frozen_text
        return files


def frozen(signature: Signature, named: Named, template: Template, source: str, reference: str) -> dict[str, Any]:
    """A template as its file has it: each hole with the JSON Schema of its input. It is itself a template."""
    schemas = {one.name: schema_of(one.type, named) for one in signature.inputs}

    def typed(parts: list[Any]) -> list[Any]:
        return [one if isinstance(one, str) else typed_part(one, schemas) for one in parts]

    filled: dict[str, Any] = {"generated": notice(source), "name": template["name"], "lm": template["lm"]}
    filled["model"] = reference
    if "prompt" in template:
        filled["prompt"] = typed(template["prompt"])
    else:
        filled["messages"] = [typed_part(one, schemas) for one in template["messages"]]
    return {**filled, **{name: template[name] for name in ("reply", "options", "attempts")}}


def typed_part(part: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """A part or a turn, each input in it with its schema."""

    def inner(value: Any) -> Any:
        if isinstance(value, list):
            return [inner(one) for one in value]
        return typed_part(value, schemas) if isinstance(value, Mapping) else value

    nested = ("content", "then", "else", "do", "shown")
    found = {name: inner(value) if name in nested else value for name, value in part.items()}
    name = found.get("input")
    return {**found, "schema": schemas[name]} if isinstance(name, str) and name in schemas else found


def own_words(signature: Signature, predict: Predict) -> str:
    """What is said of a prompt that its author wrote."""
    if signature.prompt is None:
        return ""
    free = [name for name in tunable_slots(signature, predict.settings) if name in ("instruction", "demos", "layout")]
    tuned = f"lmc may change {' and '.join(free)} in it." if free else "lmc changes nothing in it."
    return f"Its author wrote this prompt; {tuned}"


def tool_lines(template: Template) -> list[str]:
    """The tools that the LM is offered."""
    functions = [tool["function"] for tool in template["options"].get("tools", ())]
    return [
        f"- `{one['name']}({', '.join(one['parameters']['properties'])})`"
        + (f": {' '.join(one['description'].split())}" if one.get("description") else "")
        for one in functions
    ]


def tuned_lines(module: Module, predict: Predict) -> list[str]:
    """What an optimizer chose for a call site, and in its module, and what else it might have been."""
    lines = []
    for name, space in predict.settings.tunes:
        value = getattr(predict.settings, name)
        shown = "not chosen yet" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"
        lines.append(f"- `{name}`: {shown}, {space_words(space)}")
    for one in expressions(module.body):
        if isinstance(one, Tune):
            value = json.dumps(one.value, ensure_ascii=False)
            lines.append(f"- `{module.name}.{one.slot}`: `{value}`, {space_words(one.space)}")
    return lines


def space_words(space: Space) -> str:
    """What a tuned value may be."""
    if space.choices is None:
        return f"from {space.low} to {space.high}"
    return "one of " + ", ".join(f"`{json.dumps(one, ensure_ascii=False)}`" for one in space.choices)


def encoded(value: Any) -> bytes:
    """JSON as the files have it: two spaces, text as it is, a newline at the end."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return (text + "\n").encode("utf-8", "backslashreplace")  # escapes lone surrogates
