"""Another LM for when the first one fails."""

from __future__ import annotations

from dataclasses import replace

from lmc.lm.base import LM, LMError, Reply, Request


class Fallback:
    """Asks `first`, and `second` when that raises LMError. The request that `second` gets names `model`, if given. When
    both fail, the error of `first` is raised, with that of `second` as its cause."""

    def __init__(self, first: LM, second: LM, model: str | None = None) -> None:
        self._first = first
        self._second = second
        self._model = model

    async def __call__(self, request: Request) -> Reply:
        """The reply of the one that has one."""
        try:
            return await self._first(request)
        except LMError as error:
            if error.partial:
                raise
            failed = error
        try:
            return await self._second(replace(request, model=self._model or request.model))
        except LMError as error:
            raise failed from error

    async def close(self) -> None:
        """Closes both."""
        await self._first.close()
        await self._second.close()
