"""Declarations that are not functions: LMs, data sets, optimize and emit."""

from __future__ import annotations

from typing import Any

from lmc.diagnostics import Fix, before
from lmc.elaborate import problems
from lmc.elaborate.bias import BIASES, is_bias
from lmc.elaborate.scope import LOST, Entity, Scope, World, entity_of
from lmc.elaborate.typing import NO_CONSTANT, constant, lower_type
from lmc.ir import program as ir
from lmc.syntax import ast

NUMBER = (int, float)
ENDLESS = float("inf")
LM_OPTIONS: dict[str, tuple[tuple[type, ...], float, float, str]] = {
    "temperature": (NUMBER, 0, 2, "a number from 0 to 2"),
    "top_p": (NUMBER, 0, 1, "a number from 0 to 1"),
    "max_tokens": ((int,), 1, ENDLESS, "a whole number of at least 1"),
    "retries": ((int,), 0, ENDLESS, "a whole number"),
    "timeout": (NUMBER, 0, ENDLESS, "a number of seconds"),
    "concurrency": ((int,), 1, ENDLESS, "a whole number of at least 1"),
    "context": ((int,), 1, ENDLESS, "a whole number of tokens"),
    "base_url": ((str,), 0, 0, "a URL"),
    "key": ((str,), 0, 0, "the name of an environment variable"),
    "price_in": (NUMBER, 0, ENDLESS, "dollars per million tokens"),
    "price_out": (NUMBER, 0, ENDLESS, "dollars per million tokens"),
    "fast": ((bool,), 0, 1, "true or false"),
    "threads": ((int,), 0, ENDLESS, "a whole number"),
    "seed": ((int,), 0, 2**31 - 1, "a whole number"),
    "presence_penalty": (NUMBER, -2, 2, "a number from -2 to 2"),
    "frequency_penalty": (NUMBER, -2, 2, "a number from -2 to 2"),
}
"""The options of an LM: the types of their values, the least and greatest number, and both in words."""
LM_CHOICES: dict[str, tuple[str, ...]] = {"tools": ("native", "text"), "structured": ("schema", "grammar", "none")}
"""The options of an LM that say what it can: how it calls tools, and what holds its replies to their types."""
LM_LISTS = {
    "stop": "a text, or a list of at most 4 texts",
    "logit_bias": BIASES,
}
"""The options of an LM that hold several values, in words."""
DATA_OPTIONS = ("split", "seed", "columns")
ROLES = ("train", "dev", "test")
BACKENDS = ("prompts", "python")
EMIT_OPTIONS = ("assertions", "self_contained")


def lower_lm(world: World, scope: Scope, entity: Entity) -> ir.LMDecl:
    """An LM and its options."""
    node = entity.node
    assert isinstance(node, ast.LMStmt)
    if "/" not in node.reference.strip("/"):
        wanted = '`provider/model`, such as "local/smollm2-135m" or "openai/gpt-4o-mini"'
        world.sink.add(problems.bad_option(f"lm {entity.name}", wanted, node.span))
    options: dict[str, Any] = {}
    for argument in node.options:
        name = argument.name.text if argument.name else ""
        span = argument.name.span if argument.name else argument.span
        if name in options:
            world.sink.add(problems.repeated_argument(name, span))
        elif name == "fallback":
            if (other := lower_fallback(world, scope, entity, argument.value)) is not None:
                options[name] = other
        elif name not in (known := (*LM_OPTIONS, *LM_CHOICES, *LM_LISTS)):
            world.sink.add(problems.unknown_option("an LM", name, span, [*known, "fallback"]))
        else:
            value = constant(argument.value)
            if (must_be := unfit(name, value)) is not None:
                world.sink.add(problems.bad_option(name, must_be, argument.value.span))
            else:
                options[name] = value
    return ir.LMDecl(entity.name, node.reference, tuple(sorted(options.items())), node.span)


def unfit(name: str, value: Any) -> str | None:
    """What an option of an LM must be, in words; None where the value is that."""
    if name in LM_CHOICES:
        return None if value in LM_CHOICES[name] else " or ".join(f'"{one}"' for one in LM_CHOICES[name])
    if name == "stop":
        texts = value if isinstance(value, list) else [value]
        fits = 1 <= len(texts) <= 4 and all(isinstance(one, str) and one for one in texts)
    elif name == "logit_bias":
        fits = isinstance(value, list) and all(is_bias(one) for one in value)
    else:
        kinds, least, most, _ = LM_OPTIONS[name]
        fits = isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)
        fits = fits and (isinstance(value, str) or least <= value <= most)
    return None if fits else LM_LISTS[name] if name in LM_LISTS else LM_OPTIONS[name][3]


def lower_fallback(world: World, scope: Scope, entity: Entity, node: ast.Expr) -> str | None:
    """The LM that is asked when this one fails."""
    if not isinstance(node, ast.Reference) or node.name.text == entity.node.name.text:
        world.sink.add(problems.bad_option("fallback", "the name of another LM", node.span))
        return None
    other = world.find(scope, node.name, "LM")
    return other.name if other else None


