"""One run of a program: it calls the LM, reads the replies and runs independent calls at the same time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

from lmc.runtime.prompt import Request, Template, render, with_feedback
from lmc.runtime.reply import ReplyError, parse_reply

T = TypeVar("T")

LM: TypeAlias = Callable[[Request], str | Awaitable[str]]
"""Takes the body of an OpenAI-compatible request, with `messages` or `prompt`; gives the text of the reply. None, which
some servers give for a refusal, is an empty one."""


class Run:
    """A run whose calls block the thread they are made in; independent calls take a thread each."""

    def __init__(self, lm: Callable[[Template], LM]) -> None:
        self.lm = lm

    async def call(self, template: Template, request: Request) -> str:
        """The text of the LM's reply to one request."""
        reply: Any = self.lm(template)(request)
        if reply is None or isinstance(reply, str):
            return reply or ""
        if not hasattr(reply, "__await__"):
            raise TypeError(f"this lm gave no text but a value of type {type(reply).__name__}")
        if hasattr(reply, "close"):
            reply.close()
        raise TypeError("this lm is asynchronous: use the function whose name ends with _async")

    async def predict(self, template: Template, /, **inputs: Any) -> Any:
        """Fills a template, asks the LM, and gives the typed outputs by name. A reply that does not fit is shown to
        the LM, with what is wrong, as often as `attempts` allows. Raises ReplyError when the last one does not fit."""
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
        """The results of calls that do not depend on one another, in order; of errors, the first."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(len(calls)) as pool:
            running = [pool.submit(self.finish, call) for call in calls]
        return [one.result() for one in running]

    def finish(self, program: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end; it never waits, since every call of this run blocks."""
        try:
            program.send(None)
        except StopIteration as end:
            value: T = end.value
            return value
        raise AssertionError("a blocking run does not wait")


class AsyncRun(Run):
    """A run inside an event loop; an `lm` that blocks is called in a thread."""

    async def call(self, template: Template, request: Request) -> str:
        """The text of the LM's reply to one request."""
        import asyncio
        import inspect

        lm = self.lm(template)
        reply: Any = lm(request) if inspect.iscoroutinefunction(lm) else await asyncio.to_thread(lm, request)
        if hasattr(reply, "__await__"):
            reply = await reply
        if reply is None or isinstance(reply, str):
            return reply or ""
        raise TypeError(f"this lm gave no text but a value of type {type(reply).__name__}")

    async def gather(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """The results of calls that do not depend on one another, in their order; when one fails, the others end."""
        import asyncio

        running = [asyncio.ensure_future(call) for call in calls]
        try:
            return list(await asyncio.gather(*running))
        except BaseException:
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            raise
