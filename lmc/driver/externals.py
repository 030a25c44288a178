"""What a program calls that is no LM, ready to be called: functions in Python, tools, retrievers, the sandbox.

Only runs come here: neither `lmc check` nor a build that is fresh loads a file of the program's author, starts a
server, or reads a corpus to search it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lmc.analysis.calls import named_types
from lmc.analysis.tools import tool_call
from lmc.diagnostics import Failure
from lmc.driver import problems
from lmc.driver.outside import find_extern, needs_permission
from lmc.driver.permission import Outside
from lmc.driver.reach import externals_reached
from lmc.driver.searches import open_search
from lmc.ir.program import Extern, Program, Retriever, Tool
from lmc.ir.subtype import Named
from lmc.ir.types import Field, Type, show
from lmc.ir.values import belongs
from lmc.runtime.alongside import load_function
from lmc.runtime.run import without_blocking
from lmc.runtime.tool import ToolError

External = Callable[..., Awaitable[Any]]
"""Called with the arguments, by position or by the names of the parameters. Raises what the function raises, ToolError
where a value is not of its type, and Failure where there is nothing to call."""


def open_externals(
    program: Program, outside: Outside, modules: Iterable[str], metrics: Iterable[str] = ()
) -> dict[str, External]:
    """What runs of the modules, and scores of the metrics, can call outside, by name; `run_code` is always there. The
    files of functions are run now, so that what is wrong with them is said before an LM is asked; all else opens when
    it is first called. Raises Failure: LMP0712 when code would run that is not allowed, LMP0190 when a file is not
    there or outside the project, LMP0713 when it fails, LMP0191 when it lacks a function."""
    used = externals_reached(program, modules, metrics)
    for found in () if outside.allowed else with_functions(program, used):
        if needs_permission(found):
            raise Failure(problems.not_allowed(found))
    named = named_types(program)
    opened: dict[str, External] = {"run_code": run_in_sandbox}
    for name in used:
        match program.external(name):
            case Extern() as extern:
                opened[name] = checked(extern, named, load_extern(extern, outside.root))
            case Tool() as tool:
                opened[name] = checked(tool, named, tool_function(tool, named))
            case Retriever() as retriever:
                given = None
                for one in with_functions(program, [name]):
                    given = load_extern(one, outside.root) if isinstance(one, Extern) else given
                opened[name] = open_search(program, retriever, outside.root, given, outside.warn)
    return opened


def with_functions(program: Program, names: Iterable[str]) -> list[Extern | Tool | Retriever]:
    """What the names stand for, and the functions that retrievers among them go through."""
    found = [program.external(name) for name in names]
    functions = [one.function for one in found if isinstance(one, Retriever) and one.function is not None]
    return [*found, *map(program.external, functions)]


async def run_in_sandbox(code: str) -> Any:
    """What running code in the sandbox gives. Raises SandboxUnavailable."""
    from lmc.runtime.sandbox import run_code

    return await without_blocking(run_code, code)


def load_extern(extern: Extern, root: Path) -> Callable[..., Any]:
    """The function of an extern; its file is run. Raises Failure."""
    file = find_extern(extern, root)
    try:
        function: Callable[..., Any] = load_function(str(file), file.name, extern.name)
    except ImportError as error:
        if str(error) == f"{file.name} has no function `{extern.name}`":
            raise Failure(problems.no_function(extern, ())) from None
        raise Failure(problems.extern_broken(extern, said(error), place(error, file))) from None
    except (Exception, SystemExit) as error:
        raise Failure(problems.extern_broken(extern, said(error), place(error, file))) from None
    return located(function, file)


def located(function: Callable[..., Any], file: Path) -> Callable[..., Any]:
    """The function; a note on an error that it raises says where in its file it was raised."""

    async def call(*arguments: Any) -> Any:
        try:
            return await without_blocking(function, *arguments)
        except (Exception, SystemExit) as error:
            failed = error if isinstance(error, Exception) else RuntimeError(f"it ended with {error!r}")
            if (where := place(error, file)) is not None:
                failed.add_note(f"raised at {where}")
            raise failed from error.__cause__

    return call


def tool_function(tool: Tool, named: Named) -> Callable[..., Any]:
    """The function of a tool behind a protocol."""
    spec, names = tool_call(tool, named), [one.name for one in tool.params]

    def call(*arguments: Any) -> Any:
        from lmc.runtime.mcp import call_mcp
        from lmc.runtime.tool import call_http

        given = dict(zip(names, arguments, strict=True))
        return call_http(spec, given) if tool.protocol == "http" else call_mcp(spec, given)

    return call


def checked(declared: Extern | Tool, named: Named, function: Callable[..., Any]) -> External:
    """The function with its arguments and its value held to the declared types."""

    async def call(*args: Any, **arguments: Any) -> Any:
        given = bound(declared.params, args, arguments)
        for param in declared.params:
            value, what = given[param.name], f"was given {{}} as `{param.name}`"
            if not belongs(value, param.type, named):
                raise ToolError(misfit(declared.name, what, value, param.type))
        value = await without_blocking(function, *map(copy.deepcopy, given.values()))
        return as_declared(declared.name, value, declared.returns, named)

    return call


def bound(params: Iterable[Field], args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names of the parameters, in their order."""
    names = [one.name for one in params]
    given = {**dict(zip(names, args, strict=False)), **named}
    return {name: given[name] for name in names}


def as_declared(name: str, value: Any, type_: Type, named: Named) -> Any:
    """A copy of a value that a function outside gave. Raises ToolError when it is not of the type, or not JSON."""
    if not belongs(value, type_, named):
        raise ToolError(misfit(name, "gave {}", value, type_))
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ToolError(f"`{name}` gave what JSON cannot hold, where `{show(type_)}` is declared") from None


def misfit(name: str, what: str, value: Any, type_: Type) -> str:
    """The sentence for a value of a wrong type."""
    return f"`{name}` {what.format(words(value))}, where `{show(type_)}` is declared"


def words(value: Any) -> str:
    """A value in a sentence: as JSON where it is short JSON, else its type."""
    if isinstance(value, tuple):
        return "a tuple"
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def said(error: BaseException) -> str:
    """An error in words."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def place(error: BaseException, file: Path) -> str | None:
    """The last line of a file that an error came through, as `tools.py:12`."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return f"{file.name}:{error.lineno}"
    found, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(file):
            found = f"{file.name}:{step.tb_lineno}"
        step = step.tb_next
    return found
