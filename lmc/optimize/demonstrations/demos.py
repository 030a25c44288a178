"""Demonstrations out of data rows and traces, and choices among them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence

from lmc.analysis.calls import called_by, named_types, reachable, sites
from lmc.evaluate.rows import Row
from lmc.execute.expression import compile_expr
from lmc.execute.trace import Call
from lmc.ir.patch import apply_patch
from lmc.ir.program import Demo, Expr, Invoke, Json, Member, Module, Name, Predict, Program, Score, Settings
from lmc.ir.values import belongs
from lmc.ir.walk import expressions, makes_calls, names_read, slots
from lmc.optimize.places import sites_with
from lmc.prompts.compile import outputs_of, strategy_of

Pools = Mapping[str, tuple[Demo, ...]]
"""For call sites, by address, the demonstrations that there are to choose from."""

Rng = Callable[[str], random.Random]

MOST_POOLED = 1000
"""Demonstrations that a call chooses from."""

MOST_COMPARED = 60
"""Demonstrations of one label that are compared with one another; comparing takes time quadratic in it."""


def labeled_demo(program: Program, module: Module, predict: Predict, row: Row) -> Demo | None:
    """The demonstration that a row is for a call site: its inputs follow from the module's or are columns of the row
    (`first.area`, the column `area`), and its outputs are columns of the row. None where they are not, or are not of
    their types. Reasoning that the row does not have is left out."""
    named = named_types(program)
    signature = program.signature(predict.signature)
    inputs = []
    for field, (name, argument) in zip(signature.inputs, predict.arguments, strict=True):
        try:
            value = told(module, argument, row)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return None
        if not belongs(value, field.type, named):
            return None
        inputs.append((name, value))
    wanted = {field.name for field in signature.outputs}
    outputs = []
    for field in outputs_of(signature, strategy_of(predict)):
        present = field.name in row.values and belongs(row.values[field.name], field.type, named)
        if present:
            outputs.append((field.name, row.values[field.name]))
        elif field.name in wanted:
            return None
    return Demo(tuple(inputs), tuple(outputs), row.id)


def told(module: Module, argument: Expr, row: Row) -> Json:
    """What a row says that an argument of a call is: it follows from the module's parameters, or it is what an earlier
    call should give, a field that the row has a column for. Raises LookupError where the row does not say it, and what
    the expression raises."""
    params = {param.name for param in module.params}
    if not makes_calls(argument) and names_read(argument) <= params:
        return compile_expr(argument)({name: row.values.get(name) for name in params})
    if isinstance(argument, Member):
        return row.values[argument.name]
    raise LookupError


def demos_of(program: Program, predict: Predict) -> tuple[Demo, ...]:
    """The demonstrations that a call site has: its own, else those of its signature."""
    own = predict.settings.demos
    return program.signature(predict.signature).demos if own is None else own


NOTHING_TOLD = "every call has demonstrations already or no place for them, or no row tells what a call should give"
"""Why there are no labelled demonstrations."""


def bare_sites(program: Program, module: str) -> list[tuple[str, Predict]]:
    """The call sites that have a place for demonstrations, and none."""
    return [
        (address, predict)
        for address, predict in sites_with(program, module, "demos")
        if not demos_of(program, predict)
    ]


def free_sites(program: Program, written: Program, module: str) -> list[tuple[str, Predict]]:
    """The call sites that have a place for demonstrations, and none that their author wrote."""
    own = {address for address, site in slots(written) if isinstance(site, Predict) and demos_of(written, site)}
    return [one for one in sites_with(program, module, "demos") if one[0] not in own]


def labeled_sets(
    sites: Sequence[tuple[str, Predict]], pools: Pools, count: int, rng: Rng
) -> dict[str, tuple[Demo, ...]]:
    """For each call site that there is a pool for, so many of it, balanced (`rng` gives a source of randomness for a
    name); all of it where the call itself shows those that are most like its inputs."""
    return {
        address: pool[:MOST_POOLED]
        if predict.settings.nearest is not None
        else balanced(pool, count, rng(f"labeled/{address}"))
        for address, predict in sites
        if (pool := pools.get(address))
    }


def traced_demo(call: Call, row: Row, failures: bool = True) -> Demo:
    """The demonstration that a call with outputs is, with the replies that came before the right one and what was said
    of them; without, if `failures` is false."""
    failed = call.failures if failures else ()
    return Demo(tuple(call.inputs.items()), tuple((call.outputs or {}).items()), row.id, failed)


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
    """So many demonstrations: labels in turn, within a label those that together stand best for it (greedy facility
    location on the Jaccard similarity of words: the first is the most typical one, the next ones cover what it does
    not; Nemhauser et al. 1978). In random order, so that no label always comes last."""
    groups = by_label(pool)
    order = list(groups)
    rng.shuffle(order)
    queues = {label: representatives(group, -(-count // len(groups))) for label, group in groups.items()}
    chosen: list[Demo] = []
    while len(chosen) < count and any(queues.values()):
        for label in order:
            if queues[label] and len(chosen) < count:
                chosen.append(queues[label].pop(0))
    rng.shuffle(chosen)
    return tuple(chosen)


def similarities(group: Sequence[Demo]) -> list[list[float]]:
    """The Jaccard similarity of the words of each two."""
    sets = [words(demo) for demo in group]
    return [[len(one & other) / max(len(one | other), 1) for other in sets] for one in sets]


def representatives(group: Sequence[Demo], count: int) -> list[Demo]:
    """The demonstrations that together are nearest to all of the group, in the order in which they are chosen; the
    first of equals."""
    group = group[:MOST_COMPARED]
    near = similarities(group)
    covered = [0.0] * len(group)
    chosen: list[int] = []
    for _ in range(min(count, len(group))):
        gains = {index: sum(map(max, covered, near[index])) for index in range(len(group)) if index not in chosen}
        best = max(gains, key=lambda index: gains[index])
        chosen.append(best)
        covered = list(map(max, covered, near[best]))
    return [group[index] for index in chosen]


def random_set(groups: Mapping[str, Sequence[Demo]], most: int, rng: random.Random) -> tuple[Demo, ...]:
    """A random, label-balanced set of at most so many demonstrations out of those of each label, with one of every
    label where there is room, in random order."""
    total = sum(map(len, groups.values()))
    least = max(most // 2, min(len(groups), most))
    size = rng.randint(max(1, min(least, total)), max(1, min(most, total)))
    labels = list(groups)
    rng.shuffle(labels)
    remaining = {label: rng.sample(group, len(group)) for label, group in groups.items()}
    chosen: list[Demo] = []
    while len(chosen) < size and any(remaining.values()):
        for label in labels:
            if remaining[label] and len(chosen) < size:
                chosen.append(remaining[label].pop())
    rng.shuffle(chosen)
    return tuple(chosen)


def typical(pool: Sequence[Demo]) -> dict[str, list[Demo]]:
    """The more typical half of the demonstrations of each label."""
    return {label: typical_half(group) for label, group in by_label(pool).items()}


def typical_half(group: Sequence[Demo]) -> list[Demo]:
    """The half (at least eight) that is most like the others."""
    group = group[:MOST_COMPARED]
    typical = [sum(row) for row in similarities(group)]
    order = sorted(range(len(group)), key=lambda index: -typical[index])
    return [group[index] for index in order[: max(8, len(group) // 2)]]


def sees_the_row(program: Program, entry: str, module: str) -> bool:
    """Whether a module's parameters are those of the entry module, by the same names, wherever it is called: only
    then are the columns of a row what it takes."""
    if module == entry:
        return True
    for caller in reachable(program, entry):
        for expr in expressions(program.module(caller).body):
            if isinstance(expr, Score) and module in called_by(program, expr):
                return False
            if isinstance(expr, Invoke) and expr.module == module:
                same = all(value == Name(name) for name, value in expr.arguments)
                params = {param.name for param in program.module(caller).params}
                if (
                    not same
                    or not {name for name, _ in expr.arguments} <= params
                    or not sees_the_row(program, entry, caller)
                ):
                    return False
    return True


def labeled_pools(
    program: Program, entry: str, sites: Sequence[tuple[str, Predict]], rows: Sequence[Row]
) -> dict[str, tuple[Demo, ...]]:
    """The demonstrations that rows are, for each call site that they fit; `entry` is the module that takes the rows'
    columns."""
    pools = {}
    for address, predict in sites:
        module = program.module(address.rpartition(".")[0])
        if not sees_the_row(program, entry, module.name):
            continue
        found = [demo for row in rows if (demo := labeled_demo(program, module, predict, row)) is not None]
        if found:
            pools[address] = tuple(found)
    return pools


def without_row(program: Program, module: str, row: Row) -> Program:
    """The program without the demonstrations that come from a row; the same object where there are none."""
    patch = {}
    for address, predict in sites(program, module):
        demos = demos_of(program, predict)
        if own := [demo for demo in demos if demo.origin == row.id]:
            patch[address] = Settings(demos=tuple(demo for demo in demos if demo not in own))
    return apply_patch(program, patch) if patch else program
