"""Calls: of functions, modules, LMs and what is outside; and tuned values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

from lmc.elaborate import problems
from lmc.elaborate.agents import ToolOf, program_of_thought, react
from lmc.elaborate.expressions import REASONING, Expressions, Outside, Typed
from lmc.elaborate.sampling import JUDGED, best_of_list, sampled
from lmc.elaborate.scope import LOST, Entity, entity_of, name_after
from lmc.elaborate.settings import lower_settings
from lmc.elaborate.spaces import lower_space
from lmc.elaborate.strategy import OWN_SETTINGS, RAN
from lmc.elaborate.typing import check_sides, lower_fields
from lmc.ir import program as ir
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.ir.types import (
    INT,
    NULL,
    STR,
    UNKNOWN,
    Field,
    ListType,
    NamedType,
    RecordType,
    Type,
    UnionType,
    optional,
)
from lmc.source import Span
from lmc.syntax import ast

QUERY = (Field("query", STR), Field("k", INT))
"""The parameters of a retriever."""
CODE = (Field("code", STR),)
"""The parameters of `run_code`."""
CALLABLE = ("module", "extern", "tool", "metric")


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature of a call: its name, sides and place."""

    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    declared: Span | None


class Calls(Expressions):
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
            self.world.sink.add(problems.wrong_kind(word, "call of an LM", "pure function", node.span, None))
            return self.lost(node)
        if isinstance(node, ast.EnsembleExpr):
            return self.ensemble(node, site)
        return self.sampled(node, site) if isinstance(node, ast.SampledExpr) else self.strategy(node, site)

    def lost(self, node: ast.CallExpr | ast.StrategyExpr | ast.SampledExpr | ast.EnsembleExpr) -> Typed:
        """What stands for a call that is wrong: its arguments are checked all the same."""
        if isinstance(node, ast.EnsembleExpr):
            for item in node.items:
                self.lower(item)
        else:
            call = node.call if isinstance(node, ast.SampledExpr) else node
            for argument in call.arguments:
                self.lower(argument.value)
        return ir.Const(None, node.span), UNKNOWN

    # Functions, modules, externs, tools, metrics

    def call(self, node: ast.CallExpr) -> Typed:
        """A call by name."""
        name = node.callee.text
        functions = {**BUILTINS, **METRICS} if not self.module else BUILTINS
        if name in functions:
            return self.apply(node, functions[name])
        if name == "run_code" and self.module:
            self.calls.append(("", node.span))
            return ir.External(name, self.arguments(name, CODE, node, None), node.span), RAN
        entity = entity_of(self.scope, name)
        if entity is LOST or (entity is not None and entity.name in self.world.broken):
            return self.lost(node)
        if entity is None:
            known = [*functions, *(one for one, other in self.scope.items() if other.kind in CALLABLE)]
            self.world.sink.add(problems.unknown("function or module", name, node.callee.span, known))
            return self.lost(node)
        if entity.kind not in CALLABLE or (entity.kind == "metric" and not self.module):
            wanted = "function or module"
            declared = entity.node.name.span
            self.world.sink.add(problems.wrong_kind(name, entity.kind, wanted, node.callee.span, declared))
            return self.lost(node)
        self.world.used.add((entity.kind, entity.name))
        return self.declared_call(node, entity)

    def declared_call(self, node: ast.CallExpr, entity: Entity) -> Typed:
        """A call of something that the program declares."""
        name, place = node.callee.text, entity.node.name.span
        if entity.kind == "metric":
            params = (Field("want", UNKNOWN), Field("got", UNKNOWN))
            (_, want), (_, got) = self.arguments(name, params, node, place)
            self.calls.append(("", node.span))
            return ir.Score(entity.name, want, got, node.span), JUDGED
        arguments = self.arguments(name, self.world.params[entity.name], node, entity.node.span)
        returns = self.world.returns[entity.name]
        if entity.kind == "module":
            self.calls.append((entity.name, node.callee.span))
            return ir.Invoke(entity.name, arguments, node.span), returns
        self.calls.append(("", node.span))
        return ir.External(entity.name, arguments, node.span), returns

    def retrieve(self, node: ast.RetrieveExpr) -> Typed:
        """The rows that a retriever finds; as many as it declares where the call does not say."""
        entity = self.world.find(self.scope, node.retriever, "retriever")
        if entity is None:
            for argument in node.arguments:
                self.lower(argument.value)
            return ir.Const(None, node.span), UNKNOWN
        params = (QUERY[0], Field("k", optional(INT)))
        call = ast.CallExpr(node.retriever, node.arguments, span=node.span)
        (_, query), (_, k) = self.arguments(node.retriever.text, params, call, entity.node.name.span)
        if k == ir.Const(None):
            k = ir.Const(self.world.depths[entity.name])
        self.calls.append(("", node.span))
        found = ir.External(entity.name, (("query", query), ("k", k)), node.span)
        return found, ListType(self.world.returns[entity.name])

    # Tuned values

    def tune(self, node: ast.TuneRange | ast.TuneChoices, wanted: str) -> Typed:
        """A value that an optimizer chooses: plain values of one kind, or a number within bounds."""
        space, value, type_ = lower_space(self.world, node)
        slot = self.free_site(wanted)
        self.sites[slot] = node.span
        return ir.Tune(slot, space, value, node.span), type_

    # Calls of LMs

    def strategy(self, node: ast.StrategyExpr, site: str | None) -> Typed:
        """A call of an LM, or several that one strategy makes of it."""
        lowered = self.prepared(node, site)
        if lowered is None:
            return self.lost(node)
        predict, outputs, settings = lowered
        if node.strategy in ("predict", "chain_of_thought") or "|" in node.strategy:
            self.calls.append(("", node.span))
            if settings:
                self.world.sink.add(problems.unknown_option("a call", settings[0].text, settings[0].span, ()))
            return predict, self.reply_type(predict.signature, outputs, node.strategy)
        if node.strategy == "react":
            tools = [tool for name in node.tools if (tool := self.tool(name)) is not None]
            if not node.tools:
                self.world.sink.add(problems.missing_arguments("react", ["using [tools]"], node.span, None))
            return self.expand(react(self, predict, tools, node), predict)
        return self.expand(program_of_thought(self, predict, node), predict)

    def reply_type(self, signature: str, outputs: tuple[Field, ...], strategy: str) -> Type:
        """The type of a reply: a chain of thought has its reasoning besides."""
        if strategy == "chain_of_thought" and REASONING.name not in [one.name for one in outputs]:
            return RecordType((REASONING, *outputs))
        return NamedType(signature)

    def sampled(self, node: ast.SampledExpr, site: str | None) -> Typed:
        """Several calls made into one value."""
        if node.call.strategy not in ("predict", "chain_of_thought"):
            wanted = "`predict` or `chain_of_thought`"
            self.world.sink.add(problems.bad_option(f"what `{node.strategy}` samples", wanted, node.call.span))
            return self.lost(node)
        lowered = self.prepared(node.call, site)
        if lowered is None:
            return self.lost(node)
        predict, outputs, _ = lowered
        metric = self.metric(node)
        needs = node.strategy in ("best_of", "refine")
        if needs != (node.metric is not None):
            says = "needs `by` and a metric" if needs else "takes no metric"
            self.world.sink.add(problems.bad_option(node.strategy, f"`{node.strategy} n …`, which {says}", node.span))
        returns = self.reply_type(predict.signature, outputs, node.call.strategy)
        if needs and metric is None:
            return self.lost(node)
        return self.expand(sampled(self, node, predict, returns, metric or ""), predict)

    def metric(self, node: ast.SampledExpr | ast.EnsembleExpr) -> str | None:
        """The metric that chooses."""
        entity = self.world.find(self.scope, node.metric, "metric") if node.metric else None
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
        metric = self.metric(node)
        if metric is None:
            return ir.Const(None, node.span), type_
        module = best_of_list(self, metric, type_, len(node.items), self.free_site(site or "ensemble"))
        self.modules.append(module)
        self.world.params[module.name], self.world.returns[module.name] = module.params, module.returns
        self.calls.append(("", node.span))
        return ir.Invoke(module.name, (("replies", values),), node.span), type_

    def answer_fields(self, type_: Type) -> list[str]:
        """The fields of a reply that say its answer: all but the reasoning; none of what is no record."""
        shape = self.resolve(type_)
        members = [self.resolve(one) for one in shape.members] if isinstance(shape, UnionType) else [shape]
        names = [field.name for one in members if isinstance(one, RecordType) for field in one.fields]
        return [name for name in dict.fromkeys(names) if name != REASONING.name]

    def tool(self, name: ast.Ident) -> ToolOf | None:
        """What a `react` may use: a module, an extern, a tool or a retriever."""
        entity = entity_of(self.scope, name.text)
        if entity is LOST:
            return None
        kinds = ("module", "extern", "tool", "retriever")
        if entity is None or entity.kind not in kinds:
            known = [one for one, other in self.scope.items() if other.kind in kinds]
            self.world.sink.add(problems.unknown("tool", name.text, name.span, known))
            return None
        self.world.used.add((entity.kind, entity.name))
        self.calls.append((entity.name if entity.kind == "module" else "", name.span))
        if entity.kind == "retriever":
            depth = self.world.depths[entity.name]
            return ToolOf(entity.name, entity.kind, (QUERY[0],), f"Finds {depth} texts.", depth)
        doc: str = getattr(entity.node, "doc", None) or ""
        return ToolOf(entity.name, entity.kind, self.world.params[entity.name], doc)

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
            offered = [tool.name for name in node.tools if (tool := self.tool(name)) is not None]
            settings = replace(settings, tools=tuple(offered))
        number = None
        if sample is not None:
            number, type_ = self.lower(sample)
            self.expect("`sample`", INT, type_, sample.span)
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

    def free_site(self, wanted: str) -> str:
        """A name that no call site or tuned value of the module has yet."""
        name, number = wanted, 2
        while name in self.sites:
            name, number = f"{wanted}{number}", number + 1
        return name

    def arguments(
        self, callee: str, params: tuple[Field, ...], node: ast.CallExpr | ast.StrategyExpr, declared: Span | None
    ) -> tuple[tuple[str, ir.Expr], ...]:
        """The arguments of a call by name, in the order of the parameters."""
        by_name = {param.name: param for param in params}
        given: dict[str, ir.Expr] = {}
        for index, argument in enumerate(node.arguments):
            if argument.name is None and index >= len(params):
                self.lower(argument.value)
                self.world.sink.add(problems.too_many_arguments(callee, len(params), argument.span))
                continue
            name = argument.name.text if argument.name else params[index].name
            tuned = isinstance(argument.value, ast.TuneRange | ast.TuneChoices)
            value, type_ = self.lower(argument.value, name if tuned else None)
            if name not in by_name:
                span = argument.name.span if argument.name else argument.span
                self.world.sink.add(problems.unknown_argument(callee, name, span, by_name, declared))
                given.setdefault(first_missing(params, given, node), value)
            elif name in given:
                self.world.sink.add(problems.repeated_argument(name, argument.span))
            else:
                given[name] = value
                self.expect(f"`{name}` of `{callee}`", by_name[name].type, type_, argument.value.span)
        lacking = [p.name for p in params if p.name not in given and not self.accepts(p.type, NULL)]
        lacking = [name for name in lacking if by_name[name].type != UNKNOWN or name in ("want", "got")]
        if lacking:
            span = node.callee.span if isinstance(node, ast.CallExpr) else node.signature.span
            self.world.sink.add(problems.missing_arguments(callee, lacking, span, declared))
        return tuple((p.name, given.get(p.name, ir.Const(None))) for p in params)


def first_missing(
    params: tuple[Field, ...], given: Mapping[str, ir.Expr], node: ast.CallExpr | ast.StrategyExpr
) -> str:
    """The parameter that a misspelt argument was probably meant for, so that it is not reported as lacking too."""
    named = {argument.name.text for argument in node.arguments if argument.name}
    return next((p.name for p in params if p.name not in given and p.name not in named), "")
