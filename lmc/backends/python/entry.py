"""The public functions of an emitted module and its doc string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lmc.analysis.calls import reachable
from lmc.backends.python.annotation import described
from lmc.backends.python.layout import STEP, Doc, bracketed, fits
from lmc.backends.python.prose import docstring
from lmc.ir.program import Check, External, Invoke, LMDecl, Module, Name, Predict, Program
from lmc.ir.walk import expressions, statements


@dataclass(frozen=True, slots=True)
class Function:
    """A module as Python: the names of its public functions, blocking and not, and of the private one with its body,
    its parameters (name, annotation), the annotation of its value, and the retrievers that it is passed (name,
    annotation, that for the function that waits)."""

    module: Module
    public: str
    twin: str
    private: str
    params: tuple[tuple[str, str], ...]
    returns: str
    searches: tuple[tuple[str, str, str], ...] = ()


def signature(head: str, params: Sequence[str], returns: str) -> str:
    """The first line of a function, or the first lines."""
    flat = f"{head}({', '.join(params)}) -> {returns}:"
    if fits(flat, 0):
        return flat
    return "\n".join([f"{head}(", *(f"    {param}," for param in params), f") -> {returns}:"])


def call(head: str, arguments: Sequence[str]) -> Doc:
    """A call."""
    return bracketed(f"{head}(", [("", Doc(one)) for one in arguments], ")")


def private(function: Function, run: str, body: list[str]) -> str:
    """The function with the body of a module."""
    given = [*((name, wide) for name, _, wide in function.searches), *function.params]
    params = [f"run: {run}", *(f"{name}: {annotation}" for name, annotation in given)]
    return "\n".join([signature(f"async def {function.private}", params, function.returns), *body])


def public(function: Function, program: Program, runtime: Mapping[str, str], servers: str) -> tuple[str, str]:
    """The two public functions of a module: the blocking one and the asynchronous one."""
    passed = ["run", *(name for name, _, _ in function.searches), *(name for name, _ in function.params)]
    params = [f"{name}: {annotation}" for name, annotation in function.params]
    searches = [f"{name}: {annotation}" for name, annotation, _ in function.searches]
    wide = [f"{name}: {annotation}" for name, _, annotation in function.searches]
    lm = f"lm: {runtime['LM']} | None = None"
    chosen = f"{runtime['lm_chooser']}(lm, {servers})"
    lines = {
        signature(f"def {function.public}", [*params, "*", *searches, lm], function.returns): [
            f"run = {runtime['Run']}({chosen})",
            f"return run.finish({function.private}({', '.join(passed)}))",
        ],
        signature(f"async def {function.twin}", [*params, "*", *wide, lm], function.returns): [
            f"run = {runtime['AsyncRun']}({chosen})",
            f"return await {function.private}({', '.join(passed)})",
        ],
    }
    found = []
    twin = f"`{function.public}` in an event loop; `lm` may be asynchronous, and one that is not is called in a thread."
    for (text, body), doc in zip(lines.items(), (describe(function, program, runtime), twin), strict=True):
        documentation = docstring(doc, STEP)
        shown = [line if fits(line, STEP) else f"{line}  # fmt: skip" for line in body]
        found.append("\n".join([text, *documentation, *(f"    {line}" for line in shown)]))
    return found[0], found[1]


def describe(function: Function, program: Program, runtime: Mapping[str, str]) -> str:
    """The doc string of a public function, in Google's style; parameters that nothing describes are left out."""
    first = function.module.doc.strip() or first_doc(function.module, program) or f"Runs `{function.module.name}`."
    lines = [first, "", "Args:"]
    for (name, _), param in zip(function.params, function.module.params, strict=True):
        text = described(param.description or input_description(function.module, param.name, program), param.type)
        lines += [f"    {name}: {' '.join(text.split())}"] if text else []
    for name, _, _ in function.searches:
        lines.append(f"    {name}: finds the passages that are most like a query, so many at most, best first")
    lines += ["    lm: makes the calls; without it they go to the servers that the head of this file names", ""]
    lines += ["Raises:", f"    {runtime['ReplyError']}: no reply to a call fits its type"]
    lines += [f"    {runtime['CallError']}: a server did not answer"]
    return "\n".join([*lines, *(f"    {runtime[name]}: {why}" for name, why in raised(function.module, program))])


def raised(module: Module, program: Program) -> list[tuple[str, str]]:
    """The errors of a module that not every module has, and when they are raised."""
    found = []
    modules = [program.module(one) for one in reachable(program, module.name)]
    bodies = [one.body for one in modules]
    if any(isinstance(stmt, Check) and stmt.hard for body in bodies for stmt in statements(body)):
        found.append(("AssertionFailed", "an assertion does not hold, after all retries"))
    if any(one.depth is not None for one in modules):
        found.append(("TooDeep", "a module calls itself deeper than it says"))
    if any(isinstance(expr, External) for body in bodies for expr in expressions(body)):
        found.append(("ToolError", "a function outside the program failed"))
    return found


def first_doc(module: Module, program: Program) -> str:
    """The instruction of a module that is a single call."""
    match [one for one in expressions(module.body) if isinstance(one, Predict | Invoke)]:
        case [Predict(_, _, name)]:
            return program.signature(name).doc.strip()
    return ""


def input_description(module: Module, param: str, program: Program) -> str:
    """What the first call that takes a parameter as it is says of it."""
    for expr in expressions(module.body):
        if isinstance(expr, Predict):
            fields = {one.name: one.description for one in program.signature(expr.signature).inputs}
            for name, value in expr.arguments:
                if isinstance(value, Name) and value.name == param and fields[name]:
                    return fields[name]
    return ""


def module_docstring(
    program: Program, functions: Sequence[Function], servers: Sequence[tuple[LMDecl, Mapping[str, Any]]]
) -> str:
    """What the module is, how to call it, and which servers it asks."""
    entries = ", ".join(f"`{one.public}`" for one in functions)
    lines = [f"The program `{program.name}`: {entries}.", ""]
    lines += [
        "Each function has a twin for event loops, whose name ends with `_async`, and takes an `lm`: any function, "
        "plain or asynchronous, from the body of an OpenAI-compatible request (without `model`) to the text of the "
        "reply. Without an `lm`, calls go to these servers; the environment variables beside each, where they are set, "
        "name another URL, another model, and another variable that holds the key:",
        "",
    ]
    for lm, server in servers:
        where = server["base_url"] or "no server is known, set the URL or pass an `lm`"
        if lm.reference.startswith("local/"):
            where += f" (`lmc model serve {server['model']}`)"
        upper = f"LMC_{lm.name.upper()}"
        lines.append(f"- `{lm.name}`, {lm.reference}: {where}, key in {server['key']};")
        lines.append(f"  {upper}_BASE_URL, {upper}_MODEL, {upper}_KEY")
    return "\n".join(lines)
