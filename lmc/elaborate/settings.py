"""The settings of a call site (`with { … }`) and demonstrations."""

from __future__ import annotations

from typing import Any, get_args

from lmc.elaborate import problems
from lmc.elaborate.bias import BIASES, is_bias
from lmc.elaborate.scope import Scope, World
from lmc.elaborate.spaces import lower_space
from lmc.elaborate.typing import NO_CONSTANT, constant
from lmc.ir import program as ir
from lmc.ir.bias import bias_pairs
from lmc.ir.types import Field, Type
from lmc.ir.values import belongs, type_of
from lmc.syntax import ast

NUMBERS: dict[str, tuple[type, float, float, str]] = {
    "temperature": (float, 0.0, 2.0, "a number from 0 to 2"),
    "max_tokens": (int, 1, 1_000_000, "a whole number of at least 1"),
    "retries": (int, 0, 10, "a whole number from 0 to 10"),
    "top_p": (float, 0.0, 1.0, "a number from 0 to 1"),
    "nearest": (int, 1, 1000, "a whole number from 1 to 1000"),
}
STRATEGIES = ("predict", "chain_of_thought")
SETTINGS = ("lm", "instruction", "demos", "layout", "sample", "strategy", *NUMBERS, "logit_bias")
Tuned = tuple[str, ir.Space]


def lower_settings(
    world: World, scope: Scope, nodes: tuple[ast.Argument, ...], inputs: tuple[Field, ...], outputs: tuple[Field, ...]
) -> ir.Settings:
    """The settings that a call site writes."""
    found: dict[str, Any] = {}
    tunes: list[Tuned] = []
    for node in nodes:
        name = node.name.text if node.name else ""
        span = node.name.span if node.name else node.span
        if name in found:
            world.sink.add(problems.repeated_argument(name, span))
        elif name not in SETTINGS:
            world.sink.add(problems.unknown_option("a call", name, span, SETTINGS))
        elif isinstance(node.value, ast.TuneRange | ast.TuneChoices):
            space, found[name] = lower_tuned(world, scope, name, node.value)
            tunes += [(name, space)] if space else []
        elif name == "lm":
            found[name] = lower_lm(world, scope, node.value)
        elif name == "layout":
            found[name] = lower_layout(world, node.value, outputs)
        elif name == "logit_bias":
            found[name] = lower_bias(world, node.value)
        elif name == "demos":
            found[name] = lower_demo_list(world, node.value, inputs, outputs)
        else:
            found[name] = lower_plain(world, name, node.value)
    return ir.Settings(**found, tunes=tuple(sorted(tunes, key=lambda tune: tune[0])))


def lower_tuned(
    world: World, scope: Scope, name: str, node: ast.TuneRange | ast.TuneChoices
) -> tuple[ir.Space | None, Any]:
    """What a setting may be, and what it is until it is tuned."""
    if name == "lm" and isinstance(node, ast.TuneChoices):
        names = [lower_lm(world, scope, one) for one in node.choices]
        for index, one in enumerate(node.choices):
            if names[index] is not None and names[index] in names[:index]:
                world.sink.add(problems.repeated_argument(str(names[index]), one.span))
        first = lower_lm(world, scope, node.at) if node.at is not None else names[0]
        return ir.Space(tuple(one for one in names if one)), first
    if name == "logit_bias" and isinstance(node, ast.TuneChoices):
        space, held, _ = lower_space(world, node)
        if not all(isinstance(one, list) and all(map(is_bias, one)) for one in (*(space.choices or ()), held)):
            world.sink.add(problems.bad_option(name, BIASES, node.span))
            return None, None
        return space, bias_pairs(held)
    if name not in NUMBERS:
        world.sink.add(problems.not_tunable(name, node.span))
        return None, None
    space, value, _ = lower_space(world, node)
    kind, low, high, wanted = NUMBERS[name]
    held = space.choices if space.choices is not None else (space.low, space.high)
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in held)
    if not (whole or kind is float) or not all(isinstance(one, int | float) and low <= one <= high for one in held):
        world.sink.add(problems.bad_option(name, wanted, node.span))
        return None, None
    return space, kind(value)


def lower_bias(world: World, node: ast.Expr) -> tuple[tuple[int, float], ...] | None:
    """What is added to the logits of tokens."""
    value = constant(node)
    if not isinstance(value, list) or not all(map(is_bias, value)):
        world.sink.add(problems.bad_option("logit_bias", BIASES, node.span))
        return None
    return bias_pairs(value)


def lower_lm(world: World, scope: Scope, node: ast.Expr) -> str | None:
    """The LM that a setting names."""
    if not isinstance(node, ast.Reference):
        world.sink.add(problems.bad_option("lm", "the name of a declared LM", node.span))
        return None
    entity = world.find(scope, node.name, "LM")
    return entity.name if entity else None


def lower_plain(world: World, name: str, node: ast.Expr) -> Any:
    """A number or a text."""
    value = constant(node)
    if name == "instruction":
        if not isinstance(value, str):
            world.sink.add(problems.bad_option(name, "a text", node.span))
            return None
        return value
    if name == "strategy":
        if value not in STRATEGIES:
            world.sink.add(problems.bad_option(name, '"predict" or "chain_of_thought"', node.span))
            return None
        return value
    kind, low, high, wanted = NUMBERS[name]
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole or (kind is float and isinstance(value, float))) or not low <= value <= high:
        world.sink.add(problems.bad_option(name, wanted, node.span))
        return None
    return kind(value)


