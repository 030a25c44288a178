"""Expressions in prompts, as pages show them."""

from __future__ import annotations

import json
from typing import Any


def formula_text(formula: Any) -> str:
    """A formula of a template as it would be written in source."""
    match formula:
        case {"const": value}:
            return json.dumps(value, ensure_ascii=False)
        case {"name": str(name)}:
            return name
        case {"member": str(name), "of": base}:
            return f"{inner(base)}.{name}"
        case {"item": index, "of": base}:
            return f"{inner(base)}[{formula_text(index)}]"
        case {"operator": str(symbol), "on": [one]}:
            return f"{'-' if symbol == 'neg' else symbol + ' '}{inner(one)}"
        case {"operator": str(symbol), "on": [left, right]}:
            return f"{inner(left)} {symbol} {inner(right)}"
        case {"function": str(name), "on": [*arguments]}:
            return f"{name}({', '.join(map(formula_text, arguments))})"
        case {"when": condition, "then": then, "else": otherwise}:
            return f"{inner(then)} if {inner(condition)} else {inner(otherwise)}"
        case {"each": value, "as": str(name), "in": items}:
            where = f" if {inner(formula['where'])}" if "where" in formula else ""
            return f"[{inner(value)} for {name} in {inner(items)}{where}]"
        case {"list": [*items]}:
            return f"[{', '.join(map(formula_text, items))}]"
        case {"text": [*parts]}:
            return " + ".join(map(inner, parts)) or '""'
    return json.dumps(formula, ensure_ascii=False)


def inner(formula: Any) -> str:
    """A formula within another."""
    text = formula_text(formula)
    loose = isinstance(formula, dict) and any(word in formula for word in ("operator", "when", "text"))
    return f"({text})" if loose else text
