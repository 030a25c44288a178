"""What runs can reach: metrics that score as a run goes on, functions outside."""

from __future__ import annotations

from collections.abc import Iterable

from lmc.analysis.calls import reachable
from lmc.ir.program import Expr, External, Invoke, Optimize, Program, Score
from lmc.ir.walk import expressions, subexpressions


def parts_reached(program: Program, modules: Iterable[str], metrics: Iterable[str] = ()) -> tuple[Expr, ...]:
    """Every expression that runs of the modules and scores of the metrics can come to, each module and each metric
    once."""
    known = {one.name for one in program.metrics}
    queue = [("module", name) for name in modules] + [("metric", name) for name in metrics]
    seen: set[tuple[str, str]] = set()
    found: list[Expr] = []
    while queue:
        kind, name = key = queue.pop(0)
        if key in seen:
            continue
        seen.add(key)
        body = program.module(name).body if kind == "module" else program.metric(name).body
        for part in expressions(body) if isinstance(body, tuple) else subexpressions(body):
            found.append(part)
            match part:
                case Invoke(callee):
                    queue.append(("module", callee))
                case Score(metric) if metric in known:
                    queue.append(("metric", metric))
    return tuple(found)


def externals_reached(program: Program, modules: Iterable[str], metrics: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of what the parts call outside, without `run_code`, each once."""
    parts = parts_reached(program, modules, metrics)
    return tuple(dict.fromkeys(one.name for one in parts if isinstance(one, External) and one.name != "run_code"))


def tuned_modules(program: Program, optimize: Optimize) -> tuple[str, ...]:
    """The module that is tuned, and its teacher where that is a module, with all that they call."""
    names = {one.name for one in program.modules}
    roots = [optimize.module, *([optimize.teacher] if optimize.teacher in names else [])]
    return tuple(dict.fromkeys(name for root in roots if root is not None for name in reachable(program, root)))
