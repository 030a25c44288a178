"""Which module calls which, which LM answers, and how many calls a run makes at most."""

from __future__ import annotations

from collections.abc import Mapping

from lmc.ir.program import Conditional, Expr, For, If, Invoke, LMDecl, Module, Predict, Program, Return, Stmt
from lmc.ir.subtype import Named
from lmc.ir.types import RecordType
from lmc.ir.walk import blocks, children, expressions, own_expressions, subexpressions


def named_types(program: Program) -> Named:
    """What each type name stands for; a signature's name stands for its outputs."""
    named = {one.name: one.type for one in program.types}
    named.update({one.name: RecordType(one.outputs) for one in program.signatures})
    return named


def callees(module: Module) -> tuple[str, ...]:
    """The modules that a module calls itself, each once, in source order."""
    return tuple(dict.fromkeys(one.module for one in expressions(module.body) if isinstance(one, Invoke)))


def reachable(program: Program, module: str) -> tuple[str, ...]:
    """The module and all that it calls, directly or not, each once."""
    found: dict[str, None] = {}
    queue = [module]
    while queue:
        name = queue.pop(0)
        if name not in found:
            found[name] = None
            queue.extend(callees(program.module(name)))
    return tuple(found)


def sites(program: Program, module: str) -> tuple[tuple[str, Predict], ...]:
    """The call sites that a run of the module can reach, by address (`Module.site`)."""
    return tuple(
        (f"{name}.{expr.site}", expr)
        for name in reachable(program, module)
        for expr in expressions(program.module(name).body)
        if isinstance(expr, Predict)
    )


def lm_of(program: Program, module: str, predict: Predict) -> LMDecl | None:
    """The LM of a call site: its own, else that of the first `optimize` whose module reaches it, else the first
    declared."""
    if predict.settings.lm is not None:
        return program.lm(predict.settings.lm)
    for optimize in program.optimizes:
        if optimize.lm is not None and module in reachable(program, optimize.module):
            return program.lm(optimize.lm)
    return program.lms[0] if program.lms else None


def most_calls(program: Program, module: str, attempts: dict[str, int]) -> dict[str, int]:
    """The most LM calls that one run of the module makes at each call site, by address. `attempts`: the calls that
    one evaluation of the site makes at most."""
    return dict(count_block(program, program.module(module), program.module(module).body, attempts))


def count_block(program: Program, module: Module, body: tuple[Stmt, ...], attempts: dict[str, int]) -> dict[str, int]:
    """The most calls of a block: statements add up, of two branches the dearer counts for each site."""
    total: dict[str, int] = {}
    for stmt in body:
        for expr in own_expressions(stmt):
            for one in subexpressions(expr):
                if isinstance(one, Predict):
                    address = f"{module.name}.{one.site}"
                    add(total, {address: attempts[address]}, 1)
                elif isinstance(one, Invoke):
                    add(total, most_calls(program, one.module, attempts), 1)
        counts = [count_block(program, module, block, attempts) for block in blocks(stmt)]
        if isinstance(stmt, If):
            addresses = dict.fromkeys(address for count in counts for address in count)
            add(total, {address: max(count.get(address, 0) for count in counts) for address in addresses}, 1)
        elif isinstance(stmt, For):
            add(total, counts[0], stmt.bound or 0)
    return total


def add(total: dict[str, int], more: dict[str, int], times: int) -> None:
    """Adds counts, so many times."""
    for address, count in more.items():
        total[address] = total.get(address, 0) + count * times


def worst_cost(program: Program, module: str, weights: Mapping[str, float]) -> float:
    """The most that one run of the module costs, where a call of each site (by address) costs so much: calls, tokens,
    dollars. Of two branches the dearer counts, with what follows it; nothing follows a `return`."""
    return block_cost(program, program.module(module), program.module(module).body, weights, 0.0)


def block_cost(
    program: Program, module: Module, body: tuple[Stmt, ...], weights: Mapping[str, float], after: float
) -> float:
    """The most that a block costs, when what comes behind it costs `after`."""
    for stmt in reversed(body):
        own = sum(expression_cost(program, module, expr, weights) for expr in own_expressions(stmt))
        match stmt:
            case If(_, then, otherwise):
                branches = [block_cost(program, module, block, weights, after) for block in (then, otherwise)]
                after = own + max(branches)
            case For(_, _, bound, inner):
                # A `return` in the body can only make it cheaper.
                after = own + (bound or 0) * block_cost(program, module, inner, weights, 0.0) + after
            case Return():
                after = own
            case _:
                after = own + after
    return after


def expression_cost(program: Program, module: Module, expr: Expr, weights: Mapping[str, float]) -> float:
    """The most that an expression costs; of a conditional's branches the dearer counts."""
    match expr:
        case Conditional(condition, then, otherwise):
            parts = [expression_cost(program, module, one, weights) for one in (condition, then, otherwise)]
            return parts[0] + max(parts[1:])
        case Predict(site):
            own = weights.get(f"{module.name}.{site}", 0.0)
        case Invoke(callee):
            own = worst_cost(program, callee, weights)
        case _:
            own = 0.0
    return own + sum(expression_cost(program, module, child, weights) for child in children(expr))
