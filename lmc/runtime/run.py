"""One run of a program: it calls the LM, reads the replies and runs independent calls at the same time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from typing import Any, TypeAlias, TypeVar

from lmc.runtime.attempt import Attempts, Backtrack, failures_of, keep_reply
from lmc.runtime.depth import Depth
from lmc.runtime.failure import AssertionFailed, Misuse, failure_text, is_own, tool_error
from lmc.runtime.prompt import Request, Template, render, with_feedback
from lmc.runtime.reply import ReplyError, parse_reply

T = TypeVar("T")

LM: TypeAlias = Callable[[Request], str | Awaitable[str]]
"""Takes the body of an OpenAI-compatible request, with `messages` or `prompt`; gives the text of the reply. None, which
some servers give for a refusal, is an empty one."""

MOST_THREADS = 64
"""The most threads of one group of independent calls."""


def first_request(template: Template, sample: int, inputs: dict[str, Any]) -> Request:
    """The request of a call. A `sample` that is not 0 is its seed: it tells apart calls that are alike but meant to
    differ."""
    request = render(template, inputs)
    return {**request, "seed": sample} if sample else request


class Run:
    """A run whose calls block the thread they are made in; independent calls take a thread each. `assertions`: whether
    the program's are checked."""

    def __init__(self, lm: Callable[[Template], LM], assertions: bool = True) -> None:
        self.lm = lm
        self.assertions = assertions
        self.outside: list[Exception] = []

    async def call(self, template: Template, request: Request) -> str:
        """The text of the LM's reply to one request."""
        reply: Any = self.lm(template)(request)
        if reply is None or isinstance(reply, str):
            return reply or ""
        if not hasattr(reply, "__await__"):
            raise Misuse(f"this lm gave no text but a value of type {type(reply).__name__}")
        if hasattr(reply, "close"):
            reply.close()
        raise Misuse("this lm is asynchronous: use the function whose name ends with _async")

    async def predict(self, template: Template, sample: int = 0, /, **inputs: Any) -> Any:
        """Fills a template, asks the LM, and gives the typed outputs by name. A reply that does not fit is shown to
        the LM, with what is wrong, as often as `attempts` allows. Raises ReplyError when the last one does not fit."""
        request = first_request(template, sample, inputs)
        return await self.ask(template, request, failures_of(template["name"], request))

    async def ask(self, template: Template, request: Request, failures: list[tuple[str, str]]) -> dict[str, Any]:
        """The outputs of a call, given what was replied to it and what was wrong with that. `failures` grows with every
        reply that does not fit and is followed by another attempt."""
        sent = request
        for reply, problem in failures:
            sent = with_feedback(sent, reply, problem)
        for left in range(template["attempts"] - 1, -1, -1):
            try:
                text = await self.call(template, sent)
            except Exception as error:
                self.outside.append(error)
                raise
            try:
                outputs = parse_reply(text, template["reply"])
            except ReplyError as wrong:
                if not left:
                    raise ReplyError(f"{template['name']}: {wrong}", text) from None
                failures.append((text, str(wrong)))
                sent = with_feedback(sent, text, str(wrong))
            else:
                keep_reply(template["name"], request, text)
                return outputs
        raise AssertionError("a template allows at least one attempt")

    def attempts(self, *sites: str) -> Attempts:
        """The rounds of a part of the program: `for attempt in run.attempts("M.a"): with attempt: ...`, where
        `attempt.check(...)` may send the run back. `sites` are the calls that are then told why."""
        return Attempts(sites, self.assertions, self.note)

    def check(self, condition: Any, message: str, hard: bool = True) -> None:
        """An assertion that no call could make hold. When it does not, a hard one raises AssertionFailed, and of a soft
        one the message is noted."""
        if condition or not self.assertions:
            return
        if hard:
            raise AssertionFailed(message)
        self.note(message)

    def note(self, message: str) -> None:
        """Takes what a soft assertion says when it does not hold: logs it as a warning of the logger `lmp`."""
        import logging

        logging.getLogger("lmp").warning("%s", message)

    def depth(self, name: str, limit: int) -> Depth:
        """Surrounds the body of a module that calls itself at most `limit` deep. Entering it raises TooDeep."""
        return Depth(name, limit)

    async def either(self, first: Coroutine[Any, Any, Any], other: Callable[[str], Awaitable[Any]]) -> Any:
        """The value of the first, or where that fails what `other` gives for the words of the failure. What is not the
        run's own failure (an LM that cannot be asked, a mistake of the caller) comes through."""
        try:
            return await first
        except Exception as error:
            if not self.owns(error):
                raise
            said = failure_text(error)
        return await other(said)

    def owns(self, error: BaseException) -> bool:
        """Whether an error is the run's own, and not of an LM that cannot be asked, whatever that raises."""
        return is_own(error) and not any(error is one for one in self.outside)

    async def use(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """The value of a function outside the program, which may be asynchronous. Raises ToolError when it fails."""
        try:
            found = function(*args, **kwargs)
            return waited_for(found) if hasattr(found, "__await__") else found
        except Exception as error:
            raise tool_error(error) from error

    async def gather(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """The results of calls that do not depend on one another, in order; of errors, the first in order, when all
        have come to their end."""
        from concurrent.futures import ThreadPoolExecutor

        if not calls:
            return []
        with ThreadPoolExecutor(min(len(calls), MOST_THREADS)) as pool:
            running = [pool.submit(copy_context().run, self.finish, call) for call in calls]
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
    """A run inside an event loop; an `lm` or a function that blocks is called in a thread."""

    async def call(self, template: Template, request: Request) -> str:
        """The text of the LM's reply to one request."""
        reply = await without_blocking(self.lm(template), request)
        if reply is None or isinstance(reply, str):
            return reply or ""
        raise Misuse(f"this lm gave no text but a value of type {type(reply).__name__}")

    async def use(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """The value of a function outside the program, which may be asynchronous. Raises ToolError when it fails."""
        try:
            return await without_blocking(function, *args, **kwargs)
        except Exception as error:
            raise tool_error(error) from error

    async def gather(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """The results of calls that do not depend on one another, in their order. When one fails, the others come to
        their end, so that which calls are made does not depend on which is fastest, and the first error in order is
        raised; but what is not the run's own failure ends them at once."""
        import asyncio

        running = [asyncio.ensure_future(call) for call in calls]
        pending = set(running)
        try:
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
                for one in done:
                    error = one.exception()
                    if error is not None and not self.owns(error) and not isinstance(error, Backtrack):
                        raise error
            return [one.result() for one in running]
        except BaseException:
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            raise


async def without_blocking(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """The value of a function that blocks, called in a thread, or of one that is asynchronous."""
    import asyncio
    import inspect

    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    found = await asyncio.to_thread(function, *args, **kwargs)
    return await found if hasattr(found, "__await__") else found


def waited_for(found: Awaitable[T]) -> T:
    """The value of what an asynchronous function gave, where no event loop runs."""
    import asyncio

    async def wait() -> T:
        return await found

    return asyncio.run(wait())
