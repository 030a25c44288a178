"""The ways in which a program runs, and what came of it: a value or the words of a failure, and the requests."""

from __future__ import annotations
import __future__

import asyncio
import json
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from lmc.backends import BACKENDS
from lmc.backends.backend import Emitting
from lmc.backends.python.module import DIVIDER
from lmc.backends.python.names import snake
from lmc.diagnostics import Sink
from lmc.driver.externals import open_externals
from lmc.driver.permission import Outside
from lmc.elaborate import lower
from lmc.evaluate.scores import scores_of
from lmc.execute.interpreter import Interpreter
from lmc.execute.scope import Frame, RunFailed
from lmc.execute.trace import Call
from lmc.ir.program import Program
from lmc.lm.base import Reply, Request
from lmc.prompts import templates
from lmc.runtime.failure import failure_text
from lmc.runtime.formula import evaluate
from lmc.source import SourceFile
from lmc.syntax import parse

from .run_lm import Misbehaving

HERE = Path(__file__).parent

SPOKEN = {"ReplyError", "AssertionFailed", "TooDeep", "ToolError"}
"""Failures whose words are their own: emitted code has classes of its own for them."""


@dataclass(frozen=True)
class Ended:
    """What came of a run. `requests` are in the order in which they came."""

    value: Any
    failure: str | None
    requests: tuple[str, ...]

    @property
    def sorted(self) -> Ended:
        """The same whatever came first."""
        return Ended(self.value, self.failure, tuple(sorted(self.requests)))


class Adapter:
    """A function as the interpreter takes an LM. A call takes a few turns of the event loop."""

    def __init__(self, speak: Misbehaving) -> None:
        self.speak = speak

    async def __call__(self, request: Request) -> Reply:
        for _ in range(len(str(request.body)) % 5):
            await asyncio.sleep(0)
        return Reply(self.speak(request.body))

    async def close(self) -> None:
        """Nothing to let go of."""


def interpreted(program: Program, module: str, row: Mapping[str, Any], salt: int) -> tuple[Ended, list[Call]]:
    """A run in the interpreter, and its trace."""
    speak = Misbehaving(templates(program), salt)
    outside = open_externals(program, Outside(HERE, allowed=True), [module])
    interpreter = Interpreter(program, {lm.name: Adapter(speak) for lm in program.lms}, outside, scores_of(program))
    frame = Frame(0)
    value, failure = None, None
    try:
        value = asyncio.run(interpreter.invoke(frame, module, dict(row)))
    except RunFailed as failed:
        failure = words(failed.error or failed)
    return Ended(value, failure, tuple(speak.requests)), frame.calls


def words(error: BaseException) -> str:
    """The words of a failure."""
    return str(error) if type(error).__name__ in SPOKEN else failure_text(error)


@dataclass(frozen=True)
class Written:
    """What the backends write for a program: its module, loaded, and its prompts by call site."""

    module: Any
    prompts: Mapping[str, Any]

    def run(self, program: Program, module: str, row: Mapping[str, Any], salt: int, *, awaited: bool) -> Ended:
        """A run of the emitted function."""
        speak = Misbehaving(templates(program), salt)

        async def ask(request: dict[str, Any]) -> str:
            for _ in range(len(str(request)) % 3):
                await asyncio.sleep(0)
            return speak(request)

        value, failure = None, None
        try:
            if awaited:
                value = asyncio.run(getattr(self.module, f"{snake(module)}_async")(*row.values(), lm=ask))
            else:
                value = getattr(self.module, snake(module))(*row.values(), lm=speak)
        except Exception as error:
            failure = words(error)
        return Ended(value, failure, tuple(speak.requests))


NUMBERS = count()


def compiled(text: str) -> Program:
    """The program of a text without mistakes."""
    sink = Sink()
    file = parse(SourceFile("main.lmp", text), sink)
    program = lower("main", {"main.lmp": file}, {}, sink)
    assert not sink.failed, [(one.message, one.primary) for one in sink.diagnostics if one.severity == "error"]
    return program


