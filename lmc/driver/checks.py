"""What can be found wrong before any LM is called, beyond names and types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lmc.analysis.calls import lm_of, named_types, sites
from lmc.diagnostics import Failure, Sink
from lmc.driver import problems
from lmc.driver.data import read_dataset
from lmc.driver.worst import reserved_calls
from lmc.elaborate.lower import wanted_columns
from lmc.elaborate.problems import no_lm, nothing_to_tune
from lmc.evaluate.columns import Needs, check_columns
from lmc.evaluate.doctor import accepted
from lmc.evaluate.metric import compile_metric
from lmc.evaluate.rows import Roles, Row, check_roles
from lmc.ir.program import Apply, Member, Metric, Name, Operation, Optimize, Program
from lmc.ir.subtype import Named, accepts, resolve
from lmc.ir.types import BOOL, LiteralType, RecordType, Type, UnionType
from lmc.ir.types import show as show_type
from lmc.ir.values import belongs
from lmc.ir.walk import predictors, subexpressions
from lmc.prompts.compile import templates
from lmc.prompts.profile import profile_of
from lmc.prompts.schema import schema_of
from lmc.prompts.size import template_characters
from lmc.runtime.prompt import show

CHARACTERS_PER_TOKEN = 4
"""A usual figure for English; a prompt is only refused when it is too long by this."""


def check_program(program: Program, root: Path, sink: Sink) -> dict[str, Roles]:
    """Adds to the sink what is wrong with prompts, data and metrics; the rows of each data set that is tuned on, by
    name of the module."""
    for module, predict in predictors(program):
        if lm_of(program, module.name, predict) is None and predict.span is not None:
            sink.add(no_lm(module.name, predict.span, module.span))
            break
    found = {}
    for optimize in program.optimizes:
        if not sites(program, optimize.module) and optimize.span is not None:
            sink.add(nothing_to_tune(optimize.module, optimize.span))
        check_passes(optimize, sink)
        roles = check_data(program, optimize, root, sink)
        check_teacher(program, optimize, sink)
        if roles is not None:
            found[optimize.module] = roles
            check_metric(program, optimize, roles, sink)
            check_budget(program, optimize, roles, sink)
    if not sink.failed:
        check_lengths(program, found, sink)
    return found


def check_places(program: Program, folder: Path, root: Path, sink: Sink) -> None:
    """Reports output folders that a symbolic link leads out of the project. `folder` is that of the program's file."""
    for one in program.emits:
        for place in (folder / one.folder, *(folder / one.folder / name for name in one.backends)):
            if not place.resolve().is_relative_to(root.resolve()):
                sink.add(problems.output_outside(one.folder, one.span))
                break


def check_teacher(program: Program, optimize: Optimize, sink: Sink) -> None:
    """Reports a teacher module that takes what the rows of the tuned module do not give, or takes it as another
    type."""
    teacher = next((one for one in program.modules if one.name == optimize.teacher), None)
    if teacher is None:
        return
    named, module = named_types(program), program.module(optimize.module)
    given = {param.name: param.type for param in module.params}
    for param in teacher.params:
        problem = None
        if param.name not in given:
            problem = f"it takes `{param.name}`, which `{module.name}` does not"
        elif not accepts(param.type, given[param.name], named):
            problem = f"its `{param.name}` is `{show_type(param.type)}`, not `{show_type(given[param.name])}`"
        if problem is not None:
            sink.add(problems.other_teacher(teacher.name, module.name, problem, optimize.span))
            return


def check_budget(program: Program, optimize: Optimize, roles: Roles, sink: Sink) -> None:
    """Reports a budget that the sealed rows alone would take."""
    limit = optimize.budget.calls
    if limit is None or sink.failed:
        return
    reserved = reserved_calls(program, optimize.module, len(roles.test), optimize.metric)
    if reserved >= limit:
        sink.add(problems.budget_too_small(optimize.module, limit, reserved, optimize.span))


def check_beyond(program: Program, root: Path, sink: Sink) -> None:
    """Reports what is wrong with functions in Python, tools and corpora. Loads what looks at them only where there are
    any."""
    if program.externs or program.tools or program.retrievers:
        from lmc.driver.outside import check_outside

        check_outside(program, root, sink)


def check_passes(optimize: Optimize, sink: Sink) -> None:
    """Reports passes and options that there are not. Loads the passes only when the source names some."""
    if optimize.passes is None:
        return
    from lmc.optimize.table import make_pass

    for spec in optimize.passes:
        try:
            make_pass(spec)
        except Failure as failure:
            sink.add(failure.diagnostic)


def check_data(program: Program, optimize: Optimize, root: Path, sink: Sink) -> Roles | None:
    """Reads the rows of a tuning and checks their columns."""
    dataset = program.dataset(optimize.dataset)
    before = len(sink.diagnostics)
    roles = read_dataset(dataset, root, sink)
    if roles is None:
        return None
    roles = check_columns(roles, dataset, needs_of(program, optimize), sink)
    if roles is not None:
        made_up = any(spec.name == "synth" for spec in optimize.passes or ())
        for diagnostic in check_roles(roles, dataset, ("train",) if made_up else ("train", "dev")):
            sink.add(diagnostic)
    return roles if len(sink.diagnostics) == before or not sink.failed else None


