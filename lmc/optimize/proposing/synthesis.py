"""Rows that are made up: their inputs by an LM, what is right for them by an LM or a person."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias

from lmc.analysis.calls import named_types, sites
from lmc.elaborate.lower import wanted_columns
from lmc.evaluate.columns import typed_value
from lmc.evaluate.rows import Row
from lmc.evaluate.scoring import Scored
from lmc.ir.program import Json, Program
from lmc.ir.types import RecordType, Type
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.grounding import cut, outline
from lmc.prompts.layout import holds_media, unbound
from lmc.prompts.schema import schema_of
from lmc.runtime.prompt import show
from lmc.runtime.reply import ReplyError, Schema, closed_values, describe, resolve

Source: TypeAlias = Literal["model", "person"]
"""Who said what is right."""

EXAMPLES = 4
"""Rows that an LM is shown beside what it is asked."""

WIDTH = 160
"""Characters of a value that an LM is shown."""

ALIKE = 0.9
"""The part of their words that two inputs share from which on they are the same."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a row with their JSON schemas: `inputs` that a module takes, and `wanted` that the metric reads
    besides. `task` says what the module does."""

    task: str
    inputs: Mapping[str, Schema]
    wanted: Mapping[str, Schema]
    defs: Schema


@dataclass(frozen=True, slots=True)
class Hard:
    """A row that the program got wrong, or nearly."""

    row: Row
    scored: Scored


def shape_of(program: Program, bench: Bench) -> Shape | None:
    """The columns of the rows of a tuning. None where an input is an image, a recording or a file."""
    named, module, metric = named_types(program), program.module(bench.module), bench.score.metric
    if any(holds_media(one.type, named) for one in module.params):
        return None
    defs: Schema = {}

    def schema(type_: Type | None) -> Schema:
        found = {} if type_ is None else schema_of(type_, named)
        defs.update(found.pop("$defs", {}))
        return found

    inputs = {one.name: schema(one.type) for one in module.params}
    columns = [name for name, _ in wanted_columns(metric.body, metric.params[0]) if name not in inputs]
    returns = unbound(module.returns, named)
    types: dict[str, Type] = {columns[0]: module.returns} if len(columns) == 1 else {}
    if isinstance(returns, RecordType):
        types = {one.name: one.type for one in returns.fields}
    types |= output_types(program, bench.module)
    wanted = {name: schema(types.get(name)) for name in columns}
    return Shape(cut(outline(program, bench.module), 600), inputs, wanted, defs)


def output_types(program: Program, module: str) -> dict[str, Type]:
    """The types of the outputs of all calls, by name."""
    signatures = (program.signature(predict.signature) for _, predict in sites(program, module))
    return {one.name: one.type for signature in signatures for one in signature.outputs}


def invented(
    shape: Shape, bench: Bench, rows: Sequence[Row], hard: Sequence[Hard], count: int, rng: Random
) -> list[dict[str, Json]]:
    """New inputs near what was hard so far, at most so many, asked for at the same time: each with other examples, and
    on the border between other labels. Those that are not of their types are left out. Raises OutOfBudget."""
    several = len(shape.inputs) > 1
    asks = []
    for _ in range(count):
        shown = rng.sample(rows, min(EXAMPLES, len(rows)))
        failures = rng.sample(hard, min(2, len(hard)))
        ask = {
            "task": shape.task,
            "examples": "\n\n".join(row_words(one, [*shape.inputs, *shape.wanted]) for one in shown),
            "failures": "\n\n".join(hard_words(one, shape) for one in failures),
            "between": border(shape, rows, rng),
        }
        asks.append({**ask, "columns": column_words(shape)} if several else ask)
    said = bench.propose("synth_row" if several else "synth_text", asks)
    cells = [one if several or one is None else dict.fromkeys(shape.inputs, one) for one in said]
    return [one for cell in cells if cell is not None and (one := typed(cell, shape.inputs, shape.defs)) is not None]


def typed(cells: Mapping[str, Any], columns: Mapping[str, Schema], defs: Schema) -> dict[str, Json] | None:
    """The values that texts stand for; None where one is missing or not of its type."""
    try:
        return {name: typed_value(str(cells[name]).strip(), schema, defs, True) for name, schema in columns.items()}
    except (KeyError, ReplyError):
        return None


def annotated(
    shape: Shape, bench: Bench, inputs: Sequence[dict[str, Json]], rows: Sequence[Row], source: Source
) -> list[Row]:
    """Rows with what is right for them, by an LM that is shown how rows are labelled, or by a person; those whose label
    is not of its type are left out. Raises OutOfBudget, and Failure where a person has not said it yet."""
    if source == "person":
        assert bench.person is not None, "a bench without anybody to ask"

        def fits(cells: Mapping[str, str]) -> bool:
            return typed(cells, shape.wanted, shape.defs) is not None

        said: list[dict[str, Any]] = list(bench.person(inputs, list(shape.inputs), list(shape.wanted), fits))
    else:
        shown = "\n\n".join(row_words(one, [*shape.inputs, *shape.wanted]) for one in rows[: 2 * EXAMPLES])
        asks = [
            {
                "task": shape.task,
                "examples": shown,
                "input": value_words(one, shape.inputs),
                "column": name,
                "allowed": allowed(schema, shape.defs),
            }
            for one in inputs
            for name, schema in shape.wanted.items()
        ]
        labels = iter(bench.propose("synth_label", asks) if asks else [])
        said = [{name: found for name in shape.wanted if (found := next(labels)) is not None} for _ in inputs]
    found = []
    for one, cells in zip(inputs, said, strict=True):
        wanted = typed(cells, shape.wanted, shape.defs)
        if wanted is not None:
            found.append(made_row({**one, **wanted}, source))
    return found


def made_row(values: Mapping[str, Json], source: Source) -> Row:
    """A row that was made up: its id and the name of its file say so, and who labelled it."""
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return Row(f"synth-{source}-{digest[:12]}", values, 0, f"made up, labelled by {source}")


def is_made(row: Row) -> bool:
    """Whether a row was made up."""
    return row.id.startswith("synth-")


def distinct(found: Sequence[dict[str, Json]], known: Iterable[Row], inputs: Sequence[str]) -> list[dict[str, Json]]:
    """The inputs that are not like one before them, nor like those of a known row, by their words."""
    seen = [words_of(row.values, inputs) for row in known]
    kept = []
    for one in found:
        own = words_of(one, inputs)
        if all(len(own & other) < ALIKE * max(len(own | other), 1) for other in seen):
            seen.append(own)
            kept.append(one)
    return kept


def words_of(values: Mapping[str, Json], inputs: Sequence[str]) -> frozenset[str]:
    """The words of the inputs of a row."""
    text = json.dumps([values.get(name) for name in inputs], ensure_ascii=False).casefold()
    return frozenset(re.findall(r"\w+", text)) or frozenset([text])


def border(shape: Shape, rows: Sequence[Row], rng: Random) -> str:
    """Two labels between which a case may lie; where labels are not few, nothing."""
    for name, schema in shape.wanted.items():
        values = closed_values(resolve(schema, shape.defs)) or sorted(
            {show(row.values.get(name), "text") for row in rows}
        )
        if 1 < len(values) <= max(10, len(rows) // 2):
            return " and ".join(str(one) for one in rng.sample(list(values), 2))
    return "right and wrong"


def allowed(schema: Schema, defs: Schema) -> str:
    """What a label must be, in words."""
    return cut(describe(resolve(schema, defs)), 300) if schema else "text"


def column_words(shape: Shape) -> str:
    """The columns of an input, a line each."""
    return "\n".join(f"{name}: {allowed(schema, shape.defs)}" for name, schema in shape.inputs.items())


def row_words(row: Row, columns: Iterable[str]) -> str:
    """A row as an LM is shown it."""
    return value_words(row.values, columns)


def value_words(values: Mapping[str, Json], columns: Iterable[str]) -> str:
    """Values as an LM is shown them."""
    return "\n".join(f"{name}: {cut(show(values.get(name), 'text'), WIDTH)}" for name in columns)


def hard_words(one: Hard, shape: Shape) -> str:
    """A row that went wrong as an LM is shown it."""
    words = row_words(one.row, [*shape.inputs, *shape.wanted])
    outcome = one.scored.outcome
    given = "" if outcome is None or outcome.error is not None else cut(show(outcome.value, "text"), WIDTH)
    return f"{words}\ngiven instead: {given or one.scored.problem or 'nothing'}"