def lower_layout(world: World, node: ast.Expr, outputs: tuple[Field, ...]) -> ir.Layout | None:
    """A layout: `{ turns: "chat", fields: "plain", reply: "bare" }`. A bare reply has room for one output."""
    value = constant(node)
    choices = {
        "turns": get_args(ir.TurnStyle),
        "fields": get_args(ir.FieldStyle),
        "reply": get_args(ir.ReplyStyle),
        "types": get_args(ir.TypeWords),
    }
    if isinstance(value, dict):
        value = {"types": "stated", **value}
    wanted = ", ".join(f"{name}: {' | '.join(values)}" for name, values in choices.items())
    fits = isinstance(value, dict) and set(value) == set(choices)
    if not fits or any(value[name] not in values for name, values in choices.items()):
        world.sink.add(problems.bad_option("layout", f"a record of {wanted}", node.span))
        return None
    if value["reply"] == "bare" and len(outputs) > 1:
        world.sink.add(problems.bad_option("reply", '"fields" or "json" in a call with several outputs', node.span))
        return None
    return ir.Layout(**value)


def lower_demo_list(
    world: World, node: ast.Expr, inputs: tuple[Field, ...], outputs: tuple[Field, ...]
) -> tuple[ir.Demo, ...] | None:
    """Demonstrations as a list of records that hold inputs and outputs, and `origin` where they came from a data
    row."""
    if not isinstance(node, ast.ListDisplay):
        world.sink.add(problems.bad_option("demos", "a list of records", node.span))
        return None
    demos = []
    for item in node.items:
        if not isinstance(item, ast.RecordDisplay):
            world.sink.add(problems.bad_option("demos", "a list of records", item.span))
            continue
        names = [field.name for field in inputs]
        taken = {field.name for field in (*inputs, *outputs)}
        notes = {
            one.name.text: one
            for one in item.fields
            if one.name and one.name.text in ("origin", "failures") and one.name.text not in taken
        }
        fields = [field for field in item.fields if field.name and field not in notes.values()]
        origin = constant(notes["origin"].value) if "origin" in notes else None
        failures = constant(notes["failures"].value) if "failures" in notes else []
        ins = tuple(field for field in fields if field.name and field.name.text in names)
        outs = tuple(field for field in fields if field not in ins)
        demo = lower_demo(world, ast.DemoDecl(ins, outs, span=item.span), inputs, outputs)
        if not is_failures(failures):
            wanted = 'a list of { reply: "…", feedback: "…" }'
            world.sink.add(problems.bad_option("failures", wanted, notes["failures"].span))
            failures = []
        failed = tuple((one["reply"], one["feedback"]) for one in failures)
        demos.append(ir.Demo(demo.inputs, demo.outputs, origin if isinstance(origin, str) else None, failed))
    return tuple(demos)


def is_failures(value: Any) -> bool:
    """Whether a value is a list of replies that failed, each with what was said of it."""
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and one.keys() == {"reply", "feedback"}
        and all(isinstance(text, str) for text in one.values())
        for one in value
    )


def lower_demo(world: World, node: ast.DemoDecl, inputs: tuple[Field, ...], outputs: tuple[Field, ...]) -> ir.Demo:
    """A demonstration, checked against its signature: every input, at least one output, each of its type."""
    ins = side(world, "input", node.inputs, inputs)
    outs = side(world, "output", node.outputs, outputs)
    lacking = [one.name for one in inputs if one.name not in dict(ins) and not belongs(None, one.type, world.named)]
    if lacking and len(ins) == len(node.inputs):
        world.sink.add(problems.demo_problem(f"this demonstration lacks the input `{lacking[0]}`", node.span))
    if not node.outputs:
        world.sink.add(problems.demo_problem("this demonstration has no output", node.span))
    return ir.Demo(ins, outs)


def side(
    world: World, kind: str, nodes: tuple[ast.Argument, ...], fields: tuple[Field, ...]
) -> tuple[tuple[str, ir.Json], ...]:
    """The values of one side of a demonstration, in the order of the signature."""
    by_name = {one.name: one for one in fields}
    found: dict[str, ir.Json] = {}
    for node in nodes:
        name = node.name.text if node.name else ""
        span = node.name.span if node.name else node.span
        if name not in by_name:
            world.sink.add(problems.unknown_side(kind, name, span, by_name))
        elif name in found:
            world.sink.add(problems.repeated_argument(name, span))
        else:
            if world.notes is not None:
                world.notes.used(span, by_name[name].span)
            found[name] = value_of(world, f"{kind} `{name}`", node.value, by_name[name].type)
    return tuple((one.name, found[one.name]) for one in fields if one.name in found)


def value_of(world: World, what: str, node: ast.Expr, type_: Type) -> ir.Json:
    """A plain value of a type."""
    value = constant(node)
    if value is NO_CONSTANT:
        world.sink.add(problems.not_constant(what, node.span))
        return None
    if not belongs(value, type_, world.named):
        world.sink.add(problems.mismatch(what, type_, type_of(value), node.span))
    return value
