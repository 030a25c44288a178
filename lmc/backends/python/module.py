"""Puts an emitted module together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lmc.analysis.effects import ordered_effects
from lmc.backends import problems
from lmc.backends.backend import PLAIN, Emitting, notice
from lmc.backends.python.annotation import Annotations
from lmc.backends.python.body import Body, variables, variables_read
from lmc.backends.python.entry import Function, module_docstring, private, public, signature
from lmc.backends.python.expression import SCORED
from lmc.backends.python.externals import Externals, scored
from lmc.backends.python.known import Callee, Known
from lmc.backends.python.layout import STEP
from lmc.backends.python.literal import laid_out
from lmc.backends.python.names import BUILTINS, IMPORTED, Names, file_stem, snake
from lmc.backends.python.prose import docstring
from lmc.backends.python.servers import reached, server
from lmc.backends.python.shake import Definition, runtime
from lmc.backends.python.tuned import tuned_constant, tuned_type
from lmc.backends.python.unchecked import without_assertions
from lmc.diagnostics import Sink
from lmc.ir.builtins import COSTS
from lmc.ir.program import Apply, Const, Expr, Metric, Module, Predict, Program, Return, Tune
from lmc.ir.types import UNKNOWN, NamedType, Type
from lmc.ir.walk import expressions, predictors, slots, transform
from lmc.prompts import schema_of, templates
from lmc.prompts.uses import table_uses
from lmc.runtime.prompt import Template

LOCALS = frozenset({"run", "lm", "cast", "bool", "str", "int", "float", "list", "Any", "Literal", "AssertionError"})
"""What the body of an emitted function uses itself."""

SHORT = 88
"""The length of a line that formatters keep to by default."""

RULE = "# " + "-" * 118
DIVIDER = f"{RULE}\n# The runtime: what the functions above need of lmc, the same in every program.\n{RULE}\n# fmt: off"

DECIDED = """\
# A comparison that has only one outcome here is what the program says: a type checker need not mind.
# mypy: disable-error-code="comparison-overlap"
"""


@dataclass(frozen=True, slots=True)
class Python:
    """The backend `python`."""

    name: str = "python"

    def emit(
        self, program: Program, source: str, sink: Sink, emitting: Emitting = PLAIN
    ) -> Mapping[PurePosixPath, bytes]:
        """`python/PROGRAM.py`, with the files of externs and corpora beside it; nothing for a program without modules,
        with a call site that has no LM, or with an extern whose file was not read."""
        if not emitting.option("assertions", True):
            program = without_assertions(program)
        compiled = templates(program)
        sites = [(f"{module.name}.{one.site}", one.span) for module, one in predictors(program)]
        lacking = [(address, span) for address, span in sites if address not in compiled]
        for address, span in lacking:
            sink.add(problems.no_lm(address, span))
        if lacking or not program.modules:
            return {}
        stem = file_stem(program.name)
        if stem != program.name:
            sink.add(problems.renamed("program", program.name, stem, None))
        inner = Sink()
        writer = Writer(program, compiled, inner, emitting, stem)
        text = writer.module(source)
        for one in inner.diagnostics:
            sink.add(one)
        return {} if inner.failed else {PurePosixPath("python", f"{stem}.py"): text.encode(), **writer.externals.files}


@dataclass
class Writer:
    """Writes the module of one program."""

    program: Program
    templates: dict[str, Template]
    sink: Sink
    emitting: Emitting
    stem: str
    library: set[str] = field(default_factory=set)
    schemas: dict[Type, tuple[str, str]] = field(default_factory=dict)
    casts: bool = False
    decided: bool = False

    def __post_init__(self) -> None:
        program = self.program
        self.names = Names({*BUILTINS, *IMPORTED, *runtime().builtins})
        self.annotations = Annotations(program, self.names)
        for _, predict in predictors(program):
            if predict.strategy == "chain_of_thought":
                self.annotations.reasoned(predict.signature)
        self.annotations.name_all()
        self.publics = {one.name: self.names.claim(snake(one.name)) for one in program.modules}
        self.twins = {one.name: self.names.claim(f"{snake(one.name)}_async") for one in program.modules}
        self.report()
        self.privates = {name: self.names.claim(f"_{public}") for name, public in self.publics.items()}
        self.slots = {
            address: self.names.claim(f"_{snake(address).replace('.', '_')}".upper()) for address, _ in slots(program)
        }
        self.servers = self.names.claim("_SERVERS")
        self.runtime = {
            name: self.names.claim(f"_{name}" if one.is_function or name in self.names.taken else name)
            for name, one in runtime().definitions.items()
        }
        given = program, self.emitting, self.names, self.annotations, self.use, self.sink, self.stem
        self.externals = Externals(*given)
        self.metrics = {one.name: self.names.claim(f"_{snake(one.name)}") for one in scored(program)}
        self.passed, passed = self.externals.passed()
        modules = {
            one.name: Callee(
                self.privates[one.name],
                one.returns,
                tuple(param.type for param in one.params),
                ("run", *self.passed[one.name]),
            )
            for one in program.modules
        }
        self.known = self.knowing(modules, {})
        metrics: dict[str, Callee] = {}
        for one in scored(program):
            waits = self.known.waits(one.body)
            leading = ("run", *passed[one.name]) if waits else ()
            metrics[one.name] = Callee(self.metrics[one.name], UNKNOWN, (UNKNOWN, UNKNOWN), leading, waits=waits)
        self.known = self.knowing(modules, metrics)

    def knowing(self, modules: dict[str, Callee], metrics: dict[str, Callee]) -> Known:
        """What expressions refer to."""
        in_turn = ordered_effects(self.program).among
        return Known(self.annotations, self.use, self.schema, modules, metrics, self.externals.callees, in_turn)

    def report(self) -> None:
        """Tells which public names had to give way."""
        spans = self.annotations.spans
        for name, python in self.annotations.python.items():
            if name != python and name in spans:
                self.sink.add(problems.renamed("type", name, python, spans[name]))
        for one in self.program.modules:
            if snake(one.name) != self.publics[one.name]:
                self.sink.add(problems.renamed("module", one.name, self.publics[one.name], one.span))

    def module(self, source: str) -> str:
        """The text of the module."""
        functions = [self.function(one) for one in self.program.modules]
        bodies = [self.metric(one) for one in scored(self.program)]
        bodies += [private(one, self.runtime["Run"], self.body(one)) for one in functions]
        entries = [text for one in functions for text in public(one, self.program, self.runtime, self.servers)]
        lms = reached(self.program, [template["lm"] for template in self.templates.values()])
        servers = {lm.name: server(lm) for lm in lms}
        constants = [self.constant(address) for address in self.templates]
        constants += self.tuned()
        constants += [text for _, text in self.schemas.values()]
        constants += self.externals.definitions
        constants.append(f"{self.servers}: dict[str, {self.runtime['Server']}] = {laid_out(servers, opened=1)}")
        roots = ["LM", "Run", "AsyncRun", "ReplyError", "CallError", "lm_chooser", *sorted(self.library)]
        needed = runtime().needed(roots, table_uses(self.templates.values()))
        texts = [one.renamed(self.runtime) for one in needed]
        types = self.annotations.definitions()
        doc = module_docstring(self.program, functions, [(lm, servers[lm.name]) for lm in lms])
        head = [f"# {notice(source)}", *([DECIDED.rstrip()] if self.decided else []), *docstring(doc, 0), ""]
        head += ["from __future__ import annotations", "", *self.imports(needed)]
        definitions = [*types, *constants, *bodies, *entries, DIVIDER, *texts]
        first = next(line for line in definitions[0].split("\n") if not line.startswith("#"))
        space = "\n\n\n" if first.startswith(("class ", "def ", "async ", "@")) else "\n\n"
        return "\n".join(head) + space + "\n\n\n".join(definitions) + "\n"

    def function(self, module: Module) -> Function:
        """A module as a function, its parameters named and annotated."""
        names = self.local_names()
        searches = self.passed[module.name]
        names.taken |= set(searches)
        place = self.annotations.python.get(module.name, snake(module.name).title().replace("_", ""))
        params = tuple(
            (names.claim(one.name), self.annotations.public(one.type, place + snake(one.name).title().replace("_", "")))
            for one in module.params
        )
        returns = self.annotations.public(module.returns, f"{place}Value")
        names_ = self.publics[module.name], self.twins[module.name], self.privates[module.name]
        search = self.externals.search_type
        kept = {python: name for name, python in self.externals.searches.items()}
        passed = tuple((one, search(kept[one], False), search(kept[one], True)) for one in searches)
        return Function(module, *names_, params, returns, passed)

    def local_names(self) -> Names:
        """The names of a function, those that it needs itself taken."""
        outside = self.names.taken - {*self.publics.values(), *self.twins.values()} - BUILTINS
        return Names(outside | LOCALS | set(self.externals.searches.values()))

    def body(self, function: Function) -> list[str]:
        """The lines of a module's body."""
        module = function.module
        names = self.local_names()
        names.taken |= {name for name, _ in function.params}
        body = Body(self.known, names, module.returns, variables(module.body), variables_read(module.body))
        body.expressions.prompts = {
            one.site: self.slots[f"{module.name}.{one.site}"]
            for one in expressions(module.body)
            if isinstance(one, Predict)
        }
        body.expressions.tunes = {
            one.slot: (self.slots[f"{module.name}.{one.slot}"], tuned_type(one.space))
            for one in expressions(module.body)
            if isinstance(one, Tune)
        }
        body.expressions.variables = {
            param.name: (name, self.annotations.widened(param.type))
            for param, (name, _) in zip(module.params, function.params, strict=True)
        }
        if module.depth is None:
            return self.finished(body, body.block(module.body, STEP, whole=True))
        head = f'    with run.depth("{module.name}", {module.depth}):'
        return self.finished(body, [head, *body.block(module.body, 2 * STEP)])

    def finished(self, body: Body, lines: list[str]) -> list[str]:
        """The lines of a body, once what it needs is noted."""
        self.casts = self.casts or body.expressions.casts
        self.decided = self.decided or body.expressions.decided
        return lines

    def metric(self, metric: Metric) -> str:
        """A metric as a function of what is wanted and what is given."""
        callee, names = self.known.metrics[metric.name], self.local_names()
        params = [names.claim(one) for one in metric.params]
        body = Body(self.known, names, UNKNOWN)
        body.expressions.variables = {one: (name, UNKNOWN) for one, name in zip(metric.params, params, strict=True)}
        value = Apply(SCORED, (transform(metric.body, free_of_cost),))
        lines = self.finished(body, body.block((Return(value),), STEP, whole=True))
        self.annotations.imported.add("Any")
        searches = {python: name for name, python in self.externals.searches.items()}
        given = [f"run: {self.runtime['Run']}"] if callee.waits else []
        given += [f"{one}: {self.externals.search_type(searches[one], True)}" for one in callee.leading[1:]]
        given += [f"{name}: Any" for name in params]
        head = f"{'async ' if callee.waits else ''}def {callee.function}"
        return "\n".join([signature(head, given, "dict[str, Any]"), *lines])

    def tuned(self) -> list[str]:
        """The constants of the tuned values."""
        found = {address: one for address, one in slots(self.program) if isinstance(one, Tune)}
        return [tuned_constant(self.slots[address], one, self.annotations) for address, one in found.items()]

    def schema(self, type_: Type) -> str:
        """The constant that holds the schema of a type."""
        if type_ not in self.schemas:
            name = self.names.claim(f"_{snake(type_.name)}_type".upper() if isinstance(type_, NamedType) else "_TYPE")
            schema = schema_of(type_, self.annotations.named)
            self.schemas[type_] = name, f"{name}: {self.runtime['Schema']} = {laid_out(schema, before=len(name) + 11)}"
            self.use("Schema")
        return self.schemas[type_][0]

    def use(self, name: str) -> str:
        """The name of a runtime function, which is then needed."""
        self.library.add(name)
        return self.runtime[name]

    def constant(self, address: str) -> str:
        """The prompt of a call site."""
        return f"{self.slots[address]}: {self.runtime['Template']} = {laid_out(self.templates[address], opened=2)}"

    def imports(self, needed: Sequence[Definition]) -> list[str]:
        """The import lines that the definitions of the runtime, the types and the bodies need."""
        wanted: dict[str, set[str]] = {"typing": {*self.annotations.imported, *({"cast", "Any"} if self.casts else ())}}
        for module, names in self.externals.imported.items():
            wanted.setdefault(module, set()).update(names)
        for name in {use.name for one in needed for use in one.uses} & set(runtime().imports):
            wanted.setdefault(runtime().imports[name][0], set()).add(name)
        return [imported(module, in_order(names)) for module, names in sorted(wanted.items()) if names]


def free_of_cost(expr: Expr) -> Expr:
    """Nothing, in the place of what a run took: that is known when it is over."""
    return Const(0) if isinstance(expr, Apply) and expr.function in COSTS else expr


def imported(module: str, names: list[str]) -> str:
    """An import, a name a line where it is long: even for those whose lines are short."""
    line = f"from {module} import {', '.join(names)}"
    return (
        line if len(line) <= SHORT else "\n".join([f"from {module} import (", *(f"    {one}," for one in names), ")"])
    )


def in_order(names: set[str]) -> list[str]:
    """Imported names as a sorter of imports puts them: classes, functions."""
    return sorted(names, key=lambda name: (name[:1].islower(), name.lower()))
