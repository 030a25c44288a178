"""Writes one prompt in one layout."""

from __future__ import annotations

import json
import re
from typing import Any

from lmc.ir import program as ir
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import EnumType, Field, ListType, LiteralType, Primitive, Type, UnionType
from lmc.ir.values import belongs
from lmc.prompts.layout import is_structured, label_of
from lmc.prompts.schema import schema_of, shape
from lmc.runtime.prompt import show
from lmc.runtime.reply import ReplySpec

Part = str | dict[str, str]
"""A piece of text, or a hole."""


class Writer:
    """Writes the parts of one prompt in one layout."""

    def __init__(self, inputs: tuple[Field, ...], outputs: tuple[Field, ...], layout: ir.Layout, named: Named) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.layout = layout
        self.named = named
        self.bare_input = layout.fields == "plain" and len(inputs) == 1 and layout.turns == "chat"

    # The head: the instruction, what the fields are, what the reply must be.

    def head(self, signature: ir.Signature, predict: ir.Predict) -> str:
        """The instruction and what the types say beyond it."""
        instruction = predict.settings.instruction
        if instruction is None:
            instruction = signature.doc or plain_instruction(self.inputs, self.outputs)
        notes = [f"{label_of(one)}: {one.description}" for one in (*self.inputs, *self.outputs) if one.description]
        words = self.reply_words() if self.layout.types == "stated" else ""
        parts = [instruction.strip(), "\n".join(notes), words]
        return "\n\n".join(part for part in parts if part)

    def label(self, output: Field) -> str:
        """The name of an output in the reply."""
        return output.alias or output.name if self.layout.reply == "json" else label_of(output)

    def reply_words(self) -> str:
        """What the reply must be, as far as it is not plain text."""
        if self.layout.reply == "json":
            fields = ", ".join(f'"{self.label(one)}": {shape(one.type, self.named)}' for one in self.outputs)
            return f"Reply with a JSON object: {{{fields}}}"
        if self.layout.reply == "bare":
            words = value_words(self.outputs[0].type, self.named)
            return f"Reply with {words}" + "." * ("\n" not in words) if words else ""
        lines = []
        for one in self.outputs:
            words = value_words(one.type, self.named)
            lines.append(f"{label_of(one)}: " + (f"({words})" if words else "..."))
        return "Reply with these lines:\n" + "\n".join(lines)

    # Values.

    def hole(self, field: Field) -> dict[str, str]:
        """The hole of an input."""
        shape_ = resolve(field.type, self.named)
        form = "json" if self.layout.fields == "json" else "text"
        if form == "text" and isinstance(shape_, ListType) and not is_structured(shape_.item, self.named):
            form = "list"
        return {"input": field.name, "as": form}

    def input_parts(self, values: dict[str, Any] | None) -> list[Part]:
        """The inputs, as holes or with the values of a demonstration."""
        parts: list[Part] = []
        for index, field in enumerate(self.inputs):
            hole = self.hole(field)
            value: Part = hole if values is None else show(values.get(field.name), hole["as"])
            before, after = self.frame(field, index, hole["as"] == "list")
            parts += [before, value, after]
        return parts

    def frame(self, field: Field, index: int, is_list: bool) -> tuple[str, str]:
        """What stands before and after an input."""
        label, first, last = label_of(field), index == 0, index == len(self.inputs) - 1
        match self.layout.fields:
            case "xml":
                tag = "_".join(re.findall(r"\w+", field.alias or "")) or field.name
                return f"<{tag}>\n", f"\n</{tag}>" + ("" if last else "\n")
            case "markdown":
                return f"## {label}\n", "" if last else "\n\n"
            case "json":
                name = json.dumps(field.alias or field.name, ensure_ascii=False)
                return ("{" if first else "") + f"{name}: ", "}" if last else ", "
        if self.bare_input:
            return "", ""
        return f"{label}:" + ("\n" if is_list else " "), "" if last else "\n"

    def output_text(self, values: dict[str, Any]) -> str:
        """The reply of a demonstration. Outputs that it lacks are left out."""
        present = [one for one in self.outputs if one.name in values]
        if self.layout.reply == "json":
            record = {self.label(one): self.aliased(values[one.name], one.type) for one in present}
            return json.dumps(record, ensure_ascii=False)
        if self.layout.reply == "bare":
            return self.value_text(values, self.outputs[-1])
        return "\n".join(f"{label_of(one)}: {self.value_text(values, one)}" for one in present)

    def value_text(self, values: dict[str, Any], field: Field) -> str:
        """One output as a reply has it."""
        return show(self.aliased(values.get(field.name), field.type), "text")

    def aliased(self, value: Any, type_: Type) -> Any:
        """A value with the names that its fields have in prompts."""
        shape_ = resolve(type_, self.named)
        if isinstance(shape_, UnionType):
            members = [member for member in shape_.members if belongs(value, member, self.named)]
            return self.aliased(value, members[0]) if members else value
        if isinstance(value, list) and isinstance(shape_, ListType):
            return [self.aliased(item, shape_.item) for item in value]
        if isinstance(value, dict) and hasattr(shape_, "fields"):
            aliases = {one.name: one for one in shape_.fields}
            return {
                (aliases[name].alias or name) if name in aliases else name: self.aliased(
                    item, aliases[name].type if name in aliases else type_
                )
                for name, item in value.items()
            }
        return value

    # Whole prompts.

    def chat(self, head: str, demos: tuple[ir.Demo, ...]) -> list[dict[str, Any]]:
        """A system message, a pair of turns for each demonstration, and the user's turn."""
        messages: list[dict[str, Any]] = [{"role": "system", "content": [head]}] if head else []
        for demo in demos:
            messages.append({"role": "user", "content": joined(self.input_parts(dict(demo.inputs)))})
            messages.append({"role": "assistant", "content": [self.output_text(dict(demo.outputs))]})
        messages.append({"role": "user", "content": joined(self.input_parts(None))})
        return messages

    def block(self, head: str, demos: tuple[ir.Demo, ...]) -> list[Part]:
        """One text: the head, the demonstrations, and the inputs with the lead of the reply behind them."""
        parts: list[Part] = [head, "\n\n"] if head else []
        lead = self.lead()
        for demo in demos:
            text = self.output_text(dict(demo.outputs))
            reply = text if self.layout.reply == "fields" else f"{lead} {text}"
            parts += [*self.input_parts(dict(demo.inputs)), f"\n{reply}\n\n"]
        return joined([*parts, *self.input_parts(None), f"\n{lead}"])

    def lead(self) -> str:
        """What a block ends with, for the reply to go on from."""
        return "JSON:" if self.layout.reply == "json" else f"{label_of(self.outputs[0])}:"

    def stops(self) -> list[str]:
        """Where a completion ends: at its line where the reply is one, else where the next example would begin."""
        if self.layout.reply == "json" or (self.layout.reply == "bare" and one_line(self.outputs[0].type, self.named)):
            return ["\n"]
        return ["\n\n" + self.frame(self.inputs[0], 0, False)[0].strip()]

    def reply_spec(self) -> ReplySpec:
        """How the reply is to be read."""
        fields, defs = [], {}
        for one in self.outputs:
            schema = schema_of(one.type, self.named)
            defs.update(schema.pop("$defs", {}))
            fields.append({"name": one.name, "label": self.label(one), "schema": schema})
        spec: ReplySpec = {"style": self.layout.reply, "fields": fields}
        return {**spec, "defs": defs} if defs else spec


