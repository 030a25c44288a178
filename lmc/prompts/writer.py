"""Writes one prompt in one layout."""

from __future__ import annotations

import json
import re
from typing import Any

from lmc.ir import program as ir
from lmc.ir.subtype import Named
from lmc.ir.types import HISTORY, Field, ListType, MapType, Type, UnionType
from lmc.ir.values import belongs
from lmc.prompts.layout import holds_media, is_structured, label_of, media_kind, unbound, without_null
from lmc.prompts.schema import schema_of, shape
from lmc.prompts.words import one_line, plain_instruction, value_words
from lmc.runtime.prompt import advice, likeness, past_lines, show
from lmc.runtime.reply import ReplySpec

Part = str | dict[str, Any]
"""A piece of text, or a hole."""

Turn = dict[str, Any]
"""A turn of a template."""


class Writer:
    """Writes the parts of one prompt in one layout."""

    def __init__(self, inputs: tuple[Field, ...], outputs: tuple[Field, ...], layout: ir.Layout, named: Named) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.layout = layout
        self.named = named
        self.media = tuple(one.name for one in inputs if holds_media(one.type, named))
        self.past = tuple(one.name for one in inputs if without_null(one.type, named) == HISTORY)
        # In a chat, a conversation stands before the user's turn, as the turns that it is.
        self.written = tuple(one for one in inputs if layout.turns != "chat" or one.name not in self.past)
        self.bare_input = layout.fields == "plain" and len(self.written) == 1 and layout.turns == "chat"

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
        return label_of(output) if self.layout.reply in ("bare", "fields") else output.alias or output.name

    def piece(self, output: Field, value: str) -> str:
        """An output in a reply of several pieces."""
        label = self.label(output)
        match self.layout.reply:
            case "xml":
                return f"<{tag(output)}>\n{value}\n</{tag(output)}>"
            case "markers":
                return f"[[ ## {label} ## ]]\n{value}"
        return f"{label}: {value}"

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
            lines.append(self.piece(one, f"({words})" if words else "..."))
        return f"Reply with these {PIECES.get(self.layout.reply, 'lines')}:\n" + "\n".join(lines)

    # Values.

    def hole(self, field: Field) -> dict[str, Any]:
        """The hole of an input."""
        if field.name in self.past:
            return {"history": field.name}
        if field.name in self.media:
            return self.media_part(field, {"name": field.name})
        shape_ = unbound(field.type, self.named)
        form = "json" if self.layout.fields in ("json", "yaml") else "text"
        if form == "text" and isinstance(shape_, ListType) and not is_structured(shape_.item, self.named):
            form = "list"
        return {"input": field.name, "as": form}

    def media_part(self, field: Field, formula: Any) -> dict[str, Any]:
        """The hole of an image, a recording or a file, or of a list of some."""
        kind = media_kind(field.type, self.named)
        if kind is not None:
            return {"media": formula, "kind": kind}
        shape_ = without_null(field.type, self.named)
        kind = media_kind(shape_.item, self.named) if isinstance(shape_, ListType) else None
        items = {"function": "default", "on": [formula, {"list": []}]} if shape_ != field.type else formula
        return {"for": "one", "in": items, "do": [{"media": {"name": "one"}, "kind": kind}]}

    def value_part(self, field: Field, value: Any) -> Part:
        """An input of a demonstration."""
        if field.name in self.past:
            return past_lines(value)
        if field.name in self.media:
            return self.media_part(field, {"const": value})
        return show(value, self.hole(field)["as"])

    def input_parts(self, values: dict[str, Any] | None) -> list[Part]:
        """The inputs, as holes or with the values of a demonstration."""
        parts: list[Part] = []
        for index, field in enumerate(self.written):
            part = self.hole(field) if values is None else self.value_part(field, values.get(field.name))
            is_list = self.hole(field).get("as") == "list" or field.name in self.past
            before, after = self.frame(field, index, is_list)
            parts += [before, part, after]
        return parts

    def frame(self, field: Field, index: int, is_list: bool) -> tuple[str, str]:
        """What stands before and after an input."""
        label, first, last = label_of(field), index == 0, index == len(self.written) - 1
        match self.layout.fields:
            case "xml":
                return f"<{tag(field)}>\n", f"\n</{tag(field)}>" + ("" if last else "\n")
            case "markdown":
                return f"## {label}\n", "" if last else "\n\n"
            case "json":
                name = json.dumps(field.alias or field.name, ensure_ascii=False)
                return ("{" if first else "") + f"{name}: ", "}" if last else ", "
            case "yaml":
                name = field.alias or field.name
                plain = re.fullmatch(r"[A-Za-z_]\w*", name) is not None
                return f"{name if plain else json.dumps(name, ensure_ascii=False)}: ", "" if last else "\n"
            case "markers":
                return f"[[ ## {field.alias or field.name} ## ]]\n", "" if last else "\n\n"
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
        return "\n".join(self.piece(one, self.value_text(values, one)) for one in present)

    def value_text(self, values: dict[str, Any], field: Field) -> str:
        """One output as a reply has it."""
        return show(self.aliased(values.get(field.name), field.type), "text")

    def aliased(self, value: Any, type_: Type) -> Any:
        """A value with the names that its fields have in prompts."""
        shape_ = unbound(type_, self.named)
        if isinstance(shape_, UnionType):
            members = [member for member in shape_.members if belongs(value, member, self.named)]
            return self.aliased(value, members[0]) if members else value
        if isinstance(value, list) and isinstance(shape_, ListType):
            return [self.aliased(item, shape_.item) for item in value]
        if isinstance(value, dict) and isinstance(shape_, MapType):
            return {name: self.aliased(item, shape_.value) for name, item in value.items()}
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

    def chat(self, head: str, demos: tuple[ir.Demo, ...], nearest: int | None = None) -> list[Turn]:
        """A system message, the turns of each demonstration (`nearest`: of so many, those most like the inputs), the
        conversation so far, and the user's turn."""
        turns: list[Turn] = [{"role": "system", "content": [head]}] if head else []
        shown = [self.demo_turns(demo, joined(self.input_parts(dict(demo.inputs)))) for demo in demos]
        turns += self.chosen_turns(demos, shown, nearest)
        turns += [{"history": name} for name in self.past]
        return [*turns, message("user", joined(self.input_parts(None)))]

    def demo_turns(self, demo: ir.Demo, question: list[Part]) -> list[Turn]:
        """A demonstration as turns: what was said before, the question, replies that would not do, and the right
        one."""
        values = dict(demo.inputs)
        turns = [message(one["role"], [one["content"]]) for name in self.past for one in values.get(name) or ()]
        turns.append(message("user", question))
        for reply, said in demo.failures:
            turns += [message("assistant", [reply.strip() or "(empty)"]), message("user", [advice(said)])]
        return [*turns, message("assistant", [self.output_text(dict(demo.outputs))])]

    def chosen_turns(self, demos: tuple[ir.Demo, ...], shown: list[list[Turn]], nearest: int | None) -> list[Turn]:
        """The turns of all demonstrations, or the choice of the nearest."""
        if nearest is None or not demos:
            return [turn for turns in shown for turn in turns]
        return [{**self.choice(demos, nearest), "shown": shown}] if nearest else []

    def choice(self, demos: tuple[ir.Demo, ...], nearest: int) -> dict[str, Any]:
        """What demonstrations are chosen by: the texts of their inputs."""
        names = [one.name for one in self.inputs if one.name not in (*self.media, *self.past)]
        return {"nearest": nearest, "of": names, "keys": [likeness(names, dict(demo.inputs)) for demo in demos]}

    def block(self, head: str, demos: tuple[ir.Demo, ...], nearest: int | None = None) -> list[Part]:
        """One text: the head, the demonstrations, and the inputs with the lead of the reply behind them."""
        parts: list[Part] = [head, "\n\n"] if head else []
        shown = [[*self.demo_parts(demo), "\n\n"] for demo in demos]
        parts += self.chosen_parts(demos, shown, nearest, "")
        return joined([*parts, *self.input_parts(None), f"\n{self.lead()}"])

    def demo_parts(self, demo: ir.Demo) -> list[Part]:
        """A demonstration as text."""
        lead, reply = self.lead(), self.led_text(dict(demo.outputs))
        failed = [f"\n{lead} {text.strip()}\n\n{advice(said)}\n" for text, said in demo.failures]
        return [*self.input_parts(dict(demo.inputs)), *failed, f"\n{reply}"]

    def led_text(self, values: dict[str, Any]) -> str:
        """The reply of a demonstration behind the lead of a block, or with it where the lead is its first label."""
        text = self.output_text(values)
        return f"{self.lead()} {text}" if self.layout.reply in ("bare", "json", "xml") else text

    def chosen_parts(
        self, demos: tuple[ir.Demo, ...], shown: list[list[Part]], nearest: int | None, between: str
    ) -> list[Part]:
        """The texts of all demonstrations, or the choice of the nearest."""
        if nearest is None or not demos:
            return [part for index, parts in enumerate(shown) for part in ([between] if index else []) + parts]
        chosen = {**self.choice(demos, nearest), "shown": [joined(parts) for parts in shown], "between": between}
        return [chosen] if nearest else []

    def lead(self) -> str:
        """What a block ends with, for the reply to go on from."""
        first = self.outputs[0]
        match self.layout.reply:
            case "json":
                return "JSON:"
            case "xml":
                return "XML:"
            case "markers":
                return f"[[ ## {self.label(first)} ## ]]"
            case "yaml":
                return f"{self.label(first)}:"
        return f"{label_of(first)}:"

    def stops(self) -> list[str]:
        """Where a completion ends: at its line where the reply is one, else where the next example would begin."""
        if self.layout.reply == "json" or (self.layout.reply == "bare" and one_line(self.outputs[0].type, self.named)):
            return ["\n"]
        return ["\n\n" + self.frame(self.written[0], 0, False)[0].strip()]

    def reply_spec(self) -> ReplySpec:
        """How the reply is to be read."""
        fields, defs = [], {}
        for one in self.outputs:
            schema = schema_of(one.type, self.named)
            defs.update(schema.pop("$defs", {}))
            fields.append({"name": one.name, "label": self.label(one), "schema": schema})
        style = self.layout.reply if self.layout.reply in ("bare", "json") else "fields"
        spec: ReplySpec = {"style": style, "fields": fields}
        return {**spec, "defs": defs} if defs else spec


PIECES = {"xml": "tags", "markers": "markers"}
"""What a reply of several pieces is made of, where that is not lines."""


def tag(field: Field) -> str:
    """The name of a field as that of a tag."""
    return "_".join(re.findall(r"\w+", field.alias or "")) or field.name


def joined(parts: list[Part]) -> list[Part]:
    """The parts with neighbouring texts as one, and no empty ones."""
    result: list[Part] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        elif part != "":
            result.append(part)
    return result


def message(role: str, parts: list[Part]) -> Turn:
    """A turn; `mixed` where images, audio or files may stand in it."""
    turn: Turn = {"role": role, "content": parts}
    return {**turn, "mixed": True} if any(shows_media(part) for part in parts) else turn


def shows_media(part: Part) -> bool:
    """Whether an image, a recording or a file may stand in a part."""
    if isinstance(part, str):
        return False
    inner = [*part.get("then", ()), *part.get("else", ()), *part.get("do", ())]
    shown = [one for parts in part.get("shown", ()) for one in parts]
    return "media" in part or any(shows_media(one) for one in (*inner, *shown))
