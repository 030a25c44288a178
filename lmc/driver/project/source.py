"""The program of a new project, as source text in the one canonical form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lmc.diagnostics import Sink
from lmc.driver.project.field import Slot
from lmc.driver.project.rows import Table
from lmc.ir.types import BOOL, FLOAT, INT, ListType, RecordType, quoted, show
from lmc.source import SourceFile
from lmc.syntax import format_file, parse

LONGEST_SHOWN = 200
"""Characters of a value that still reads well in a test."""

A_ROW, A_STEP = 6, 50
"""A budget is so many calls for each dev row, beside those for the sealed ones, in steps of so many."""


@dataclass(frozen=True, slots=True)
class Model:
    """The model that answers: its reference, and the URL of the server where it is not the provider's own."""

    reference: str
    base_url: str | None = None


def source_of(name: str, table: Table, model: Model, instruction: str | None) -> str:
    """The program's text. `name` is that of its file."""
    module, signature = names(name, table)
    types = {slot.name: type_name(slot, (module, signature)) for slot in table.outputs if slot.labels}
    declared = [f"type {types[slot.name]} = {show(slot.type)}" for slot in table.outputs if slot.labels]
    fields = [f"in {one.name}: {show(one.type)}" for one in table.inputs]
    fields += [f"out {one.name}: {types.get(one.name) or show(one.type)}" for one in table.outputs]
    params = ", ".join(f"{one.name}: {show(one.type)}" for one in table.inputs)
    arguments = ", ".join(one.name for one in table.inputs)
    single = table.outputs[0] if len(table.outputs) == 1 else None
    returns = signature if single is None else types.get(single.name) or show(single.type)
    wanted = "reply" if single is None else f"reply.{single.name}"
    url = f" {{ base_url: {quoted(model.base_url)} }}" if model.base_url else ""
    parts = [
        f"# {name}: {task(table)}\n# {table.note}",
        f"lm main = {quoted(model.reference)}{url}",
        "\n\n".join(declared),
        f"data rows = {quoted(table.file)} {{ split: {split_text(table)},{columns_text(table)} seed: 0 }}",
        f"signature {signature} {{\n{quoted(instruction or task(table))}\n" + "\n".join(fields) + "\n}",
        f"module {module}({params}) -> {returns} {{\nlet reply = predict {signature}({arguments})\nreturn {wanted}\n}}",
        f"metric accuracy(want, got) = {metric(table)}",
        f"optimize {module} {{ data rows metric accuracy lm main budget {budget(table)} calls seed 0 }}",
        test_text(module, table),
        'emit prompts, python to "out"',
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    return format_file(parse(SourceFile(f"{name}.lmp", text), Sink()))


def names(name: str, table: Table) -> tuple[str, str]:
    """The names of the module and of the signature."""
    module = camel(name)
    verb = "Classify" if all(one.labels for one in table.outputs) else "Answer"
    return module, verb if verb != module else f"{verb}Call"


def camel(name: str) -> str:
    """A name as modules and types have them."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_")) or "Main"


def type_name(slot: Slot, taken: Sequence[str]) -> str:
    """The name of the type of an output."""
    found = camel(slot.name)
    return f"{found}Label" if found in taken else found


def task(table: Table) -> str:
    """What the LM is told to do."""
    given, wanted = (" and the ".join(words(one.name) for one in some) for some in (table.inputs, table.outputs))
    return f"Given the {given}, give the {wanted}."


def words(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def split_text(table: Table) -> str:
    """The split of the rows."""
    return "{ " + ", ".join(f"{role}: {count}" for role, count in table.split.items()) + " }"


def columns_text(table: Table) -> str:
    """The columns that have other names in the file."""
    renamed = [one for one in (*table.inputs, *table.outputs) if one.name != one.column]
    if not renamed:
        return ""
    return " columns: { " + ", ".join(f"{one.name}: {quoted(one.column)}" for one in renamed) + " },"


def metric(table: Table) -> str:
    """The metric: equality, of free texts the words in common; of several outputs the mean."""
    single = len(table.outputs) == 1
    parts = []
    for one in table.outputs:
        got = "got" if single else f"got.{one.name}"
        exact = bool(one.labels) or one.type in (INT, FLOAT, BOOL)
        plain = not isinstance(one.type, ListType | RecordType)
        function = "exact" if exact else "f1" if plain and show(one.type).startswith("str") else "json_match"
        parts.append(f"{function}(want.{one.name}, {got})")
    if single:
        return parts[0]
    return f"weighted([{', '.join(parts)}], [{', '.join('1' for _ in parts)}])"


def budget(table: Table) -> int:
    """How many calls a build may make: enough for the sealed rows, and for some candidates on dev rows."""
    split = table.split
    calls = 4 * split["test"] + A_ROW * split["dev"]
    return max(100, -(-calls // A_STEP) * A_STEP)


def test_text(module: str, table: Table) -> str:
    """A test that needs no LM: a row, and a reply as an LM would write it."""
    row = min(table.rows, key=lambda one: (None in one.values(), len(json.dumps(one, default=str)) > LONGEST_SHOWN))
    given = ", ".join(literal(row[one.column]) for one in table.inputs)
    values = {one.name: plain_value(row[one.column]) for one in table.outputs}
    if len(values) == 1:
        (value,) = values.values()
        reply = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        holds = f"it == {literal(value)}"
    else:
        reply = json.dumps(values, ensure_ascii=False)
        holds = " and ".join(f"{name} == {literal(value)}" for name, value in values.items())
    head = f'test "a row, with a reply that is made up" with {{ replies: [{quoted(reply)}] }}'
    return f"{head} {{\n{module}({given}) => {holds}\n}}"


def plain_value(value: Any) -> Any:
    """A value that a reply can be; a long or broken text is replaced by a short one."""
    if isinstance(value, str) and (len(value) > LONGEST_SHOWN or value != value.strip() or "\n" in value):
        return "an answer"
    return value


def literal(value: Any) -> str:
    """A JSON value as it is written in a program."""
    match value:
        case str():
            return quoted(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return "{ " + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)
