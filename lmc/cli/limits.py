"""A budget as it is written on the command line."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import click

Limits: TypeAlias = tuple[int | None, int | None, float | None]
"""At most so many LM calls, tokens, US dollars; None is no limit of that kind."""


class BudgetType(click.ParamType):  # type: ignore[type-arg]
    """`10 calls`, `10 calls, 0.05 dollars`, `20000 tokens`."""

    name = "budget"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limits:
        """The limits of a budget."""
        if isinstance(value, tuple):
            return value[0], value[1], value[2]
        found: dict[str, float] = {}
        for part in str(value).split(","):
            match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s+(call|token|dollar)s?\s*", part)
            if match is None or match[2] in found or ("." in match[1] and match[2] != "dollar"):
                self.fail(f"{str(value)!r} is not a budget such as '10 calls, 0.05 dollars'", param, ctx)
            found[match[2]] = float(match[1])
        calls, tokens = (int(found[name]) if name in found else None for name in ("call", "token"))
        return calls, tokens, found.get("dollar")


BUDGET = BudgetType()
