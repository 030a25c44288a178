"""What can be said of functions in Python, tools and retrievers without running or asking any of them."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure, Sink
from lmc.driver import problems
from lmc.driver.searches import read_rows
from lmc.ir.program import Extern, Program, Retriever, Tool
from lmc.runtime.tool import url_holes, url_problem
from lmc.tables import locate

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


def check_outside(program: Program, root: Path, sink: Sink) -> None:
    """Adds to the sink what is wrong with the files of functions, with the addresses of tools, and with corpora. Files
    in Python are parsed, never run."""
    for extern in program.externs:
        check_extern(extern, root, sink)
    for tool in program.tools:
        if problem := tool_problem(tool):
            sink.add(problems.bad_tool(tool, problem))
    for retriever in program.retrievers:
        if retriever.kind != "extern":
            for diagnostic in read_rows(program, retriever, root)[1]:
                sink.add(diagnostic)


def needs_permission(found: Extern | Tool | Retriever) -> bool:
    """Whether to use it is to run a program that the author of this one chose: a function, a server started here."""
    return isinstance(found, Extern) or (isinstance(found, Tool) and starts_process(found))


def starts_process(tool: Tool) -> bool:
    """Whether a tool starts its server on this machine."""
    return tool.protocol == "mcp" and not tool.target.startswith(("http://", "https://"))


def find_extern(extern: Extern, root: Path) -> Path:
    """The file of an extern. Raises Failure (LMP0190) when it is outside the project, or no file."""
    try:
        return locate(extern.file, extern.base, root, extern.span)
    except Failure as failure:
        kinds = {"LMP0300": "there is no such file", "LMP0309": "it is outside the project, where lmc reads no file"}
        reason = kinds.get(failure.diagnostic.code, "it cannot be read")
        raise Failure(problems.no_extern_file(extern, reason)) from None


def check_extern(extern: Extern, root: Path, sink: Sink) -> None:
    """Reports a file that is not there or is not Python, a function that it lacks, and other parameters."""
    try:
        tree = ast.parse(find_extern(extern, root).read_bytes())
    except Failure as failure:
        sink.add(failure.diagnostic)
        return
    except OSError as error:
        sink.add(problems.no_extern_file(extern, (error.strerror or "it cannot be read").lower()))
        return
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        sink.add(problems.no_extern_file(extern, f"it is not Python: {reason}{where}"))
        return
    if (problem := function_problem(tree, extern)) is not None:
        sink.add(problem)


def function_problem(tree: ast.Module, extern: Extern) -> Diagnostic | None:
    """What is wrong with the function of an extern in its parsed file. A name that is bound otherwise (imported,
    assigned) may be a function and is taken for one."""
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    found = functions.get(extern.name)
    if found is None:
        return None if extern.name in bound_names(tree) else problems.no_function(extern, functions)
    takes = found.args
    positional = [one.arg for one in (*takes.posonlyargs, *takes.args)]
    required = len(positional) - len(takes.defaults)
    wanted = [one.name for one in extern.params]
    lacking = [one.arg for one, default in zip(takes.kwonlyargs, takes.kw_defaults, strict=True) if default is None]
    fits = wanted[: len(positional)] == positional[: len(wanted)] and len(wanted) >= required and not lacking
    if fits and (len(wanted) <= len(positional) or takes.vararg is not None):
        return None
    return problems.other_parameters(extern, [*positional, *lacking])


def bound_names(tree: ast.Module) -> frozenset[str]:
    """The names that a file may give a value to, other than by `def` at its top: anywhere in it, to be careful."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(name, ast.Store()):
                found.add(name)
            case ast.alias(name, renamed):
                found.add(renamed or name.partition(".")[0])
            case ast.ClassDef(name) if node in tree.body:
                found.add(name)
            case ast.If() | ast.Try() if node in tree.body:
                found |= {one.name for one in ast.walk(node) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    return frozenset(found)


def tool_problem(tool: Tool) -> str | None:
    """What is wrong with the address of a tool, or None."""
    target = tool.target.strip()
    if tool.protocol == "mcp":
        if not starts_process(tool):
            return url_problem(target)
        try:
            return None if shlex.split(target) else "a command, or a URL, is wanted"
        except ValueError as error:
            return f"`{target}` is no command: {str(error).lower()}"
    method, _, url = target.rpartition(" ")
    if method and method.strip().upper() not in METHODS:
        return f"`{method.strip()}` is no method: write one of {', '.join(METHODS)}"
    if problem := url_problem(url):
        return problem
    params = [one.name for one in tool.params]
    unknown = [hole for hole in url_holes(url) if hole not in params]
    return f"the URL has a hole `{{{unknown[0]}}}`, and there is no such parameter" if unknown else None
