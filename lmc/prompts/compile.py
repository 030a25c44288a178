"""From a call site to its template: the one place where the words of a prompt are put together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lmc.analysis.calls import lm_of, named_types
from lmc.elaborate.expressions import REASONING
from lmc.ir import program as ir
from lmc.ir.subtype import Named
from lmc.ir.types import Field
from lmc.ir.walk import predictors
from lmc.prompts.dialect import wire_form
from lmc.prompts.grammar import closed, guarantees, reply_grammar
from lmc.prompts.layout import default_layout, holds_media, is_structured
from lmc.prompts.own import Author, own_writer
from lmc.prompts.profile import profile_of
from lmc.prompts.tools import tool_specs
from lmc.prompts.writer import Part, Turn, Writer, joined, message
from lmc.runtime.prompt import Template, show
from lmc.runtime.reply import ReplySpec, Schema


def templates(program: ir.Program) -> dict[str, Template]:
    """The template of every call site of a program, by address. Call sites without an LM are left out."""
    found, named = {}, named_types(program)
    for module, predict in predictors(program):
        lm = lm_of(program, module.name, predict)
        if lm is not None:
            found[f"{module.name}.{predict.site}"] = compile_prompt(program, module.name, predict, lm, named)
    return found


def strategy_of(predict: ir.Predict) -> str:
    """How a call is made: as its settings say, else as written."""
    return predict.settings.strategy or predict.strategy


def outputs_of(signature: ir.Signature, strategy: str) -> tuple[Field, ...]:
    """What a call replies with: the signature's outputs, after the reasoning in a chain of thought."""
    names = [field.name for field in signature.outputs]
    if strategy == "chain_of_thought" and REASONING.name not in names:
        return (REASONING, *signature.outputs)
    return signature.outputs


def compile_prompt(program: ir.Program, module: str, predict: ir.Predict, lm: ir.LMDecl, named: Named) -> Template:
    """The template of a call site for an LM. `named` are the program's types."""
    signature, settings = program.signature(predict.signature), predict.settings
    writer = writer_of(program, predict, lm, named)
    layout = writer.layout
    demos = signature.demos if settings.demos is None else settings.demos
    spec = writer.reply_spec()
    constants = {name: value.value for name, value in predict.arguments if isinstance(value, ir.Const)}
    template: Template = {"name": f"{module}.{predict.site}", "lm": lm.name}
    if signature.prompt is not None:
        author = Author(signature, settings, own_writer(writer), demos)
        template["messages"] = [folded_turn(turn, constants) for turn in author.turns()]
    elif layout.turns == "completion":
        head = writer.head(signature, predict)
        template["prompt"] = folded(writer.block(head, demos, settings.nearest), constants)
    else:
        head, nearest = writer.head(signature, predict), settings.nearest
        chat = layout.turns == "chat"
        turns = writer.chat(head, demos, nearest) if chat else [message("user", writer.block(head, demos, nearest))]
        template["messages"] = [folded_turn(turn, constants) for turn in turns]
    lead = layout.turns != "chat" and signature.prompt is None
    options, attempts = call_options(predict, lm, layout, spec, writer, lead=lead)
    if settings.tools and profile_of(lm).tools:
        options["tools"] = tool_specs(program, settings.tools, named)
    if lm.reference.startswith("local/"):
        options["lmc_prefix"] = constant_prefix(template)
    return {**template, "reply": spec, "options": options, "attempts": attempts}


def writer_of(program: ir.Program, predict: ir.Predict, lm: ir.LMDecl, named: Named) -> Writer:
    """What writes the prompt of a call site in the layout that it has with an LM."""
    signature = program.signature(predict.signature)
    outputs = outputs_of(signature, strategy_of(predict))
    layout = predict.settings.layout or default_layout(outputs, named, profile_of(lm))
    media = any(holds_media(one.type, named) for one in signature.inputs)
    if layout.turns == "completion" and (signature.prompt is not None or media):
        layout = replace(layout, turns="block")
    return Writer(signature.inputs, outputs, layout, named)


def folded(parts: list[Part], constants: dict[str, Any]) -> list[Part]:
    """The parts with the holes of constant inputs filled: they are the same for every row."""
    return joined(
        [
            part
            if isinstance(part, str) or part.get("input") not in constants
            else show(constants[part["input"]], part["as"])
            for part in parts
        ]
    )


def folded_turn(turn: Turn, constants: dict[str, Any]) -> Turn:
    """A turn with the holes of constant inputs filled."""
    return {**turn, "content": folded(turn["content"], constants)} if "content" in turn else turn