def joined(parts: list[Part]) -> list[Part]:
    """The parts with neighbouring texts as one, and no empty ones."""
    result: list[Part] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        elif part != "":
            result.append(part)
    return result


def plain_instruction(inputs: tuple[Field, ...], outputs: tuple[Field, ...]) -> str:
    """The instruction of a signature that has none."""
    given = " and ".join(label_of(one).lower() for one in inputs)
    wanted = " and ".join(label_of(one).lower() for one in outputs)
    return f"Given the {given}, give the {wanted}."


def one_line(type_: Type, named: Named) -> bool:
    """Whether a value is always on one line."""
    shape_ = resolve(type_, named)
    if isinstance(shape_, UnionType):
        return all(one_line(member, named) for member in shape_.members)
    return shape_ != Primitive("str")


def value_words(type_: Type, named: Named) -> str:
    """What a value must be, in words; empty for plain text."""
    shape_ = resolve(type_, named)
    match shape_:
        case Primitive(name):
            return {"str": "", "int": "a whole number", "float": "a number", "bool": "true or false", "null": "null"}[
                name
            ]
        case LiteralType(value):
            return show(value, "text")
        case EnumType(values):
            if any(description for _, description in values):
                return "one of:\n" + "\n".join(f"- {name}: {text}" if text else f"- {name}" for name, text in values)
            return "one of " + ", ".join(name for name, _ in values)
        case UnionType(members) if all(isinstance(member, LiteralType) for member in members):
            return "one of " + ", ".join(value_words(member, named) for member in members)
        case UnionType(members):
            words = [value_words(member, named) or "text" for member in members]
            return " or ".join(words)
    return f"JSON: {shape(type_, named)}"
