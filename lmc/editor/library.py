"""The functions, metrics and passes of the language in words, as their implementations document themselves."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from lmc.ir.builtins import BUILTINS, COSTS, METRICS, Builtin
from lmc.ir.types import Type, show


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, its type as it is written, and what there is where it is left out (may be empty)."""

    name: str
    type: str = ""
    default: str = ""

    @property
    def label(self) -> str:
        """The parameter as a signature shows it."""
        return self.name + (f": {self.type}" if self.type else "") + (f" = {self.default}" if self.default else "")


@dataclass(frozen=True, slots=True)
class Called:
    """What can be called: its name, its parameters, the type of its value as it is written, and what it does."""

    name: str
    params: tuple[Parameter, ...]
    returns: str = ""
    text: str = ""

    @property
    def label(self) -> str:
        """The whole as a signature shows it."""
        head = f"{self.name}({', '.join(one.label for one in self.params)})"
        return f"{head} -> {self.returns}" if self.returns else head


@cache
def function(name: str) -> Called | None:
    """A function of the language, or of metrics; None for a name that there is not."""
    if name == "run_code":
        returns = "{ output: str, error: str? }"
        text = "Runs Python in a sandbox: no network, no files, little time. What it prints is `output`."
        return Called(name, (Parameter("code", "str"),), returns, text)
    builtin = {**BUILTINS, **METRICS}.get(name)
    if builtin is None:
        return None
    if name in COSTS:
        text = "What the run took whose value is scored."
        return Called(name, (), shown(builtin.returns), text)
    from lmc.execute.expression import LIBRARY

    implementation = LIBRARY[name]
    names = list(inspect.signature(implementation).parameters)
    types = [shown(one) for one in builtin.params]
    params = tuple(Parameter(one, type_) for one, type_ in zip(names, types, strict=False))
    return Called(name, params, returned(builtin), prose(inspect.getdoc(implementation) or ""))


def returned(builtin: Builtin) -> str:
    """The type of a function's value in words."""
    if not callable(builtin.returns):
        return shown(builtin.returns)
    try:
        return shown(builtin.returns(builtin.params))
    except (AttributeError, IndexError, TypeError):
        return "any"


def shown(type_: Any) -> str:
    """A type as it is written; of what any value can be, `any`."""
    return re.sub(r"\bunknown\b", "any", show(type_)) if isinstance(type_, Type) else "any"


@cache
def passes() -> dict[str, Called]:
    """The passes by name, with their options. Loads them."""
    from lmc.optimize.table import PASSES

    return {one.name: optimizer_pass(one) for one in PASSES}


def optimizer_pass(kind: type[Any]) -> Called:
    """A pass with its options."""
    hints = get_type_hints(kind)
    params = []
    for one in fields(kind):
        default = "" if one.default is MISSING else literal(one.default)
        params.append(Parameter(one.name, option_type(hints[one.name]), default))
    return Called(kind.name, tuple(params), "", prose(inspect.getdoc(kind) or ""))


def option_type(hint: Any) -> str:
    """The type of a pass's option in the language's words."""
    words = {int: "int", float: "float", bool: "bool", str: "str", type(None): "null"}
    if hint in words:
        return words[hint]
    arguments = get_args(hint)
    if get_origin(hint) in (list, tuple) and arguments:
        return f"list[{option_type(arguments[0])}]"
    if get_origin(hint) is dict:
        return f"map[str, {option_type(arguments[1])}]"
    if arguments and all(isinstance(one, str | int) for one in arguments):
        return " | ".join(map(literal, arguments))
    if arguments:
        return " | ".join(option_type(one) for one in arguments)
    return "any"


def literal(value: Any) -> str:
    """A plain value as the language writes it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)


def prose(doc: str) -> str:
    """The first paragraph of a docstring, its lines joined."""
    return " ".join(doc.partition("\n\n")[0].split())
