"""Frozen prompts: for each call site a Markdown page to read and a JSON file to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from lmc.analysis.calls import named_types
from lmc.backends import problems
from lmc.backends.backend import notice
from lmc.backends.markdown import page
from lmc.diagnostics import Sink
from lmc.ir.program import Program, Signature
from lmc.ir.subtype import Named
from lmc.ir.walk import predictors
from lmc.prompts import schema_of, templates
from lmc.runtime.prompt import Template


@dataclass(frozen=True, slots=True)
class Prompts:
    """The backend `prompts`."""

    name: str = "prompts"

    def emit(self, program: Program, source: str, sink: Sink) -> Mapping[PurePosixPath, bytes]:
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
            text = page(template, source, references[template["lm"]])
            # A lone surrogate, which JSON allows and UTF-8 does not, is shown escaped in both files.
            files[path.with_name(f"{address}.md")] = text.encode()
            signature = program.signature(predict.signature)
            frozen_text = encoded(frozen(signature, named, template, source, references[template["lm"]]))
            files[path.with_name(f"{address}.json")] = frozen_text
        return files


def frozen(signature: Signature, named: Named, template: Template, source: str, reference: str) -> dict[str, Any]:
    """A template as its file has it: each hole with the JSON Schema of its input. It is itself a template."""
    schemas = {one.name: schema_of(one.type, named) for one in signature.inputs}

    def typed(parts: list[Any]) -> list[Any]:
        return [one if isinstance(one, str) else {**one, "schema": schemas[one["input"]]} for one in parts]

    filled: dict[str, Any] = {"generated": notice(source), "name": template["name"], "lm": template["lm"]}
    filled["model"] = reference
    if "prompt" in template:
        filled["prompt"] = typed(template["prompt"])
    else:
        filled["messages"] = [{**one, "content": typed(one["content"])} for one in template["messages"]]
    return {**filled, **{name: template[name] for name in ("reply", "options", "attempts")}}


def encoded(value: Any) -> bytes:
    """JSON as the files have it: two spaces, text as it is, a newline at the end."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return (text + "\n").encode("utf-8", "backslashreplace")  # escapes lone surrogates