def emitted(program: Program) -> Written:
    """A program as the backends write it."""
    sink = Sink()
    files: dict[PurePosixPath, bytes] = {}
    for backend in BACKENDS:
        files |= backend.emit(program, "main.lmp", sink, Emitting())
    assert not sink.failed, sink.diagnostics
    (text,) = [data.decode() for path, data in files.items() if path.suffix == ".py"]
    name = f"emitted_{next(NUMBERS)}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        own, runtime = text.split(DIVIDER)
        for code in (compile(own, name, "exec"), *map(definition, runtime.split("\n\n\n"))):
            exec(code, module.__dict__)
    finally:
        del sys.modules[name]
    prompts = [json.loads(data) for path, data in files.items() if path.suffix == ".json"]
    return Written(module, {one["name"]: one for one in prompts})


@cache
def definition(text: str) -> types.CodeType:
    """A definition of the runtime, compiled once for all modules that have it."""
    return compile(text, "runtime", "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True)


# Frozen prompts, rendered by hand.


def by_hand(calls: list[Call], prompts: Mapping[str, Any]) -> Iterator[str]:
    """The requests of a run, made of its trace and the frozen prompts alone."""
    for call in calls:
        prompt = prompts[call.address]
        seed = {"seed": call.sample} if call.sample else {}
        base = {**filled(prompt, dict(call.inputs)), **prompt["options"], **seed}
        early = len(call.failures) - (len(call.replies) - 1)
        for attempt in range(len(call.replies)):
            request = base
            for reply, problem in call.failures[: early + attempt]:
                request = told(request, reply, problem)
            yield json.dumps(request, ensure_ascii=False, sort_keys=True)


def filled(prompt: Mapping[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """The text or the messages of a prompt."""
    if "prompt" in prompt:
        return {"prompt": shown(prompt["prompt"], inputs)}
    messages = []
    for turn in prompt["messages"]:
        messages += turns(turn, inputs)
    return {"messages": messages}


def turns(turn: Mapping[str, Any], inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that a turn stands for."""
    if "nearest" in turn:
        return [one for place in nearest(turn, inputs) for shot in turn["shown"][place] for one in turns(shot, inputs)]
    return [{"role": turn["role"], "content": shown(turn["content"], inputs)}]


def shown(parts: list[Any], inputs: dict[str, Any]) -> str:
    """The text of some parts."""
    return "".join(part if isinstance(part, str) else hole(part, inputs) for part in parts)


def hole(part: Mapping[str, Any], inputs: dict[str, Any]) -> str:
    """What stands in a hole."""
    match part:
        case {"input": name, "as": form}:
            return plain(inputs[name], form)
        case {"value": formula}:
            value = evaluate(formula, inputs)
            return "" if value is None else plain(value, "text")
        case {"if": formula, "then": then, "else": otherwise}:
            return shown(then if evaluate(formula, inputs) else otherwise, inputs)
        case {"for": name, "in": formula, "do": body}:
            items, text = evaluate(formula, inputs), ""
            for place, item in enumerate(items):
                last = len(items) - 1
                loop = {"index": place + 1, "index0": place, "first": not place, "last": place == last}
                text += shown(body, {**inputs, name: item, "loop": {**loop, "length": len(items)}})
            return text
        case {"nearest": _}:
            return str(part["between"]).join(shown(part["shown"][place], inputs) for place in nearest(part, inputs))
    raise AssertionError(part)


def nearest(part: Mapping[str, Any], inputs: dict[str, Any]) -> list[int]:
    """The demonstrations that are chosen. That is the runtime's to say."""
    from lmc.runtime.prompt import nearest_places

    places: list[int] = nearest_places(dict(part), inputs)
    return places


def plain(value: Any, form: str) -> str:
    """A value as a prompt has it."""
    if form == "list":
        return "\n".join(f"- {plain(one, 'text')}" for one in value) or "(none)"
    return value if isinstance(value, str) and form == "text" else json.dumps(value, ensure_ascii=False)


def told(request: dict[str, Any], reply: str, problem: str) -> dict[str, Any]:
    """A request once more, with what was replied and what is wrong with it."""
    said = f"That reply cannot be used: {problem}. Reply again, with nothing else."
    if "prompt" in request:
        lead = request["prompt"].rpartition("\n")[2]
        return {**request, "prompt": f"{request['prompt']} {reply.strip()}\n\n{said}\n\n{lead}"}
    answer = {"role": "assistant", "content": reply.strip() or "(empty)"}
    return {**request, "messages": [*request["messages"], answer, {"role": "user", "content": said}]}
