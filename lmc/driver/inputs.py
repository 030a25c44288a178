"""What a tuning depends on, as hashes: the lock is fresh while they are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lmc.analysis.calls import lm_of, reachable, sites
from lmc.diagnostics import Failure
from lmc.ir.digest import digest_of
from lmc.ir.program import Dataset, LMDecl, Optimize, Program
from lmc.lm.registry import registered
from lmc.tables import locate

REPLY_OPTIONS = (
    "temperature", "top_p", "max_tokens", "context", "fast", "threads", "base_url", "fallback",
    "stop", "seed", "logit_bias", "presence_penalty", "frequency_penalty", "tools", "structured",
)  # fmt: skip
"""The options of an LM that change its replies."""


def tuning_inputs(program: Program, optimize: Optimize, root: Path) -> dict[str, str]:
    """The hashes (SHA-256, hex) of what the tuning of a module depends on: `source` (its modules, signatures and
    types), `data`, `metric`, `lm` and `options`. Comments and the order of declarations are not among it."""
    names = sorted(reachable(program, optimize.module))
    used = {predict.signature for _, predict in sites(program, optimize.module)}
    signatures = [one for one in sorted(program.signatures, key=lambda one: one.name) if one.name in used]
    modules = [program.module(name) for name in names]
    types = sorted(program.types, key=lambda one: one.name)
    teacher = [program.module(name) for name in teacher_modules(program, optimize)]
    options = (optimize.budget, optimize.seed, optimize.passes, optimize.teacher, teacher)
    return {
        "source": digest_of(modules, signatures, types),
        "data": data_digest(program.dataset(optimize.dataset), root),
        "metric": digest_of(program.metric(optimize.metric)),
        "lm": digest_of([lm_identity(lm) for lm in lms_used(program, optimize)]),
        "options": digest_of(*options),
    }


def teacher_modules(program: Program, optimize: Optimize) -> list[str]:
    """The modules of a teacher, where it is a module."""
    if optimize.teacher is None or all(one.name != optimize.teacher for one in program.modules):
        return []
    return sorted(reachable(program, optimize.teacher))


def lms_used(program: Program, optimize: Optimize) -> list[LMDecl]:
    """The LMs that a tuning asks, each once."""
    found: dict[str, LMDecl] = {}
    for module in (optimize.module, *teacher_modules(program, optimize)):
        for address, predict in sites(program, module):
            lm = lm_of(program, address.rpartition(".")[0], predict)
            if lm is not None:
                found[lm.name] = lm
    if optimize.teacher is not None and any(lm.name == optimize.teacher for lm in program.lms):
        found[optimize.teacher] = program.lm(optimize.teacher)
    for lm in list(found.values()):
        while (fallback := lm.option("fallback")) is not None and fallback not in found:
            lm = found[fallback] = program.lm(fallback)
    return list(found.values())


def lm_identity(lm: LMDecl) -> tuple[object, ...]:
    """What makes an LM's replies what they are, as far as it can be known without asking: its reference, the options
    that matter, and the hash of a model that lmc knows."""
    known = registered(lm.reference.removeprefix("local/")) if lm.reference.startswith("local/") else None
    options = tuple((name, value) for name, value in lm.options if name in REPLY_OPTIONS)
    return (lm.reference, options, known.sha256 if known else None)


def data_digest(dataset: Dataset, root: Path) -> str:
    """The hash of a data set: how it is declared, and the bytes of its files (a missing one counts as empty). It does
    not tell where in its project the program lies."""
    total = hashlib.sha256(digest_of(replace(dataset, base=".")).encode())
    for _, path in dataset.files:
        try:
            total.update(locate(path, dataset.base, root, dataset.span).read_bytes())
        except (Failure, OSError):
            total.update(b"missing")
    return total.hexdigest()


def stale(recorded: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the inputs that have changed."""
    return tuple(name for name in now if recorded.get(name) != now[name])
