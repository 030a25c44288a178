"""Calls of LMs, and what makes several of them into one value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from lmc.diagnostics import Fix
from lmc.elaborate import problems
from lmc.elaborate.agents import FINISH_NAME, ToolOf, program_of_thought, react
from lmc.elaborate.applying import QUERY, Applications
from lmc.elaborate.expressions import REASONING, Outside, Typed
from lmc.elaborate.sampling import best_of_list, sampled
from lmc.elaborate.scope import LOST, entity_of, name_after
from lmc.elaborate.settings import SETTINGS, lower_settings
from lmc.elaborate.strategy import OWN_SETTINGS, TAKEN
from lmc.elaborate.typing import check_sides, lower_fields
from lmc.ir import program as ir
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.ir.types import INT, Field, NamedType, RecordType, Type
from lmc.source import Span
from lmc.syntax import ast

PLAIN = ("predict", "chain_of_thought")
"""The strategies that make one call."""
TOOLS = ("module", "extern", "tool", "retriever")
"""The kinds of what a `react` may use."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature of a call: its name, sides and place."""

    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    declared: Span | None


class Calls(Applications):
    """Lowers all expressions of one module or metric."""

    def outside(self, node: Outside, site: str | None) -> Typed:
        """An expression that goes beyond what its operands say."""
        match node:
            case ast.CallExpr():
                return self.call(node)
            case ast.TuneRange() | ast.TuneChoices():
                return self.tune(node, site or "value")
            case ast.RetrieveExpr():
                return self.retrieve(node)
        if not self.module:
            word = node.strategy if isinstance(node, ast.StrategyExpr | ast.SampledExpr) else "ensemble"
            advice = "let a module make the call, and call that: `Judge(want.answer, got)`"
            self.world.sink.add(problems.wrong_kind(word, "call of an LM", "pure function", node.span, None, advice))
            return self.lost(node)
        if isinstance(node, ast.EnsembleExpr):
            return self.ensemble(node, site)
        return self.sampled(node, site) if isinstance(node, ast.SampledExpr) else self.strategy(node, site)

    def strategy(self, node: ast.StrategyExpr, site: str | None) -> Typed:
        """A call of an LM, or several that one strategy makes of it."""
        lowered = self.prepared(node, site)
        if lowered is None:
            return self.lost(node)
        predict, outputs, settings = lowered
        if node.strategy in PLAIN or "|" in node.strategy:
            self.calls.append(("", node.span))
            for name in settings:
                self.world.sink.add(problems.unknown_option("a call", name.text, name.span, SETTINGS))
            return predict, self.reply_type(predict.signature, outputs, node.strategy)
        self.check_settings(node)
        if node.strategy == "react":
            tools = self.tools(node.tools)
            if not node.tools:
                self.world.sink.add(problems.lacks("react", "tools", node.span, "name them: `react … using [a, b]`"))
            return self.expand(react(self, predict, tools, node), predict)
        return self.expand(program_of_thought(self, predict, node), predict)

    def reply_type(self, signature: str, outputs: tuple[Field, ...], strategy: str) -> Type:
        """The type of a reply: a chain of thought has its reasoning besides."""
        if strategy == "chain_of_thought" and REASONING.name not in [one.name for one in outputs]:
            return RecordType((REASONING, *outputs))
        return NamedType(signature)

    def sampled(self, node: ast.SampledExpr, site: str | None) -> Typed:
        """Several calls made into one value."""
        if node.call.strategy not in PLAIN:
            found = "tune" if "|" in node.call.strategy else node.call.strategy
            self.world.sink.add(problems.not_sampled(node.strategy, found, node.call.span))
            return self.lost(node)
        lowered = self.prepared(node.call, site)
        if lowered is None:
            return self.lost(node)
        predict, outputs, settings = lowered
        for name in settings:
            self.world.sink.add(problems.unknown_option("a call", name.text, name.span, SETTINGS))
        self.check_settings(node.call, node.strategy)
        metric = self.metric(node.metric)
        needs = node.strategy in ("best_of", "refine")
        if needs and node.metric is None:
            advice = f"say by which: `{node.strategy} 3 by METRIC …`"
            self.world.sink.add(problems.lacks(node.strategy, "a metric", node.span, advice))
        elif node.metric is not None and not needs:
            advice = "remove `by`, or use `best_of` or `refine`"
            start = node.span.start
            fix = Fix(Span(node.span.file, start, start + len(node.strategy)), "best_of")
            self.world.sink.add(problems.too_much(node.strategy, "metric", node.metric.span, advice, fix))
        returns = self.reply_type(predict.signature, outputs, node.call.strategy)
        if needs and metric is None:
            return ir.Const(None, node.span), returns
        if metric is not None and node.metric is not None:
            inputs = RecordType(self.world.inputs[predict.signature])
            self.scored(metric, inputs, returns, node.metric.span)
        return self.expand(sampled(self, node, predict, returns, metric or ""), predict)

    def check_settings(self, node: ast.StrategyExpr, strategy: str = "") -> None:
        """Reports settings that a strategy of several calls does not take."""
        strategy = strategy or node.strategy
        for one in node.settings:
            if one.name is not None and one.name.text in TAKEN and strategy in (TAKEN[one.name.text] or (strategy,)):
                known = [name for name in (*SETTINGS, *OWN_SETTINGS) if name != one.name.text]
                self.world.sink.add(problems.unknown_option(f"`{strategy}`", one.name.text, one.name.span, known))

    def metric(self, name: ast.Ident | None) -> str | None:
        """The metric that chooses."""
        if name is None:
            return None
        if name.text in METRICS and entity_of(self.scope, name.text) is None:
            kind, advice = "function of metrics", f"declare one: `metric name(want, got) = {name.text}(…)`"
            self.world.sink.add(problems.wrong_kind(name.text, kind, "metric", name.span, None, advice))
            return None
        entity = self.world.find(self.scope, name, "metric")
        return entity.name if entity else None

    def expand(self, module: ir.Module, predict: ir.Predict) -> Typed:
        """The call of a module that a strategy makes; its parameters are the inputs of the call's signature."""
        self.modules.append(module)
        self.world.params[module.name], self.world.returns[module.name] = module.params, module.returns
        self.calls.append(("", predict.span or Span("", 0, 0)))
        return ir.Invoke(module.name, predict.arguments, predict.span), module.returns

    def ensemble(self, node: ast.EnsembleExpr, site: str | None) -> Typed:
        """What most of several say, or the best of them."""
        lowered = [self.lower(item) for item in node.items]
        type_ = reduce(self.join, (one for _, one in lowered))
        values = ir.ListOf(tuple(value for value, _ in lowered), node.span)
        if node.metric is None:
            fields = ir.ListOf(tuple(ir.Const(name) for name in self.answer_fields(type_)))
            return ir.Apply("winner", (values, fields), node.span), type_
        metric = self.metric(node.metric)
        if metric is None:
            return ir.Const(None, node.span), type_
        self.scored(metric, RecordType(()), type_, node.metric.span)
        module = best_of_list(self, metric, type_, len(node.items), self.free_site(site or "ensemble"))
        self.modules.append(module)
        self.world.params[module.name], self.world.returns[module.name] = module.params, module.returns
        self.calls.append(("", node.span))
        return ir.Invoke(module.name, (("replies", values),), node.span), type_

    def answer_fields(self, type_: Type) -> list[str]:
        """The fields of a reply that say its answer: all but the reasoning; none of what is no record."""
        names = dict.fromkeys(field.name for field in self.fields_of(type_))
        return [name for name in names if name != REASONING.name]

    def tools(self, names: tuple[ast.Ident, ...]) -> list[ToolOf]:
        """What a `react` may use, each once."""
        found: dict[str, ToolOf] = {}
        for name in names:
            tool = self.tool(name)
            if tool is not None and tool.name in found:
                self.world.sink.add(problems.repeated_argument(name.text, name.span))
            elif tool is not None:
                found[tool.name] = tool
        return list(found.values())

    def tool(self, name: ast.Ident) -> ToolOf | None:
        """A tool: a module, an extern, a declared tool or a retriever."""
        entity = entity_of(self.scope, name.text)
        if entity is LOST:
            return None
        if entity is None and name.text in BUILTINS:
            advice = "call it in a module, and let that be the tool"
            kind = "function of the library"
            self.world.sink.add(problems.wrong_kind(name.text, kind, "tool", name.span, None, advice))
            return None
        if entity is None:
            known = [one for one, other in self.scope.items() if other.kind in TOOLS]
            self.world.sink.add(problems.unknown("tool", name.text, name.span, known))
            return None
        if entity.kind not in TOOLS:
            declared = entity.node.name.span
            self.world.sink.add(problems.wrong_kind(name.text, entity.kind, "tool", name.span, declared))
            return None
        if entity.name == FINISH_NAME:
            self.world.sink.add(problems.reserved_name(name.text, name.span))
            return None
        self.world.used.add((entity.kind, entity.name))
        self.calls.append((entity.name if entity.kind == "module" else "", name.span))
        if entity.kind == "retriever":
            depth = self.world.depths[entity.name]
            return ToolOf(
                entity.name, entity.kind, (QUERY[0],), f"Finds the {depth} texts that are most like the query.", depth
            )
        return ToolOf(entity.name, entity.kind, self.world.params[entity.name], getattr(entity.node, "doc", None) or "")

    def prepared(
        self, node: ast.StrategyExpr, site: str | None
    ) -> tuple[ir.Predict, tuple[Field, ...], list[ast.Ident]] | None:
        """A call of an LM as it stands, the outputs of its signature, and the settings that are the strategy's own
        (`steps`, `attempts`), by name."""
        found = self.signature(node, site)
        if found is None:
            return None
        chosen = self.site(node, site or name_after(found.name))
        arguments = self.arguments(found.name, found.inputs, node, found.declared)
        first, *others = node.strategy.split("|")
        strategy = first if first in ("predict", "chain_of_thought") else "predict"
        outputs = found.outputs
        taken = [one.name for one in found.inputs]
        if strategy == "chain_of_thought" and REASONING.name not in [one.name for one in outputs]:
            if REASONING.name in taken:
                self.world.sink.add(problems.duplicate("field", REASONING.name, node.span, found.declared))
            outputs = (REASONING, *outputs)
        own = [one.name for one in node.settings if one.name and one.name.text in OWN_SETTINGS]
        plain = tuple(one for one in node.settings if one.name not in own)
        sample = next((one.value for one in plain if one.name and one.name.text == "sample"), None)
        plain = tuple(one for one in plain if one.name is None or one.name.text != "sample")
        settings = lower_settings(self.world, self.scope, plain, found.inputs, outputs)
        if others:
            space = ir.Space((first, *others))
            settings = replace(
                settings, tunes=tuple(sorted((*settings.tunes, ("strategy", space)), key=lambda tune: tune[0]))
            )
        if node.tools and node.strategy != "react":
            settings = replace(settings, tools=tuple(tool.name for tool in self.tools(node.tools)))
        number = None
        if sample is not None:
            number, type_ = self.lower(sample)
            self.expect("`sample`", INT, type_, sample)
        predict = ir.Predict(chosen, strategy, found.name, arguments, settings, number, node.span)
        return predict, found.outputs, own

    def signature(self, node: ast.StrategyExpr, site: str | None) -> Signed | None:
        """The signature that a call names or writes out."""
        if isinstance(node.signature, ast.Ident):
            entity = self.world.find(self.scope, node.signature, "signature")
            if entity is None or entity.name in self.world.broken:
                return None
            inputs, outputs = self.world.inputs[entity.name], self.world.outputs[entity.name]
            return Signed(entity.name, inputs, outputs, entity.node.span)
        inputs = lower_fields(self.world, self.scope, node.signature.inputs)
        outputs = lower_fields(self.world, self.scope, node.signature.outputs)
        check_sides(self.world, node.signature.inputs, node.signature.outputs)
        wanted = node.site.text if node.site else site or "call"
        name = self.declare_signature(f"{self.module}_{wanted}", "", inputs, outputs, node.signature.span)
        return Signed(name, inputs, outputs, node.signature.span)

    def declare_signature(
        self, name: str, doc: str, inputs: tuple[Field, ...], outputs: tuple[Field, ...], span: Span | None
    ) -> str:
        """Adds a signature that no declaration names; gives its name."""
        name = self.free_name(name)
        self.world.inputs[name], self.world.outputs[name] = inputs, outputs
        self.world.named[name] = RecordType(outputs)
        self.signatures.append(ir.Signature(name, doc, inputs, outputs, span=span))
        return name

    def free_name(self, name: str) -> str:
        """A name that no declaration has yet."""
        while name in self.world.taken:
            name += "_"
        self.world.taken.add(name)
        return name

    def site(self, node: ast.StrategyExpr, wanted: str) -> str:
        """The name of a call site: as written, or from its `let` or signature with a number where that is taken."""
        if node.site is None:
            name = self.free_site(wanted)
        else:
            name = node.site.text
            if name in self.sites:
                self.world.sink.add(problems.duplicate("call site", name, node.site.span, self.sites[name]))
        self.sites[name] = node.span
        return name
