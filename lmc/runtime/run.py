"""One run of a program: it calls the LM, reads the replies and runs independent calls at the same time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

from lmc.runtime.prompt import Request, Template, render, with_feedback
from lmc.runtime.reply import ReplyError, parse_reply

LM: TypeAlias = Callable[[Request], "str | Awaitable[str]"]
"""Takes the body of an OpenAI-compatible request, with `messages` or `prompt`; gives the text of the reply."""


class Run:
    """A run whose calls block the thread they are made in; independent calls take a thread each."""

    def __init__(self, lm: Callable[[Template], LM]) -> None:
        self.lm = lm

    async def call(self, template: Template, request: Request) -> str:
        """The text of the LM's reply to one request."""
        text = self.lm(template)(request)
        if not isinstance(text, str):
            raise TypeError("this lm is asynchronous: use the function whose name ends with _async")
        return text

    async def predict(self, template: Template, **inputs: Any) -> Any:
        """Fills a template, asks the LM, and gives the typed outputs by name; a reply that does not fit is shown to the
        LM, with what is wrong, as often as `attempts` allows. Raises ReplyError when the last one does not fit either."""
        request = render(template, inputs)
        for left in range(template["attempts"] - 1, -1, -1):
            text = await self.call(template, request)
            try:
                return parse_reply(text, template["reply"])
            except ReplyError as problem:
                if not left:
                    raise ReplyError(f"{template['name']}: {problem}", text) from None
                request = with_feedback(request, text, str(problem))
        raise AssertionError("a template allows at least one attempt")

    async def gather(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """The results of calls that do not depend on one another."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(self.finish, calls))

    def finish(self, program: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine to its end; it never waits, since every call of this run blocks."""
        try:
            program.send(None)
        except StopIteration as end:
            return end.value
        raise AssertionError("a blocking run does not wait")


class AsyncRun(Run):
    """A run inside an event loop; an `lm` that blocks is called in a thread."""

    async def call(self, template: Template, request: Request) -> str:
        """The text of the LM's reply to one request."""
        import asyncio

        lm = self.lm(template)
        if asyncio.iscoroutinefunction(lm) or asyncio.iscoroutinefunction(getattr(lm, "__call__", None)):
            text = lm(request)
        else:
            text = await asyncio.to_thread(lm, request)
        return text if isinstance(text, str) else await text

    async def gather(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """The results of calls that do not depend on one another."""
        import asyncio

        return list(await asyncio.gather(*calls))
