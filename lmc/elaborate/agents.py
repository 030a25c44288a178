"""Strategies that act: `react` calls tools (Yao et al. 2022), `program_of_thought` runs a program (Chen et al.
2022)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lmc.elaborate.strategy import RAN, Names, Strategy, rounds, texts
from lmc.ir import program as ir
from lmc.ir.types import STR, Field, ListType, LiteralType, RecordType, show, union
from lmc.syntax import ast


@dataclass(frozen=True, slots=True)
class ToolOf:
    """What a `react` may use; `depth` is how many rows a retriever finds."""

    name: str
    kind: str
    params: tuple[Field, ...]
    doc: str
    depth: int = 0

    @property
    def shape(self) -> RecordType:
        """A call of it, as a model writes one."""
        return RecordType((Field("tool", LiteralType(self.name)), Field("arguments", RecordType(self.params))))

    @property
    def line(self) -> str:
        """What a model is told of it."""
        params = ", ".join(f"{one.name}: {show(one.type)}" for one in self.params)
        return f"- {self.name}({params})" + (f": {self.doc}" if self.doc else "")

    def used(self, variable: str) -> ir.Expr:
        """Its call with the arguments that the model chose."""
        given = ir.Member(ir.Name(variable), "arguments")
        arguments: tuple[tuple[str, ir.Expr], ...] = ()
        arguments = tuple((one.name, ir.Member(given, one.name)) for one in self.params)
        if self.kind == "module":
            return ir.Invoke(self.name, arguments)
        if self.kind == "retriever":
            arguments = (*arguments, ("k", ir.Const(self.depth)))
        return ir.External(self.name, arguments)


FINISH_NAME = "finish"
"""The tool that ends it."""
FINISH = RecordType((Field("tool", LiteralType(FINISH_NAME)),))
"""What a model writes when it needs no more tools."""


def react(names: Names, predict: ir.Predict, tools: list[ToolOf], node: ast.StrategyExpr) -> ir.Module:
    """Thinks, calls a tool and sees its result, as often as `steps` says; then answers."""
    agent = Agent(names, predict, names.world.reply(predict.signature))
    return agent.module(agent.react(tools, rounds(names, node, "steps", 5)))


def program_of_thought(names: Names, predict: ir.Predict, node: ast.StrategyExpr) -> ir.Module:
    """Has a program written and runs it in the sandbox, again with its error where it fails; then answers."""
    agent = Agent(names, predict, names.world.reply(predict.signature))
    return agent.module(agent.program(rounds(names, node, "attempts", 3)))


class Agent(Strategy):
    """A call that other calls prepare."""

    __slots__ = ()

    def loop(self, most: int, *body: ir.Stmt) -> ir.For:
        """So many rounds at most."""
        return ir.For(self.w("i"), ir.Apply("range", (ir.Const(most),)), most, body)

    def answer(self, extra: Field, doc: str) -> ir.Return:
        """The last call, which answers by the signature of the first and one more input."""
        signature = self.derived(f"by_{extra.name}", doc, (extra,), self.outputs)
        arguments = (*self.passed, (extra.name, ir.Name(extra.name)))
        settings = replace(self.predict.settings, instruction=None)
        return ir.Return(replace(self.predict, signature=signature, arguments=arguments, settings=settings))

    def react(self, tools: list[ToolOf], most: int) -> tuple[ir.Stmt, ...]:
        """The body of `react`."""
        steps = Field(self.w("steps"), ListType(STR), "what was done so far, and what came of it")
        call = union(*(one.shape for one in tools), FINISH)
        doc = "\n".join(
            (
                "Think about what to do next, and call one tool, or finish when you know the answer.",
                "Tools:",
                *(one.line for one in tools),
                "- finish: the answer is known",
            )
        )
        thinking = (Field("thought", STR), Field("call", call))
        ask = ir.Predict(
            "step",
            "predict",
            self.derived("step", doc, (steps,), thinking),
            (*self.passed, (steps.name, self.v("steps"))),
            replace(self.plain, tools=tuple(one.name for one in tools)),
            span=self.predict.span,
        )
        use: tuple[ir.Stmt, ...] = ()
        for tool in reversed(tools):
            variable = self.w(f"{tool.name}_call")
            result = ir.Try(ir.Apply("text", (tool.used(variable),)), texts("Error: ", ir.Name("error")))
            chosen = (ir.Let(variable, tool.shape, self.v("call")), ir.Assign(self.w("seen"), result))
            use = (ir.If(ir.Is(self.v("call"), tool.shape), chosen, use),)
        thought, shown = ir.Member(self.v("step"), "thought"), ir.Apply("json", (self.v("call"),))
        return (
            ir.Let(steps.name, ListType(STR), ir.ListOf(())),
            self.loop(
                most,
                ir.Let(self.w("step"), RecordType(thinking), ask),
                ir.Let(self.w("call"), call, ir.Member(self.v("step"), "call")),
                ir.If(ir.Is(self.v("call"), FINISH), (ir.Break(),), ()),
                ir.Let(self.w("seen"), STR, ir.Const("")),
                *use,
                self.added("steps", texts("Thought: ", thought, "\nCall: ", shown, "\nResult: ", self.v("seen"))),
            ),
            self.answer(steps, "Answer by what was found."),
        )

    def program(self, most: int) -> tuple[ir.Stmt, ...]:
        """The body of `program_of_thought`."""
        attempts = Field(self.w("attempts"), ListType(STR), "earlier programs that failed, and how")
        doc = "Write a Python program that computes the answer and prints it.\nReply with the program alone."
        settings = replace(self.plain, max_tokens=self.predict.settings.max_tokens or 512)
        ask = ir.Predict(
            "program",
            "predict",
            self.derived("program", doc, (attempts,), (Field("code", STR, "a Python program"),)),
            (*self.passed, (attempts.name, self.v("attempts"))),
            settings,
            span=self.predict.span,
        )
        error = ir.Member(self.v("ran"), "error")
        worked = ir.Operation("==", (error, ir.Const(None)))
        output = ir.Member(self.v("ran"), "output")
        result = Field(self.w("result"), STR, "what a program for this printed")
        nothing = ir.RecordOf((("output", ir.Const("")), ("error", ir.Const(None))))
        return (
            ir.Let(attempts.name, ListType(STR), ir.ListOf(())),
            ir.Let(self.w("ran"), RAN, nothing),
            self.loop(
                most,
                ir.Let(self.w("code"), STR, ir.Apply("fenced", (ir.Member(ask, "code"),))),
                ir.Assign(self.w("ran"), ir.External("run_code", (("code", self.v("code")),))),
                ir.If(worked, (ir.Break(),), ()),
                self.added("attempts", texts(self.v("code"), "\nError: ", error)),
            ),
            ir.Let(result.name, STR, ir.Conditional(worked, output, texts("Error: ", error))),
            self.answer(result, "Answer by the result."),
        )
