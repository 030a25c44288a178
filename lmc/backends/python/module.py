"""Puts an emitted module together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lmc.backends import problems
from lmc.backends.backend import notice
from lmc.backends.python.annotation import Annotations
from lmc.backends.python.body import Body, variables
from lmc.backends.python.entry import Function, module_docstring, private, public
from lmc.backends.python.expression import Expressions
from lmc.backends.python.literal import laid_out
from lmc.backends.python.names import BUILTINS, IMPORTED, Names, file_stem, snake
from lmc.backends.python.prose import docstring
from lmc.backends.python.servers import reached, server
from lmc.backends.python.shake import Definition, runtime
from lmc.diagnostics import Sink
from lmc.ir.program import Module, Predict, Program
from lmc.ir.walk import expressions, predictors
from lmc.prompts import templates
from lmc.runtime.prompt import Template

LOCALS = frozenset({"run", "lm", "cast", "bool", "str", "int", "float", "list", "Any", "Literal"})
"""What the body of an emitted function uses itself."""

RULE = "# " + "-" * 118
DIVIDER = f"{RULE}\n# The runtime: what the functions above need of lmc, the same in every program.\n{RULE}"


@dataclass(frozen=True, slots=True)
class Python:
    """The backend `python`."""

    name: str = "python"

    def emit(self, program: Program, source: str, sink: Sink) -> Mapping[PurePosixPath, bytes]:
        """`python/PROGRAM.py`; nothing for a program without modules or with a call site that has no LM."""
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
        text = Writer(program, compiled, sink).module(source)
        return {PurePosixPath("python", f"{stem}.py"): text.encode()}


@dataclass
class Writer:
    """Writes the module of one program."""

    program: Program
    templates: dict[str, Template]
    sink: Sink
    library: set[str] = field(default_factory=set)
    casts: bool = False

    def __post_init__(self) -> None:
        program = self.program
        self.names = Names({*BUILTINS, *IMPORTED, *runtime().builtins})
        self.annotations = Annotations(program, self.names)
        for _, predict in predictors(program):
            if predict.strategy == "chain_of_thought":
                self.annotations.reasoned(predict.signature)
        self.publics = {one.name: self.names.claim(snake(one.name)) for one in program.modules}
        self.twins = {one.name: self.names.claim(f"{snake(one.name)}_async") for one in program.modules}
        self.report()
        self.privates = {name: self.names.claim(f"_{public}") for name, public in self.publics.items()}
        self.modules = {
            one.name: (self.privates[one.name], one.returns, tuple(param.type for param in one.params))
            for one in program.modules
        }
        self.prompts = {
            f"{module.name}.{one.site}": self.names.claim(f"_{snake(module.name)}_{snake(one.site)}".upper())
            for module, one in predictors(program)
        }
        self.servers = self.names.claim("_SERVERS")
        self.runtime = {
            name: self.names.claim(f"_{name}" if one.is_function or name in self.names.taken else name)
            for name, one in runtime().definitions.items()
        }

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
        bodies = [private(one, self.runtime["Run"], self.body(one)) for one in functions]
        entries = [text for one in functions for text in public(one, self.program, self.runtime, self.servers)]
        lms = reached(self.program, [template["lm"] for template in self.templates.values()])
        servers = {lm.name: server(lm) for lm in lms}
        constants = [self.constant(address) for address in self.templates]
        constants.append(f"{self.servers}: dict[str, {self.runtime['Server']}] = {laid_out(servers, opened=1)}")
        needed = runtime().needed(
            ["LM", "Run", "AsyncRun", "ReplyError", "CallError", "lm_chooser", *sorted(self.library)]
        )
        parts = [one.renamed(self.runtime) for one in needed]
        types = self.annotations.definitions()
        doc = module_docstring(self.program, functions, [(lm, servers[lm.name]) for lm in lms])
        head = [f"# {notice(source)}", *docstring(doc, 0), "", "from __future__ import annotations", ""]
        head += self.imports(needed)
        definitions = [*types, *constants, *bodies, *entries, DIVIDER, *parts]
        space = "\n\n\n" if definitions[0].startswith(("class ", "#")) else "\n\n"
        return "\n".join(head) + space + "\n\n\n".join(definitions) + "\n"

    def function(self, module: Module) -> Function:
        """A module as a function, its parameters named and annotated."""
        names = self.local_names()
        place = self.annotations.python.get(module.name, snake(module.name).title().replace("_", ""))
        params = tuple(
            (names.claim(one.name), self.annotations.public(one.type, place + snake(one.name).title().replace("_", "")))
            for one in module.params
        )
        returns = self.annotations.public(module.returns, f"{place}Value")
        names_ = self.publics[module.name], self.twins[module.name], self.privates[module.name]
        return Function(module, *names_, params, returns)

    def local_names(self) -> Names:
        """The names of a function, those that it needs itself taken."""
        outside = self.names.taken - {*self.publics.values(), *self.twins.values()} - BUILTINS
        return Names(outside | LOCALS)

    def body(self, function: Function) -> list[str]:
        """The lines of a module's body."""
        module = function.module
        sites = {
            one.site: self.prompts[f"{module.name}.{one.site}"]
            for one in expressions(module.body)
            if isinstance(one, Predict)
        }
        widened = self.annotations.widened
        params = {
            param.name: (name, widened(param.type))
            for param, (name, _) in zip(module.params, function.params, strict=True)
        }
        writer = Expressions(self.annotations, self.modules, sites, self.use, params)
        names = self.local_names()
        names.taken |= {name for name, _ in function.params}
        lines = Body(writer, names, module.returns, variables(module.body)).block(module.body, 4)
        self.casts = self.casts or writer.casts
        return lines

    def use(self, name: str) -> str:
        """The name of a runtime function, which is then needed."""
        self.library.add(name)
        return self.runtime[name]

    def constant(self, address: str) -> str:
        """The prompt of a call site."""
        return f"{self.prompts[address]}: {self.runtime['Template']} = {laid_out(self.templates[address], opened=2)}"

    def imports(self, needed: Sequence[Definition]) -> list[str]:
        """The import lines that the definitions of the runtime, the types and the bodies need."""
        wanted: dict[str, set[str]] = {"typing": {*self.annotations.imported, *({"cast", "Any"} if self.casts else ())}}
        for name in {use.name for one in needed for use in one.uses} & set(runtime().imports):
            wanted.setdefault(runtime().imports[name][0], set()).add(name)
        return [f"from {module} import {', '.join(in_order(names))}" for module, names in sorted(wanted.items())]


def in_order(names: set[str]) -> list[str]:
    """Imported names as a sorter of imports puts them: classes, functions."""
    return sorted(names, key=lambda name: (name[:1].islower(), name.lower()))
