"""From a call site to its template: the one place where the words of a prompt are put together."""

from __future__ import annotations

from typing import Any

from lmc.analysis.calls import lm_of, named_types
from lmc.elaborate.expressions import REASONING
from lmc.ir import program as ir
from lmc.ir.subtype import Named
from lmc.ir.types import Field
from lmc.ir.walk import predictors
from lmc.prompts.grammar import closed, guarantees, reply_grammar
from lmc.prompts.layout import default_layout, is_structured
from lmc.prompts.profile import profile_of
from lmc.prompts.writer import Part, Writer, joined
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


def outputs_of(signature: ir.Signature, strategy: str) -> tuple[Field, ...]:
    """What a call replies with: the signature's outputs, after the reasoning in a chain of thought."""
    names = [field.name for field in signature.outputs]
    if strategy == "chain_of_thought" and REASONING.name not in names:
        return (REASONING, *signature.outputs)
    return signature.outputs


def compile_prompt(program: ir.Program, module: str, predict: ir.Predict, lm: ir.LMDecl, named: Named) -> Template:
    """The template of a call site for an LM. `named` are the program's types."""
    signature = program.signature(predict.signature)
    outputs = outputs_of(signature, predict.strategy)
    settings, profile = predict.settings, profile_of(lm)
    layout = settings.layout or default_layout(outputs, named, profile)
    demos = signature.demos if settings.demos is None else settings.demos
    writer = Writer(signature.inputs, outputs, layout, named)
    spec = writer.reply_spec()
    head = writer.head(signature, predict)
    constants = {name: value.value for name, value in predict.arguments if isinstance(value, ir.Const)}
    template: Template = {"name": f"{module}.{predict.site}", "lm": lm.name}
    if layout.turns == "completion":
        template["prompt"] = folded(writer.block(head, demos), constants)
    else:
        block: list[dict[str, Any]] = [{"role": "user", "content": writer.block(head, demos)}]
        turns = writer.chat(head, demos) if layout.turns == "chat" else block
        template["messages"] = [{**turn, "content": folded(turn["content"], constants)} for turn in turns]
    options, attempts = call_options(predict, lm, layout, spec, writer)
    if lm.reference.startswith("local/"):
        options["lmc_prefix"] = constant_prefix(template)
    return {**template, "reply": spec, "options": options, "attempts": attempts}


def folded(parts: list[Part], constants: dict[str, Any]) -> list[Part]:
    """The parts with the holes of constant inputs filled: they are the same for every row."""
    return joined(
        [
            part
            if isinstance(part, str) or part["input"] not in constants
            else show(constants[part["input"]], part["as"])
            for part in parts
        ]
    )


def call_options(
    predict: ir.Predict, lm: ir.LMDecl, layout: ir.Layout, spec: ReplySpec, writer: Writer
) -> tuple[dict[str, Any], int]:
    """The other fields of the request's body, and the attempts that a call may make."""
    settings, profile = predict.settings, profile_of(lm)
    temperature = settings.temperature if settings.temperature is not None else lm.option("temperature", 0.0)
    limit = settings.max_tokens or lm.option("max_tokens")
    options: dict[str, Any] = {"temperature": float(temperature), "max_tokens": limit or reply_room(spec)}
    if lm.option("top_p") is not None:
        options["top_p"] = lm.option("top_p")
    if layout.turns == "completion":
        options["stop"] = writer.stops()
    retries = settings.retries if settings.retries is not None else 1
    attempts = 1 + retries
    structured = any(is_structured(field.type, writer.named) for field in writer.outputs)
    if profile.constraint == "grammar" and not structured and layout.reply != "json":
        grammar = reply_grammar(spec, lead=layout.turns != "chat")
        if grammar is not None:
            options["grammar"] = grammar
            attempts = 1 if guarantees(spec) and limit is None else attempts
    elif profile.constraint != "none" and (layout.reply == "json" or (structured and layout.reply == "bare")):
        wire = wire_schema(spec)
        if profile.constraint == "grammar" or wire.get("type") == "object":
            name = "".join(char if char.isalnum() else "_" for char in predict.signature)
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": True, "schema": wire},
            }
    return options, attempts


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
    return {"integer": 24, "number": 40, "boolean": 8, "null": 8, "string": 256}.get(schema.get("type", ""), 512)


def constant_prefix(template: Template) -> list[int] | int:
    """How much of the prompt is the same for every row: characters of `prompt`, or [whole messages, characters of the
    next]."""
    if "prompt" in template:
        return constant_characters(template["prompt"])[0]
    for index, message in enumerate(template["messages"]):
        characters, whole = constant_characters(message["content"])
        if not whole:
            return [index, characters]
    return [len(template["messages"]), 0]


def constant_characters(parts: list[Part]) -> tuple[int, bool]:
    """The characters before the first hole, and whether there is none."""
    count = 0
    for part in parts:
        if not isinstance(part, str):
            return count, False
        count += len(part)
    return count, True