def lower_data(world: World, scope: Scope, entity: Entity) -> ir.Dataset:
    """A data set: its files, split, seed and column names."""
    node = entity.node
    assert isinstance(node, ast.DataStmt)
    row = lower_type(world, scope, node.row) if node.row is not None else None
    source = constant(node.source)
    files: tuple[tuple[str, str], ...] = ()
    if isinstance(source, str):
        files = (("", source),)
    elif isinstance(source, dict) and source and all(isinstance(path, str) for path in source.values()):
        for name in source:
            if name not in ROLES:
                world.sink.add(problems.unknown_option("a data set", name, node.source.span, ROLES))
        files = tuple((name, source[name]) for name in ROLES if name in source)
    else:
        wanted = 'a file name, or a file for each role: { train: "a.jsonl", dev: "b.jsonl", test: "c.jsonl" }'
        world.sink.add(problems.bad_option(f"data {entity.name}", wanted, node.source.span))
    split: tuple[tuple[str, ir.Share], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    seed = 0
    given: set[str] = set()
    for argument in node.options:
        name = argument.name.text if argument.name else ""
        if name in given:
            world.sink.add(problems.repeated_argument(name, argument.span))
        given.add(name)
        if name == "split":
            split = lower_split(world, argument)
        elif name == "seed":
            value = constant(argument.value)
            seed = value if isinstance(value, int) and not isinstance(value, bool) else 0
            if seed is not value:
                world.sink.add(problems.bad_option("seed", "a whole number", argument.value.span))
        elif name == "columns":
            value = constant(argument.value)
            if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
                columns = tuple(value.items())
            else:
                wanted = 'a record of field: "column in the file"'
                world.sink.add(problems.bad_option("columns", wanted, argument.value.span))
        else:
            span = argument.name.span if argument.name else argument.span
            world.sink.add(problems.unknown_option("a data set", name, span, DATA_OPTIONS))
    folder = entity.path.rpartition("/")[0] or "."
    return ir.Dataset(entity.name, files, split, seed, columns, row, folder, node.span)


def lower_split(world: World, argument: ast.Argument) -> tuple[tuple[str, ir.Share], ...]:
    """How a file is split: `{ train: 200, dev: 0.25, test: rest }`."""
    found: dict[str, ir.Share] = {}
    fields = argument.value.fields if isinstance(argument.value, ast.RecordDisplay) else ()
    for field in fields:
        name = field.name.text if field.name else ""
        value: Any = constant(field.value)
        if isinstance(field.value, ast.Reference) and field.value.name.text == "rest":
            value = "rest"
        if name not in ROLES:
            span = field.name.span if field.name else field.span
            world.sink.add(problems.unknown_option("a split", name, span, ROLES))
        elif name in found:
            world.sink.add(problems.repeated_argument(name, field.span))
        elif value != "rest" and not is_share(value):
            wanted = "a number of rows, a fraction such as 0.25, or `rest`"
            world.sink.add(problems.bad_option(name, wanted, field.value.span))
        else:
            found[name] = value
    rests = [name for name, value in found.items() if value == "rest"]
    fractions = sum(value for value in found.values() if isinstance(value, float))
    if not fields or len(rests) > 1 or fractions > 1:
        wanted = "a record such as { train: 200, dev: 0.25, test: rest }, fractions of 1 in all, `rest` once at most"
        world.sink.add(problems.bad_option("split", wanted, argument.value.span))
    return tuple((name, found[name]) for name in ROLES if name in found)


def is_share(value: Any) -> bool:
    """Whether a value is a number of rows or a fraction."""
    if isinstance(value, bool):
        return False
    return (isinstance(value, int) and value >= 0) or (isinstance(value, float) and 0 <= value <= 1)


def lower_optimize(world: World, scope: Scope, node: ast.OptimizeStmt) -> ir.Optimize | None:
    """An optimize block; None when it lacks what it needs."""
    module = world.find(scope, node.module, "module")
    clauses: dict[str, ast.Clause] = {}
    for clause in node.clauses:
        if clause.keyword in clauses:
            world.sink.add(problems.repeated_argument(clause.keyword, clause.span))
        clauses.setdefault(clause.keyword, clause)
    found: dict[str, str | None] = {}
    for keyword, kind in (("data", "data set"), ("metric", "metric"), ("lm", "LM"), ("proposer", "LM")):
        clause_of = clauses.get(keyword)
        entity = world.find(scope, clause_of.value, kind) if clause_of else None
        found[keyword] = entity.name if entity else None
    teacher = lower_teacher(world, scope, clauses.get("teacher"))
    lacking = [keyword for keyword in ("data", "metric") if keyword not in clauses]
    if lacking:
        fix = only_clauses(scope, node, lacking)
        world.sink.add(problems.missing_clause(node.module.text, lacking, node.module.span, fix))
    if module is None or not found["data"] or not found["metric"]:
        return None
    budget = lower_budget(world, clauses.get("budget"))
    seed = clauses["seed"].value if "seed" in clauses else 0
    passes = lower_passes(world, clauses["passes"].value) if "passes" in clauses else None
    return ir.Optimize(
        module.name,
        found["data"],
        found["metric"],
        found["lm"],
        teacher,
        found["proposer"],
        budget,
        seed,
        passes,
        node.profile or "",
        clauses["assertions"].value if "assertions" in clauses else True,
        node.span,
    )


def only_clauses(scope: Scope, node: ast.OptimizeStmt, lacking: list[str]) -> Fix | None:
    """The fix that names what an optimize block lacks, where only one thing of each kind is declared."""
    kinds = {"data": "data set", "metric": "metric"}
    found = [[name for name, one in scope.items() if one.kind == kinds[keyword]] for keyword in lacking]
    if not node.clauses or any(len(names) != 1 for names in found):
        return None
    lines = "".join(f"{keyword} {names[0]}\n" for keyword, names in zip(lacking, found, strict=True))
    return before(node.clauses[0].span, lines)


def lower_teacher(world: World, scope: Scope, clause: ast.Clause | None) -> str | None:
    """The LM or module that a teacher clause names."""
    if clause is None:
        return None
    entity = entity_of(scope, clause.value.text)
    if entity is LOST:
        return None
    if entity is not None and entity.kind in ("LM", "module"):
        world.used.add((entity.kind, entity.name))
        return entity.name
    if entity is not None:
        declared = entity.node.name.span
        world.sink.add(problems.wrong_kind(clause.value.text, entity.kind, "LM or module", clause.value.span, declared))
        return None
    known = [name for name, one in scope.items() if one.kind in ("LM", "module")]
    world.sink.add(problems.unknown("LM or module", clause.value.text, clause.value.span, known))
    return None


def lower_budget(world: World, clause: ast.Clause | None) -> ir.Budget:
    """The limits of a budget clause."""
    if clause is None:
        return ir.Budget()
    limits: dict[str, float] = {}
    for number, unit in clause.value:
        if unit in limits:
            world.sink.add(problems.repeated_argument(unit, clause.span))
        elif number <= 0 or (unit != "dollars" and not float(number).is_integer()):
            world.sink.add(
                problems.bad_option("budget", "positive: whole numbers of calls and tokens, dollars", clause.span)
            )
        limits[unit] = number
    calls, tokens = limits.get("calls"), limits.get("tokens")
    dollars = limits.get("dollars")
    return ir.Budget(
        None if calls is None else int(calls),
        None if tokens is None else int(tokens),
        None if dollars is None else float(dollars),
    )


def lower_passes(world: World, calls: tuple[ast.PassCall, ...]) -> tuple[ir.PassSpec, ...]:
    """The passes of an explicit pipeline; whether they exist and take these options is the optimizer's to say."""
    specs = []
    for call in calls:
        options: dict[str, Any] = {}
        for argument in call.options:
            name = argument.name.text if argument.name else ""
            value = constant(argument.value)
            if not name or value is NO_CONSTANT:
                world.sink.add(
                    problems.bad_option(f"an option of {call.name.text}", "a name and a plain value", argument.span)
                )
            elif name in options:
                world.sink.add(problems.repeated_argument(name, argument.span))
            options[name] = value
        specs.append(ir.PassSpec(call.name.text, tuple(options.items()), call.span))
    return tuple(specs)


def lower_emit(world: World, node: ast.EmitStmt) -> ir.Emit:
    """What to write, and where: a folder below the program's."""
    names: dict[str, None] = {}
    for ident in node.backends:
        if ident.text not in BACKENDS:
            world.sink.add(problems.unknown("backend", ident.text, ident.span, BACKENDS))
        elif ident.text in names:
            world.sink.add(problems.repeated_argument(ident.text, ident.span))
        else:
            names[ident.text] = None
    parts = node.folder.replace("\\", "/").split("/")
    if node.folder.startswith(("/", "~")) or ".." in parts or ":" in parts[0]:
        world.sink.add(problems.bad_option("emit … to", "a folder below the program's own", node.span))
    options: dict[str, Any] = {}
    for argument in node.options:
        name = argument.name.text if argument.name else ""
        span = argument.name.span if argument.name else argument.span
        value = constant(argument.value)
        if name not in EMIT_OPTIONS:
            world.sink.add(problems.unknown_option("an emit", name, span, EMIT_OPTIONS))
        elif name in options:
            world.sink.add(problems.repeated_argument(name, span))
        elif not isinstance(value, bool):
            world.sink.add(problems.bad_option(name, "true or false", argument.value.span))
        else:
            options[name] = value
    return ir.Emit(tuple(names), node.folder, node.profile or "", tuple(sorted(options.items())), node.span)
