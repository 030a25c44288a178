"""Recursion, unfolded as deep as modules say that it goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

from lmc.ir.program import Module, Program

T = TypeVar("T")

State = tuple[str, tuple[tuple[str, int], ...]]
"""A module as it is entered, and how many calls are under way on each counter, its own among them."""

Counters = Mapping[str, tuple[str, int]]
"""For each module that says how deep it calls itself: the counter of its calls, and the most that may be under way."""

MOST_STATES = 5_000
"""Where modules that call one another could be under way in more combinations than this, only their sum is counted."""


def unfold(
    program: Program,
    module: str,
    callees: Mapping[str, tuple[str, ...]],
    value: Callable[[Module, Callable[[str], T]], T],
    nothing: T,
) -> T:
    """A value of a module that follows from those of the modules that it calls: `value` gives it from the module and
    from a function that gives the value of a callee by name. A call deeper than its module allows is `nothing`.

    Each combination of module and calls under way is worked out once, callees first; so the time is linear in their
    number, and exponential numbers of calls do not take exponential time."""
    within = {name: inside(name, callees) for name in callees}
    counters = counters_of(program, within)
    known: dict[State, T] = {}
    entered: set[State] = set()
    start = enter(counters, within, (), module)
    stack = [start] if start is not None else []
    while stack:
        state = stack[-1]
        name, active = state
        called = {one: enter(counters, within, active, one) for one in callees[name]}
        missing = [] if state in entered else [one for one in called.values() if one is not None and one not in known]
        entered.add(state)
        if missing:
            stack += [one for one in missing if one not in entered]
            continue
        stack.pop()
        if state not in known:
            # A callee that is still under way is in a cycle without a bound, which no well-formed program has.
            found = {one: nothing if after is None else known.get(after, nothing) for one, after in called.items()}
            known[state] = value(program.module(name), found.__getitem__)
    return known[start] if start is not None else nothing


def inside(module: str, callees: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """What a module calls, directly or not; itself only if it calls itself."""
    found: set[str] = set()
    queue = list(callees[module])
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += callees[name]
    return frozenset(found)


def counters_of(program: Program, within: Mapping[str, frozenset[str]]) -> Counters:
    """The counters of the modules that call themselves: one each, or one for all those that call one another where
    that would be too many combinations. A bound on the sum allows every combination that the single bounds allow."""
    limits = {one.name: one.depth + 1 for one in program.modules if one.depth is not None and one.name in within}
    counters: dict[str, tuple[str, int]] = {}
    for name in limits:
        group = [one for one in limits if one in within[name] and name in within[one]]
        combinations = math.prod(limits[one] + 1 for one in group)
        if name in group:
            alone = (name, limits[name])
            counters[name] = alone if combinations <= MOST_STATES else (min(group), sum(limits[one] for one in group))
    return counters


def enter(
    counters: Counters, within: Mapping[str, frozenset[str]], active: tuple[tuple[str, int], ...], module: str
) -> State | None:
    """The state in which a module runs that is called in a state; None where the call is too deep. Counts that can no
    longer matter are forgotten."""
    counts = dict(active)
    if module in counters:
        counter, limit = counters[module]
        counts[counter] = counts.get(counter, 0) + 1
        if counts[counter] > limit:
            return None
    alive = {counters[one][0] for one in within[module] if one in counters}
    return module, tuple(sorted((name, count) for name, count in counts.items() if name in alive))
