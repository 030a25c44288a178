"""How likely an LM finds the right replies: one evaluation of the prompt, nothing generated, and a score that changes
with every change of a prompt where right or wrong seldom does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from lmc.analysis.calls import lm_of, named_types
from lmc.evaluate.evaluator import IN_FLIGHT
from lmc.evaluate.rows import Row
from lmc.execute.interpreter import CONTEXT_EXCEEDED
from lmc.execute.scope import together
from lmc.ir.expression import Conditional, Expr, Invoke, Operation, Predict, Try
from lmc.ir.program import Module, Program
from lmc.ir.statement import Attempt, For, Return, Stmt
from lmc.ir.walk import children, own_expressions, statements, subexpressions
from lmc.lm.base import LM, LMError, Request
from lmc.lm.identity import identity_of
from lmc.lm.likelihood import can_score
from lmc.optimize.demonstrations.demos import labeled_demo, sees_the_row
from lmc.prompts.compile import compile_prompt
from lmc.prompts.expected import expected_reply
from lmc.runtime.run import first_request


def scorable(program: Program, module: str) -> bool:
    """Whether rows can tell how likely the right reply of the module's last call is: there is such a call, and its LM
    says how likely a given reply is."""
    found = last_call(program, module)
    lm = None if found is None else lm_of(program, found[0].name, found[1])
    return lm is not None and can_score(lm)


async def log_likelihoods(
    program: Program, module: str, rows: Sequence[Row], lms: Mapping[str, LM]
) -> list[float | None]:
    """For each row, the natural log-probability of the right reply to the last call that the module makes on it. None
    where the row does not tell that call's inputs and outputs, where the reply is no short one out of a closed set (see
    `expected_reply`), where the prompt is too long, and where the LM does not say. At most one call a row, by the same
    LMs as every other call. Raises LMError when an LM cannot be asked."""
    found = last_call(program, module)
    if found is None:
        return [None] * len(rows)
    owner, predict = found
    lm, named = lm_of(program, owner.name, predict), named_types(program)
    if lm is None or not sees_the_row(program, module, owner.name):
        return [None] * len(rows)
    template, identity = compile_prompt(program, owner.name, predict, lm, named), identity_of(lm)
    room = asyncio.Semaphore(IN_FLIGHT)

    async def likelihood(row: Row) -> float | None:
        demo = labeled_demo(program, owner, predict, row)
        expected = None if demo is None else expected_reply(program, predict, lm, named, dict(demo.outputs))
        if demo is None or expected is None:
            return None
        body = {**first_request(template, 0, dict(demo.inputs)), "expect": expected}
        async with room:
            try:
                reply = await lms[lm.name](Request(identity, body))
            except LMError as error:
                if error.diagnostic.code != CONTEXT_EXCEEDED:
                    raise
                return None
        return reply.logprob

    return await together([likelihood(row) for row in rows])


def last_call(program: Program, module: str) -> tuple[Module, Predict] | None:
    """The call site, with its module, of the call that every run of a module makes last. None where it makes none, or
    where it depends on the run which one is the last."""
    seen = set()
    while module not in seen:
        seen.add(module)
        own = program.module(module)
        match last_made(own.body):
            case Predict() as predict:
                return own, predict
            case Invoke(name):
                module = name
            case _:
                return None
    return None


def last_made(body: tuple[Stmt, ...]) -> Expr | None:
    """The call that statements make last, whatever happens."""
    straight = list(in_line(body))
    calling = [stmt for stmt in statements(body) if any(asks(expr) for expr in own_expressions(stmt))]
    returning = [stmt for stmt in statements(body) if isinstance(stmt, Return)]
    if not calling or not all(any(stmt is one for one in straight) for stmt in (calling[-1], *returning)):
        return None
    made = [call for expr in own_expressions(calling[-1]) for call in outermost(expr)]
    return made[-1] if made else None


def in_line(body: tuple[Stmt, ...]) -> Iterator[Stmt]:
    """The statements that every run comes to, loops taken to run (those of votes do)."""
    for stmt in body:
        yield stmt
        if isinstance(stmt, Attempt | For):
            yield from in_line(stmt.body)


def outermost(expr: Expr) -> Iterator[Expr | None]:
    """The calls of an expression that no other call waits for, in the order in which they are made; None for one that
    is made in some runs only."""
    match expr:
        case Predict() | Invoke():
            yield expr
        case Conditional() | Try() | Operation("and" | "or") if asks(expr):
            yield None
        case _:
            for child in children(expr):
                yield from outermost(child)


def asks(expr: Expr) -> bool:
    """Whether an expression calls an LM or a module."""
    return any(isinstance(one, Predict | Invoke) for one in subexpressions(expr))
