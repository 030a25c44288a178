"""Demonstrations out of data rows and traces, and choices among them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence

from lmc.analysis.calls import named_types
from lmc.evaluate.rows import Row
from lmc.execute.expression import compile_expr
from lmc.execute.trace import Call
from lmc.ir.program import Demo, Module, Predict, Program
from lmc.ir.values import belongs
from lmc.ir.walk import makes_calls, names_read
from lmc.prompts.compile import outputs_of


def labeled_demo(program: Program, module: Module, predict: Predict, row: Row) -> Demo | None:
    """The demonstration that a row is for a call site: its inputs follow from the module's, and its outputs are columns of the row. None
    where they are not, or are not of their types. Reasoning that the row does not have is left out."""
    named = named_types(program)
    signature = program.signature(predict.signature)
    params = {param.name for param in module.params}
    env = {name: row.values.get(name) for name in params}
    inputs = []
    for field, (name, argument) in zip(signature.inputs, predict.arguments, strict=True):
        if makes_calls(argument) or not names_read(argument) <= params:
            return None
        try:
            value = compile_expr(argument)(env)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return None
        if not belongs(value, field.type, named):
            return None
        inputs.append((name, value))
    wanted = {field.name for field in signature.outputs}
    outputs = []
    for field in outputs_of(signature, predict.strategy):
        present = field.name in row.values and belongs(row.values[field.name], field.type, named)
        if present:
            outputs.append((field.name, row.values[field.name]))
        elif field.name in wanted:
            return None
    return Demo(tuple(inputs), tuple(outputs), row.id)


def demos_of(program: Program, predict: Predict) -> tuple[Demo, ...]:
    """The demonstrations that a call site has: its own, else those of its signature."""
    own = predict.settings.demos
    return program.signature(predict.signature).demos if own is None else own


def traced_demo(call: Call, row: Row) -> Demo | None:
    """The demonstration that a call of a good run is."""
    if call.outputs is None:
        return None
    return Demo(tuple(call.inputs.items()), tuple(call.outputs.items()), row.id)


def label_of(demo: Demo) -> str:
    """What a demonstration is an example of: its last output, where that is short."""
    text = json.dumps(demo.outputs[-1][1], sort_keys=True)
    return text if len(text) <= 60 else ""


def words(demo: Demo) -> frozenset[str]:
    """The words of a demonstration's inputs."""
    return frozenset(re.findall(r"\w+", json.dumps([value for _, value in demo.inputs], ensure_ascii=False).casefold()))


def by_label(pool: Sequence[Demo]) -> dict[str, list[Demo]]:
    """The demonstrations by label, when there are few enough labels to balance; else all under one."""
    groups: dict[str, list[Demo]] = {}
    for demo in pool:
        groups.setdefault(label_of(demo), []).append(demo)
    return dict(sorted(groups.items())) if len(groups) <= max(len(pool) // 2, 1) else {"": list(pool)}


def balanced(pool: Sequence[Demo], count: int, rng: random.Random) -> tuple[Demo, ...]:
    """So many demonstrations: labels in turn, within a label each as unlike the ones before as can be (max-min Jaccard distance of words),
    in random order, so that no label always comes last."""
    groups = by_label(pool)
    order = list(groups)
    rng.shuffle(order)
    for group in groups.values():
        rng.shuffle(group)
    chosen: list[Demo] = []
    while len(chosen) < count and any(groups.values()):
        for label in order:
            if groups[label] and len(chosen) < count:
                chosen.append(farthest(groups[label], chosen))
    rng.shuffle(chosen)
    return tuple(chosen)


def farthest(group: list[Demo], chosen: Sequence[Demo]) -> Demo:
    """Takes from the group the demonstration that is least like any chosen one; the first of equals."""
    taken = [words(demo) for demo in chosen]

    def nearest(demo: Demo) -> float:
        own = words(demo)
        return min((1 - len(own & other) / max(len(own | other), 1) for other in taken), default=1.0)

    best = max(range(min(len(group), 40)), key=lambda index: nearest(group[index]))
    return group.pop(best)


def random_set(pool: Sequence[Demo], most: int, rng: random.Random) -> tuple[Demo, ...]:
    """A random, label-balanced set of at most so many demonstrations, in random order."""
    groups = by_label(pool)
    size = rng.randint(max(1, min(most // 2, len(pool))), max(1, min(most, len(pool))))
    labels = list(groups)
    rng.shuffle(labels)
    chosen: list[Demo] = []
    remaining = {label: rng.sample(group, len(group)) for label, group in groups.items()}
    while len(chosen) < size:
        for label in labels:
            if remaining[label] and len(chosen) < size:
                chosen.append(remaining[label].pop())
    rng.shuffle(chosen)
    return tuple(chosen)


Pools = Mapping[str, tuple[Demo, ...]]
"""For call sites, by address, the demonstrations that there are to choose from."""


def labeled_pools(program: Program, sites: Sequence[tuple[str, Predict]], rows: Sequence[Row]) -> dict[str, tuple[Demo, ...]]:
    """The demonstrations that rows are, for each call site that they fit."""
    pools = {}
    for address, predict in sites:
        module = program.module(address.rpartition(".")[0])
        found = [demo for row in rows if (demo := labeled_demo(program, module, predict, row)) is not None]
        if found:
            pools[address] = tuple(found)
    return pools