def needs_of(program: Program, optimize: Optimize) -> Needs:
    """The columns that a tuning reads, with their schemas: the module's parameters, and the wanted columns that the
    metric reads, of the declared type, or that of the output of the same name, or of what the
    metric sets them equal to."""
    named = named_types(program)
    module, metric = program.module(optimize.module), program.metric(optimize.metric)
    dataset = program.dataset(optimize.dataset)
    outputs = record_fields(module.returns, program)
    row = record_fields(dataset.row, program) if dataset.row is not None else {}
    defs: dict[str, Any] = {}

    def schema(type_: Type | None) -> dict[str, Any]:
        found = schema_of(type_, named) if type_ is not None else {}
        defs.update(found.pop("$defs", {}))
        return found

    inputs = {param.name: schema(param.type) for param in module.params}
    compared = compared_types(metric, module.returns, outputs)
    wanted = {
        column: schema(row.get(column) or outputs.get(column) or compared.get(column))
        for column, _ in wanted_columns(metric.body, metric.params[0])
        if column not in inputs
    }
    return Needs(inputs, wanted, defs)


def compared_types(metric: Metric, returns: Type, outputs: dict[str, Type]) -> dict[str, Type]:
    """The types of wanted columns that the metric sets equal to what the module gives, or to a field of that."""
    want, got = metric.params
    found: dict[str, Type] = {}
    for expr in subexpressions(metric.body):
        match expr:
            case Apply("exact", (Member(Name(one), column), other)) if one == want:
                pass
            case Operation("==", (Member(Name(one), column), other)) if one == want:
                pass
            case _:
                continue
        match other:
            case Name(name) if name == got:
                found[column] = returns
            case Member(Name(name), field) if name == got and field in outputs:
                found[column] = outputs[field]
    return found


def record_fields(type_: Type, program: Program) -> dict[str, Type]:
    """The fields of a record type by name; none for other types."""
    shape = resolve(type_, named_types(program))
    return {field.name: field.type for field in shape.fields} if isinstance(shape, RecordType) else {}


def check_metric(program: Program, optimize: Optimize, roles: Roles, sink: Sink) -> None:
    """Reports a metric that gives all the same: each of some rows is scored against what it wants and against what
    others want."""
    metric = program.metric(optimize.metric)
    module = program.module(optimize.module)
    given = {param.name for param in module.params}  # an input is nothing that a value could be right by
    columns = [name for name, _ in wanted_columns(metric.body, metric.params[0]) if name not in given]
    rows = (*roles.train, *roles.dev)[:40]
    outputs = record_fields(module.returns, program)
    answers = distinct_answers(rows, [name for name in outputs if name in columns] or columns, bool(outputs))
    if not columns or not answers:
        return
    if len(answers) == 1:
        if len(rows) > 1:
            sink.add(problems.one_answer(metric.name, optimize.dataset, metric.span))
        return
    score = compile_metric(metric)
    if score.calls:
        return
    able = answers if outputs else answers_of(module.returns, answers, program)
    scores = {score(row.values, answer) for row in rows[:20] for answer in (able or answers)[:20]}
    if len(scores) == 1 and (able or scores != {0.0}):  # what the module can never give is rightly worth nothing
        sink.add(problems.metric_constant(metric.name, optimize.dataset, scores.pop(), metric.span))


def distinct_answers(rows: tuple[Row, ...], columns: list[str], record: bool) -> list[Any]:
    """What the rows want, as the module would give it, each once."""
    found: dict[str, Any] = {}
    for row in rows:
        values = (
            [{name: row.values.get(name) for name in columns}] if record else [row.values.get(name) for name in columns]
        )
        for value in values:
            found.setdefault(json.dumps(value, sort_keys=True), value)
    return list(found.values())


def answers_of(returns: Type, wanted: list[Any], program: Program) -> list[Any]:
    """What a module that returns this may give: first what rows want (of a list of accepted values maybe the first),
    then the other values of a closed type. Empty where it gives nothing that a row says."""
    named = named_types(program)
    found = [one for value in wanted for one in accepted(value) if belongs(one, returns, named)]
    found += every_value(returns, named)
    return list({json.dumps(one, sort_keys=True): one for one in found}.values())


def every_value(type_: Type, named: Named) -> list[Any]:
    """The values of a type that has few: truth values and literals. Empty for others."""
    match resolve(type_, named):
        case LiteralType(value):
            return [value]
        case UnionType(members):
            found = [every_value(member, named) for member in members]
            return [value for values in found for value in values] if all(found) else []
        case shape:
            return [False, True] if shape == BOOL else []


def check_lengths(program: Program, rows: dict[str, Roles], sink: Sink) -> None:
    """Reports prompts that are longer than their LM's context."""
    by_address = {f"{module.name}.{predict.site}": predict for module, predict in predictors(program)}
    longest = longest_inputs(program, rows)
    for address, template in templates(program).items():
        lm = program.lm(template["lm"])
        context = profile_of(lm).context
        characters = template_characters(template) + longest.get(address, 0)
        tokens = characters // CHARACTERS_PER_TOKEN + template["options"]["max_tokens"]
        if tokens > context:
            sink.add(problems.prompt_too_long(address, tokens, context, lm.name, by_address[address].span))


def longest_inputs(program: Program, rows: dict[str, Roles]) -> dict[str, int]:
    """For call sites of tuned modules that take the module's parameters as they are: the characters of the longest
    row's."""
    found = {}
    for module_name, roles in rows.items():
        module = program.module(module_name)
        params = {param.name for param in module.params}
        for address, predict in sites(program, module_name):
            if not address.startswith(module_name + "."):
                continue
            names = [value.name for _, value in predict.arguments if isinstance(value, Name) and value.name in params]
            lengths = [
                sum(len(show(row.values.get(name), "text")) for name in names)
                for row in (*roles.train, *roles.dev, *roles.test)
            ]
            found[address] = max(lengths, default=0)
    return found
