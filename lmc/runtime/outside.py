"""Functions outside a program, held to what the program declares of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lmc.runtime.belongs import belongs
from lmc.runtime.run import Run
from lmc.runtime.tool import ToolError

Declared: TypeAlias = dict[str, Any]
"""A function as a program declares it: `name`; `takes`, for each parameter its type as it is written and its schema;
`gives`, the same of the value; and, of a tool behind a protocol, `tool` (an HttpTool or McpTool)."""


async def use_function(run: Run, declared: Declared, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """The value of a function that takes its arguments by position. Raises ToolError when it fails, or is given or
    gives what is not of the declared type."""
    given = held(declared, arguments)
    return as_declared(declared, await run.use(function, *given.values()))


async def use_tool(run: Run, declared: Declared, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """The same of a tool behind a protocol: `function` calls it, given what it is and its arguments by name."""
    given = held(declared, arguments)
    return as_declared(declared, await run.use(function, declared["tool"], given))


def held(declared: Declared, arguments: dict[str, Any]) -> dict[str, Any]:
    """Copies of the arguments, which are of the declared types: what the function does to them stays with it."""
    import copy

    for name, (shown, schema) in declared["takes"].items():
        if not belongs(arguments[name], schema):
            problem = f"was given {in_words(arguments[name])} as `{name}`, where `{shown}` is declared"
            raise ToolError(f"`{declared['name']}` {problem}")
    return copy.deepcopy(arguments)


def as_declared(declared: Declared, value: Any) -> Any:
    """A copy of the value, which is of the declared type."""
    import json

    shown, schema = declared["gives"]
    if not belongs(value, schema):
        raise ToolError(f"`{declared['name']}` gave {in_words(value)}, where `{shown}` is declared")
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ToolError(f"`{declared['name']}` gave what JSON cannot hold, where `{shown}` is declared") from None


def in_words(value: Any) -> str:
    """A value in a sentence: as JSON where it is short JSON, else its type."""
    import json

    if isinstance(value, tuple):
        return "a tuple"
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"
