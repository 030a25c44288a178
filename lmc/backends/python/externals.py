"""What is not an LM in emitted code: functions in Python, tools, retrievers, the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from lmc.analysis.calls import named_types
from lmc.analysis.tools import tool_call
from lmc.backends import problems
from lmc.backends.backend import Emitting, source_path
from lmc.backends.python.annotation import Annotations
from lmc.backends.python.entry import signature
from lmc.backends.python.known import Callee
from lmc.backends.python.layout import STEP, Doc, bracketed, quote, statement
from lmc.backends.python.literal import laid_out, plain
from lmc.backends.python.names import Names, capital, file_stem, snake
from lmc.backends.python.prose import docstring
from lmc.diagnostics import Sink
from lmc.ir.program import Extern, External, Invoke, Metric, Module, Program, Retriever, Score, Tool
from lmc.ir.types import INT, NULL, STR, Field, ListType, RecordType, Type, show, union
from lmc.ir.walk import expressions, subexpressions
from lmc.prompts import schema_of

RAN = RecordType((Field("output", STR), Field("error", union(STR, NULL))))
"""What running code gives."""

ASKED = (Field("query", STR), Field("k", INT))
"""What a retriever takes."""


@dataclass
class Externals:
    """The functions from outside that a program uses. `callees` has how each is called, `searches` the parameter that
    each retriever is passed as, `definitions` the text of the constants, and `files` what goes along."""

    program: Program
    emitting: Emitting
    names: Names
    annotations: Annotations
    library: Callable[[str], str]
    sink: Sink
    stem: str
    callees: dict[str, Callee] = field(default_factory=dict)
    searches: dict[str, str] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    imported: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.named = named_types(self.program)
        for name in used(self.program):
            if name == "run_code":
                self.callees[name] = Callee("run.use", RAN, (STR,), (self.library("run_code"),))
                continue
            match self.program.external(name):
                case Extern() as extern:
                    self.callees[name] = self.extern(extern)
                case Tool() as tool:
                    self.callees[name] = self.tool(tool)
                case Retriever() as retriever:
                    self.callees[name] = self.retriever(retriever)

    def source(self, extern: Extern) -> str:
        """The name of an extern's file in the output."""
        path = source_path(extern)
        if path not in self.emitting.sources:
            self.sink.add(problems.no_source(extern.name, str(path), extern.span))
        return self.along(path.stem, ".py", self.emitting.sources.get(path, b""))

    def extern(self, extern: Extern) -> Callee:
        """A function in Python, whose file is copied."""
        file = self.source(extern)
        loaded = f"{self.library('load_function')}(__file__, {quote(file)}, {quote(extern.name)})"
        doc = extern.doc or f"`{extern.name}` of {file}."
        return self.wrapper(extern.name, extern.params, extern.returns, doc, loaded)

    def tool(self, tool: Tool) -> Callee:
        """A tool behind a protocol."""
        spec = tool_call(tool, self.named)
        call = self.library(f"call_{tool.protocol}")
        return self.wrapper(tool.name, tool.params, tool.returns, tool.doc, call, tool=spec)

    def retriever(self, retriever: Retriever) -> Callee:
        """A retriever: a parameter, a function in Python, or BM25 over a corpus that goes along."""
        self.annotations.public(retriever.row, f"{capital(retriever.name)}Row")
        name, found = retriever.name, ListType(retriever.row)
        doc = f"The passages of `{name}` that are most like a query."
        if retriever.kind == "extern" and retriever.function is not None:
            extern = next(one for one in self.program.externs if one.name == retriever.function)
            file = self.source(extern)
            loaded = f"{self.library('load_function')}(__file__, {quote(file)}, {quote(extern.name)})"
            return self.wrapper(name, ASKED, found, doc, loaded)
        passages = self.emitting.corpora.get(name)
        if retriever.kind == "bm25" and self.emitting.option("self_contained", False):
            if passages is not None:
                return self.wrapper(name, ASKED, found, doc, f"{self.index(retriever)}()")
            self.sink.add(problems.no_corpus(name, retriever.span))
        self.searches[name] = f"search_{snake(name)}"
        self.imported.setdefault("collections.abc", set()).add("Callable")
        return self.wrapper(name, ASKED, found, doc, self.searches[name], search=name)

    def wrapper(
        self,
        name: str,
        params: tuple[Field, ...],
        returns: Type,
        doc: str,
        function: str,
        *,
        tool: dict[str, Any] | None = None,
        search: str | None = None,
    ) -> Callee:
        """The function that calls one from outside and holds it to what is declared."""
        python, constant = self.names.claim(f"_{snake(name)}"), self.names.claim(f"_{snake(name)}".upper())
        kind = self.library("Declared")
        takes = {one.name: [show(one.type), schema_of(one.type, self.named)] for one in params}
        declared = {"name": name, "takes": takes, "gives": [show(returns), schema_of(returns, self.named)]}
        declared |= {} if tool is None else {"tool": tool}
        self.definitions.append(f"{constant}: {kind} = {laid_out(declared, opened=1)}")
        own = Names(self.names.taken | {"run", *self.searches.values()})
        place = capital(name)
        given = [
            (own.claim(one.name), self.annotations.public(one.type, f"{place}{capital(one.name)}")) for one in params
        ]
        value, result = self.annotations.public(returns, f"{place}Value"), own.claim("result")
        heads = [f"run: {self.library('Run')}"]
        heads += [] if search is None else [f"{self.searches[search]}: {self.search_type(search, True)}"]
        head = signature(f"async def {python}", [*heads, *(f"{one}: {kind}" for one, kind in given)], value)
        entries = [(f"{quote(one.name)}: ", Doc(python)) for one, (python, _) in zip(params, given, strict=True)]
        arguments = [Doc("run"), Doc(constant), Doc(function), bracketed("{", entries, "}")]
        use = self.library("use_function" if tool is None else "use_tool")
        call = bracketed(f"await {use}(", [("", one) for one in arguments], ")")
        body = [*docstring(doc, STEP), statement(f"{result}: {value} = ", call, STEP), f"    return {result}"]
        self.definitions.append("\n".join([head, *body]))
        leading = ("run",) if search is None else ("run", self.searches[search])
        return Callee(python, returns, tuple(one.type for one in params), leading)

    def index(self, retriever: Retriever) -> str:
        """The function that gives the index of a corpus that goes along."""
        passages = self.emitting.corpora[retriever.name]
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in passages.rows)
        file = self.along(
            PurePosixPath(retriever.file).stem or retriever.name, ".jsonl", text.encode("utf-8", "replace")
        )
        name = self.names.claim(f"_{snake(retriever.name)}_index")
        self.imported.setdefault("collections.abc", set()).add("Callable")
        self.imported.setdefault("functools", set()).add("cache")
        self.imported.setdefault("typing", set()).add("Any")
        rows = f"{self.library('load_rows')}(__file__, {quote(file)})"
        built = bracketed(
            f"{self.library('bm25_retriever')}(", [("", Doc(rows)), ("", Doc(plain([*passages.fields])))], ")"
        )
        lines = ["@cache", f"def {name}() -> Callable[[str, int], list[dict[str, Any]]]:"]
        lines += [*docstring(f"Searches {file}, which is read at the first call.", 4), statement("return ", built, 4)]
        self.definitions.append("\n".join(lines))
        return name

    def along(self, stem: str, suffix: str, data: bytes) -> str:
        """The name of a file that goes along, under a name that hides nothing. The same bytes go once."""
        wanted = file_stem(stem) if suffix == ".py" else stem
        number = 1
        while True:
            name = f"{wanted}{suffix}" if number == 1 else f"{wanted}_{number}{suffix}"
            path = PurePosixPath("python", name)
            if self.files.get(path, data) == data and name.casefold() != f"{self.stem}.py".casefold():
                self.files[path] = data
                return name
            number += 1

    # What is passed along.

    def passed(self) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        """The parameters for retrievers that each module and each metric has: those that it uses, and those that what
        it calls has."""
        needs: dict[str, set[str]] = {}
        calls: dict[str, set[str]] = {}
        declared: tuple[Module | Metric, ...] = (*self.program.modules, *self.program.metrics)
        for one in declared:
            key = key_of(one)
            parts = list(subexpressions(one.body) if isinstance(one, Metric) else expressions(one.body))
            needs[key] = {part.name for part in parts if isinstance(part, External) and part.name in self.searches}
            calls[key] = {f"module {part.module}" for part in parts if isinstance(part, Invoke)}
            calls[key] |= {f"metric {part.metric}" for part in parts if isinstance(part, Score)}
        for _ in needs:
            for key, others in calls.items():
                needs[key] |= {name for other in others for name in needs[other]}
        order = list(self.searches)
        found = {
            key: tuple(self.searches[one] for one in sorted(names, key=order.index)) for key, names in needs.items()
        }
        modules = {one.name: found[key_of(one)] for one in self.program.modules}
        return modules, {one.name: found[key_of(one)] for one in self.program.metrics}

    def search_type(self, name: str, awaitable: bool) -> str:
        """The annotation of the parameter for a retriever."""
        retriever = self.program.external(name)
        assert isinstance(retriever, Retriever)
        rows = self.annotations.of(ListType(retriever.row))
        if awaitable:
            self.imported.setdefault("collections.abc", set()).add("Awaitable")
            rows = f"{rows} | Awaitable[{rows}]"
        return f"Callable[[str, int], {rows}]"


def key_of(one: Module | Metric) -> str:
    """What tells a module and a metric of one name apart."""
    return f"{'metric' if isinstance(one, Metric) else 'module'} {one.name}"


def used(program: Program) -> Iterable[str]:
    """The names of the functions from outside that modules call, and metrics that modules call, in source order."""
    parts = [part for module in program.modules for part in expressions(module.body)]
    for metric in scored(program):
        parts += subexpressions(metric.body)
    return dict.fromkeys(one.name for one in parts if isinstance(one, External))


def scored(program: Program) -> list[Metric]:
    """The metrics that modules call as they run, and those that such metrics call."""
    queue = [one.metric for module in program.modules for one in expressions(module.body) if isinstance(one, Score)]
    found: set[str] = set()
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += [one.metric for one in subexpressions(program.metric(name).body) if isinstance(one, Score)]
    return [one for one in program.metrics if one.name in found]
