"""Which module calls which, which LM answers, and how many calls a run makes at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lmc.analysis.unfold import unfold
from lmc.ir.expression import Comprehension, Conditional, Expr, External, Invoke, Predict, Score
from lmc.ir.program import LMDecl, Module, Program
from lmc.ir.statement import Attempt, Break, Check, For, If, Return, Stmt, While
from lmc.ir.subtype import Named
from lmc.ir.types import NULL, RecordType
from lmc.ir.walk import blocks, children, expressions, own_expressions, statements, subexpressions

Counts = dict[str, int]
"""How often, by address or by name."""

Leaf = Callable[[Module, Expr], Counts]
"""What one evaluation of an expression counts, without what is in it."""

Cost = Callable[[Expr], float]
"""The most that an expression costs."""


def named_types(program: Program) -> Named:
    """What each type name stands for; a signature's name stands for its outputs."""
    named = {one.name: one.type for one in program.types}
    named.update({one.name: RecordType(one.outputs) for one in program.signatures})
    return named


def callees(program: Program, module: Module) -> tuple[str, ...]:
    """The modules that a module calls itself, by the metrics of its scores too, each once, in source order."""
    return tuple(dict.fromkeys(name for expr in expressions(module.body) for name in called_by(program, expr)))


def called_by(program: Program, expr: Expr) -> tuple[str, ...]:
    """The modules that an expression calls, without what is in it: a score those of its metric."""
    match expr:
        case Invoke(name):
            return (name,)
        case Score(metric):
            return tuple(one.module for one in subexpressions(program.metric(metric).body) if isinstance(one, Invoke))
    return ()


def reachable(program: Program, module: str) -> tuple[str, ...]:
    """The module and all that it calls, directly or not, each once."""
    found: dict[str, None] = {}
    queue = [module]
    while queue:
        name = queue.pop(0)
        if name not in found:
            found[name] = None
            queue.extend(callees(program, program.module(name)))
    return tuple(found)


def sites(program: Program, module: str) -> tuple[tuple[str, Predict], ...]:
    """The call sites that a run of the module can reach, by address (`Module.site`)."""
    return tuple(
        (f"{name}.{expr.site}", expr)
        for name in reachable(program, module)
        for expr in expressions(program.module(name).body)
        if isinstance(expr, Predict)
    )


def externals(program: Program, module: str) -> tuple[str, ...]:
    """The externs, tools and retrievers that a run of the module can use, and `run_code`, each once."""
    found: dict[str, None] = {}
    for name in reachable(program, module):
        for expr in expressions(program.module(name).body):
            inner = subexpressions(program.metric(expr.metric).body) if isinstance(expr, Score) else (expr,)
            found |= {one.name: None for one in inner if isinstance(one, External)}
    return tuple(found)


def lm_of(program: Program, module: str, predict: Predict) -> LMDecl | None:
    """The LM of a call site: its own, else that of the first `optimize` whose module reaches it, else the first
    declared."""
    if predict.settings.lm is not None:
        return program.lm(predict.settings.lm)
    for optimize in program.optimizes:
        if optimize.lm is not None and module in reachable(program, optimize.module):
            return program.lm(optimize.lm)
    return program.lms[0] if program.lms else None


def most_calls(program: Program, module: str, attempts: Mapping[str, int]) -> Counts:
    """The most LM calls that one run of the module makes at each call site, by address. `attempts`: the calls that
    one evaluation of the site makes at most."""

    def leaf(owner: Module, expr: Expr) -> Counts:
        if not isinstance(expr, Predict):
            return {}
        address = f"{owner.name}.{expr.site}"
        return {address: attempts[address]}

    return most(program, module, leaf)


def most_uses(program: Program, module: str) -> Counts:
    """The most uses that one run of the module makes of each extern, tool and retriever, and of `run_code`."""
    return most(program, module, lambda _, expr: {expr.name: 1} if isinstance(expr, External) else {})


def most(program: Program, module: str, leaf: Leaf) -> Counts:
    """The most of something that one run of the module does."""
    called = {name: callees(program, program.module(name)) for name in reachable(program, module)}

    def value(owner: Module, of: Callable[[str], Counts]) -> Counts:
        return count_block(program, owner, owner.body, leaf, of)

    nothing: Counts = {}
    found = unfold(program, module, called, value, nothing)
    return dict(found)


def count_block(
    program: Program, module: Module, body: tuple[Stmt, ...], leaf: Leaf, of: Callable[[str], Counts]
) -> Counts:
    """The most of a block: statements add up, of two branches the dearer counts for each site. `of` gives the counts
    of another module."""
    total: Counts = {}
    for stmt in body:
        own: Counts = {}
        for expr in own_expressions(stmt):
            add(own, count_expression(program, module, expr, leaf, of), 1)
        inner = [count_block(program, module, block, leaf, of) for block in blocks(stmt)]
        match stmt:
            case If():
                add(own, dearest(*inner), 1)
                add(total, own, 1)
            case While(_, bound):
                add(own, inner[0], 1)
                add(total, own, bound)
            case _:
                add(total, own, 1)
                add(total, inner[0] if inner else {}, repeats(stmt))
    return total


