"""What a tuning depends on, as hashes: the lock is fresh while they are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lmc.analysis.calls import lm_of, reachable, sites
from lmc.diagnostics import Failure
from lmc.driver.digest import stable_digest
from lmc.driver.reach import externals_reached, parts_reached, tuned_modules
from lmc.ir.program import Dataset, Invoke, LMDecl, Optimize, Predict, Program, Retriever, Score, Tool
from lmc.lm.registry import registered
from lmc.tables import locate

REPLY_OPTIONS = (
    "temperature", "top_p", "max_tokens", "context", "fast", "threads", "base_url", "fallback",
    "stop", "seed", "logit_bias", "presence_penalty", "frequency_penalty", "tools", "structured",
)  # fmt: skip
"""The options of an LM that change its replies."""


def tuning_inputs(program: Program, optimize: Optimize, root: Path) -> dict[str, str]:
    """The hashes (SHA-256, hex) of what the tuning of a module depends on: `source` (its modules, signatures and
    types), `data`, `metric`, `lm`, `options`, and where it goes beyond the program `outside`: the sources of functions,
    the corpora of retrievers, tools. Comments and the order of declarations are not among it."""
    names = sorted(reachable(program, optimize.module))
    used = {predict.signature for _, predict in sites(program, optimize.module)}
    signatures = [one for one in sorted(program.signatures, key=lambda one: one.name) if one.name in used]
    modules = [program.module(name) for name in names]
    types = sorted(program.types, key=lambda one: one.name)
    teacher = [program.module(name) for name in teacher_modules(program, optimize)]
    options: tuple[object, ...] = (optimize.budget, optimize.seed, optimize.passes, optimize.teacher, teacher)
    outside = outside_digest(program, optimize, root)
    options += () if optimize.proposer is None else ("proposer", optimize.proposer)
    return {
        "source": stable_digest(modules, signatures, types),
        "data": data_digest(program.dataset(optimize.dataset), root),
        "metric": stable_digest(*metrics_used(program, optimize)),
        "lm": stable_digest([lm_identity(lm) for lm in lms_used(program, optimize)]),
        "options": stable_digest(*options, *(() if optimize.assertions else ("no assertions",))),
        **({} if outside is None else {"outside": outside}),
    }


def metrics_used(program: Program, optimize: Optimize) -> list[object]:
    """The metric of a tuning, those that runs score by, and the judges: all that they call."""
    found = parts_reached(program, tuned_modules(program, optimize), [optimize.metric])
    names = dict.fromkeys([optimize.metric, *(one.metric for one in found if isinstance(one, Score))])
    judges = sorted({name for one in judges_of(program, optimize) for name in reachable(program, one)})
    return [*map(program.metric, names), *map(program.module, judges)]


def judges_of(program: Program, optimize: Optimize) -> list[str]:
    """The modules that metrics of a tuning call."""
    metrics = [optimize.metric]
    metrics += [
        one.metric for one in parts_reached(program, tuned_modules(program, optimize)) if isinstance(one, Score)
    ]
    parts = parts_reached(program, (), metrics)
    return list(dict.fromkeys(one.module for one in parts if isinstance(one, Invoke)))


def outside_digest(program: Program, optimize: Optimize, root: Path) -> str | None:
    """The hash of what a tuning calls outside: declarations, and the bytes of their files. None: nothing."""
    used = sorted(externals_reached(program, tuned_modules(program, optimize), [optimize.metric]))
    if not used:
        return None
    total = hashlib.sha256()
    declared = {name: program.external(name) for name in used}
    for one in list(declared.values()):
        if isinstance(one, Retriever) and one.function is not None:
            declared[one.function] = program.external(one.function)
    for _, one in sorted(declared.items()):
        placed = one if isinstance(one, Tool) else replace(one, base=".")
        total.update(stable_digest(placed).encode())
        if isinstance(one, Retriever) and one.lm is not None:
            total.update(stable_digest(lm_identity(program.lm(one.lm))).encode())
        if not isinstance(one, Tool) and one.file:
            total.update(file_digest(one.file, one.base, root))
    return total.hexdigest()


def file_digest(path: str, base: str, root: Path) -> bytes:
    """The hash of a file's bytes; a missing one counts as empty."""
    try:
        return hashlib.sha256(locate(path, base, root, None).read_bytes()).digest()
    except (Failure, OSError):
        return b"missing"


def teacher_modules(program: Program, optimize: Optimize) -> list[str]:
    """The modules of a teacher, where it is a module."""
    if optimize.teacher is None or all(one.name != optimize.teacher for one in program.modules):
        return []
    return sorted(reachable(program, optimize.teacher))


def lms_used(program: Program, optimize: Optimize) -> list[LMDecl]:
    """The LMs that a tuning asks, each once."""
    found: dict[str, LMDecl] = {}
    for module in (optimize.module, *teacher_modules(program, optimize), *judges_of(program, optimize)):
        for address, predict in sites(program, module):
            lm = lm_of(program, address.rpartition(".")[0], predict)
            if lm is not None:
                found[lm.name] = lm
            for name in lm_choices(predict):
                found[name] = program.lm(name)
    for named in (optimize.teacher, optimize.proposer):
        if named is not None and any(lm.name == named for lm in program.lms):
            found[named] = program.lm(named)
    for lm in list(found.values()):
        while (fallback := lm.option("fallback")) is not None and fallback not in found:
            lm = found[fallback] = program.lm(fallback)
    return list(found.values())


def proposer_of(program: Program, optimize: Optimize) -> LMDecl:
    """The LM that writes proposals: the one that is named, else the teacher where that is an LM, else that of the first
    call of the module."""
    for name in (optimize.proposer, optimize.teacher):
        if name is not None and any(one.name == name for one in program.lms):
            return program.lm(name)
    address, predict = sites(program, optimize.module)[0]
    found = lm_of(program, address.rpartition(".")[0], predict)
    assert found is not None, "a call without an LM is tuned"
    return found


def lm_choices(predict: Predict) -> tuple[str, ...]:
    """The LMs that tuning may choose for a call."""
    spaces = (space for name, space in predict.settings.tunes if name == "lm")
    return tuple(name for space in spaces for name in space.choices or ())


def lm_identity(lm: LMDecl) -> tuple[object, ...]:
    """What makes an LM's replies what they are, as far as it can be known without asking: its reference, the options
    that matter, and the hash of a model that lmc knows."""
    known = registered(lm.reference.removeprefix("local/")) if lm.reference.startswith("local/") else None
    options = tuple((name, value) for name, value in lm.options if name in REPLY_OPTIONS)
    return (lm.reference, options, known.sha256 if known else None)


def data_digest(dataset: Dataset, root: Path) -> str:
    """The hash of a data set: how it is declared, and the bytes of its files (a missing one counts as empty). It does
    not tell where in its project the program lies."""
    total = hashlib.sha256(stable_digest(replace(dataset, base=".")).encode())
    for _, path in dataset.files:
        try:
            total.update(locate(path, dataset.base, root, dataset.span).read_bytes())
        except (Failure, OSError):
            total.update(b"missing")
    return total.hexdigest()


def stale(recorded: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the inputs that have changed, those that are gone too."""
    return tuple(name for name in {**now, **recorded} if recorded.get(name) != now.get(name))