def call_options(
    predict: ir.Predict, lm: ir.LMDecl, layout: ir.Layout, spec: ReplySpec, writer: Writer, *, lead: bool
) -> tuple[dict[str, Any], int]:
    """The other fields of the request's body, and the attempts that a call may make."""
    settings, profile = predict.settings, profile_of(lm)
    temperature = settings.temperature if settings.temperature is not None else lm.option("temperature", 0.0)
    limit = settings.max_tokens or lm.option("max_tokens")
    options: dict[str, Any] = {"temperature": float(temperature), "max_tokens": limit or reply_room(spec)}
    options |= declared_options(lm)
    if settings.top_p is not None:
        options["top_p"] = settings.top_p
    if settings.logit_bias is not None:
        options["logit_bias"] = {str(token): bias for token, bias in settings.logit_bias}
    if layout.turns == "completion":
        options["stop"] = list(dict.fromkeys([*writer.stops(), *options.get("stop", ())]))[:4]
    retries = settings.retries if settings.retries is not None else 1
    attempts = 1 + retries
    structured = any(is_structured(field.type, writer.named) for field in writer.outputs)
    if profile.constraint == "grammar" and not structured and layout.reply in ("bare", "fields"):
        grammar = reply_grammar(spec, lead=lead)
        if grammar is not None:
            options["grammar"] = grammar
            attempts = 1 if guarantees(spec) and limit is None else attempts
    elif profile.constraint != "none" and (layout.reply == "json" or (structured and layout.reply == "bare")):
        wire = wire_form(wire_schema(spec), lm)
        if wire is not None:
            name = "".join(char if char.isalnum() else "_" for char in predict.signature)
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": True, "schema": wire},
            }
    return options, attempts


def declared_options(lm: ir.LMDecl) -> dict[str, Any]:
    """What an LM's declaration adds to every request, in OpenAI's form."""
    names = ("top_p", "seed", "presence_penalty", "frequency_penalty", "stop", "logit_bias")
    found = {name: lm.option(name) for name in names if lm.option(name) is not None}
    if isinstance(found.get("stop"), str):
        found["stop"] = [found["stop"]]
    if "logit_bias" in found:
        found["logit_bias"] = {str(token): bias for token, bias in found["logit_bias"]}
    return found


def wire_schema(spec: ReplySpec) -> Schema:
    """The JSON Schema of the whole reply, properties by the names that the reply has."""
    defs = spec.get("defs", {})
    if spec["style"] == "bare":
        schema = spec["fields"][0]["schema"]
    else:
        properties = {field["label"]: field["schema"] for field in spec["fields"]}
        schema = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    wire: Schema = by_alias(schema)
    return {**wire, "$defs": {name: by_alias(one) for name, one in defs.items()}} if defs else wire


def by_alias(schema: Any) -> Any:
    """A schema whose properties have the names that they have in prompts."""
    if isinstance(schema, list):
        return [by_alias(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: by_alias(value) for key, value in schema.items() if key != "x-alias"}
    if isinstance(schema.get("properties"), dict):
        names = {key: value.get("x-alias", key) for key, value in schema["properties"].items()}
        found["properties"] = {names[key]: by_alias(value) for key, value in schema["properties"].items()}
        found["required"] = [names.get(key, key) for key in schema.get("required", ())]
    return found


def reply_room(spec: ReplySpec) -> int:
    """The tokens that a reply is given room for: its values, and the labels or names before them."""
    fields = spec["fields"]
    labels = 0 if spec["style"] == "bare" else sum(len(field["label"].encode()) + 8 for field in fields)
    return sum(token_room(field["schema"]) for field in fields) + labels


def token_room(schema: Schema) -> int:
    """The tokens that a value is given room for; one never takes less than a byte."""
    values = closed(schema)
    if values is not None:
        return max(len(value.encode()) for value in values) + 4
    if "anyOf" in schema:
        return max(token_room(member) for member in schema["anyOf"])
    if "maxLength" in schema:
        return max(256, int(schema["maxLength"]) // 2)
    return {"integer": 24, "number": 40, "boolean": 8, "null": 8, "string": 256}.get(schema.get("type", ""), 512)


def constant_prefix(template: Template) -> list[int] | int:
    """How much of the prompt is the same for every row: characters of `prompt`, or [whole messages, characters of the
    next]."""
    if "prompt" in template:
        return constant_characters(template["prompt"])[0]
    for index, turn in enumerate(template["messages"]):
        characters, whole = constant_characters(turn["content"]) if "content" in turn else (0, False)
        if not whole:
            return [index, 0 if "mixed" in turn else characters]
    return [len(template["messages"]), 0]


def constant_characters(parts: list[Part]) -> tuple[int, bool]:
    """The characters before the first hole, and whether there is none."""
    count = 0
    for part in parts:
        if not isinstance(part, str):
            return count, False
        count += len(part)
    return count, True
