"""The LMs of a build, opened when they are first asked: provider, retries, cache, journal, meter, budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from lmc.diagnostics import Diagnostic
from lmc.ir.program import LMDecl
from lmc.lm.base import LM, Reply, Request
from lmc.lm.budget import Budget
from lmc.lm.cache import Cache
from lmc.lm.meter import Meter, Usage
from lmc.lm.open import open_lm, price
from lmc.lm.recorder import Recorder
from lmc.store import Journal, cache_folder

Open = Callable[[LMDecl], LM]
"""Opens a declared LM; tests put a scripted one in its place."""


class Lazy:
    """An LM that is opened at its first request, so that what is answered from a cache needs neither key nor model
    file."""

    def __init__(self, open_it: Callable[[], LM]) -> None:
        self._open = open_it
        self._lm: LM | None = None
        self._opening: asyncio.Lock | None = None

    async def __call__(self, request: Request) -> Reply:
        """The reply of the LM. Raises what opening it raises."""
        if self._lm is None:
            if self._opening is None:
                self._opening = asyncio.Lock()
            async with self._opening:
                if self._lm is None:
                    self._lm = await asyncio.to_thread(self._open)
        return await self._lm(request)

    async def close(self) -> None:
        """Closes the LM if it was opened."""
        if self._lm is not None:
            await self._lm.close()


class LMs:
    """The LMs of one command by declared name, drawing on one budget. `earlier` counts the calls that were made before
    this process, in the part of the build that the journal holds."""

    def __init__(
        self,
        declarations: Sequence[LMDecl],
        open_it: Open | None,
        *,
        journal: Journal | None = None,
        cached: bool = True,
        limits: tuple[int | None, int | None, float | None] = (None, None, None),
        warn: Callable[[Diagnostic], None] = lambda _: None,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        self._declared = {one.name: one for one in declarations}
        self._open, self._journal, self._cached, self._limits = open_it, journal, cached, limits
        self._on_change = on_change
        said: dict[Diagnostic, None] = {}

        def warn_once(diagnostic: Diagnostic) -> None:
            if diagnostic not in said:  # the LMs share one cache
                said[diagnostic] = None
                warn(diagnostic)

        self._warn = warn_once
        self.meters: list[Meter] = []
        self.recorders: list[Recorder] = []
        self.budget: Budget | None = None
        self.by_name: dict[str, LM] = {}
        for declaration in declarations:
            self.add(declaration)
        self.earlier = max((recorder.earlier for recorder in self.recorders), default=0)

    def add(self, declaration: LMDecl) -> None:
        """One LM more, which draws on the same budget."""
        self._declared[declaration.name] = declaration
        lm: LM = Lazy(lambda: self._opened(declaration))
        if self._cached:
            lm = Cache(lm, cache_folder() / "replies.sqlite", self._warn)
        if self._journal is not None:
            lm = Recorder(lm, self._journal)
            self.recorders.append(lm)
        meter = Meter(lm, self._on_change)
        self.meters.append(meter)
        # To know a price, litellm is imported.
        priced = dearest(declaration, self._declared) if self._limits[2] is not None else (0.0, 0.0)
        if self.budget is None:
            budget = self.budget = Budget(meter, *self._limits, price=priced)
        else:
            budget = self.budget.also(meter, price=priced)
        self.by_name[declaration.name] = budget

    def _opened(self, declaration: LMDecl) -> LM:
        """The LM itself."""
        return self._open(declaration) if self._open else open_with_fallback(declaration, self._declared)

    @property
    def usage(self) -> Usage:
        """What all of them have taken in this process."""
        return sum((meter.usage for meter in self.meters), Usage())

    async def close(self) -> None:
        """Closes all of them."""
        for lm in self.by_name.values():
            await lm.close()


def dearest(declaration: LMDecl, by_name: dict[str, LMDecl]) -> tuple[float, float]:
    """The highest prices (see `price`) of an LM and those that it falls back to: any of them may answer."""
    prices, seen, one = [price(declaration)], {declaration.name}, declaration
    while (name := one.option("fallback")) in by_name and name not in seen:
        one = by_name[name]
        seen.add(name)
        prices.append(price(one))
    return max(prompts for prompts, _ in prices), max(replies for _, replies in prices)


def open_with_fallback(declaration: LMDecl, by_name: dict[str, LMDecl]) -> LM:
    """The LM of a declaration with those that it falls back to."""
    name = declaration.option("fallback")
    if name is None or name not in by_name:
        return open_lm(declaration)
    rest = {key: one for key, one in by_name.items() if key != declaration.name}
    other = by_name[name]
    return open_lm(declaration, fallback=(other, open_with_fallback(other, rest)))