def count_expression(program: Program, module: Module, expr: Expr, leaf: Leaf, of: Callable[[str], Counts]) -> Counts:
    """The most of an expression."""

    def count(one: Expr) -> Counts:
        return count_expression(program, module, one, leaf, of)

    total: Counts = {}
    match expr:
        case Conditional(condition, then, otherwise):
            add(total, count(condition), 1)
            add(total, dearest(count(then), count(otherwise)), 1)
            return total
        case Comprehension(value, _, items, condition, bound):
            add(total, count(items), 1)
            add(total, count(value), bound or 0)
            add(total, {} if condition is None else count(condition), bound or 0)
            return total
        case Invoke(name):
            add(total, of(name), 1)
        case Score(metric):
            add(total, count_expression(program, module, program.metric(metric).body, leaf, of), 1)
        case _:
            add(total, leaf(module, expr), 1)
    for child in children(expr):
        add(total, count(child), 1)
    return total


def repeats(stmt: Stmt) -> int:
    """How often the body of a statement runs at most: that of an attempt once, and again for each retry of its
    checks."""
    match stmt:
        case For(bound=bound):
            return bound or 0
        case Attempt(name, body=body):
            checks = (one for one in statements(body) if isinstance(one, Check) and one.attempt == name)
            return 1 + sum(one.retries for one in checks)
    return 1


def dearest(*counts: Counts) -> Counts:
    """For each key the most of several counts."""
    return {key: max(one.get(key, 0) for one in counts) for key in dict.fromkeys(key for one in counts for key in one)}


def add(total: Counts, more: Counts, times: int) -> None:
    """Adds counts, so many times."""
    for key, count in more.items():
        total[key] = total.get(key, 0) + count * times


def worst_cost(program: Program, module: str, weights: Mapping[str, float]) -> float:
    """The most that one run of the module costs, where a call of each site (by address) costs so much: calls, tokens,
    dollars. Of two branches the dearer counts, with what follows it; nothing follows a `return`."""
    called = {name: callees(program, program.module(name)) for name in reachable(program, module)}

    def value(owner: Module, of: Callable[[str], float]) -> float:
        return block_cost(owner.body, lambda expr: expression_cost(program, owner, expr, weights, of), 0.0)

    return unfold(program, module, called, value, 0.0)


def block_cost(body: tuple[Stmt, ...], cost: Cost, after: float) -> float:
    """The most that a block costs, when what comes behind it costs `after`."""
    for stmt in reversed(body):
        own = sum(map(cost, own_expressions(stmt)))
        match stmt:
            case If(_, then, otherwise):
                after = own + max(block_cost(block, cost, after) for block in (then, otherwise))
            case For(body=inner):
                # A `return` in the body can only make it cheaper.
                after = own + times(repeats(stmt), block_cost(inner, cost, 0.0)) + after
            case While(_, bound, inner):
                after = times(bound, own + block_cost(inner, cost, 0.0)) + after
            case Attempt(body=inner):
                # Every round but the last goes back; what comes behind the attempt comes once.
                after = times(repeats(stmt) - 1, block_cost(inner, cost, 0.0)) + block_cost(inner, cost, after)
            case Return() | Break():
                # Behind the loop that a `break` ends stands what is added there.
                after = own
            case _:
                after = own + after
    return after


def expression_cost(
    program: Program, module: Module, expr: Expr, weights: Mapping[str, float], of: Callable[[str], float]
) -> float:
    """The most that an expression costs; of a conditional's branches the dearer counts. `of` gives the cost of another
    module."""

    def cost(one: Expr) -> float:
        return expression_cost(program, module, one, weights, of)

    match expr:
        case Conditional(condition, then, otherwise):
            return cost(condition) + max(cost(then), cost(otherwise))
        case Comprehension(value, _, items, condition, bound):
            return cost(items) + times(bound or 0, cost(value) + (0.0 if condition is None else cost(condition)))
        case Predict(site):
            own = weights.get(f"{module.name}.{site}", 0.0)
        case Invoke(callee):
            own = of(callee)
        case Score(metric):
            own = cost(program.metric(metric).body)
        case _:
            own = 0.0
    return own + sum(map(cost, children(expr)))


def scoring_cost(program: Program, metric: str, weights: Mapping[str, float]) -> float:
    """The most that one score by a metric costs: its judges. `weights` as for `worst_cost`."""
    nobody = Module("", (), NULL, ())
    body = program.metric(metric).body
    return expression_cost(program, nobody, body, weights, lambda name: worst_cost(program, name, weights))


def times(count: int, cost: float) -> float:
    """So many times a cost, which may be infinite: no times is nothing."""
    return count * cost if count and cost else 0.0
